"""A county's own words: declared terms only, the longest first, in one pass."""

from pathlib import Path

import pytest

from core.tenancy.packs import PackError, load_pack
from core.tenancy.terms import FOLDER, TermsError, terms_of_counties, worded, words_from


def test_words_replace_declared_terms_and_nothing_else() -> None:
    words = words_from({"网格": "微网格", "村（社区）": "村居", "积分": "积分"})
    assert words == (("村（社区）", "村居"), ("网格", "微网格"))
    assert worded("网格员和网格，村（社区）的积分", words) == "网格员和微网格，村居的积分"
    swapped = words_from({"积分": "工分", "工分": "积分"})
    assert worded("积分和工分", swapped) == "工分和积分"


@pytest.mark.parametrize("told", [{"书记": "班长"}, {"网格": ""}, {"网格": "<b>"}, {"网格": "%(n)s"}, {"网格": 3}, {"网格": "格" * 21}])
def test_other_words_are_refused(told: dict[str, object]) -> None:
    with pytest.raises(TermsError):
        words_from(told)


def test_packs_of_ours_use_it_and_a_broken_one_says_where(tmp_path: Path) -> None:
    assert dict(terms_of_counties()["330681"]) == {"网格员": "枫桥网格员"}
    assert [load_pack(FOLDER / code).county for code in ("330503", "330681")] == ["330503", "330681"]
    folder = tmp_path / "330503"
    folder.mkdir()
    (folder / "pack.toml").write_text('county = "330503"\nname = "南浔区"\n', "utf-8")
    (folder / "terms.toml").write_text('"书记" = "班长"\n', "utf-8")
    with pytest.raises(PackError, match="书记"):
        load_pack(folder)
    with pytest.raises(TermsError, match=r"terms\.toml"):
        terms_of_counties(tmp_path)
