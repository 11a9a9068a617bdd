"""The staff's pages: calendar, draft, release, correction, withdrawal, objections."""

import re
from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import pytest

from core.contracts.disclosure import Clock, Collected, Section
from core.contracts.registry import current
from core.disclosure import public
from core.disclosure.actions import object_to
from core.disclosure.reactions import on_calendar
from core.kernel import clock
from core.kernel.database import transaction
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import system_scope
from core.progress.running import run_work
from tests.core.disclosure.notices import COLUMNS, NOTICE, PHONE, ROW, with_sections
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import words_of
from tests.web.visitors import Visitor


async def leaking(_scope: object, _period: object) -> Collected:
    """Give a count that is a phone number: a column declared wrongly."""
    return Collected(({"count": int(PHONE)},))


LEAKING = Section("test_leak", "声明错了的栏目", NOTICE.group, Clock.NONE, COLUMNS, leaking)


@pytest.fixture(scope="module", autouse=True)
def sections(served: Site) -> Iterator[None]:
    assert served
    with with_sections(NOTICE, LEAKING):
        yield


def hidden(page: str, action: str) -> dict[str, str]:
    """Read the hidden fields of the form that posts to an address."""
    form = page.split(f'action="{action}" method="post"')[1].split("</form>", maxsplit=1)[0]
    found = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    found.pop("csrf_token", None)
    return found


async def publish(visitor: Visitor, address: str) -> UUID:
    page = (await visitor.get(address)).text
    sent = await visitor.send("/disclosure/release", **hidden(page, "/disclosure/release"))
    assert sent.status_code == 303, sent.text
    return UUID(sent.headers["location"].rsplit("/", 1)[1])


async def test_a_secretary_looks_at_the_draft_and_releases_it(served: Site, client_for: ClientFor) -> None:
    secretary = await client_for(served.world.nan.posts["village_secretary"])
    calendar = (await secretary.get("/disclosure")).text
    assert "村级权力和职责清单" in words_of(calendar)
    address = f"/disclosure/draft?section=powers&region={served.world.nan.village}&note=以此为准"
    draft = (await secretary.get(address)).text
    assert "圩堤隐患排查" in words_of(draft)
    assert "以此为准" in words_of(draft)
    made = await publish(secretary, address)
    page = words_of((await secretary.get(f"/publications/{made}")).text)
    assert "公开中" in page
    again = words_of((await secretary.get(address)).text)
    assert "这一期已经公开过了" in again
    assert "村级权力和职责清单" in words_of((await secretary.get("/publications")).text)


async def test_a_clerk_sees_the_draft_and_no_button(served: Site, client_for: ClientFor) -> None:
    clerk = await client_for(served.world.nan.posts["bookkeeper"])
    address = f"/disclosure/draft?section=tasks&region={served.world.nan.village}&period=2026-Q1"
    page = (await clerk.get(address)).text
    assert 'action="/disclosure/release"' not in page
    assert "公开由村党组织书记或乡镇办理" in page
    assert (await clerk.send("/disclosure/release", section="tasks", period="2026-Q1")).status_code == 403


async def test_a_number_in_the_wrong_column_is_named_and_not_released(served: Site, client_for: ClientFor) -> None:
    secretary = await client_for(served.world.nan.posts["village_secretary"])
    page = words_of((await secretary.get("/disclosure/draft?section=test_leak")).text)
    assert "里面有个人号码，不能公开" in page
    assert "手机号" in page
    refused = await secretary.send("/disclosure/release", section="test_leak")
    assert refused.status_code == 422
    assert await served.admin.fetchval("SELECT count(*) FROM publication WHERE section = 'test_leak'") == 0


async def test_correcting_and_withdrawing_on_the_pages(served: Site, client_for: ClientFor) -> None:
    secretary, one = await client_for(served.world.nan.posts["village_secretary"]), new_id()
    made = await publish(secretary, f"/disclosure/draft?section=test_aid&subject={one}")
    address = f"/publications/{made}/correct"
    page = (await secretary.get(f"{address}?note=更正")).text
    assert "泄露了个人信息的，不要更正" in page
    assert f'href="/publications/{made}/withdraw"' in page
    fields = hidden(page, address)
    refused = await secretary.send(address, **{**fields, "reason": ""})
    assert refused.status_code == 422
    sent = await secretary.send(address, **{**fields, "reason": "补充说明"})
    new = sent.headers["location"].rsplit("/", 1)[1]
    assert "原因：补充说明" in words_of((await secretary.get(f"/publications/{made}")).text)
    assert (await secretary.get(address)).status_code == 409
    assert (await secretary.send(f"/publications/{new}/withdraw", reason="")).status_code == 422
    gone = await secretary.send(f"/publications/{new}/withdraw", reason="名单有误", hide="1")
    assert gone.status_code == 303
    assert "已撤回" in words_of((await secretary.get(f"/publications/{new}")).text)
    shown = (await secretary.get(f"/publications/{made}")).text
    assert f'action="/publications/{made}/close"' in shown
    assert (await secretary.send(f"/publications/{made}/close", reason="")).status_code == 422
    assert (await secretary.send(f"/publications/{made}/close", reason="名单里有电话")).status_code == 303
    assert "/close" not in (await secretary.get(f"/publications/{made}")).text
    for act in ("withdraw", "close"):
        late = await secretary.send(f"/publications/{new}/{act}", reason="名单仍然有误")
        assert (late.status_code, "名单仍然有误" in late.text) == (409, True), act
    late = await secretary.send(address, **{**fields, "reason": "再补充一条"})
    assert (late.status_code, "再补充一条" in late.text) == (409, True)


async def test_a_draft_that_changed_meanwhile_is_shown_again_with_its_note(served: Site, client_for: ClientFor) -> None:
    secretary = await client_for(served.world.nan.posts["village_secretary"])
    address = f"/disclosure/draft?section=test_aid&subject={new_id()}&note=以名单为准"
    fields = hidden((await secretary.get(address)).text, "/disclosure/release")
    late = await secretary.send("/disclosure/release", **{**fields, "digest": "0" * 64})
    assert (late.status_code, "以名单为准" in late.text, "内容在您查看之后变了" in late.text) == (409, True, True)


async def test_an_objection_is_answered_and_its_contact_shown_for_a_reason(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    secretary = await client_for(nan.posts["village_secretary"])
    made = await publish(secretary, f"/disclosure/draft?section=test_aid&subject={new_id()}")
    system = replace(system_scope(nan.village, county=nan.code), by_name="")
    async with transaction(system):
        receipt = await object_to(
            system, publication=made, body="第二户不符合条件。", contact=PHONE, now=clock.now()
        )
    listed = (await secretary.get("/objections")).text
    address = re.search(r'href="(/objections/[0-9a-f-]{36})"', listed)[1]  # type: ignore[index]
    assert PHONE not in (await secretary.get(address)).text
    assert (await secretary.send(f"{address}/contact", reason="")).status_code == 422
    assert PHONE in (await secretary.send(f"{address}/contact", reason="核实")).text
    line = await served.admin.fetchrow("SELECT * FROM audit_line WHERE action = 'publication.contact_shown'")
    assert (line["by_name"], "核实" in line["data"]) == ("王建国", True)
    sent = await secretary.send(f"{address}/answer", answer=f"已核实，电话{PHONE}。", upheld="1")
    assert sent.status_code == 303
    told = await public.receipt_of(receipt)
    assert (told.upheld, told.answer) == (True, "已核实，电话138****5678。")
    again = await secretary.send(f"{address}/answer", answer="再答一次", upheld="0")
    assert (again.status_code, "再答一次" in again.text) == (409, True)


async def test_a_township_sees_what_is_late_first_and_its_villages_folded(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    system, other = system_scope(nan.code), nan.posts["second_village"].scope.region
    async with transaction(system):
        await on_calendar(system, Event(new_id(), "disclosure.calendar", nan.code, nan.code, {}, clock.now()))
    due = "UPDATE publication_due SET opens_on = current_date - 30, due_on = current_date + $2::integer WHERE county = $1 AND region {} $3"
    await served.admin.execute(due.format("<>"), nan.code, 25, nan.village)
    await served.admin.execute(due.format("="), nan.code, -3, nan.village)
    leader = await client_for(nan.posts["township_leader"])
    page = (await leader.get("/disclosure")).text
    assert f"/disclosure?show=open&amp;region={nan.village}" in page
    assert f"/disclosure?show=open&amp;region={other}" not in page  # nothing of it is late or close
    assert "村里办结的事" in words_of(page.split("<summary>", 1)[1])
    assert "<details open" not in page
    every = (await leader.get("/disclosure?show=open")).text
    folded = re.findall(r'href="/disclosure\?show=open&amp;region=(\d{12})"', every)
    assert folded[0] == nan.village  # the worst first
    assert other in folded
    missing = (await leader.get("/disclosure?show=missing")).text
    assert re.findall(r'href="/disclosure\?show=open&amp;region=(\d{12})"', missing) == [nan.village]
    flat = (await leader.get("/disclosure?show=all")).text
    assert ("<summary>" in flat.split("<main", 1)[1], "村里办结的事" in flat) == (False, True)
    one = words_of((await leader.get(f"/disclosure?region={nan.village}")).text)
    assert "朱家兜" in one
    assert (await leader.get(f"/disclosure?region={served.world.zhu.village}")).status_code == 404
    county = await client_for(nan.posts["county_administrator"])
    towns = (await county.get("/disclosure")).text
    assert f"/disclosure?show=open&amp;region={nan.township}" in towns
    assert "练市镇的公开日历" in words_of((await county.get(f"/disclosure?region={nan.township}")).text)


def test_the_row_of_the_tests_has_a_value_for_every_kind() -> None:
    assert {column.name for column in COLUMNS} == set(ROW)


async def test_a_sheet_is_ordered_drawn_and_fetched(served: Site, client_for: ClientFor) -> None:
    secretary = await client_for(served.world.nan.posts["village_secretary"])
    made = await publish(secretary, f"/disclosure/draft?section=test_aid&subject={new_id()}")
    assert (await secretary.get(f"/publications/{made}/sheet.pdf")).status_code == 404
    ordered = await secretary.send(f"/publications/{made}/pdf")
    assert re.fullmatch(r"/jobs/[0-9a-f-]{36}", ordered.headers["location"])
    job = UUID(ordered.headers["location"].rsplit("/", 1)[1])
    row = await served.admin.fetchrow("SELECT county, region FROM job_row WHERE id = $1", job)
    scope = system_scope(row["region"], county=row["county"])
    told = Event(new_id(), "job.run", row["county"], row["region"], {"job": str(job)}, clock.now())
    await run_work(current().subscriptions.by_kind, scope, told)
    sheet = await secretary.get(f"/publications/{made}/sheet.pdf")
    assert sheet.content.startswith(b"%PDF-")
    stranger = await client_for(served.world.zhu.posts["village_secretary"])
    assert (await stranger.get(f"/publications/{made}/sheet.pdf")).status_code == 404
    await secretary.send(f"/publications/{made}/withdraw", reason="涉及个人信息", hide="1")
    assert (await secretary.get(f"/publications/{made}/sheet.pdf")).status_code == 404
    assert (await secretary.send(f"/publications/{made}/pdf")).status_code == 409
