"""What villagers of a county raise: each way in, each step, supervision, deadlines and erasing."""

from datetime import timedelta
from uuid import UUID

import asyncpg

from core.contracts.disclosure import Period
from core.disclosure.periods import midnight
from core.kernel.database import transaction
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import system_scope
from core.petitions import reactions
from core.petitions.actions import following, handling
from core.petitions.actions.handling import Answer, Desk
from core.petitions.actions.raising import enter_petition, raise_petition
from core.petitions.disclosure import collect_results
from core.petitions.personal import data_of
from core.petitions.public import followed, following_scope, raising_scope
from core.petitions.queries import Narrowed, figures_in, joinable, petition_row, petitions_in
from core.petitions.rules import new_receipt
from tests.core.petitions.matters import said
from tests.factories.world import NOW, County


async def petition(admin: asyncpg.Connection, county: County) -> None:
    """Raise, pass on, join, part, answer, judge, reopen, remind, be late, forget."""
    made = [await _raise(county) for _ in range(4)]
    await _raise(county, kind="supervision", about="village", about_name="李春梅")
    await _sort(county)
    secretary, leader = county.scope("village_secretary"), county.scope("township_leader")
    (first, receipt), (second, _), (third, _), (last, _) = made
    async with transaction(secretary):
        await handling.note_petition(secretary, petition=first, text="去看过了。", now=NOW)
        await handling.merge_petition(secretary, petition=second, into=first, now=NOW)
        await handling.merge_petition(secretary, petition=third, into=first, now=NOW)
        await handling.unmerge_petition(secretary, petition=third, now=NOW)
        await handling.transfer_petition(secretary, petition=third, to=Desk(county.township), reason="要镇里修", now=NOW)
        await handling.refuse_petition(secretary, petition=last, reason="重复", now=NOW)
        await handling.reveal_raiser(secretary, petition=first, reason="核实", now=NOW)
        await joinable(secretary, await petition_row(secretary, first))
        await handling.accept_petition(secretary, petition=first, now=NOW)
    one, _ = await followed(receipt)
    mine = following_scope(one)
    async with transaction(mine):
        await following.add_to_petition(mine, receipt=receipt, text="又坏了一盏。", now=NOW)
        await following.remind_petition(mine, receipt=receipt, now=NOW + timedelta(days=2))
    async with transaction(secretary):
        await handling.answer_petition(secretary, petition=first, answer=Answer("修好了。", True, "修路灯"), now=NOW)
    async with transaction(mine):
        await following.judge_petition(mine, receipt=receipt, solved=False, words="没有", now=NOW)
        await following.reopen_petition(mine, receipt=receipt, reason="没修好", now=NOW)
    async with transaction(leader):
        office = Desk(county.township, office=county.offices[county.township])
        await handling.transfer_petition(leader, petition=third, to=office, reason="办", now=NOW)
        await petitions_in(leader, Narrowed(), now=NOW)
        await figures_in(leader, starts=NOW - timedelta(days=9), ends=NOW + timedelta(days=9))
        await enter_petition(leader, raised=said(source="visit"), region=county.village, receipt=new_receipt(), now=NOW)
    async with transaction(secretary):
        await collect_results(secretary, Period(county.village, county.code, "2026-Q4", midnight(NOW.date()), NOW + timedelta(days=1)))
    await _later(admin, county, first, last)


async def _raise(county: County, **changes: object) -> tuple[UUID, str]:
    receipt, scope = new_receipt(), raising_scope(county.village, county.code)
    async with transaction(scope):
        # The phones differ, or the day's number would be reached in a county that lives again.
        phone = f"139{new_id().int % 10**8:08}"
        raised = said(**{"phone": phone, **changes})
        return await raise_petition(scope, raised=raised, receipt=receipt, now=NOW), receipt


async def _sort(county: County) -> None:
    system = system_scope(county.code)
    async with transaction(system):
        rows = await reactions.waiting(system)
        for row in rows:
            await reactions.on_came(system, _event(county, "petition.came", petition=str(row["id"]), why="came"))


async def _later(admin: asyncpg.Connection, county: County, late: UUID, ended: UUID) -> None:
    system = system_scope(county.code)
    due = await admin.fetchval("SELECT due_at FROM petition WHERE id = $1", late)
    await admin.execute("UPDATE petition SET closed_at = '2024-01-01' WHERE id = $1", ended)
    async with transaction(system):
        await reactions.on_came(system, _event(county, "petition.came", petition=str(late), why="reopened"))
        await reactions.on_due(system, _event(county, "petition.due", petition=str(late), due=due.isoformat()))
        await reactions.on_forget(system, _event(county, "petition.forget"))
        person = await admin.fetchval("SELECT id FROM person WHERE county = $1 AND phone IS NOT NULL LIMIT 1", county.code)
        if person is not None:
            await data_of(system, person)


def _event(county: County, topic: str, **payload: object) -> Event:
    return Event(new_id(), topic, county.code, county.village, payload, NOW)
