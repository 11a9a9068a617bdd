"""What the filter contributes."""

from collections.abc import Iterable
from pathlib import Path

from core.api import (
    Command,
    CountyDisabled,
    Grant,
    Handler,
    LongWork,
    Manifest,
    NoticeText,
    Permission,
    PersonalData,
    Schedule,
    ScreeningRule,
    Section,
    SettingsArea,
    Tables,
    TransitionGuard,
    Translations,
    WarningModel,
    hook,
    mark,
)
from plugins.township_filter import pages_learning, pages_requests
from plugins.township_filter.batches import pages as lists
from plugins.township_filter.batches import work as screening_lists
from plugins.township_filter.jobs import NOTE
from plugins.township_filter.learning import queries as learned
from plugins.township_filter.learning.jobs import LEARN
from plugins.township_filter.learning.tables import Learned
from plugins.township_filter.merging.slot import SLOT as MERGING_SLOT
from plugins.township_filter.pages import MENU, ROUTES, SLOT, TEMPLATES
from plugins.township_filter.personal import PERSONAL
from plugins.township_filter.queries import DECIDE, READ
from plugins.township_filter.requests import workflows as requests
from plugins.township_filter.requests.jobs import FOLLOWING
from plugins.township_filter.requests.notices import TEXTS
from plugins.township_filter.requests.tables import ListRequest, RequestEvent, RequestOpinion
from plugins.township_filter.screen_file import COMMAND
from plugins.township_filter.screening import RULE
from plugins.township_filter.senders import contributions as senders
from plugins.township_filter.settings import FilterSettings
from plugins.township_filter.tables import Screened
from web.api import MenuEntry, Routes, Slot, Templates

HERE = Path(__file__).parent
_SCREENERS = ("county_administrator", "county_department", "township_leader", "township_staff")


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
    yield Tables((Screened, Learned, ListRequest, RequestEvent, RequestOpinion, *senders.TABLES), "plugins.township_filter.piccolo_app")


@hook
def settings() -> Iterable[SettingsArea]:
    yield SettingsArea("township_filter", mark("事项过筛"), FilterSettings)


@hook
def permissions() -> Iterable[Permission]:
    yield Permission(READ, mark("查看过筛台账"))
    yield Permission(DECIDE, mark("审查紧急事项"))
    yield Permission(screening_lists.SCREEN, mark("批量过筛"))
    yield Permission(learned.READ, mark("查看过筛学到的结论"))
    yield Permission(learned.CORRECT, mark("改正来文的归类"))
    yield Permission(learned.UNDO, mark("撤销过筛学到的结论"))
    yield Permission(requests.READ, mark("查看准入和调整申请"))
    yield Permission(requests.ASK, mark("申请准入和调整"))
    yield Permission(requests.OPINE, mark("提出会审意见"))
    yield Permission(requests.DECIDE, mark("决定准入和调整申请"))
    yield from senders.PERMISSIONS


@hook
def grants() -> Iterable[Grant]:
    yield Grant("province_viewer", frozenset({READ}))
    yield Grant("city_viewer", frozenset({READ}))
    yield Grant("county_administrator", frozenset({READ}))
    yield Grant("county_inspector", frozenset({READ, DECIDE}))
    yield Grant("county_department", frozenset({READ}))
    yield Grant("township_leader", frozenset({READ, DECIDE}))
    yield Grant("township_staff", frozenset({READ}))
    yield Grant("province_viewer", frozenset({requests.READ, learned.READ}))
    yield Grant("city_viewer", frozenset({requests.READ, learned.READ}))
    yield Grant("county_administrator", frozenset({requests.READ, requests.DECIDE, learned.READ, learned.CORRECT, learned.UNDO}))
    yield Grant("county_inspector", frozenset({requests.READ, learned.READ}))
    yield Grant("county_department", frozenset({requests.READ, requests.ASK, requests.OPINE}))
    yield Grant("township_leader", frozenset({requests.READ, requests.ASK, learned.READ, learned.CORRECT}))
    yield Grant("township_staff", frozenset({requests.READ, requests.ASK}))
    yield from (Grant(role, frozenset({screening_lists.SCREEN})) for role in _SCREENERS)
    yield from senders.GRANTS


@hook
def screening_rules() -> Iterable[ScreeningRule]:
    yield RULE
    yield from senders.RULES


@hook
def transition_guards() -> Iterable[TransitionGuard]:
    yield from senders.GUARDS


@hook
def handlers() -> Iterable[Handler]:
    yield NOTE
    yield screening_lists.FORGETTING
    yield from LEARN
    yield from FOLLOWING
    yield from senders.FOLLOWING


@hook
def schedules() -> Iterable[Schedule]:
    yield screening_lists.SWEEP


@hook
def long_works() -> Iterable[LongWork]:
    yield screening_lists.WORK


@hook
def county_disabled() -> Iterable[CountyDisabled]:
    yield screening_lists.SWITCHED_OFF


@hook
def warning_models() -> Iterable[WarningModel]:
    yield from senders.WARNINGS


@hook
def disclosure_sections() -> Iterable[Section]:
    yield from senders.SECTIONS


@hook
def notice_texts() -> Iterable[NoticeText]:
    yield from TEXTS
    yield from senders.NOTICES


@hook
def personal_data() -> Iterable[PersonalData]:
    yield PERSONAL


@hook
def commands() -> Iterable[Command]:
    yield COMMAND


@hook
def translations() -> Iterable[Translations]:
    yield Translations(HERE / "locale" / "en.po")


@hook
def routes() -> Iterable[Routes]:
    yield ROUTES
    yield pages_requests.ROUTES
    yield pages_learning.ROUTES
    yield lists.ROUTES
    yield Routes(senders.PAGES)


@hook
def menu_entries() -> Iterable[MenuEntry]:
    yield MENU
    yield pages_requests.MENU
    yield pages_learning.MENU
    yield lists.MENU
    yield from senders.MENUS


@hook
def templates() -> Iterable[Templates]:
    yield TEMPLATES


@hook
def slots() -> Iterable[Slot]:
    yield SLOT
    yield MERGING_SLOT
    yield pages_requests.SLOT
    yield pages_requests.REFUSED_SLOT
