"""Merging (归并): several matters that ask for the same become one before the dispatch; until then it can be undone."""

from collections import Counter
from typing import Annotated, Any, Final
from urllib.parse import urlencode
from uuid import UUID

from pydantic import Field

from core.kernel.database import transaction
from core.kernel.errors import Conflict, Invalid, ProductError, mark
from core.kernel.scope import Scope
from core.tasks.actions.incoming import take_among
from core.tasks.actions.merging import MERGE, MOST, merge_incoming, unmerge_incoming
from core.tasks.queries.merging import mergeable
from core.tasks.workflows import INCOMING
from web.answers import Answer, Request, language_of, page, request_now, say, say_n, see_other
from web.filters import Formats
from web.forms import Form, FormModel, first, form_of, id_in, parse, uuid_of
from web.routing import get_page, post_form

_OK: Final = 200


class MergeForm(FormModel):
    """What the page sends. The leading matter is one of those ticked: else one merges by mistake what nobody looked at."""

    matters: Annotated[list[UUID], Field(max_length=MOST)] = Field(default_factory=list)
    leading: UUID
    reason: Annotated[str, Field(min_length=1, max_length=200)]


@get_page("/incoming/merge", permission=MERGE)
async def merge_form(request: Request, scope: Scope) -> Answer:
    """Ask which of the ticked matters leads, and why they are one."""
    return await _show(request, scope, None)


@post_form("/incoming/merge", permission=MERGE)
async def merge_now(request: Request, scope: Scope) -> Answer:
    form = await form_of(request)
    try:
        data = _parsed(form)
        async with transaction(scope):
            moved = await merge_incoming(
                scope, leading=data.leading, sources=data.matters, reason=data.reason, now=request_now(request)
            )
    except (Invalid, Conflict) as error:
        return await _show(request, scope, form, errors=error)
    told = say_n(request, mark("已归并 %(n)s 件来文，派发时一起派发。归并错了可以撤销。"), len(moved))
    return see_other(request, f"/incoming/{data.leading}", flash=told, tone="good")


def _parsed(form: Form) -> MergeForm:
    data = parse(MergeForm, form)
    if data.leading not in data.matters:
        raise Invalid(fields={"leading": mark("主件没有勾选。请勾选它，或者在勾选的来文里另选一件作主件。")})
    return data


async def _show(request: Request, scope: Scope, form: Form | None, *, errors: ProductError | None = None) -> Answer:
    chosen = _ids(form.get("matters", ()) if form is not None else request.query_params.getall("matters", []))
    leading = uuid_of(first(form, "leading") if form is not None else str(request.query_params.get("leading", "")))
    wanted = list(dict.fromkeys([*([leading] if leading and form is None else []), *chosen]))
    async with transaction(scope):
        rows = await mergeable(scope, wanted)
    found = {row["id"] for row in rows}
    here = [each for each in wanted if each in found]
    shown = [_row(request, row) for row in rows]
    picked, rest = ([row for row in shown if (row["id"] in here) is ticked] for ticked in (True, False))
    return page(
        request,
        "incoming/merge.html",
        title=mark("归并来文"),
        back=f"/incoming/{leading}" if leading in found and len(wanted) == 1 else "/incoming",
        status=errors.status if errors else _OK,
        errors=errors,
        rows=shown,
        picked=picked,
        rest=rest,
        may_lead=_may_lead(picked if len(picked) > 1 else shown),
        chosen=here,
        gone=len(wanted) - len(here),
        leading=leading if leading in found else _first(rows),
        reason=first(form, "reason") if form is not None else "",
        address="/incoming/merge?" + urlencode([("matters", str(each)) for each in here]),
    )


def _first(rows: list[Any]) -> UUID | None:
    """Propose the one that leads others already, else the oldest that may be dispatched."""
    order = sorted((row for row in rows if row["chosen"]), key=lambda row: (row["created_at"], row["id"]))
    chosen = sorted(order, key=lambda row: (not row["merged"], row["state"] != "passed"))
    return chosen[0]["id"] if chosen else None


def _may_lead(rows: list[dict[str, Any]]) -> list[tuple[UUID, str]]:
    """Give the choices for the leading one. What tells two of one name apart is added to those alone: a phone shows the begin of a choice."""
    named = Counter((row["title"], row["sender"]) for row in rows)
    return [(row["id"], " · ".join([row["title"], row["sender"], *([row["number"] or row["at"]] if named[row["title"], row["sender"]] > 1 else [])])) for row in rows]


def _ids(texts: Any) -> list[UUID]:
    return [known for text in list(texts)[:MOST] if (known := uuid_of(str(text)))]


def _row(request: Request, row: Any) -> dict[str, Any]:
    state = INCOMING.by_state[row["state"]]
    names = ("id", "title", "number", "created_at", "due_at", "emergency", "body", "above", "merged")
    return {
        **{name: row[name] for name in names},
        "sender": row["sender_name"],
        "at": Formats(language_of(request)).moment(row["created_at"], request_now(request)),
        "item": f"{row['item_code']} {row['item_title']}".strip(),
        "state": say(request, state.title),
        "state_tone": state.tone,
    }


@post_form("/incoming/{incoming_id:uuid}/unmerge", permission=MERGE)
async def unmerge(request: Request, scope: Scope, incoming_id: UUID) -> Answer:
    """Part one matter from this leading one, or all of them; the page one came from is shown again."""
    form = await form_of(request)
    source = id_in(form, "source")
    async with transaction(scope):
        parted = await unmerge_incoming(
            scope, leading=incoming_id, sources=[source] if source else None, now=request_now(request)
        )
    back = source if source and first(form, "back") == "source" else incoming_id
    return see_other(request, f"/incoming/{back}", flash=say_n(request, mark("已撤销归并，%(n)s 件来文各自单独办理。"), len(parted)))


@post_form("/assignments/{assignment_id:uuid}/gather", permission="core:incoming:create")
async def gather(request: Request, scope: Scope, assignment_id: UUID) -> Answer:
    """Put a share from above among the incoming matters, so that it can be merged with others before it goes to the villages."""
    async with transaction(scope):
        matter = await take_among(scope, assignment=assignment_id, now=request_now(request))
    return see_other(request, f"/incoming/{matter}", flash=mark("已列入来件，可以和别的来文归并后一起派发。"))
