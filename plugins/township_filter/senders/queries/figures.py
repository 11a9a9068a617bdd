"""Senders with what is counted of them in a quarter: a handful of statements, however many senders there are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from core.api import NotFound, RatedWeek, Scope, fetch, fetch_one, shown_ratings, week_start, where_on
from plugins.township_filter.senders.enums import SignKind
from plugins.township_filter.senders.rules import Span, share_of

_OWN: Final = "($3::uuid IS NULL OR d.office_id = $3)"
_SENDERS: Final = f"""
SELECT d.id, d.county, d.region, d.office_id, d.key, d.name, d.last_at FROM township_filter.sender d
WHERE d.region >= $1 AND d.region < $2 AND {_OWN} AND {where_on("township_filter", "d")}
"""  # noqa: S608 - constant parts
_LIST: Final = f"""{_SENDERS} AND ($4 = '' OR strpos(d.name, $4) > 0) AND ($5 = 0 OR length(d.region) = $5)
ORDER BY d.region, d.name, d.id LIMIT 5000"""
_ONE: Final = f"{_SENDERS} AND d.id = $4"
_MINE: Final = f"{_SENDERS} AND d.county = $4 AND d.key = $5"
# Each matter is counted in one of five: passed by itself, merged into another, refused, held, taken back. Together they are what was
# received: what was taken back was sent. What a full quota held is held until the county releases it, then passed. Emergencies are
# among all of them.
_LINES: Final = f"""
SELECT s.sender_id AS sender, count(*) AS received,
       count(*) FILTER (WHERE i.state IN ('passed', 'dispatched') AND i.merged_into IS NULL AND s.verdict <> 'refused') AS passed,
       count(*) FILTER (WHERE i.merged_into IS NOT NULL AND s.verdict <> 'refused') AS merged,
       count(*) FILTER (WHERE s.verdict = 'refused' OR i.state = 'refused') AS refused,
       count(*) FILTER (WHERE i.state = 'held' AND s.verdict <> 'refused') AS held,
       count(*) FILTER (WHERE i.state = 'withdrawn' AND s.verdict <> 'refused') AS withdrawn, count(*) FILTER (WHERE s.review <> '') AS emergencies,
       count(*) FILTER (WHERE s.review = 'objected') AS objected,
       count(*) FILTER (WHERE s.reviewed_at > s.review_due_at) AS late
FROM township_filter.screened s JOIN incoming_task i ON i.county = s.county AND i.id = s.incoming_id
WHERE s.region >= $1 AND s.region < $2 AND i.region >= $1 AND i.region < $2 AND s.sender_id IS NOT NULL
  AND ($3::uuid IS NULL OR s.sender_id = $3) AND s.at >= $4 AND s.at < $5 AND {where_on("township_filter", "s")} GROUP BY 1
"""  # noqa: S608 - constant parts
_OVERDUE: Final = """
SELECT s.sender_id AS sender, count(*) AS overdue FROM township_filter.screened s
WHERE s.region >= $1 AND s.region < $2 AND s.sender_id IS NOT NULL AND ($3::uuid IS NULL OR s.sender_id = $3)
  AND s.review = 'due' AND s.review_due_at < $4 GROUP BY 1
"""
_SIGNS: Final = """
SELECT g.sender_id AS sender, count(*) FILTER (WHERE g.kind = 'withdrawn' AND g.nearness * 100 >= $6) AS withdrawn,
       count(*) FILTER (WHERE g.kind = 'cooperation') AS cooperation, count(*) FILTER (WHERE g.kind = 'appraisal') AS appraisal
FROM township_filter.sign g WHERE g.region >= $1 AND g.region < $2 AND ($3::uuid IS NULL OR g.sender_id = $3)
  AND g.at >= $4 AND g.at < $5 GROUP BY 1
"""
# A rating counts for everybody a task is done for: who handed each of its matters in, and who sent the shares from above that it
# is a part of (until they took theirs back); a task of neither, for whoever sent it. Each has the marks whole and an equal part
# of the hours, so that the hours of all senders are the hours that were worked. Somebody out of sight counts in that division all
# the same: every viewer reads one figure.
_RATINGS: Final = """
WITH rated AS (
  SELECT r.id, r.county, r.clarity, r.time_given, r.need, r.burden_hours, r.at, t.id AS task, a.region || ':' || coalesce(a.office_id::text, '') AS rater,
         coalesce(t.office_id::text, t.region) AS sent_by
  FROM task_rating r JOIN assignment a ON a.county = r.county AND a.id = r.assignment_id
    JOIN task t ON t.county = a.county AND t.id = a.task_id
  WHERE r.region >= $1 AND r.region < $2 AND a.region >= $1 AND a.region < $2 AND t.region >= $1 AND t.region < $2
    AND r.at >= $4 AND r.at < $5),
source AS (
  SELECT r.id, r.county, s.sender_id, coalesce(i.office_id::text, i.region) AS key
  FROM rated r JOIN incoming_task i ON i.county = r.county AND i.task_id = r.task
    LEFT JOIN township_filter.screened s ON s.county = i.county AND s.incoming_id = i.id AND s.region >= $1 AND s.region < $2
  WHERE i.region >= $1 AND i.region < $2
  UNION SELECT r.id, r.county, NULL, coalesce(p.sender_office_id::text, p.sender_region)
  FROM rated r JOIN task_parent l ON l.county = r.county AND l.task_id = r.task
    JOIN assignment p ON p.county = l.county AND p.id = l.assignment_id
  WHERE l.region >= $1 AND l.region < $2 AND p.region >= $1 AND p.region < $2 AND (p.state <> 'withdrawn' OR r.at < p.closed_at)
  UNION SELECT r.id, r.county, NULL, r.sent_by FROM rated r WHERE NOT EXISTS (
    SELECT 1 FROM incoming_task i WHERE i.region >= $1 AND i.region < $2 AND i.county = r.county AND i.task_id = r.task)),
known AS (
  SELECT DISTINCT o.id, coalesce(o.sender_id, d.id) AS sender, coalesce(coalesce(o.sender_id, d.id)::text, o.key) AS who
  FROM source o LEFT JOIN township_filter.sender d ON o.sender_id IS NULL AND d.county = o.county AND d.key = o.key
    AND d.region >= $1 AND d.region < $2),
part AS (SELECT k.id, k.sender, count(*) OVER (PARTITION BY k.id) AS senders FROM known k)
SELECT p.sender, count(*) AS ratings, array_agg(DISTINCT r.rater) AS raters, sum(r.clarity) AS clarity, sum(r.time_given) AS time_given,
       sum(r.need) AS need, sum(r.burden_hours / p.senders) AS hours
FROM part p JOIN rated r ON r.id = p.id WHERE p.sender IS NOT NULL AND ($3::uuid IS NULL OR p.sender = $3)
GROUP BY 1, date_trunc('week', r.at AT TIME ZONE 'Asia/Shanghai') ORDER BY 1, date_trunc('week', r.at AT TIME ZONE 'Asia/Shanghai')
"""
_CORRECTED: Final = """
SELECT coalesce(s.sender_id, d.id) AS sender, count(*) AS corrected
FROM township_filter.correction c
  LEFT JOIN township_filter.screened s ON s.county = c.county AND s.incoming_id = c.incoming_id AND s.region >= $1 AND s.region < $2
  LEFT JOIN township_filter.sender d ON d.county = c.county AND d.key = coalesce(c.sender_office_id::text, c.sender_region)
        AND d.region >= $1 AND d.region < $2
WHERE c.region >= $1 AND c.region < $2 AND c.state = 'confirmed'
  AND ($3::uuid IS NULL OR coalesce(s.sender_id, d.id) = $3) AND c.decided_at >= $4 AND c.decided_at < $5 GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who hands matters in. ``level`` is that of the place: 3 county, 4 township."""

    id: UUID
    county: str
    region: str
    office_id: UUID | None
    key: str
    name: str
    last_at: datetime

    @property
    def level(self) -> int:
        return 3 if len(self.region) <= 6 else 4  # noqa: PLR2004 - digits of a county's code


@dataclass(frozen=True, slots=True)
class Figures:
    """What is counted of one sender in a quarter: ``received`` is the sum of the five that follow it.

    Of ratings only closed weeks are told, and only in steps of three new ones at least that come from two receivers at least:
    ``core.api.shown_ratings``. Nobody who looks each day can tell one rating from the one before. All that show ratings (the
    ledger, its sheet, a sender's own page, the public figures) read these; what is not told is not counted in ``ratings`` either.
    """

    sender: Sender
    received: int = 0
    passed: int = 0
    refused: int = 0
    held: int = 0
    merged: int = 0
    withdrawn: int = 0
    emergencies: int = 0
    objected: int = 0
    late: int = 0
    overdue: int = 0
    corrected: int = 0
    ratings: int = 0
    clarity: Decimal | None = None
    time_given: Decimal | None = None
    need: Decimal | None = None
    hours: Decimal | None = None
    signs: Mapping[str, int] = field(default_factory=dict)

    @property
    def share(self) -> Decimal | None:
        """The share of emergencies, in percent."""
        return share_of(self.emergencies, self.received)

    @property
    def signs_in_all(self) -> int:
        """How many signs of a rebound there were."""
        return sum(self.signs.values())


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which senders are asked for; ``level`` 0 is every one. ``everyone``: an office's own post asks for all, to publish them."""

    quarter: Span
    now: datetime
    near_percent: int
    text: str = ""
    level: int = 0
    everyone: bool = False


async def senders_with_figures(scope: Scope, wanted: Wanted) -> list[Figures]:
    """Give the senders of the scope with their figures; an office sees itself alone."""
    digits = {3: 6, 4: 9}.get(wanted.level, 0)
    office = None if wanted.everyone else scope.office
    rows = await fetch(scope, _LIST, office, wanted.text, digits)
    return await _with_figures(scope, [Sender(**row) for row in rows], wanted, None)


async def figures_of(scope: Scope, sender: Sender, wanted: Wanted) -> Figures:
    """Give one sender's figures."""
    return (await _with_figures(scope, [sender], wanted, sender.id))[0]


async def one_sender(scope: Scope, sender: UUID) -> Sender:
    """Give a sender. Raises ``NotFound`` for what this post cannot see, as an office another one."""
    row = await fetch_one(scope, _ONE, scope.office, sender)
    if row is None:
        raise NotFound
    return Sender(**row)


async def own_sender(scope: Scope) -> Sender | None:
    """Give this post's own office or place, or None where it never handed anything in."""
    key = str(scope.office) if scope.office is not None else scope.region
    row = await fetch_one(scope, _MINE, scope.office, scope.county, key)
    return Sender(**row) if row else None


async def _with_figures(scope: Scope, senders: list[Sender], wanted: Wanted, only: UUID | None) -> list[Figures]:
    span = (wanted.quarter.starts, wanted.quarter.ends)
    parts: dict[UUID, dict[str, Any]] = {}

    def add(rows: list[Any]) -> None:
        for row in rows:
            if row["sender"] is not None:
                parts.setdefault(row["sender"], {}).update({k: v for k, v in row.items() if k != "sender"})

    add(await fetch(scope, _LINES, only, *span))
    add(await fetch(scope, _OVERDUE, only, wanted.now))
    add(_rated(await fetch(scope, _RATINGS, only, wanted.quarter.starts, _rated_until(wanted))))
    add(await fetch(scope, _CORRECTED, only, *span))
    signs = {row["sender"]: _signs(row) for row in await fetch(scope, _SIGNS, only, *span, wanted.near_percent)}
    return [Figures(each, **parts.get(each.id, {}), signs=signs.get(each.id, {})) for each in senders]


def _signs(row: Any) -> dict[str, int]:
    return {kind.value: row[kind.value] for kind in SignKind}


def _rated_until(wanted: Wanted) -> datetime:
    """Give the end of the weeks whose ratings may be told: with the quarter its last one closes, whole or not."""
    ends = wanted.quarter.ends
    return ends if wanted.now >= ends else min(ends, week_start(wanted.now))


def _rated(rows: list[Any]) -> list[dict[str, Any]]:
    """Give of each sender what may be told of its ratings."""
    weeks: dict[UUID, list[RatedWeek]] = {}
    for row in rows:
        given = {name: value for name, value in row.items() if name not in {"sender", "raters"}}
        weeks.setdefault(row["sender"], []).append(RatedWeek(raters=frozenset(row["raters"]), **given))
    shown = {sender: shown_ratings(each) for sender, each in weeks.items()}
    return [{"sender": sender, **_told(each)} for sender, each in shown.items() if each is not None]


def _told(each: RatedWeek) -> dict[str, Any]:
    marks = {name: each.average(getattr(each, name)) for name in ("clarity", "time_given", "need")}
    return {"ratings": each.ratings, "hours": round(each.hours, 1), **marks}
