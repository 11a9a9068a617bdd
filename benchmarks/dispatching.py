"""Dispatch through the action against a bare INSERT … SELECT into the same table with its indexes and policies."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

import asyncpg

from benchmarks.figures import Figure, Plan, compared
from benchmarks.filling import fill
from benchmarks.floor import statements
from benchmarks.pgbench import transactions_a_second
from benchmarks.site import Site, connected, make_database, working_on
from core.kernel.database import transaction
from core.kernel.ids import new_id
from core.kernel.scope import Scope, system_scope
from core.tasks.actions.dispatching import Order, dispatch_task
from core.tasks.enums import Level
from core.tasks.rules import EvidenceWanted

DATABASE: Final = "dispatch"
MOST: Final = 4.0
MOST_OF_PGBENCH: Final = 3.0


async def dispatch(at: Site, plan: Plan) -> AsyncIterator[Figure]:
    """Send to the villages of one county, and as a system action to those of many."""
    await make_database(at, DATABASE)
    async with connected(at.admin_url(DATABASE)) as admin:
        await fill(admin, shares=plan.rows[0], visitors=1)
        codes = [row["code"] for row in await admin.fetch("SELECT code FROM region WHERE level = 5 ORDER BY code")]
    county = replace(system_scope("330101"), by_name="王敏", by_office="农业农村局")
    for name, scope, receivers in (
        ("dispatch_few", county, codes[: plan.few]),
        ("dispatch_many", system_scope("33", county="33"), codes[: plan.many]),
    ):
        acted, bare, simple = [], [], []
        async with working_on(at, DATABASE) as settings, connected(settings.database_url) as app:
            for _ in range(plan.runs + 1):
                bare.append(await _bare(app, scope, receivers))
                acted.append(await _acted(scope, receivers))
                simple.append(await _by_pgbench(at, len(receivers)))
        yield compared(
            f"floor_{name}", bare[1:], simple[1:], unit="ms", most=MOST_OF_PGBENCH,
            note="the floor against pgbench's INSERT of as many shares",
        )  # fmt: skip
        note = f"{len(receivers)} receivers"
        yield compared(name, acted[1:], bare[1:], unit="ms", most=MOST, note=note)


async def _acted(scope: Scope, receivers: list[str]) -> float:
    now = datetime.now(UTC)
    order = Order(
        title="汛期前圩堤隐患排查", body="逐处检查，有隐患的拍照。", points=Decimal(5), due_at=now + timedelta(days=3),
        level=Level.VILLAGE, evidence=EvidenceWanted(text=True, photos=0, files=0), regions=receivers,
    )  # fmt: skip
    began = time.perf_counter()
    async with transaction(scope):
        await dispatch_task(scope, order, rule={}, now=now)
    return (time.perf_counter() - began) * 1e3


async def _bare(app: asyncpg.Connection, scope: Scope, receivers: list[str]) -> float:
    """Insert as the application, under its policies; making the ids counts here as it does there."""
    began = time.perf_counter()
    async with app.transaction():
        await app.execute(f"SET LOCAL app.scope = '{scope.region}'; SET LOCAL app.scope_end = '{scope.region_end}'")
        await app.execute(statements.INSERT_SHARES, receivers, [new_id() for _ in receivers], new_id())
    return (time.perf_counter() - began) * 1e3


async def _by_pgbench(at: Site, receivers: int) -> float:
    done = await transactions_a_second(
        at, DATABASE, statements.PGBENCH_INSERT, times=1, variables={"receivers": receivers}, as_app=True
    )
    return 1e3 / done
