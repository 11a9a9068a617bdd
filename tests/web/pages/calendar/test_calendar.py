"""The working calendar on pages."""

from datetime import timedelta

from core.kernel.clock import local, now
from tests.web.pages.conftest import Site
from tests.web.visitors import visiting


async def test_own_day_is_decided_seen_below_and_taken_back(site: Site) -> None:
    day = local(now()).date() + timedelta(days=10)
    month = f"/calendar?month={day:%Y-%m}"
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        refused = await administrator.send("/calendar/days", day="", kind="free", note="")
        assert refused.status_code == 422
        done = await administrator.send(
            "/calendar/days", day=str(day), kind="free", note="南政办〔2026〕9 号"
        )
        assert (done.status_code, done.headers["location"]) == (303, month)
        assert "本县放假" in (await administrator.get(month)).text
    async with visiting(site.second, site.world.nan.posts["township_leader"]) as leader:
        seen = await leader.get(month)
        assert "南政办〔2026〕9 号" in seen.text
        assert "定一个日子" not in seen.text
        assert (await leader.send("/calendar/days", day=str(day), kind="free", note="x")).status_code == 403
    async with visiting(site.second, site.world.zhu.posts["county_administrator"]) as stranger:
        assert "本县放假" not in (await stranger.get(month)).text
        assert (await stranger.send(f"/calendar/days/{day}/remove")).status_code == 404
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        assert (await administrator.send(f"/calendar/days/{day}/remove")).status_code == 303
        assert "本县放假" not in (await administrator.get(month)).text
        assert (await administrator.send("/calendar/days/soon/remove")).status_code == 404


async def test_months_far_away_or_senseless_show_this_one(site: Site) -> None:
    today = local(now()).date()
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        for month in ("", "?month=9999-12", "?month=soon"):
            assert f"{today.year} 年 {today.month} 月" in (await administrator.get(f"/calendar{month}")).text
        assert "还没有公布" in (await administrator.get(f"/calendar?month={today.year + 5}-01")).text


async def test_refused_day_leaves_the_month_that_was_open(site: Site) -> None:
    today = local(now()).date()
    month = f"{today.year + 1}-03"
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        assert f'name="month" value="{month}"' in (await administrator.get(f"/calendar?month={month}")).text
        refused = await administrator.send("/calendar/days", month=month, day=f"{month}-02", kind="free", note="")
        assert refused.status_code == 422
        assert f"{today.year + 1} 年 3 月" in refused.text
        assert f'value="{month}-02"' in refused.text
