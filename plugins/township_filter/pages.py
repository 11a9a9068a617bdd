"""The filter's ledger (过筛台账) and the review of its emergencies."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from core.api import LEVEL_TITLES, Invalid, Reason, Scope, Verdict, mark, transaction
from plugins.township_filter.actions import NOTE_MOST, review_emergency
from plugins.township_filter.enums import Review
from plugins.township_filter.paging import page_in, pager_of
from plugins.township_filter.queries import (
    DECIDE,
    READ,
    LedgerFilter,
    Line,
    ledger,
    ledger_line,
    line_of_incoming,
)
from web.api import (
    Answer,
    Form,
    MenuEntry,
    Request,
    Routes,
    Slot,
    Templates,
    choices,
    first,
    form_of,
    get_page,
    page,
    post_form,
    request_now,
    say,
    say_reason,
    see_other,
)

LEDGER: Final = "/township_filter"
REVIEWS: Final[Mapping[str, str]] = {
    Review.DUE: mark("待审查"),
    Review.COMPLIANT: mark("合规"),
    Review.OBJECTED: mark("不合规"),
}
VERDICTS: Final[Mapping[str, str]] = {verdict.value: verdict.words for verdict in Verdict}
_VERDICT_TONES: Final = {"passed": "good", "held": "notice", "refused": "danger"}
_REVIEW_TONES: Final = {Review.DUE: "soon", Review.COMPLIANT: "good", Review.OBJECTED: "danger"}


@get_page(LEDGER, permission=READ)
async def ledger_page(
    request: Request, scope: Scope, verdict: str = "", review: str = "", q: str = "", page_number: int = 1
) -> Answer:
    """Show what the filter said, the newest first; filters stay in the address."""
    wanted = LedgerFilter(verdict, review, q.strip(), page=page_in(page_number))
    now = request_now(request)
    async with transaction(scope):
        lines, counts = await ledger(scope, wanted, now=now)
    return page(
        request,
        "township_filter/list.html",
        title=mark("过筛台账"),
        rows=[_row(request, line, late=line.is_late(now)) for line in lines],
        wanted=wanted,
        counts=counts,
        verdicts=choices(request, VERDICTS),
        reviews=choices(request, REVIEWS),
        pager=pager_of(wanted, LEDGER, shown=len(lines), total=counts.found),
    )


@get_page(LEDGER + "/{line:uuid}", permission=READ)
async def line_page(request: Request, scope: Scope, line: UUID) -> Answer:
    """Show one verdict with its reasons, and the review where one is due."""
    return await _show(request, scope, line)


@post_form(LEDGER + "/{line:uuid}/review", permission=DECIDE)
async def review(request: Request, scope: Scope, line: UUID) -> Answer:
    """Record the review of an emergency."""
    form = await form_of(request)
    try:
        async with transaction(scope):
            await review_emergency(
                scope, line=line, outcome=_outcome(form), note=first(form, "note"), now=request_now(request)
            )
    except Invalid as error:
        return await _show(request, scope, line, error=error, form=form)
    return see_other(request, f"{LEDGER}/{line}", flash=mark("审查结论已记入台账。"))


def _outcome(form: Form) -> Review:
    sent = first(form, "outcome")
    return Review(sent) if sent in {each.value for each in Review} else Review.NONE


async def _show(
    request: Request, scope: Scope, line: UUID, *, error: Invalid | None = None, form: Form | None = None
) -> Answer:
    async with transaction(scope):
        found = await ledger_line(scope, line)
    now = request_now(request)
    own = found.membership is not None and found.membership == scope.membership
    return page(
        request,
        "township_filter/one.html",
        title=mark("过筛结论"),
        back=LEDGER,
        status=422 if error else 200,
        errors=error,
        form=form,
        line=found,
        row=_row(request, found, late=found.is_late(now)),
        reasons=_reasons(request, found),
        level=say(request, LEVEL_TITLES[found.level]),
        may_review=found.review == Review.DUE and not own and scope.may(DECIDE),
        own=own,
        note_most=NOTE_MOST,
    )


async def slot_values(scope: Scope, known: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the review of an incoming task for the slot on its page."""
    line = await line_of_incoming(scope, known["incoming"])
    review = line.review if line else ""
    return {
        "line": line,
        "review": REVIEWS.get(review, ""),
        "tone": _REVIEW_TONES.get(Review(review), "plain"),
    }


def _row(request: Request, line: Line, *, late: bool) -> dict[str, Any]:
    review = Review(line.review)
    return {
        "id": line.id,
        "title": line.title,
        "sender": line.sender_name,
        "at": line.at,
        "verdict": say(request, VERDICTS[line.verdict]),
        "verdict_tone": _VERDICT_TONES[line.verdict],
        "item": f"{line.item_code} {line.item_title}".strip(),
        "emergency": line.emergency,
        "review": say(request, REVIEWS[review]) if review is not Review.NONE else "",
        "review_tone": "danger" if late else _REVIEW_TONES.get(review, "plain"),
        "due_at": line.review_due_at if review is Review.DUE else None,
        "late": late,
        "reviewed_late": line.reviewed_late,
    }


def _reasons(request: Request, line: Line) -> list[str]:
    return [say_reason(request, Reason.of(reason)) for reason in line.reasons]


ROUTES: Final = Routes((ledger_page, line_page, review))
MENU: Final = MenuEntry("tasks", mark("过筛台账"), LEDGER, READ, icon="filter", order=60)
TEMPLATES: Final = Templates(Path(__file__).parent / "templates" / "township_filter")
SLOT: Final = Slot("incoming", "township_filter/_slot.html", slot_values, permission=READ)
