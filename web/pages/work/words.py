"""Words and tones of shares, shared by the pages of villages and of leaders."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, Final

from core.kernel.errors import mark
from core.tasks.actions.steering import REMIND_AGAIN
from core.tasks.enums import Happened
from core.tasks.queries.assignments import Card
from core.tasks.rules import EvidenceWanted
from core.tasks.workflows import ASSIGNMENT
from web.answers import Request, language_of, renderer_of, request_now, say, say_n
from web.filters import Formats
from web.wording import person_of

_OPEN: Final = frozenset({"sent", "in_hand", "returned"})

HAPPENED: Final[Mapping[str, str]] = {
    Happened.DISPATCHED: mark("派发了任务"),
    Happened.TAKEN: mark("领取了任务"),
    Happened.ACKNOWLEDGED: mark("签收了任务"),
    Happened.ALLOCATED: mark("分派给%(to)s"),
    Happened.NOTED: mark("写了办理记录"),
    Happened.SUBMITTED: mark("提交了成果"),
    Happened.RETURNED: mark("退回了成果"),
    Happened.ACCEPTED: mark("评分：%(score)s 分"),
    Happened.WITHDRAWN: mark("撤回了任务"),
    Happened.EXTENDED: mark("延期到 %(due_at)s"),
    Happened.REMINDED: mark("催办了一次"),
    Happened.ESCALATED: mark("把任务列入督办"),
    Happened.OVERDUE: mark("标记为超期"),
    Happened.RATED: mark("评价了任务"),
    Happened.SPLIT: mark("把任务分解到村"),
    Happened.REVERSED: mark("冲销了得分"),
    Happened.SET_ASIDE: mark("换下了文件“%(name)s”"),
    Happened.PUT_BACK: mark("放回了文件“%(name)s”"),
    Happened.GOES_ON: mark("%(name)s撤回了自己的一件，任务为%(others)s继续办理"),
}
_BEGINS: Final = frozenset({Happened.DISPATCHED, Happened.TAKEN})
FROM_ABOVE: Final = mark("上级撤回，一并撤回")
TONES: Final = {
    Happened.RETURNED: "notice",
    Happened.ACCEPTED: "good",
    Happened.OVERDUE: "danger",
    Happened.ESCALATED: "danger",
    Happened.REVERSED: "danger",
}


def formats(request: Request) -> Formats:
    """Give the reader's way of writing days and figures, at the time of the request."""
    return Formats(language_of(request), partial(request_now, request))


def tags_of(request: Request, card: Card, now: datetime) -> list[tuple[str, str]]:
    """Give a card's tags: how long is left, the state, the list item; colour never speaks alone."""
    return _tags(card, now, formats(request), _told(request))


def _told(request: Request) -> Callable[[str], str]:
    """Give the reader's texts for a whole list: finding out the language for each word costs more than the word."""
    return partial(renderer_of(request).texts.get, language_of(request))


def _tags(card: Card, now: datetime, shown: Formats, told: Callable[[str], str]) -> list[tuple[str, str]]:
    tags: list[tuple[str, str]] = []
    if card.state in _OPEN:
        deadline = shown.deadline(card.due_at, now)
        tags.append((deadline.text, deadline.tone))
    state = ASSIGNMENT.by_state[card.state]
    tags.append((told(state.title), state.tone))
    if card.emergency:
        tags.append((told(mark("紧急")), "danger"))
    if card.escalated_at is not None:
        tags.append((told(mark("督办")), "danger"))
    if card.category:
        tags.append((told(card.category), "plain"))
    return tags


def edge_of(card: Card, now: datetime) -> str | None:
    """Give the colour of a card's left edge."""
    if card.state not in _OPEN:
        return None
    seconds = (card.due_at - now).total_seconds()
    return "danger" if seconds < 0 else "soon" if seconds <= 86400 else None  # noqa: PLR2004 - a day


def wanted_words(request: Request, wanted: EvidenceWanted) -> str:
    """Say what has to be handed in, so that it is read before a task is taken on."""
    parts = [say(request, mark("文字说明"))] if wanted.text else []
    if wanted.photos:
        parts.append(say_n(request, mark("至少 %(n)s 张照片"), wanted.photos))
    if wanted.files:
        parts.append(say_n(request, mark("至少 %(n)s 个文件"), wanted.files))
    return say(request, mark("、")).join(parts) or say(request, mark("没有特别要求"))


def may_remind(state: str, last: datetime | None, now: datetime) -> bool:
    """Tell whether a share can be chased now: it waits for its receiver, who was not chased a moment ago."""
    return state in _OPEN and (last is None or last <= now - REMIND_AGAIN)


def remind_at(state: str, last: datetime | None, now: datetime) -> datetime | None:
    """Give from when on a share that was chased a moment ago can be chased again; None where it can, or never will."""
    waits = state in _OPEN and last is not None and not may_remind(state, last, now)
    return last + REMIND_AGAIN if waits and last is not None else None


def card_of(request: Request, card: Card, now: datetime) -> dict[str, Any]:
    """Give what ``ui.task_card`` draws."""
    return cards_of(request, [card], now)[0]


def cards_of(request: Request, cards: Iterable[Card], now: datetime) -> list[dict[str, Any]]:
    """Give what ``ui.task_cards`` draws."""
    shown, told = formats(request), _told(request)
    return [_card(card, now, shown, told) for card in cards]


def _card(card: Card, now: datetime, shown: Formats, told: Callable[[str], str]) -> dict[str, Any]:
    returned = card.state == "returned" and card.return_reason
    return {
        "id": card.id,
        "title": card.title,
        "reason": told(mark("退回原因：%(reason)s")) % {"reason": card.return_reason} if returned else "",
        "href": f"/assignments/{card.id}",
        "tags": _tags(card, now, shown, told),
        "points": shown.number(card.points),
        "tone": edge_of(card, now),
        "note": card.allocated_name or None,
    }


def history_of(request: Request, events: list[Any], row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give a share's history for ``ui.history``, the latest first.

    That it was sent is no line of its own, thousands are sent at once: the share itself says by whom and when.
    """
    entries = [_entry(request, event) for event in reversed(events)]
    if not any(event["kind"] in _BEGINS for event in events):
        entries.append(
            {
                "who": row["sender_name"], "what": say(request, HAPPENED[Happened.DISPATCHED]), "at": row["created_at"],
                "note": None, "tone": None,
            }
        )  # fmt: skip
    return entries


def _entry(request: Request, event: Any) -> dict[str, Any]:
    text = HAPPENED.get(event["kind"], event["kind"])
    data = dict(event["data"] or {})
    if "score" in data:
        data["score"] = formats(request).number(Decimal(data["score"]))
    if "due_at" in data:
        data["due_at"] = formats(request).moment(datetime.fromisoformat(data["due_at"]))
    if event["kind"] == Happened.WITHDRAWN and data.get("above"):
        text = FROM_ABOVE
    try:
        what = say(request, text, **data)
    except KeyError:
        what = say(request, text)
    return {
        "who": person_of(request, event["by_name"], event["by_office"]),
        "what": what,
        "at": event["at"],
        "note": event["text"] or None,
        "tone": TONES.get(event["kind"]),
    }
