"""What those above a desk do on its pages; codes that prove a phone; and what is kept from whoever does not handle a matter."""

import re
from asyncio import gather
from collections.abc import AsyncIterator

import httpx
import pytest
import structlog

from core.petitions.rules import AREA
from tests.core.petitions.gateway import Received, gateway
from tests.isolation.rich import deliver_all
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.petitions.test_petitions import FIELDS, ORIGIN, raise_one, send, stranger, token_in
from tests.web.visitors import Visitor
from web.pages.public.petition_codes import A_PHONE_DAY
from web.pages.public.petition_forms import one_line

__all__ = ["stranger"]
PHONE = "13612340001"


async def address_for(staff: Visitor, title: str) -> str:
    """Find a matter in a post's list."""
    listed = (await staff.get(f"/petitions?state_is=all&q={title}")).text
    found = re.search(r'href="(/petitions/[0-9a-f-]{36})"', listed)
    assert found is not None, listed
    return found[1]


@pytest.mark.parametrize(("host", "line"), [
    ("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"), ("unix", "unix"), ("", ""),
])  # fmt: skip
def test_an_ipv6_line_is_one_reader_however_many_addresses_it_has(host: str, line: str) -> None:
    assert one_line(host) == line


async def test_township_reminds_and_sees_nobody(site: Site, stranger: httpx.AsyncClient, client_for: ClientFor) -> None:
    await raise_one(stranger, site.world.nan.village, title="晒场没有灯", phone=PHONE)
    await deliver_all(site.admin)
    leader = await client_for(site.world.nan.posts["township_leader"])
    here = await address_for(leader, "晒场没有灯")
    page = (await leader.get(here)).text
    assert "反映人是谁，只有办理的人看得到。" in page
    assert "136****0001" not in page
    assert "陈**" not in page
    done = await leader.send(f"{here}/press")
    assert (done.status_code, done.headers["location"]) == (303, here)
    again = await leader.send(f"{here}/press")
    assert again.status_code == 409
    assert "刚催办过，请过 24 小时再催。" in again.text
    page = (await leader.get(here)).text
    assert "以后可以再催" in page
    secretary = await client_for(site.world.nan.posts["village_secretary"])
    assert "上级催办" in (await secretary.get(here)).text
    await deliver_all(site.admin)
    assert "上级催办群众反映“晒场没有灯”" in (await secretary.get("/notices")).text
    assert (await secretary.send(f"{here}/press")).status_code == 403


async def test_abuse_is_found_and_taken_back_on_the_page(site: Site, stranger: httpx.AsyncClient, client_for: ClientFor) -> None:
    address = await raise_one(stranger, site.world.nan.village, title="低价卖保健品", phone="13612340002")
    await deliver_all(site.admin)
    leader = await client_for(site.world.nan.posts["township_leader"])
    here = await address_for(leader, "低价卖保健品")
    empty = await leader.send(f"{here}/abuse", reason="", block="1")
    assert empty.status_code == 422
    assert (await leader.send(f"{here}/abuse", reason="广告", block="1")).status_code == 303
    assert "低价卖保健品" in (await leader.get("/petitions?state_is=abused")).text
    told = (await stranger.get(address)).text
    assert "认定为滥用反映渠道，不予受理" in told
    assert "广告" in told
    form = f"/public/{site.world.nan.village}/petitions/new"
    stopped = await send(stranger, form, form, **{**FIELDS, "phone": "13612340002"})
    assert stopped.status_code == 409
    assert "村口三盏路灯坏了两个月。" in stopped.text
    assert (await leader.send(f"{here}/clear", reason="不是广告")).status_code == 303
    assert "低价卖保健品" not in (await leader.get("/petitions?state_is=abused")).text
    await raise_one(stranger, site.world.nan.village, phone="13612340002")
    secretary = await client_for(site.world.nan.posts["village_secretary"])
    assert (await secretary.send(f"{here}/abuse", reason="烦人")).status_code == 403


async def test_what_was_written_is_kept_where_somebody_was_faster(site: Site, stranger: httpx.AsyncClient, client_for: ClientFor) -> None:
    await raise_one(stranger, site.world.nan.village, title="水管漏水", phone="")
    await deliver_all(site.admin)
    secretary = await client_for(site.world.nan.posts["village_secretary"])
    here = await address_for(secretary, "水管漏水")
    await secretary.send(f"{here}/accept")
    await secretary.send(f"{here}/answer", text="换了水管。", solved="yes")
    late = await secretary.send(f"{here}/answer", text="我也换了水管。", solved="yes")
    assert late.status_code == 409
    assert "我也换了水管。" in late.text
    assert "您写的内容没有提交" in late.text


async def test_search_finds_what_one_may_open(site: Site, stranger: httpx.AsyncClient, client_for: ClientFor) -> None:
    nan = site.world.nan
    await raise_one(stranger, nan.village, title="池塘清淤", phone="")
    await raise_one(stranger, nan.village, title="池塘承包款去向", phone="", kind="supervision", about="village")
    await deliver_all(site.admin)
    secretary = (await (await client_for(nan.posts["village_secretary"])).get("/search?q=池塘")).text
    assert "池塘清淤" in secretary
    assert "池塘承包款去向" not in secretary
    station = (await (await client_for(nan.posts["supervision_committee"])).get("/search?q=池塘")).text
    assert "池塘承包款去向" in station
    other = (await (await client_for(site.world.zhu.posts["village_secretary"])).get("/search?q=池塘")).text
    assert "池塘清淤" not in other


@pytest.fixture
async def proving(site: Site) -> AsyncIterator[Received]:
    """Have a county ask for codes, and a gateway that takes them for both processes."""
    await site.admin.execute("TRUNCATE petition_code")
    await site.admin.execute(
        "INSERT INTO setting (county, id, region, area, key, value, valid_from, reason, by_name, created_at)"
        " VALUES ($1, gen_random_uuid(), $1, $2, 'phone_code', '\"gateway\"', '2026-01-01', '核实', '测试', now())",
        site.world.zhu.code, AREA.name,
    )  # fmt: skip
    before = site.first.state.settings
    with gateway() as received:
        for app in (site.first, site.second):
            app.state.settings = before.model_copy(update={"sms_url": received.url, "sms_token": "t"})
        yield received
        for app in (site.first, site.second):
            app.state.settings = before


def here(site: Site) -> str:
    return f"/public/{site.world.zhu.village}/petitions/new"


async def test_phone_is_proved_by_a_code_from_either_process(site: Site, stranger: httpx.AsyncClient, proving: Received) -> None:
    form = here(site)
    page = (await stranger.get(form)).text
    assert "获取验证码" in page
    told = {"form_token": token_in(page), **FIELDS, "phone": PHONE}
    refused = await stranger.post(form, data=told)
    assert refused.status_code == 422
    assert "请填写短信里的验证码。" in refused.text
    with structlog.testing.capture_logs() as lines:
        asked = await stranger.post(f"{form}/code", data={**told, "title": "", "body": ""})
    assert asked.status_code == 200
    assert (await stranger.post(f"{form}/code", data=told)).status_code == 429
    assert "验证码已发到 136****0001" in asked.text
    assert [message["phone"] for message in proving.messages] == [PHONE]
    assert proving.code in proving.messages[0]["text"]
    assert PHONE not in str(lines) + proving.paths[0]
    wrong = await stranger.post(form, data={**told, "code": "999999" if proving.code != "999999" else "888888"})
    assert wrong.status_code == 422
    assert "验证码不对或已过期" in wrong.text
    assert "村口三盏路灯坏了两个月。" in wrong.text
    transport = httpx.ASGITransport(app=site.second)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers={"origin": ORIGIN}) as other:
        done = await other.post(form, data={**told, "code": proving.code})
    assert done.status_code == 303
    fresh = token_in((await stranger.get(form)).text)
    spent = await stranger.post(form, data={**told, "form_token": fresh, "code": proving.code})
    assert spent.status_code == 422


async def test_a_form_with_a_code_sent_twice_at_once_is_one_matter(site: Site, stranger: httpx.AsyncClient, proving: Received) -> None:
    """Whichever spends the code: both answers lead to the matter, for the second one is all that its sender sees."""
    form, phone = here(site), "13612340077"
    told = {"form_token": token_in((await stranger.get(form)).text), **FIELDS, "phone": phone}
    assert (await stranger.post(f"{form}/code", data=told)).status_code == 200
    before = await site.admin.fetchval("SELECT count(*) FROM petition")
    transport = httpx.ASGITransport(app=site.second)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers={"origin": ORIGIN}) as other:
        sent = [client.post(form, data={**told, "code": proving.code}) for client in (stranger, other)]
        answers = await gather(*sent)
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert await site.admin.fetchval("SELECT count(*) FROM petition") == before + 1


async def test_anonymous_ones_need_no_code_and_the_form_says_so(site: Site, stranger: httpx.AsyncClient, proving: Received) -> None:
    await raise_one(stranger, site.world.zhu.village, phone="")
    assert proving.messages == []


async def test_codes_are_few_for_a_phone_in_all_processes(site: Site, stranger: httpx.AsyncClient, proving: Received) -> None:
    form = here(site)
    told = {"form_token": token_in((await stranger.get(form)).text), **FIELDS, "phone": "13612340009"}
    answers = []
    for _ in range(A_PHONE_DAY + 1):
        answers.append((await stranger.post(f"{form}/code", data=told)).status_code)
        await site.admin.execute("UPDATE petition_code SET sent_at = sent_at - interval '2 minutes'")
    assert answers == [200] * A_PHONE_DAY + [429]
    assert len(proving.messages) == A_PHONE_DAY
    other = await stranger.post(f"{form}/code", data={**told, "form_token": "1.x.y"})
    assert other.status_code == 422


async def test_gateway_that_fails_is_said_and_nothing_is_lost(site: Site, stranger: httpx.AsyncClient, proving: Received) -> None:
    form = here(site)
    told = {"form_token": token_in((await stranger.get(form)).text), **FIELDS, "phone": "13612340010"}
    proving.status = 500
    with structlog.testing.capture_logs() as lines:
        failed = await stranger.post(f"{form}/code", data=told)
    assert failed.status_code == 503
    assert "短信验证码暂时发不出去" in failed.text
    assert "村口三盏路灯坏了两个月。" in failed.text
    assert [line["event"] for line in lines if "text_message" in line["event"]] == ["text_message_not_sent"]
    assert "13612340010" not in str(lines)
    proving.status = 202
    assert (await stranger.post(f"{form}/code", data=told)).status_code == 200  # not "a minute later"
    english = await stranger.post(f"{form}/code?lang=en", data=told)
    assert english.status_code == 429
    assert not re.search(r'role="alert">[^<]*[\u4e00-\u9fff]', english.text)


async def test_without_a_gateway_a_phone_cannot_be_proved(site: Site, stranger: httpx.AsyncClient, proving: Received) -> None:
    site.first.state.settings = site.first.state.settings.model_copy(update={"sms_url": ""})
    form = here(site)
    told = {"form_token": token_in((await stranger.get(form)).text), **FIELDS, "phone": "13612340011"}
    assert (await stranger.post(f"{form}/code", data=told)).status_code == 503
    assert (await stranger.post(form, data=told)).status_code == 422
    assert proving.messages == []


async def test_two_who_ask_at_once_get_one_message(site: Site, stranger: httpx.AsyncClient, proving: Received) -> None:
    form = here(site)
    told = {"form_token": token_in((await stranger.get(form)).text), **FIELDS, "phone": "13612340021"}
    for round_ in range(1, 4):
        answers = await gather(*[stranger.post(f"{form}/code", data=told) for _ in range(2)])
        assert sorted(answer.status_code for answer in answers) == [200, 429], round_
        assert len(proving.messages) == round_
        await site.admin.execute("UPDATE petition_code SET sent_at = sent_at - interval '2 minutes'")


async def test_a_county_pays_for_so_many_codes_a_day_and_its_administrator_hears_of_it_once(
    site: Site, stranger: httpx.AsyncClient, proving: Received, client_for: ClientFor
) -> None:
    zhu, form = site.world.zhu, here(site)
    await site.admin.execute(
        "INSERT INTO setting (county, id, region, area, key, value, valid_from, reason, by_name, created_at)"
        " VALUES ($1, gen_random_uuid(), $1, $2, 'codes_a_day', '10', '2026-01-01', '省钱', '测试', now())", zhu.code, AREA.name,
    )  # fmt: skip
    await site.admin.execute("DELETE FROM notice WHERE kind = 'petition_codes_used_up'")
    told = {"form_token": token_in((await stranger.get(form)).text), **FIELDS}
    for n in range(10):
        await site.admin.execute("DELETE FROM rate_limit WHERE key LIKE 'petition:code:reader:%'")
        assert (await stranger.post(f"{form}/code", data={**told, "phone": f"1361235{n:04}"})).status_code == 200
    for n in range(10, 13):
        await site.admin.execute("DELETE FROM rate_limit WHERE key LIKE 'petition:code:reader:%'")
        refused = await stranger.post(f"{form}/code", data={**told, "phone": f"1361235{n:04}"})
        assert refused.status_code == 429
        assert "今天的短信验证码已经发完" in refused.text
        assert "村口三盏路灯坏了两个月。" in refused.text
        await deliver_all(site.admin)
    assert len(proving.messages) == 10
    assert await site.admin.fetchval("SELECT count(*) FROM petition_code") == 10  # none is kept that was not sent
    rows = await site.admin.fetch("SELECT membership_id FROM notice WHERE kind = 'petition_codes_used_up'")
    assert [row["membership_id"] for row in rows] == [zhu.posts["county_administrator"].scope.membership]
    boss = await client_for(zhu.posts["county_administrator"])
    assert "今天全县的短信验证码已发到上限" in (await boss.get("/notices")).text
    assert "全县一天最多发验证码" in (await boss.get("/settings/petitions")).text
