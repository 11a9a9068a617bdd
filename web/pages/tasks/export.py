"""The list of tasks as a sheet: the same filters, all pages, at most what a spreadsheet can hold."""

from litestar import Response

from core.kernel.database import transaction
from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.kernel.sheets_out import write_sheet
from core.tasks.queries.tasks import all_shares
from web.answers import Request, request_now, say
from web.lists import filters_of
from web.pages.work.words import formats
from web.routing import get_page

HEADINGS = (
    mark("任务"), mark("清单事项"), mark("接收单位"), mark("状态"), mark("分值"), mark("截止"), mark("签收"),
    mark("提交"), mark("质量"), mark("时效"), mark("得分"), mark("经办人"),
)  # fmt: skip


@get_page("/tasks/export.xlsx", permission="core:task:read")
async def export_page(request: Request, scope: Scope) -> Response[bytes]:
    """Answer with an XLSX of all shares that the filters leave; times as they are in China."""
    now = request_now(request)
    async with transaction(scope):
        shares = await all_shares(scope, filters_of(request), now=now)
    shown = formats(request)
    rows = [
        (
            s["title"], s["item_code"], s["receiver_name"], say(request, s["state_title"]), s["points"], shown.iso(s["due_at"]),
            shown.iso(s["acknowledged_at"]) if s["acknowledged_at"] else "", shown.iso(s["submitted_at"]) if s["submitted_at"] else "",
            s["quality"], s["timeliness"] or "", s["score"] if s["score"] is not None else "", s["allocated_name"],
        )
        for s in shares
    ]  # fmt: skip
    body = write_sheet(
        "xlsx", [say(request, heading) for heading in HEADINGS], rows, title=say(request, mark("任务"))
    )
    name = f"tasks-{scope.region}-{shown.local(now):%Y%m%d-%H%M}.xlsx"
    return Response(
        body,
        media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )
