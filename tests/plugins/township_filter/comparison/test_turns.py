"""What the comparison reads beside words: turns of phrase of an emergency, other words for one thing, numbers however written."""

from pathlib import Path

import pytest

from plugins.township_filter.comparison.arrivals import Arrivals
from plugins.township_filter.comparison.comparison import Comparison
from plugins.township_filter.comparison.engine import Engine
from plugins.township_filter.comparison.outcome import Outcome
from plugins.township_filter.comparison.same import counted, meant, months, value
from plugins.township_filter.comparison.signs import SIGN_GROUPS, own_signs, signs
from plugins.township_filter.comparison.text import folded
from scripts.screening_texts import ListItem, items_of

TEXTS = Path(__file__).parents[1] / "texts"


def engine(level: str) -> Engine[ListItem]:
    return Engine(Comparison(items_of(TEXTS / "entry_list.csv")[level]))


@pytest.mark.parametrize(
    ("written", "number"), [("412", 412), ("十五", 15), ("二十三", 23), ("三百", 300), ("两千", 2000), ("一万二千", 12_000)]
)
def test_a_number_has_one_value_however_it_is_written(written: str, number: int) -> None:
    assert value(written) == number


def test_only_what_counts_or_dates_something_is_a_number() -> None:
    assert counted(folded("请5个工作日内报,三户人家,十五日以前;一定做好三资")) == {5, 3, 15}
    assert months(folded("6月底前和十一月")) == {6, 11}


def test_two_ways_to_say_one_thing_mean_the_same() -> None:
    assert meant("逐户造册") == meant("挨家登记")
    assert meant("张榜") != meant("讲课")


def test_every_group_of_turns_is_written() -> None:
    assert sorted(own_signs()) == sorted(SIGN_GROUPS)
    assert signs("") == {}


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("粮库皮带机把人绞住了", "人还在叫,请会修机器的马上过来,叫救护车。"),
        ("河滩上两个放羊的被水围着", "水还在往上涨,请快带绳子和船过去接人。"),
    ],
)
def test_what_happens_now_to_somebody_is_an_emergency_whatever_it_is(title: str, body: str) -> None:
    assert engine("village").judge(level="village", title=title, body=body).outcome is Outcome.EMERGENCY


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("特急:落水救生演练请报名", "模拟两人被困,每村报三名队员,月底前把名单报上来。"),
        ("十万火急:请立即报送防汛物资统计表", "今天下班前发邮箱,逾期通报。"),
    ],
)
def test_what_is_planned_or_wanted_on_paper_is_none_however_loud(title: str, body: str) -> None:
    assert engine("village").judge(level="village", title=title, body=body).outcome is not Outcome.EMERGENCY


def outcome_of_second(first: tuple[str, str], second: tuple[str, str]) -> Outcome:
    own = engine("village")
    arrivals: Arrivals[ListItem] = Arrivals()
    found = []
    for name, (title, body) in (("1", first), ("2", second)):
        weighed = own.comparison.weigh(title, body)
        found.append(arrivals.taken(name, "village", weighed, own.judged(weighed, "village")))
    return found[1].outcome


def test_the_same_work_in_other_words_is_a_duplicate_and_other_work_of_the_item_is_none() -> None:
    first = ("关于协助开展春季犬只狂犬病免疫的通知", "请通知养犬户于4月15日前带狗到村口接种点打针,逐户登记免疫证号。")
    again = ("请养狗的人家四月中旬前带狗打疫苗", "村口设了接种点,十五日前都来打针,挨家把免疫证号记下。")
    other = ("关于协助做好流浪犬线索收集的通知", "发现没人牵的狗请拍照报城管队,由专业队伍来收。")
    assert outcome_of_second(first, again) is Outcome.DUPLICATE
    assert outcome_of_second(first, other) is not Outcome.DUPLICATE
