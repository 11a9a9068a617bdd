"""Each boot check, proved by a variant of the sample plugin that is wrong in one thing."""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import xiangzhi_sample.hooks as good
from litestar import get
from piccolo.columns import Text
from piccolo.table import Table
from xiangzhi_sample.pages import MENU, SLOT

from core.contracts.events import Schedule
from core.contracts.hooks import hook
from core.contracts.manifest import Manifest
from core.contracts.permissions import Permission
from core.contracts.registry import Registry
from core.contracts.roles import Grant, Role
from core.contracts.settings import SettingsArea, SettingsModel, setting
from core.contracts.tables import Tables
from core.contracts.task_kinds import TaskKind
from core.contracts.translations import Translations
from core.extension import manager
from core.extension.manager import boot
from core.extension.problems import BootError
from core.kernel.policies import Kind, Walls
from core.kernel.tables import TABLES, kept_as
from web.extension import MenuEntry, Routes, Slot, Templates

BROKEN = "tests_broken_variant"
OTHER = "tests_other_variant"
SAMPLE = Manifest(name="sample", title="样例", summary="一句。两句。", version="1.0")
Give = Callable[[], Iterable[Any]]


@pytest.fixture(autouse=True)
def admin() -> None:
    """Need no database."""


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Registry]]:
    """Give a function that boots with the sample, some of its hooks replaced, and perhaps a second plugin."""

    def start(*, other: Manifest | None = None, without: str = "", **replaced: Give) -> Registry:
        points = [_point("sample", _module(BROKEN, vars(good), without, replaced))]
        if other is not None:
            points.append(_point(other.name, _module(OTHER, {}, "", {"manifest": lambda: [other]})))
        monkeypatch.setattr(manager, "third_party", lambda: points)
        return boot(installed=())

    yield start
    for name in (BROKEN, OTHER):
        sys.modules.pop(name, None)


def _module(name: str, base: dict[str, Any], without: str, replaced: dict[str, Give]) -> str:
    module = ModuleType(name)
    for key, value in base.items():
        if not key.startswith("__") and key != without:
            setattr(module, key, value)
    for key, give in replaced.items():
        give.__module__ = name
        setattr(module, key, hook(give))
    sys.modules[name] = module
    return name


def _point(name: str, value: str) -> manager.EntryPoint:
    return manager.EntryPoint(name, value, "xiangzhi")


def nothing() -> list[str]:
    return []


def _refusal(start: Callable[..., Registry], **replaced: Any) -> str:
    with pytest.raises(BootError) as caught:
        start(**replaced)
    message = str(caught.value)
    assert "插件 sample 无法装载" in message
    assert "Plugin sample cannot be loaded" in message
    return message


def test_good_sample_boots_and_every_entry_knows_its_plugin(broken: Callable[..., Registry]) -> None:
    registry = broken()
    assert list(registry.manifests) == ["sample"]
    assert {each.plugin for each in registry.all(Permission)} >= {"sample"}
    assert registry.named(TaskKind, "sample:visit") == replace(next(iter(good.task_kinds())), plugin="sample")
    with pytest.raises(TypeError):
        registry.contributions[str] = ()  # type: ignore[index]


def test_sample_implements_every_hook() -> None:
    modules = [manager.importlib.import_module(name) for name in manager.SPECS]
    hooks = set(manager.contribution_types(modules))
    assert hooks == {name for name in hooks if hasattr(good, name)}


def test_unknown_hook_stops_the_boot(broken: Callable[..., Registry]) -> None:
    assert "没有名为 task_sorts 的钩子" in _refusal(broken, task_sorts=nothing)


def test_wrong_type_stops_the_boot(broken: Callable[..., Registry]) -> None:
    assert "TaskKind objects, not str" in _refusal(broken, task_kinds=lambda: ["visit"])


def test_failing_hook_stops_the_boot(broken: Callable[..., Registry]) -> None:
    assert "division by zero" in _refusal(broken, task_kinds=lambda: [1 / 0])


def test_missing_manifest_stops_the_boot(broken: Callable[..., Registry]) -> None:
    assert "it needs one manifest and has 0" in _refusal(broken, without="manifest")


def test_manifest_of_another_name_stops_the_boot(broken: Callable[..., Registry]) -> None:
    assert "the name other" in _refusal(broken, manifest=lambda: [replace(SAMPLE, name="other")])


def test_plugin_that_cannot_be_imported_stops_the_boot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manager, "third_party", lambda: [_point("sample", "no_such_module_here")])
    with pytest.raises(BootError, match=r"Plugin sample cannot be loaded.*no_such_module_here"):
        boot(installed=())


def test_two_plugins_of_one_name_stop_the_boot(broken: Callable[..., Registry]) -> None:
    assert "two plugins have this name" in _refusal(broken, other=SAMPLE)


def test_duplicate_names_stop_the_boot(broken: Callable[..., Registry]) -> None:
    twice = [TaskKind("sample:visit", "甲"), TaskKind("sample:visit", "乙")]
    assert "two TaskKind are named sample:visit" in _refusal(broken, task_kinds=lambda: twice)


def test_foreign_name_stops_the_boot(broken: Callable[..., Registry]) -> None:
    foreign = [TaskKind("visit", "甲")]
    assert "TaskKind visit must begin with sample" in _refusal(broken, task_kinds=lambda: foreign)


def test_foreign_topic_of_a_schedule_stops_the_boot(broken: Callable[..., Registry]) -> None:
    foreign = [replace(next(iter(good.schedules())), topic="task.dispatched")]
    assert isinstance(foreign[0], Schedule)
    assert "the topic task.dispatched" in _refusal(broken, schedules=lambda: foreign)


def test_missing_requirement_stops_the_boot(broken: Callable[..., Registry]) -> None:
    wants = [replace(SAMPLE, requires=("absent",))]
    assert "requires absent, which is not installed" in _refusal(broken, manifest=lambda: wants)


def test_cycle_of_requirements_stops_the_boot(broken: Callable[..., Registry]) -> None:
    other = replace(SAMPLE, name="other", requires=("sample",))
    wants = [replace(SAMPLE, requires=("other",))]
    with pytest.raises(BootError, match="its requirements form a cycle"):
        broken(manifest=lambda: wants, other=other)


@pytest.mark.parametrize("name", ["sample.note.read", "sample:note", "core:note:read", "sample:note:Read"])
def test_permission_of_another_form_stops_the_boot(broken: Callable[..., Registry], name: str) -> None:
    with pytest.raises(BootError, match=f"{name}.* must"):
        broken(permissions=lambda: [Permission(name, "甲")])


def test_role_with_an_unknown_permission_stops_the_boot(broken: Callable[..., Registry]) -> None:
    role = [Role("sample_visitor", "走访员", 5, frozenset({"sample:note:burn"}))]
    assert "unknown permission sample:note:burn" in _refusal(broken, roles=lambda: role)


def test_grant_of_a_core_permission_stops_the_boot(broken: Callable[..., Registry]) -> None:
    grant = [Grant("village_cadre", frozenset({"core:task:score"}))]
    assert "not core:task:score" in _refusal(broken, grants=lambda: grant)


def test_grant_to_an_unknown_role_stops_the_boot(broken: Callable[..., Registry]) -> None:
    grant = [Grant("emperor", frozenset())]
    assert "there is no role emperor" in _refusal(broken, grants=lambda: grant)


def test_setting_without_default_stops_the_boot(broken: Callable[..., Registry]) -> None:
    class NoDefault(SettingsModel):
        limit: int = setting(..., title="上限")

    area = lambda: [SettingsArea("sample", "样例", NoDefault)]  # noqa: E731 - a hook in one line
    assert "the setting limit has no default" in _refusal(broken, settings=area)


def test_setting_without_title_stops_the_boot(broken: Callable[..., Registry]) -> None:
    class NoTitle(SettingsModel):
        limit: int = 3

    area = lambda: [SettingsArea("sample", "样例", NoTitle)]  # noqa: E731 - a hook in one line
    assert "has a title" in _refusal(broken, settings=area)


def test_setting_that_no_form_can_draw_stops_the_boot(broken: Callable[..., Registry]) -> None:
    class Many(SettingsModel):
        words: tuple[str, ...] = setting((), title="词")

    area = lambda: [SettingsArea("sample", "样例", Many)]  # noqa: E731 - a hook in one line
    assert "a form cannot draw the setting words" in _refusal(broken, settings=area)


def test_settings_area_of_another_name_stops_the_boot(broken: Callable[..., Registry]) -> None:
    area = [replace(next(iter(good.settings())), name="sample_more")]
    assert "must have the plugin's name" in _refusal(broken, settings=lambda: area)


def test_table_in_another_schema_stops_the_boot(broken: Callable[..., Registry]) -> None:
    class Elsewhere(Table, tablename="elsewhere", schema="other"):
        county = Text()

    given = [Tables((Elsewhere,), "none")]
    assert "other.elsewhere is not in the schema sample" in _refusal(broken, tables=lambda: given)


def test_table_of_no_kind_stops_the_boot(broken: Callable[..., Registry]) -> None:
    class Plain(Table, tablename="plain", schema="sample"):
        county = Text()

    given = [Tables((Plain,), "none")]
    assert "sample.plain does not say its kind" in _refusal(broken, tables=lambda: given)


def test_platform_table_of_a_plugin_stops_the_boot(broken: Callable[..., Registry]) -> None:
    @kept_as(Walls(Kind.PLATFORM))
    class Open(Table, tablename="open", schema="sample"):
        county = Text()

    try:
        given = [Tables((Open,), "none")]
        assert "sample.open does not say its kind" in _refusal(broken, tables=lambda: given)
    finally:
        del TABLES["sample.open"]


def test_page_without_permission_stops_the_boot(broken: Callable[..., Registry]) -> None:
    @get("/sample/open")
    async def bare() -> str:
        return ""

    assert "the page /sample/open does not name a permission" in _refusal(
        broken, routes=lambda: [Routes((bare,))]
    )


def test_page_with_a_permission_but_no_guard_stops_the_boot(broken: Callable[..., Registry]) -> None:
    @get("/sample/open", opt={"permission": "sample:note:read"})
    async def bare() -> str:
        return ""

    assert "the page /sample/open does not name a permission" in _refusal(
        broken, routes=lambda: [Routes((bare,))]
    )


def test_page_at_a_foreign_address_stops_the_boot(broken: Callable[..., Registry]) -> None:
    from web.routing import get_page  # noqa: PLC0415 - used here alone

    @get_page("/tasks/mine", permission="sample:note:read")
    async def elsewhere() -> str:
        return ""

    assert "the address /tasks/mine must begin with /sample" in _refusal(
        broken, routes=lambda: [Routes((elsewhere,))]
    )


def test_menu_entry_with_an_unknown_permission_stops_the_boot(broken: Callable[..., Registry]) -> None:
    entry: MenuEntry = replace(MENU, permission="sample:note:burn")
    assert "unknown permission sample:note:burn" in _refusal(broken, menu_entries=lambda: [entry])


def test_menu_entry_to_a_foreign_page_stops_the_boot(broken: Callable[..., Registry]) -> None:
    entry: MenuEntry = replace(MENU, url="/tasks")
    assert "does not lead to a page of the plugin" in _refusal(broken, menu_entries=lambda: [entry])


def test_slot_in_no_place_stops_the_boot(broken: Callable[..., Registry]) -> None:
    slot: Slot = replace(SLOT, place="nowhere")
    assert "there is no place nowhere" in _refusal(broken, slots=lambda: [slot])


def test_slot_with_a_foreign_template_stops_the_boot(broken: Callable[..., Registry]) -> None:
    slot: Slot = replace(SLOT, template="page.html")
    assert "must be sample/_name.html" in _refusal(broken, slots=lambda: [slot])


def test_templates_of_another_name_stop_the_boot(broken: Callable[..., Registry], tmp_path: Path) -> None:
    folder = tmp_path / "tasks"
    folder.mkdir()
    given = [Templates(folder)]
    assert "must exist and have the plugin's name" in _refusal(broken, templates=lambda: given)


def test_templates_that_would_shadow_ours_stop_the_boot(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "plugins"
    folder.mkdir()
    manifest = replace(SAMPLE, name="plugins")
    module = _module(
        OTHER, {}, "", {"manifest": lambda: [manifest], "templates": lambda: [Templates(folder)]}
    )
    monkeypatch.setattr(manager, "third_party", lambda: [_point("plugins", module)])
    with pytest.raises(BootError, match="its templates would shadow our own"):
        boot(installed=())


def test_missing_catalogue_stops_the_boot(broken: Callable[..., Registry], tmp_path: Path) -> None:
    given = [Translations(tmp_path / "en.po")]
    assert "there is no catalogue en.po" in _refusal(broken, translations=lambda: given)


def test_plugins_stand_by_weight_then_name(broken: Callable[..., Registry]) -> None:
    later = broken(other=replace(SAMPLE, name="aaa", weight=200))
    assert list(later.manifests) == ["sample", "aaa"]
    same = broken(other=replace(SAMPLE, name="aaa"))
    assert list(same.manifests) == ["aaa", "sample"]
