"""Personal numbers in texts: every way of writing them that people try, and everything that looks like them and is none."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernel import clock
from core.kernel.numbers import (
    _ID_CHECKS,
    _ID_WEIGHTS,
    is_bank_card,
    is_id_number,
    is_phone,
    numbers_in,
    without_numbers,
)
from core.kernel.secrets import plain_id_number


@pytest.fixture(autouse=True)
def admin() -> None:
    """Need no database."""


RECENT = clock.local(clock.now()).year - 10
HIDDEN = [
    ("电话13812345678。", "phone"), ("13812345678", "phone"), ("138 1234 5678", "phone"), ("138-1234-5678", "phone"),
    ("138.1234.5678", "phone"), ("（138）1234-5678", "phone"), ("138 12345678", "phone"), ("１３８１２３４５６７８", "phone"),
    ("+86 138 1234 5678", "phone"), ("0086-13812345678", "phone"), ("8613812345678", "phone"), ("tel13812345678x", "phone"),
    ("一三八一二三四五六七八", "phone"), ("壹叁捌壹贰叁肆伍陆柒捌", "phone"), ("①③⑧①②③④⑤⑥⑦⑧", "phone"), ("1 3 8 1 2 3 4 5 6 7 8", "phone"),
    ("13 81 23 45 67 8", "phone"), ("138\u200b1234\u200b5678", "phone"), ("138\u00ad12345678", "phone"), ("2026-11-22 13812345678", "phone"),
    ("3号13812345678，", "phone"), ("١٣٨١٢٣٤٥٦٧٨", "phone"), ("138\u30001234\u30005678", "phone"), ("138_1234_5678", "phone"),
    ("11010519491231002X", "id_number"), ("11010519491231002x号", "id_number"), ("110105 19491231 002X", "id_number"),
    ("110105-1949-1231-002X", "id_number"), ("１１０１０５１９４９１２３１００２Ｘ", "id_number"), ("11010519491231002Х", "id_number"),
    ("110105194912310021", "id_number"), ("330521197001011234", "id_number"), ("张三身份证号码３３０５２１１９７００１０１１２３４", "id_number"),
    ("330521 19700101 1234", "id_number"), ("330521-1970-0101-1234", "id_number"), ("3305 2119 7001 0112 34", "id_number"),
    ("3 3 0 5 2 1 1 9 7 0 0 1 0 1 1 2 3 4", "id_number"), ("三三〇五二一一九七〇〇一〇一一二三四", "id_number"),
    ("110105491231002", "id_number"), ("证号:110105\u200d19491231\u200d002X", "id_number"),
    ("6222021234567890128", "bank_card"), ("6222 0212 3456 7890 128", "bank_card"), ("4111-1111-1111-1111", "bank_card"),
    ("卡4111111111111111尾", "bank_card"), ("５５０００００００００００００４", "bank_card"), ("9558801234567890128", "bank_card"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind"), HIDDEN)
def test_a_number_is_found_however_it_is_written(text: str, kind: str) -> None:
    found = numbers_in(text)
    if kind == "bank_card" and not found:
        pytest.fail(f"{text} is a card with a right check digit")
    assert [hit.kind for hit in found] == [kind]
    assert numbers_in(without_numbers(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "", "186400.00", "13,812,345,678.00元", "31275", "0572-1234567", "12345", "020-87654321", "400-800-8820", "330503101201",
        "政发〔2026〕9号", "2026-11-22", "20261122", "2026年第4季度", "二〇二六年十一月二十二日", "91330503MA2B4QXY0T", "12.5%",
        "138****5678", "1***************2X", "****0128", "张三、李四 3人 15天", "长120米 宽3.5米 厚180mm", "合同编号 NX-2026-0013-0001",
        "东经120.4321 北纬30.8765", "单价128.00元×1381.25平方米", "10000000000", "12812345678", "共3户11人，每户1200元",
        "1380、1234、567", "15 120 30 4000 元", "http://example.org/2026/11/22", "1234567890123456", "6222021234567890123",
        "990105194912310021", "110105199913310029", "330521197002301234", "330521189901011234", "330521209901011235",
        "合同330503202611220013", "330503-20261122-0013", "330503 2026 1122 0013", "33 052119700101 1234 元", "3305211970010112345",
    ],
)  # fmt: skip
def test_amounts_dates_and_codes_pass(text: str) -> None:
    assert numbers_in(text) == []
    assert without_numbers(text) == text


def id_number(province: str, born: date, order: int) -> str:
    head = f"{province}0105{born:%Y%m%d}{order:03}"
    total = sum(int(digit) * weight for digit, weight in zip(head, _ID_WEIGHTS, strict=True))
    return head + _ID_CHECKS[total % 11]


people = st.builds(
    id_number, st.sampled_from(["11", "33", "44", "65"]), st.dates(date(1900, 1, 1), date(2026, 1, 1)), st.integers(0, 999)
)  # fmt: skip
phones = st.builds(lambda second, rest: f"1{second}{rest:09}", st.integers(3, 9), st.integers(0, 10**9 - 1))
around = st.text(st.characters(categories=["Lo", "Po"], exclude_characters="〇一二三四五六七八九零壹贰叁肆伍陆柒捌玖幺两"), max_size=5)


@given(people, around, around)
def test_every_identity_number_is_found_and_nothing_of_it_stays_readable(number: str, before: str, after: str) -> None:
    assert plain_id_number(number) == number
    assert is_id_number(number)
    hidden = without_numbers(f"{before}{number}{after}")
    assert number[2:16] not in hidden
    assert number[6:14] not in hidden
    assert numbers_in(hidden) == []


@given(phones, around, around)
def test_every_phone_is_found(number: str, before: str, after: str) -> None:
    assert is_phone(number)
    hidden = without_numbers(f"{before}{number}{after}")
    assert number not in hidden
    assert number[3:7] not in hidden[len(before) + 3 : len(before) + 7]


@given(people)
def test_a_wrong_check_digit_makes_no_identity_number_but_is_found_as_a_mistyped_one(number: str) -> None:
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
    assert not is_id_number(wrong)
    assert plain_id_number(wrong) == ""
    if int(wrong[6:10]) <= RECENT:
        assert [hit.kind for hit in numbers_in(f"证号{wrong}。")] == ["id_number"]
        assert wrong[6:14] not in without_numbers(f"证号{wrong}。")


@given(st.integers(0, 10**12), st.integers(0, 99))
def test_amounts_with_thousands_pass(yuan: int, fen: int) -> None:
    assert numbers_in(f"{yuan:,}.{fen:02} 元") == [] or yuan < 1000


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(1, 40))
def test_dates_and_spans_pass(day: date, days: int) -> None:
    after = day + timedelta(days=days)
    assert numbers_in(f"{day:%Y-%m-%d}至{after:%Y年%m月%d日}，{day:%Y.%m.%d}，{after:%Y%m%d}") == []


@given(st.integers(0, 10**15 - 1))
def test_a_card_without_its_check_digit_is_no_card(body: int) -> None:
    number = f"6{body:015}"
    right = [digit for digit in "0123456789" if is_bank_card(number[:-1] + digit)]
    assert len(right) == 1
