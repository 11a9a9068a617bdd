"""Versions: draft → published → superseded, and who may see and change what."""

import asyncio
from datetime import date, timedelta
from uuid import UUID

import pytest

from core.entry_lists.actions import (
    create_draft,
    discard_draft,
    edit_draft,
    publish_list,
    remove_item,
    save_item,
    store_import,
)
from core.entry_lists.queries import (
    drafts_of,
    find_item,
    item_of,
    items_in_force,
    items_of,
    list_by_id,
    lists_below,
    lists_in_force,
    lists_to_come,
    search_items,
    versions_of,
)
from core.entry_lists.rules import EvidenceWanted, fingerprint
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from tests.core.entry_lists.world import (
    EDITOR,
    NAN,
    NOW,
    PROVINCE,
    READER,
    TOWN,
    VILLAGE,
    ZHU,
    drafted,
    item,
    published,
    scope_at,
)
from tests.databases import DatabaseUrls, connected

ONE, TWO = item("T01", "村民委员会工作指导"), item("T02", "测量标志保护")


async def codes(scope: Scope, level: str = "township", region: str | None = None) -> list[str]:
    async with transaction(scope):
        return [each.code for each in await items_in_force(scope, level=level, at=NOW, region=region)]


async def test_two_counties_have_lists_of_their_own_and_see_nothing_of_each_other() -> None:
    first = await published(NAN, [ONE])
    await published(ZHU, [item("T01", "古树名木保护"), item("T09", "动物强制免疫组织")])
    assert await codes(scope_at(NAN)) == ["T01"]
    assert await codes(scope_at(ZHU)) == ["T01", "T09"]
    stranger = scope_at(ZHU)
    async with transaction(stranger):
        for unseen in (first, new_id()):
            with pytest.raises(NotFound):
                await list_by_id(stranger, unseen)
        assert await items_of(stranger, first) == []
        with pytest.raises(NotFound):
            await publish_list(stranger, list_id=first, document="x", reason="x", now=NOW)
        with pytest.raises(NotFound):
            await save_item(stranger, list_id=first, values={}, now=NOW)


async def test_lists_of_the_province_the_county_and_the_township_add_up_below() -> None:
    await published(PROVINCE, [item("P01", "省里的事项")])
    await published(NAN, [ONE])
    await published(TOWN, [item("X01", "蚕桑防疫")], level="township")
    assert await codes(scope_at(TOWN)) == ["X01", "T01", "P01"]
    assert await codes(scope_at(VILLAGE)) == ["X01", "T01", "P01"]
    assert await codes(scope_at(NAN)) == ["T01", "P01"]
    assert await codes(scope_at(NAN), region=VILLAGE) == ["X01", "T01", "P01"]
    assert await codes(scope_at(ZHU)) == ["P01"]
    assert await codes(scope_at(NAN), level="village") == []
    county = scope_at(NAN)
    async with transaction(county):
        below = await lists_below(county, at=NOW)
        assert [(each.region, each.region_name, each.special, each.items) for each in below] == [
            (TOWN, "练市", True, 1)
        ]


async def test_nobody_below_can_change_an_inherited_list() -> None:
    made = await drafted(PROVINCE, [ONE])
    county = scope_at(NAN)
    async with transaction(county):
        with pytest.raises(NotFound):
            await edit_draft(
                county, list_id=made, title="x", note="", valid_from=None, valid_to=None, now=NOW
            )
        with pytest.raises(NotFound):
            await create_draft(county, level="township", title="x", region=PROVINCE, now=NOW)


async def test_villages_make_no_lists_and_readers_make_no_drafts() -> None:
    village, reader = scope_at(VILLAGE), scope_at(NAN, READER)
    async with transaction(village):
        with pytest.raises(Forbidden):
            await create_draft(village, level="village", title="x", now=NOW)
    async with transaction(reader):
        with pytest.raises(Forbidden):
            await create_draft(reader, level="village", title="x", now=NOW)


async def test_publishing_supersedes_the_version_in_force_and_leaves_its_trail(
    fresh_database: DatabaseUrls,
) -> None:
    old = await published(NAN, [ONE, TWO])
    new = await published(NAN, [ONE, item("T03", "公益林建设")])
    scope = scope_at(NAN)
    async with transaction(scope):
        (one,) = await lists_in_force(scope, level="township", at=NOW)
        assert (one.id, one.version, one.base_id, one.document) == (new, 2, old, "浔政发〔2026〕1号")
        assert (await list_by_id(scope, old)).superseded_at == NOW
        assert [each.state for each in await versions_of(scope, one)] == ["published", "superseded"]
        with pytest.raises(Conflict):
            await save_item(scope, list_id=old, values={}, now=NOW)
    async with connected(fresh_database.admin) as admin:
        rows = await admin.fetch(
            "SELECT action, data::text FROM audit_line WHERE subject_id = $1 ORDER BY id", new
        )
        assert [row["action"] for row in rows] == [
            "entry_list.drafted", "entry_list.imported", "entry_list.published",
        ]  # fmt: skip
        assert '"removed": 1' in rows[-1]["data"]
        topics = await admin.fetch(
            "SELECT topic, region FROM outbox WHERE payload->>'list_id' = $1", str(new)
        )
        assert [tuple(row) for row in topics] == [("entry_list.published", NAN)]


async def publish_now(list_id: UUID) -> str:
    scope = scope_at(NAN)
    try:
        async with transaction(scope):
            await publish_list(scope, list_id=list_id, document="1号", reason="调整", now=NOW)
    except Conflict:
        return "slower"
    return "won"


@pytest.mark.parametrize("earlier", [0, 1])
async def test_of_two_who_publish_at_once_one_wins(earlier: int) -> None:
    for _ in range(earlier):
        await published(NAN, [TWO])
    draft = await drafted(NAN, [ONE])
    outcomes = await asyncio.gather(publish_now(draft), publish_now(draft))
    assert sorted(outcomes) == ["slower", "won"]
    assert await codes(scope_at(NAN)) == ["T01"]


async def begin_draft(scope: Scope) -> str:
    try:
        async with transaction(scope):
            await create_draft(scope, level="township", title="清单", now=NOW)
    except Conflict:
        return "slower"
    return "won"


async def test_a_list_has_one_draft_at_a_time() -> None:
    outcomes = await asyncio.gather(*(begin_draft(scope_at(NAN)) for _ in range(3)))
    assert sorted(outcomes) == ["slower", "slower", "won"]


async def test_drafts_are_seen_by_their_editors_only() -> None:
    await published(NAN, [TWO])
    draft = await drafted(NAN, [ONE])
    for scope in (scope_at(NAN, READER), scope_at(TOWN, EDITOR), scope_at(VILLAGE, READER)):
        async with transaction(scope):
            with pytest.raises(NotFound):
                await list_by_id(scope, draft)
            (seen,) = await lists_in_force(scope, level="township", at=NOW, region=NAN)
            assert [each.version for each in await versions_of(scope, seen)] == [1]
            assert await drafts_of(scope) == []
    editor = scope_at(NAN)
    async with transaction(editor):
        assert [each.id for each in await drafts_of(editor)] == [draft]


async def test_an_empty_draft_or_one_without_document_is_not_published() -> None:
    scope = scope_at(NAN)
    async with transaction(scope):
        draft = await create_draft(scope, level="village", title="涉村清单", now=NOW)
        with pytest.raises(Conflict):
            await publish_list(scope, list_id=draft, document="1号", reason="x", now=NOW)
        with pytest.raises(Invalid) as wrong:
            await publish_list(scope, list_id=draft, document=" ", reason="", now=NOW)
        assert set(wrong.value.fields) == {"document", "reason"}


async def test_a_version_that_begins_tomorrow_leaves_the_old_one_in_force_today() -> None:
    await published(NAN, [TWO], now=NOW - timedelta(days=9))
    draft = await drafted(NAN, [ONE])
    scope = scope_at(NAN)
    async with transaction(scope):
        await edit_draft(
            scope, list_id=draft, title="新版", note="", valid_from=date(2026, 11, 23), valid_to=date(2026, 11, 30),
            now=NOW,
        )  # fmt: skip
        await publish_list(scope, list_id=draft, document="2号", reason="x", now=NOW)
        by_day = {}
        for days in (-10, 0, 1, 8, 9):
            at = NOW + timedelta(days=days)
            by_day[days] = [each.code for each in await items_in_force(scope, level="township", at=at)]
    assert by_day == {-10: [], 0: ["T02"], 1: ["T01"], 8: ["T01"], 9: []}


async def begin_on(day: date, code: str) -> None:
    draft = await drafted(NAN, [item(code, f"事项{code}")])
    scope = scope_at(NAN)
    async with transaction(scope):
        await edit_draft(scope, list_id=draft, title="x", note="", valid_from=day, valid_to=None, now=NOW)
        await publish_list(scope, list_id=draft, document="2号", reason="x", now=NOW)


async def test_a_version_superseded_before_its_first_day_never_comes_into_force() -> None:
    await published(NAN, [TWO])
    await begin_on(date(2026, 12, 1), "T05")
    await begin_on(date(2026, 12, 15), "T06")
    scope = scope_at(NAN)
    async with transaction(scope):
        (coming,) = await lists_to_come(scope, level="township", at=NOW)
        assert (coming.version, coming.valid_from) == (3, date(2026, 12, 15))
        for days, code in ((0, "T02"), (15, "T02"), (30, "T06")):
            at = NOW + timedelta(days=days)
            assert [each.code for each in await items_in_force(scope, level="township", at=at)] == [code]
        assert await lists_to_come(scope, level="township", at=NOW + timedelta(days=30)) == []


async def test_items_hold_between_their_own_dates() -> None:
    await published(
        NAN,
        [item("T01", "一", valid_to=date(2026, 11, 21)), item("T02", "二", valid_from=date(2026, 11, 22))],
    )
    assert await codes(scope_at(NAN)) == ["T02"]


async def test_items_of_a_draft_are_added_changed_and_removed_with_reasons_for_what_is_wrong() -> None:
    draft = await drafted(NAN, [ONE])
    scope = scope_at(NAN)
    async with transaction(scope):
        values = {
            "code": "T05", "title": "防汛", "kind": "基本履职", "points": "2.5", "photos": "3", "text": "否",
            "aliases": "防台、抗旱；防台", "valid_from": "2026/1/2",
        }  # fmt: skip
        made = await save_item(scope, list_id=draft, values=values, now=NOW)
        saved = await item_of(scope, draft, made)
        assert (saved.points, saved.evidence, saved.aliases, saved.valid_from) == (
            2.5, EvidenceWanted(text=False, photos=3), ("防台", "抗旱"), date(2026, 1, 2),
        )  # fmt: skip
        await save_item(scope, list_id=draft, item_id=made, values={"title": "防汛抗旱"}, now=NOW)
        assert (await item_of(scope, draft, made)).data() == type(ONE)(
            **{name: getattr(saved, name) for name in type(ONE).__slots__} | {"title": "防汛抗旱"}
        )
        with pytest.raises(Invalid) as wrong:
            await save_item(scope, list_id=draft, values={**values, "code": "T01", "points": "-1"}, now=NOW)
        assert set(wrong.value.fields) == {"points"}
        with pytest.raises(Invalid) as wrong:
            await save_item(scope, list_id=draft, values={**values, "code": "T01"}, now=NOW)
        assert set(wrong.value.fields) == {"code"}
        with pytest.raises(Invalid) as wrong:
            await save_item(
                scope, list_id=draft, values={**values, "code": "T07", "kind": "小微权力"}, now=NOW
            )
        assert set(wrong.value.fields) == {"kind"}
        await remove_item(scope, list_id=draft, item_id=made, now=NOW)
        assert [each.code for each in await items_of(scope, draft)] == ["T01"]


async def test_an_import_is_not_stored_over_what_somebody_changed_since_the_preview() -> None:
    draft = await drafted(NAN, [ONE])
    scope = scope_at(NAN)
    async with transaction(scope):
        seen = fingerprint(await items_of(scope, draft))
        before = (await items_of(scope, draft))[0].id
        await store_import(scope, list_id=draft, items=[ONE, TWO], seen=seen, now=NOW)
        assert (await items_of(scope, draft))[0].id == before
        with pytest.raises(Conflict):
            await store_import(scope, list_id=draft, items=[TWO], seen=seen, now=NOW)


async def test_a_discarded_draft_is_gone_and_the_list_in_force_stays() -> None:
    await published(NAN, [ONE])
    draft = await drafted(NAN, [TWO])
    scope = scope_at(NAN)
    async with transaction(scope):
        await discard_draft(scope, list_id=draft, now=NOW)
        with pytest.raises(NotFound):
            await list_by_id(scope, draft)
    assert await codes(scope) == ["T01"]


async def test_items_are_found_by_code_in_the_nearest_list_and_by_words() -> None:
    await published(PROVINCE, [item("T01", "省里的同号事项")])
    await published(NAN, [ONE, TWO])
    scope = scope_at(TOWN)
    async with transaction(scope):
        found = await find_item(scope, level="township", at=NOW, code=" t01 ")
        assert found is not None
        assert found.title == ONE.title
        assert await find_item(scope, level="township", at=NOW, code="T77") is None
        near = await search_items(scope, level="township", at=NOW, text="测量标志")
        assert [each.item.code for each in near] == ["T02"]
        assert [
            each.item.title for each in await search_items(scope, level="township", at=NOW, text="t02")
        ] == [TWO.title]
