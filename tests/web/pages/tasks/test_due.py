"""Due times on the dispatch page: three working days on at six; a free day is said, not forbidden."""

from datetime import datetime, timedelta
from uuid import uuid4

from core.kernel import clock
from core.kernel.clock import SHANGHAI, local
from core.tasks.rules import TaskTimes, default_due
from core.tenancy.calendar import is_working
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import words_of
from web.filters import Formats

SHOWN = Formats("zh")


def next_free_day() -> datetime:
    day = local(clock.now()).date() + timedelta(days=2)
    while is_working(day):
        day += timedelta(days=1)
    return datetime(day.year, day.month, day.day, 18, tzinfo=SHANGHAI)


async def test_page_begins_three_working_days_on(served: Site, client_for: ClientFor) -> None:
    leader = await client_for(served.world.nan.posts["township_leader"])
    page = (await leader.get("/tasks/new")).text
    assert f'value="{SHOWN.iso(default_due(TaskTimes(), clock.now()))}"' in page
    assert "休息日" not in page


async def test_free_day_is_said_before_and_after_sending(served: Site, client_for: ClientFor) -> None:
    nan, due = served.world.nan, next_free_day()
    leader = await client_for(nan.posts["township_leader"])
    fields = {
        "title": "圩堤隐患排查", "body": "请各村排查。", "points": "5", "due_at": SHOWN.iso(due), "mode": "named", "places": "0",
        "photos": "0", "files": "0", "_key": str(uuid4()),
    }  # fmt: skip
    refused = await leader.send("/tasks/new", **fields)
    assert refused.status_code == 422
    assert f"{SHOWN.day(due)}是休息日" in refused.text
    answer = await leader.send("/tasks/new", **fields, regions=[nan.village])
    assert await leader.flash() == f"已派发给 1 个单位。请注意：截止的 {SHOWN.day(due)} 是休息日。"
    assert "休息日" in words_of((await leader.get(answer.headers["location"])).text)


async def test_settings_of_times_are_drawn(served: Site, client_for: ClientFor) -> None:
    administrator = await client_for(served.world.nan.posts["county_administrator"])
    words = words_of((await administrator.get("/settings/tasks")).text)
    assert "到期前几个工作日提醒" in words
