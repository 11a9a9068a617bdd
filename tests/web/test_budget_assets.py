"""What a phone loads first, on the wire: HTML, styles, scripts and icons, as the server sends them."""

import gzip
import re

from tests.web.components.samples import cadre, due
from web.manifest import PREFIX, stored_form
from web.render import Renderer

FIRST = 60_000
LATER = 12_000
STYLES = 20_000

PAGE = """{% extends "page.html" %}{% block content %}{{ ui.page_header("今天要办 25 件") }}
{% call ui.task_list() %}{% for row in rows %}{% set left = row.due|deadline(now) %}{{ ui.task_card(row.title, "/t/" ~ row.id,
tags=[(left.text, left.tone), (row.kind, "plain"), ("办理中", "action")], points=row.points|number, tone=left.tone) }}
{% endfor %}{% endcall %}{{ ui.upload_list("photos", "照片", purpose="evidence", subject="1", minimum=2) }}{% endblock %}"""


def _page(count: int) -> bytes:
    from jinja2 import DictLoader  # noqa: PLC0415 (only this helper makes templates)

    rows = [
        {
            "id": f"0192f0c1-{number:04}-7000-8000-00000000{number:04}",
            "title": f"第 {number} 段圩堤隐患排查，每处拍照上报",
            "kind": "水利",
            "points": number,
            "due": due(hours=number),
        }
        for number in range(count)
    ]
    return Renderer(extra_loader=DictLoader({"page": PAGE})).page(cadre(), "page", {"rows": rows}).encode()


def _sent(name: str, encoding: str) -> int:
    form = stored_form(name, encoding)
    assert form is not None
    assert form.encoding == encoding
    return form.path.stat().st_size


def test_first_load_of_a_phone_page_is_within_60_kb_and_later_ones_within_12() -> None:
    page = _page(25)
    html = len(gzip.compress(page, 6))
    names = set(re.findall(re.escape(PREFIX) + r"([\w-]+\.\w+)", page.decode()))
    assert {name.split("-")[0] for name in names} == {"app", "htmx", "icons", "favicon"}
    chunks = {found for name in names if name.endswith(".js") for found in _imported(name)}
    first = html + sum(_sent(name, "gzip") for name in names | chunks)
    assert first <= FIRST, first
    assert html <= LATER, html


def _imported(name: str) -> list[str]:
    form = stored_form(name, "")
    assert form is not None
    return re.findall(r"\./([\w-]+\.js)", form.path.read_text(encoding="utf-8"))


def test_styles_are_within_20_kb() -> None:
    page = _page(1).decode()
    (styles,) = set(re.findall(re.escape(PREFIX) + r"(app-[\w]+\.css)", page))
    assert _sent(styles, "gzip") <= STYLES
