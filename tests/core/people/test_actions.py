"""Inviting, appointing, ending and resetting, and the ways somebody might climb with them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from core.kernel import clock
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from core.kernel.scope import Scope
from core.people import actions as a
from core.people.accounts import sign_in
from core.people.codes import accept, find_code, redeem, reset_factor
from core.people.enums import Purpose
from core.people.queries import people_in, person_for, posts_of
from core.people.roles import ready_roles
from core.people.sessions import ENROL, Session, open_session
from tests.core.people.world import NAN, PASSWORD, TOWN, VILLAGE, ZHU, Held, add_person, add_post

AT = "192.0.2.44"
NEW = "a brand new phrase"
numbers: Iterator[str] = (f"137{n:08}" for n in range(1, 10_000))


@pytest.fixture(scope="module")
async def boss(admin: asyncpg.Connection, migrator: asyncpg.Connection) -> Held:
    """Give the administrator of Nanxun."""
    return await add_person(
        admin, migrator, region=NAN, role="county_administrator", phone=next(numbers), name="管理员"
    )


@pytest.fixture(scope="module")
async def other_boss(admin: asyncpg.Connection, migrator: asyncpg.Connection) -> Held:
    """Give the administrator of Zhuji, the twin."""
    return await add_person(
        admin, migrator, region=ZHU, role="county_administrator", phone=next(numbers), name="管理员"
    )


async def invite(
    scope: Scope, *, phone: str = "", role: str = "village_cadre", region: str = ""
) -> a.Invited:
    async with transaction(scope):
        return await a.invite_person(
            scope,
            name="李四",
            phone=phone or next(numbers),
            post=a.Post(role, region or scope.region[:6] + VILLAGE),
            now=clock.now(),
        )


async def opened(token: str) -> Session:
    session = await open_session(token)
    assert session is not None
    return session


async def test_an_invited_person_chooses_a_password_and_stands_at_the_post(boss: Held) -> None:
    phone = next(numbers)
    invited = await invite(boss.scope(), phone=phone)
    found = await find_code(phone, invited.code.lower().replace("-", " "), address=AT)
    assert (found.purpose, found.person_name, found.has_account) == (Purpose.INVITE, "李四", False)
    session = await opened(await redeem(phone, invited.code, password=NEW, address=AT))
    assert session.scope is not None
    assert (session.scope.membership, session.scope.region) == (invited.membership, NAN + VILLAGE)
    with pytest.raises(Invalid):
        await redeem(phone, invited.code, password=NEW, address=AT)
    await sign_in(phone, NEW, address=AT)


async def test_the_inviting_side_sees_the_same_for_phones_with_and_without_an_account(
    boss: Held, other_boss: Held
) -> None:
    phone = next(numbers)
    first = await invite(other_boss.scope(), phone=phone)
    await redeem(phone, first.code, password=NEW, address=AT)
    known, unknown = await invite(boss.scope(), phone=phone), await invite(boss.scope())
    assert [bool(each.code) for each in (known, unknown)] == [True, True]
    scope = boss.scope()
    async with transaction(scope):
        facts = [await person_for(scope, person=each.person) for each in (known, unknown)]
    assert [fact.has_account for fact in facts] == [False, False]


async def test_the_owner_of_an_account_accepts_by_signing_in_and_nobody_else_can(
    boss: Held, other_boss: Held
) -> None:
    phone = next(numbers)
    first = await invite(other_boss.scope(), phone=phone)
    await redeem(phone, first.code, password=NEW, address=AT)
    second = await invite(boss.scope(), phone=phone)
    with pytest.raises(Conflict):
        await redeem(phone, second.code, password="taken over by a thief", address=AT)
    stranger_phone = next(numbers)
    stranger_code = (await invite(boss.scope(), phone=stranger_phone)).code
    stranger = await opened(await redeem(stranger_phone, stranger_code, password=NEW, address=AT))
    with pytest.raises(Invalid):
        await accept(stranger, second.code)
    owner = await opened(await sign_in(phone, NEW, address=AT))
    await accept(owner, second.code)
    again = await opened(await sign_in(phone, NEW, address=AT))
    assert {post.id for post in again.memberships} == {first.membership, second.membership}


async def test_a_code_dies_with_five_wrong_phones_with_time_and_when_withdrawn(
    boss: Held, admin: asyncpg.Connection
) -> None:
    scope, phones = boss.scope(), [next(numbers) for _ in range(3)]
    guessed, late, withdrawn = [await invite(scope, phone=phone) for phone in phones]
    for _ in range(5):
        with pytest.raises(Invalid):
            await find_code(next(numbers), guessed.code, address=AT)
    await admin.execute(
        "UPDATE invitation SET expires_at = now() - interval '1 second' WHERE id = $1", late.invitation
    )
    assert withdrawn.invitation is not None
    async with transaction(scope):
        await a.withdraw_invitation(scope, invitation=withdrawn.invitation, now=clock.now())
    for phone, each in zip(phones, (guessed, late, withdrawn), strict=True):
        with pytest.raises(Invalid):
            await redeem(phone, each.code, password=NEW, address=AT)


async def test_ending_a_post_ends_its_sessions_at_the_next_request(boss: Held) -> None:
    scope, phone = boss.scope(), next(numbers)
    invited = await invite(scope, phone=phone)
    token = await redeem(phone, invited.code, password=NEW, address=AT)
    await opened(token)
    async with transaction(scope):
        await a.end_membership(scope, membership=invited.membership, reason="调离", now=clock.now())
    assert await open_session(token) is None
    again = await opened(await sign_in(phone, NEW, address=AT))
    assert (again.scope, again.memberships) == (None, ())
    async with transaction(scope):
        with pytest.raises(Conflict):
            await a.end_membership(scope, membership=invited.membership, reason="调离", now=clock.now())


async def test_a_county_keeps_its_last_administrator(boss: Held, admin: asyncpg.Connection) -> None:
    second = await add_person(
        admin, None, region=NAN, role="county_administrator", phone=next(numbers), name="副手"
    )
    mine, theirs = boss.scope(), second.scope()
    async with transaction(mine):
        await a.end_membership(mine, membership=second.membership, reason="轮岗", now=clock.now())
    async with transaction(theirs):
        with pytest.raises(Conflict):
            await a.end_membership(theirs, membership=boss.membership, reason="轮岗", now=clock.now())


async def test_nobody_climbs(boss: Held, admin: asyncpg.Connection, migrator: asyncpg.Connection) -> None:
    leader = await add_person(admin, migrator, region=NAN + TOWN, role="township_leader", phone=next(numbers))
    rights = {"core:person:invite", "core:membership:edit", "core:account:reset"}
    personnel = replace(
        leader.scope(), role="own_personnel", permissions=frozenset({"core:task:read", *rights})
    )
    now = clock.now()
    for role, region, error in [
        ("township_leader", NAN + TOWN, Forbidden),
        ("village_secretary", NAN + VILLAGE, Forbidden),
        ("county_administrator", NAN, Invalid),
        ("county_administrator", NAN + TOWN, Invalid),
        ("platform_operator", NAN + TOWN, Invalid),
        ("village_cadre", NAN + "102201", Invalid),
        ("village_cadre", ZHU + VILLAGE, Invalid),
        ("no_such_role", NAN + VILLAGE, Invalid),
    ]:
        async with transaction(personnel):
            with pytest.raises(error):
                await a.invite_person(
                    personnel, name="赵六", phone=next(numbers), post=a.Post(role, region), now=now
                )
    mine = boss.scope()
    async with transaction(mine):
        with pytest.raises(Forbidden):
            await a.grant_membership(
                mine, person=boss.person, post=a.Post("township_leader", NAN + TOWN), now=now
            )
    async with transaction(personnel):
        with pytest.raises(NotFound):
            await a.end_membership(personnel, membership=boss.membership, reason="x", now=now)
        with pytest.raises(NotFound):
            await a.start_reset(personnel, person=boss.person, purpose=Purpose.PASSWORD, reason="x", now=now)
    bare = replace(leader.scope(), permissions=frozenset())
    async with transaction(bare):
        for deed in (
            a.invite_person(bare, name="x", phone="x", post=a.Post("x", NAN + TOWN), now=now),
            a.grant_membership(bare, person=leader.person, post=a.Post("x", NAN + TOWN), now=now),
            a.end_membership(bare, membership=leader.membership, reason="x", now=now),
            a.start_reset(bare, person=leader.person, purpose=Purpose.PASSWORD, reason="x", now=now),
            a.unmask(bare, person=leader.person, field="phone", reason="x", now=now),
        ):
            with pytest.raises(Forbidden):
                await deed


async def test_a_reset_is_the_owners_and_ends_all_sessions(boss: Held) -> None:
    scope, phone = boss.scope(), next(numbers)
    invited = await invite(scope, phone=phone)
    token = await redeem(phone, invited.code, password=NEW, address=AT)
    async with transaction(scope):
        code = await a.start_reset(
            scope, person=invited.person, purpose=Purpose.PASSWORD, reason="忘记", now=clock.now()
        )
    with pytest.raises(Invalid):
        await redeem(phone, code, password=NEW, address=AT)
    renewed = await redeem(phone, code, password="another new phrase", address=AT)
    assert await open_session(token) is None
    await opened(renewed)
    with pytest.raises(Invalid):
        await sign_in(phone, NEW, address=AT)


async def test_a_reset_cannot_reach_rights_outside_the_scope_or_above_the_rank(
    boss: Held, admin: asyncpg.Connection, migrator: asyncpg.Connection
) -> None:
    scope, now = boss.scope(), clock.now()
    two = await add_person(admin, migrator, region=NAN + VILLAGE, role="village_cadre", phone=next(numbers))
    twin = await add_person(admin, None, region=ZHU + VILLAGE, role="village_cadre", phone=two.phone)
    await admin.execute("UPDATE person SET account_id = $1 WHERE id = $2", two.account, twin.person)
    async with transaction(scope):
        with pytest.raises(Conflict):
            await a.start_reset(scope, person=two.person, purpose=Purpose.PASSWORD, reason="x", now=now)
    ranked = await add_person(admin, migrator, region=NAN + TOWN, role="township_leader", phone=next(numbers))
    weak = replace(boss.scope(), region=NAN + TOWN, role="own", permissions=frozenset({"core:account:reset"}))
    async with transaction(weak):
        with pytest.raises(Forbidden):
            await a.start_reset(weak, person=ranked.person, purpose=Purpose.FACTOR, reason="x", now=now)
    await add_post(
        admin, county=NAN, person=ranked.person, membership=uuid4(), region=NAN, role="county_department"
    )
    strong = replace(weak, permissions=boss.scope().permissions, role="county_administrator")
    async with transaction(strong):
        with pytest.raises(Conflict):
            await a.start_reset(strong, person=ranked.person, purpose=Purpose.FACTOR, reason="x", now=now)


async def test_codes_of_a_higher_rank_are_not_given_to_a_lower_one(boss: Held) -> None:
    """Whoever may invite cadres learns no code with which an administrator who has not signed in yet would."""
    scope, phone, now = boss.scope(), next(numbers), clock.now()
    high = await invite(scope, phone=phone, role="county_administrator", region=NAN)
    rights = {"core:person:invite", "core:person:read", *ready_roles()["village_cadre"].permissions}
    clerk = replace(scope, person=uuid4(), role="own_clerk", permissions=frozenset(rights))
    async with transaction(clerk):
        with pytest.raises(Forbidden):
            await a.invite_person(
                clerk, name="李四", phone=phone, post=a.Post("village_cadre", NAN + VILLAGE), now=now
            )
        with pytest.raises(Forbidden):
            await a.invite_again(clerk, person=high.person, now=now)
        assert high.invitation is not None
        with pytest.raises(Forbidden):
            await a.withdraw_invitation(clerk, invitation=high.invitation, now=now)
        assert not await a.outranks(clerk, posts=await posts_of(clerk, person=high.person))
        low = await a.invite_person(
            clerk, name="赵七", phone=next(numbers), post=a.Post("village_cadre", NAN + VILLAGE), now=now
        )
        assert await a.outranks(clerk, posts=await posts_of(clerk, person=low.person))
        assert low.invitation is not None
        await a.withdraw_invitation(clerk, invitation=low.invitation, now=now)
    async with transaction(scope):
        assert await a.outranks(scope, posts=await posts_of(scope, person=high.person))
    assert (await find_code(phone, high.code, address=AT)).person_name == "李四"


@pytest.mark.parametrize("purpose", [Purpose.PASSWORD, Purpose.FACTOR])
async def test_a_reset_dies_with_a_post_in_another_county(
    boss: Held, admin: asyncpg.Connection, migrator: asyncpg.Connection, purpose: Purpose
) -> None:
    """The code is good for a day: what the account may do has to be asked again when it is used."""
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    held = await add_person(
        admin, migrator, region=NAN + VILLAGE, role="village_cadre", phone=next(numbers), totp_secret=secret
    )
    scope = boss.scope()
    async with transaction(scope):
        code = await a.start_reset(scope, person=held.person, purpose=purpose, reason="x", now=clock.now())
    twin = await add_person(admin, None, region=ZHU, role="county_inspector", phone=held.phone)
    await admin.execute("UPDATE person SET account_id = $1 WHERE id = $2", held.account, twin.person)
    with pytest.raises(Invalid):
        if purpose is Purpose.PASSWORD:
            await redeem(held.phone, code, password=NEW, address=AT)
        else:
            await reset_factor(await opened(await sign_in(held.phone, PASSWORD, address=AT)), code)
    await opened(await sign_in(held.phone, PASSWORD, address=AT))


async def test_a_lost_authenticator_is_replaced_with_a_code(
    boss: Held, admin: asyncpg.Connection, migrator: asyncpg.Connection
) -> None:
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    held = await add_person(
        admin, migrator, region=NAN, role="county_inspector", phone=next(numbers), totp_secret=secret
    )
    scope = boss.scope()
    session = await opened(await sign_in(held.phone, PASSWORD, address=AT))
    async with transaction(scope):
        code = await a.start_reset(
            scope, person=held.person, purpose=Purpose.FACTOR, reason="换手机", now=clock.now()
        )
    await reset_factor(session, code)
    again = await opened(await sign_in(held.phone, PASSWORD, address=AT))
    assert (again.pending, again.scope) == (ENROL, None)


async def test_unmasking_is_written_down_with_its_reason(boss: Held, admin: asyncpg.Connection) -> None:
    scope, phone = boss.scope(), next(numbers)
    invited = await invite(scope, phone=phone)
    async with transaction(scope):
        told = await a.unmask(scope, person=invited.person, field="phone", reason="核对", now=clock.now())
    assert told == phone
    line = await admin.fetchrow(
        "SELECT data::text AS data, membership FROM audit_line WHERE action = 'person.unmasked' AND subject_id = $1",
        invited.person,
    )
    assert line["membership"] == boss.membership
    assert "核对" in line["data"]
    assert phone not in line["data"]
    stored = await admin.fetchrow("SELECT * FROM person WHERE id = $1", invited.person)
    assert phone not in str(dict(stored))


async def test_the_other_county_is_not_there(boss: Held, other_boss: Held) -> None:
    scope, foreign = boss.scope(), await invite(other_boss.scope())
    now = clock.now()
    assert foreign.invitation is not None
    async with transaction(scope):
        for deed in (
            a.grant_membership(scope, person=foreign.person, post=a.Post("x", NAN), now=now),
            a.end_membership(scope, membership=foreign.membership, reason="x", now=now),
            a.start_reset(scope, person=foreign.person, purpose=Purpose.PASSWORD, reason="x", now=now),
            a.unmask(scope, person=foreign.person, field="phone", reason="x", now=now),
            a.invite_again(scope, person=foreign.person, now=now),
            a.withdraw_invitation(scope, invitation=foreign.invitation, now=now),
            person_for(scope, person=foreign.person),
        ):
            with pytest.raises(NotFound):
                await deed
        assert await posts_of(scope, person=foreign.person) == []


async def test_the_list_finds_by_name_by_phone_and_by_place(boss: Held) -> None:
    scope, phone, now = boss.scope(), next(numbers), clock.now()
    async with transaction(scope):
        made = await a.invite_person(
            scope, name="欧阳独一", phone=phone, post=a.Post("bookkeeper", NAN + "102201"), now=now
        )
    later = now + timedelta(seconds=1)
    async with transaction(scope):
        for asked in (
            {"search": "欧阳"}, {"search": phone}, {"role": "bookkeeper"}, {"region": NAN + "102"},
            {"search": "欧阳", "state": "waiting"},
        ):  # fmt: skip
            rows, total = await people_in(scope, now=later, **asked)
            assert ([row.id for row in rows], total) == ([made.person], 1), asked
        rows, _ = await people_in(scope, now=later, search="欧阳")
        assert rows[0].posts[0]["place"] == "双林镇 吴家庄"
        assert await people_in(scope, now=later, search="欧阳", state="ended") == ([], 0)
