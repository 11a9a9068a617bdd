"""A module that is paused: its pages say so before anything is pressed, can be read, and offer nothing that would be refused."""

import re

import pytest

from tests.web.pages.conftest import Site
from tests.web.pages.main_job import words_of
from tests.web.visitors import visiting

SAID = "“走访手记”已暂停：可以查看，不能新增或修改。"
_DISABLED = re.compile(r"<fieldset class=\"form form-stopped\" disabled>.*?</fieldset>", re.DOTALL)


async def stand(site: Site, state: str) -> None:
    """Put the sample module into a state, as its administrator would have."""
    await site.admin.execute(
        "INSERT INTO plugin_state VALUES ($1, gen_random_uuid(), $1, 'sample', $2, '更换银行', '王敏', NULL, now())"
        " ON CONFLICT (county, plugin) DO UPDATE SET state = excluded.state",
        site.world.nan.code, state,
    )  # fmt: skip


async def test_paused_page_says_so_and_its_form_cannot_be_used(site: Site) -> None:
    await stand(site, "on")
    async with visiting(site.first, site.world.nan.posts["village_cadre"]) as cadre:
        await cadre.send("/sample", text="王奶奶家屋顶漏雨")
        before = (await cadre.get("/sample")).text
        await stand(site, "paused")
        after = (await cadre.get("/sample")).text
    assert "已暂停" not in words_of(before)
    assert _DISABLED.search(before) is None
    assert SAID in words_of(after)
    assert "王奶奶家屋顶漏雨" in words_of(after)
    stopped = _DISABLED.search(after)
    assert stopped is not None
    assert "<textarea" in stopped.group()
    assert ">记下</button>" in stopped.group()


@pytest.mark.parametrize(
    ("role", "told", "kept"),
    [
        ("village_cadre", "如需恢复，请联系县（区）管理员。", "更换银行"),
        ("township_leader", "由王敏暂停，原因：更换银行", "请联系县（区）管理员"),
    ],
)
async def test_who_paused_it_and_why_is_said_to_those_who_may_know(site: Site, role: str, told: str, kept: str) -> None:
    await stand(site, "paused")
    async with visiting(site.first, site.world.nan.posts[role]) as visitor:
        page = (await visitor.get("/sample")).text
    assert told in words_of(page)
    assert kept not in words_of(page)
    assert "去恢复" not in words_of(page)  # that is the county administrator's


async def test_menu_marks_what_is_paused_and_other_pages_go_on(site: Site) -> None:
    await stand(site, "paused")
    async with visiting(site.first, site.world.nan.posts["village_cadre"]) as cadre:
        page = (await cadre.get("/me")).text
    assert '<a href="/sample"><span>走访手记</span><span class="menu-paused">已暂停</span></a>' in page
    assert SAID not in page
    assert "form-stopped" not in page
    assert page.count("menu-paused") == 1


async def test_paused_page_is_told_in_english(site: Site) -> None:
    await stand(site, "paused")
    await site.admin.execute("UPDATE session SET language = 'en'")
    async with visiting(site.first, site.world.nan.posts["township_leader"]) as leader:
        words = words_of((await leader.get("/sample")).text)
    assert "is paused: you can read what is here, but nothing can be added or changed." in words
    assert "Reason: 更换银行" in words
