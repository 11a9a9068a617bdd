"""Merging on pages: tick, choose the leading one, undo, dispatch; each sender sees the same, and no office what is another's."""

import re
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest

from core.kernel.database import transaction
from core.tasks.actions.dispatching import dispatch_task
from core.tasks.actions.incoming import withdraw_incoming
from core.tasks.actions.merging import merge_incoming
from core.tasks.actions.work import acknowledge_assignment, submit_assignment
from core.tasks.enums import Level
from tests.core.tasks.steps import accept, do, other_office, row_of, share_of
from tests.factories.world import NOW, RULE, handed, order, sent
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import main_part, soon, words_of
from tests.web.visitors import Visitor
from web.filters import Formats


def made_by(address: str) -> UUID:
    """Read the id that ends an address."""
    return UUID(address.rsplit("/", 1)[-1])


@pytest.fixture
async def leader(served: Site, client_for: ClientFor) -> Visitor:
    return await client_for(served.world.nan.posts["township_leader"])


@pytest.fixture
async def staff(served: Site, client_for: ClientFor) -> Visitor:
    return await client_for(served.world.nan.posts["township_staff"])


async def three(site: Site) -> list[UUID]:
    """Hand the same in three times, each under its own number."""
    return [(await handed(site.world.nan, number=f"第{n}号")).id for n in (1, 2, 3)]


async def merged(site: Site, leading: UUID, *sources: UUID) -> None:
    await do(site.world.nan.scope("township_leader"), merge_incoming, leading=leading, sources=sources, reason="同一件事", now=NOW)


async def test_list_lets_open_matters_be_ticked(served: Site, leader: Visitor, staff: Visitor) -> None:
    main, _, gone = await three(served)
    await sent(served.world.nan, incoming=gone)
    for visitor in (leader, staff):
        page = (await visitor.get("/incoming")).text
        assert f'name="matters" value="{main}"' in page
        assert f'value="{gone}"' not in page
        assert 'action="/incoming/merge" method="get"' in page


async def test_leader_merges_what_was_ticked(served: Site, leader: Visitor) -> None:
    main, one, other = await three(served)
    asked = "/incoming/merge?" + urlencode([("matters", main), ("matters", one), ("matters", other)])
    page = await leader.get(asked)
    words = words_of(page.text)
    assert page.text.count("checked") == 3
    for text in ("归并来文", "主件", "第1号", "第3号", "已勾选 3 件"):
        assert text in words
    answer = await leader.send("/incoming/merge", matters=[str(main), str(one), str(other)], leading=str(main), reason="同一件事")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/incoming/{main}")
    assert await leader.flash() == "已归并 2 件来文，派发时一起派发。归并错了可以撤销。"
    words = words_of((await leader.get(f"/incoming/{main}")).text)
    for text in ("归并到这件的来文", "第2号", "张三归并：同一件事", "归并前已通过", "全部撤销归并", "去派发"):
        assert text in words
    page = main_part((await leader.get(f"/incoming/{one}")).text)
    for text in ("已归并到这件来文，一起派发", f"/incoming/{main}", "撤销归并", "同一件事"):
        assert text in page
    assert "去派发" not in page
    assert "归并 2 件" in words_of((await leader.get("/incoming")).text)


async def test_what_is_missing_is_said_and_what_was_chosen_stays(served: Site, leader: Visitor) -> None:
    main, one, other = await three(served)
    answer = await leader.send(f"/incoming/merge?matters={main}", matters=[str(main)], leading=str(main), reason="同一件事")
    assert answer.status_code == 422
    assert "请至少选择两件来文。" in words_of(answer.text)
    answer = await leader.send("/incoming/merge", matters=[str(main), str(one)], leading=str(one), reason="")
    assert answer.status_code == 422
    assert answer.text.count("checked") == 2
    assert f'<option value="{one}" selected>' in answer.text
    await do(served.world.nan.scope("township_leader"), withdraw_incoming, incoming=other, reason="不办了", now=NOW)
    answer = await leader.send("/incoming/merge", matters=[str(main), str(other)], leading=str(main), reason="写好的理由")
    assert answer.status_code == 409
    words = words_of(answer.text)
    for text in ("不能再归并", "选中的有 1 件已经不能归并"):
        assert text in words
    assert "写好的理由" in answer.text


def may_lead(page: str) -> list[str]:
    """Read what the page offers as the leading matter."""
    return re.findall(r'<option value="([^"]+)"', re.findall(r'<select[^>]*name="leading".*?</select>', page, re.DOTALL)[0])


async def test_only_what_was_ticked_may_lead_and_one_not_ticked_is_told(served: Site, leader: Visitor) -> None:
    main, one, other = await three(served)
    page = (await leader.get(f"/incoming/merge?matters={main}&matters={one}")).text
    assert sorted(may_lead(page)) == sorted([str(main), str(one)])
    assert "第1号</option>" in page
    alone = (await leader.get(f"/incoming/merge?leading={main}")).text
    assert {str(main), str(one), str(other)} <= set(may_lead(alone))
    answer = await leader.send("/incoming/merge", matters=[str(main), str(one)], leading=str(other), reason="同一件事")
    assert answer.status_code == 422
    assert "主件没有勾选。" in words_of(answer.text)
    assert answer.text.count("checked") == 2
    assert (await row_of(served.admin, "incoming_task", other))["state"] == "passed"


async def test_page_without_matters_says_what_is_needed(served: Site, client_for: ClientFor) -> None:
    zhu = await client_for(served.world.zhu.posts["township_leader"])
    await served.admin.execute("UPDATE incoming_task SET state = 'refused' WHERE county = $1", served.world.zhu.code)
    words = words_of((await zhu.get("/incoming/merge")).text)
    assert "没有可以归并的来文。" in words
    assert "回到来件" in words


async def test_merge_is_undone_one_by_one_or_all(served: Site, leader: Visitor) -> None:
    main, one, other = await three(served)
    await merged(served, main, one, other)
    answer = await leader.send(f"/incoming/{main}/unmerge", source=str(one), back="source")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/incoming/{one}")
    answer = await leader.send(f"/incoming/{main}/unmerge")
    assert answer.headers["location"] == f"/incoming/{main}"
    assert [(await row_of(served.admin, "incoming_task", each))["state"] for each in (main, one, other)] == ["passed"] * 3
    again = await leader.send(f"/incoming/{main}/unmerge", source=str(one))
    assert (again.status_code, "不在归并中" in again.text) == (409, True)
    assert "归并到这件的来文" not in (await leader.get(f"/incoming/{main}")).text


async def test_undo_after_the_dispatch_is_refused_in_words(served: Site, leader: Visitor) -> None:
    main, one, _ = await three(served)
    await merged(served, main, one)
    await sent(served.world.nan, incoming=main)
    answer = await leader.send(f"/incoming/{main}/unmerge")
    assert (answer.status_code, "归并不能再撤销" in answer.text) == (409, True)
    page = (await leader.get(f"/incoming/{main}")).text
    assert "归并到这件的来文" in page
    assert "/unmerge" not in page


async def test_dispatch_page_shows_what_goes_along(served: Site, leader: Visitor) -> None:
    nan = served.world.nan
    main, one, other = await three(served)
    await served.admin.execute("UPDATE incoming_task SET due_at = $2 WHERE id = $1", other, soon(2))
    await merged(served, main, one, other)
    page = (await leader.get(f"/tasks/new?incoming={main}")).text
    words = words_of(page)
    for text in ("归并了 2 件来文，一起派发", "第2号", "合计 15 分，最高 5 分"):
        assert text in words
    assert Formats("zh").iso(soon(2))[:13] in page
    task = {"title": "圩堤隐患排查", "body": "请各村排查。", "points": "5", "due_at": Formats("zh").iso(soon(3)), "mode": "named"}
    answer = await leader.send("/tasks/new", **task, regions=[nan.village], need_text="1", photos="0", files="0", places="0", incoming=str(main), _key=str(uuid4()))
    assert answer.status_code == 303
    made = made_by(answer.headers["location"])
    rows = [await row_of(served.admin, "incoming_task", each) for each in (main, one, other)]
    assert [(row["state"], row["task_id"]) for row in rows] == [("dispatched", made)] * 3


async def test_each_sender_sees_the_same_end(served: Site, leader: Visitor, staff: Visitor) -> None:
    nan = served.world.nan
    main, mine = (await handed(nan)).id, (await handed(nan, "township_staff")).id
    await merged(served, main, mine)
    task = (await sent(nan, incoming=main, regions=(nan.village,))).task
    secretary, share = nan.scope("village_secretary"), await share_of(served.admin, task, nan.village)
    for visitor, matter in ((leader, main), (staff, mine)):
        words = words_of((await visitor.get(f"/incoming/{matter}")).text)
        assert "办结 0 / 1" in words
    await do(secretary, acknowledge_assignment, assignment=share, now=NOW)
    await do(secretary, submit_assignment, assignment=share, text="查了三处，没有隐患。", now=NOW)
    assert "查了三处" not in (await staff.get(f"/incoming/{mine}")).text
    await accept(nan.scope("township_leader"), share)
    for visitor, matter in ((leader, main), (staff, mine)):
        words = words_of((await visitor.get(f"/incoming/{matter}")).text)
        for text in ("办理进展", "办结 1 / 1", "查了三处，没有隐患。", "已办结"):
            assert text in words


async def test_office_sees_no_word_of_anothers_matter(served: Site, staff: Visitor) -> None:
    nan = served.world.nan
    main, mine = (await handed(nan, title="圩堤隐患排查", body="别的科室的内容")).id, (await handed(nan, "township_staff")).id
    office = await other_office(served.admin, nan.township)
    await served.admin.execute("UPDATE incoming_task SET office_id = $2, title = '别的科室的标题' WHERE id = $1", main, office)
    await merged(served, main, mine)
    page = (await staff.get(f"/incoming/{mine}")).text
    assert "已和其他科室的来文归并，一起派发" in page
    for hidden in ("别的科室", str(main), "撤销归并"):
        assert hidden not in page
    assert (await staff.get(f"/incoming/{main}")).status_code == 404
    task = (await sent(nan, incoming=main)).task
    await served.admin.execute("UPDATE task SET office_id = $2 WHERE id = $1", task, office)
    page = (await staff.get(f"/incoming/{mine}")).text
    assert "办结 0 / 2" in words_of(page)
    assert f"/tasks/{task}" not in page


async def test_share_from_above_is_taken_among_the_matters(served: Site, leader: Visitor) -> None:
    nan = served.world.nan
    department = nan.scope("county_department")
    async with transaction(department):
        asked = order(nan, regions=(nan.township,), level=Level.TOWNSHIP, title="圩堤隐患排查", due_at=soon(4))
        top = (await dispatch_task(department, asked, rule=RULE, now=NOW)).task
    share = await share_of(served.admin, top, nan.township)
    assert "列入来件，和别的来文归并" in (await leader.get(f"/assignments/{share}")).text
    answer = await leader.send(f"/assignments/{share}/gather")
    assert await leader.flash() == "已列入来件，可以和别的来文归并后一起派发。"
    assert (await leader.send(f"/assignments/{share}/gather")).headers["location"] == answer.headers["location"]
    matter = made_by(answer.headers["location"])
    row = await row_of(served.admin, "incoming_task", matter)
    assert (row["assignment_id"], row["state"], row["title"]) == (share, "passed", "圩堤隐患排查")
    assert "上级来文：农业农村局" in words_of((await leader.get(f"/incoming/merge?leading={matter}")).text)


async def test_who_may_not_dispatch_merges_nothing(served: Site, client_for: ClientFor) -> None:
    main, one, _ = await three(served)
    await merged(served, main, one)
    inspector = await client_for(served.world.nan.posts["county_inspector"])
    assert "/incoming/merge" not in (await inspector.get("/incoming")).text
    for path in (f"/incoming/{main}/unmerge", "/incoming/merge"):
        assert (await inspector.send(path, matters=[str(one)], leading=str(main), reason="x")).status_code == 403
