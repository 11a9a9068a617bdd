"""Every page that the product has, read from its routes: one that nobody walks to cannot be forgotten."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from core.extension.manager import boot
from web.app import collect, plugin_routes

# What answers a GET without being a page to look at.
NO_PAGES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("/livez", "/readyz"), "a word for machines"),
    "/tasks/{task_id:uuid}/extend": "leads back to the page on which its form stands",
    **dict.fromkeys(("/menu-counts", "/jobs/{job_id:uuid}/bar", "/uploads/{upload_id:uuid}"), "a part of pages, for their scripts"),
    **dict.fromkeys(
        (
            "/static/dist/{name:str}", "/files/{file_id:uuid}", "/files/{file_id:uuid}/preview", "/p/{token:str}/files/{number:int}",
            "/p/{token:str}/qr.svg", "/public/{code:str}/qr.svg", "/public/verify_publication.py", "/publications/{publication_id:uuid}/sheet.pdf",
        ),
        "a file or a picture",
    ),
    **dict.fromkeys(
        (
            "/datasets/template/{set_kind:str}", "/entry-lists/template", "/entry-lists/{list_id:uuid}/export/{kind:str}",
            "/people/import/template", "/people/import/{import_id:uuid}/bad", "/seals/export.xlsx", "/tasks/export.xlsx",
            "/tasks/{task_id:uuid}/export.xlsx", "/township_filter/screen/{job_id:uuid}/{kind:str}", "/township_filter/senders/export.xlsx",
            "/warnings/export.xlsx",
        ),
        "a sheet to keep",
    ),
    **dict.fromkeys(
        (
            "/chain/heads.json", "/chain/lines/{line_id:uuid}/proof.json", "/p/{token:str}/document.json", "/p/{token:str}/proof.json",
            "/public/{code:str}/board.json", "/public/{code:str}/chain.json", "/public/{code:str}/feed.atom", "/public/{code:str}/feed.rss",
        ),
        "for programs that read it",
    ),
}  # fmt: skip
_OURS: Final = ("core.", "plugins.", "web.")  # tests bring plugins of their own along
_PARTS: Final = {"uuid": "[0-9a-f-]{36}", "int": "[0-9]+", "str": "[^/]+"}


@cache
def pages() -> Mapping[str, "re.Pattern[str]"]:
    """Give each page's route with the addresses it stands for, those without parameters first."""
    declared = [each for each in (*collect()[0], *plugin_routes(boot())) if each.fn.__module__.startswith(_OURS)]
    routes = {path for each in declared if "GET" in each.http_methods for path in each.paths}
    assert routes >= NO_PAGES.keys(), NO_PAGES.keys() - routes
    wanted = sorted(routes - NO_PAGES.keys(), key=lambda path: (path.count("{"), path))
    return {path: re.compile(re.sub(r"\{\w+:(\w+)\}", lambda found: _PARTS[found[1]], path)) for path in wanted}


def page_behind(address: str) -> str:
    """Give the route of an address. Raises ``LookupError`` for what is no page."""
    plain = address.partition("#")[0].partition("?")[0]
    found = next((path for path, pattern in pages().items() if pattern.fullmatch(plain)), None)
    if found is None:
        raise LookupError(address)
    return found
