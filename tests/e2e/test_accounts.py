"""A wrong name put right, a user name of one's own, a reset by the platform: at real browsers, with the worker behind them."""

import pytest

from tests.e2e.people import ADMINISTRATOR, People

pytestmark = pytest.mark.e2e
WORKER = "nanxun-lijiadou-bookkeeper"


async def test_person_hears_of_a_corrected_name(people: People) -> None:
    async with people.visit(ADMINISTRATOR) as administrator, people.visit(WORKER, "phone") as visit:
        await visit.open("/me")
        name = (await visit.page.locator(".page-header p, .page-header .lead").first.inner_text()).strip()
        await administrator.open(f"/people?q={name}")
        await administrator.page.locator("main").get_by_role("link", name=name).first.click()
        await administrator.page.get_by_role("link", name="更正登记信息").click()
        await administrator.page.get_by_label("姓名").fill(f"{name}改")
        await administrator.page.get_by_label("原因").fill("登记时写错")
        await administrator.press("更正")
        await administrator.told("本人会收到消息")
        await administrator.page.get_by_role("heading", name=f"{name}改").wait_for()
        for _ in range(60):
            await visit.open("/notices")
            if await visit.page.get_by_text("更正了您登记的姓名").count():
                break
            await visit.page.wait_for_timeout(500)
        await visit.told(f"现在是“{name}改”")


async def test_user_name_of_ones_own_signs_in(people: People) -> None:
    login = "nanxun-lijiadou-supervision"
    async with people.visit(login, "phone") as visit:
        await visit.open("/me")
        await visit.page.get_by_role("link", name="更换用户名").click()
        await visit.page.get_by_label("用户名").fill("My.Own-Name")
        await visit.page.get_by_label("当前密码").fill(people.account(login)["password"])
        await visit.press("更换用户名")
        await visit.told("用户名已更换")
    people.cookies.pop(login)
    async with people.visit("", "phone") as visit:
        await visit.open("/sign-in")
        await visit.page.get_by_label("手机号或用户名").fill("my.own-name")
        await visit.page.get_by_label("密码", exact=True).fill(people.account(login)["password"])
        await visit.press("登录")
        await visit.page.locator("main#content").wait_for()
        await visit.open("/me/login")
        assert await visit.page.get_by_label("用户名").input_value() == "my.own-name"


async def test_operator_gives_out_a_code_after_looking_at_whose_it_is(people: People) -> None:
    async with people.visit("operator") as visit:
        await visit.open("/platform/accounts")
        await visit.page.get_by_label("手机号或用户名").fill("nanxun-zhujiadou-grid")
        await visit.press("查找")
        await visit.told("南浔区")
        await visit.page.get_by_label("原因").fill("本人来电，丢了手机")
        await visit.press("生成重置码")
        await visit.told("密码重置码已生成")
        await visit.press("撤回")
        await visit.told("这个码已撤回")
