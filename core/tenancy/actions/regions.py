"""Changing regions by a document: one call of the owner's function, the only way in; rows follow afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID

import asyncpg

from core.kernel.audit import audit
from core.kernel.clock import local
from core.kernel.database import fetch_value
from core.kernel.errors import Conflict, Invalid, NotFound, mark
from core.kernel.ids import new_id
from core.kernel.outbox import announce
from core.kernel.scope import Scope
from core.tenancy.changes import (
    Part,
    Plan,
    plan_close,
    plan_merge,
    plan_open,
    plan_rename,
    plan_split,
    too_few,
)
from core.tenancy.enums import ChangeKind, Level
from core.tenancy.moving import count_following
from core.tenancy.queries.regions import Region, children_of, region_of
from core.tenancy.rules import level_of, parent_of

EDIT: Final = "core:region:edit"
CHANGED: Final = "region.changed"
_CHANGE: Final = (
    "SELECT change_regions($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) WHERE $1 < $2"
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a document says, as it was typed. Which fields count depends on ``kind``.

    open: region (the parent), name, code. close: region, successor. rename: region, name. merge: sources, successor (or
    name and code of a new region). split: region, parts, close.
    """

    kind: ChangeKind
    region: str = ""
    name: str = ""
    code: str = ""
    successor: str = ""
    sources: Sequence[str] = ()
    parts: Sequence[Part] = field(default=())
    close: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """The document a change rests on."""

    number: str
    on: date
    note: str = ""


async def plan_change(scope: Scope, wish: Wish) -> Plan:
    """Work out what a document would do, without doing it. Raises ``Invalid`` with fields, or ``NotFound``."""
    scope.require(EDIT)
    if wish.kind is ChangeKind.RECODE:
        raise NotFound
    if wish.kind is ChangeKind.OPEN:
        parent = await region_of(scope, wish.region)
        plan = plan_open(parent, wish.name, code=wish.code, there=await _all_below(scope, parent.code))
    elif wish.kind is ChangeKind.MERGE:
        plan = await _plan_merge(scope, wish)
    else:
        plan = await _plan_single(scope, wish)
    if not all(scope.covers(code) and len(code) > len(scope.region) for code in plan.touched):
        raise NotFound
    return plan


async def _plan_single(scope: Scope, wish: Wish) -> Plan:
    region = await region_of(scope, wish.region)
    if wish.kind is ChangeKind.CLOSE:
        successor = await region_of(scope, wish.successor) if wish.successor else None
        return plan_close(region, successor, there=await _all_below(scope, region.code))
    beside = await _all_below(scope, parent_of(region.code))
    if wish.kind is ChangeKind.RENAME:
        return plan_rename(region, wish.name, beside=beside)
    parent = await region_of(scope, parent_of(region.code))
    below = await _all_below(scope, region.code)
    return plan_split(region, wish.parts, parent=parent, beside=beside, below=below, close=wish.close)


async def _plan_merge(scope: Scope, wish: Wish) -> Plan:
    if few := too_few(wish.sources, wish.successor):
        raise Invalid(fields={"sources": few})
    sources = [await region_of(scope, code) for code in wish.sources]
    into = await region_of(scope, wish.successor) if wish.successor else None
    parent = await region_of(scope, parent_of(sources[0].code))
    below = {
        region.code: await _all_below(scope, region.code) for region in (*sources, *([into] if into else []))
    }
    beside = await _all_below(scope, parent.code)
    return plan_merge(
        sources, into=into, parent=parent, name=wish.name, code=wish.code, beside=beside, below=below
    )


async def _all_below(scope: Scope, code: str) -> list[Region]:
    if not code or level_of(code) is Level.VILLAGE:
        return []
    return await children_of(scope, code, closed=True)


async def preview_change(scope: Scope, wish: Wish) -> tuple[Plan, dict[str, int]]:
    """Give the plan and how many rows of each known table would follow."""
    plan = await plan_change(scope, wish)
    return plan, await count_following(scope, [old for old, _ in plan.moves])


async def change_regions(scope: Scope, wish: Wish, document: Document, *, now: datetime) -> UUID:
    """Put a document into effect: the tree changes at once, the rows follow within seconds.

    The day may lie in the past, but not before the region's last change, and not in the future. ``Conflict`` when
    somebody changed one of the regions meanwhile.
    """
    plan = await plan_change(scope, wish)
    check_document(document, now)
    return await carry_out(scope, plan, document, now=now)


async def carry_out(
    scope: Scope, plan: Plan, document: Document, *, now: datetime, sql: str = _CHANGE, first: Sequence[object] = ()
) -> UUID:
    """Call the owner's function with a plan, write it down and announce it."""
    change = new_id()
    try:
        await fetch_value(
            scope, sql, *first, change, scope.county, plan.kind.value, document.on, document.number.strip(),
            document.note.strip(), scope.by_name, now, list(plan.closed), list(plan.closed.values()),
            [new.stored() for new in plan.opened], [new.stored() for new in plan.renamed],
            [old for old, _ in plan.moves], [new for _, new in plan.moves],
        )  # fmt: skip
    except asyncpg.DatetimeFieldOverflowError as error:
        raise Invalid(fields={"on_date": mark("生效日期不能早于这个区划上一次变更的日期。")}) from error
    except (asyncpg.SerializationError, asyncpg.UniqueViolationError) as error:
        raise Conflict(mark("其中一个区划刚刚被别人变更过，请刷新后再看。")) from error
    most = 1 if plan.kind is ChangeKind.RECODE else None  # the rest says the same with other digits behind
    await audit(
        scope, f"region.{plan.kind.value}", kind="region", subject=change, now=now,
        data={"document": document.number.strip(), "on": document.on.isoformat(), "closed": list(plan.closed)[:most],
              "opened": [new.code for new in plan.opened][:most], "renamed": [new.code for new in plan.renamed]},
    )  # fmt: skip
    await announce(scope, CHANGED, {"change": str(change)}, now=now)
    return change


def check_document(document: Document, now: datetime) -> None:
    """Raise ``Invalid`` where the document has no number or its day has not come."""
    problems: dict[str, str] = {}
    if not document.number.strip():
        problems["document_number"] = mark("请写批准文件的文号。")
    if document.on > local(now).date():
        problems["on_date"] = mark("生效日期不能晚于今天。")
    if problems:
        raise Invalid(fields=problems)


def changeable_levels(scope: Scope) -> tuple[Level, ...]:
    """Give the levels of which a post may change regions: below its own, townships and villages."""
    return tuple(level for level in (Level.TOWNSHIP, Level.VILLAGE) if level > scope.level)
