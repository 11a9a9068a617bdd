"""Saved views belong to one post."""

import pytest

from core.kernel.database import transaction
from core.kernel.errors import Invalid, NotFound
from core.kernel.scope import Scope
from core.tasks.actions.views import drop_view, save_view
from core.tasks.queries.views import views_of
from tests.core.tasks.steps import do
from tests.factories.world import NOW, World


async def names(scope: Scope) -> list[tuple[str, str]]:
    async with transaction(scope):
        return [(view["name"], view["query"]) for view in await views_of(scope, page="tasks")]


async def test_view_is_saved_replaced_and_dropped_by_its_own_post(world: World) -> None:
    leader, staff = world.nan.scope("township_leader"), world.nan.scope("township_staff")
    await do(leader, save_view, page="tasks", name=" 超期 ", query="late=1", now=NOW)
    await do(leader, save_view, page="tasks", name="防汛", query="q=防汛", now=NOW)
    await do(leader, save_view, page="tasks", name="超期", query="late=1&q=圩堤", now=NOW)
    await do(leader, save_view, page="other", name="别的页", query="", now=NOW)
    assert await names(leader) == [("超期", "late=1&q=圩堤"), ("防汛", "q=防汛")]
    assert await names(staff) == []
    async with transaction(leader):
        view = (await views_of(leader, page="tasks"))[0]["id"]
    for stranger in (staff, world.zhu.scope("township_leader")):
        with pytest.raises(NotFound):
            await do(stranger, drop_view, view=view)
    await do(leader, drop_view, view=view)
    assert await names(leader) == [("防汛", "q=防汛")]


@pytest.mark.parametrize(
    ("name", "query"), [("", "late=1"), ("名" * 31, "late=1"), ("长", "q=" + "长" * 500)]
)
async def test_view_needs_a_short_name_and_a_short_query(world: World, name: str, query: str) -> None:
    with pytest.raises(Invalid):
        await do(world.nan.scope("township_staff"), save_view, page="tasks", name=name, query=query, now=NOW)
