"""The sender reads on the task's page what became of each share."""

from core.kernel import clock
from core.tasks.actions.scoring import return_submission
from core.tasks.actions.steering import escalate_assignment
from tests.core.tasks.steps import do
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import accepted, submitted, task_of, words_of


async def test_results_returns_and_escalation_stand_in_the_tasks_history(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    share = await submitted(served.admin, nan)
    task = await task_of(served.admin, share)
    leader = await client_for(nan.posts["township_leader"])
    before = words_of((await leader.get(f"/tasks/{task}")).text)
    assert "朱家兜提交了成果" in before
    assert "督办" not in before.split("流程图")[0]
    scope = nan.scope("township_leader")
    await do(scope, return_submission, assignment=share, reason="照片不清楚", now=clock.now())
    await do(scope, escalate_assignment, assignment=share, reason="汛期将到", now=clock.now())
    after = words_of((await leader.get(f"/tasks/{task}")).text)
    assert "督办" in after.split("经过")[0]
    told = after.split("经过", 1)[1]
    places = [told.index(text) for text in ("把朱家兜列入督办 汛期将到", "退回了朱家兜的成果 照片不清楚", "朱家兜提交了成果", "派发给")]
    assert places == sorted(places)


async def test_score_of_a_share_stands_in_the_tasks_history(served: Site, client_for: ClientFor) -> None:
    task = await task_of(served.admin, await accepted(served.admin, served.world.nan))
    leader = await client_for(served.world.nan.posts["township_leader"])
    assert "给朱家兜评分：5 分" in words_of((await leader.get(f"/tasks/{task}")).text)
