"""Importing people from sheets: good rows become people, bad rows come back, nothing is doubled."""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from time import perf_counter
from uuid import UUID

import asyncpg
import pytest
from openpyxl import load_workbook

from core.kernel import clock
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Forbidden, NotFound
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import Scope, system_scope
from core.kernel.sheets_out import XLSX, write_sheet
from core.people import importing
from core.people.codes import redeem
from core.people.rules import NOT_YOURSELF
from core.people.sessions import open_session
from core.people.sheet_rows import (
    NO_GRID,
    NO_NAME,
    NO_OFFICE,
    NO_PHONE,
    NO_ROLE,
    NO_TOWNSHIP,
    NO_VILLAGE,
    TWO_NAMES,
    columns,
)
from core.progress.actions import start_job
from core.progress.running import run_work
from tests.core.people.world import NAN, TOWN, VILLAGE, Held, add_person
from tests.patience import patience

numbers: Iterator[str] = (f"136{n:08}" for n in range(1, 100_000))
HEADINGS = [column.title for column in columns(())]
Line = tuple[str, ...]


@pytest.fixture(scope="module")
async def boss(admin: asyncpg.Connection) -> Held:
    return await add_person(
        admin, None, region=NAN, role="county_administrator", phone=next(numbers), name="管理员"
    )


@pytest.fixture(scope="module")
async def party_office(admin: asyncpg.Connection) -> UUID:
    made = new_id()
    await admin.execute(
        "INSERT INTO office (county, id, region, name, created_at) VALUES ($1, $2, $3, '党政办', now())",
        NAN, made, NAN + TOWN,
    )  # fmt: skip
    return made


def line(name: str, phone: str, role: str, township: str = "", village: str = "", *more: str) -> Line:
    cells = (name, phone, "", role, township, village, *more)
    return cells + ("",) * (len(HEADINGS) - len(cells))


async def looked_through(scope: Scope, lines: Sequence[Line]) -> UUID:
    content = write_sheet(XLSX, HEADINGS, lines)
    async with transaction(scope):
        return await importing.look_through(scope, content=content, name="人员.xlsx", now=clock.now())


async def run(scope: Scope, import_id: UUID) -> None:
    """Start the long work and run it as the worker does."""
    async with transaction(scope):
        counts = await importing.check_start(scope, import_id=import_id, now=clock.now())
        payload = importing.payload_of(scope, import_id, counts)
        job = await start_job(
            scope, kind=importing.KIND, title="导入", payload=payload, total=counts.good, now=clock.now()
        )
    event = Event(new_id(), "progress:run", scope.county, scope.region, {"job": str(job)}, clock.now())
    await run_work({importing.KIND: importing.IMPORT}, system_scope(scope.region), event)


async def counts(scope: Scope, import_id: UUID) -> importing.Counts:
    async with transaction(scope):
        return await importing.counts_of(scope, import_id=import_id)


async def test_good_rows_become_people_and_bad_rows_come_back_with_reasons(
    boss: Held, admin: asyncpg.Connection, party_office: UUID
) -> None:
    scope, phones = boss.scope(), [next(numbers) for _ in range(12)]
    import_id = await looked_through(
        scope,
        [
            line("周一", phones[0], "村干部", "练市", "朱家兜"),
            line("周二", phones[1], "乡镇干部", "练市镇", "", "党政办"),
            line("周三", phones[2], "县级部门"),
            line("周四", "12345", "村干部", "练市", "朱家兜"),
            line("周五", phones[4], "平台运维"),
            line("周六", phones[5], "村干部", "没有镇", "朱家兜"),
            line("周日", phones[6], "村干部", "练市", "没有村"),
            line("吴一", phones[7], "村干部", "练市", "吴家庄"),
            line("吴二", phones[0], "村干部", "练市", "水口"),
            line("周一", phones[0], "村干部", "练市", "朱家兜"),
            line("", phones[9], "村干部", "练市", "朱家兜"),
            line("吴三", phones[10], "乡镇干部", "双林", "", "党政办"),
        ],
    )
    found = await counts(scope, import_id)
    assert (found.good, found.bad, found.done) == (3, 9, 0)
    assert await admin.fetchval("SELECT count(*) FROM person WHERE name LIKE '周%'") == 0
    await run(scope, import_id)
    assert (await counts(scope, import_id)).done == 3
    posts = await admin.fetch("SELECT * FROM membership WHERE person_name LIKE '周%' ORDER BY person_name")
    assert {(post["person_name"], post["region"], post["role"], post["office_id"]) for post in posts} == {
        ("周一", NAN + VILLAGE, "village_cadre", None),
        ("周二", NAN + TOWN, "township_staff", party_office),
        ("周三", NAN, "county_department", None),
    }
    assert {post["granted_by"] for post in posts} == {boss.membership}
    async with transaction(scope):
        content = await importing.bad_sheet(scope, import_id=import_id)
    rows = list(load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))
    assert rows[0][-1] == "未通过原因"
    assert [row[0] for row in rows[1:]] == [
        "周四",
        "周五",
        "周六",
        "周日",
        "吴一",
        "吴二",
        "周一",
        None,
        "吴三",
    ]
    assert all(row[-1] for row in rows[1:])


async def test_a_row_comes_back_with_all_its_mistakes_and_the_bar_counts_rows(
    boss: Held, admin: asyncpg.Connection
) -> None:
    scope, phones = boss.scope(), [next(numbers) for _ in range(2)]
    lines = [
        line("", "12345", "没有的角色", "没有镇", "没有村", "没有科室"),
        line("郑一", phones[0], "村干部", "没有镇", "没有村"),
        line("郑二", phones[0], "村干部", "练市", "朱家兜", "没有科室", "没有网格"),
        line("郑三", phones[1], "村干部", "练市", "朱家兜"),
    ]
    import_id = await looked_through(scope, lines)
    async with transaction(scope):
        bad = await importing.bad_rows(scope, import_id=import_id, limit=9)
    assert [row.reason.split("\n") for row in bad] == [
        [NO_NAME, NO_PHONE, NO_ROLE, NO_TOWNSHIP, NO_VILLAGE],
        [NO_TOWNSHIP, NO_VILLAGE],
        [NO_OFFICE, NO_GRID, TWO_NAMES],
    ]
    await run(scope, import_id)
    told = await admin.fetchrow(
        "SELECT done, total, failed FROM job_row WHERE payload ->> 'import' = $1", str(import_id)
    )
    assert tuple(told) == (1, 1, 0)


async def test_a_sheet_that_was_looked_through_is_found_again_by_whoever_did(admin: asyncpg.Connection) -> None:
    mine, other = [
        (await add_person(admin, None, region=NAN, role="county_administrator", phone=next(numbers), name=name)).scope()
        for name in ("甲", "乙")
    ]
    first = await looked_through(mine, [line("周一", next(numbers), "村干部", "练市", "朱家兜"), line("周二", "12", "村干部")])
    second = await looked_through(mine, [line("周三", "12", "村干部", "练市", "朱家兜")])
    async with transaction(mine):
        found = await importing.latest_imports(mine)
    assert [(row["id"], row["good"], row["bad"], row["done"]) for row in found] == [(second, 0, 1, 0), (first, 1, 1, 0)]
    async with transaction(other):
        assert await importing.latest_imports(other) == []


async def test_the_codes_of_an_import_open_accounts(boss: Held) -> None:
    scope, phone = boss.scope(), next(numbers)
    import_id = await looked_through(scope, [line("郑一", phone, "报账员", "双林镇", "吴家庄村")])
    await run(scope, import_id)
    async with transaction(scope):
        content = await importing.codes_sheet(scope, import_id=import_id, now=clock.now())
    told = list(load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))[1]
    assert told[:2] == ("郑一", phone)
    session = await open_session(await redeem(phone, told[5], password="a fresh phrase", address="192.0.2.3"))
    assert session is not None
    assert session.scope is not None
    assert session.scope.region == NAN + "102201"


async def test_the_same_sheet_twice_adds_nothing(boss: Held, admin: asyncpg.Connection) -> None:
    scope, phone = boss.scope(), next(numbers)
    for _ in range(2):
        await run(scope, await looked_through(scope, [line("王一", phone, "村干部", "练市", "水口")]))
    assert await admin.fetchval("SELECT count(*) FROM person WHERE name = '王一'") == 1
    assert await admin.fetchval("SELECT count(*) FROM membership WHERE person_name = '王一'") == 1
    codes = "SELECT count(*) FROM invitation i JOIN person p ON p.id = i.person_id WHERE p.name = '王一'"
    assert await admin.fetchval(codes) == 1


async def test_a_known_phone_under_another_name_comes_back(boss: Held) -> None:
    scope, phone = boss.scope(), next(numbers)
    await run(scope, await looked_through(scope, [line("冯一", phone, "村干部", "练市", "水口")]))
    import_id = await looked_through(scope, [line("冯二", phone, "村干部", "练市", "水口")])
    await run(scope, import_id)
    assert (await counts(scope, import_id)).bad == 1


async def test_nobody_gives_himself_a_post_by_a_sheet(boss: Held, admin: asyncpg.Connection) -> None:
    scope = boss.scope()
    import_id = await looked_through(scope, [line(boss.name, boss.phone, "乡镇领导", "练市")])
    await run(scope, import_id)
    assert (await counts(scope, import_id)).bad == 1
    assert await admin.fetchval("SELECT count(*) FROM membership WHERE person_id = $1", boss.person) == 1
    async with transaction(scope):
        [row] = await importing.bad_rows(scope, import_id=import_id, limit=5)
    assert row.reason == NOT_YOURSELF


async def test_a_sheet_makes_no_code_for_whom_another_appointed(boss: Held, admin: asyncpg.Connection) -> None:
    """The code of an administrator who has not signed in yet is nobody's catch who may import cadres."""
    waiting = await add_person(
        admin, None, region=NAN, role="county_administrator", phone=next(numbers), name="新来的"
    )
    scope = boss.scope()
    await run(scope, await looked_through(scope, [line("新来的", waiting.phone, "村干部", "练市", "朱家兜")]))
    codes = "SELECT count(*) FROM invitation WHERE person_id = $1"
    assert await admin.fetchval(codes, waiting.person) == 0


async def test_what_one_may_not_hand_out_is_refused_by_row_and_at_the_start(
    boss: Held, admin: asyncpg.Connection
) -> None:
    leader = await add_person(admin, None, region=NAN + TOWN, role="township_leader", phone=next(numbers))
    held = leader.scope().permissions | {"core:person:import"}
    scope = replace(leader.scope(), permissions=held)
    import_id = await looked_through(
        scope,
        [
            line("陈一", next(numbers), "县级管理员"),
            line("陈二", next(numbers), "村干部", "双林", "吴家庄"),
            line("陈三", next(numbers), "村干部", "", "水口"),
            line("陈四", next(numbers), "乡镇干部"),
        ],
    )
    found = await counts(scope, import_id)
    assert found.bad >= 2
    weaker = replace(scope, permissions=frozenset({"core:person:import"}))
    async with transaction(weaker):
        with pytest.raises((Forbidden, Conflict)):
            await importing.check_start(weaker, import_id=import_id, now=clock.now())
    other = boss.scope()
    async with transaction(other):
        with pytest.raises(NotFound):
            await importing.counts_of(other, import_id=import_id)


async def test_rows_of_a_sheet_are_forgotten_after_a_month(boss: Held, admin: asyncpg.Connection) -> None:
    scope = boss.scope()
    old, young = [
        await looked_through(scope, [line("褚一", next(numbers), "村干部", "练市", "水口")]) for _ in range(2)
    ]
    await admin.execute(
        "UPDATE import_row SET created_at = now() - interval '31 days' WHERE import_id = $1", old
    )
    system = system_scope(NAN)
    event = Event(new_id(), importing.FORGET, NAN, NAN, {}, clock.now())
    async with transaction(system):
        await importing.forget_rows(system, event)
    left = await admin.fetch(
        "SELECT DISTINCT import_id FROM import_row WHERE import_id = ANY($1)", [old, young]
    )
    assert [row["import_id"] for row in left] == [young]


async def test_twenty_thousand_rows_take_less_than_a_minute(
    boss: Held, admin: asyncpg.Connection, record_property: Callable[[str, object], None]
) -> None:
    scope = boss.scope()
    lines = [
        line(f"许{n:05}", next(numbers), "村干部", "练市", ("朱家兜", "水口")[n % 2]) for n in range(20_000)
    ]
    content = write_sheet(XLSX, HEADINGS, lines)
    begun = perf_counter()
    async with transaction(scope):
        import_id = await importing.look_through(scope, content=content, name="x.xlsx", now=clock.now())
    looked = perf_counter() - begun
    await run(scope, import_id)
    spent = perf_counter() - begun
    record_property("seconds_looking", round(looked, 1))
    record_property("seconds_in_all", round(spent, 1))
    print(f"20,000 rows: {looked:.1f} s to look through, {spent:.1f} s in all")
    found = await counts(scope, import_id)
    assert (found.done, found.bad, found.codes) == (20_000, 0, 20_000)
    assert spent < 60 * patience()
    assert await admin.fetchval("SELECT count(*) FROM membership WHERE person_name LIKE '许%'") == 20_000
    assert (
        await admin.fetchval("SELECT count(*) FROM audit_line WHERE data->>'import' = $1", str(import_id))
        == 20_000
    )
