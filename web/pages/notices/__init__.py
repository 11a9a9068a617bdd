"""Notices: what happened that concerns this post."""

from typing import Final
from uuid import UUID

from core.kernel.database import transaction
from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.notices.actions import read_all_notices, read_notice
from core.notices.queries import notices_of
from web.answers import Answer, Request, page, request_now, say, see_other
from web.lists import filters_of
from web.routing import get_page, post_form

_SIZE: Final = 30


@get_page("/notices", permission="any")
async def notices_page(request: Request, scope: Scope) -> Answer:
    number = filters_of(request).page
    async with transaction(scope):
        notices, total = await notices_of(scope, limit=_SIZE, offset=(number - 1) * _SIZE)
    shown = [
        {
            "id": n.id,
            "text": say(request, n.text, **_filled(n.data)),
            "link": n.link,
            "at": n.created_at,
            "new": n.read_at is None,
        }
        for n in notices
    ]
    return page(
        request, "notices/list.html", title=mark("消息"), back="/", notices=shown, total=total,
        first=(number - 1) * _SIZE + 1 if total else 0, last=min(number * _SIZE, total),
        previous=f"/notices?p={number - 1}" if number > 1 else None,
        next=f"/notices?p={number + 1}" if number * _SIZE < total else None,
    )  # fmt: skip


def _filled(data: object) -> dict[str, object]:
    """Fill what an older notice may lack, so that its sentence can still be made."""
    told = dict(data) if isinstance(data, dict) else {}
    return {"sender": "", "receiver": "", "reason": "", "score": "", "title": "", "count": "", "step": "", **told}


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
