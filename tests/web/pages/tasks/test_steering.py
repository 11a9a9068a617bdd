"""Withdrawing, extending and reminding from the task's page."""

from uuid import uuid4

import pytest

from core.kernel import clock
from core.tasks.actions.steering import withdraw_task
from tests.core.tasks.steps import do, row_of, share_of
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import (
    main_part,
    sent,
    soon,
    words_of,
)
from tests.web.visitors import Visitor
from web.filters import Formats

SHOWN = Formats("zh")


@pytest.fixture
async def leader(served: Site, client_for: ClientFor) -> Visitor:
    return await client_for(served.world.nan.posts["township_leader"])


@pytest.mark.parametrize("name", ["withdraw", "extend", "remind"])
async def test_steering_form_does_its_deed(served: Site, leader: Visitor, name: str) -> None:
    made = (await sent(served.world.nan)).task
    fields = {"reason": "下雨", "due_at": SHOWN.iso(soon(9))}
    answer = await leader.send(f"/tasks/{made}/{name}", **fields)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/tasks/{made}")
    told = {
        "withdraw": "任务已撤回，接收单位会收到消息。",
        "extend": "已延期，2 个单位的截止时间一并调整。",
        "remind": "没有超期的单位，不用催办。",
    }
    assert await leader.flash() == told[name]
    words = words_of((await leader.get(f"/tasks/{made}")).text)
    later = SHOWN.moment(soon(9))
    assert {"withdraw": "撤回了任务 下雨", "extend": f"延期到 {later} 下雨", "remind": "待签收"}[name] in words


async def test_address_of_the_extension_leads_back_to_the_task(served: Site, client_for: ClientFor, leader: Visitor) -> None:
    """A browser keeps it after a mistake in the form. Opened by whoever, it changes nothing and tells strangers nothing."""
    nan = served.world.nan
    made = (await sent(nan)).task
    before = await row_of(served.admin, "task", made)
    answer = await leader.get(f"/tasks/{made}/extend")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/tasks/{made}")
    stranger = await client_for(served.world.zhu.posts["township_leader"])
    hidden = [await stranger.get(f"/tasks/{each}/extend") for each in (made, uuid4())]
    assert [answer.status_code for answer in hidden] == [404, 404]
    assert "location" not in hidden[0].headers
    department = await client_for(nan.posts["county_department"])
    assert (await department.get(f"/tasks/{made}/extend")).status_code == 404
    cadre = await client_for(nan.posts["bookkeeper"])
    assert (await cadre.get(f"/tasks/{made}/extend")).status_code == 403
    assert await row_of(served.admin, "task", made) == before


@pytest.mark.parametrize("name", ["withdraw", "extend"])
async def test_steering_without_a_reason_keeps_the_rest(served: Site, leader: Visitor, name: str) -> None:
    made = (await sent(served.world.nan)).task
    due = SHOWN.iso(soon(9))
    answer = await leader.send(f"/tasks/{made}/{name}", due_at=due)
    assert answer.status_code == 422
    page = main_part(answer.text)
    assert f'href="#{name}-reason"' in page
    assert (f'value="{due}"' in page) is (name == "extend")


@pytest.mark.parametrize("name", ["withdraw", "extend"])
async def test_steering_an_ended_task_is_a_conflict(served: Site, leader: Visitor, name: str) -> None:
    made = (await sent(served.world.nan)).task
    await do(leader.post.scope, withdraw_task, task=made, reason="不办了", now=clock.now())
    answer = await leader.send(f"/tasks/{made}/{name}", reason="下雨", due_at=SHOWN.iso(soon(9)))
    assert (answer.status_code, "这件任务已经结束" in answer.text) == (409, True)


@pytest.mark.parametrize("name", ["withdraw", "extend", "remind"])
async def test_steering_a_foreign_task_is_not_found(served: Site, client_for: ClientFor, name: str) -> None:
    made = (await sent(served.world.nan)).task
    stranger = await client_for(served.world.zhu.posts["township_leader"])
    fields = {"reason": "下雨", "due_at": SHOWN.iso(soon(9))}
    answers = [await stranger.send(f"/tasks/{each}/{name}", **fields) for each in (made, uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404]
    above = await client_for(served.world.nan.posts["county_department"])
    assert (await above.send(f"/tasks/{made}/{name}", **fields)).status_code == 404
    inspector = await client_for(served.world.nan.posts["county_inspector"])
    assert (await inspector.send(f"/tasks/{made}/{name}", **fields)).status_code == 403
    assert (await row_of(served.admin, "task", made))["state"] == "active"


async def test_late_receivers_are_reminded_from_the_page(served: Site, leader: Visitor) -> None:
    made = (await sent(served.world.nan)).task
    await served.admin.execute(
        "UPDATE assignment SET due_at = now() - interval '1 hour' WHERE task_id = $1", made
    )
    assert "催办超期的 2 个" in (await leader.get(f"/tasks/{made}")).text
    await leader.send(f"/tasks/{made}/remind")
    assert await leader.flash() == "已催办 2 个超期单位。"
    page = main_part((await leader.get(f"/tasks/{made}")).text)
    assert "已催 1 次" in page
    assert "/remind" not in page


async def test_open_receivers_are_reminded_one_by_one_or_all_at_once(served: Site, leader: Visitor) -> None:
    nan = served.world.nan
    made = (await sent(nan)).task
    one = await share_of(served.admin, made, nan.village)
    page = main_part((await leader.get(f"/tasks/{made}")).text)
    assert "催办没办完的 2 个" in page
    assert page.count('name="next" value="task"') == 2
    answer = await leader.send(f"/assignments/{one}/remind", next="task")
    assert answer.headers["location"] == f"/tasks/{made}"
    assert await leader.flash() == "已催办朱家兜，对方会收到消息。"
    page = main_part((await leader.get(f"/tasks/{made}")).text)
    assert "催办没办完的 1 个" in page
    assert f"/assignments/{one}/remind" not in page
    answer = await leader.send(f"/assignments/{one}/remind", next="task")
    assert (answer.status_code, "朱家兜在 2 小时内已经催办过" in answer.text) == (409, True)
    await leader.send(f"/tasks/{made}/remind", which="open")
    assert await leader.flash() == "已催办 1 个单位。"
    await leader.send(f"/tasks/{made}/remind", which="open")
    assert await leader.flash() == "没有要催办的单位：都已提交，或者刚催办过。"
    rows = await served.admin.fetch("SELECT reminders FROM assignment WHERE task_id = $1", made)
    assert [row["reminders"] for row in rows] == [1, 1]
