"""What a person did in the filter is handed over to that person alone; learned verdicts hold on without the name."""

from datetime import timedelta
from uuid import UUID

import pytest

from core.extension.personal import export_person
from core.kernel.database import transaction
from core.kernel.errors import NotFound
from core.kernel.scope import system_scope
from plugins.township_filter.actions import review_emergency
from plugins.township_filter.enums import Review
from plugins.township_filter.learning.actions import NO_ITEM, correct_matter, undo_learned
from plugins.township_filter.learning.queries import learned_examples
from plugins.township_filter.personal import erase
from plugins.township_filter.requests.actions import deciding
from plugins.township_filter.senders.actions.corrections import decide_correction
from plugins.township_filter.senders.actions.quotas import decide_hold, set_quota
from tests.factories.world import NOW, County
from tests.plugins.township_filter.conftest import Site
from tests.plugins.township_filter.learning.test_learning import decide, held
from tests.plugins.township_filter.requests.conftest import CLEAR, NO_DRAFTS
from tests.plugins.township_filter.requests.steps import add_finance, in_review, reviewed
from tests.plugins.township_filter.senders.steps import REASON, act, follow, line_of, noted, one, post
from tests.plugins.township_filter.senders.test_corrections import proposed, share
from tests.web.visitors import visiting

TITLE = "事项过筛"


@pytest.fixture
async def desk(site: Site) -> Site:
    """Give the world with nothing asked for yet and a second department."""
    for statement in (CLEAR, *NO_DRAFTS):
        await site.admin.execute(statement)
    await add_finance(site.admin, site.world.nan)
    return site


def person_of(county: County, role: str) -> UUID:
    found = county.scope(role).person
    assert found is not None
    return found


async def told(county: County, role: str) -> list[tuple[str, str]]:
    """Give what is handed over to the person at a post: what it was, and the words."""
    found = await export_person(system_scope(county.code), person=person_of(county, role), now=NOW)
    return [(row["what"], row["words"]) for row in found[TITLE]]


async def test_requests_opinions_and_decisions_are_given_to_whom_they_are_of(desk: Site) -> None:
    nan = desk.world.nan
    request = await reviewed(nan)
    await act(post(nan, "county_administrator"), deciding.refuse, request=request, reason="不宜列入", now=NOW)
    assert await told(nan, "county_department") == [("申请准入或调整", "省里要求推广。")]
    assert await told(nan, "finance") == [("会审意见", "")]
    assert await told(nan, "county_administrator") == [("决定准入或调整申请", "不宜列入")]
    assert await told(nan, "county_inspector") == []
    with pytest.raises(NotFound):
        await export_person(system_scope(desk.world.zhu.code), person=person_of(nan, "county_department"), now=NOW)


async def test_an_opinion_that_was_not_given_is_nobodys(desk: Site) -> None:
    await in_review(desk.world.nan)
    assert await told(desk.world.nan, "finance") == []


async def test_reviews_quotas_and_corrections_are_given_to_whom_they_are_of(desk: Site) -> None:
    nan = desk.world.nan
    boss, leader = post(nan, "county_administrator"), post(nan, "township_leader")
    urgent = await noted(desk, nan, "连夜转移沿河群众", urgent=REASON)
    line = await line_of(desk, urgent.id)
    await act(leader, review_emergency, line=line["id"], outcome=Review.OBJECTED, note="没有必要", now=NOW)
    await act(boss, set_quota, sender=line["sender_id"], level="village", amount=1, valid_from=NOW, reason="来文太多", now=NOW)
    await noted(desk, nan)
    hold = await one(desk, "SELECT id FROM township_filter.quota_hold")
    await act(boss, decide_hold, hold=hold["id"], release=True, reason="汛期确需", now=NOW)
    correction = await proposed(desk, await share(desk))
    await act(leader, decide_correction, correction=correction, confirm=False, note="就是这一项", now=NOW)
    assert sorted(await told(nan, "township_leader")) == [("审定改正任务归类", "就是这一项"), ("审查紧急事项", "没有必要")]
    assert sorted(await told(nan, "county_administrator")) == [("决定超限额的来文", "汛期确需"), ("设定来文限额", "来文太多")]
    assert await told(nan, "village_secretary") == [("提出改正任务归类", "是参保的事")]


async def test_a_name_leaves_what_it_taught_and_the_verdicts_hold(desk: Site) -> None:
    """Everybody here has the same name: each loses only what was his."""
    nan = desk.world.nan
    boss = post(nan, "county_administrator")
    first, second = [await held(desk, nan, title) for title in ("堤防巡查和隐患上报", "渠道清淤和看护")]
    await decide(nan, first.id, admit=False)
    await decide(nan, second.id, code="V12")
    later = NOW + timedelta(minutes=5)
    await act(boss, correct_matter, incoming=second.id, code=NO_ITEM, reason="不在清单里", now=later)
    await follow(desk)
    taught = await one(desk, "SELECT id FROM township_filter.learned WHERE incoming_id = $1", first.id)
    await act(boss, undo_learned, learned=taught["id"], reason="看错了", now=later)
    assert [what for what, _ in await told(nan, "township_leader")] == ["认定来文归类", "认定来文归类"]
    mine = [("撤销过筛学到的结论", "由后来的结论代替"), ("撤销过筛学到的结论", "看错了"), ("认定来文归类", "不在清单里")]
    assert sorted(await told(nan, "county_administrator")) == mine

    held_before = await act(boss, learned_examples, level="village", at=later)
    assert await forgotten(nan, "township_leader") == 2
    assert await names(desk) == [("", "张三"), ("", "张三"), ("张三", "")]
    assert await forgotten(nan, "township_leader") == 0
    assert await forgotten(nan, "county_inspector") == 0
    assert await forgotten(nan, "county_administrator") == 3
    assert await names(desk) == [("", ""), ("", ""), ("", "")]
    assert await act(boss, learned_examples, level="village", at=later) == held_before
    async with visiting(desk.app, nan.posts["county_administrator"]) as reader:
        assert "不在清单里" in (await reader.get("/township_filter/learned?show=all")).text


async def forgotten(county: County, role: str) -> int:
    system = system_scope(county.code)
    async with transaction(system):
        return await erase(system, person_of(county, role), NOW)


async def names(site: Site) -> list[tuple[str, str]]:
    rows = await site.admin.fetch("SELECT by_name, undone_by_name FROM township_filter.learned ORDER BY 1, 2")
    return [(row["by_name"], row["undone_by_name"]) for row in rows]
