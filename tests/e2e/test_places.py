"""One open place, two villages' browsers."""

import asyncio

import pytest

from tests.e2e.people import LEADER, SECOND_SECRETARY, SECRETARY, People

pytestmark = pytest.mark.e2e
TITLE = "河道清漂一日志愿行动"


async def test_of_two_villages_one_gets_the_place_and_the_other_learns_who(people: People) -> None:
    async with (
        people.visit(LEADER) as leader,
        people.visit(SECRETARY, "phone", expects=True) as first,
        people.visit(SECOND_SECRETARY, "phone", process=1, expects=True) as second,
    ):
        await leader.open("/tasks/new")
        await leader.page.get_by_label("标题").fill(TITLE)
        await leader.page.get_by_label("要求").fill("自愿参加，清理村内河道漂浮物。")
        await leader.page.get_by_label("清单事项编码").fill("V43")
        await leader.page.get_by_label("开放领取").check()
        await leader.page.get_by_label("开放名额").fill("1")
        await leader.press("派发")
        await leader.told("已开放 1 个名额")
        windows = (first, second)
        for window in windows:
            await window.open("/open")
        cards = [window.page.locator(".task-card").filter(has_text=TITLE) for window in windows]
        await asyncio.gather(*(card.get_by_role("button", name="领取").click() for card in cards))
        answers = [await card.get_by_role("status").inner_text() for card in cards]
        assert sorted("已领取，请在" in answer for answer in answers) == [False, True], answers
        winner = "朱家兜" if "已领取，请在" in answers[0] else "李家兜"
        loser = next(answer for answer in answers if "已领取，请在" not in answer)
        assert f"慢了一步，{winner}" in loser
        assert all(window.path == "/open" for window in windows)
