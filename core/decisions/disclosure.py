"""What villagers read of decisions: the resolution with the figures of its meetings, and the result. No persons' names."""

from collections.abc import Iterable
from typing import Any, Final

from core.contracts.disclosure import (
    Clock,
    Collected,
    Column,
    FieldKind,
    Figure,
    Group,
    Period,
    Section,
)
from core.decisions.actions.meetings import RESOLUTION_SECTION, RESULT_SECTION
from core.decisions.enums import RecordState, StepKind
from core.decisions.procedures import Procedure
from core.decisions.queries import public_rows
from core.kernel.errors import mark
from core.kernel.scope import Scope

_PASSED: Final = mark("通过")
_FAILED: Final = mark("未通过")
_MEETINGS: Final = (
    Column("step", mark("步骤"), FieldKind.TEXT, key=True),
    Column("body", mark("会议"), FieldKind.STATE),
    Column("held_on", mark("日期"), FieldKind.DATE),
    Column("should", mark("应到"), FieldKind.COUNT, unit=mark("人")),
    Column("came", mark("实到"), FieldKind.COUNT, unit=mark("人")),
    Column("approved", mark("同意"), FieldKind.COUNT, unit=mark("人")),
    Column("outcome", mark("结果"), FieldKind.STATE),
)


async def collect_resolution(scope: Scope, period: Period) -> Collected:
    """Give the meetings of one decision in their order, failed ones too, and the resolution's words."""
    rows = await _rows(scope, period)
    if not rows:
        return Collected()
    procedure = Procedure.of(rows[0]["procedure"])
    meetings = tuple(
        _line(procedure, row) for row in rows if row["state"] in {RecordState.PASSED, RecordState.FAILED} and row["should"]
    )
    return Collected(meetings, _figures(rows), note=_words(rows, StepKind.RESOLUTION), title=rows[0]["title"])


async def collect_result(scope: Scope, period: Period) -> Collected:
    """Give what came of one decision, in the village's words."""
    rows = await _rows(scope, period)
    if not rows:
        return Collected()
    told = _words(rows, StepKind.PUBLISH_RESULT)
    line = {"matter": rows[0]["title"], "resolved_on": rows[0]["resolved_at"], "result": told}
    return Collected((line,), _figures(rows), title=rows[0]["title"])


async def _rows(scope: Scope, period: Period) -> list[Any]:
    if period.subject is None:
        return []
    return await public_rows(scope, region=period.region, decision=period.subject)


def _figures(rows: list[Any]) -> tuple[Figure, ...]:
    money = rows[0]["money"]
    return (Figure(mark("金额"), money, FieldKind.AMOUNT, unit=mark("元")),) if money is not None else ()


def _line(procedure: Procedure, row: Any) -> dict[str, Any]:
    step = procedure.at(row["step"])
    meeting = step.meeting(row["body"])
    return {
        "step": step.title, "body": meeting.title if meeting else "", "held_on": row["held_on"], "should": row["should"],
        "came": row["came"], "approved": row["approved"],
        "outcome": _PASSED if row["state"] == RecordState.PASSED else _FAILED,
    }  # fmt: skip


def _words(rows: list[Any], kind: StepKind) -> str:
    """Give the last words written at the steps of a kind, leaving out what was dropped or failed."""
    procedure = Procedure.of(rows[0]["procedure"])
    texts = [
        row["record_text"] for row in rows
        if procedure.at(row["step"]).kind is kind and row["state"] in {RecordState.OPEN, RecordState.PASSED}
    ]  # fmt: skip
    return next((text for text in reversed(texts) if text), "")


def sections() -> Iterable[Section]:
    """Give the two sections: each decision is published by itself, as soon as it is passed and as soon as it is done."""
    return (
        Section(
            RESOLUTION_SECTION, mark("民主决策的决议"), Group.DECISIONS, Clock.AT_ONCE, _MEETINGS, collect_resolution,
            hint=mark("决议通过后及时公开，公示期满才能实施。"), by_subject=True,
        ),
        Section(
            RESULT_SECTION, mark("民主决策的结果"), Group.DECISIONS, Clock.AT_ONCE,
            (
                Column("matter", mark("事项"), FieldKind.TEXT, key=True),
                Column("resolved_on", mark("决议时间"), FieldKind.MOMENT),
                Column("result", mark("结果"), FieldKind.TEXT),
            ),
            collect_result, hint=mark("事情办完后公开办了什么、花了多少钱、和决议是否一致。"), by_subject=True,
        ),
    )  # fmt: skip
