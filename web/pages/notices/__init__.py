"""Notices: what happened that concerns this post."""

import re
from typing import Final
from uuid import UUID

from core.kernel.database import transaction
from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.notices.actions import read_all_notices, read_notice
from core.notices.queries import Notice, notices_of
from web.answers import Answer, Request, page, request_now, say, see_other
from web.lists import as_list, filters_of
from web.routing import get_page, post_form

_SIZE: Final = 30
_FILLED: Final = re.compile(r"%\((\w+)\)")
_REASON: Final = "\ue002"  # stands in the sentence for the reason, to part the two


@get_page("/notices", permission="any")
async def notices_page(request: Request, scope: Scope) -> Answer:
    number = filters_of(request).page
    async with transaction(scope):
        notices, total = await notices_of(scope, limit=_SIZE, offset=(number - 1) * _SIZE)
    shown = [
        {
            "id": n.id,
            **_words(request, n),
            "link": n.link,
            "at": n.created_at,
            "new": n.read_at is None,
        }
        for n in notices
    ]
    answer = page(
        request, "notices/list.html", title=mark("消息"), back="/", notices=shown, total=total,
        first=(number - 1) * _SIZE + 1 if total else 0, last=min(number * _SIZE, total),
        previous=f"/notices?p={number - 1}" if number > 1 else None,
        next=f"/notices?p={number + 1}" if number * _SIZE < total else None,
    )  # fmt: skip
    return as_list(request, answer)


def _words(request: Request, notice: Notice) -> dict[str, str]:
    """Say what happened in a short sentence, and the reason that somebody gave, however long, apart from it."""
    filled = _filled(notice)
    said = say(request, notice.text, **{**filled, "reason": _REASON})
    text, reason, rest = said.partition(_REASON)
    if not reason or rest:  # it has none, or one in the middle of the sentence
        return {"text": said.replace(_REASON, str(filled["reason"])), "reason": ""}
    return {"text": text.rstrip("：: "), "reason": str(filled["reason"])}


def _filled(notice: Notice) -> dict[str, object]:
    """Fill what an older notice may lack, so that its sentence can still be made."""
    told = dict(notice.data) if isinstance(notice.data, dict) else {}
    return {"reason": "", **dict.fromkeys(_FILLED.findall(notice.text), ""), **told}


@post_form("/notices/{notice_id:uuid}/read", permission="any")
async def read(request: Request, scope: Scope, notice_id: UUID) -> Answer:
    """Mark it read and go where it leads."""
    async with transaction(scope):
        link = await read_notice(scope, notice=notice_id, now=request_now(request))
    return see_other(request, link or "/notices")


@post_form("/notices/read", permission="any")
async def read_all(request: Request, scope: Scope) -> Answer:
    async with transaction(scope):
        await read_all_notices(scope, now=request_now(request))
    return see_other(request, "/notices", flash=mark("全部标为已读。"))


ROUTES: Final = [notices_page, read, read_all]
