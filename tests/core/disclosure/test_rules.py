"""Masking by kind and audience, the last gate, the canonical form."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contracts.disclosure import Clock, Collected, Column, FieldKind, Figure, Group, Section
from core.disclosure.enums import Audience
from core.disclosure.rules import (
    MOST_ROWS,
    canonical,
    check_number,
    content_of,
    digest_of,
    document_of,
    hash_of,
    leaks_in,
    masked,
    plain_check_number,
    shown_check_number,
)
from core.kernel.errors import Invalid
from core.kernel.numbers import numbers_in
from tests.core.disclosure.notices import CARD, ID_NUMBER, NOTICE, PHONE, ROW, collect

NUMBERS = (ID_NUMBER, PHONE, CARD, "138 1234 5678", "110105 19491231 002X", "６２２２０２１２３４５６７８９０１２８")
TEXTS = [kind for kind in FieldKind if isinstance(ROW[kind.value], str)]


@pytest.fixture(autouse=True)
def admin() -> None:
    """Need no database."""


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (FieldKind.NAME, "张三", "张*"), (FieldKind.NAME, "张小三", "张**"), (FieldKind.NAME, "欧阳小三丰", "欧**"), (FieldKind.NAME, "张", "张*"),
        (FieldKind.NAME, "张三、李小四", "张*、李**"), (FieldKind.HOUSEHOLD, "张三户", "张*户"), (FieldKind.HOUSEHOLD, "张三", "张*户"),
        (FieldKind.ID_NUMBER, ID_NUMBER, "1***************2X"), (FieldKind.ID_NUMBER, "12", "***"), (FieldKind.PHONE, PHONE, "138****5678"),
        (FieldKind.PHONE, "+86 138-1234-5678", "138****5678"), (FieldKind.PHONE, "2012345", "****"), (FieldKind.BANK_CARD, CARD, "****0128"),
        (FieldKind.BANK_CARD, "6222 0212 3456 7890 128", "****0128"), (FieldKind.BANK_CARD, "1234", "****"),
        (FieldKind.ADDRESS, "浙江省湖州市南浔区练市镇朱家兜村3组12号", "浙江省湖州市南浔区练市镇朱家兜村"), (FieldKind.ADDRESS, "朱家兜村", "朱家兜村"),
        (FieldKind.ADDRESS, "练市镇人民路12号", "练市镇"), (FieldKind.ADDRESS, "12号302室", "***"), (FieldKind.ADDRESS, "朱家兜村镇北路3号东村", "朱家兜村"),
        (FieldKind.AMOUNT, Decimal("31275.005"), "31275.01"), (FieldKind.AMOUNT, 5, "5.00"), (FieldKind.COUNT, 3, 3), (FieldKind.NUMBER, Decimal("2.50"), "2.5"),
        (FieldKind.NUMBER, Decimal(0), "0"), (FieldKind.NUMBER, Decimal(100), "100"), (FieldKind.SHARE, Decimal("33.3"), "33.3"),
        (FieldKind.DATE, date(2026, 11, 2), "2026-11-02"), (FieldKind.DATE, datetime(2026, 11, 1, 17, tzinfo=UTC), "2026-11-02"),
        (FieldKind.MOMENT, datetime(2026, 11, 2, 8, tzinfo=UTC), "2026-11-02T16:00+08:00"), (FieldKind.TEXT, f"联系{PHONE}", "联系138****5678"),
        (FieldKind.OFFICIAL, "王建国", "王建国"), (FieldKind.ORGANISATION, "农业农村局", "农业农村局"), (FieldKind.NAME, "", None), (FieldKind.AMOUNT, None, None),
    ],
)  # fmt: skip
def test_each_kind_is_masked_by_its_rule(kind: FieldKind, value: object, shown: object) -> None:
    assert masked(value, kind) == shown  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (FieldKind.AMOUNT, "31275"), (FieldKind.COUNT, True), (FieldKind.AMOUNT, Decimal("NaN")), (FieldKind.NAME, 5), (FieldKind.DATE, "2026-11-02"),
        (FieldKind.MOMENT, date(2026, 11, 2)), (FieldKind.COUNT, "13812345678"),
    ],
)  # fmt: skip
def test_a_value_of_another_kind_is_a_fault_and_not_published(kind: FieldKind, value: object) -> None:
    with pytest.raises(ValueError, match="is"):
        masked(value, kind)  # type: ignore[arg-type]


def test_inside_with_a_reason_all_is_whole_but_bank_cards() -> None:
    assert masked("张三", FieldKind.NAME, Audience.INSIDE) == "张三"
    assert masked(PHONE, FieldKind.PHONE, Audience.INSIDE) == PHONE
    assert masked(CARD, FieldKind.BANK_CARD, Audience.INSIDE) == "****0128"


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("number", NUMBERS)
def test_no_kind_of_text_lets_a_number_through(kind: FieldKind, number: str) -> None:
    for text in (number, f"张三{number}", f"{number}户", f"（{number}）村{number}", f"练市镇{number}村"):
        shown = masked(text, kind)
        assert numbers_in(str(shown or "")) == []
        assert number not in str(shown)


@given(st.text(max_size=40), st.sampled_from(TEXTS), st.sampled_from(NUMBERS))
def test_whatever_stands_around_a_number_it_is_masked(text: str, kind: FieldKind, number: str) -> None:
    shown = str(masked(f"{text}，{number}，{text}", kind) or "")
    assert number not in shown
    assert numbers_in(shown) == []


async def full() -> Collected:
    return await collect(None, type("P", (), {"region": "330503101201"})())  # type: ignore[arg-type]


async def test_a_snapshot_holds_nothing_that_was_to_be_masked() -> None:
    content = content_of(NOTICE, await full(), note=f"有事请打{PHONE}")
    text = json.dumps(content, ensure_ascii=False)
    for secret in (ID_NUMBER, PHONE, CARD, "李小四", "王五", "3组12号"):
        assert secret not in text
    assert leaks_in("救助对象公示", content) == []


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (FieldKind.COUNT, int(PHONE)), (FieldKind.NUMBER, Decimal(PHONE)), (FieldKind.AMOUNT, Decimal(PHONE)),
        (FieldKind.COUNT, int(CARD)), (FieldKind.AMOUNT, Decimal(CARD)), (FieldKind.NUMBER, Decimal(330105199001010011)),
    ],
)  # fmt: skip
def test_the_last_gate_finds_a_number_in_a_column_declared_wrongly(kind: FieldKind, value: object) -> None:
    section = Section("wrong", "声明错了", Group.AID, Clock.NONE, (Column("a", "人数", kind),), collect)
    content = content_of(section, Collected(({"a": value},)))  # type: ignore[dict-item]
    found = leaks_in("标题", content)
    assert [(leak.where, leak.row) for leak in found] == [("人数", 1)]


@pytest.mark.parametrize("value", [Decimal(186400), Decimal("99999999.99"), Decimal("13812345678.50"), Decimal("-31275.00")])
def test_the_last_gate_lets_amounts_pass(value: Decimal) -> None:
    section = Section("money", "收支", Group.MONEY, Clock.NONE, (Column("a", "金额", FieldKind.AMOUNT),), collect)
    assert leaks_in("收支", content_of(section, Collected(({"a": value},)))) == []


def test_the_last_gate_looks_everywhere() -> None:
    column = {"name": "a", "title": f"列{PHONE}", "kind": "text", "unit": ID_NUMBER, "key": False}
    figure = {"title": CARD, "value": 138_1234_5678, "kind": "count", "unit": PHONE}
    content = {"columns": [column], "rows": [[PHONE], [None]], "figures": [figure], "note": f"说明{PHONE}"}
    found = leaks_in(f"标题{PHONE}", content, (f"张三{PHONE}",))
    assert len(found) == 9
    assert {leak.kind for leak in found} == {"phone", "id_number", "bank_card"}


def test_too_many_rows_are_refused() -> None:
    with pytest.raises(Invalid):
        content_of(NOTICE, Collected(tuple({} for _ in range(MOST_ROWS + 1))))


FIELDS = {
    "id": UUID(int=1), "county": "330503", "place": "330503101201", "place_name": "朱家兜村", "section": "money", "period": "2026-10",
    "subject_id": None, "title": "收支", "notice_until": date(2026, 11, 30), "released_name": "王建国", "released_office": "",
    "released_at": datetime(2026, 11, 23, 2, tzinfo=UTC), "corrects": None,
    "content": {"columns": [], "rows": [["张*", "5.00", 3, None]], "figures": [], "note": "“引号”\n换行"},
}  # fmt: skip


def test_the_canonical_form_is_the_same_for_the_same_and_another_for_any_change() -> None:
    document = document_of(FIELDS)
    assert json.loads(canonical(document)) == document
    assert canonical(json.loads(canonical(document))) == canonical(document)
    changes = {
        "title": "收 支", "place_name": "朱家兜", "period": "2026-11", "released_name": "王建", "notice_until": None, "corrects": UUID(int=2),
        "content": {**FIELDS["content"], "rows": [["张*", "5.01", 3, None]]}, "id": UUID(int=3), "county": "330681",  # type: ignore[dict-item]
    }  # fmt: skip
    hashes = {hash_of(document_of({**FIELDS, name: value})) for name, value in changes.items()}
    assert len(hashes | {hash_of(document)}) == len(changes) + 1


def test_the_hash_of_a_known_publication_never_changes() -> None:
    assert hash_of(document_of(FIELDS)).hex() == "505b06590cd1814b6ee6f23a4e27c01ed71a13149b7f816edf15e0daae04f339"


def test_the_digest_names_title_and_content() -> None:
    content = FIELDS["content"]
    assert digest_of("a", content) != digest_of("b", content)  # type: ignore[arg-type]


def test_check_numbers_are_read_as_people_type_them() -> None:
    number = check_number(bytes.fromhex("3f2a9b0177c0" + "00" * 26))
    assert shown_check_number(number) == "3F2A 9B01 77C0"
    for typed in ("3F2A 9B01 77C0", "3f2a-9b01-77c0", " 3f2a9b0177c0 "):
        assert plain_check_number(typed) == number
    assert plain_check_number("3F2A 9B01") == plain_check_number("3F2A 9B01 77CG") == ""


def test_sections_that_contradict_themselves_are_refused_at_once() -> None:
    for wrong in ({"columns": ()}, {"name": "Wrong name"}, {"levels": frozenset({1})}, {"clock": Clock.MONTHLY}, {"by_subject": False}):
        with pytest.raises(ValueError, match=r"test_aid|Wrong name"):
            replace(NOTICE, **wrong)  # type: ignore[arg-type]


def test_figures_are_masked_like_cells() -> None:
    content = content_of(NOTICE, Collected(figures=(Figure("经手人", "张三", FieldKind.NAME),)))
    assert content["figures"][0]["value"] == "张*"
