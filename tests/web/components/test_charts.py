"""The drawings' figures."""

import pytest

from web.charts import bar_layout, flow_layout

STATES = [("a", "待签收"), ("b", "已签收"), ("c", "已办结")]


def test_states_stand_under_each_other_in_order() -> None:
    flow = flow_layout(STATES, [])
    assert [box.code for box in flow.boxes] == ["a", "b", "c"]
    assert [box.y for box in flow.boxes] == sorted(box.y for box in flow.boxes)
    assert len({box.x for box in flow.boxes}) == 1


def test_returns_run_left_and_jumps_right_of_the_boxes() -> None:
    flow = flow_layout(STATES, [("a", "b", "签收"), ("c", "a", "退回"), ("a", "c", "撤回")])
    left, right = flow.boxes[0].x, flow.boxes[0].x + flow.boxes[0].width
    where = {arrow.name: arrow.x for arrow in flow.arrows}
    assert where["退回"] < left < where["签收"] < right < where["撤回"] < flow.width


def test_lines_of_one_side_do_not_share_a_lane() -> None:
    flow = flow_layout(STATES, [("b", "a", "退回"), ("c", "a", "重来"), ("c", "b", "补正")])
    assert len({arrow.x for arrow in flow.arrows}) == 3


def test_what_has_one_name_and_one_target_shares_a_lane() -> None:
    states = [*STATES, ("d", "已撤回")]
    flow = flow_layout(states, [("a", "d", "撤回"), ("b", "d", "撤回"), ("a", "c", "免办")])
    assert sorted(arrow.name for arrow in flow.arrows) == ["免办", "撤回"]


def test_lines_leave_and_enter_within_the_side_of_their_box() -> None:
    states = [(letter, letter) for letter in "abcdefgh"]
    flow = flow_layout(states, [("a", letter, f"到 {letter}") for letter in "cdefgh"])
    first = flow.boxes[0]
    starts = [int(arrow.path.split()[1].split("H")[0]) for arrow in flow.arrows]
    assert len(set(starts)) == len(starts)
    assert all(first.y < start < first.y + first.height for start in starts)


def test_an_unknown_state_raises() -> None:
    with pytest.raises(KeyError):
        flow_layout(STATES, [("a", "nowhere", "去")])


def test_the_longest_bar_is_a_hundred_units_long() -> None:
    bars = bar_layout([{"label": "甲", "value": 20, "text": "20 分"}, {"label": "乙", "value": 5}])
    assert [(bar.length, bar.text) for bar in bars] == [(100, "20 分"), (25, "5")]


def test_bars_of_nothing_are_no_mistake() -> None:
    assert [bar.length for bar in bar_layout([{"label": "甲", "value": 0}])] == [0]
    assert bar_layout([]) == []
