"""The demo's outside data: made-up lists of all five kinds, handed in as the inspector does; the worker stores and compares them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from core.datasets import importing
from core.datasets.enums import DataKind
from core.datasets.queries import datasets_here
from core.datasets.rules import columns
from core.kernel.clock import local
from core.kernel.database import transaction
from core.kernel.scope import Scope
from core.kernel.sheets_out import XLSX, write_sheet
from core.progress.actions import start_job
from core.tenancy.queries.regions import villages_of
from web.demo.cast import scopes_of

_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_NAMES: Final = ("沈阿根", "朱金花", "陆福林", "钱小妹", "费建民", "姚水英", "闵国强", "俞巧珍")
_PERSONS: Final = 24
_SOURCES: Final = {
    DataKind.BUSINESS: ("市场监督管理局", "核对救助对象是否办有企业"), DataKind.PAYROLL: ("财政局", "核对劳务报酬领取人"),
    DataKind.DEATHS: ("公安局", "核对救助发放对象"), DataKind.AID: ("民政局", "比对救助发放"), DataKind.LABOUR: ("农业农村局", "比对劳务用工"),
}  # fmt: skip
Line = dict[str, str]


async def load_datasets(county: str, *, now: datetime) -> None:
    """Hand the lists in and start their import, unless there are some already."""
    inspector = next((each for each in (await scopes_of(county)).values() if each.role == "county_inspector"), None)
    if inspector is None:
        return
    async with transaction(inspector):
        if await datasets_here(inspector):
            return
        villages = [village.code for village in await villages_of(inspector, county)][:6]
    today = local(now).date()
    for kind, lines in _lists(villages, today).items():
        await _hand_in(inspector, kind, lines, today, now)


async def _hand_in(inspector: Scope, kind: DataKind, lines: Sequence[Line], today: date, now: datetime) -> None:
    known = columns(kind)
    content = write_sheet(XLSX, [column.title for column in known], [[line.get(column.key, "") for column in known] for line in lines])
    source, purpose = _SOURCES[kind]
    told = importing.Told(kind, source, purpose, "演示数据，人员和号码都是编造的", today + timedelta(days=90), replaces=False)
    async with transaction(inspector):
        made = await importing.look_through(inspector, told, content=content, name=f"{source}名单.xlsx", now=now)
    async with transaction(inspector):
        total, payload = await importing.check_start(inspector, dataset=made, now=now)
        await start_job(inspector, kind=importing.KIND, title=importing.IMPORT_WORK.title, payload=payload, total=total, now=now)


def _lists(villages: Sequence[str], today: date) -> dict[DataKind, list[Line]]:
    """Give lists in which a few persons stand twice: a business, a salary, a death."""
    paid = [today - timedelta(days=days) for days in (15, 45, 75)]
    place = {n: villages[n % len(villages)] for n in range(_PERSONS)}
    aid = [
        {**_person(n), "village": place[n], "subject": "最低生活保障", "amount": "860", "starts_on": day.isoformat()}
        for n in range(_PERSONS // 2) for day in paid
    ]  # fmt: skip
    labour = [
        {**_person(n), "village": place[n], "subject": "村道保洁", "amount": "160", "starts_on": day.isoformat()}
        for n in range(_PERSONS // 2, _PERSONS) for day in paid
    ]  # fmt: skip
    return {
        DataKind.BUSINESS: [
            {**_person(n), "subject": f"{_person(n)['name'][0]}记建材商店", "detail": "经营者", "amount": capital, "starts_on": "2019-05-18"}
            for n, capital in ((2, "20"), (40, "10"), (41, "300"))
        ],
        DataKind.PAYROLL: [
            {**_person(n), "subject": "某某镇人民政府", "detail": "事业编制", "starts_on": "2015-08-01"} for n in (_PERSONS - 3, 42, 43)
        ],
        DataKind.DEATHS: [
            {**_person(n), "starts_on": (today - timedelta(days=60)).isoformat(), "subject": "公安局"} for n in (5, 44, 45)
        ],
        DataKind.AID: aid, DataKind.LABOUR: labour,
    }  # fmt: skip


def _person(n: int) -> Line:
    return {"name": _NAMES[n % len(_NAMES)], "id_number": _id_number(n)}


def _id_number(n: int) -> str:
    """Make a number of nobody: no county has the code 330599."""
    head = f"330599{1948 + n % 40}{1 + n % 12:02}{1 + n % 28:02}{n:03}"
    return head + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(head, _WEIGHTS, strict=True)) % 11]
