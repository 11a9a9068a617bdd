"""What a verdict tells: whole words that were matched, and the forbidden item that comes as near as the best."""

from pathlib import Path

import pytest

from plugins.township_filter.comparison.comparison import Comparison
from plugins.township_filter.comparison.engine import Engine, common
from plugins.township_filter.comparison.outcome import Outcome
from scripts.screening_texts import ListItem, items_of

ITEMS = Path(__file__).parents[1] / "texts" / "entry_list.csv"


@pytest.fixture(scope="module")
def township() -> Engine[ListItem]:
    return Engine(Comparison(items_of(ITEMS)["township"]))


@pytest.mark.parametrize(
    ("name", "text", "words", "parts"),
    [
        ("最低生活保障申请受理和调查初审", "请受理和上报材料", "低保", ["受理"]),
        ("绿化工作", "美化工作要求", "绿化", []),
        ("绿化工作", "做好绿化工作", "绿化", ["绿化工作"]),
        ("森林防火宣传教育", "防火宣传", "宣传教育 宣传 防火", ["防火宣传"]),
        ("安全生产", "情况工作", "", []),
        ("城乡居民医保参保动员", "医保参保动员", "居民医保 医保", ["医保参保动员"]),
    ],
)
def test_only_whole_words_are_told_as_matched(name: str, text: str, words: str, parts: list[str]) -> None:
    assert list(common(name, text, frozenset(words.split()))) == parts


def test_the_parts_of_a_verdict_hold_no_half_words(township: Engine[ListItem]) -> None:
    found = township.judge(level="township", title="做好美化工作，受理和上报低保材料")
    told = [part for near in found.nearest for part in near.parts]
    assert not {"化工作", "受理和"} & set(told)


def test_a_forbidden_item_that_comes_as_near_is_told_beside_the_candidates(township: Engine[ListItem]) -> None:
    found = township.judge(level="township", title="请乡镇对特种设备使用单位开展监督检查")
    assert (found.outcome, found.forbidden and found.forbidden.item.code) == (Outcome.HELD, "R01")
    assert "R01" not in [near.item.code for near in found.candidates]
    assert [near.item.code for near in found.nearest] == [*(near.item.code for near in found.candidates), "R01"]


def test_what_passes_or_is_refused_tells_no_more_than_its_candidates(township: Engine[ListItem]) -> None:
    for title in ("森林防火巡查", "组织村民关注公众号并转发打卡"):
        found = township.judge(level="township", title=title)
        assert found.nearest == found.candidates
