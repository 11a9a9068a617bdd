"""Who asked for a task is named to those who do it and on the task's page."""

from core.tasks.actions.merging import merge_incoming
from tests.core.tasks.steps import do, share_of
from tests.factories.world import NOW, handed, sent
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import main_part


async def test_a_merged_task_names_all_who_asked_for_it(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    leader, secretary = [await client_for(nan.posts[role]) for role in ("township_leader", "village_secretary")]
    alone, own, other = [(await handed(nan, role)).id for role in ("township_leader", "township_leader", "township_staff")]
    await do(nan.scope("township_leader"), merge_incoming, leading=own, sources=[other], reason="同一件事", now=NOW)
    for incoming, told in ((alone, ""), (own, "张三、农业农村办公室（已归并）")):
        task = (await sent(nan, incoming=incoming)).task
        share = await share_of(served.admin, task, nan.village)
        page = main_part((await secretary.get(f"/assignments/{share}")).text)
        assert (told in page) if told else ("已归并" not in page)
        task_page = main_part((await leader.get(f"/tasks/{task}")).text)
        assert f'href="/incoming/{incoming}"' in task_page
        assert not told or "张三、农业农村办公室" in task_page
