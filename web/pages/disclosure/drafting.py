"""The draft: exactly what villagers will see, before a person releases it."""

from typing import Any, Final
from uuid import UUID

from core.disclosure.actions import Wanted, release_publication
from core.disclosure.cleaning import REFUSALS
from core.disclosure.drafting import Draft, whole_draft
from core.disclosure.entries import acts_for
from core.disclosure.queries import standing_one
from core.disclosure.readying import ready_files
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Invalid, NotFound, ProductError, mark
from core.kernel.numbers import KINDS
from core.kernel.scope import Scope
from web.answers import Answer, Request, page, request_now, see_other
from web.forms import Form, first, form_of
from web.pages.disclosure.by_hand import told_of_hand
from web.pages.disclosure.calendar import READ, RELEASE, words_for
from web.routing import get_page, post_form

_SHOWN: Final = 200


@get_page("/disclosure/draft", permission=READ)
async def draft_page(
    request: Request, scope: Scope, section: str = "", region: str = "", period: str = "", subject: str = "", note: str = ""
) -> Answer:  # fmt: skip
    """Show what would be published now, masked as it will be."""
    wanted = Wanted(section, region or scope.region, period, uuid_or_none(subject), note.strip())
    return await shown_draft(request, scope, wanted)


@post_form("/disclosure/release", permission=RELEASE)
async def release(request: Request, scope: Scope) -> Answer:
    """Release exactly what was shown."""
    form = await form_of(request)
    wanted = wanted_of(form, scope)
    try:
        ready = await ready_files(scope, permission=RELEASE, wanted=wanted, now=request_now(request))
        async with transaction(scope):
            made = await release_publication(scope, wanted=wanted, ready=ready, now=request_now(request))
    except (Invalid, Conflict) as error:
        return await shown_draft(request, scope, wanted, error=error)
    return see_other(request, f"/publications/{made.id}", flash=mark("已公开，村民现在就能看到。"))


def wanted_of(form: Form, scope: Scope) -> Wanted:
    """Read what is to be published from a form. Raises ``NotFound`` for what is no id."""
    return Wanted(
        first(form, "section"), first(form, "region") or scope.region, first(form, "period"),
        uuid_or_none(first(form, "subject")), first(form, "note").strip(), first(form, "digest"),
    )  # fmt: skip


def uuid_or_none(text: str) -> UUID | None:
    """Read an id from an address. Raises ``NotFound`` for what is none."""
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFound from None


async def shown_draft(request: Request, scope: Scope, wanted: Wanted, *, error: ProductError | None = None) -> Answer:
    """Draw the draft with the form that releases it."""
    draft = await whole_draft(
        scope, section=wanted.section, region=wanted.region, period=wanted.period, subject=wanted.subject,
        note="" if isinstance(error, Invalid) and "note" in error.fields else wanted.note, now=request_now(request),
    )  # fmt: skip
    async with transaction(scope):
        stands = await standing_one(
            scope, place=draft.place.code, section=draft.section.name, period=draft.period, subject=draft.subject
        )
    return page(
        request, "disclosure/draft.html", title=mark("公开草稿"), back="/disclosure", status=error.status if error else 200, errors=error,
        stands=stands, acts=acts_for(scope, draft.place.code), by_hand=told_of_hand(draft.section.name, draft.period, draft.subject) if draft.place.code == scope.region else "",
        **draft_facts(request, draft, wanted),
    )  # fmt: skip


def draft_facts(request: Request, draft: Draft, wanted: Wanted) -> dict[str, Any]:
    """Give what pages show of a draft: the table as the public page draws it, and what holds it back."""
    words, rows = words_for(request), draft.content["rows"]
    table = words.table(draft.content, rows[:_SHOWN])
    return {
        "draft": draft, "wanted": wanted, "section": words.say(draft.section.title), "hint": words.say(draft.section.hint),
        "clock": words.say(draft.section.clock.words), "figures": words.figures(draft.content["figures"]),
        "columns": [
            {"key": f"c{n}", "label": head["label"], **({"phone": "title"} if head["key"] else {}), **({"kind": "number"} if head["figure"] else {})}
            for n, head in enumerate(table["heads"])
        ],
        "rows": [{f"c{n}": text for n, text in enumerate(row)} for row in table["rows"]], "cut": max(0, len(rows) - _SHOWN),
        "refused": [(name, words.say(REFUSALS[why])) for name, why in draft.refused],
        "files": [{"id": file.id, "name": file.name, "size": file.size, "removed": words.removed(file.removed)} for file in draft.files],
        "leaks": [
            {"where": words.say(leak.where), "row": leak.row, "kind": words.say(KINDS[leak.kind])} for leak in draft.leaks[:20]
        ],
    }  # fmt: skip
