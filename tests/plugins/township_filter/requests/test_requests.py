"""Requests from being asked to a new version of the list: who may do what, by when, and what follows."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from core.entry_lists.actions import discard_draft
from core.entry_lists.queries import items_in_force, items_of, list_by_id
from core.entry_lists.rules import difference
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from core.kernel.scope import Scope, system_scope
from plugins.township_filter.requests import jobs
from plugins.township_filter.requests.actions import asking, deciding, reviewing
from plugins.township_filter.requests.actions.moving import CLOCK, MOVED
from plugins.township_filter.requests.enums import Way
from plugins.township_filter.requests.queries import RequestFilter, request_row, requests_of
from tests.factories.world import NOW, County
from tests.plugins.township_filter.conftest import Site
from tests.plugins.township_filter.requests.steps import (
    FINANCE,
    FIRST_DAY,
    add_finance,
    adjustment,
    admission,
    approved,
    asked,
    follow,
    in_review,
    office_of,
    on,
    published,
    reviewed,
    row_of,
    say,
)

DAY = timedelta(days=1)


def boss_of(county: County) -> Scope:
    return on(county.scope("county_administrator"))


async def test_request_is_due_by_the_countys_working_days(desk: Site) -> None:
    row = await row_of(desk.admin, await asked(desk.world.nan))
    # Fifteen working days after Monday, 23 November 2026, at closing time.
    assert row["due_at"] == datetime.fromisoformat("2026-12-14T17:30:00+08:00")
    assert (row["state"], row["number"], row["place_name"]) == ("submitted", "2026-001", "南浔区")
    timers = await desk.admin.fetch("SELECT due_at, payload FROM timer WHERE subject_id = $1 ORDER BY due_at", row["id"])
    assert [each["due_at"] for each in timers] == [datetime.fromisoformat("2026-12-09T17:30:00+08:00"), row["due_at"]]


async def test_settings_of_the_county_decide_both_terms(desk: Site) -> None:
    await desk.set("request_answer_days", "5")
    await desk.set("request_lead_days", "0")
    row = await row_of(desk.admin, await asked(desk.world.nan, admission(effective_on=date(2026, 11, 23))))
    assert row["due_at"] == datetime.fromisoformat("2026-11-30T17:30:00+08:00")


async def test_what_is_asked_too_late_is_not_taken(desk: Site) -> None:
    nan = desk.world.nan
    with pytest.raises(Invalid) as refused:
        await asked(nan, admission(effective_on=FIRST_DAY - DAY))
    assert set(refused.value.fields) == {"effective_on"}
    assert FIRST_DAY.isoformat() in refused.value.fields["effective_on"]
    await asked(nan, admission(effective_on=FIRST_DAY))


async def test_incomplete_requests_say_what_is_missing(desk: Site) -> None:
    nan = desk.world.nan
    for what, fields in (
        (admission(wanted={}, why=" "), {"title", "kind", "category", "legal_basis", "why"}),
        (admission("防汛抢险"), {"title"}),
        (admission(wanted={**admission().wanted, "kind": "withdrawn_duty"}), {"kind"}),
        (admission(why="联系 13812345678"), {"why"}),
        (admission(level="nowhere"), {"level", "kind"}),
        (adjustment("T99"), {"item"}),
        (adjustment(way="burn"), {"way"}),
        (adjustment(way=Way.MOVE, wanted={"kind": "core_duty"}), {"kind"}),
    ):
        with pytest.raises(Invalid) as refused:
            await asked(nan, what)
        assert set(refused.value.fields) == fields


async def test_only_departments_ask_for_items_and_townships_for_changes(desk: Site) -> None:
    nan = desk.world.nan
    for what, role in (
        (admission(), "township_leader"), (admission(), "county_administrator"), (adjustment(), "county_department"),
        (adjustment(), "village_secretary"),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            await asked(nan, what, role=role)
    await asked(nan, adjustment(), role="township_staff")


async def test_review_goes_to_the_named_offices_and_the_last_answer_ends_it(desk: Site) -> None:
    nan = desk.world.nan
    made = await in_review(nan)
    assert (await row_of(desk.admin, made))["state"] == "reviewing"
    with pytest.raises(Invalid):
        await say(nan, made, opinion="disagree")
    await say(nan, made, opinion="disagree", text="没有经费来源。")
    assert (await row_of(desk.admin, made))["state"] == "deciding"
    kinds = [r["kind"] for r in await desk.admin.fetch("SELECT kind FROM township_filter.request_event ORDER BY id")]
    assert kinds == ["submitted", "review", "opined", "completed"]


async def test_who_was_not_asked_says_nothing_and_sees_nothing(desk: Site) -> None:
    nan = desk.world.nan
    made, boss, finance = await asked(nan), boss_of(nan), on(nan.scope(FINANCE))
    async with transaction(finance):
        assert (await requests_of(finance, RequestFilter(), now=NOW))[0] == []
    with pytest.raises(NotFound):
        await say(nan, made)
    async with transaction(boss):
        with pytest.raises(Invalid):
            await reviewing.begin_review(boss, request=made, offices=[office_of(nan, "county_department")], now=NOW)
        with pytest.raises(Invalid):
            await reviewing.begin_review(boss, request=made, offices=[], now=NOW)
        await reviewing.begin_review(boss, request=made, offices=[office_of(nan, FINANCE)], now=NOW)
    own = on(nan.scope("county_department"))
    with pytest.raises(Forbidden):
        async with transaction(own):
            await reviewing.say_opinion(own, request=made, opinion="agree", text="", now=NOW)
    async with transaction(finance):
        rows, counts = await requests_of(finance, RequestFilter(show="mine"), now=NOW)
    assert ([row["id"] for row in rows], counts["mine"]) == ([made], 1)


async def test_nobody_decides_his_own_request_at_whichever_post(desk: Site) -> None:
    nan = desk.world.nan
    asker = on(nan.scope("county_department"))
    twice = replace(boss_of(nan), person=asker.person)
    made = await asked(nan)
    with pytest.raises(Forbidden):
        async with transaction(twice):
            await reviewing.begin_review(twice, request=made, offices=[office_of(nan, FINANCE)], now=NOW)
    made = await reviewed(nan, admission("另一件"))
    with pytest.raises(Forbidden):
        async with transaction(twice):
            await deciding.approve(twice, request=made, code="T88", text="", now=NOW)


async def test_approved_item_stands_in_the_next_version_and_is_in_force_on_its_day(desk: Site) -> None:
    nan = desk.world.nan
    made = await approved(nan, admission("乡村夜校组织", effective_on=date(2027, 2, 1)), code="T61")
    row = await row_of(desk.admin, made)
    assert (row["state"], row["item_code"], row["in_force_from"]) == ("approved", "T61", date(2027, 2, 1))
    boss = boss_of(nan)
    async with transaction(boss):
        draft = await list_by_id(boss, row["list_id"])
        assert draft.base_id is not None
        told = difference(await items_of(boss, draft.base_id), await items_of(boss, draft.id))
    assert [(item.code, item.title, item.conditions) for item in told.added] == [("T61", "乡村夜校组织", "由部门提供账号\n频次：每年一次")]
    assert (told.changed, told.removed) == ((), ())
    await published(desk.admin, nan, made)
    after = await row_of(desk.admin, made)
    assert (after["state"], after["in_force_from"]) == ("listed", date(2027, 2, 1))
    leader = on(nan.scope("township_leader"))
    async with transaction(leader):
        for day, there in ((datetime(2027, 1, 31, 4, tzinfo=NOW.tzinfo), False), (datetime(2027, 2, 1, 4, tzinfo=NOW.tzinfo), True)):
            codes = {item.code for item in await items_in_force(leader, level="township", at=day)}
            assert ("T61" in codes) is there
            assert "T31" in codes


async def test_taken_code_is_refused_and_nothing_is_left(desk: Site) -> None:
    nan, boss = desk.world.nan, boss_of(desk.world.nan)
    made = await reviewed(nan)
    for code in ("T31", "  ", "有 空格"):
        with pytest.raises(Invalid) as refused:
            async with transaction(boss):
                await deciding.approve(boss, request=made, code=code, text="", now=NOW)
        assert set(refused.value.fields) == {"code"}
    assert (await row_of(desk.admin, made))["state"] == "deciding"
    assert await desk.admin.fetchval("SELECT count(*) FROM entry_list WHERE state = 'draft'") == 0


@pytest.mark.parametrize("way", [Way.CHANGE, Way.MOVE, Way.DROP])
async def test_adjustments_change_move_and_drop_items(desk: Site, way: Way) -> None:
    nan = desk.world.nan
    await desk.admin.execute("UPDATE entry_list SET valid_from = '2026-10-01' WHERE state = 'published'")
    made = await approved(nan, adjustment("R01" if way is Way.DROP else "T31", way), code="")
    row, boss = await row_of(desk.admin, made), boss_of(nan)
    async with transaction(boss):
        draft = await list_by_id(boss, row["list_id"])
        assert draft.base_id is not None
        told = difference(await items_of(boss, draft.base_id), await items_of(boss, draft.id))
    if way is Way.DROP:
        assert ([item.code for item in told.removed], told.changed) == (["R01"], ())
    else:
        (change,) = told.changed
        fields = {each.name for each in change.fields}
        assert ("kind" in fields) is (way is Way.MOVE)
        assert change.after.title == ("防汛抢险" if way is Way.MOVE else "防汛抢险和转移")
    assert row["was"] != {} or way is Way.DROP


async def test_second_approval_joins_the_draft_and_both_are_listed_together(desk: Site) -> None:
    nan = desk.world.nan
    first = await approved(nan, admission("事项甲", effective_on=date(2027, 3, 1)), code="T71")
    second = await approved(nan, admission("事项乙", effective_on=date(2027, 2, 1)), code="T72")
    rows = [await row_of(desk.admin, each) for each in (first, second)]
    assert rows[0]["list_id"] == rows[1]["list_id"]
    assert rows[1]["in_force_from"] == date(2027, 3, 1)
    await published(desk.admin, nan, second)
    assert {(await row_of(desk.admin, each))["state"] for each in (first, second)} == {"listed"}


async def test_change_that_left_the_draft_can_be_written_again_or_refused(desk: Site) -> None:
    nan, boss = desk.world.nan, boss_of(desk.world.nan)
    made = await approved(nan, admission("事项丙"), code="T73")
    list_id = (await row_of(desk.admin, made))["list_id"]
    with pytest.raises(Conflict):
        async with transaction(boss):
            await deciding.redraft(boss, request=made, now=NOW)
    with pytest.raises(Conflict):
        async with transaction(boss):
            await deciding.refuse(boss, request=made, reason="改主意了", now=NOW)
    async with transaction(boss):
        await discard_draft(boss, list_id=list_id, now=NOW)
    async with transaction(boss):
        await deciding.redraft(boss, request=made, now=NOW)
    row = await row_of(desk.admin, made)
    assert (row["state"], row["list_id"] != list_id) == ("approved", True)
    async with transaction(boss):
        await discard_draft(boss, list_id=row["list_id"], now=NOW)
        await deciding.refuse(boss, request=made, reason="经费没有落实", now=NOW)
    assert (await row_of(desk.admin, made))["state"] == "refused"


async def test_sent_back_request_comes_again_with_new_days_and_keeps_what_it_said(desk: Site) -> None:
    nan, boss = desk.world.nan, boss_of(desk.world.nan)
    made = await asked(nan)
    async with transaction(boss):
        with pytest.raises(Invalid):
            await deciding.send_back(boss, request=made, reason=" ", now=NOW)
        await deciding.send_back(boss, request=made, reason="请写明经费", now=NOW)
    assert await desk.admin.fetchval("SELECT count(*) FROM timer WHERE subject_id = $1 AND cancelled_at IS NULL", made) == 0
    own, later = on(nan.scope("county_department")), NOW + 2 * DAY
    again = admission(why="省里要求推广，经费由县财政出。")
    async with transaction(own):
        await asking.resubmit(own, request=made, asked=again, now=later)
    row = await row_of(desk.admin, made)
    assert (row["state"], row["round"], row["due_at"].date()) == ("submitted", 2, date(2026, 12, 16))
    kept = await desk.admin.fetchval("SELECT data FROM township_filter.request_event WHERE kind = 'resubmitted'")
    assert "省里要求推广。" in str(kept)
    with pytest.raises(Conflict):
        async with transaction(own):
            await asking.resubmit(own, request=made, asked=again, now=later)


async def test_only_who_asked_takes_back(desk: Site) -> None:
    nan = desk.world.nan
    made = await asked(nan, adjustment())
    other = on(nan.scope("county_department"))
    with pytest.raises(NotFound):
        async with transaction(other):
            await asking.withdraw(other, request=made, reason="", now=NOW)
    staff = on(nan.scope("township_staff"))
    async with transaction(staff):
        await asking.withdraw(staff, request=made, reason="不用了", now=NOW)
    assert (await row_of(desk.admin, made))["state"] == "withdrawn"
    with pytest.raises(Conflict):
        async with transaction(staff):
            await asking.withdraw(staff, request=made, reason="", now=NOW)


async def test_other_county_sees_and_decides_nothing(desk: Site) -> None:
    nan, zhu = desk.world.nan, desk.world.zhu
    made = await asked(nan)
    for role in ("county_administrator", "county_department"):
        stranger = on(zhu.scope(role))
        async with transaction(stranger):
            assert (await requests_of(stranger, RequestFilter(), now=NOW))[0] == []
            with pytest.raises(NotFound):
                await request_row(stranger, made)


async def test_people_are_told_what_they_must_do_and_know(desk: Site) -> None:
    nan = desk.world.nan

    async def told(request: UUID, way: str) -> set[tuple[str, str]]:
        await desk.admin.execute("DELETE FROM notice")
        state = (await row_of(desk.admin, request))["state"]
        await follow(nan, jobs.on_moved, MOVED, request=str(request), way=way, state=state)
        rows: list[Any] = await desk.admin.fetch("SELECT m.role, m.person_name, n.kind FROM notice n JOIN membership m ON m.id = n.membership_id")
        return {(f"{row['role']} {row['person_name']}", row["kind"].partition(":")[2]) for row in rows}

    made = await asked(nan)
    assert await told(made, "submit") == {("county_administrator 张三", "asked")}
    made = await in_review(nan, admission("另一件"))
    assert len(await told(made, "review")) == 1
    assert {kind for _, kind in await told(made, "review")} == {"review"}
    await say(nan, made)
    assert await told(made, "complete") == {("county_administrator 张三", "reviewed")}
    assert await told(made, "approve") == {("county_department 张三", "approved")}
    assert await told(made, "refuse") == {("county_department 张三", "refused")}


async def test_late_answer_is_noted_once_and_everybody_waited_for_is_reminded(desk: Site) -> None:
    nan = desk.world.nan
    made = await in_review(nan)
    await follow(nan, jobs.on_clock, CLOCK, request=str(made), what="late", round=1)
    row = await row_of(desk.admin, made)
    assert row["overdue_at"] == NOW
    assert await desk.admin.fetchval("SELECT count(*) FROM township_filter.request_event WHERE kind = 'overdue'") == 1
    kinds = await desk.admin.fetch("SELECT kind, count(*) AS n FROM notice GROUP BY 1 ORDER BY 1")
    assert [tuple(each) for each in kinds] == [("township_filter:late", 1), ("township_filter:opinion_due", 1)]
    await desk.admin.execute("DELETE FROM notice")
    await follow(nan, jobs.on_clock, CLOCK, request=str(made), what="late", round=9)
    assert await desk.admin.fetchval("SELECT count(*) FROM notice") == 0


async def test_one_matter_has_one_open_request(desk: Site) -> None:
    from core.tasks.actions.incoming import Handed, hand_in  # noqa: PLC0415 - used by this test alone
    from core.tasks.enums import Level  # noqa: PLC0415 - the same

    nan = desk.world.nan
    own = on(nan.scope("county_department"))
    async with transaction(own):
        got = await hand_in(own, Handed("组织学习软件打卡", "请落实。", Level.TOWNSHIP), now=NOW)
    assert got.state in {"refused", "held"}
    await asked(nan, admission(incoming=got.id))
    with pytest.raises(Conflict):
        await asked(nan, admission("另一名称", incoming=got.id))


async def test_every_step_leaves_an_audit_line(desk: Site) -> None:
    nan = desk.world.nan
    await desk.admin.execute("ALTER TABLE audit_line DISABLE TRIGGER USER")
    await desk.admin.execute("DELETE FROM audit_line WHERE subject_kind = 'township_filter_request'")
    made = await approved(nan, admission("事项丁"), code="T74")
    await published(desk.admin, nan, made)
    lines = await desk.admin.fetch("SELECT action FROM audit_line WHERE subject_id = $1 ORDER BY at, id", made)
    assert [line["action"].removeprefix("township_filter.request_") for line in lines] == [
        "submit", "review", "opine", "complete", "approve", "list",
    ]  # fmt: skip
    await desk.admin.execute("ALTER TABLE audit_line ENABLE TRIGGER USER")


async def test_system_scope_of_another_county_ends_nothing(desk: Site) -> None:
    nan, zhu = desk.world.nan, desk.world.zhu
    made = await approved(nan, admission("事项戊"), code="T75")
    system = system_scope(zhu.code)
    async with transaction(system):
        with pytest.raises(NotFound):
            await deciding.note_published(system, list_id=(await row_of(desk.admin, made))["list_id"], now=NOW)
    await add_finance(desk.admin, zhu)
