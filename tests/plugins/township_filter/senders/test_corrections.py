"""A receiver proposes another item for a task, those above decide, and the confirmed one is announced for learning."""

import asyncio
import json
from typing import Any
from uuid import UUID

import pytest

from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from core.tasks.actions.dispatching import Item, dispatch_task
from plugins.township_filter import screening
from plugins.township_filter.comparison.kept import kept_engines
from plugins.township_filter.senders.actions.corrections import decide_correction, propose_correction
from tests.factories.world import NOW, RULE, order
from tests.plugins.township_filter.conftest import Site
from tests.plugins.township_filter.senders.steps import act, follow, noted, one, post
from tests.web.visitors import visiting


async def share(site: Site, *, incoming: bool = True) -> UUID:
    """Send the first village a task under V12, from a matter that was handed in; gives its share."""
    nan = site.world.nan
    came = (await noted(site, nan, role="township_leader")).id if incoming else None
    sending = order(nan, regions=(nan.village,), item=Item(code="V12", title="圩堤隐患排查"), incoming=came)
    task = (await act(post(nan, "township_leader"), dispatch_task, order=sending, rule=RULE, now=NOW)).task
    found: UUID = (await one(site, "SELECT id FROM assignment WHERE task_id = $1", task))["id"]
    return found


async def item(site: Site, code: str, county: str = "") -> UUID:
    found: UUID = (await one(site, "SELECT id FROM entry_item WHERE code = $1 AND county = $2", code, county or site.world.nan.code))["id"]
    return found


async def announced(site: Site) -> list[Any]:
    rows = await site.admin.fetch("SELECT payload FROM outbox WHERE topic = 'township_filter.corrected' AND payload ? 'reason'")
    return [json.loads(row["payload"]) for row in rows]


async def proposed(site: Site, assignment: UUID) -> UUID:
    secretary = post(site.world.nan, "village_secretary")
    made: UUID = await act(secretary, propose_correction, assignment=assignment, item=await item(site, "V13"), reason="是参保的事", now=NOW)
    return made


async def test_a_confirmed_correction_is_announced_and_the_task_stays_as_it_is(site: Site) -> None:
    nan = site.world.nan
    mine = await share(site)
    made = await proposed(site, mine)
    await follow(site)
    assert await announced(site) == []
    leader = post(nan, "township_leader")
    told = await site.admin.fetch("SELECT kind, membership_id FROM notice WHERE kind LIKE 'township_filter:correction%'")
    assert [tuple(row) for row in told] == [("township_filter:correction", leader.membership)]
    await act(leader, decide_correction, correction=made, confirm=True, note="", now=NOW)
    incoming = (await one(site, "SELECT incoming_id FROM township_filter.correction"))["incoming_id"]
    assert await announced(site) == [
        {"incoming": str(incoming), "code": "V13", "by_name": "张三", "by_office": "", "reason": "是参保的事"}
    ]
    await follow(site)
    learned = await one(site, "SELECT code, incoming_id, source FROM township_filter.learned WHERE undone_at IS NULL")
    assert tuple(learned) == ("V13", incoming, "corrected")
    assert (await one(site, "SELECT item_code FROM assignment WHERE id = $1", mine))["item_code"] == "V12"
    last = await one(site, "SELECT membership_id FROM notice WHERE kind = 'township_filter:correction_confirmed'")
    assert last["membership_id"] == post(nan, "village_secretary").membership


async def test_a_task_without_a_matter_teaches_nothing(site: Site) -> None:
    made = await proposed(site, await share(site, incoming=False))
    await act(post(site.world.nan, "township_leader"), decide_correction, correction=made, confirm=True, note="", now=NOW)
    assert await announced(site) == []


async def test_who_may_propose_and_what(site: Site) -> None:
    nan, zhu = site.world.nan, site.world.zhu
    mine = await share(site)
    secretary = post(nan, "village_secretary")
    for field, given in (
        ("item", {"item": None}), ("item", {"item": await item(site, "V12")}), ("item", {"item": await item(site, "V50", zhu.code)}),
        ("item", {"item": await item(site, "R01")}), ("reason", {"reason": " "}), ("reason", {"reason": "长" * 501}),
    ):  # fmt: skip
        whole = {"assignment": mine, "item": await item(site, "V13"), "reason": "归错了", "now": NOW, **given}
        with pytest.raises(Invalid) as caught:
            await act(secretary, propose_correction, **whole)
        assert list(caught.value.fields) == [field]
    right = {"assignment": mine, "item": await item(site, "V13"), "reason": "归错了", "now": NOW}
    for stranger in (post(nan, "second_village"), post(zhu, "village_secretary"), post(nan, "township_leader")):
        with pytest.raises(NotFound):
            await act(stranger, propose_correction, **right)
    with pytest.raises(Forbidden):
        await act(post(nan, "bookkeeper"), propose_correction, **right)


async def test_two_proposals_at_once_and_two_decisions_at_once(site: Site) -> None:
    nan = site.world.nan
    mine, wanted = await share(site), await item(site, "V13")
    found = await asyncio.gather(
        *(
            act(post(nan, role), propose_correction, assignment=mine, item=wanted, reason="归错了", now=NOW)
            for role in ("village_secretary", "village_cadre")
        ),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in found) == ["Conflict", "UUID"]
    made = next(each for each in found if isinstance(each, UUID))
    found = await asyncio.gather(
        *(act(post(nan, "township_leader"), decide_correction, correction=made, confirm=yes, note="不是", now=NOW) for yes in (True, False)),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in found) == ["Conflict", "NoneType"]


async def test_only_those_above_decide_and_declining_needs_words(site: Site) -> None:
    nan = site.world.nan
    mine = await share(site)
    made = await proposed(site, mine)
    leader = post(nan, "township_leader")
    with pytest.raises(Forbidden):
        await act(post(nan, "village_secretary"), decide_correction, correction=made, confirm=True, note="", now=NOW)
    with pytest.raises(NotFound):
        await act(post(site.world.zhu, "township_leader"), decide_correction, correction=made, confirm=True, note="", now=NOW)
    with pytest.raises(Invalid):
        await act(leader, decide_correction, correction=made, confirm=False, note=" ", now=NOW)
    await act(leader, decide_correction, correction=made, confirm=False, note="原来没有归错", now=NOW)
    with pytest.raises(Conflict):
        await act(leader, decide_correction, correction=made, confirm=True, note="", now=NOW)
    await proposed(site, mine)  # a declined one may be proposed again


async def test_pages_of_a_correction(site: Site) -> None:
    nan = site.world.nan
    mine = await share(site)
    async with (
        visiting(site.app, nan.posts["village_secretary"]) as secretary,
        visiting(site.app, nan.posts["township_leader"]) as leader,
    ):
        assert "没有分类纠偏。" in (await secretary.get("/township_filter/corrections")).text
        assert f"/corrections/new/{mine}" in (await secretary.get("/township_filter/corrections/new")).text
        assert "没有可以纠偏的任务" in (await secretary.get("/township_filter/corrections/new?q=无")).text
        form = f"/township_filter/corrections/new/{mine}"
        assert "医保参保动员" in (await secretary.get(f"{form}?q=医保")).text
        refused = await secretary.send(form, item=str(await item(site, "V13")), reason="", q="医保")
        assert refused.status_code == 422
        assert "请写明理由" in refused.text
        assert "checked" in refused.text
        sent = await secretary.send(form, item=str(await item(site, "V13")), reason="是参保的事")
        assert sent.status_code == 303
        address = sent.headers["location"]
        assert "等上级确认。" in (await secretary.get(address)).text
        assert str(mine) not in (await secretary.get("/township_filter/corrections/new")).text
        assert (await secretary.send(f"{address}/decide", outcome="confirmed")).status_code == 403
        assert (await leader.send(f"{address}/decide", outcome="")).status_code == 422
        assert (await leader.send(f"{address}/decide", outcome="confirmed")).status_code == 303
        slow = await leader.send(f"{address}/decide", outcome="declined", note="说的不是参保")
        assert (slow.status_code, "请先复制保存" in slow.text, "说的不是参保" in slow.text) == (409, True, True)
        assert "已确认" in (await leader.get("/township_filter/corrections?show=confirmed")).text


async def test_form_opens_with_the_nearest_items_and_finds_by_other_names(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    nan = site.world.nan
    monkeypatch.setattr(screening, "_KEPT", kept_engines())  # a list in force changes here as it never does
    await site.admin.execute("UPDATE entry_item SET aliases = '{河面捡垃圾}' WHERE code = 'V13' AND county = $1", nan.code)
    mine = await share(site)
    await site.admin.execute("UPDATE assignment SET title = '动员村民参加医保' WHERE id = $1", mine)
    form = f"/township_filter/corrections/new/{mine}"
    async with visiting(site.app, nan.posts["village_secretary"]) as secretary:
        opened = (await secretary.get(form)).text
        assert "清单里没有" not in opened
        assert "V13 医保参保动员" in opened
        assert "V13 医保参保动员" in (await secretary.get(f"{form}?q=捡垃圾")).text
        nothing = (await secretary.get(f"{form}?q=量子计算")).text
        assert "清单里没有“量子计算”" in nothing
        for text in (opened, nothing):
            assert "不属于清单里任何事项" in text
            assert "V12 圩堤隐患排查" not in text.split("应归的事项")[1]


async def test_village_says_that_a_task_is_on_no_list_and_the_filter_learns_it(site: Site) -> None:
    nan = site.world.nan
    mine = await share(site)
    async with (
        visiting(site.app, nan.posts["village_secretary"]) as secretary,
        visiting(site.app, nan.posts["township_leader"]) as leader,
    ):
        sent = await secretary.send(f"/township_filter/corrections/new/{mine}", item="-", reason="这不是村里的事")
        assert sent.status_code == 303
        address = sent.headers["location"]
        assert "不属于清单里任何事项" in (await leader.get(address)).text
        assert (await leader.send(f"{address}/decide", outcome="confirmed")).status_code == 303
    await follow(site)
    learned = await one(site, "SELECT code, source FROM township_filter.learned WHERE undone_at IS NULL")
    assert tuple(learned) == ("", "corrected")
    free = (await act(post(nan, "township_leader"), dispatch_task, order=order(nan, regions=(nan.village,)), rule=RULE, now=NOW)).task
    none = (await one(site, "SELECT id FROM assignment WHERE task_id = $1", free))["id"]
    with pytest.raises(Invalid):  # it stands on none already
        await act(post(nan, "village_secretary"), propose_correction, assignment=none, item=None, unlisted=True, reason="不是村里的事", now=NOW)
