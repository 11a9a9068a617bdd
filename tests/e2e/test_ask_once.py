"""Asking once in real browsers: a village fills in a form, and when it is asked again its answer stands there already."""

import re

import pytest
from playwright.async_api import expect

from tests.e2e.people import LEADER, SECRETARY, VILLAGE, People, Size, Visit

pytestmark = pytest.mark.e2e


async def ask(leader: Visit, title: str, label: str) -> None:
    """Write a task with a form of two fields on the dispatch page and send it to one village."""
    await leader.open("/tasks/new")
    await leader.page.get_by_label("标题").fill(title)
    await leader.page.get_by_label("要求").first.fill("清理村内河道水面和岸坡垃圾，报清理的长度。")
    await leader.page.get_by_label("清单事项编码").fill("V43")
    await leader.page.get_by_label("照片至少").fill("0")
    await leader.page.locator("summary").filter(has_text="请村里填表").click()
    await leader.page.locator("#ask-1-label").fill(label)
    await leader.page.locator("#ask-1-kind").select_option("number")
    await leader.page.locator("#ask-1-unit").fill("米")
    await leader.page.locator("#ask-1-required").check()
    await leader.page.locator("#ask-2-label").fill("村名")
    await leader.page.locator(f"#receivers input[value='{VILLAGE}']").first.check()
    await leader.press("派发")


async def stopped_and_sent(leader: Visit) -> None:
    """Read what is held already, then send all the same: nothing has to be written again."""
    await leader.told("还没有派发")
    await leader.press("派发")
    await leader.told("已派发给 1 个单位。")


async def take_in_hand(secretary: Visit, title: str) -> None:
    """Open the share and acknowledge it."""
    await secretary.open(f"/my?q={title}")
    await secretary.page.get_by_role("link", name=title).first.click()
    await secretary.page.wait_for_url("**/assignments/*")
    await secretary.press("签收")
    await secretary.told("办理中")


@pytest.mark.parametrize(("size", "scripts"), [("phone", True), ("desktop", False)])
async def test_same_field_is_offered_when_it_is_asked_again(people: People, size: Size, *, scripts: bool) -> None:
    way = "手机" if scripts else "无脚本"
    first, second, label = f"河道保洁长度（{way}）", f"河道保洁再报（{way}）", f"保洁河道长度{way}"
    async with (
        people.visit(LEADER, scripts=scripts) as leader,
        people.visit(SECRETARY, size, scripts=scripts, process=1) as secretary,
    ):
        await ask(leader, first, label)
        await stopped_and_sent(leader)  # the village's name is held by the system
        await take_in_hand(secretary, first)
        await expect(secretary.page.locator("#answer-2")).to_have_value(re.compile("朱家兜"))
        if scripts:
            missing = secretary.page.locator("[data-missing-for='answer-1']")
            await expect(missing).to_be_visible()
        await secretary.page.locator("#answer-1").fill("800")
        if scripts:
            await expect(missing).to_be_hidden()
        await secretary.page.get_by_role("textbox", name="办理情况").fill("已清理。")
        await secretary.press("提交成果")
        await secretary.told("待评分")
        await ask(leader, second, f"请填写{label}")
        await leader.told("这一项已有 1 个村的填报")
        await stopped_and_sent(leader)
        await take_in_hand(secretary, second)
        await expect(secretary.page.locator("#answer-1")).to_have_value("800")
        await secretary.told("上次填报：800 米")
        await secretary.page.locator("#answer-1").fill("850")
        await secretary.page.get_by_role("textbox", name="办理情况").fill("又清理了一段。")
        await secretary.press("提交成果")
        await secretary.told("待评分")
        await leader.page.reload()
        await leader.told("填报结果")
        await leader.told("850")
