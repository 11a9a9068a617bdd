"""Passing on, joining and parting, deadlines, lapsing, erasing; what the published results hold."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from core.contracts.disclosure import Period
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Forbidden, NotFound
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import system_scope
from core.petitions import forgetting, reactions
from core.petitions.actions import following, handling, joining
from core.petitions.actions.handling import Desk
from core.petitions.actions.raising import enter_petition
from core.petitions.disclosure import collect_results
from core.petitions.public import followed, following_scope
from core.petitions.queries import one_petition, petition_row
from core.petitions.rules import new_receipt
from tests.core.petitions.steps import PHONE, answered, raised, said
from tests.factories.world import NOW, World
from tests.isolation.rich import deliver_all

_ROW = "SELECT * FROM petition WHERE id = $1"


async def test_up_to_the_township_an_office_and_back_to_a_grid(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    made, receipt = await raised(admin, nan, phone="")
    secretary, leader, staff = nan.scope("village_secretary"), nan.scope("township_leader"), nan.scope("township_staff")
    async with transaction(secretary):
        await handling.transfer_petition(secretary, petition=made, to=Desk(nan.township), reason="要镇里修", now=NOW)
    row = await admin.fetchrow(_ROW, made)
    assert (row["desk"], row["state"]) == (nan.township, "raised")
    assert (row["due_at"] - NOW).days >= 13  # ten working days
    async with transaction(secretary):
        assert (await petition_row(secretary, made))["desk"] == nan.township  # the village goes on seeing it
        with pytest.raises(Forbidden):
            await handling.accept_petition(secretary, petition=made, now=NOW)
    await deliver_all(admin)  # what the village wrote is looked through before anybody above reads it
    office = nan.offices[nan.township]
    async with transaction(leader):
        await handling.transfer_petition(leader, petition=made, to=Desk(nan.township, office=office), reason="办", now=NOW)
    async with transaction(staff):
        await handling.transfer_petition(staff, petition=made, to=Desk(nan.village, grid=nan.grid), reason="近", now=NOW)
    worker = nan.scope("grid_worker")
    async with transaction(worker):
        await handling.accept_petition(worker, petition=made, now=NOW)
    _, steps = await followed(receipt)
    assert [step.kind for step in steps].count("transferred") == 3
    for scope, to in ((worker, Desk(nan.code)), (secretary, Desk(world.zhu.village)), (nan.scope("second_village"), Desk(nan.township))):
        async with transaction(scope):
            with pytest.raises((Forbidden, NotFound)):
                await handling.transfer_petition(scope, petition=made, to=to, reason="推", now=NOW)


async def test_joined_and_parted_again_and_answered_together(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    secretary = nan.scope("village_secretary")
    (main, _), (second, receipt), (third, _) = [await raised(admin, nan, phone="") for _ in range(3)]
    async with transaction(secretary):
        await joining.merge_petition(secretary, petition=second, into=main, now=NOW)
        await joining.merge_petition(secretary, petition=third, into=main, now=NOW)
        with pytest.raises(Conflict):
            await handling.accept_petition(secretary, petition=second, now=NOW)
    async with transaction(secretary):
        await joining.unmerge_petition(secretary, petition=third, now=NOW)
        seen = await one_petition(secretary, main)
    assert [row["id"] for row in seen.joined] == [second]
    await answered(admin, nan, main)
    one, _ = await followed(receipt)
    assert (one.state, one.answer) == ("answered", "路灯已经修好。")
    assert (await admin.fetchrow(_ROW, third))["state"] == "raised"
    async with transaction(secretary):
        with pytest.raises(Conflict):
            await joining.unmerge_petition(secretary, petition=second, now=NOW)


async def test_matters_of_two_villages_are_not_joined_by_one(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    made, _ = await raised(admin, nan, phone="")
    other, _ = await raised(admin, nan, place=f"{nan.code}101202", phone="")
    foreign, _ = await raised(admin, world.zhu, phone="")
    secretary = nan.scope("village_secretary")
    for into in (other, foreign, made):
        async with transaction(secretary):
            with pytest.raises(NotFound):
                await joining.merge_petition(secretary, petition=made, into=into, now=NOW)


async def test_what_came_from_two_villages_is_answered_where_both_lie(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    main, _ = await raised(admin, nan, phone="")
    part, receipt = await raised(admin, nan, place=f"{nan.code}101202", phone="")
    leader = nan.scope("township_leader")
    async with transaction(leader):
        for each in (main, part):
            await handling.transfer_petition(leader, petition=each, to=Desk(nan.township), reason="一起办", now=NOW)
        await joining.merge_petition(leader, petition=part, into=main, now=NOW)
        with pytest.raises(Conflict, match="别的村"):
            await handling.transfer_petition(leader, petition=main, to=Desk(nan.village), reason="村里办", now=NOW)
    await answered(admin, nan, main, by="township_leader")
    one, _ = await followed(receipt)
    assert one.state == "answered"


def event(topic: str, region: str, **payload: object) -> Event:
    return Event(id=new_id(), topic=topic, county=region[:6], region=region, payload=payload, created_at=NOW)


async def test_each_level_has_its_time_on_the_countys_own_calendar(world: World, admin: asyncpg.Connection) -> None:
    zhu = world.zhu
    await admin.execute(
        "INSERT INTO calendar_day (county, id, region, day, working, note, by_name, created_at)"
        " SELECT $1, gen_random_uuid(), $1, d, false, '县里放假', '测试', now() FROM unnest($2::date[]) d",
        zhu.code, [datetime(2026, 11, day, tzinfo=UTC).date() for day in (25, 26)],
    )  # fmt: skip
    made, _ = await raised(admin, zhu, phone="")
    assert (await admin.fetchrow(_ROW, made))["due_at"].date().isoformat() == "2026-12-02"  # five days, two of them free
    secretary, leader = zhu.scope("village_secretary"), zhu.scope("township_leader")
    async with transaction(secretary):
        await handling.transfer_petition(secretary, petition=made, to=Desk(zhu.township), reason="镇里修", now=NOW)
    assert (await admin.fetchrow(_ROW, made))["due_at"].date().isoformat() == "2026-12-09"  # ten
    await deliver_all(admin)
    async with transaction(leader):
        await handling.transfer_petition(leader, petition=made, to=Desk(zhu.code), reason="县里定", now=NOW)
    assert (await admin.fetchrow(_ROW, made))["due_at"].date().isoformat() == "2026-12-16"  # fifteen
    due = await admin.fetch("SELECT due_at FROM timer WHERE subject_id = $1 AND cancelled_at IS NULL", made)
    assert [row["due_at"].date().isoformat() for row in due] == ["2026-12-16"]
    await admin.execute("DELETE FROM calendar_day WHERE county = $1", zhu.code)


async def test_late_is_said_once_and_an_older_clock_says_nothing(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    made, _ = await raised(admin, nan, phone="")
    row = await admin.fetchrow(_ROW, made)
    scope = system_scope(nan.code)
    for due in (row["due_at"] - timedelta(days=1), row["due_at"], row["due_at"]):
        async with transaction(scope):
            await reactions.on_due(scope, event("petition.due", nan.village, petition=str(made), due=due.isoformat()))
        late = (await admin.fetchrow(_ROW, made))["overdue_at"]
        assert (late is None) == (due < row["due_at"])
    assert await admin.fetchval("SELECT count(*) FROM outbox WHERE topic = 'petition.overdue' AND payload->>'petition' = $1", str(made)) == 1
    told = {r["kind"] for r in await admin.fetch("SELECT kind FROM notice WHERE link = $1", f"/petitions/{made}")}
    assert {"petition_overdue", "petition_overdue_above"} <= told


async def test_answer_lapses_where_nobody_judges(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    made, receipt = await raised(admin, nan, phone="")
    await answered(admin, nan, made, solved=False)
    one, _ = await followed(receipt)
    assert one.answered_at is not None
    scope = system_scope(nan.code)
    async with transaction(scope):
        at = one.answered_at.isoformat()
        await reactions.on_lapse(scope, event("petition.lapse", nan.village, petition=str(made), answered=at))
    one, _ = await followed(receipt)
    assert (one.state, one.office_solved, one.villager_solved) == ("closed", False, None)


async def test_raisers_are_forgotten_after_the_term(world: World, admin: asyncpg.Connection) -> None:
    zhu = world.zhu
    made, receipt = await raised(admin, zhu, body=f"请打我电话{PHONE}，谢谢。", phone="13700000099")
    await answered(admin, zhu, made)
    one, _ = await followed(receipt)
    scope = following_scope(one)
    async with transaction(scope):
        await following.judge_petition(scope, receipt=receipt, solved=True, words="", now=NOW)
    await admin.execute("UPDATE petition SET closed_at = $2 WHERE id = $1", made, datetime(2025, 1, 1, tzinfo=UTC))
    system = system_scope(zhu.code)
    async with transaction(system):
        await forgetting.on_forget(system, event("petition.forget", zhu.code))
    row = await admin.fetchrow(_ROW, made)
    assert await admin.fetchval("SELECT count(*) FROM petition_raiser WHERE petition_id = $1", made) == 0
    assert (row["receipt_hash"], row["has_contact"]) == (None, False)
    assert PHONE not in row["body"]
    with pytest.raises(NotFound):
        await followed(receipt)


async def test_staff_enter_once_and_only_where_they_stand(world: World, admin: asyncpg.Connection) -> None:
    staff, receipt = world.nan.scope("township_staff"), new_receipt()
    made = set()
    for _ in range(2):
        async with transaction(staff):
            made.add(await enter_petition(
                staff, raised=said(source="hotline", phone=""), region=world.nan.village, receipt=receipt, now=NOW
            ))  # fmt: skip
    await deliver_all(admin)
    assert len(made) == 1
    for place in (world.zhu.village, f"{world.nan.code}102", world.nan.code, "x"):
        async with transaction(staff):
            with pytest.raises(NotFound):
                await enter_petition(staff, raised=said(source="visit"), region=place, receipt=new_receipt(), now=NOW)


async def test_results_list_agreed_titles_and_never_supervision(world: World, admin: asyncpg.Connection) -> None:
    zhu = world.zhu
    place = f"{zhu.code}101202"
    secretary = zhu.scope("second_village")
    for agreed in (True, False):
        made, receipt = await raised(admin, zhu, place=place, may_publish=agreed, phone="")
        await answered(admin, zhu, made, by="second_village")
        one, _ = await followed(receipt)
        scope = following_scope(one)
        async with transaction(scope):
            await following.judge_petition(scope, receipt=receipt, solved=True, words="", now=NOW)
    await raised(admin, zhu, place=place, kind="supervision", about="village", phone="")
    period = Period(place, zhu.code, "2026-Q4", NOW - timedelta(days=30), NOW + timedelta(days=30))
    async with transaction(secretary):
        found = await collect_results(secretary, period)
    assert [row["title"] for row in found.rows] == ["修好村口路灯"]
    assert [(figure.title, figure.value) for figure in found.figures][:2] == [("收到", 2), ("已答复", 2)]


async def test_two_who_join_two_matters_the_opposite_way_at_once_leave_one_main(world: World, admin: asyncpg.Connection) -> None:
    scope = world.nan.scope("village_secretary")

    async def join(one: UUID, other: UUID) -> None:
        async with transaction(scope):
            await joining.merge_petition(scope, petition=one, into=other, now=NOW)

    for n in range(8):
        one, _ = await raised(admin, world.nan, phone="", title=f"路灯 {n}")
        other, _ = await raised(admin, world.nan, phone="", title=f"路灯也不亮 {n}")
        done = await asyncio.gather(join(one, other), join(other, one), return_exceptions=True)
        assert [type(each) for each in done if each is not None] == [Conflict]
