"""The pages of campaigns: opened from the problem list, reported with evidence, checked, closed, counted by month."""

from uuid import UUID

from core.kernel.ids import new_id
from tests.core.seals.steps import paper
from tests.factories.world import SECOND_VILLAGE
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import soon, words_of


async def test_a_campaign_on_the_pages_from_opening_to_its_outcome(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    inspector, secretary = await client_for(nan.posts["county_inspector"]), await client_for(nan.posts["village_secretary"])
    leader = await client_for(nan.posts["township_leader"])
    form = words_of((await inspector.get("/campaigns/new?model=seal_without_approval&domain=seals")).text)
    assert "各村查什么、怎么改" in form
    regions = [nan.village, nan.code + SECOND_VILLAGE]
    fields = {
        "_key": str(new_id()), "title": "用章专项整改", "domain": "seals", "model": "seal_without_approval", "due_on": f"{soon(20):%Y-%m-%d}",
        "regions": regions,
    }  # fmt: skip
    refused = await inspector.send("/campaigns/new", **fields, text="")
    assert refused.status_code == 422
    assert "用章专项整改" in refused.text
    assert refused.text.count("checked") >= 2
    late = await inspector.send("/campaigns/new", **{**fields, "due_on": "2020-01-01"}, text="查登记簿。")
    assert "请填以后的日期" in words_of(late.text)
    made = await inspector.send("/campaigns/new", **fields, text="查每一次用章有没有申请。")
    assert made.status_code == 303
    at = made.headers["location"]
    campaign = UUID(at.rsplit("/", 1)[1])
    share = await served.admin.fetchval("SELECT id FROM campaign_share WHERE campaign_id = $1 AND region = $2", campaign, nan.village)
    assert "用章专项整改" in words_of((await secretary.get("/campaigns")).text)
    page = f"/campaigns/shares/{share}"
    report = {"text": "查了 20 次。", "found": "1", "fixed": "1", "recovered": "12.5"}
    bare = await secretary.send(f"{page}/report", **report)
    assert bare.status_code == 422
    assert "查了 20 次。" in bare.text
    for odd in ("NaN", "sNaN", "Infinity", "-1"):
        assert (await secretary.send(f"{page}/report", **{**report, "recovered": odd})).status_code == 422, odd
    await paper(served.admin, nan.posts["village_secretary"].scope, share, purpose="campaign_evidence")
    assert (await secretary.send(f"{page}/report", **report)).status_code == 303
    assert (await secretary.send(f"{page}/accept")).status_code == 403
    assert (await leader.send(f"{page}/accept")).status_code == 404
    assert "用章专项整改" in words_of((await leader.get(at)).text)
    early = await inspector.send(f"{at}/close", outcome="大多改了", rule_change="修订用章办法草案")
    assert early.status_code == 409
    for typed in ("大多改了", "修订用章办法草案", "还有村的报送没有审核"):
        assert typed in words_of(early.text)
    assert "<title>用章专项整改 · 面上整改" in early.text
    assert (await inspector.send(f"{page}/return", reason="缺照片")).status_code == 303
    assert "缺照片" in words_of((await secretary.get(page)).text)
    assert (await secretary.send(f"{page}/report", **report)).status_code == 303
    assert (await inspector.send(f"{page}/accept")).status_code == 303
    assert (await inspector.send(f"{at}/close", outcome="")).status_code == 422
    assert (await inspector.send(f"{at}/close", outcome="查出 1 个，改了 1 个。", rule_change="修订用章办法")).status_code == 303
    words = words_of((await inspector.get(at)).text)
    for part in ("已办结", "修订用章办法", "没有报送", "12.5"):
        assert part in words
    told = words_of((await secretary.get("/notices")).text)  # the outcome stands where the campaign was opened
    assert "面上整改“用章专项整改”已办结。" in told
    assert "修订用章办法" in words_of((await inspector.get("/supervision/problems")).text)
    effect = words_of((await inspector.get("/supervision/effect")).text)
    assert "12.5" in effect
    assert "办结面上整改（次）" in effect


async def test_another_county_finds_nothing(served: Site, client_for: ClientFor) -> None:
    share = await served.admin.fetchrow("SELECT id, campaign_id FROM campaign_share LIMIT 1")
    for role in ("county_inspector", "village_secretary"):
        stranger = await client_for(served.world.zhu.posts[role])
        assert (await stranger.get(f"/campaigns/{share['campaign_id']}")).status_code == 404
        assert (await stranger.get(f"/campaigns/shares/{share['id']}")).status_code == 404
