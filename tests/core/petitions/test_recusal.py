"""Whoever is named later, by whomever and wherever, is shut out from then on, and the matter goes to somebody who is not."""

from uuid import UUID

import asyncpg
import pytest

from core.kernel.database import transaction
from core.kernel.errors import NotFound
from core.kernel.scope import Scope
from core.notices.queries import notices_of
from core.petitions.actions import following, handling, joining
from core.petitions.actions.handling import Answer, Desk
from core.petitions.public import followed, following_scope
from core.petitions.queries import is_about, petition_row
from tests.core.petitions.steps import answered, raised
from tests.core.petitions.test_participants import TITLE, found
from tests.core.petitions.test_supervision import SUPERVISED, sees
from tests.factories.world import NOW, Post, World, add_post
from tests.isolation.rich import deliver_all

_ROW = "SELECT * FROM petition WHERE id = $1"


async def added(receipt: str, text: str) -> None:
    one, _ = await followed(receipt)
    scope = following_scope(one)
    async with transaction(scope):
        await following.add_to_petition(scope, receipt=receipt, text=text, now=NOW)


async def judged(receipt: str, text: str, *, solved: bool) -> None:
    one, _ = await followed(receipt)
    scope = following_scope(one)
    async with transaction(scope):
        await following.judge_petition(scope, receipt=receipt, solved=solved, words=text, now=NOW)


async def reopened(receipt: str, text: str) -> None:
    one, _ = await followed(receipt)
    scope = following_scope(one)
    async with transaction(scope):
        await following.reopen_petition(scope, receipt=receipt, reason=text, now=NOW)


async def named(admin: asyncpg.Connection, post: Post, name: str) -> Scope:
    """Give a post's person a name of his own."""
    await admin.execute("UPDATE membership SET person_name = $2 WHERE id = $1", post.scope.membership, name)
    return post.scope


async def told_of(scope: Scope, petition: UUID) -> set[str]:
    async with transaction(scope):
        notices, _ = await notices_of(scope, limit=500)
    return {each.kind for each in notices if str(petition) in each.link}


@pytest.mark.parametrize("kind", ["complaint", "help", "suggestion"])
async def test_named_in_a_supplement_is_shut_out_at_once(world: World, admin: asyncpg.Connection, kind: str) -> None:
    nan = world.nan
    made, receipt = await raised(admin, nan, kind=kind, title=TITLE, phone="")
    cadre, secretary, leader = (nan.scope(role) for role in ("village_cadre", "village_secretary", "township_leader"))
    assert {"one", "notice"} <= await found(cadre, made)
    await added(receipt, "就是李春梅收了钱。")
    assert not await sees(cadre, made)  # before any worker has looked
    assert not await sees(leader, made)  # whether somebody up there is named is not known yet
    assert await sees(secretary, made)
    await deliver_all(admin)
    assert await found(cadre, made) - {"search"} == set()
    assert await sees(secretary, made)
    assert await sees(leader, made)
    assert "petition_added" in await told_of(secretary, made)
    async with transaction(cadre):
        with pytest.raises(NotFound):
            await handling.note_petition(cadre, petition=made, text="我来看看", now=NOW)


async def test_person_above_who_is_named_never_reads_it(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    boss = await named(admin, await add_post(admin, county=nan, role="township_leader", region=nan.township), "诸葛明亮")
    made, receipt = await raised(admin, nan, phone="")
    assert await sees(boss, made)
    await added(receipt, "后来是镇里的诸葛明亮不让修。")
    assert not await sees(boss, made)
    await deliver_all(admin)
    assert not await sees(boss, made)
    assert not await sees(nan.scope("township_leader"), made)  # nor does anybody at his place
    assert (await admin.fetchrow(_ROW, made))["desk"] == nan.code
    assert await sees(nan.scope("county_inspector"), made)


async def test_reopened_against_the_only_handler_it_goes_up(world: World, admin: asyncpg.Connection) -> None:
    zhu = world.zhu
    place, only = f"{zhu.code}101202", await named(admin, zhu.posts["second_village"], "欧阳一山")
    made, receipt = await raised(admin, zhu, place=place, phone="")
    await answered(admin, zhu, made, by="second_village")
    await reopened(receipt, "欧阳一山根本没有来看过。")
    assert not await sees(only, made)
    await deliver_all(admin)
    row = await admin.fetchrow(_ROW, made)
    assert (row["desk"], row["state"], row["accepted_at"]) == (zhu.township, "raised", None)
    assert (row["due_at"] - NOW).days >= 13  # the township's own ten working days
    assert await told_of(only, made) == set()
    leader = zhu.scope("township_leader")
    assert "petition_reopened" in await told_of(leader, made)
    async with transaction(leader):
        await handling.accept_petition(leader, petition=made, now=NOW)
    one, steps = await followed(receipt)
    assert [step.kind for step in steps][:3] == ["accepted", "recused", "reopened"]
    assert "欧阳" not in steps[1].text
    assert one.desk_name == await admin.fetchval("SELECT shown_name FROM region WHERE code = $1", zhu.township)


async def test_in_hand_it_is_taken_from_whoever_is_named(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    worker = await named(admin, nan.posts["grid_worker"], "司马小河")
    made, receipt = await raised(admin, nan, phone="")
    secretary = nan.scope("village_secretary")
    async with transaction(secretary):
        await handling.transfer_petition(secretary, petition=made, to=Desk(nan.village, grid=nan.grid), reason="近", now=NOW)
    async with transaction(worker):
        await handling.accept_petition(worker, petition=made, now=NOW)
    await added(receipt, "司马小河自己倒的垃圾。")
    await deliver_all(admin)
    row = await admin.fetchrow(_ROW, made)
    assert (row["desk"], row["grid_id"], row["state"]) == (nan.village, None, "raised")
    assert not await sees(worker, made)
    assert "petition_came" in await told_of(secretary, made)


async def test_it_is_not_given_back_to_whoever_is_meant(world: World, admin: asyncpg.Connection) -> None:
    zhu = world.zhu
    made, _ = await raised(admin, zhu, place=f"{zhu.code}101202", about_name="村书记", phone="")
    leader = zhu.scope("township_leader")
    async with transaction(leader):
        with pytest.raises(NotFound):
            await handling.transfer_petition(leader, petition=made, to=Desk(f"{zhu.code}101202"), reason="村里办", now=NOW)


async def test_given_to_a_grid_whose_worker_is_meant_the_village_has_it_again(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    await named(admin, nan.posts["grid_worker"], "宇文小山")
    made, _ = await raised(admin, nan, about_name="宇文小山", phone="")
    secretary = nan.scope("village_secretary")
    async with transaction(secretary):
        await handling.transfer_petition(secretary, petition=made, to=Desk(nan.village, grid=nan.grid), reason="近", now=NOW)
    await deliver_all(admin)
    row = await admin.fetchrow(_ROW, made)
    assert (row["desk"], row["grid_id"]) == (nan.village, None)


@pytest.mark.parametrize("meant", [{"about_name": "网格员小钱"}, {"body": "路灯被司马小河弄坏了。"}])
async def test_where_somebody_is_meant_an_office_names_others_too(world: World, admin: asyncpg.Connection, meant: dict[str, str]) -> None:
    nan = world.nan
    await named(admin, await add_post(admin, county=nan, role="village_cadre", region=nan.village), "司马小河")
    made, _ = await raised(admin, nan, phone="", **meant)
    kind, _ = await raised(admin, nan, kind="help", phone="")
    secretary, cadre, leader = (nan.scope(role) for role in ("village_secretary", "village_cadre", "township_leader"))
    async with transaction(secretary):
        await handling.note_petition(secretary, petition=made, text="王建国核实：是李春梅经手的。", now=NOW)
        await handling.note_petition(secretary, petition=kind, text="请李春梅上门看看。", now=NOW)
    assert not await sees(cadre, made)
    assert await sees(secretary, made)  # nobody is meant by what he writes himself
    assert await sees(cadre, kind)  # in a request for help it says who helps
    assert not await sees(leader, made)
    await deliver_all(admin)
    assert await sees(leader, made)
    assert not await sees(cadre, made)


async def test_an_ordinary_answer_shuts_nobody_out(world: World, admin: asyncpg.Connection) -> None:
    """Complained about is a ditch: the answer says who came, and they go on handling it, also when it is opened again."""
    nan = world.nan
    made, receipt = await raised(admin, nan, title="水沟堵了", body="村口水沟堵了一个月。", phone="")
    other, _ = await raised(admin, nan, title="水沟又堵了", body="也是那条水沟。", phone="")
    secretary, cadre = nan.scope("village_secretary"), nan.scope("village_cadre")
    async with transaction(secretary):
        assert not await is_about(secretary, await petition_row(secretary, made))
        await handling.note_petition(secretary, petition=made, text="请李春梅去看看。", now=NOW)
        await joining.merge_petition(secretary, petition=other, into=made, now=NOW)
        await handling.accept_petition(secretary, petition=made, now=NOW)
        said = Answer("王建国带人疏通，李春梅到场。", solved=True)
        await handling.answer_petition(secretary, petition=made, answer=said, now=NOW)
    for again in (True, False):
        await deliver_all(admin)
        for scope in (secretary, cadre, nan.scope("township_leader")):
            assert await sees(scope, made), scope.role
            assert await sees(scope, other), scope.role
        if again:
            await reopened(receipt, "过了一夜又堵了。")
    assert await admin.fetchval("SELECT count(*) FROM petition_concern WHERE petition_id = ANY ($1)", [made, other]) == 0


async def test_an_answer_before_anybody_was_meant_shuts_nobody_out_afterwards(world: World, admin: asyncpg.Connection) -> None:
    """Opened again against the cadre: he is shut out; the one whom the answer named before as a helper is not."""
    nan = world.nan
    helper = await named(admin, await add_post(admin, county=nan, role="village_cadre", region=nan.village), "东方亮亮")
    made, receipt = await raised(admin, nan, phone="")
    secretary = nan.scope("village_secretary")
    async with transaction(secretary):
        await handling.accept_petition(secretary, petition=made, now=NOW)
        await handling.answer_petition(secretary, petition=made, answer=Answer("东方亮亮换了灯泡。", solved=True), now=NOW)
    await reopened(receipt, "李春梅又把灯关了。")
    await deliver_all(admin)
    assert not await sees(nan.scope("village_cadre"), made)
    assert await sees(helper, made)
    async with transaction(secretary):
        assert await is_about(secretary, await petition_row(secretary, made))
        await handling.note_petition(secretary, petition=made, text="东方亮亮也在场。", now=NOW)
    assert not await sees(helper, made)  # from now on it is about somebody


async def test_whoever_is_meant_by_the_leading_one_reads_its_answer_nowhere(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    main, _ = await raised(admin, nan, body="李春梅把路灯关了。", phone="")
    part, _ = await raised(admin, nan, phone="")
    secretary, cadre = nan.scope("village_secretary"), nan.scope("village_cadre")
    assert await sees(cadre, part)
    async with transaction(secretary):
        await joining.merge_petition(secretary, petition=part, into=main, now=NOW)
        await handling.accept_petition(secretary, petition=main, now=NOW)
        await handling.answer_petition(secretary, petition=main, answer=Answer("已批评李春梅。", solved=True), now=NOW)
    await deliver_all(admin)
    assert not await sees(cadre, part)


async def test_a_judgement_names_somebody_only_where_nothing_is_solved(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    thanked, first = await raised(admin, nan, phone="")
    blamed, second = await raised(admin, nan, phone="")
    for made in (thanked, blamed):
        await answered(admin, nan, made)
    await judged(first, "谢谢王建国书记。", solved=True)
    await judged(second, "王建国只是来拍了张照片。", solved=False)
    await deliver_all(admin)
    secretary = nan.scope("village_secretary")
    assert await sees(secretary, thanked)
    assert not await sees(secretary, blamed)


async def test_member_of_the_station_named_later_lifts_a_report(world: World, admin: asyncpg.Connection) -> None:
    zhu = world.zhu
    member = await named(admin, await add_post(admin, county=zhu, role="supervision_committee", region=zhu.village), "慕容大有")
    made, receipt = await raised(admin, zhu, **SUPERVISED)
    assert await sees(member, made)
    await added(receipt, "监委会的慕容大有也分了钱。")
    assert not await sees(member, made)
    await deliver_all(admin)
    row = await admin.fetchrow(_ROW, made)
    assert row["floor"] < 5
    assert len(row["desk"]) < 12
    for scope in (member, zhu.scope("supervision_committee")):
        assert not await sees(scope, made)
        assert await told_of(scope, made) == set()
    assert await sees(zhu.scope("county_inspector"), made)


async def test_whoever_is_shut_out_of_one_is_shut_out_of_what_it_is_joined_to(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    main, _ = await raised(admin, nan, phone="")
    part, _ = await raised(admin, nan, body="李春梅不让修路灯。", phone="")
    cadre, secretary = nan.scope("village_cadre"), nan.scope("village_secretary")
    assert await sees(cadre, main)
    async with transaction(secretary):
        await joining.merge_petition(secretary, petition=part, into=main, now=NOW)
    assert not await sees(cadre, main)
    await deliver_all(admin)
    assert not await sees(cadre, main)
    assert await sees(secretary, main)


async def test_what_is_added_before_anybody_looked_counts_too(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    made, receipt = await raised(admin, nan, phone="")
    await admin.execute("UPDATE petition SET sorted_at = NULL WHERE id = $1", made)
    await added(receipt, "是李春梅的事。")
    assert not await sees(nan.scope("village_secretary"), made)
    await deliver_all(admin)
    assert await sees(nan.scope("village_secretary"), made)
    assert not await sees(nan.scope("village_cadre"), made)
