"""The platform's resets: for accounts that no county may reset, by an exact login, redeemed by the owner."""

from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import asyncpg
import pyotp
import pytest

from core.kernel import clock
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from core.people import actions as a
from core.people.accounts import create_account, show_factor, sign_in
from core.people.codes import find_code, redeem, reset_factor
from core.people.enums import Purpose
from core.people.resets import (
    account_named,
    account_resets,
    platform_lines,
    reset_account,
    withdraw_account_reset,
)
from core.people.sessions import ENROL, FACTOR, Session, open_session
from tests.core.people.world import NAN, PASSWORD, VILLAGE, ZHU, Held, add_person

AT = "192.0.2.63"
NEW = "a brand new phrase"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
numbers: Iterator[str] = (f"133{n:08}" for n in range(1, 1_000))


async def opened(login: str, password: str = PASSWORD) -> Session:
    session = await open_session(await sign_in(login, password, address=AT))
    assert session is not None
    return session


async def operator_named(migrator: asyncpg.Connection, login: str) -> Session:
    now = clock.now()
    await create_account(migrator, login=login, password=PASSWORD, now=now, operator_name="运维", totp_secret=SECRET)
    half = await opened(login)
    session = await open_session(await show_factor(half, pyotp.TOTP(SECRET).at(now), now=now))
    assert session is not None
    return session


@pytest.fixture(scope="module")
async def operator(migrator: asyncpg.Connection) -> Session:
    return await operator_named(migrator, "ops.reset")


@pytest.fixture
async def two(admin: asyncpg.Connection, migrator: asyncpg.Connection) -> Held:
    """Give somebody who serves in both counties with one login."""
    held = await add_person(
        admin, migrator, region=NAN, role="county_inspector", phone=next(numbers), totp_secret=SECRET, name="李两县"
    )
    twin = await add_person(admin, None, region=ZHU + VILLAGE, role="village_cadre", phone=held.phone, name="李两县")
    await admin.execute("UPDATE person SET account_id = $1 WHERE id = $2", held.account, twin.person)
    return held


async def test_county_says_whom_to_ask_and_the_operator_can_do_it(
    operator: Session, two: Held, admin: asyncpg.Connection
) -> None:
    boss = await add_person(admin, None, region=NAN, role="county_administrator", phone=next(numbers))
    scope = boss.scope()
    with pytest.raises(Conflict) as refused:
        async with transaction(scope):
            await a.start_reset(scope, person=two.person, purpose=Purpose.PASSWORD, reason="忘", now=clock.now())
    assert refused.value.message == a.BEYOND
    token = await sign_in(two.phone, PASSWORD, address=AT)
    found = await account_named(operator, f" {two.phone} ")
    assert found is not None
    assert (found.id, found.names, found.has_factor, found.operator) == (two.account, ["李两县"], True, False)
    assert [(post["county"], post["role_title"]) for post in found.posts] == [
        ("南浔区", "县级监督员"), ("诸暨市", "村干部"),
    ]  # fmt: skip
    code = await reset_account(operator, account=found.id, purpose=Purpose.PASSWORD, reason="本人来电")
    shown = await find_code(two.phone, code, address=AT)
    assert (shown.purpose, shown.person_name) == (Purpose.PASSWORD, "李两县")
    with pytest.raises(Invalid):
        await redeem(two.phone, code, password=PASSWORD, address=AT)  # the present one is always refused
    fresh = await redeem(two.phone, code, password=NEW, address=AT)
    assert await open_session(token) is None
    session = await open_session(fresh)
    assert session is not None
    assert (session.account, session.pending) == (two.account, FACTOR)
    with pytest.raises(Invalid):
        await redeem(two.phone, code, password="yet another phrase", address=AT)


async def test_every_look_and_deed_is_written_down(operator: Session, two: Held, admin: asyncpg.Connection) -> None:
    await account_named(operator, two.phone)
    assert await account_named(operator, "nobody.at.all") is None
    await reset_account(operator, account=two.account, purpose=Purpose.FACTOR, reason="换手机")
    rows = await admin.fetch(
        "SELECT action, by_name, subject_id, data::text AS data FROM platform_line"
        " WHERE by_account = $1 ORDER BY at DESC, id LIMIT 3",
        operator.account,
    )
    assert {(row["action"], row["by_name"], row["subject_id"]) for row in rows} == {
        ("account.looked_up", "运维", two.account),
        ("account.looked_up", "运维", None),
        ("account.reset_started", "运维", two.account),
    }
    shown = [(line["action"], line["names"]) for line in (await platform_lines(operator))[:3]]
    assert ("account.reset_started", ["李两县"]) in shown
    assert ("account.looked_up", None) in shown
    assert not [row for row in rows if two.phone in row["data"]]
    lines = await admin.fetch(
        "SELECT l.county, l.by_name, l.data->>'reason' AS reason FROM audit_line l JOIN person p ON p.id = l.subject_id"
        " WHERE l.action = 'account.reset_started' AND p.account_id = $1 ORDER BY l.county",
        two.account,
    )
    assert [tuple(line) for line in lines] == [(NAN, "运维", "换手机"), (ZHU, "运维", "换手机")]


async def test_lost_authenticator_is_replaced_by_the_owner_alone(
    operator: Session, two: Held, admin: asyncpg.Connection, migrator: asyncpg.Connection
) -> None:
    code = await reset_account(operator, account=two.account, purpose=Purpose.FACTOR, reason="换手机")
    thief = await add_person(
        admin, migrator, region=NAN, role="county_inspector", phone=next(numbers), totp_secret=SECRET
    )
    with pytest.raises(Invalid):
        await reset_factor(await opened(thief.phone), code)
    session = await opened(two.phone)
    assert session.pending == FACTOR
    await reset_factor(session, code)
    assert await admin.fetchval("SELECT totp_secret FROM account WHERE id = $1", two.account) is None
    assert await admin.fetchval("SELECT totp_secret FROM account WHERE id = $1", thief.account) is not None
    with pytest.raises(Invalid):
        await reset_factor(session, code)
    await admin.execute("UPDATE membership SET valid_to = now() WHERE region = $1 AND role = 'village_cadre'", ZHU + VILLAGE)
    assert (await opened(two.phone)).pending == ENROL


async def test_code_dies_withdrawn_replaced_guessed_at_or_late(
    operator: Session, two: Held, admin: asyncpg.Connection
) -> None:
    async def made() -> str:
        return await reset_account(operator, account=two.account, purpose=Purpose.PASSWORD, reason="本人来电")

    replaced, withdrawn = await made(), await made()
    newest = next(iter(await account_resets(operator)))
    assert (newest["names"], newest["reason"], newest["by_name"]) == (["李两县"], "本人来电", "运维")
    await withdraw_account_reset(operator, reset=newest["id"])
    with pytest.raises(Conflict):
        await withdraw_account_reset(operator, reset=newest["id"])
    guessed = await made()
    for n in range(5):
        with pytest.raises(Invalid):
            await find_code(f"nobody.{n}", guessed, address=AT)
    codes = [replaced, withdrawn, guessed]
    late = await made()
    await admin.execute("UPDATE account_reset SET expires_at = now() WHERE withdrawn_at IS NULL AND tries = 0")
    for code in (*codes, late):
        with pytest.raises(Invalid):
            await redeem(two.phone, code, password=NEW, address=AT)
    await opened(two.phone)


async def test_operators_help_each_other_and_nobody_himself(operator: Session, migrator: asyncpg.Connection) -> None:
    other = await operator_named(migrator, "ops.other")
    with pytest.raises(Forbidden):
        await reset_account(operator, account=operator.account, purpose=Purpose.PASSWORD, reason="忘记")
    found = await account_named(operator, "OPS.other")
    assert found is not None
    assert (found.id, found.names, found.operator, found.mine) == (other.account, ["运维"], True, False)
    code = await reset_account(operator, account=found.id, purpose=Purpose.PASSWORD, reason="忘记")
    with pytest.raises(Invalid):
        await redeem("ops.reset", code, password=NEW, address=AT)
    assert await open_session(await redeem("ops.other", code, password=NEW, address=AT)) is not None
    with pytest.raises(Conflict):
        await reset_account(operator, account=uuid4(), purpose=Purpose.PASSWORD, reason="忘记")
    with pytest.raises(NotFound):
        await reset_account(operator, account=found.id, purpose=Purpose.INVITE, reason="忘记")


async def test_nobody_but_an_operator_finds_or_resets(two: Held, operator: Session) -> None:
    half = await opened("ops.reset")
    for someone in (await opened(two.phone), half):
        with pytest.raises(NotFound):
            await account_named(someone, two.phone)
        with pytest.raises(NotFound):
            await reset_account(someone, account=two.account, purpose=Purpose.PASSWORD, reason="x")
    for forged in (replace(half, operator=True), replace(operator, token_hash=b"made up")):
        for deed in (
            account_named(forged, two.phone),
            reset_account(forged, account=two.account, purpose=Purpose.PASSWORD, reason="x"),
            withdraw_account_reset(forged, reset=uuid4()),
            account_resets(forged),
            platform_lines(forged),
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await deed
