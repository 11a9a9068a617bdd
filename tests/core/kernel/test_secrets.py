"""Personal numbers at rest, and how they are read from what people type."""

import pytest

from core.kernel.secrets import UnreadableError, decrypt, encrypt, index_of, plain_id_number, plain_phone


def test_a_value_is_read_back_for_its_own_county_and_purpose_only() -> None:
    stored = encrypt("13812341234", purpose="phone", owner="330503")
    assert b"13812341234" not in stored
    assert decrypt(stored, purpose="phone", owner="330503") == "13812341234"
    for purpose, owner in (("phone", "330681"), ("id_number", "330503")):
        with pytest.raises(UnreadableError):
            decrypt(stored, purpose=purpose, owner=owner)
    with pytest.raises(UnreadableError):
        decrypt(stored[:-1] + bytes([stored[-1] ^ 1]), purpose="phone", owner="330503")
    with pytest.raises(UnreadableError):
        decrypt(b"\x02" + stored[1:], purpose="phone", owner="330503")


def test_the_same_value_is_never_stored_twice_alike_but_has_one_index() -> None:
    first, second = (encrypt("13812341234", purpose="phone", owner="330503") for _ in range(2))
    assert first != second
    assert index_of("13812341234", purpose="phone") == index_of("13812341234", purpose="phone")
    assert index_of("13812341234", purpose="phone") != index_of("13812341234", purpose="id_number")


@pytest.mark.parametrize(
    ("typed", "phone"),
    [
        ("13812341234", "13812341234"), ("138 1234-1234", "13812341234"), ("+86 138 1234 1234", "13812341234"),
        ("１３８１２３４１２３４", "13812341234"), ("12812341234", ""), ("1381234123", ""), ("0572-3912345", ""),
        ("", ""), ("张三", ""),
    ],
)  # fmt: skip
def test_phones_are_read_as_people_type_them(typed: str, phone: str) -> None:
    assert plain_phone(typed) == phone


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("11010519491231002X", "11010519491231002X"), ("11010519491231002x", "11010519491231002X"),
        ("110105194912310021", ""), ("11010519491331002X", ""), ("1101051949123100", ""), ("", ""),
    ],
)  # fmt: skip
def test_identity_numbers_need_their_check_digit(typed: str, number: str) -> None:
    assert plain_id_number(typed) == number
