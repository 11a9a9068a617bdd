"""A made year of one county, with planted faults: through the product's tables as its deeds would leave them, and quickly.

Rows are written by INSERT … SELECT as the superuser with triggers and foreign keys off. Beside each planted fault lies a near
miss of the same kind: something that looks like it and must not be raised. What the year announced stands in the outbox,
worked off.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import asyncpg

from core.contracts.registry import current
from core.contracts.warnings import WarningModel
from tests.factories import year_rows as rows

# How 300 planted faults are spread over the models.
SHARES: Final[Mapping[str, int]] = {
    "overdue_task": 50, "waiting_approval": 30, "missing_publication": 50, "stuck_decision": 40, "overdue_petition": 40,
    "seal_without_approval": 30, "aid_and_business": 20, "labour_and_salary": 20, "aid_after_death": 20,
}  # fmt: skip


@dataclass(frozen=True)
class Size:
    """How large the county is, and how busy: per township and month (tasks, incoming), per village (the rest)."""

    townships: int = 25
    villages: int = 20
    tasks: int = 4
    incoming: int = 8
    petitions: int = 24
    decisions: int = 6
    uses: int = 12
    persons: int = 4
    events: int = 200_000
    faults: int = 300

    def of(self, model: str) -> int:
        """Give how many faults of a model are planted."""
        return SHARES[model] * self.faults // 300


FULL: Final = Size()
SMALL: Final = Size(townships=2, villages=10, tasks=2, incoming=4, petitions=6, decisions=4, uses=4, events=4_000, faults=60)


@dataclass
class Year:
    """What was made: who should be found, as (model, what it rests on), and how much was announced."""

    county: str
    planted: set[tuple[str, str]] = field(default_factory=set)
    events: int = 0
    villages: int = 0


async def make_year(admin: asyncpg.Connection, *, county: str, now: datetime, size: Size = FULL) -> Year:
    """Make a county's year that ends at ``now``. The registry must be booted: sections and models are asked of it."""
    year = Year(county, villages=size.townships * size.villages)
    async with admin.transaction():
        await admin.execute("SET LOCAL session_replication_role = replica")
        await admin.execute("SET LOCAL TIME ZONE 'Asia/Shanghai'")
        sizes = {name: getattr(size, name) for name in ("townships", "villages", "tasks", "incoming", "petitions", "decisions", "uses", "persons")}
        for statement in rows.ROWS:
            await _run(admin, statement.format(**sizes), county, now)
        for model, statements in rows.PLANTED.items():
            await _plant(admin, year, model, statements, size, now)
        for statement in (*rows.NEAR_MISSES, *rows.EVENTS):
            await _run(admin, statement.format(**sizes, faults=size.faults // 5), county, now)
        year.events = await _fill_up(admin, county, now, size.events)
    await admin.execute("ANALYZE", timeout=600)
    return year


async def _run(admin: asyncpg.Connection, sql: str, county: str, now: datetime, *more: Any) -> list[Any]:
    arguments = (county, now, *more)[: max(n for n in range(1, 5) if f"${n}" in sql)]
    found: list[Any] = await admin.fetch(sql, *arguments, timeout=600)
    return found


async def _plant(
    admin: asyncpg.Connection, year: Year, model: str, statements: tuple[str, ...], size: Size, now: datetime
) -> None:  # fmt: skip
    if current().named(WarningModel, model) is None:
        raise RuntimeError(f"no such model: {model}")
    count, found = size.of(model), []
    for n, statement in enumerate(statements):
        part = count * (n + 1) // len(statements) - count * n // len(statements)
        found += await _run(admin, statement, year.county, now, part)
    if len(found) != count:
        raise RuntimeError(f"{model}: {len(found)} of {count} faults were planted")
    year.planted |= {(model, str(row["id"])) for row in found}


async def _fill_up(admin: asyncpg.Connection, county: str, now: datetime, wanted: int) -> int:
    """Add reminders until the year has as many announcements as wanted. Raises where it has more already."""
    made: int = await admin.fetchval("SELECT count(*) FROM outbox WHERE county = $1", county)
    if made > wanted:
        raise RuntimeError(f"{made} announcements, {wanted} were wanted")
    await admin.execute(rows.REMINDERS, county, now, wanted - made, timeout=600)
    total: int = await admin.fetchval("SELECT count(*) FROM outbox WHERE county = $1", county)
    return total


async def standing(admin: asyncpg.Connection, county: str) -> set[tuple[str, str, str]]:
    """Give the warnings that stand: model, what each rests on (the first row of its reasons), severity."""
    found = await admin.fetch(
        "SELECT model, key, severity, basis -> 0 ->> 'id' AS rests_on FROM warning WHERE county = $1 AND gone_at IS NULL", county
    )
    compared = {model.name for model in current().all(WarningModel) if model.compares}
    return {(row["model"], row["rests_on"] if row["model"] in compared else row["key"], row["severity"]) for row in found}
