"""What is told to people."""

from core.kernel.errors import Conflict, Invalid, filled


def test_filled_text_reads_in_chinese_and_keeps_what_it_was_made_of() -> None:
    text = filled("还差 %(n)s 张照片", n=2, limit=5)
    assert text == "还差 2 张照片"
    assert (text.source, text.data) == ("还差 %(n)s 张照片", {"n": 2, "limit": 5})


def test_error_has_a_default_sentence_and_carries_its_data() -> None:
    assert Conflict().message == Conflict.default
    error = Invalid("“%(title)s”不行", fields={"title": "请写标题。"}, title="修堤")
    assert (error.message % error.data, dict(error.fields), error.status) == (
        "“修堤”不行",
        {"title": "请写标题。"},
        422,
    )
