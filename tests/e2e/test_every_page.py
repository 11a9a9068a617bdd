"""Every page, for every role, on the phone and at the desk: axe, the console, the width. Nobody meets a broken link.

Two windows of one browser walk at once, one on the phone and one at the desk; at each, one person after another sits down.
Each kind of page is looked at by axe once at each size, and again wherever somebody's page is made of other elements.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.crawl import LINKS, kind_of, walk, walk_outside
from tests.e2e.people import ADMINISTRATOR, CADRE, LEADER, SECRETARY, SIZES, STAFF, People, Size, Visit

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
SITTING: Mapping[Size, tuple[str, ...]] = {
    "phone": (NOBODY, *BOTH_SIZES, *ON_THE_PHONE),
    "desktop": (NOBODY, *BOTH_SIZES, *AT_THE_DESK),
}
WINDOWS: list[tuple[str, Size]] = [(login, size) for size in SIZES for login in SITTING[size]]
KINDS = 60  # a walk that leads nowhere finds no fault
# That of an objection is met besides where the publication that is opened is one that is still open to them.
OUTSIDE = {"/public", "/public/…", "/p/…", "/p/…/proof", "/public/…/petitions/new", "/petition"}
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
  return [...new Set(all.map((one) => one.tagName + '.' + one.getAttribute('class')))].sort().join();
}"""


@dataclass
class Round:
    """One window's way through the product: the kinds of page it met, and the compositions of elements axe has seen."""

    size: Size
    met: set[str] = field(default_factory=set)
    looked_at: set[str] = field(default_factory=set)

    async def go(self, visit: Visit, login: str) -> AsyncIterator[str]:
        """Walk with whoever sits at the window; give every fault."""
        followed: set[str] = set()
        async for path in (walk_outside if login == NOBODY else walk)(visit, self.met):
            faults = [*await self.faults_of(visit), *await self.axe(visit, kind_of(path))]
            for fault in [*faults, *await dead_links(visit, followed)]:
                yield f"{kind_of(path)} ({path}): {fault}"

    async def faults_of(self, visit: Visit) -> list[str]:
        """Look at the window: wider than it should be, an error page, a complaint of the console."""
        seen = await visit.page.evaluate(SEE)
        found = [*visit.complaints]
        visit.complaints.clear()
        if seen["width"] > SIZES[self.size][0]:
            found.append(f"is {seen['width']} pixels wide")
        return [*found, seen["error"]] if seen["error"] else found

    async def axe(self, visit: Visit, kind: str) -> list[str]:
        """Let axe look at the page with everything unfolded, unless it has seen this kind of page made of the same elements."""
        make = await visit.page.evaluate(LAY_OPEN)
        new = {kind, make} - self.looked_at
        self.looked_at |= new
        if not new:
            return []
        await visit.page.evaluate(AXE)
        violations: list[dict[str, Any]] = await visit.page.evaluate(f"axe.run({RULES}).then((all) => all.violations)")
        return [
            f"{fault['impact']} {fault['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
            for fault in violations
            if fault["impact"] not in TOLERATED
            for node in fault["nodes"][:3]
        ]


async def dead_links(visit: Visit, followed: set[str]) -> list[str]:
    """Follow one link of each kind on each kind of page, also to pages that somebody else has looked at already."""
    found: list[str] = []
    here = kind_of(visit.path)
    for path in await visit.page.evaluate(LINKS.replace("'a[", "'main a[")):
        if (way := f"{here} {kind_of(path)}") not in followed:
            followed.add(way)
            answer = await visit.page.request.get(visit.address + path)
            if not answer.ok:
                found.append(f"leads to {path}, which answers {answer.status}")
            await answer.dispose()
    return found


@pytest.fixture(scope="module")
async def faults(everybody: People) -> Mapping[tuple[str, Size], list[str]]:
    """Walk at both sizes at once; remember who met what."""
    found: dict[tuple[str, Size], list[str]] = {}

    async def sit(size: Size) -> None:
        way = Round(size)
        async with everybody.visit("", size, expects=True) as visit:
            for login in SITTING[size]:
                if login != NOBODY:
                    await everybody.sit_down(visit, login)
                found[login, size] = [fault async for fault in way.go(visit, login)]
        assert len(way.met) >= KINDS, way.met
        assert way.met >= OUTSIDE, way.met

    before = len(everybody.product.output())
    async with asyncio.TaskGroup() as both:
        for size in SIZES:
            both.create_task(sit(size))
    said = everybody.product.output()[before:]
    assert "Traceback" not in said, said
    return found


@pytest.mark.parametrize(("login", "size"), WINDOWS)
def test_pages_are_whole(faults: Mapping[tuple[str, Size], list[str]], login: str, size: Size) -> None:
    assert faults[login, size] == [], "\n".join(faults[login, size])


async def prefer(visit: Visit, *, language: str, elder: str) -> None:
    """Choose language and size of print, as the buttons of one's own page do."""
    token = await visit.page.locator("meta[name=csrf-token]").get_attribute("content")
    for name, value in (("language", language), ("elder", elder)):
        form = {"csrf_token": token or "", name: value, "next": "/me"}
        answer = await visit.page.request.post(f"{visit.address}/me/{name}", form=form, headers={"Origin": visit.address})
        assert answer.ok


async def test_pages_in_english_and_large_print_are_no_wider_than_the_window(people: People) -> None:
    found: list[str] = []

    async def walk_at(size: Size) -> None:
        way = Round(size)
        async with people.visit("", size, expects=True) as visit:
            for login in BOTH_SIZES:
                await people.sit_down(visit, login)
                async for path in walk(visit, way.met):
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
