"""A decision from its proposal to its published result: forced order, counted votes, waited days."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from core.decisions.actions.ending import reject_decision, repeat_step, withdraw_decision
from core.decisions.actions.meetings import Told, VoteShort, record_step, tell_meeting
from core.decisions.actions.procedures import apply_procedures, changed_procedure, set_procedure
from core.decisions.actions.publishing import Posted, complete_notice, link_publication, post_step
from core.decisions.packs import built_in, read_procedures
from core.decisions.rules import Count
from core.kernel.clock import local
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from core.kernel.scope import system_scope
from core.tenancy.packs import FOLDER
from tests.core.decisions.steps import DAY, begun, do, held, papers, seen, step_on, until
from tests.factories.world import NOW, World

TODAY = local(NOW).date()
PACK = FOLDER / "330681"


@pytest.mark.parametrize("code", ["four_step", "dual_post", "collective_assets", "five_step"])
async def test_every_procedure_leads_from_proposal_to_the_published_result(
    admin: asyncpg.Connection, world: World, code: str
) -> None:
    secretary = world.nan.scope("village_secretary")
    if not built_in()[code].allowed:
        await allow(world, code)
    made = await begun(secretary, procedure=code)
    now = await until(admin, secretary, made, "none")
    there = await seen(secretary, made)
    assert there.row["state"] == "finished"
    assert [each["state"] for each in there.records] == ["passed"] * len(there.procedure.steps)
    assert there.row["published_at"] is not None
    waited = sum(step.days + max((m.notice_days for m in step.meetings[:1]), default=0) for step in there.procedure.steps)
    assert now - NOW >= timedelta(days=waited)


async def allow(world: World, code: str) -> None:
    boss = world.nan.scope("county_administrator")
    procedure = await do(boss, changed_procedure, code=code, changes={"allowed": True})
    await do(boss, set_procedure, procedure=procedure, valid_from=NOW, reason="试点")


async def test_a_short_quorum_is_refused_with_how_many_are_missing_and_may_be_repeated(
    admin: asyncpg.Connection, world: World
) -> None:
    secretary = world.nan.scope("village_secretary")
    made = await begun(secretary)
    now = await until(admin, secretary, made, "resolution")
    await papers(admin, secretary, made)
    today = local(now).date()
    changed = await do(secretary, tell_meeting, decision=made, told=Told("representatives", today), now=now)
    now = changed["waits_until"]
    short = held(local(now).date(), count=Count(45, 25, 25))
    with pytest.raises(VoteShort) as refused:
        await do(secretary, record_step, decision=made, held=short, now=now)
    assert "还差 5 人" in refused.value.fields["came"]
    there = await seen(secretary, made)
    assert there.record["state"] == "open"
    assert there.record["should"] is None
    changed = await do(secretary, record_step, decision=made, held=replace(short, as_failed=True), now=now)
    assert changed["state"] == "failed"
    await do(secretary, repeat_step, decision=made, now=now + DAY)
    now = await step_on(admin, secretary, made, now=now + DAY)
    there = await seen(secretary, made)
    votes = [each for each in there.records if there.procedure.at(each["step"]).code == "resolution"]
    assert [(each["attempt"], each["state"], each["came"]) for each in votes] == [(1, "failed", 25), (2, "passed", 40)]
    assert votes[0]["short"] == [{"what": "quorum", "needed": 30, "real": 25, "missing": 5}]
    assert there.row["resolved_at"] == now


async def test_a_failed_vote_may_be_rejected_and_a_running_one_withdrawn_with_a_reason(world: World) -> None:
    secretary = world.nan.scope("village_secretary")
    made = await begun(secretary)
    await do(secretary, record_step, decision=made, held=held(TODAY))
    failing = held(TODAY, count=Count(7, 3, 3), as_failed=True)
    with pytest.raises(Conflict):
        await do(secretary, reject_decision, decision=made, reason="没有通过")
    await do(secretary, record_step, decision=made, held=failing)
    with pytest.raises(Invalid):
        await do(secretary, reject_decision, decision=made, reason=" ")
    changed = await do(secretary, reject_decision, decision=made, reason="两委意见不一致")
    assert (changed["state"], changed["end_reason"]) == ("rejected", "两委意见不一致")
    other = await begun(secretary)
    changed = await do(secretary, withdraw_decision, decision=other, reason="写错了")
    assert changed["state"] == "withdrawn"
    assert (await seen(secretary, other)).record["state"] == "dropped"
    with pytest.raises(Conflict):
        await do(secretary, record_step, decision=other, held=held(TODAY))


async def test_of_two_who_record_at_once_one_is_told_that_the_other_was_faster(world: World) -> None:
    secretary, cadre = world.nan.scope("village_secretary"), world.nan.scope("village_cadre")
    made = await begun(secretary)
    deeds = [do(who, record_step, decision=made, held=held(TODAY)) for who in (secretary, cadre)]
    done = await asyncio.gather(*deeds, return_exceptions=True)
    # The later one finds the next step, which wants figures and papers that he has not got.
    assert sorted(isinstance(each, Conflict | Invalid) for each in done) == [False, True]
    assert [each["state"] for each in (await seen(secretary, made)).records] == ["passed", "open"]


async def test_a_meeting_waits_for_its_notice(admin: asyncpg.Connection, world: World) -> None:
    secretary = world.nan.scope("village_secretary")
    made = await begun(secretary)
    now = await until(admin, secretary, made, "review")
    today = local(now).date()
    await papers(admin, secretary, made)
    with pytest.raises(Conflict, match="提前"):
        await do(secretary, record_step, decision=made, held=held(today), now=now)
    changed = await do(secretary, tell_meeting, decision=made, told=Told("", today), now=now)
    assert changed["state"] == "told"
    with pytest.raises(Invalid) as early:
        await do(secretary, record_step, decision=made, held=held(today + 2 * DAY), now=now + 2 * DAY)
    assert (today + 3 * DAY).isoformat() in early.value.fields["held_on"]
    changed = await do(secretary, record_step, decision=made, held=held(today + 3 * DAY), now=now + 3 * DAY)
    assert changed["step_title"] == "村民（代表）会议决议"


async def test_what_is_missing_is_named_all_at_once(world: World) -> None:
    secretary = world.nan.scope("village_secretary")
    made = await begun(secretary)
    await do(secretary, record_step, decision=made, held=held(TODAY))
    wrong = held(TODAY - DAY, text=" ", count=Count(5, 7, 8))
    with pytest.raises(Invalid) as refused:
        await do(secretary, record_step, decision=made, held=wrong)
    assert set(refused.value.fields) == {"text", "held_on", "came", "approved", "sheets"}


async def test_the_board_wants_a_picture_and_its_days(admin: asyncpg.Connection, world: World) -> None:
    secretary = world.nan.scope("village_secretary")
    made = await begun(secretary)
    now = await until(admin, secretary, made, "publish_resolution")
    today = local(now).date()
    with pytest.raises(Invalid) as refused:
        await do(secretary, post_step, decision=made, posted=Posted(today), now=now)
    assert set(refused.value.fields) == {"photos"}
    await papers(admin, secretary, made, sheets=0)
    changed = await do(secretary, post_step, decision=made, posted=Posted(today, place="村口公示栏"), now=now)
    system = system_scope(secretary.region, county=secretary.county)
    with pytest.raises(Conflict):
        await do(system, complete_notice, decision=made, now=changed["waits_until"] - timedelta(seconds=1))
    changed = await do(system, complete_notice, decision=made, now=changed["waits_until"])
    assert changed["published_at"] is not None
    assert (await seen(secretary, made)).step.code == "publish_result"


async def test_a_released_publication_fills_the_step(admin: asyncpg.Connection, world: World) -> None:
    secretary = world.nan.scope("village_secretary")
    made = await begun(secretary)
    now = await until(admin, secretary, made, "publish_resolution")
    system, publication = system_scope(secretary.region, county=secretary.county), uuid4()
    await do(
        system, link_publication, decision=made, section="decision_resolution", publication=publication,
        on=local(now).date(), now=now,
    )  # fmt: skip
    there = await seen(secretary, made)
    assert (there.row["state"], there.record["publication_id"]) == ("posted", publication)


async def test_only_the_village_acts_and_only_its_range_sees(world: World) -> None:
    secretary = world.nan.scope("village_secretary")
    made = await begun(secretary)
    for role in ("township_leader", "county_administrator", "bookkeeper"):
        assert (await seen(world.nan.scope(role), made)).row["id"] == made
        with pytest.raises(Forbidden):
            await do(world.nan.scope(role), record_step, decision=made, held=held(TODAY))
    for stranger in (world.nan.scope("second_village"), world.zhu.scope("village_secretary"), world.zhu.scope("county_administrator")):
        with pytest.raises(NotFound):
            await seen(stranger, made)
    with pytest.raises(Forbidden):
        await begun(world.nan.scope("township_leader"))


async def test_the_council_needs_a_published_mandate_of_its_own_village(admin: asyncpg.Connection, world: World) -> None:
    secretary = world.nan.scope("village_secretary")
    await allow(world, "council")
    with pytest.raises(Invalid) as refused:
        await begun(secretary, procedure="council")
    assert set(refused.value.fields) == {"mandate"}
    mandate = await begun(secretary, kind="mandate", title="授权议事会年度事项")
    now = await until(admin, secretary, mandate, "publish_result")
    with pytest.raises(Invalid):
        await begun(world.nan.scope("second_village"), procedure="council", mandate=mandate, now=now)
    made = await begun(secretary, procedure="council", mandate=mandate, now=now)
    assert (await seen(secretary, made)).row["mandate_id"] == mandate
    with pytest.raises(Invalid):
        await begun(secretary, procedure="council", mandate=mandate, now=now + timedelta(days=400))


async def test_a_running_decision_keeps_the_procedure_it_began_with(world: World) -> None:
    secretary, boss = world.zhu.scope("village_secretary"), world.zhu.scope("county_administrator")
    before = await begun(secretary)
    changes = {"resolution.representatives.quorum": ">=4/5 should", "publish_resolution.days": 7}
    stricter = await do(boss, changed_procedure, code="four_step", changes=changes)
    assert await do(boss, set_procedure, procedure=stricter, valid_from=NOW + DAY, reason="全县统一") == 2
    after = await begun(secretary, now=NOW + DAY)
    shown = [(await seen(secretary, each)).procedure for each in (before, after)]
    assert [each.version for each in shown] == [1, 2]
    assert [str(each.at(3).meetings[0].quorum) for each in shown] == [">=2/3 should", ">=4/5 should"]
    with pytest.raises(Invalid) as refused:
        await do(boss, changed_procedure, code="four_step", changes={"resolution.representatives.quorum": ">1/2 should"})
    assert "组织法" in refused.value.fields["resolution.representatives.quorum"]


async def test_a_county_takes_the_procedures_of_its_pack_from_a_day_on(world: World) -> None:
    """What is running keeps its version, a second time nothing is set, and villages cannot do it."""
    boss, secretary = world.zhu.scope("county_administrator"), world.zhu.scope("village_secretary")
    with pytest.raises(Invalid):
        await do(boss, apply_procedures, folder=PACK, reason="")
    given = {"folder": PACK, "reason": "本县规定", "valid_from": NOW + DAY}
    with pytest.raises(Forbidden):
        await do(secretary, apply_procedures, **given)
    assert await do(boss, apply_procedures, **given, codes=["none"]) == 0
    assert await do(boss, apply_procedures, **given) == 1
    assert await do(boss, apply_procedures, **given) == 0
    with pytest.raises(Invalid):
        await begun(secretary, procedure="five_step")
    there = await seen(secretary, await begun(secretary, procedure="five_step", now=NOW + DAY))
    assert there.procedure.source == "本县规定（演示）"
    assert [step.code for step in there.procedure.steps] == [each.code for each in read_procedures(PACK / "procedures")["five_step"].steps]
