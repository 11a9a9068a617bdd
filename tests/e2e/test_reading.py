"""Large print, English, another post, a lost session: what a person changes about the product, or loses."""

import pytest

from tests.e2e.people import ADMINISTRATOR, SECOND_SECRETARY, SECRETARY, People, Visit

pytestmark = pytest.mark.e2e
TWO_POSTS = "nanxun-lijiadou-grid"


async def size_of_print(visit: Visit) -> float:
    """Give the size of the page's ordinary text in pixels."""
    return float(
        await visit.page.evaluate("parseFloat(getComputedStyle(document.querySelector('main')).fontSize)")
    )


async def test_large_print_is_larger_and_stays(people: People) -> None:
    async with people.visit(SECRETARY, "phone") as visit:
        await visit.open("/")
        before = await size_of_print(visit)
        await visit.press("长辈版")
        await visit.page.locator("html[data-elder]").wait_for()
        assert await size_of_print(visit) >= before * 1.15
        await visit.open("/my")
        assert await visit.page.locator("html[data-elder]").count() == 1
        assert await visit.page.evaluate("document.documentElement.scrollWidth") == 390
        await visit.press("标准版")
        await visit.page.locator("html:not([data-elder])").wait_for()


@pytest.mark.parametrize("path", ["/", "/my", "/open", "/notices", "/scores", "/me"])
async def test_english_pages_have_no_chinese_button_or_heading(people: People, path: str) -> None:
    async with people.visit("nanxun-lijiadou-secretary", "phone") as visit:
        await visit.open(path)
        await visit.open("/me")
        await visit.press("English")
        await visit.page.locator("html[lang=en]").wait_for()
        try:
            await visit.open(path)
            words = await visit.page.locator("h1, main button, nav a, main label").all_inner_texts()
            chinese = [
                word
                for word in words
                if any("一" <= letter <= "鿿" for letter in word) and word.strip() != "中文"
            ]
            assert not [word for word in chinese if "李家兜" not in word], chinese
        finally:
            await visit.open("/me")
            await visit.press("中文")
            await visit.page.locator("html[lang^=zh]").wait_for()


async def test_another_post_is_one_press_away(people: People) -> None:
    async with people.visit(ADMINISTRATOR) as administrator, people.visit(TWO_POSTS, "phone") as visit:
        await administrator.open("/people?q=许春燕")
        await administrator.page.locator("main").get_by_role("link", name="许春燕").first.click()
        await administrator.page.get_by_role("link", name="再授予一个岗位").click()
        await administrator.page.get_by_label("角色").select_option("bookkeeper")
        await administrator.press("下一步")
        await administrator.page.get_by_label("地方", exact=True).select_option("330503102216")
        await administrator.press("授予岗位")
        await administrator.told("报账员")
        await visit.open("/")
        await visit.page.locator("details.post summary").click()
        await visit.page.locator("details.post").get_by_role("button", name="报账员").first.click()
        await visit.page.wait_for_load_state()
        assert "朱家兜" in await visit.page.locator(".post-place").inner_text()
        people.cookies.pop(TWO_POSTS)  # a change of post renews the session


async def test_lost_session_leads_to_the_sign_in_page_as_a_whole(people: People) -> None:
    async with people.visit(SECOND_SECRETARY, "phone") as visit:
        await visit.open("/open")
        await visit.page.context.clear_cookies()
        await visit.press("领取")
        await visit.page.wait_for_url("**/sign-in**")
        assert await visit.page.get_by_role("heading", name="登录").count() == 1
        assert await visit.page.locator(".task-card").count() == 0
