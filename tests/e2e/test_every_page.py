"""Every page, for every role, on the phone and at the desk: axe, the console, the width. Nobody meets a broken link.

Two windows of one browser walk at once, one on the phone and one at the desk; at each, one person after another sits down.
Each page is looked at by axe once at each size, and again wherever somebody's has elements that none of the same route had.
No page of the product is left out: what the walk does not come to fails the test.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.crawl import LINKS, Door, behind, kind_of, walk, walk_outside
from tests.e2e.entering import invited, with_code, with_expired_password, with_objection, with_second_factor
from tests.e2e.pages import page_behind, pages
from tests.e2e.people import (
    ADMINISTRATOR,
    CADRE,
    LEADER,
    SECRETARY,
    SIZES,
    STAFF,
    VILLAGE,
    People,
    Size,
    Visit,
)
from web.demo.petitions import demo_receipts

pytestmark = [pytest.mark.e2e, pytest.mark.sweep]
AXE = (Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js").read_text("utf-8")
# Only faults are described in full: naming every element that passes takes longer than looking at it.
RULES = json.dumps({
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
})  # fmt: skip
TOLERATED = {"minor", "moderate"}
NOBODY = "nobody"  # a villager without an account
# Who comes first sees the deeper pages; the others see their own menu, and what was not seen yet, where they work.
BOTH_SIZES = (ADMINISTRATOR, LEADER, SECRETARY, CADRE)
AT_THE_DESK = (STAFF, "nanxun-inspector", "nanxun-civil", "huzhou-viewer", "zhejiang-viewer", "operator")
ON_THE_PHONE = ("nanxun-zhujiadou-bookkeeper", "nanxun-zhujiadou-grid", "nanxun-zhujiadou-supervision")
GUESTS = (STAFF, "nanxun-civil", "operator")  # who work at the desk, but open what nobody else may on the phone too
SITTING: Mapping[Size, tuple[str, ...]] = {
    "phone": (NOBODY, *BOTH_SIZES, *ON_THE_PHONE, *GUESTS),
    "desktop": (NOBODY, *BOTH_SIZES, *AT_THE_DESK),
}
WINDOWS: list[tuple[str, Size]] = [(login, size) for size in SIZES for login in SITTING[size]]
NOTICE = Door(f"/public/{VILLAGE}/sections/own_notice", "/p/…/object")
# Pages that only one of many pages of a kind leads to, or that are asked for by words typed in.
DOORS: Mapping[str, tuple[str | Door, ...]] = {
    NOBODY: (NOTICE,),
    ADMINISTRATOR: (Door("/entry-lists?level=village", "/entry-lists/…/publish"), Door("/jobs", "/township_filter/screen/…"), "/entry-lists/new?level=village"),
    LEADER: (
        Door("/incoming", "/incoming/merge"), Door("/incoming", "/township_filter/matters/…/correct"),
        Door("/township_filter/requests", "/township_filter/requests/…/edit"), "/tasks/held?label=低保户数&kind=number",
    ),
    SECRETARY: (Door("/decisions?state_is=running", "/decisions/…/record"), Door("/publications", "/publications/…/correct")),
    "nanxun-civil": ("/township_filter/requests/new",),
    "operator": ("/platform/regions?q=南浔区",),
}  # fmt: skip
SEE = """() => ({
  width: document.documentElement.scrollWidth,
  error: document.querySelector('.error-page') ? document.querySelector('h1').innerText : '',
})"""
# Everything unfolded, and nothing under the bars that stay at the edge of the window. Gives what the page is made of.
LAY_OPEN = """() => {
  document.querySelectorAll('main details').forEach((one) => { one.open = true; });
  const all = [...document.querySelectorAll('body *')];
  const staying = all.filter((one) => ['fixed', 'sticky'].includes(getComputedStyle(one).position));
  for (const one of staying) one.style.position = 'static';
  return [...new Set(all.map((one) => one.tagName + '.' + one.getAttribute('class')))].sort();
}"""


@dataclass
class Round:
    """One window's way through the product: the kinds of page it met, their routes, and the elements axe has seen on each route."""

    size: Size
    strict: str = ""  # where passwords expire
    met: set[str] = field(default_factory=set)
    routes: set[str] = field(default_factory=set)
    looked_at: dict[str, set[str]] = field(default_factory=dict)
    makes: set[str] = field(default_factory=set)

    async def go(self, visit: Visit, login: str, people: People) -> AsyncIterator[str]:
        """Walk with whoever sits at the window; give every fault."""
        followed: set[str] = set()
        async for path in self.ways(visit, login, people):
            self.routes.add(route := page_behind(path))
            faults = [*await self.faults_of(visit), *await self.axe(visit, route)]
            for fault in [*faults, *await dead_links(visit, followed)]:
                yield f"{kind_of(path)} ({path}): {fault}"

    async def ways(self, visit: Visit, login: str, people: People) -> AsyncIterator[str]:
        """Give each address that whoever sits there comes to, by links and by the forms that lead further."""
        doors = DOORS.get(login, ())
        if login != NOBODY:
            async for path in walk(visit, self.met, doors=doors, guest=self.size == "phone" and login in GUESTS):
                yield path
            return
        receipts = [each["address"] for each in demo_receipts(people.product.settings) if each["village"] == VILLAGE]
        async for path in walk_outside(visit, self.met, doors=(*doors, *receipts)):
            yield path
        async for path in with_objection(visit, await behind(visit, NOTICE)):
            yield path

    async def enter(self, visit: Visit, people: People) -> AsyncIterator[str]:
        """Take the steps of signing in that stand between the door and the first page; give every fault."""
        strict = Visit(visit.page, self.strict, visit.complaints)
        code = await invited(people, self.size)
        for way, seen in (
            (with_second_factor(visit, people), visit), (with_code(visit, self.size, code), visit), (with_expired_password(strict, people), strict),
        ):  # fmt: skip
            async for path in way:
                self.routes.add(route := page_behind(path))
                for fault in [*await self.faults_of(seen), *await self.axe(seen, route)]:
                    yield f"{kind_of(path)}: {fault}"

    async def faults_of(self, visit: Visit) -> list[str]:
        """Look at the window: wider than it should be, an error page, a complaint of the console."""
        seen = await visit.page.evaluate(SEE)
        found = [*visit.complaints]
        visit.complaints.clear()
        if seen["width"] > SIZES[self.size][0]:
            found.append(f"is {seen['width']} pixels wide")
        return [*found, seen["error"]] if seen["error"] else found

    async def axe(self, visit: Visit, route: str) -> list[str]:
        """Let axe look at the page with everything unfolded, unless it has seen all its elements on this page."""
        make: list[str] = await visit.page.evaluate(LAY_OPEN)
        seen, whole = self.looked_at.setdefault(route, set()), ",".join(make)
        if seen.issuperset(make) or (seen and whole in self.makes):
            return []
        seen.update(make)
        self.makes.add(whole)
        await visit.page.evaluate(AXE)
        violations: list[dict[str, Any]] = await visit.page.evaluate(f"axe.run({RULES}).then((all) => all.violations)")
        return [
            f"{fault['impact']} {fault['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
            for fault in violations
            if fault["impact"] not in TOLERATED
            for node in fault["nodes"][:3]
        ]


async def dead_links(visit: Visit, followed: set[str]) -> list[str]:
    """Follow one link of each kind on each kind of page, also to pages that somebody else has looked at already.

    An address that the same person was at, or asked for on another page, would only answer the same again.
    """
    found: list[str] = []
    here = kind_of(visit.path)
    followed.add(visit.path)
    for path in await visit.page.evaluate(LINKS.replace("'a[", "'main a[")):
        if (way := f"{here} {kind_of(path)}") not in followed:
            followed.add(way)
            if path in followed:
                continue
            followed.add(path)
            answer = await visit.page.request.get(visit.address + path)
            if not answer.ok:
                found.append(f"leads to {path}, which answers {answer.status}")
            await answer.dispose()
    return found


@dataclass
class Swept:
    """What was found: the faults that each met at each size, and the pages that nobody came to."""

    faults: dict[tuple[str, Size], list[str]] = field(default_factory=dict)
    missed: dict[Size, set[str]] = field(default_factory=dict)


@pytest.fixture(scope="module")
async def swept(everybody: People) -> Swept:
    """Walk at both sizes at once."""
    swept = Swept()
    strict = await asyncio.to_thread(everybody.product.start_another, PASSWORD_PROFILE="dengbao3")

    async def sit(size: Size) -> None:
        way = Round(size, strict)
        async with everybody.visit("", size, expects=True) as visit:
            for login in SITTING[size]:
                if login != NOBODY:
                    await everybody.sit_down(visit, login)
                swept.faults[login, size] = [fault async for fault in way.go(visit, login, everybody)]
            swept.faults[NOBODY, size] += [fault async for fault in way.enter(visit, everybody)]
        swept.missed[size] = pages().keys() - way.routes

    before = len(everybody.product.output())
    async with asyncio.TaskGroup() as both:
        for size in SIZES:
            both.create_task(sit(size))
    said = everybody.product.output()[before:]
    assert "Traceback" not in said, said
    return swept


@pytest.mark.parametrize(("login", "size"), WINDOWS)
def test_pages_are_whole(swept: Swept, login: str, size: Size) -> None:
    assert swept.faults[login, size] == [], "\n".join(swept.faults[login, size])


@pytest.mark.parametrize("size", SIZES)
def test_no_page_is_left_out(swept: Swept, size: Size) -> None:
    assert swept.missed[size] == set()


async def prefer(visit: Visit, *, language: str, elder: str) -> None:
    """Choose language and size of print, as the buttons of one's own page do."""
    token = await visit.page.locator("meta[name=csrf-token]").get_attribute("content")
    for name, value in (("language", language), ("elder", elder)):
        form: dict[str, str | float | bool] = {"csrf_token": token or "", name: value, "next": "/me"}
        answer = await visit.page.request.post(f"{visit.address}/me/{name}", form=form, headers={"Origin": visit.address})
        assert answer.ok


async def test_pages_in_english_and_large_print_are_no_wider_than_the_window(people: People) -> None:
    found: list[str] = []

    async def walk_at(size: Size) -> None:
        way = Round(size)
        async with people.visit("", size, expects=True) as visit:
            for login in BOTH_SIZES:
                await people.sit_down(visit, login)
                async for path in walk(visit, way.met, doors=DOORS.get(login, ())):
                    found.extend(f"{size} {login} {path}: {fault}" for fault in await way.faults_of(visit))

    try:
        for login in BOTH_SIZES:
            async with people.visit(login) as visit:
                await visit.open("/me")
                await prefer(visit, language="en", elder="1")
        async with asyncio.TaskGroup() as both:
            for size in SIZES:
                both.create_task(walk_at(size))
    finally:
        for login in BOTH_SIZES:
            async with people.visit(login) as visit:
                await visit.open("/me")
                await prefer(visit, language="zh", elder="0")
    assert found == [], "\n".join(found)
