"""The operator records what became of counties and cities; of a recoded county every row goes along under the same key."""

from datetime import date

import asyncpg
import pytest

from core.kernel.audit import audit
from core.kernel.database import fetch, fetch_value, transaction
from core.kernel.errors import Invalid, NotFound
from core.kernel.ids import new_id
from core.kernel.outbox import Event, set_timer
from core.kernel.scope import system_scope
from core.tenancy import recoding
from core.tenancy.actions.following import follow_change
from core.tenancy.actions.national import change_nationally, plan_nationally, province_scope
from core.tenancy.actions.regions import Document, Wish, change_regions
from core.tenancy.enums import ChangeKind
from core.tenancy.queries.regions import region_of, states_of
from tests.core.tenancy.conftest import LIANSHI, NAN, NOW, SHUANGLIN, ZHU, county_scope
from tests.core.tenancy.test_changes import DOCUMENT, assignment
from tests.core.tenancy.test_following import share

TOKEN = b"operator's own session".ljust(32)
DECREE = Document("国函〔2026〕9 号", date(2026, 11, 21))


@pytest.fixture(autouse=True)
async def operator(admin: asyncpg.Connection) -> None:
    account = new_id()
    if await admin.fetchval("SELECT EXISTS (SELECT FROM session WHERE token_hash = $1)", TOKEN):
        return
    await admin.execute(
        "INSERT INTO account (id, login, operator, operator_name, created_at, password_changed_at) VALUES ($1, 'operator', true, '平台', now(), now())",
        account,
    )
    await admin.execute(
        "INSERT INTO session (token_hash, id, account_id, factor_at, created_at, seen_at, expires_at, idle_seconds)"
        " VALUES ($1, $2, $3, now(), now(), now(), now() + interval '1 day', 86400)",
        TOKEN, new_id(), account,
    )  # fmt: skip


async def record(wish: Wish, *, token: bytes = TOKEN, document: Document = DECREE) -> None:
    scope = province_scope(wish, by_name="平台")
    async with transaction(scope):
        made = await change_nationally(scope, token, wish, document, now=NOW)
    async with transaction(scope):
        event = Event(new_id(), "region.changed", scope.county, scope.region, {"change": str(made)}, NOW)
        await follow_change(scope, event)


async def test_county_is_opened_renamed_and_closed(admin: asyncpg.Connection) -> None:
    await record(Wish(ChangeKind.OPEN, region="3305", name="太湖县", code="330599"))
    opened = await admin.fetchrow("SELECT parent, level, opened FROM region WHERE code = '330599'")
    assert tuple(opened) == ("3305", 3, DECREE.on)
    await record(Wish(ChangeKind.RENAME, region=ZHU, name="诸暨区"))
    assert await admin.fetchval("SELECT name FROM county WHERE county = $1", ZHU) == "诸暨区"
    scope = system_scope("33")
    async with transaction(scope):
        assert [(s.name, s.valid_to) for s in await states_of(scope, ZHU)] == [("诸暨市", DECREE.on), ("诸暨区", None)]
    later = Document(DECREE.number, date(2026, 11, 22))
    await record(Wish(ChangeKind.CLOSE, region="330599", successor=ZHU), document=later)
    assert await admin.fetchval("SELECT successor FROM region WHERE code = '330599'") == ZHU


async def test_recoded_county_keeps_its_key_and_all_its_rows(
    admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recoding, "BATCH", 2)
    scope, village, gone = county_scope(), f"{LIANSHI}201", f"{SHUANGLIN}201"
    task = new_id()
    open_one = await assignment(admin, village, task=task)
    closed_ones = [await assignment(admin, village, task=new_id(), closed=True) for _ in range(3)]
    async with transaction(scope):
        await audit(scope, "something.done", kind="x", subject=task, now=NOW, region=village)
        await set_timer(scope, "task.due", subject=open_one, due_at=NOW, payload={}, region=village)
        await change_regions(scope, Wish(ChangeKind.CLOSE, region=gone, successor=f"{SHUANGLIN}202"), DOCUMENT, now=NOW)
    await record(Wish(ChangeKind.RECODE, region=NAN, code="330523", name="南浔县"))
    new = f"330523{village[6:]}"
    rows = await admin.fetch("SELECT region, sender_region, county FROM assignment WHERE id = ANY ($1)", [open_one, *closed_ones])
    assert [tuple(row) for row in rows] == [(new, new[:9], NAN)] * 4
    assert await admin.fetchval("SELECT region FROM audit_line WHERE subject_id = $1", task) == new
    assert await admin.fetchval("SELECT region FROM timer WHERE subject_id = $1", open_one) == new
    told = await admin.fetchrow("SELECT code, name, county FROM county WHERE county = $1", NAN)
    assert tuple(told) == ("330523", "南浔县", NAN)
    assert not await admin.fetchval("SELECT count(*) FROM audit_line WHERE region LIKE '330503%'")
    moved = system_scope("330523", county=NAN)
    async with transaction(moved):
        assert (await region_of(moved, "330523")).name == "南浔县"
        ended = await region_of(moved, f"330523{gone[6:]}")
        assert (ended.closed, ended.successor) == (DOCUMENT.on, f"330523{SHUANGLIN[6:]}202")
        seen = await fetch(moved, "SELECT x.id FROM assignment x WHERE x.region >= $1 AND x.region < $2 AND x.county = $3", NAN)
        assert {row["id"] for row in seen} == {open_one, *closed_ones}
    old = await admin.fetchrow("SELECT closed, successor FROM region WHERE code = $1", village)
    assert tuple(old) == (DECREE.on, new)
    await admin.execute("DELETE FROM outbox")
    stale = county_scope(village)
    async with transaction(stale):
        await share(stale, village)
    assert await admin.fetchval("SELECT region FROM outbox WHERE topic = 'region.changed'") == "33"


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        (Wish(ChangeKind.OPEN, region="3305", name="新县", code=""), Invalid),
        (Wish(ChangeKind.OPEN, region="3305", name="新县", code="330699"), Invalid),
        (Wish(ChangeKind.OPEN, region="3305", name="", code="330598"), Invalid),
        (Wish(ChangeKind.OPEN, region="3305", name="新县", code=NAN), Invalid),  # a code is never used twice
        (Wish(ChangeKind.RENAME, region="33", name="浙"), NotFound),
        (Wish(ChangeKind.RENAME, region=f"{ZHU}109", name="甲镇"), NotFound),
        (Wish(ChangeKind.MERGE, region=ZHU), NotFound),
        (Wish(ChangeKind.CLOSE, region=ZHU), Invalid),  # townships below
        (Wish(ChangeKind.RECODE, region=ZHU, code="3307"), Invalid),
        (Wish(ChangeKind.RECODE, region=ZHU, code="440699"), Invalid),  # another province
        (Wish(ChangeKind.RECODE, region=ZHU, code="339999"), Invalid),  # a city that does not exist
        (Wish(ChangeKind.RECODE, region=ZHU, code=ZHU), Invalid),
    ],
)
async def test_impossible_wishes_are_refused(wish: Wish, error: type[Exception]) -> None:
    scope = system_scope("33")
    with pytest.raises(error):
        async with transaction(scope):
            await plan_nationally(scope, wish)
    with pytest.raises(NotFound):
        province_scope(Wish(ChangeKind.RENAME, region=f"{ZHU}109", name="甲镇"), by_name="x")


async def test_database_asks_for_the_operators_session(admin: asyncpg.Connection) -> None:
    wish = Wish(ChangeKind.RENAME, region="3306", name="越州市")
    for token in (b"nobody's".ljust(32), b""):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await record(wish, token=token)
    await admin.execute("UPDATE account SET operator = false WHERE login = 'operator'")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await record(wish)
    await admin.execute("UPDATE account SET operator = true WHERE login = 'operator'")


@pytest.mark.parametrize(
    ("kind", "pairs", "state"),
    [
        ("close", [(ZHU, "")], "22023"),  # an open tenant
        ("recode", [(ZHU, "330699"), (f"{ZHU}109", "330699110")], "22023"),  # other digits behind
        ("recode", [], "22023"),
        ("close", [(f"{ZHU}109", f"{ZHU}110")], "22023"),  # townships are the county's own matter
        ("merge", [(ZHU, "330699")], "22023"),
    ],
)
async def test_database_checks_what_the_operator_sends(kind: str, pairs: list[tuple[str, str]], state: str) -> None:
    scope = system_scope("33")
    sql = (
        "SELECT change_regions_nationally($3, $4, '33', $5, $6, '1 号', '', 'x', $7, $8, $9, '[]', '[]', $10, $11) WHERE $1 < $2"
    )
    moves = [pair for pair in pairs if pair[1]]
    with pytest.raises(asyncpg.PostgresError) as refused:
        async with transaction(scope):
            await fetch_value(
                scope, sql, TOKEN, new_id(), kind, DECREE.on, NOW, [old for old, _ in pairs], [new for _, new in pairs],
                [old for old, _ in moves], [new for _, new in moves],
            )  # fmt: skip
    assert refused.value.sqlstate == state


async def test_rows_of_a_change_that_is_no_recode_are_not_moved_wholly(admin: asyncpg.Connection) -> None:
    scope = system_scope("33")
    change = await admin.fetchval("SELECT id FROM region_change WHERE kind <> 'recode' LIMIT 1")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with transaction(scope):
            await fetch_value(scope, "SELECT recode_rows($3, 'public', 'assignment', 'region', 10) WHERE $1 < $2", change)
    recode = await admin.fetchval("SELECT id FROM region_change WHERE kind = 'recode'")
    for place, column in (("330523", "region"), ("33", "county")):
        inside = system_scope(place)
        with pytest.raises(asyncpg.PostgresError):
            async with transaction(inside):
                await fetch_value(inside, "SELECT recode_rows($3, 'public', 'assignment', $4, 10) WHERE $1 < $2", recode, column)
