"""How a snapshot's values are written on public pages: cells, figures, periods, states. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from core.contracts.disclosure import FieldKind, Group
from core.disclosure.cleaning import REMOVED
from core.disclosure.enums import ENDED_TITLES
from core.disclosure.public import Card
from core.disclosure.rules import FIGURES, written
from core.disclosure.workflows import NOTICE, PUBLICATION, STANDING
from core.kernel.errors import mark
from web.render import Renderer

ROWS: Final = 60
_TONES: Final = {NOTICE: "soon", STANDING: "good", "corrected": "soon", "withdrawn": "danger"}
_NO_STATE: Final = ""
_QUARTER: Final = len("2026-Q4")
_MONTH: Final = len("2026-11")
_YEAR: Final = len("2026")
_DAY: Final = len("2026-11-22")


class Words:
    """Writes in one language; ``say`` translates what is a source text."""

    def __init__(self, renderer: Renderer, language: str) -> None:
        self.language = language
        self._texts = renderer.texts

    def say(self, text: str, /, **data: Any) -> str:
        """Put a source text into the reader's language."""
        found = self._texts.get(self.language, text)
        return found % data if data else found

    def cell(self, value: str | int | None, kind: str, unit: str = "") -> str:
        """Write one value; an empty one is a dash on tables, which templates draw."""
        if value is None or value == "":
            return ""
        text = self._plain(value, kind)
        return f"{text} {self.say(unit)}" if unit else text

    def _plain(self, value: str | int, kind: str) -> str:
        return self.say(str(value)) if kind == FieldKind.STATE else written(value, kind)

    def table(self, content: Mapping[str, Any], rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
        """Give headings and written rows for the templates: label, text, whether a figure, whether the row's name."""
        columns = content["columns"]
        names = [column["key"] for column in columns]
        key = names.index(True) if True in names else 0
        heads = [
            {"label": self.say(column["title"]), "figure": column["kind"] in FIGURES, "key": n == key}
            for n, column in enumerate(columns)
        ]
        lines = [
            [self.cell(value, column["kind"], column["unit"]) for value, column in zip(row, columns, strict=True)]
            for row in rows
        ]
        return {"heads": heads, "rows": lines}

    def figures(self, figures: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, str]]:
        """Give the headline figures: title, value, unit. An amount is in yuan."""
        return [
            (
                self.say(each["title"]), self._plain(each["value"], each["kind"]) if each["value"] is not None else "0",
                self.say(each["unit"] or (mark("元") if each["kind"] == FieldKind.AMOUNT else "")),
            )
            for each in figures
        ]  # fmt: skip

    def period(self, name: str) -> str:
        """Write a period: 2026年11月, 2026年第4季度, 2026年; a day as it is, nothing as nothing."""
        if len(name) == _QUARTER and "Q" in name:
            return self.say(mark("%(year)s年第%(n)s季度"), year=name[:4], n=name[-1])
        if len(name) == _MONTH:
            return self.say(mark("%(year)s年%(n)s月"), year=name[:4], n=int(name[5:]))
        return self.say(mark("%(year)s年"), year=name) if len(name) == _YEAR else name

    def files(self, content: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Give the files of a snapshot, each with what was taken out of it."""
        return [{**file, "removed": self.removed(file.get("removed", ()))} for file in content.get("files", ())]

    def removed(self, codes: Sequence[str]) -> str:
        """Write what was taken out of a file; nothing as nothing."""
        return self.say(mark("、")).join(self.say(REMOVED[code]) for code in codes if code in REMOVED)

    def state(self, card: Card, now: datetime) -> tuple[str, str]:
        """Give the word and the tone of a publication's state; what simply stands has none."""
        state = card.state(now)
        if state == STANDING:
            return _NO_STATE, ""
        title = ENDED_TITLES.get(state) or PUBLICATION.by_state[state].title
        return self.say(title), _TONES[state]

    def board(self, name: str) -> str:
        """Give the title of a part of the board."""
        known = {str(group): group.words for group in Group}
        return self.say(known.get(name, name))

    def line(self, card: Card, now: datetime) -> dict[str, Any]:
        """Give what a list shows of a publication."""
        word, tone = self.state(card, now)
        return {
            "title": card.title, "href": f"/p/{card.token}", "place": card.place_name, "at": card.released_at,
            "until": card.notice_until, "state": word, "tone": tone, "lines": card.lines,
            "open": card.state(now) == NOTICE,
        }  # fmt: skip


def in_order(boards: Sequence[str]) -> list[str]:
    """Put the parts of a board into their order; one that nobody knows any more comes last."""
    order = [str(group) for group in Group]
    return sorted(dict.fromkeys(boards), key=lambda name: order.index(name) if name in order else len(order))
