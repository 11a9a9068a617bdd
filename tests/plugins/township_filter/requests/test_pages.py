"""The pages of requests: forms that keep what was typed, buttons of whose turn it is, lists with filters and counts."""

from core.kernel.database import transaction, trips
from core.tasks.actions.incoming import Handed, hand_in
from core.tasks.enums import Level
from tests.factories.world import NOW
from tests.plugins.township_filter.conftest import Site
from tests.plugins.township_filter.requests.steps import (
    FINANCE,
    ITEM,
    adjustment,
    admission,
    approved,
    asked,
    in_review,
    office_of,
    on,
    published,
    row_of,
)
from tests.web.visitors import visiting

BASE = "/township_filter/requests"
FORM = {**ITEM, "frequency": "每年一次", "why": "省里要求推广。", "effective_on": "2027-06-01", "level": "township", "way": "add"}


async def test_refused_matter_leads_to_a_form_that_is_filled_in(desk: Site) -> None:
    nan = desk.world.nan
    own = on(nan.scope("county_department"))
    async with transaction(own):
        got = await hand_in(own, Handed("推广学习软件并打卡", "请落实。", Level.TOWNSHIP), now=NOW)
    async with visiting(desk.app, nan.posts["county_department"]) as department:
        matter = (await department.get(f"/incoming/{got.id}")).text
        refusal = matter.split("过筛结论：")[1].split("</section>")[0].split("最接近的清单事项")[0]
        assert "确需派发的，由县级部门申请准入。" in refusal
        assert "确需派发的，可以申请准入：" in refusal
        assert f'href="{BASE}/new?incoming={got.id}"' in refusal
        assert matter.count("申请准入</a>") == 1
        assert "认为不该驳回的" not in matter
        form = (await department.get(f"{BASE}/new?incoming={got.id}")).text
        assert 'value="推广学习软件并打卡"' in form
        assert "来文“推广学习软件并打卡”没有通过过筛" in form
        wrong = await department.send(f"{BASE}/new", **{**FORM, "legal_basis": "", "incoming": str(got.id)})
        assert wrong.status_code == 422
        for kept in ("请填写这一项。", 'value="学习软件推广"', "省里要求推广。", 'href="#legal_basis"'):
            assert kept in wrong.text
        done = await department.send(f"{BASE}/new", **FORM, incoming=str(got.id), _key="once")
        again = await department.send(f"{BASE}/new", **FORM, incoming=str(got.id), _key="once")
        assert (done.status_code, done.headers["location"]) == (303, again.headers["location"])
        matter = (await department.get(f"/incoming/{got.id}")).text
        assert "申请准入</a>" not in matter
        assert "可以申请准入：" not in matter
        assert matter.count(f'href="{done.headers["location"]}"') == 1
    assert await desk.admin.fetchval("SELECT count(*) FROM township_filter.list_request") == 1


async def test_refusal_by_a_person_leads_to_the_form_too_and_those_who_may_not_ask_are_told_whom_to_turn_to(desk: Site) -> None:
    nan = desk.world.nan
    own, leader = on(nan.scope("county_department")), on(nan.scope("township_leader"))
    async with transaction(own):
        got = await hand_in(own, Handed("推广学习软件并打卡", "请落实。", Level.TOWNSHIP), now=NOW)
    async with transaction(leader):
        below = await hand_in(leader, Handed("推广学习软件并打卡", "请各村落实。", Level.VILLAGE), now=NOW)
    await desk.admin.execute(
        "UPDATE incoming_task SET verdict = 'held', decided_by_name = '王', decided_reason = '不宜下派', decided_at = $2 WHERE id = $1", got.id, NOW
    )
    async with visiting(desk.app, nan.posts["county_department"]) as department:
        matter = (await department.get(f"/incoming/{got.id}")).text
        assert matter.index("王审定，不同意派发") < matter.index("可以申请准入：") < matter.index("过筛结论")
        assert matter.count("申请准入</a>") == 1
    async with visiting(desk.app, nan.posts["township_leader"]) as reader:
        matter = (await reader.get(f"/incoming/{below.id}")).text
        assert "认为不该驳回的，请与管理准入清单的县级管理员联系。" in matter
        assert "申请准入</a>" not in matter


async def test_township_chooses_an_item_and_says_what_shall_change(desk: Site) -> None:
    nan = desk.world.nan
    async with visiting(desk.app, nan.posts["township_staff"]) as staff:
        chosen = (await staff.get(f"{BASE}/adjust?level=township&q=防汛")).text
        assert f"{BASE}/adjust?level=township&amp;item=T31" in chosen
        assert "没有找到这样的事项。" in (await staff.get(f"{BASE}/adjust?q=没有的")).text
        form = (await staff.get(f"{BASE}/adjust?level=township&item=T31")).text
        assert 'value="防汛抢险"' in form
        same = await staff.send(
            f"{BASE}/adjust", level="township", way="change", item="T31", title="防汛抢险", why="改一改", effective_on="2027-06-01"
        )
        assert (same.status_code, "和现行清单没有差别" in same.text) == (422, True)
        done = await staff.send(
            f"{BASE}/adjust", level="township", way="drop", item="T31", why="只靠乡镇做不了。", effective_on="2027-06-01"
        )
        assert done.status_code == 303
        page = (await staff.get(done.headers["location"])).text
        assert "建议把这一项移出清单。" in page
    async with visiting(desk.app, nan.posts["county_department"]) as department:
        assert (await department.get(f"{BASE}/adjust")).status_code == 403
        assert (await department.get(done.headers["location"])).status_code == 404


async def test_each_sees_the_buttons_of_his_turn_alone(desk: Site) -> None:
    nan = desk.world.nan
    made = await asked(nan)
    at = f"{BASE}/{made}"
    async with (
        visiting(desk.app, nan.posts["county_administrator"]) as boss,
        visiting(desk.app, nan.posts["county_department"]) as department,
        visiting(desk.app, nan.posts[FINANCE]) as finance,
    ):
        assert (await finance.get(at)).status_code == 404
        assert "送会审" not in (await department.get(at)).text
        nobody = await boss.send(f"{at}/review")
        assert (nobody.status_code, "请至少选择一个会审部门。" in nobody.text) == (422, True)
        assert (await boss.send(f"{at}/review", offices=str(office_of(nan, FINANCE)))).status_code == 303
        empty = await finance.send(f"{at}/opinion", opinion="disagree", text="")
        assert (empty.status_code, 'value="disagree" checked' in empty.text) == (422, True)
        assert (await finance.send(f"{at}/opinion", opinion="conditional", text="经费由部门出。")).status_code == 303
        assert (await finance.send(f"{at}/opinion", opinion="agree")).status_code == 409
        page = (await boss.get(at)).text
        assert "经费由部门出。" in page
        assert 'value="T32"' in page
        taken = await boss.send(f"{at}/approve", code="T31", text="同意")
        assert (taken.status_code, 'value="T31"' in taken.text) == (422, True)
        assert (await department.send(f"{at}/approve", code="T40")).status_code == 403
        assert (await boss.send(f"{at}/approve", code="T40", text="同意")).status_code == 303
        assert "核对差异并发布" in (await boss.get(at)).text
        assert "核对差异并发布" not in (await department.get(at)).text
    await published(desk.admin, nan, made)
    async with visiting(desk.app, nan.posts["county_department"]) as department:
        page = (await department.get(at)).text
        assert "已列入新版清单" in page
        base = await desk.admin.fetchval("SELECT base_id FROM entry_list WHERE id = $1", (await row_of(desk.admin, made))["list_id"])
        difference = f"/difference/{base}"
        assert difference in page


async def test_sent_back_request_is_completed_on_its_page(desk: Site) -> None:
    nan = desk.world.nan
    made = await asked(nan)
    at = f"{BASE}/{made}"
    async with (
        visiting(desk.app, nan.posts["county_administrator"]) as boss,
        visiting(desk.app, nan.posts["county_department"]) as department,
    ):
        assert (await department.get(f"{at}/edit")).status_code == 409
        assert (await boss.send(f"{at}/return", reason="")).status_code == 422
        await boss.send(f"{at}/return", reason="请写明经费")
        form = (await department.get(f"{at}/edit")).text
        assert "请写明经费" in form
        assert (await boss.get(f"{at}/edit")).status_code == 403
        wrong = await department.send(f"{at}/edit", **{**FORM, "why": ""})
        assert (wrong.status_code, 'value="学习软件推广"' in wrong.text) == (422, True)
        assert (await department.send(f"{at}/edit", **FORM)).status_code == 303
        assert "补正后重新提交" in (await department.get(at)).text


async def test_list_counts_filters_and_pages(desk: Site) -> None:
    nan = desk.world.nan
    await asked(nan)
    await in_review(nan, admission("另一件"))
    await asked(nan, adjustment())
    async with visiting(desk.app, nan.posts["county_administrator"]) as boss:
        assert "共 3 件" in (await boss.get(BASE)).text
        assert "共 1 件" in (await boss.get(f"{BASE}?kind=adjustment")).text
        assert "共 1 件" in (await boss.get(f"{BASE}?show=reviewing")).text
        assert "共 1 件" in (await boss.get(f"{BASE}?q=另一件")).text
        assert "没有符合条件的申请。" in (await boss.get(f"{BASE}?q=没有的")).text
        await desk.admin.execute("UPDATE township_filter.list_request SET due_at = now() - interval '1 day'")
        assert "3 件超过答复期限" in (await boss.get(BASE)).text
        for n in range(29):
            await asked(nan, admission(f"第 {n} 件"))
        second = (await boss.get(f"{BASE}?page_number=2")).text
        assert "共 32 件" in second
    async with visiting(desk.app, nan.posts[FINANCE]) as finance:
        text = (await finance.get(BASE)).text
        assert ("共 1 件" in text, "1 件等您单位的会审意见" in text) == (True, True)
    async with visiting(desk.app, desk.world.zhu.posts["county_administrator"]) as stranger:
        assert (await stranger.get(BASE)).status_code == 404  # the plugin is off there


async def test_list_needs_the_same_round_trips_for_one_row_and_three(desk: Site) -> None:
    nan = desk.world.nan
    counted = []
    async with visiting(desk.app, nan.posts["county_administrator"]) as boss:
        for number in range(3):
            await asked(nan, admission(f"事项 {number}"))
            token = trips.set(made := [])
            await boss.get(BASE)
            trips.reset(token)
            counted.append(len(made))
    assert counted == [5, 5, 5]  # the session, BEGIN, the page, its counts, COMMIT


async def test_pages_speak_english(desk: Site) -> None:
    nan = desk.world.nan
    await desk.admin.execute("UPDATE session SET language = 'en' WHERE account_id = $1", nan.posts["county_administrator"].account)
    made = await approved(nan, admission("英文页面"), code="T91")
    async with visiting(desk.app, nan.posts["county_administrator"]) as boss:
        for address in (BASE, f"{BASE}/{made}", "/township_filter/learned"):
            text = (await boss.get(address)).text
            assert 'lang="en"' in text
            assert "申请单位" not in text
    await desk.admin.execute("UPDATE session SET language = 'zh' WHERE account_id = $1", nan.posts["county_administrator"].account)


async def test_who_reviews_reads_the_refused_matter_within_the_request_and_follows_no_dead_link(desk: Site) -> None:
    nan = desk.world.nan
    own = on(nan.scope("county_department"))
    async with transaction(own):
        got = await hand_in(own, Handed("推广学习软件并打卡", "请各镇安排专人逐户推广，每周报送。", Level.TOWNSHIP), now=NOW)
    at = f"{BASE}/{await asked(nan, admission(incoming=got.id))}"
    async with (
        visiting(desk.app, nan.posts["county_administrator"]) as boss,
        visiting(desk.app, nan.posts["county_department"]) as department,
        visiting(desk.app, nan.posts[FINANCE]) as finance,
    ):
        assert (await boss.send(f"{at}/review", offices=str(office_of(nan, FINANCE)))).status_code == 303
        for visitor, linked in ((boss, True), (department, True), (finance, False)):
            page = (await visitor.get(at)).text
            assert "没有通过的来文：推广学习软件并打卡" in page
            assert "请各镇安排专人逐户推广，每周报送。" in page
            assert (f'href="/incoming/{got.id}"' in page) is linked
            assert (await visitor.get(f"/incoming/{got.id}")).status_code == (200 if linked else 404)
