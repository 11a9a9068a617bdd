"""The page says when fewer should attend than before, and records it with a reason; no script is needed for that."""

import re

from core.decisions.actions.meetings import record_step
from core.decisions.rules import Count
from core.kernel import clock
from core.kernel.clock import local
from tests.core.decisions.steps import begun, do, held, papers
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import words_of

SENT = {"text": "商议停车场方案。", "came": "20", "approved": "20", "body": "committees"}


async def consulting(site: Site, title: str) -> str:
    """Bring a decision to the meeting of both committees; gives its address."""
    scope, now = site.world.nan.scope("village_secretary"), clock.now()
    made = await begun(scope, now=now, title=title)
    await do(scope, record_step, decision=made, held=held(local(now).date()), now=now)
    await papers(site.admin, scope, made, photos=0)
    return f"/decisions/{made}"


async def test_lower_number_is_shown_before_it_is_recorded_and_takes_a_reason(site: Site, client_for: ClientFor) -> None:
    scope, now = site.world.nan.scope("village_secretary"), clock.now()
    today = local(now).date()
    first = await consulting(site, "修机耕路")
    visitor = await client_for(site.world.nan.posts["village_secretary"])
    assert "开会时应到" not in (await visitor.get(f"{first}/record")).text
    await do(scope, record_step, decision=first.rsplit("/", 1)[1], held=held(today, count=Count(45, 40, 38)), now=now)
    here = await consulting(site, "修停车场")
    page = words_of((await visitor.get(f"{here}/record")).text)
    assert f"村两委会议 {today.month}月{today.day}日" in page
    assert "开会时应到 45 人" in page  # said beside the field, before anything is typed
    sent = {**SENT, "held_on": today.isoformat(), "should": "30"}
    answer = await visitor.send(f"{here}/record", **sent)
    assert answer.status_code == 422
    words = words_of(answer.text)
    assert "应到人数比以前少" in words
    assert "这次写的是 30 人，少了 15 人，最少到会人数因此降低" in words
    assert "按应到 45 人算，至少要 23 人到会，实到 20 人，还差 3 人。" in words
    assert "这是提示，不是认定" in words
    number = re.search(r'<input[^>]*name="should"[^>]*>', answer.text)
    assert number is not None
    assert "aria-invalid" not in number[0]  # it is asked about, not refused
    assert 'aria-describedby="should-hint should-notice"' in number[0]
    assert re.search(r'<p class="form-text text-notice" id="should-notice">', answer.text)
    assert f'href="{first}"' in answer.text  # a way to the meeting before
    assert "商议停车场方案。" in answer.text
    assert 'value="30"' in answer.text
    field = re.search(r'<textarea[^>]*name="fewer_reason"[^>]*>', answer.text)
    assert field is not None
    assert "required" not in field[0]  # whoever corrects the number need not write one
    assert "人数没有错，写明原因并记录" in words
    answer = await visitor.send(f"{here}/record", **sent, fewer_reason="x" * 501)
    assert answer.status_code == 422
    assert "x" * 501 in answer.text
    answer = await visitor.send(f"{here}/record", **sent, fewer_reason="十五人迁出")
    assert answer.status_code == 303
    one = await visitor.get(here)
    words = words_of(one.text)
    assert "村里说明的原因：十五人迁出" in words
    assert "应到人数比以前少，说明了原因" in words
    printed = re.findall(r'href="([^"]+/print)"', one.text)
    sheets = [words_of((await visitor.get(each)).text) for each in printed]
    assert sum("应到人数说明" in sheet and "十五人迁出" in sheet for sheet in sheets) == 1


async def test_corrected_number_needs_no_reason_and_the_page_speaks_english(site: Site, client_for: ClientFor) -> None:
    today = local(clock.now()).date()
    here = await consulting(site, "parking")
    visitor = await client_for(site.world.nan.posts["village_secretary"])
    sent = {**SENT, "held_on": today.isoformat(), "text": "agreed"}
    await visitor.send("/me/language", language="en")
    refused = await visitor.send(f"{here}/record", **sent, should="24")
    told = words_of(refused.text)
    assert "fewer should attend than before" in told.lower()
    alert = re.search(r'id="fewer".*?</div></div>', refused.text, re.DOTALL)
    assert alert is not None
    assert not re.search(r"[\u4e00-\u9fff]", alert[0].replace("修停车场", "").replace("修机耕路", ""))
    answer = await visitor.send(f"{here}/record", **sent, should="30")
    assert answer.status_code == 303
    await visitor.send("/me/language", language="zh")
