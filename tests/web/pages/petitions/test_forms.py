"""Forms of petitions that were refused: a way to each field, and whatever was typed, also where the form is not there any more."""

import re
from uuid import UUID

import httpx
import pytest

from core.kernel.database import transaction
from core.petitions.actions import handling
from core.petitions.actions.handling import Desk
from tests.factories.world import NOW, SECOND_VILLAGE
from tests.isolation.rich import deliver_all
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.petitions.test_overseeing import address_for
from tests.web.pages.petitions.test_petitions import FIELDS, raise_one, send, stranger, token_in

__all__ = ["stranger"]


def links_in(page: str) -> dict[str, str]:
    """Give what is said on top, by the field it leads to; each must be there."""
    top = re.search(r'<div class="told notice" role="alert" id="errors".*?</div>', page, re.DOTALL)
    assert top is not None, page
    found = dict(re.findall(r'<li><a href="#([\w-]+)">([^<]*)</a></li>', top[0]))
    for field in found:
        assert page.count(f'id="{field}"') == 1, field
        assert f'id="{field}-wrong"' in page, field
    return found


async def test_refused_form_leads_to_each_wrong_field(site: Site, stranger: httpx.AsyncClient) -> None:
    here = f"/public/{site.world.nan.village}/petitions/new"
    sent = {**FIELDS, "kind": "supervision", "title": "", "body": "短", "phone": "12345"}
    answer = await send(stranger, here, here, **sent)
    assert answer.status_code == 422
    assert links_in(answer.text) == {
        "title": "什么事（一句话）：请用一句话写明是什么事，最多 40 字。", "body": "情况：请写明情况，5 到 1000 字。",
        "phone": "您的手机号（可不填）：请填写 11 位手机号，或者不填。", "about": "是哪里的人（监督举报必选）：请选择反映的是哪里的人。",
    }  # fmt: skip
    english = await stranger.post(f"{here}?lang=en", data={"form_token": token_in(answer.text), **sent})
    assert set(links_in(english.text)) == {"title", "body", "phone", "about"}
    assert not re.search(r'<a href="#[\w-]+">[^<]*[\u4e00-\u9fff]', english.text)


async def test_refused_judgement_and_code_lead_to_their_fields(site: Site, stranger: httpx.AsyncClient, client_for: ClientFor) -> None:
    address = await raise_one(stranger, site.world.nan.village, title="水沟盖板坏了", phone="")
    await deliver_all(site.admin)
    secretary = await client_for(site.world.nan.posts["village_secretary"])
    here = await address_for(secretary, "水沟盖板坏了")
    await secretary.send(f"{here}/accept")
    await secretary.send(f"{here}/answer", text="换了盖板。", solved="yes")
    wrong = await send(stranger, f"{address}/judge", address, words="话", solved="")
    assert links_in(wrong.text) == {"judge-solved": "您的评价：请选择问题解决了没有。"}
    look_up = await stranger.post("/petition", data={"receipt": "A" * 20})
    assert set(links_in(look_up.text)) == {"receipt"}


async def test_what_was_typed_is_kept_where_the_place_closed_its_form(site: Site, stranger: httpx.AsyncClient) -> None:
    nan = site.world.nan
    here = f"/public/{nan.village}/petitions/new"
    token = token_in((await stranger.get(here)).text)
    await site.admin.execute(
        "INSERT INTO setting (county, id, region, area, key, value, valid_from, reason, by_name, created_at)"
        " VALUES ($1, gen_random_uuid(), $1, 'petitions', 'open', 'false', '2026-01-01', '停', '测试', now())", nan.code,
    )  # fmt: skip
    try:
        closed = await stranger.post(here, data={"form_token": token, **FIELDS, "phone": ""})
    finally:
        await site.admin.execute("DELETE FROM setting WHERE area = 'petitions' AND county = $1", nan.code)
    assert closed.status_code == 409
    assert "这里现在不在网上收反映" in closed.text
    assert "您写的内容没有提交，请先复制保存" in closed.text
    for text in (FIELDS["title"], FIELDS["body"]):
        assert text in closed.text


async def test_what_was_typed_is_kept_where_the_answer_was_faster(site: Site, stranger: httpx.AsyncClient, client_for: ClientFor) -> None:
    address = await raise_one(stranger, site.world.nan.village, title="井盖松动", phone="")
    await deliver_all(site.admin)
    token = token_in((await stranger.get(address)).text)
    secretary = await client_for(site.world.nan.posts["village_secretary"])
    here = await address_for(secretary, "井盖松动")
    await secretary.send(f"{here}/accept")
    await secretary.send(f"{here}/answer", text="固定好了。", solved="yes")
    late = await stranger.post(f"{address}/add", data={"form_token": token, "text": "还有一处也松了。"})
    assert late.status_code == 409
    assert "还有一处也松了。" in late.text
    assert "您写的内容没有提交，请先复制保存" in late.text


async def test_what_was_typed_is_kept_where_it_went_to_another_desk(site: Site, stranger: httpx.AsyncClient, client_for: ClientFor) -> None:
    nan = site.world.nan
    await raise_one(stranger, nan.village, title="河埠头台阶塌了", phone="13812345678", may_publish="1")
    await deliver_all(site.admin)
    secretary = await client_for(nan.posts["village_secretary"])
    here = await address_for(secretary, "河埠头台阶塌了")
    leader = nan.scope("township_leader")
    petition = UUID(here.rpartition("/")[2])
    await secretary.send(f"{here}/accept")
    async with transaction(leader):
        await handling.transfer_petition(leader, petition=petition, to=Desk(nan.township), reason="镇里修", now=NOW)
    typed = {
        "answer": {"text": "台阶已经砌好。", "solved": "yes", "public_title": "修河埠头"}, "note": {"text": "去量过了。"},
        "refuse": {"reason": "不归我们管。"}, "reveal": {"reason": "想打电话核实。"}, "transfer": {"reason": "请镇里办。", "to": f"region:{nan.township}"},
    }  # fmt: skip
    for deed, fields in typed.items():
        answer = await secretary.send(f"{here}/{deed}", **fields)
        assert answer.status_code in {403, 409, 422}, deed
        assert "您写的内容没有提交" in answer.text, deed
        for name, text in fields.items():
            assert name in {"solved", "to"} or text in answer.text, (deed, name)


async def test_what_staff_typed_is_kept_where_the_place_is_no_more(site: Site, client_for: ClientFor) -> None:
    nan = site.world.nan
    staff = await client_for(nan.posts["township_staff"])
    place = f"{nan.code}{SECOND_VILLAGE}"
    form = {"_key": "k9", "source": "hotline", "kind": "help", "title": "独居老人", "body": "请上门看看老人。", "raiser_name": "陈大海"}
    await site.admin.execute("UPDATE region SET closed = '2026-01-01' WHERE code = $1", place)
    try:
        refused = await staff.send("/petitions/new", **form, place=place)
    finally:
        await site.admin.execute("UPDATE region SET closed = NULL WHERE code = $1", place)
    assert refused.status_code == 409
    for text in ("请上门看看老人。", "独居老人", "陈大海"):
        assert text in refused.text
    not_theirs = await staff.send("/petitions/new", **{**form, "kind": "supervision", "about": "village"}, place=nan.village)
    assert not_theirs.status_code == 403
    assert "请上门看看老人。" in not_theirs.text


@pytest.mark.parametrize("block", ["1", ""])
async def test_finding_of_abuse_says_what_reopening_lifts(
    site: Site, stranger: httpx.AsyncClient, client_for: ClientFor, block: str
) -> None:
    title = f"卖药{block or '二'}"
    address = await raise_one(stranger, site.world.nan.village, title=title, phone=f"1361234777{block or 2}")
    await deliver_all(site.admin)
    leader = await client_for(site.world.nan.posts["township_leader"])
    here = await address_for(leader, title)
    assert "那时来源的暂停同时解除" in (await leader.get(here)).text
    assert (await leader.send(f"{here}/abuse", reason="广告", block=block)).status_code == 303
    assert "因它停下的手机号或网络同时恢复" in (await stranger.get(address)).text
    assert (await send(stranger, f"{address}/reopen", address, reason="不是广告。")).status_code == 303
    await deliver_all(site.admin)
    assert "因它停下的手机号或网络同时恢复" not in (await stranger.get(address)).text
    await raise_one(stranger, site.world.nan.village, phone=f"1361234777{block or 2}")
