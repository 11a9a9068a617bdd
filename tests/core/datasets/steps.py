"""Short words for tests: identity numbers, sheets of outside data, handing them in and having them stored."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from core.datasets import importing
from core.datasets.enums import DataKind
from core.datasets.rules import columns
from core.kernel.database import transaction
from core.kernel.outbox import Event
from core.kernel.scope import Scope, system_scope
from core.kernel.sheets_out import XLSX, write_sheet
from core.progress.actions import start_job
from core.progress.running import run_work
from tests.factories.world import NOW, County

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
Cells = dict[str, str]


def id_number(n: int) -> str:
    """Give the n-th valid identity number."""
    head = f"330503{1950 + n % 50}{1 + n // 50 % 12:02}{1 + n // 600 % 28:02}{n // 16800 % 1000:03}"
    return head + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(head, _WEIGHTS, strict=True)) % 11]


def told(kind: str, **changes: object) -> importing.Told:
    said = {
        "kind": kind, "source": "民政局", "purpose": "核对救助对象", "basis": "社会救助条例", "expires_on": NOW.date() + timedelta(days=90),
        "replaces": False, **changes,
    }  # fmt: skip
    return importing.Told(**said)  # type: ignore[arg-type]


def sheet(kind: str, lines: Sequence[Cells]) -> bytes:
    known = columns(kind)
    return write_sheet(XLSX, [column.title for column in known], [[line.get(column.key, "") for column in known] for line in lines])


async def looked_through(scope: Scope, kind: str, lines: Sequence[Cells], *, now: datetime = NOW, **changes: object) -> UUID:
    async with transaction(scope):
        return await importing.look_through(scope, told(kind, **changes), content=sheet(kind, lines), name="名单.xlsx", now=now)


async def run(scope: Scope, dataset: UUID, *, now: datetime = NOW) -> None:
    """Start the long work and run it as the worker does."""
    async with transaction(scope):
        total, payload = await importing.check_start(scope, dataset=dataset, now=now)
        job = await start_job(scope, kind=importing.KIND, title="导入", payload=payload, total=total, now=now)
    await work(scope, job, now=now)


async def work(scope: Scope, job: UUID, *, now: datetime = NOW) -> None:
    # One job is one announcement: delivered again, it goes on where it was.
    event = Event(job, "job.run", scope.county, scope.region, {"job": str(job)}, now)
    await run_work({importing.KIND: importing.IMPORT_WORK}, system_scope(scope.region), event)


async def stored(county: County, kind: str, lines: Sequence[Cells], **changes: object) -> UUID:
    """Hand a list in and have it stored."""
    scope = county.scope("county_inspector")
    made = await looked_through(scope, kind, lines, **changes)
    await run(scope, made)
    return made


def person(n: int, name: str = "张小三") -> Cells:
    return {"name": name, "id_number": id_number(n)}


def aid(n: int, day: str, *, amount: str = "860", village: str = "朱家兜", name: str = "张小三", what: str = "低保") -> Cells:
    return {**person(n, name), "township": "", "village": village, "subject": what, "amount": amount, "starts_on": day}


def labour(n: int, day: str, *, amount: str = "160", village: str = "朱家兜", name: str = "张小三") -> Cells:
    return {**person(n, name), "village": village, "subject": "村道保洁", "amount": amount, "starts_on": day}


def business(n: int, since: str, *, until: str = "", capital: str = "", company: str = "好记建材店", name: str = "张小三") -> Cells:
    return {**person(n, name), "subject": company, "detail": "经营者", "amount": capital, "starts_on": since, "ends_on": until}


def salary(n: int, since: str, *, until: str = "", name: str = "张小三") -> Cells:
    return {**person(n, name), "subject": "练市镇人民政府", "detail": "事业编制", "starts_on": since, "ends_on": until}


def death(n: int, day: str, *, name: str = "张小三") -> Cells:
    return {**person(n, name), "starts_on": day, "subject": "公安局"}


__all__ = ["DataKind", "date"]
