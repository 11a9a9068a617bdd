"""Learning from a person's word, putting a verdict right, and undoing what was learned."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.api import (
    Conflict,
    Forbidden,
    Invalid,
    Scope,
    announce,
    audit,
    execute,
    fetch_one,
    find_item,
    mark,
    new_id,
    one_incoming,
)
from plugins.township_filter.learning.enums import Source
from plugins.township_filter.learning.queries import CORRECT, UNDO, learned_of, one_learned
from plugins.township_filter.learning.rules import checked_reason, holds_in, learnable

# Announced where the matter was handed in. Payload: ``incoming`` (id), ``code`` (empty: on no list), who said so and why.
CORRECTED: Final = "township_filter.corrected"
UNDONE: Final = "township_filter.learned_undone"
NO_ITEM: Final = "-"
_CORRECTABLE: Final = frozenset({"passed", "refused", "dispatched"})
_REPLACED: Final = "由后来的结论代替"
_END: Final = """
UPDATE township_filter.learned SET undone_at = $5, undone_by_name = $6, undo_reason = $7, changed_at = $5
WHERE region >= $1 AND region < $2 AND county = $3 AND incoming_id = $4 AND undone_at IS NULL
"""
_INSERT: Final = """
INSERT INTO township_filter.learned (county, id, region, level, title, body, code, item_title, source, incoming_id, sender_name,
  reason, learned_at, by_name, by_office, changed_at)
SELECT $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $15 WHERE $5 >= $1 AND $5 < $2
"""
_UNDO: Final = """
UPDATE township_filter.learned SET undone_at = $4, undone_by_name = $5, undo_reason = $6, changed_at = $4
WHERE region >= $1 AND region < $2 AND id = $3 AND undone_at IS NULL RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Said:
    """What a person said of a matter: the item's code (empty: on no list), why, and who it was."""

    code: str
    source: Source
    by_name: str
    by_office: str = ""
    reason: str = ""


async def learn(scope: Scope, *, incoming: UUID, said: Said, now: datetime) -> None:
    """Keep what a person said of a matter, in place of what was said before; the same again changes nothing.

    ``scope`` covers the county. An item that is on no list of its place any more teaches nothing.
    """
    row = await one_incoming(scope, incoming)
    item = await find_item(scope, level=row["level"], at=now, code=said.code, region=row["region"]) if said.code else None
    known = await learned_of(scope, incoming)
    same = known is not None and (known["code"], known["source"], known["reason"]) == (said.code, said.source, said.reason)
    if same or (said.code and item is None):
        return
    title, body = learnable(row["title"], row["body"])
    place = holds_in(item.region if item else row["region"][:6], row["region"])
    await execute(scope, _END, row["county"], incoming, now, said.by_name, _REPLACED)
    made = new_id()
    await execute(
        scope, _INSERT, row["county"], made, place, row["level"], title, body, item.code if item else "", item.title if item else "",
        said.source.value, incoming, row["sender_name"], said.reason, now, said.by_name, said.by_office,
    )  # fmt: skip
    data = {"incoming": str(incoming), "code": item.code if item else "", "source": said.source.value}
    await audit(
        scope, "township_filter.learned", kind="township_filter_learned", subject=made, now=now, region=place,
        county=row["county"], data=data,
    )  # fmt: skip


async def correct_matter(scope: Scope, *, incoming: UUID, code: str, reason: str, now: datetime) -> None:
    """Say that a matter was screened wrongly: it falls under another item (``NO_ITEM``: under none).

    What was decided of the matter stays; matters like it are screened so from now on. Raises ``Conflict`` for one that
    still waits for a decision: deciding it teaches the same.
    """
    scope.require(CORRECT)
    row = await one_incoming(scope, incoming)
    if row["state"] not in _CORRECTABLE:
        raise Conflict(mark("这件来文还没有结论，或者已经撤回，不用改正归类。"))
    item = None if code == NO_ITEM else await find_item(scope, level=row["level"], at=now, code=code, region=row["region"])
    if code != NO_ITEM and (not code or item is None):
        raise Invalid(fields={"code": mark("请从列表里选择现行清单的事项。")})
    told = checked_reason(reason)
    data = {"incoming": str(incoming), "code": item.code if item else "", "reason": told}
    place = {"region": row["region"], "county": row["county"]}
    await audit(scope, CORRECTED, kind="incoming_task", subject=incoming, now=now, data=data, **place)
    who = {"by_name": scope.by_name, "by_office": scope.by_office}
    await announce(scope, CORRECTED, {**data, **who}, now=now, **place)


async def undo_learned(scope: Scope, *, learned: UUID, reason: str, now: datetime) -> None:
    """Undo one verdict: from now on nothing is concluded from it. What it decided meanwhile stays."""
    scope.require(UNDO)
    row: Any = await one_learned(scope, learned)
    if not scope.covers(row["region"]):
        raise Forbidden(UNDO, mark("这条结论全县都在用，由县级管理员撤销。"))
    told = checked_reason(reason)
    if await fetch_one(scope, _UNDO, learned, now, scope.by_name, told) is None:
        raise Conflict(mark("这条结论已经撤销了，请刷新后再看。"))
    place = {"region": row["region"], "county": row["county"]}
    data = {"reason": told, "code": row["code"], "learned": str(learned)}
    await audit(scope, UNDONE, kind="township_filter_learned", subject=learned, now=now, data=data, **place)
    await announce(scope, UNDONE, data, now=now, **place)
