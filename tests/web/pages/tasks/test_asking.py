"""Asking villages to fill in a form, on pages: the sender's rows, the receiver's fields, offers, the table, the sheet."""

import io
import re
from uuid import UUID, uuid4

import openpyxl
import pytest

from core.kernel import clock
from core.tasks.actions.work import submit_assignment
from core.tasks.enums import FieldKind
from core.tasks.forms import AskedField
from tests.core.tasks.steps import do, row_of, share_of
from tests.factories.world import County
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import in_hand, main_part, opened, soon, task_of, words_of
from tests.web.visitors import Visitor
from web.filters import Formats

SHOWN = Formats("zh")


def task(county: County, **changes: str) -> dict[str, str | list[str]]:
    """Give what the dispatch page sends, with a form of two rows and an empty one between them."""
    return {
        "title": "圩堤隐患排查", "body": "请各村排查。", "points": "5", "due_at": SHOWN.iso(soon()), "mode": "named", "places": "0",
        "regions": [county.village], "need_text": "1", "photos": "0", "files": "0", "_key": str(uuid4()),
        "ask-1-label": "圩堤处数", "ask-1-kind": "number", "ask-1-unit": "处", "ask-1-required": "1",
        "ask-2-label": "", "ask-2-kind": "text", "ask-3-label": "下次检查", "ask-3-kind": "date", **changes,
    }  # fmt: skip


@pytest.fixture
async def leader(served: Site, client_for: ClientFor) -> Visitor:
    return await client_for(served.world.nan.posts["township_leader"])


@pytest.fixture
async def secretary(served: Site, client_for: ClientFor) -> Visitor:
    return await client_for(served.world.nan.posts["village_secretary"])


def field_of(page: str, name: str) -> str:
    """Give the markup of one input."""
    found = re.search(rf'<input[^>]*\bname="{name}"[^>]*>', page)
    assert found is not None, name
    return found.group()


async def answered(served: Site, label: str, value: str, *, unit: str = "处") -> UUID:
    """Give a share of the first village that answered one field."""
    county = served.world.nan
    share = await in_hand(served.admin, county, title=f"{label}排查", form=(AskedField(label, FieldKind.NUMBER, unit=unit),))
    await do(
        county.scope("village_secretary"), submit_assignment, assignment=share, text="已核对。", answers={"answer-1": value},
        now=clock.now(),
    )  # fmt: skip
    return share


async def test_form_is_asked_for_and_filled_in_without_scripts(
    served: Site, leader: Visitor, secretary: Visitor
) -> None:
    nan = served.world.nan
    sent = await leader.send("/tasks/new", **task(nan))
    made = UUID(sent.headers["location"].rsplit("/", 1)[-1])
    share = await share_of(served.admin, made, nan.village)
    before = words_of((await secretary.get(f"/assignments/{share}")).text)
    assert "填报内容 圩堤处数（处）、下次检查" in before
    await secretary.send(f"/assignments/{share}/acknowledge")
    page = (await secretary.get(f"/assignments/{share}")).text
    assert 'type="number"' in field_of(page, "answer-1")
    assert "required" in field_of(page, "answer-1")
    assert 'type="date"' in field_of(page, "answer-2")
    assert "请填写“圩堤处数”" in words_of(page)
    wrong = await secretary.send(f"/assignments/{share}/submit", text="查了", **{"answer-1": "", "answer-2": "2026-12-24"})
    assert wrong.status_code == 422
    assert 'href="#answer-1"' in wrong.text
    assert 'value="2026-12-24"' in field_of(wrong.text, "answer-2")
    done = await secretary.send(f"/assignments/{share}/submit", text="查了", **{"answer-1": "12", "answer-2": "2026-12-24"})
    assert done.status_code == 303
    assert "圩堤处数 12 处 下次检查 12月24日" in words_of((await secretary.get(f"/assignments/{share}")).text)
    words = words_of((await leader.get(f"/tasks/{made}")).text)
    assert "填报结果 已填 1 / 1" in words
    assert "圩堤处数合计 12 处" in words
    assert "12 处" in words_of((await leader.get("/scoring")).text)


async def test_sheets_have_the_answers_as_columns(served: Site, leader: Visitor) -> None:
    share = await answered(served, "涵闸数", "1250.5", unit="座")
    made = await task_of(served.admin, share)
    for address in (f"/tasks/{made}/export.xlsx", "/tasks/export.xlsx"):
        rows = list(openpyxl.load_workbook(io.BytesIO((await leader.get(address)).content)).active.values)
        column = rows[0].index("涵闸数（座）")
        assert [row[column] for row in rows[1:] if row[0] == "涵闸数排查"] == [1250.5]


async def test_what_was_typed_is_kept_where_the_form_is_refused(leader: Visitor, served: Site) -> None:
    answer = await leader.send("/tasks/new", **task(served.world.nan, **{"ask-3-label": "户主身份证号", "title": ""}))
    assert answer.status_code == 422
    page = main_part(answer.text)
    assert 'href="#ask-2-label"' in page
    assert "请勿向村里收集身份证号、银行卡号。" in words_of(answer.text)
    assert 'value="圩堤处数"' in field_of(page, "ask-1-label")
    assert 'value="户主身份证号"' in field_of(page, "ask-2-label")
    assert "checked" in field_of(page, "ask-1-required")
    assert re.search(r'<details class="fold" open id="ask-form"|<details class="fold"[^>]*open[^>]*>', page)


async def test_earlier_answer_is_offered_with_where_it_comes_from_and_never_handed_in_unseen(
    served: Site, secretary: Visitor
) -> None:
    await answered(served, "泵站数", "125")
    nan = served.world.nan
    share = await in_hand(served.admin, nan, form=(AskedField("请填写泵站数", FieldKind.NUMBER, unit="处"), AskedField("村名")))
    page = (await secretary.get(f"/assignments/{share}")).text
    assert 'value="125"' in field_of(page, "answer-1")
    assert f"上次填报：125 处（{SHOWN.day(clock.now())}《泵站数排查》），如有变化请修改。" in words_of(page)
    assert "系统里已有，已为您带出；如有不符请修改。" in words_of(page)
    await secretary.send(f"/drafts/assignment?subject={share}", text="写了一半", **{"answer-1": "", "answer-2": "新名"})
    page = (await secretary.get(f"/assignments/{share}")).text
    assert "value=" not in field_of(page, "answer-1").replace('value=""', "")
    assert 'value="新名"' in field_of(page, "answer-2")
    assert (await secretary.send(f"/assignments/{share}/submit", text="好", **{"answer-1": ""})).status_code == 303
    made = await served.admin.fetchrow("SELECT answers FROM submission WHERE assignment_id = $1", share)
    assert made["answers"] == "[]"


async def test_other_village_and_county_are_offered_nothing(served: Site, client_for: ClientFor) -> None:
    await answered(served, "水文站数", "777")
    form = (AskedField("水文站数", FieldKind.NUMBER, unit="处"),)
    zhu = served.world.zhu
    share = await in_hand(served.admin, zhu, form=form)
    page = (await (await client_for(zhu.posts["village_secretary"])).get(f"/assignments/{share}")).text
    assert "value=" not in field_of(page, "answer-1").replace('value=""', "")
    assert "上次填报" not in page


async def test_sender_is_told_once_what_can_be_read_and_can_still_send(served: Site, leader: Visitor) -> None:
    await answered(served, "警示牌数", "31")
    fields = task(served.world.nan, **{"ask-1-label": "警示牌数"})
    before = await served.admin.fetchval("SELECT count(*) FROM task")
    stopped = await leader.send("/tasks/new", **fields)
    assert stopped.headers["location"] == "/tasks/new"
    page = (await leader.get("/tasks/new")).text
    words = words_of(page)
    assert "还没有派发" in (await leader.flash() or words)
    assert f"这一项已有 1 个村的填报，最近 {SHOWN.day(clock.now())}，可直接查看。" in words
    assert 'value="圩堤隐患排查"' in field_of(page, "title")
    link = re.search(r'href="(/tasks/held[^"]*)"', page)
    assert link is not None
    figures = words_of((await leader.get(link.group(1).replace("&amp;", "&"))).text)
    assert "警示牌数" in figures
    assert "31 处" in figures
    assert await served.admin.fetchval("SELECT count(*) FROM task") == before
    seen = re.search(r'value="([^"]*)"', field_of(page, "ask-seen"))
    assert seen is not None
    sent = await leader.send("/tasks/new", **{**fields, "_key": str(uuid4()), "ask-seen": seen.group(1)})
    assert re.match(r"/tasks/[0-9a-f-]{36}$", sent.headers["location"])


@pytest.mark.parametrize("query", ["", "label=x", "label=x&kind=card", "label=+&kind=text"])
async def test_page_of_figures_needs_a_field(leader: Visitor, query: str) -> None:
    assert (await leader.get(f"/tasks/held?{query}")).status_code == 404


async def test_form_of_a_matter_that_waits_is_kept_for_its_dispatch(served: Site, leader: Visitor) -> None:
    fields = task(served.world.nan, title="组织干部关注公众号", body="每日打卡截图。", **{"ask-1-label": "关注人数", "ask-3-label": ""})
    answer = await leader.send("/tasks/new", **fields)
    incoming = UUID(answer.headers["location"].rsplit("/", 1)[-1])
    assert (await row_of(served.admin, "incoming_task", incoming))["state"] != "passed"
    page = (await leader.get(f"/tasks/new?incoming={incoming}")).text
    assert 'value="关注人数"' in field_of(page, "ask-1-label")
    assert f'value="{incoming}"' in field_of(page, "incoming")


async def test_open_task_says_what_is_to_be_filled_in_before_it_is_taken(served: Site, secretary: Visitor) -> None:
    made = await opened(served.world.nan, form=(AskedField("观众人数", FieldKind.NUMBER, unit="人"),))
    assert "填报内容 观众人数（人）" in words_of((await secretary.get(f"/open/{made}")).text)


async def test_task_without_a_form_shows_nothing_of_it(served: Site, leader: Visitor, secretary: Visitor) -> None:
    share = await in_hand(served.admin, served.world.nan)
    made = await task_of(served.admin, share)
    assert "填报结果" not in words_of((await leader.get(f"/tasks/{made}")).text)
    page = (await secretary.get(f"/assignments/{share}")).text
    assert "填报内容" not in words_of(page)
    assert "answer-1" not in page
