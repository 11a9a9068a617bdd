"""The form that a sender adds to a task: plain rows, and word at once of what can be read without asking."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.tasks.enums import FieldKind
from core.tasks.forms import MOST_FIELDS, AskedField, row_name
from core.tasks.queries.forms import Held, held_already
from web.answers import Request, say, say_n
from web.forms import Form, first
from web.pages.work.words import formats

SEEN: Final = "ask-seen"
FIRST_ROWS: Final = 3
KINDS: Final = ((FieldKind.TEXT, mark("文字")), (FieldKind.NUMBER, mark("数字")), (FieldKind.DATE, mark("日期")))
_TOWNSHIP: Final = 4
_FACT: Final = mark("系统里已有，收件单位办理时会自动带出，不用再问。")
_HELD_BY_VILLAGES: Final = mark("这一项已有 %(n)s 个村的填报，最近 %(day)s，可直接查看。")
_HELD: Final = mark("这一项已有 %(n)s 个单位的填报，最近 %(day)s，可直接查看。")


def fields_in(form: Form) -> list[AskedField]:
    """Read the rows that say anything, in their order; gaps close."""
    fields = []
    for n in range(1, MOST_FIELDS + 1):
        label, unit = (first(form, row_name(n, part)).strip() for part in ("label", "unit"))
        if label or unit:
            kind = first(form, row_name(n, "kind"))
            known = FieldKind(kind) if kind in set(FieldKind) else FieldKind.TEXT
            fields.append(AskedField(label, known, bool(first(form, row_name(n, "required"))), unit))
    return fields


async def asked_of(
    request: Request, scope: Scope, fields: Sequence[AskedField], *, now: datetime
) -> dict[str, Any]:
    """Give what the page draws: ten rows, which of them are held already, and the mark by which the page knows it was said."""
    held = await held_already(scope, fields, now=now) if fields else []
    rows = [_row(request, scope, n, field, told) for n, (field, told) in enumerate(zip(fields, held, strict=True), start=1)]
    rows += [
        _row(request, scope, n, AskedField(""), None) for n in range(len(fields) + 1, MOST_FIELDS + 1)
    ]
    return {
        "rows": rows,
        "first": max(FIRST_ROWS, len(fields)),
        "count": len(fields),
        "kinds": [(str(kind), say(request, title)) for kind, title in KINDS],
        "held": [row for row in rows if row["told"]],
        "seen": seen_mark(fields, held),
        "seen_name": SEEN,
    }


def seen_mark(fields: Sequence[AskedField], held: Sequence[Held | None]) -> str:
    """Name what the sender was told of: with the same mark sent back, nothing new is to be said."""
    return " ".join(field.key for field, told in zip(fields, held, strict=True) if told is not None)


def _row(request: Request, scope: Scope, n: int, field: AskedField, held: Held | None) -> dict[str, Any]:
    names = {part: row_name(n, part) for part in ("label", "kind", "unit", "required")}
    query = urlencode({"label": field.label, "kind": field.kind})
    return {
        "n": n,
        "names": names,
        "label": field.label,
        "kind": str(field.kind),
        "unit": field.unit,
        "required": field.required,
        "told": _told(request, scope, held) if held is not None else "",
        "figures": f"/tasks/held?{query}" if held is not None and held.fact is None else "",
    }


def _told(request: Request, scope: Scope, held: Held) -> str:
    if held.fact is not None or held.latest is None:
        return say(request, _FACT)
    text = _HELD_BY_VILLAGES if scope.level == _TOWNSHIP else _HELD
    return say_n(request, text, held.receivers, day=formats(request).day(held.latest))
