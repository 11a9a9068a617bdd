"""The filter's comparison at work: kept from one matter to the next, new with a new version, taught by people."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import Workbook

from core.extension.queries import with_plugins
from core.kernel.database import transaction
from core.kernel.scope import system_scope
from plugins.township_filter.comparison.files import FileError
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


def _names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


async def _screened(site: Site, given: Path, output: Path) -> list[str]:
    scope = await with_plugins(system_scope(site.world.nan.code, county=site.world.nan.code))
    return [line async for line in screen_file(scope, ["--level", "village", "--input", str(given), "--output", str(output)])]


async def test_the_answer_is_never_written_over_its_source(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given, text = tmp_path / "in.csv", "id,title,body\na,圩堤隐患排查,\n"
    given.write_text(text)
    (tmp_path / "link.csv").symlink_to(given)
    (tmp_path / "hard.csv").hardlink_to(given)
    monkeypatch.chdir(tmp_path)
    for output in (given, Path("in.csv"), tmp_path / "sub" / ".." / "in.csv", tmp_path / "link.csv", tmp_path / "hard.csv"):
        with pytest.raises(FileError, match=r"会被盖掉[^A-Z]*The answer cannot be written over its source") as refused:
            await _screened(site, given, output)
        assert "--output" in str(refused.value)
    assert given.read_text() == text


async def test_a_run_that_breaks_leaves_the_earlier_answer_and_no_half_file(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given, output = tmp_path / "in.csv", tmp_path / "out.csv"
    given.write_text("id,title,body\na,圩堤隐患排查,\n")
    output.write_text("earlier")

    def full(*_: object, **__: object) -> Iterator[str]:
        yield "id,verdict\n"
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("plugins.township_filter.screen_file.written", full)
        with pytest.raises(FileError, match="写不到文件"):
            await _screened(site, given, output)
    assert (output.read_text(), _names(tmp_path)) == ("earlier", ["in.csv", "out.csv"])
    (tmp_path / "link.csv").symlink_to(output)
    await _screened(site, given, tmp_path / "link.csv")
    assert (tmp_path / "link.csv").is_symlink()
    assert output.read_text().startswith("id,verdict")


async def test_broken_rows_are_told_with_their_lines_and_nothing_is_written(site: Site, tmp_path: Path) -> None:
    given, output = tmp_path / "in.csv", tmp_path / "out.csv"
    given.write_text("id,title,body\n7,圩堤隐患排查,\n8,,正文\n7,圩堤隐患排查,\n9,一,二,三\n")
    with pytest.raises(FileError) as told:
        await _screened(site, given, output)
    for said in ("有 3 行有问题", "第 3 行：没有标题", "第 4 行：编号“7”和第 2 行的一样", "第 5 行：有 4 格", "Line 3: The title is missing."):
        assert said in str(told.value)
    assert not output.exists()


async def test_a_workbook_is_screened_by_the_command_too(site: Site, tmp_path: Path) -> None:
    book, output = Workbook(), tmp_path / "out.csv"
    book.active.append(["编号", "层级", "标题", "正文"])
    book.active.append([1, "村", "圩堤隐患排查", None])
    book.save(tmp_path / "in.xlsx")
    assert await _screened(site, tmp_path / "in.xlsx", output) == ["1 件 texts: passed 1"]
    (tmp_path / "junk.xlsx").write_bytes(b"no workbook")
    with pytest.raises(FileError, match="不是表格"):
        await _screened(site, tmp_path / "junk.xlsx", output)
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(FileError, match="文件读不出来"):
        await _screened(site, tmp_path / "broken.xlsx", output)
