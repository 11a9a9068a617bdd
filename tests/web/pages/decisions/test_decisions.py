"""Pages of decisions: begun, recorded, refused when short, printed; who sees which; the county's procedures."""

import re
from datetime import timedelta
from pathlib import Path
from shutil import copytree

import pytest

from core.contracts.disclosure import WANTED
from core.decisions.actions.meetings import RESOLUTION_SECTION, record_step
from core.disclosure.reactions import on_wanted
from core.kernel import clock
from core.kernel.clock import local
from core.kernel.database import transaction
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import system_scope
from core.tenancy.packs import FOLDER
from tests.core.decisions.steps import begun, do, held, papers, seen, step_on
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import words_of
from web.pages.decisions import procedures as pages

NEW = {"title": "修建村口停车场", "text": "投资 12 万元，资金为村集体收入。", "kind": "project", "procedure": "four_step", "money": "120000"}


def today() -> str:
    return local(clock.now()).date().isoformat()


async def test_a_secretary_begins_a_decision_and_is_led_to_its_first_step(site: Site, client_for: ClientFor) -> None:
    visitor = await client_for(site.world.nan.posts["village_secretary"])
    form = await visitor.get("/decisions/new")
    assert "四议两公开" in form.text
    assert "议事会按年度授权决定" not in form.text
    answer = await visitor.send("/decisions/new", **{**NEW, "text": ""})
    assert answer.status_code == 422
    assert "修建村口停车场" in answer.text
    answer = await visitor.send("/decisions/new", **NEW)
    assert answer.status_code == 303
    page = await visitor.get(answer.headers["location"])
    assert "现在办：党组织提议" in words_of(page.text)
    assert "轮到谁 村党组织书记" in words_of(page.text)
    listed = words_of((await visitor.get("/decisions")).text)
    assert "修建村口停车场" in listed
    assert "没办完 1 件" in listed


async def test_a_short_meeting_comes_back_with_what_is_missing_and_can_be_recorded_as_failed(
    site: Site, client_for: ClientFor
) -> None:
    county = site.world.nan
    secretary = county.scope("village_secretary")
    made = await begun(secretary, now=clock.now())
    await do(secretary, record_step, decision=made, held=held(local(clock.now()).date()), now=clock.now())
    await papers(site.admin, secretary, made, photos=0)
    visitor = await client_for(county.posts["village_cadre"])
    sent = {"held_on": today(), "text": "商议停车场方案。", "should": "7", "came": "3", "approved": "3", "body": "committees"}
    answer = await visitor.send(f"/decisions/{made}/record", **sent)
    words = words_of(answer.text)
    assert answer.status_code == 422
    assert "到会人数不够：按规定至少 4 人到会，实到 3 人，还差 1 人。" in words
    assert "如实记为未通过" in words
    assert "商议停车场方案。" in answer.text
    answer = await visitor.send(f"/decisions/{made}/record", **sent, as_failed="1")
    assert answer.status_code == 303
    assert await visitor.flash() == "已如实记为未通过，可以以后再议。"
    page = words_of((await visitor.get(f"/decisions/{made}")).text)
    assert "上一次没有通过" in page
    assert "村两委商议 （没有通过）" in page  # failed is not late
    assert "（已超期）" not in page
    assert "还差 1 人" in page
    assert (await visitor.send(f"/decisions/{made}/repeat")).status_code == 303
    await papers(site.admin, county.scope("village_cadre"), made, photos=0)
    answer = await visitor.send(f"/decisions/{made}/record", **{**sent, "came": "6", "approved": "5"})
    assert await visitor.flash() == "已记录，进入下一步。"
    page = words_of((await visitor.get(f"/decisions/{made}")).text)
    assert "现在办：党员大会审议" in page
    assert "第 1 次 未通过" in page
    assert "第 2 次 通过" in page


async def test_a_notice_and_the_board_are_recorded_on_the_same_page(site: Site, client_for: ClientFor) -> None:
    county = site.world.nan
    secretary = county.scope("village_secretary")
    begin = clock.now() - timedelta(days=30)
    made = await begun(secretary, now=begin)
    await step_on(site.admin, secretary, made, now=begin)
    await step_on(site.admin, secretary, made, now=begin)
    visitor = await client_for(county.posts["village_secretary"])
    page = await visitor.get(f"/decisions/{made}/record")
    assert "哪天通知的" in page.text
    assert "提前 3 天通知" in page.text
    told = (local(begin).date() + timedelta(days=2)).isoformat()
    answer = await visitor.send(f"/decisions/{made}/tell", body="party_members", told_on=told)
    assert answer.status_code == 303
    page = words_of((await visitor.get(f"/decisions/{made}")).text)
    assert "已通知，等开会" in page
    assert "记录会议" in page
    await step_on_now(site, made)
    there = await seen(secretary, made)
    assert there.step.code == "resolution"
    printed = await visitor.get(f"/decisions/{made}/records/{there.record['id']}/print")
    assert printed.status_code == 200
    assert "□ 通过" in printed.text
    done = next(each for each in there.records if each["state"] == "passed" and each["should"])
    printed = words_of((await visitor.get(f"/decisions/{made}/records/{done['id']}/print")).text)
    assert "应到 45 人" in printed
    assert "主持人签名" in printed


async def test_what_is_still_due_online_is_said_on_the_page(site: Site, client_for: ClientFor) -> None:
    """A board with a photo does not take the place of the public page; the page says so, with the calendar's day."""
    county = site.world.nan
    made = await begun(county.scope("village_secretary"))
    visitor = await client_for(county.posts["village_secretary"])
    assert "在网上公开" not in words_of((await visitor.get(f"/decisions/{made}")).text)
    now = clock.now()
    last = local(now).date() + timedelta(days=3)
    system = system_scope(county.village, county=county.code)
    told = {"section": RESOLUTION_SECTION, "subject": str(made), "title": "修路", "at": now.isoformat(), "due_on": last.isoformat()}
    async with transaction(system):
        await on_wanted(system, Event(new_id(), WANTED, county.code, county.village, told, now))
    page = (await visitor.get(f"/decisions/{made}")).text
    assert f"最迟{last.month}月{last.day}日还要在网上公开" in words_of(page).replace(f"{last.year}年", "")
    assert f"/disclosure/draft?section={RESOLUTION_SECTION}&amp;region={county.village}&amp;subject={made}" in page


async def test_days_until_a_meeting_are_counted_as_on_a_calendar(site: Site, client_for: ClientFor) -> None:
    county = site.world.nan
    secretary = county.scope("village_secretary")
    begin = clock.now() - timedelta(days=30)
    made = await begun(secretary, now=begin)
    await step_on(site.admin, secretary, made, now=begin)
    await step_on(site.admin, secretary, made, now=begin)
    visitor = await client_for(county.posts["village_secretary"])
    assert (await visitor.send(f"/decisions/{made}/tell", body="party_members", told_on=today())).status_code == 303
    row = (await seen(secretary, made)).row
    days = (local(row["waits_until"]).date() - local(clock.now()).date()).days
    assert days >= 3
    for path in (f"/decisions/{made}", "/decisions"):
        assert f"{days} 天后可以开会" in words_of((await visitor.get(path)).text)


@pytest.mark.parametrize("days", [-31, -1, 1])
async def test_a_notice_sent_past_the_form_is_neither_dated_back_nor_ahead(site: Site, client_for: ClientFor, days: int) -> None:
    """The browser's bounds are a help; the server's answer is the rule, and what was written stays."""
    county = site.world.nan
    secretary = county.scope("village_secretary")
    begin = clock.now() - timedelta(days=30)
    made = await begun(secretary, now=begin)
    await step_on(site.admin, secretary, made, now=begin)
    await step_on(site.admin, secretary, made, now=begin)
    row = (await seen(secretary, made)).row
    day = (row["step_on"] if days < 0 else local(clock.now()).date()) + timedelta(days=days)
    visitor = await client_for(county.posts["village_secretary"])
    answer = await visitor.send(f"/decisions/{made}/tell", body="party_members", told_on=day.isoformat(), told_text="逐人电话通知")
    words = words_of(answer.text)
    assert answer.status_code == 422
    assert f"通知的日期应在 {row['step_on'].isoformat()} 和今天之间。" in words
    assert "逐人电话通知" in words
    after = (await seen(secretary, made)).row
    assert (after["state"], after["waits_until"]) == (row["state"], None)


async def step_on_now(site: Site, made) -> None:  # noqa: ANN001 - an id
    secretary = site.world.nan.scope("village_secretary")
    await papers(site.admin, secretary, made)
    await do(secretary, record_step, decision=made, held=held(local(clock.now()).date()), now=clock.now())


async def test_township_and_county_look_on_with_clocks_and_cannot_act(site: Site, client_for: ClientFor) -> None:
    county = site.world.zhu
    secretary = county.scope("village_secretary")
    begin = clock.now() - timedelta(days=60)
    made = await begun(secretary, title="农家书屋改建", now=begin)
    for role in ("township_leader", "county_administrator", "county_inspector"):
        visitor = await client_for(county.posts[role])
        listed = words_of((await visitor.get("/decisions?late=1")).text)
        assert "农家书屋改建" in listed
        assert "超期" in listed
        page = await visitor.get(f"/decisions/{made}")
        assert "现在办：党组织提议" in words_of(page.text)
        assert f"/decisions/{made}/record" not in page.text
        assert (await visitor.get(f"/decisions/{made}/record")).status_code == 403
    other = await client_for(site.world.nan.posts["village_secretary"])
    assert (await other.get(f"/decisions/{made}")).status_code == 404
    neighbour = await client_for(county.posts["second_village"])
    assert (await neighbour.get(f"/decisions/{made}/record")).status_code == 404


async def test_the_county_says_which_procedures_hold_and_with_which_numbers(site: Site, client_for: ClientFor) -> None:
    boss = await client_for(site.world.nan.posts["county_administrator"])
    assert "村里不能使用" in words_of((await boss.get("/procedures")).text)
    page = await boss.get("/procedures/five_step")
    assert re.search(r'value="3"[^>]*name="publish_resolution\.days"', page.text)
    answer = await boss.send("/procedures/five_step", allowed="1", **{"resolution.representatives.quorum": ">1/2 should", "reason": "试点"})
    assert answer.status_code == 422
    assert "不能低于村民委员会组织法" in answer.text
    answer = await boss.send("/procedures/five_step", allowed="1", **{"publish_resolution.days": "7", "reason": "试点"})
    assert answer.status_code == 303
    page = words_of((await boss.get("/procedures/five_step")).text)
    assert "第 2 版：村里可以使用" in page
    assert "试点" in page
    secretary = await client_for(site.world.nan.posts["village_secretary"])
    assert "五议两公开" in (await secretary.get("/decisions/new")).text
    assert (await secretary.get("/procedures")).status_code == 403
    assert (await boss.get("/procedures/none")).status_code == 404


async def test_the_county_takes_over_the_procedures_of_its_pack(
    site: Site, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    zhu = site.world.zhu
    copytree(FOLDER / "330681" / "procedures", tmp_path / zhu.code / "procedures")
    monkeypatch.setattr(pages, "FOLDER", tmp_path)
    boss = await client_for(zhu.posts["county_administrator"])
    assert "本县县包里的流程" in words_of((await boss.get("/procedures")).text)
    refused = await boss.send("/procedures/pack", codes="five_step", reason="")
    assert refused.status_code == 422
    assert "请写明原因" in refused.text
    assert (await boss.send("/procedures/pack", reason="本县规定")).status_code == 422
    assert (await boss.send("/procedures/pack", codes="five_step", reason="本县规定")).status_code == 303
    page = words_of((await boss.get("/procedures")).text)
    assert "本县县包里的流程" not in page
    assert "本县规定" in page
    secretary = await client_for(zhu.posts["village_secretary"])
    assert "五议两公开" in (await secretary.get("/decisions/new")).text
    assert (await secretary.send("/procedures/pack", codes="five_step", reason="试")).status_code == 403


@pytest.mark.parametrize("path", ["/decisions", "/decisions/new", "/decisions?state_is=running&late=1&q=%E5%81%9C"])
async def test_pages_are_there_in_english(site: Site, client_for: ClientFor, path: str) -> None:
    await site.admin.execute("UPDATE session SET language = 'en'")
    visitor = await client_for(site.world.nan.posts["village_secretary"])
    page = await visitor.get(path)
    assert page.status_code == 200
    assert re.search("Begin a decision|Decisions", page.text)
