"""The sender's pages: dispatching, following, steering, lists with saved views, the sheet."""

import io
import re
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4

import openpyxl
import pytest

from core.tasks.enums import Level
from core.tasks.rules import EvidenceWanted
from tests.core.files import samples
from tests.core.tasks.steps import row_of, share_of, uploaded
from tests.factories.world import SECOND_VILLAGE, County, handed
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import (
    accepted,
    in_village,
    main_part,
    opened,
    sent,
    soon,
    submitted,
    task_of,
    words_of,
)
from tests.web.visitors import Visitor
from web.filters import Formats

SHOWN = Formats("zh")


def task(county: County, **changes: str | list[str]) -> dict[str, str | list[str]]:
    """Give the fields of the dispatch form as a browser sends them."""
    return {
        "title": "圩堤隐患排查", "body": "请各村排查。", "points": "5", "due_at": SHOWN.iso(soon()), "mode": "named", "places": "0",
        "regions": [county.village, county.code + SECOND_VILLAGE], "need_text": "1", "photos": "1", "files": "0",
        "_key": str(uuid4()), **changes,
    }  # fmt: skip


@pytest.fixture
async def leader(served: Site, client_for: ClientFor) -> Visitor:
    return await client_for(served.world.nan.posts["township_leader"])


def made_by(location: str) -> UUID:
    return UUID(location.rsplit("/", 1)[-1])


async def test_listed_matter_is_sent_at_once(served: Site, leader: Visitor) -> None:
    answer = await leader.send("/tasks/new", **task(served.world.nan))
    assert answer.status_code == 303
    assert await leader.flash() == "已派发给 2 个单位。"
    made = made_by(answer.headers["location"])
    row = await row_of(served.admin, "task", made)
    assert (row["item_code"], row["points"], row["receivers"], row["mode"]) == ("V12", 5, 2, "named")
    incoming = await row_of(served.admin, "incoming_task", row["incoming_id"])
    assert (incoming["state"], incoming["task_id"]) == ("dispatched", made)
    words = words_of((await leader.get(answer.headers["location"])).text)
    for text in ("圩堤隐患排查", "朱家兜", "水口", "待签收", "派发给 2 个单位，每个 5 分"):
        assert text in words


async def test_pressed_twice_it_sends_once(served: Site, leader: Visitor) -> None:
    before = await served.admin.fetchval("SELECT count(*) FROM task")
    fields = task(served.world.nan)
    answers = [await leader.send("/tasks/new", **fields) for _ in range(2)]
    assert answers[0].headers["location"] == answers[1].headers["location"]
    assert await served.admin.fetchval("SELECT count(*) FROM task") == before + 1
    changed = await leader.send("/tasks/new", **{**fields, "title": "另一件圩堤隐患排查"})
    assert changed.status_code == 409


async def test_open_places_are_offered(served: Site, leader: Visitor) -> None:
    fields = task(served.world.nan, mode="open", places="3")
    answer = await leader.send("/tasks/new", **fields)
    assert await leader.flash() == "已开放 3 个名额，各村可以领取。"
    row = await row_of(served.admin, "task", made_by(answer.headers["location"]))
    assert (row["mode"], row["places"], row["receivers"]) == ("open", 3, 0)


async def test_matter_that_does_not_pass_waits_as_incoming_task(served: Site, leader: Visitor) -> None:
    answer = await leader.send("/tasks/new", **task(served.world.nan, title="没有列入清单的事", body="没有"))
    location = answer.headers["location"]
    assert (answer.status_code, location.startswith("/incoming/")) == (303, True)
    assert (await leader.flash()).startswith("还没有派发")
    assert "没有列入清单的事" in (await leader.get(location)).text


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"title": ""}, "title", "请填写这一项。"),
        ({"body": " "}, "body", "请填写这一项。"),
        ({"points": "0"}, "points", "应大于 0。"),
        ({"points": "五"}, "points", "请填写数字。"),
        ({"points": "6"}, "points_reason", "清单参考分是 5 分，您填的是 6 分。改了分值，请写明理由。"),
        ({"due_at": ""}, "due_at", "请填写这一项。"),
        ({"due_at": "2020-01-01T08:00"}, "due_at", "截止时间应晚于现在。"),
        ({"regions": []}, "regions", "请至少选择一个接收的村或科室。"),
        ({"mode": "open", "places": "0"}, "places", "请填写开放的名额数。"),
        ({"emergency": "1"}, "emergency_reason", "紧急事项请写明原因，事后要审查。"),
    ],
)
async def test_missing_field_is_named_and_the_rest_is_kept(
    served: Site, leader: Visitor, changes: dict[str, str | list[str]], field: str, message: str
) -> None:
    before = await served.admin.fetchval(
        "SELECT (SELECT count(*) FROM task) + (SELECT count(*) FROM incoming_task)"
    )
    fields = task(served.world.nan, points_reason="", **changes)
    answer = await leader.send("/tasks/new", **fields)
    assert answer.status_code == 422
    page = main_part(answer.text)
    assert f'href="#{field}"' in page
    assert message in page
    after = await served.admin.fetchval(
        "SELECT (SELECT count(*) FROM task) + (SELECT count(*) FROM incoming_task)"
    )
    assert after == before
    for name in ("title", "body", "points", "due_at", "_key"):
        assert str(fields[name]).strip() in page
    for region in fields["regions"]:
        assert re.search(f'value="{region}"[^>]* checked', page)


async def test_attachment_survives_a_refused_form_and_reaches_the_receiver(
    served: Site, leader: Visitor, client_for: ClientFor
) -> None:
    nan = served.world.nan
    file = await uploaded(leader.post.scope, samples.PDF, name="图纸.pdf", purpose="brief")
    fields = task(nan, attachments=[str(file)])
    refused = await leader.send("/tasks/new", **{**fields, "title": ""})
    assert (refused.status_code, f'name="attachments" value="{file}"' in refused.text) == (422, True)
    answer = await leader.send("/tasks/new", **fields)
    share = await share_of(served.admin, made_by(answer.headers["location"]), nan.village)
    cadre = await client_for(nan.posts["village_cadre"])
    assert "图纸.pdf" in (await cadre.get(f"/assignments/{share}")).text


async def test_what_was_written_is_there_again_until_it_is_sent(served: Site, leader: Visitor) -> None:
    nan = served.world.nan
    fields = task(nan, title="写了一半的标题", regions=[nan.village])
    saved = await leader.send("/drafts/dispatch?subject=new", **fields)
    assert saved.status_code == 200
    page = (await leader.get("/tasks/new")).text
    assert re.search(f'value="{nan.village}"[^>]* checked', page)
    for text in ("写了一半的标题", "已自动保存"):
        assert text in page
    await leader.send("/tasks/new", **{**fields, "title": "圩堤隐患排查"})
    assert "写了一半的标题" not in (await leader.get("/tasks/new")).text


async def test_passed_incoming_task_is_dispatched_from_its_page(served: Site, leader: Visitor) -> None:
    nan = served.world.nan
    incoming = (await handed(nan)).id
    page = (await leader.get(f"/tasks/new?incoming={incoming}")).text
    assert "清单内事项，可以派发" in page
    answer = await leader.send("/tasks/new", **task(nan, incoming=str(incoming)))
    row = await row_of(served.admin, "task", made_by(answer.headers["location"]))
    assert row["incoming_id"] == incoming
    again = await leader.send("/tasks/new", **task(nan, incoming=str(incoming)))
    assert (again.status_code, "已经派发过了" in again.text) == (409, True)


async def test_share_from_the_county_is_split_from_its_page(served: Site, leader: Visitor) -> None:
    nan = served.world.nan
    above = (await sent(nan, "county_department", regions=(nan.township,), level=Level.TOWNSHIP)).task
    share = await share_of(served.admin, above, nan.township)
    assert f"/tasks/new?assignment={share}" in (await leader.get(f"/assignments/{share}")).text
    assert str(share) in (await leader.get(f"/tasks/new?assignment={share}")).text
    answer = await leader.send("/tasks/new", **task(nan, assignment=str(share)))
    assert answer.headers["location"].startswith("/tasks/")
    assert (await row_of(served.admin, "assignment", share))["parts"] == 2


@pytest.mark.parametrize("name", ["regions", "offices", "incoming", "assignment", "attachments"])
async def test_foreign_id_in_the_form_is_not_found(served: Site, leader: Visitor, name: str) -> None:
    nan, zhu = served.world.counties
    other = await in_village(served.admin, zhu)
    foreign = {
        "regions": [nan.village, zhu.village], "offices": [str(zhu.offices[zhu.township])],
        "incoming": str((await handed(zhu)).id), "assignment": str(other),
        "attachments": [str(await uploaded(zhu.scope("township_leader"), samples.PDF, name="a.pdf", purpose="brief"))],
    }  # fmt: skip
    before = await served.admin.fetchval("SELECT count(*) FROM task")
    fields = task(nan)
    answer = await leader.send("/tasks/new", **{**fields, name: foreign[name]})
    unknown = {
        "regions": [nan.village, "330503101998"],
        "offices": [str(uuid4())],
        "attachments": [str(uuid4())],
    }
    absent = await leader.send("/tasks/new", **{**fields, name: unknown.get(name, str(uuid4()))})
    assert (answer.status_code, absent.status_code) == (404, 404)
    assert answer.text == absent.text
    assert await served.admin.fetchval("SELECT count(*) FROM task") == before


async def test_all_that_is_missing_is_said_at_once(leader: Visitor) -> None:
    answer = await leader.send("/tasks/new", title="", body="", points="2", due_at="", mode="named", photos="1", files="0")
    told = re.findall(r'<li><a href="#([\w-]+)">([^<]*)</a></li>', main_part(answer.text))
    assert told == [
        ("title", "标题：请填写这一项。"), ("body", "要求：请填写这一项。"), ("due_at", "截止：请填写这一项。"),
        ("regions", "派给谁：请至少选择一个接收的村或科室。"),
    ]  # fmt: skip
    assert all(f' id="{name}"' in answer.text for name, _ in told)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        (
            {"title": "", "points": "-5", "due_at": "2020-01-01T08:00", "emergency": "1", "item_code": "V9999", "regions": []},
            {"title", "points", "due_at", "emergency_reason", "item_code", "regions"},
        ),
        ({"points": "6", "due_at": "2020-01-01T08:00", "regions": []}, {"points_reason", "due_at", "regions"}),
        ({"mode": "open", "places": "0", "body": "", "kind": "none:such"}, {"places", "body", "kind"}),
        ({"photos": "99", "files": "x", "regions": []}, {"photos", "files", "regions"}),
    ],
)
async def test_faults_of_every_kind_are_said_in_one_answer(
    served: Site, leader: Visitor, changes: dict[str, str | list[str]], fields: set[str]
) -> None:
    answer = await leader.send("/tasks/new", **task(served.world.nan, **changes))
    assert answer.status_code == 422
    assert {name for name, _ in re.findall(r'<li><a href="#([\w-]+)">([^<]*)</a></li>', main_part(answer.text))} == fields


async def test_faults_of_a_passed_matter_are_said_in_one_answer(served: Site, leader: Visitor) -> None:
    nan = served.world.nan
    incoming = str((await handed(nan)).id)
    wrong = {"title": "上级收回的执法事项", "points": "6", "due_at": "2020-01-01T08:00", "regions": []}
    answer = await leader.send("/tasks/new", **task(nan, incoming=incoming, **wrong))
    told = re.findall(r'<li><a href="#([\w-]+)">', main_part(answer.text))
    assert (answer.status_code, sorted(told)) == (422, ["due_at", "points_reason", "regions", "title"])


async def test_points_below_nothing_are_refused_at_their_field_and_make_no_sentence(served: Site, leader: Visitor) -> None:
    page = main_part((await leader.send("/tasks/new", **task(served.world.nan, points="-5"))).text)
    assert '<a href="#points">分值：应大于 0。' in page
    assert 'value="-5"' in page
    assert "-5</strong> 分" not in page
    assert 'data-wrong="分值应大于 0，不超过 100。"' in page


async def test_titles_of_the_browser_name_the_thing(served: Site, leader: Visitor, client_for: ClientFor) -> None:
    nan = served.world.nan
    share = await in_village(served.admin, nan, title="查东圩")
    made = await task_of(served.admin, share)
    free = await opened(nan, title="开放的查东圩")
    secretary = await client_for(nan.posts["village_secretary"])
    assert "<title>查东圩 · 任务 · " in (await leader.get(f"/tasks/{made}")).text
    assert "<title>查东圩 · 任务 · " in (await secretary.get(f"/assignments/{share}")).text
    assert "<title>开放的查东圩 · 可领任务 · " in (await secretary.get(f"/open/{free}")).text


async def test_days_of_another_year_say_their_year(served: Site, leader: Visitor) -> None:
    nan = served.world.nan
    share = await in_village(served.admin, nan, title="去年的事")
    made = await task_of(served.admin, share)
    then = "2023-03-05T10:00:00+08:00"
    for table, column in (("task", "due_at"), ("task", "created_at"), ("assignment", "due_at"), ("assignment", "created_at")):
        await served.admin.execute(
            f"UPDATE {table} SET {column} = $2 WHERE {'id' if table == 'task' else 'task_id'} = $1", made, datetime.fromisoformat(then)
        )
    for path in (f"/tasks/{made}", f"/assignments/{share}", "/tasks?q=去年的"):
        words = words_of((await leader.get(path)).text)
        assert "2023年3月5日 周日 10:00" in words, path
        assert not re.search(r"(?<!年)3月5日", words), path
    await leader.send("/me/language", language="en")
    english = words_of((await leader.get(f"/tasks/{made}")).text)
    await leader.send("/me/language", language="zh")
    assert "Mar 5, 2023, Sun 10:00" in english


async def test_whole_points_are_shown_without_decimals(served: Site, client_for: ClientFor, leader: Visitor) -> None:
    """Stored points have two decimals; nobody reads 2.00, on no page of the main job and in no field."""
    nan = served.world.nan
    shares = {points: await submitted(served.admin, nan, points=Decimal(points)) for points in ("2.00", "2.50")}
    one = (await handed(nan, title="圩堤隐患排查")).id
    cadre = await client_for(nan.posts["village_cadre"])
    pages = [await leader.get(path) for path in ("/scoring", "/shares", "/tasks", f"/tasks/new?incoming={one}", "/tasks/new")]
    pages += [await visitor.get(f"/assignments/{share}") for visitor in (leader, cadre) for share in shares.values()]
    pages += [await cadre.get(path) for path in ("/my", "/open", "/")]
    assert [page.url.path for page in pages if re.search(r"\d\.\d*0\b", main_part(page.text))] == []
    assert "2.5 分" in words_of(pages[0].text)
    assert "2 分" in words_of(pages[0].text)


async def test_task_page_says_what_is_wanted_and_what_a_withdrawal_ends(
    served: Site, leader: Visitor, client_for: ClientFor
) -> None:
    nan = served.world.nan
    made = (await sent(nan, evidence=EvidenceWanted(text=True, photos=2, files=1))).task
    words = words_of((await leader.get(f"/tasks/{made}")).text)
    assert "成果要求 文字说明、至少 2 张照片、至少 1 个文件" in words
    assert "已提交、等评分的也一并结束，不再评分。 已办结的和得分都保留。" in words.replace("。已", "。 已")
    assert "各村的也一并撤回" not in words
    department = await client_for(nan.posts["county_department"])
    top = (await sent(nan, "county_department", regions=(nan.township,), level=Level.TOWNSHIP)).task
    assert "接收单位已分解到村的，各村的也一并撤回。" in words_of((await department.get(f"/tasks/{top}")).text)


async def test_open_task_counts_places_and_not_receivers(served: Site, leader: Visitor, client_for: ClientFor) -> None:
    nan = served.world.nan
    made = await opened(nan, places=3)
    secretary = await client_for(nan.posts["village_secretary"])
    await secretary.send(f"/open/{made}/take")
    words = words_of((await leader.get(f"/tasks/{made}")).text)
    for text in ("开放 3 个名额，每个 5 分", "领取 1 / 3，办结 0", "余 2 个"):
        assert text in words
    for text in ("派发给", "办结 0 / 0"):
        assert text not in words


async def test_dispatch_page_groups_receivers_and_says_what_each_way_does(leader: Visitor) -> None:
    page = main_part((await leader.get("/tasks/new")).text)
    assert page.count('class="pick-item"') == 2
    assert 'data-narrows="receivers"' in page
    for way, text in (("when-named", "将派给 {count} 个单位"), ("when-open", "将开放 {places} 个名额")):
        assert re.search(rf'<div class="{way}">\s*<p aria-live="polite" data-sum="{re.escape(text)}', page)


async def test_view_is_saved_listed_and_dropped(served: Site, leader: Visitor, client_for: ClientFor) -> None:
    answer = await leader.send("/tasks/views", name="超期的", q="堤", late="1", state_is="active")
    assert answer.headers["location"] == "/tasks?q=%E5%A0%A4&state_is=active&late=1"
    page = (await leader.get("/tasks")).text
    assert "超期的" in page
    view = await served.admin.fetchval("SELECT id FROM saved_view WHERE name = '超期的'")
    unnamed = await leader.send("/tasks/views", name="", q="堤")
    assert (unnamed.status_code, "请写一个名称" in unnamed.text) == (422, True)
    assert 'href="#view-name"' in unnamed.text
    assert 'name="q" value="堤"' in unnamed.text
    staff = await client_for(served.world.nan.posts["township_staff"])
    assert (await staff.send(f"/tasks/views/{view}/drop")).status_code == 404
    assert (await leader.send(f"/tasks/views/{view}/drop")).status_code == 303
    assert "超期的" not in main_part((await leader.get("/tasks")).text)


async def test_filters_stay_in_the_pager(served: Site, leader: Visitor) -> None:
    for number in range(27):
        await in_village(served.admin, served.world.nan, title=f"翻页的第 {number} 件")
    first = (await leader.get("/tasks?q=翻页的&state_is=active")).text
    assert words_of(first).count("翻页的第") == 25
    assert "q=%E7%BF%BB%E9%A1%B5%E7%9A%84&amp;state_is=active&amp;p=2" in first
    second = (await leader.get("/tasks?q=翻页的&state_is=active&p=2")).text
    assert words_of(second).count("翻页的第") == 2
    nothing = (await leader.get("/tasks?q=没有这样的")).text
    assert "没有符合条件的任务。" in nothing


async def test_sheet_holds_the_filtered_shares(served: Site, leader: Visitor) -> None:
    await sent(served.world.nan, title="=危险的标题", points=Decimal(3))
    answer = await leader.get("/tasks/export.xlsx?q=危险的")
    assert answer.headers["content-disposition"].startswith('attachment; filename="tasks-330503101-')
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][:4] == ("任务", "清单事项", "接收单位", "状态")
    assert [(row[2], row[3]) for row in rows[1:]] == [("朱家兜", "待签收"), ("水口", "待签收")]
    assert rows[1][0].lstrip("'") == "=危险的标题"


async def test_results_are_listed_until_they_are_scored(served: Site, leader: Visitor) -> None:
    share = await submitted(served.admin, served.world.nan)
    assert str(share) in (await leader.get("/scoring")).text
    assert str(share) in (await leader.get("/shares?state_is=submitted")).text
    await leader.send(f"/assignments/{share}/accept", grade="good", next="/scoring")
    assert str(share) not in (await leader.get("/scoring")).text


async def test_page_of_an_open_task_shows_its_places(
    served: Site, leader: Visitor, client_for: ClientFor
) -> None:
    made = await opened(served.world.nan, places=2)
    secretary = await client_for(served.world.nan.posts["village_secretary"])
    await secretary.send(f"/open/{made}/take")
    words = words_of((await leader.get(f"/tasks/{made}")).text)
    for text in ("余 1 个", "朱家兜", "空着"):
        assert text in words


async def test_one_rating_shows_neither_figures_nor_names(
    served: Site, leader: Visitor, client_for: ClientFor
) -> None:
    share = await accepted(served.admin, served.world.nan)
    cadre = await client_for(served.world.nan.posts["village_cadre"])
    await cadre.send(
        f"/assignments/{share}/rating", clarity="4", time_given="2", need="5", burden_hours="3", comment="赶"
    )
    words = words_of((await leader.get(f"/tasks/{await task_of(served.admin, share)}")).text)
    for text in ("1 份", "接收单位的评价", "要求清楚", "3 小时", "李春梅"):
        assert text not in words
