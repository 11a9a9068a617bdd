"""Merged matters and their progress, in words for the page of one matter."""

from typing import Any

from core.tasks.queries.merging import Merged, Progress
from core.tasks.workflows import ASSIGNMENT, INCOMING
from web.answers import Request, say
from web.pages.tasks.lists import TASK_STATES, TASK_TONES


def merged_words(request: Request, merged: Merged) -> dict[str, Any]:
    """Give what was merged into a matter, or what it was merged into."""
    return {
        "into": merged.into,
        "leading": merged.leading,
        "others": merged.others,
        "sources": [
            {
                "id": each["id"],
                "title": each["title"],
                "sender": each["sender_name"],
                "number": each["number"],
                "at": each["merged_at"],
                "by": each["merged_by_name"],
                "reason": each["merged_reason"],
                "merged": each["state"] == "merged",
                "gone": each["gone"],
                "before": say(request, INCOMING.by_state[each["merged_from_state"]].title),
            }
            for each in merged.sources
        ],
    }


def progress_words(request: Request, progress: Progress | None) -> dict[str, Any] | None:
    """Give how the task stands that the matter went into, with each receiver's result once it was accepted."""
    if progress is None:
        return None
    return {
        "task": progress.task,
        "state": say(request, TASK_STATES[progress.state]),
        "tone": TASK_TONES[progress.state],
        "finished": progress.finished,
        "wanted": progress.wanted,
        "due_at": progress.due_at,
        "ended_at": progress.ended_at,
        "end_reason": progress.end_reason,
        "active": progress.state == "active",
        "rows": [
            {
                "id": each["id"],
                "name": each["receiver_name"],
                "state": say(request, ASSIGNMENT.by_state[each["state"]].title),
                "tone": ASSIGNMENT.by_state[each["state"]].tone,
                "closed_at": each["closed_at"],
                "text": each["text"] or "",
            }
            for each in progress.shares
        ],
    }
