"""Supervision: where something may be wrong, one warning from its hint to its end, models and their precision."""

from typing import Final

from core.kernel.errors import mark
from web.extension import MenuEntry
from web.pages.supervision import one
from web.pages.supervision.lists import export_page, mine_page, warnings_page
from web.pages.supervision.models import effect_page, models_page, problems_page
from web.pages.supervision.overview import overview_page

ROUTES: Final = [
    overview_page,
    warnings_page,
    mine_page,
    one.warning_page,
    one.take,
    one.acknowledge,
    one.snooze,
    one.ask,
    one.state,
    one.judge,
    one.correct,
    one.send_back,
    one.verify,
    one.close,
    one.appeal,
    one.decide_appeal,
    one.remove,
    export_page,
    models_page,
    problems_page,
    effect_page,
]
MENU: Final = [
    MenuEntry("supervision", mark("哪里不对劲"), "/supervision", "core:warning:read", icon="warning", order=10),
    MenuEntry("supervision", mark("预警"), "/warnings", "core:warning:read", icon="list", order=20, count="warnings", phone=True),
    MenuEntry("supervision", mark("预警模型"), "/supervision/models", "core:warning:read", icon="settings", order=30),
    MenuEntry("supervision", mark("问题清单"), "/supervision/problems", "core:warning:read", icon="scale", order=40),
    MenuEntry("supervision", mark("监督成效"), "/supervision/effect", "core:warning:read", icon="list", order=50),
    MenuEntry("supervision", mark("请我说明的事"), "/warnings/mine", "core:warning:answer", icon="list", order=60, count="asked"),
]
