"""Passwords, locks and counters, as a stranger and as the owner meet them."""

from collections.abc import Iterator
from datetime import timedelta
from time import process_time

import asyncpg
import pyotp
import pytest

from core.kernel import clock
from core.kernel.errors import Invalid, TooMany
from core.kernel.settings import get_settings
from core.people import accounts
from core.people.accounts import REFUSED, begin_enrolment, change_password, show_factor, sign_in
from core.people.passwords import hash_password, hasher, is_right
from core.people.profiles import DENGBAO3, MODERN, check_password
from core.people.sessions import ENROL, PASSWORD, Session, open_session
from tests.core.people.world import NAN, TOWN, VILLAGE, Held, add_person
from tests.core.people.world import PASSWORD as WORD

numbers: Iterator[str] = (f"139{n:08}" for n in range(1, 10_000))


async def somebody(
    admin: asyncpg.Connection,
    migrator: asyncpg.Connection,
    *,
    role: str = "village_cadre",
    region: str = NAN + VILLAGE,
) -> Held:
    return await add_person(admin, migrator, region=region, role=role, phone=next(numbers))


async def opened(phone: str, password: str = WORD) -> Session:
    session = await open_session(await sign_in(phone, password, address="192.0.2.9"))
    assert session is not None
    return session


async def refused(login: str, password: str) -> str:
    with pytest.raises(Invalid) as caught:
        await sign_in(login, password, address="192.0.2.9")
    return caught.value.message


async def test_the_cost_is_at_least_owasps_and_hashes_are_argon2id() -> None:
    made = await hash_password("x")
    assert made.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert (hasher().memory_cost, hasher().time_cost) >= (19_456, 2)
    assert await is_right(made, "x")
    assert not await is_right(made, "y")
    assert not await is_right("no hash at all", "x")


async def test_unknown_wrong_and_locked_are_told_the_same(
    admin: asyncpg.Connection, migrator: asyncpg.Connection
) -> None:
    held = await somebody(admin, migrator)
    told = {
        await refused(held.phone, "wrong"),
        await refused(next(numbers), WORD),
        await refused("nobody", WORD),
    }
    await admin.execute(
        "UPDATE account SET locked_until = now() + interval '1 hour' WHERE id = $1", held.account
    )
    told.add(await refused(held.phone, WORD))
    assert told == {REFUSED}


async def test_an_unknown_login_costs_the_same_work(
    admin: asyncpg.Connection, migrator: asyncpg.Connection
) -> None:
    held = await somebody(admin, migrator)
    spent: dict[str, list[float]] = {held.phone: [], "nobody-at-all": []}
    for _ in range(5):
        for login, times in spent.items():
            begun = process_time()
            await refused(login, "wrong")
            times.append(process_time() - begun)
    known, unknown = (sorted(times)[2] for times in spent.values())
    assert 0.5 < known / unknown < 2, (known, unknown)


async def test_wrong_passwords_lock_for_a_while_and_a_right_one_forgets_them(
    admin: asyncpg.Connection, migrator: asyncpg.Connection
) -> None:
    held = await somebody(admin, migrator)
    for _ in range(MODERN.tries - 1):
        await refused(held.phone, "wrong")
    await opened(held.phone)
    assert await admin.fetchval("SELECT failed FROM account WHERE id = $1", held.account) == 0
    for _ in range(MODERN.tries):
        await refused(held.phone, "wrong")
    await refused(held.phone, WORD)
    locked = "SELECT action FROM audit_line WHERE person = $1 AND action = 'account.locked'"
    assert len(await admin.fetch(locked, held.person)) == 1
    await admin.execute(
        "UPDATE account SET locked_until = now() - interval '1 s' WHERE id = $1", held.account
    )
    await opened(held.phone)


async def test_counters_stop_a_login_and_an_address_and_name_nobody(admin: asyncpg.Connection) -> None:
    login = next(numbers)
    for _ in range(accounts.LOGIN_TRIES):
        await refused(login, "wrong")
    with pytest.raises(TooMany) as caught:
        await sign_in(login, "wrong", address="198.51.100.7")
    assert 0 < caught.value.data["minutes"] <= 10
    keys = [row["key"] for row in await admin.fetch("SELECT key FROM rate_limit")]
    assert keys
    assert not [key for key in keys if login in key or "198.51.100.7" in key]


async def test_an_administrator_must_enrol_before_anything_else(
    admin: asyncpg.Connection, migrator: asyncpg.Connection
) -> None:
    held = await somebody(admin, migrator, role="county_administrator", region=NAN)
    session = await opened(held.phone)
    assert (session.pending, session.scope) == (ENROL, None)
    enrolment = await begin_enrolment(session, label="张三")
    assert await begin_enrolment(session, label="张三") == enrolment
    stored = await admin.fetchval("SELECT totp_secret FROM account WHERE id = $1", held.account)
    assert enrolment.secret.encode() not in stored
    now = clock.now()
    with pytest.raises(Invalid):
        await show_factor(session, "000000", now=now)
    token = await show_factor(session, pyotp.TOTP(enrolment.secret).at(now), now=now)
    complete = await open_session(token)
    assert complete is not None
    assert complete.scope is not None
    with pytest.raises(Invalid):
        await begin_enrolment(complete, label="张三")


async def test_guessing_codes_is_stopped(admin: asyncpg.Connection, migrator: asyncpg.Connection) -> None:
    held = await somebody(admin, migrator, role="county_inspector", region=NAN)
    session = await opened(held.phone)
    await begin_enrolment(session, label="x")
    for _ in range(accounts.FACTOR_TRIES):
        with pytest.raises(Invalid):
            await show_factor(session, "000000", now=clock.now())
    with pytest.raises(TooMany):
        await show_factor(session, "000000", now=clock.now())


async def test_an_earlier_step_is_no_good_after_a_later_one(
    admin: asyncpg.Connection, migrator: asyncpg.Connection
) -> None:
    held = await somebody(admin, migrator, role="county_inspector", region=NAN)
    session = await opened(held.phone)
    totp, now = pyotp.TOTP((await begin_enrolment(session, label="x")).secret), clock.now()
    token = await show_factor(session, totp.at(now + timedelta(seconds=30)), now=now)
    again = await open_session(token)
    assert again is not None
    for moment in (now, now + timedelta(seconds=30)):
        with pytest.raises(Invalid):
            await show_factor(again, totp.at(moment), now=now)


async def test_a_new_password_ends_the_other_sessions_and_renews_this_one(
    admin: asyncpg.Connection, migrator: asyncpg.Connection
) -> None:
    held = await somebody(admin, migrator)
    other, mine = await opened(held.phone), await opened(held.phone)
    with pytest.raises(Invalid):
        await change_password(mine, old="wrong", new="a whole new phrase")
    with pytest.raises(Invalid):
        await change_password(mine, old=WORD, new=WORD)
    token = await change_password(mine, old=WORD, new="a whole new phrase")
    renewed = await open_session(token)
    assert renewed is not None
    assert renewed.id not in {mine.id, other.id}
    ended = await admin.fetchval(
        "SELECT count(*) FROM session WHERE account_id = $1 AND ended_at IS NULL", held.account
    )
    assert ended == 1
    await refused(held.phone, WORD)
    await opened(held.phone, "a whole new phrase")


@pytest.mark.parametrize(
    "password", ["short", "password123", "1234567890", "aaaaaaaaaaaa", "qwertyuiop!", "my 13912345678 word"]
)
def test_modern_refuses_short_common_and_telling_passwords(password: str) -> None:
    with pytest.raises(Invalid):
        check_password(MODERN, password, known=["13912345678"])


def test_profiles_take_what_they_promise() -> None:
    check_password(MODERN, "three plain words")
    check_password(DENGBAO3, "Xz-83412")
    for password in ("xz-83412"[:7], "abcdefgh1", "ABCDEFGH", "12345678"):
        with pytest.raises(Invalid):
            check_password(DENGBAO3, password)


async def test_dengbao3_forces_a_change_and_remembers_five(
    admin: asyncpg.Connection, migrator: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    strict = get_settings().model_copy(update={"password_profile": "dengbao3"})
    for module in ("accounts", "sessions", "codes"):
        monkeypatch.setattr(f"core.people.{module}.get_settings", lambda: strict)
    held = await somebody(admin, migrator, role="township_staff", region=NAN + TOWN)
    await admin.execute(
        "UPDATE account SET password_changed_at = now() - interval '91 days' WHERE id = $1", held.account
    )
    session = await opened(held.phone)
    assert (session.pending, session.scope) == (PASSWORD, None)
    word = WORD
    for n in range(6):
        fresh = f"Xz-8341{n}-word"
        renewed = await open_session(await change_password(session, old=word, new=fresh))
        assert renewed is not None
        session, word = renewed, fresh
    assert session.scope is not None
    with pytest.raises(Invalid):
        await change_password(session, old=word, new="Xz-83412-word")
    await change_password(session, old=word, new="Xz-83410-word")
    idle = await admin.fetchval(
        "SELECT max(idle_seconds) FROM session WHERE account_id = $1 AND ended_at IS NULL", held.account
    )
    assert idle == 30 * 60
    for _ in range(5):
        await refused(held.phone, "wrong")
    assert await admin.fetchval("SELECT locked_until > now() FROM account WHERE id = $1", held.account)
