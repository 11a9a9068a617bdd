"""What stops the boot: a plugin's name and the cause, in both languages, for whoever starts the server."""


class BootError(Exception):
    """The product does not start with this plugin. The message says which and why, in Chinese and English."""

    def __init__(self, plugin: str, chinese: str, english: str) -> None:
        self.plugin = plugin
        named = plugin or "core"
        super().__init__(
            f"插件 {named} 无法装载，服务没有启动：{chinese}。\n"
            f"Plugin {named} cannot be loaded, the service did not start: {english}."
        )
