"""Sessions: what opens, what does not, and what the application's role cannot reach."""

import statistics
from time import perf_counter

import asyncpg
import pyotp
import pytest

from core.kernel import clock
from core.kernel.errors import Invalid
from core.kernel.ids import new_id
from core.people import sessions
from core.people.accounts import create_account, show_factor, sign_in
from tests.core.people.world import NAN, PASSWORD, TOWN, VILLAGE, ZHU, Held, add_person, add_post
from tests.databases import DatabaseUrls, connected
from tests.patience import patience

ADDRESS = "192.0.2.1"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(scope="module")
async def cadre(admin: asyncpg.Connection, migrator: asyncpg.Connection) -> Held:
    await add_person(admin, migrator, region=ZHU + VILLAGE, role="village_cadre", phone="13800000002")
    return await add_person(admin, migrator, region=NAN + VILLAGE, role="village_cadre", phone="13800000001")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM account", "SELECT password_hash FROM account", "SELECT * FROM session",
        "UPDATE account SET operator = true", "UPDATE session SET ended_at = NULL", "DELETE FROM session",
        "INSERT INTO plugin_allowance VALUES ('330503', 'x', 'y', now())",
        "UPDATE county SET closed_at = now()",
        "SELECT * FROM posts_of_account(gen_random_uuid())",
        "SELECT put_password(gen_random_uuid(), 'x', 0)",
        "SELECT * FROM open_invitation('a', 'b')", "SELECT forget_uses('x')", "SET ROLE xiangzhi_signin",
    ],
)  # fmt: skip
async def test_the_application_cannot_reach_accounts(database_urls: DatabaseUrls, statement: str) -> None:
    async with connected(database_urls.app) as app:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute(statement)


async def test_a_session_carries_the_scope_of_the_only_post(cadre: Held) -> None:
    session = await sessions.open_session(await sign_in("138 0000 0001", PASSWORD, address=ADDRESS))
    assert session is not None
    assert session.scope is not None
    assert (session.scope.region, session.scope.county, session.scope.membership) == (
        NAN + VILLAGE, NAN, cadre.membership,
    )  # fmt: skip
    assert session.scope.system is False
    assert session.scope.permissions == cadre.scope().permissions
    assert [name for name, _ in session.region_path] == ["浙江省", "湖州市", "南浔区", "练市镇", "朱家兜"]
    assert (session.person_name, session.pending, session.operator) == ("张三", "", False)


@pytest.mark.parametrize("token", ["", "x", "unknown-token", "a" * 5000, "\u4e61"])
async def test_tokens_nobody_gave_out_open_nothing(token: str) -> None:
    assert await sessions.open_session(token) is None


async def test_an_ended_an_expired_and_an_idle_session_open_nothing(
    cadre: Held, admin: asyncpg.Connection
) -> None:
    for change in (
        "ended_at = now()", "expires_at = now() - interval '1 second'",
        "seen_at = now() - (idle_seconds + 1) * interval '1 second'",
    ):  # fmt: skip
        token = await sign_in(cadre.phone, PASSWORD, address=ADDRESS)
        assert await sessions.open_session(token) is not None
        await admin.execute(
            f"UPDATE session SET {change} WHERE token_hash = $1",
            sessions.hash_of(token),
        )
        assert await sessions.open_session(token) is None


async def test_reading_touches_the_session_at_most_once_a_minute(
    cadre: Held, admin: asyncpg.Connection
) -> None:
    token = await sign_in(cadre.phone, PASSWORD, address=ADDRESS)
    seen = "SELECT seen_at FROM session WHERE token_hash = $1"
    first = await admin.fetchval(seen, sessions.hash_of(token))
    await sessions.open_session(token)
    assert await admin.fetchval(seen, sessions.hash_of(token)) == first
    await admin.execute(
        "UPDATE session SET seen_at = now() - interval '2 minutes' WHERE token_hash = $1",
        sessions.hash_of(token),
    )
    await sessions.open_session(token)
    assert await admin.fetchval(seen, sessions.hash_of(token)) >= first


async def test_an_ended_post_gives_no_scope_from_the_next_request_on(
    admin: asyncpg.Connection, migrator: asyncpg.Connection
) -> None:
    held = await add_person(admin, migrator, region=NAN + TOWN, role="township_staff", phone="13800000011")
    token = await sign_in(held.phone, PASSWORD, address=ADDRESS)
    await admin.execute("UPDATE membership SET valid_to = now() WHERE id = $1", held.membership)
    session = await sessions.open_session(token)
    assert session is not None
    assert (session.scope, session.pending, session.memberships) == (None, sessions.POST, ())


async def test_with_two_posts_one_is_chosen_and_the_token_is_renewed(
    admin: asyncpg.Connection, migrator: asyncpg.Connection, cadre: Held
) -> None:
    held = await add_person(admin, migrator, region=NAN + TOWN, role="township_staff", phone="13800000012")
    second = new_id()
    await add_post(
        admin, county=NAN, person=held.person, membership=second, region=NAN + VILLAGE, role="bookkeeper"
    )
    token = await sign_in(held.phone, PASSWORD, address=ADDRESS)
    session = await sessions.open_session(token)
    assert session is not None
    assert (session.scope, session.pending) == (None, sessions.POST)
    assert {post.id for post in session.memberships} == {held.membership, second}
    assert await sessions.switch_membership(session, cadre.membership) is None
    renewed = await sessions.switch_membership(session, second)
    assert renewed is not None
    assert await sessions.open_session(token) is None
    chosen = await sessions.open_session(renewed)
    assert chosen is not None
    assert chosen.scope is not None
    assert (chosen.scope.role, chosen.scope.membership) == ("bookkeeper", second)
    assert chosen.id != session.id


async def test_an_inspector_has_no_scope_before_the_second_factor_and_a_code_works_once(
    admin: asyncpg.Connection, migrator: asyncpg.Connection
) -> None:
    held = await add_person(
        admin, migrator, region=NAN, role="county_inspector", phone="13800000013", totp_secret=SECRET
    )
    first = await sessions.open_session(await sign_in(held.phone, PASSWORD, address=ADDRESS))
    second = await sessions.open_session(await sign_in(held.phone, PASSWORD, address=ADDRESS))
    assert first is not None
    assert second is not None
    assert (first.scope, first.pending, first.needs_factor) == (None, sessions.FACTOR, True)
    code, now = pyotp.TOTP(SECRET).at(clock.now()), clock.now()
    token = await show_factor(first, code, now=now)
    assert await sessions.open_session(token) is not None
    with pytest.raises(Invalid):
        await show_factor(second, code, now=now)
    opened = await sessions.open_session(token)
    assert opened is not None
    assert opened.scope is not None
    assert opened.scope.permissions == held.scope().permissions


async def test_the_operator_has_no_scope_and_is_operator_only_after_the_factor(
    migrator: asyncpg.Connection,
) -> None:
    await create_account(
        migrator, login="yunwei", password=PASSWORD, now=clock.now(), operator_name="运维", totp_secret=SECRET
    )
    session = await sessions.open_session(await sign_in("Yunwei", PASSWORD, address=ADDRESS))
    assert session is not None
    assert (session.scope, session.operator, session.pending) == (None, False, sessions.FACTOR)
    token = await show_factor(session, pyotp.TOTP(SECRET).at(clock.now()), now=clock.now())
    session = await sessions.open_session(token)
    assert session is not None
    assert (session.scope, session.operator, session.person_name) == (None, True, "运维")


async def test_signing_in_ends_the_session_the_browser_had(cadre: Held) -> None:
    old = await sign_in(cadre.phone, PASSWORD, address=ADDRESS)
    new = await sign_in(cadre.phone, PASSWORD, address=ADDRESS, old_token=old)
    assert await sessions.open_session(old) is None
    assert await sessions.open_session(new) is not None


async def test_opening_a_session_takes_about_a_millisecond(cadre: Held) -> None:
    token = await sign_in(cadre.phone, PASSWORD, address=ADDRESS)
    spent = []
    for _ in range(200):
        begun = perf_counter()
        await sessions.open_session(token)
        spent.append(perf_counter() - begun)
    # The whole way there and back; the database's own share is about half of it.
    assert statistics.median(spent) < 0.005 * patience(), statistics.median(spent)
