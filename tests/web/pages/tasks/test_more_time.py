"""A county that gives more time: the township hears of it, and passes it on to its villages with one button."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from core.kernel import clock
from core.tasks.actions.dispatching import dispatch_task
from core.tasks.actions.steering import extend_assignment, extend_task
from core.tasks.enums import Level
from tests.core.tasks.steps import do, row_of, share_of
from tests.factories.world import RULE, Post, order
from tests.isolation.redrawn import deliver_all
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import main_part
from web.filters import Formats

SHOWN = Formats("zh")
START = clock.now().replace(second=0, microsecond=0)
KINDS = "SELECT kind, link FROM notice WHERE membership_id = $1 AND kind LIKE 'extended%' AND key LIKE '%' || $2 ORDER BY kind"


def soon(days: int) -> datetime:
    """Give a time some days from now that a field of a form can hold."""
    return START + timedelta(days=days)


async def split_by(served: Site, post: Post, *, early: int = 0) -> tuple[UUID, UUID, UUID]:
    """Have the county send a task and the township split it. Gives the county's task, the township's share and its task."""
    nan, now = served.world.nan, clock.now()
    sending = order(nan, regions=(nan.township,), level=Level.TOWNSHIP, due_at=soon(3))
    top = (await do(nan.scope("county_department"), dispatch_task, order=sending, rule=RULE, now=now)).task
    share = await share_of(served.admin, top, nan.township)
    part = order(nan, parent_assignment=share, due_at=soon(3 - early))
    return top, share, (await do(post.scope, dispatch_task, order=part, rule=RULE, now=now)).task


async def told(served: Site, post: Post, task: UUID) -> list[str]:
    rows = await served.admin.fetch(KINDS, post.scope.membership, str(task))
    assert all(row["link"] == f"/tasks/{task}#extend" for row in rows)
    return [row["kind"] for row in rows]


@pytest.mark.parametrize("early", [0, 1])
async def test_time_from_the_county_is_passed_on_with_one_button(served: Site, client_for: ClientFor, early: int) -> None:
    nan, post = served.world.nan, served.world.nan.posts["township_leader"]
    top, _, task = await split_by(served, post, early=early)
    leader = await client_for(post)
    before = main_part((await leader.get(f"/tasks/{task}")).text)
    await do(nan.scope("county_department"), extend_task, task=top, due_at=soon(9), reason="台风", now=clock.now())
    await deliver_all(served.admin)
    assert await told(served, post, task) == ["extended_above"]
    notice = await served.admin.fetchval("SELECT id FROM notice WHERE kind = 'extended_above' AND link LIKE $1", f"%{task}%")
    assert "农业农村局已延长“汛期前圩堤隐患排查”的时间" in (await leader.get("/notices")).text
    answer = await leader.send(f"/notices/{notice}/read")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/tasks/{task}#extend")
    page = main_part((await leader.get(f"/tasks/{task}")).text)
    due, why = SHOWN.iso(soon(9)), "上级已延期"
    for shown, there in ((before, False), (page, True)):
        assert (f'value="{due}"' in shown, f'value="{why}"' in shown) == (there, there)
        assert ('<details class="fold" open id="extend">' in shown) is there
    answer = await leader.send(f"/tasks/{task}/extend", due_at=due, reason=why)
    assert answer.status_code == 303
    assert await leader.flash() == "已延期，2 个单位的截止时间一并调整。"
    assert await served.admin.fetchval("SELECT count(*) FROM assignment WHERE task_id = $1 AND due_at = $2", task, soon(9)) == 2
    assert "上级已延期到" not in main_part((await leader.get(f"/tasks/{task}")).text)


async def test_less_than_the_county_gave_is_an_answer_too(served: Site, client_for: ClientFor) -> None:
    nan, post = served.world.nan, served.world.nan.posts["township_leader"]
    top, _, task = await split_by(served, post)
    await do(nan.scope("county_department"), extend_task, task=top, due_at=soon(9), reason="台风", now=clock.now())
    leader = await client_for(post)
    await leader.send(f"/tasks/{task}/extend", due_at=SHOWN.iso(soon(7)), reason="留两天汇总")
    assert "上级已延期到" not in main_part((await leader.get(f"/tasks/{task}")).text)
    later = clock.now() + timedelta(seconds=1)
    await do(nan.scope("county_department"), extend_task, task=top, due_at=soon(12), reason="还在下雨", now=later)
    assert f'value="{SHOWN.iso(soon(12))}"' in main_part((await leader.get(f"/tasks/{task}")).text)


async def test_extension_of_one_share_is_told_to_the_staff_who_split_it_and_to_nobody_else(served: Site) -> None:
    nan, staff = served.world.nan, served.world.nan.posts["township_staff"]
    _, share, task = await split_by(served, staff)
    department = nan.scope("county_department")
    await do(department, extend_assignment, assignment=share, due_at=soon(9), reason="台风", now=clock.now())
    await deliver_all(served.admin)
    heard = "SELECT membership_id FROM notice WHERE kind = 'extended_above' AND key LIKE '%' || $1"
    assert [row["membership_id"] for row in await served.admin.fetch(heard, str(task))] == [staff.scope.membership]
    assert (await row_of(served.admin, "task", task))["due_at"] == soon(3)


async def test_those_who_hear_of_the_share_are_told_where_the_splitters_post_has_ended(served: Site) -> None:
    nan, staff = served.world.nan, served.world.nan.posts["township_staff"]
    top, _, task = await split_by(served, staff)
    end = "UPDATE membership SET valid_to = $2 WHERE id = $1"
    await served.admin.execute(end, staff.scope.membership, clock.now())
    later = clock.now() + timedelta(seconds=1)
    await do(nan.scope("county_department"), extend_task, task=top, due_at=soon(9), reason="台风", now=later)
    await deliver_all(served.admin)
    await served.admin.execute(end, staff.scope.membership, None)
    assert await told(served, nan.posts["township_leader"], task) == ["extended_above"]
    assert await told(served, staff, task) == []


async def test_parts_with_as_much_time_or_made_later_are_not_told_of(served: Site, client_for: ClientFor) -> None:
    nan, post = served.world.nan, served.world.nan.posts["township_leader"]
    top, share, long = await split_by(served, post, early=-20)
    now = clock.now()
    await do(nan.scope("county_department"), extend_task, task=top, due_at=soon(9), reason="台风", now=now)
    part = order(nan, regions=(nan.village,), parent_assignment=share, due_at=soon(8))
    after = (await do(post.scope, dispatch_task, order=part, rule=RULE, now=now + timedelta(seconds=1))).task
    await deliver_all(served.admin)
    leader = await client_for(post)
    for task in (long, after):
        assert await told(served, post, task) == []
        assert "上级已延期到" not in main_part((await leader.get(f"/tasks/{task}")).text)
