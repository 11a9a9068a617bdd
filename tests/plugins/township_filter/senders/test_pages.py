"""The ledger of senders and the page of one: figures with their rows, filters in the address, a sheet, nobody named who rated."""

import io
import re
from datetime import datetime, timedelta
from decimal import Decimal

from openpyxl import load_workbook

from core.contracts.disclosure import Period
from core.kernel.database import transaction, trips
from core.tasks.actions.dispatching import dispatch_task
from core.tasks.actions.merging import merge_incoming
from core.tasks.actions.work import Rating, acknowledge_assignment, rate_task, submit_assignment
from plugins.township_filter.senders.disclosure import collect_senders
from plugins.township_filter.senders.rules import quarter_named
from tests.factories.world import NOW, RULE, County, order
from tests.plugins.township_filter.conftest import Site
from tests.plugins.township_filter.senders.steps import REASON, act, noted, one, post
from tests.web.visitors import visiting

LEDGER = "/township_filter/senders"
BEFORE = NOW - timedelta(days=14)  # in a week that is closed


async def rated(site: Site, county: County, villages: int, *, at: datetime = BEFORE) -> None:
    """Dispatch a listed matter of the township's office to villages, which hand in and rate it."""
    came = await noted(site, county)
    staff = post(county, "township_staff")
    secretaries = [post(county, "village_secretary"), county.posts["second_village"].scope][:villages]
    sending = order(county, regions=tuple(each.region for each in secretaries), incoming=came.id)
    task = (await act(staff, dispatch_task, order=sending, rule=RULE, now=NOW)).task
    for n, secretary in enumerate(secretaries):
        share = (await one(site, "SELECT id FROM assignment WHERE task_id = $1 AND region = $2", task, secretary.region))["id"]
        await act(secretary, acknowledge_assignment, assignment=share, now=NOW)
        await act(secretary, submit_assignment, assignment=share, text="办好了。", now=NOW)
        rating = Rating(clarity=3 + n, time_given=2, need=5, burden_hours=Decimal("2.5"), comment=f"评语{n}")
        await act(secretary, rate_task, assignment=share, rating=rating, now=at)


async def quarter(site: Site) -> None:
    """Hand in what makes a quarter: one passed, one refused, one emergency."""
    nan = site.world.nan
    await noted(site, nan)
    await noted(site, nan, "关注公众号并每日转发打卡")
    await noted(site, nan, "连夜转移沿河群众", urgent=REASON)


async def test_the_county_sees_every_sender_with_figures_and_a_township_its_own(site: Site) -> None:
    nan = site.world.nan
    await quarter(site)
    await noted(site, nan, "防汛抢险", role="county_department")
    await noted(site, site.world.zhu, "防汛抢险", role="county_department")
    async with visiting(site.app, nan.posts["county_administrator"]) as boss:
        text = (await boss.get(f"{LEDGER}?quarter=2026-Q4")).text
        assert "共 2 个单位" in text
        assert "2026-Q4：来文 4 件，驳回 1 件，归并 0 件，紧急 1 件" in text
        assert "农业农村局" in text
        assert "33%" in text
        township = (await boss.get(f"{LEDGER}?quarter=2026-Q4&place=township")).text
        assert "共 1 个单位" in township
        assert "共 1 个单位" in (await boss.get(f"{LEDGER}?quarter=2026-Q4&show=refused")).text
        assert "共 1 个单位" in (await boss.get(f"{LEDGER}?quarter=2026-Q4&show=emergencies")).text
        assert "共 1 个单位" in (await boss.get(f"{LEDGER}?quarter=2026-Q4&show=signs")).text
        assert "没有符合条件的来文单位" in (await boss.get(f"{LEDGER}?quarter=2026-Q4&show=overdue&q=农业农村局")).text
        assert "来文 0 件" in (await boss.get(f"{LEDGER}?quarter=2026-Q3")).text
    async with visiting(site.app, nan.posts["township_leader"]) as leader:
        assert "共 1 个单位" in (await leader.get(f"{LEDGER}?quarter=2026-Q4")).text
    async with visiting(site.app, nan.posts["county_department"]) as department:
        assert (await department.get(LEDGER)).status_code == 403


async def test_what_was_merged_counts_for_the_office_that_sent_it(site: Site) -> None:
    nan = site.world.nan
    leading = await noted(site, nan, role="township_leader")
    merged = await noted(site, nan)
    leader = post(nan, "township_leader")
    await act(leader, merge_incoming, leading=leading.id, sources=[merged.id], reason="同一件事", now=NOW)
    async with visiting(site.app, nan.posts["county_administrator"]) as boss:
        answer = await boss.get(f"{LEDGER}/export.xlsx?quarter=2026-Q4")
    rows = list(load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))
    assert sorted((row[1], row[2], row[5]) for row in rows[1:]) == [(1, 0, 1), (1, 1, 0)]
    async with transaction(leader):
        found = await collect_senders(leader, Period(nan.township, nan.code, "2026-Q4", *_span()))
    assert sorted(row["merged"] for row in found.rows) == [0, 1]


def _span() -> tuple[datetime, datetime]:
    span = quarter_named("2026-Q4", NOW)
    return span.starts, span.ends


async def test_the_sheet_has_what_the_filters_leave(site: Site) -> None:
    nan = site.world.nan
    await quarter(site)
    async with visiting(site.app, nan.posts["county_administrator"]) as boss:
        answer = await boss.get(f"{LEDGER}/export.xlsx?quarter=2026-Q4")
    rows = list(load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))
    assert rows[0][:4] == ("来文单位", "来文", "通过", "驳回")
    assert [(row[1], row[2], row[3], row[7]) for row in rows[1:]] == [(3, 2, 1, 1)]
    assert "senders-330503-2026-Q4" in answer.headers["content-disposition"]


async def test_a_department_sees_its_own_page_with_refusals_and_no_other(site: Site) -> None:
    nan = site.world.nan
    await quarter(site)
    await noted(site, nan, "上级收回的执法事项", role="county_department")
    other = (await one(site, "SELECT id FROM township_filter.sender WHERE region = $1", nan.township))["id"]
    async with visiting(site.app, nan.posts["county_department"]) as department:
        text = (await department.get(f"{LEDGER}/own?quarter=2026-Q4")).text
        assert "上级收回的执法事项" in text
        assert "不得再派" in text
        assert "收回事项换名" in text
        assert (await department.get(f"{LEDGER}/{other}")).status_code == 404
    async with visiting(site.app, nan.posts["township_leader"]) as leader:
        assert "本单位还没有来文" in (await leader.get(f"{LEDGER}/own")).text
        assert "连夜转移沿河群众" in (await leader.get(f"{LEDGER}/{other}?quarter=2026-Q4")).text
    async with visiting(site.app, site.world.zhu.posts["township_leader"]) as stranger:
        assert (await stranger.get(f"{LEDGER}/{other}")).status_code == 404


async def test_ratings_show_from_three_on_and_never_who_gave_them(site: Site) -> None:
    nan = site.world.nan
    await rated(site, nan, 2)
    async with visiting(site.app, nan.posts["township_staff"]) as staff:
        few = (await staff.get(f"{LEDGER}/own?quarter=2026-Q4")).text
        assert "还没有可以显示的评价" in few
        assert "要求清楚" not in few
        await rated(site, nan, 2)
        text = (await staff.get(f"{LEDGER}/own?quarter=2026-Q4")).text
        assert "3.5 分（满分 5 分）" in text  # 3, 4, 3, 4
        assert "10 小时" in text
        assert "4 条" in text
        for hidden in ("评语", "王建国", "张三的评价"):
            assert hidden not in text.partition("<main")[2]


async def test_a_page_that_is_opened_again_after_one_more_rating_says_the_same(site: Site) -> None:
    nan = site.world.nan
    await rated(site, nan, 2)
    await rated(site, nan, 2)
    addresses = {"township_staff": (f"{LEDGER}/own?quarter=2026-Q4",), "county_administrator": (f"{LEDGER}?quarter=2026-Q4",)}

    async def seen() -> list[str]:
        pages = []
        for role, wanted in addresses.items():
            async with visiting(site.app, nan.posts[role]) as reader:
                pages += [shown_of((await reader.get(address)).text) for address in wanted]
        async with visiting(site.app, nan.posts["county_administrator"]) as boss:
            sheet = (await boss.get(f"{LEDGER}/export.xlsx?quarter=2026-Q4")).content
        row = list(load_workbook(io.BytesIO(sheet)).active.iter_rows(values_only=True))[1]
        return [*pages, str(row[14:19])]

    before = await seen()
    assert "3.5" in before[0]
    await rated(site, nan, 2, at=BEFORE + timedelta(days=7))  # two more in the next closed week: too few
    await rated(site, nan, 2, at=NOW)  # and two of the week that is now
    assert await seen() == before


def shown_of(text: str) -> str:
    """Give what a page says of ratings."""
    return " ".join(re.findall(r"[0-9.]+ 分（满分 5 分）|清楚 [0-9.]+ · 时间 [0-9.]+ · 必要 [0-9.]+|[0-9.]+ 小时|[0-9]+ 条<", text))


async def test_a_full_quota_is_released_on_its_page(site: Site) -> None:
    nan = site.world.nan
    await site.set("quota_village", "1")
    await noted(site, nan)
    await noted(site, nan, "医保参保动员")
    hold = (await one(site, "SELECT id FROM township_filter.quota_hold"))["id"]
    sender = (await one(site, "SELECT id FROM township_filter.sender"))["id"]
    address = f"/township_filter/quotas/{hold}"
    async with (
        visiting(site.app, nan.posts["county_administrator"]) as boss,
        visiting(site.app, nan.posts["township_staff"]) as staff,
    ):
        assert "1 件超限来文待放行" in (await boss.get(LEDGER)).text
        assert "医保参保动员" in (await boss.get("/township_filter/quotas?show=waiting")).text
        assert "这是您提交的来文，要由别人放行" in (await staff.get(address)).text
        assert (await staff.send(f"{address}/decide", outcome="released", reason="x")).status_code == 403
        wrong = await boss.send(f"{address}/decide", outcome="", reason="汛期")
        assert (wrong.status_code, "请选择是否放行" in wrong.text, "汛期" in wrong.text) == (422, True, True)
        assert (await boss.send(f"{address}/decide", outcome="released", reason="")).status_code == 422
        assert (await boss.send(f"{address}/decide", outcome="released", reason="汛期确需")).status_code == 303
        slow = await boss.send(f"{address}/decide", outcome="declined", reason="镇里人手不够")
        assert (slow.status_code, "请先复制保存" in slow.text, "镇里人手不够" in slow.text, "汛期确需" in slow.text) == (409, True, True, True)
        assert "汛期确需" in (await staff.get(address)).text
        own = f"{LEDGER}/{sender}/quota"
        wrong = await boss.send(own, level="village", amount="多", reason="汛期")
        assert (wrong.status_code, "0 到 100000" in wrong.text) == (422, True)
        assert (await boss.send(own, level="village", amount="9", valid_from="x", reason="汛期")).status_code == 422
        assert (await boss.send(own, level="village", amount="9", reason="汛期")).status_code == 303
        assert "单位另定" in (await boss.get(f"{LEDGER}/{sender}")).text
    async with visiting(site.app, site.world.zhu.posts["county_administrator"]) as stranger:
        assert (await stranger.get(address)).status_code == 404
        assert (await stranger.send(own, level="village", amount="9", reason="汛期")).status_code == 404


async def test_pages_need_the_same_round_trips_for_one_sender_and_three(site: Site) -> None:
    nan = site.world.nan
    counted = []
    async with visiting(site.app, nan.posts["county_administrator"]) as boss:
        for role in ("township_staff", "township_leader", "county_department"):
            await noted(site, nan, role=role)
            token = trips.set(made := [])
            assert (await boss.get(f"{LEDGER}?quarter=2026-Q4")).status_code == 200
            trips.reset(token)
            counted.append(len(made))
    assert len(set(counted)) == 1
    assert counted[0] <= 12


async def test_english_pages_have_no_chinese_of_ours(site: Site) -> None:
    nan = site.world.nan
    await quarter(site)
    sender = (await one(site, "SELECT id FROM township_filter.sender"))["id"]
    async with visiting(site.app, nan.posts["county_administrator"]) as boss:
        await boss.send("/me/language", language="en")
        assert "Ledger of senders" in (await boss.get(LEDGER)).text
        assert "Signs of a rebound" in (await boss.get(f"{LEDGER}/{sender}")).text
        await boss.send("/me/language", language="zh")
