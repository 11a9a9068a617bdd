"""One data set: what for and until when, what was refused, and its rows, shown masked to whoever gives a reason."""

from functools import partial
from typing import Any, Final
from uuid import UUID

from core.datasets import actions as a
from core.datasets.enums import KIND_TITLES, STATE_TITLES, STATE_TONES, SetState
from core.datasets.importing import refused_lines
from core.datasets.queries import PAGE_SIZE, READ, Narrowed, dataset_of, row_of
from core.datasets.rules import PARTS, sentences
from core.kernel.database import transaction
from core.kernel.errors import Invalid, ProductError, mark
from core.kernel.masking import masked_id_number, masked_name
from core.kernel.scope import Scope
from core.kernel.sheets import LIMITS
from core.tenancy.queries.regions import names_of
from web.answers import Answer, Request, page, request_now, say
from web.deeds import deed, drawn, unsent_of
from web.forms import Form, first, form_of, number_or
from web.routing import get_page, post_form
from web.wording import person_of

SHOWN: Final = 20


@get_page("/datasets/{dataset_id:uuid}", permission=READ)
async def dataset_page(request: Request, scope: Scope, dataset_id: UUID) -> Answer:
    """Show a data set without its rows."""
    async with transaction(scope):
        return await _draw(request, scope, dataset_id, n=number_or(request.query_params.get("n", ""), 0, most=LIMITS.rows))


async def _show(request: Request, scope: Scope, dataset: UUID, *, errors: ProductError, form: Form, sent: str, n: int = 0) -> Answer:
    """Draw it again after what could not be done."""
    async with transaction(scope):
        return await _draw(request, scope, dataset, error=errors, form=form, sent=sent, n=n)


async def _draw(
    request: Request, scope: Scope, dataset: UUID, *, error: ProductError | None = None, form: Form | None = None, sent: str = "", n: int = 0
) -> Answer:  # fmt: skip
    """Draw the page inside the open transaction; ``sent`` names the form that was refused."""
    row = await dataset_of(scope, dataset)
    bad = await refused_lines(scope, dataset, limit=SHOWN) if scope.may(a.IMPORT) else []
    return page(
        request, "datasets/one.html", title=KIND_TITLES[row["kind"]], back="/datasets", **drawn(error), form=form, sent_form=sent,
        unsent=unsent_of(error, form, "reason"), may_again=scope.may(a.IMPORT) and row["state"] == SetState.CHECKED and not row["good"], row=row, path=f"/datasets/{dataset}", state=say(request, STATE_TITLES[row["state"]]),
        tone=STATE_TONES[row["state"]], may_start=a.may_start(row) and scope.may(a.IMPORT), n=n or "",
        may_delete=scope.may(a.IMPORT) and row["state"] not in {SetState.ENDED, SetState.RUNNING},
        end_reason=say(request, row["end_reason"]) if row["end_reason"] else "",
        readable=row["state"] in {SetState.CHECKED, SetState.READY} and (row["good"] or row["stored"]),
        by=person_of(request, row["by_name"], row["by_office"]), bad=[_refused(request, *line) for line in bad],
    )  # fmt: skip


def _refused(request: Request, n: int, cells: dict[str, str], reason: str) -> dict[str, Any]:
    said = sentences(reason, lambda text, **data: say(request, text, **data))
    return {"n": n, "name": masked_name(cells.get("name", "")), "number": masked_id_number(cells.get("id_number", "")), "reason": said}


@post_form("/datasets/{dataset_id:uuid}/rows", permission=READ)
async def look_at_rows(request: Request, scope: Scope, dataset_id: UUID) -> Answer:
    """Show a page of rows, masked. Who looked and why is written down first, so it is no plain link."""
    form = await form_of(request)
    narrowed = Narrowed(n=number_or(first(form, "n"), 0, most=LIMITS.rows), page=number_or(first(form, "p"), 1))
    try:
        async with transaction(scope):
            return await _rows(request, scope, dataset_id, narrowed, first(form, "reason"))
    except Invalid as error:
        return await _show(request, scope, dataset_id, errors=error, form=form, sent="rows", n=narrowed.n)


async def _rows(request: Request, scope: Scope, dataset: UUID, narrowed: Narrowed, reason: str) -> Answer:
    row = await dataset_of(scope, dataset)
    shown = await a.look_at_rows(scope, dataset=dataset, narrowed=narrowed, reason=reason, now=request_now(request))
    places = await names_of(scope, {each["village"] for each in shown.rows if each["village"]})
    begin = (shown.page - 1) * PAGE_SIZE
    return page(
        request, "datasets/rows.html", title=KIND_TITLES[row["kind"]], back=f"/datasets/{dataset}", row=row, reason=reason.strip(),
        narrowed=narrowed, total=shown.total, begin=begin + 1 if shown.total else 0, end=min(begin + PAGE_SIZE, shown.total), here=shown.page,
        more=begin + PAGE_SIZE < shown.total, path=f"/datasets/{dataset}", columns=_columns(request, row["kind"], unmask=scope.may(a.UNMASK)),
        rows=[{**dict(each), "place": places.get(each["village"], each["village"])} for each in shown.rows],
    )  # fmt: skip


def _columns(request: Request, kind: str, *, unmask: bool) -> list[dict[str, str]]:
    """Give the columns of a kind's table, under the titles that its sheet has."""
    titles = {part.key: part.title for part in PARTS[kind]}
    found = [
        {"key": "n", "label": say(request, mark("行号")), "kind": "number"},
        {"key": "name_masked", "label": say(request, mark("姓名")), "phone": "title"},
        {"key": "id_masked", "label": say(request, mark("身份证号"))},
    ]
    if "village" in titles:
        found.append({"key": "place", "label": say(request, mark("村（社区）"))})
    fields = ("subject", "detail", "code", "amount", "starts_on", "ends_on")
    found += [{"key": key, "label": titles[key], "kind": "number" if key == "amount" else "text"} for key in fields if key in titles]
    if unmask:
        found.append({"key": "unmask", "label": say(request, mark("完整姓名"))})
    return found


@post_form("/datasets/rows/{row_id:uuid}/unmask", permission=a.UNMASK)
async def unmask(request: Request, scope: Scope, row_id: UUID) -> Answer:
    """Show the full name of one row once; who asked and why is written down first."""
    form = await form_of(request)
    async with transaction(scope):
        found = await row_of(scope, row_id)
        try:
            row, name = await a.unmask_row(scope, row=row_id, reason=first(form, "reason"), now=request_now(request))
        except Invalid as error:
            return await _draw(request, scope, found["dataset_id"], error=error, form=form, sent="rows", n=found["n"])
    return page(
        request, "datasets/unmasked.html", title=mark("完整姓名"), back=f"/datasets/{row['dataset_id']}?n={row['n']}", row=row, name=name,
        kind=say(request, KIND_TITLES[row["kind"]]),
    )  # fmt: skip


@post_form("/datasets/{dataset_id:uuid}/delete", permission=a.IMPORT)
async def delete(request: Request, scope: Scope, dataset_id: UUID) -> Answer:
    """Delete the rows before their term."""
    async def run(form: Form) -> None:
        await a.delete_dataset(scope, dataset=dataset_id, reason=first(form, "reason"), now=request_now(request))

    again, onward = partial(_show, request, scope, dataset_id), f"/datasets/{dataset_id}"
    return await deed(request, scope, run, again=again, name="delete", onward=onward, told=mark("数据已删除，访问记录保留。"))
