"""Points of a month: totals by place, and the lines behind them."""

from core.kernel import clock
from core.kernel.clock import period_of
from core.tasks.actions.scoring import reverse_score
from tests.core.tasks.steps import do
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import accepted, words_of


async def test_totals_and_lines_of_the_month(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    await accepted(served.admin, nan, "excellent")
    gone = await accepted(served.admin, nan, "good")
    leader = nan.scope("township_leader")
    await do(leader, reverse_score, assignment=gone, reason="照片不实", now=clock.now())
    visitor = await client_for(nan.posts["township_leader"])
    page = (await visitor.get("/scores")).text
    words = words_of(page)
    for text in (f"{period_of(clock.now())} 得分", "朱家兜", "6 分", "冲销 照片不实", "-5 分"):
        assert text in words
    assert f'href="/assignments/{gone}"' in page
    earlier = words_of((await visitor.get("/scores?period=2025-01")).text)
    assert "这个月还没有得分。" in earlier


async def test_village_sees_its_own_points_and_no_others(served: Site, client_for: ClientFor) -> None:
    await accepted(served.admin, served.world.nan)
    second = await client_for(served.world.nan.posts["second_village"])
    words = words_of((await second.get("/scores")).text)
    assert "水口" in words
    assert "朱家兜" not in words
    assert "汛期前圩堤隐患排查" not in words


async def test_county_sees_its_townships(served: Site, client_for: ClientFor) -> None:
    inspector = await client_for(served.world.nan.posts["county_inspector"])
    words = words_of((await inspector.get("/scores")).text)
    assert "练市" in words
    assert "诸暨" not in words


async def test_points_of_one_place_and_of_none_outside_ones_range(served: Site, client_for: ClientFor) -> None:
    nan, zhu = served.world.counties
    await accepted(served.admin, nan)
    leader = await client_for(nan.posts["township_leader"])
    period = period_of(clock.now())
    page = (await leader.get("/scores")).text
    assert f'href="/scores?period={period}&amp;region={nan.village}"' in page
    words = words_of((await leader.get(f"/scores?region={nan.village}")).text)
    assert "朱家兜" in words
    assert "水口" not in words
    words = words_of((await leader.get(f"/scores?region={nan.code}101202")).text)
    assert "汛期前圩堤隐患排查" not in words
    for code in (zhu.village, zhu.code, nan.code, f"{nan.code}102", f"{nan.township}999", "339999999999"):
        for path in ("/scores", "/shares"):
            assert (await leader.get(f"{path}?region={code}")).status_code == 404, (path, code)


async def test_lines_are_paged(served: Site, client_for: ClientFor) -> None:
    zhu = served.world.zhu
    period = period_of(clock.now())
    await served.admin.execute(
        "INSERT INTO ledger_line (county, id, region, period, source, subject_id, points, title, by_name, at)"
        " SELECT $1, gen_random_uuid(), $2, $3, 'task', gen_random_uuid(), 1, '第' || n || '笔', '张三', now()"
        " FROM generate_series(1, 51) AS n", zhu.code, zhu.village, period,
    )  # fmt: skip
    visitor = await client_for(zhu.posts["village_secretary"])
    first = (await visitor.get("/scores")).text
    assert f"/scores?period={period}&amp;p=2" in first
    second = (await visitor.get(f"/scores?period={period}&p=2")).text
    assert words_of(second).count("笔 ") >= 1
    assert f"/scores?period={period}&amp;p=1" in second
    assert f"period={period}&amp;p=3" not in second


async def test_lines_lead_only_to_shares_that_the_reader_may_open(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    share = await accepted(served.admin, nan)
    for post, opens in (("township_leader", True), ("county_department", False)):
        visitor = await client_for(nan.posts[post])
        page = (await visitor.get("/scores")).text
        assert "汛期前圩堤隐患排查" in words_of(page)
        assert (f'href="/assignments/{share}"' in page) is opens
        assert ((await visitor.get(f"/assignments/{share}")).status_code == 200) is opens
