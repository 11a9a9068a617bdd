"""Every page, for every role, on the phone and at the desk: axe, the console, the width. Nobody meets a broken link."""

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.crawl import kind_of, walk
from tests.e2e.people import ADMINISTRATOR, CADRE, LEADER, SECRETARY, SIZES, STAFF, People, Size, Visit

pytestmark = [pytest.mark.e2e, pytest.mark.sweep]
AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
RULES = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}"
TOLERATED = {"minor", "moderate"}
# Who comes first sees the deeper pages; the others see their own menu, and what was not seen yet, where they work.
BOTH_SIZES = (ADMINISTRATOR, LEADER, SECRETARY, CADRE)
AT_THE_DESK = (STAFF, "nanxun-inspector", "nanxun-civil", "huzhou-viewer", "zhejiang-viewer", "operator")
ON_THE_PHONE = ("nanxun-zhujiadou-bookkeeper", "nanxun-zhujiadou-grid", "nanxun-zhujiadou-supervision")
WINDOWS: list[tuple[str, Size]] = [
    *((login, size) for login in BOTH_SIZES for size in SIZES),
    *((login, "desktop") for login in AT_THE_DESK),
    *((login, "phone") for login in ON_THE_PHONE),
]
# Everything unfolded, and nothing under the bars that stay at the edge of the window.
LAY_OPEN = """() => {
  document.querySelectorAll('main details').forEach((one) => { one.open = true; });
  for (const one of document.querySelectorAll('body *')) {
    if (['fixed', 'sticky'].includes(getComputedStyle(one).position)) one.style.position = 'static';
  }
}"""
MAKE = "[...new Set([...document.querySelectorAll('body *')].map((e) => e.tagName + '.' + e.getAttribute('class')))].sort().join()"


@pytest.fixture(scope="module")
def kinds() -> dict[Size, set[str]]:
    """Remember which kinds of page were seen at each size."""
    return {size: set() for size in SIZES}


@pytest.fixture(scope="module")
def makes() -> set[tuple[Size, str]]:
    """Remember which compositions of elements axe has seen: the same menu and cards need no second look."""
    return set()


@pytest.mark.parametrize(("login", "size"), WINDOWS)
async def test_pages_are_whole(
    people: People, kinds: dict[Size, set[str]], makes: set[tuple[Size, str]], login: str, size: Size
) -> None:
    faults: list[str] = []
    width, _ = SIZES[size]
    async with people.visit(login, size, expects=True) as visit:
        async for path in walk(visit, kinds[size]):
            found = await faults_of(visit, width)
            await visit.page.evaluate(LAY_OPEN)
            make = (size, await visit.page.evaluate(MAKE))
            if make not in makes:
                makes.add(make)
                found += await axe(visit)
            faults += [f"{kind_of(path)} ({path}): {fault}" for fault in found]
    assert not faults, "\n".join(faults)


async def faults_of(visit: Visit, width: int) -> list[str]:
    """Look at the window: wider than it should be, an error page, a complaint of the console."""
    found = [*visit.complaints]
    visit.complaints.clear()
    wide = await visit.page.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        found.append(f"is {wide} pixels wide")
    if await visit.page.locator(".error-page").count():
        found.append(await visit.page.locator("h1").inner_text())
    return found


async def axe(visit: Visit) -> list[str]:
    """Let axe look at the page with everything unfolded."""
    await visit.page.evaluate(AXE.read_text("utf-8"))
    found: list[dict[str, Any]] = await visit.page.evaluate(f"axe.run({RULES}).then((all) => all.violations)")
    return [
        f"{fault['impact']} {fault['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for fault in found
        if fault["impact"] not in TOLERATED
        for node in fault["nodes"][:3]
    ]
