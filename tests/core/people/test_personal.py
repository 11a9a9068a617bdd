"""A person's data is handed over whole and erased truly; what was not done is never told as done."""

from collections.abc import Iterator

import asyncpg
import pytest

from core.extension.manager import boot
from core.extension.personal import erase_person, export_person
from core.kernel import clock
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Invalid, NotFound
from core.kernel.ids import new_id
from core.kernel.scope import system_scope
from core.people.accounts import sign_in
from core.people.actions import end_membership
from core.people.sessions import open_session
from tests.core.people.world import NAN, PASSWORD, VILLAGE, ZHU, Held, add_person

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


async def test_login_goes_with_the_last_person_it_was_for(
    admin: asyncpg.Connection, migrator: asyncpg.Connection
) -> None:
    """One login in two counties: the first erasure leaves the owner the second county, the second takes the login away."""
    one = await add_person(
        admin, migrator, region=NAN + VILLAGE, role="village_cadre", phone=next(numbers), totp_secret="JBSWY3DPEHPK3PXP"
    )
    two = await add_person(admin, None, region=ZHU + VILLAGE, role="village_cadre", phone=one.phone)
    await admin.execute("UPDATE account SET login = 'erased.one' WHERE id = $1", one.account)
    await admin.execute("UPDATE person SET account_id = $1 WHERE id = $2", one.account, two.person)
    for held in (one, two):
        token = await sign_in(one.phone, PASSWORD, address="192.0.2.64")
        assert await open_session(token) is not None
        await gone(held)
        still_open = await open_session(token)
        assert (still_open is not None) == (held is one)
    row = await admin.fetchrow("SELECT * FROM account WHERE id = $1", one.account)
    kept = {name for name, value in row.items() if value}
    assert kept == {"id", "language", "created_at", "ended_at"}
    clients = "SELECT count(*) FROM session WHERE account_id = $1 AND (ended_at IS NULL OR client <> '')"
    assert await admin.fetchval(clients, one.account) == 0
    for login in (one.phone, "erased.one"):
        with pytest.raises(Invalid):
            await sign_in(login, PASSWORD, address="192.0.2.64")
    again = await add_person(admin, migrator, region=NAN + VILLAGE, role="village_cadre", phone=one.phone)
    assert await open_session(await sign_in(one.phone, PASSWORD, address="192.0.2.64")) is not None
    assert again.account != one.account


async def gone(held: Held) -> None:
    """End the post and erase the person."""
    scope = system_scope(held.county)
    async with transaction(scope):
        await end_membership(scope, membership=held.membership, reason="离任", now=clock.now())
    await erase_person(scope, person=held.person, now=clock.now())


@pytest.mark.parametrize("deed", [export_person, erase_person])
async def test_nobody_is_not_told_as_done(admin: asyncpg.Connection, deed) -> None:  # noqa: ANN001 - either of two functions
    held = await add_person(admin, None, region=ZHU + VILLAGE, role="village_cadre", phone=next(numbers))
    for person in (held.person, new_id()):
        with pytest.raises(NotFound):
            await deed(system_scope(NAN), person=person, now=clock.now())
        assert await admin.fetchval("SELECT count(*) FROM audit_line WHERE subject_id = $1", person) == 0
