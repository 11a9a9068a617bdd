"""A server for pages that are made of templates alone, with an upload desk whose line can be broken; and a browser."""

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from scripts.browser import executable
from web.manifest import PREFIX, stored_form

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'"
)
PART = 524288


@dataclass
class Desk:
    """What the server holds, what it was asked, and how it shall fail."""

    pages: dict[str, str] = field(default_factory=dict)
    uploads: dict[str, dict[str, object]] = field(default_factory=dict)
    parts: dict[tuple[str, int], bytes] = field(default_factory=dict)
    puts: list[tuple[str, int]] = field(default_factory=list)
    drafts: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    weights: dict[str, int] = field(default_factory=dict)
    break_after: int = -1
    refuse_with: str = ""
    refuse_as: int = 422
    address: str = ""

    def status(self, upload: str) -> dict[str, object]:
        received = sorted(part for known, part in self.parts if known == upload)
        return {"id": upload, "part_size": PART, "received": received, **self.uploads[upload]}

    def content(self, upload: str) -> bytes:
        return b"".join(self.parts[key] for key in sorted(self.parts) if key[0] == upload)


def _handler(desk: Desk) -> type[BaseHTTPRequestHandler]:  # noqa: C901 (one small server)
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self, status: int, body: bytes, kind: str, **headers: str) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)
            desk.weights[self.path] = len(body)

        def _json(self, value: object, status: int = 200) -> None:
            self._answer(status, json.dumps(value).encode(), "application/json")

        def _body(self) -> bytes:
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))

        def do_GET(self) -> None:
            name = self.path.split("?")[0]
            if name.startswith(PREFIX):
                form = stored_form(name[len(PREFIX) :], self.headers.get("Accept-Encoding", ""))
                assert form is not None, name
                self._answer(200, form.path.read_bytes(), form.media_type, Content_Encoding=form.encoding)
            elif name.startswith("/uploads/"):
                upload = name.split("/")[2]
                self._json(
                    desk.status(upload) if upload in desk.uploads else {},
                    200 if upload in desk.uploads else 404,
                )
            elif name in desk.pages:
                page = desk.pages[name].encode()
                self._answer(200, page, "text/html; charset=utf-8", Content_Security_Policy=POLICY)
            else:
                self._answer(404, b"", "text/plain")

        def do_POST(self) -> None:
            body = self._body()
            if self.path == "/uploads" and desk.refuse_with:
                self._json({"message": desk.refuse_with}, desk.refuse_as)
            elif self.path == "/uploads":
                upload = f"u{len(desk.uploads) + 1}"
                desk.uploads[upload] = {"asked": json.loads(body)}
                self._json(desk.status(upload))
            elif self.path.endswith("/finish"):
                upload = self.path.split("/")[2]
                file = {
                    "id": f"file-{upload}",
                    "name": "x",
                    "size": len(desk.content(upload)),
                    "url": "/files/x",
                }
                desk.uploads[upload]["file"] = file
                self._json({"file": file})
            elif self.path == "/send":
                desk.sent.append(body.decode())
                self._answer(200, b"<!doctype html><title>sent</title>", "text/html")
            else:
                desk.drafts.append(body.decode())
                self._json({"saved": "14:32"})

        def do_PUT(self) -> None:
            body = self._body()
            _, _, upload, _, part = self.path.split("/")
            if desk.break_after == 0:
                self.close_connection = True
                return
            desk.break_after -= 1
            assert self.headers["X-Part-SHA256"] == hashlib.sha256(body).hexdigest()
            desk.puts.append((upload, int(part)))
            desk.parts[upload, int(part)] = body
            self._json(desk.status(upload))

        def do_DELETE(self) -> None:
            desk.uploads.pop(self.path.split("/")[2], None)
            self._json({})

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.fixture
def desk() -> Iterator[Desk]:
    held = Desk()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(held))
    held.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield held
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start the browser. It holds this thread's event loop, so it ends with its module: asynchronous tests follow."""
    chromium = executable()
    if chromium is None:
        pytest.skip("no chromium on this machine: make test installs it")
    flags = "no-sandbox disable-gpu disable-quic no-first-run disable-background-networking disable-component-update disable-sync"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium or None, args=[f"--{flag}" for flag in flags.split()]
        )
        yield running
        running.close()


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    page = context.new_page()
    page.set_default_timeout(8000)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda line: complaints.append(line.text) if "Content Security Policy" in line.text else None,
    )
    yield page
    context.close()
    assert not complaints
