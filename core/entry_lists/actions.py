"""What is done with entry lists: drafts are made, edited, filled from sheets and published."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from core.entry_lists.enums import ListLevel, ListState
from core.entry_lists.queries import EDIT, ListVersion, items_of, list_by_id, versions_of
from core.entry_lists.rules import Difference, ItemData, difference, fingerprint, read_item, values_of
from core.entry_lists.sheets import MOST_ITEMS
from core.kernel.audit import audit
from core.kernel.clock import local
from core.kernel.database import bulk, execute, fetch_one, fetch_value
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound, mark
from core.kernel.ids import new_id
from core.kernel.outbox import announce
from core.kernel.scope import Scope, is_code

PUBLISH: Final = "core:entry_list:publish"
PUBLISHED: Final = "entry_list.published"
LONGEST_TITLE: Final = 100
LONGEST_DOCUMENT: Final = 100
LONGEST_REASON: Final = 500
_TOWNSHIP: Final = 4
_KIND: Final = "entry_list"
_WALL: Final = "region >= $1 AND region < $2"

_NEWEST: Final = f"""SELECT id, title, state, version, valid_to FROM entry_list
 WHERE {_WALL} AND county = $3 AND region = $4 AND level = $5 AND special = $6 ORDER BY version DESC LIMIT 1"""  # noqa: S608 - constant parts
_INSERT_LIST: Final = """
INSERT INTO entry_list (county, id, region, level, special, title, version, state, base_id, created_at, by_name)
SELECT $3, $4, $5, $6, $7, $8, $9, 'draft', $10, $11, $12 WHERE $5 >= $1 AND $5 < $2
ON CONFLICT DO NOTHING RETURNING id"""
_INSERT_ITEMS: Final = """
INSERT INTO entry_item (county, id, region, list_id, position, code, title, kind, category, department, legal_basis,
                        conditions, funding, valid_from, valid_to, points, evidence, aliases)
SELECT $3, u.id, $4, $5, u.position, u.code, u.title, u.kind, u.category, u.department, u.legal_basis,
       u.conditions, u.funding, u.valid_from, u.valid_to, u.points, u.evidence,
       string_to_array(u.aliases, chr(10))
  FROM unnest($6::uuid[], $7::integer[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[],
              $14::text[], $15::text[], $16::date[], $17::date[], $18::numeric[], $19::jsonb[], $20::text[])
       AS u (id, position, code, title, kind, category, department, legal_basis,
             conditions, funding, valid_from, valid_to, points, evidence, aliases)
 WHERE $4 >= $1 AND $4 < $2"""
_EDIT_LIST: Final = f"""UPDATE entry_list SET title = $4, note = $5, valid_from = $6, valid_to = $7
 WHERE {_WALL} AND id = $3"""  # noqa: S608 - constant parts
_DISCARD: Final = f"DELETE FROM entry_list WHERE {_WALL} AND id = $3 AND state = 'draft'"  # noqa: S608 - constant
_HOLD: Final = f"SELECT state FROM entry_list WHERE {_WALL} AND id = $3 FOR UPDATE"  # noqa: S608 - constant
_DELETE_ITEMS: Final = f"DELETE FROM entry_item WHERE {_WALL} AND list_id = $3 AND id = ANY ($4)"  # noqa: S608 - constant
_WIDTH: Final = 15
_SUPERSEDE: Final = f"""UPDATE entry_list SET state = 'superseded', superseded_at = $7
 WHERE {_WALL} AND county = $3 AND region = $4 AND level = $5 AND special = $6 AND state = 'published' RETURNING id"""  # noqa: S608 - constant parts
_PUBLISH: Final = f"""UPDATE entry_list SET state = 'published', published_at = $5, published_by_name = $6, document = $7,
  publish_reason = $8, valid_from = $9
 WHERE {_WALL} AND county = $3 AND id = $4 AND state = 'draft' RETURNING id"""  # noqa: S608 - constant parts


async def create_draft(
    scope: Scope,
    *,
    level: str,
    now: datetime,
    region: str | None = None,
    title: str = "",
) -> UUID:
    """Begin the next version of a region's list (default: the scope's own).

    It starts from the newest version, or empty. A township's list is its special list. Raises ``Conflict``
    when there is a draft already, ``Forbidden`` for villages: lists are made for them, not by them.
    """
    scope.require(EDIT)
    place = _place(scope, region)
    special = len(place) > len("330503")
    if level not in set(ListLevel):
        raise Invalid(fields={"level": mark("请选择清单的层级。")})
    newest = await fetch_one(scope, _NEWEST, scope.county, place, level, special)
    if newest and newest["state"] == ListState.DRAFT:
        raise _draft_exists()
    title = title.strip() or (newest["title"] if newest else "")
    if not 0 < len(title) <= LONGEST_TITLE:
        raise Invalid(fields={"title": mark("清单名称不能空，最多 100 个字。")})
    base, version = (newest["id"], newest["version"] + 1) if newest else (None, 1)
    made = await fetch_value(
        scope, _INSERT_LIST, scope.county, new_id(), place, level, special, title, version, base, now, scope.by_name
    )  # fmt: skip
    if made is None:
        raise _draft_exists()
    if base is not None:
        await _insert_items(scope, place, made, [(new_id(), item) for item in await items_of(scope, base)])
    await _note(scope, "entry_list.drafted", made, place, now, {"level": level, "version": version})
    return UUID(str(made))


async def edit_draft(
    scope: Scope,
    *,
    list_id: UUID,
    title: str,
    note: str,
    valid_from: date | None,
    valid_to: date | None,
    now: datetime,
) -> None:
    """Change what a draft says of itself. Raises ``Conflict`` when it was published meanwhile."""
    draft = await _hold_draft(scope, list_id)
    fields: dict[str, str] = {}
    if not 0 < len(title.strip()) <= LONGEST_TITLE:
        fields["title"] = mark("清单名称不能空，最多 100 个字。")
    if valid_from and valid_to and valid_to < valid_from:
        fields["valid_to"] = mark("失效日期不能早于生效日期。")
    if fields:
        raise Invalid(fields=fields)
    await execute(
        scope,
        _EDIT_LIST,
        list_id, title.strip(), note.strip(), valid_from, valid_to,
    )  # fmt: skip
    await _note(scope, "entry_list.edited", list_id, draft.region, now, {"title": title.strip()})


async def save_item(
    scope: Scope, *, list_id: UUID, values: Mapping[str, str], now: datetime, item_id: UUID | None = None
) -> UUID:
    """Add an item to a draft, or change one. ``values`` are texts by field, as forms and sheets have them.

    Raises ``Invalid`` with a message a field.
    """
    draft = await _hold_draft(scope, list_id)
    current = await items_of(scope, list_id)
    base = next((item for item in current if item.id == item_id), None)
    if item_id is not None and base is None:
        raise NotFound
    read = read_item(values, level=draft.level, base=base)
    problems = dict(read.problems)
    if read.level is not None:
        problems["kind"] = mark("这一类型不属于这份清单的层级。")
    if read.item and any(item.code == read.item.code and item.id != item_id for item in current):
        problems["code"] = mark("这份清单里已经有这个编号。")
    if len(current) >= MOST_ITEMS and base is None:
        problems["code"] = mark("一份清单最多 2,000 个事项。")
    if problems or read.item is None:
        raise Invalid(fields=problems)
    if base is not None:
        await _delete_items(scope, list_id, [base.id])
    saved = item_id or new_id()
    position = base.position if base else max((item.position for item in current), default=0) + 1
    await _insert_items(scope, draft.region, list_id, [(saved, read.item)], first=position)
    changed = difference([base.data()] if base else [], [read.item])
    await _note(scope, "entry_item.saved", list_id, draft.region, now, _told(changed))
    return saved


async def remove_item(scope: Scope, *, list_id: UUID, item_id: UUID, now: datetime) -> None:
    """Take an item out of a draft."""
    draft = await _hold_draft(scope, list_id)
    gone = next((item for item in await items_of(scope, list_id) if item.id == item_id), None)
    if gone is None:
        raise NotFound
    await _delete_items(scope, list_id, [item_id])
    await _note(scope, "entry_item.removed", list_id, draft.region, now, {"code": gone.code})


async def store_import(
    scope: Scope, *, list_id: UUID, items: Sequence[ItemData], seen: str, now: datetime
) -> Difference:
    """Make a draft hold exactly these items, as the preview showed. ``seen`` is the fingerprint of then.

    Raises ``Conflict`` when somebody changed the draft since the preview.
    """
    draft = await _hold_draft(scope, list_id)
    current = await items_of(scope, list_id)
    if fingerprint(current) != seen:
        raise Conflict(mark("预览之后，草稿又有人改过。没有写入，请重新导入并核对变化。"))
    ids = {item.code: item.id for item in current}
    await _delete_items(scope, list_id, list(ids.values()))
    await _insert_items(
        scope, draft.region, list_id, [(ids.get(item.code) or new_id(), item) for item in items]
    )
    changed = difference(current, items)
    await _note(scope, "entry_list.imported", list_id, draft.region, now, changed.counts)
    return changed


async def discard_draft(scope: Scope, *, list_id: UUID, now: datetime) -> None:
    """Delete a draft with its items. What is in force stays in force."""
    draft = await _hold_draft(scope, list_id)
    await execute(scope, _DISCARD, list_id)
    data = {"level": draft.level, "version": draft.version, "items": draft.items}
    await _note(scope, "entry_list.discarded", list_id, draft.region, now, data)


async def publish_list(
    scope: Scope, *, list_id: UUID, document: str, reason: str, now: datetime, again: bool = False
) -> ListVersion:
    """Put a draft in force: the version before is superseded in the same moment.

    ``document`` is the number of the document that the list rests on, ``reason`` what people will read beside
    it. A draft that says what is in force already is published only when that is wanted (``again``: the list rests on
    another document now). Of two who publish at once one wins, the other gets ``Conflict``.
    """
    scope.require(PUBLISH)
    draft = await list_by_id(scope, list_id)
    if not scope.covers(draft.region):
        raise NotFound
    _check_publishing(draft, document, reason, local(now).date())
    if not again and await changes_nothing(scope, draft):
        raise Invalid(fields={"again": mark("这一版和现行的没有差别。确实要重新发布（例如换了文号），请勾选。")})
    before = await fetch_value(scope, _SUPERSEDE, draft.county, draft.region, draft.level, draft.special, now)
    done = await fetch_value(
        scope, _PUBLISH, draft.county, list_id, now, scope.by_name, document.strip(), reason.strip(),
        draft.valid_from or local(now).date(),
    )  # fmt: skip
    if done is None:
        raise _no_draft()
    items = await items_of(scope, list_id)
    old = await items_of(scope, before) if before else []
    data = {
        "level": draft.level, "version": draft.version, "document": document.strip(), "reason": reason.strip(),
        "items": len(items), "supersedes": str(before or ""), **difference(old, items).counts,
    }  # fmt: skip
    await _note(scope, PUBLISHED, list_id, draft.region, now, data)
    payload = {"list_id": str(list_id), "level": draft.level, "version": draft.version}
    await announce(scope, PUBLISHED, payload, region=draft.region, county=draft.county, now=now)
    return await list_by_id(scope, list_id)


async def changes_nothing(scope: Scope, draft: ListVersion) -> bool:
    """Tell whether the version in force has the same items, the same title and the same end."""
    versions = await versions_of(scope, draft)
    before = next((each for each in versions if each.state == ListState.PUBLISHED), None)
    if before is None or before.id == draft.id or (before.title, before.valid_to) != (draft.title, draft.valid_to):
        return False
    return difference(await items_of(scope, before.id), await items_of(scope, draft.id)).empty


def _check_publishing(draft: ListVersion, document: str, reason: str, today: date) -> None:
    if not draft.draft:
        raise _no_draft()
    fields: dict[str, str] = {}
    if not 0 < len(document.strip()) <= LONGEST_DOCUMENT:
        fields["document"] = mark("请填写文号，最多 100 个字。")
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        fields["reason"] = mark("请写明发布理由，最多 500 个字。")
    if fields:
        raise Invalid(fields=fields)
    if not draft.items:
        raise Conflict(mark("草稿里还没有事项，不能发布。请先导入或添加事项。"))
    if draft.version > 1 and draft.valid_from and draft.valid_from < today:
        raise Conflict(mark("生效日期已经过去。请把草稿的生效日期改为今天或以后，再发布。"))


def _place(scope: Scope, region: str | None) -> str:
    place = region or scope.region
    if not is_code(place) or not scope.covers(place):
        raise NotFound
    if len(place) > len("330503105"):
        raise Forbidden(EDIT, message=mark("村（社区）不另设准入清单。"))
    return place


async def _hold_draft(scope: Scope, list_id: UUID) -> ListVersion:
    """Lock a draft for this transaction, so that it is not published while it is edited."""
    scope.require(EDIT)
    draft = await list_by_id(scope, list_id)
    if not scope.covers(draft.region):
        raise NotFound
    if await fetch_value(scope, _HOLD, list_id) != ListState.DRAFT:
        raise _no_draft()
    return draft


async def _insert_items(
    scope: Scope, region: str, list_id: UUID, items: Sequence[tuple[UUID, ItemData]], *, first: int = 1
) -> None:
    await insert_items(scope, scope.county, region, list_id, items, first=first)


async def insert_items(
    scope: Scope, county: str, region: str, list_id: UUID, items: Sequence[tuple[UUID, ItemData]], *, first: int = 1
) -> None:
    """Write items of a version in their order."""
    rows = [
        (
            item_id, position, item.code, item.title, item.kind, item.category, item.department, item.legal_basis,
            item.conditions, item.funding, item.valid_from, item.valid_to, item.points, item.evidence.stored(),
            "\n".join(item.aliases),
        )
        for position, (item_id, item) in enumerate(items, start=first)
    ]  # fmt: skip
    await execute(scope, _INSERT_ITEMS, county, region, list_id, *bulk(rows, _WIDTH))


async def _delete_items(scope: Scope, list_id: UUID, ids: Sequence[UUID]) -> None:
    await execute(scope, _DELETE_ITEMS, list_id, list(ids))


async def _note(
    scope: Scope, action: str, list_id: UUID, region: str, now: datetime, data: Mapping[str, object]
) -> None:
    await audit(scope, action, kind=_KIND, subject=list_id, now=now, region=region, data=data)


def _told(changed: Difference) -> dict[str, object]:
    """Say in the audit line what one item was and is."""
    if changed.added:
        return {"code": [changed.added[0].code], "added": values_of(changed.added[0])}
    told = {f.name: [f.before, f.after] for change in changed.changed for f in change.fields}
    return {"code": [change.after.code for change in changed.changed], "changed": told}


def _draft_exists() -> Conflict:
    return Conflict(mark("这份清单已经有一个草稿，请在那个草稿上修改。"))


def _no_draft() -> Conflict:
    return Conflict(mark("这一版已经发布，不能再改。要修改，请从现行版本新建草稿。"))
