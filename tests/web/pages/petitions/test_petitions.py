"""A matter on its pages: raised on a phone without an account, handled by staff, judged by whoever keeps the receipt."""

import io
import re
from collections.abc import AsyncIterator

import httpx
import pytest
from PIL import Image

from tests.core.petitions.steps import raised
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


async def test_until_it_is_sorted_the_receipt_names_no_desk(site: Site, stranger: httpx.AsyncClient) -> None:
    """What a whistle-blower photographs first must not say that the village has it."""
    nan = site.world.nan
    address = await raise_one(stranger, nan.village, kind="supervision", about="village", phone="", title="书记家占了晒场")
    page = (await stranger.get(address)).text
    assert "正在分派" in page
    assert "现在由" not in page
    history = page.split("经过")[-1]
    assert "收到您的反映" in history
    assert "朱家兜" not in history
    english = (await stranger.get(f"{address}?lang=en")).text
    assert not re.search(r"[\u4e00-\u9fff]", english.split('<ul class="lines">')[1].split("</ul>")[0])
    await deliver_all(site.admin)
    page = (await stranger.get(address)).text
    assert "现在由朱家兜监察工作联络站办理。" in page
    assert "正在分派" not in page


def steps_in(page: str) -> list[str]:
    """Give what the receipt's page tells of the history: what was done, by whom where that is said, and when."""
    lines = page.split('<ul class="lines">')[1].split("</ul>", maxsplit=1)[0]
    return [" ".join(re.sub(r"<[^>]+>", " ", line).split()) for line in lines.split("<li>")[1:]]


async def test_the_history_says_you_and_tells_of_joining_without_naming_others(
    site: Site, stranger: httpx.AsyncClient, client_for: ClientFor
) -> None:
    nan = site.world.nan
    other, _ = await raised(site.admin, nan, title="晒场积水", body="别人写的晒场积水。", phone="")
    number = await site.admin.fetchval("SELECT number FROM petition WHERE id = $1", other)
    address = await raise_one(stranger, nan.village, title="晒场也积水", phone="")
    await deliver_all(site.admin)
    mine = await site.admin.fetchval("SELECT id FROM petition WHERE title = '晒场也积水'")
    secretary = await client_for(nan.posts["village_secretary"])
    assert (await secretary.send(f"/petitions/{mine}/merge", into=str(other))).status_code == 303
    assert number in (await secretary.get(f"/petitions/{mine}")).text
    page = (await stranger.get(address)).text
    assert "与同类的反映合在一起办理，一起答复" in page
    assert "补充情况" in page
    for others in (number, "晒场积水", str(other)):
        assert others not in page
    done = await send(stranger, f"{address}/add", address, text="北边也积水。")
    assert (done.status_code, done.headers["location"]) == (303, address)
    await deliver_all(site.admin)
    assert "北边也积水。" in (await secretary.get(f"/petitions/{mine}")).text
    assert (await secretary.send(f"/petitions/{mine}/unmerge")).status_code == 303
    leader = await client_for(nan.posts["township_leader"])
    assert (await leader.send(f"/petitions/{mine}/press")).status_code == 303
    told = steps_in((await stranger.get(address)).text)
    assert [each.split(" ")[0] for each in told] == [
        "上级催办", "不再合在一起，单独办理", "您补充了情况", "与同类的反映合在一起办理，一起答复", "收到您的反映",
    ]  # fmt: skip
    assert "北边也积水。" in told[2]
    desk = "朱家兜"
    assert [desk in each for each in told] == [False, True, False, True, False]  # said where the desk did it, and nowhere else


async def test_where_it_can_go_is_named_in_full_and_says_what_becomes_of_the_time(site: Site, client_for: ClientFor) -> None:
    nan = site.world.nan
    made, _ = await raised(site.admin, nan, title="桥栏杆松了", phone="")
    secretary = await client_for(nan.posts["village_secretary"])
    here = f"/petitions/{made}"
    offered = re.findall(r'<option value="((?:region|grid|office):[^"]+)"[^>]*>([^<]+)</option>', (await secretary.get(here)).text)
    names = dict(offered)
    assert names[f"region:{nan.township}"].endswith("镇")
    assert names[f"region:{nan.code}"].endswith("区")
    due = await site.admin.fetchval("SELECT due_at FROM petition WHERE id = $1", made)
    done = await secretary.send(f"{here}/transfer", to=f"grid:{nan.grid}", reason="近")
    assert done.status_code == 303
    assert "已转办，办理期限不变。" in (await secretary.get(here)).text
    assert await site.admin.fetchval("SELECT due_at FROM petition WHERE id = $1", made) == due


async def test_about_its_secretary_no_village_is_offered(site: Site, client_for: ClientFor) -> None:
    nan = site.world.nan
    made, _ = await raised(site.admin, nan, title="书记家占了晒场", about_name="村书记", phone="")
    leader = await client_for(nan.posts["township_leader"])
    page = (await leader.get(f"/petitions/{made}")).text
    assert f'value="region:{nan.code}"' in page
    assert f'value="region:{nan.village}"' not in page
    assert 'value="grid:' not in page
    assert (await (await client_for(nan.posts["village_cadre"])).get(f"/petitions/{made}")).status_code == 404


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
