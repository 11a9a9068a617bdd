"""An emergency goes at once; without its review in time the emergency way closes, and a late review opens it again."""

from datetime import timedelta
from uuid import UUID

import pytest

from core.kernel.errors import Conflict
from core.kernel.outbox import announce
from core.kernel.scope import system_scope
from core.tasks.actions.dispatching import dispatch_task
from core.tasks.actions.merging import merge_incoming
from plugins.township_filter.actions import OVERDUE, review_emergency
from plugins.township_filter.enums import Review
from tests.factories.world import NOW, RULE, order
from tests.plugins.township_filter.conftest import Site
from tests.plugins.township_filter.senders.steps import (
    REASON,
    act,
    follow,
    handed,
    line_of,
    noted,
    post,
    state_of,
)
from tests.web.visitors import visiting

LATER = NOW + timedelta(days=9)
URGENT = "连夜转移沿河群众"


async def overdue(site: Site, role: str = "township_staff") -> UUID:
    """Hand an emergency in whose review is overdue at ``LATER``; gives its line."""
    received = await noted(site, site.world.nan, URGENT, role=role, urgent=REASON)
    found: UUID = (await line_of(site, received.id))["id"]
    return found


async def test_an_overdue_review_closes_the_senders_way_and_a_late_one_opens_it(site: Site) -> None:
    nan = site.world.nan
    line = await overdue(site)
    assert (await handed(nan, "紧急加固泵站围堰", urgent=REASON, at=NOW + timedelta(days=2))).state == "passed"
    closed = await handed(nan, "紧急加固泵站围堰", urgent=REASON, at=LATER)
    assert closed.state == "held"
    texts = [(reason.text[:7], dict(reason.data)) for reason in closed.screening.reasons]
    assert texts == [("紧急方式已停用", {"n": 1})]
    assert (await handed(nan, urgent=REASON, at=LATER)).state == "passed"  # what is listed needs no emergency
    assert (await handed(nan, "紧急加固泵站围堰", role="township_leader", urgent=REASON, at=LATER)).state == "passed"
    await act(post(nan, "township_leader"), review_emergency, line=line, outcome=Review.COMPLIANT, note="", now=LATER)
    assert (await handed(nan, "紧急加固泵站围堰", urgent=REASON, at=LATER)).state == "passed"


async def test_a_county_may_close_the_reviewers_way_instead_or_nobodys(site: Site) -> None:
    nan = site.world.nan
    await overdue(site)
    await site.set("overdue_closes", '"reviewer"')
    assert (await handed(nan, "紧急加固泵站围堰", urgent=REASON, at=LATER)).state == "passed"
    closed = await handed(nan, "紧急加固泵站围堰", role="township_leader", urgent=REASON, at=LATER)
    assert closed.state == "held"
    assert [reason.data["n"] for reason in closed.screening.reasons] == [1]
    await site.admin.execute("UPDATE setting SET value = '\"nobody\"' WHERE key = 'overdue_closes'")
    assert (await handed(nan, "紧急加固泵站围堰", role="township_leader", urgent=REASON, at=LATER)).state == "passed"


async def test_a_reviewer_is_not_stopped_by_what_he_handed_in_himself(site: Site) -> None:
    await site.set("overdue_closes", '"reviewer"')
    await overdue(site, "township_leader")
    assert (await handed(site.world.nan, "紧急加固泵站围堰", role="township_leader", urgent=REASON, at=LATER)).state == "passed"


async def test_another_county_and_another_office_keep_their_way(site: Site) -> None:
    await overdue(site)
    assert (await handed(site.world.nan, "紧急加固泵站围堰", role="county_department", urgent=REASON, at=LATER)).state == "passed"


async def test_who_is_told_when_a_review_is_overdue_and_nobody_after_it(site: Site) -> None:
    nan = site.world.nan
    line = await overdue(site)
    done = await overdue(site)
    timers = await site.admin.fetch("SELECT subject_id FROM timer WHERE topic = 'township_filter.review_overdue' ORDER BY id")
    assert {row["subject_id"] for row in timers} >= {line, done}
    await act(post(nan, "township_leader"), review_emergency, line=done, outcome=Review.COMPLIANT, note="", now=NOW)
    left = await site.admin.fetch(
        "SELECT subject_id FROM timer WHERE topic = 'township_filter.review_overdue' AND cancelled_at IS NULL AND subject_id = ANY ($1)", [line, done]
    )
    assert [row["subject_id"] for row in left] == [line]
    for each in (line, done):
        system = system_scope(nan.township, county=nan.code)
        await act(system, announce, topic=OVERDUE, payload={"line": str(each)}, now=LATER)
    await follow(site)
    told = await site.admin.fetch("SELECT kind, membership_id, link FROM notice WHERE kind LIKE 'township_filter:overdue%' ORDER BY kind")
    assert [(row["kind"], row["membership_id"]) for row in told] == [
        ("township_filter:overdue", post(nan, "township_leader").membership),
        ("township_filter:overdue_sent", post(nan, "township_staff").membership),
    ]
    assert {row["link"] for row in told} == {f"/township_filter/{line}"}


@pytest.mark.parametrize(("after", "shown"), [(timedelta(days=1), False), (timedelta(days=9), True)])
async def test_a_late_review_shows_on_the_line_the_list_and_the_matter(site: Site, after: timedelta, *, shown: bool) -> None:
    nan = site.world.nan
    received = await noted(site, nan, URGENT, urgent=REASON)
    line = (await line_of(site, received.id))["id"]
    await act(post(nan, "township_leader"), review_emergency, line=line, outcome=Review.COMPLIANT, note="", now=NOW + after)
    async with visiting(site.app, nan.posts["township_leader"]) as leader:
        for address in (f"/township_filter/{line}", "/township_filter", f"/incoming/{received.id}"):
            assert ("逾期审查" in (await leader.get(address)).text) is shown
    told = await site.admin.fetchval("SELECT data FROM audit_line WHERE action = 'township_filter.reviewed'")
    assert (('"late": true' in str(told)) or ('"late":true' in str(told))) is shown


@pytest.mark.parametrize("outcome", [Review.OBJECTED, Review.DUE])
async def test_what_was_found_not_compliant_or_never_reviewed_goes_out_no_more(site: Site, outcome: Review) -> None:
    nan = site.world.nan
    leader = post(nan, "township_leader")
    bad, other = [await noted(site, nan, title, urgent=REASON) for title in (URGENT, "紧急加固泵站围堰")]
    if outcome is Review.OBJECTED:
        line = (await line_of(site, bad.id))["id"]
        await act(leader, review_emergency, line=line, outcome=outcome, note="不是紧急情形", now=NOW)
    moment = NOW if outcome is Review.OBJECTED else LATER
    sending = order(nan, incoming=bad.id, due_at=LATER + timedelta(days=5))
    with pytest.raises(Conflict):
        await act(leader, dispatch_task, order=sending, rule=RULE, now=moment)
    assert await state_of(site, bad.id) == "passed"
    await act(leader, merge_incoming, leading=other.id, sources=[bad.id], reason="同一件事", now=NOW)
    with pytest.raises(Conflict):  # nor inside another one
        await act(leader, dispatch_task, order=order(nan, incoming=other.id, due_at=LATER + timedelta(days=5)), rule=RULE, now=moment)


async def test_before_its_review_an_emergency_goes_at_once_and_after_a_good_one_again(site: Site) -> None:
    nan = site.world.nan
    leader = post(nan, "township_leader")
    first, late = [await noted(site, nan, title, urgent=REASON) for title in (URGENT, "紧急加固泵站围堰")]
    await act(leader, dispatch_task, order=order(nan, incoming=first.id), rule=RULE, now=NOW)
    await act(leader, review_emergency, line=(await line_of(site, late.id))["id"], outcome=Review.COMPLIANT, note="", now=LATER)
    await act(leader, dispatch_task, order=order(nan, incoming=late.id, due_at=LATER + timedelta(days=5)), rule=RULE, now=LATER)
    assert {await state_of(site, each.id) for each in (first, late)} == {"dispatched"}


async def test_the_page_of_what_may_not_go_out_says_why_and_has_no_button(site: Site) -> None:
    nan = site.world.nan
    received = await noted(site, nan, URGENT, urgent=REASON)
    async with visiting(site.app, nan.posts["township_leader"]) as leader:
        assert "去派发" in (await leader.get(f"/incoming/{received.id}")).text
        line = (await line_of(site, received.id))["id"]
        await act(post(nan, "township_leader"), review_emergency, line=line, outcome=Review.OBJECTED, note="不是紧急情形", now=NOW)
        text = (await leader.get(f"/incoming/{received.id}")).text
    assert "认定这件紧急事项不合规" in text
    assert "去派发" not in text


async def test_who_may_not_review_is_told_who_does(site: Site) -> None:
    nan = site.world.nan
    line = await overdue(site)
    await site.admin.execute("UPDATE township_filter.screened SET review_due_at = '2026-01-05' WHERE id = $1", line)
    quarter = "/township_filter/senders?quarter=2026-Q4"
    async with (
        visiting(site.app, nan.posts["county_administrator"]) as boss,
        visiting(site.app, nan.posts["township_leader"]) as leader,
    ):
        for address in (quarter, f"/township_filter/{line}"):
            assert "乡镇的由乡镇领导审查" in (await boss.get(address)).text
            assert "乡镇的由乡镇领导审查" not in (await leader.get(address)).text
        assert "去审查" not in (await boss.get(quarter)).text
        assert "去审查" in (await leader.get(quarter)).text
