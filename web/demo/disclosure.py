"""The demo's boards: what its secretaries published, one correction among it, and the calendar of what is due."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from core.contracts.disclosure import Clock
from core.disclosure.actions import Released, Wanted, correct_publication, object_to, release_publication
from core.disclosure.drafting import draft_of
from core.disclosure.periods import before, span_of
from core.disclosure.reactions import CALENDAR, on_calendar
from core.extension.queries import with_plugins
from core.kernel.database import fetch_value, transaction
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import Scope, system_scope
from web.demo.by_hand import write_by_hand
from web.demo.cast import scopes_of

_THERE: Final = "SELECT EXISTS (SELECT FROM publication p WHERE p.region >= $1 AND p.region < $2)"
_QUARTERS: Final = 3
_LATE: Final = 3
_OBJECTION: Final = "停车场东边紧靠老粮站的排水沟，车多了会不会压坏？希望先把沟修好再铺路面。"


async def load_boards(county: str, *, now: datetime) -> None:
    """Publish in the name of each secretary, once; then let the law's clock make its due dates."""
    system = await with_plugins(system_scope(county))
    async with transaction(system):
        if await fetch_value(system, _THERE):
            return
        await on_calendar(system, Event(new_id(), CALENDAR, county, county, {}, now))
    secretaries = [scope for scope in (await scopes_of(county)).values() if scope.role == "village_secretary"]
    for number, scope in enumerate(sorted(secretaries, key=lambda each: each.region)):
        await _board(scope, now)
        await _rooms(scope, number, now)


async def _rooms(scope: Scope, number: int, now: datetime) -> None:
    """Write the rooms of the board by hand and publish what is over; the last village is late with its labour."""
    ready, matters = await write_by_hand(scope, number, now=now - timedelta(days=4))
    for section, period in ready:
        if number % _LATE or section != "labour_by_hand":
            await _release(scope, section, period, "", now - timedelta(days=3))
    for section, matter in matters:
        made = await _release(scope, section, "", "", now - timedelta(days=2), subject=matter)
        if section == "own_notice":
            await _object(scope, made.id, now - timedelta(days=1))


async def _object(scope: Scope, publication: UUID, now: datetime) -> None:
    """Let somebody who lives there object; the notice still stands, and nobody has answered yet."""
    anybody = system_scope(scope.region, county=scope.county, by_name="")
    async with transaction(anybody):
        await object_to(anybody, publication=publication, body=_OBJECTION, contact="13800004331", now=now)


async def _board(scope: Scope, now: datetime) -> None:
    await _release(scope, "powers", "", "以县里公布的现行清单为准。", now - timedelta(days=6))
    span = span_of(Clock.QUARTERLY, now)
    for n in range(_QUARTERS):
        span = before(Clock.QUARTERLY, span)
        note = "本季度没有上级交办并办结的事项。" if n else ""
        made = await _release(scope, "tasks", span.name, note, now - timedelta(days=5, hours=-n))
        if not n:
            reason = "原来漏写了说明，补上。"
            await _correct(scope, made.id, span.name, "本季度没有上级交办并办结的事项，特此说明。", reason, now - timedelta(days=4))


async def _wanted(
    scope: Scope, section: str, period: str, note: str, now: datetime, subject: UUID | None = None
) -> Wanted:
    async with transaction(scope):
        draft = await draft_of(
            scope, section=section, region=scope.region, period=period, subject=subject, note=note, now=now
        )
    return Wanted(section, scope.region, period, subject, note, draft.digest)


async def _release(
    scope: Scope, section: str, period: str, note: str, now: datetime, *, subject: UUID | None = None
) -> Released:
    wanted = await _wanted(scope, section, period, note, now, subject)
    async with transaction(scope):
        return await release_publication(scope, wanted=wanted, now=now)


async def _correct(
    scope: Scope, publication: UUID, period: str, note: str, reason: str, now: datetime
) -> Released:
    wanted = await _wanted(scope, "tasks", period, note, now)
    async with transaction(scope):
        return await correct_publication(scope, publication=publication, wanted=wanted, reason=reason, now=now)
