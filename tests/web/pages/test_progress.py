"""Bars of long work and the health of background work, as those see them who may."""

from uuid import UUID, uuid4

import pytest

from core.kernel.database import transaction
from core.kernel.outbox import announce
from core.progress.actions import start_job
from tests.factories.world import NOW, Post
from tests.web.pages.conftest import Site
from tests.web.visitors import visiting


async def job_of(post: Post, site: Site, **changes: object) -> UUID:
    async with transaction(post.scope):
        job_id = await start_job(post.scope, kind="import", title="导入人员", payload={}, now=NOW, total=200)
    for name, value in changes.items():
        await site.admin.execute(f"UPDATE job_row SET {name} = $2 WHERE id = $1", job_id, value)
    return job_id


async def test_bar_asks_again_while_the_work_is_open_and_rests_afterwards(site: Site) -> None:
    admin = site.world.nan.posts["county_administrator"]
    job_id = await job_of(admin, site, state="running", done=50)
    async with visiting(site.first, admin) as visitor:
        part = (await visitor.get(f"/jobs/{job_id}/bar")).text
        assert f'hx-get="/jobs/{job_id}/bar"' in part
        assert 'value="50" max="200"' in part
        page = (await visitor.get(f"/jobs/{job_id}")).text
        assert "可以离开此页" in page
        assert f"/jobs/{job_id}" in (await visitor.get("/jobs")).text
        await site.admin.execute(
            "UPDATE job_row SET state = 'done', done = 200, failed = 3, finished_at = now(),"
            ' result = \'{"link": "/people"}\' WHERE id = $1',
            job_id,
        )
        part = (await visitor.get(f"/jobs/{job_id}/bar")).text
        assert "hx-get" not in part
        assert "3 项没有办成" in part
        assert 'href="/people"' in part


@pytest.mark.parametrize("path", ["", "/bar"])
async def test_work_of_others_is_as_unknown_as_one_that_does_not_exist(site: Site, path: str) -> None:
    job_id = await job_of(site.world.nan.posts["county_administrator"], site)
    for post in (site.world.zhu.posts["county_administrator"], site.world.nan.posts["village_cadre"]):
        async with visiting(site.first, post) as visitor:
            foreign = await visitor.get(f"/jobs/{job_id}{path}")
            unknown = await visitor.get(f"/jobs/{uuid4()}{path}")
            assert (foreign.status_code, unknown.status_code) == (404, 404)


async def test_parked_event_is_seen_and_tried_again_in_its_county_alone(site: Site) -> None:
    nan, zhu = (county.posts["county_administrator"] for county in site.world.counties)
    async with transaction(nan.scope):
        event_id = await announce(nan.scope, "test.parked", {}, now=NOW)
    await site.admin.execute(
        "UPDATE outbox SET parked_at = now(), attempts = 12, last_error = 'x: KeyError (rules.py:3)' WHERE id = $1",
        event_id,
    )
    async with visiting(site.first, zhu) as visitor:
        assert "test.parked" not in (await visitor.get("/jobs/health")).text
        assert (await visitor.send(f"/jobs/events/{event_id}/retry")).status_code == 404
    async with visiting(site.first, site.world.nan.posts["village_cadre"]) as visitor:
        assert (await visitor.get("/jobs/health")).status_code == 403
        assert (await visitor.send(f"/jobs/events/{event_id}/retry")).status_code == 403
    async with visiting(site.first, nan) as visitor:
        shown = (await visitor.get("/jobs/health")).text
        assert "test.parked" in shown
        assert "rules.py:3" in shown
        assert (await visitor.send(f"/jobs/events/{event_id}/retry")).status_code == 303
        assert "test.parked" not in (await visitor.get("/jobs/health")).text
    row = await site.admin.fetchrow("SELECT parked_at, attempts FROM outbox WHERE id = $1", event_id)
    assert tuple(row) == (None, 0)
