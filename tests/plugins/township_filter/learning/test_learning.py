"""What people confirm and correct is learned in their county, at once, and can be undone."""

import json
import re
from typing import Any
from uuid import UUID

import pytest

from core.contracts.screening import Candidate
from core.entry_lists.queries import find_item
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from core.tasks.actions.incoming import Handed, Received, decide_incoming, hand_in
from core.tasks.enums import Level
from plugins.township_filter.learning import jobs
from plugins.township_filter.learning.actions import CORRECTED, NO_ITEM, correct_matter, undo_learned
from plugins.township_filter.learning.queries import (
    LearnedFilter,
    learned_examples,
    learned_list,
    learned_version,
)
from tests.factories.world import NOW, County
from tests.plugins.township_filter.conftest import Site
from tests.plugins.township_filter.requests.steps import follow, on
from tests.web.visitors import visiting

BODY = "请各村落实，联系人王建国 13812345678。"


async def held(site: Site, county: County, title: str = "堤防巡查和隐患上报", body: str = BODY) -> Received:
    """Hand in a matter that the filter leaves to a person."""
    await site.set("not_listed", '"held"')
    scope = on(county.scope("township_leader"))
    async with transaction(scope):
        received = await hand_in(scope, Handed(title, body, Level.VILLAGE), now=NOW)
    await site.admin.execute("UPDATE incoming_task SET state = 'held', item_id = NULL, item_code = '' WHERE id = $1", received.id)
    return received


async def decide(county: County, incoming: UUID, *, code: str = "", admit: bool = True) -> None:
    """Let the leader decide, and the worker follow."""
    scope = on(county.scope("township_leader"))
    async with transaction(scope):
        item = await find_item(scope, level="village", at=NOW, code=code) if code else None
        chosen = Candidate(item.id, item.code, item.title, str(item.kind)) if item else None
        way = "admit" if admit else "turn_down"
        row = await decide_incoming(scope, incoming=incoming, transition=way, reason="就是这一项", item=chosen, now=NOW)
    await follow(county, jobs.on_decided, "incoming.decided", region=county.township, incoming=str(incoming), state=row["state"])


async def examples(county: County, role: str = "township_leader", level: str = "village") -> list[tuple[str, str, str]]:
    scope = on(county.scope(role))
    async with transaction(scope):
        return [(each.title, each.code, each.source) for each in await learned_examples(scope, level=level, at=NOW)]


async def version(county: County) -> str:
    scope = on(county.scope("township_leader"))
    async with transaction(scope):
        return await learned_version(scope, level="village")


async def test_admission_under_an_item_is_learned_in_the_whole_county_and_nowhere_else(site: Site) -> None:
    nan, zhu = site.world.nan, site.world.zhu
    before = await version(nan)
    received = await held(site, nan)
    await decide(nan, received.id, code="V12")
    assert await examples(nan) == [("堤防巡查和隐患上报", "V12", "admitted")]
    for role in ("county_administrator", "village_secretary"):
        assert len(await examples(nan, role)) == 1
    assert await examples(zhu) == []
    assert await examples(nan, level="township") == []
    assert await version(nan) != before
    row: Any = await site.admin.fetchrow("SELECT region, body, by_name FROM township_filter.learned")
    assert (row["region"], row["by_name"]) == (nan.code, "张三")
    assert "13812345678" not in row["body"]


async def test_admission_under_no_item_teaches_nothing_and_a_refusal_that_it_is_on_no_list(site: Site) -> None:
    nan = site.world.nan
    received = await held(site, nan)
    await decide(nan, received.id)
    assert await examples(nan) == []
    received = await held(site, nan, "组织关注公众号")
    await decide(nan, received.id, admit=False)
    assert await examples(nan) == [("组织关注公众号", "", "turned_down")]


async def test_what_the_system_lets_through_teaches_nothing(site: Site) -> None:
    nan = site.world.nan
    received = await held(site, nan)
    await site.admin.execute(
        "UPDATE incoming_task SET state = 'passed', item_code = 'V12', decided_by_name = '系统' WHERE id = $1", received.id
    )
    told = {"incoming": str(received.id), "state": "passed"}
    await follow(nan, jobs.on_decided, "incoming.decided", region=nan.township, **told)
    assert await examples(nan) == []


async def test_correction_takes_the_place_of_what_was_said_before(site: Site) -> None:
    nan = site.world.nan
    received = await held(site, nan)
    await decide(nan, received.id, code="V12")
    leader = on(nan.scope("township_leader"))
    async with transaction(leader):
        with pytest.raises(Invalid):
            await correct_matter(leader, incoming=received.id, code="V99", reason="不对", now=NOW)
        with pytest.raises(Invalid):
            await correct_matter(leader, incoming=received.id, code="V13", reason=" ", now=NOW)
        await correct_matter(leader, incoming=received.id, code="V13", reason="说的是医保", now=NOW)
    told = {"incoming": str(received.id), "code": "V13", "reason": "说的是医保", "by_name": "张三", "by_office": ""}
    await follow(nan, jobs.on_corrected, CORRECTED, region=nan.township, **told)
    assert await examples(nan) == [("堤防巡查和隐患上报", "V13", "corrected")]
    announced = await site.admin.fetchval("SELECT payload FROM outbox WHERE topic = $1", CORRECTED)
    assert '"V13"' in str(announced)
    async with transaction(leader):
        await correct_matter(leader, incoming=received.id, code=NO_ITEM, reason="清单里没有", now=NOW)
    await follow(nan, jobs.on_corrected, CORRECTED, region=nan.township, **{**told, "code": ""})
    assert await examples(nan) == [("堤防巡查和隐患上报", "", "corrected")]


async def test_what_waits_for_a_decision_is_not_corrected(site: Site) -> None:
    nan = site.world.nan
    received = await held(site, nan)
    leader, cadre, stranger = on(nan.scope("township_leader")), on(nan.scope("township_staff")), on(site.world.zhu.scope("township_leader"))
    for scope, error in ((leader, Conflict), (cadre, Forbidden), (stranger, NotFound)):
        with pytest.raises(error):
            async with transaction(scope):
                await correct_matter(scope, incoming=received.id, code="V12", reason="看错了", now=NOW)


async def test_undone_verdict_is_not_used_any_more_and_stays_to_be_read(site: Site) -> None:
    nan = site.world.nan
    received = await held(site, nan)
    await decide(nan, received.id, code="V12")
    learned, seen = await site.admin.fetchval("SELECT id FROM township_filter.learned"), await version(nan)
    boss, leader, stranger = on(nan.scope("county_administrator")), on(nan.scope("township_leader")), on(site.world.zhu.scope("county_administrator"))
    for scope, error in ((leader, Forbidden), (stranger, NotFound)):
        with pytest.raises(error):
            async with transaction(scope):
                await undo_learned(scope, learned=learned, reason="看错了", now=NOW)
    async with transaction(boss):
        with pytest.raises(Invalid):
            await undo_learned(boss, learned=learned, reason="", now=NOW)
        await undo_learned(boss, learned=learned, reason="看错了", now=NOW)
    with pytest.raises(Conflict):
        async with transaction(boss):
            await undo_learned(boss, learned=learned, reason="再来一次", now=NOW)
    assert await examples(nan) == []
    assert await version(nan) != seen
    async with transaction(boss):
        assert (await learned_list(boss, LearnedFilter()))[1] == 0
        assert (await learned_list(boss, LearnedFilter(show="undone")))[1] == 1


async def test_page_shows_filters_and_undoes(site: Site) -> None:
    nan = site.world.nan
    for title, code in (("堤防巡查和隐患上报", "V12"), ("参保动员", "V13")):
        await decide(nan, (await held(site, nan, title)).id, code=code)
    learned = await site.admin.fetchval("SELECT id FROM township_filter.learned WHERE code = 'V12'")
    base = "/township_filter/learned"
    async with visiting(site.app, nan.posts["county_administrator"]) as boss:
        text = (await boss.get(base)).text
        assert "共 2 条，其中 2 条对应清单事项。" in text
        assert "参保动员" not in (await boss.get(f"{base}?q=V12")).text
        assert "没有符合条件的结论。" in (await boss.get(f"{base}?source=turned_down")).text
        refused = await boss.send(f"{base}/{learned}/undo", reason="")
        assert (refused.status_code, "请写明原因" in refused.text) == (422, True)
        assert (await boss.send(f"{base}/{learned}/undo", reason="看错了")).status_code == 303
        assert "看错了" in (await boss.get(f"{base}?show=undone")).text
        assert (await boss.send(f"{base}/{learned}/undo", reason="看错了")).status_code == 409
    async with visiting(site.app, nan.posts["township_leader"]) as leader:
        assert "撤销这条" not in (await leader.get(base)).text
    async with visiting(site.app, nan.posts["county_department"]) as department:
        assert (await department.get(base)).status_code == 403


def offered(page: str) -> list[str]:
    return re.findall(r'type="radio" name="code" value="([^"]*)"', page)


async def test_page_offers_what_came_near_then_what_is_searched(site: Site) -> None:
    nan = site.world.nan
    received = await held(site, nan, "医保参保动员", "请动员未参保群众缴费。")
    row = await site.admin.fetchrow("SELECT findings FROM incoming_task WHERE id = $1", received.id)
    near = [each["code"] for finding in json.loads(row["findings"]) for each in finding["candidates"]]
    address = f"/township_filter/matters/{received.id}/correct"
    async with visiting(site.app, nan.posts["township_leader"]) as leader:
        page = (await leader.get(address)).text
        assert near
        assert offered(page) == [*near, NO_ITEM]
        assert "没有合适的请在上面查找" in page
        assert '<details class="filters" data-open-wide open>' in page
        assert offered((await leader.get(f"{address}?q=v12")).text) == ["V12", NO_ITEM]
        sent = await leader.send(address, code="V12", reason="", q="")
        assert 'value="V12" checked' in sent.text


async def test_page_puts_a_verdict_right(site: Site) -> None:
    nan = site.world.nan
    received = await held(site, nan)
    await decide(nan, received.id, code="V12")
    address = f"/township_filter/matters/{received.id}/correct"
    async with visiting(site.app, nan.posts["township_leader"]) as leader:
        assert "归类不对？" in (await leader.get(f"/incoming/{received.id}")).text
        assert "现在记着的归类" in (await leader.get(address)).text
        assert offered((await leader.get(address)).text)[0] == "V12"
        wrong = await leader.send(address, code="V13", reason="")
        assert (wrong.status_code, 'value="V13" checked' in wrong.text) == (422, True)
        assert (await leader.send(address, code="V13", reason="说的是医保")).status_code == 303
    async with visiting(site.app, site.world.zhu.posts["township_leader"]) as stranger:
        assert (await stranger.get(address)).status_code == 404
