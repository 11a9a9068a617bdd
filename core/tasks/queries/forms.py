"""What was asked and answered before: offers to a receiver who is asked again, figures that a sender need not ask for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core.kernel.database import ABOVE, fetch, fetch_as, fetch_value
from core.kernel.scope import Scope
from core.tasks.enums import Fact, FieldKind, HeldBy
from core.tasks.forms import AskedField, fields_of_form, same_unit
from core.tasks.rules import TaskTimes
from core.tenancy.enums import Level
from core.tenancy.queries.regions import path_of
from core.tenancy.settings import settings_of

_ASKED: Final = f"""
SELECT b.form FROM task_brief b
WHERE b.id = $3 AND ((b.region >= $1 AND b.region < $2)
  OR EXISTS (SELECT 1 FROM assignment a WHERE a.brief_id = b.id AND a.region >= $1 AND a.region < $2)
  OR EXISTS (SELECT 1 FROM place p WHERE p.brief_id = b.id AND p.region = ANY {ABOVE}))
"""  # noqa: S608 - no value is put into the text
# What stands: the last submission of a share that was not sent back or withdrawn.
_STANDS: Final = """a.state IN ('submitted', 'accepted') AND NOT EXISTS (SELECT FROM submission l WHERE l.region >= $1 AND l.region < $2
       AND l.county = s.county AND l.assignment_id = s.assignment_id AND l.n > s.n)"""
_ANSWERED: Final = """FROM submission s JOIN assignment a ON a.county = s.county AND a.id = s.assignment_id AND a.region >= $1 AND a.region < $2
CROSS JOIN LATERAL jsonb_to_recordset(s.answers) AS x (key text, label text, kind text, unit text, value text)"""
_EARLIER: Final = f"""
SELECT DISTINCT ON (x.key, x.kind, x.unit) x.key, x.kind, x.unit, x.value, s.at, a.title {_ANSWERED}
WHERE s.region >= $1 AND s.region < $2 AND s.region = $3 AND s.answers <> '[]' AND s.at >= $4 AND x.key = ANY ($5::text[])
  AND a.office_id IS NOT DISTINCT FROM $6 AND a.id <> $7 AND ($8::uuid IS NULL OR a.allocated_grid = $8 OR a.allocated_membership = $9)
  AND {_STANDS}
ORDER BY x.key, x.kind, x.unit, s.at DESC
"""  # noqa: S608 - constants
# A post of an office sees what its office or its place sent, nothing below: the same as with whole tasks.
_OWN: Final = "($6::uuid IS NULL OR (a.sender_region = $1 AND (a.sender_office_id IS NULL OR a.sender_office_id = $6)))"
_HELD: Final = f"""
SELECT x.key, x.kind, x.unit, count(DISTINCT (s.region, a.office_id)) AS receivers, max(s.at) AS latest {_ANSWERED}
WHERE s.region >= $1 AND s.region < $2 AND s.answers <> '[]' AND s.at >= $3 AND x.key = ANY ($4::text[]) AND x.kind = ANY ($5::text[])
  AND {_OWN} AND {_STANDS}
GROUP BY x.key, x.kind, x.unit
"""
_FIGURES: Final = f"""
SELECT DISTINCT ON (s.region, a.office_id) a.id, a.receiver_name, a.title, x.label, x.unit, x.value, s.at {_ANSWERED}
WHERE s.region >= $1 AND s.region < $2 AND s.answers <> '[]' AND s.at >= $3 AND x.key = $4 AND x.kind = $5
  AND {_OWN} AND {_STANDS}
ORDER BY s.region, a.office_id, s.at DESC LIMIT 1000
"""
_POSTS: Final = """
SELECT p.name, m.valid_from FROM membership m JOIN person p ON p.county = m.county AND p.id = m.person_id
WHERE m.region >= $1 AND m.region < $2 AND m.region = $3 AND m.role = 'village_secretary'
  AND m.valid_from <= $4 AND (m.valid_to IS NULL OR m.valid_to > $4)
ORDER BY m.valid_from DESC, m.id
"""
_OF_TASK: Final = """
SELECT a.id, a.receiver_name, a.state, s.at, s.by_name, s.answers FROM assignment a JOIN LATERAL (
  SELECT s.at, s.by_name, s.answers FROM submission s WHERE s.region >= $1 AND s.region < $2 AND s.county = a.county
     AND s.assignment_id = a.id ORDER BY s.n DESC LIMIT 1) s ON true
WHERE a.region >= $1 AND a.region < $2 AND a.task_id = $3 AND a.state <> 'withdrawn' ORDER BY a.region, a.id LIMIT 1000
"""


@dataclass(frozen=True, slots=True)
class Offer:
    """What is held already for a field, where it comes from, and as of when. ``title`` names the task it was answered in."""

    value: str
    held_by: HeldBy
    at: date | datetime | None = None
    title: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """How many receivers of the scope have answered a field, and when the last one did; ``fact`` where the system holds it anyway."""

    receivers: int = 0
    latest: datetime | None = None
    fact: Fact | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """What one receiver answered last, and in which share."""

    id: UUID
    receiver_name: str
    title: str
    label: str
    unit: str
    value: str
    at: datetime


async def asked_by(scope: Scope, brief: UUID) -> list[AskedField]:
    """Give the form that a task asks its receivers to fill in."""
    return fields_of_form(await fetch_value(scope, _ASKED, brief))


async def since_when(scope: Scope, *, now: datetime) -> datetime | None:
    """Give since when answers count as held; None where the county or township has them never carried over."""
    days = (await settings_of(scope, TaskTimes, at=now)).held_days
    return now - timedelta(days=days) if days else None


async def offers_for(
    scope: Scope, row: Mapping[str, Any], fields: Sequence[AskedField], *, now: datetime
) -> dict[str, Offer]:
    """Give for each field's key what is held of the share's own receiver: as region, in its posts, in earlier answers.

    Only the receiver is offered anything, and only of its own place (and office, and grid).
    """
    if not fields or row["region"] != scope.region:
        return {}
    earlier = await _earlier(scope, row, fields, now=now)
    facts = await _facts(scope, row, {field.fact for field in fields if field.fact is not None}, now=now)
    offers = {}
    for field in fields:
        held = facts.get(field.fact) if field.fact is not None else None
        if field.fact is Fact.CONTACT:  # whom a village named last is asked for rather than who stands at its head
            held = earlier.get(field.key) or held
        if (found := held or earlier.get(field.key)) is not None:
            offers[field.key] = found
    return offers


async def _earlier(
    scope: Scope, row: Mapping[str, Any], fields: Sequence[AskedField], *, now: datetime
) -> dict[str, Offer]:
    since = await since_when(scope, now=now)
    if since is None:
        return {}
    keys = [field.key for field in fields]
    found = await fetch(
        scope, _EARLIER, row["region"], since, keys, row["office_id"], row["id"], scope.grid, scope.membership
    )
    found.sort(key=lambda each: each["at"], reverse=True)
    offers = {}
    for field in fields:
        for each in found:
            if (each["key"], each["kind"]) == (field.key, field.kind) and same_unit(each["unit"], field.unit):
                offers[field.key] = Offer(each["value"], HeldBy.EARLIER, each["at"], each["title"], each["unit"] or field.unit)
                break
    return offers


async def _facts(scope: Scope, row: Mapping[str, Any], wanted: set[Fact], *, now: datetime) -> dict[Fact, Offer]:
    found: dict[Fact, Offer] = {}
    if not wanted:
        return found
    found[Fact.RECEIVER] = Offer(row["receiver_name"], HeldBy.REGIONS)
    if wanted & {Fact.VILLAGE, Fact.TOWNSHIP, Fact.COUNTY, Fact.CODE}:
        found[Fact.CODE] = Offer(row["region"], HeldBy.REGIONS)
        at_level = {Level.VILLAGE: Fact.VILLAGE, Level.TOWNSHIP: Fact.TOWNSHIP, Level.COUNTY: Fact.COUNTY}
        for region in await path_of(scope, row["region"]):
            if (fact := at_level.get(Level(region.level))) is not None:
                found[fact] = Offer(region.name, HeldBy.REGIONS)
    if wanted & {Fact.SECRETARY, Fact.CONTACT} and row["office_id"] is None and scope.level == Level.VILLAGE:
        posts = await fetch(scope, _POSTS, row["region"], now)
        if posts:
            names = "、".join(dict.fromkeys(post["name"] for post in posts))
            held = Offer(names, HeldBy.POSTS, posts[0]["valid_from"])
            found |= {Fact.SECRETARY: held, Fact.CONTACT: held}
    return found


async def held_already(scope: Scope, fields: Sequence[AskedField], *, now: datetime) -> list[Held | None]:
    """Say for each field whether the sender can read it without asking, in the fields' order."""
    since = await since_when(scope, now=now)
    keys, kinds = [field.key for field in fields], [field.kind for field in fields]
    rows = await fetch(scope, _HELD, since, keys, kinds, scope.office) if since is not None and keys else []
    return [_held(field, rows) for field in fields]


def _held(field: AskedField, rows: Sequence[Any]) -> Held | None:
    if field.fact is not None:
        return Held(fact=field.fact)
    same = [
        row for row in rows
        if (row["key"], row["kind"]) == (field.key, field.kind) and same_unit(row["unit"], field.unit)
    ]  # fmt: skip
    if not same:
        return None
    return Held(max(row["receivers"] for row in same), max(row["latest"] for row in same))


async def figures_held(scope: Scope, *, key: str, kind: FieldKind, now: datetime) -> list[Figure]:
    """Give what each receiver of the scope answered last to a field of this key, as far as the sender may read it."""
    since = await since_when(scope, now=now)
    return await fetch_as(scope, Figure, _FIGURES, since, key, kind, scope.office) if since is not None else []


async def answers_to(scope: Scope, task: UUID) -> list[Any]:
    """Give what the receivers of a task answered last, each with its share's state."""
    return await fetch(scope, _OF_TASK, task)
