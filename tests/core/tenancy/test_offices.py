"""Offices, grids and own days: made, renamed, closed, never across a county."""

from dataclasses import replace
from datetime import date

import asyncpg
import pytest

from core.kernel.database import transaction
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from core.tenancy.actions.calendar import remove_day, set_day
from core.tenancy.actions.offices import (
    GridFacts,
    OfficeFacts,
    close_grid,
    close_office,
    create_grid,
    create_office,
    edit_grid,
    edit_office,
)
from core.tenancy.queries.calendar import listed_days, own_days
from core.tenancy.queries.offices import grid_of, grids_in, office_of, offices_in, offices_of
from tests.core.tenancy.conftest import LIANSHI, NAN, NOW, ZHU, county_scope

VILLAGE = f"{LIANSHI}206"
DAY = date(2026, 12, 7)


async def test_office_lives_and_closes(admin: asyncpg.Connection) -> None:
    scope = county_scope()
    async with transaction(scope):
        made = await create_office(
            scope, region=LIANSHI, facts=OfficeFacts("农业农村办公室", "农办"), now=NOW
        )
        await edit_office(
            scope, office=made, facts=OfficeFacts("农业农村发展办公室", "农发办", position=3), now=NOW
        )
        assert [o.name for o in await offices_of(scope, LIANSHI)] == ["农业农村发展办公室"]
        assert (await office_of(scope, made)).region_name == "练市"
        await close_office(scope, office=made, now=NOW)
        assert await offices_in(scope, region=LIANSHI) == []
        assert len(await offices_in(scope, region=LIANSHI, closed=True)) == 1
    with pytest.raises(Conflict):
        async with transaction(scope):
            await edit_office(scope, office=made, facts=OfficeFacts("又一个名字"), now=NOW)
    actions = await admin.fetch("SELECT action FROM audit_line WHERE subject_id = $1 ORDER BY at, id", made)
    assert [row["action"] for row in actions] == ["office.created", "office.edited", "office.closed"]


async def test_grid_lives_and_closes() -> None:
    scope = county_scope()
    async with transaction(scope):
        made = await create_grid(scope, region=VILLAGE, facts=GridFacts("第一网格", "001", 286), now=NOW)
        await edit_grid(scope, grid=made, facts=GridFacts("第一网格", "001", 300), now=NOW)
        assert [g.households for g in await grids_in(scope, region=LIANSHI)] == [300]
        assert (await grid_of(scope, made)).name == "第一网格"
        await close_grid(scope, grid=made, now=NOW)
        assert await grids_in(scope, region=VILLAGE) == []


async def test_other_county_finds_nothing() -> None:
    scope, stranger = county_scope(), county_scope(ZHU)
    async with transaction(scope):
        office = await create_office(scope, region=NAN, facts=OfficeFacts("民政局"), now=NOW)
        grid = await create_grid(scope, region=VILLAGE, facts=GridFacts("第二网格"), now=NOW)
    for act in (
        lambda: office_of(stranger, office),
        lambda: grid_of(stranger, grid),
        lambda: edit_office(stranger, office=office, facts=OfficeFacts("抢来的"), now=NOW),
        lambda: close_office(stranger, office=office, now=NOW),
        lambda: close_grid(stranger, grid=grid, now=NOW),
        lambda: create_office(stranger, region=NAN, facts=OfficeFacts("抢来的"), now=NOW),
    ):
        with pytest.raises(NotFound):
            async with transaction(stranger):
                await act()  # type: ignore[no-untyped-call]


async def test_wrong_places_names_and_rights_are_refused() -> None:
    scope = county_scope()
    without = replace(scope, system=False)
    wrong = (
        (scope, LIANSHI, "", Invalid),
        (scope, VILLAGE, "村办", Invalid),
        (without, LIANSHI, "某办", Forbidden),
    )
    for who, region, name, error in wrong:
        with pytest.raises(error):
            async with transaction(who):
                await create_office(who, region=region, facts=OfficeFacts(name), now=NOW)
    for region, households in ((LIANSHI, 0), (VILLAGE, -1)):
        with pytest.raises(Invalid):
            async with transaction(scope):
                await create_grid(scope, region=region, facts=GridFacts("某网格", "", households), now=NOW)
    async with transaction(scope):
        await create_office(scope, region=LIANSHI, facts=OfficeFacts("司法所"), now=NOW)
    with pytest.raises(Invalid) as caught:
        async with transaction(scope):
            await create_office(scope, region=LIANSHI, facts=OfficeFacts("司法所"), now=NOW)
    assert set(caught.value.fields) == {"name"}


async def test_own_days_are_set_seen_below_and_taken_back() -> None:
    scope, village = county_scope(), county_scope(VILLAGE)
    async with transaction(scope):
        await set_day(scope, day=DAY, working=False, note="南政办〔2026〕9 号", now=NOW)
        await set_day(scope, day=DAY, working=False, note="南政办〔2026〕10 号", now=NOW)
    async with transaction(village):
        assert await own_days(village, since=DAY, until=DAY) == {DAY: False}
        assert [d.note for d in await listed_days(village, since=DAY, until=DAY)] == ["南政办〔2026〕10 号"]
    stranger = county_scope(ZHU)
    async with transaction(stranger):
        assert await own_days(stranger, since=DAY, until=DAY) == {}
    async with transaction(scope):
        await remove_day(scope, day=DAY, now=NOW)
        assert await own_days(scope, since=DAY, until=DAY) == {}
    for day, note, error in ((DAY, "", Invalid), (date(2026, 1, 5), "过去", Invalid)):
        with pytest.raises(error):
            async with transaction(scope):
                await set_day(scope, day=day, working=True, note=note, now=NOW)
    with pytest.raises(NotFound):
        async with transaction(scope):
            await remove_day(scope, day=DAY, now=NOW)
