"""A complaint about somebody is handled above him: nobody who works under the person meant handles it, or sees it."""

import asyncpg
import pytest

from core.kernel.database import transaction
from core.kernel.errors import NotFound
from core.petitions.actions import handling
from core.petitions.actions.handling import Desk
from core.petitions.public import followed
from core.petitions.queries import one_petition
from tests.core.petitions.steps import PHONE, answered, entered, raised
from tests.core.petitions.test_participants import found
from tests.core.petitions.test_recusal import added, named, reopened
from tests.core.petitions.test_supervision import sees
from tests.factories.world import NOW, World
from tests.isolation.rich import deliver_all
from web.pages.petitions.one import acts_of

_ROW = "SELECT * FROM petition WHERE id = $1"
BELOW = ("village_secretary", "village_cadre", "supervision_committee", "grid_worker", "bookkeeper")


@pytest.mark.parametrize("meant", [{"about_name": "周海明"}, {"about_name": "镇长"}, {"body": "周海明镇长把路灯的钱挪走了。"}])
async def test_about_the_township_leader_it_goes_to_the_county(world: World, admin: asyncpg.Connection, meant: dict[str, str]) -> None:
    nan = world.nan
    boss = await named(admin, nan.posts["township_leader"], "周海明")
    try:
        made, receipt = await entered(admin, nan, source="hotline", name="陈阿土", phone=PHONE, **meant)
        row = await admin.fetchrow(_ROW, made)
        assert (row["desk"], row["floor"], row["state"]) == (nan.code, 3, "raised")
        assert (row["due_at"] - NOW).days >= 20  # the county's own fifteen working days
        for scope in (boss, nan.scope("township_staff"), *(nan.scope(role) for role in BELOW)):
            assert await found(scope, made) == set(), scope.role
        one, _ = await followed(receipt)
        assert one.desk_name == await admin.fetchval("SELECT shown_name FROM region WHERE code = $1", nan.code)
        inspector = nan.scope("county_inspector")
        assert {"one", "notice"} <= await found(inspector, made)
        async with transaction(inspector):
            await handling.accept_petition(inspector, petition=made, now=NOW)
            assert (await handling.reveal_raiser(inspector, petition=made, reason="核实", now=NOW)).phone == PHONE
    finally:
        await named(admin, nan.posts["township_leader"], "张三")


@pytest.mark.parametrize("meant", [{"about_name": "王建国"}, {"about_name": "村书记"}, {"body": "王建国占了晒场，请管管。"}])
async def test_about_the_secretary_it_goes_to_the_township(world: World, admin: asyncpg.Connection, meant: dict[str, str]) -> None:
    nan = world.nan
    made, _ = await entered(admin, nan, source="hotline", phone=PHONE, **meant)
    row = await admin.fetchrow(_ROW, made)
    assert (row["desk"], row["floor"]) == (nan.township, 4)
    for role in BELOW:  # his own people work under him
        assert await found(nan.scope(role), made) == set(), role
    leader = nan.scope("township_leader")
    assert {"one", "notice"} <= await found(leader, made)
    async with transaction(leader):
        assert "reveal" in acts_of(leader, await one_petition(leader, made))
        with pytest.raises(NotFound):  # nor is it given down to them
            await handling.transfer_petition(leader, petition=made, to=Desk(nan.village), reason="村里办", now=NOW)


async def test_about_a_cadre_it_stays_with_his_secretary(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    made, _ = await raised(admin, nan, about_name="李春梅", phone="")
    row = await admin.fetchrow(_ROW, made)
    assert (row["desk"], row["floor"]) == (nan.village, 5)
    assert await sees(nan.scope("village_secretary"), made)
    assert await found(nan.scope("village_cadre"), made) == set()


async def test_named_later_the_leader_of_the_desk_loses_it_with_all_his_people(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    made, receipt = await raised(admin, nan, phone="")
    cadre, secretary = nan.scope("village_cadre"), nan.scope("village_secretary")
    async with transaction(secretary):
        await handling.transfer_petition(secretary, petition=made, to=Desk(nan.village, grid=nan.grid), reason="近", now=NOW)
    assert await sees(cadre, made)
    await added(receipt, "是王建国书记不让修。")
    assert not await sees(secretary, made)
    await deliver_all(admin)
    row = await admin.fetchrow(_ROW, made)
    assert (row["desk"], row["grid_id"], row["floor"], row["state"]) == (nan.township, None, 4, "raised")
    for role in BELOW:
        assert await found(nan.scope(role), made) == set(), role


async def test_opened_again_against_the_leader_of_the_desk_it_goes_up(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    made, receipt = await raised(admin, nan, phone="")
    await answered(admin, nan, made)
    await reopened(receipt, "王建国书记只拍了张照片。")
    await deliver_all(admin)
    row = await admin.fetchrow(_ROW, made)
    assert (row["desk"], row["floor"]) == (nan.township, 4)
    assert not await sees(nan.scope("village_cadre"), made)
