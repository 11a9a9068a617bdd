"""A county's procedures: which ones its villages may use, and with which numbers; dated, with a reason, never edited."""

from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from core.decisions.packs import read_procedures
from core.decisions.procedures import LessThanLaw, Procedure, ProcedureError
from core.decisions.queries import procedure_history, procedures_in_force
from core.kernel.audit import audit
from core.kernel.database import execute
from core.kernel.errors import Forbidden, Invalid, NotFound, mark
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from core.tenancy.enums import Level

CONFIGURE: Final = "core:decision:configure"
_REASON_MOST: Final = 200
_LEAST: Final = {
    "quorum": mark("到会人数不能低于村民委员会组织法第二十二条的规定。"),
    "majority": mark("同意人数不能低于村民委员会组织法第二十二条的规定。"),
}
_INSERT: Final = """
INSERT INTO decision_procedure (county, id, region, code, version, allowed, data, valid_from, reason, membership, by_name, created_at)
SELECT $3, $4, $1, $5, $6, $7, $8, $9, $10, $11, $12, $13 WHERE $1 < $2
ON CONFLICT (county, region, code, version) DO NOTHING
"""


async def set_procedure(
    scope: Scope, *, procedure: Procedure, valid_from: datetime, reason: str, now: datetime
) -> int:
    """Set a version of a procedure for the county from a time on; decisions that run keep theirs. Gives its number.

    Raises ``Invalid`` where it asks for less than the law does, without a reason, and for a time in the past.
    """
    scope.require(CONFIGURE)
    if scope.level > Level.COUNTY:
        raise Forbidden(CONFIGURE, mark("民主决策的流程由县级统一规定。"))
    wrong: dict[str, str] = {}
    if not reason.strip() or len(reason.strip()) > _REASON_MOST:
        wrong["reason"] = mark("请写明原因（最多 200 个字），它会记入变更记录。")
    if valid_from < now:
        wrong["valid_from"] = mark("生效时间不能早于现在。")
    if wrong:
        raise Invalid(fields=wrong)
    history = await procedure_history(scope, procedure.code)
    number: int = 1 + max((each["version"] for each in history), default=procedure.version)
    made = await execute(
        scope, _INSERT, scope.county, new_id(), procedure.code, number, procedure.allowed, procedure.stored(), valid_from,
        reason.strip(), scope.membership, scope.by_name, now,
    )  # fmt: skip
    if not made:
        raise Invalid(mark("刚刚有人改过这个流程，请刷新后再改。"))
    data = {"code": procedure.code, "version": number, "allowed": procedure.allowed, "reason": reason.strip()}
    await audit(scope, "decision_procedure.set", kind="decision_procedure", subject=None, now=now, data=data)
    return number


async def changed_procedure(scope: Scope, code: str, changes: dict[str, Any], *, now: datetime) -> Procedure:
    """Give a procedure with other numbers, not yet set. ``changes`` are ``step.field`` or ``step.body.field``.

    Raises ``NotFound`` for an unknown code, and ``Invalid`` where it would ask for less than the law.
    """
    known = (await procedures_in_force(scope, at=now)).get(code)
    if known is None:
        raise NotFound
    told = known.procedure.stored()
    for step in told["steps"]:
        _overlay(step, changes, f"{step['code']}.")
        for meeting in step["meetings"]:
            _overlay(meeting, changes, f"{step['code']}.{meeting['body']}.")
    if "allowed" in changes:
        told["allowed"] = changes["allowed"]
    try:
        return Procedure.of(told)
    except LessThanLaw as error:
        raise Invalid(fields={error.field: _LEAST[error.field.rpartition(".")[2]]}) from error
    except ProcedureError as error:
        raise Invalid(mark("这样改不行：%(why)s。"), why=str(error)) from error


def _overlay(told: dict[str, Any], changes: dict[str, Any], prefix: str) -> None:
    for name in ("days", "within_days", "sheets", "photos", "notice_days", "quorum", "majority", "on_board"):
        if name in told and (key := prefix + name) in changes:
            told[name] = changes[key]


async def pack_offers(scope: Scope, folder: Path) -> list[Procedure]:
    """Give the procedures of a county pack that the scope's own region never set as they stand in the pack."""
    offered = []
    for procedure in read_procedures(folder / "procedures").values():
        history = await procedure_history(scope, procedure.code)
        if _steps_of(procedure.stored()) not in [_steps_of(each["data"]) for each in history if each["region"] == scope.region]:
            offered.append(procedure)
    return offered


def _steps_of(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a version says, without its number and whether it is allowed."""
    return {name: value for name, value in stored.items() if name not in {"version", "allowed"}}


async def apply_procedures(
    scope: Scope,
    folder: Path,
    *,
    reason: str,
    now: datetime,
    codes: Collection[str] | None = None,
    valid_from: datetime | None = None,
) -> int:
    """Set procedures of a county pack, all that are new or those of ``codes``, from a time on. Gives how many were set.

    Applied again it sets nothing twice. Raises ``Invalid`` as ``set_procedure`` does.
    """
    scope.require(CONFIGURE)
    chosen = [each for each in await pack_offers(scope, folder) if codes is None or each.code in codes]
    for procedure in chosen:
        await set_procedure(scope, procedure=procedure, valid_from=valid_from or now, reason=reason, now=now)
    return len(chosen)
