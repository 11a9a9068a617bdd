"""What a sender does: the desk, dispatching, following a task, scoring in a row."""

from typing import Final

from core.kernel.errors import mark
from web.extension import MenuEntry
from web.pages.tasks.answered import held_page, task_sheet
from web.pages.tasks.bulk import accept_several, remind_several
from web.pages.tasks.dispatching import dispatch, dispatch_form
from web.pages.tasks.export import export_page
from web.pages.tasks.lists import scoring_page, shares_page, tasks_page
from web.pages.tasks.one import extend, extend_page, remind_all, task_page, withdraw
from web.pages.tasks.views import drop_view, save_view

ROUTES: Final = [
    tasks_page,
    shares_page,
    scoring_page,
    accept_several,
    remind_several,
    dispatch_form,
    dispatch,
    task_page,
    withdraw,
    extend,
    extend_page,
    remind_all,
    export_page,
    task_sheet,
    held_page,
    save_view,
    drop_view,
]
SENDERS: Final = frozenset({3, 4})
MENU: Final = [
    MenuEntry(
        "tasks",
        mark("派任务"),
        "/tasks/new",
        "core:task:dispatch",
        icon="send",
        order=30,
        phone=True,
        levels=SENDERS,
    ),
    MenuEntry("tasks", mark("进度"), "/tasks", "core:task:read", icon="activity", order=40, phone=True, count="progress"),
    MenuEntry(
        "tasks",
        mark("评分"),
        "/scoring",
        "core:task:score",
        icon="star",
        count="scoring",
        order=50,
        phone=True,
        levels=SENDERS,
    ),
]
