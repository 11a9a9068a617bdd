"""Those above a desk: they remind it, take over what is stuck, stop abuse and take that back. A village stops nobody."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from core.kernel.database import transaction
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import system_scope
from core.petitions.actions import following, handling
from core.petitions.actions.handling import Desk
from core.petitions.actions.overseeing import clear_abuse, mark_abuse, press_petition
from core.petitions.actions.raising import raise_petition
from core.petitions.forgetting import on_forget
from core.petitions.public import followed, following_scope, raising_scope
from core.petitions.queries import Narrowed, one_petition, petitions_in
from core.petitions.rules import Sender, new_receipt
from core.petitions.workflows import BLOCK
from tests.core.petitions.steps import answered, raised, said
from tests.factories.world import NOW, SECOND_VILLAGE, County, World
from tests.isolation.rich import deliver_all
from web.pages.petitions.one import acts_of

_ROW = "SELECT * FROM petition WHERE id = $1"
HOME, OTHER = "192.0.2.10", "192.0.2.11"


async def sent_from(admin: asyncpg.Connection, county: County, address: str, *, place: str = "", **changes: object) -> UUID:
    """Raise from an address, as the public page does."""
    scope = raising_scope(place or county.village, county.code)
    async with transaction(scope):
        made = await raise_petition(
            scope, raised=said(**{"phone": "", **changes}), receipt=new_receipt(), now=NOW, sender=Sender(address=address)
        )
    await deliver_all(admin)
    return made


async def stopped(county: County, petition: UUID, *, by: str = "township_leader", block: bool = True) -> None:
    scope = county.scope(by)
    async with transaction(scope):
        await mark_abuse(scope, petition=petition, reason="反复发广告", block=block, now=NOW)


async def test_township_reminds_the_village_and_everybody_sees_it(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    made, receipt = await raised(admin, nan, phone="")
    leader, secretary = nan.scope("township_leader"), nan.scope("village_secretary")
    async with transaction(leader):
        await press_petition(leader, petition=made, now=NOW)
        with pytest.raises(Conflict, match="催办过"):
            await press_petition(leader, petition=made, now=NOW + timedelta(hours=23))
        await press_petition(leader, petition=made, now=NOW + timedelta(hours=24))
    await deliver_all(admin)
    told = await admin.fetch("SELECT membership_id FROM notice WHERE link = $1 AND kind = 'petition_pressed'", f"/petitions/{made}")
    assert secretary.membership in {row["membership_id"] for row in told}
    assert [step.kind for step in (await followed(receipt))[1]] == ["pressed", "pressed", "raised"]
    async with transaction(secretary):
        with pytest.raises(Forbidden, match="不用催办"):
            await press_petition(secretary, petition=made, now=NOW)
        await handling.transfer_petition(secretary, petition=made, to=Desk(nan.village, grid=nan.grid), reason="近", now=NOW)
        await press_petition(secretary, petition=made, now=NOW)  # its own grid it may
    for stranger in (nan.scope("second_village"), world.zhu.scope("township_leader")):
        async with transaction(stranger):
            with pytest.raises(NotFound):
                await press_petition(stranger, petition=made, now=NOW)


async def test_county_reminds_too_and_nobody_after_the_answer(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    made, _ = await raised(admin, nan, phone="")
    inspector = nan.scope("county_inspector")
    async with transaction(inspector):
        await press_petition(inspector, petition=made, now=NOW)
    await answered(admin, nan, made)
    async with transaction(inspector):
        with pytest.raises(Conflict):
            await press_petition(inspector, petition=made, now=NOW + timedelta(days=3))


async def test_township_takes_over_what_is_stuck(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    made, _ = await raised(admin, nan, phone="")
    leader = nan.scope("township_leader")
    async with transaction(leader):
        with pytest.raises(Forbidden):
            await handling.accept_petition(leader, petition=made, now=NOW)
        await handling.transfer_petition(leader, petition=made, to=Desk(nan.township), reason="提级办理", now=NOW)
        await handling.accept_petition(leader, petition=made, now=NOW)
    assert (await admin.fetchrow(_ROW, made))["desk"] == nan.township


async def test_abuse_stops_the_source_and_is_taken_back(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    phone = "13711110001"
    made, receipt = await raised(admin, nan, phone=phone)
    await stopped(nan, made)
    one, steps = await followed(receipt)
    assert (one.state, steps[0].kind, steps[0].text) == ("refused", "abused", "反复发广告")
    with pytest.raises(Conflict, match="滥用反映渠道"):
        await raised(admin, nan, phone=phone)
    await raised(admin, world.zhu, phone=phone)  # another county knows nothing of it
    await raised(admin, nan, phone=phone, kind="supervision", about="village")  # nobody is kept from the station
    await raised(admin, nan, phone=phone, now=NOW + timedelta(days=8))  # it ends by itself
    leader = nan.scope("township_leader")
    async with transaction(leader):
        with pytest.raises(Invalid):
            await clear_abuse(leader, petition=made, reason="", now=NOW)
        await clear_abuse(leader, petition=made, reason="不是同一个人", now=NOW)
        with pytest.raises(Conflict):
            await clear_abuse(leader, petition=made, reason="再撤", now=NOW)
    await raised(admin, nan, phone=phone)
    row = await admin.fetchrow(_ROW, made)
    assert (row["state"], row["abused_at"], row["closed_at"]) == ("raised", None, None)
    kept = await admin.fetchrow("SELECT * FROM petition_block WHERE petition_id = $1", made)
    assert (kept["phone_index"], kept["source_hash"]) == (None, None)
    assert kept["lifted_at"] == NOW


async def test_address_is_stopped_only_where_no_phone_was_left_and_below_alone(world: World, admin: asyncpg.Connection) -> None:
    zhu = world.zhu
    first = await sent_from(admin, zhu, HOME)
    await stopped(zhu, first)
    with pytest.raises(Conflict):
        await sent_from(admin, zhu, HOME, place=zhu.code + SECOND_VILLAGE)  # the same township
    await sent_from(admin, zhu, OTHER)
    named = await sent_from(admin, zhu, OTHER, phone="13711110002")
    await stopped(zhu, named)
    await sent_from(admin, zhu, OTHER)  # many people stand behind an address
    stored = str(await admin.fetch("SELECT t::text FROM petition_block t")) + str(await admin.fetch("SELECT t::text FROM petition_raiser t"))
    assert HOME not in stored
    assert "13711110002" not in stored


async def test_marked_without_a_stop_refuses_the_matter_alone(world: World, admin: asyncpg.Connection) -> None:
    zhu = world.zhu
    made, receipt = await raised(admin, zhu, phone="13711110003")
    await stopped(zhu, made, block=False)
    await raised(admin, zhu, phone="13711110003")
    one, _ = await followed(receipt)
    mine = following_scope(one)
    async with transaction(mine):  # whoever raised it has it looked at once more
        await following.reopen_petition(mine, receipt=receipt, reason="我说的是真事", now=NOW)
    row = await admin.fetchrow(_ROW, made)
    assert (row["state"], row["abused_at"]) == ("raised", None)
    leader = zhu.scope("township_leader")
    async with transaction(leader):
        rows, _ = await petitions_in(leader, Narrowed(state="abused"), now=NOW)
    assert made not in {row["id"] for row in rows}


async def test_reopening_lifts_the_stop_that_came_from_it_and_no_other(world: World, admin: asyncpg.Connection) -> None:
    zhu, phone = world.zhu, "13711110031"
    first, receipt = await raised(admin, zhu, phone=phone)
    await stopped(zhu, first, by="county_inspector")  # above the village, and for the whole county
    with pytest.raises(Conflict, match="滥用反映渠道"):
        await raised(admin, zhu, phone=phone)
    mine = following_scope((await followed(receipt))[0])
    async with transaction(mine):
        await following.reopen_petition(mine, receipt=receipt, reason="我说的是真事", now=NOW)
    await deliver_all(admin)
    second, _ = await raised(admin, zhu, phone=phone)
    kept = await admin.fetchrow("SELECT * FROM petition_block WHERE petition_id = $1", first)
    assert (kept["lifted_at"], kept["phone_index"]) == (NOW, None)
    await stopped(zhu, second)
    await stopped(zhu, first)  # looked at once more, and found again
    with pytest.raises(Conflict, match="滥用反映渠道"):
        await raised(admin, zhu, phone=phone)


async def test_reports_for_supervision_are_never_stopped(world: World, admin: asyncpg.Connection) -> None:
    """Not by a stop over an ordinary matter, nor by one that was made over such a report."""
    zhu, phone = world.zhu, "13711110032"
    report = {"kind": "supervision", "about": "village", "title": "集体资金去向不明"}
    made, _ = await raised(admin, zhu, phone=phone, **report)
    await stopped(zhu, made, by="county_inspector")
    await raised(admin, zhu, phone=phone, **report)
    with pytest.raises(Conflict, match="监督举报除外"):
        await raised(admin, zhu, phone=phone)


async def test_village_finds_no_abuse_and_those_meant_neither(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    made, _ = await raised(admin, nan, phone="")
    for role in ("village_secretary", "village_cadre", "supervision_committee", "township_staff"):
        with pytest.raises(Forbidden):
            await stopped(nan, made, by=role)
    secret, _ = await raised(admin, nan, kind="supervision", about="village", phone="")
    with pytest.raises(NotFound):
        await stopped(nan, secret)
    await stopped(nan, secret, by="county_inspector")


async def test_a_role_of_the_county_gives_a_village_no_say_over_abuse(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    made, _ = await raised(admin, nan, phone="")
    scope = nan.scope("village_secretary")
    with_more = replace(scope, permissions=scope.permissions | {BLOCK})
    async with transaction(with_more):
        assert not {"abuse", "clear"} & acts_of(with_more, await one_petition(with_more, made))
        with pytest.raises(Forbidden):
            await mark_abuse(with_more, petition=made, reason="不想听", block=True, now=NOW)


async def test_stop_made_above_is_not_said_to_be_lifted_below(world: World, admin: asyncpg.Connection) -> None:
    nan, phone = world.nan, "13711110009"
    made, _ = await raised(admin, nan, phone=phone)
    await stopped(nan, made, by="county_inspector")
    leader, inspector = nan.scope("township_leader"), nan.scope("county_inspector")
    async with transaction(leader):
        with pytest.raises(Conflict, match="上级暂停"):
            await clear_abuse(leader, petition=made, reason="不是滥用", now=NOW)
    with pytest.raises(Conflict, match="滥用反映渠道"):
        await raised(admin, nan, phone=phone)
    async with transaction(inspector):
        await clear_abuse(inspector, petition=made, reason="不是滥用", now=NOW)
    await raised(admin, nan, phone=phone)


async def test_sources_are_kept_for_days_alone(world: World, admin: asyncpg.Connection) -> None:
    zhu = world.zhu
    old, new = await sent_from(admin, zhu, "192.0.2.20", name=""), await sent_from(admin, zhu, "192.0.2.21")
    late = await sent_from(admin, zhu, "192.0.2.22")
    await stopped(zhu, late)
    await admin.execute("UPDATE petition_raiser SET at = now() - interval '8 days' WHERE petition_id = $1", old)
    await admin.execute("UPDATE petition_raiser SET at = now() - interval '6 days' WHERE petition_id = $1", new)
    await admin.execute("UPDATE petition_block SET until = now() - interval '1 hour' WHERE petition_id = $1", late)
    system = system_scope(zhu.code)
    async with transaction(system):
        await on_forget(system, Event(new_id(), "petition.forget", zhu.code, zhu.code, {}, NOW))
    kept = {row["petition_id"] for row in await admin.fetch("SELECT petition_id FROM petition_raiser WHERE source_hash IS NOT NULL")}
    assert new in kept
    assert old not in kept
    assert await admin.fetchval("SELECT count(*) FROM petition_raiser WHERE petition_id = $1", old) == 0  # nothing else was in it
    ended = await admin.fetchrow("SELECT * FROM petition_block WHERE petition_id = $1", late)
    assert (ended["phone_index"], ended["source_hash"]) == (None, None)


async def test_who_raised_a_matter_is_kept_as_long_as_it_may_be_reopened(world: World, admin: asyncpg.Connection) -> None:
    zhu = world.zhu
    kept, forgotten = [(await raised(admin, zhu, phone=f"1371111001{n}"))[0] for n in range(2)]
    setting = (
        "INSERT INTO setting (county, id, region, area, key, value, valid_from, reason, by_name, created_at)"
        " VALUES ($1, gen_random_uuid(), $1, 'petitions', $2, $3, '2026-01-01', '试行', '测试', now())"
    )
    for name, days in (("keep_days", "30"), ("reopen_days", "90")):
        await admin.execute(setting, zhu.code, name, days)
    ended = "UPDATE petition SET state = 'closed', closed_at = now() - make_interval(days => $2) WHERE id = $1"
    await admin.execute(ended, kept, 60)
    await admin.execute(ended, forgotten, 91)
    system = system_scope(zhu.code)
    async with transaction(system):
        await on_forget(system, Event(new_id(), "petition.forget", zhu.code, zhu.code, {}, NOW))
    await admin.execute("DELETE FROM setting WHERE area = 'petitions' AND county = $1", zhu.code)
    erased = await admin.fetch("SELECT id FROM petition WHERE id = ANY ($1) AND erased_at IS NOT NULL", [kept, forgotten])
    assert [row["id"] for row in erased] == [forgotten]


async def test_notices_go_to_those_alone_who_may_open_them(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    made, _ = await raised(admin, nan, phone="")
    link = f"/petitions/{made}"
    roles = "SELECT m.role FROM notice n JOIN membership m ON m.id = n.membership_id WHERE n.link = $1"
    told = {row["role"] for row in await admin.fetch(roles, link)}
    assert told == {"village_secretary", "village_cadre", "supervision_committee"}  # no grid: it was given to none
    leader = nan.scope("township_leader")
    async with transaction(leader):
        await handling.transfer_petition(leader, petition=made, to=Desk(nan.code), reason="县里定", now=NOW)
    await deliver_all(admin)
    told = {row["role"] for row in await admin.fetch(roles, link)} - told
    assert told == {"county_inspector"}  # and no department: it was given to none
