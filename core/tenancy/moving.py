"""Which rows follow a region to its successor.

A row's region is the way to see it. What is still open moves, so that the people of the new place find their work; what is
closed keeps its region, so that a report "as of" a day never changes. Core's tables are named here, although most lie in
packages above; plugins name theirs with ``follows``, and any other table follows whole. Tables that the application may
only add to (audit, ledger, settings) keep what they said for ever.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.kernel.database import execute, fetch, fetch_value
from core.kernel.scope import Scope


@dataclass(frozen=True, slots=True)
class Follow:
    """How the rows ``x`` of a table follow.

    ``when`` is the SQL condition of the rows that move. ``once`` are columns of which the successor may hold each
    combination once: of two rows that would meet there, one stays behind, seen from above as before. ``named`` rows get
    the old place's name added where theirs is taken. ``founding`` rows follow only to a region that is new: one that was
    there already has its own. ``also`` are further columns with a region's code. ``traced`` rows keep in ``came_from`` the
    region they first lay in, which tells apart those that meet.
    """

    when: str = "true"
    once: tuple[str, ...] = ()
    named: bool = False
    founding: bool = False
    also: tuple[str, ...] = ()
    traced: bool = False


_STAYS: Final = Follow(when="false")
_OF_OPEN_ASSIGNMENT: Final = Follow(
    "EXISTS (SELECT FROM assignment a WHERE a.county = x.county AND a.id = x.assignment_id AND a.closed_at IS NULL)"
)
_OF_CLOSED: Final = (
    "SELECT FROM assignment a WHERE a.county = x.county AND a.id = x.subject_id AND a.closed_at IS NOT NULL"
)
_OF_OPEN_PETITION: Final = Follow(
    "EXISTS (SELECT FROM petition p WHERE p.county = x.county AND p.id = x.petition_id AND p.closed_at IS NULL)"
)
_FOLLOWS: Final[dict[str, Follow]] = {
    "assignment": Follow("x.closed_at IS NULL", also=("sender_region",), traced=True),
    "assignment_event": _OF_OPEN_ASSIGNMENT,
    "calendar_day": Follow("x.day >= current_date", once=("day",), founding=True),
    "entry_item": _STAYS,  # lists are united in core/entry_lists/following.py
    "entry_list": _STAYS,
    "file": Follow(f"x.removed_at IS NULL AND NOT EXISTS ({_OF_CLOSED})"),
    "grid": Follow("x.closed_at IS NULL", named=True),
    "incoming_task": Follow("x.state IN ('passed', 'held', 'merged')"),
    "invitation": Follow("x.redeemed_at IS NULL AND x.withdrawn_at IS NULL"),
    "job_row": Follow("x.finished_at IS NULL"),
    "membership": Follow("x.valid_to IS NULL OR x.valid_to > now()"),
    "office": Follow("x.closed_at IS NULL", named=True),
    "petition": Follow("x.closed_at IS NULL", also=("desk",)),
    "petition_code": _STAYS,  # they live for minutes
    "petition_concern": _OF_OPEN_PETITION,
    "petition_event": _OF_OPEN_PETITION,
    "petition_raiser": _OF_OPEN_PETITION,
    "place": Follow("x.taken_by IS NULL AND x.withdrawn_at IS NULL"),
    "publication_due": Follow("x.done_at IS NULL", once=("section", "period", "subject_id")),
    "score_total": _STAYS,
    "submission": _OF_OPEN_ASSIGNMENT,
    "task": Follow("x.ended_at IS NULL"),
    "task_brief": Follow(
        "EXISTS (SELECT FROM task t WHERE t.county = x.county AND t.brief_id = x.id AND t.ended_at IS NULL)"
    ),
    "task_parent": Follow(
        "EXISTS (SELECT FROM task t WHERE t.county = x.county AND t.id = x.task_id AND t.ended_at IS NULL)"
    ),
    "task_rating": _STAYS,
}
# What the people above want to see before they decide, in this order; lists and settings are carried over, not moved.
SHOWN: Final = ("membership", "office", "grid", "task", "incoming_task", "place", "assignment")
_CARRIED: Final = {
    "entry_list": "SELECT count(*) FROM entry_list x WHERE {wall} AND x.region = ANY ($3) AND x.special AND x.state = 'published'",
    "setting": "SELECT count(DISTINCT (x.area, x.key)) FROM setting x WHERE {wall} AND x.region = ANY ($3)",
}


def follows(table: str, how: Follow) -> None:
    """Declare a table of a plugin, by its full name (``schema.table``)."""
    _FOLLOWS[table] = how


_TABLES: Final = """
SELECT CASE n.nspname WHEN 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END AS name
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'region' AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity AND has_table_privilege(c.oid, 'UPDATE') AND $1 < $2 ORDER BY 1
"""


async def following_tables(scope: Scope) -> dict[str, Follow]:
    """Give every table whose rows can follow: those with a region that the application may update.

    The database itself is asked, because a process knows only the tables it has imported.
    """
    names = [row["name"] for row in await fetch(scope, _TABLES)]
    return {name: how for name in names if (how := _FOLLOWS.get(name, Follow())) != _STAYS}


_WALL: Final = "x.region >= $1 AND x.region < $2"
_PAIRS: Final = "unnest($3::text[], $4::text[], $5::boolean[]) AS m (old, new, fresh)"


async def count_following(scope: Scope, codes: Sequence[str]) -> dict[str, int]:
    """Count the rows of the tables people know that would follow these regions."""
    counted: dict[str, int] = {}
    known = await following_tables(scope)
    for name in SHOWN:
        if name in known:
            counted[name] = await fetch_value(
                scope,
                f"SELECT count(*) FROM {name} x WHERE {_WALL} AND x.region = ANY ($3) AND ({known[name].when})",  # noqa: S608 - names of our tables
                list(codes),
            )
    for name, sql in _CARRIED.items():
        counted[name] = await fetch_value(scope, sql.format(wall=_WALL), list(codes))
    return counted


async def move_rows(
    scope: Scope, table: str, how: Follow, *, old: Sequence[str], new: Sequence[str], fresh: Sequence[bool]
) -> int:
    """Move a table's rows; repeated, it finds none left. The scope covers both ends."""
    pairs = (list(old), list(new), list(fresh))
    when = f"({how.when})" + (" AND m.fresh" if how.founding else "")
    if how.named:
        await execute(scope, _renaming(table, when), *pairs)
    moved = await execute(scope, _moving(table, how, when), *pairs)
    for column in how.also:
        await execute(
            scope,
            f"UPDATE {table} x SET {column} = m.new FROM {_PAIRS} WHERE {_WALL} AND x.{column} = m.old AND {when}",  # noqa: S608 - names of our tables
            *pairs,
        )
    return moved


def _moving(table: str, how: Follow, when: str) -> str:
    if not how.once:
        trace = ", came_from = CASE x.came_from WHEN '' THEN x.region ELSE x.came_from END" if how.traced else ""
        return (
            f"UPDATE {table} x SET region = m.new{trace} FROM {_PAIRS} WHERE {_WALL} AND x.region = m.old AND {when}"  # noqa: S608 - names of our tables
        )
    columns = ", ".join(f"x.{column}" for column in how.once)
    same = " AND ".join(f"y.{column} IS NOT DISTINCT FROM x.{column}" for column in how.once)
    return f"""
WITH chosen AS (
  SELECT DISTINCT ON (x.county, m.new, {columns}) x.county, x.id, m.new FROM {table} x JOIN {_PAIRS} ON x.region = m.old
   WHERE {_WALL} AND {when} AND NOT EXISTS (
         SELECT FROM {table} y WHERE y.county = x.county AND y.region = m.new AND y.region >= $1 AND y.region < $2 AND {same})
   ORDER BY x.county, m.new, {columns}, x.id)
UPDATE {table} x SET region = c.new FROM chosen c WHERE x.county = c.county AND x.id = c.id AND {_WALL}
"""  # noqa: S608 - names of our tables


def _renaming(table: str, when: str) -> str:
    """Add the old place's name where the successor, or a fellow on the way to it, has the same name."""
    return f"""
UPDATE {table} x SET name = x.name || '（原' || r.short_name || '）'
FROM {_PAIRS} JOIN region r ON r.code = m.old
WHERE {_WALL} AND x.region = m.old AND {when} AND (
  EXISTS (SELECT FROM {table} y WHERE y.county = x.county AND y.region = m.new AND y.name = x.name) OR
  EXISTS (SELECT FROM {table} y JOIN unnest($3::text[], $4::text[]) AS n (old, new) ON y.region = n.old
           WHERE y.county = x.county AND n.new = m.new AND y.name = x.name AND y.id <> x.id))
"""  # noqa: S608 - names of our tables
