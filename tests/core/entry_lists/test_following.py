"""Townships that merge or split bring their special lists along; nothing that held is lost."""

from datetime import date

import pytest

from core.entry_lists.actions import create_draft
from core.entry_lists.following import unite_lists
from core.entry_lists.queries import items_in_force, items_of, lists_in_force, versions_of
from core.entry_lists.rules import united
from core.kernel.database import fetch_value, transaction
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import system_scope
from core.tenancy.actions.regions import Document, Wish, change_regions
from core.tenancy.changes import Part
from core.tenancy.enums import ChangeKind
from tests.core.entry_lists.world import NAN, NOW, drafted, item, published
from tests.databases import DatabaseUrls, connected

EAST, WEST, SOUTH = "330503201", "330503202", "330503203"
DOCUMENT = Document("浙民区划〔2026〕1 号", date(2026, 11, 20))
ONE, TWO, THREE = item("T01", "集体资产监管"), item("T02", "防汛巡查"), item("T03", "文物巡查")


@pytest.fixture(autouse=True)
async def towns(fresh_database: DatabaseUrls) -> None:
    async with connected(fresh_database.admin) as admin:
        rows = [(EAST, NAN, 4, "东镇"), (WEST, NAN, 4, "西镇"), (SOUTH, NAN, 4, "南镇")]
        rows += [(f"{town}20{n}", town, 5, f"{n}村") for town in (EAST, WEST, SOUTH) for n in (1, 2)]
        await admin.executemany(
            "INSERT INTO region (code, parent, level, name, short_name, opened) VALUES ($1, $2, $3, $4, $4, '2023-06-30')", rows
        )


async def merged(wish: Wish) -> str:
    """Change regions and let the lists follow, twice. Gives the successor of the east."""
    scope = system_scope(NAN)
    async with transaction(scope):
        made = await change_regions(scope, wish, DOCUMENT, now=NOW)
    event = Event(new_id(), "region.changed", NAN, NAN, {"change": str(made)}, NOW)
    for _ in range(2):
        async with transaction(scope):
            await unite_lists(scope, event)
    async with transaction(scope):
        return str(await fetch_value(scope, "SELECT r.successor FROM region r WHERE r.code = $3 AND $1 < $2", EAST))


async def held(region: str) -> list[tuple[str, str]]:
    scope = system_scope(NAN)
    async with transaction(scope):
        items = await items_in_force(scope, level="township", at=NOW, region=region)
    return [(each.code, each.title) for each in items if each.special]


async def states(region: str) -> list[tuple[int, str, str]]:
    scope = system_scope(NAN)
    async with transaction(scope):
        version = (await lists_in_force(scope, level="township", at=NOW, region=region))[0]
        return [(each.version, each.state, each.note) for each in await versions_of(scope, version)]


async def test_new_township_has_both_lists_and_the_old_ones_are_history() -> None:
    await published(EAST, [ONE])
    await published(EAST, [ONE, TWO], title="东镇特有清单")
    await published(WEST, [item("T01", "文物巡查"), TWO], title="西镇特有清单")
    new = await merged(Wish(ChangeKind.MERGE, sources=[EAST, WEST], name="东西镇"))
    assert await held(new) == [("T01", "集体资产监管"), ("T02", "防汛巡查"), ("T01-2", "文物巡查")]
    scope = system_scope(NAN)
    async with transaction(scope):
        (made,) = await lists_in_force(scope, level="township", at=NOW, region=new)
        old = await versions_of(scope, (await lists_in_force(scope, level="township", at=NOW, region=EAST))[0])
        counts = [len(await items_of(scope, each.id)) for each in old]
    assert (made.version, made.title, made.document) == (1, "东西镇特有清单", DOCUMENT.number)
    assert made.note == f"因区划变更承接东镇第 2 版、西镇第 1 版的事项（{DOCUMENT.number}）"
    assert [(each.version, each.state, each.note) for each in old] == [
        (2, "superseded", f"因区划变更停用，事项由东西镇承接（{DOCUMENT.number}）"),
        (1, "superseded", ""),
    ]
    assert counts == [2, 1]


async def test_township_that_stays_adds_what_it_lacks_and_keeps_its_draft() -> None:
    await published(EAST, [THREE, item("X", "防汛巡查")])
    await published(WEST, [TWO], title="西镇特有清单")
    draft = await drafted(WEST, [TWO, ONE])
    sealed = await drafted(EAST, [THREE, ONE])
    assert await merged(Wish(ChangeKind.MERGE, sources=[EAST], successor=WEST)) == WEST
    assert await held(WEST) == [("T02", "防汛巡查"), ("T03", "文物巡查")]
    scope = system_scope(NAN)
    async with transaction(scope):
        (now_held,) = await lists_in_force(scope, level="township", at=NOW, region=WEST)
        versions = await versions_of(scope, now_held)
        gone = await fetch_value(
            scope, "SELECT x.state || x.note FROM entry_list x WHERE x.region >= $1 AND x.region < $2 AND x.id = $3", sealed
        )
    assert [(each.version, each.state) for each in versions] == [(3, "draft"), (2, "published"), (1, "superseded")]
    assert versions[0].id == draft
    assert gone == f"superseded没有发布，随区划变更封存（{DOCUMENT.number}）"


async def test_township_that_stays_without_a_list_gets_one_and_nothing_changes_where_all_is_there() -> None:
    await published(EAST, [TWO])
    await merged(Wish(ChangeKind.MERGE, sources=[EAST], successor=SOUTH))
    assert await held(SOUTH) == [("T02", "防汛巡查")]
    await published(WEST, [TWO])
    await merged(Wish(ChangeKind.MERGE, sources=[WEST], successor=SOUTH))
    assert [state[:2] for state in await states(SOUTH)] == [(1, "published")]


async def test_part_split_off_has_the_list_of_the_township_it_was_in() -> None:
    await published(EAST, [ONE])
    await merged(Wish(ChangeKind.SPLIT, region=EAST, parts=[Part("新镇", [f"{EAST}201"])]))
    scope = system_scope(NAN)
    async with transaction(scope):
        new = await fetch_value(scope, "SELECT r.code FROM region r WHERE r.name = '新镇' AND $1 < $2")
    assert await held(str(new)) == await held(EAST) == [("T01", "集体资产监管")]


async def test_closed_township_can_still_begin_no_draft_that_lasts() -> None:
    await published(EAST, [ONE])
    await merged(Wish(ChangeKind.MERGE, sources=[EAST], successor=WEST))
    scope = system_scope(EAST)
    async with transaction(scope):
        await create_draft(scope, level="village", title="迟到的草稿", now=NOW)
        assert await fetch_value(scope, "SELECT current_setting('app.late', true) <> '' WHERE $1 < $2")


def test_lists_are_put_together_in_ones_own_words() -> None:
    mine = [ONE, item("A", "x", department="甲")]
    theirs = [item("A", "x", department="乙"), item("A", "y"), item("A", "z"), TWO]
    told = [(each.code, each.title, each.department) for each in united(mine, theirs, [TWO])]
    assert told == [
        ("T01", "集体资产监管", ""), ("A", "x", "甲"), ("A-2", "y", ""), ("A-3", "z", ""), ("T02", "防汛巡查", ""),
    ]  # fmt: skip
