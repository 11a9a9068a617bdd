"""A village's seals: which there are, who keeps each, and when one is no longer used."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.kernel.audit import audit
from core.kernel.database import fetch_one
from core.kernel.errors import Conflict, Invalid, NotFound, mark
from core.kernel.ids import new_id
from core.kernel.scope import Scope, is_code
from core.kernel.written import written
from core.seals.actions.escalating import send_up_all
from core.seals.queries import keepers_at, seal_row
from core.seals.rules import LONGEST_TEXT, checked_seal
from core.seals.workflows import EDIT

_VILLAGE_DIGITS: Final = 12
_ADD: Final = """
INSERT INTO seal (county, id, region, place_name, kind, title, since, changed_at)
SELECT $3, $4, r.code, r.shown_name, $6, $7, $8, $8 FROM region r WHERE r.code = $5 AND $5 >= $1 AND $5 < $2 AND r.closed IS NULL
RETURNING *
"""
_HAND_OVER: Final = """
UPDATE seal SET keeper_person = $4, keeper_name = $5, changed_at = $6
WHERE region >= $1 AND region < $2 AND id = $3 AND stopped_at IS NULL RETURNING id
"""
_STOP: Final = """
UPDATE seal SET stopped_at = $4, stop_reason = $5, changed_at = $4
WHERE region >= $1 AND region < $2 AND id = $3 AND stopped_at IS NULL RETURNING id
"""
_STOPPED: Final = mark("这枚印章已经停用。")


async def add_seal(scope: Scope, *, region: str, kind: str, title: str, keeper: UUID | None, now: datetime) -> UUID:
    """Enter a seal of a village, with who keeps it. Raises ``NotFound`` for a place outside the scope."""
    scope.require(EDIT)
    if not is_code(region) or len(region) != _VILLAGE_DIGITS or not scope.covers(region):
        raise NotFound
    name = checked_seal(kind, title)
    made = new_id()
    row = await fetch_one(scope, _ADD, scope.county, made, region, kind, name, now)
    if row is None:
        raise NotFound
    if keeper is not None:
        await _hand_over(scope, row, keeper, now)
    await audit(scope, "seal.added", kind="seal", subject=made, now=now, region=region, data={"title": name, "kind": kind})
    return made


async def hand_over_seal(scope: Scope, *, seal: UUID, keeper: UUID, now: datetime) -> None:
    """Note who keeps a seal from now on."""
    scope.require(EDIT)
    row = await seal_row(scope, seal, lock=True)
    await _hand_over(scope, row, keeper, now)
    place = {"region": row["region"], "county": row["county"]}
    await audit(scope, "seal.handed_over", kind="seal", subject=seal, now=now, data={"to": str(keeper)}, **place)


async def _hand_over(scope: Scope, row: Any, keeper: UUID, now: datetime) -> None:
    name = await name_of_keeper(scope, row, keeper, now)
    if await fetch_one(scope, _HAND_OVER, row["id"], keeper, name, now) is None:
        raise Conflict(_STOPPED)
    await send_up_all(scope, county=row["county"], now=now)  # the new keeper may be who was to decide


async def name_of_keeper(scope: Scope, row: Any, keeper: UUID, now: datetime) -> str:
    """Give the name of somebody who may keep the place's seals. Raises ``Invalid`` for anybody else."""
    for each in await keepers_at(scope, row, now=now):
        if each["person_id"] == keeper:
            return str(each["person_name"])
    raise Invalid(fields={"keeper": mark("请从列表里选择保管人。")})


async def stop_seal(scope: Scope, *, seal: UUID, reason: str, now: datetime) -> None:
    """Take a seal out of use: what was used before stays in the register."""
    scope.require(EDIT)
    told = written(reason, field="reason", most=LONGEST_TEXT)
    row = await seal_row(scope, seal, lock=True)
    if await fetch_one(scope, _STOP, seal, now, told) is None:
        raise Conflict(_STOPPED)
    place = {"region": row["region"], "county": row["county"]}
    await audit(scope, "seal.stopped", kind="seal", subject=seal, now=now, data={"reason": told}, **place)
