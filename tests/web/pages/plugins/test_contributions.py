"""What plugins add to pages of the main job: kinds of task, slots that decorate and never break a page."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from core.contracts.registry import Registry, current, install
from core.extension.queries import with_plugins
from core.kernel import clock
from core.kernel.database import fetch, transaction
from core.kernel.errors import Conflict
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from core.scores.actions import add_line
from tests.factories.world import NOW, handed
from tests.web.pages.conftest import Site
from tests.web.pages.plugins.test_plugins import switch
from tests.web.visitors import visiting
from web.extension import Slot


def order(**changes: str) -> dict[str, str]:
    due = clock.local(clock.now() + timedelta(days=5)).strftime("%Y-%m-%dT18:00")
    return {"title": "圩堤隐患排查", "body": "逐处检查。", "points": "5", "points_reason": "试", "due_at": due, "mode": "named",
            "item_code": "V12", "regions": "330503101201", "photos": "0", "files": "0", **changes}  # fmt: skip


async def test_kind_of_a_plugin_is_offered_where_it_is_on_and_stays_with_the_task(site: Site) -> None:
    await switch(site, "switch_on")
    async with (
        visiting(site.second, site.world.nan.posts["township_leader"]) as leader,
        visiting(site.second, site.world.zhu.posts["township_leader"]) as stranger,
    ):
        assert "入户走访" in (await leader.get("/tasks/new")).text
        assert "入户走访" not in (await stranger.get("/tasks/new")).text
        sent = await leader.send("/tasks/new", **order(kind="sample:visit"))
        assert (sent.status_code, sent.headers["location"][:7]) == (303, "/tasks/")
    row = await site.admin.fetchrow(
        "SELECT category, evidence::text FROM task ORDER BY created_at DESC LIMIT 1"
    )
    assert row["category"] == "入户走访"
    assert '"photos": 1' in row["evidence"]


async def test_kind_whose_plugin_went_off_meanwhile_is_refused_with_what_was_written(site: Site) -> None:
    async with visiting(site.second, site.world.nan.posts["township_leader"]) as leader:
        answer = await leader.send("/tasks/new", **order(kind="sample:visit"))
    assert answer.status_code == 422
    assert "这种任务现在不能派" in answer.text
    assert "逐处检查。" in answer.text


async def test_slot_is_drawn_where_the_plugin_is_on_for_those_who_may(site: Site) -> None:
    received = await handed(site.world.nan)
    page = f"/incoming/{received.id}"
    async with visiting(site.first, site.world.nan.posts["township_leader"]) as leader:
        assert "手记 0 条" not in (await leader.get(page)).text
        await switch(site, "switch_on")
        assert "手记 0 条" in (await leader.get(page)).text
        await switch(site, "pause")
        assert "手记 0 条" in (await leader.get(page)).text
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        assert "手记 0 条" not in (await administrator.get(page)).text


async def test_slot_that_fails_is_left_out_and_logged(site: Site) -> None:
    received = await handed(site.world.nan)
    await switch(site, "switch_on")
    before = current()

    async def broken(scope: Scope, _known: Any) -> dict[str, Any]:
        await fetch(scope, "SELECT no_such_column FROM sample.note n WHERE n.region >= $1 AND n.region < $2")
        return {}

    everything = [each for values in before.contributions.values() for each in values]
    wrong = [
        replace(each, values=broken) if isinstance(each, Slot) and each.plugin == "sample" else each
        for each in everything
    ]
    install(Registry.of(before.manifests.values(), wrong))
    try:
        async with visiting(site.first, site.world.nan.posts["township_leader"]) as leader:
            with capture_logs() as logs:
                answer = await leader.get(f"/incoming/{received.id}")
    finally:
        install(before)
    assert answer.status_code == 200
    assert "圩堤隐患排查" in answer.text
    assert [(log["event"], log["plugin"]) for log in logs] == [("slot failed", "sample")]


async def test_points_of_a_plugin_need_it_on_and_points_from_nowhere_are_refused(site: Site) -> None:
    async def add(source: str) -> None:
        scope = await with_plugins(site.world.nan.scope("township_leader"))
        async with transaction(scope):
            await add_line(
                scope, county=scope.county, region=site.world.nan.village, source=source, subject=new_id(), points=2,
                title="走访", rule={}, now=NOW,
            )  # fmt: skip

    with pytest.raises(ValueError, match="nobody declared"):
        await add("luck")
    with pytest.raises(Conflict):
        await add("sample:visit")
    await switch(site, "switch_on")
    await add("sample:visit")
