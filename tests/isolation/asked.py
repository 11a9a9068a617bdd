"""Villages asked to fill in a form, what they answer, what is offered when they are asked again, and what a sender reads of it."""

import asyncpg

from core.kernel.database import transaction
from core.tasks.actions import work
from core.tasks.enums import FieldKind
from core.tasks.forms import AskedField
from core.tasks.queries.assignments import one_share
from core.tasks.queries.filters import Filters
from core.tasks.queries.forms import answers_to, figures_held, held_already, offers_for
from core.tasks.queries.tasks import all_shares, one_task, shares_of_task
from tests.factories.world import NOW, County, sent

FORM = (AskedField("低保户数", FieldKind.NUMBER, required=True, unit="户"), AskedField("村书记"), AskedField("村名"))


async def ask(admin: asyncpg.Connection, county: County) -> None:
    """Ask twice: the first time it is answered, the second time the answer is offered, and the sender could have read it."""
    secretary, leader = county.scope("village_secretary"), county.scope("township_leader")
    for again in (False, True):
        task = (await sent(county, title=f"{county.code} 的填表任务", form=FORM)).task
        share = await admin.fetchval("SELECT id FROM assignment WHERE task_id = $1 AND region = $2", task, county.village)
        async with transaction(secretary):
            await work.acknowledge_assignment(secretary, assignment=share, now=NOW)
            await offers_for(secretary, (await one_share(secretary, share)).row, FORM, now=NOW)
        if again:
            continue
        answers = {"answer-1": county.code, "answer-2": f"书记{county.code}"}
        async with transaction(secretary):
            await work.submit_assignment(secretary, assignment=share, text="已核对。", answers=answers, now=NOW)
        async with transaction(leader):
            await held_already(leader, FORM, now=NOW)
            await figures_held(leader, key=FORM[0].key, kind=FORM[0].kind, now=NOW)
            await one_task(leader, task, now=NOW)
            await answers_to(leader, task)
            await shares_of_task(leader, task)
            await all_shares(leader, Filters(), now=NOW)
