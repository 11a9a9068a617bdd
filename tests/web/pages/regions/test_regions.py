"""Regions on pages: read by all posts, changed by the county's administrator after a look, unknown to strangers."""

import pytest

from tests.factories.world import NAN, ZHU
from tests.web.pages.conftest import Site
from tests.web.visitors import visiting

TOWN, OTHER = f"{NAN}101", f"{NAN}102"
DOCUMENT = {"document_number": "浙民区划〔2026〕1 号", "on_date": "2026-11-20"}


async def test_tree_and_search_show_the_own_range(site: Site) -> None:
    async with visiting(site.first, site.world.nan.posts["village_secretary"]) as secretary:
        assert "朱家兜村" in (await secretary.get("/regions")).text
        assert (await secretary.get("/regions/documents")).status_code == 200
        page = await secretary.get(f"/regions/{TOWN}")
        assert "练市镇" in page.text  # the path above is seen, its other villages are not
        assert "水口村" not in page.text
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        found = await administrator.get("/regions?q=水口")
        assert "水口村" in found.text
        assert "双林镇" not in found.text
        assert "没有找到" in (await administrator.get(f"/regions?q={ZHU}")).text


@pytest.mark.parametrize(
    "path", [f"/regions/{ZHU}101", "/regions/999999", "/regions/none", "/regions/330503101/change/move"]
)
async def test_foreign_and_unknown_regions_are_not_found(site: Site, path: str) -> None:
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        assert (await administrator.get(path)).status_code == 404


async def test_only_who_may_edit_gets_the_forms(site: Site) -> None:
    async with visiting(site.first, site.world.nan.posts["township_leader"]) as leader:
        assert (await leader.get(f"/regions/{TOWN}201/change/rename")).status_code == 403
        assert "更名…" not in (await leader.get(f"/regions/{TOWN}201")).text
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        assert (await administrator.get(f"/regions/{NAN}/change/rename")).status_code == 404
        for kind in ("open", "merge", "rename", "split"):
            assert (await administrator.get(f"/regions/{TOWN}/change/{kind}")).status_code == 200
        assert (await administrator.get(f"/regions/{TOWN}201/change/close")).status_code == 200


async def test_village_is_opened_after_a_look_and_renamed(site: Site) -> None:
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        path = f"/regions/{TOWN}/change/open"
        empty = await administrator.send(path, step="look", name="")
        assert empty.status_code == 422
        assert "请填写这一项" in empty.text
        looked = await administrator.send(path, step="look", name="新塘村村民委员会", **DOCUMENT)
        assert "新塘村村民委员会" in looked.text
        assert "新塘村" not in (await administrator.get(f"/regions/{TOWN}")).text
        back = await administrator.send(path, step="back", name="新塘村村民委员会", **DOCUMENT)
        assert 'value="新塘村村民委员会"' in back.text
        done = await administrator.send(path, step="do", name="新塘村村民委员会", **DOCUMENT)
        assert (done.status_code, done.headers["location"]) == (303, f"/regions/{TOWN}")
        assert "新塘村" in (await administrator.get(f"/regions/{TOWN}")).text
        again = await administrator.send(path, step="do", name="新塘村村民委员会", **DOCUMENT)
        assert again.status_code == 422
        assert "同一上级下已有这个名称" in again.text
        renamed = f"/regions/{OTHER}201/change/rename"
        await administrator.send(renamed, step="do", name="吴家庄新村", **DOCUMENT)
        page = await administrator.get(f"/regions/{OTHER}201?on=2026-01-01")
        assert "2026-01-01 时名为“吴家庄村”" in page.text
        assert "浙民区划〔2026〕1 号" in (await administrator.get("/regions/documents")).text


async def test_township_with_villages_cannot_be_closed_but_merged(site: Site) -> None:
    async with visiting(site.second, site.world.zhu.posts["county_administrator"]) as administrator:
        town, other = f"{ZHU}101", f"{ZHU}102"
        refused = await administrator.send(
            f"/regions/{other}/change/close", step="do", successor=town, **DOCUMENT
        )
        assert refused.status_code == 422
        fields = {"sources": other, "successor": town, **DOCUMENT}
        looked = await administrator.send(f"/regions/{ZHU}/change/merge", step="look", **fields)
        assert f"{town}203" in looked.text or f"{town}201" in looked.text
        done = await administrator.send(f"/regions/{ZHU}/change/merge", step="do", **fields)
        assert done.status_code == 303
        assert "承接单位" in (await administrator.get(f"/regions/{other}")).text
        split = await administrator.send(
            f"/regions/{town}/change/split", step="look", part_1="新镇", below_1=f"{town}201", **DOCUMENT
        )
        assert "新镇" in split.text


async def test_merge_form_asks_for_what_it_needs_and_the_look_says_what_follows(site: Site) -> None:
    async with visiting(site.second, site.world.nan.posts["county_administrator"]) as administrator:
        form = (await administrator.get(f"/regions/{NAN}/change/merge")).text
        assert form.count('data-narrows="sources"') == 1
        assert "选填" not in form[form.index("合并哪些") : form.index("代码")]
        assert 'value="new" selected' in form
        empty = await administrator.send(f"/regions/{NAN}/change/merge", step="look", successor="new", **DOCUMENT)
        assert empty.status_code == 422
        assert "请至少选两个要合并的单位" in empty.text
        await site.admin.execute(
            "INSERT INTO entry_list (county, id, region, level, title, version, state, special, created_at, by_name)"
            " VALUES ($1, gen_random_uuid(), $2, 'village', '特有清单', 9, 'published', true, now(), '张三')",
            NAN, TOWN,
        )  # fmt: skip
        fields = {"sources": [TOWN, OTHER], "successor": "new", **DOCUMENT}
        nameless = await administrator.send(f"/regions/{NAN}/change/merge", step="look", **fields)
        assert nameless.status_code == 422
        assert "请写名称" in nameless.text
        assert nameless.text.count(" checked") == 2
        look = (await administrator.send(f"/regions/{NAN}/change/merge", step="look", name="练双镇", **fields)).text
        for told in ("练双镇", "一起划转", "在任岗位", "份特有清单"):
            assert told in look
        assert (await administrator.get(f"/regions/{NAN}/change/recode")).status_code == 404


async def test_merging_with_one_ticked_says_so_first_and_beside_the_field(site: Site) -> None:
    async with visiting(site.second, site.world.nan.posts["county_administrator"]) as administrator:
        path = f"/regions/{NAN}/change/merge"
        form = (await administrator.get(path)).text
        assert "novalidate" in form
        assert 'data-finds="successor"' in form
        one = await administrator.send(path, step="look", sources=TOWN, successor="new")
        assert one.status_code == 422
        told = one.text[one.text.index('id="errors"') :]
        assert told.index("请至少选两个要合并的单位。") < told.index("请写名称。") < told.index("请填写这一项。")
        field = one.text[one.text.index('id="sources-label"') :]
        assert field.index("请至少选两个要合并的单位。") < field.index('class="picker"')
        assert one.text.count(" checked") == 1
        itself = await administrator.send(path, step="look", sources=TOWN, successor=TOWN, **DOCUMENT)
        assert "请至少选一个要并入的单位" in itself.text
        bare = await administrator.send(f"/regions/{TOWN}201/change/rename", step="look", name="")
        for told in ("请写名称。</a>", "请填写这一项。</a>"):
            assert told in bare.text


async def test_pages_speak_english(site: Site) -> None:
    await site.admin.execute("UPDATE session SET language = 'en'")
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        assert "Documents that changed regions" in (await administrator.get("/regions/documents")).text
        assert "Working calendar" in (await administrator.get("/calendar")).text
        assert "Add an office" in (await administrator.get("/offices")).text
