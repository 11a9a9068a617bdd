"""What the boot asks of pages that plugins bring: a permission each, addresses and templates of their own."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from litestar.handlers import HTTPRouteHandler

from core.contracts.registry import CORE, Registry
from core.contracts.translations import Translations
from core.extension.checks import belongs, known_permission
from core.extension.problems import BootError
from web.extension import PLACES, MenuEntry, Routes, Slot, Templates
from web.routing import GUARDS

_OURS: Final = tuple(Path(__file__).parent / name for name in ("templates", "components", "pages"))


def routes(registry: Registry) -> None:
    """Hold every page to a known permission: one without would be open to the world."""
    for given in registry.all(Routes):
        for handler in given.handlers:
            for path in handler.paths:
                _check_route(registry, given.plugin, handler, path)


def _check_route(registry: Registry, plugin: str, handler: HTTPRouteHandler, path: str) -> None:
    permission = handler.opt.get("permission")
    if not permission or not set(GUARDS) <= set(handler.guards or ()):
        raise BootError(plugin, f"页面 {path} 没有声明权限", f"the page {path} does not name a permission")
    if plugin != CORE and not belongs(plugin, path.removeprefix("/")):
        raise BootError(
            plugin, f"页面 {path} 的地址应以 /{plugin} 开头", f"the address {path} must begin with /{plugin}"
        )
    _check_permission(registry, plugin, f"页面 {path}", f"the page {path}", permission)


def menu(registry: Registry) -> None:
    """Hold menu entries to the plugin's own pages and to permissions that exist."""
    for entry in registry.all(MenuEntry):
        if not belongs(entry.plugin, entry.url.removeprefix("/")):
            raise BootError(
                entry.plugin,
                f"菜单 {entry.url} 没有指向插件自己的页面",
                f"the menu entry {entry.url} does not lead to a page of the plugin",
            )
        _check_permission(
            registry, entry.plugin, f"菜单 {entry.url}", f"the menu entry {entry.url}", entry.permission
        )


def templates(registry: Registry) -> None:
    """Hold a folder of templates to the plugin's name, which is none of ours: nothing is shadowed."""
    for given in registry.all(Templates):
        if given.folder.name != given.plugin or not given.folder.is_dir():
            raise BootError(
                given.plugin,
                f"模板目录 {given.folder.name} 应与插件同名且存在",
                f"the folder of templates {given.folder.name} must exist and have the plugin's name",
            )
        if any((ours / given.plugin).exists() for ours in _OURS):
            raise BootError(
                given.plugin,
                "模板会遮盖系统自己的模板，请换一个插件名称",
                "its templates would shadow our own, it needs another name",
            )


def slots(registry: Registry) -> None:
    """Hold a slot to a place that there is, and to a template of its plugin."""
    for slot in registry.all(Slot):
        if slot.place not in PLACES:
            raise BootError(slot.plugin, f"没有名为 {slot.place} 的位置", f"there is no place {slot.place}")
        if not slot.template.startswith(f"{slot.plugin}/_"):
            raise BootError(
                slot.plugin,
                f"模板 {slot.template} 应为 {slot.plugin}/_名称.html",
                f"the template {slot.template} of a slot must be {slot.plugin}/_name.html",
            )
        if slot.permission:
            _check_permission(
                registry, slot.plugin, f"位置 {slot.place}", f"the slot {slot.place}", slot.permission
            )


def catalogues(registry: Registry) -> None:
    """Hold a declared catalogue to being there."""
    for given in registry.all(Translations):
        if not given.file.is_file():
            raise BootError(
                given.plugin, f"没有译文文件 {given.file.name}", f"there is no catalogue {given.file.name}"
            )


def _check_permission(registry: Registry, plugin: str, chinese: str, english: str, name: str) -> None:
    if plugin != CORE and not known_permission(registry, plugin, name):
        raise BootError(
            plugin, f"{chinese} 用到了没有声明的权限 {name}", f"{english} names the unknown permission {name}"
        )


CHECKS: Final[tuple[Callable[[Registry], None], ...]] = (routes, menu, templates, slots, catalogues)
