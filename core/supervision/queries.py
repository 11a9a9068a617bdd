"""Reading warnings. Handlers see those of their range but none about themselves; persons concerned see what was put to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.contracts.registry import current
from core.contracts.warnings import WarningModel
from core.kernel.database import fetch, fetch_one, fetch_value
from core.kernel.errors import NotFound
from core.kernel.scope import Scope
from core.supervision.enums import WarningState
from core.supervision.rules import Precision
from core.supervision.workflows import ANSWER, HANDLE, READ

PAGE_SIZE: Final = 30
MY_TURN: Final = (WarningState.ASKED, WarningState.RECTIFYING)
_ABOUT: Final = """EXISTS (SELECT FROM warning_concern c WHERE c.region >= $1 AND c.region < $2 AND c.county = w.county
  AND c.warning_id = w.id AND c.person_id = $3)"""
_NOBODY: Final = """NOT EXISTS (SELECT FROM warning_concern c WHERE c.region >= $1 AND c.region < $2 AND c.county = w.county
  AND c.warning_id = w.id)"""
# Both follow the range of $1 and $2; $3 is the reader's person.
AS_HANDLER: Final = f"NOT {_ABOUT}"
AS_CONCERNED: Final = f"w.put_at IS NOT NULL AND ({_ABOUT} OR (w.region = $1 AND $4 AND {_NOBODY}))"
_ROW: Final = f"""
SELECT w.*, {_ABOUT} AS about_me FROM warning w
WHERE w.region >= $1 AND w.region < $2 AND w.id = $5 AND (($6 AND {AS_HANDLER}) OR ({AS_CONCERNED}))
"""  # noqa: S608 - constants
_MINE: Final = f"""
SELECT w.* FROM warning w WHERE w.region >= $1 AND w.region < $2 AND {AS_CONCERNED}
ORDER BY (w.closed_at IS NOT NULL), w.due_at, w.put_at DESC, w.id LIMIT 200
"""  # noqa: S608 - constants
_DUE: Final = f"""
SELECT w.* FROM warning w WHERE w.region >= $1 AND w.region < $2 AND {AS_CONCERNED} AND w.state = ANY ($5)
ORDER BY w.due_at, w.put_at DESC, w.id LIMIT 20
"""  # noqa: S608 - constants
_NARROW: Final = f"""
w.region >= $1 AND w.region < $2 AND {AS_HANDLER} AND w.region >= $4 AND w.region < $4 || ':'
  AND ($5 = '' OR w.severity = $5) AND ($6 = '' OR w.domain = $6) AND ($7 = '' OR w.model = $7)
  AND CASE $8 WHEN 'open' THEN w.state NOT IN ('closed', 'ended') AND (w.snoozed_until IS NULL OR w.snoozed_until <= $9)
              WHEN 'late' THEN w.state NOT IN ('closed', 'ended') AND w.due_at < $9 AND (w.snoozed_until IS NULL OR w.snoozed_until <= $9)
              WHEN 'waiting' THEN w.state = 'raised' AND (w.snoozed_until IS NULL OR w.snoozed_until <= $9)
              WHEN 'snoozed' THEN w.state NOT IN ('closed', 'ended') AND w.snoozed_until > $9
              WHEN 'all' THEN true ELSE w.state = $8 END
  AND ($10 = '' OR strpos(w.title || ' ' || w.place_name, $10) > 0)
"""
_LIST: Final = f"""
SELECT w.* FROM warning w WHERE {_NARROW}
ORDER BY (w.state IN ('closed', 'ended')), array_position(ARRAY['red','orange','yellow'], w.severity), w.due_at, w.raised_at DESC, w.id
LIMIT $11 OFFSET $12
"""  # noqa: S608 - constants
_COUNT: Final = f"SELECT count(*) AS n FROM warning w WHERE {_NARROW}"  # noqa: S608 - constants
_SUMS: Final = f"""
SELECT w.severity, w.domain, count(*) AS n, count(*) FILTER (WHERE w.state = 'raised') AS waiting,
       count(*) FILTER (WHERE w.due_at < $4) AS late
FROM warning w WHERE w.region >= $1 AND w.region < $2 AND {AS_HANDLER} AND w.state NOT IN ('closed', 'ended')
  AND (w.snoozed_until IS NULL OR w.snoozed_until <= $4)
GROUP BY 1, 2
"""  # noqa: S608 - constants
_WAITING: Final = f"""
SELECT count(*) FROM warning w WHERE w.region >= $1 AND w.region < $2 AND {AS_HANDLER} AND w.state = 'raised'
  AND (w.snoozed_until IS NULL OR w.snoozed_until <= $4)
"""  # noqa: S608 - constants
_ASKED: Final = f"""
SELECT count(*) FROM warning w WHERE w.region >= $1 AND w.region < $2 AND {AS_CONCERNED} AND w.state IN ('asked', 'rectifying')
"""  # noqa: S608 - constants
_PLACES: Final = f"""
SELECT left(w.region, $4) AS code, count(*) AS n, count(*) FILTER (WHERE w.severity = 'red') AS red,
       count(*) FILTER (WHERE w.due_at < $5) AS late
FROM warning w WHERE w.region >= $1 AND w.region < $2 AND {AS_HANDLER} AND w.state NOT IN ('closed', 'ended')
  AND (w.snoozed_until IS NULL OR w.snoozed_until <= $5)
GROUP BY 1 ORDER BY red DESC, n DESC, 1
"""  # noqa: S608 - constants
_VERDICTS: Final = f"""
SELECT w.model, count(*) FILTER (WHERE w.verdict = 'lead') AS lead, count(*) FILTER (WHERE w.verdict = 'explained') AS explained,
       count(*) FILTER (WHERE w.verdict = 'no_action') AS no_action, count(*) FILTER (WHERE w.state NOT IN ('closed', 'ended')) AS open,
       count(*) AS all
FROM warning w WHERE w.region >= $1 AND w.region < $2 AND {AS_HANDLER} GROUP BY 1
"""  # noqa: S608 - constants
_PROBLEMS: Final = f"""
SELECT w.domain, w.model, count(*) AS leads, count(*) FILTER (WHERE w.closed_at IS NOT NULL) AS closed,
       count(DISTINCT w.region) AS places, coalesce(sum(w.recovered), 0) AS recovered,
       count(*) FILTER (WHERE w.rule_change <> '') AS changes, max(w.judged_at) AS latest
FROM warning w WHERE w.region >= $1 AND w.region < $2 AND {AS_HANDLER} AND w.verdict = 'lead' AND w.state <> 'appealed'
GROUP BY 1, 2 ORDER BY 1, leads DESC, 2
"""  # noqa: S608 - constants
_CHANGES: Final = f"""
SELECT w.id, w.domain, w.title, w.place_name, w.rule_change, w.closed_at FROM warning w
WHERE w.region >= $1 AND w.region < $2 AND {AS_HANDLER} AND w.rule_change <> '' ORDER BY w.closed_at DESC, w.id LIMIT 50
"""  # noqa: S608 - constants
_MONTHS: Final = f"""
SELECT m.month, sum(m.raised) AS raised, sum(m.handled) AS handled, sum(m.leads) AS leads, sum(m.recovered) AS recovered FROM (
  SELECT to_char(w.raised_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM') AS month, 1 AS raised, 0 AS handled, 0 AS leads, 0::numeric AS recovered
  FROM warning w WHERE w.region >= $1 AND w.region < $2 AND {AS_HANDLER} AND w.raised_at >= $4
  UNION ALL
  SELECT to_char(w.closed_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM'), 0, 1, (w.verdict = 'lead')::int, coalesce(w.recovered, 0)
  FROM warning w WHERE w.region >= $1 AND w.region < $2 AND {AS_HANDLER} AND w.closed_at >= $4
) m GROUP BY 1 ORDER BY 1 DESC
"""  # noqa: S608 - constants
_LEADS: Final = f"""
SELECT w.region AS code, count(*) AS n FROM warning w WHERE w.region >= $1 AND w.region < $2 AND {AS_HANDLER} AND w.verdict = 'lead'
  AND w.domain = $4 AND ($5 = '' OR w.model = $5) GROUP BY 1
"""  # noqa: S608 - constants
_EVENTS: Final = """
SELECT e.at, e.kind, e.text, e.membership, e.by_name, e.by_office, e.data FROM warning_event e
WHERE e.region >= $1 AND e.region < $2 AND e.warning_id = $3 ORDER BY e.at DESC, e.id DESC
"""
_CONCERNS: Final = """
SELECT c.person_id, c.name FROM warning_concern c WHERE c.region >= $1 AND c.region < $2 AND c.warning_id = $3 ORDER BY c.name, c.id
"""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What a list is narrowed to; ``show`` is open, waiting (for somebody to take it), late, snoozed, all, or one state."""

    region: str = ""
    severity: str = ""
    domain: str = ""
    model: str = ""
    show: str = "open"
    search: str = ""
    page: int = 1


def _unit(scope: Scope) -> bool:
    """Whether the reader may answer for his place where no person is named: not those who handle warnings."""
    return scope.may(ANSWER) and not scope.may(HANDLE)


async def warning_row(scope: Scope, warning: UUID, *, lock: bool = False) -> Any:
    """Give one warning that the reader may see, with ``about_me``. Raises ``NotFound`` for any other."""
    sql = _ROW + ("FOR UPDATE OF w" if lock else "")
    row = await fetch_one(scope, sql, scope.person, _unit(scope), warning, scope.may(READ))
    if row is None:
        raise NotFound
    return row


async def concerns_of(scope: Scope, warning: UUID) -> list[Any]:
    """Give the persons a warning is about."""
    return await fetch(scope, _CONCERNS, warning)


async def events_of(scope: Scope, warning: UUID) -> list[Any]:
    """Give a warning's history, the latest first."""
    return await fetch(scope, _EVENTS, warning)


async def put_to_me(scope: Scope) -> list[Any]:
    """List what was put to the reader: to the person, or to the place where nobody is named."""
    return await fetch(scope, _MINE, scope.person, _unit(scope))


async def due_from_me(scope: Scope) -> list[Any]:
    """List what the reader has to explain or to correct now, the nearest deadlines first."""
    return await fetch(scope, _DUE, scope.person, _unit(scope), list(MY_TURN))


async def warnings_in(
    scope: Scope, narrowed: Narrowed, *, now: datetime, size: int = PAGE_SIZE
) -> tuple[list[Any], int]:
    """List the range's warnings, the most severe and the most urgent first, and count them."""
    asked = (
        scope.person, narrowed.region or scope.region, narrowed.severity, narrowed.domain, narrowed.model, narrowed.show, now,
        narrowed.search,
    )  # fmt: skip
    total = await fetch_one(scope, _COUNT, *asked)
    rows = await fetch(scope, _LIST, *asked, size, (narrowed.page - 1) * size)
    return rows, total["n"] if total else 0


async def sums_of(scope: Scope, *, now: datetime) -> list[Any]:
    """Count what is open by severity and domain: ``n``, ``waiting`` to be taken, ``late``."""
    return await fetch(scope, _SUMS, scope.person, now)


async def waiting(scope: Scope, *, now: datetime) -> int:
    """Count the warnings that nobody took yet, as this handler sees them."""
    found: int = await fetch_value(scope, _WAITING, scope.person, now)
    return found


async def asked_of_me(scope: Scope) -> int:
    """Count what the reader has to explain or to correct."""
    found: int = await fetch_value(scope, _ASKED, scope.person, _unit(scope))
    return found


async def places_of(scope: Scope, *, digits: int, now: datetime) -> list[Any]:
    """Count what is open by place below, the worst first."""
    return await fetch(scope, _PLACES, scope.person, digits, now)


async def precision_of_models(scope: Scope) -> Mapping[str, Precision]:
    """Give for each model how its warnings of the range were judged."""
    rows = await fetch(scope, _VERDICTS, scope.person)
    return {
        row["model"]: Precision(row["lead"], row["explained"], row["no_action"], row["open"], row["all"]) for row in rows
    }


async def problems_of(scope: Scope) -> tuple[list[Any], list[Any]]:
    """Give the leads by domain and model, and the rules that were changed because of them."""
    return await fetch(scope, _PROBLEMS, scope.person), await fetch(scope, _CHANGES, scope.person)


async def months_of(scope: Scope, *, since: datetime) -> list[Any]:
    """Give for each month: raised, handled (closed), leads among them, money recovered."""
    return await fetch(scope, _MONTHS, scope.person, since)


async def leads_by_place(scope: Scope, *, domain: str, model: str) -> dict[str, int]:
    """Count the leads of a field or model by place; nothing for whoever does not read warnings."""
    if not scope.may(READ):
        return {}
    return {row["code"]: row["n"] for row in await fetch(scope, _LEADS, scope.person, domain, model)}


def model_named(name: str) -> WarningModel | None:
    """Give a model; None for one whose plugin is gone."""
    return current().named(WarningModel, name)
