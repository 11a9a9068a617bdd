"""Handing in, the verdict with its reasons, deciding, taking back: on pages."""

import json
import re
from urllib.parse import unquote
from uuid import UUID, uuid4

import pytest

from core.entry_lists.queries import find_item
from core.kernel import clock
from core.kernel.database import transaction
from tests.core.tasks.steps import row_of
from tests.factories.world import handed
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import main_part, soon, words_of
from tests.web.visitors import Visitor
from web.filters import Formats

HELD = "没有列入清单的事"
MATTER = {"title": "圩堤隐患排查", "body": "请各村排查。", "number": "浔农〔2026〕8号"}


@pytest.fixture
async def leader(served: Site, client_for: ClientFor) -> Visitor:
    return await client_for(served.world.nan.posts["township_leader"])


@pytest.fixture
async def held(served: Site) -> UUID:
    return (await handed(served.world.nan, title=HELD)).id


@pytest.mark.parametrize(
    ("title", "told", "seen"),
    [
        ("圩堤隐患排查", "已通过过筛，可以派发。", ["已通过", "V12 圩堤隐患排查", "去派发"]),
        (HELD, "已收到，需要人工审定，审定后会通知您。", ["待审定", "审定", "同意派发"]),
    ],
)
async def test_verdict_is_there_in_the_answer(
    served: Site, leader: Visitor, title: str, told: str, seen: list[str]
) -> None:
    due = Formats("zh").iso(soon(5))
    answer = await leader.send(
        "/incoming/new", **{**MATTER, "title": title, "due_at": due, "_key": str(uuid4())}
    )
    assert answer.status_code == 303
    assert await leader.flash() == told
    made = UUID(answer.headers["location"].rsplit("/", 1)[-1])
    assert (await row_of(served.admin, "incoming_task", made))["title"] == title
    words = words_of((await leader.get(answer.headers["location"])).text)
    for text in (*seen, "浔农〔2026〕8号", "准入清单比对"):
        assert text in words


async def test_department_reads_why_it_was_refused(served: Site, client_for: ClientFor) -> None:
    department = await client_for(served.world.nan.posts["county_department"])
    answer = await department.send("/incoming/new", **{**MATTER, "title": "上级收回的执法事项"})
    assert "没有通过过筛，原因见下面。" in unquote(department.client.cookies["xz_flash"])
    page = (await department.get(answer.headers["location"])).text
    words = words_of(page)
    assert '<div class="flash" role="status"><div class="alert tone-danger">' in page
    assert "已由上级部门收回，不得再派。" in words
    assert "已驳回" in words_of((await department.get("/incoming")).text)


async def test_one_verdict_stands_above_what_each_rule_found(served: Site, leader: Visitor, held: UUID) -> None:
    """Core holds what stands on no list, a plugin refuses it: the matter is refused, and that is said first."""
    def found(verdict: str, title: str, reason: str) -> dict[str, object]:
        reasons = [{"text": reason, "data": {}}]
        return {"verdict": verdict, "reasons": reasons, "item": None, "candidates": [], "rule": title, "title": title}

    own = json.loads((await row_of(served.admin, "incoming_task", held))["findings"])
    others = found("passed", "查重", "没有重复。"), found("refused", "事项过筛", "不得派发。")
    findings = json.dumps([others[0], *own, others[1]])
    await served.admin.execute(
        "UPDATE incoming_task SET state = 'refused', verdict = 'refused', findings = $2 WHERE id = $1", held, findings
    )
    page = main_part((await leader.get(f"/incoming/{held}")).text)
    assert page.count('class="alert tone-danger"') == 1
    assert 'class="alert tone-notice"' not in page
    words = words_of(f"<main>{page}</main>")
    assert "人工审定" not in words
    assert "没有重复" not in words
    wanted = ("过筛结论：驳回", "不得派发。 事项过筛", "与管理准入清单的县级管理员联系")
    places = [words.find(text) for text in wanted]
    assert min(places) >= 0, (wanted, words)
    assert places == sorted(places)


async def test_pressed_twice_it_is_handed_in_once(served: Site, leader: Visitor) -> None:
    before = await served.admin.fetchval("SELECT count(*) FROM incoming_task")
    fields = {**MATTER, "_key": str(uuid4())}
    answers = [await leader.send("/incoming/new", **fields) for _ in range(2)]
    assert answers[0].headers["location"] == answers[1].headers["location"]
    assert await served.admin.fetchval("SELECT count(*) FROM incoming_task") == before + 1


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"title": ""}, "title", "请填写这一项。"),
        ({"title": "长" * 121}, "title", "写得太长了，最多 120 个字。"),
        ({"body": " "}, "body", "请填写这一项。"),
        ({"due_at": "明天"}, "due_at", "请填写日期和时间。"),
        ({"emergency": "1"}, "emergency_reason", "紧急事项请写明原因，事后要审查。"),
    ],
)
async def test_missing_field_is_named_and_the_rest_is_kept(
    served: Site, leader: Visitor, changes: dict[str, str], field: str, message: str
) -> None:
    before = await served.admin.fetchval("SELECT count(*) FROM incoming_task")
    fields = {**MATTER, **changes}
    answer = await leader.send("/incoming/new", **fields)
    assert answer.status_code == 422
    page = main_part(answer.text)
    assert f'href="#{field}"' in page
    assert message in page
    for value in fields.values():
        assert value.strip() in page
    assert await served.admin.fetchval("SELECT count(*) FROM incoming_task") == before


async def test_message_comes_in_the_readers_language(served: Site, leader: Visitor) -> None:
    await served.admin.execute("UPDATE session SET language = 'en'")
    answer = await leader.send("/incoming/new", **{**MATTER, "title": "长" * 121})
    await served.admin.execute("UPDATE session SET language = 'zh'")
    assert "Too long: at most 120 characters." in answer.text


async def test_what_was_written_is_there_again(leader: Visitor) -> None:
    await leader.send("/drafts/incoming", title="写了一半的来文", body="还没写完", emergency="1")
    page = main_part((await leader.get("/incoming/new")).text)
    for text in ("写了一半的来文", "还没写完", "已自动保存"):
        assert text in page
    await leader.send("/incoming/new", **MATTER)
    assert "写了一半的来文" not in (await leader.get("/incoming/new")).text


async def test_held_matter_is_admitted_with_an_item(served: Site, leader: Visitor, held: UUID) -> None:
    scope = leader.post.scope
    async with transaction(scope):
        item = await find_item(scope, level="village", at=clock.now(), code="V13")
    answer = await leader.send(
        f"/incoming/{held}/decide", decision="admit", reason="属于参保", item=str(item.id)
    )
    assert answer.headers["location"] == f"/incoming/{held}"
    assert await leader.flash() == "已同意，可以派发。"
    row = await row_of(served.admin, "incoming_task", held)
    assert (row["state"], row["item_code"]) == ("passed", "V13")
    words = words_of((await leader.get(f"/incoming/{held}")).text)
    for text in ("张三审定，同意派发 属于参保", "V13 医保参保动员", "去派发"):
        assert text in words


async def test_held_matter_is_turned_down(served: Site, leader: Visitor, held: UUID) -> None:
    await leader.send(f"/incoming/{held}/decide", decision="turn_down", reason="不归村办")
    assert await leader.flash() == "已驳回，来文人会看到理由。"
    assert (await row_of(served.admin, "incoming_task", held))["state"] == "refused"
    again = await leader.send(f"/incoming/{held}/decide", decision="admit", reason="改主意")
    assert (again.status_code, "不能办" in again.text) == (409, True)


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"reason": "因为"}, "decision"),
        ({"decision": "admit"}, "reason"),
        ({"decision": "burn", "reason": "因为"}, "decision"),
    ],
)
async def test_decision_without_a_part_keeps_the_rest(
    leader: Visitor, held: UUID, fields: dict[str, str], missing: str
) -> None:
    answer = await leader.send(f"/incoming/{held}/decide", **fields)
    assert answer.status_code == 422
    page = main_part(answer.text)
    assert f'href="#decide-{missing}"' in page
    assert fields.get("reason", "") in page
    if missing == "reason":
        assert 'value="admit" checked' in page


async def test_unknown_item_is_not_taken_for_none(served: Site, leader: Visitor, held: UUID) -> None:
    answer = await leader.send(f"/incoming/{held}/decide", decision="admit", reason="属于", item=str(uuid4()))
    assert (answer.status_code, "请从列表里选择。" in answer.text) == (422, True)
    assert (await row_of(served.admin, "incoming_task", held))["state"] == "held"


async def test_matter_is_taken_back(served: Site, leader: Visitor, held: UUID) -> None:
    missing = await leader.send(f"/incoming/{held}/withdraw")
    assert (missing.status_code, 'href="#withdraw-reason"' in missing.text) == (422, True)
    await leader.send(f"/incoming/{held}/withdraw", reason="重复")
    assert await leader.flash() == "来文已撤回。"
    assert (await leader.send(f"/incoming/{held}/withdraw", reason="再撤")).status_code == 409
    assert (await row_of(served.admin, "incoming_task", held))["state"] == "withdrawn"


@pytest.mark.parametrize("name", ["decide", "withdraw"])
async def test_foreign_matter_is_not_found_and_without_the_right_forbidden(
    served: Site, client_for: ClientFor, held: UUID, name: str
) -> None:
    fields = {"decision": "admit", "reason": "因为"}
    stranger = await client_for(served.world.zhu.posts["township_leader"])
    answers = [await stranger.send(f"/incoming/{made}/{name}", **fields) for made in (held, uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404]
    inspector = await client_for(served.world.nan.posts["county_inspector"])
    assert (await inspector.send(f"/incoming/{held}/{name}", **fields)).status_code == 403
    assert (await row_of(served.admin, "incoming_task", held))["state"] == "held"


async def test_list_is_filtered_and_says_what_to_do_when_empty(
    leader: Visitor, held: UUID, client_for: ClientFor, served: Site
) -> None:
    assert str(held) in (await leader.get(f"/incoming?state_is=held&q={HELD[:4]}")).text
    assert str(held) not in (await leader.get("/incoming?state_is=withdrawn")).text
    inspector = await client_for(served.world.zhu.posts["county_inspector"])
    empty = await inspector.get("/incoming")
    assert "没有符合条件的来件。" in empty.text
    assert "写来文" not in main_part(empty.text)


async def test_whoever_decides_finds_an_item_by_its_name_and_is_offered_nothing_forbidden(
    served: Site, leader: Visitor, held: UUID
) -> None:
    code = served.world.nan.code
    banned = await served.admin.fetchval(
        "INSERT INTO entry_item (county, id, region, list_id, position, code, title, kind)"
        " SELECT county, gen_random_uuid(), region, list_id, 98, 'N02', '没有列入清单的坏事', 'banned' FROM entry_item"
        " WHERE county = $1 AND code = 'V13' RETURNING id", code,
    )  # fmt: skip
    try:
        page = main_part((await leader.get(f"/incoming/{held}")).text)
        assert str(banned) not in page
        assert "V13" in main_part((await leader.get(f"/incoming/{held}?search=参保")).text)
        answer = await leader.send(f"/incoming/{held}/decide", decision="admit", reason="属于", item=str(banned))
        assert answer.status_code == 409
        assert "在负面清单里，任何人都不能按这一项派发" in answer.text
    finally:
        await served.admin.execute("DELETE FROM entry_item WHERE id = $1", banned)
    assert (await row_of(served.admin, "incoming_task", held))["state"] == "held"


async def test_empty_form_names_each_field_that_is_missing_and_leads_to_it(leader: Visitor) -> None:
    answer = await leader.send("/incoming/new", title="", body="", emergency="1", _key=str(uuid4()))
    assert answer.status_code == 422
    page = main_part(answer.text)
    assert re.findall(r'<li><a href="#(\w+)">([^<]*)</a></li>', page) == [
        ("title", "标题：请填写这一项。"), ("body", "内容：请填写这一项。"),
        ("emergency_reason", "紧急原因：紧急事项请写明原因，事后要审查。"),
    ]  # fmt: skip
    urgent = await leader.send("/incoming/new", **MATTER, emergency="1", _key=str(uuid4()))
    told = re.findall(r'<li><a href="#(\w+)">([^<]*)</a></li>', main_part(urgent.text))
    assert told == [("emergency_reason", "紧急原因：紧急事项请写明原因，事后要审查。")]
    for name, _ in [*told, ("title", ""), ("body", "")]:
        assert f' id="{name}"' in page


async def test_reason_of_a_decision_stands_below_a_short_title(leader: Visitor, held: UUID) -> None:
    reason = "本镇年度计划已列入，" * 20
    await leader.send(f"/incoming/{held}/decide", decision="admit", reason=reason)
    page = main_part((await leader.get(f"/incoming/{held}")).text)
    title = re.search(r'<p class="alert-title">([^<]*审定[^<]*)</p>', page)
    assert title is not None
    assert title[1].endswith("审定，同意派发")
    assert f'<p class="prose">{reason}</p>' in page


@pytest.mark.parametrize(
    ("when", "told"),
    [("0001-01-01T00:00", "截止时间应晚于现在。"), ("2020-01-01T10:00", "截止时间应晚于现在。"), ("9999-12-31T23:59", "截止时间不应超过两年。")],
)
async def test_wished_time_is_ahead_and_within_two_years(leader: Visitor, when: str, told: str) -> None:
    answer = await leader.send("/incoming/new", **MATTER, due_at=when, _key=str(uuid4()))
    assert answer.status_code == 422
    assert told in main_part(answer.text)
    assert MATTER["title"] in answer.text


async def test_code_that_no_list_has_is_said_at_its_field_with_the_nearest(served: Site, leader: Visitor) -> None:
    before = await served.admin.fetchval("SELECT count(*) FROM incoming_task")
    answer = await leader.send("/incoming/new", **MATTER, item_code="V9999", _key=str(uuid4()))
    assert answer.status_code == 422
    page = main_part(answer.text)
    assert '<a href="#item_code">清单事项编码：没有编码 V9999 的清单事项' in page
    assert 'value="V9999"' in page
    assert MATTER["body"] in page
    near = await leader.send("/incoming/new", **MATTER, item_code="v122", _key=str(uuid4()))
    assert "没有编码 v122 的清单事项，相近的有 V12 圩堤隐患排查" in main_part(near.text)
    assert await served.admin.fetchval("SELECT count(*) FROM incoming_task") == before
    known = await leader.send("/incoming/new", **MATTER, item_code=" v12 ", _key=str(uuid4()))
    assert known.status_code == 303


async def test_every_fault_of_a_matter_is_said_at_once(leader: Visitor) -> None:
    wrong = {"title": "", "body": "", "item_code": "V9999", "due_at": "2020-01-01T10:00", "emergency": "1"}
    answer = await leader.send("/incoming/new", **wrong)
    told = re.findall(r'<li><a href="#(\w+)">', main_part(answer.text))
    assert sorted(told) == ["body", "due_at", "emergency_reason", "item_code", "title"]


async def test_every_fault_of_a_decision_is_said_at_once(leader: Visitor, held: UUID) -> None:
    answer = await leader.send(f"/incoming/{held}/decide", item=str(uuid4()))
    told = re.findall(r'<li><a href="#([\w-]+)">', main_part(answer.text))
    assert sorted(told) == ["decide-decision", "decide-item", "decide-reason"]


async def test_title_of_the_browser_names_the_matter(leader: Visitor, held: UUID) -> None:
    assert f"<title>{HELD} · 来件 · " in (await leader.get(f"/incoming/{held}")).text


@pytest.mark.parametrize(("language", "told"), [("zh", "属于“{list}”第 V12 项“{item}”。"), ("en", "V12")])
async def test_titles_in_a_verdict_stay_as_they_are_written(served: Site, client_for: ClientFor, language: str, told: str) -> None:
    """A county that says 镇（街道） for 乡镇（街道） says so in our sentences, never within the title of a list, a matter or an item."""
    nan = served.world.nan
    titles = {"list": "南浔区乡镇（街道）履行职责事项清单", "item": "来文", "code": "V12"}
    findings = [
        {
            "rule": "core", "title": "准入清单比对", "verdict": "passed", "candidates": [], "item": None,
            "reasons": [{"text": "属于“%(list)s”第 %(code)s 项“%(title)s”。", "data": {**titles, "title": titles["item"]}}],
        },
    ]  # fmt: skip
    made = (await handed(nan, title="乡镇（街道）网格调整")).id
    await served.admin.execute("UPDATE incoming_task SET findings = $2, verdict = 'passed' WHERE id = $1", made, json.dumps(findings))
    visitor = await client_for(nan.posts["township_leader"])
    await visitor.send("/me/language", language=language)
    words = words_of((await visitor.get(f"/incoming/{made}")).text)
    assert titles["list"] in words
    assert told.format(**titles) in words
    assert f"“{titles['item']}”" in words
    assert "乡镇（街道）网格调整" in words
    await visitor.send("/me/language", language="zh")


def _near(code: str, title: str, kind: str, nearness: float) -> dict[str, object]:
    return {
        "id": str(uuid4()), "code": code, "title": title, "kind": kind, "list_title": "清单", "nearness": nearness, "parts": [],
    }  # fmt: skip


async def test_rule_is_named_once_and_what_is_forbidden_stands_apart(served: Site, leader: Visitor, held: UUID) -> None:
    near = [_near(f"V{n}", f"事项{n}", "core_duty", 0.5 - n / 100) for n in range(6)] + [_near("R01", "特种设备检查", "withdrawn_duty", 0.4)]
    findings = [
        {
            "rule": "core", "title": "准入清单比对", "verdict": "held", "candidates": near, "item": None,
            "reasons": [{"text": text, "data": {}} for text in ("标题和编号都没有对上清单事项，最接近的见下。", "清单里没有接近的事项。")],
        },
    ]  # fmt: skip
    await served.admin.execute("UPDATE incoming_task SET findings = $2, verdict = 'held' WHERE id = $1", held, json.dumps(findings))
    words = words_of((await leader.get(f"/incoming/{held}")).text)
    assert words.count("准入清单比对") == 1
    assert words.index("清单里没有接近的事项") < words.index("准入清单比对")
    allowed, _, forbidden = words.partition("最接近的清单事项")[2].partition("最接近的禁止事项")
    assert ("事项0" in allowed, "事项4" in allowed, "特种设备检查" in allowed) == (True, True, False)
    assert ("R01" in forbidden, "不能派发" in forbidden) == (True, True)
