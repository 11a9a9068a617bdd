"""A department sees its refusal and asks for admission; offices review it, the county decides, and the same matter then passes."""

import re

import pytest

from tests.e2e.people import ADMINISTRATOR, People, Visit

pytestmark = pytest.mark.e2e
ASKER, REVIEWER = "nanxun-civil", "nanxun-farming"
MATTER, ITEM = "做好明年古镇灯谜会筹备工作", "古镇灯谜会筹备"
PASSED = "过筛结论：通过"
FILTER = "/settings/township_filter"
LEAD = "准入和调整在施行前多少天申请"


async def set_lead(visit: Visit, days: str) -> None:
    """Set how many working days ahead one must ask."""
    await visit.open(FILTER)
    await visit.page.get_by_label(LEAD).fill(days)
    await visit.press("看看会改什么")
    await visit.page.get_by_label("原因").fill("灯谜会时间紧")
    await visit.press("保存")
    await visit.told("设置已保存。")


async def hand_in(visit: Visit) -> None:
    """Hand the matter in and wait for the verdict."""
    await visit.open("/incoming/new")
    await visit.page.get_by_label("标题").fill(MATTER)
    await visit.page.get_by_label("内容").fill("请各乡镇落实场地和志愿者，按时上报。")
    await visit.press("提交过筛")
    await visit.told("过筛结论")


async def ask(visit: Visit) -> str:
    """Follow the refusal to the form, which is filled in; what is missing is said; then hand the request in."""
    await visit.page.get_by_role("link", name="申请准入").click()
    assert await visit.page.get_by_label("事项名称").input_value() == MATTER
    await visit.page.get_by_label("事项名称").fill(ITEM)
    await visit.page.get_by_label("配合履职").check()
    await visit.page.get_by_label("类别").fill("文化")
    await visit.page.get_by_label("依据").fill("《公共文化服务保障法》第二十九条")
    await visit.page.get_by_label("频次").fill("每年一次")
    await visit.press("提交申请")
    await visit.told("申请已提交")
    return visit.path


async def test_refused_matter_is_admitted_and_then_passes(people: People) -> None:
    async with (
        people.visit(ADMINISTRATOR) as boss,
        people.visit(ASKER, "phone") as asker,
        people.visit(REVIEWER) as reviewer,
    ):
        await set_lead(boss, "0")
        try:
            await hand_in(asker)
            assert await asker.page.get_by_text(PASSED).count() == 0
            address = await ask(asker)

            await boss.open(address)
            await boss.page.get_by_label("农业农村局").check()
            await boss.press("送会审")
            await boss.told("已送有关部门会审。")

            await reviewer.open("/township_filter/requests?show=mine")
            await reviewer.page.get_by_role("link", name=ITEM).click()
            await reviewer.page.get_by_label("同意", exact=True).check()
            await reviewer.press("提交意见")
            await reviewer.told("会审意见已提交。")

            await boss.open(address)
            code = await boss.page.get_by_label("新事项的编号").input_value()
            await boss.press("同意，写入清单草稿")
            await boss.page.get_by_role("link", name="核对差异并发布").click()
            await boss.told(ITEM)
            await boss.page.get_by_label("文号").fill("南政办发〔2026〕77号")
            await boss.page.get_by_label("发布理由").fill("按准入程序新增")
            await boss.press("发布")
            await boss.told("已发布")

            await listed(asker, address, code)
            await hand_in(asker)
            await asker.told(PASSED)
            await asker.told(f"{code} {ITEM}")
        finally:
            await set_lead(boss, "30")


async def listed(visit: Visit, address: str, code: str) -> None:
    """Wait until the worker has ended the request; its page then leads to the difference between the versions."""
    for _ in range(40):
        await visit.open(address)
        if await visit.page.get_by_text("已列入新版清单").count():
            break
        await visit.page.wait_for_timeout(250)
    await visit.told("已列入新版清单")
    await visit.page.get_by_role("link", name="与上一版的差异").click()
    row = visit.page.locator("tr, li").filter(has_text=re.compile(rf"{code}\b")).first
    await row.get_by_text(ITEM).first.wait_for()
