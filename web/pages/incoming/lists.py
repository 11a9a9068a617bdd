"""What was handed in, and one matter with its verdict."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from core.contracts.guards import why_held_back
from core.contracts.screening import Candidate, Finding, Screening, Verdict
from core.entry_lists.enums import BEARINGS, KIND_TITLES, Bearing, ItemKind
from core.entry_lists.queries import Item, choosable_items, find_item
from core.files.queries import files_of
from core.kernel.database import transaction
from core.kernel.errors import Invalid, mark
from core.kernel.scope import Scope
from core.tasks.actions.incoming import can_be_reworded
from core.tasks.queries.incoming import incoming_of, one_incoming, wordings_of
from core.tasks.queries.merging import merged_under, progress_of
from core.tasks.workflows import INCOMING, SENDER
from web.answers import Answer, Request, page, request_now, say, say_reason
from web.forms import Form, first
from web.lists import as_list, filters_of, list_behind, paging
from web.pages.incoming.words import merged_words, progress_words
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
            "selectable": row.mergeable,
            "merged": row.merged,
        }
        for row in rows
    ]
    answer = page(
        request,
        "incoming/list.html",
        title=mark("来件"),
        rows=shown,
        total=total,
        filters=filters,
        paging=paging(request, filters, total),
        states=[(s.name, say(request, s.title)) for s in INCOMING.states if s.name != "new"],
    )
    return as_list(request, answer)


@get_page("/incoming/{incoming_id:uuid}", permission="core:incoming:read")
async def incoming_page(request: Request, scope: Scope, incoming_id: UUID) -> Answer:
    return await show(request, scope, incoming_id)


async def show(
    request: Request,
    scope: Scope,
    incoming: UUID,
    *, errors: Invalid | None = None, form: Form | None = None, sent: str = "",
) -> Answer:  # fmt: skip
    """Draw one matter with its findings in words and, for whoever decides, the nearest items."""
    now = request_now(request)
    async with transaction(scope):
        row = await one_incoming(scope, incoming)
        own = row["region"] == scope.region
        buttons = INCOMING.open_transitions(row["state"], scope.permissions, side=SENDER) if own else []
        held_back = await _held_back(scope, row, now=now)
        parts = await slot_parts(request, scope, "incoming", incoming=incoming, now=now)
        refused = row["state"] == "refused"
        onward = await slot_parts(request, scope, "refused", incoming=incoming, now=now) if refused else []
        merged = await merged_under(scope, row)
        progress = await progress_of(scope, row)
        before, after = await wordings_of(scope, row)
        attachments = await files_of(scope, subject=incoming)
        findings = [Finding.of(each) for each in row["findings"]]
        candidates = Screening(findings[0].verdict, tuple(findings)).candidates if findings else ()
        choices = []
        search = (first(form, "search") if form else request.query_params.get("search", "")).strip()[:100]
        if row["state"] == "held" and scope.may("core:incoming:decide"):
            about = {"text": row["title"], "body": row["body"], "search": search}
            choices = await choosable_items(scope, level=row["level"], at=now, best=_NEAREST, **about)
            if candidates and not search:
                first_one = await find_item(scope, level=row["level"], at=now, item_id=candidates[0].id)
                choices = _led_by(first_one, choices)
    return page(
        request,
        "incoming/one.html",
        title=mark("来件"),
        back=list_behind(request, "/", "/incoming", "/notices", "/search", otherwise="/incoming", row=incoming),
        status=422 if errors else 200,
        errors=errors,
        form=form,
        sent_form=sent,
        row=row,
        parts=parts,
        onward=onward,
        attachments=attachments,
        state=say(request, INCOMING.by_state[row["state"]].title),
        state_tone=INCOMING.by_state[row["state"]].tone,
        verdict=_verdict(request, row, findings),
        candidates=[_candidate(request, each) for each in candidates if not _forbidden(each)][:_NEAREST],
        banned=[_candidate(request, each) for each in candidates if _forbidden(each)][:_NEAREST],
        choices=[(str(item.id), f"{item.code} {item.title}") for item in choices],
        search=search,
        acts={button.name for button in buttons if button.name != "dispatch" or not held_back},
        held_back=say(request, held_back) if held_back else "",
        own=own,
        before=before,
        after=after,
        reword=f"/incoming/new?again={incoming}" if after is None and can_be_reworded(scope, row) and scope.may("core:incoming:create") else "",
        merged=merged_words(request, merged),
        progress=progress_words(request, progress),
    )


async def _held_back(scope: Scope, row: Any, *, now: datetime) -> str | None:
    """Say why a passed matter cannot be dispatched all the same; its sender reads it as well as whoever dispatches."""
    if row["state"] != "passed":
        return None
    return await why_held_back(scope, INCOMING.name, "dispatch", subject=row["id"], now=now)


def _led_by(item: Item | None, choices: Sequence[Item]) -> list[Item]:
    """Put the item that the rules name first before the others to choose from, if it may be sent: it may be the one that was handed in."""
    if item is None or item.bearing is not Bearing.ALLOWED:
        return list(choices)
    return [item, *(each for each in choices if each.id != item.id)]


def _verdict(request: Request, row: Any, findings: list[Finding]) -> dict[str, Any] | None:
    """Give the one verdict of all rules, and the reasons of those that decided it, each once.

    What a person decided afterwards is said first, by the page; then this is what the rules said before.
    """
    if not findings:
        return None
    result = Verdict(row["verdict"])
    reasons: dict[str, list[str]] = {}
    for finding in findings:
        for reason in finding.reasons if finding.verdict is result else ():
            reasons.setdefault(say_reason(request, reason), []).append(say(request, finding.title))
    told = [(text, list(dict.fromkeys(rules))) for text, rules in reasons.items()]
    # A rule is named once, behind the last of its sentences that follow each other.
    named = [(text, [] if n + 1 < len(told) and told[n + 1][1] == rules else rules) for n, (text, rules) in enumerate(told)]
    return {
        "result": str(result),
        "words": say(request, result.words),
        "reasons": named,
        "decided": bool(row["decided_by_name"]),
        "waits": row["state"] == "held",
    }


def _forbidden(candidate: Candidate) -> bool:
    return BEARINGS.get(candidate.kind) is Bearing.FORBIDDEN


def _candidate(request: Request, candidate: Candidate) -> dict[str, Any]:
    """Draw an item that comes near; one that must not be sent says so."""
    return {
        "code": candidate.code,
        "title": candidate.title,
        "list_title": candidate.list_title,
        "nearness": candidate.nearness,
        "parts": candidate.parts,
        "forbidden": say(request, KIND_TITLES[ItemKind(candidate.kind)]) if _forbidden(candidate) else "",
    }
