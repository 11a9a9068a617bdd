"""The data sets of a county, and the log of who had what to do with them."""

from typing import Any
from urllib.parse import urlencode

from core.datasets.actions import IMPORT
from core.datasets.enums import ACT_TITLES, KIND_HINTS, KIND_TITLES, STATE_TITLES, STATE_TONES, Act
from core.datasets.queries import LOG_SIZE, READ, access_of, datasets_here, sums_of
from core.kernel.database import transaction
from core.kernel.errors import mark
from core.kernel.scope import Scope
from web.answers import Answer, Request, page, say
from web.forms import number_or, uuid_of
from web.routing import get_page
from web.wording import listed, person_of


def kinds_said(request: Request, kinds: str) -> str:
    """Give the titles of the kinds that a line of the log names, with commas between them as they were written."""
    return listed(request, (say(request, KIND_TITLES.get(kind, kind)) for kind in kinds.split(",") if kind))


@get_page("/datasets", permission=READ)
async def datasets_page(request: Request, scope: Scope) -> Answer:
    """Show what can be compared with, kind by kind, and every list that was handed in."""
    async with transaction(scope):
        sums, rows = await sums_of(scope), await datasets_here(scope)
    return page(
        request, "datasets/list.html", title=mark("外部比对数据"), may_import=scope.may(IMPORT),
        kinds=[
            {
                "name": kind, "title": say(request, title), "hint": say(request, KIND_HINTS[kind]), "rows": sums[kind]["rows"] if kind in sums else 0,
                "until": sums[kind]["until"] if kind in sums else None,
            }
            for kind, title in KIND_TITLES.items()
        ],
        rows=[_line(request, row) for row in rows],
    )  # fmt: skip


def _line(request: Request, row: Any) -> dict[str, Any]:
    return {
        **dict(row), "href": f"/datasets/{row['id']}", "title": say(request, KIND_TITLES[row["kind"]]),
        "state": say(request, STATE_TITLES[row["state"]]), "tone": STATE_TONES[row["state"]],
    }  # fmt: skip


@get_page("/datasets/log", permission=READ)
async def access_page(request: Request, scope: Scope) -> Answer:
    """Show who handed in, looked at, unmasked, compared or deleted what, and why."""
    query = request.query_params
    act = str(query.get("act", "")) if query.get("act", "") in list(Act) else ""
    here = number_or(query.get("p", "1"), 1)
    dataset = uuid_of(str(query.get("dataset", "")))
    async with transaction(scope):
        rows, total = await access_of(scope, dataset=dataset, act=act, page=here)
    kept = {"act": act, **({"dataset": str(dataset)} if dataset else {})}
    return page(
        request, "datasets/log.html", title=mark("访问记录"), back=f"/datasets/{dataset}" if dataset else "/datasets", total=total, act=act,
        dataset=dataset, acts=[(str(each), say(request, ACT_TITLES[each])) for each in Act],
        rows=[_entry(request, row) for row in rows],
        previous=f"/datasets/log?{urlencode({**kept, 'p': here - 1})}" if here > 1 else None,
        next=f"/datasets/log?{urlencode({**kept, 'p': here + 1})}" if here * LOG_SIZE < total else None,
    )  # fmt: skip


def _entry(request: Request, row: Any) -> dict[str, Any]:
    detail = ""
    if row["act"] == Act.COMPARED:
        detail = say(request, mark("符合条件 %(n)s 件"), n=row["detail"])
    elif row["act"] == Act.UNMASKED:
        detail = say(request, mark("第 %(n)s 行"), n=row["detail"])
    elif row["act"] == Act.IMPORTED:
        detail = say(request, mark("由%(who)s导入"), who=row["detail"])
    return {
        "at": row["at"], "what": say(request, ACT_TITLES[row["act"]]), "kind": kinds_said(request, row["kind"]), "reason": say(request, row["reason"]),
        "rows": row["rows"], "detail": detail, "by": person_of(request, row["by_name"], row["by_office"]),
        "href": f"/datasets/{row['dataset_id']}" if row["dataset_id"] else "",
    }  # fmt: skip
