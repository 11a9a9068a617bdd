"""What receivers filled in: the table of one task, as a sheet, and the figures that a sender need not ask for again."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from litestar import Response

from core.kernel.database import transaction
from core.kernel.errors import NotFound, mark
from core.kernel.scope import Scope
from core.tasks.enums import FieldKind
from core.tasks.forms import LONGEST_LABEL, AskedField, fields_of_form, label_key, total_of, value_for
from core.tasks.queries.forms import answers_to, figures_held
from core.tasks.queries.tasks import one_task, shares_of_task
from core.tasks.workflows import ASSIGNMENT
from web.answers import Answer, Request, page, request_now, say
from web.pages.tasks.export import sheet_of
from web.pages.work.filling import answer_words
from web.pages.work.words import formats
from web.routing import get_page

_COUNTED: Final = frozenset({"submitted", "accepted"})


async def answers_of(
    request: Request, scope: Scope, task: UUID, form: Sequence[Mapping[str, Any]] | None
) -> dict[str, Any] | None:
    """Give the table of a task's answers; None where it asked for nothing."""
    fields = fields_of_form(form)
    if not fields:
        return None
    rows = await answers_to(scope, task)
    counted = [row["answers"] for row in rows if row["state"] in _COUNTED]
    columns = [
        {
            "key": f"a{n}", "label": _heading(request, field),
            "kind": "number" if field.kind is FieldKind.NUMBER else "text",
        }
        for n, field in enumerate(fields)
    ]  # fmt: skip
    return {
        "columns": [{"key": "name", "label": say(request, mark("单位")), "phone": "title"}, *columns],
        "rows": [_row(request, row, fields) for row in rows],
        "totals": _totals(request, fields, counted),
        "count": len(counted),
    }


def _heading(request: Request, field: AskedField) -> str:
    return f"{field.label}{say(request, mark('（%(unit)s）'), unit=field.unit)}" if field.unit else field.label


def _row(request: Request, row: Any, fields: Sequence[AskedField]) -> dict[str, Any]:
    state = ASSIGNMENT.by_state[row["state"]]
    cells = {
        f"a{n}": _cell(request, field, value_for(field, row["answers"])) for n, field in enumerate(fields)
    }
    counts = row["state"] in _COUNTED
    return {
        "name": row["receiver_name"],
        "href": f"/assignments/{row['id']}",
        "at": row["at"],
        "state": "" if counts else say(request, state.title),
        "state_tone": state.tone,
        **cells,
    }


def _cell(request: Request, field: AskedField, value: str) -> str:
    return answer_words(request, {"kind": field.kind, "unit": "", "value": value}) if value else ""


def _totals(
    request: Request, fields: Sequence[AskedField], counted: Sequence[Sequence[Mapping[str, str]]]
) -> list[tuple[str, str]]:
    totals = [(field, total_of(field, counted)) for field in fields]
    return [
        (field.label, answer_words(request, {"kind": field.kind, "unit": field.unit, "value": str(total)}))
        for field, total in totals
        if total is not None
    ]


@get_page("/tasks/{task_id:uuid}/export.xlsx", permission="core:task:read")
async def task_sheet(request: Request, scope: Scope, task_id: UUID) -> Response[bytes]:
    """Answer with an XLSX of one task's receivers, with their answers as columns."""
    async with transaction(scope):
        await one_task(scope, task_id, now=request_now(request))
        shares = await shares_of_task(scope, task_id)
    return sheet_of(request, scope, shares)


@get_page("/tasks/held", permission="core:task:read")
async def held_page(request: Request, scope: Scope) -> Answer:
    """Show what each receiver answered last to one field: what can be read need not be asked for."""
    label = request.query_params.get("label", "")[: LONGEST_LABEL * 2]
    kind = request.query_params.get("kind", "")
    if not label_key(label) or kind not in set(FieldKind):
        raise NotFound
    field = AskedField(label, FieldKind(kind))
    async with transaction(scope):
        figures = await figures_held(scope, key=field.key, kind=field.kind, now=request_now(request))
    shown = formats(request)
    units = {each.unit for each in figures}
    total = sum((Decimal(each.value) for each in figures), Decimal(0)) if kind == FieldKind.NUMBER and len(units) == 1 else None
    rows = [
        {
            "name": each.receiver_name, "href": f"/assignments/{each.id}", "title": each.title, "day": shown.day(each.at),
            "value": answer_words(request, {"kind": kind, "unit": each.unit, "value": each.value}),
        }
        for each in figures
    ]  # fmt: skip
    words = answer_words(request, {"kind": kind, "unit": units.pop(), "value": str(total)}) if total is not None else ""
    return page(
        request, "tasks/held.html", title=mark("已有的填报"), back="/tasks/new", label=figures[0].label if figures else label, rows=rows, total=words,
        numeric=kind == FieldKind.NUMBER,
    )  # fmt: skip
