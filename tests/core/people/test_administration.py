"""A county's own roles, the question "why", and the platform operator's deeds."""

from collections.abc import Iterator
from dataclasses import replace

import asyncpg
import pyotp
import pytest

from core.kernel import clock
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from core.people import actions, own_roles, platform, why
from core.people.accounts import create_account, show_factor, sign_in
from core.people.codes import redeem
from core.people.rules import explain
from core.people.sessions import ENROL, Session, open_session
from tests.core.people.world import NAN, TOWN, VILLAGE, ZHU, Held, add_person
from tests.core.people.world import PASSWORD as WORD

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
numbers: Iterator[str] = (f"135{n:08}" for n in range(1, 10_000))


@pytest.fixture(scope="module")
async def boss(admin: asyncpg.Connection) -> Held:
    return await add_person(
        admin, None, region=NAN, role="county_administrator", phone=next(numbers), name="管理员"
    )


@pytest.fixture(scope="module")
async def operator(migrator: asyncpg.Connection) -> Session:
    await create_account(
        migrator, login="ops", password=WORD, now=clock.now(), operator_name="运维", totp_secret=SECRET
    )
    session = await open_session(await sign_in("ops", WORD, address="192.0.2.8"))
    assert session is not None
    now = clock.now()
    opened = await open_session(await show_factor(session, pyotp.TOTP(SECRET).at(now), now=now))
    assert opened is not None
    return opened


async def test_a_county_makes_changes_and_closes_a_role(
    boss: Held, admin: asyncpg.Connection, migrator: asyncpg.Connection
) -> None:
    scope, now = boss.scope(), clock.now()
    async with transaction(scope):
        made = await own_roles.make_role(
            scope, title="督查专员", level=4, permissions=["core:task:read"], factor=False, now=now
        )
        role = await own_roles.role_for(scope, role=made)
    held = await add_person(admin, migrator, region=NAN + TOWN, role=role.name, phone=next(numbers))
    token = await sign_in(held.phone, WORD, address="192.0.2.8")
    session = await open_session(token)
    assert session is not None
    assert session.scope is not None
    assert (session.role_title, session.scope.permissions) == ("督查专员", {"core:task:read"})
    async with transaction(scope):
        await own_roles.change_role(
            scope, role=made, title="督查专员", permissions=["core:task:read", "core:person:unmask"],
            factor=False, now=now,
        )  # fmt: skip
    assert await open_session(token) is None
    again = await open_session(await sign_in(held.phone, WORD, address="192.0.2.8"))
    assert again is not None
    assert again.pending == ENROL
    async with transaction(scope):
        with pytest.raises(Conflict):
            await own_roles.close_role(scope, role=made, now=now)
        await actions.end_membership(scope, membership=held.membership, reason="撤岗", now=now)
        await own_roles.close_role(scope, role=made, now=clock.now())
        assert await own_roles.own_roles(scope) == []


async def test_a_role_cannot_carry_what_its_maker_may_not_hand_out(boss: Held) -> None:
    scope, now = boss.scope(), clock.now()
    clerk = replace(scope, role="own_clerk", permissions=frozenset({"core:role:edit", "core:task:read"}))
    town = replace(scope, region=NAN + TOWN)
    for who, permissions, error in [
        (clerk, ["core:person:unmask"], Forbidden),
        (scope, ["platform:county:open"], Forbidden),
        (scope, ["bidding:lot:open"], Forbidden),
        (town, ["core:task:read"], Forbidden),
        (scope, [], Invalid),
    ]:
        async with transaction(who):
            with pytest.raises(error):
                await own_roles.make_role(
                    who, title="越权", level=4, permissions=permissions, factor=False, now=now
                )
    async with transaction(scope):
        with pytest.raises(Invalid):
            await own_roles.make_role(
                scope, title="村干部", level=5, permissions=["core:task:read"], factor=False, now=now
            )


async def test_why_names_the_post_that_opens_a_record(boss: Held, admin: asyncpg.Connection) -> None:
    held = await add_person(admin, None, region=NAN + TOWN, role="township_leader", phone=next(numbers))
    below = await add_person(admin, None, region=NAN + VILLAGE, role="village_cadre", phone=next(numbers))
    beside = await add_person(admin, None, region=NAN + "102201", role="village_cadre", phone=next(numbers))
    foreign = await add_person(admin, None, region=ZHU + VILLAGE, role="village_cadre", phone=next(numbers))
    scope, now = boss.scope(), clock.now()
    async with transaction(scope):
        posts = await why.standings_of(scope, person=held.person, now=now)
        for record, opens in ((below.membership, True), (beside.membership, False)):
            region = await why.region_of_record(scope, record=record)
            answers = explain(posts, permission="core:task:dispatch", region=region)
            assert [answer.opens for answer in answers] == [opens]
        with pytest.raises(NotFound):
            await why.region_of_record(scope, record=foreign.membership)
        assert await why.place_name(scope, NAN + TOWN) == "练市镇"
        with pytest.raises(NotFound):
            await why.place_name(scope, ZHU + TOWN)


async def test_the_operator_opens_a_county_and_names_its_administrator(
    operator: Session, admin: asyncpg.Connection
) -> None:
    await admin.execute(
        "INSERT INTO region (code, parent, level, name, short_name, opened)"
        " VALUES ('330502', '3305', 3, '吴兴区', '吴兴', '2023-06-30')"
    )
    assert [row["code"] for row in await platform.counties_to_open("吴兴")] == ["330502"]
    await platform.open_county(operator, code="330502", now=clock.now())
    with pytest.raises(Conflict):
        await platform.open_county(operator, code="330502", now=clock.now())
    phone = next(numbers)
    invited = await platform.invite_first(
        operator, region="330502", name="首任", phone=phone, now=clock.now()
    )
    session = await open_session(
        await redeem(phone, invited.code, password="first of the county", address="192.0.2.8")
    )
    assert session is not None
    assert (session.pending, session.person_name) == (ENROL, "首任")
    await platform.allow_plugin(
        operator, county="330502", plugin="township_filter", allowed=True, now=clock.now()
    )
    assert (await platform.county_named("330502"))["plugins"] == ["township_filter"]


async def test_nobody_else_can_do_the_operators_deeds(
    operator: Session, admin: asyncpg.Connection, migrator: asyncpg.Connection
) -> None:
    held = await add_person(admin, migrator, region=NAN + VILLAGE, role="village_cadre", phone=next(numbers))
    session = await open_session(await sign_in(held.phone, WORD, address="192.0.2.8"))
    half = await open_session(await sign_in("ops", WORD, address="192.0.2.8"))
    assert session is not None
    assert half is not None
    for someone in (session, half, replace(operator, token_hash=b"made up")):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await platform.allow_plugin(someone, county=NAN, plugin="x", allowed=True, now=clock.now())
    with pytest.raises(NotFound):
        await platform.invite_first(session, region=NAN, name="x", phone=next(numbers), now=clock.now())


async def test_an_operator_is_made_over_the_migrators_connection_only(
    migrator: asyncpg.Connection,
) -> None:
    await platform.create_operator(
        migrator, login="Second", name="运维二", password=WORD, profile="modern", now=clock.now()
    )
    session = await open_session(await sign_in("second", WORD, address="192.0.2.8"))
    assert session is not None
    assert (session.pending, session.operator) == (ENROL, False)
    with pytest.raises(Invalid):
        await platform.create_operator(
            migrator, login="third", name="x", password="short", profile="modern", now=clock.now()
        )
