"""Sheets into drafts and out again: what changes is known before it is stored, row by row."""

from decimal import Decimal

import pytest

from core.entry_lists.rules import EvidenceWanted, difference, values_of
from core.entry_lists.sheets import (
    MOST_ITEMS,
    ImportPlan,
    list_sheet,
    list_template,
    pack,
    plan_import,
    unpack,
)
from core.kernel.errors import Invalid
from core.kernel.sheets import SheetRefused, read_sheet
from core.kernel.sheets_out import CSV, XLSX
from tests.core.entry_lists.world import item

HEAD = "编号,事项名称,类型,默认分值,照片至少几张,生效日期,失效日期\n"
CURRENT = (item("T01", "防汛", points=Decimal(3)), item("T02", "防火"), item("T03", "防疫"))


def plan(rows: str, *, head: str = HEAD, level: str = "township", removes: bool = True) -> ImportPlan:
    return plan_import(CURRENT, read_sheet((head + rows).encode()), level=level, removes=removes)


def test_added_changed_field_by_field_and_removed_items_are_told_apart() -> None:
    made = plan("T01,防汛,基本履职,3,,,\nT02,防火巡查,配合履职,2,1,,\nT09,新事项,上级收回,,,,\n")
    told = made.difference
    assert [each.code for each in told.added] == ["T09"]
    assert [each.code for each in told.removed] == ["T03"]
    assert told.same == 1
    (changed,) = told.changed
    assert [(f.name, f.before, f.after) for f in changed.fields] == [
        ("title", "防火", "防火巡查"),
        ("kind", "基本履职", "配合履职"),
        ("points", "1", "2"),
        ("photos", "0", "1"),
    ]
    assert [each.code for each in made.items] == ["T01", "T02", "T09"]
    assert (made.rows, made.problems, made.unknown) == (3, (), ())


def test_columns_that_a_sheet_lacks_keep_what_is_there() -> None:
    made = plan("T01,防汛,基本履职\n", head="编号,事项名称,类型\n", removes=False)
    assert made.difference.empty
    assert [each.code for each in made.items] == ["T01", "T02", "T03"]


def test_without_removing_new_items_come_after_those_that_are_there() -> None:
    made = plan("T09,新,core_duty,,,,\nT02,防火,基本履职,,,,\n", removes=False)
    assert [each.code for each in made.items] == ["T01", "T02", "T03", "T09"]


def test_wrong_rows_are_named_with_their_line_and_reasons_and_change_nothing() -> None:
    made = plan(
        "T01,防汛,基本履职,101,x,2026-13-01,\n"
        "T02,防火,基本履职,,,,\n"
        "T02,防火,基本履职,,,,\n"
        ",无号,基本履职,,,,\n"
        "T11,,没有这种,,,,\n"
        "T12,倒着,基本履职,,,2026-02-01,2026-01-01\n"
    )
    assert [(each.number, each.code, [name for name, _ in each.fields]) for each in made.problems] == [
        (2, "T01", ["points", "photos", "valid_from"]),
        (4, "T02", ["code"]),
        (5, "", ["code"]),
        (6, "T11", ["kind", "title"]),
        (7, "T12", ["valid_to"]),
    ]
    assert [each.code for each in made.items] == ["T02", "T01"]
    assert made.items[1] == CURRENT[0]


def test_numbers_that_the_spreadsheet_program_rounded_are_refused() -> None:
    content = list_sheet([], kind=XLSX, level="township", title="x")
    assert read_sheet(content).rows == ()
    from openpyxl import Workbook  # noqa: PLC0415 - only here

    book = Workbook()
    book.active.append(["编号", "事项名称", "类型"])
    book.active.append([330_503_199_001_011_234, "长编号", "基本履职"])
    import io  # noqa: PLC0415 - only here

    file = io.BytesIO()
    book.save(file)
    made = plan_import((), read_sheet(file.getvalue()), level="township", removes=True)
    assert [[name for name, _ in each.fields] for each in made.problems] == [["code"]]


def test_a_combined_sheet_of_both_levels_gives_each_level_its_rows() -> None:
    head = "list,code,category,item,department,source\n"
    rows = (
        "乡镇基本履职,T01,a,甲,b,c\n乡镇赋权目录(某县2020),G01,a,乙,b,c\n"
        "村级依法协助,V01,a,丙,b,c\n不应由村级出具证明,P01,a,丁,b,c\n"
    )
    township = plan(rows, head=head)
    village = plan_import((), read_sheet((head + rows).encode()), level="village", removes=True)
    assert [(each.code, each.kind) for each in township.items] == [
        ("T01", "core_duty"),
        ("G01", "delegated_power"),
    ]
    assert [(each.code, each.kind) for each in village.items] == [
        ("V01", "assisting"),
        ("P01", "banned_certificate"),
    ]
    assert (township.elsewhere, village.elsewhere) == (2, 2)
    assert (township.problems, village.problems) == ((), ())


@pytest.mark.parametrize("kind", [XLSX, CSV])
def test_what_is_exported_can_be_imported_without_any_change(kind: str) -> None:
    items = [
        item(
            "T01", "=1+1", category="@a", aliases=("甲", "乙"), points=Decimal("2.50"),
            evidence=EvidenceWanted(text=False, photos=2, files=1), conditions="一\n二",
        ),
        item("T02", "防火", "withdrawn_duty", legal_basis="《消防法》第一条"),
    ]  # fmt: skip
    sheet = read_sheet(list_sheet(items, kind=kind, level="township", title="清单：2026/涉镇"))
    made = plan_import(items, sheet, level="township", removes=True)
    assert made.problems == ()
    assert made.difference.empty


def test_template_offers_the_kinds_of_its_level() -> None:
    assert read_sheet(list_template("village", "涉村事项")).headings[:3] == ("编号*", "事项名称*", "类型*")


def test_what_was_previewed_is_what_comes_back_from_the_form() -> None:
    made = plan("T01,防汛,基本履职,3,,,\nT09,新事项,上级收回,,,2026-01-01,\n")
    assert unpack(pack(made), level="township") == made.items


@pytest.mark.parametrize(
    "packed", ["", "x", "eJw=", "eJyLjgUAARUAuQ==x", pack(plan("T1,a,基本履职,,,,\n"))[:-8]]
)
def test_a_form_field_that_was_tampered_with_is_refused(packed: str) -> None:
    with pytest.raises(Invalid):
        unpack(packed, level="township")


def test_a_form_field_for_another_level_is_refused() -> None:
    with pytest.raises(Invalid):
        unpack(pack(plan("T01,防汛,基本履职,3,,,\n")), level="village")


def test_a_list_has_an_upper_bound() -> None:
    rows = "".join(f"T{n},事项{n},基本履职,,,,\n" for n in range(MOST_ITEMS + 1))
    with pytest.raises(SheetRefused):
        plan(rows)


def test_an_item_that_only_got_another_code_counts_as_changed() -> None:
    told = difference([item("T01", "防汛")], [item("T99", "防汛")])
    assert (told.added, told.removed) == ((), ())
    assert [(f.name, f.before, f.after) for f in told.changed[0].fields] == [("code", "T01", "T99")]


def test_every_field_is_told_as_text() -> None:
    assert values_of(item("T01", "防汛", points=Decimal("2.50")))["points"] == "2.5"
