"""Beginning a decision: what about, by which procedure, resting on which mandate."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from core.contracts.decisions import DecisionSubject, SubjectFound
from core.contracts.registry import current
from core.decisions.actions.moves import LATE, TURN, clock_of, open_record, remember
from core.decisions.enums import Happened, Phase
from core.decisions.procedures import Procedure
from core.decisions.queries import find_decision, mandates_of, procedures_in_force
from core.decisions.rules import DecisionSettings
from core.kernel.clock import local
from core.kernel.database import execute
from core.kernel.errors import Forbidden, Invalid, NotFound, mark
from core.kernel.ids import new_id
from core.kernel.outbox import announce, set_timer
from core.kernel.scope import Scope
from core.tenancy.enums import Level
from core.tenancy.settings import settings_of

BEGIN: Final = "core:decision:begin"
TITLE_MOST: Final = 60
TEXT_MOST: Final = 10_000
_MONEY_MOST: Final = Decimal(10) ** 12
_MONTH: Final = timedelta(days=30, hours=12)
_INSERT: Final = """
INSERT INTO decision (county, id, region, title, text, subject_kind, subject_id, subject_title, money, procedure_code,
                      procedure_version, procedure, mandate_id, state, step, step_title, record_id, step_on, step_since, due_at,
                      membership, by_name, created_at, changed_at)
SELECT $3, $4, $1, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'open', 0, $15, $16, $17, $18, $19, $20, $21, $18, $18 WHERE $1 < $2
"""
_FIRST: Final = "UPDATE decision SET record_id = $4 WHERE region >= $1 AND region < $2 AND id = $3"


@dataclass(frozen=True, slots=True)
class Matter:
    """What is to be decided. ``subject`` is the thing's id where its kind's things have one; ``money`` in yuan."""

    title: str
    text: str
    procedure: str
    kind: str
    subject: UUID | None = None
    money: Decimal | None = None
    mandate: UUID | None = None


def subject_kinds(scope: Scope) -> tuple[DecisionSubject, ...]:
    """Give the kinds of things that may be decided about here now, core's first."""
    return current().active(DecisionSubject, scope)


async def subject_found(scope: Scope, kind: str, subject: UUID | None) -> SubjectFound | None:
    """Give the thing itself where its kind knows its things; None for kinds that are written down in words.

    Raises ``NotFound`` for a thing of another village, and ``Invalid`` for an unknown kind.
    """
    declared = next((each for each in subject_kinds(scope) if each.name == kind), None)
    if declared is None:
        raise Invalid(fields={"kind": mark("请选择决策的是哪一类事。")})
    if declared.find is None or subject is None:
        if subject is not None:
            raise NotFound
        return None
    found = await declared.find(scope, subject)
    if found is None or found.region != scope.region:
        raise NotFound
    return found


async def begin_decision(scope: Scope, matter: Matter, *, now: datetime) -> UUID:
    """Begin a decision in the scope's own village, under the procedure's version of this moment. Gives its id.

    Raises ``Invalid`` where the procedure is not allowed here or for this kind, or a mandate is missing.
    """
    scope.require(BEGIN)
    if scope.level != Level.VILLAGE:
        raise Forbidden(BEGIN, mark("民主决策由村里发起。"))
    found = await subject_found(scope, matter.kind, matter.subject)
    procedure = await _procedure(scope, matter, now=now)
    _check_words(matter)
    mandate = await _mandate(scope, procedure, matter, now=now)
    made, step, title = new_id(), procedure.steps[0], matter.title.strip()
    place: dict[str, Any] = {"county": scope.county, "region": scope.region, "id": made}
    due_at = await clock_of(scope, place, step, since=now, now=now)
    money = found.money if found is not None and found.money is not None else matter.money
    await execute(
        scope, _INSERT, scope.county, made, title, matter.text.strip(), matter.kind, matter.subject,
        found.title if found else title, money, procedure.code, procedure.version, procedure.stored(), mandate, step.title,
        made, local(now).date(), now, due_at, scope.membership, scope.by_name,
    )  # fmt: skip
    record = await open_record(scope, place, 0, now=now)
    await execute(scope, _FIRST, made, record)
    row = await find_decision(scope, made)
    await remember(scope, row, Happened.BEGUN, now=now, data={"procedure": procedure.title})
    told = {"decision": str(made), "record": str(record)}
    await announce(scope, TURN, told, now=now)
    if due_at is not None:
        await set_timer(scope, LATE, subject=made, due_at=due_at, payload=told)
    return made


def _check_words(matter: Matter) -> None:
    wrong: dict[str, str] = {}
    if not matter.title.strip() or len(matter.title.strip()) > TITLE_MOST:
        wrong["title"] = mark("请写标题，最多 60 个字。")
    if not matter.text.strip() or len(matter.text) > TEXT_MOST:
        wrong["text"] = mark("请写明要办什么、为什么办、花多少钱、钱从哪里来。")
    if matter.money is not None and not 0 <= matter.money < _MONEY_MOST:
        wrong["money"] = mark("请检查金额。")
    if wrong:
        raise Invalid(fields=wrong)


async def _procedure(scope: Scope, matter: Matter, *, now: datetime) -> Procedure:
    known = (await procedures_in_force(scope, at=now)).get(matter.procedure)
    if known is None or not known.procedure.allowed:
        raise Invalid(fields={"procedure": mark("请选择本县可以使用的流程。")})
    if known.procedure.subjects and matter.kind not in known.procedure.subjects:
        raise Invalid(fields={"procedure": mark("这个流程不适用于这一类事，请换一个流程。")})
    return known.procedure


async def _mandate(scope: Scope, procedure: Procedure, matter: Matter, *, now: datetime) -> UUID | None:
    if not procedure.mandate:
        return None
    known = {row["id"] for row in await mandates_here(scope, now=now)}
    if matter.mandate not in known:
        raise Invalid(fields={"mandate": mark("这个流程要有村民会议的年度授权，而且授权已经公开、还在有效期内。")})
    return matter.mandate


async def mandates_here(scope: Scope, *, now: datetime) -> list[Any]:
    """Give the mandates that a decision of this village may rest on now."""
    settings = await settings_of(scope, DecisionSettings, at=now)
    return await mandates_of(scope, region=scope.region, since=now - settings.mandate_months * _MONTH)


def is_final(state: str) -> bool:
    return state in {Phase.FINISHED, Phase.REJECTED, Phase.WITHDRAWN}
