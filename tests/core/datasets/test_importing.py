"""Outside data is looked through, stored, kept to its term; numbers are hashes, refused lines come back, nothing is doubled."""

import asyncio
import io
from datetime import timedelta

import asyncpg
import pytest
from openpyxl import load_workbook

from core.datasets import actions as a
from core.datasets import importing
from core.datasets.queries import Narrowed, dataset_of
from core.datasets.rules import amount_of, day_of
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import system_scope
from core.progress.actions import start_job
from tests.core.datasets.steps import (
    aid,
    business,
    id_number,
    looked_through,
    person,
    run,
    sheet,
    stored,
    told,
    work,
)
from tests.factories.world import NOW, World

DAY = timedelta(days=1)


async def test_good_lines_wait_and_bad_lines_come_back_with_every_reason(world: World, admin: asyncpg.Connection) -> None:
    scope = world.nan.scope("county_administrator")
    wrong = {**aid(2, "2026-13-40", amount="-1"), "id_number": "330503195001011233", "village": "没有村", "name": ""}
    made = await looked_through(scope, "aid", [aid(1, "2026-03-05"), wrong, aid(1, "2026/3/5"), aid(3, "20260305", village="水口")])
    async with transaction(scope):
        row = await dataset_of(scope, made)
        assert (row["state"], row["good"], row["bad"]) == ("checked", 2, 2)
        content = await importing.bad_sheet(scope, dataset=made, now=NOW)
    rows = list(load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))
    assert rows[0][-1] == "未通过原因"
    assert [row[1] for row in rows[1:]] == ["330503195001011233", id_number(1)]
    for part in ("姓名", "身份证号", "村", "发放金额", "发放日期"):
        assert part in rows[1][-1]
    assert "重复" in rows[2][-1]
    assert await admin.fetchval("SELECT count(*) FROM datasets.dataset_row WHERE dataset_id = $1 AND state = 'stored'", made) == 0


async def test_no_stored_line_holds_a_number_or_a_name(world: World, admin: asyncpg.Connection) -> None:
    made = await stored(world.nan, "business", [business(10, "2020-01-01", name="欧阳小明")])
    row = await admin.fetchrow("SELECT * FROM datasets.dataset_row WHERE dataset_id = $1", made)
    assert (row["state"], row["name_masked"], row["cells"], len(row["id_hash"])) == ("stored", "欧**", None, 32)
    number = id_number(10)
    assert row["id_masked"] == number[0] + "*" * 15 + number[-2:]
    tables = ("datasets.dataset", "datasets.dataset_row", "datasets.dataset_access", "audit_line", "outbox", "job_row")
    for table in tables:
        found = await admin.fetchval(f"SELECT string_agg(t::text, ' ') FROM {table} t") or ""
        assert number not in found
        assert "欧阳小明" not in found


async def test_a_killed_import_goes_on_and_doubles_nothing(world: World, admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "CHUNK", 10)
    scope = world.nan.scope("county_inspector")
    made = await looked_through(scope, "aid", [aid(100 + n, "2026-03-05") for n in range(35)])
    async with transaction(scope):
        total, payload = await importing.check_start(scope, dataset=made, now=NOW)
        job = await start_job(scope, kind=importing.KIND, title="导入", payload=payload, total=total, now=NOW)
    real, seen = importing.fetch, []

    async def dying(*words: object) -> object:
        seen.append(words)
        if len(seen) == 3:
            raise ConnectionResetError
        return await real(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(importing, "fetch", dying)
    with pytest.raises(ConnectionResetError):
        await work(scope, job)
    half = await admin.fetchval("SELECT count(*) FROM datasets.dataset_row WHERE dataset_id = $1 AND state = 'stored'", made)
    assert 0 < half < 35
    monkeypatch.setattr(importing, "fetch", real)
    for _ in range(2):
        await work(scope, job)
    row = await admin.fetchrow("SELECT state, stored, twins FROM datasets.dataset WHERE id = $1", made)
    assert tuple(row) == ("ready", 35, 0)
    assert tuple(await admin.fetchrow("SELECT state, done, total FROM job_row WHERE id = $1", job)) == ("done", 35, 35)
    assert await admin.fetchval("SELECT count(*) FROM datasets.dataset_access WHERE dataset_id = $1 AND act = 'imported'", made) == 1


async def test_a_line_known_already_counts_once_and_a_complete_list_replaces_the_others(world: World, admin: asyncpg.Connection) -> None:
    first = await stored(world.nan, "business", [business(200, "2020-01-01"), business(201, "2020-01-01")])
    second = await stored(world.nan, "business", [business(201, "2020-01-01"), business(202, "2020-01-01")])
    assert tuple(await admin.fetchrow("SELECT stored, twins FROM datasets.dataset WHERE id = $1", second)) == (1, 1)
    third = await stored(world.nan, "business", [business(201, "2020-01-01")], replaces=True)
    standing = await admin.fetch(
        "SELECT id FROM datasets.dataset WHERE kind = 'business' AND county = $1 AND state = 'ready'", world.nan.code
    )
    assert [row["id"] for row in standing] == [third]
    assert await admin.fetchval("SELECT count(*) FROM datasets.dataset_row WHERE dataset_id = ANY ($1)", [first, second]) == 0


async def test_the_term_ends_a_data_set_and_what_was_never_started(world: World, admin: asyncpg.Connection) -> None:
    scope = world.nan.scope("county_inspector")
    ends = NOW.date() + timedelta(days=3)
    old = await stored(world.nan, "deaths", [{**person(300), "starts_on": "2026-01-01"}], expires_on=ends)
    kept = await stored(world.nan, "deaths", [{**person(301), "starts_on": "2026-01-01"}])
    never = await looked_through(scope, "deaths", [{**person(302), "starts_on": "2026-01-01"}, {"name": "张三"}])
    event = Event(new_id(), a.EXPIRE, world.nan.code, world.nan.code, {}, NOW + 3 * DAY)
    system = system_scope(world.nan.code)
    async with transaction(system):
        await a.expire(system, event)
    assert await admin.fetchval("SELECT state FROM datasets.dataset WHERE id = $1", old) == "ready"
    later = Event(new_id(), a.EXPIRE, world.nan.code, world.nan.code, {}, NOW + 8 * DAY)
    async with transaction(system):
        await a.expire(system, later)
    states = {row["id"]: row["state"] for row in await admin.fetch("SELECT id, state FROM datasets.dataset WHERE id = ANY ($1)", [old, kept, never])}
    assert states == {old: "ended", kept: "ready", never: "ended"}
    assert await admin.fetchval("SELECT count(*) FROM datasets.dataset_row WHERE dataset_id = ANY ($1)", [old, never]) == 0
    assert await admin.fetchval("SELECT count(*) FROM datasets.dataset_access WHERE dataset_id = $1 AND act = 'deleted'", old) == 1
    told_of = await admin.fetchval("SELECT count(*) FROM outbox WHERE topic = $1 AND payload ->> 'dataset' = $2", a.CHANGED, str(old))
    assert told_of == 2


async def test_an_import_that_broke_down_for_good_ends_with_its_term(world: World, admin: asyncpg.Connection) -> None:
    scope = world.nan.scope("county_inspector")
    made = await looked_through(scope, "deaths", [{**person(310), "starts_on": "2026-01-01"}], expires_on=NOW.date())
    async with transaction(scope):
        await importing.check_start(scope, dataset=made, now=NOW)  # and its work never comes to an end
    system = system_scope(world.nan.code)
    async with transaction(scope):
        with pytest.raises(Conflict):
            await a.delete_dataset(scope, dataset=made, reason="不用了", now=NOW)
    async with transaction(system):
        await a.expire(system, Event(new_id(), a.EXPIRE, world.nan.code, world.nan.code, {}, NOW + 2 * DAY))
    assert await admin.fetchval("SELECT state FROM datasets.dataset WHERE id = $1", made) == "ended"
    assert await admin.fetchval("SELECT count(*) FROM datasets.dataset_row WHERE dataset_id = $1", made) == 0


async def test_the_same_list_stored_twice_at_once_counts_once(
    world: World, admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    scope, lines = world.nan.scope("county_inspector"), [aid(900 + n, "2026-03-05") for n in range(200)]
    made = [await looked_through(scope, "aid", lines) for _ in range(2)]
    real = importing.fetch

    async def slow(*words: object) -> object:
        found = await real(*words)  # type: ignore[arg-type]
        await asyncio.sleep(0.3)  # neither has been committed when the other asks
        return found

    monkeypatch.setattr(importing, "fetch", slow)
    await asyncio.gather(*(run(scope, each) for each in made))
    assert await admin.fetchval("SELECT count(*) FROM datasets.dataset_row WHERE dataset_id = ANY ($1) AND state = 'stored'", made) == 200
    assert await admin.fetchval("SELECT sum(stored) FROM datasets.dataset WHERE id = ANY ($1)", made) == 200


async def test_what_refused_lines_said_is_forgotten_after_a_week(world: World, admin: asyncpg.Connection) -> None:
    scope = world.nan.scope("county_inspector")
    made = await looked_through(scope, "aid", [aid(310, "2026-03-05"), {**aid(311, "2026-03-05"), "village": "没有村"}])
    await run(scope, made)
    system = system_scope(world.nan.code)
    async with transaction(system):
        await a.expire(system, Event(new_id(), a.EXPIRE, world.nan.code, world.nan.code, {}, NOW + 9 * DAY))
    assert await admin.fetchval("SELECT count(*) FROM datasets.dataset_row WHERE dataset_id = $1 AND cells IS NOT NULL", made) == 0
    async with transaction(scope):
        with pytest.raises(Conflict):
            await importing.bad_sheet(scope, dataset=made, now=NOW + 9 * DAY)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"source": " "}, "source"), ({"purpose": ""}, "purpose"), ({"basis": "法" * 201}, "basis"),
        ({"expires_on": NOW.date() - DAY}, "expires_on"), ({"expires_on": NOW.date() + 400 * DAY}, "expires_on"),
    ],
)  # fmt: skip
async def test_no_list_comes_in_without_purpose_basis_and_term(world: World, changes: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        await looked_through(world.nan.scope("county_inspector"), "aid", [aid(1, "2026-03-05")], **changes)
    assert set(refused.value.fields) == {field}


NUMBERS = {"身份证号": id_number(7), "手机号": "138 1234 5678", "银行卡号": "六二二二〇二一二三四五六七八九〇一二八"}


@pytest.mark.parametrize(("kind", "number"), NUMBERS.items())
@pytest.mark.parametrize("field", ["source", "purpose", "basis"])
async def test_nobody_writes_a_personal_number_into_what_is_said_of_a_list(world: World, field: str, kind: str, number: str) -> None:
    with pytest.raises(Invalid) as refused:
        await looked_through(world.nan.scope("county_inspector"), "aid", [aid(1, "2026-03-05")], **{field: f"核对{number}"})
    assert set(refused.value.fields) == {field}
    assert f"不能写{kind}" in refused.value.fields[field]


@pytest.mark.parametrize("number", NUMBERS.values())
async def test_nobody_writes_a_personal_number_into_the_access_log(world: World, admin: asyncpg.Connection, number: str) -> None:
    scope = world.nan.scope("county_inspector")
    made = await stored(world.nan, "aid", [aid(420 + len(number), "2026-03-05")])
    line = await admin.fetchval("SELECT id FROM datasets.dataset_row WHERE dataset_id = $1", made)
    why = f"复核{number}"
    async with transaction(scope):
        with pytest.raises(Invalid):
            await a.look_at_rows(scope, dataset=made, narrowed=Narrowed(), reason=why, now=NOW)
        with pytest.raises(Invalid):
            await a.unmask_row(scope, row=line, reason=why, now=NOW)
        with pytest.raises(Invalid):
            await a.delete_dataset(scope, dataset=made, reason=why, now=NOW)
    assert await admin.fetchval("SELECT state FROM datasets.dataset WHERE id = $1", made) == "ready"


async def test_the_name_of_a_file_shows_no_personal_number(world: World, admin: asyncpg.Connection) -> None:
    scope = world.nan.scope("county_inspector")
    async with transaction(scope):
        made = await importing.look_through(
            scope, told("aid"), content=sheet("aid", [aid(1, "2026-03-05")]), name=f"张三{id_number(8)}.xlsx", now=NOW
        )
    name = await admin.fetchval("SELECT file_name FROM datasets.dataset WHERE id = $1", made)
    assert name.startswith("张三3")
    assert name.endswith(".xlsx")
    assert id_number(8) not in name


async def test_looking_and_unmasking_are_written_down_with_their_reason(world: World, admin: asyncpg.Connection) -> None:
    scope = world.nan.scope("county_inspector")
    made = await stored(world.nan, "aid", [aid(320, "2026-03-05", name="欧阳小明"), aid(321, "2026-03-05")])
    async with transaction(scope):
        with pytest.raises(Invalid):
            await a.look_at_rows(scope, dataset=made, narrowed=Narrowed(), reason=" ", now=NOW)
    async with transaction(scope):
        shown = await a.look_at_rows(scope, dataset=made, narrowed=Narrowed(), reason="复核三月低保", now=NOW)
    assert [row["name_masked"] for row in shown.rows] == ["欧**", "张**"]
    assert not {"name", "id_hash", "cells"} & set(shown.rows[0].keys())
    async with transaction(scope):
        row, name = await a.unmask_row(scope, row=shown.rows[0]["id"], reason="上门核实", now=NOW)
    assert name == "欧阳小明"
    acts = await admin.fetch(
        "SELECT act, reason, by_name, rows FROM datasets.dataset_access WHERE dataset_id = $1 AND act IN ('looked', 'unmasked') ORDER BY id", made
    )
    assert [tuple(each) for each in acts] == [("looked", "复核三月低保", "张三", 2), ("unmasked", "上门核实", "张三", 1)]
    assert await admin.fetchval("SELECT count(*) FROM audit_line WHERE action = 'dataset.unmasked' AND subject_id = $1", row["id"]) == 1


async def test_the_access_log_is_changed_by_nobody(world: World, admin: asyncpg.Connection) -> None:
    await stored(world.nan, "aid", [aid(330, "2026-03-05")])
    for sql in ("UPDATE datasets.dataset_access SET reason = 'x'", "DELETE FROM datasets.dataset_access", "TRUNCATE datasets.dataset_access"):
        with pytest.raises(asyncpg.PostgresError, match="never changed"):
            await admin.execute(sql)


async def test_only_posts_of_the_county_with_the_right_reach_any_of_it(world: World, admin: asyncpg.Connection) -> None:
    made = await stored(world.nan, "aid", [aid(340, "2026-03-05")])
    line = await admin.fetchval("SELECT id FROM datasets.dataset_row WHERE dataset_id = $1", made)
    administrator, stranger = world.nan.scope("county_administrator"), world.zhu.scope("county_inspector")
    for role in ("township_leader", "village_secretary", "supervision_committee", "county_department"):
        scope = world.nan.scope(role)
        async with transaction(scope):
            with pytest.raises(Forbidden):
                await dataset_of(scope, made)
    async with transaction(administrator):
        assert (await dataset_of(administrator, made))["stored"] == 1
        with pytest.raises(Forbidden):
            await a.unmask_row(administrator, row=line, reason="看看是谁", now=NOW)
    async with transaction(stranger):
        with pytest.raises(NotFound):
            await dataset_of(stranger, made)
        with pytest.raises(NotFound):
            await a.unmask_row(stranger, row=line, reason="看看是谁", now=NOW)


async def test_a_sheet_is_stored_once(world: World) -> None:
    scope = world.nan.scope("county_inspector")
    made = await looked_through(scope, "aid", [aid(350, "2026-03-05")])
    await run(scope, made)
    async with transaction(scope):
        with pytest.raises(Conflict):
            await importing.check_start(scope, dataset=made, now=NOW)
    async with transaction(scope):
        await a.delete_dataset(scope, dataset=made, reason="导错了", now=NOW)
    async with transaction(scope):
        with pytest.raises(Conflict):
            await a.delete_dataset(scope, dataset=made, reason="导错了", now=NOW)


def test_days_and_sums_are_read_as_people_write_them() -> None:
    days = ("2026-03-05", "2026/3/5", "2026.3.5", "2026年3月5日", "20260305", "2026-03-05 00:00")
    assert {day_of(text).isoformat() for text in days if day_of(text)} == {"2026-03-05"}
    assert [day_of(text) for text in days].count(None) == 0
    assert [day_of(text) for text in ("", "2026-02-30", "三月", "1026-01-01")] == [None] * 4
    assert [str(amount_of(text)) for text in ("1,234.5", "¥86", "860元", "0.01")] == ["1234.50", "86.00", "860.00", "0.01"]
    assert [amount_of(text) for text in ("", "0", "-1", "1.234", "NaN", "Infinity", "1e99")] == [None] * 7
    assert told("aid").kind == "aid"
