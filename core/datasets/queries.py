"""Reading outside data, masked: data sets, their rows, the access log. For posts of the county alone."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from core.kernel.database import fetch, fetch_one, fetch_value
from core.kernel.errors import Forbidden, NotFound
from core.kernel.scope import Scope

READ: Final = "core:dataset:read"
PAGE_SIZE: Final = 50
LOG_SIZE: Final = 50
_COUNTY_LEVEL: Final = 3
# Lines are counted only where they wait; afterwards the data set itself says how many were stored.
_SETS: Final = """
SELECT d.*, CASE WHEN d.state = 'checked' THEN (
         SELECT count(*) FROM datasets.dataset_row r WHERE r.region >= $1 AND r.region < $2 AND r.county = d.county
            AND r.dataset_id = d.id AND r.state = 'good') ELSE 0 END AS good
FROM datasets.dataset d WHERE d.region >= $1 AND d.region < $2
"""
_LIST: Final = f"{_SETS} ORDER BY (d.ended_at IS NOT NULL), d.created_at DESC, d.id DESC LIMIT 100"
_ONE: Final = f"{_SETS} AND d.id = $3"
_SUMS: Final = """
SELECT d.kind, sum(d.stored)::bigint AS rows, count(*) AS sets, min(d.expires_on) AS until FROM datasets.dataset d
WHERE d.region >= $1 AND d.region < $2 AND d.state = 'ready' GROUP BY 1
"""
# What is shown of a row: never the hash, never the name.
_SEEN: Final = """
r.id, r.county, r.dataset_id, r.kind, r.n, r.id_masked, r.name_masked, r.village, r.subject, r.detail, r.code, r.amount, r.starts_on,
r.ends_on"""
_ROWS: Final = f"""
SELECT {_SEEN} FROM datasets.dataset_row r
WHERE r.region >= $1 AND r.region < $2 AND r.dataset_id = $3 AND r.state IN ('good', 'stored') AND ($4 = 0 OR r.n = $4)
ORDER BY r.n LIMIT $5 OFFSET $6
"""  # noqa: S608 - constants
_COUNT: Final = """
SELECT count(*) FROM datasets.dataset_row r
WHERE r.region >= $1 AND r.region < $2 AND r.dataset_id = $3 AND r.state IN ('good', 'stored') AND ($4 = 0 OR r.n = $4)
"""
_ROW: Final = """
SELECT r.*, d.source FROM datasets.dataset_row r
JOIN datasets.dataset d ON d.county = r.county AND d.id = r.dataset_id AND d.region >= $1 AND d.region < $2
WHERE r.region >= $1 AND r.region < $2 AND r.id = $3 AND r.state IN ('good', 'stored')
"""
_BAD: Final = """
SELECT r.n, r.cells, r.reason FROM datasets.dataset_row r
WHERE r.region >= $1 AND r.region < $2 AND r.dataset_id = $3 AND r.state = 'bad' AND r.cells IS NOT NULL ORDER BY r.n LIMIT $4
"""
_LOGGED: Final = """
SELECT a.at, a.act, a.reason, a.rows, a.detail, a.kind, a.dataset_id, a.by_name, a.by_office FROM datasets.dataset_access a
WHERE a.region >= $1 AND a.region < $2 AND ($3::uuid IS NULL OR a.dataset_id = $3) AND ($4 = '' OR a.act = $4)
ORDER BY a.at DESC, a.id DESC LIMIT $5 OFFSET $6
"""
_LOG_COUNT: Final = """
SELECT count(*) FROM datasets.dataset_access a
WHERE a.region >= $1 AND a.region < $2 AND ($3::uuid IS NULL OR a.dataset_id = $3) AND ($4 = '' OR a.act = $4)
"""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Which rows are asked for: one line of the sheet (0: all), and which page of them."""

    n: int = 0
    page: int = 1


def require_county(scope: Scope, permission: str) -> None:
    """Raise ``Forbidden`` without the right, or at any other level than the county: a role of its own making may carry it."""
    scope.require(permission)
    if scope.level != _COUNTY_LEVEL:
        raise Forbidden(permission)


async def datasets_here(scope: Scope) -> list[Any]:
    """List the county's data sets, the newest first; those that ended at the end."""
    require_county(scope, READ)
    return await fetch(scope, _LIST)


async def sums_of(scope: Scope) -> dict[str, Any]:
    """Give for each kind what can be compared with: rows, data sets, and until when at least."""
    require_county(scope, READ)
    return {row["kind"]: row for row in await fetch(scope, _SUMS)}


async def dataset_of(scope: Scope, dataset: UUID) -> Any:
    """Give one data set. Raises ``NotFound`` for any other."""
    require_county(scope, READ)
    row = await fetch_one(scope, _ONE, dataset)
    if row is None:
        raise NotFound
    return row


async def rows_of(scope: Scope, dataset: UUID, narrowed: Narrowed) -> tuple[list[Any], int]:
    """Give a page of masked rows, and how many there are. Ask through ``actions.look_at_rows``, which writes it down."""
    total: int = await fetch_value(scope, _COUNT, dataset, narrowed.n)
    page = min(narrowed.page, max(1, -(-total // PAGE_SIZE)))
    return await fetch(scope, _ROWS, dataset, narrowed.n, PAGE_SIZE, (page - 1) * PAGE_SIZE), total


async def row_of(scope: Scope, row: UUID) -> Any:
    """Give one row with its encrypted name. Raises ``NotFound`` for any other."""
    found = await fetch_one(scope, _ROW, row)
    if found is None:
        raise NotFound
    return found


async def bad_lines(scope: Scope, dataset: UUID, *, limit: int) -> list[Any]:
    """Give the lines that were refused, encrypted, as long as they are kept."""
    return await fetch(scope, _BAD, dataset, limit)


async def access_of(scope: Scope, *, dataset: UUID | None, act: str, page: int) -> tuple[list[Any], int]:
    """Give who had what to do with outside data, the latest first, and how many lines there are."""
    require_county(scope, READ)
    total: int = await fetch_value(scope, _LOG_COUNT, dataset, act)
    return await fetch(scope, _LOGGED, dataset, act, LOG_SIZE, (page - 1) * LOG_SIZE), total
