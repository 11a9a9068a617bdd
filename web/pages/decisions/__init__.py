"""Decisions (民主决策): the list, one decision on its way, recording a meeting, the minutes form, the county's procedures."""

from typing import Final

from core.kernel.errors import mark
from web.extension import MenuEntry
from web.pages.decisions.beginning import begin, begin_page
from web.pages.decisions.lists import decisions_page
from web.pages.decisions.one import decision_page, reject, repeat, withdraw
from web.pages.decisions.printing import minutes_page
from web.pages.decisions.procedures import procedure_page, procedures_page, set_one, use_pack
from web.pages.decisions.recording import ask_online, post, record, record_page, remove_paper, tell

ROUTES: Final = [
    decisions_page,
    begin_page,
    begin,
    decision_page,
    record_page,
    tell,
    record,
    post,
    ask_online,
    remove_paper,
    repeat,
    reject,
    withdraw,
    minutes_page,
    procedures_page,
    use_pack,
    procedure_page,
    set_one,
]
MENU: Final = [
    MenuEntry("village", mark("民主决策"), "/decisions", "core:decision:read", icon="scale", order=10, count="decisions", phone=True),
    MenuEntry(
        "county", mark("决策流程"), "/procedures", "core:decision:configure", icon="scale", order=35, levels=frozenset({3}),
    ),
]  # fmt: skip
