"""Pages without an account: what was published, how large it is on the wire, how it is kept, and what it never shows."""

import gzip
import hashlib
import json
import random
import re
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from uuid import UUID

import httpx
import pytest

from core.contracts.disclosure import FieldKind
from core.disclosure.actions import (
    Released,
    Wanted,
    close_publication,
    correct_publication,
    release_publication,
    withdraw_publication,
)
from core.disclosure.by_hand import SHEETS
from core.disclosure.drafting import draft_of
from core.disclosure.entries import add_entries
from core.disclosure.periods import before, span_of
from core.kernel import clock
from core.kernel.database import transaction
from core.kernel.errors import Conflict
from core.kernel.ids import new_id
from tests.core.disclosure.notices import CARD, ID_NUMBER, NOTICE, PHONE, SUBJECT, with_sections
from tests.factories.world import County
from tests.web.pages.conftest import Site
from web.manifest import PREFIX, stored_form
from web.pages.public.boards import SEARCHES

ON_THE_WIRE = 20_000
_WORDS = {FieldKind.TEXT, FieldKind.ORGANISATION, FieldKind.NAME, FieldKind.PLACE, FieldKind.OFFICIAL, FieldKind.HOUSEHOLD}


@pytest.fixture(scope="module", autouse=True)
def notices(served: Site) -> Iterator[None]:
    """Let the sections of the tests be there."""
    assert served
    with with_sections(NOTICE):
        yield


@pytest.fixture
async def stranger(served: Site) -> AsyncIterator[httpx.AsyncClient]:
    """Give a browser that nobody signed in."""
    transport = httpx.ASGITransport(app=served.first)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        yield client


async def put_up(
    county: County, *, section: str = "test_aid", subject: UUID | None = None, period: str = "", corrects: UUID | None = None
) -> Released:  # fmt: skip
    scope = county.scope("village_secretary")
    one = None if section != "test_aid" else subject or new_id()
    note = "金额已改正。" if corrects else ""
    now = clock.now()
    async with transaction(scope):
        draft = await draft_of(
            scope, section=section, region=scope.region, period=period, subject=one, note=note, now=now
        )
    wanted = Wanted(section, scope.region, period, one, note, draft.digest)
    async with transaction(scope):
        if corrects:
            return await correct_publication(scope, publication=corrects, wanted=wanted, reason="金额有误", now=now)
        return await release_publication(scope, wanted=wanted, now=now)


async def text_of(client: httpx.AsyncClient, address: str) -> str:
    response = await client.get(address)
    assert response.status_code == 200, address
    return response.text


async def test_from_the_countys_page_to_a_publication(served: Site, stranger: httpx.AsyncClient) -> None:
    nan = served.world.nan
    made = await put_up(nan, subject=SUBJECT)
    assert f'href="/public/{nan.code}"' in await text_of(stranger, "/public")
    county = await text_of(stranger, f"/public/{nan.code}?q=朱家")
    assert f'href="/public/{nan.village}"' in county
    assert f'href="/p/{made.token}"' in county
    board = await text_of(stranger, f"/public/{nan.village}")
    assert "朱家兜村务公开" in board
    assert "救助和补贴" in board
    page = await text_of(stranger, f"/p/{made.token}")
    for shown in ("李**", "王*户", "31,275.00", "62%", "138****5678", "朱家兜村", "按月发放。", "62,550.00"):
        assert shown in page, shown


async def test_a_village_board_is_searched_by_words_of_titles_notes_and_rows(served: Site, stranger: httpx.AsyncClient) -> None:
    nan, zhu = served.world.nan, served.world.zhu
    made = await put_up(nan)
    gone = await put_up(nan)
    async with transaction(scope := nan.scope("village_secretary")):
        await withdraw_publication(scope, publication=gone.id, reason="重复", now=clock.now())
    for words in ("救助对象", "按月发放", "东圩"):
        page = await text_of(stranger, f"/public/{nan.village}?q={words}")
        found = page.split("查找“", 1)[1].split("</section>")[0]
        assert f"/p/{made.token}" in found, words
        assert f"/p/{gone.token}" not in found
    assert "没有找到" in await text_of(stranger, f"/public/{nan.village}?q=李小四")
    assert "没有找到" in await text_of(stranger, f"/public/{zhu.village}?q=东圩")
    assert "查找“" not in await text_of(stranger, f"/public/{nan.village}?q=%20")
    assert "<b>" not in await text_of(stranger, f"/public/{nan.village}?q=<b>")


async def test_looking_for_words_is_limited_in_all_processes_and_keeps_no_address(served: Site, stranger: httpx.AsyncClient) -> None:
    village = served.world.nan.village
    transport = httpx.ASGITransport(app=served.second, client=("127.0.0.1", 5))  # type: ignore[arg-type]
    await served.admin.execute("DELETE FROM rate_limit WHERE key LIKE 'board:%'")
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as other:
        answers = [
            (await (other if number % 2 else stranger).get(f"/public/{village}?q=停车")).status_code for number in range(SEARCHES + 1)
        ]
    assert answers == [200] * SEARCHES + [429]
    assert (await stranger.get(f"/public/{served.world.nan.code}?q=朱家")).status_code == 429
    assert (await stranger.get(f"/public/{village}")).status_code == 200
    elsewhere = httpx.ASGITransport(app=served.first, client=("198.51.100.7", 5))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=elsewhere, base_url="http://127.0.0.1:8000") as neighbour:
        assert (await neighbour.get(f"/public/{village}?q=停车")).status_code == 200
    keys = [row["key"] for row in await served.admin.fetch("SELECT key FROM rate_limit")]
    assert [key for key in keys if "127.0.0.1" in key or "198.51" in key] == []
    await served.admin.execute("DELETE FROM rate_limit WHERE key LIKE 'board:%'")


async def test_a_search_reads_no_more_than_its_bound(served: Site) -> None:
    """Of a place with thousands of publications the newest 200 are asked, by an index, and of their tables 2 MB."""
    village = "330503101209"
    fill = """
    INSERT INTO publication (county, id, region, place, place_name, level, section, section_title, board, period, title, content, figures,
      lines, hash, check_number, token, released_name, released_office, released_at)
    SELECT '330503', gen_random_uuid(), $1, $1, '某村', 5, 's' || n % 8, '收支', 'money', n::text, '第' || n || '期',
      jsonb_build_object('note', '', 'rows', jsonb_build_array(jsonb_build_array('针' || n,
        (SELECT string_agg(md5(n::text || k), '') FROM generate_series(1, 1000) k)))), '[]', 1, '', '', 't' || $1 || n, '王', '',
      now() - n * interval '1 hour' FROM generate_series(1, 3000) n
    """
    explain = "EXPLAIN (ANALYZE, FORMAT JSON) {}"
    transaction_ = served.admin.transaction()
    await transaction_.start()
    try:
        await served.admin.execute(fill, village)
        await served.admin.execute("ANALYZE publication")

        async def found(words: str) -> list[str]:
            rows = await served.admin.fetch("SELECT title FROM public_search($1, $2, 50)", village, words)
            return [row["title"] for row in rows]

        assert await found('针3"') == ["第3期"]
        assert await found('针199"') == []  # beyond 2 MB of tables
        assert await found("第199期") == ["第199期"]  # titles of all 200
        assert await found("第201期") == []
        body = await served.admin.fetchval("SELECT prosrc FROM pg_proc WHERE proname = 'public_search'")
        sql = body.replace("p_region", f"'{village}'").replace("p_words", "'针'").replace("p_most", "50")
        plan = json.dumps(await served.admin.fetchval(explain.format(sql)))
        assert "publication_place" in plan
    finally:
        await transaction_.rollback()


async def test_the_newest_quarter_stands_first_whenever_it_was_published(served: Site, stranger: httpx.AsyncClient) -> None:
    zhu = served.world.zhu
    for period in ("2026-Q1", "2025-Q4", "2026-Q2", "2025-Q3"):
        await put_up(zhu, section="tasks", period=period)
    board = await text_of(stranger, f"/public/{zhu.village}")
    shown = board.split('id="b-tasks"', 1)[1].split("</section>")[0]
    assert re.findall(r">(\d{4}年第\d季度)村里办结的事", shown) == ["2026年第2季度", "2026年第1季度", "2025年第4季度"]
    assert "2026年第2季度" in shown.split("<ul", 1)[0]


@pytest.mark.parametrize(
    "tail", ["", "?lang=en&size=big", "/history", "/proof", "/print", "/document.json", "/object"]
)
async def test_no_page_shows_a_personal_number(served: Site, stranger: httpx.AsyncClient, tail: str) -> None:
    made = await put_up(served.world.nan)
    page = await text_of(stranger, f"/p/{made.token}{tail}")
    for secret in (ID_NUMBER, PHONE, CARD, "李小四", "王五", "3组12号"):
        assert secret not in page


async def test_every_page_is_small_on_the_wire_and_without_script(served: Site, stranger: httpx.AsyncClient) -> None:
    made, nan = await put_up(served.world.nan), served.world.nan
    powers = await put_up(nan, section="powers")
    for address in (
        "/public", f"/public/{nan.code}", f"/public/{nan.township}", f"/public/{nan.village}",
        f"/public/{nan.village}/sections/test_aid", f"/p/{made.token}", f"/p/{made.token}/proof", f"/p/{made.token}/print",
        f"/p/{powers.token}", f"/p/{made.token}/object",
    ):  # fmt: skip
        page = await text_of(stranger, address)
        assert "<script" not in page, address
        assert " style=" not in page, address
        names = re.findall(re.escape(PREFIX) + r"([\w-]+\.\w+)", page)
        styles = sum(form.path.stat().st_size for name in names if (form := stored_form(name, "gzip")))
        assert {name.split("-")[0] for name in names} == {"public", "favicon"}
        assert len(gzip.compress(page.encode(), 6)) + styles <= ON_THE_WIRE, address


async def test_a_full_board_and_a_long_table_stay_small(served: Site, stranger: httpx.AsyncClient) -> None:
    """Every room filled, and lines that have nothing in common: what gzip cannot help with."""
    zhu = served.world.zhu
    scope, now, any_sign = zhu.scope("village_secretary"), clock.now(), random.Random(1)

    def strange(length: int) -> str:
        return "".join(chr(any_sign.randrange(0x4E00, 0x9FA0)) for _ in range(length))

    for sheet in SHEETS:
        lines: list[dict[str, str | None]] = [
            {column.name: strange(6) if column.kind in _WORDS else None for column in sheet.columns}
            for _ in range(1 if sheet.words else 200)
        ]
        period = "" if sheet.words else before(sheet.clock, span_of(sheet.clock, now)).name
        if sheet.words:
            lines[0]["text"] = strange(2_000)
        async with transaction(scope):
            made = await add_entries(scope, section=sheet.name, period=period, lines=lines, now=now)
        subject = made[0] if sheet.words else None
        async with transaction(scope):
            draft = await draft_of(scope, section=sheet.name, region=scope.region, period=period, subject=subject, note="", now=now)
            wanted = Wanted(sheet.name, scope.region, period, subject, "", draft.digest)
            token = (await release_publication(scope, wanted=wanted, now=now)).token
        page = await stranger.get(f"/p/{token}", headers={"accept-encoding": "identity"})
        assert len(gzip.compress(page.content, 6)) <= ON_THE_WIRE, sheet.name
    board = await text_of(stranger, f"/public/{zhu.village}")
    assert all(f'id="b-{group}"' in board for group in ("works", "money", "labour", "aid", "assets", "other"))
    assert len(gzip.compress(board.encode(), 6)) <= ON_THE_WIRE


async def test_pages_may_be_kept_and_are_not_sent_twice(served: Site, stranger: httpx.AsyncClient) -> None:
    made = await put_up(served.world.nan)
    for address in (f"/p/{made.token}", f"/public/{served.world.nan.village}", f"/p/{made.token}/document.json"):
        first = await stranger.get(address)
        assert first.headers["cache-control"] == "public, max-age=300"
        assert "set-cookie" not in first.headers
        again = await stranger.get(address, headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


async def test_a_signed_in_reader_gets_the_very_same_page(served: Site, stranger: httpx.AsyncClient) -> None:
    made = await put_up(served.world.nan)
    plain = await stranger.get(f"/p/{made.token}")
    token = served.world.zhu.posts["township_leader"].token
    known = await stranger.get(f"/p/{made.token}", headers={"cookie": f"xz={token}"})
    assert known.text == plain.text
    assert known.headers["cache-control"] == plain.headers["cache-control"]


async def test_the_document_has_the_published_hash(served: Site, stranger: httpx.AsyncClient) -> None:
    made = await put_up(served.world.nan)
    body = (await stranger.get(f"/p/{made.token}/document.json")).content
    digest = hashlib.sha256(body).hexdigest()
    assert digest in await text_of(stranger, f"/p/{made.token}/proof")
    assert json.loads(body)["title"] == made.title
    number = f"{digest[:4]} {digest[4:8]}-{digest[8:12]}".upper()
    found = await stranger.get("/public/check", params={"number": number})
    assert (found.status_code, found.headers["location"]) == (303, f"/p/{made.token}/proof")
    assert "没有找到" in await text_of(stranger, "/public/check?number=000000000000")


async def test_a_correction_and_a_withdrawal_are_both_still_there(served: Site, stranger: httpx.AsyncClient) -> None:
    nan, one = served.world.nan, new_id()
    old = await put_up(nan, subject=one)
    new = await put_up(nan, subject=one, corrects=old.id)
    before = await text_of(stranger, f"/p/{old.token}")
    assert "这一份已经更正" in before
    assert f'href="/p/{new.token}"' in before
    assert "李**" in before
    assert "金额有误" in await text_of(stranger, f"/p/{new.token}/history")
    scope = nan.scope("village_secretary")
    async with transaction(scope):
        await withdraw_publication(scope, publication=new.id, reason="对象变更", hide=True, now=clock.now())
    gone = await text_of(stranger, f"/p/{new.token}")
    assert "对象变更" in gone
    assert "李**" not in gone
    assert (await stranger.get(f"/p/{new.token}/document.json")).status_code == 404
    listed = await text_of(stranger, f"/public/{nan.village}/sections/test_aid")
    assert listed.count(f"/p/{new.token}") == 1
    assert f"/p/{new.token}" not in await text_of(stranger, f"/public/{nan.village}")
    async with transaction(scope):
        await close_publication(scope, publication=old.id, reason="有人的姓名", now=clock.now())
    closed = await text_of(stranger, f"/p/{old.token}")
    assert "金额有误" in closed
    assert "李**" not in closed
    assert (await stranger.get(f"/p/{old.token}/document.json")).status_code == 404
    for twice in (old, await put_up(nan, subject=new_id())):
        with pytest.raises(Conflict):
            async with transaction(scope):
                await close_publication(scope, publication=twice.id, reason="有人的姓名", now=clock.now())


async def test_feeds_and_codes(served: Site, stranger: httpx.AsyncClient) -> None:
    made, nan = await put_up(served.world.nan), served.world.nan
    atom = ET.fromstring(await text_of(stranger, f"/public/{nan.code}/feed.atom"))  # noqa: S314 - our own
    links = {e.get("href") for e in atom.iter("{http://www.w3.org/2005/Atom}link")}
    assert f"http://127.0.0.1:8000/p/{made.token}" in links
    rss = ET.fromstring(await text_of(stranger, f"/public/{nan.village}/feed.rss"))  # noqa: S314 - our own
    assert f"http://127.0.0.1:8000/p/{made.token}" in {e.text for e in rss.iter("link")}
    board = json.loads(await text_of(stranger, f"/public/{nan.village}/board.json"))
    assert made.title in {each["title"] for each in board["publications"]}
    for address in (f"/p/{made.token}/qr.svg", f"/public/{nan.village}/qr.svg"):
        drawn = await stranger.get(address)
        assert drawn.headers["content-type"].startswith("image/svg+xml")
        assert "style=" not in drawn.text


async def test_an_objection_is_taken_answered_and_followed(served: Site, stranger: httpx.AsyncClient) -> None:
    made = await put_up(served.world.nan)
    address, origin = f"/p/{made.token}/object", {"origin": "http://127.0.0.1:8000"}
    empty = await stranger.post(address, data={"body": " ", "contact": "x" * 60}, headers=origin)
    assert empty.status_code == 422
    assert "请写明您的意见" in empty.text
    sent = await stranger.post(
        address, data={"body": "名单里有人不符合条件。", "contact": PHONE}, headers=origin
    )
    assert sent.status_code == 303
    receipt = await stranger.get(sent.headers["location"])
    assert "还在核实" in receipt.text
    assert receipt.headers["cache-control"] == "no-store"
    assert PHONE not in receipt.text
    stored = await served.admin.fetchrow("SELECT * FROM publication_objection ORDER BY at DESC LIMIT 1")
    assert PHONE.encode() not in stored["contact"]
    assert "已收到意见 1 条，答复 0 条" in await text_of(stranger, f"/p/{made.token}")


async def test_objections_are_limited_and_refused_from_elsewhere(served: Site, stranger: httpx.AsyncClient) -> None:
    made = await put_up(served.world.nan)
    address = f"/p/{made.token}/object"
    assert (await stranger.post(address, data={"body": "一"})).status_code == 403
    foreign = {"origin": "http://elsewhere.example"}
    assert (await stranger.post(address, data={"body": "一"}, headers=foreign)).status_code == 403
    origin = {"origin": "http://127.0.0.1:8000"}
    answers = [(await stranger.post(address, data={"body": "一"}, headers=origin)).status_code for _ in range(7)]
    assert answers[-1] == 429


@pytest.mark.parametrize(
    "address",
    [
        "/public/33", "/public/3305", "/public/330505", "/public/330503999", "/public/330503101999", "/public/x", "/public/33050",
        "/p/none", "/p/none/proof", "/p/none/qr.svg", "/p/none/object", "/public/receipts/none", "/public/330503101201/sections/none",
        "/public/330503101201/sections/test_aid?before=yesterday", "/public/330503101201/sections/test_aid?before=2026-01-01",
    ],
)  # fmt: skip
async def test_what_is_not_there_is_not_found(stranger: httpx.AsyncClient, address: str) -> None:
    assert (await stranger.get(address)).status_code == 404


async def test_a_closed_countys_boards_are_not_shown(served: Site, stranger: httpx.AsyncClient) -> None:
    zhu = replace(served.world.zhu)
    made = await put_up(zhu)
    await served.admin.execute("UPDATE county SET closed_at = now() WHERE county = $1", zhu.code)
    try:
        for address in (f"/public/{zhu.code}", f"/public/{zhu.village}", f"/p/{made.token}"):
            assert (await stranger.get(address)).status_code == 404
    finally:
        await served.admin.execute("UPDATE county SET closed_at = NULL WHERE county = $1", zhu.code)


async def test_whoever_finds_nothing_is_led_to_the_boards(stranger: httpx.AsyncClient) -> None:
    for path in ("/public/999999", "/p/unknown"):
        answer = await stranger.get(path)
        assert answer.status_code == 404
        assert 'href="/public"' in answer.text
