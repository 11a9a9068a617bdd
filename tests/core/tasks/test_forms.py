"""The rules of the short form: what may be asked, what is a right answer, and when two fields ask for the same."""

from decimal import Decimal

import pytest

from core.tasks.enums import Fact, FieldKind
from core.tasks.forms import (
    REFUSED,
    AskedField,
    asks_for_numbers_of_cards,
    fields_of_form,
    label_key,
    same_unit,
    stored_answers,
    total_of,
    value_for,
    wrong_answers,
    wrong_form,
)

POOR = AskedField("低保户数", FieldKind.NUMBER, required=True, unit="户")
WHO = AskedField("联系人")
WHEN = AskedField("下次检查日期", FieldKind.DATE)


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("请填写低保户数", "低保户数"),
        ("低保户 数", "低保户数"),
        ("低保户数：", "低保户数"),
        ("请如实填写低保户的数量", "低保户"),
        ("低保户数量", "低保户"),
        ("６０岁以上老人", "60岁以上老人"),
        ("外出人数（上半年）", "外出人数上半年"),
        ("外出人数（下半年）", "外出人数下半年"),
        ("数量", "数量"),
        ("请填写", "请填写"),
        ("Households", "households"),
    ],
)
def test_label_comes_down_to_what_it_asks_for(label: str, key: str) -> None:
    assert label_key(label) == key


@pytest.mark.parametrize(
    "label",
    [
        "身份证号", "户主身份证号码", "身份证", "身 份 证 号", "公民身份号码", "证件号码", "身份证复印件", "银行卡号", "银行账号", "收款账户",
        "打卡账号", "一卡通号", "开户行账号", "社保卡号", "存折号", "ID number", "Bank card", "passport no",
    ],
)  # fmt: skip
def test_asking_for_numbers_of_cards_is_refused(label: str) -> None:
    assert asks_for_numbers_of_cards(label)
    assert wrong_form([WHO, AskedField(label)]) == {"ask-2-label": REFUSED}


@pytest.mark.parametrize(
    "label",
    ["办理身份证人数", "持有银行卡张数", "证件照拍摄人数", "户数", "门牌号", "车牌号", "村级账户余额", "社保卡激活人数", "合同编号", "卡口数", "身份证过期人数"],
)
def test_asking_how_many_is_not_refused(label: str) -> None:
    assert wrong_form([AskedField(label)]) == {}


def test_everything_wrong_with_a_form_is_said_by_input() -> None:
    wrong = wrong_form([POOR, AskedField("请填写低保户数"), AskedField("", unit="户"), AskedField("长" * 31, unit="长" * 11)])
    assert sorted(wrong) == ["ask-2-label", "ask-3-label", "ask-4-label", "ask-4-unit"]
    assert "“低保户数”" in wrong["ask-2-label"]


def test_ten_fields_may_be_asked_and_not_eleven() -> None:
    fields = [AskedField(f"第{n}项") for n in range(1, 12)]
    assert wrong_form(fields[:10]) == {}
    assert list(wrong_form(fields)) == ["ask-11-label"]


@pytest.mark.parametrize(
    ("field", "text", "right"),
    [
        (POOR, "125", True), (POOR, "1,250", True), (POOR, "１２５", True), (POOR, "-3.5", True), (POOR, "0", True),
        (POOR, "", False), (POOR, " ", False), (POOR, "很多", False), (POOR, "NaN", False), (POOR, "1e999999", False),
        (POOR, "1000000000000", False), (POOR, "0.00001", False), (POOR, "1.50000", True),
        (WHEN, "2026-12-01", True), (WHEN, "12月1日", False), (WHEN, "0001-01-01", False), (WHEN, "", True),
        (WHO, "王建国", True), (WHO, "", True), (WHO, "长" * 201, False), (WHO, "330503199001011234", False),
        (WHO, "33050319900101123X", False), (WHO, "6222 0202 0000 1234 567", False), (WHO, "13812345678", True),
    ],
)  # fmt: skip
def test_answer_is_checked_by_its_kind(field: AskedField, text: str, right: bool) -> None:  # noqa: FBT001 - a case
    assert (wrong_answers([field], {"answer-1": text}) == {}) is right


def test_answers_are_kept_with_what_was_asked_and_read_again() -> None:
    fields = [POOR, WHO, WHEN]
    assert fields_of_form([field.stored() for field in fields]) == fields
    kept = stored_answers(fields, {"answer-1": " 1,250.50 ", "answer-3": "2026-12-01", "answer-9": "别的"})
    assert kept == [
        {"label": "低保户数", "key": "低保户数", "kind": "number", "unit": "户", "value": "1250.5"},
        {"label": "下次检查日期", "key": "下次检查日期", "kind": "date", "unit": "", "value": "2026-12-01"},
    ]
    assert [value_for(field, kept) for field in fields] == ["1250.5", "", "2026-12-01"]


def test_numbers_add_up_and_nothing_else_does() -> None:
    given = [stored_answers([POOR, WHO], {"answer-1": n, "answer-2": "王"}) for n in ("3", "100", "0.5")]
    assert total_of(POOR, given) == Decimal("103.5")
    assert total_of(WHO, given) is None
    assert total_of(POOR, []) is None


@pytest.mark.parametrize(("first", "second", "same"), [("亩", "公顷", False), ("户", "户", True), ("", "户", True), ("m2", "Ｍ２ ", True)])
def test_figure_is_carried_over_in_its_own_unit_only(first: str, second: str, same: bool) -> None:  # noqa: FBT001 - a case
    assert same_unit(first, second) is same


def test_what_the_system_holds_is_known_by_its_label_and_only_as_text() -> None:
    assert AskedField("所属乡镇（街道）").fact is Fact.TOWNSHIP
    assert AskedField("请填写村名：").fact is Fact.VILLAGE
    assert AskedField("村书记", FieldKind.NUMBER).fact is None
    assert AskedField("村书记电话").fact is None
