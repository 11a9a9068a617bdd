"""The county administrator's first page: how the county is set up, what is still to do, what changed this week."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from core.chain.trail import READ as READ_TRAIL
from core.chain.trail import Deeds, deeds_since
from core.contracts.registry import current
from core.entry_lists.enums import ListLevel
from core.extension.overview import CountyFigures, county_figures
from core.extension.workflows import PLUGIN_LIFE, SWITCH
from core.jobs.queries import Health, events_health
from core.kernel.database import transaction
from core.kernel.errors import filled, mark
from core.kernel.scope import Scope
from web.answers import Answer, Request, page, request_now, say
from web.guards import ON, PAUSED
from web.pages.home.deeds import DEEDS
from web.pages.supervision.waiting import put_to

OVERSEES: Final = SWITCH
_READ_JOBS: Final = "core:job:read"
_WEEK: Final = timedelta(days=7)
_ENOUGH_ADMINISTRATORS: Final = 2


@dataclass(frozen=True, slots=True)
class Step:
    """One thing a county needs before it works: how it stands, and where to do it."""

    done: bool
    title: str
    told: str
    url: str
    button: str
    permission: str


async def overview_page(request: Request, scope: Scope) -> Answer:
    """Answer with what to do first, the figures with ways to their records, the jobs and the week's changes."""
    now = request_now(request)
    since = now - _WEEK
    async with transaction(scope):
        figures = await county_figures(scope, since=since, now=now)
        health = await events_health(scope) if scope.may(_READ_JOBS) else None
        changes = await deeds_since(scope, DEEDS, since=since) if scope.may(READ_TRAIL) else None
        put = await put_to(request, scope, now=now)
    steps = [step for step in _steps(figures, scope) if scope.may(step.permission)]
    return page(
        request,
        "home/overview.html",
        title=mark("全县概况"),
        figures=figures,
        put=put,
        on=_standing(figures, scope.plugins, ON),
        paused=_standing(figures, scope.plugins, PAUSED),
        steps=[_told(request, step) for step in sorted(steps, key=lambda step: step.done)],
        left=sum(not step.done for step in steps),
        health=health,
        jobs_tone=_tone(health, figures, request) if health is not None else "",
        changes=None if changes is None else [_change(request, deeds) for deeds in changes],
    )


def _standing(figures: CountyFigures, plugins: Mapping[str, str], state: str) -> int:
    return sum(plugins.get(name) == state for name in figures.modules)


def _tone(health: Health, figures: CountyFigures, request: Request) -> str:
    if health.is_late(request_now(request)):
        return "danger"
    return "notice" if health.parked or figures.failed_jobs else "good"


def _steps(figures: CountyFigures, scope: Scope) -> list[Step]:
    """Give what a county needs, in the order in which it is best done."""
    on = sum(plugin in figures.modules for plugin, state in scope.plugins.items() if state in {ON, PAUSED})
    return [
        Step(
            figures.administrators >= _ENOUGH_ADMINISTRATORS,
            mark("再请一位县级管理员"),
            mark("管理员不能重置自己的登录，要有两位才能互相帮忙。"),
            "/people/invite?role=county_administrator", mark("邀请"), "core:person:invite",
        ),
        Step(
            figures.levels == len(ListLevel),
            mark("发布准入清单"),
            mark("涉镇、涉村各要一份；没有清单时，来文无从审定，都要人工判断。"),
            "/entry-lists", mark("去编制"), "core:entry_list:publish",
        ),
        Step(
            figures.unstaffed == 0,
            mark("给每个乡镇（街道）配上人"),
            filled(mark("还有 %(n)s 个乡镇（街道）没有人在岗，可以用表格一次导入。"), n=figures.unstaffed),
            "/people/import", mark("批量导入"), "core:person:import",
        ),
        Step(
            figures.offices > 0,
            mark("登记科室站所"),
            mark("县级部门和乡镇科室登记后，任务才能派到科室。"),
            "/offices", mark("去登记"), "core:office:edit",
        ),
        Step(
            figures.grids > 0,
            mark("登记网格"),
            mark("网格登记后，才能给网格员任岗、派事到网格。"),
            "/grids", mark("去登记"), "core:grid:edit",
        ),
        Step(
            on > 0 or not figures.modules,
            mark("开启需要的功能模块"),
            filled(mark("平台为本县开放了 %(n)s 个功能模块，还没有开启。"), n=len(figures.modules)),
            "/plugins", mark("去看看"), SWITCH,
        ),
    ]  # fmt: skip


def _told(request: Request, step: Step) -> dict[str, Any]:
    return {
        "done": step.done,
        "title": say(request, step.title),
        "told": say(request, step.told),
        "url": step.url,
        "button": say(request, step.button),
    }


def _change(request: Request, deeds: Deeds) -> dict[str, Any]:
    title, url, permission = DEEDS[deeds.action]
    return {
        "title": say(request, title),
        "url": url,
        "permission": permission,
        "times": deeds.times,
        "at": deeds.at,
        "by": say(request, deeds.by_name),
        "about": _about(request, deeds),
    }


def _about(request: Request, deeds: Deeds) -> str:
    """Say what the latest of them was about, where its line tells it in words."""
    if deeds.action == "plugin.switched":
        known = current().manifests.get(str(deeds.data.get("plugin")))
        state = PLUGIN_LIFE.by_state.get(str(deeds.data.get("to")))
        title = say(request, known.title) if known else str(deeds.data.get("plugin"))
        return f"{title} · {say(request, state.title)}" if state else title
    return str(deeds.data.get("name") or deeds.data.get("document") or deeds.data.get("title") or "")
