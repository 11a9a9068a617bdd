"""From raising to closing: what each side sees and does, and what nobody may."""

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from core.kernel.database import transaction
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from core.petitions.actions import following, handling
from core.petitions.actions.raising import enter_petition, raise_petition
from core.petitions.enums import PetitionState
from core.petitions.public import followed, following_scope, raising_scope
from core.petitions.queries import Narrowed, one_petition, petition_row, petitions_in
from core.petitions.rules import hash_of_receipt, new_receipt, shown_receipt
from tests.core.petitions.steps import PHONE, answered, raised, said
from tests.factories.world import NOW, World


async def test_villager_raises_village_answers_villager_judges(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    made, receipt = await raised(admin, nan)
    one, steps = await followed(shown_receipt(receipt).lower())
    assert (one.state, one.desk_name, [step.kind for step in steps]) == ("raised", "朱家兜", ["raised"])
    assert one.due_at is not None
    assert one.due_at.date().isoformat() == "2026-11-30"  # five working days from a Monday
    secretary = nan.scope("village_secretary")
    async with transaction(secretary):
        rows, total = await petitions_in(secretary, Narrowed(state="desk"), now=NOW)
    assert made in {row["id"] for row in rows}
    assert total >= 1
    told = await admin.fetchval("SELECT count(*) FROM notice WHERE kind = 'petition_came' AND link = $1", f"/petitions/{made}")
    assert told > 0
    await answered(admin, nan, made)
    one, _ = await followed(receipt)
    assert (one.state, one.answer, one.office_solved, one.villager_solved) == ("answered", "路灯已经修好。", True, None)
    scope = following_scope(one)
    async with transaction(scope):
        await following.judge_petition(scope, receipt=receipt, solved=False, words="还差一盏", now=NOW)
    one, steps = await followed(receipt)
    assert (one.state, one.office_solved, one.villager_solved) == ("closed", True, False)
    assert [step.kind for step in steps] == ["judged", "answered", "accepted", "raised"]


async def test_personal_data_and_receipt_are_not_stored_plain(world: World, admin: asyncpg.Connection) -> None:
    made, receipt = await raised(admin, world.nan)
    for table in ("petition", "petition_raiser", "petition_event", "audit_line", "outbox", "notice", "timer"):
        text = str(await admin.fetch(f"SELECT t::text FROM {table} t"))
        assert PHONE not in text
        assert "陈阿土" not in text
        assert receipt not in text
    stored = await admin.fetchval("SELECT receipt_hash FROM petition WHERE id = $1", made)
    assert stored == hash_of_receipt(receipt)


async def test_receipt_of_another_opens_nothing(world: World) -> None:
    for wrong in ("", "A" * 20, new_receipt(), "' OR true --"):
        with pytest.raises(NotFound):
            await followed(wrong)
    assert world


async def test_same_receipt_raises_once(world: World, admin: asyncpg.Connection) -> None:
    receipt, scope = new_receipt(), raising_scope(world.nan.village, world.nan.code)
    made = set()
    for _ in range(2):
        async with transaction(scope):
            made.add(await raise_petition(scope, raised=said(phone=""), receipt=receipt, now=NOW))
    assert len(made) == 1
    assert await admin.fetchval("SELECT count(*) FROM petition WHERE receipt_hash = $1", hash_of_receipt(receipt)) == 1


async def test_same_form_sent_twice_at_once_is_one_matter(world: World, admin: asyncpg.Connection) -> None:
    """Both are answered with it: whoever sent it sees the second answer alone, and needs its code."""
    stranger, staff = raising_scope(world.nan.village, world.nan.code), world.nan.scope("township_staff")

    async def send(receipt: str, *, entered: bool) -> UUID:
        scope, raised_ = staff if entered else stranger, said(phone="", source="hotline" if entered else "web")
        async with transaction(scope):
            if entered:
                made = await enter_petition(scope, raised=raised_, region=world.nan.village, receipt=receipt, now=NOW)
            else:
                made = await raise_petition(scope, raised=raised_, receipt=receipt, now=NOW)
            await asyncio.sleep(0.2)  # the other has looked by now whether it is known
        return made

    for entered in (False, True):
        receipt = new_receipt()
        assert len(set(await asyncio.gather(*(send(receipt, entered=entered) for _ in range(2))))) == 1
        assert await admin.fetchval("SELECT count(*) FROM petition WHERE receipt_hash = $1", hash_of_receipt(receipt)) == 1


async def test_stranger_may_do_nothing_else(world: World, admin: asyncpg.Connection) -> None:
    made, _ = await raised(admin, world.nan)
    for scope in (raising_scope(world.nan.village, world.nan.code), world.nan.scope("bookkeeper")):
        async with transaction(scope):
            with pytest.raises(Forbidden):
                await handling.accept_petition(scope, petition=made, now=NOW)
            with pytest.raises(Forbidden):
                await handling.reveal_raiser(scope, petition=made, reason="看看", now=NOW)


async def test_bad_input_names_each_field(world: World) -> None:
    scope = raising_scope(world.nan.village, world.nan.code)
    wrong = said(kind="gossip", title="", body="短", phone="12345", name="长" * 21)
    async with transaction(scope):
        with pytest.raises(Invalid) as error:
            await raise_petition(scope, raised=wrong, receipt=new_receipt(), now=NOW)
    assert set(error.value.fields) == {"kind", "title", "body", "phone", "name"}


async def test_one_phone_raises_so_many_a_day(world: World, admin: asyncpg.Connection) -> None:
    phone = "13900001111"
    for _ in range(5):
        await raised(admin, world.zhu, phone=phone)
    with pytest.raises(TooMany):
        await raised(admin, world.zhu, phone=phone)
    await raised(admin, world.zhu, phone=phone, now=NOW + timedelta(days=2))


async def test_reopened_once(world: World, admin: asyncpg.Connection) -> None:
    made, receipt = await raised(admin, world.nan, phone="")
    await answered(admin, world.nan, made)
    one, _ = await followed(receipt)
    scope = following_scope(one)
    async with transaction(scope):
        await following.reopen_petition(scope, receipt=receipt, reason="又坏了", now=NOW)
    await answered(admin, world.nan, made)
    async with transaction(scope):
        with pytest.raises(Conflict):
            await following.reopen_petition(scope, receipt=receipt, reason="还是坏", now=NOW)
        with pytest.raises(NotFound):
            await following.judge_petition(scope, receipt=new_receipt(), solved=True, words="", now=NOW)


async def test_neighbours_and_other_counties_see_nothing(world: World, admin: asyncpg.Connection) -> None:
    made, _ = await raised(admin, world.nan, phone="")
    for scope in (
        world.nan.scope("second_village"), world.zhu.scope("village_secretary"), world.zhu.scope("township_leader"),
        world.zhu.scope("county_inspector"),
    ):  # fmt: skip
        async with transaction(scope):
            with pytest.raises(NotFound):
                await one_petition(scope, made)


async def test_revealing_is_written_down(world: World, admin: asyncpg.Connection) -> None:
    made, _ = await raised(admin, world.nan, phone="13700000001")
    secretary = world.nan.scope("village_secretary")
    async with transaction(secretary):
        with pytest.raises(Invalid):
            await handling.reveal_raiser(secretary, petition=made, reason=" ", now=NOW)
        found = await handling.reveal_raiser(secretary, petition=made, reason="电话核实", now=NOW)
    assert (found.name, found.phone) == ("陈阿土", "13700000001")
    line = await admin.fetchrow("SELECT * FROM audit_line WHERE subject_id = $1 AND action = 'petition.revealed'", made)
    assert line is not None
    assert line["by_name"] == "王建国"
    async with transaction(secretary):
        assert (await petition_row(secretary, made))["state"] == PetitionState.RAISED
