"""Filling a room of the board by hand: a period's lines one by one or pasted from a sheet, or matters with a text each."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import reduce
from typing import Any, Final
from uuid import UUID

from core.contracts.disclosure import Column, FieldKind
from core.disclosure.attachments import MOST, files_of_entry, remove_attachment
from core.disclosure.by_hand import BY_NAME, DAYS, Sheet, bounds_of, empty_line
from core.disclosure.entries import (
    FILL,
    UNMASK,
    add_entries,
    change_entry,
    entry_of,
    entry_rows,
    matters_of,
    remove_entry,
    show_names,
)
from core.disclosure.lines import LONGEST_TEXT, Bounds, loaded, pasted, read_line
from core.disclosure.periods import DisclosureSettings, Span, before, span_named, span_of
from core.disclosure.queries import standing_one
from core.disclosure.rules import FIGURES, LONGEST_TITLE, PERSONAL, masked
from core.drafts.actions import once
from core.files.queries import file_for
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Invalid, NotFound, ProductError, filled, mark
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from core.tenancy.settings import settings_of
from web.answers import Answer, Request, page, request_now, see_other
from web.forms import Form, first, form_of
from web.pages.disclosure.calendar import READ, draft_address, hand_address, words_for
from web.pages.public.words import Words
from web.routing import get_page, post_form
from web.uploaded import uploaded

_PERIODS: Final = 3
_MOST_PASTED: Final = 300
_MOST_NAMED: Final = 10
_MASKED: Final = mark("姓名已遮盖；不是同一个人了，才写新的姓名。")
_DAYS_HINT: Final = mark("空着的，按本县规定的天数；低保等社会救助要公示 7 天。")
_INPUTS: Final[Mapping[FieldKind, str]] = {FieldKind.DATE: "date", **dict.fromkeys(FIGURES, "number")}


@get_page("/disclosure/by-hand/{board_section:str}", permission=READ)
async def by_hand_page(request: Request, scope: Scope, board_section: str, period: str = "") -> Answer:
    """Show what the village wrote for a section, with the form for the next line."""
    return await _show(request, scope, await _sheet(request, scope, board_section), period)


async def _sheet(request: Request, scope: Scope, name: str) -> Sheet:
    """Give the sheet where this place fills it. Raises ``NotFound`` elsewhere and for one that is switched off."""
    sheet = BY_NAME.get(name)
    if sheet is None or scope.level not in sheet.levels:
        raise NotFound
    async with transaction(scope):
        rule = await settings_of(scope, DisclosureSettings, at=request_now(request))
    if not rule.offers(name):
        raise NotFound
    return sheet


def _span(sheet: Sheet, name: str, now: datetime) -> Span:
    if not sheet.clock.by_period:
        return span_of(sheet.clock, now)
    try:
        return span_named(sheet.clock, name) if name else span_of(sheet.clock, now)
    except ValueError:
        raise NotFound from None


def _period(sheet: Sheet, span: Span) -> str:
    """Give the period as lines keep it; matters that are published one at a time have none."""
    return "" if sheet.words else span.name


async def _show(
    request: Request, scope: Scope, sheet: Sheet, period: str, *, errors: ProductError | None = None, form: Form | None = None
) -> Answer:  # fmt: skip
    now, words = request_now(request), words_for(request)
    span = _span(sheet, period, now)
    async with transaction(scope):
        if sheet.words:
            rows, stands = await matters_of(scope, region=scope.region, section=sheet.name), None
        else:
            rows = await entry_rows(scope, region=scope.region, section=sheet.name, period=span.name)
            stands = await standing_one(scope, place=scope.region, section=sheet.name, period=span.name, subject=None)
    address = hand_address(sheet.name)
    return page(
        request, "disclosure/by_hand.html", title=words.say(sheet.title), back="/disclosure", status=errors.status if errors else 200,
        errors=errors, sheet=sheet, hint=words.say(sheet.hint), clock=words.say(sheet.clock.words), address=address,
        period=_period(sheet, span), period_words="" if sheet.words else words.period(span.name), over=now >= span.ends,
        tabs=_tabs(sheet, span, words, now), rows=[_row(words, sheet, row) for row in rows], stands=stands,
        columns=[{"key": column.name, "label": words.say(column.title), **_shape(column)} for column in sheet.columns],
        fields=_fields(words, sheet, form or {}), may_fill=scope.may(FILL), key=new_id(), rest=first(form or {}, "rows"),
        draft=draft_address(sheet.name, scope.region, span.name), until=span.last_day,
    )  # fmt: skip


def _tabs(sheet: Sheet, chosen: Span, words: Words, now: datetime) -> list[dict[str, Any]]:
    """Give the periods near today, the newest first; the chosen one is among them."""
    if sheet.words:
        return []
    spans = [span_of(sheet.clock, now)]
    while len(spans) < _PERIODS:
        spans.append(before(sheet.clock, spans[-1]))
    if chosen.name not in {span.name for span in spans}:
        spans.append(chosen)
    return [
        {"href": hand_address(sheet.name, span.name), "label": words.period(span.name), "current": span.name == chosen.name}
        for span in sorted(spans, key=lambda span: span.starts, reverse=True)
    ]


def _shape(column: Column) -> dict[str, str]:
    return ({"phone": "title"} if column.key else {}) | ({"kind": "number"} if column.kind in FIGURES else {})


def _row(words: Words, sheet: Sheet, row: Any) -> dict[str, Any]:
    """Give a line as it was written; its masked form stands on the draft."""
    values = loaded(sheet.columns, row["data"])
    shown = {
        column.name: words.cell(_plain(values[column.name], column.kind), column.kind, column.unit) for column in sheet.columns
    }
    more = {"text": row["data"].get("text", ""), "publication": row["publication"]} if sheet.words else {}
    draft = draft_address(sheet.name, row["region"], subject=row["id"]) if sheet.words else ""
    return {**shown, **more, "id": row["id"], "edit": f"/disclosure/entries/{row['id']}", "draft": draft, "by": row["by_name"]}


def _plain(value: Any, kind: FieldKind) -> str | int | None:
    return masked(value, kind) if kind in FIGURES or kind is FieldKind.DATE else value


def _fields(words: Words, sheet: Sheet, form: Form, line: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """Give the form's fields in the order of the columns, filled with what was written."""
    kept = {**empty_line(sheet), **{name: "" if value is None else value for name, value in (line or {}).items()}}
    made = []
    for column in sheet.columns:
        choices = sheet.choices.get(column.name, ())
        kind = "radio" if choices else _INPUTS.get(column.kind, "text")
        unit = words.say(column.unit or mark("元")) if column.kind is FieldKind.AMOUNT or column.unit else None
        made.append({
            "name": column.name, "kind": kind, "label": words.say(column.title), "unit": unit,
            "value": first(form, column.name) if form else kept[column.name], "required": column.name in sheet.needed,
            "options": [(word, words.say(word)) for word in choices], "more": _more(kind, column.kind),
            "hint": words.say(_hint(column, line)) or None,
        })  # fmt: skip
    if sheet.words:
        value = first(form, "text") if form else kept["text"]
        made.append({
            "name": "text", "kind": "textarea", "label": words.say(mark("内容")), "unit": None, "value": value, "required": True,
            "options": [], "more": {"rows": 6, "maxlength": LONGEST_TEXT}, "hint": None,
        })  # fmt: skip
    return made


def _hint(column: Column, line: Mapping[str, Any] | None) -> str:
    if column.name == DAYS:
        return _DAYS_HINT
    return _MASKED if line is not None and column.kind in PERSONAL and line.get(column.name) else ""


def _more(kind: str, column: FieldKind) -> dict[str, Any]:
    if kind == "number":
        return {"step": "1" if column is FieldKind.COUNT else "0.01"}
    return {"maxlength": LONGEST_TITLE} if kind == "text" else {}


def _told(form: Form) -> dict[str, str]:
    return {name: first(form, name) for name in form}


def _read(sheet: Sheet, told: Mapping[str, str], bounds: Bounds) -> tuple[dict[str, Any], dict[str, str]]:
    return read_line(sheet.columns, told, needed=sheet.needed, choices=sheet.choices, words=sheet.words, bounds=bounds)


@post_form("/disclosure/by-hand/{board_section:str}", permission=FILL)
async def add_line(request: Request, scope: Scope, board_section: str) -> Answer:
    """Add one line, or the lines pasted from a sheet. Pressed twice it adds once."""
    form, now = await form_of(request), request_now(request)
    sheet = await _sheet(request, scope, board_section)
    period = first(form, "period")
    kept = _period(sheet, _span(sheet, period, now))
    try:
        several = first(form, "rows").strip() and not sheet.words
        async with transaction(scope):
            bounds = bounds_of(sheet, kept, await settings_of(scope, DisclosureSettings, at=now))
        lines = _pasted(sheet, first(form, "rows"), bounds) if several else [_checked(sheet, _told(form), bounds)]

        async def run() -> dict[str, str]:
            made = await add_entries(scope, section=sheet.name, period=kept, lines=lines, now=now)
            return {"entry": str(made[0])}

        async with transaction(scope):
            done = await once(scope, key=first(form, "_key"), form=f"board:{sheet.name}:{kept}", request=form, run=run, now=now)
    except (Invalid, Conflict) as error:
        return await _show(request, scope, sheet, period, errors=error, form=form)
    if sheet.words:
        address = f"/disclosure/entries/{done.result['entry']}"
        return see_other(request, address, flash=mark("已保存。有照片或文件的，可以接着添加。"))
    return see_other(request, hand_address(sheet.name, kept), flash=mark("已保存，公开前可以随时改。"))


def _checked(sheet: Sheet, told: Mapping[str, str], bounds: Bounds) -> dict[str, Any]:
    line, wrong = _read(sheet, told, bounds)
    if wrong:
        raise Invalid(fields=wrong)
    return line


def _pasted(sheet: Sheet, text: str, bounds: Bounds) -> list[dict[str, Any]]:
    """Read pasted rows. Raises ``Invalid`` naming what cannot be taken and where; then none is."""
    rows = pasted(sheet.columns, text)
    if not 0 < len(rows) <= _MOST_PASTED:
        raise Invalid(fields={"rows": filled(mark("一次粘贴 1 到 %(most)s 行。"), most=_MOST_PASTED)})
    titles = {column.name: column.title for column in sheet.columns}
    lines, problems = [], []
    for number, told in enumerate(rows, start=1):
        line, wrong = _read(sheet, told, bounds)
        lines.append(line)
        problems += [filled(mark("第 %(n)s 行“%(title)s”：%(why)s"), n=number, title=titles[name], why=why) for name, why in wrong.items()]
    if problems:
        more = len(problems) - _MOST_NAMED
        said = problems[:_MOST_NAMED] + ([filled(mark("另有 %(more)s 处要改。"), more=more)] if more > 0 else [])
        raise Invalid(fields={"rows": reduce(lambda one, rest: filled(mark("%(one)s %(rest)s"), one=one, rest=rest), said)})
    return lines


@get_page("/disclosure/entries/{board_entry_id:uuid}", permission=READ)
async def entry_page(request: Request, scope: Scope, board_entry_id: UUID) -> Answer:
    """Show one line with the form to write it anew."""
    return await _entry(request, scope, board_entry_id)


async def _entry(
    request: Request, scope: Scope, entry: UUID, *, errors: ProductError | None = None, form: Form | None = None,
    shown: Mapping[str, str] | None = None, reason: str = "",
) -> Answer:  # fmt: skip
    async with transaction(scope):
        row = await entry_of(scope, entry)
        matter = _known(row).words
        files = await files_of_entry(scope, entry) if matter else []
        stands = (
            await standing_one(scope, place=row["region"], section=row["section"], period="", subject=entry) if matter else None
        )
    sheet, words = _known(row), words_for(request)
    return page(
        request, "disclosure/entry.html", title=words.say(sheet.title), back=hand_address(sheet.name, row["period"]),
        status=errors.status if errors else 200, errors=errors, row=row, period=words.period(row["period"]),
        others=_others(words, sheet, row) if isinstance(errors, Conflict) and form else (), named=row["named"] and scope.may(UNMASK),
        reason=reason,
        shown=[(words.say(column.title), shown[column.name]) for column in sheet.columns if column.name in shown] if shown else (),
        may_fill=scope.may(FILL) and row["region"] == scope.region,
        fields=_fields(words, sheet, form or {}, row["data"]), sheet=sheet, most=MOST, stands=stands,
        draft=draft_address(sheet.name, row["region"], subject=entry) if sheet.words else "",
        files=[uploaded(request, file, f"/disclosure/entries/{entry}") for file in files],
    )  # fmt: skip


def _others(words: Words, sheet: Sheet, row: Any) -> list[tuple[str, str]]:
    """Give what stands now, for whoever wrote something else meanwhile."""
    line = _row(words, sheet, {**row, "publication": None})
    told = [(words.say(column.title), line[column.name]) for column in sheet.columns if line[column.name]]
    return [*told, (words.say(mark("内容")), line["text"])] if sheet.words else told


@post_form("/disclosure/entries/{board_entry_id:uuid}/unmask", permission=UNMASK)
async def unmask_line(request: Request, scope: Scope, board_entry_id: UUID) -> Answer:
    """Show the persons of a line in full, once; who looked and why is written down first."""
    form = await form_of(request)
    try:
        async with transaction(scope):
            found = await show_names(scope, entry=board_entry_id, reason=first(form, "reason"), now=request_now(request))
    except (Invalid, Conflict) as error:
        return await _entry(request, scope, board_entry_id, errors=error, reason=first(form, "reason"))
    return await _entry(request, scope, board_entry_id, shown=found)


@post_form("/disclosure/entries/{board_entry_id:uuid}/files/{file_id:uuid}/remove", permission=FILL)
async def remove_file(request: Request, scope: Scope, board_entry_id: UUID, file_id: UUID) -> Answer:
    """Take an attachment back that was not published yet."""
    async with transaction(scope):
        row = await entry_of(scope, board_entry_id)
        file = await file_for(scope, file_id=file_id)
        if file.subject_id != row["id"]:
            raise NotFound
        await remove_attachment(scope, file=file, now=request_now(request))
    return see_other(request, f"/disclosure/entries/{board_entry_id}", flash=mark("已删除。"))


def _known(row: Any) -> Sheet:
    sheet = BY_NAME.get(row["section"])
    if sheet is None:
        raise NotFound
    return sheet


@post_form("/disclosure/entries/{board_entry_id:uuid}", permission=FILL)
async def change_line(request: Request, scope: Scope, board_entry_id: UUID) -> Answer:
    """Write a line anew."""
    form = await form_of(request)
    try:
        async with transaction(scope):
            row = await entry_of(scope, board_entry_id)
            sheet = _known(row)
            rule = await settings_of(scope, DisclosureSettings, at=request_now(request))
            line = _checked(sheet, _told(form), bounds_of(sheet, row["period"], rule))
            await change_entry(
                scope, entry=board_entry_id, line=line, version=_version(form), now=request_now(request)
            )
    except (Invalid, Conflict) as error:
        return await _entry(request, scope, board_entry_id, errors=error, form=form)
    return see_other(request, hand_address(row["section"], row["period"]), flash=mark("已保存，公开前可以随时改。"))


def _version(form: Form) -> int:
    """Read which version was looked at; what is none was none."""
    text = first(form, "version")
    return int(text) if text.isdecimal() and len(text) < len("1000000000") else 0


@post_form("/disclosure/entries/{board_entry_id:uuid}/remove", permission=FILL)
async def remove_line(request: Request, scope: Scope, board_entry_id: UUID) -> Answer:
    """Take a line away."""
    async with transaction(scope):
        row = await remove_entry(scope, entry=board_entry_id, now=request_now(request))
    return see_other(request, hand_address(row["section"], row["period"]), flash=mark("已删除。"))


def told_of_hand(name: str, period: str, subject: UUID | None) -> str:
    """Give where the draft of a section filled by hand is changed; the empty text for all others."""
    if name not in BY_NAME:
        return ""
    return f"/disclosure/entries/{subject}" if subject else hand_address(name, period)


ENTRY_ROUTES: Sequence[Any] = (by_hand_page, add_line, entry_page, change_line, unmask_line, remove_line, remove_file)
