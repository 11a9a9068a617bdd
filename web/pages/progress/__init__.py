"""Long work with its bar, and the health of background work."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from core.jobs.actions import retry_event
from core.jobs.queries import events_health, parked_events, platform_health
from core.kernel.database import transaction
from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.progress.enums import STATE_TITLES, JobState
from core.progress.queries import Job, job_for, jobs_of_mine, recent_jobs
from web.answers import Answer, Request, fragment, page, request_now, say, see_other
from web.extension import MenuEntry
from web.routing import get_page, post_form

_SHOWN: Final = timedelta(days=7)
_TONES: Final = {
    JobState.WAITING: "plain",
    JobState.RUNNING: "action",
    JobState.DONE: "good",
    JobState.FAILED: "danger",
}


@get_page("/jobs", permission="any")
async def mine(request: Request, scope: Scope) -> Answer:
    async with transaction(scope):
        jobs = await jobs_of_mine(scope)
    rows = [_row(request, job) for job in jobs]
    return page(request, "progress/mine.html", title=mark("我的后台作业"), back="/", rows=rows)


@get_page("/jobs/{job_id:uuid}", permission="any")
async def one(request: Request, scope: Scope, job_id: UUID) -> Answer:
    async with transaction(scope):
        job = await job_for(scope, job_id=job_id)
    return page(request, "progress/one.html", title=mark("作业进度"), back="/jobs", job=_row(request, job))


@get_page("/jobs/{job_id:uuid}/bar", permission="any")
async def bar(request: Request, scope: Scope, job_id: UUID) -> Answer:
    """Answer the bar alone; it asks again every two seconds until the work has ended."""
    async with transaction(scope):
        job = await job_for(scope, job_id=job_id)
    return fragment(request, "progress/_bar.html", job=_row(request, job))


@get_page("/jobs/health", permission="core:job:read")
async def health(request: Request, scope: Scope) -> Answer:
    now = request_now(request)
    async with transaction(scope):
        figures = await events_health(scope)
        parked = await parked_events(scope)
        jobs = await recent_jobs(scope, since=now - _SHOWN)
    rows = [_row(request, job) for job in jobs]
    return page(
        request, "progress/health.html", title=mark("后台作业"), back="/", figures=figures, late=figures.is_late(now),
        parked=parked, rows=rows, stalled=sum(row["stalled"] for row in rows),
    )  # fmt: skip


@post_form("/jobs/events/{event_id:uuid}/retry", permission="core:job:retry")
async def retry(request: Request, scope: Scope, event_id: UUID) -> Answer:
    async with transaction(scope):
        await retry_event(scope, event_id=event_id, now=request_now(request))
    return see_other(request, "/jobs/health", flash=mark("已重新排队，马上再办。"))


@get_page("/platform/jobs", permission="platform:health:read")
async def everywhere(request: Request) -> Answer:
    now = request_now(request)
    counties = [{"figures": figures, "late": figures.is_late(now)} for figures in await platform_health()]
    return page(request, "progress/platform.html", title=mark("后台作业"), back="/", counties=counties)


def _row(request: Request, job: Job) -> dict[str, Any]:
    now = request_now(request)
    left = job.left(now)
    link = str(job.result.get("link", ""))
    return {
        "id": job.id,
        "title": say(request, job.title),
        "state": job.state,
        "state_title": say(request, STATE_TITLES[JobState(job.state)]),
        "tone": _TONES[JobState(job.state)],
        "open": job.is_open,
        "stalled": job.stalled(now),
        "done": job.done,
        "total": job.total,
        "percent": job.percent,
        "failed": job.failed,
        "left": int(left.total_seconds()) if left is not None and job.is_open else None,
        "error": say(request, job.error) if job.error else "",
        "link": link if link.startswith("/") and not link.startswith("//") else "",
        "by_name": job.by_name,
        "created_at": job.created_at,
        "finished_at": job.finished_at,
    }


ROUTES: Final = [mine, one, bar, health, retry, everywhere]
MENU: Final = [
    MenuEntry("county", mark("后台作业"), "/jobs/health", "core:job:read", icon="activity", order=90),
    MenuEntry(
        "platform", mark("后台作业"), "/platform/jobs", "platform:health:read", icon="activity", order=60
    ),
]
