"""The county administrator's first page: what there is, what is still to do, what changed, and how the jobs fare."""

import re
from collections.abc import Iterator

import pytest

from core.kernel.database import trips
from tests.factories.world import NAN, ZHU, handed, sent
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import words_of


def figures_in(page: str) -> dict[str, str]:
    """Give each figure with its label and where it leads."""
    found = re.findall(
        r'class="figure"><span[^>]*>([^<]*)</span><span[^>]*><a href="([^"]*)">([^<]*)</a>', page.replace("&amp;", "&")
    )
    return {f"{label} {url}": value for label, url, value in found}


@pytest.fixture
def counted() -> Iterator[list[str]]:
    statements: list[str] = []
    token = trips.set(statements)
    yield statements
    trips.reset(token)


async def test_figures_are_the_countys_own_and_lead_to_their_records(site: Site, client_for: ClientFor) -> None:
    nan = site.world.nan
    await site.admin.execute("TRUNCATE task, assignment, place, task_brief, incoming_task, outbox CASCADE")
    await sent(nan)
    await sent(site.world.zhu)
    await handed(nan, title="圩堤隐患排查")
    await site.admin.execute("UPDATE incoming_task SET state = 'refused'")
    await site.admin.execute("DELETE FROM outbox")
    boss = await client_for(nan.posts["county_administrator"])
    page = (await boss.get("/")).text
    assert figures_in(page) == {
        "在岗 /people": "11", "还没登录过 /people?kind=waiting": "0", "现行 /entry-lists": "4", "没发布 /entry-lists": "0",
        "已开启 /plugins": "0", "已暂停 /plugins": "0", "镇（街道）数 /regions": "2", "村（社区）数 /regions": "3",
        "已派发 /tasks": "1", "收到 /incoming": "1", "其中不予准入 /incoming?state_is=refused": "1",
        "等待办理 /jobs/health": "0", "没有办成 /jobs/health": "0",
    }  # fmt: skip
    for address in figures_in(page):
        assert (await boss.get(address.split()[1])).status_code == 200


async def test_checklist_names_what_is_missing_and_goes_when_nothing_is(site: Site, client_for: ClientFor) -> None:
    boss = await client_for(site.world.nan.posts["county_administrator"])
    words = words_of((await boss.get("/")).text)
    for told in ("还要做的 3 件", "再请一位县级管理员", "还有 1 个镇（街道）没有人在岗", "开启需要的功能模块"):
        assert told in words
    assert words.index("开启需要的功能模块") < words.index("发布准入清单")  # what is done comes last
    await boss.send("/plugins/township_filter/switch/switch_on", reason="全县统一启用")
    await site.admin.execute(
        "UPDATE membership SET role = 'county_administrator' WHERE county = $1 AND role = 'county_department'", NAN
    )
    await site.admin.execute("UPDATE region SET closed = '2026-01-01' WHERE code = $1", f"{NAN}102")
    words = words_of((await boss.get("/")).text)
    assert "还要做的" not in words
    assert "开关功能模块 事项过筛 · 已开启 1 次" in words


async def test_one_list_of_two_is_not_enough(site: Site, client_for: ClientFor) -> None:
    boss = await client_for(site.world.zhu.posts["county_administrator"])
    before = words_of((await boss.get("/")).text)
    await site.admin.execute("UPDATE entry_list SET valid_from = '2099-01-01' WHERE county = $1 AND level = 'village'", ZHU)
    after = words_of((await boss.get("/")).text)
    await site.admin.execute("UPDATE entry_list SET valid_from = '2026-01-01' WHERE county = $1", ZHU)
    assert "涉镇、涉村各要一份" not in before
    assert "涉镇、涉村各要一份" in after


async def test_what_changed_is_summed_up_and_old_changes_are_left_out(site: Site, client_for: ClientFor) -> None:
    boss = await client_for(site.world.nan.posts["county_administrator"])
    for name in ("水利站", "财政所"):
        assert (await boss.send("/offices", name=name, region=f"{NAN}101")).status_code == 303
    page = (await boss.get("/")).text
    assert "新设科室站所 财政所 2 次" in words_of(page)
    assert '<a href="/offices">新设科室站所</a>' in page
    other = await client_for(site.world.zhu.posts["county_administrator"])
    assert "财政所" not in (await other.get("/")).text
    await site.admin.execute("SET session_replication_role = replica")
    await site.admin.execute("UPDATE audit_line SET at = at - interval '8 days' WHERE action = 'office.created'")
    await site.admin.execute("SET session_replication_role = DEFAULT")
    assert "新设科室站所" not in (await boss.get("/")).text


async def test_jobs_that_were_not_done_are_seen_at_once(site: Site, client_for: ClientFor) -> None:
    boss = await client_for(site.world.nan.posts["county_administrator"])
    await site.admin.execute("UPDATE outbox SET available_at = now() - interval '1 hour'")
    assert "后台办理变慢了" in (await boss.get("/")).text
    await site.admin.execute("DELETE FROM outbox")
    assert "后台作业正常" in (await boss.get("/")).text
    await site.admin.execute(
        "INSERT INTO job_row (county, id, region, by_name, kind, title, state, created_at, finished_at)"
        " VALUES ($1, gen_random_uuid(), $1, '张三', 'x', '导入', 'failed', now(), now())",
        NAN,
    )
    page = (await boss.get("/")).text
    assert "有作业需要查看" in page
    assert figures_in(page)["没有办成 /jobs/health"] == "1"
    await site.admin.execute("DELETE FROM job_row")


async def test_page_costs_few_round_trips(site: Site, client_for: ClientFor, counted: list[str]) -> None:
    boss = await client_for(site.world.nan.posts["county_administrator"])
    await boss.get("/")
    counted.clear()
    await boss.get("/")
    assert len(counted) <= 7, counted


async def test_english_has_no_chinese_but_names(site: Site, client_for: ClientFor) -> None:
    boss = await client_for(site.world.zhu.posts["county_administrator"])
    await boss.send("/me/language", language="en", next="/")
    page = (await boss.get("/")).text
    main = words_of(page)
    assert "County overview" in main
    assert "Townships without anybody in office: 1" in main
    assert re.findall(r"[\u3400-\u9fff\uff00-\uffef]+", main.replace("张三", "").replace("王敏", "")) == []


async def test_empty_county_is_told_what_to_do_first(site: Site, client_for: ClientFor) -> None:
    code = site.world.zhu.code
    boss = site.world.zhu.posts["county_administrator"]
    await site.admin.execute("SET session_replication_role = replica")
    for table in ("entry_list", "entry_item", "office", "grid", "task", "incoming_task", "audit_line", "outbox"):
        await site.admin.execute(f"DELETE FROM {table} WHERE county = $1", code)
    await site.admin.execute("DELETE FROM membership WHERE county = $1 AND id <> $2", code, boss.scope.membership)
    await site.admin.execute("SET session_replication_role = DEFAULT")
    await site.admin.execute("UPDATE session SET language = 'zh'")
    visitor = await client_for(boss)
    page = (await visitor.get("/")).text
    words = words_of(page)
    assert "还要做的 6 件" in words
    for url in ("/people/invite?role=county_administrator", "/entry-lists", "/people/import", "/offices", "/grids", "/plugins"):
        assert f'href="{url}"' in page
        assert (await visitor.get(url)).status_code == 200
    assert "近 7 天没有人改动" in words
    assert figures_in(page)["在岗 /people"] == "1"
    assert figures_in(page)["现行 /entry-lists"] == "0"
