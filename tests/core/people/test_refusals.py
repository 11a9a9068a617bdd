"""What is asked of people's administrators and refused: each with its reason at its field, and nothing written."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from uuid import uuid4

import asyncpg
import pytest

from core.kernel import clock
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from core.people import actions as a
from core.people.enums import Purpose
from core.people.roles import ready_roles
from core.people.rules import NOT_HERE, NOT_YOURSELF, TOO_MUCH, WRONG_LEVEL
from tests.core.people.world import NAN, TOWN, VILLAGE, ZHU, Held, add_person

numbers: Iterator[str] = (f"138{n:08}" for n in range(1, 1_000))
GOOD = {"name": "李四", "phone": "13955550000", "post": a.Post("village_cadre", NAN + VILLAGE)}


@pytest.fixture(scope="module")
async def boss(admin: asyncpg.Connection) -> Held:
    """Give the administrator of Nanxun."""
    return await add_person(admin, None, region=NAN, role="county_administrator", phone=next(numbers))


@pytest.fixture(scope="module")
async def leader(admin: asyncpg.Connection) -> Held:
    """Give the leader of a township."""
    return await add_person(admin, None, region=NAN + TOWN, role="township_leader", phone=next(numbers))


@pytest.fixture(autouse=True)
async def unchanged(admin: asyncpg.Connection, boss: Held, leader: Held) -> AsyncIterator[None]:
    """See that nothing was written."""
    assert boss.county == leader.county
    counted = (
        "SELECT (SELECT count(*) FROM person), (SELECT count(*) FROM membership), count(*) FROM invitation"
    )
    before = await admin.fetchrow(counted)
    yield
    assert await admin.fetchrow(counted) == before


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"phone": "1381234"}, {"phone": a.BAD_PHONE}),
        ({"id_number": "330503198001011230"}, {"id_number": a.BAD_ID_NUMBER}),
        ({"post": a.Post("mayor", NAN + VILLAGE)}, {"role": "请从列表里选择。"}),
        ({"post": a.Post("village_cadre", NAN + TOWN)}, {"region": WRONG_LEVEL}),
        ({"post": a.Post("village_cadre", ZHU + VILLAGE)}, {"region": NOT_HERE}),
        ({"post": a.Post("village_cadre", NAN + "101299")}, {"region": "没有这个地方，或者它已撤销。"}),
        (
            {"post": a.Post("township_staff", NAN + TOWN, office=uuid4())},
            {"office": "这个科室站所不属于所选的地方。"},
        ),
        ({"post": a.Post("grid_worker", NAN + VILLAGE, grid=uuid4())}, {"grid": "这个网格不属于所选的村。"}),
    ],
)
async def test_invitation_names_the_field_that_does_not_fit(
    boss: Held, changes: dict[str, object], fields: dict[str, object]
) -> None:
    scope = boss.scope()
    with pytest.raises(Invalid) as refused:
        async with transaction(scope):
            await a.invite_person(scope, **{**GOOD, **changes}, now=clock.now())  # type: ignore[arg-type]
    assert {name: str(text) for name, text in refused.value.fields.items()} == {
        name: str(text) for name, text in fields.items()
    }


async def test_phone_of_another_name_is_not_given_away(boss: Held) -> None:
    scope = boss.scope()
    with pytest.raises(Invalid) as refused:
        async with transaction(scope):
            await a.invite_person(scope, **{**GOOD, "phone": boss.phone}, now=clock.now())  # type: ignore[arg-type]
    assert refused.value.fields == {"phone": a.NAMED_OTHERWISE}


async def test_phone_known_elsewhere_in_the_county_is_the_countys_matter(boss: Held, leader: Held) -> None:
    cadre = ready_roles()["village_cadre"].permissions
    scope = replace(leader.scope(), permissions=cadre | {"core:person:invite"})
    with pytest.raises(Invalid) as refused:
        async with transaction(scope):
            await a.invite_person(scope, **{**GOOD, "phone": boss.phone}, now=clock.now())  # type: ignore[arg-type]
    assert refused.value.fields == {"phone": a.PHONE_ELSEWHERE}


async def test_post_is_held_once(boss: Held, leader: Held) -> None:
    scope = boss.scope()
    with pytest.raises(Conflict, match="已经有这个岗位"):
        async with transaction(scope):
            post = a.Post(leader.role, leader.region)
            await a.grant_membership(scope, person=leader.person, post=post, now=clock.now())


async def test_nobody_ends_his_own_post_or_one_above_his_rank(boss: Held, leader: Held) -> None:
    now = clock.now()
    for scope, post, reason in (
        (boss.scope(), boss.membership, NOT_YOURSELF),
        (replace(leader.scope(), region=NAN), boss.membership, TOO_MUCH),
    ):
        allowed = replace(scope, permissions=scope.permissions | {"core:membership:edit"})
        with pytest.raises(Forbidden) as refused:
            async with transaction(allowed):
                await a.end_membership(allowed, membership=post, reason="换届", now=now)
        assert str(refused.value.message) == str(reason)


async def test_nobody_resets_himself_or_who_never_signed_in(boss: Held, leader: Held) -> None:
    scope = boss.scope()
    async with transaction(scope):
        with pytest.raises(Forbidden):
            await a.start_reset(
                scope, person=boss.person, purpose=Purpose.PASSWORD, reason="忘", now=clock.now()
            )
        with pytest.raises(Conflict, match="还没有登录过"):
            await a.start_reset(
                scope, person=leader.person, purpose=Purpose.PASSWORD, reason="忘", now=clock.now()
            )


async def test_numbers_that_are_not_there_are_not_shown(boss: Held, leader: Held) -> None:
    scope = boss.scope()
    async with transaction(scope):
        with pytest.raises(Conflict, match="没有登记这个号码"):
            await a.unmask(scope, person=leader.person, field="id_number", reason="核对", now=clock.now())
        with pytest.raises(NotFound):
            await a.unmask(scope, person=leader.person, field="name", reason="核对", now=clock.now())
