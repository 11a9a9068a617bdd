"""What becomes of townships' special lists when townships are merged or split: nothing that held is lost.

The successor's list in force holds, from that day, its own items and those of the lists that ended; where two say the
same the successor's wording stays. The lists of a township that is no more stay under its code, superseded, with a note
of where their items went; its drafts are sealed the same way. A township that only gives villages away keeps its list.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from core.entry_lists.actions import PUBLISHED, insert_items
from core.entry_lists.enums import ListLevel
from core.entry_lists.queries import items_of
from core.entry_lists.rules import ItemData, united
from core.kernel.audit import audit
from core.kernel.clock import local
from core.kernel.database import execute, fetch_as, fetch_one
from core.kernel.ids import new_id
from core.kernel.outbox import Event, announce
from core.kernel.scope import Scope
from core.tenancy.actions.following import Followed, Heir, change_followed
from core.tenancy.enums import ChangeKind

_WALL: Final = "x.region >= $1 AND x.region < $2"
_LISTS: Final = f"""
SELECT x.county, x.id, x.region, x.level, x.title, x.version, x.valid_to FROM entry_list x
 WHERE {_WALL} AND x.special AND x.state = 'published' AND x.region = ANY ($3) ORDER BY x.region, x.level FOR UPDATE
"""  # noqa: S608 - constant parts
_NEXT: Final = f"""
SELECT coalesce(max(x.version) FILTER (WHERE x.state <> 'draft'), 0) + 1 AS version FROM entry_list x
 WHERE {_WALL} AND x.county = $3 AND x.region = $4 AND x.level = $5 AND x.special
"""  # noqa: S608 - constant parts
# The draft that somebody is writing comes after what is put in force now.
_LATER_DRAFT: Final = f"""
UPDATE entry_list x SET version = x.version + 1
 WHERE {_WALL} AND x.county = $3 AND x.region = $4 AND x.level = $5 AND x.special AND x.state = 'draft' AND x.version = $6
"""  # noqa: S608 - constant parts
_UNITED: Final = """
INSERT INTO entry_list (county, id, region, level, special, title, version, state, base_id, created_at, by_name, document, note,
                        publish_reason, valid_from, valid_to, published_at, published_by_name)
SELECT $3, $4, $5, $6, true, $7, $8, 'published', $9, $10, $11, $12, $13, $13, $14, $15, $10, $11 WHERE $5 >= $1 AND $5 < $2
"""
_SUPERSEDE: Final = f"""
UPDATE entry_list x SET state = 'superseded', superseded_at = $4 WHERE {_WALL} AND x.id = $3 AND x.state = 'published'
"""  # noqa: S608 - constant parts
# A list of a township that is no more held until that day; a draft never did.
_END: Final = f"""
UPDATE entry_list x SET state = 'superseded', superseded_at = $4,
       valid_from = CASE WHEN x.state = 'draft' THEN NULL ELSE x.valid_from END,
       valid_to = CASE WHEN x.state = 'draft' THEN NULL ELSE least(x.valid_to, $5) END,
       note = concat_ws(E'\\n', nullif(x.note, ''), CASE WHEN x.state = 'draft' THEN $7 ELSE $6 END)
 WHERE {_WALL} AND x.special AND x.region = $3 AND x.state IN ('draft', 'published')
"""  # noqa: S608 - constant parts


@dataclass(frozen=True, slots=True)
class _Held:
    """A special list in force at one of the places."""

    county: str
    id: UUID
    region: str
    level: str
    title: str
    version: int
    valid_to: date | None


async def unite_lists(scope: Scope, event: Event) -> None:
    """Carry special lists over to the successors. Repeated, it finds only lists that were published late."""
    told = await change_followed(scope, event)
    if told is None or told.kind is ChangeKind.RECODE or not told.heirs:
        return
    codes = {code for heir in told.heirs for code in (heir.old, heir.new)}
    held = await fetch_as(scope, _Held, _LISTS, sorted(codes))
    for new in dict.fromkeys(heir.new for heir in told.heirs):
        heirs = [heir for heir in told.heirs if heir.new == new]
        for level in ListLevel:
            await _unite(scope, told, heirs, [each for each in held if each.level == level], event.created_at)
    for heir in {heir.old: heir for heir in told.heirs if heir.ended}.values():
        await _end(scope, told, heir, event.created_at)


async def _unite(
    scope: Scope, told: Followed, heirs: Sequence[Heir], held: Sequence[_Held], now: datetime
) -> None:
    """Put the successor's own items and those of the ones before it in force, as its next version."""
    names = {heir.old: heir.old_name for heir in heirs}
    before = [each for each in held if each.region in names]
    own = next((each for each in held if each.region == heirs[0].new), None)
    if not before:
        return
    mine: list[ItemData] = [item.data() for item in await items_of(scope, own.id)] if own else []
    theirs = [[item.data() for item in await items_of(scope, each.id)] for each in before]
    items = united(mine, *theirs)
    if own and len(items) == len(mine):
        return
    said = "、".join(f"{names[each.region]}第 {each.version} 版" for each in before)
    note = f"因区划变更承接{said}的事项（{told.document}）"
    made = await _insert(scope, told, heirs[0], own or before[0], own, note=note, now=now)
    await insert_items(scope, (own or before[0]).county, heirs[0].new, made, [(new_id(), item) for item in items])
    await _tell(scope, heirs[0].new, (own or before[0]), made, told, [each.id for each in before], now)


async def _insert(
    scope: Scope, told: Followed, heir: Heir, like: _Held, own: _Held | None, *, note: str, now: datetime
) -> UUID:
    made, place = new_id(), (like.county, heir.new, like.level)
    row = await fetch_one(scope, _NEXT, *place)
    version = row["version"] if row else 1
    await execute(scope, _LATER_DRAFT, *place, version)
    if own:
        await execute(scope, _SUPERSEDE, own.id, now)
    title = own.title if own else like.title.replace(heir.old_name, heir.new_name)
    await execute(
        scope, _UNITED, like.county, made, heir.new, like.level, title, version, own.id if own else None, now, told.by_name,
        told.document, note, local(now).date(), own.valid_to if own else None,
    )  # fmt: skip
    return made


async def _tell(
    scope: Scope, region: str, like: _Held, made: UUID, told: Followed, sources: Sequence[UUID], now: datetime
) -> None:
    data = {"level": like.level, "document": told.document, "from": [str(each) for each in sources]}
    await audit(
        scope, "entry_list.united", kind="entry_list", subject=made, now=now, region=region, county=like.county, data=data
    )  # fmt: skip
    payload = {"list_id": str(made), "level": like.level}
    await announce(scope, PUBLISHED, payload, region=region, county=like.county, now=now)


async def _end(scope: Scope, told: Followed, heir: Heir, now: datetime) -> None:
    """Supersede what a township that is no more had in force, and seal what it was writing."""
    gone = f"因区划变更停用，事项由{heir.new_name}承接（{told.document}）"
    sealed = f"没有发布，随区划变更封存（{told.document}）"
    await execute(scope, _END, heir.old, now, local(now).date(), gone, sealed)
