"""The printed board as the worker made it, read back word by word: it says what the public page says, and its code leads there."""

import html
import random
import re
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest

from core.contracts.registry import current
from core.disclosure.printing import draw
from core.kernel import clock
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import system_scope
from core.progress.running import run_work
from tests.core.disclosure.reading import Foot, Sheet, bare, codes_in
from tests.core.disclosure.test_by_hand import write
from tests.core.disclosure.test_printing import sheet
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.disclosure.test_by_hand import last_month
from tests.web.pages.disclosure.test_pages import hidden
from tests.web.visitors import ORIGIN, Visitor

ROWS = 130
FAMILIES, GIVEN = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许龘", "建国志明秀英小红大伟文静海燕"


@pytest.fixture
async def stranger(served: Site) -> AsyncIterator[httpx.AsyncClient]:
    """Give a browser that nobody signed in."""
    transport = httpx.ASGITransport(app=served.first)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        yield client


def _by_day(line: dict[str, str]) -> str:
    """Boards are in the order of days; what has none comes last."""
    return line["day"] or "9"


def labour(period: str) -> list[dict[str, str]]:
    """Make a month of labour: many rows, some with empty cells, long words, and signs that mean something to a template."""
    dice = random.Random(7)
    return [
        {
            "person": dice.choice(FAMILIES) + "".join(dice.choices(GIVEN, k=dice.choice((1, 2)))),
            "what": dice.choice(("修剪绿化带", "#let x = [*清淤*] $ _ \\", "河道保洁（东圩至西圩，含两岸护坡和桥下）", "A-very-long-word-without-any-place-to-break")),
            "day": f"{period}-{dice.randint(1, 28):02}" if n % 5 else "", "days": str(dice.randint(1, 4)) if n % 7 else "",
            "amount": str(dice.randint(80, 9_000)), "officer": "王建国" if n % 3 else "",
        }
        for n in range(ROWS)
    ]  # fmt: skip


class Page:
    """A publication as its public pages show it."""

    def __init__(self, pages: list[str]) -> None:
        self.first, self._pages = pages[0], pages

    @property
    def heads(self) -> list[str]:
        return _inside(self.first, "th")

    @property
    def cells(self) -> list[str]:
        return [cell for page in self._pages for cell in _inside(page, "td")]

    @property
    def figures(self) -> list[str]:
        found = re.search(r'<dl class="figures">(.*?)</dl>', self.first, re.DOTALL)
        return _inside(found[1], "d[td]") if found else []

    @property
    def facts(self) -> dict[str, str]:
        found = re.search(r'<dl class="facts">(.*?)</dl>', self.first, re.DOTALL)
        assert found is not None
        told = _inside(found[1], "d[td]")
        return dict(zip(told[::2], told[1::2], strict=True))

    @property
    def note(self) -> str:
        found = re.search(r'<p class="words">(.*?)</p>', self.first, re.DOTALL)
        return _plain(found[1]) if found else ""


def _inside(page: str, tag: str) -> list[str]:
    return [_plain(each) for each in re.findall(rf"<{tag}\b[^>]*>(.*?)</{tag}>", page, re.DOTALL)]


def _plain(text: str) -> str:
    return bare(html.unescape(re.sub(r"<[^>]+>", "", text)))


async def published(stranger: httpx.AsyncClient, address: str) -> Page:
    """Read a publication to its end, as a villager pages through it."""
    pages = [(await stranger.get(address)).text]
    while onward := re.search(r'href="([^"]+)">下一页', pages[-1]):
        pages.append((await stranger.get(html.unescape(onward[1]))).text)
    return Page(pages)


async def printed(served: Site, visitor: Visitor, publication: str) -> Sheet:
    """Have the worker make the sheet, and fetch it."""
    ordered = await visitor.send(f"/publications/{publication}/pdf")
    job = UUID(ordered.headers["location"].rsplit("/", 1)[1])
    row = await served.admin.fetchrow("SELECT county, region FROM job_row WHERE id = $1", job)
    told = Event(new_id(), "job.run", row["county"], row["region"], {"job": str(job)}, clock.now())
    await run_work(current().subscriptions.by_kind, system_scope(row["region"], county=row["county"]), told)
    return Sheet((await visitor.get(f"/publications/{publication}/sheet.pdf")).content)


async def put_up(visitor: Visitor, address: str) -> str:
    page = (await visitor.get(address)).text
    sent = await visitor.send("/disclosure/release", **hidden(page, "/disclosure/release"))
    assert sent.status_code == 303, sent.text
    return sent.headers["location"].rsplit("/", 1)[1]


async def test_the_sheet_says_word_by_word_what_the_page_says(served: Site, client_for: ClientFor, stranger: httpx.AsyncClient) -> None:
    nan, period = served.world.nan, last_month()
    lines = labour(period)
    await write(nan.scope("bookkeeper"), "labour_by_hand", period, *lines)
    secretary = await client_for(nan.posts["village_secretary"])
    made = await put_up(secretary, f"/disclosure/draft?section=labour_by_hand&period={period}&note=工价按村民代表会议定的标准。")
    row = await served.admin.fetchrow("SELECT token, title, released_at FROM publication WHERE id = $1::uuid", made)
    page, read = await published(stranger, f"/p/{row['token']}"), await printed(served, secretary, made)
    pages = read.pages()
    assert len(pages) > 2
    check = bare(page.facts["校验号"])
    assert [foot for _, foot in pages] == [Foot(check, number, len(pages)) for number in range(1, len(pages) + 1)]
    heads = "".join(page.heads)
    body = pages[0][0] + "".join(text.removeprefix(heads) for text, _ in pages[1:])
    at = clock.local(row["released_at"])
    assert body == "".join((
        "朱家兜村务公开", bare(row["title"]), *page.figures, heads, *page.cells, "说明：", page.note,
        "公开单位：", page.facts["公开单位"], "公开人：", page.facts["公开人"], "公开时间：", f"{at:%Y年%m月%d日%H:%M}",
        "校验号：", check, f"{ORIGIN}/p/{row['token']}", "盖章处",
    ))  # fmt: skip
    assert all(heads in text for text, _ in pages[:-1])
    # What was written by hand, read from paper: everybody masked, nothing lost, and the sums are those of the lines.
    assert len(page.cells) == ROWS * len(page.heads)
    assert not any(line["person"] in body for line in lines)
    assert page.cells[:: len(page.heads)] == [line["person"][0] + "*" * (len(line["person"]) - 1) for line in sorted(lines, key=_by_day)]
    assert f"{sum(int(line['amount']) for line in lines):,.2f}" in "".join(page.figures)
    assert body.count("王建国") == sum(line["officer"] != "" for line in lines) + 1


async def test_its_glyphs_are_drawn_its_code_leads_to_the_page_and_a_seal_has_room(
    served: Site, client_for: ClientFor, stranger: httpx.AsyncClient
) -> None:
    secretary = await client_for(served.world.nan.posts["village_secretary"])
    made = await put_up(secretary, f"/disclosure/draft?section=powers&region={served.world.nan.village}")
    read = await printed(served, secretary, made)
    drawn, boxes = read.glyphs()
    assert (drawn > 100, boxes) == (True, 0)
    fonts = read.fonts()
    assert fonts
    assert all(fonts.values()), fonts
    ring, empty = read.seal()
    assert ring > 0.3
    assert empty
    codes = codes_in(read.last_page())
    assert len(codes) == 1
    token = await served.admin.fetchval("SELECT token FROM publication WHERE id = $1::uuid", made)
    assert codes == [f"{ORIGIN}/p/{token}"]
    answer = await stranger.get(codes[0])
    assert answer.status_code == 200
    assert bare(Page([answer.text]).facts["校验号"]) == read.pages()[-1][1].check


async def test_a_corrected_sheet_says_so_and_leads_to_what_stood(served: Site, client_for: ClientFor, stranger: httpx.AsyncClient) -> None:
    secretary = await client_for(served.world.nan.posts["village_secretary"])
    entry = (await secretary.send("/disclosure/by-hand/own_notice", what="低保评议结果", text="王某一户，评议通过。")).headers["location"]
    old = await put_up(secretary, f"/disclosure/draft?section=own_notice&subject={entry.rsplit('/', 1)[1]}")
    stood = await printed(served, secretary, old)
    until = await served.admin.fetchval("SELECT notice_until FROM publication WHERE id = $1::uuid", old)
    assert f"公示到{until:%Y年%m月%d日}止，有意见请向村务监督委员会提出，或扫码提出。" in stood.pages()[0][0]
    page = (await secretary.get(f"/publications/{old}/correct?note=补充")).text
    await secretary.send(f"/publications/{old}/correct", **hidden(page, f"/publications/{old}/correct"), reason="漏写评议人数")
    ended = await printed(served, secretary, old)
    assert "这一份已经更正：漏写评议人数" in ended.pages()[0][0]
    assert "这一份已经更正" not in stood.pages()[0][0]
    answer = await stranger.get(codes_in(ended.last_page())[0])
    assert (answer.status_code, "这一份已经更正" in answer.text) == (200, True)
    assert bare(Page([answer.text]).facts["校验号"]) == ended.pages()[0][1].check == stood.pages()[0][1].check


async def test_a_sign_that_no_font_has_is_found_as_a_box() -> None:
    """Hold the reader itself: what it counts as boxes are boxes."""
    whole = Sheet(await draw(sheet()))
    boxed = Sheet(await draw({**sheet(), "note": "说明\U0010fffd"}))
    assert (whole.glyphs()[1], boxed.glyphs()[1]) == (0, 1)
