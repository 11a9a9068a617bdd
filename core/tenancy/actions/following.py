"""What follows when regions changed: open work, and what a township had set for itself.

It runs once a change, and again for each row that arrived late at a code whose rows had gone on (``follow_late_rows`` in
the database sees to that).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from core.kernel.audit import audit
from core.kernel.database import bulk, execute, fetch, fetch_one, fetch_value
from core.kernel.ids import new_id
from core.kernel.outbox import Event, announce
from core.kernel.scope import Scope
from core.tenancy.enums import ChangeKind, Level
from core.tenancy.moving import following_tables, move_rows
from core.tenancy.recoding import recode_all
from core.tenancy.rules import level_of, parent_of
from core.tenancy.settings import CHANGED as SETTINGS_CHANGED

_CHANGE: Final = """
SELECT c.kind, c.on_date, c.document_number, c.by_name, c.from_codes AS old, c.to_codes AS new,
       (SELECT array_agg(r.opened = c.on_date ORDER BY t.n)
          FROM unnest(c.to_codes) WITH ORDINALITY t (code, n) JOIN region r ON r.code = t.code) AS fresh
FROM region_change c WHERE c.id = $3 AND $1 < $2
"""
_HEIRS: Final = """
SELECT p.old, p.new, o.name AS old_name, n.name AS new_name, o.closed IS NOT NULL AS ended, n.opened = $5 AS fresh
FROM unnest($3::text[], $4::text[]) AS p (old, new) JOIN region o ON o.code = p.old JOIN region n ON n.code = p.new
WHERE $1 < $2 ORDER BY p.new, p.old
"""
_OWN: Final = """
SELECT DISTINCT ON (x.region, x.area, x.key) x.county, x.region, x.area, x.key, x.value FROM setting x
WHERE x.region >= $1 AND x.region < $2 AND x.region = ANY ($3) AND x.valid_from <= $4
ORDER BY x.region, x.area, x.key, x.valid_from DESC, x.created_at DESC, x.id DESC
"""
_CARRY: Final = """
INSERT INTO setting (county, id, region, area, key, value, valid_from, reason, by_name, membership, created_at)
SELECT v.county, v.id, v.region, v.area, v.key, v.value, $9, v.reason, $10, NULL, $9
FROM unnest($3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::jsonb[], $11::text[])
     AS v (county, id, region, area, key, value, reason)
WHERE v.region >= $1 AND v.region < $2
"""


@dataclass(frozen=True, slots=True)
class Heir:
    """One township that takes over from another. ``ended``: the old one is no more; ``fresh``: the new one just began."""

    old: str
    new: str
    old_name: str
    new_name: str
    ended: bool
    fresh: bool


@dataclass(frozen=True, slots=True)
class Followed:
    """A change as those see it who carry something over to the successors."""

    kind: ChangeKind
    on: date
    document: str
    by_name: str
    heirs: Sequence[Heir]


async def change_followed(scope: Scope, event: Event) -> Followed | None:
    """Give the townships that take over from others by the change an event tells of; None where there is no such change."""
    row = await fetch_one(scope, _CHANGE, UUID(str(event.payload["change"])))
    if row is None:
        return None
    old, new = _townships(zip(row["old"], row["new"], strict=True))
    heirs = [Heir(**each) for each in await fetch(scope, _HEIRS, old, new, row["on_date"])]
    return Followed(ChangeKind(row["kind"]), row["on_date"], row["document_number"], row["by_name"], heirs)


def _townships(pairs: Iterable[tuple[str, str]]) -> tuple[list[str], list[str]]:
    """Pair each township with the one it is merged into, and with each that takes some of its villages."""
    found: dict[tuple[str, str], None] = {}
    for old, new in pairs:
        if level_of(old) is Level.TOWNSHIP:
            found[old, new] = None
        elif level_of(old) is Level.VILLAGE and parent_of(old) != parent_of(new):
            found[parent_of(old), parent_of(new)] = None
    return [old for old, _ in found], [new for _, new in found]


async def follow_change(scope: Scope, event: Event) -> None:
    """Move what is open to the successors. Runs in the change's own scope; a repetition finds what came late, or nothing."""
    change = UUID(str(event.payload["change"]))
    row = await fetch_one(scope, _CHANGE, change)
    if row is None:
        return
    moved: dict[str, int] = {}
    if row["kind"] == ChangeKind.RECODE:
        moved = await recode_all(scope, change)
    elif row["old"]:
        for table, how in (await following_tables(scope)).items():
            moved[table] = await move_rows(
                scope, table, how, old=row["old"], new=row["new"], fresh=row["fresh"]
            )
    first = await fetch_value(
        scope, "SELECT finish_region_change($3, $4) WHERE $1 < $2", change, event.created_at
    )
    told = {table: count for table, count in moved.items() if count}
    if first or told:
        await audit(
            scope, "region.followed", kind="region", subject=change, now=event.created_at, county=event.county, data=told
        )  # fmt: skip


async def carry_settings(scope: Scope, event: Event) -> None:
    """Give a new township what the ones before it had set for themselves, where they agree; else the county's value holds.

    A township that was there already goes on as it was. What the old ones had set stays under their codes, as history.
    """
    told = await change_followed(scope, event)
    if told is None or told.kind is ChangeKind.RECODE:
        return
    heirs = [heir for heir in told.heirs if heir.fresh]
    own = await _own_settings(scope, {code for heir in heirs for code in (heir.old, heir.new)}, event.created_at)
    rows: dict[tuple[str, str, str, str], tuple[Any, list[str]]] = {}
    undecided: set[tuple[str, str, str, str]] = set()
    for heir in heirs:
        for (region, county, area, key), value in own.items():
            if region != heir.old or value is None or (heir.new, county, area, key) in own:
                continue
            place = (heir.new, county, area, key)
            known, names = rows.setdefault(place, (value, []))
            names.append(heir.old_name)
            if known != value:
                undecided.add(place)
    await _carry(scope, {place: rows[place] for place in rows if place not in undecided}, told, event.created_at)


async def _own_settings(
    scope: Scope, codes: Iterable[str], at: datetime
) -> dict[tuple[str, str, str, str], Any]:
    rows = await fetch(scope, _OWN, sorted(codes), at)
    return {(row["region"], row["county"], row["area"], row["key"]): row["value"] for row in rows}


async def _carry(
    scope: Scope,
    rows: dict[tuple[str, str, str, str], tuple[Any, list[str]]],
    told: Followed,
    now: datetime,
) -> None:
    if not rows:
        return
    made = [
        (county, new_id(), region, area, key, value, f"承接自{'、'.join(names)}（{told.document}）")
        for (region, county, area, key), (value, names) in rows.items()
    ]
    *columns, reasons = bulk(made, 7)
    await execute(scope, _CARRY, *columns, now, told.by_name, reasons)
    for region, county, area in sorted({(region, county, area) for region, county, area, _ in rows}):
        keys = sorted(key for place, whose, named, key in rows if (place, whose, named) == (region, county, area))
        data = {"area": area, "keys": keys, "document": told.document}
        await audit(
            scope, "setting.followed", kind="setting", subject=None, now=now, region=region, county=county, data=data
        )  # fmt: skip
        payload = {"area": area, "keys": keys}
        await announce(scope, SETTINGS_CHANGED, payload, now=now, region=region, county=county)
