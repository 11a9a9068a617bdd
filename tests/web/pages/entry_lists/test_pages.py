"""The pages of entry lists: read by all, changed by the county's administrator, foreign ones unknown."""

import re
from datetime import timedelta

import httpx
import pytest

from core.kernel.clock import local, now
from core.kernel.database import trips
from core.kernel.ids import new_id
from core.people.sessions import open_session
from tests.web.pages.conftest import Site
from tests.web.visitors import ORIGIN, Visitor, visiting
from web.guards import csrf_token

HEAD = "编号,事项名称,类型,类别,默认分值\n"
ROWS = "V01,烟花爆竹禁放宣传,依法协助,平安,2\nV02,村务公开,小微权力,日常管理,1\nP01,无犯罪记录证明,不应出具的证明,证明,0\n"


@pytest.fixture(autouse=True)
async def no_lists(site: Site) -> None:
    """Begin without the lists that the world has published: these tests publish their own."""
    await site.admin.execute("DELETE FROM entry_list")


async def upload(visitor: Visitor, path: str, text: str, **fields: str) -> httpx.Response:
    """Send a sheet as a browser without scripts would."""
    token = csrf_token(visitor.app.state.settings, await open_session(visitor.post.token))
    return await visitor.client.post(
        path,
        data={**fields, "csrf_token": token},
        files={"file": ("清单.csv", text.encode("gb18030"), "text/csv")},
        headers={"origin": ORIGIN},
    )


def hidden(answer: httpx.Response, name: str) -> str:
    found = re.search(f'name="{name}" value="([^"]*)"', answer.text)
    assert found is not None
    return found[1]


async def filled_draft(administrator: Visitor) -> str:
    """Begin a list of villages and import its items; gives the draft's address."""
    begun = await administrator.send("/entry-lists", level="village", title="涉村事项清单")
    path: str = begun.headers["location"]
    seen = await upload(administrator, f"{path}/import", HEAD + ROWS, removes="1")
    assert "新增" in seen.text
    stored = await administrator.send(
        f"{path}/import/store", items=hidden(seen, "items"), seen=hidden(seen, "seen")
    )
    assert stored.headers["location"] == path
    return path


async def published(administrator: Visitor) -> str:
    path = await filled_draft(administrator)
    done = await administrator.send(f"{path}/publish", document="1号", reason="年度公布")
    assert (done.status_code, done.headers["location"]) == (303, path)
    return path


async def test_a_list_is_begun_imported_with_a_preview_and_published(site: Site) -> None:
    posts = site.world.nan.posts
    async with visiting(site.first, posts["county_administrator"]) as administrator:
        empty = await administrator.get("/entry-lists?level=village")
        assert "这一层级还没有已发布的清单" in empty.text
        assert "/entry-lists/new?level=village" in empty.text
        assert (await administrator.send("/entry-lists", level="village")).status_code == 422
        path = await filled_draft(administrator)
        refused = await administrator.send(f"{path}/publish", document="", reason="")
        assert refused.status_code == 422
        assert "请填写文号" in refused.text
        await administrator.send(f"{path}/publish", document="1号", reason="年度公布")
        assert "已被取代" not in (await administrator.get(f"{path}/versions")).text
        assert (await administrator.send(f"{path}/publish", document="1号", reason="x")).status_code == 409
        assert (await administrator.get(f"{path}/edit")).status_code == 409
    async with visiting(site.second, posts["village_cadre"]) as cadre:
        seen = await cadre.get("/entry-lists")
        assert "共 3 个事项" in seen.text
        assert "新建草稿" not in seen.text
        assert (await cadre.send("/entry-lists", level="village", title="x")).status_code == 403


async def test_search_filters_and_nearest_items(site: Site) -> None:
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        await published(administrator)
        for query, told, there in [
            ("q=v02", "共 1 个事项", "村务公开"),
            ("q=烟花", "共 1 个事项", "烟花爆竹禁放宣传"),
            ("kind=power", "共 1 个事项", "村务公开"),
            ("category=平安", "共 1 个事项", "烟花爆竹禁放宣传"),
            ("q=春节烟花爆竹管控", "下面是最接近的", "烟花爆竹禁放宣传"),
            ("q=海洋渔业", "没有找到符合条件的事项", "清除筛选"),
            ("start=999", "共 3 个事项", "村务公开"),
        ]:
            answer = await administrator.get(f"/entry-lists?level=village&{query}")
            assert answer.status_code == 200
            assert told in answer.text
            assert there in answer.text


async def test_preview_names_refused_rows_and_what_changes_field_by_field(site: Site) -> None:
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        path = await filled_draft(administrator)
        rows = "V01,烟花爆竹禁放宣传,依法协助,平安,3\nV02,村务公开,没有这种,日常管理,1\nV03,新事项,依法协助,平安,1\n"
        seen = await upload(administrator, f"{path}/import", HEAD + rows, removes="1")
        text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", seen.text))
        assert "有 1 行没有通过，不会写入" in text
        assert "V02 村务公开 类型 类型认不出来" in text
        assert "V01 烟花爆竹禁放宣传 默认分值 2 3" in text
        assert "新增 1 个事项 修改 1 个事项 删去 1 个事项 不变 1 个事项" in text
        assert "类别 牵头部门 P01 无犯罪记录证明" in text
        edited = await administrator.send(f"{path}/items/new", code="V09", title="插进来的", kind="小微权力")
        assert edited.status_code == 303
        late = await administrator.send(
            f"{path}/import/store", items=hidden(seen, "items"), seen=hidden(seen, "seen")
        )
        assert late.status_code == 409
        bad = await administrator.send(f"{path}/import/store", items="x", seen="x")
        assert bad.status_code == 422


@pytest.mark.parametrize("text", ["", "没有表头的一行\n", "PK\x03\x04坏的"])
async def test_a_file_that_is_no_list_is_refused_in_words(site: Site, text: str) -> None:
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        path = await filled_draft(administrator)
        answer = await upload(administrator, f"{path}/import", text)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text


async def test_an_item_is_added_corrected_and_removed(site: Site) -> None:
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        path = await filled_draft(administrator)
        wrong = await administrator.send(
            f"{path}/items/new", code="V01", title="防溺水巡查", kind="依法协助", text="1"
        )
        assert wrong.status_code == 422
        assert "这份清单里已经有这个编号" in wrong.text
        assert 'value="防溺水巡查"' in wrong.text
        fields = {"title": "防溺水巡查", "kind": "依法协助", "photos": "2", "text": "1"}
        await administrator.send(f"{path}/items/new", code="V07", **fields)
        listed = await administrator.get(path)
        item = re.search(f'href="({path}/items/[^"]+)">防溺水巡查', listed.text)
        assert item is not None
        assert "照片至少 2 张" in (await administrator.get(item[1])).text
        assert 'value="V07"' in (await administrator.get(f"{item[1]}/edit")).text
        await administrator.send(f"{item[1]}/edit", code="V08", **fields)
        assert "V08" in (await administrator.get(item[1])).text
        await administrator.send(f"{item[1]}/remove")
        assert (await administrator.get(item[1])).status_code == 404
        await administrator.send(f"{path}/edit", title="改名的清单", valid_from="2030-01-01")
        kept = (await administrator.get(f"{path}/edit")).text
        assert 'value="改名的清单"' in kept
        assert 'value="2030-01-01"' in kept
        assert "改名的清单" in (await administrator.get(path)).text
        await administrator.send(f"{path}/discard")
        assert (await administrator.get(path)).status_code == 404


async def test_versions_and_their_difference(site: Site) -> None:
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        old = await published(administrator)
        new = (await administrator.send("/entry-lists", level="village")).headers["location"]
        await administrator.send(f"{new}/items/new", code="V20", title="防溺水巡查", kind="依法协助")
        assert "第 1 版变为“已被取代”" in (await administrator.get(f"{new}/publish")).text
        await administrator.send(f"{new}/publish", document="2号", reason="增补")
        versions = await administrator.get(f"{new}/versions")
        link = f"{new}/difference/{old.rsplit('/', 1)[-1]}"
        assert link in versions.text
        told = await administrator.get(link)
        assert "第 2 版与第 1 版的差异" in told.text
        assert "防溺水巡查" in told.text
        own = (await administrator.send("/entry-lists", level="township", title="涉镇")).headers["location"]
        assert (await administrator.get(f"{own}/difference/{old.rsplit('/', 1)[-1]}")).status_code == 404


async def test_export_and_template_are_files_that_can_be_imported(site: Site) -> None:
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        path = await published(administrator)
        sheet = await administrator.get(f"{path}/export/csv")
        assert sheet.content.decode("utf-8-sig").splitlines()[1].startswith("V01,烟花爆竹禁放宣传,依法协助")
        assert "filename*=UTF-8''" in sheet.headers["content-disposition"]
        assert sheet.headers["x-content-type-options"] == "nosniff"
        assert (await administrator.get(f"{path}/export/xlsx")).content.startswith(b"PK")
        assert (await administrator.get(f"{path}/export/exe")).status_code == 404
        assert (await administrator.get("/entry-lists/template?level=village")).content.startswith(b"PK")


async def test_a_township_adds_its_special_list_for_itself_alone(site: Site) -> None:
    posts = site.world.nan.posts
    async with visiting(site.first, posts["county_administrator"]) as administrator:
        await published(administrator)
    async with visiting(site.first, posts["township_leader"]) as leader:
        assert "新建特有清单草稿" in (await leader.get("/entry-lists?level=village")).text
        path = (await leader.send("/entry-lists", level="village", title="练市特有")).headers["location"]
        await leader.send(f"{path}/items/new", code="X90", title="湖羊养殖巡查", kind="依法协助")
        await leader.send(f"{path}/publish", document="练政〔2026〕3号", reason="湖羊产区")
        text = (await leader.get("/entry-lists?level=village")).text
        assert "共 4 个事项" in text
        assert "特有事项" in text
    async with visiting(site.first, posts["county_administrator"]) as administrator:
        text = (await administrator.get("/entry-lists?level=village")).text
        assert "共 3 个事项" in text
        assert "练市特有" in text
        assert "新建下一版草稿" in (await administrator.get(path)).text
        town = site.world.nan.township
        renewed = await administrator.send("/entry-lists", level="village", region=town)
        assert "第 2 版" in (await administrator.get(renewed.headers["location"])).text
        foreign = await administrator.send("/entry-lists", level="village", region=site.world.zhu.township)
        assert foreign.status_code == 404


async def test_foreign_lists_and_unknown_ones_answer_alike(site: Site) -> None:
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        path = await published(administrator)
        draft = (await administrator.send("/entry-lists", level="village")).headers["location"]
    item = new_id()
    async with visiting(site.first, site.world.zhu.posts["county_administrator"]) as stranger:
        for there in (path, draft, f"/entry-lists/{item}"):
            for page in (
                "",
                "/versions",
                "/edit",
                "/import",
                "/publish",
                "/items/new",
                "/export/csv",
                f"/items/{item}",
            ):
                assert (await stranger.get(there + page)).status_code == 404
            for act in (
                "/edit",
                "/discard",
                "/publish",
                "/items/new",
                "/import/store",
                f"/items/{item}/remove",
            ):
                assert (
                    await stranger.send(there + act, title="x", document="x", reason="x")
                ).status_code == 404
    async with visiting(site.first, site.world.nan.posts["village_cadre"]) as cadre:
        assert (await cadre.get(draft)).status_code == 404
        assert (await cadre.get(f"{path}/edit")).status_code == 403


async def test_pages_speak_english(site: Site) -> None:
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        path = await published(administrator)
        await site.admin.execute("UPDATE session SET language = 'en'")
        text = (await administrator.get(path)).text
        assert "3 items" in text
        assert "Assisting by law" in text
        assert "Version 1" in text


async def test_pages_of_lists_ask_the_database_as_often_for_many_items_as_for_one(site: Site) -> None:
    posts = site.world.nan.posts
    async with visiting(site.first, posts["county_administrator"]) as administrator:
        path = await published(administrator)
    counted: dict[int, list[int]] = {}
    async with visiting(site.first, posts["village_cadre"]) as cadre:
        for items in (3, 1):
            asked = []
            for address in ("/entry-lists", path, f"{path}/versions"):
                token = trips.set([])
                await cadre.get(address)
                asked.append(len(trips.get() or []))
                trips.reset(token)
            counted[items] = asked
            await site.admin.execute("DELETE FROM entry_item WHERE code <> 'V01'")
    assert counted[3] == counted[1]
    assert max(counted[3]) <= 6


async def test_version_without_a_difference_is_published_only_when_that_is_wanted(site: Site) -> None:
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        await published(administrator)
        begun = await administrator.send("/entry-lists", level="village")
        path = begun.headers["location"]
        assert "没有差别" in (await administrator.get(f"{path}/publish")).text
        refused = await administrator.send(f"{path}/publish", document="2号", reason="换文号")
        assert refused.status_code == 422
        assert "请勾选" in refused.text
        assert 'value="2号"' in refused.text
        done = await administrator.send(f"{path}/publish", document="2号", reason="换文号", again="1")
        assert done.status_code == 303


async def test_list_of_a_later_day_is_not_said_to_hold_from_now_on(site: Site) -> None:
    today = local(now()).date()
    later = today + timedelta(days=9)
    year = f"{later.year}年" if later.year != today.year else ""
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        path = await filled_draft(administrator)
        facts = {"title": "涉村准入清单", "valid_from": str(later)}
        assert (await administrator.send(f"{path}/edit", **facts)).status_code == 303
        await administrator.flash()
        await administrator.send(f"{path}/publish", document="1号", reason="年度公布")
        told = f"已发布。{year}{later.month}月{later.day}日起，过筛和派任务按这一版；在那之前照旧。"
        assert await administrator.flash() == told
