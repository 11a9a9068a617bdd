"""One's own user name: rules, the password, sessions, and what a name that is taken gives away."""

from collections.abc import Iterator

import asyncpg
import pytest

from core.kernel import clock
from core.kernel.errors import Invalid, TooMany
from core.people.accounts import create_account, sign_in
from core.people.own_login import HINT, NEEDED, UNUSABLE, OwnLogin, change_login, own_login, plain_login
from core.people.sessions import Session, open_session
from tests.core.people.world import NAN, PASSWORD, VILLAGE, Held, add_person

AT = "192.0.2.61"
numbers: Iterator[str] = (f"136{n:08}" for n in range(1, 1_000))


async def somebody(admin: asyncpg.Connection, migrator: asyncpg.Connection) -> Held:
    return await add_person(admin, migrator, region=NAN + VILLAGE, role="village_cadre", phone=next(numbers))


async def opened(login: str) -> Session:
    session = await open_session(await sign_in(login, PASSWORD, address=AT))
    assert session is not None
    return session


async def why_refused(session: Session, login: str, password: str = PASSWORD) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        await change_login(session, login=login, password=password)
    return dict(refused.value.fields)


@pytest.mark.parametrize(
    "login", ["ab", "13912345678", "8wang", "wang jianguo", "王建国", "w" * 31, "wang@nanxun", "-wang"]
)
def test_name_that_could_be_mistaken_is_refused(login: str) -> None:
    with pytest.raises(Invalid) as refused:
        plain_login(login)
    assert refused.value.fields == {"login": HINT}


def test_name_is_kept_in_small_letters() -> None:
    assert plain_login(" Wang.JG_2-a ") == "wang.jg_2-a"


async def test_owner_signs_in_by_the_new_name_and_other_devices_are_out(
    admin: asyncpg.Connection, migrator: asyncpg.Connection
) -> None:
    held = await somebody(admin, migrator)
    other_token = await sign_in(held.phone, PASSWORD, address=AT)
    mine = await opened(held.phone)
    assert await own_login(mine) == OwnLogin("", has_phone=True)
    token = await change_login(mine, login="Wang.Jianguo", password=PASSWORD)
    renewed = await open_session(token)
    assert renewed is not None
    assert renewed.id != mine.id
    assert await open_session(other_token) is None
    assert await own_login(renewed) == OwnLogin("wang.jianguo", has_phone=True)
    assert (await opened("WANG.jianguo")).account == (await opened(held.phone)).account == held.account
    lines = await admin.fetch(
        "SELECT person, data::text AS data FROM audit_line WHERE action = 'account.login_changed' AND subject_id = $1",
        held.person,
    )
    assert [(line["person"], line["data"]) for line in lines] == [(held.person, "{}")]
    await change_login(await opened(held.phone), login="", password=PASSWORD)
    with pytest.raises(Invalid):
        await sign_in("wang.jianguo", PASSWORD, address=AT)


async def test_name_of_somebody_else_and_one_kept_back_are_refused_alike(
    admin: asyncpg.Connection, migrator: asyncpg.Connection
) -> None:
    first, second = await somebody(admin, migrator), await somebody(admin, migrator)
    await change_login(await opened(first.phone), login="li.chunmei", password=PASSWORD)
    mine = await opened(second.phone)
    assert await why_refused(mine, "Li.Chunmei") == await why_refused(mine, "admin") == {"login": UNUSABLE}
    assert (await opened("li.chunmei")).account == first.account


async def test_without_the_password_nothing_is_told_and_nothing_changes(
    admin: asyncpg.Connection, migrator: asyncpg.Connection
) -> None:
    first, second = await somebody(admin, migrator), await somebody(admin, migrator)
    await change_login(await opened(first.phone), login="zhao.liu", password=PASSWORD)
    mine = await opened(second.phone)
    told = [await why_refused(mine, name, "wrong") for name in ("zhao.liu", "nobody.has.it")]
    assert told[0] == told[1]
    assert set(told[0]) == {"password"}
    with pytest.raises(TooMany):
        for _ in range(12):
            await why_refused(mine, "zhao.liu", "wrong")
    assert await admin.fetchval("SELECT login FROM account WHERE id = $1", second.account) is None


async def test_account_without_a_phone_keeps_a_name_and_its_operator_is_written_down(
    admin: asyncpg.Connection, migrator: asyncpg.Connection
) -> None:
    made = await create_account(migrator, login="op.one", password=PASSWORD, now=clock.now(), operator_name="运维")
    assert await why_refused(await opened("op.one"), "") == {"login": NEEDED}
    await change_login(await opened("op.one"), login="op.two", password=PASSWORD)
    assert (await opened("op.two")).account == made
    actions = await admin.fetch("SELECT action FROM platform_line WHERE subject_id = $1 AND action LIKE '%login%'", made)
    assert [row["action"] for row in actions] == ["account.login_changed"]
