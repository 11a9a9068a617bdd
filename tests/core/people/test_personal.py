"""A person's data is handed over whole and erased truly; what was not done is never told as done."""

from collections.abc import Iterator

import asyncpg
import pytest

from core.extension.manager import boot
from core.extension.personal import erase_person, export_person
from core.kernel import clock
from core.kernel.database import transaction
from core.kernel.errors import Conflict, NotFound
from core.kernel.ids import new_id
from core.kernel.scope import system_scope
from core.people.actions import end_membership
from core.people.sessions import open_session, start_session
from tests.core.people.world import NAN, VILLAGE, ZHU, add_person

numbers: Iterator[str] = (f"139{n:08}" for n in range(1, 100))


@pytest.fixture(scope="module", autouse=True)
def plugins() -> None:
    boot()


async def test_a_person_is_exported_and_erased_after_the_last_post(
    admin: asyncpg.Connection, migrator: asyncpg.Connection
) -> None:
    held = await add_person(admin, migrator, region=NAN + VILLAGE, role="village_cadre", phone=next(numbers))
    scope, now = system_scope(NAN), clock.now()
    [told] = (await export_person(scope, person=held.person, now=now))["人员"]
    assert (told["name"], told["phone"], [post["role"] for post in told["posts"]]) == (
        held.name, held.phone, ["village_cadre"],
    )  # fmt: skip
    with pytest.raises(Conflict):
        await erase_person(scope, person=held.person, now=now)
    async with transaction(scope):
        await end_membership(scope, membership=held.membership, reason="离任", now=now)
    assert (await erase_person(scope, person=held.person, now=clock.now()))["人员"] == 1
    row = await admin.fetchrow("SELECT * FROM person WHERE id = $1", held.person)
    kept = {name for name, value in row.items() if value}
    assert kept == {"county", "id", "region", "created_at", "erased_at"}
    assert held.account is not None
    session = await open_session(await start_session(held.account) or "")
    assert session is not None
    assert (session.scope, session.memberships) == (None, ())


@pytest.mark.parametrize("deed", [export_person, erase_person])
async def test_nobody_is_not_told_as_done(admin: asyncpg.Connection, deed) -> None:  # noqa: ANN001 - either of two functions
    held = await add_person(admin, None, region=ZHU + VILLAGE, role="village_cadre", phone=next(numbers))
    for person in (held.person, new_id()):
        with pytest.raises(NotFound):
            await deed(system_scope(NAN), person=person, now=clock.now())
        assert await admin.fetchval("SELECT count(*) FROM audit_line WHERE subject_id = $1", person) == 0
