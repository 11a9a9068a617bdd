"""The seal register on the database: from the request to the file, who decides, and what stays visible."""

import json
from dataclasses import replace
from uuid import uuid4

import asyncpg
import pytest

from core.contracts.disclosure import Period
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import system_scope
from core.seals.actions import exporting, keeping, using
from core.seals.actions.using import Used
from core.seals.disclosure import collect_uses
from core.seals.personal import data_of, erase
from core.seals.queries import Narrowed, events_of, seals_in, sums_of, use_row, uses_in, waiting
from core.seals.reactions import NIGHTLY, on_moved, on_posts
from core.seals.rules import Asked
from core.tenancy.settings import area_named, set_values
from tests.core.disclosure.notices import ID_NUMBER
from tests.core.seals.steps import CONTRACT, DAY, HOUR, PROOF, approved, asked, held_seal, paper, used
from tests.factories.world import NOW, SECOND_VILLAGE, World, add_post


async def test_a_use_goes_from_its_request_to_the_file(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    cadre, seal = nan.scope("village_cadre"), await held_seal(nan)
    use = await approved(nan, seal)
    async with transaction(cadre):
        with pytest.raises(Invalid) as error:
            await using.record_use(cadre, use=use, used=Used(NOW + HOUR, 1), now=NOW + HOUR)
    assert set(error.value.fields) == {"photos"}
    await used(admin, nan, use, at=NOW + HOUR)
    async with transaction(cadre):
        await using.file_use(cadre, use=use, place="村档案柜", now=NOW + 2 * HOUR)
        row = await use_row(cadre, use)
        kinds = [each["kind"] for each in await events_of(cadre, row)]
    assert (row["state"], row["keeper_name"], row["used_copies"], row["irregular"]) == ("filed", "李春梅", 1, False)
    assert kinds[::-1] == ["requested", "approved", "used", "filed"]
    assert row["number"].startswith("2026-")
    lines = await admin.fetch("SELECT action FROM audit_line WHERE subject_id = $1 ORDER BY id", use)
    assert [line["action"] for line in lines] == ["seal.requested", "seal.approve", "seal.use", "seal.file"]
    photo = await admin.fetchrow("SELECT attached_at, region FROM file WHERE subject_id = $1", use)
    assert (photo["attached_at"] is not None, photo["region"]) == (True, nan.village)


async def test_nobody_decides_his_own_request_and_the_secretarys_goes_to_the_township(world: World) -> None:
    nan = world.nan
    seal, secretary, leader = await held_seal(nan), nan.scope("village_secretary"), nan.scope("township_leader")
    own = await asked(nan, seal, CONTRACT, role="village_secretary")
    async with transaction(secretary):
        with pytest.raises(Forbidden, match="由别人审批"):
            await using.approve_use(secretary, use=own, text="", now=NOW)
        assert "approve" not in using.ways_of(secretary, await use_row(secretary, own))
    async with transaction(leader):
        assert "approve" in using.ways_of(leader, await use_row(leader, own))
        before = await waiting(leader)
        await using.approve_use(leader, use=own, text="", now=NOW)
        assert await waiting(leader) == before - 1
    other = await asked(nan, seal)
    async with transaction(leader):
        with pytest.raises(Forbidden, match="由村里审批"):
            await using.approve_use(leader, use=other, text="", now=NOW)
    async with transaction(secretary):
        with pytest.raises(Invalid):
            await using.refuse_use(secretary, use=other, reason=" ", now=NOW)
        await using.refuse_use(secretary, use=other, reason="材料不全", now=NOW)
    async with transaction(secretary):
        with pytest.raises(Conflict):
            await using.approve_use(secretary, use=other, text="", now=NOW)


async def test_a_county_may_have_its_townships_decide(world: World) -> None:
    zhu = world.zhu
    seal, boss, area = await held_seal(zhu), zhu.scope("county_administrator"), area_named("seals")
    async with transaction(boss):
        await set_values(boss, area, values={"approver": "township"}, valid_from=NOW - DAY, reason="村章镇管", now=NOW - DAY)
    use, secretary, staff = await asked(zhu, seal), zhu.scope("village_secretary"), zhu.scope("township_staff")
    async with transaction(secretary):
        with pytest.raises(Forbidden, match="由乡镇"):
            await using.approve_use(secretary, use=use, text="", now=NOW)
    async with transaction(staff):
        await using.approve_use(staff, use=use, text="", now=NOW)
        assert (await use_row(staff, use))["state"] == "approved"


async def test_an_approval_lapses_and_a_request_is_taken_back_by_its_asker_alone(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    seal, cadre, keeper = await held_seal(nan), nan.scope("village_cadre"), nan.scope("bookkeeper")
    use = await approved(nan, seal)
    await paper(admin, cadre, use)
    async with transaction(cadre):
        with pytest.raises(Conflict, match="超过有效期"):
            await using.record_use(cadre, use=use, used=Used(NOW + 16 * DAY, 1), now=NOW + 16 * DAY)
    async with transaction(keeper):
        with pytest.raises(Forbidden, match="申请人自己"):
            await using.withdraw_use(keeper, use=use, now=NOW)
    async with transaction(cadre):
        await using.withdraw_use(cadre, use=use, now=NOW)
    async with transaction(cadre):
        with pytest.raises(Conflict):
            await using.record_use(cadre, use=use, used=Used(NOW, 1), now=NOW)


async def test_a_use_that_nobody_asked_for_is_entered_with_its_reason_and_stays_visible(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    seal, cadre = await held_seal(nan), nan.scope("village_cadre")
    for reason, at in ((" ", NOW), ("赶时间", NOW + DAY)):
        async with transaction(cadre):
            with pytest.raises(Invalid):
                await using.enter_use(cadre, seal=seal, asked=CONTRACT, used=Used(at, 3), reason=reason, now=NOW)
    async with transaction(cadre):
        use = await using.enter_use(cadre, seal=seal, asked=CONTRACT, used=Used(NOW - HOUR, 3), reason="赶时间", now=NOW)
        rows, total = await uses_in(cadre, Narrowed(show="irregular"), now=NOW)
        assert (use in [row["id"] for row in rows], total) == (True, len(rows))
        with pytest.raises(Invalid, match="修改"):
            await using.file_use(cadre, use=use, place="档案柜", now=NOW)
    await paper(admin, cadre, use)
    async with transaction(cadre):
        await using.file_use(cadre, use=use, place="档案柜", now=NOW)
        row = await use_row(cadre, use)
    assert (row["state"], row["unasked"], row["irregular"], row["use_text"]) == ("filed", True, True, "赶时间")


async def test_early_use_and_too_many_copies_are_seen(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    seal = await held_seal(nan)
    early, more, fine = [await approved(nan, seal) for _ in range(3)]
    await used(admin, nan, early, at=NOW - HOUR, now=NOW + HOUR)
    await used(admin, nan, more, at=NOW + HOUR, copies=2)
    await used(admin, nan, fine, at=NOW + HOUR)
    scope = nan.scope("township_leader")
    async with transaction(scope):
        seen = {use: (await use_row(scope, use))["irregular"] for use in (early, more, fine)}
    assert seen == {early: True, more: True, fine: False}


async def test_a_use_entered_with_the_minute_of_its_grant_did_not_come_before_it(world: World, admin: asyncpg.Connection) -> None:
    nan, granted = world.nan, NOW + HOUR / 90
    seal = await held_seal(nan)
    at_once, before = [await approved(nan, seal, now=granted) for _ in range(2)]
    await used(admin, nan, at_once, at=NOW, now=granted + HOUR)
    await used(admin, nan, before, at=NOW - HOUR / 60, now=granted + HOUR)
    scope = nan.scope("township_leader")
    async with transaction(scope):
        assert [(await use_row(scope, use))["irregular"] for use in (at_once, before)] == [False, True]


@pytest.mark.parametrize(
    ("text", "over", "wrong"), [("", False, {"over", "text"}), ("一份盖坏了", False, {"over"}), (" ", True, {"text"})]
)
async def test_more_copies_than_granted_are_taken_down_only_when_it_is_said_with_the_reason(
    world: World, admin: asyncpg.Connection, *, text: str, over: bool, wrong: set[str]
) -> None:
    nan, cadre = world.nan, world.nan.scope("village_cadre")
    use = await approved(nan, await held_seal(nan))
    await paper(admin, cadre, use)
    async with transaction(cadre):
        with pytest.raises(Invalid) as error:
            await using.record_use(cadre, use=use, used=Used(NOW + HOUR, 2, None, text, over), now=NOW + HOUR)
    assert set(error.value.fields) == wrong
    async with transaction(cadre):
        assert (await use_row(cadre, use))["state"] == "approved"
        await using.record_use(cadre, use=use, used=Used(NOW + HOUR, 2, None, "一份盖坏了", over=True), now=NOW + HOUR)
        row = await use_row(cadre, use)
    assert (row["state"], row["irregular"], row["use_text"]) == ("used", True, "一份盖坏了")


async def test_seals_are_handed_over_and_stopped(world: World) -> None:
    nan = world.nan
    seal, secretary, cadre = await held_seal(nan), nan.scope("village_secretary"), nan.scope("village_cadre")
    async with transaction(cadre):
        with pytest.raises(Forbidden):
            await keeping.stop_seal(cadre, seal=seal, reason="旧了", now=NOW)
    async with transaction(secretary):
        with pytest.raises(Invalid):
            await keeping.hand_over_seal(secretary, seal=seal, keeper=uuid4(), now=NOW)
        await keeping.hand_over_seal(secretary, seal=seal, keeper=nan.scope("bookkeeper").person, now=NOW)
        await keeping.stop_seal(secretary, seal=seal, reason="换了新章", now=NOW)
        row = next(each for each in await seals_in(secretary) if each["id"] == seal)
    assert (row["keeper_name"], row["stop_reason"]) == ("张三", "换了新章")
    async with transaction(cadre):
        with pytest.raises(Conflict, match="停用"):
            await using.ask_seal(cadre, seal=seal, asked=PROOF, now=NOW)
    async with transaction(secretary):
        with pytest.raises(Conflict):
            await keeping.stop_seal(secretary, seal=seal, reason="再停", now=NOW)


async def test_what_is_wrong_is_named_field_by_field(world: World) -> None:
    nan = world.nan
    seal, cadre = await held_seal(nan), nan.scope("village_cadre")
    async with transaction(cadre):
        with pytest.raises(Invalid) as error:
            await using.ask_seal(cadre, seal=seal, asked=Asked("", " ", 0, "长" * 61), now=NOW)
    assert set(error.value.fields) == {"purpose", "document", "copies", "for_whom"}


async def test_no_identity_number_comes_into_the_register(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    seal, cadre = await held_seal(nan), nan.scope("village_cadre")
    async with transaction(cadre):
        with pytest.raises(Invalid) as error:
            await using.ask_seal(
                cadre, seal=seal, asked=Asked("certificate", f"证明 {ID_NUMBER}", 1, f"陈阿土 {ID_NUMBER}"), now=NOW
            )
    assert set(error.value.fields) == {"document", "for_whom"}
    assert await admin.fetchval("SELECT count(*) FROM seal_use WHERE for_whom LIKE '%' || $1 || '%'", ID_NUMBER) == 0


async def test_the_neighbour_and_the_other_county_see_nothing(world: World) -> None:
    seal = await held_seal(world.nan)
    use = await asked(world.nan, seal)
    for stranger in (world.nan.scope("second_village"), world.zhu.scope("township_leader")):
        async with transaction(stranger):
            assert use not in [row["id"] for row in (await uses_in(stranger, Narrowed(), now=NOW))[0]]
            with pytest.raises(NotFound):
                await using.approve_use(stranger, use=use, text="", now=NOW)
    for stranger in (world.nan.scope("second_village"), world.zhu.scope("village_cadre")):
        async with transaction(stranger):
            with pytest.raises(NotFound):
                await using.ask_seal(stranger, seal=seal, asked=PROOF, now=NOW)


async def test_who_decides_is_told_and_then_the_asker(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    use, secretary = await asked(nan, await held_seal(nan)), nan.scope("village_secretary")
    system = system_scope(nan.township, county=nan.code)

    async def fire(state: str) -> list[tuple[str, str]]:
        async with transaction(system):
            await on_moved(system, Event(new_id(), "seal.moved", nan.code, nan.village, {"use": str(use), "state": state}, NOW))
        rows = await admin.fetch(
            "SELECT m.role, n.kind FROM notice n JOIN membership m ON m.id = n.membership_id WHERE n.link = $1 ORDER BY n.created_at",
            f"/seals/uses/{use}",
        )  # fmt: skip
        return [tuple(row) for row in rows]

    assert await fire("requested") == [("village_secretary", "seal_requested")]
    async with transaction(secretary):
        await using.refuse_use(secretary, use=use, reason="材料不全", now=NOW)
    assert await fire("requested") == [("village_secretary", "seal_requested")]
    assert ("village_cadre", "seal_refused") in await fire("refused")


async def test_a_persons_own_uses_are_handed_over_and_a_third_persons_name_is_erased(world: World) -> None:
    nan = world.nan
    await asked(nan, await held_seal(nan))
    system, person = system_scope(nan.code), nan.scope("village_cadre").person
    assert person is not None
    async with transaction(system):
        before = await data_of(system, person)
        assert any(row["for_whom"] == "陈阿土" and row["asked"] for row in before)
        assert await erase(system, person, NOW) > 0
        after = await data_of(system, person)
        assert (len(after), {row["for_whom"] for row in after}) == (len(before), {""})
        assert await data_of(system, uuid4()) == []


async def test_lists_narrow_and_count(world: World) -> None:
    nan = world.nan
    seal = await held_seal(nan)
    use = await asked(nan, seal, replace(PROOF, document="只此一份的证明"))
    scope = nan.scope("county_inspector")
    async with transaction(scope):
        for narrowed in (
            Narrowed(search="只此一份"), Narrowed(search="只此一份", region=nan.township, show="open", purpose="certificate", month="2026-11"),
            Narrowed(search="只此一份", show="requested"),
        ):  # fmt: skip
            rows, total = await uses_in(scope, narrowed, now=NOW)
            assert ([row["id"] for row in rows], total) == ([use], 1)
        for narrowed in (Narrowed(search="只此一份", purpose="contract"), Narrowed(search="只此一份", month="2026-10"), Narrowed(search="只此一份", show="late")):
            assert (await uses_in(scope, narrowed, now=NOW))[1] == 0
        assert (await uses_in(scope, Narrowed(search="只此一份", show="late"), now=NOW + 3 * DAY))[1] == 1
        assert (await sums_of(scope))["requested"] >= 1
        one, total = await uses_in(scope, Narrowed(), now=NOW, size=1)
        assert (len(one), total > 1) == (1, True)


async def test_villagers_read_when_a_seal_was_used_but_not_for_whom(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    await admin.execute("TRUNCATE seal_event, seal_use CASCADE")
    seal, scope = await held_seal(nan), nan.scope("village_secretary")
    await used(admin, nan, await approved(nan, seal), at=NOW + HOUR)
    async with transaction(scope):
        await using.enter_use(scope, seal=seal, asked=CONTRACT, used=Used(NOW, 3), reason="赶时间", now=NOW)
        found = await collect_uses(scope, Period(nan.village, nan.code, "", NOW - DAY, NOW + DAY))
        none = await collect_uses(scope, Period(nan.village, nan.code, "", NOW - 9 * DAY, NOW - 8 * DAY))
    assert [(row["purpose"], row["copies"], row["granted"]) for row in found.rows] == [
        ("签订合同", 3, "没有按审批用章"), ("开具证明", 1, "按审批用章"),
    ]  # fmt: skip
    assert [figure.value for figure in found.figures] == [2, 1]
    assert none.rows == ()
    told = repr(found.rows)
    assert PROOF.document not in told
    assert PROOF.for_whom not in told


async def test_the_secretary_who_keeps_the_seal_decides_nothing_about_it(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    secretary, staff = nan.scope("village_secretary"), nan.scope("township_staff")
    seal = await held_seal(nan)
    open_one = await asked(nan, seal)
    async with transaction(secretary):
        await keeping.hand_over_seal(secretary, seal=seal, keeper=secretary.person, now=NOW)
    later = await asked(nan, seal)
    for use in (open_one, later):
        async with transaction(secretary):
            row = await use_row(secretary, use)
            assert row["by_township"]
            assert "approve" not in using.ways_of(secretary, row)
            with pytest.raises(Forbidden, match="您是这枚印章的保管人"):
                await using.approve_use(secretary, use=use, text="", now=NOW)
            assert (await events_of(secretary, row))[0]["kind"] == "sent_up"
        async with transaction(staff):
            await using.approve_use(staff, use=use, text="", now=NOW)
    told = await admin.fetch("SELECT region FROM outbox WHERE topic = 'seal.moved' AND payload ->> 'use' = $1", str(open_one))
    assert len(told) == 3  # asked, sent up, approved


async def test_whoever_granted_a_use_does_not_stamp_it(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    seal, secretary, cadre = await held_seal(nan), nan.scope("village_secretary"), nan.scope("village_cadre")
    use = await approved(nan, seal)
    async with transaction(secretary):
        await keeping.hand_over_seal(secretary, seal=seal, keeper=secretary.person, now=NOW)
    await paper(admin, cadre, use)
    async with transaction(cadre):
        for keeper in (None, secretary.person):
            with pytest.raises(Invalid) as refused:
                await using.record_use(cadre, use=use, used=Used(NOW + HOUR, 1, keeper), now=NOW + HOUR)
            assert set(refused.value.fields) == {"keeper"}
        await using.record_use(cadre, use=use, used=Used(NOW + HOUR, 1, cadre.person), now=NOW + HOUR)


async def test_a_village_without_a_secretary_has_its_township_decide(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    village = nan.code + SECOND_VILLAGE
    cadre = (await add_post(admin, county=nan, role="village_cadre", region=village)).scope
    leader, system = nan.scope("township_leader"), system_scope(nan.code)
    async with transaction(leader):
        seal = await keeping.add_seal(leader, region=village, kind="committee", title="公章", keeper=cadre.person, now=NOW - DAY)
    asker = (await add_post(admin, county=nan, role="bookkeeper", region=village)).scope
    async with transaction(asker):
        before = await using.ask_seal(asker, seal=seal, asked=PROOF, now=NOW)
        assert not (await use_row(asker, before))["by_township"]
    posts = "UPDATE membership SET valid_to = $2 WHERE region = $1 AND role = 'village_secretary'"
    try:
        await admin.execute(posts, village, NOW - HOUR)
        async with transaction(system):
            await on_posts(system, Event(new_id(), NIGHTLY, nan.code, nan.code, {}, NOW))
        async with transaction(asker):
            after = await using.ask_seal(asker, seal=seal, asked=PROOF, now=NOW)
        async with transaction(leader):
            assert await waiting(leader) >= 2
            for use in (before, after):
                await using.approve_use(leader, use=use, text="", now=NOW)
    finally:
        await admin.execute(posts, village, None)


async def test_a_number_never_comes_twice_for_a_seal_even_where_uses_went_to_another_village(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    seal, other = await held_seal(nan), await held_seal(nan)
    first, second = await asked(nan, seal), await asked(nan, seal)
    # A village was split: what it had asked for went along.
    await admin.execute("UPDATE seal_use SET region = $2 WHERE id = ANY ($1)", [first, second], nan.code + SECOND_VILLAGE)
    third, beside = await asked(nan, seal), await asked(nan, other)
    rows = await admin.fetch("SELECT id, number FROM seal_use WHERE id = ANY ($1)", [first, second, third, beside])
    assert len({row["number"] for row in rows}) == 4
    with pytest.raises(asyncpg.UniqueViolationError):
        await admin.execute("UPDATE seal_use SET number = (SELECT number FROM seal_use WHERE id = $1) WHERE id = $2", first, third)


async def test_taking_the_register_out_is_written_down(world: World, admin: asyncpg.Connection) -> None:
    nan, inspector = world.nan, world.nan.scope("county_inspector")
    await asked(nan, await held_seal(nan))
    async with transaction(inspector):
        rows = await exporting.export_uses(inspector, Narrowed(region=nan.village, show="requested"), now=NOW)
    line = await admin.fetchrow("SELECT region, by_name, data FROM audit_line WHERE action = 'seal.exported' ORDER BY at DESC, id DESC LIMIT 1")
    assert (line["region"], line["by_name"]) == (nan.village, inspector.by_name)
    assert json.loads(line["data"])["rows"] == len(rows) > 0
