"""Participant rules inside the scope: supervision matters go to whoever is not meant, and the person meant never sees them."""

import asyncpg
import pytest

from core.kernel.database import transaction
from core.kernel.errors import Conflict, Forbidden, NotFound
from core.kernel.scope import Scope
from core.petitions.actions import handling, joining
from core.petitions.actions.handling import Desk
from core.petitions.actions.raising import enter_petition
from core.petitions.queries import Narrowed, counts_of, figures_in, one_petition, petitions_in
from core.petitions.rules import new_receipt
from tests.core.petitions.steps import raised, said
from tests.factories.world import NOW, World, add_post
from tests.isolation.rich import deliver_all

SUPERVISED = {"kind": "supervision", "about": "village", "title": "集体资金去向不明", "phone": ""}


async def sees(scope: Scope, petition: object) -> bool:
    """Tell whether a post finds the matter: by its id, in the list and in no figure otherwise."""
    async with transaction(scope):
        try:
            await one_petition(scope, petition)  # type: ignore[arg-type]
        except NotFound:
            rows, _ = await petitions_in(scope, Narrowed(), now=NOW)
            assert petition not in {row["id"] for row in rows}
            return False
    return True


async def test_station_takes_supervision_and_cadres_learn_nothing(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    async with transaction(nan.scope("village_secretary")):
        before = await counts_of(nan.scope("village_secretary"), now=NOW)
    made, _ = await raised(admin, nan, **SUPERVISED)
    row = await admin.fetchrow("SELECT * FROM petition WHERE id = $1", made)
    assert (row["floor"], row["desk"], row["desk_name"]) == (5, nan.village, "朱家兜监察工作联络站")
    seen = {role: await sees(post.scope, made) for role, post in nan.posts.items() if post.scope.may("core:petition:read")}
    assert {role for role, yes in seen.items() if yes} == {"supervision_committee", "county_inspector"}
    told = {r["role"] for r in await admin.fetch(
        "SELECT m.role FROM notice n JOIN membership m ON m.id = n.membership_id WHERE n.link = $1", f"/petitions/{made}"
    )}  # fmt: skip
    assert told == {"supervision_committee"}
    secretary = nan.scope("village_secretary")
    async with transaction(secretary):
        assert dict(await counts_of(secretary, now=NOW)) == dict(before)
        with pytest.raises(NotFound):
            await handling.reveal_raiser(secretary, petition=made, reason="看看", now=NOW)
    async with transaction(nan.scope("supervision_committee")):
        await handling.accept_petition(nan.scope("supervision_committee"), petition=made, now=NOW)


async def test_station_about_itself_goes_to_the_township(world: World, admin: asyncpg.Connection) -> None:
    zhu = world.zhu
    inspector = (await add_post(admin, county=zhu, role="township_inspector", region=zhu.township)).scope
    made, _ = await raised(admin, zhu, **{**SUPERVISED, "about": "station"})
    row = await admin.fetchrow("SELECT * FROM petition WHERE id = $1", made)
    assert (row["floor"], row["desk"]) == (4, zhu.township)
    assert await sees(inspector, made)
    assert not await sees(zhu.scope("supervision_committee"), made)
    assert not await sees(zhu.scope("township_leader"), made)
    async with transaction(inspector):
        with pytest.raises(NotFound):
            await handling.transfer_petition(inspector, petition=made, to=Desk(zhu.village), reason="退回", now=NOW)


async def test_without_an_inspector_it_goes_on_to_the_county(world: World, admin: asyncpg.Connection) -> None:
    made, _ = await raised(admin, world.nan, **{**SUPERVISED, "about": "township"})
    row = await admin.fetchrow("SELECT * FROM petition WHERE id = $1", made)
    assert (row["floor"], row["desk"]) == (3, world.nan.code)
    assert await sees(world.nan.scope("county_inspector"), made)
    assert not await sees(world.nan.scope("supervision_committee"), made)


async def test_named_member_of_the_station_lifts_it_and_never_sees_it(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    member = await add_post(admin, county=nan, role="supervision_committee", region=nan.village)
    await admin.execute("UPDATE membership SET person_name = '钱大有' WHERE id = $1", member.scope.membership)
    made, _ = await raised(admin, nan, **{**SUPERVISED, "about_name": "监委会的钱大有"})
    row = await admin.fetchrow("SELECT * FROM petition WHERE id = $1", made)
    assert row["floor"] < 5
    assert not await sees(member.scope, made)
    assert not await sees(nan.scope("supervision_committee"), made)


async def test_person_meant_never_sees_an_ordinary_complaint_either(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    made, _ = await raised(admin, nan, about_name="村委会李春梅", phone="13700000007")  # the cadre's name in the test world
    assert not await sees(nan.scope("village_cadre"), made)
    assert await sees(nan.scope("village_secretary"), made)
    told = await admin.fetchval(
        "SELECT count(*) FROM notice WHERE link = $1 AND membership_id = $2", f"/petitions/{made}", nan.scope("village_cadre").membership
    )
    assert told == 0
    cadre = nan.scope("village_cadre")
    async with transaction(cadre):
        with pytest.raises(NotFound):
            await handling.note_petition(cadre, petition=made, text="想看看", now=NOW)
        figures = await figures_in(cadre, starts=NOW.replace(day=1), ends=NOW.replace(month=12))
    async with transaction(nan.scope("village_secretary")):
        whole = await figures_in(nan.scope("village_secretary"), starts=NOW.replace(day=1), ends=NOW.replace(month=12))
    assert sum(row["raised"] for row in figures) < sum(row["raised"] for row in whole)


async def test_nobody_sees_what_is_not_sorted_yet(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    made, _ = await raised(admin, nan, **SUPERVISED)
    await admin.execute("UPDATE petition SET sorted_at = NULL WHERE id = $1", made)
    for role in ("supervision_committee", "county_inspector", "village_secretary"):
        assert not await sees(nan.scope(role), made)


async def test_cadres_do_not_enter_supervision_matters(world: World) -> None:
    for role, error in (("village_secretary", Forbidden), ("bookkeeper", Forbidden)):
        scope = world.nan.scope(role)
        async with transaction(scope):
            with pytest.raises(error):
                await enter_petition(
                    scope, raised=said(**SUPERVISED, source="visit"), region=scope.region, receipt=new_receipt(), now=NOW
                )


async def test_supervision_goes_to_no_office_and_no_grid(world: World, admin: asyncpg.Connection) -> None:
    made, _ = await raised(admin, world.nan, **SUPERVISED)
    station = world.nan.scope("supervision_committee")
    office = world.nan.offices[world.nan.township]
    async with transaction(station):
        with pytest.raises(Exception, match="监察工作联络站"):
            await handling.transfer_petition(
                station, petition=made, to=Desk(world.nan.township, office=office), reason="转", now=NOW
            )


async def test_a_report_on_the_station_joined_to_another_takes_that_one_not_down_to_the_station(world: World, admin: asyncpg.Connection) -> None:
    """Who answers the one answers what was joined to it."""
    nan, inspector = world.nan, world.nan.scope("county_inspector")
    main, _ = await raised(admin, nan, **SUPERVISED)
    part, _ = await raised(admin, nan, **{**SUPERVISED, "about": "station"})
    async with transaction(inspector):
        for each in (main, part):
            if await admin.fetchval("SELECT desk FROM petition WHERE id = $1", each) != nan.code:
                await handling.transfer_petition(inspector, petition=each, to=Desk(nan.code), reason="一起办", now=NOW)
        await joining.merge_petition(inspector, petition=part, into=main, now=NOW)
    await deliver_all(admin)
    async with transaction(inspector):
        with pytest.raises(Conflict, match="不能由这里办理"):
            await handling.transfer_petition(inspector, petition=main, to=Desk(nan.village), reason="站里办", now=NOW)
    async with transaction(inspector):
        await joining.unmerge_petition(inspector, petition=part, now=NOW)
        await handling.transfer_petition(inspector, petition=main, to=Desk(nan.village), reason="站里办", now=NOW)
