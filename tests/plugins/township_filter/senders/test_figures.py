"""What adds up: a merged task's rating counts for each of its senders and once in all; every matter is in one column of five."""

import io
import json
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from openpyxl import load_workbook

from core.contracts.disclosure import Collected
from core.disclosure.actions import Wanted as WantedPublication
from core.disclosure.actions import release_publication
from core.disclosure.drafting import draft_of
from core.kernel.database import transaction
from core.kernel.scope import Scope, system_scope
from core.tasks.actions.dispatching import dispatch_task
from core.tasks.actions.incoming import take_among, withdraw_incoming
from core.tasks.actions.merging import merge_incoming
from core.tasks.actions.steering import withdraw_task
from core.tasks.actions.work import Rating, acknowledge_assignment, rate_task, submit_assignment
from core.tasks.enums import Level
from plugins.township_filter.senders.actions.quotas import decide_hold
from plugins.township_filter.senders.disclosure import collect_senders
from plugins.township_filter.senders.queries.figures import (
    Figures,
    Wanted,
    figures_of,
    own_sender,
    senders_with_figures,
)
from plugins.township_filter.senders.rules import quarter_named
from tests.factories.world import NOW, RULE, order
from tests.plugins.township_filter.conftest import Site
from tests.plugins.township_filter.senders.steps import REASON, act, follow, noted, one, post
from tests.plugins.township_filter.senders.test_disclosure import period
from tests.plugins.township_filter.senders.test_pages import BEFORE, LEDGER, rated
from tests.web.visitors import visiting

QUARTER = quarter_named("2026-Q4", NOW)
WANTED = Wanted(QUARTER, NOW, near_percent=40)
PARTS = ("passed", "merged", "refused", "held", "withdrawn")


@pytest.fixture(autouse=True)
async def nothing_rated(site: Site) -> None:
    """Begin without the tasks of other tests, whose ratings would count for whoever sent them."""
    await site.admin.execute("TRUNCATE task, assignment CASCADE")


async def sent_down(site: Site) -> tuple[UUID, UUID]:
    """Let the department send a task to the township, which takes it among its matters. Gives the task and the matter."""
    nan = site.world.nan
    department = post(nan, "county_department")
    came = await noted(site, nan, "防汛抢险", role="county_department")
    sending = order(nan, regions=(nan.township,), level=Level.TOWNSHIP, incoming=came.id)
    top = (await act(department, dispatch_task, order=sending, rule=RULE, now=NOW)).task
    share = (await one(site, "SELECT id FROM assignment WHERE task_id = $1", top))["id"]
    matter = await act(post(nan, "township_leader"), take_among, assignment=share, now=NOW)
    await site.admin.execute("UPDATE incoming_task SET state = 'passed' WHERE id = $1", matter)
    await follow(site)
    return top, matter


async def merged_and_rated(site: Site, *, hours: str = "3", leaves: bool = False, at: datetime = BEFORE) -> None:
    """Send a matter of the township's office merged with one from the department to both villages, which rate it."""
    nan = site.world.nan
    leader = post(nan, "township_leader")
    top, matter = await sent_down(site)
    own = await noted(site, nan)
    await act(leader, merge_incoming, leading=own.id, sources=[matter], reason="同一件事", now=NOW)
    task = (await act(leader, dispatch_task, order=order(nan, incoming=own.id), rule=RULE, now=NOW)).task
    if leaves:
        await act(post(nan, "county_department"), withdraw_task, task=top, reason="改期", now=NOW)
        await follow(site)
    for secretary in (post(nan, "village_secretary"), nan.posts["second_village"].scope):
        share = (await one(site, "SELECT id FROM assignment WHERE task_id = $1 AND region = $2", task, secretary.region))["id"]
        await act(secretary, acknowledge_assignment, assignment=share, now=NOW)
        await act(secretary, submit_assignment, assignment=share, text="办好了。", now=NOW)
        rating = Rating(clarity=4, time_given=2, need=3, burden_hours=Decimal(hours))
        await act(secretary, rate_task, assignment=share, rating=rating, now=at)


async def told(scope: Scope, wanted: Wanted = WANTED) -> dict[str, Figures]:
    async with transaction(scope):
        return {each.sender.name: each for each in await senders_with_figures(scope, wanted)}


async def collected(scope: Scope, region: str) -> Collected:
    async with transaction(scope):
        return await collect_senders(scope, period(region, region[:6]))


async def test_a_merged_tasks_rating_counts_for_each_of_its_senders_and_its_hours_once(site: Site) -> None:
    nan = site.world.nan
    for _ in range(2):
        await merged_and_rated(site)
    figures = await told(post(nan, "county_administrator"))
    assert len(figures) == 3  # the department, the township that took its task in, the office whose own matter led
    assert {(each.ratings, each.clarity, each.hours) for each in figures.values()} == {(4, 4, 4)}
    assert sum(each.hours or 0 for each in figures.values()) == 12  # four ratings of three hours
    for role in ("county_department", "township_staff", "township_leader"):
        scope = post(nan, role)
        async with transaction(scope):
            own = await own_sender(scope)
            assert own is not None
            assert (await figures_of(scope, own, WANTED)).hours == 4
    shown = {region: await collected(system_scope(nan.code), region) for region in (nan.code, nan.township)}
    assert {region: [row["hours"] for row in found.rows] for region, found in shown.items()} == {nan.code: [4], nan.township: [4, 4]}
    assert sum(figure.value for found in shown.values() for figure in found.figures if figure.title == "办理用时") == 12


async def test_a_sender_that_left_is_not_rated_for_what_came_after(site: Site) -> None:
    for _ in range(2):
        await merged_and_rated(site, leaves=True, at=NOW)
    figures = await told(post(site.world.nan, "county_administrator"), replace(WANTED, now=NOW + timedelta(days=7)))
    assert {name: (each.ratings, each.hours) for name, each in figures.items()}["农业农村局"] == (0, None)
    assert sum(each.hours or 0 for each in figures.values()) == 12


async def test_ratings_of_one_receiver_alone_are_never_shown(site: Site) -> None:
    nan = site.world.nan
    for _ in range(4):
        await rated(site, nan, 1)
    (figures,) = (await told(post(nan, "township_staff"))).values()
    assert (figures.ratings, figures.clarity, figures.hours) == (0, None, None)
    found = await collected(post(nan, "township_staff"), nan.township)
    assert [row["hours"] for row in found.rows] == [None]
    assert "办理用时" not in {figure.title for figure in found.figures}
    async with visiting(site.app, nan.posts["township_staff"]) as staff:
        assert "还没有可以显示的评价" in (await staff.get(f"{LEDGER}/own?quarter=2026-Q4")).text


async def every_outcome(site: Site) -> None:
    """Let an office hand in what ends in each of the ways there are, with an emergency and a release."""
    nan = site.world.nan
    leader, boss = post(nan, "township_leader"), post(nan, "county_administrator")
    leading = await noted(site, nan, role="township_leader")
    merged = await noted(site, nan)
    await act(leader, merge_incoming, leading=leading.id, sources=[merged.id], reason="同一件事", now=NOW)
    await noted(site, nan, "关注公众号并每日转发打卡")
    await noted(site, nan, "连夜转移沿河群众", urgent=REASON)
    back = await noted(site, nan)
    await act(post(nan, "township_staff"), withdraw_incoming, incoming=back.id, reason="写错", now=NOW)
    gone = await noted(site, nan, "关注公众号并每日转发打卡")
    await act(post(nan, "township_staff"), withdraw_incoming, incoming=gone.id, reason="写错", now=NOW)
    await site.set("quota_village", "2")
    waits, goes = await noted(site, nan, "医保参保动员"), await noted(site, nan, "医保参保动员")
    assert {waits.state, goes.state} == {"held"}
    hold = (await one(site, "SELECT id FROM township_filter.quota_hold WHERE incoming_id = $1", goes.id))["id"]
    await act(boss, decide_hold, hold=hold, release=True, reason="汛期确需", now=NOW)
    await follow(site)


async def test_every_matter_is_counted_in_one_of_five_and_they_add_up(site: Site) -> None:
    nan = site.world.nan
    await every_outcome(site)
    found = await collected(system_scope(nan.code), nan.township)
    rows = {row["sender"]: row for row in found.rows}
    office = rows["农业农村办公室"]
    assert {name: office[name] for name in ("received", *PARTS, "emergencies")} == {
        "received": 7, "passed": 2, "merged": 1, "refused": 2, "held": 1, "withdrawn": 1, "emergencies": 1,
    }  # fmt: skip
    assert all(row["received"] == sum(row[name] for name in PARTS) for row in rows.values())
    figures = {figure.title: figure.value for figure in found.figures}
    assert figures["收到来文"] == 8 == sum(figures[name] for name in ("通过", "归并", "驳回", "待审定", "撤回"))
    async with visiting(site.app, nan.posts["county_administrator"]) as boss:
        sheet = (await boss.get(f"{LEDGER}/export.xlsx?quarter=2026-Q4")).content
    lines = list(load_workbook(io.BytesIO(sheet)).active.iter_rows(values_only=True))
    assert lines[0][1:8] == ("来文", "通过", "驳回", "待审定", "归并", "撤回", "紧急")
    assert all(line[1] == sum(line[2:7]) for line in lines[1:])


async def test_the_public_page_and_its_data_show_the_same_sums(site: Site) -> None:
    nan = site.world.nan
    await every_outcome(site)
    leader = post(nan, "township_leader")
    async with transaction(leader):
        draft = await draft_of(
            leader, section="township_filter:senders", region=nan.township, period="2026-Q4", subject=None, note="", now=QUARTER.ends
        )
        wanted = WantedPublication("township_filter:senders", nan.township, "2026-Q4", None, "", draft.digest)
        made = await release_publication(leader, wanted=wanted, now=QUARTER.ends)
    async with visiting(site.app, nan.posts["township_leader"]) as anybody:
        text = (await anybody.get(f"/p/{made.token}")).text
        data = json.loads((await anybody.get(f"/p/{made.token}/document.json")).content)
    columns = [column["name"] for column in data["columns"]]
    for row in data["rows"]:
        told = dict(zip(columns, row, strict=True))
        assert int(told["received"]) == sum(int(told[name]) for name in PARTS)
    for words in ("等于通过、归并、驳回、待审定、撤回之和", "农业农村办公室", "其中紧急"):
        assert words in text
