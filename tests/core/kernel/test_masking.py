"""What pages show of names and numbers."""

from core.kernel.masking import masked_card, masked_id_number, masked_name, masked_phone


def test_names_keep_their_first_character_and_hide_their_length() -> None:
    assert [masked_name(name) for name in ("张三", "张小三", "欧阳小三", "", "张")] == [
        "张*",
        "张**",
        "欧**",
        "",
        "张",
    ]


def test_numbers_keep_what_the_rules_say() -> None:
    assert masked_phone("13812341234") == "138****1234"
    assert masked_phone("12345") == "****"
    assert masked_id_number("11010519491231002X") == "1***************2X"
    assert masked_card("6222020200112233445") == "3445"
    assert (masked_phone(""), masked_id_number(""), masked_card("")) == ("", "", "")
