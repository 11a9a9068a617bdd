"""A matter on its pages: raised on a phone without an account, handled by staff, judged by whoever keeps the receipt."""

import io
import re
from collections.abc import AsyncIterator

import httpx
import pytest
from PIL import Image

from tests.isolation.rich import deliver_all
from tests.web.pages.conftest import ClientFor, Site
from web.pages.public.petition_forms import A_READER_HOUR

ORIGIN = "http://127.0.0.1:8000"
FIELDS = {
    "kind": "complaint", "title": "村口路灯不亮", "body": "村口三盏路灯坏了两个月。", "name": "陈阿土", "phone": "13812345678",
    "may_publish": "1",
}  # fmt: skip


@pytest.fixture
async def stranger(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    """Give a browser that nobody signed in, whose counted uses are forgotten."""
    await site.admin.execute("TRUNCATE rate_limit")
    transport = httpx.ASGITransport(app=site.first)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers={"origin": ORIGIN}) as client:
        yield client


def token_in(page: str) -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


async def send(client: httpx.AsyncClient, address: str, form_page: str, **fields: str) -> httpx.Response:
    """Send a form of a page with its token."""
    page = await client.get(form_page)
    assert page.status_code == 200, form_page
    return await client.post(address, data={"form_token": token_in(page.text), **fields})


async def raise_one(client: httpx.AsyncClient, code: str, **changes: str) -> str:
    """Raise a matter; gives the address of its page."""
    here = f"/public/{code}/petitions/new"
    done = await send(client, here, here, **{**FIELDS, **changes})
    assert done.status_code == 303, done.text
    return done.headers["location"]


async def test_from_a_phone_to_closing(site: Site, stranger: httpx.AsyncClient, client_for: ClientFor) -> None:
    nan = site.world.nan
    assert f"/public/{nan.village}/petitions/new" in (await stranger.get(f"/public/{nan.village}")).text
    address = await raise_one(stranger, nan.village)
    page = await stranger.get(address)
    assert "村口路灯不亮" in page.text
    assert "待受理" in page.text
    assert "13812345678" not in page.text
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "same-origin"  # with none at all browsers would send no Origin
    assert len(page.content) < 20_000
    await deliver_all(site.admin)
    secretary = await client_for(nan.posts["village_secretary"])
    listed = (await secretary.get("/petitions")).text
    found = re.search(r'href="(/petitions/[0-9a-f-]{36})"', listed)
    assert found is not None
    one = (await secretary.get(found[1])).text
    assert "138****5678" in one
    assert "陈**" in one
    assert "13812345678" not in one
    assert (await secretary.send(f"{found[1]}/accept")).status_code == 303
    refused = await secretary.send(f"{found[1]}/answer", text="路灯修好了。", solved="")
    assert refused.status_code == 422
    assert "路灯修好了。" in refused.text
    assert (await secretary.send(f"{found[1]}/answer", text="路灯修好了。", solved="yes")).status_code == 303
    page = await stranger.get(address)
    assert "路灯修好了。" in page.text
    wrong = await send(stranger, f"{address}/judge", address, words="还差一盏")
    assert wrong.status_code == 422
    assert "还差一盏" in wrong.text
    assert (await send(stranger, f"{address}/judge", address, solved="no", words="还差一盏")).status_code == 303
    closed = (await stranger.get(address)).text
    assert "已办结" in closed
    assert "您认为" in closed
    assert "还差一盏" in (await secretary.get(found[1])).text


async def test_bad_input_keeps_what_was_typed(site: Site, stranger: httpx.AsyncClient) -> None:
    here = f"/public/{site.world.nan.village}/petitions/new"
    answer = await send(stranger, here, here, **{**FIELDS, "phone": "12345", "title": ""})
    assert answer.status_code == 422
    for kept in ("村口三盏路灯坏了两个月。", 'value="12345"', "陈阿土", "请用一句话写明是什么事", "请填写 11 位手机号"):
        assert kept in answer.text, kept
    english = await stranger.post(f"{here}?lang=en", data={"form_token": token_in(answer.text), **FIELDS, "phone": "12345"})
    assert english.status_code == 422
    assert not re.search(r"<p class=\"wrong\"[^>]*>[^<]*[\u4e00-\u9fff]", english.text)


async def test_form_sent_twice_is_one_matter(site: Site, stranger: httpx.AsyncClient) -> None:
    here = f"/public/{site.world.nan.village}/petitions/new"
    token = token_in((await stranger.get(here)).text)
    before = await site.admin.fetchval("SELECT count(*) FROM petition")
    addresses = {
        (await stranger.post(here, data={"form_token": token, **FIELDS, "phone": ""})).headers["location"] for _ in range(2)
    }
    assert len(addresses) == 1
    assert await site.admin.fetchval("SELECT count(*) FROM petition") == before + 1


async def test_other_sites_machines_and_old_forms_are_refused(site: Site, stranger: httpx.AsyncClient) -> None:
    here = f"/public/{site.world.nan.village}/petitions/new"
    other = f"/public/{site.world.zhu.village}/petitions/new"
    token = token_in((await stranger.get(here)).text)
    before = await site.admin.fetchval("SELECT count(*) FROM petition")
    foreign = await stranger.post(here, data={"form_token": token, **FIELDS}, headers={"origin": "https://evil.example"})
    assert foreign.status_code == 403
    for data in (
        FIELDS, {"form_token": "1.x.y", **FIELDS}, {"form_token": token, **FIELDS, "homepage": "http://spam"},
        {"form_token": f"{token[:-1]}0" if token[-1] != "0" else f"{token[:-1]}1", **FIELDS},
    ):  # fmt: skip
        answer = await stranger.post(here, data=data)
        assert answer.status_code == 422
        assert "村口三盏路灯坏了两个月。" in answer.text
    assert (await stranger.post(other, data={"form_token": token, **FIELDS})).status_code == 422
    assert await site.admin.fetchval("SELECT count(*) FROM petition") == before


async def test_one_reader_raises_so_many_an_hour(site: Site, stranger: httpx.AsyncClient) -> None:
    for _ in range(A_READER_HOUR):
        await raise_one(stranger, site.world.nan.village, phone="")
    here = f"/public/{site.world.nan.village}/petitions/new"
    answer = await send(stranger, here, here, **{**FIELDS, "phone": ""})
    assert answer.status_code == 429
    assert "村口三盏路灯坏了两个月。" in answer.text
    transport = httpx.ASGITransport(app=site.second)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers={"origin": ORIGIN}) as other:
        assert (await send(other, here, here, **{**FIELDS, "phone": ""})).status_code == 429  # counted in both processes together


async def test_receipts_are_looked_up_and_not_guessed(site: Site, stranger: httpx.AsyncClient) -> None:
    address = await raise_one(stranger, site.world.nan.village, phone="")
    receipt = address.rpartition("/")[2]
    shown = f"{receipt[:4]}-{receipt[4:8]} {receipt[8:].lower()}"
    found = await stranger.post("/petition", data={"receipt": shown})
    assert (found.status_code, found.headers["location"]) == (303, address)
    wrong = await stranger.post("/petition", data={"receipt": "A" * 20})
    assert wrong.status_code == 422
    assert 'value="AAAAAAAAAAAAAAAAAAAA"' in wrong.text
    assert (await stranger.get(f"/petition/{'A' * 20}")).status_code == 404
    answers = [(await stranger.get(f"/petition/{'B' * 20}")).status_code for _ in range(130)]
    assert answers[-1] == 429


async def test_staff_enter_what_came_elsewhere_and_read_the_figures(site: Site, stranger: httpx.AsyncClient, client_for: ClientFor) -> None:
    staff = await client_for(site.world.nan.posts["township_staff"])
    assert "从哪里来的" in (await staff.get("/petitions/new")).text
    form = {"_key": "k1", "source": "hotline", "kind": "help", "title": "老人独居无人照看", "body": "请派人上门看看。"}
    refused = await staff.send("/petitions/new", **form)
    assert refused.status_code == 422
    assert "请派人上门看看。" in refused.text
    done = await staff.send("/petitions/new", **form, place=site.world.nan.village)
    assert done.status_code == 200
    found = re.search(r"(?:[2-9A-Z]{4}-){4}[2-9A-Z]{4}", done.text)
    assert found is not None
    assert (await staff.send("/petitions/new", **form, place=site.world.nan.village)).text.count(found[0]) == 1
    assert "老人独居无人照看" in (await stranger.get(f"/petition/{found[0]}")).text
    await deliver_all(site.admin)
    figures = (await staff.get("/petitions/figures")).text
    assert "朱家兜" in figures
    assert (await staff.get("/petitions/figures?period=x")).status_code == 200


def picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(made, "JPEG")
    return made.getvalue()


async def test_photos_are_seen_by_those_who_see_the_matter(site: Site, stranger: httpx.AsyncClient, client_for: ClientFor) -> None:
    nan = site.world.nan
    here = f"/public/{nan.village}/petitions/new"
    data = {**FIELDS, "phone": "", "kind": "supervision", "about": "village", "title": "照片里的事"}
    page = (await stranger.get(here)).text
    bad = await stranger.post(
        here, data={"form_token": token_in(page), **data}, files=[("photos", ("a.exe", b"MZ", "application/x-msdownload"))]
    )
    assert bad.status_code == 422
    assert "照片里的事" in bad.text
    many = [("photos", (f"{n}.jpg", picture(), "image/jpeg")) for n in range(4)]
    assert (await stranger.post(here, data={"form_token": token_in(page), **data}, files=many)).status_code == 422
    false = await stranger.post(
        here, data={"form_token": token_in(page), **data}, files=[("photos", ("a.jpg", b"no picture", "image/jpeg"))]
    )
    assert false.status_code == 422
    done = await stranger.post(here, data={"form_token": token_in(page), **data}, files=many[:2])
    assert done.status_code == 303
    await deliver_all(site.admin)
    rows = await site.admin.fetch(
        "SELECT f.id FROM file f JOIN petition p ON p.id = f.subject_id WHERE p.title = '照片里的事' AND f.state = 'kept' AND f.attached_at IS NOT NULL"
    )
    assert len(rows) == 2
    station = await client_for(nan.posts["supervision_committee"])
    for role in ("village_secretary", "village_cadre", "township_leader"):
        other = await client_for(nan.posts[role])
        assert (await other.get(f"/files/{rows[0]['id']}")).status_code == 404
        assert (await other.get(f"/files/{rows[0]['id']}/preview")).status_code == 404
    assert (await station.get(f"/files/{rows[0]['id']}")).status_code == 200
