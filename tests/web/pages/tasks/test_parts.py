"""A task that was split out of a county's leads to it, and that one leads to its villages."""

from core.tasks.enums import Level
from tests.core.tasks.steps import share_of
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import main_part, sent


async def test_split_task_and_the_share_above_lead_to_each_other(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    above = (await sent(nan, "county_department", regions=(nan.township,), level=Level.TOWNSHIP)).task
    share = await share_of(served.admin, above, nan.township)
    leader = await client_for(nan.posts["township_leader"])
    assert "看各村的办理情况" not in main_part((await leader.get(f"/assignments/{share}")).text)
    task = (await sent(nan, parent_assignment=share)).task
    assert f'<a href="/tasks/{task}">看各村的办理情况</a>' in main_part((await leader.get(f"/assignments/{share}")).text)
    page = main_part((await leader.get(f"/tasks/{task}")).text)
    assert f'<a href="/assignments/{share}">农业农村局派来的任务</a>' in page
    second = (await sent(nan, parent_assignment=share, title="第二批")).task
    both = main_part((await leader.get(f"/assignments/{share}")).text)
    assert f'<a href="/tasks/{second}">第二批</a>' in both
    assert f'<a href="/tasks/{task}">汛期前圩堤隐患排查</a>' in both


async def test_department_above_gets_no_link_that_it_may_not_open(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    above = (await sent(nan, "county_department", regions=(nan.township,), level=Level.TOWNSHIP)).task
    share = await share_of(served.admin, above, nan.township)
    task = (await sent(nan, parent_assignment=share)).task
    department = await client_for(nan.posts["county_department"])
    page = main_part((await department.get(f"/assignments/{share}")).text)
    assert "已分给 2 个村" in page
    assert f"/tasks/{task}" not in page
    assert (await department.get(f"/tasks/{task}")).status_code == 404
    assert "上级任务" not in main_part((await department.get(f"/tasks/{above}")).text)
