"""The filter at work: what is handed in is screened, noted once, and emergencies are reviewed by somebody else."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from core.extension.queries import with_plugins
from core.kernel.database import transaction
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import Scope, system_scope
from core.tasks.actions.incoming import Handed, Received, hand_in
from core.tasks.enums import Level
from plugins.township_filter.jobs import note
from tests.factories.world import NOW, County
from tests.plugins.township_filter.conftest import Site
from tests.web.visitors import visiting

REASON = "上游水库今晚泄洪，必须连夜转移。"


async def scope_of(county: County, role: str) -> Scope:
    """Give a post's scope as a request would have it, with the county's plugins."""
    return await with_plugins(county.scope(role))


async def hand(county: County, title: str, *, role: str = "township_staff", emergency: str = "") -> Received:
    """Hand a matter in for villages and work off what was announced."""
    scope = await scope_of(county, role)
    level = Level.TOWNSHIP if len(scope.region) == len(county.code) else Level.VILLAGE
    async with transaction(scope):
        received = await hand_in(
            scope,
            Handed(
                title=title,
                body="请各村落实。",
                level=level,
                emergency=bool(emergency),
                emergency_reason=emergency,
            ),
            now=NOW,
        )
    await work_off(scope, received.id, times=2)
    return received


async def work_off(scope: Scope, incoming: UUID, *, times: int) -> None:
    """Run the handler as the worker does; more than once has one effect."""
    for _ in range(times):
        system = await with_plugins(system_scope(scope.region, county=scope.county))
        event = Event(
            new_id(), "incoming.screened", scope.county, scope.region, {"incoming": str(incoming)}, NOW
        )
        async with transaction(system):
            await note(system, event)


async def lines(site: Site) -> list[Mapping[str, Any]]:
    rows = await site.admin.fetch("SELECT * FROM township_filter.screened ORDER BY id")
    return [dict(row) for row in rows]


async def test_not_listed_is_refused_and_noted_once(site: Site) -> None:
    received = await hand(site.world.nan, "关注公众号并每日转发打卡")
    assert (received.state, received.screening.verdict) == ("refused", "refused")
    (line,) = await lines(site)
    assert (line["verdict"], line["incoming_id"], line["region"]) == (
        "refused",
        received.id,
        site.world.nan.township,
    )
    assert line["review"] == ""


async def test_where_the_filter_is_off_a_person_decides_and_nothing_is_noted(site: Site) -> None:
    received = await hand(site.world.zhu, "关注公众号并每日转发打卡")
    assert received.state == "held"
    assert await lines(site) == []


async def test_county_sets_that_a_person_decides(site: Site) -> None:
    await site.set("not_listed", '"held"')
    assert (await hand(site.world.nan, "关注公众号并每日转发打卡")).state == "held"


async def test_listed_matter_passes_with_its_item(site: Site) -> None:
    received = await hand(site.world.nan, "关于做好圩堤隐患排查工作的通知")
    assert received.state == "passed"
    (line,) = await lines(site)
    assert (line["item_code"], line["item_title"]) == ("V12", "圩堤隐患排查")


async def test_emergency_passes_and_is_due_by_the_working_calendar(site: Site) -> None:
    await site.set("review_days", "5")
    received = await hand(site.world.nan, "连夜转移沿河群众", emergency=REASON)
    assert received.state == "passed"
    (line,) = await lines(site)
    assert line["review"] == "due"
    # Handed in on Monday, 23 November 2026; five working days later is the next Monday at closing time, 17:30.
    assert line["review_due_at"] == datetime.fromisoformat("2026-11-30T17:30:00+08:00")


async def test_ledger_shows_and_filters(site: Site) -> None:
    nan = site.world.nan
    await hand(nan, "关注公众号并每日转发打卡")
    await hand(nan, "圩堤隐患排查")
    await hand(nan, "连夜转移沿河群众", emergency=REASON)
    async with visiting(site.app, nan.posts["township_leader"]) as leader:
        everything = (await leader.get("/township_filter")).text
        assert "共 3 件" in everything
        assert "1 件紧急事项待审查" in everything
        refused = (await leader.get("/township_filter?verdict=refused")).text
        assert "关注公众号" in refused
        assert "圩堤隐患排查" not in refused
        assert "共 1 件" in (await leader.get("/township_filter?review=due")).text
        assert "共 1 件" in (await leader.get("/township_filter?q=V12")).text
        assert "没有符合条件的来文" in (await leader.get("/township_filter?q=无")).text


async def test_review_is_done_by_somebody_else_once(site: Site) -> None:
    nan = site.world.nan
    received = await hand(nan, "连夜转移沿河群众", role="township_leader", emergency=REASON)
    (line,) = await lines(site)
    address = f"/township_filter/{line['id']}"
    async with (
        visiting(site.app, nan.posts["township_leader"]) as leader,
        visiting(site.app, nan.posts["county_inspector"]) as inspector,
    ):
        assert "这是您提交的事项，要由别人审查。" in (await leader.get(address)).text
        assert (await leader.send(f"{address}/review", outcome="compliant")).status_code == 403
        assert (await inspector.send(f"{address}/review", outcome="")).status_code == 422
        empty = await inspector.send(f"{address}/review", outcome="objected", note="")
        assert empty.status_code == 422
        assert "请写明不合规的理由" in empty.text
        done = await inspector.send(f"{address}/review", outcome="objected", note="并非紧急。")
        assert (done.status_code, done.headers["location"]) == (303, address)
        assert (await inspector.send(f"{address}/review", outcome="compliant")).status_code == 409
        assert "并非紧急。" in (await leader.get(address)).text
        assert "不合规" in (await leader.get(f"/incoming/{received.id}")).text
    (after,) = await lines(site)
    assert (after["review"], after["review_note"], after["reviewed_by_name"]) == (
        "objected",
        "并非紧急。",
        "张三",
    )
    told = await site.admin.fetchval(
        "SELECT count(*) FROM audit_line WHERE action = 'township_filter.reviewed'"
    )
    assert told == 1


async def test_strangers_and_those_without_the_right_see_nothing(site: Site) -> None:
    nan, zhu = site.world.nan, site.world.zhu
    await hand(nan, "连夜转移沿河群众", emergency=REASON)
    (line,) = await lines(site)
    await site.admin.execute(
        "INSERT INTO plugin_state VALUES ($1, gen_random_uuid(), $1, 'township_filter', 'on', '试用', '王', NULL, now())",
        zhu.code,
    )
    async with visiting(site.app, zhu.posts["township_leader"]) as stranger:
        assert (await stranger.get(f"/township_filter/{line['id']}")).status_code == 404
        assert (
            await stranger.send(f"/township_filter/{line['id']}/review", outcome="compliant")
        ).status_code == 404
        assert "没有符合条件的来文" in (await stranger.get("/township_filter")).text
    async with visiting(site.app, nan.posts["township_staff"]) as staff:
        assert (await staff.get("/township_filter")).status_code == 200
        assert (
            await staff.send(f"/township_filter/{line['id']}/review", outcome="compliant")
        ).status_code == 403
    async with visiting(site.app, nan.posts["village_cadre"]) as cadre:
        assert (await cadre.get("/township_filter")).status_code == 403


async def test_office_sees_what_it_sent_itself(site: Site) -> None:
    nan = site.world.nan
    await hand(nan, "关注公众号并每日转发打卡", role="township_leader")
    await hand(nan, "圩堤隐患排查", role="township_staff")
    async with visiting(site.app, nan.posts["township_staff"]) as staff:
        text = (await staff.get("/township_filter")).text
    assert "圩堤隐患排查" in text
    assert "关注公众号" not in text


async def test_county_department_hands_in_for_townships(site: Site) -> None:
    received = await hand(site.world.nan, "防汛抢险", role="county_department")
    assert received.state == "passed"
    (line,) = await lines(site)
    assert (line["level"], line["region"]) == ("township", site.world.nan.code)


async def test_switched_off_page_is_gone_and_the_ledger_stays(site: Site) -> None:
    nan = site.world.nan
    await hand(nan, "圩堤隐患排查")
    await site.admin.execute("UPDATE plugin_state SET state = 'off'")
    async with visiting(site.app, nan.posts["township_leader"]) as leader:
        assert (await leader.get("/township_filter")).status_code == 404
    assert len(await lines(site)) == 1


async def test_list_page_needs_the_same_round_trips_for_one_row_and_three(site: Site) -> None:
    from core.kernel.database import trips  # noqa: PLC0415 - counted here alone

    nan = site.world.nan
    counted = []
    async with visiting(site.app, nan.posts["township_leader"]) as leader:
        for title in ("圩堤隐患排查", "医保参保动员", "关注公众号"):
            await hand(nan, title)
            token = trips.set(made := [])
            await leader.get("/township_filter")
            trips.reset(token)
            counted.append(len(made))
    assert len(set(counted)) == 1
    assert counted[0] == 5  # the session, BEGIN, the page, its counts, COMMIT
