"""The printed board as PDF: drawn in a process of its own, from the snapshot; what is missing is said and never crashes."""

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest

from core.contracts.disclosure import Collected
from core.disclosure import printing
from core.disclosure.printing import draw, key_of, sheet_of
from core.disclosure.queries import Publication
from core.disclosure.rules import content_of
from core.kernel.errors import Invalid
from tests.core.disclosure.notices import NOTICE, ROW

ONE = Publication(
    "330503", UUID(int=1), "330503101201", "330503101201", "浙江省湖州市南浔区练市镇朱家兜村", "test_aid", "救助对象公示", "aid", "", None,
    "2026年三季度救助对象", 2, b"", "3f2a9b0177c0", "abc", date(2026, 11, 30), "王建国", "", datetime(2026, 11, 23, 2, tzinfo=UTC), None,
    None, "", "", "", None, False,
)  # fmt: skip


@pytest.fixture(autouse=True)
def admin() -> None:
    """Need no database."""


def sheet(rows: int = 3) -> dict[str, object]:
    content = content_of(NOTICE, Collected(tuple(ROW for _ in range(rows)), note='引号"、反斜线\\、#set text(red)、$x$'))
    return sheet_of(ONE, content, name="朱家兜村")


async def test_a_sheet_of_many_rows_is_drawn() -> None:
    drawn = await draw(sheet(rows=120))
    assert drawn.startswith(b"%PDF-")
    assert b"%%EOF" in drawn[-1024:]


async def test_what_is_written_is_never_markup() -> None:
    told = sheet()
    hostile = '#eval("1") #read("/etc/passwd") *x* $ \\ ] ) }'
    drawn = await draw({**told, "title": hostile, "note": hostile, "rows": [[hostile] * len(told["columns"])]})  # type: ignore[arg-type]
    assert drawn.startswith(b"%PDF-")


@pytest.mark.parametrize(("code", "word"), [(3, "typst"), (4, "字体"), (1, "没有做成"), (-9, "没有做成")])
async def test_what_is_missing_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, word: str
) -> None:
    program = tmp_path / "printer.py"
    ending = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)" if code < 0 else f"raise SystemExit({code})"
    program.write_text(f"import sys; sys.stdin.read(); {ending}")
    monkeypatch.setattr(printing, "_PROGRAM", program)
    with pytest.raises(Invalid) as refused:
        await draw(sheet())
    assert word in refused.value.message


async def test_a_printer_that_hangs_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "printer.py"
    program.write_text("import sys, time; sys.stdin.read(); time.sleep(60)")
    monkeypatch.setattr(printing, "_PROGRAM", program)
    monkeypatch.setattr(printing, "_SECONDS", 0.5)
    with pytest.raises(Invalid):
        await draw(sheet())


def test_without_a_font_or_the_library_the_program_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    from core.disclosure import printer  # noqa: PLC0415 - the program itself

    monkeypatch.setattr(printer, "FAMILIES", ("A font that nobody has",))
    with pytest.raises(LookupError):
        printer.draw(b"{}", "")
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(ImportError):
        printer.draw(b"{}", "")


def test_a_corrected_one_has_another_sheet() -> None:
    from dataclasses import replace  # noqa: PLC0415 - used once

    assert key_of(ONE) != key_of(replace(ONE, ended="corrected"))
