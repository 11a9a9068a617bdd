"""What a village's phone pages weigh on the wire, read from the browser's own count: every kind of page they lead to."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from playwright.async_api import CDPSession

from tests.e2e.crawl import walk
from tests.e2e.people import CADRE, SECRETARY, People, Visit

pytestmark = pytest.mark.e2e
LEAST, FIRST, LATER = 10_000, 60_000, 12_000
TOGETHER = 3
VILLAGE = (
    SECRETARY,
    CADRE,
    "nanxun-zhujiadou-bookkeeper",
    "nanxun-zhujiadou-grid",
    "nanxun-zhujiadou-supervision",
)


class Scale:
    """Adds up what a window receives, headers included; pictures are counted apart."""

    def __init__(self, session: CDPSession) -> None:
        self._kinds: dict[str, str] = {}
        self.bytes = self.pictures = 0
        session.on("Network.responseReceived", self._received)
        session.on("Network.loadingFinished", self._finished)

    @classmethod
    async def under(cls, visit: Visit) -> "Scale":
        """Put a scale under this window."""
        session = await visit.page.context.new_cdp_session(visit.page)
        scale = cls(session)
        await session.send("Network.enable")
        return scale

    def _received(self, event: dict[str, Any]) -> None:
        self._kinds[event["requestId"]] = event["type"]

    def _finished(self, event: dict[str, Any]) -> None:
        if self._kinds.get(event["requestId"]) == "Image":
            self.pictures += int(event["encodedDataLength"])
        else:
            self.bytes += int(event["encodedDataLength"])

    def read(self) -> int:
        """Give the bytes since the last reading."""
        read, self.bytes = self.bytes, 0
        return read


async def weigh(visit: Visit, paths: Sequence[str]) -> dict[str, int]:
    """Open each page and wait until nothing more comes."""
    scale = await Scale.under(visit)
    weights = {}
    for path in paths:
        await visit.page.goto(visit.address + path, wait_until="networkidle")
        weights[path] = scale.read()
    return weights


@pytest.fixture(scope="module")
def met() -> set[str]:
    """Remember which kinds of page were weighed."""
    return set()


@pytest.mark.parametrize("login", VILLAGE)
async def test_first_load_is_light_and_later_ones_are_lighter(people: People, met: set[str], login: str) -> None:
    async with people.visit(login, "phone", expects=True) as visit:
        paths = [path async for path in walk(visit, met)]
        later = await weigh(visit, paths)
    first: dict[str, int] = {}
    for some in (paths[at : at + TOGETHER] for at in range(0, len(paths), TOGETHER)):
        first.update(zip(some, await asyncio.gather(*(first_load(people, login, path) for path in some)), strict=True))
    assert {path: weight for path, weight in first.items() if not LEAST < weight <= FIRST} == {}
    assert {path: weight for path, weight in later.items() if weight > LATER} == {}


def test_every_page_of_a_village_was_weighed(met: set[str]) -> None:
    assert {"/", "/my", "/open", "/open/…", "/assignments/…", "/notices", "/scores", "/me"} <= met


async def first_load(people: People, login: str, path: str) -> int:
    """Weigh a page in a window that has kept nothing yet."""
    async with people.visit(login, "phone", expects=True) as visit:
        return (await weigh(visit, [path]))[path]
