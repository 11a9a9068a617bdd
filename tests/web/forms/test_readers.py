"""What single fields are read as: whole numbers, ids from lists, and numbers in addresses."""

from uuid import UUID

import pytest

from core.kernel.errors import Conflict, Invalid
from web.deeds import unsent_of
from web.forms import id_in, number_or, whole_in

ID = "018f0000-0000-7000-8000-00000000dead"


@pytest.mark.parametrize(("sent", "read"), [("0", 0), (" 12 ", 12), ("999999", 999999)])
def test_a_whole_number_is_read(sent: str, read: int) -> None:
    assert whole_in({"n": [sent]}, "n") == read


@pytest.mark.parametrize("sent", ["", "-1", "1.5", "1e3", "１２", "²", "1000000", "abc"])
def test_what_is_no_whole_number_is_refused_at_its_field(sent: str) -> None:
    with pytest.raises(Invalid) as refused:
        whole_in({"n": [sent]}, "n")
    assert refused.value.fields == {"n": "请填写整数。"}


def test_an_id_comes_from_a_list_or_is_not_chosen() -> None:
    assert id_in({"who": [ID]}, "who") == UUID(ID)
    assert id_in({"who": [" "]}, "who") is None
    with pytest.raises(Invalid) as refused:
        id_in({"who": ["x"]}, "who")
    assert set(refused.value.fields) == {"who"}


@pytest.mark.parametrize(("told", "read"), [("3", 3), ("10000", 10000), ("10001", 1), ("0", 1), ("-2", 1), ("", 1), ("٣", 1), ("9" * 5000, 1)])
def test_a_page_that_is_none_is_the_first(told: str, read: int) -> None:
    assert number_or(told, 1) == read


def test_what_was_typed_is_given_back_only_where_somebody_was_faster() -> None:
    form = {"text": ["写了很多"], "reason": [" "]}
    assert unsent_of(Conflict(), form, "text", "reason") == "写了很多"
    assert unsent_of(Invalid(), form, "text") == ""
    assert unsent_of(None, None, "text") == ""
