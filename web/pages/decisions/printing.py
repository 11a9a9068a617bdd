"""The minutes form on A4: filled in where the meeting was recorded, with empty lines where it is still to be held."""

from uuid import UUID

from core.decisions.queries import one_decision
from core.decisions.rules import last_day
from core.kernel.database import transaction
from core.kernel.errors import NotFound, mark
from core.kernel.scope import Scope
from web.answers import Answer, Request, page, say
from web.pages.decisions.words import fewer_words, rule_words, short_words, subject_title
from web.routing import get_page


@get_page("/decisions/{decision_id:uuid}/records/{record_id:uuid}/print", permission="core:decision:read")
async def minutes_page(request: Request, scope: Scope, decision_id: UUID, record_id: UUID) -> Answer:
    """Show one attempt as a sheet to print and sign."""
    async with transaction(scope):
        seen = await one_decision(scope, decision_id)
    record = next((each for each in seen.records if each["id"] == record_id), None)
    if record is None:
        raise NotFound
    step = seen.procedure.at(record["step"])
    meeting = step.meeting(record["body"]) or (step.meetings[0] if len(step.meetings) == 1 else None)
    return page(
        request, "decisions/print.html", title=mark("会议记录") if step.votes else mark("办理记录"), row=seen.row, record=record,
        step=step, step_title=say(request, step.title), body=say(request, meeting.title) if meeting else "",
        rules=rule_words(request, meeting) if meeting else [], short=short_words(request, record),
        fewer=fewer_words(request, record),
        procedure=say(request, seen.procedure.title), subject_kind=subject_title(request, row_kind(seen.row)),
        until=last_day(record["shown_until"]) if record["shown_until"] else None, papers=len(seen.files.get(record_id, ())), filled=record["held_on"] is not None or record["posted_on"] is not None,
    )  # fmt: skip


def row_kind(row: object) -> str:
    return str(row["subject_kind"])  # type: ignore[index]
