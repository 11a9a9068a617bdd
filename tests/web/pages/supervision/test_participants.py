"""Whoever a warning is about finds it on no page, in no search and in no sheet before it is put to him; handlers do."""

from uuid import UUID

import pytest

from core.kernel import clock
from core.kernel.sheets import read_sheet
from tests.core.seals.steps import paper
from tests.core.supervision.test_participants import concern
from tests.factories.world import add_post
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import words_of
from tests.web.pages.supervision.test_pages import raise_one
from tests.web.visitors import Visitor

LISTS = ("/supervision", "/warnings?show=all", "/warnings?q=清理水塘&show=all", "/search?q=清理水塘")


async def finds(visitor: Visitor, warning: UUID, title: str) -> set[str]:
    """Name the lists that lead to a warning; ``sheet`` is the exported one."""
    found = {path for path in LISTS if f"/warnings/{warning}" in (await visitor.get(path)).text}
    sheet = read_sheet((await visitor.get("/warnings/export.xlsx?show=all")).content)
    return found | ({"sheet"} if any(title in row.cells for row in sheet.rows) else set())


async def test_a_concerned_handler_finds_it_nowhere_and_the_others_everywhere(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    own = await add_post(served.admin, county=nan, role="county_inspector", region=nan.code)
    warning: UUID = await raise_one(served, title="清理水塘", days=20)
    await concern(served.admin, warning, own.scope)
    inspector, himself = await client_for(nan.posts["county_inspector"]), await client_for(own)
    assert await finds(inspector, warning, "清理水塘") == {*LISTS, "sheet"}
    assert await finds(himself, warning, "清理水塘") == set()
    for path in ("/notices", "/warnings/mine", "/supervision/problems"):
        assert "清理水塘" not in words_of((await himself.get(path)).text)
    assert (await himself.get(f"/warnings/{warning}")).status_code == 404
    assert (await himself.send(f"/warnings/{warning}/take")).status_code == 404
    assert (await inspector.send(f"/warnings/{warning}/take")).status_code == 303
    assert (await inspector.send(f"/warnings/{warning}/ask", text="请说明。")).status_code == 303
    assert (await himself.get(f"/warnings/{warning}")).status_code == 200
    assert "清理水塘" in words_of((await himself.get("/warnings/mine")).text)
    assert await finds(himself, warning, "清理水塘") == {"/supervision"}  # his first page: what he is asked to explain, no list of warnings
    assert "请您说明的事 1 件 清理水塘" in words_of((await himself.get("/")).text)
    assert (await himself.send(f"/warnings/{warning}/judge", way="judge_no_action", text="没有事")).status_code == 403


@pytest.mark.parametrize("role", ["village_cadre", "township_leader", "county_administrator", "supervision_committee"])
async def test_what_one_is_asked_to_explain_stands_on_the_first_page_of_every_post_and_not_before(
    served: Site, client_for: ClientFor, role: str
) -> None:
    nan = served.world.nan
    warning = await raise_one(served, title=f"清淤{role}")
    await concern(served.admin, warning, nan.posts[role].scope)
    inspector, himself = await client_for(nan.posts["county_inspector"]), await client_for(nan.posts[role])
    assert (await inspector.send(f"/warnings/{warning}/take")).status_code == 303
    assert f"清淤{role} 任务超期" not in words_of((await himself.get("/")).text)
    assert (await inspector.send(f"/warnings/{warning}/ask", text="请说明。")).status_code == 303
    home = (await himself.get("/")).text
    assert f"清淤{role} 任务超期 待当事人说明 还剩 2 天" in words_of(home)
    assert f'href="/warnings/{warning}"' in home


async def test_papers_of_a_warning_are_read_by_those_who_read_the_warning(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    warning = await raise_one(served, title="平整道路")
    secretary = nan.posts["village_secretary"]
    file = await paper(served.admin, secretary.scope, warning, purpose="warning_statement", attached_at=clock.now(), storage_key="330503/x")
    inspector, before, cadre = [await client_for(nan.posts[role]) for role in ("county_inspector", "village_secretary", "village_cadre")]
    assert (await before.get(f"/files/{file}")).status_code == 404
    assert (await cadre.get(f"/files/{file}")).status_code == 404
    assert (await inspector.send(f"/warnings/{warning}/take")).status_code == 303
    assert (await inspector.send(f"/warnings/{warning}/ask", text="请说明。")).status_code == 303
    assert f"/files/{file}" in (await before.get(f"/warnings/{warning}")).text
    assert (await cadre.get(f"/files/{file}")).status_code == 404
    assert (await cadre.get(f"/warnings/{warning}")).status_code == 404
