"""An emergency goes at once; its review comes late and shows, and until then the sender's emergency way is closed."""

import asyncio

import asyncpg
import pytest

from tests.databases import DatabaseUrls
from tests.e2e.people import People, Visit

pytestmark = pytest.mark.e2e
DEPARTMENT, INSPECTOR = "nanxun-civil", "nanxun-inspector"
FIRST, SECOND, THIRD = "索道吊厢坠落人员搜救", "热气球坠落现场人员搜救", "游船侧翻落水人员打捞"
REASON = "事故刚刚发生，有人被困，必须马上派人搜救。"
PATIENCE = 60  # seconds until the worker has noted the verdict


async def hand_in(visit: Visit, title: str) -> None:
    """Hand an emergency in through the form."""
    await visit.open("/incoming/new")
    await visit.page.get_by_label("标题").fill(title)
    await visit.page.get_by_label("内容").fill("请沿线各镇马上派人搜救，并报告情况。")
    await visit.page.get_by_label("紧急：立即派发，事后审查").check()
    await visit.page.get_by_label("紧急原因").fill(REASON)
    await visit.press("提交过筛")
    await visit.page.wait_for_url("**/incoming/*-*")


async def on_the_ledger(visit: Visit, title: str) -> None:
    """Open the ledger again until the matter stands there, then its line."""
    link = visit.page.locator("main").get_by_role("link", name=title)
    for _ in range(PATIENCE):
        await visit.open(f"/township_filter?q={title}")
        if await link.count():
            break
        await asyncio.sleep(1)
    await link.first.click()
    await visit.told("合规审查")


async def let_its_days_pass(urls: DatabaseUrls, title: str) -> None:
    """Let the working days for the review pass."""
    admin = await asyncpg.connect(urls.admin)
    try:
        done = await admin.execute(
            "UPDATE township_filter.screened SET review_due_at = now() - interval '1 hour' WHERE title = $1 AND review = 'due'", title
        )
        assert done == "UPDATE 1"
    finally:
        await admin.close()


async def review(visit: Visit) -> None:
    """Give the review on the line's page."""
    await visit.told("逾期未审查")
    await visit.page.locator("input[value=compliant]").check()
    await visit.press("记入台账")
    await visit.page.locator("#confirm").get_by_role("button", name="记入台账").click()
    await visit.told("审查结论已记入台账。")
    await visit.told("逾期审查")


async def test_an_emergency_goes_at_once_is_reviewed_late_and_shows(people: People, e2e_database: DatabaseUrls) -> None:
    async with people.visit(DEPARTMENT) as department, people.visit(INSPECTOR, process=1) as inspector:
        await hand_in(department, FIRST)
        await department.told("已通过过筛，可以派发。")
        await on_the_ledger(department, FIRST)
        await department.told("待审查")
        await let_its_days_pass(e2e_database, FIRST)
        await hand_in(department, SECOND)
        await department.told("紧急方式已停用")
        await department.open("/township_filter/senders/own")
        await department.told("紧急方式已停用")
        await on_the_ledger(inspector, FIRST)
        await review(inspector)
        await hand_in(department, THIRD)
        await department.told("已通过过筛，可以派发。")
        await on_the_ledger(department, FIRST)
        await department.told("逾期审查")
    async with people.visit("nanxun-admin", "phone") as boss:
        await boss.open("/township_filter/senders")
        await boss.page.locator("main table a").first.click()
        await boss.told("基层评价")
