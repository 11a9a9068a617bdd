"""Somebody of another county tries the addresses of this one: nothing answers, and nothing is told."""

import pytest

from tests.e2e.crawl import kind_of, walk
from tests.e2e.people import ADMINISTRATOR, LEADER, OTHER_ADMINISTRATOR, SECRETARY, People

pytestmark = pytest.mark.e2e
GONE = "没有找到这个页面或内容"
STRANGERS = (OTHER_ADMINISTRATOR, "zhuji-fengqiao-leader", "zhuji-fengyuan-cadre")
WORDS = ("南浔", "练市", "朱家兜", "李家兜", "周海明", "圩堤", "沈建国")


@pytest.fixture(scope="module")
async def addresses(everybody: People) -> list[str]:
    """Collect one address of each kind that names something of this county, as three of its people come by them."""
    seen: set[str] = set()
    found: dict[str, str] = {}
    for login in (LEADER, SECRETARY, ADMINISTRATOR):
        async with everybody.visit(login, expects=True) as visit:
            async for path in walk(visit, seen):
                if "…" in kind_of(path) and not path.startswith(("/roles/ready", "/me")):
                    found.setdefault(kind_of(path), path)
                for file in await visit.page.locator("main a[href^='/files/']").evaluate_all(
                    "(all) => all.map((a) => a.getAttribute('href'))"
                ):
                    found.setdefault(kind_of(file), file)
    return sorted(found.values())


@pytest.mark.parametrize("login", STRANGERS)
async def test_every_address_answers_as_if_it_were_made_up(
    people: People, addresses: list[str], login: str
) -> None:
    assert len(addresses) > 15, addresses
    assert any(path.startswith("/files/") for path in addresses)
    faults = []
    async with people.visit(login, "phone", expects=True) as stranger:
        for path in addresses:
            answer = await stranger.open(path)
            assert answer is not None
            text = await stranger.page.content()
            told = [word for word in WORDS if word in text]
            refused = answer.status == 403 and "没有" in text
            if (answer.status != 404 and not refused) or told or (answer.status == 404 and GONE not in text):
                faults.append((path, answer.status, told))
    assert not faults, faults
