"""What villagers raised, on the first pages of those who decide who handles it: how many, with their clocks, for one question more."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from core.kernel.clock import now as clock_now
from core.kernel.database import trips
from tests.core.petitions.steps import raised
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import words_of


@pytest.fixture
def counted() -> Iterator[list[str]]:
    """Collect the statements that are sent to the database."""
    statements: list[str] = []
    token = trips.set(statements)
    yield statements
    trips.reset(token)


async def empty(site: Site) -> None:
    await site.admin.execute("TRUNCATE petition CASCADE")


async def test_secretary_sees_what_waits_with_its_clocks_and_nobody_what_is_about_himself(site: Site, client_for: ClientFor) -> None:
    nan = site.world.nan
    await empty(site)
    secretary = await client_for(nan.posts["village_secretary"])
    assert "群众反映待办" not in words_of((await secretary.get("/")).text)
    late, _ = await raised(site.admin, nan, title="路灯不亮", phone="", now=clock_now())
    soon, _ = await raised(site.admin, nan, title="井盖松动", phone="", now=clock_now())
    await raised(site.admin, nan, title="书记占了晒场", body="王建国占了晒场。", phone="", now=clock_now())
    await raised(site.admin, nan, title="资金去向", kind="supervision", about="village", phone="", now=clock_now())
    await site.admin.execute("UPDATE petition SET due_at = now() - interval '25 hours' WHERE id = $1", late)
    await site.admin.execute("UPDATE petition SET due_at = now() + interval '3 hours' WHERE id = $1", soon)
    page = (await secretary.get("/")).text
    words = words_of(page)
    assert "群众反映待办 全部 2 件" in words
    assert page.index(f"/petitions/{late}") < page.index(f"/petitions/{soon}")
    assert "路灯不亮 投诉 待受理 超期 1 天" in words
    assert "还剩 2 小时" in words or "还剩 3 小时" in words
    assert "书记占了晒场" not in words
    assert "资金去向" not in words
    cadre = await client_for(nan.posts["village_cadre"])
    assert "群众反映待办" not in words_of((await cadre.get("/")).text)  # he decides about none


async def test_township_sees_what_lies_on_its_own_desk(site: Site, client_for: ClientFor) -> None:
    nan = site.world.nan
    await empty(site)
    await raised(site.admin, nan, title="村里的事", phone="", now=clock_now())
    await raised(site.admin, nan, title="镇里的事", place=nan.township, phone="", now=clock_now() - timedelta(minutes=1))
    for role in ("township_leader", "township_staff"):
        words = words_of((await (await client_for(nan.posts[role])).get("/")).text)
        assert "群众反映待办 全部 1 件" in words
        assert "镇里的事" in words
        assert "村里的事" not in words


@pytest.mark.parametrize("role", ["village_secretary", "township_leader"])
async def test_it_costs_one_question_however_many_wait(site: Site, client_for: ClientFor, counted: list[str], role: str) -> None:
    nan = site.world.nan
    await empty(site)
    visitor, place = await client_for(nan.posts[role]), nan.township if role == "township_leader" else nan.village
    costs = set()
    for rows in (1, 2, 5):
        for _ in range(rows):
            await raised(site.admin, nan, place=place, phone="", now=clock_now())
        counted.clear()
        page = (await visitor.get("/")).text
        costs.add(len(counted))
        assert sum("petition p" in statement for statement in counted) == 1
    assert len(costs) == 1
    assert "全部 8 件" in words_of(page)
    assert page.count('href="/petitions/') == 5
