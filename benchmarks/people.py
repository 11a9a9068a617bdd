"""Importing people from a sheet: from the uploaded file to invitations with their codes, as the worker does it."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Final

import asyncpg

from benchmarks.figures import Figure, Plan, bounded
from benchmarks.filling import fill
from benchmarks.site import Site, connected, make_database, working_on
from core.kernel.database import transaction
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import Scope, system_scope
from core.kernel.sheets_out import XLSX, write_sheet
from core.people import importing
from core.people.roles import ADMINISTRATOR, ready_roles
from core.people.sheet_rows import columns
from core.progress.actions import start_job
from core.progress.running import run_work

DATABASE: Final = "people"
SECONDS: Final = 60.0
COUNTY: Final = "330101"


async def people(at: Site, plan: Plan) -> AsyncIterator[Figure]:
    """Import once: a minute is a minute. Each figure of the spread would take as long."""
    await make_database(at, DATABASE)
    async with connected(at.admin_url(DATABASE)) as admin, working_on(at, DATABASE):
        await fill(admin, shares=plan.rows[0], visitors=1)
        scope = await _administrator(admin)
        content = _sheet(plan.people)
        began = time.perf_counter()
        done = await _import(scope, content)
        seconds = time.perf_counter() - began
    if done != plan.people:
        raise RuntimeError(f"{done} of {plan.people} people were imported")
    yield bounded("import", [seconds], unit="s", most=SECONDS, note=f"{plan.people} people")


async def _administrator(admin: asyncpg.Connection) -> Scope:
    person, membership = new_id(), new_id()
    await admin.execute(
        "INSERT INTO person (county, id, region, name, created_at) VALUES ($1, $2, $1, '王敏', now())", COUNTY, person
    )
    await admin.execute(
        "INSERT INTO membership (county, id, region, person_id, person_name, role, valid_from, granted_by_name, created_at)"
        " VALUES ($1, $2, $1, $3, '王敏', $4, now() - interval '1 day', '系统', now())",
        COUNTY, membership, person, ADMINISTRATOR,
    )  # fmt: skip
    return Scope(
        region=COUNTY, county=COUNTY, by_name="王敏", person=person, membership=membership, role=ADMINISTRATOR,
        permissions=ready_roles()[ADMINISTRATOR].permissions,
    )  # fmt: skip


def _sheet(people: int) -> bytes:
    headings = [column.title for column in columns(())]
    rows = []
    for n in range(people):
        cells = (f"许{n:05}", f"136{n:08}", "", "村干部", f"第{n % 25 + 1}镇", f"第{n % 20 + 1}村")
        rows.append(cells + ("",) * (len(headings) - len(cells)))
    return write_sheet(XLSX, headings, rows)


async def _import(scope: Scope, content: bytes) -> int:
    now = datetime.now(UTC)
    async with transaction(scope):
        found = await importing.look_through(scope, content=content, name="人员.xlsx", now=now)
    async with transaction(scope):
        counts = await importing.check_start(scope, import_id=found, now=now)
        payload = importing.payload_of(scope, found, counts)
        job = await start_job(scope, kind=importing.KIND, title="导入", payload=payload, total=counts.good, now=now)
    event = Event(new_id(), "progress:run", scope.county, scope.region, {"job": str(job)}, now)
    await run_work({importing.KIND: importing.IMPORT}, system_scope(scope.region), event)
    async with transaction(scope):
        return (await importing.counts_of(scope, import_id=found)).done
