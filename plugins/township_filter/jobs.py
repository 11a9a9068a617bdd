"""What follows from screening: one line in the filter's ledger for each incoming task."""

from typing import Any, Final
from uuid import UUID

from core.api import Event, Finding, Handler, Scope, Verdict, one_incoming, tell
from plugins.township_filter.actions import Line, note_screening
from plugins.township_filter.screening import NAME
from plugins.township_filter.senders.actions.noting import know_sender, note_sender, over_quota
from plugins.township_filter.senders.queries.emergencies import reviewers_at


async def note(scope: Scope, event: Event) -> None:
    """Note what the filter said. A matter that was screened while the plugin was not on has no line."""
    incoming = await one_incoming(scope, UUID(event.payload["incoming"]))
    finding = _finding(incoming)
    if finding is not None:
        sender = await know_sender(scope, incoming=incoming)
        if await note_screening(scope, line=_line(incoming, finding, sender), now=event.created_at):
            await note_sender(scope, incoming=incoming, sender=sender, now=event.created_at)
            await _hurry(scope, incoming, event)


async def _hurry(scope: Scope, incoming: Any, event: Event) -> None:
    """Tell who reviews emergencies of one that waits for a person: it may be a real one."""
    if not incoming["emergency"] or incoming["state"] != Verdict.HELD:
        return
    posts = [post for post in await reviewers_at(scope, incoming["region"], now=event.created_at) if post != incoming["membership"]]
    await tell(
        scope, memberships=posts, kind="township_filter:urgent_held", key=f"township_filter:urgent_held:{incoming['id']}",
        link=f"/incoming/{incoming['id']}", data={"sender": incoming["sender_name"], "title": incoming["title"]}, now=event.created_at,
    )  # fmt: skip


def _finding(incoming: Any) -> Finding | None:
    stored = [each for each in incoming["findings"] if each["rule"] == NAME]
    return Finding.of(stored[0]) if stored else None


def _line(incoming: Any, finding: Finding, sender: UUID) -> Line:
    return Line(
        incoming=incoming["id"],
        county=incoming["county"],
        region=incoming["region"],
        office=incoming["office_id"],
        sender_name=incoming["sender_name"],
        title=incoming["title"],
        level=incoming["level"],
        emergency=incoming["emergency"],
        emergency_reason=incoming["emergency_reason"],
        at=incoming["screened_at"],
        membership=incoming["membership"],
        finding=finding,
        sender=sender,
        over_quota=over_quota(incoming),
    )


NOTE: Final = Handler("incoming.screened", "township_filter:note", note)
