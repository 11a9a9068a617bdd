"""A plugin is paused and switched off in one browser while its page is open in others, in both web processes."""

import pytest

from tests.e2e.people import ADMINISTRATOR, LEADER, People, Visit

pytestmark = pytest.mark.e2e
FILTER = "/township_filter"
OTHER_LEADER = "zhuji-fengqiao-leader"
GONE = "没有找到这个页面或内容"


async def change(administrator: Visit, way: str, label: str) -> None:
    """Go to the page of one way of switching, give a reason and do it."""
    await administrator.open(f"/plugins/township_filter/switch/{way}")
    await administrator.page.get_by_label("原因").fill("年底盘点")
    await administrator.press(f"{label}“事项过筛”")
    await administrator.page.wait_for_url("**/plugins")


async def in_menu(visit: Visit, address: str) -> bool:
    """Look for the plugin's place in the menu of a page served by this process."""
    await visit.page.goto(f"{address}/incoming")
    return await visit.page.locator(f"#menu a[href='{FILTER}']").count() == 1


async def test_switch_holds_at_once_in_both_processes_and_elsewhere_nothing_changes(people: People) -> None:
    async with (
        people.visit(ADMINISTRATOR) as administrator,
        people.visit(LEADER, process=1, expects=True) as leader,
        people.visit(OTHER_LEADER, "phone", process=1) as other,
    ):
        await leader.open(f"{FILTER}?review=due")
        await leader.page.locator(f"main a[href^='{FILTER}/']").first.click()
        await leader.page.locator("input[value=compliant]").check()
        await change(administrator, "pause", "暂停")
        try:
            await review_is_refused_while_paused(leader)
            await change(administrator, "resume", "恢复")
            await leader.open(f"{FILTER}?review=due")
            await change(administrator, "switch_off", "关闭")
            await leader.page.locator(f"main a[href^='{FILTER}/']").first.click()
            await leader.told(GONE)
            assert [await in_menu(leader, each) for each in people.product.addresses] == [False, False]
            assert [await in_menu(other, each) for each in people.product.addresses] == [True, True]
            await other.open(FILTER)
            assert await other.page.get_by_text(GONE).count() == 0
        finally:
            await bring_back(administrator)
        assert [await in_menu(leader, each) for each in people.product.addresses] == [True, True]


async def review_is_refused_while_paused(leader: Visit) -> None:
    """Send the form that was open: it is not taken, and the page says why. What was readable stays so."""
    await leader.press("记入台账")
    await leader.page.locator("#confirm").get_by_role("button", name="记入台账").click()
    await leader.told("这项功能已暂停")
    answer = await leader.open(FILTER)
    assert answer is not None
    assert answer.status == 200


async def bring_back(administrator: Visit) -> None:
    """Leave the plugin on, wherever the test ended: the other browser tests read its pages."""
    await administrator.open("/plugins/township_filter/switch/resume")
    if await administrator.page.get_by_label("原因").count():
        await change(administrator, "resume", "恢复")
    await administrator.open("/plugins/township_filter/switch/switch_on")
    if await administrator.page.get_by_label("原因").count():
        await change(administrator, "switch_on", "开启")
