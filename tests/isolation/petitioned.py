"""What villagers of a county raise: each way in, each step, supervision, deadlines, abuse and erasing."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from core.contracts.disclosure import Period
from core.disclosure.periods import midnight
from core.kernel.database import transaction
from core.kernel.errors import Conflict
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import system_scope
from core.kernel.secrets import encrypt
from core.petitions import forgetting, reactions
from core.petitions.actions import following, handling, joining, overseeing, phones
from core.petitions.actions.handling import Answer, Desk
from core.petitions.actions.raising import enter_petition, raise_petition
from core.petitions.disclosure import collect_results
from core.petitions.personal import data_of
from core.petitions.public import followed, following_scope, raising_scope
from core.petitions.queries import (
    Narrowed,
    counts_of,
    figures_in,
    is_about,
    joinable,
    one_petition,
    petition_row,
    petitions_in,
)
from core.petitions.rules import AREA, NOBODY, Sender, new_receipt
from core.tenancy.settings import set_values
from tests.core.petitions.matters import said
from tests.factories.world import NOW, SECOND_VILLAGE, County, add_post
from tests.isolation.rows import put_row

DAY = timedelta(days=1)
ADDRESS = "192.0.2.7"


async def petition(admin: asyncpg.Connection, county: County) -> None:
    """Raise, pass on, join, part, answer, judge, reopen, remind, be late, be stopped, forget."""
    made = [await _raise(county, now=NOW - 3 * n * DAY) for n in range(4)]  # the later ones are due earlier
    await _raise(county, kind="supervision", about="village", about_name="李春梅")
    await _sort(county)
    secretary, leader = county.scope("village_secretary"), county.scope("township_leader")
    (first, receipt), (second, _), (third, _), (last, _) = made
    async with transaction(secretary):
        await handling.note_petition(secretary, petition=first, text="去看过了。", now=NOW)
        await joining.merge_petition(secretary, petition=second, into=first, now=NOW)
        await joining.merge_petition(secretary, petition=third, into=first, now=NOW)
        await joining.unmerge_petition(secretary, petition=third, now=NOW)
        await handling.transfer_petition(secretary, petition=third, to=Desk(county.township), reason="要镇里修", now=NOW)
        await handling.refuse_petition(secretary, petition=last, reason="重复", now=NOW)
        await handling.reveal_raiser(secretary, petition=first, reason="核实", now=NOW)
        await joinable(secretary, await petition_row(secretary, first))
        assert (await one_petition(secretary, first)).joined
        await counts_of(secretary, now=NOW)
    with suppress(Conflict):  # another was joined to it
        async with transaction(secretary):
            await handling.refuse_petition(secretary, petition=first, reason="重复", now=NOW)
    await _look(county, first, third)
    async with transaction(leader):
        await overseeing.press_petition(leader, petition=first, now=NOW)
    async with transaction(secretary):
        await handling.accept_petition(secretary, petition=first, now=NOW)
    await _follow(county, first, receipt)
    await _look(county, first)
    async with transaction(leader):
        office = Desk(county.township, office=county.offices[county.township])
        await handling.transfer_petition(leader, petition=third, to=office, reason="办", now=NOW)
        await petitions_in(leader, Narrowed(), now=NOW)
        await figures_in(leader, starts=NOW - timedelta(days=9), ends=NOW + timedelta(days=9))
        await enter_petition(leader, raised=said(source="visit"), region=county.village, receipt=new_receipt(), now=NOW)
    await _recuse(admin, county)
    await _join(county)
    await _publish(county)
    await _stop(county)
    await _prove(county)
    await _later(admin, county, first, last)
    await _ask_for_ones_own(admin, county)


async def _follow(county: County, petition: UUID, receipt: str) -> None:
    secretary = county.scope("village_secretary")
    mine = following_scope((await followed(receipt))[0])
    async with transaction(mine):
        for text in ("又坏了一盏。", "还有一盏。"):
            await following.add_to_petition(mine, receipt=receipt, text=text, now=NOW)
        await following.remind_petition(mine, receipt=receipt, now=NOW + 2 * DAY)
    async with transaction(secretary):
        await handling.answer_petition(secretary, petition=petition, answer=Answer("修好了。", True, "修路灯"), now=NOW)
    async with transaction(mine):
        await following.judge_petition(mine, receipt=receipt, solved=False, words="没有", now=NOW)
        await following.reopen_petition(mine, receipt=receipt, reason="没修好", now=NOW)


async def _join(county: County) -> None:
    """Join matters of two villages at the township, which then cannot go back to one of them, but up."""
    leader, made, receipts = county.scope("township_leader"), [], [new_receipt(), new_receipt()]
    for place, receipt in zip((county.village, f"{county.code}{SECOND_VILLAGE}"), receipts, strict=True):
        scope = raising_scope(place, county.code)
        async with transaction(scope):
            made.append(await raise_petition(scope, raised=said(kind="help", phone=""), receipt=receipt, now=NOW))
    async with transaction(leader):
        for each in made:
            await handling.transfer_petition(leader, petition=each, to=Desk(county.township), reason="一起办", now=NOW)
        await joining.merge_petition(leader, petition=made[1], into=made[0], now=NOW)
    await _with_receipt(receipts[1], following.add_to_petition, text="又坏了一盏。")
    system = system_scope(county.code)
    async with transaction(system):
        await reactions.on_came(system, _event(county, "petition.came", petition=str(made[1]), why="added"))
    with suppress(Conflict):
        async with transaction(leader):
            await handling.transfer_petition(leader, petition=made[0], to=Desk(county.village), reason="村里办", now=NOW)
    async with transaction(leader):  # up it may: nothing lends its deadline there any more
        await handling.transfer_petition(leader, petition=made[0], to=Desk(county.code), reason="县里定", now=NOW)


async def _publish(county: County) -> None:
    """Close one whose raiser agreed to its publication."""
    made, receipt = await _raise(county)
    await _sort(county)
    secretary = county.scope("village_secretary")
    async with transaction(secretary):
        await handling.accept_petition(secretary, petition=made, now=NOW)
        await handling.answer_petition(secretary, petition=made, answer=Answer("修好了。", True, "修路灯"), now=NOW)
    mine = following_scope((await followed(receipt))[0])
    async with transaction(mine):
        await following.judge_petition(mine, receipt=receipt, solved=True, words="好", now=NOW)
    async with transaction(secretary):
        await collect_results(secretary, Period(county.village, county.code, "2026-Q4", midnight(NOW.date()), NOW + DAY))


async def _stop(county: County) -> None:
    """Stop two sources, one by its phone and one by its address; the one comes again, and is let in again."""
    leader = county.scope("township_leader")
    made = [(await _raise(county, phone="13911112222"))[0], (await _raise(county, phone="", name="", sender=Sender(address=ADDRESS)))[0]]
    await _sort(county)
    async with transaction(leader):
        for each in made:
            await overseeing.mark_abuse(leader, petition=each, reason="广告", block=True, now=NOW)
    with suppress(Conflict):
        await _raise(county, phone="13911112222")
    async with transaction(leader):
        await overseeing.clear_abuse(leader, petition=made[0], reason="弄错了", now=NOW)


async def _prove(county: County) -> None:
    """Prove phones for a while: one code is not sent, one is used."""
    boss, phone = county.scope("county_administrator"), _phone()
    async with transaction(boss):
        for days, value in ((2, "gateway"), (4, "off")):
            await set_values(
                boss, AREA, values={"phone_code": value}, valid_from=NOW + days * DAY, reason="试行", now=NOW
            )
    scope, at = raising_scope(county.village, county.code), NOW + 3 * DAY
    async with transaction(scope):
        dropped = await phones.begin_code(scope, phone=phone, now=at)
        await phones.drop_code(scope, code=dropped.id)
        sent = await phones.begin_code(scope, phone=phone, now=at)
    async with transaction(scope):
        await phones.try_code(scope, phone=phone, code=sent.code, now=at)
    receipt = new_receipt()
    for _ in range(2):  # the second time it is known already
        await _raise(county, phone=phone, sender=Sender(sent.code, "192.0.2.8"), now=at, receipt=receipt)
    async with transaction(scope):
        await phones.begin_code(scope, phone=phone, now=at + timedelta(minutes=2))


def _phone() -> str:
    return f"139{new_id().int % 10**8:08}"


async def _raise(
    county: County, *, sender: Sender = NOBODY, now: datetime = NOW, receipt: str = "", **changes: object
) -> tuple[UUID, str]:
    code, scope = receipt or new_receipt(), raising_scope(county.village, county.code)
    async with transaction(scope):
        # The phones differ, or the day's number would be reached in a county that lives again.
        raised = said(**{"phone": _phone(), **changes})
        return await raise_petition(scope, raised=raised, receipt=code, now=now, sender=sender), code


async def _sort(county: County) -> None:
    system = system_scope(county.code)
    async with transaction(system):
        rows = await reactions.waiting(system)
        for row in rows:
            await reactions.on_came(system, _event(county, "petition.came", petition=str(row["id"]), why="came"))


async def _look(county: County, *petitions: UUID) -> None:
    """Look through what was written, so that those above read on."""
    system = system_scope(county.code)
    async with transaction(system):
        for each in petitions:
            await reactions.on_written(system, _event(county, "petition.written", petition=str(each)))


async def _recuse(admin: asyncpg.Connection, county: County) -> None:
    """Name one of the station, then everybody: a report goes up from the station, a complaint to the township; join and reopen."""
    member = await add_post(admin, county=county, role="supervision_committee", region=county.village)
    await admin.execute("UPDATE membership SET person_name = '钱大有' WHERE id = $1", member.scope.membership)
    texts = {"complaint": "李春梅、王建国、张三都有份。", "supervision": "监委会的钱大有也有份。"}
    made = {kind: await _raise(county, kind=kind, about="village") for kind in texts}
    main, (part, _), (ad, receipt) = (await _raise(county))[0], await _raise(county, body="李春梅不让修。"), await _raise(county)
    await _sort(county)
    for kind, text in texts.items():
        await _with_receipt(made[kind][1], following.add_to_petition, text=text)
    secretary, leader = county.scope("village_secretary"), county.scope("township_leader")
    async with transaction(secretary):
        await joining.merge_petition(secretary, petition=part, into=main, now=NOW)
        await handling.note_petition(secretary, petition=main, text="去看过了。", now=NOW)  # it is about somebody by now
        assert await is_about(secretary, await petition_row(secretary, main))
    async with transaction(leader):
        await overseeing.mark_abuse(leader, petition=ad, reason="广告", block=True, now=NOW)
    await _with_receipt(receipt, following.reopen_petition, reason="不是广告")
    await _look(county, *[each for each, _ in made.values()], main)
    system = system_scope(county.code)
    async with transaction(system):
        await reactions.on_came(system, _event(county, "petition.came", petition=str(ad), why="reopened"))
    await admin.execute("UPDATE membership SET valid_to = $2 WHERE id = $1", member.scope.membership, NOW)


async def _with_receipt(receipt: str, deed: Callable[..., Awaitable[None]], **given: str) -> None:
    mine = following_scope((await followed(receipt))[0])
    async with transaction(mine):
        await deed(mine, receipt=receipt, now=NOW, **given)


_OLD = (
    "UPDATE petition_code SET expires_at = '2024-01-01' WHERE county = $1",
    "UPDATE petition_block SET until = '2024-01-01' WHERE county = $1",
    "UPDATE petition_raiser SET at = '2024-01-01' WHERE county = $1 AND source_hash IS NOT NULL",
)


async def _later(admin: asyncpg.Connection, county: County, late: UUID, ended: UUID) -> None:
    """Let time pass: what is late is said, what is over is forgotten with its photo."""
    system = system_scope(county.code)
    due = await admin.fetchval("SELECT due_at FROM petition WHERE id = $1", late)
    await admin.execute("UPDATE petition SET closed_at = '2024-01-01' WHERE id = $1", ended)
    await admin.execute("UPDATE petition_event SET text = '请打我电话13812345678' WHERE petition_id = $1 AND kind = 'refused'", ended)
    for sql in _OLD:
        await admin.execute(sql, county.code)
    async with admin.transaction():
        await admin.execute("SET LOCAL session_replication_role = replica")
        await put_row(
            admin, "file", county=county.code, region=county.village, subject_id=ended, attached_at=NOW, state="kept", purpose="petition"
        )
    async with transaction(system):
        await reactions.sort_petition(system, late)
        await reactions.on_came(system, _event(county, "petition.came", petition=str(late), why="reopened"))
        await reactions.on_due(system, _event(county, "petition.due", petition=str(late), due=due.isoformat()))
        await reactions.on_codes_used_up(system, _event(county, "petition.codes_used_up"))
        await forgetting.on_forget(system, _event(county, "petition.forget"))


async def _ask_for_ones_own(admin: asyncpg.Connection, county: County) -> None:
    """Let a person whose number stands with a matter ask what is stored."""
    phone, person = _phone(), county.scope("bookkeeper").person
    assert person is not None
    scope = county.scope("township_staff")
    async with transaction(scope):
        seen = said(phone=phone, source="visit", identity_seen=True)
        await enter_petition(scope, raised=seen, region=county.village, receipt=new_receipt(), now=NOW)
    before = await admin.fetchval("SELECT phone FROM person WHERE id = $1", person)
    sealed = encrypt(phone, purpose="phone", owner=county.code)
    await admin.execute("UPDATE person SET phone = $2 WHERE id = $1", person, sealed)
    system = system_scope(county.code)
    async with transaction(system):
        assert await data_of(system, person)
    await admin.execute("UPDATE person SET phone = $2 WHERE id = $1", person, before)
    await _sort(county)


def _event(county: County, topic: str, **payload: object) -> Event:
    return Event(new_id(), topic, county.code, county.village, payload, NOW)
