"""The filter's comparison at work: kept from one matter to the next, new with a new version, taught by people."""

import csv
from pathlib import Path

from core.extension.queries import with_plugins
from core.kernel.database import transaction
from core.kernel.scope import system_scope
from plugins.township_filter.screen_file import screen_file
from plugins.township_filter.screening import engine_for
from tests.factories.world import NOW, County
from tests.plugins.township_filter.conftest import Site
from tests.plugins.township_filter.test_ledger import hand, scope_of


async def engine(county: County, level: str = "village") -> object:
    scope = await scope_of(county, "county_administrator")
    async with transaction(scope):
        return await engine_for(scope, level=level, at=NOW, region=county.code)


async def test_comparison_is_kept_until_the_list_changes(site: Site) -> None:
    nan = site.world.nan
    first = await engine(nan)
    assert await engine(nan) is first
    await site.admin.execute(
        "INSERT INTO entry_list (county, id, region, level, title, version, state, special, valid_from, created_at, by_name,"
        " published_at, published_by_name, publish_reason, document, note)"
        " SELECT county, gen_random_uuid(), region, level, title, 1, state, true, valid_from, created_at, by_name,"
        " published_at, published_by_name, publish_reason, document, note FROM entry_list"
        " WHERE county = $1 AND level = 'village' AND state = 'published' ORDER BY version DESC LIMIT 1",
        nan.code,
    )  # fmt: skip
    try:
        assert await engine(nan) is not first
    finally:
        await site.admin.execute(
            "DELETE FROM entry_list l WHERE county = $1 AND NOT EXISTS (SELECT 1 FROM entry_item i WHERE i.list_id = l.id)",
            nan.code,
        )


async def test_counties_have_comparisons_of_their_own(site: Site) -> None:
    assert await engine(site.world.nan) is not await engine(site.world.zhu)


async def test_paraphrase_of_an_item_passes_though_no_name_is_said(site: Site) -> None:
    received = await hand(site.world.nan, "圩堤和水闸隐患的排查")
    assert received.state == "passed"
    assert received.screening.item is not None
    assert received.screening.item.code == "V12"


async def test_file_is_screened_without_storing_anything(site: Site, tmp_path: Path) -> None:
    given, output = tmp_path / "in.csv", tmp_path / "out.csv"
    given.write_text("id,title,body\na,圩堤隐患排查,\nb,关注公众号并每日转发打卡,每日截图\n", encoding="gbk")
    scope = await with_plugins(system_scope(site.world.nan.code, county=site.world.nan.code))
    words = ["--level", "village", "--input", str(given), "--output", str(output)]
    said = [line async for line in screen_file(scope, words)]
    assert said == ["2 件 texts: passed 1, refused 1"]
    with output.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    assert [(row["id"], row["verdict"], row["code"]) for row in rows] == [("a", "passed", "V12"), ("b", "refused", "")]
    assert "转发" in rows[1]["reason"]
    assert await site.admin.fetchval("SELECT count(*) FROM incoming_task") == 0
    assert await site.admin.fetchval("SELECT count(*) FROM township_filter.screened") == 0
