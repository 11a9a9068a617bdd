"""Of several forms on a page, the one that was sent keeps what was written."""

from web.forms.kept import Kept

SENT = Kept("extend", {"reason": ["下雨"], "due_at": ["明天"]}, "请修改", {"due_at": "请填写日期和时间。"})


def test_the_form_that_was_sent_keeps_its_values_and_messages() -> None:
    assert SENT.value("extend", "reason") == "下雨"
    assert SENT.value("extend", "text", "从前") == ""
    assert (SENT.wrong("extend", "due_at"), SENT.wrong("extend", "reason")) == ("请填写日期和时间。", None)
    assert SENT.opens("extend")


def test_other_forms_of_the_page_are_as_they_were() -> None:
    assert SENT.value("return", "reason") is None
    assert SENT.value("allocate", "receiver", "从前") == "从前"
    assert (SENT.wrong("return", "due_at"), SENT.opens("return")) == (None, False)
    assert not Kept().opens("")


def test_summary_leads_to_the_fields_by_their_ids() -> None:
    assert SENT.errors == {"summary": "请修改", "fields": {"extend-due_at": "请填写日期和时间。"}}
    assert Kept("", {}, "缺", {"text": "还没有写"}).errors["fields"] == {"text": "还没有写"}
