"""Signing in through the pages, and what happens when the session is gone."""

import pytest

from tests.e2e.people import ADMINISTRATOR, LEADER, People

pytestmark = pytest.mark.e2e


async def test_administrator_signs_in_with_password_and_second_factor(people: People) -> None:
    async with people.visit(ADMINISTRATOR) as administrator:
        await administrator.open("/plugins")
        assert await administrator.page.get_by_role("heading", level=1).count() == 1


async def test_wrong_password_says_so_in_place(people: People) -> None:
    async with people.visit("", "phone", expects=True) as visit:
        await visit.open("/sign-in?next=/tasks")
        await visit.page.get_by_label("手机号或用户名").fill(LEADER)
        await visit.page.get_by_label("密码", exact=True).fill("nobody knows this one")
        await visit.press("登录")
        await visit.page.locator("#errors").wait_for()
        assert await visit.page.get_by_label("手机号或用户名").input_value() == LEADER
