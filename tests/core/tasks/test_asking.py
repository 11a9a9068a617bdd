"""Asking once: a form goes out with a task, its answers stay with the submission, and what is held is offered to whom it concerns."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from core.kernel.database import transaction
from core.kernel.errors import Invalid
from core.kernel.scope import Scope, system_scope
from core.tasks.actions.dispatching import dispatch_task
from core.tasks.actions.scoring import return_submission
from core.tasks.actions.steering import withdraw_task
from core.tasks.actions.work import acknowledge_assignment, submit_assignment, wrong_in_result
from core.tasks.enums import Fact, FieldKind, HeldBy, Level
from core.tasks.forms import AskedField
from core.tasks.queries.assignments import one_share
from core.tasks.queries.forms import Offer, answers_to, asked_by, figures_held, held_already, offers_for
from core.tasks.rules import AREA
from core.tenancy.settings import set_values
from tests.core.tasks.steps import accept, do, in_hand, row_of, share_of
from tests.factories.world import NOW, RULE, SECOND_VILLAGE, County, World, order, sent

FORM = (AskedField("低保户数", FieldKind.NUMBER, required=True, unit="户"), AskedField("备注"))
AGAIN = AskedField("请填写低保户数：", FieldKind.NUMBER, unit="户")


async def offered(
    scope: Scope, share: UUID, fields: Sequence[AskedField] = (AGAIN,), *, now: datetime = NOW
) -> dict[str, Offer]:
    """Give what a post is offered for a share."""
    async with transaction(scope):
        return await offers_for(scope, (await one_share(scope, share)).row, fields, now=now)


async def answer(scope: Scope, share: UUID, *values: str, now: datetime = NOW) -> None:
    """Hand in with answers."""
    answers = {f"answer-{n}": value for n, value in enumerate(values, start=1)}
    await do(scope, submit_assignment, assignment=share, text="已核对。", answers=answers, now=now)


async def filled_in(admin: asyncpg.Connection, county: County, value: str = "125", *, now: datetime = NOW) -> UUID:
    """Give a share of the first village that answered the form."""
    _, share = await in_hand(admin, county, form=FORM, title="低保户排查")
    await answer(county.scope("village_secretary"), share, value, "无", now=now)
    return share


async def new_share(admin: asyncpg.Connection, county: County) -> UUID:
    """Give a share that asks for the same again."""
    _, share = await in_hand(admin, county, form=(AGAIN,), title="再报一次")
    return share


async def kept_answers(admin: asyncpg.Connection, share: UUID) -> list[str]:
    rows = await admin.fetch("SELECT answers FROM submission WHERE assignment_id = $1 ORDER BY n", share)
    return [row["answers"] for row in rows]


async def test_form_goes_out_with_the_brief_and_its_receiver_reads_it(world: World, admin: asyncpg.Connection) -> None:
    _, share = await in_hand(admin, world.nan, form=FORM)
    brief = (await row_of(admin, "assignment", share))["brief_id"]
    for role in ("village_secretary", "township_leader"):
        scope = world.nan.scope(role)
        async with transaction(scope):
            assert await asked_by(scope, brief) == list(FORM)
    for scope in (world.nan.scope("second_village"), world.zhu.scope("village_secretary")):
        async with transaction(scope):
            assert await asked_by(scope, brief) == []


async def test_form_that_asks_for_identity_numbers_is_not_sent(world: World, admin: asyncpg.Connection) -> None:
    before = await admin.fetchval("SELECT count(*) FROM task")
    with pytest.raises(Invalid) as caught:
        await sent(world.nan, form=(AskedField("户主身份证号"),))
    assert dict(caught.value.fields) == {"ask-1-label": "请勿向村里收集身份证号、银行卡号。"}
    assert await admin.fetchval("SELECT count(*) FROM task") == before


async def test_missing_and_wrong_answers_are_named_with_the_rest_and_nothing_is_kept(
    world: World, admin: asyncpg.Connection
) -> None:
    _, share = await in_hand(admin, world.nan, form=FORM)
    secretary = world.nan.scope("village_secretary")
    with pytest.raises(Invalid) as caught:
        await do(secretary, submit_assignment, assignment=share, text="", answers={"answer-2": "6222020200001234567"}, now=NOW)
    assert sorted(caught.value.fields) == ["answer-1", "answer-2", "text"]
    assert await kept_answers(admin, share) == []
    wrong = await do(secretary, wrong_in_result, assignment=share, text="好", answers={"answer-1": "许多"})
    assert sorted(wrong) == ["answer-1"]


async def test_answers_of_each_submission_stay_as_they_were(world: World, admin: asyncpg.Connection) -> None:
    share = await filled_in(admin, world.nan, "125")
    first = await kept_answers(admin, share)
    await do(world.nan.scope("township_leader"), return_submission, assignment=share, reason="再核对", now=NOW)
    await answer(world.nan.scope("village_secretary"), share, "126")
    now = await kept_answers(admin, share)
    assert len(now) == 2
    assert now[0] == first[0]
    assert '"126"' in now[1]


async def test_latest_answer_is_offered_with_its_day_and_its_task(world: World, admin: asyncpg.Connection) -> None:
    await filled_in(admin, world.nan, "120", now=NOW + timedelta(hours=3))
    await filled_in(admin, world.nan, "125", now=NOW + timedelta(hours=4))
    share = await new_share(admin, world.nan)
    found = await offered(world.nan.scope("village_cadre"), share)
    assert found == {"低保户数": Offer("125", HeldBy.EARLIER, NOW + timedelta(hours=4), "低保户排查", "户")}


async def test_nobody_is_offered_what_another_village_county_or_office_answered(
    world: World, admin: asyncpg.Connection
) -> None:
    await filled_in(admin, world.nan)
    task = (await sent(world.nan, form=(AGAIN,), regions=(world.nan.code + SECOND_VILLAGE,))).task
    share = await share_of(admin, task, world.nan.code + SECOND_VILLAGE)
    assert await offered(world.nan.scope("second_village"), share) == {}
    assert await offered(world.zhu.scope("village_secretary"), await new_share(admin, world.zhu)) == {}
    # Those above read the share in their range, but are offered nothing: they do not fill it in.
    assert await offered(world.nan.scope("township_leader"), share) == {}


async def test_offices_of_one_township_are_offered_their_own_answers(world: World, admin: asyncpg.Connection) -> None:
    office = world.nan.offices[world.nan.township]
    leader, staff = world.nan.scope("township_leader"), world.nan.scope("township_staff")
    shares = []
    for _ in range(2):
        made = order(world.nan, regions=(), offices=(office,), form=FORM, level=Level.TOWNSHIP)
        task = (await do(leader, dispatch_task, order=made, rule=RULE, now=NOW)).task
        shares.append(await admin.fetchval("SELECT id FROM assignment WHERE task_id = $1", task))
        await do(staff, acknowledge_assignment, assignment=shares[-1], now=NOW)
    await answer(staff, shares[0], "7")
    assert (await offered(staff, shares[1]))["低保户数"].value == "7"
    department = world.nan.scope("county_department")
    made = order(world.nan, regions=(world.nan.township,), form=FORM, level=Level.TOWNSHIP)
    task = (await do(department, dispatch_task, order=made, rule=RULE, now=NOW)).task
    assert await offered(leader, await share_of(admin, task, world.nan.township)) == {}


@pytest.mark.parametrize(
    ("how", "offered_is"),
    [("fits", "125"), ("returned", None), ("other kind", None), ("other unit", None), ("too old", None), ("switched off", None), ("same share", None)],
)
async def test_only_what_stands_and_fits_is_offered(
    world: World, admin: asyncpg.Connection, how: str, offered_is: str | None
) -> None:
    field = AskedField(f"{how} 的户数", FieldKind.NUMBER, unit="户")
    _, share = await in_hand(admin, world.nan, form=(field,))
    secretary, leader = world.nan.scope("village_secretary"), world.nan.scope("township_leader")
    await answer(secretary, share, "125", now=NOW - timedelta(days=366 if how == "too old" else 364))
    _, again = await in_hand(admin, world.nan, form=(field,))
    if how == "returned":
        await do(leader, return_submission, assignment=share, reason="不对", now=NOW)
    if how == "switched off":
        town = system_scope(world.nan.township, county=world.nan.code)
        await do(town, set_values, area=AREA, values={"held_days": 0}, valid_from=NOW, reason="不带出", now=NOW)
    asked = {"other kind": replace(field, kind=FieldKind.TEXT), "other unit": replace(field, unit="人")}.get(how, field)
    try:
        found = await offered(secretary, share if how == "same share" else again, (asked,))
    finally:
        await admin.execute("DELETE FROM setting WHERE area = 'tasks'")
    assert {offer.value for offer in found.values()} == ({offered_is} if offered_is else set())


async def test_village_is_offered_its_own_names_and_its_secretary_in_force(world: World, admin: asyncpg.Connection) -> None:
    _, share = await in_hand(admin, world.nan)
    fields = [AskedField(label) for label in ("村名", "所属乡镇", "区划代码", "填报单位", "村书记", "负责人", "联系人电话")]
    found = await offered(world.nan.scope("village_cadre"), share, fields)
    names = {code: await admin.fetchval("SELECT name FROM region WHERE code = $1", code) for code in (world.nan.village, world.nan.township)}
    assert found["村名"].value == names[world.nan.village]
    assert found["所属乡镇"].value == names[world.nan.township]
    assert found["区划代码"].value == world.nan.village
    assert found["村书记"] == found["负责人"]
    assert (found["村书记"].value, found["村书记"].held_by) == ("王建国", HeldBy.POSTS)
    assert "联系人电话" not in found


async def test_whom_a_village_named_last_goes_before_its_secretary(world: World, admin: asyncpg.Connection) -> None:
    _, share = await in_hand(admin, world.nan, form=(AskedField("联系人"),))
    await answer(world.nan.scope("village_secretary"), share, "李春梅")
    _, again = await in_hand(admin, world.nan)
    found = await offered(world.nan.scope("village_cadre"), again, [AskedField("联系人"), AskedField("书记")])
    assert {key: offer.value for key, offer in found.items()} == {"联系人": "李春梅", "书记": "王建国"}


async def test_sender_is_told_of_what_can_be_read_and_only_of_that(world: World, admin: asyncpg.Connection) -> None:
    form = (AskedField("水塘口数", FieldKind.NUMBER, unit="口"),)
    fields = [*form, AskedField("从没问过的"), AskedField("村名")]
    task = (await sent(world.nan, form=form)).task
    for place, role in ((world.nan.village, "village_secretary"), (world.nan.code + SECOND_VILLAGE, "second_village")):
        share = await share_of(admin, task, place)
        await do(world.nan.scope(role), acknowledge_assignment, assignment=share, now=NOW)
        await answer(world.nan.scope(role), share, "4")
    leader = world.nan.scope("township_leader")
    async with transaction(leader):
        known = await held_already(leader, fields, now=NOW)
        figures = await figures_held(leader, key="水塘口数", kind=FieldKind.NUMBER, now=NOW)
    assert [(held.receivers, held.latest, held.fact) if held else None for held in known] == [
        (2, NOW, None), None, (0, None, Fact.VILLAGE),
    ]  # fmt: skip
    assert [(each.value, each.unit, each.at) for each in figures] == [("4", "口", NOW), ("4", "口", NOW)]
    # Another county, and an office that did not send it, would have to ask.
    for scope in (world.zhu.scope("township_leader"), world.nan.scope("county_department"), world.nan.scope("township_staff")):
        async with transaction(scope):
            assert (await held_already(scope, form, now=NOW)) == ([None] if scope is not world.nan.scope("township_staff") else known[:1])
            figures = await figures_held(scope, key="水塘口数", kind=FieldKind.NUMBER, now=NOW)
            assert len(figures) == (2 if scope is world.nan.scope("township_staff") else 0)


async def test_sender_reads_the_answers_of_the_task_but_not_of_withdrawn_shares(
    world: World, admin: asyncpg.Connection
) -> None:
    task, share = await in_hand(admin, world.nan, form=FORM)
    await answer(world.nan.scope("village_secretary"), share, "8")
    leader = world.nan.scope("township_leader")
    async with transaction(leader):
        rows = await answers_to(leader, task)
    assert [(row["id"], row["state"], row["answers"][0]["value"]) for row in rows] == [(share, "submitted", "8")]
    stranger = world.zhu.scope("township_leader")
    async with transaction(stranger):
        assert await answers_to(stranger, task) == []
    await do(leader, withdraw_task, task=task, reason="不要了", now=NOW)
    async with transaction(leader):
        assert await answers_to(leader, task) == []


async def test_accepted_answer_is_offered_as_well(world: World, admin: asyncpg.Connection) -> None:
    share = await filled_in(admin, world.nan, "131", now=NOW + timedelta(hours=5))
    await accept(world.nan.scope("township_leader"), share)
    found = await offered(world.nan.scope("village_secretary"), await new_share(admin, world.nan), now=NOW + timedelta(hours=6))
    assert found["低保户数"].value == "131"
