"""What a phone page weighs on the wire, read from the browser's own count."""

from collections.abc import Sequence
from typing import Any

import pytest
from playwright.async_api import CDPSession

from tests.e2e.people import CADRE, SECRETARY, People, Visit

pytestmark = pytest.mark.e2e
FIRST, LATER = 60_000, 12_000
PATHS = ("/", "/my", "/open", "/notices", "/scores", "/me")


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


@pytest.mark.parametrize("login", [CADRE, SECRETARY])
async def test_first_load_is_light_and_later_ones_are_lighter(people: People, login: str) -> None:
    async with people.visit(login, "phone") as visit:
        await visit.open("/my")
        links = await visit.page.locator(".task-card-link").evaluate_all(
            "(all) => all.map((a) => a.getAttribute('href'))"
        )
    paths = [*PATHS, *links[:2]]
    for path in paths:
        others = [other for other in paths if other != path] if path == "/" else []
        async with people.visit(login, "phone") as visit:
            first, *later = (await weigh(visit, [path, *others])).values()
        assert 10_000 < first <= FIRST, (path, first)
        assert max(later, default=0) <= LATER, dict(zip(others, later, strict=True))
