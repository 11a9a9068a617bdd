"""Lines that a village writes for its board by hand: kept until they are published, each change with its trace."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.contracts.disclosure import Section
from core.contracts.registry import current
from core.disclosure.dues import drop_due, move_due, want_lines
from core.disclosure.names import opened, parted, stored_names
from core.kernel.audit import audit
from core.kernel.database import bulk, execute, fetch, fetch_one, fetch_value
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound, mark
from core.kernel.ids import new_id
from core.kernel.numbers import without_numbers
from core.kernel.scope import Scope
from core.tenancy.enums import Level

FILL: Final = "core:disclosure:fill"
UNMASK: Final = "core:disclosure:unmask"
LONGEST_REASON: Final = 200
MATTERS: Final = frozenset({"own_matter", "own_notice"})
MOST_LINES: Final = 2_000
MOST_MATTERS: Final = 200
_FIELDS: Final = "e.id, e.county, e.region, e.section, e.period, e.data, e.names IS NOT NULL AS named, e.version, e.by_name, e.created_at, e.changed_at"
# By their day; tables whose lines have none, and lines without one, keep the order of writing.
_ROWS: Final = f"""
SELECT {_FIELDS} FROM board_entry e
WHERE e.region >= $1 AND e.region < $2 AND e.region = $3 AND e.section = $4 AND e.period = $5 AND e.removed_at IS NULL
ORDER BY e.data ->> 'day', e.created_at, e.id LIMIT $6
"""  # noqa: S608 - constants
_ONE: Final = f"""
SELECT {_FIELDS} FROM board_entry e WHERE e.region >= $1 AND e.region < $2 AND e.id = $3 AND e.removed_at IS NULL
"""  # noqa: S608 - constants
# Matters are published one at a time: with each the publication that stands.
_MATTERS: Final = f"""
SELECT {_FIELDS}, p.id AS publication, p.released_at FROM board_entry e
LEFT JOIN publication p ON p.county = e.county AND p.section = e.section AND p.subject_id = e.id AND p.ended_at IS NULL
     AND p.region >= $1 AND p.region < $2
WHERE e.region >= $1 AND e.region < $2 AND e.region = $3 AND e.section = $4 AND e.removed_at IS NULL
ORDER BY e.created_at DESC, e.id DESC LIMIT $5
"""  # noqa: S608 - constants
_COUNT: Final = """
SELECT count(*) FROM board_entry e
WHERE e.region >= $1 AND e.region < $2 AND e.region = $3 AND e.section = $4 AND e.period = $5 AND e.removed_at IS NULL
"""
_ADD: Final = """
INSERT INTO board_entry (county, id, region, section, period, data, names, membership, by_name, created_at, changed_at)
SELECT $3, v.id, $1, $4, $5, v.data, v.names, $6, $7, $8, $8
FROM unnest($9::uuid[], $10::jsonb[], $11::bytea[]) AS v (id, data, names) WHERE $1 < $2
"""
_CHANGE: Final = """
UPDATE board_entry SET data = $5, names = $6, version = version + 1, membership = $7, by_name = $8, changed_at = $9
WHERE region >= $1 AND region < $2 AND id = $3 AND version = $4 AND removed_at IS NULL RETURNING id
"""
_REMOVE: Final = """
UPDATE board_entry SET removed_at = $4, names = NULL, version = version + 1, membership = $5, by_name = $6, changed_at = $4
WHERE region >= $1 AND region < $2 AND id = $3 AND removed_at IS NULL RETURNING id
"""


async def entry_rows(scope: Scope, *, region: str, section: str, period: str) -> list[Any]:
    """Give the lines of a place's period by their day, else in the order they were written."""
    return await fetch(scope, _ROWS, region, section, period, MOST_LINES)


async def matters_of(scope: Scope, *, region: str, section: str) -> list[Any]:
    """Give the matters of a place that are published one at a time, the newest first, each with what stands of it."""
    return await fetch(scope, _MATTERS, region, section, MOST_MATTERS)


async def one_entry(scope: Scope, *, region: str, section: str, entry: UUID) -> Any | None:
    """Give one line of a place's section; None where it is another's or was removed."""
    row = await fetch_one(scope, _ONE, entry)
    return row if row is not None and (row["region"], row["section"]) == (region, section) else None


async def entry_of(scope: Scope, entry: UUID) -> Any:
    """Give one line of the range. Raises ``NotFound``."""
    row = await fetch_one(scope, _ONE, entry)
    if row is None:
        raise NotFound
    return row


def acts_for(scope: Scope, region: str) -> bool:
    """Tell whether a post publishes for this place: villages and townships for what is theirs, a county for itself alone."""
    return scope.level > Level.COUNTY or scope.region == region


def require_acting(scope: Scope, permission: str, region: str) -> None:
    """Raise ``Forbidden`` for a county's post at what villages and townships publish. The right itself is asked before."""
    if not acts_for(scope, region):
        raise Forbidden(permission, mark("这里由村或乡镇公开，县里只能查看。"))


def may_fill(scope: Scope, section: str) -> None:
    """Raise for whoever does not write this section by hand: tables are a village's, matters everybody's below the city."""
    scope.require(FILL)
    if scope.level != Level.VILLAGE and not (scope.level >= Level.COUNTY and section in MATTERS):
        raise Forbidden(FILL, mark("这些内容由村里填报，上级只能查看。"))


async def add_entries(
    scope: Scope, *, section: str, period: str, lines: Sequence[Mapping[str, Any]], now: datetime
) -> list[UUID]:
    """Write lines of the scope's own village, already read and checked. Raises ``Conflict`` where they are too many."""
    may_fill(scope, section)
    known = _section(section)
    there: int = await fetch_value(scope, _COUNT, scope.region, section, period)
    if there + len(lines) > MOST_LINES:
        raise Conflict(mark("一期最多 %(most)s 行，请分几期公开。"), most=MOST_LINES)
    made = [(new_id(), *parted(known.columns, line, county=scope.county)) for line in lines]
    await execute(scope, _ADD, scope.county, section, period, scope.membership, scope.by_name, now, *bulk(made, 3))
    await want_lines(scope, known, {entry: line for (entry, _, _), line in zip(made, lines, strict=True)}, now=now)
    data = {"section": section, "period": period, "lines": len(lines)}
    await audit(scope, "board_entry.added", kind="board_entry", subject=made[0][0] if made else None, now=now, data=data)
    return [entry for entry, _, _ in made]


async def change_entry(
    scope: Scope, *, entry: UUID, line: Mapping[str, Any], version: int, now: datetime
) -> Any:
    """Write a line anew; what was published of it stays as it is. Raises ``Conflict`` where somebody was faster.

    ``version`` is the one that was looked at. A person left as he was shown, masked, stays who he is.
    """
    known = await own_entry(scope, entry)
    section = _section(known["section"])
    before = await stored_names(scope, entry)
    data, names = parted(section.columns, line, county=known["county"], before=known["data"], stored=before)
    row = await fetch_one(scope, _CHANGE, entry, version, data, names, scope.membership, scope.by_name, now)
    if row is None:
        raise Conflict(mark("您填写的时候，别人改过这一行，您的修改没有保存。您写的内容还在下面，请核对后再点一次“保存”。"))
    await move_due(scope, section, entry, line, now=now)
    await _leave_trace(scope, "board_entry.changed", known, now=now)
    return known


async def remove_entry(scope: Scope, *, entry: UUID, now: datetime) -> Any:
    """Take a line away, with the full names in it; what was published of it stays as it is."""
    known = await own_entry(scope, entry)
    if await fetch_one(scope, _REMOVE, entry, now, scope.membership, scope.by_name) is None:
        raise Conflict
    await drop_due(scope, _section(known["section"]), entry, now=now)
    await _leave_trace(scope, "board_entry.removed", known, now=now)
    return known


async def show_names(scope: Scope, *, entry: UUID, reason: str, now: datetime) -> Mapping[str, str]:
    """Give the persons of one line in full, by column, for a reason that is logged first. Raises ``Conflict`` where none is kept."""
    scope.require(UNMASK)
    known = await entry_of(scope, entry)
    why = without_numbers(reason.strip())
    if not why or len(why) > LONGEST_REASON:
        raise Invalid(fields={"reason": mark("请写明为什么要查看完整姓名，最多 200 字。")})
    stored = await stored_names(scope, entry)
    if stored is None:
        raise Conflict(mark("完整姓名已过保存期限，系统里没有了。"))
    await audit(
        scope, "board_entry.unmasked", kind="board_entry", subject=entry, now=now, region=known["region"], county=known["county"],
        data={"section": known["section"], "period": known["period"], "reason": why},
    )  # fmt: skip
    return opened(stored, known["county"])


def _section(name: str) -> Section:
    found = current().named(Section, name)
    if found is None:
        raise NotFound
    return found


async def own_entry(scope: Scope, entry: UUID) -> Any:
    """Give one line of the scope's own place to whoever may change it. Raises ``Forbidden`` for those above."""
    scope.require(FILL)
    known = await entry_of(scope, entry)
    may_fill(scope, known["section"])
    if known["region"] != scope.region:
        raise Forbidden(FILL, mark("这些内容由村里填报，上级只能查看。"))
    return known


async def _leave_trace(scope: Scope, action: str, known: Any, *, now: datetime) -> None:
    data = {"section": known["section"], "period": known["period"]}
    await audit(scope, action, kind="board_entry", subject=known["id"], now=now, region=known["region"], data=data)
