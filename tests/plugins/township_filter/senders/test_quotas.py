"""A full quota holds a matter until the county releases it; two at its edge never slip through together."""

import asyncio
from datetime import timedelta

import pytest

from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from core.tasks.actions.incoming import decide_incoming, withdraw_incoming
from plugins.township_filter.senders.actions.quotas import decide_hold, set_quota
from tests.factories.world import NOW
from tests.plugins.township_filter.conftest import Site
from tests.plugins.township_filter.senders.steps import (
    REASON,
    act,
    follow,
    handed,
    line_of,
    noted,
    one,
    post,
    state_of,
)

OTHER = "医保参保动员"


async def test_without_a_quota_nothing_is_held(site: Site) -> None:
    for _ in range(3):
        assert (await noted(site, site.world.nan)).state == "passed"
    assert await site.admin.fetchval("SELECT count(*) FROM township_filter.quota_hold") == 0


async def test_a_full_quota_holds_with_its_figures_and_release_lets_the_matter_go(site: Site) -> None:
    nan = site.world.nan
    await site.set("quota_village", "2")
    for _ in range(2):
        assert (await noted(site, nan)).state == "passed"
    third = await noted(site, nan, OTHER)
    assert third.state == "held"
    reasons = [(reason.text, dict(reason.data)) for reason in third.screening.reasons]
    assert reasons == [("本月来文限额已满：已有 %(counted)s 件，限额 %(amount)s 件。这件来文要由县里放行。", {"counted": 2, "amount": 2})]
    hold = await one(site, "SELECT * FROM township_filter.quota_hold")
    assert (hold["incoming_id"], hold["state"], hold["counted"], hold["amount"]) == (third.id, "waiting", 2, 2)
    leader, boss = post(nan, "township_leader"), post(nan, "county_administrator")
    with pytest.raises(Conflict) as caught:
        await act(leader, decide_incoming, incoming=third.id, transition="admit", reason="本镇需要", now=NOW)
    assert caught.value.data["reason"] == "来文限额已满，要先由县里放行。"
    with pytest.raises(Forbidden):
        await act(leader, decide_hold, hold=hold["id"], release=True, reason="本镇需要", now=NOW)
    with pytest.raises(Invalid):
        await act(boss, decide_hold, hold=hold["id"], release=True, reason=" ", now=NOW)
    with pytest.raises(NotFound):
        await act(post(site.world.zhu, "county_administrator"), decide_hold, hold=hold["id"], release=True, reason="x", now=NOW)
    await act(boss, decide_hold, hold=hold["id"], release=True, reason="汛期确需", now=NOW)
    with pytest.raises(Conflict):
        await act(boss, decide_hold, hold=hold["id"], release=False, reason="不同意", now=NOW)
    await follow(site)
    assert await state_of(site, third.id) == "passed"
    decided = await one(site, "SELECT * FROM incoming_task WHERE id = $1", third.id)
    assert decided["decided_reason"] == "张三放行超限来文：汛期确需"
    assert decided["item_code"] == "V13"
    audited = await site.admin.fetchval("SELECT data FROM audit_line WHERE action = 'township_filter.quota_released'")
    assert "汛期确需" in str(audited)
    told = await site.admin.fetch("SELECT kind, membership_id FROM notice WHERE kind LIKE 'township_filter:%' ORDER BY kind")
    assert [tuple(row) for row in told] == [
        ("township_filter:held", boss.membership), ("township_filter:released", post(nan, "township_staff").membership)
    ]  # fmt: skip


async def test_what_was_not_released_can_be_turned_down_and_not_admitted(site: Site) -> None:
    nan = site.world.nan
    await site.set("quota_village", "1")
    await noted(site, nan)
    second = await noted(site, nan, OTHER)
    hold = await one(site, "SELECT id FROM township_filter.quota_hold")
    await act(post(nan, "county_administrator"), decide_hold, hold=hold["id"], release=False, reason="合并到已有任务", now=NOW)
    await follow(site)
    leader = post(nan, "township_leader")
    with pytest.raises(Conflict) as caught:
        await act(leader, decide_incoming, incoming=second.id, transition="admit", reason="还是要", now=NOW)
    assert caught.value.data["reason"] == "来文限额已满，县里没有同意放行。"
    await act(leader, decide_incoming, incoming=second.id, transition="turn_down", reason="县里没有放行", now=NOW)
    assert await state_of(site, second.id) == "refused"


async def test_a_matter_that_another_rule_holds_as_well_waits_on_after_its_release(site: Site) -> None:
    nan = site.world.nan
    await site.set("quota_village", "1")
    await site.set("not_listed", '"held"')
    await noted(site, nan)
    second = await noted(site, nan, "关注公众号并每日转发打卡")
    hold = await one(site, "SELECT id FROM township_filter.quota_hold")
    await act(post(nan, "county_administrator"), decide_hold, hold=hold["id"], release=True, reason="可以", now=NOW)
    await follow(site)
    assert await state_of(site, second.id) == "held"
    await act(post(nan, "township_leader"), decide_incoming, incoming=second.id, transition="admit", reason="年度计划", now=NOW)


async def test_two_at_once_at_the_edge_let_one_through(site: Site) -> None:
    nan = site.world.nan
    await site.set("quota_village", "1")
    for _ in range(5):
        await site.admin.execute("TRUNCATE incoming_task CASCADE")
        found = await asyncio.gather(*(handed(nan) for _ in range(3)))
        assert sorted(each.state for each in found) == ["held", "held", "passed"]


async def test_each_office_has_its_own_count_and_what_was_taken_back_does_not_count(site: Site) -> None:
    nan = site.world.nan
    await site.set("quota_village", "1")
    mine = await noted(site, nan)
    assert (await noted(site, nan, role="township_leader")).state == "passed"
    assert (await noted(site, nan, "关注公众号并每日转发打卡")).state == "refused"
    staff = post(nan, "township_staff")
    await act(staff, withdraw_incoming, incoming=mine.id, reason="写错", now=NOW)
    assert (await noted(site, nan)).state == "passed"
    assert (await noted(site, nan)).state == "held"


async def test_a_quota_begins_anew_with_its_month_or_quarter(site: Site) -> None:
    nan = site.world.nan
    await site.set("quota_village", "1")
    await noted(site, nan)
    assert (await handed(nan, at=NOW + timedelta(days=9))).state == "passed"
    await site.set("quota_every", '"quarter"')
    assert (await handed(nan, at=NOW + timedelta(days=10))).state == "held"


async def test_an_office_may_have_a_quota_of_its_own_from_a_day_on(site: Site) -> None:
    nan = site.world.nan
    boss = post(nan, "county_administrator")
    await site.set("quota_village", "1")
    await noted(site, nan)
    sender = (await one(site, "SELECT id, name FROM township_filter.sender"))["id"]
    for wrong in ({"level": "x"}, {"amount": -1}, {"valid_from": NOW - timedelta(days=1)}, {"reason": ""}):
        given = {"sender": sender, "level": "village", "amount": 2, "valid_from": NOW, "reason": "汛期", "now": NOW, **wrong}
        with pytest.raises(Invalid) as caught:
            await act(boss, set_quota, **given)
        assert list(caught.value.fields) == list(wrong)
    with pytest.raises(Forbidden):
        await act(post(nan, "township_leader"), set_quota, sender=sender, level="village", amount=2, valid_from=NOW, reason="x", now=NOW)
    later = NOW + timedelta(hours=2)
    await act(boss, set_quota, sender=sender, level="village", amount=2, valid_from=later, reason="汛期", now=NOW)
    assert (await handed(nan, at=NOW + timedelta(hours=1))).state == "held"
    await act(boss, set_quota, sender=sender, level="village", amount=3, valid_from=later, reason="汛期", now=NOW + timedelta(minutes=1))
    assert (await handed(nan, at=later)).state == "passed"
    await act(boss, set_quota, sender=sender, level="village", amount=0, valid_from=later, reason="不限", now=later)
    assert (await handed(nan, at=later)).state == "passed"
    end = later + timedelta(hours=1)
    await act(boss, set_quota, sender=sender, level="village", amount=None, valid_from=end, reason="汛期结束", now=later)
    assert (await handed(nan, at=end)).state == "held"


async def test_an_emergency_passes_a_full_quota_and_is_reviewed_even_where_it_is_listed(site: Site) -> None:
    nan = site.world.nan
    await site.set("quota_village", "1")
    await noted(site, nan)
    urgent = await noted(site, nan, OTHER, urgent=REASON)
    assert urgent.state == "passed"
    assert (await line_of(site, urgent.id))["review"] == "due"
    assert (await noted(site, nan, OTHER, urgent="急")).state == "held"
    banned = await noted(site, nan, "上级收回的执法事项", role="county_department", urgent=REASON)
    assert (await line_of(site, banned.id))["review"] == ""


async def test_a_counted_matter_may_still_be_reworded(site: Site) -> None:
    from core.tasks.actions.incoming import screen_changed  # noqa: PLC0415 - asked here alone

    nan = site.world.nan
    await site.set("quota_village", "1")
    mine = await noted(site, nan)
    leader = post(nan, "township_leader")
    await act(leader, screen_changed, incoming=mine.id, title=f"关于{'圩堤隐患排查'}的通知", body="请各村落实。", now=NOW)


async def test_what_is_refused_or_taken_back_waits_for_no_release(site: Site) -> None:
    nan = site.world.nan
    await site.set("quota_village", "1")
    await noted(site, nan)
    assert (await noted(site, nan, "关注公众号并每日转发打卡")).state == "refused"
    assert await site.admin.fetchval("SELECT count(*) FROM township_filter.quota_hold") == 0
    held = await noted(site, nan, OTHER)
    hold = await one(site, "SELECT id FROM township_filter.quota_hold")
    await act(post(nan, "township_staff"), withdraw_incoming, incoming=held.id, reason="不派了", now=NOW)
    await follow(site)
    assert (await one(site, "SELECT state FROM township_filter.quota_hold"))["state"] == "ended"
    with pytest.raises(Conflict):
        await act(post(nan, "county_administrator"), decide_hold, hold=hold["id"], release=True, reason="可以", now=NOW)
