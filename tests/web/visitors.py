"""Signed-in visitors of the application, without a network: requests as a browser without scripts would send them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import unquote

import httpx
from litestar import Litestar

from core.people.sessions import open_session
from tests.factories.world import Post
from web.guards import csrf_token

ORIGIN = "http://127.0.0.1:8000"


@dataclass(frozen=True)
class Visitor:
    """One post at one process of the application."""

    app: Litestar
    client: httpx.AsyncClient
    post: Post

    async def get(self, path: str) -> httpx.Response:
        """Open a page."""
        return await self.client.get(path)

    async def send(self, path: str, *, htmx: bool = False, **fields: str | list[str]) -> httpx.Response:
        """Send a form with its token, as a whole page or as htmx does."""
        session = await open_session(self.post.token)
        data: Mapping[str, str | list[str]] = {
            **fields, "csrf_token": csrf_token(self.app.state.settings, session),
        }  # fmt: skip
        headers = {"origin": ORIGIN} | ({"hx-request": "true"} if htmx else {})
        return await self.client.post(path, data=data, headers=headers)

    async def flash(self) -> str:
        """Take what the last answer left to say on the next page, without the mark of its tone."""
        text = unquote(self.client.cookies.get("xz_flash", "").strip('"'))
        self.client.cookies.delete("xz_flash")
        return text.lstrip("!~")


@asynccontextmanager
async def visiting(app: Litestar, post: Post) -> AsyncIterator[Visitor]:
    """Let a post visit; the database's pool must be open."""
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, cookies={"xz": post.token}) as client:
        yield Visitor(app, client, post)
