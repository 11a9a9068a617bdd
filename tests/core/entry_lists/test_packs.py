"""Lists of packs: published once, published again when they changed, and all rows of ours can be taken."""

import pytest

from core.entry_lists.enums import Bearing
from core.entry_lists.packs import publish_sheet
from core.entry_lists.queries import items_in_force, lists_in_force
from core.entry_lists.rules import ItemData
from core.entry_lists.sheets import plan_import
from core.kernel.database import transaction
from core.kernel.errors import Invalid
from core.kernel.scope import system_scope
from core.kernel.sheets import read_sheet
from core.tenancy.packs import FOLDER
from tests.core.entry_lists.world import NAN, NOW, ZHU

GOOD = "编号,事项名称,类型\nV01,烟花爆竹禁放宣传,依法协助\n"


async def load(content: str) -> bool:
    scope = system_scope(NAN)
    async with transaction(scope):
        made = await publish_sheet(
            scope,
            level="village",
            content=content.encode(),
            title="涉村",
            document="1号",
            reason="公布",
            now=NOW,
        )
    return made is not None


async def test_a_list_is_published_once_and_again_only_when_it_changed() -> None:
    assert [await load(GOOD), await load(GOOD), await load(GOOD + "V02,村务公开,小微权力\n")] == [
        True,
        False,
        True,
    ]
    scope = system_scope(NAN)
    async with transaction(scope):
        assert [each.version for each in await lists_in_force(scope, level="village", at=NOW)] == [2]
        assert len(await items_in_force(scope, level="village", at=NOW)) == 2


async def test_a_list_with_a_row_that_cannot_be_taken_is_refused_whole() -> None:
    with pytest.raises(Invalid) as refused:
        await load(GOOD + "V02,村务公开,没有这种\n")
    assert (refused.value.data["n"], refused.value.data["code"]) == (3, "V02")
    scope = system_scope(NAN)
    async with transaction(scope):
        assert await lists_in_force(scope, level="village", at=NOW) == []


def shipped(county: str, level: str) -> tuple[ItemData, ...]:
    sheet = read_sheet((FOLDER / county / "entry_lists" / f"{level}.csv").read_bytes())
    plan = plan_import((), sheet, level=level, removes=True)
    assert (plan.problems, plan.unknown, plan.elsewhere) == ((), (), 0)
    return plan.items


@pytest.mark.parametrize("level", ["township", "village"])
def test_both_demo_counties_have_lists_of_their_own(level: str) -> None:
    first, second = shipped(NAN, level), shipped(ZHU, level)
    assert len(first) > len(second) > 100
    for items in (first, second):
        assert {each.bearing for each in items} == set(Bearing)
        assert all(each.points > 0 for each in items if each.bearing is Bearing.ALLOWED)
