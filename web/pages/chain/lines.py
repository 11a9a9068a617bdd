"""The lines themselves: who did what and when, in which block it stands, and the proof to take along."""

import json
from typing import Final
from uuid import UUID

from litestar import Response

from core.chain.trail import READ, lines_of, proof_of_line
from core.kernel.database import transaction
from core.kernel.errors import mark
from core.kernel.scope import Scope
from web.api import Answer, Request, get_page, page, say, uuid_of
from web.pages.chain.told import told_of
from web.pages.chain.words import action_title

_SIZE: Final = 50


@get_page("/chain/lines", permission=READ)
async def lines_page(request: Request, scope: Scope) -> Answer:
    """Show the newest lines, or those of one thing (``subject``), or those before a line (``before``)."""
    before, subject = (uuid_of(request.query_params.get(name, "")) for name in ("before", "subject"))
    async with transaction(scope):
        lines = await lines_of(scope, before=before, subject=subject, limit=_SIZE + 1)
    asked = f"&subject={subject}" if subject else ""
    more = f"/chain/lines?before={lines[_SIZE - 1].id}{asked}" if len(lines) > _SIZE else None
    rows = [
        {"id": line.id, "at": line.at, "action": line.action, "title": action_title(request, line.action), "by": " ".join(filter(None, (line.by_office, say(request, line.by_name)))),
         "place": line.place or "", "subject": line.subject_id, "kind": line.subject_kind, "height": line.height,
         "data": told_of(request, line.data)}
        for line in lines[:_SIZE]
    ]  # fmt: skip
    return page(
        request, "chain/lines.html", title=mark("留痕记录"), back="/chain", rows=rows, more=more, first=before is None,
        subject=subject,
    )  # fmt: skip


@get_page("/chain/lines/{line_id:uuid}/proof.json", permission=READ)
async def proof_json(request: Request, scope: Scope, line_id: UUID) -> Answer:  # noqa: ARG001 - a page's signature
    """Give the proof of one line with its content: whoever gets it can check it without us."""
    proof = await proof_of_line(scope, line_id)
    headers = {"content-disposition": f'attachment; filename="proof-{line_id}.json"'}
    body = json.dumps(proof.told(), ensure_ascii=False).encode()
    return Response(body, media_type="application/json", headers=headers)
