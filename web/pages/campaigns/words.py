"""How campaigns and their shares are written on pages: states, clocks, how far, history."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from core.campaigns.actions import is_open, waits
from core.campaigns.enums import HAPPENED
from core.campaigns.workflows import CAMPAIGN, SHARE
from core.contracts.warnings import Domain
from core.kernel.errors import mark
from core.supervision.queries import model_named
from web.answers import Request, say, say_past
from web.pages.work.words import formats
from web.wording import person_of


def topic_of(request: Request, row: Any) -> str:
    """Give the field, with the model where the campaign is about one."""
    field = say(request, Domain(row["domain"]).words)
    found = model_named(row["model"]) if row["model"] else None
    return f"{field} · {say(request, found.title)}" if found else field


def clock_of(request: Request, due_at: datetime, now: datetime, *, runs: bool) -> tuple[str, str]:
    """Say how long is left, while somebody's turn it is."""
    if not runs:
        return "", "plain"
    left = formats(request).deadline(due_at, now)
    return left.text, left.tone


def line_of(request: Request, row: Any, now: datetime) -> dict[str, Any]:
    """Give a campaign of the range as lists draw it."""
    state = CAMPAIGN.by_state[row["state"]]
    clock, tone = clock_of(request, row["due_at"], now, runs=is_open(row))
    return {
        "href": f"/campaigns/{row['id']}", "title": row["title"], "sender": row["place_name"], "topic": topic_of(request, row),
        "clock": clock, "clock_tone": tone, "state": say(request, state.title), "state_tone": state.tone, **_progress(request, row),
    }  # fmt: skip


def given_of(request: Request, row: Any, now: datetime) -> dict[str, Any]:
    """Give a campaign that came from above, as far as it is known here."""
    runs = row["sent"] + row["returned"] > 0
    clock, tone = clock_of(request, row["due_at"], now, runs=runs)
    state = say(request, mark("有村待报送")) if runs else say(request, mark("都已报送"))
    return {
        "href": f"/campaigns/{row['id']}", "title": row["title"], "sender": row["place_name"], "topic": "", "clock": clock,
        "clock_tone": tone, "state": state, "state_tone": "notice" if runs else "good", **_progress(request, row),
    }  # fmt: skip


def _progress(request: Request, row: Any) -> dict[str, Any]:
    handed = row["reported"] + row["accepted"]
    return {
        "handed": say(request, mark("%(n)s / %(all)s 个村"), n=handed, all=row["villages"]), "share": handed / row["villages"] if row["villages"] else 0,
        "found": row["found"], "fixed": row["fixed"], "recovered": formats(request).number(row["recovered"]),
    }  # fmt: skip


def share_line(request: Request, row: Any, now: datetime) -> dict[str, Any]:
    """Give a village's share as lists draw it."""
    state = SHARE.by_state[row["state"]]
    clock, tone = clock_of(request, row["due_at"], now, runs=waits(row))
    return {
        "href": f"/campaigns/shares/{row['id']}", "place": row["place_name"], "title": row["title"], "sender": row["sender"], "clock": clock,
        "clock_tone": tone, "state": say(request, state.title), "state_tone": state.tone,
        "found": "" if row["found"] is None else row["found"], "fixed": "" if row["fixed"] is None else row["fixed"],
        "recovered": formats(request).number(row["recovered"]) if row["recovered"] is not None else "",
    }  # fmt: skip


def history_of(request: Request, events: Sequence[Any]) -> list[dict[str, Any]]:
    """Give the history for ``ui.history``."""
    tones = {"returned": "danger", "accepted": "good", "closed": "good"}
    return [
        {
            "who": person_of(request, each["by_name"], each["by_office"]), "what": say_past(request, HAPPENED[each["kind"]]),
            "at": each["at"], "note": each["text"] or None, "tone": tones.get(each["kind"]),
        }
        for each in events
    ]  # fmt: skip
