"""What the filter contributes."""

from collections.abc import Iterable
from pathlib import Path

from core.api import (
    Grant,
    Handler,
    Manifest,
    Permission,
    ScreeningRule,
    SettingsArea,
    Tables,
    Translations,
    hook,
    mark,
)
from plugins.township_filter.jobs import NOTE
from plugins.township_filter.pages import MENU, ROUTES, SLOT, TEMPLATES
from plugins.township_filter.queries import DECIDE, READ
from plugins.township_filter.screening import RULE
from plugins.township_filter.settings import FilterSettings
from plugins.township_filter.tables import Screened
from web.api import MenuEntry, Routes, Slot, Templates

HERE = Path(__file__).parent


@hook
def manifest() -> Iterable[Manifest]:
    yield Manifest(
        name="township_filter",
        title=mark("事项过筛"),
        summary=mark(
            "给乡镇和村用：下派的事项先对照准入清单，清单外的当场退回，紧急的先办后审。"
            "给来文单位用：马上知道结果、理由和最接近的清单事项。"
        ),
        version="1.0.0",
        in_hand=mark(
            "已经作出的结论不变；待审查的紧急事项保留，重新开启后继续审查。关闭期间只按系统自带的清单比对过筛。"
        ),
        weight=10,
    )


@hook
def tables() -> Iterable[Tables]:
    yield Tables((Screened,), "plugins.township_filter.piccolo_app")


@hook
def settings() -> Iterable[SettingsArea]:
    yield SettingsArea("township_filter", mark("事项过筛"), FilterSettings)


@hook
def permissions() -> Iterable[Permission]:
    yield Permission(READ, mark("查看过筛台账"))
    yield Permission(DECIDE, mark("审查紧急事项"))


@hook
def grants() -> Iterable[Grant]:
    yield Grant("province_viewer", frozenset({READ}))
    yield Grant("city_viewer", frozenset({READ}))
    yield Grant("county_administrator", frozenset({READ}))
    yield Grant("county_inspector", frozenset({READ, DECIDE}))
    yield Grant("county_department", frozenset({READ}))
    yield Grant("township_leader", frozenset({READ, DECIDE}))
    yield Grant("township_staff", frozenset({READ}))


@hook
def screening_rules() -> Iterable[ScreeningRule]:
    yield RULE


@hook
def handlers() -> Iterable[Handler]:
    yield NOTE


@hook
def translations() -> Iterable[Translations]:
    yield Translations(HERE / "locale" / "en.po")


@hook
def routes() -> Iterable[Routes]:
    yield ROUTES


@hook
def menu_entries() -> Iterable[MenuEntry]:
    yield MENU


@hook
def templates() -> Iterable[Templates]:
    yield TEMPLATES


@hook
def slots() -> Iterable[Slot]:
    yield SLOT
