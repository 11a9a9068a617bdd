"""The ways in that no link leads to: the second factor, a one-time code with all its steps, a password that has expired."""

from collections.abc import AsyncIterator

import pyotp

from tests.databases import connected
from tests.e2e.people import ADMINISTRATOR, People, Size, Visit

# Whose password is long expired where the county's profile lets passwords expire; no other test signs in with it.
FORGETFUL = "zhuji-xiafu-supervision"
PHONES = {"phone": "19905039901", "desktop": "19905039902"}
PASSWORD = "Diao-Tai-Feng-Yu-9"
_EXPIRE = "UPDATE account SET password_changed_at = now() - interval '400 days' WHERE login = $1"


async def invited(people: People, size: Size) -> str:
    """Let the administrator invite an inspector, who has to show a second factor; gives the code."""
    async with people.visit(ADMINISTRATOR) as visit:
        await visit.open("/people/invite?role=county_inspector")
        await visit.page.get_by_label("姓名").fill("倪新来")
        await visit.page.get_by_label("手机号").fill(PHONES[size])
        await visit.page.locator("select[name=region]").select_option("330503")
        await visit.press("生成邀请码")
        await visit.told("请把它交给本人")
        return (await visit.page.locator("td[data-label=码] .mono").first.inner_text()).strip()


async def with_second_factor(visit: Visit, people: People) -> AsyncIterator[str]:
    """Give the password of somebody who has a second factor; stand before it."""
    await _with_password(visit, people, ADMINISTRATOR)
    await visit.told("第二步验证")
    yield visit.path


async def with_code(visit: Visit, size: Size, code: str) -> AsyncIterator[str]:
    """Redeem an invitation: choose a password, enrol with an authenticator, choose the post."""
    await visit.page.context.clear_cookies()
    await visit.open("/sign-in/code")
    await visit.page.get_by_label("手机号").fill(PHONES[size])
    await visit.page.get_by_label("邀请码或重置码").fill(code)
    await visit.press("下一步")
    await visit.told("再输入一次新密码")
    yield visit.path
    await visit.page.get_by_label("新密码", exact=True).fill(PASSWORD)
    await visit.page.get_by_label("再输入一次新密码").fill(PASSWORD)
    await visit.press("设置密码并登录")
    await visit.told("绑定验证器")
    yield visit.path
    secret = (await visit.page.locator("main .mono").first.inner_text()).replace(" ", "")
    await visit.page.get_by_label("验证码").fill(pyotp.TOTP(secret).now())
    await visit.press("完成绑定")
    await visit.page.locator("main#content").wait_for()
    await visit.open("/sign-in/post")
    yield visit.path


async def with_expired_password(visit: Visit, people: People) -> AsyncIterator[str]:
    """Sign in where passwords expire after ninety days, with one that has."""
    async with connected(people.product.urls.admin) as admin:
        assert await admin.execute(_EXPIRE, FORGETFUL) == "UPDATE 1"
    await _with_password(visit, people, FORGETFUL)
    await visit.told("更换密码")
    yield visit.path


async def _with_password(visit: Visit, people: People, login: str) -> None:
    await visit.page.context.clear_cookies()
    await visit.open("/sign-in")
    await visit.page.get_by_label("手机号或用户名").fill(login)
    await visit.page.get_by_label("密码", exact=True).fill(people.account(login)["password"])
    await visit.press("登录")


async def with_objection(visit: Visit, notice: str) -> AsyncIterator[str]:
    """Object to a notice as whoever lives there may, and come to the receipt."""
    await visit.open(f"{notice}/object")
    await visit.page.locator("textarea").fill("请先把排水沟修好，再铺停车场的路面。")
    await visit.press("提交意见")
    await visit.page.wait_for_url("**/public/receipts/*")
    yield visit.path
