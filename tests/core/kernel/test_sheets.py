"""Sheets are read without trust and written without traps."""

import io
import time
import zipfile
from datetime import date

import pytest
from openpyxl import Workbook, load_workbook

from core.kernel.sheets import (
    REASON_TITLE,
    Limits,
    Sheet,
    SheetColumn,
    SheetRefused,
    SheetRow,
    read_sheet,
    records_of,
    unknown_headings,
)
from core.kernel.sheets_out import CSV, XLSX, returned, template, write_sheet

COLUMNS = (
    SheetColumn("name", "姓名", required=True),
    SheetColumn("phone", "手机号", required=True, aliases=("联系电话",)),
    SheetColumn("role", "岗位", choices=("村书记", "网格员")),
)


def workbook(*rows: tuple[object, ...]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def repacked(content: bytes, changes: dict[str, bytes]) -> bytes:
    """Give the package with parts replaced or added."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.infolist():
            if part.filename not in changes:
                new.writestr(part, old.read(part))
        for name, data in changes.items():
            new.writestr(name, data)
    return made.getvalue()


def with_sheet_xml(inner: str, head: str = "") -> bytes:
    xml = (
        f'<?xml version="1.0"?>{head}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{inner}</sheetData></worksheet>"
    )
    return repacked(workbook(("姓名",)), {"xl/worksheets/sheet1.xml": xml.encode()})


def test_numbers_keep_the_digits_that_were_typed() -> None:
    sheet = read_sheet(
        workbook(("姓名", "手机号", "分值", "日期"), ("张三", 13800000000, 2.5, date(2026, 1, 2)))
    )
    assert sheet.rows == (SheetRow(2, ("张三", "13800000000", "2.5", "2026-01-02")),)


def test_long_numbers_that_lost_digits_are_named() -> None:
    sheet = read_sheet(workbook(("姓名", "手机号"), ("张三", 330_503_199_001_011_234)))
    (record,) = records_of(sheet, COLUMNS[:2])
    assert record.damaged == {"phone"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_is_read_in_the_encodings_that_spreadsheet_programs_write(encoding: str) -> None:
    sheet = read_sheet("姓名,手机号\r\n张三,013800\r\n\r\n李四,1\r\n".encode(encoding))
    assert sheet == Sheet(
        "csv", ("姓名", "手机号"), (SheetRow(2, ("张三", "013800")), SheetRow(4, ("李四", "1")))
    )


def test_headings_match_by_title_alias_or_key_and_pass_over_the_rest() -> None:
    sheet = read_sheet(f"联系电话,姓 名*,备注,{REASON_TITLE}\n1,张三,x,y\n".encode())
    (record,) = records_of(sheet, COLUMNS)
    assert record.values == {"phone": "1", "name": "张三"}
    assert unknown_headings(sheet, COLUMNS) == ["备注"]


def test_missing_required_column_is_refused_by_its_title() -> None:
    with pytest.raises(SheetRefused) as refused:
        list(records_of(read_sheet("姓名\n张三\n".encode()), COLUMNS))
    assert refused.value.data == {"titles": "手机号"}


def test_doubled_column_is_refused() -> None:
    with pytest.raises(SheetRefused) as refused:
        list(records_of(read_sheet("姓名,手机号,联系电话\na,1,2\n".encode()), COLUMNS))
    assert refused.value.data == {"title": "手机号", "n": 2}


HOSTILE = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "＝1"]


@pytest.mark.parametrize("kind", [XLSX, CSV])
def test_texts_that_look_like_formulas_are_written_as_text_and_come_back_unchanged(kind: str) -> None:
    content = write_sheet(kind, ["姓名", "=标题"], [(text, -3) for text in HOSTILE])
    if kind == XLSX:
        cells = [cell for row in load_workbook(io.BytesIO(content)).active.iter_rows() for cell in row]
        assert {cell.data_type for cell in cells} == {"s", "n"}
        texts = [str(cell.value) for cell in cells]
        assert not [text for text in texts if text.startswith(("=", "+", "@", "\t", "\r", "\n", "＝"))]
    else:
        lines = content.decode("utf-8-sig")
        assert lines.startswith("姓名,'=标题\r\n'=1+1,-3\r\n")
    back = read_sheet(content)
    assert back.headings == ("姓名", "=标题")
    assert [row.cells for row in back.rows] == [(text.strip(), "-3") for text in HOSTILE]


def test_written_xlsx_keeps_leading_zeros_and_long_digits_as_text() -> None:
    content = write_sheet(XLSX, ["a"], [("007",), ("330503199001011234",), ("",), (None,)])
    sheet = load_workbook(io.BytesIO(content)).active
    assert [cell.value for (cell,) in sheet.iter_rows(min_row=2)][:2] == ["007", "330503199001011234"]
    assert sheet["A3"].number_format == "@"


def test_control_characters_neither_break_writing_nor_reach_the_database() -> None:
    content = write_sheet(XLSX, ["a"], [("x\x00\x0b\x1by",)])
    assert read_sheet(content).rows[0].cells == ("xy",)
    assert read_sheet("a\nx\x01\x85y\n".encode()).rows[0].cells == ("xy",)


@pytest.mark.parametrize(
    "content",
    [
        b"\xd0\xcf\x11\xe0 old office",
        b"PK\x03\x04 no package",
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b"",
        b"\n\n , \n",
        workbook(),
        repacked(workbook(("a",)), {"xl/vbaProject.bin": b"macro"}),
        repacked(
            workbook(("a",)), {"[Content_Types].xml": b"<x>application/vnd.ms-excel.sheet.macroEnabled</x>"}
        ),
        repacked(workbook(("a",)), {"xl/worksheets/sheet1.xml": b"<broken"}),
        with_sheet_xml("", head='<!DOCTYPE a [<!ENTITY b "c">]>'),
        with_sheet_xml('<row r="999999999999"><c r="A1"><v>1</v></c></row>'),
        with_sheet_xml('<row r="1"><c r="A1" t="s"><v>7</v></c></row>'),
        with_sheet_xml(f'<row r="1"><c r="A1"><v>{"9" * 5000}</v></c></row>'),
    ],
)
def test_hostile_and_broken_files_are_refused(content: bytes) -> None:
    with pytest.raises(SheetRefused):
        read_sheet(content)


def test_macro_names_are_refused_whatever_they_hold() -> None:
    with pytest.raises(SheetRefused):
        read_sheet(workbook(("a",)), name="名单.XLSM")


def test_limits_of_size_unpacked_rows_and_columns_hold() -> None:
    rows = workbook(*[("a",)] * 8)
    bomb = repacked(rows, {"xl/media/x.xml": b" " * 3_000_000})
    assert len(bomb) < 20_000
    for content, limits in [
        (rows, Limits(size=100)),
        (bomb, Limits(unpacked=2_000_000)),
        (rows, Limits(rows=6)),
        (workbook(tuple(str(n) for n in range(9))), Limits(columns=8)),
    ]:
        with pytest.raises(SheetRefused):
            read_sheet(content, limits=limits)
    assert len(read_sheet(rows, limits=Limits(rows=7)).rows) == 7


def test_sheet_with_a_million_empty_rows_and_far_columns_is_read_in_seconds() -> None:
    inner = (
        '<row r="1"><c r="A1" t="str"><v>姓名</v></c></row>'
        '<row r="1048576"><c r="A1048576" t="str"><v>张三</v></c><c r="XFD1048576"><v>1</v></c></row>'
    )
    start = time.process_time()
    assert read_sheet(with_sheet_xml(inner)).rows == (SheetRow(1_048_576, ("张三",)),)
    assert time.process_time() - start < 15


def test_template_names_required_columns_and_can_be_read_back() -> None:
    content = template(COLUMNS, title="人员")
    book = load_workbook(io.BytesIO(content))
    assert [cell.value for cell in book["人员"][1]] == ["姓名*", "手机号*", "岗位"]
    assert book["人员"].data_validations.dataValidation[0].formula1 == '"村书记,网格员"'
    assert [row[1].value for row in book["填写说明"].iter_rows(min_row=2)] == ["必填", "必填", "选填"]
    assert unknown_headings(read_sheet(content), COLUMNS) == []


@pytest.mark.parametrize("kind", [XLSX, CSV])
def test_rows_that_failed_come_back_as_the_same_sheet_with_a_reason(kind: str) -> None:
    sheet = read_sheet(write_sheet(kind, ["姓名", "手机号"], [("张三", "1"), ("李四", "2"), ("王五", "3")]))
    back = read_sheet(returned(sheet, {3: "手机号不对"}))
    assert back == Sheet(kind, ("姓名", "手机号", REASON_TITLE), (SheetRow(2, ("李四", "2", "手机号不对")),))
    again = read_sheet(returned(back, {2: "还是不对"}))
    assert again.headings == back.headings


@pytest.mark.parametrize("content", [b"", "姓名,手机号\n张三,1\n".encode(), b"%PDF-1.7"])
def test_what_is_only_named_a_workbook_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(SheetRefused, match="不是 Excel 文件"):
        read_sheet(content, name="名单.XLSX")
