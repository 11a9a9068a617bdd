"""Beginning a decision: which procedure, about what, in whose words."""

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from core.contracts.decisions import SubjectFound
from core.decisions.actions.beginning import (
    Matter,
    begin_decision,
    mandates_here,
    subject_found,
    subject_kinds,
)
from core.decisions.queries import procedures_in_force
from core.drafts.actions import drop_draft, once
from core.drafts.queries import draft_for
from core.kernel.database import transaction
from core.kernel.errors import Invalid, mark
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from web.answers import Answer, Request, page, request_now, say, see_other
from web.forms import Form, FormModel, first, form_of, parse, uuid_of
from web.pages.decisions.words import formats
from web.routing import get_page, post_form
from web.wording import in_brackets

DRAFT = "decision_new"


class MatterForm(FormModel):
    title: Annotated[str, Field(min_length=1, max_length=60)]
    text: Annotated[str, Field(min_length=1, max_length=10_000)]
    procedure: Annotated[str, Field(min_length=1, max_length=60)]
    kind: Annotated[str, Field(min_length=1, max_length=60)]
    decided_subject: UUID | None = None
    money: Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)] | None = None
    mandate: UUID | None = None


@get_page("/decisions/new", permission="core:decision:begin")
async def begin_page(request: Request, scope: Scope) -> Answer:
    """Show the form; a link from a plugin's page names the thing (``kind`` and ``decided_subject``)."""
    query = request.query_params
    kind, subject = str(query.get("kind", "")), uuid_of(str(query.get("decided_subject", "")))
    async with transaction(scope):
        draft = await draft_for(scope, form=DRAFT, subject=str(subject or ""))
        form: Form = draft.values if draft else {}
        found = await subject_found(scope, kind, subject) if subject else None
        if not form:
            form = _prefilled(kind, subject, found)
        return await _show(request, scope, form, found, draft_at=draft.saved_at if draft else None)


@post_form("/decisions/new", permission="core:decision:begin")
async def begin(request: Request, scope: Scope) -> Answer:
    """Begin and lead to the decision. Pressed twice it begins once."""
    form, now = await form_of(request), request_now(request)
    try:
        data = parse(MatterForm, form)
        made = Matter(
            data.title, data.text, data.procedure, data.kind, data.decided_subject, data.money, data.mandate
        )

        async def run() -> dict[str, str]:
            return {"decision": str(await begin_decision(scope, made, now=now))}

        async with transaction(scope):
            done = await once(scope, key=first(form, "_key"), form=DRAFT, request=form, run=run, now=now)
            await drop_draft(scope, form=DRAFT, subject=first(form, "decided_subject"))
    except Invalid as error:
        async with transaction(scope):
            subject = uuid_of(first(form, "decided_subject"))
            found = await subject_found(scope, first(form, "kind"), subject) if subject else None
            return await _show(request, scope, form, found, errors=error)
    return see_other(request, f"/decisions/{done.result['decision']}", flash=mark("已发起，请按流程办理第一步。"))


def _prefilled(kind: str, subject: UUID | None, found: SubjectFound | None) -> Form:
    made = {"kind": [kind]} if kind else {}
    if found is not None:
        made |= {"title": [found.title], "decided_subject": [str(subject)]}
        if found.money is not None:
            made["money"] = [str(found.money)]
    return made


async def _show(
    request: Request,
    scope: Scope,
    form: Form,
    found: SubjectFound | None,
    *,
    errors: Invalid | None = None,
    draft_at: Any = None,
) -> Answer:
    now = request_now(request)
    known = await procedures_in_force(scope, at=now)
    allowed = [each.procedure for each in known.values() if each.procedure.allowed]
    mandates = await mandates_here(scope, now=now) if any(each.mandate for each in allowed) else []
    offered = [each for each in allowed if mandates or not each.mandate]
    kinds = [each for each in subject_kinds(scope) if each.find is None or each.name == first(form, "kind")]
    subject = first(form, "decided_subject")
    return page(
        request, "decisions/new.html", title=mark("发起民主决策"), back="/decisions", status=422 if errors else 200,
        errors=errors, form=form, draft_at=draft_at, key=first(form, "_key") or str(new_id()), found=found, subject=subject,
        values={name: first(form, name) for name in MatterForm.model_fields},
        procedures=[(each.code, say(request, each.title), say(request, each.summary)) for each in offered],
        kinds=[(each.name, say(request, each.title), say(request, each.hint)) for each in kinds],
        mandates=[("", say(request, mark("请选择")))] + [
            (str(row["id"]), f"{row['title']}{in_brackets(request, formats(request).day(row['published_at'], now))}") for row in mandates
        ],
        draft=f"/drafts/{DRAFT}?subject={subject}",
    )  # fmt: skip
