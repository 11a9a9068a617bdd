"""What lies on the demo's desks: the next version of a list half done, people to be imported, a trial of some matters.

Besides: a township's own settings, and a role that the county made itself.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from core.contracts.manifest import PluginState
from core.entry_lists.actions import create_draft, edit_draft, remove_item, save_item
from core.entry_lists.enums import ItemKind, ListLevel
from core.entry_lists.queries import drafts_of, items_of
from core.kernel.database import fetch_value, transaction
from core.kernel.scope import Scope
from core.kernel.sheets_out import XLSX, write_sheet
from core.people import importing
from core.people.own_roles import make_role
from core.people.sheet_rows import columns
from core.scores.rules import AREA as SCORES
from core.tenancy.enums import Level
from core.tenancy.settings import set_values
from plugins.township_filter.batches.reading import texts_pasted
from plugins.township_filter.batches.work import KIND as TRIAL
from plugins.township_filter.batches.work import start_list
from web.demo.cast import scopes_of
from web.demo.stories import in_office

_IMPORTED: Final = "SELECT EXISTS (SELECT FROM import_row r WHERE r.region >= $1 AND r.region < $2)"
_SET: Final = "SELECT EXISTS (SELECT FROM setting x WHERE x.region >= $1 AND x.region < $2 AND x.area = $3)"
_ROLES: Final = "SELECT EXISTS (SELECT FROM role o WHERE o.region >= $1 AND o.region < $2)"
_TRIED: Final = "SELECT EXISTS (SELECT FROM job_row j WHERE j.region >= $1 AND j.region < $2 AND j.kind = $3)"
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
# By the number of the item among those that villages assist in: what the draft says otherwise.
_CHANGED: Final[Mapping[int, Mapping[str, str]]] = {
    2: {"points": "4", "photos": "2"},
    9: {"funding": "每村每年 3000 元，由县财政保障"},
    16: {"conditions": "与网格走访合并进行，不另行填表"},
}
_GONE: Final = 24
_NEW: Final[Mapping[str, str]] = {
    "code": "V90", "title": "农村饮用水水源巡查", "kind": "依法协助", "category": "生态环境", "department": "水利局", "points": "2",
    "legal_basis": "《水污染防治法》第六十四条", "photos": "1", "aliases": "水源地巡查、饮用水巡查",
}  # fmt: skip
_NOTE: Final = "年度调整：补一项，改三项，撤一项。等司法局的审核意见。"
_POSTS: Final = ("村干部", "网格员", "村干部", "村务监督委员会", "村干部", "站长", "村干部")
_NAMES: Final = ("钮根生", "嵇丽娟", "凌小华", "管阿六", "褚明", "宣国庆", "")
_READS: Final = ("core:assignment:read", "core:petition:read", "core:region:read", "core:task:read")
_TEXTS: Final = """请各村开展冬季消防安全检查
请各村组织党员下载学习软件，每日排名通报
暴雨红色预警，请立即转移低洼处住户
请各村为外出村民开具亲属关系证明
请各村做好秋冬季河道保洁
"""
_SAME: Final = 4  # whose number is that of the first: one phone, two names


async def load_desks(county: str, *, now: datetime) -> None:
    """Leave each of these as somebody would who went home in the middle of it, once."""
    people = (await scopes_of(county)).values()
    boss = next(each for each in people if each.role == "county_administrator")
    leader = min((each for each in people if each.role == "township_leader"), key=lambda each: each.region)
    village = min(each.region for each in people if each.role == "village_secretary")
    await _draft(boss, in_office(now - _DAY, now=now))
    await _import(boss, village, in_office(now - 2 * _HOUR, now=now))
    await _own_rule(leader, in_office(now - 6 * _DAY, now=now))
    await _own_role(boss, in_office(now - 8 * _DAY, now=now))
    await _trial(boss, now - timedelta(minutes=5))


async def _draft(boss: Scope, now: datetime) -> None:
    """Begin the next version of the villages' list: some items changed, one new, one taken out."""
    async with transaction(boss):
        if any(each.level == ListLevel.VILLAGE for each in await drafts_of(boss)):
            return
        made = await create_draft(boss, level=ListLevel.VILLAGE, now=now)
        items = [each for each in await items_of(boss, made) if each.kind == ItemKind.ASSISTING]
        for at, values in _CHANGED.items():
            await save_item(boss, list_id=made, item_id=items[at].id, values=values, now=now + at * timedelta(minutes=3))
        await save_item(boss, list_id=made, values=_NEW, now=now + _HOUR)
        await remove_item(boss, list_id=made, item_id=items[_GONE].id, now=now + 2 * _HOUR)
        await edit_draft(
            boss, list_id=made, title=await _title(boss), note=_NOTE, valid_from=(now + 30 * _DAY).date(), valid_to=None, now=now + 2 * _HOUR
        )


async def _title(boss: Scope) -> str:
    return next(each.title for each in await drafts_of(boss) if each.level == ListLevel.VILLAGE)


async def _import(boss: Scope, village: str, now: datetime) -> None:
    """Look through a sheet of people of which some rows can be taken and others not; nobody has started it."""
    async with transaction(boss):
        if await fetch_value(boss, _IMPORTED):
            return
        await importing.look_through(boss, content=_sheet(boss, village), name="新任村干部.xlsx", now=now)


def _sheet(boss: Scope, village: str) -> bytes:
    known = columns(())
    rows: list[Sequence[Any]] = []
    for n, (name, role) in enumerate(zip(_NAMES, _POSTS, strict=True)):
        phone = f"199{boss.region}{90 + (0 if n == _SAME else n)}"
        cells = {"name": name, "phone": phone, "role": role, "village": "没有这个村" if n == len(_NAMES) - 1 else village}
        rows.append([cells.get(column.key, "") for column in known])
    return write_sheet(XLSX, [column.title for column in known], rows)


async def _own_rule(leader: Scope, now: datetime) -> None:
    """Let one township count lateness in its own way: the county sees where its townships differ."""
    async with transaction(leader):
        if await fetch_value(leader, _SET, SCORES.name):
            return
        values = {"late_per_day": "0.05", "early_bonus": "0.1"}
        await set_values(leader, SCORES, values, valid_from=now, reason="鼓励早报，镇党委会议定", now=now)


async def _own_role(boss: Scope, now: datetime) -> None:
    """Make a role that is not among the ready ones; nobody holds it yet."""
    async with transaction(boss):
        if not await fetch_value(boss, _ROLES):
            await make_role(boss, title="驻村指导员", level=Level.VILLAGE, permissions=_READS, factor=False, now=now)


async def _trial(boss: Scope, now: datetime) -> None:
    """Ask what the filter would say of some matters, where it is on; the worker judges them when it starts."""
    if boss.plugins.get("township_filter") != PluginState.ON:
        return
    async with transaction(boss):
        if not await fetch_value(boss, _TRIED, TRIAL):
            await start_list(boss, texts_pasted(_TEXTS, level="village"), title_only=False, now=now)
