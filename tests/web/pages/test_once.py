"""A form that comes again (a broken line, a double press) has one effect and the same answer, also at once."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.factories.world import SECOND_VILLAGE, County
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import in_hand, soon, submitted
from web.filters import Formats

Make = Callable[[asyncpg.Connection, County], Awaitable[UUID]]
RATED = {"clarity": "5", "time_given": "4", "need": "3", "burden_hours": "1", "comment": "清楚"}
TIMES = 4


def dispatch_fields(county: County) -> dict[str, str | list[str]]:
    return {
        "title": "圩堤隐患排查", "body": "请各村排查。", "points": "5", "due_at": Formats("zh").iso(soon()), "mode": "named", "places": "0",
        "regions": [county.village, county.code + SECOND_VILLAGE], "photos": "0", "files": "0", "_key": str(uuid4()),
    }  # fmt: skip


async def count(admin: asyncpg.Connection, table: str) -> int:
    return await admin.fetchval(f"SELECT count(*) FROM {table}")


@pytest.mark.parametrize("at_once", [False, True])
async def test_dispatch_sends_once(served: Site, client_for: ClientFor, *, at_once: bool) -> None:
    leader = await client_for(served.world.nan.posts["township_leader"])
    before = [await count(served.admin, table) for table in ("task", "assignment", "incoming_task")]
    fields = dispatch_fields(served.world.nan)
    calls = [leader.send("/tasks/new", **fields) for _ in range(TIMES)]
    answers = await asyncio.gather(*calls) if at_once else [await call for call in calls]
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"] for answer in answers}) == 1
    after = [await count(served.admin, table) for table in ("task", "assignment", "incoming_task")]
    assert [n - m for n, m in zip(after, before, strict=True)] == [1, 2, 1]


@pytest.mark.parametrize("at_once", [False, True])
async def test_incoming_task_is_handed_in_once(
    served: Site, client_for: ClientFor, *, at_once: bool
) -> None:
    department = await client_for(served.world.nan.posts["county_department"])
    before = await count(served.admin, "incoming_task")
    fields = {"title": "防汛抢险", "body": "请安排。", "_key": str(uuid4())}
    calls = [department.send("/incoming/new", **fields) for _ in range(TIMES)]
    answers = await asyncio.gather(*calls) if at_once else [await call for call in calls]
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert await count(served.admin, "incoming_task") == before + 1


FORMS: dict[str, tuple[Make, dict[str, str], str]] = {
    "submit": (in_hand, {"text": "查了三处。"}, "SELECT count(*) FROM submission WHERE assignment_id = $1"),
    "notes": (in_hand, {"text": "已查两处"}, "SELECT count(*) FROM assignment_event WHERE assignment_id = $1 AND kind = 'noted'"),
    "rating": (submitted, RATED, "SELECT count(*) FROM task_rating WHERE assignment_id = $1"),
}  # fmt: skip


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("name", FORMS)
async def test_form_of_a_share_has_one_effect(
    served: Site, client_for: ClientFor, name: str, *, at_once: bool
) -> None:
    make, fields, effects = FORMS[name]
    share = await make(served.admin, served.world.nan)
    cadre = await client_for(served.world.nan.posts["village_cadre"])
    key = _key_on_page((await cadre.get(f"/assignments/{share}")).text, f"/assignments/{share}/{name}")
    calls = [cadre.send(f"/assignments/{share}/{name}", **fields, _key=key) for _ in range(TIMES)]
    answers = await asyncio.gather(*calls) if at_once else [await call for call in calls]
    assert {(a.status_code, a.headers.get("location")) for a in answers} == {(303, f"/assignments/{share}")}
    assert await served.admin.fetchval(effects, share) == 1


async def test_note_written_a_second_time_from_a_new_page_is_a_second_note(
    served: Site, client_for: ClientFor
) -> None:
    share = await in_hand(served.admin, served.world.nan)
    cadre = await client_for(served.world.nan.posts["village_cadre"])
    for _ in range(2):
        key = _key_on_page((await cadre.get(f"/assignments/{share}")).text, f"/assignments/{share}/notes")
        await cadre.send(f"/assignments/{share}/notes", text="还在等材料", _key=key)
    assert await served.admin.fetchval(FORMS["notes"][2], share) == 2


def _key_on_page(page: str, action: str) -> str:
    """Read the key that the page put into the form of this address."""
    form = re.search(rf'<form[^>]* action="{re.escape(action)}".*?</form>', page, re.DOTALL)
    assert form is not None
    found = re.search(r'name="_key" value="([^"]+)"', form.group())
    assert found is not None
    return found.group(1)
