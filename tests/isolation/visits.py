"""Every route of the application, with ids put where its address and form have a place for them."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

import httpx
from litestar import Litestar

from core.people.sessions import open_session
from tests.factories.world import Post
from web.guards import csrf_token

ORIGIN: Final = "http://127.0.0.1:8000"

# Which table an id in an address belongs to. A new parameter that is not listed here fails the suite.
TABLE_OF: Final[Mapping[str, str]] = {
    "assignment_id": "assignment", "task_id": "task", "incoming_id": "incoming_task", "notice_id": "notice", "view_id": "saved_view",
    "file_id": "file", "upload_id": "upload", "job_id": "job_row", "import_id": "job_row", "event_id": "outbox",
    "dataset_id": "datasets.dataset", "row_id": "datasets.dataset_row", "warning_id": "warning", "use_id": "seal_use", "seal_id": "seal", "campaign_id": "campaign", "share_id": "campaign_share", "decision_id": "decision", "record_id": "decision_record",
    "list_id": "entry_list", "other_id": "entry_list", "item_id": "entry_item", "office_id": "office", "grid_id": "grid",
    "membership": "membership", "person": "person", "invitation": "invitation", "role": "role", "session_id": "session",
    "line": "township_filter.screened", "line_id": "audit_line", "petition_id": "petition", "publication_id": "publication", "objection_id": "publication_objection",
    "board_entry_id": "board_entry", "sender_id": "township_filter.sender", "hold_id": "township_filter.quota_hold", "correction_id": "township_filter.correction",
    "request_id": "township_filter.list_request", "learned_id": "township_filter.learned",
}  # fmt: skip

# Parameters that name no row of a county: each with a value that reaches the handler.
CONSTANTS: Final[Mapping[str, str]] = {
    "procedure_code": "four_step", "board_section": "money_by_hand", "name": "app.css", "form_name": "dispatch", "kind": "xlsx", "part": "0", "plugin": "township_filter", "way": "on",
    "set_kind": "aid", "area_name": "scores", "day_text": "2026-12-01", "account_id": "018f0000-0000-7000-8000-00000000dead", "reset_id": "018f0000-0000-7000-8000-00000000dead",
}  # fmt: skip
REGION_PARAMETERS: Final = frozenset({"code"})
# Addresses of the platform's operator: none of a county's posts gets anywhere there.
PLATFORM_PARAMETERS: Final = frozenset({"county"})

# Fields of forms that take an id, and what else the forms need to be read at all.
FIELD_OF: Final[Mapping[str, str]] = {
    "receiver": "membership", "membership": "membership", "to": "membership", "person": "person", "office": "office", "grid": "grid",
    "offices": "office", "item": "entry_item", "incoming": "incoming_task", "assignment": "assignment", "attachments": "file",
    "mandate": "decision", "decided_subject": "decision", "subject": "assignment", "files": "file", "shares": "assignment", "into": "petition",
    "seal": "seal", "keeper": "person", "matters": "incoming_task", "leading": "incoming_task", "source": "incoming_task", "again": "incoming_task", "replaces": "incoming_task",
}  # fmt: skip
PLAIN: Final[Mapping[str, str]] = {
    "title": "隐患排查", "body": "请排查。", "text": "办好了。", "reason": "测试", "points": "5", "due_at": "2026-12-24T18:00",
    "mode": "named", "photos": "0", "files_wanted": "0", "need_text": "1", "grade": "good", "decision": "admit", "clarity": "5",
    "time_given": "5", "need": "5", "name": "名称", "note": "说明", "day": "2026-12-01", "working": "0", "document": "政发〔2026〕9号",
    "valid_from": "2026-12-01", "level": "village", "role": "village_cadre", "phone": "13900000000",
    "of_county": "330681", "height": "7", "hash": "ab" * 32,
}  # fmt: skip


# Lists that ``?region=`` narrows to one place; others take no notice of it.
NARROWED: Final = frozenset({"/decisions", "/petitions", "/warnings", "/disclosure", "/disclosure/draft", "/publications", "/scores", "/seals", "/seals/held", "/shares"})

PART: Final = b"part of a file"


@dataclass(frozen=True)
class Route:
    """One method at one address."""

    method: str
    path: str
    permission: str
    plugin: str
    lands_on: str = ""  # for what only leads on to a page: which

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"{(\w+)}", self.path)

    @property
    def takes_ids(self) -> bool:
        return any(name in TABLE_OF or name in REGION_PARAMETERS for name in self.parameters)

    @property
    def names_places(self) -> bool:
        """Tell whether what is asked for stands in the address: an id, a code, or a region to narrow a list to."""
        if self.lands_on:
            return replace(self, path=self.lands_on, lands_on="").takes_ids
        return self.takes_ids or (self.method == "GET" and self.path in NARROWED)

    def address(self, ids: Mapping[str, str]) -> str:
        """Fill the address; ``ids`` by table, ``region`` for codes."""
        values = {}
        for name in self.parameters:
            if name in TABLE_OF:
                values[name] = ids[TABLE_OF[name]]
            elif name in REGION_PARAMETERS:
                values[name] = ids["region"]
            elif name in PLATFORM_PARAMETERS:
                values[name] = ids["county"]
            else:
                values[name] = CONSTANTS[name]
        return self.path.format(**values)


def routes_of(app: Litestar) -> list[Route]:
    """Give every route but those without sign-in."""
    found = []
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            permission = handler.opt.get("permission")
            if not permission or route.path_format.startswith("/sample"):
                continue
            methods = sorted(set(handler.http_methods) - {"OPTIONS", "HEAD"})
            plugin, lands_on = handler.opt.get("plugin") or "", re.sub(r":\w+}", "}", handler.opt.get("lands_on", ""))
            found += [Route(str(method), route.path_format, permission, plugin, lands_on) for method in methods]
    return sorted(found, key=lambda r: (r.path, r.method))


class Caller:
    """One signed-in post that calls addresses as scripts do, with a valid token."""

    def __init__(self, app: Litestar, post: Post) -> None:
        self.app, self.post = app, post
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
        self.client = httpx.AsyncClient(transport=transport, base_url=ORIGIN, cookies={"xz": post.token})

    async def close(self) -> None:
        await self.client.aclose()

    async def call(self, route: Route, ids: Mapping[str, str], fields: Mapping[str, str]) -> httpx.Response:
        """Call a route; the same ids go into the query and the body."""
        address = route.address(ids)
        query = {name: value for name, value in fields.items() if name in FIELD_OF or name == "region"}
        headers = await self._headers()
        if route.method in {"GET", "DELETE"}:
            return await self.client.request(route.method, address, params=query, headers=headers)
        if route.method == "PUT":
            headers["x-part-sha256"] = hashlib.sha256(PART).hexdigest()
            return await self.client.put(address, content=PART, headers=headers)
        return await self.client.post(address, data={**PLAIN, **fields}, params=query, headers=headers)

    async def _headers(self) -> dict[str, str]:
        session = await open_session(self.post.token)
        token = csrf_token(self.app.state.settings, session) if session is not None else ""
        return {"origin": ORIGIN, "x-csrf-token": token}


def fields_with(ids: Mapping[str, str]) -> dict[str, str]:
    """Put an id into every field of a form that takes one."""
    return {
        **{field: ids[table] for field, table in FIELD_OF.items()},
        "regions": ids["region"],
        "region": ids["region"],
    }


def answer_of(response: httpx.Response, ids: Mapping[str, Any]) -> tuple[int, dict[str, str], str]:
    """Give an answer as a stranger could compare it: without the ids he sent himself, the token and the clock."""
    body = response.text
    for value in sorted({str(v) for v in ids.values()}, key=len, reverse=True):
        body = body.replace(value, "ID")
    body = re.sub(r"[0-9a-f]{64}", "TOKEN", body)
    body = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", "NEW", body)
    body = re.sub(r"\d{1,2}:\d{2}", "CLOCK", body)
    headers = {
        k: v for k, v in response.headers.items() if k not in {"date", "content-length", "x-request-id"}
    }
    for name, value in headers.items():
        for sent in sorted({str(v) for v in ids.values()}, key=len, reverse=True):
            headers[name] = headers[name].replace(sent, "ID") if sent in value else headers[name]
    return response.status_code, headers, body


def unknown_ids() -> dict[str, str]:
    """Give an id for each table that nobody has, of the shape that real ones have."""
    made = {
        table: str(UUID("018f0000-0000-7000-8000-00000000dead"))
        for table in {*TABLE_OF.values(), *FIELD_OF.values()}
    }
    return {**made, "region": "339999999999", "county": "339999"}
