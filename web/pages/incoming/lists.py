"""What was handed in, and one matter with its verdict."""

from typing import Any
from uuid import UUID

from core.contracts.screening import Finding, Screening, Verdict
from core.entry_lists.queries import search_items
from core.files.queries import files_of
from core.kernel.database import transaction
from core.kernel.errors import Invalid, mark
from core.kernel.scope import Scope
from core.tasks.queries.incoming import incoming_of, one_incoming
from core.tasks.workflows import INCOMING, SENDER
from web.answers import Answer, Request, page, request_now, say
from web.forms import Form
from web.lists import filters_of, paging
from web.routing import get_page
from web.slots import slot_parts

_NEAREST = 5


@get_page("/incoming", permission="core:incoming:read")
async def incoming_pages(request: Request, scope: Scope) -> Answer:
    filters = filters_of(request)
    async with transaction(scope):
        rows, total = await incoming_of(scope, filters)
    shown = [
        {
            "id": row.id,
            "title": row.title,
            "href": f"/incoming/{row.id}",
            "number": row.number,
            "sender": row.sender_name,
            "item": f"{row.item_code} {row.item_title}".strip(),
            "state": say(request, INCOMING.by_state[row.state].title),
            "state_tone": INCOMING.by_state[row.state].tone,
            "emergency": row.emergency,
            "due_at": row.due_at,
            "created_at": row.created_at,
            "passed": row.state == "passed",
        }
        for row in rows
    ]
    return page(
        request,
        "incoming/list.html",
        title=mark("来件"),
        rows=shown,
        total=total,
        filters=filters,
        paging=paging(request, filters, total),
        states=[(s.name, say(request, s.title)) for s in INCOMING.states if s.name != "new"],
    )


@get_page("/incoming/{incoming_id:uuid}", permission="core:incoming:read")
async def incoming_page(request: Request, scope: Scope, incoming_id: UUID) -> Answer:
    return await show(request, scope, incoming_id)


async def show(
    request: Request,
    scope: Scope,
    incoming: UUID,
    *,
    errors: Invalid | None = None,
    form: Form | None = None,
    sent: str = "",
) -> Answer:
    """Draw one matter with its findings in words and, for whoever decides, the nearest items."""
    now = request_now(request)
    async with transaction(scope):
        row = await one_incoming(scope, incoming)
        parts = await slot_parts(request, scope, "incoming", incoming=incoming)
        attachments = await files_of(scope, subject=incoming)
        nearest = []
        if row["state"] == "held" and scope.may("core:incoming:decide"):
            nearest = await search_items(
                scope, level=row["level"], at=now, text=f"{row['title']} {row['body']}", best=_NEAREST
            )
    findings = [Finding.of(each) for each in row["findings"]]
    candidates = Screening(findings[0].verdict, tuple(findings)).candidates if findings else ()
    own = row["region"] == scope.region
    buttons = INCOMING.open_transitions(row["state"], scope.permissions, side=SENDER) if own else []
    return page(
        request,
        "incoming/one.html",
        title=mark("来件"),
        back="/incoming",
        status=422 if errors else 200,
        errors=errors,
        form=form,
        sent_form=sent,
        row=row,
        parts=parts,
        attachments=attachments,
        state=say(request, INCOMING.by_state[row["state"]].title),
        state_tone=INCOMING.by_state[row["state"]].tone,
        verdict=say(request, Verdict(row["verdict"]).words) if findings else "",
        findings=[_finding(request, f) for f in sorted(findings, key=_weight)],
        candidates=candidates[:_NEAREST],
        choices=[(str(near.item.id), f"{near.item.code} {near.item.title}") for near in nearest],
        acts={button.name for button in buttons},
    )


def _weight(finding: Finding) -> int:
    """Sort findings as they decide: refused beats held beats passed."""
    return -list(Verdict).index(finding.verdict)


def _finding(request: Request, finding: Finding) -> dict[str, Any]:
    return {
        "verdict": str(finding.verdict),
        "title": say(request, finding.title),
        "words": say(request, finding.verdict.words),
        "reasons": [say(request, reason.text, **reason.data) for reason in finding.reasons],
    }
