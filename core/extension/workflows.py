"""A plugin's life in one county, as a procedure: the buttons, the rules and the words are read from here."""

from typing import Final

from core.contracts.manifest import PluginState
from core.kernel.errors import mark
from core.kernel.workflow import State, Transition, Workflow

SWITCH: Final = "core:plugin:switch"
COUNTY: Final = "county"


def _switch(name: str, title: str, target: str, *sources: str, danger: bool = False) -> Transition:
    return Transition(
        name, title, frozenset(sources), target, SWITCH, COUNTY, asks_reason=True, danger=danger
    )


PLUGIN_LIFE: Final = Workflow(
    name="plugin",
    title=mark("功能模块的开关"),
    start=PluginState.INSTALLED,
    states=(
        State(PluginState.INSTALLED, mark("平台未开放")),
        State(PluginState.ALLOWED, mark("未开启")),
        State(PluginState.ON, mark("已开启"), tone="good"),
        State(PluginState.PAUSED, mark("已暂停"), tone="notice"),
        State(PluginState.OFF, mark("已关闭")),
    ),
    transitions=(
        _switch("switch_on", mark("开启"), PluginState.ON, PluginState.ALLOWED, PluginState.OFF),
        _switch("pause", mark("暂停"), PluginState.PAUSED, PluginState.ON),
        _switch("resume", mark("恢复"), PluginState.ON, PluginState.PAUSED),
        _switch("switch_off", mark("关闭"), PluginState.OFF, PluginState.ON, PluginState.PAUSED, danger=True),
    ),
)
