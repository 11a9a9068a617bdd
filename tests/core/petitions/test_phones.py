"""Phones proved by a code: hashed, short-lived, tried a few times, spent once, and only where the county asks for it."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import asyncpg
import pytest

from core.kernel.database import transaction
from core.kernel.errors import Conflict, Invalid, TooMany
from core.kernel.outbox import Event
from core.kernel.scope import Scope, system_scope
from core.petitions.actions.phones import LIVES, MOST_TRIES, begin_code, drop_code, try_code
from core.petitions.actions.raising import enter_petition, raise_petition
from core.petitions.forgetting import on_forget
from core.petitions.public import raising_scope
from core.petitions.rules import AREA, Sender, new_receipt
from core.tenancy.settings import set_values
from tests.core.petitions.steps import said
from tests.factories.world import NOW, County, World

FIRST = 13_600_000_000


@pytest.fixture
async def proving(world: World, admin: asyncpg.Connection) -> AsyncIterator[County]:
    """Have one county ask for codes from ``NOW`` on."""
    boss = world.zhu.scope("county_administrator")
    async with transaction(boss):
        await set_values(boss, AREA, {"phone_code": "gateway"}, valid_from=NOW, reason="核实", now=NOW)
    yield world.zhu
    await admin.execute("DELETE FROM setting WHERE area = 'petitions' AND county = $1", world.zhu.code)
    await admin.execute("TRUNCATE petition_code")


def stranger(county: County) -> Scope:
    return raising_scope(county.village, county.code)


async def sent(county: County, phone: str, now: datetime = NOW) -> str:
    scope = stranger(county)
    async with transaction(scope):
        return (await begin_code(scope, phone=phone, now=now)).code


async def tried(county: County, phone: str, code: str, now: datetime = NOW) -> bool:
    scope = stranger(county)
    async with transaction(scope):
        return await try_code(scope, phone=phone, code=code, now=now)


async def raised_with(county: County, phone: str, code: str, now: datetime = NOW) -> object:
    scope = stranger(county)
    async with transaction(scope):
        return await raise_petition(scope, raised=said(phone=phone), receipt=new_receipt(), now=now, sender=Sender(code))


async def test_code_proves_the_phone_once(proving: County, admin: asyncpg.Connection) -> None:
    phone = str(FIRST)
    code = await sent(proving, phone)
    assert len(code) == 6
    assert await tried(proving, phone, f" {code[:3]} {code[3:]} ")
    made = await raised_with(proving, phone, code)
    assert await admin.fetchval("SELECT phone_proved FROM petition WHERE id = $1", made)
    assert not await tried(proving, phone, code)
    with pytest.raises(Invalid) as error:
        await raised_with(proving, phone, code)
    assert set(error.value.fields) == {"code"}


async def test_number_and_code_are_stored_as_hashes_alone(proving: County, admin: asyncpg.Connection) -> None:
    phone = str(FIRST + 1)
    code = await sent(proving, phone)
    for table in ("petition_code", "audit_line", "outbox", "rate_limit"):
        text = str(await admin.fetch(f"SELECT t::text FROM {table} t"))
        assert phone not in text, table
        assert f"{code}," not in text.replace(" ", ""), table


async def test_wrong_ones_are_counted_and_end_the_code(proving: County) -> None:
    phone = str(FIRST + 2)
    code = await sent(proving, phone)
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(MOST_TRIES):
        assert not await tried(proving, phone, wrong)
    assert not await tried(proving, phone, code)


async def test_code_of_one_phone_proves_no_other_and_none_at_all_proves_nothing(proving: County) -> None:
    one, other = str(FIRST + 3), str(FIRST + 4)
    code = await sent(proving, one)
    assert not await tried(proving, other, code)
    for given in (code, "", "      "):
        with pytest.raises(Invalid):
            await raised_with(proving, other, given)
    with pytest.raises(Invalid):  # right, but never tried: tries could not be counted otherwise
        await raised_with(proving, one, code)


async def test_newest_code_counts_for_ten_minutes(proving: County) -> None:
    phone = str(FIRST + 5)
    old = await sent(proving, phone)
    with pytest.raises(TooMany):
        await sent(proving, phone, NOW + timedelta(seconds=30))
    later = NOW + timedelta(seconds=61)
    new = await sent(proving, phone, later)
    if old != new:
        assert not await tried(proving, phone, old, later)
    assert not await tried(proving, phone, new, later + LIVES)
    assert await tried(proving, phone, new, later + LIVES - timedelta(seconds=1))


async def test_one_that_was_not_sent_may_be_asked_for_again(proving: County) -> None:
    scope, phone = stranger(proving), str(FIRST + 6)
    async with transaction(scope):
        lost = await begin_code(scope, phone=phone, now=NOW)
        await drop_code(scope, code=lost.id)
    await sent(proving, phone)


async def test_no_phone_needs_no_code_and_staff_need_none(proving: County) -> None:
    await raised_with(proving, "", "")
    staff = proving.scope("township_staff")
    async with transaction(staff):
        await enter_petition(
            staff, raised=said(source="visit", phone=str(FIRST + 7)), region=proving.village, receipt=new_receipt(), now=NOW
        )


async def test_where_no_county_asked_there_are_no_codes(world: World, admin: asyncpg.Connection) -> None:
    with pytest.raises(Conflict):
        await sent(world.nan, str(FIRST + 8))
    made = await raised_with(world.nan, str(FIRST + 8), "")
    assert await admin.fetchval("SELECT phone_proved FROM petition WHERE id = $1", made) is False


async def test_no_code_is_paid_for_where_nothing_is_taken(proving: County, admin: asyncpg.Connection) -> None:
    boss = proving.scope("county_administrator")
    async with transaction(boss):
        await set_values(boss, AREA, {"phone_code": "gateway", "open": False}, valid_from=NOW, reason="暂停", now=NOW)
    with pytest.raises(Conflict, match="不在网上收反映"):
        await sent(proving, str(FIRST + 60))
    assert await admin.fetchval("SELECT count(*) FROM petition_code") == 0


async def test_setting_holds_from_its_day_on(world: World, admin: asyncpg.Connection) -> None:
    boss = world.nan.scope("county_administrator")
    async with transaction(boss):
        values = {"phone_code": "gateway", "village_days": 2}
        await set_values(boss, AREA, values, valid_from=NOW + timedelta(days=30), reason="以后", now=NOW)
    before = await raised_with(world.nan, str(FIRST + 9), "")
    later = NOW + timedelta(days=30)
    with pytest.raises(Invalid):
        await raised_with(world.nan, str(FIRST + 9), "", later)
    after = await raised_with(world.nan, "", "", later)
    spans = [
        await admin.fetchval("SELECT extract(day FROM due_at - raised_at)::int FROM petition WHERE id = $1", each)
        for each in (before, after)
    ]
    assert spans == [7, 2]  # five working days over a weekend; two from a Wednesday
    await admin.execute("DELETE FROM setting WHERE area = 'petitions' AND county = $1", world.nan.code)


async def test_old_codes_are_deleted(proving: County, admin: asyncpg.Connection) -> None:
    await sent(proving, str(FIRST + 10))
    await admin.execute("UPDATE petition_code SET expires_at = '2025-01-01'")
    system = system_scope(proving.code)
    async with transaction(system):
        await on_forget(system, Event(proving.posts["bookkeeper"].account, "petition.forget", proving.code, proving.code, {}, NOW))
    assert await admin.fetchval("SELECT count(*) FROM petition_code") == 0
