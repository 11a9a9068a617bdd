"""What a village does: today's work, open tasks, one share from acknowledging to handing in."""

from typing import Final

from core.kernel.errors import mark
from web.extension import MenuEntry
from web.pages.work.judging import (
    accept,
    escalate,
    extend_share,
    give_back,
    remind,
    reverse,
    withdraw_share,
)
from web.pages.work.mine import my_page
from web.pages.work.opened import open_page, open_task_page, take
from web.pages.work.share import (
    acknowledge,
    allocate,
    assignment_page,
    note,
    put_file_back,
    rate,
    remove_file,
    submit,
)

ROUTES: Final = [
    my_page,
    open_page,
    open_task_page,
    take,
    assignment_page,
    acknowledge,
    allocate,
    note,
    rate,
    remove_file,
    put_file_back,
    submit,
    accept,
    give_back,
    reverse,
    remind,
    extend_share,
    escalate,
    withdraw_share,
]
VILLAGE: Final = frozenset({5})
BELOW_COUNTY: Final = frozenset({4, 5})
MENU: Final = [
    MenuEntry(
        "tasks",
        mark("我的任务"),
        "/my",
        "core:assignment:read",
        icon="list",
        order=15,
        phone=True,
        levels=BELOW_COUNTY,
    ),
    MenuEntry(
        "tasks",
        mark("可领任务"),
        "/open",
        "core:place:take",
        icon="take",
        order=20,
        phone=True,
        levels=VILLAGE,
    ),
]
