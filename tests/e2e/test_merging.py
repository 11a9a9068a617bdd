"""Three ask for the same: a leader merges them, parts them, merges them again and dispatches; each sender sees the same end."""

import asyncio
import re

import pytest
from playwright.async_api import expect

from tests.e2e.people import LEADER, SECRETARY, STAFF, VILLAGE, People, Size, Visit

pytestmark = pytest.mark.e2e
RESULT = "已入户 62 户，提醒到位。"
MATTER = "请各村入户宣传流感疫苗接种时间和地点，做好登记。"


async def hand_in(visit: Visit, title: str, number: str) -> str:
    """Write a matter; give its address."""
    await visit.open("/incoming/new")
    await visit.page.get_by_label("标题").fill(title)
    await visit.page.get_by_label("内容").fill(MATTER)
    await visit.page.get_by_label("文号").fill(number)
    await visit.page.get_by_label("清单事项编码").fill("V33")
    await visit.press("提交过筛")
    await visit.told("可以派发")
    assert re.match(r"/incoming/[0-9a-f-]{36}$", visit.path)
    return visit.path


async def merge(leader: Visit, title: str, main: str, others: list[str]) -> None:
    """Tick all three in the list, choose which leads, say why."""
    await leader.open(f"/incoming?q={title}")
    for address in (main, *others):
        await leader.page.locator(f"input[name=matters][value='{address.rpartition('/')[2]}']").check()
    await leader.press("归并选中的")
    await leader.page.get_by_label("主件").select_option(main.rpartition("/")[2])
    await leader.page.get_by_label("理由").fill("都是疫苗接种宣传")
    await leader.press("确认归并")
    await leader.told("已归并 2 件来文")
    assert leader.path == main


async def undo(leader: Visit, main: str) -> None:
    await leader.open(main)
    await leader.press("全部撤销归并")
    await leader.told("已撤销归并，2 件来文各自单独办理。")
    await expect(leader.page.get_by_text("归并到这件的来文")).to_have_count(0)


async def dispatch(leader: Visit, main: str) -> None:
    await leader.open(main)
    await leader.page.get_by_role("link", name="去派发").first.click()
    await leader.told("归并了 2 件来文，一起派发")
    await leader.page.get_by_label("照片至少").fill("0")
    await leader.page.locator(f"#receivers input[value='{VILLAGE}']").first.check()
    await leader.press("派发")
    await leader.told("已派发给 1 个单位。")


async def work(people: People, title: str, size: Size, *, scripts: bool) -> None:
    """Acknowledge, write and submit in the village."""
    async with people.visit(SECRETARY, size, scripts=scripts) as secretary:
        await secretary.open(f"/my?q={title}")
        await secretary.page.get_by_role("link", name=title).first.click()
        await secretary.page.wait_for_url("**/assignments/*")
        await secretary.press("签收")
        await secretary.told("办理中")
        await secretary.page.get_by_role("textbox", name="办理情况").fill(RESULT)
        await secretary.press("提交成果")
        await secretary.told("待评分")


async def score(leader: Visit, title: str) -> None:
    await leader.open("/scoring")
    row = leader.page.locator("[data-score-row]").filter(has_text=title)
    await row.get_by_text("良好").click()
    await row.get_by_role("button", name="评分").click()
    await expect(leader.page.locator("[data-score-row]").filter(has_text=title)).to_have_count(0)


async def sees_the_end(visit: Visit, address: str) -> None:
    await visit.open(address)
    for text in ("办理进展", "办结 1 / 1", RESULT):
        await visit.told(text)


async def is_told(visit: Visit, text: str) -> None:
    """Wait until the worker has told of it."""
    for _ in range(60):
        await visit.open("/notices")
        if await visit.page.get_by_role("listitem").filter(has_text=text).count():
            return
        await asyncio.sleep(0.5)
    pytest.fail(f"nobody was told: {text}")


@pytest.mark.parametrize(("size", "scripts"), [("desktop", True), ("phone", False)])
async def test_three_matters_become_one_task_and_each_sender_sees_its_end(people: People, size: Size, *, scripts: bool) -> None:
    title = f"流感疫苗接种宣传{'电脑' if scripts else '手机'}"
    async with people.visit(LEADER, size, scripts=scripts) as leader, people.visit(STAFF, size, scripts=scripts) as staff:
        main = await hand_in(leader, f"{title}通知", "卫健〔2026〕1号")
        mine = await hand_in(staff, f"{title}安排", "疾控〔2026〕2号")
        last = await hand_in(leader, f"{title}工作", "办〔2026〕3号")
        await merge(leader, title, main, [mine, last])
        await staff.open(mine)
        await staff.told("已归并到这件来文，一起派发")
        await undo(leader, main)
        await staff.open(mine)
        await expect(staff.page.get_by_text("已归并到这件来文")).to_have_count(0)
        await merge(leader, title, main, [mine, last])
        await dispatch(leader, main)
        await work(people, title, size, scripts=scripts)
        await score(leader, title)
        for visit, address in ((leader, main), (staff, mine), (leader, last)):
            await sees_the_end(visit, address)
        await is_told(staff, f"来文“{title}安排”派发的任务已全部办结")
