"""What senders of a county go through: emergencies that nobody reviews, a full quota and its release, signs, corrections."""

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import asyncpg

from core.contracts.disclosure import Period
from core.contracts.registry import current
from core.contracts.warnings import WarningModel
from core.extension.queries import with_plugins
from core.kernel.database import transaction
from core.kernel.errors import Conflict
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import Scope, system_scope
from core.supervision.engine import look
from core.tasks.actions.dispatching import Item
from core.tasks.actions.incoming import Handed, Received, decide_incoming, hand_in, withdraw_incoming
from core.tasks.enums import Level
from plugins.township_filter.actions import OVERDUE
from plugins.township_filter.senders.actions.corrections import decide_correction, propose_correction
from plugins.township_filter.senders.actions.quotas import decide_hold, set_quota
from plugins.township_filter.senders.disclosure import collect_senders
from plugins.township_filter.senders.jobs import on_overdue
from plugins.township_filter.senders.queries import corrections, emergencies, figures, quotas, refusals, signs
from plugins.township_filter.senders.rules import quarter_named
from tests.factories.world import NOW, County, sent
from tests.isolation.redrawn import deliver_all

REASON = "上游水库今晚泄洪，必须连夜转移。"
LONG_AGO = NOW - timedelta(days=30)


async def send_down(admin: asyncpg.Connection, county: County) -> None:
    """Let a department and a township's office send down, the county release and oversee, a village correct."""
    for title, role, urgent, at in (
        ("圩堤隐患排查", "township_leader", "", NOW), ("圩堤隐患排查", "township_staff", "", NOW),
        ("连夜转移沿河群众", "township_staff", REASON, LONG_AGO), ("请各村配合开展入户登记并每日打卡", "township_staff", "", NOW),
        ("上级收回的执法事项", "county_department", "", NOW), ("紧急加固泵站围堰", "township_staff", REASON, NOW),
    ):  # fmt: skip
        await _handed(county, title, role, urgent, at)
    await _deliver(admin)
    sender: UUID = await admin.fetchval(
        "SELECT id FROM township_filter.sender WHERE county = $1 AND office_id = $2", county.code, county.offices[county.township]
    )
    await _overfill(admin, county, sender)
    await _correct(admin, county)
    await _overdue(admin, county)
    await _read(county, sender)


async def _handed(county: County, title: str, role: str, urgent: str = "", at: object = NOW, code: str = "") -> Received:
    scope = county.scope(role)
    level = Level.TOWNSHIP if scope.level == 3 else Level.VILLAGE
    given = Handed(title=title, body="请落实。", level=level, emergency=bool(urgent), emergency_reason=urgent, item_code=code)
    async with transaction(scope):
        return await hand_in(scope, given, now=at)  # type: ignore[arg-type]


async def _deliver(admin: asyncpg.Connection) -> None:
    while await deliver_all(admin):
        pass


async def _quota(county: County, sender: UUID, amount: int | None) -> None:
    boss = county.scope("county_administrator")
    async with transaction(boss):
        await set_quota(boss, sender=sender, level="village", amount=amount, valid_from=NOW, reason="汛期", now=NOW)


async def _overfill(admin: asyncpg.Connection, county: County, sender: UUID) -> None:
    """Fill the office's quota: one matter is released, one is not, one waits."""
    boss, leader = county.scope("county_administrator"), county.scope("township_leader")
    await _quota(county, sender, 1)
    held = [await _handed(county, "圩堤隐患排查", "township_staff", code="V12") for _ in range(3)]
    gone = await _handed(county, "圩堤隐患排查", "township_staff", code="V12")
    await _quota(county, sender, None)
    await _deliver(admin)
    staff = county.scope("township_staff")
    async with transaction(staff):
        await withdraw_incoming(staff, incoming=gone.id, reason="不派了", now=NOW)
    for incoming, release in zip(held, (True, False), strict=False):
        with suppress(Conflict):
            async with transaction(leader):
                await decide_incoming(leader, incoming=incoming.id, transition="admit", reason="本镇需要", now=NOW)
        hold = await admin.fetchval("SELECT id FROM township_filter.quota_hold WHERE incoming_id = $1", incoming.id)
        async with transaction(boss):
            await decide_hold(boss, hold=hold, release=release, reason="看过", now=NOW)
    await _deliver(admin)
    assert await admin.fetchval("SELECT state FROM incoming_task WHERE id = $1", held[0].id) == "passed"


async def _correct(admin: asyncpg.Connection, county: County) -> None:
    """Propose three corrections: one is confirmed, one declined, one waits."""
    secretary, leader = county.scope("village_secretary"), county.scope("township_leader")
    code, other = ("V12", "V13") if county.code == "330503" else ("V12", "V50")
    item = await admin.fetchval(
        "SELECT i.id FROM entry_item i JOIN entry_list l ON l.county = i.county AND l.id = i.list_id"
        " WHERE i.county = $1 AND i.code = $2 AND l.state = 'published'", county.code, other,
    )  # fmt: skip
    for confirm in (True, False, None):
        task = (await sent(county, item=Item(code=code, title="排查"))).task
        share = await admin.fetchval("SELECT id FROM assignment WHERE task_id = $1 AND region = $2", task, county.village)
        async with transaction(secretary):
            await corrections.shares_to_correct(secretary, since=NOW, text="")
            made = await propose_correction(secretary, assignment=share, item=item, reason="归错了", now=NOW)
        if confirm is not None:
            async with transaction(leader):
                await decide_correction(leader, correction=made, confirm=confirm, note="看过", now=NOW)
    async with transaction(leader):
        await corrections.corrections_here(leader, state="", size=5)
        await corrections.one_correction(leader, made)
    await _deliver(admin)


async def _overdue(admin: asyncpg.Connection, county: County) -> None:
    """Tell of an overdue review, and ask how many there are."""
    leader = county.scope("township_leader")
    line, incoming = await admin.fetchrow(
        "SELECT id, incoming_id FROM township_filter.screened WHERE county = $1 AND review = 'due' AND review_due_at < $2", county.code, NOW
    )
    system = system_scope(county.township, county=county.code)
    async with transaction(system):
        await on_overdue(system, Event(new_id(), OVERDUE, county.code, county.township, {"line": str(line)}, NOW))
    async with transaction(leader):
        assert await emergencies.overdue_for_reviewer(leader, region=county.township, at=NOW)
        assert await emergencies.review_of(leader, incoming)


async def _read(county: County, sender: UUID) -> None:
    boss = county.scope("county_administrator")
    quarter = quarter_named("2026-Q4", NOW)
    wanted = figures.Wanted(quarter, NOW, 20)
    span = (quarter.starts, quarter.ends)
    async with transaction(boss):
        await figures.senders_with_figures(boss, wanted)
        one = await figures.one_sender(boss, sender)
        await figures.figures_of(boss, one, wanted)
        await signs.signs_of_sender(boss, sender, span, near_percent=20)
        await emergencies.reviews_waiting(boss, sender)
        await refusals.refusals_of(boss, sender, span)
        await quotas.overrides_of(boss, sender)
        await quotas.holds_here(boss, state="", size=5)
    await _own(county.scope("township_staff"))
    system = await with_plugins(system_scope(county.code))
    async with transaction(system):
        await collect_senders(system, Period(county.township, county.code, quarter.name, *span))
    for model in current().all(WarningModel):
        if model.plugin == "township_filter":
            async with transaction(system):
                await look(system, model, region=county.code, now=NOW + timedelta(hours=1))


async def _own(staff: Scope) -> None:
    async with transaction(staff):
        assert await figures.own_sender(staff) is not None
