"""A wrong name or number is put right: what was written stays, the login follows where it may, and the owner hears of it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import asyncpg
import pytest

from core.jobs.delivery import run_once, scope_of
from core.kernel import clock
from core.kernel.audit import audit
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from core.kernel.outbox import Event
from core.kernel.scope import Scope
from core.kernel.secrets import decrypt
from core.notices.hooks import handlers
from core.notices.queries import notices_of
from core.people import actions as a
from core.people.accounts import sign_in
from core.people.codes import find_code, redeem
from core.people.corrections import NOT_ONESELF, OTHERS_PHONE, TOPIC, Corrected, correct_person
from core.people.sessions import open_session
from tests.core.people.world import NAN, PASSWORD, TOWN, VILLAGE, ZHU, Held, add_person, add_post

AT = "192.0.2.62"
numbers: Iterator[str] = (f"134{n:08}" for n in range(1, 1_000))


@pytest.fixture(scope="module")
async def boss(admin: asyncpg.Connection, migrator: asyncpg.Connection) -> Held:
    """Give the administrator of Nanxun."""
    return await add_person(
        admin, migrator, region=NAN, role="county_administrator", phone=next(numbers), name="管理员"
    )


async def cadre(admin: asyncpg.Connection, migrator: asyncpg.Connection | None) -> Held:
    return await add_person(admin, migrator, region=NAN + VILLAGE, role="village_cadre", phone=next(numbers))


async def correct(scope: Scope, held: Held, *, name: str = "张三", phone: str = "") -> Corrected:
    async with transaction(scope):
        return await correct_person(
            scope, person=held.person, name=name, phone=phone, reason="登记时写错", now=clock.now()
        )


async def deliver(admin: asyncpg.Connection, held: Held) -> int:
    """Work off what was announced about a person; gives how many announcements there were."""
    rows = await admin.fetch(
        "SELECT * FROM outbox WHERE topic = $1 AND payload->>'person' = $2", TOPIC, str(held.person)
    )
    for row in rows:
        event = Event(row["id"], TOPIC, row["county"], row["region"], json.loads(row["payload"]), row["created_at"])
        for handler in handlers():
            await run_once(handler, await scope_of(event, handler.region_of(event)), event)
    return len(rows)


async def kinds(held: Held) -> dict[str, str]:
    """Give what the post was told: the notices' kinds with the value each names."""
    scope = held.scope()
    async with transaction(scope):
        rows, _ = await notices_of(scope, limit=10, offset=0)
    return {row.kind: row.data["title"] for row in rows}


async def test_right_name_stands_at_posts_held_and_not_in_what_was_written(
    boss: Held, admin: asyncpg.Connection, migrator: asyncpg.Connection
) -> None:
    held, past = await cadre(admin, migrator), uuid4()
    await add_post(admin, county=NAN, person=held.person, membership=past, region=NAN + TOWN, role="township_staff")
    await admin.execute("UPDATE membership SET valid_to = now() WHERE id = $1", past)
    scope = held.scope()
    async with transaction(scope):
        await audit(scope, "test.deed", kind="test", subject=held.person, now=clock.now())
    assert await correct(boss.scope(), held, name="章三") == Corrected(phone=False, login=False)
    assert await admin.fetchval("SELECT name FROM person WHERE id = $1", held.person) == "章三"
    names = "SELECT person_name FROM membership WHERE id = $1"
    assert [await admin.fetchval(names, post) for post in (held.membership, past)] == ["章三", "张三"]
    deed = "SELECT by_name FROM audit_line WHERE action = 'test.deed' AND subject_id = $1"
    assert await admin.fetchval(deed, held.person) == "张三"
    told = "SELECT membership, data->>'reason', data->'name'->>0 FROM audit_line WHERE action = $1 AND subject_id = $2"
    assert tuple(await admin.fetchrow(told, TOPIC, held.person)) == (boss.membership, "登记时写错", "张三")
    assert await deliver(admin, held) == 1
    assert await deliver(admin, held) == 1  # delivered twice, told once
    assert await kinds(held) == {"renamed": "章三"}


async def test_login_follows_the_new_number_and_the_old_one_opens_nothing(
    boss: Held, admin: asyncpg.Connection, migrator: asyncpg.Connection
) -> None:
    held, right = await cadre(admin, migrator), next(numbers)
    token = await sign_in(held.phone, PASSWORD, address=AT)
    assert await correct(boss.scope(), held, phone=right) == Corrected(phone=True, login=True)
    assert await open_session(token) is None
    with pytest.raises(Invalid):
        await sign_in(held.phone, PASSWORD, address=AT)
    session = await open_session(await sign_in(right, PASSWORD, address=AT))
    assert session is not None
    assert session.account == held.account
    row = await admin.fetchrow("SELECT phone, phone_tail FROM person WHERE id = $1", held.person)
    assert (decrypt(row["phone"], purpose="phone", owner=NAN), row["phone_tail"]) == (right, right[-4:])
    line = await admin.fetchval(
        "SELECT data::text FROM audit_line WHERE action = $1 AND subject_id = $2", TOPIC, held.person
    )
    assert right not in line
    assert right[-4:] not in line
    await deliver(admin, held)
    assert await kinds(held) == {"phone_corrected": right[-4:]}


async def test_login_that_serves_elsewhere_or_a_number_that_is_taken_stays_as_it_was(
    boss: Held, admin: asyncpg.Connection, migrator: asyncpg.Connection
) -> None:
    two, one = await cadre(admin, migrator), await cadre(admin, migrator)
    twin = await add_person(admin, None, region=ZHU + VILLAGE, role="village_cadre", phone=two.phone)
    await admin.execute("UPDATE person SET account_id = $1 WHERE id = $2", two.account, twin.person)
    foreign = await add_person(admin, migrator, region=ZHU + VILLAGE, role="village_cadre", phone=next(numbers))
    for held, right in ((two, next(numbers)), (one, foreign.phone)):
        assert await correct(boss.scope(), held, phone=right) == Corrected(phone=True, login=False)
        session = await open_session(await sign_in(held.phone, PASSWORD, address=AT))
        assert session is not None
        assert session.account == held.account
        await deliver(admin, held)
        assert await kinds(held) == {"phone_registered": right[-4:]}
    stranger = await open_session(await sign_in(foreign.phone, PASSWORD, address=AT))
    assert stranger is not None
    assert stranger.account == foreign.account


async def test_code_for_the_wrong_number_dies_with_it(boss: Held) -> None:
    scope, wrong, right = boss.scope(), next(numbers), next(numbers)
    async with transaction(scope):
        made = await a.invite_person(
            scope, name="张三", phone=wrong, post=a.Post("village_cadre", NAN + VILLAGE), now=clock.now()
        )
    held = Held(NAN, NAN + VILLAGE, None, made.person, made.membership, "village_cadre", wrong, "张三")
    assert await correct(scope, held, phone=right) == Corrected(phone=True, login=False)
    for phone in (wrong, right):
        with pytest.raises(Invalid):
            await find_code(phone, made.code, address=AT)
    async with transaction(scope):
        again = await a.invite_again(scope, person=made.person, now=clock.now())
    assert await open_session(await redeem(right, again, password="a phrase of mine", address=AT)) is not None


async def test_what_does_not_fit_changes_nothing(boss: Held, admin: asyncpg.Connection) -> None:
    held, other, scope = await cadre(admin, None), await cadre(admin, None), boss.scope()
    for sent, fields in (
        ({"phone": "123"}, {"phone": a.BAD_PHONE}),
        ({"phone": other.phone, "name": "章三"}, {"phone": OTHERS_PHONE}),
    ):
        with pytest.raises(Invalid) as refused:
            await correct(scope, held, **sent)
        assert refused.value.fields == fields
    with pytest.raises(Conflict):
        await correct(scope, held, phone=held.phone)
    assert await admin.fetchval("SELECT name FROM person WHERE id = $1", held.person) == "张三"
    assert await deliver(admin, held) == 0


async def test_only_a_county_administrator_of_the_rank_and_nobody_himself(boss: Held, admin: asyncpg.Connection) -> None:
    held, scope = await cadre(admin, None), boss.scope()
    foreign = await add_person(admin, None, region=ZHU + VILLAGE, role="village_cadre", phone=next(numbers))
    clerk = replace(scope, person=uuid4(), role="own", permissions=frozenset({"core:person:correct"}))
    for who, whom, error in (
        (scope, boss, Forbidden),
        (clerk, held, Forbidden),
        (replace(scope, region=NAN + TOWN), held, Forbidden),
        (replace(scope, permissions=frozenset()), held, Forbidden),
        (scope, foreign, NotFound),
    ):
        with pytest.raises(error) as refused:
            await correct(who, whom, name="章三")
        if whom is boss:
            assert refused.value.message == NOT_ONESELF
