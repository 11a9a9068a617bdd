"""The list of tasks as a sheet: the same filters, all pages, at most what a spreadsheet can hold."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from litestar import Response

from core.kernel.database import transaction
from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.kernel.sheets_out import write_sheet
from core.tasks.enums import FieldKind
from core.tasks.forms import AskedField, fields_of_form, value_for
from core.tasks.queries.tasks import all_shares
from web.answers import Request, request_now, say
from web.lists import filters_of
from web.pages.work.words import formats
from web.routing import get_page

HEADINGS = (
    mark("任务"), mark("清单事项"), mark("接收单位"), mark("状态"), mark("分值"), mark("截止"), mark("签收"),
    mark("提交"), mark("质量"), mark("时效"), mark("得分"), mark("经办人"),
)  # fmt: skip

MOST_COLUMNS: Final = 100


@get_page("/tasks/export.xlsx", permission="core:task:read")
async def export_page(request: Request, scope: Scope) -> Response[bytes]:
    """Answer with an XLSX of all shares that the filters leave; times as they are in China."""
    now = request_now(request)
    async with transaction(scope):
        shares = await all_shares(scope, filters_of(request), now=now)
    return sheet_of(request, scope, shares)


def sheet_of(request: Request, scope: Scope, shares: Sequence[Mapping[str, Any]]) -> Response[bytes]:
    """Write shares as a sheet; what their tasks asked to fill in stands in columns of its own."""
    shown, now = formats(request), request_now(request)
    asked = _asked(shares)
    rows = [
        (
            s["title"], s["item_code"], s["receiver_name"], say(request, s["state_title"]), s["points"], shown.iso(s["due_at"]),
            shown.iso(s["acknowledged_at"]) if s["acknowledged_at"] else "", shown.iso(s["submitted_at"]) if s["submitted_at"] else "",
            s["quality"], s["timeliness"] or "", s["score"] if s["score"] is not None else "", s["allocated_name"],
            *(_answer(field, s["answers"] or ()) for field in asked),
        )
        for s in shares
    ]  # fmt: skip
    headings = [say(request, heading) for heading in HEADINGS]
    headings += [f"{field.label}（{field.unit}）" if field.unit else field.label for field in asked]
    body = write_sheet("xlsx", headings, rows, title=say(request, mark("任务")))
    name = f"tasks-{scope.region}-{shown.local(now):%Y%m%d-%H%M}.xlsx"
    return Response(
        body,
        media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


def _asked(shares: Sequence[Mapping[str, Any]]) -> list[AskedField]:
    """Give every field that any of the tasks asked for, each once, in the order they are met."""
    found: dict[tuple[str, str, str], AskedField] = {}
    for share in shares:
        for field in fields_of_form(share["form"]):
            found.setdefault((field.key, field.kind, field.unit), field)
    return list(found.values())[:MOST_COLUMNS]


def _answer(field: AskedField, answers: Sequence[Mapping[str, str]]) -> str | Decimal:
    """Give an answer as a cell: a number stays one, and one of another unit is not put under this heading."""
    value = value_for(field, [each for each in answers if each["unit"] == field.unit])
    return Decimal(value) if value and field.kind is FieldKind.NUMBER else value
