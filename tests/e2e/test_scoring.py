"""Scoring in a row, in a real browser: what is wrong stands beside the grades, and after the last one nothing is left to press."""

import pytest
from playwright.async_api import expect

from tests.e2e.people import LEADER, People

pytestmark = pytest.mark.e2e


async def test_rows_are_scored_to_the_last_and_a_missing_grade_is_said_beside_it(people: People) -> None:
    async with people.visit(LEADER, expects=True) as leader:  # the browser tells its console of a 422
        await leader.open("/scoring")
        page = leader.page
        rows = page.locator("[data-score-row]")
        number = await rows.count()
        assert number
        first = rows.first
        name = await first.get_attribute("id")
        await first.locator("input[name=shares]").check()
        await expect(page.locator(".for-ticked [data-sum]")).to_have_text("已选 1 件")
        await first.get_by_role("button", name="评分").click()
        await expect(first.locator(".field-error")).to_contain_text("请选择质量等级。")
        assert await rows.count() == number
        assert await first.get_attribute("id") == name
        await expect(first.locator("input[name=shares]")).to_be_checked()
        for left in reversed(range(number)):
            row = rows.first
            await row.get_by_text("良好").click()
            await row.get_by_role("button", name="评分").click()
            await expect(rows).to_have_count(left)
            await expect(page.locator("#scoring-rest")).to_contain_text(f"还有 {left} 件" if left else "都评完了")
            await expect(page.locator(".pager")).to_have_count(0)
        await expect(page.locator(".for-ticked")).to_be_hidden()
        await expect(page.locator("#scoring-count")).to_have_text("0 件成果等评分")
