"""Decisions as their people read them: lists, one with all its records, the procedures in force, what covers a thing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from core.decisions.attendance import Earlier
from core.decisions.enums import RUNNING, Phase
from core.decisions.packs import built_in
from core.decisions.procedures import Procedure, Step
from core.files.queries import StoredFile, files_of_several
from core.kernel.database import ABOVE, fetch, fetch_one, fetch_value
from core.kernel.errors import NotFound
from core.kernel.scope import Scope, ancestors_of
from core.tenancy.enums import Level

PAGE_SIZE: Final = 25
_ROW: Final = (
    "d.id, d.county, d.region, r.shown_name AS village, d.title, d.subject_kind, d.subject_title, d.money, d.procedure_code, "
    "d.procedure -> 'title' AS procedure_title, d.state, d.step, d.step_title, d.step_since, d.due_at, d.waits_until, d.late_at, "
    "d.created_at, d.changed_at, d.ended_at"
)
_FROM: Final = " FROM decision d JOIN region r ON r.code = d.region WHERE d.region >= $1 AND d.region < $2"
# Empty arguments do not narrow: place and its end, phases, whether late, words, the time now.
_NARROW: Final = """
 AND ($3 = '' OR (d.region >= $3 AND d.region < $3 || ':')) AND ($4::text[] IS NULL OR d.state = ANY ($4))
 AND (NOT $5 OR (d.ended_at IS NULL AND d.due_at < $7)) AND ($6 = '' OR strpos(d.title, $6) > 0)
"""
_LIST: Final = f"""
SELECT {_ROW}{_FROM}{_NARROW}
ORDER BY (d.ended_at IS NOT NULL), (d.due_at IS NULL), d.due_at, d.changed_at DESC, d.id LIMIT $8 OFFSET $9
"""
_COUNT: Final = f"SELECT count(*){_FROM}{_NARROW}"
_ONE: Final = f"SELECT d.*, r.shown_name AS village{_FROM} AND d.id = $3"
_RECORDS: Final = """
SELECT x.* FROM decision_record x WHERE x.region >= $1 AND x.region < $2 AND x.county = $3 AND x.decision_id = $4
ORDER BY x.step, x.attempt
"""
_RECORD: Final = "SELECT x.* FROM decision_record x WHERE x.region >= $1 AND x.region < $2 AND x.id = $3"
_EVENTS: Final = """
SELECT e.at, e.kind, e.text, e.by_name, e.by_office, e.data FROM decision_event e
WHERE e.region >= $1 AND e.region < $2 AND e.county = $3 AND e.decision_id = $4 ORDER BY e.at, e.id
"""
_SEEN: Final = f"((x.region >= $1 AND x.region < $2) OR x.region = ANY {ABOVE})"
_VERSIONS: Final = f"""
SELECT DISTINCT ON (x.region, x.code) x.region, x.code, x.version, x.allowed, x.data, x.valid_from, x.reason, x.by_name
FROM decision_procedure x WHERE {_SEEN} AND x.region = ANY ($3) AND x.valid_from <= $4
ORDER BY x.region, x.code, x.valid_from DESC, x.version DESC
"""  # noqa: S608 - constants
_HISTORY: Final = f"""
SELECT x.region, x.version, x.allowed, x.data, x.valid_from, x.reason, x.by_name, x.created_at
FROM decision_procedure x WHERE {_SEEN} AND x.region = ANY ($3) AND x.code = $4 ORDER BY x.created_at DESC, x.id DESC LIMIT 100
"""  # noqa: S608 - constants
_MANDATES: Final = """
SELECT d.id, d.title, d.published_at FROM decision d
WHERE d.region >= $1 AND d.region < $2 AND d.region = $3 AND d.subject_kind = 'mandate' AND d.published_at > $4
  AND d.state <> ALL (ARRAY['rejected', 'withdrawn']) ORDER BY d.published_at DESC LIMIT 20
"""
_COUNTS: Final = """
SELECT count(*) FILTER (WHERE d.ended_at IS NULL) AS running, count(*) FILTER (WHERE d.ended_at IS NULL AND d.due_at < $3) AS late
FROM decision d WHERE d.region >= $1 AND d.region < $2
"""


# What a village's role has to do now: its turn, and no days that are waited for. From above: what is late.
_TURN: Final = """
d.region = $1 AND d.ended_at IS NULL AND (d.waits_until IS NULL OR d.waits_until <= $3)
  AND (d.procedure -> 'steps' -> d.step::integer -> 'roles') ? $4
"""
_TURNS: Final = f"""
SELECT d.id, d.title, d.state, d.step_title, d.due_at, d.waits_until, d.ended_at FROM decision d
WHERE d.region >= $1 AND d.region < $2 AND {_TURN} ORDER BY (d.due_at IS NULL), d.due_at, d.id LIMIT $5
"""  # noqa: S608 - constants
_WAITING: Final = f"""
SELECT count(*) FROM decision d WHERE d.region >= $1 AND d.region < $2 AND d.ended_at IS NULL
  AND CASE WHEN $5 THEN {_TURN} ELSE d.due_at < $3 END
"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What a list of decisions is narrowed to. Empty fields do not narrow; ``state`` may be ``running``."""

    search: str = ""
    state: str = ""
    region: str = ""
    late: bool = False
    page: int = 1

    @property
    def phases(self) -> list[str] | None:
        if not self.state:
            return None
        return [str(phase) for phase in RUNNING] if self.state == "running" else [self.state]


@dataclass(frozen=True)
class Decision:
    """One decision with all its attempts, their files by the record's id, and its history."""

    row: Any
    records: Sequence[Any]
    files: Mapping[UUID, Sequence[StoredFile]]
    events: Sequence[Any]

    @cached_property
    def procedure(self) -> Procedure:
        return Procedure.of(self.row["procedure"])

    @property
    def step(self) -> Step:
        """The present step; the last one of a decision that ended."""
        return self.procedure.at(self.row["step"])

    @property
    def record(self) -> Any:
        """The attempt that is open, or the last one."""
        return next(each for each in self.records if each["id"] == self.row["record_id"])

    @property
    def is_running(self) -> bool:
        return self.row["ended_at"] is None


@dataclass(frozen=True, slots=True)
class InForce:
    """A procedure as it holds in a place. ``region`` is whose version it is; empty for the product's own."""

    procedure: Procedure
    region: str = ""
    valid_from: datetime | None = None
    reason: str = ""
    by_name: str = ""


async def decisions_in(
    scope: Scope, narrowed: Narrowed, *, now: datetime, size: int = PAGE_SIZE
) -> tuple[list[Any], int]:
    """List the range's decisions, those that wait longest first, and count them all."""
    told = (narrowed.region, narrowed.phases, narrowed.late, narrowed.search, now)
    rows = await fetch(scope, _LIST, *told, size, (max(narrowed.page, 1) - 1) * size)
    total: int = await fetch_value(scope, _COUNT, *told)
    return rows, total


async def counts_of(scope: Scope, *, now: datetime) -> Any:
    """Give how many run in the range, and how many of them are late."""
    return await fetch_one(scope, _COUNTS, now)


async def turns_of(scope: Scope, *, now: datetime, most: int) -> list[Any]:
    """List the decisions of one's own village whose present step is this role's to do now, the most urgent first."""
    return await fetch(scope, _TURNS, now, scope.role, most)


async def waiting(scope: Scope, *, now: datetime) -> int:
    """Count for the menu: in a village what is this role's turn, above it what is late."""
    counted: int = await fetch_value(scope, _WAITING, now, scope.role, scope.level == Level.VILLAGE)
    return counted


async def find_decision(scope: Scope, decision: UUID, *, lock: bool = False) -> Any:
    """Give the row. Raises ``NotFound`` outside the scope. With ``lock`` the next who asks so waits."""
    row = await fetch_one(scope, f"{_ONE} FOR UPDATE OF d" if lock else _ONE, decision)
    if row is None:
        raise NotFound
    return row


async def one_decision(scope: Scope, decision: UUID) -> Decision:
    """Give a decision with everything that belongs to it."""
    row = await find_decision(scope, decision)
    records = await fetch(scope, _RECORDS, row["county"], decision)
    files = await files_of_several(scope, subjects=[each["id"] for each in records], county=row["county"])
    return Decision(row, records, files, await fetch(scope, _EVENTS, row["county"], decision))


async def find_record(scope: Scope, record: UUID) -> Any:
    """Give one attempt. Raises ``NotFound`` outside the scope."""
    row = await fetch_one(scope, _RECORD, record)
    if row is None:
        raise NotFound
    return row


async def procedures_in_force(scope: Scope, *, at: datetime, region: str = "") -> dict[str, InForce]:
    """Give every procedure by its code as it holds in a place: the nearest region's version, else the product's."""
    place = region or scope.region
    found = {code: InForce(procedure) for code, procedure in built_in().items()}
    rows = await fetch(scope, _VERSIONS, [*ancestors_of(place), place], at)
    for row in rows:  # ordered by region: from the top down, so the nearest holds
        told = {**row["data"], "version": row["version"], "allowed": row["allowed"]}
        found[row["code"]] = InForce(
            Procedure.of(told), row["region"], row["valid_from"], row["reason"], row["by_name"]
        )
    return found


async def procedure_history(scope: Scope, code: str) -> list[Any]:
    """Give every version of a procedure here and above, the newest first, those that begin later included."""
    return await fetch(scope, _HISTORY, [*scope.above, scope.region], code)


async def mandates_of(scope: Scope, *, region: str, since: datetime) -> list[Any]:
    """Give the yearly mandates that a village resolved and made public after a time."""
    return await fetch(scope, _MANDATES, region, since)


_COVERING: Final = """
SELECT d.id, d.region, d.title, d.state, d.step_title, d.money, d.resolved_at, d.published_at, d.ended_at FROM decision d
WHERE d.region >= $1 AND d.region < $2 AND d.subject_kind = $3 AND d.subject_id = $4
ORDER BY (d.state = ANY (ARRAY['rejected', 'withdrawn'])), (d.published_at IS NULL), d.published_at DESC, d.created_at DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Covering:
    """The decision that a thing rests on, or the nearest to it: published ones first, then running, then ended ones."""

    id: UUID
    region: str
    title: str
    state: str
    step_title: str
    money: Decimal | None
    resolved_at: datetime | None
    published_at: datetime | None
    ended_at: datetime | None

    @property
    def stands(self) -> bool:
        """Whether others may rest on it: its resolution was public for its days, and it was not taken back."""
        return self.published_at is not None and self.state not in {Phase.REJECTED, Phase.WITHDRAWN}

    @property
    def failed(self) -> bool:
        return self.state in {Phase.REJECTED, Phase.WITHDRAWN}


async def decision_covering(scope: Scope, kind: str, subject: UUID) -> Covering | None:
    """Give the decision about a thing, in the open transaction; None where nobody began one. Ask ``stands``."""
    row = await fetch_one(scope, _COVERING, kind, subject)
    return Covering(**row) if row is not None else None


# A body of a place's own is known by the procedure that has it. The limit is far above what a village holds in years.
_EARLIER: Final = """
SELECT x.id AS record, x.decision_id AS decision, d.title, x.held_on, x.should, x.fewer IS NOT NULL AS confirmed
FROM decision_record x JOIN decision d ON d.county = x.county AND d.id = x.decision_id AND d.region >= $1 AND d.region < $2
WHERE x.region >= $1 AND x.region < $2 AND x.region = $3 AND x.body = $4 AND x.should IS NOT NULL AND x.held_on >= $5 AND x.held_on <= $6
  AND ($4 <> 'own' OR d.procedure_code = $7)
ORDER BY x.held_on DESC, x.closed_at DESC, x.id DESC LIMIT 500
"""


async def meetings_before(scope: Scope, row: Any, *, body: str, since: date, until: date) -> list[Earlier]:
    """Give the meetings of one body that the decision's village held in a time, the latest first, whatever they came to."""
    found = await fetch(scope, _EARLIER, row["region"], body, since, until, row["procedure_code"])
    return [Earlier(**each) for each in found]


_PUBLIC: Final = """
SELECT d.title, d.text, d.subject_kind, d.subject_title, d.money, d.procedure, d.resolved_at, x.step, x.attempt, x.state, x.body,
       x.held_on, x.should, x.came, x.approved, x.text AS record_text
FROM decision d JOIN decision_record x ON x.county = d.county AND x.decision_id = d.id
WHERE d.region >= $1 AND d.region < $2 AND x.region >= $1 AND x.region < $2 AND d.region = $3 AND d.id = $4
ORDER BY x.step, x.attempt
"""


async def public_rows(scope: Scope, *, region: str, decision: UUID) -> list[Any]:
    """Give what may be published of a decision: its meetings with their figures, no names of persons."""
    return await fetch(scope, _PUBLIC, region, decision)


def day_of(row: Any) -> date:
    """Give the day before which nothing of the present step can have happened."""
    found: date = row["step_on"]
    return found
