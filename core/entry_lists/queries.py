"""Entry lists as a scope sees them: those of its own range, and those above that apply to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from core.entry_lists.enums import Bearing, ListState
from core.entry_lists.matching import LEAST_OFFERED, Index, Near
from core.entry_lists.rules import EvidenceWanted, ItemData
from core.kernel.clock import local
from core.kernel.database import ABOVE, Row, fetch, fetch_one
from core.kernel.errors import NotFound
from core.kernel.scope import Scope, ancestors_of

EDIT: Final = "core:entry_list:edit"
MOST_FOUND: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ListVersion:
    """One version of one list. ``special`` is a township's own list beside the inherited ones."""

    county: str
    id: UUID
    region: str
    region_name: str
    level: str
    title: str
    version: int
    state: str
    special: bool
    base_id: UUID | None
    document: str
    note: str
    valid_from: date | None
    valid_to: date | None
    created_at: datetime
    by_name: str
    published_at: datetime | None
    published_by_name: str
    publish_reason: str
    superseded_at: datetime | None
    items: int

    @property
    def draft(self) -> bool:
        """Whether it can still be edited."""
        return self.state == ListState.DRAFT


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(ItemData):
    """One item with where it stands."""

    county: str
    id: UUID
    region: str
    list_id: UUID
    position: int
    list_title: str
    level: str
    version: int
    special: bool
    list_state: str


def _wall(table: str) -> str:
    return f"(({table}.region >= $1 AND {table}.region < $2) OR {table}.region = ANY ({ABOVE}))"


_LIST_FIELDS: Final = """l.county, l.id, l.region, coalesce(r.shown_name, l.region) AS region_name, l.level, l.title,
  l.version, l.state, l.special, l.base_id, l.document, l.note, l.valid_from, l.valid_to, l.created_at, l.by_name,
  l.published_at, l.published_by_name, l.publish_reason, l.superseded_at,
  (SELECT count(*) FROM entry_item i WHERE i.county = l.county AND i.list_id = l.id) AS items"""
_LIST: Final = (
    f"SELECT {_LIST_FIELDS} FROM entry_list l LEFT JOIN region r ON r.code = l.region WHERE {_wall('l')}"  # noqa: S608 - constant parts
)

# The newest version that had begun by that day is in force, unless it ended; a later draft or a published version
# that begins tomorrow changes nothing today. One that was superseded before it began never comes into force.
_IN_FORCE: Final = f"""SELECT DISTINCT ON (l.county, l.region, l.special) l.*
  FROM entry_list l
 WHERE {_wall("l")} AND l.region = ANY ($3) AND l.level = $4 AND l.state <> 'draft' AND l.valid_from <= $5
   AND (l.superseded_at IS NULL OR (l.superseded_at AT TIME ZONE 'Asia/Shanghai')::date >= l.valid_from)
 ORDER BY l.county, l.region, l.special, l.version DESC"""  # noqa: S608 - constant parts
_LISTS_IN_FORCE: Final = f"""SELECT {_LIST_FIELDS} FROM ({_IN_FORCE}) l LEFT JOIN region r ON r.code = l.region
 WHERE l.valid_to IS NULL OR l.valid_to >= $5 ORDER BY l.region, l.special"""  # noqa: S608 - constant parts

_ITEM_FIELDS: Final = """i.county, i.id, i.region, i.list_id, i.position, i.code, i.title, i.kind, i.category, i.department,
  i.legal_basis, i.conditions, i.funding, i.valid_from, i.valid_to, i.points, i.evidence, i.aliases,
  l.title AS list_title, l.level, l.version, l.special, l.state AS list_state"""
_JOIN: Final = "JOIN entry_item i ON i.county = l.county AND i.list_id = l.id"
_ITEMS_IN_FORCE: Final = f"""SELECT {_ITEM_FIELDS} FROM ({_IN_FORCE}) l {_JOIN}
 WHERE {_wall("i")} AND (l.valid_to IS NULL OR l.valid_to >= $5)
   AND (i.valid_from IS NULL OR i.valid_from <= $5) AND (i.valid_to IS NULL OR i.valid_to >= $5)
 ORDER BY i.region DESC, l.special DESC, i.position"""  # noqa: S608 - constant parts
_ITEM: Final = f"SELECT {_ITEM_FIELDS} FROM entry_list l {_JOIN} WHERE {_wall('l')} AND {_wall('i')} AND i.id = $3"  # noqa: S608 - constant parts
_ITEMS_OF: Final = f"""SELECT {_ITEM_FIELDS} FROM entry_list l {_JOIN}
 WHERE {_wall("l")} AND {_wall("i")} AND l.id = $3 ORDER BY i.position"""  # noqa: S608 - constant parts


def applies_to(region: str) -> list[str]:
    """Give the regions whose lists hold in a region: itself and all above it."""
    return [*ancestors_of(region), region]


async def lists_in_force(
    scope: Scope, *, level: str, at: datetime, region: str | None = None
) -> list[ListVersion]:
    """Give the lists that hold in a region (default: the scope's own) at a time, the province's first.

    A time in the past gives the versions of then.
    """
    day, chain = local(at).date(), applies_to(region or scope.region)
    return [ListVersion(**row) for row in await fetch(scope, _LISTS_IN_FORCE, chain, level, day)]


async def lists_to_come(
    scope: Scope, *, level: str, at: datetime, region: str | None = None
) -> list[ListVersion]:
    """Give the published versions that hold in a region from a later day on."""
    rows = await fetch(
        scope,
        f"{_LIST} AND l.region = ANY ($3) AND l.level = $4 AND l.state = 'published' AND l.valid_from > $5",
        applies_to(region or scope.region),
        level,
        local(at).date(),
    )
    return [ListVersion(**row) for row in rows]


async def items_in_force(scope: Scope, *, level: str, at: datetime, region: str | None = None) -> list[Item]:
    """Give the items that hold in a region at a time; those of the nearest list first, in its order."""
    day, chain = local(at).date(), applies_to(region or scope.region)
    return [_item(row) for row in await fetch(scope, _ITEMS_IN_FORCE, chain, level, day)]


async def find_item(
    scope: Scope,
    *,
    level: str,
    at: datetime,
    code: str = "",
    item_id: UUID | None = None,
    region: str | None = None,
) -> Item | None:
    """Give the item in force with this id or code, or None.

    Where two lists share a code, the nearest one's.
    """
    for item in await items_in_force(scope, level=level, at=at, region=region):
        if item.id == item_id or (code and item.code.casefold() == code.strip().casefold()):
            return item
    return None


async def forbidden_item(
    scope: Scope,
    *,
    level: str,
    at: datetime,
    code: str = "",
    item_id: UUID | None = None,
    region: str | None = None,
) -> Item | None:
    """Give the banned or withdrawn item that this id or code means, or None.

    An id is looked up in whichever version holds it, a code in all lists in force: what one of them forbids stays
    forbidden although a nearer list has another item under the same code.
    """
    wanted = code.strip().casefold()
    known = [_item(row) for row in await fetch(scope, _ITEM, item_id)] if item_id else []
    held = await items_in_force(scope, level=level, at=at, region=region) if wanted or known else []
    codes = {wanted, *(item.code.casefold() for item in known)} - {""}
    same = [item for item in (*known, *held) if item.id == item_id or item.code.casefold() in codes]
    return next((item for item in same if item.bearing is Bearing.FORBIDDEN), None)


async def choosable_items(
    scope: Scope, *, level: str, at: datetime, text: str, body: str = "", search: str = "", best: int = 5
) -> list[Item]:
    """Give the items that a matter may be taken for, the nearest first; never one that must not be sent.

    ``search`` looks for its words in codes, names and departments instead; what fits nothing gives the nearest to them.
    """
    held = await items_in_force(scope, level=level, at=at)
    items = [item for item in held if item.bearing is Bearing.ALLOWED]
    wanted = search.strip().casefold()
    if wanted:
        found = [
            item
            for item in items
            if any(wanted in each.casefold() for each in (item.code, item.title, item.department, *item.aliases))
        ]
        if found:
            return found[:MOST_FOUND]
    index = Index(items)
    nearest = index.nearest(search or text, "" if search else body, best=best, least=LEAST_OFFERED)
    near = [each.item for each in nearest]
    return near + [item for item in index.loosely(search or text, best=2 * best) if item not in near][: best - len(near)]


async def search_items(
    scope: Scope, *, level: str, at: datetime, text: str, region: str | None = None, best: int = 20
) -> list[Near[Item]]:
    """Give the items in force that come nearest to a text, the nearest first; a code finds its item."""
    items = await items_in_force(scope, level=level, at=at, region=region)
    wanted = text.strip().casefold()
    coded = [Near(item, 1.0, (item.code,)) for item in items if wanted and item.code.casefold() == wanted]
    return coded or Index(items).nearest(text, best=best)


async def list_by_id(scope: Scope, list_id: UUID) -> ListVersion:
    """Give a version.

    Raises ``NotFound`` for what is out of sight, and for drafts that are not one's to edit.
    """
    row = await fetch_one(scope, f"{_LIST} AND l.id = $3", list_id)
    found = ListVersion(**row) if row else None
    if found is None or (found.draft and not may_edit(scope, found.region)):
        raise NotFound
    return found


async def items_of(scope: Scope, list_id: UUID) -> list[Item]:
    """Give a version's items in their order. Ask ``list_by_id`` first: it knows who may see drafts."""
    return [_item(row) for row in await fetch(scope, _ITEMS_OF, list_id)]


async def item_of(scope: Scope, list_id: UUID, item_id: UUID) -> Item:
    """Give one item of a version. Raises ``NotFound``."""
    for item in await items_of(scope, list_id):
        if item.id == item_id:
            return item
    raise NotFound


async def versions_of(scope: Scope, version: ListVersion) -> list[ListVersion]:
    """Give all versions of the same list that this scope may see, the newest first."""
    rows = await fetch(
        scope,
        f"{_LIST} AND l.county = $3 AND l.region = $4 AND l.level = $5 AND l.special = $6 ORDER BY l.version DESC",
        version.county,
        version.region,
        version.level,
        version.special,
    )
    return _seen(scope, rows)


async def drafts_of(scope: Scope) -> list[ListVersion]:
    """Give the drafts that this scope may edit."""
    if not scope.may(EDIT):
        return []
    return _seen(scope, await fetch(scope, f"{_LIST} AND l.state = 'draft' ORDER BY l.region, l.level"))


async def lists_below(scope: Scope, *, at: datetime) -> list[ListVersion]:
    """Give the special lists of the townships in this range that are published, for the page of the county."""
    sql = f"{_LIST} AND l.state = 'published' AND l.special AND l.region > $1 ORDER BY l.region, l.level"
    day = local(at).date()
    found = [ListVersion(**row) for row in await fetch(scope, sql)]
    return [each for each in found if each.valid_to is None or each.valid_to >= day]


def may_edit(scope: Scope, region: str) -> bool:
    """Tell whether drafts of this region's lists are this scope's to see and change."""
    return scope.may(EDIT) and scope.covers(region)


def _seen(scope: Scope, rows: Sequence[Row]) -> list[ListVersion]:
    found = [ListVersion(**row) for row in rows]
    return [each for each in found if not each.draft or may_edit(scope, each.region)]


def _item(row: Row) -> Item:
    values: dict[str, Any] = dict(row)
    values["evidence"] = EvidenceWanted.of(values["evidence"])
    values["aliases"] = tuple(values["aliases"])
    return Item(**values)
