"""Which seals there are, who keeps them, and which are no longer used."""

from functools import partial
from typing import Any
from uuid import UUID

from core.kernel.database import transaction
from core.kernel.errors import Invalid, ProductError, mark
from core.kernel.scope import Scope
from core.seals.actions import keeping
from core.seals.enums import SEAL_TITLES
from core.seals.queries import keepers_at, seals_in
from core.seals.workflows import EDIT, READ
from core.tenancy.enums import Level
from core.tenancy.queries.regions import children_of, region_now
from web.answers import Answer, Request, choices, page, request_now, say
from web.deeds import Run, deed, drawn, unsent_of
from web.forms import Form, first, id_in
from web.routing import get_page, post_form


@get_page("/seals/held", permission=READ)
async def held_page(request: Request, scope: Scope) -> Answer:
    """List the seals."""
    return await _show(request, scope)


async def _show(
    request: Request, scope: Scope, *, errors: ProductError | None = None, form: Form | None = None, sent: str = ""
) -> Answer:
    now, region = request_now(request), str(request.query_params.get("region", ""))[:12]
    async with transaction(scope):
        if region:
            await region_now(scope, region)
        rows = await seals_in(scope, region=region)
        places = await children_of(scope, scope.region) if scope.level == Level.TOWNSHIP else []
        place = region or (scope.region if scope.level == Level.VILLAGE else "")
        keepers = await keepers_at(scope, {"region": place, "county": scope.county}, now=now) if place and scope.may(EDIT) else []
    return page(
        request, "seals/held.html", title=mark("印章和保管人"), back="/seals", **drawn(errors), form=form, sent_form=sent,
        unsent=unsent_of(errors, form, "reason", "title"), rows=[_row(request, row) for row in rows], kinds=choices(request, SEAL_TITLES), place=place,
        places=[(each.code, each.short_name) for each in places if not each.pseudo], show_place=scope.level < Level.VILLAGE,
        keepers=[(str(each["person_id"]), each["person_name"]) for each in keepers],
    )  # fmt: skip


def _row(request: Request, row: Any) -> dict[str, Any]:
    return {
        "id": row["id"], "title": row["title"], "place": row["place_name"], "kind": say(request, SEAL_TITLES[row["kind"]]),
        "keeper": row["keeper_name"], "keeper_person": str(row["keeper_person"] or ""), "uses": row["uses"], "since": row["since"],
        "stopped_at": row["stopped_at"], "stop_reason": row["stop_reason"], "region": row["region"],
    }  # fmt: skip


async def _deed(request: Request, scope: Scope, name: str, run: Run, told: str) -> Answer:
    region = str(request.query_params.get("region", ""))[:12]
    onward = f"/seals/held?region={region}" if region.isdecimal() else "/seals/held"
    return await deed(request, scope, run, again=partial(_show, request, scope), name=name, onward=onward, told=told)


@post_form("/seals/held", permission=EDIT)
async def add(request: Request, scope: Scope) -> Answer:
    """Enter a seal."""

    async def run(form: Form) -> None:
        region = scope.region if scope.level == Level.VILLAGE else first(form, "region")
        if not region:
            raise Invalid(fields={"region": mark("请选择是哪个村的印章。")})
        keeper = id_in(form, "keeper")
        await keeping.add_seal(
            scope, region=region, kind=first(form, "kind"), title=first(form, "title"), keeper=keeper, now=request_now(request)
        )

    return await _deed(request, scope, "add", run, mark("已登记印章。"))


@post_form("/seals/held/{seal_id:uuid}/keeper", permission=EDIT)
async def hand_over(request: Request, scope: Scope, seal_id: UUID) -> Answer:
    """Note who keeps it from now on."""

    async def run(form: Form) -> None:
        keeper = id_in(form, "keeper")
        if keeper is None:
            raise Invalid(fields={"keeper": mark("请从列表里选择保管人。")})
        await keeping.hand_over_seal(scope, seal=seal_id, keeper=keeper, now=request_now(request))

    return await _deed(request, scope, f"keeper-{seal_id}", run, mark("保管人已更换。"))


@post_form("/seals/held/{seal_id:uuid}/stop", permission=EDIT)
async def stop(request: Request, scope: Scope, seal_id: UUID) -> Answer:
    """Take it out of use."""

    async def run(form: Form) -> None:
        await keeping.stop_seal(scope, seal=seal_id, reason=first(form, "reason"), now=request_now(request))

    return await _deed(request, scope, f"stop-{seal_id}", run, mark("已停用，以前的登记保留。"))
