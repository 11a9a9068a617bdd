"""The demo's warnings: every model looks once; one warning is on its way, one waits for a statement, one was closed."""

from datetime import datetime
from typing import Final

from core.contracts.registry import current
from core.contracts.warnings import WarningModel
from core.extension.queries import with_plugins
from core.kernel.database import fetch_value, transaction
from core.kernel.scope import Scope, system_scope
from core.supervision import actions as a
from core.supervision.engine import look
from core.supervision.queries import Narrowed, concerns_of, warnings_in
from web.demo.cast import scopes_of

_THERE: Final = "SELECT EXISTS (SELECT FROM warning w WHERE w.region >= $1 AND w.region < $2)"
_CLOSED: Final = 0
_ASKED: Final = 1
_TAKEN: Final = 2


async def load_warnings(county: str, *, now: datetime) -> None:
    """Look once, then let the county's inspector take some of what was found."""
    system = await with_plugins(system_scope(county))
    async with transaction(system):
        if await fetch_value(system, _THERE):
            return
    for model in current().active(WarningModel, system):
        async with transaction(system):
            await look(system, model, region=county, now=now)
    inspectors = [each for each in (await scopes_of(county)).values() if each.role == "county_inspector"]
    for inspector in inspectors[:1]:
        await _handle(inspector, now)


async def _handle(inspector: Scope, now: datetime) -> None:
    async with transaction(inspector):
        rows, _ = await warnings_in(inspector, Narrowed(show="raised", model="overdue_task"), now=now)
        seals, _ = await warnings_in(inspector, Narrowed(show="raised", domain="seals"), now=now)
    for row in seals[:1]:
        async with transaction(inspector):
            await a.take_warning(inspector, warning=row["id"], now=now)
            await a.ask_person(inspector, warning=row["id"], text="请说明为什么没有申请就用了章。", person=None, now=now)
    for place, row in enumerate(rows[: _TAKEN + 1]):
        async with transaction(inspector):
            await a.take_warning(inspector, warning=row["id"], now=now)
            if place == _CLOSED:
                text = "与村里核对过：事情已经办好，系统里没有及时提交，已提醒补交。"
                await a.judge_warning(inspector, warning=row["id"], way="judge_explained", text=text, now=now)
            if place == _ASKED:
                persons = await concerns_of(inspector, row["id"])
                named = None if persons else (await a.persons_at(inspector, row, now=now))[:1]
                person = named[0]["person_id"] if named else None
                if persons or person is not None:
                    await a.ask_person(inspector, warning=row["id"], text="请说明为什么没有按时办理。", person=person, now=now)
