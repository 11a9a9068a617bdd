"""The pages of supervision: the inspector's first page, lists, one warning from its hint to its end, models, problems, results."""

import re
from datetime import timedelta
from uuid import UUID

from core.kernel import clock
from core.kernel.clock import local
from core.kernel.database import transaction
from core.kernel.scope import system_scope
from core.supervision.engine import look
from core.supervision.queries import model_named
from tests.core.seals.steps import paper
from tests.factories.world import sent
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import words_of
from web.filters import Formats


async def raise_one(site: Site, *, title: str, days: int = 1) -> UUID:
    """Have a village's share be some days late, and the model look."""
    nan = site.world.nan
    task = (await sent(nan, title=title, regions=(nan.village,))).task
    share = await site.admin.fetchval(
        "UPDATE assignment SET due_at = now() - $2::interval WHERE task_id = $1 RETURNING id", task, timedelta(days=days)
    )
    model, scope = model_named("overdue_task"), system_scope(nan.code)
    assert model is not None
    async with transaction(scope):
        await look(scope, model, region=nan.village, now=clock.now())
    found: UUID = await site.admin.fetchval("SELECT id FROM warning WHERE key = $1", str(share))
    return found


async def test_an_inspector_begins_where_something_may_be_wrong(served: Site, client_for: ClientFor) -> None:
    warning = await raise_one(served, title="清理河道", days=20)
    inspector = await client_for(served.world.nan.posts["county_inspector"])
    home = await inspector.get("/")
    assert home.status_code == 200
    words = words_of(home.text)
    assert words_of((await inspector.get("/supervision")).text).count("清理河道") == words.count("清理河道")
    assert "哪里不对劲？" in words
    assert re.search(r"红色 1 0 1 0|红色 1 1 0 0|红色 1 1 0 1", words)  # open, waiting, in hand, late
    assert "任务超期" in words
    assert "还没有结论" in words
    assert "存证链" in words
    assert "预警是系统给出的提示，不是结论" in words
    assert "清理河道" in words
    assert "清理河道" in words_of((await inspector.get("/warnings?severity=red")).text)
    assert "清理河道" not in words_of((await inspector.get("/warnings?severity=yellow")).text)
    page = words_of((await inspector.get(f"/warnings/{warning}")).text)
    assert "过了截止时间还没有办结" in page
    assert "监察工作联络站或监督员" in page


async def test_a_warning_is_handled_to_its_end_on_the_pages(served: Site, client_for: ClientFor) -> None:
    warning = await raise_one(served, title="疏通沟渠")
    posts = served.world.nan.posts
    inspector, secretary = await client_for(posts["county_inspector"]), await client_for(posts["village_secretary"])
    at = f"/warnings/{warning}"
    assert (await secretary.get(at)).status_code == 404
    assert "疏通沟渠" not in (await secretary.get("/warnings/mine")).text
    assert (await secretary.get("/warnings")).status_code == 403
    assert (await inspector.send(f"{at}/take")).status_code == 303
    assert "请您说明的事" not in words_of((await secretary.get("/")).text)  # not put to him yet
    assert f"轮到谁 {posts['county_inspector'].scope.by_name} " in words_of((await inspector.get(at)).text)
    refused = await inspector.send(f"{at}/ask", text=" ")
    assert refused.status_code == 422
    assert "请写明情况" in words_of(refused.text)
    assert (await inspector.send(f"{at}/ask", text="为什么没有办？")).status_code == 303
    late = await inspector.send(f"{at}/ask", text="请说明进度。")
    assert (late.status_code, "请说明进度。" in words_of(late.text)) == (409, True)
    assert "<title>疏通沟渠" in late.text
    assert "疏通沟渠" in words_of((await secretary.get("/warnings/mine")).text)
    home = words_of((await secretary.get("/")).text)
    assert "请您说明的事 1 件 疏通沟渠 任务超期 待当事人说明 还剩 2 天" in home
    assert "轮到谁 当事人 " in words_of((await inspector.get(at)).text)
    seen = words_of((await secretary.get(at)).text)
    assert "预警是系统给出的提示" in seen
    assert "说明情况" in seen
    early = await inspector.send(f"{at}/judge", way="judge_lead", text="属实")
    assert early.status_code == 409
    assert (await secretary.send(f"{at}/state", text="雨天停工。")).status_code == 303
    assert "请您说明的事" not in words_of((await secretary.get("/")).text)
    assert (await inspector.send(f"{at}/judge", text="属实")).status_code == 422
    assert (await inspector.send(f"{at}/judge", way="judge_lead", text="属实，限期办结。")).status_code == 303
    assert (await secretary.send(f"{at}/verify", text="好了")).status_code == 403
    bare = await secretary.send(f"{at}/correct", text="已办结。")
    assert (bare.status_code, "已办结。" in bare.text) == (422, True)
    await paper(served.admin, posts["village_secretary"].scope, warning, purpose="warning_correction")
    assert (await secretary.send(f"{at}/correct", text="已办结。")).status_code == 303
    assert (await inspector.send(f"{at}/verify", text="看过现场。")).status_code == 303
    for odd in ("abc", "NaN", "sNaN", "Infinity", "-1"):
        assert (await inspector.send(f"{at}/close", recovered=odd)).status_code == 422
    assert (await inspector.send(f"{at}/close", recovered="300", rule_change="修订沟渠管护办法")).status_code == 303
    done = words_of((await inspector.get(at)).text)
    for part in ("已办结", "问题线索", "修订沟渠管护办法", "雨天停工。"):
        assert part in done
    assert "修订沟渠管护办法" in words_of((await inspector.get("/supervision/problems")).text)
    assert "300" in words_of((await inspector.get("/supervision/effect")).text)
    models = words_of((await inspector.get("/supervision/models")).text)
    assert "任务超期" in models
    assert "准确率 样本太少（1 件）" in models
    assert "100%" not in models
    assert "样本太少（1 件）" in words_of((await inspector.get("/supervision")).text)


async def test_snoozing_appealing_and_sending_back_on_the_pages(served: Site, client_for: ClientFor) -> None:
    warning = await raise_one(served, title="修补道路")
    posts = served.world.nan.posts
    inspector, secretary = await client_for(posts["county_inspector"]), await client_for(posts["village_secretary"])
    station, at = await client_for(posts["supervision_committee"]), f"/warnings/{warning}"
    assert "知道了" in (await inspector.get(at)).text
    assert (await inspector.send(f"{at}/acknowledge")).status_code == 303
    assert (await inspector.send(f"{at}/acknowledge")).status_code == 303  # said once
    seen = words_of((await inspector.get(at)).text)
    assert ("知道了" in seen, "记为知悉，还没有人接办" in seen, seen.count("已知悉")) == (False, True, 1)
    assert "知道了" in (await station.get(at)).text
    last = local(clock.now()).date() + timedelta(days=5)
    day = last.isoformat()
    assert (await inspector.send(f"{at}/snooze", until="x", reason="等材料")).status_code == 422
    assert (await inspector.send(f"{at}/snooze", until=day, reason="等材料")).status_code == 303
    assert "修补道路" in words_of((await inspector.get("/warnings?show=snoozed")).text)
    assert f"暂缓到{Formats('zh').day(last, clock.now())}" in words_of((await inspector.get(at)).text)
    assert "修补道路" in words_of((await inspector.get("/warnings?show=raised")).text)
    assert "修补道路" not in words_of((await inspector.get("/warnings?show=waiting")).text)  # as the first page counts
    assert (await station.send(f"{at}/take")).status_code == 303
    assert (await station.send(f"{at}/ask", text="请说明。")).status_code == 303
    assert (await secretary.send(f"{at}/state", text="在等材料。")).status_code == 303
    assert (await station.send(f"{at}/judge", way="judge_lead", text="属实")).status_code == 303
    assert (await secretary.send(f"{at}/appeal", reason="材料昨天才到。")).status_code == 303
    own, others = words_of((await station.get(at)).text), words_of((await inspector.get(at)).text)
    assert ("处理申诉" in own, "处理申诉" in others) == (False, True)
    assert "申诉由村监察工作联络站、乡镇或县级监督员（作出结论的本人除外）处理。" in own
    assert "结论是您作出的，不能由您处理" in own
    assert (await station.send(f"{at}/decide-appeal", upheld="0", reason="不成立")).status_code == 403
    assert (await inspector.send(f"{at}/decide-appeal", upheld="0", reason="有据可查")).status_code == 303
    after = words_of((await secretary.get(at)).text)
    assert ("不同意结论，申诉" in after, "已经申诉过" in after) == (False, True)
    again = await secretary.send(f"{at}/appeal", reason="还是不服。")
    assert (again.status_code, "还是不服。" in again.text) == (409, True)
    await paper(served.admin, posts["village_secretary"].scope, warning, purpose="warning_correction")
    assert (await secretary.send(f"{at}/correct", text="补了一半。")).status_code == 303
    assert (await station.send(f"{at}/return", reason="还有一半")).status_code == 303
    assert "还有一半" in words_of((await secretary.get(at)).text)
