"""What was kept under a county's code of before (links, filters, drafts) still leads to the place it meant."""

from urllib.parse import urlencode

import pytest

from core.drafts.actions import save_draft
from core.kernel import clock
from core.kernel.database import transaction
from tests.factories.world import SECOND_VILLAGE
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import main_part, sent, words_of

OLDEST, OLD = "330591", "330592"


@pytest.fixture(scope="module", autouse=True)
async def recoded(served: Site) -> None:
    """Leave the tree as two recodes of Nanxun leave it, with one village that was dissolved before."""
    nan = served.world.nan.code
    sql = (
        "INSERT INTO region (code, parent, level, name, short_name, opened, closed, successor)"
        " SELECT $1 || substr(code, 7), $1 || substr(parent, 7), level, name, short_name, '2000-01-01', $3, $2 || substr(code, 7)"
        " FROM region WHERE code LIKE $4 || '%' AND closed IS NULL"
    )
    for before, after, day in ((OLDEST, OLD, "2010-01-01"), (OLD, nan, "2020-01-01")):
        await served.admin.execute(sql.replace("$3", f"'{day}'").replace("$4", "$3"), before, after, nan)


@pytest.mark.parametrize("code", [OLDEST, OLD])
async def test_list_narrowed_to_a_place_by_its_old_code_shows_that_place(served: Site, client_for: ClientFor, code: str) -> None:
    nan = served.world.nan
    await sent(nan, title="圩堤隐患排查")
    leader = await client_for(nan.posts["township_leader"])
    for path in ("/shares", "/scores"):
        there = await leader.get(f"{path}?region={code}101201")
        today = await leader.get(f"{path}?region={nan.village}")
        assert (there.status_code, "朱家兜" in words_of(there.text)) == (200, True)
        assert "水口" not in words_of(there.text)
        assert words_of(there.text) == words_of(today.text)


async def test_place_is_found_by_its_old_code(served: Site, client_for: ClientFor) -> None:
    administrator = await client_for(served.world.nan.posts["county_administrator"])
    for tail in ("", "101", "101201"):
        answer = await administrator.get(f"/regions/{OLDEST}{tail}")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/regions/{served.world.nan.code}{tail}")


async def test_old_code_of_another_county_leads_nowhere(served: Site, client_for: ClientFor) -> None:
    stranger = await client_for(served.world.zhu.posts["township_leader"])
    for path in ("/shares", "/scores"):
        known, unknown = [await stranger.get(f"{path}?region={code}101201") for code in (OLD, "330599")]
        assert (known.status_code, unknown.status_code) == (404, 404)
        assert words_of(known.text) == words_of(unknown.text)
    administrator = await client_for(served.world.zhu.posts["county_administrator"])
    assert (await administrator.get(f"/regions/{OLD}101201")).status_code == 404


async def test_draft_keeps_its_receivers_under_their_codes_of_today(served: Site, client_for: ClientFor) -> None:
    nan, post = served.world.nan, served.world.nan.posts["township_leader"]
    chosen = {"title": ["写了一半"], "regions": [f"{OLD}101201", nan.code + SECOND_VILLAGE, "330599101201"]}
    async with transaction(post.scope):
        await save_draft(post.scope, form="dispatch", subject="new", data=chosen, now=clock.now())
    page = main_part((await (await client_for(post)).get("/tasks/new")).text)
    ticked = [code for code in (nan.village, nan.code + SECOND_VILLAGE) if f'value="{code}" checked' in page]
    assert ticked == [nan.village, nan.code + SECOND_VILLAGE]
    assert "将派给 2 个单位" in words_of(page)


async def test_saved_view_and_notices_name_no_code(served: Site, client_for: ClientFor) -> None:
    leader = await client_for(served.world.nan.posts["township_leader"])
    await leader.send("/tasks/views", name="常用", late="1", region=f"{OLD}101201", q="排查")
    kept = await served.admin.fetchval("SELECT query FROM saved_view WHERE name = '常用'")
    assert kept == urlencode({"q": "排查", "late": "1"})
