"""Screening a whole list (批量过筛): pasted or uploaded, the work with its bar, the result to look through and to take along."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from litestar.datastructures import UploadFile

from core.api import (
    LEVEL_TITLES,
    MEDIA_TYPES,
    Invalid,
    Job,
    NotFound,
    Reason,
    Scope,
    guarded,
    job_for,
    jobs_of_mine,
    mark,
    settings_of,
    transaction,
    write_sheet,
)
from plugins.township_filter.batches.keeping import KEPT, are_kept, forget, result_kept, wrong_kept
from plugins.township_filter.batches.reading import (
    MOST_BYTES,
    check_rows,
    texts_pasted,
    texts_uploaded,
)
from plugins.township_filter.batches.work import KIND, PAGE, SCREEN, start_list
from plugins.township_filter.comparison.files import COLUMNS, Read, written
from plugins.township_filter.paging import PAGE_SIZE, pager
from plugins.township_filter.settings import FilterSettings
from web.api import (
    Answer,
    Form,
    MenuEntry,
    Request,
    Routes,
    choices,
    drawn,
    first,
    form_of,
    get_page,
    language_of,
    number_or,
    page,
    post_form,
    request_now,
    say,
    say_n,
    say_reason,
    see_other,
)

DOWNLOADED: Final = ("id", "level", "title", *COLUMNS[1:])
_MEGABYTE: Final = 1024 * 1024
_LINE: Final = mark("第 %(line)s 行：%(why)s")
_MOST_TOLD: Final = 10
_COUNTY: Final = 3  # the county's own posts ask mostly about what goes to townships, those below about villages
VERDICTS: Final[Mapping[str, str]] = {
    "passed": mark("通过"), "held": mark("待人工审定"), "refused": mark("驳回"), "emergency": mark("紧急"), "duplicate": mark("重复"),
}  # fmt: skip
_TONES: Final = {"passed": "good", "held": "notice", "refused": "danger", "emergency": "soon", "duplicate": "plain"}
_HEADINGS: Final = (
    mark("来文编号"), mark("标题"), mark("层级"), mark("结论"), mark("事项编号"), mark("把握"), mark("候选事项"), mark("与哪件重复"), mark("理由"),
)  # fmt: skip


@get_page(PAGE, permission=SCREEN)
async def ask_page(request: Request, scope: Scope) -> Answer:
    """Ask for the texts."""
    return await _ask(request, scope)


async def _ask(request: Request, scope: Scope, *, error: Invalid | None = None, form: Form | None = None) -> Answer:
    async with transaction(scope):
        most = await _most(request, scope)
        earlier = await _earlier(request, scope)
    return page(
        request, "township_filter/batch.html", earlier=earlier, title=mark("批量过筛"), **drawn(error), form=form, sent_form="list" if error else "",
        address=PAGE, levels=choices(request, LEVEL_TITLES), usual="township" if scope.level <= _COUNTY else "village", rows=most,
        megabytes=MOST_BYTES // _MEGABYTE, hours=int(KEPT.total_seconds()) // 3600,
    )  # fmt: skip


async def _earlier(request: Request, scope: Scope) -> list[dict[str, Any]]:
    """Give the lists of this post of which something is still kept, the newest first."""
    now = request_now(request)
    jobs = [job for job in await jobs_of_mine(scope) if job.kind == KIND and job.created_at + KEPT > now]
    kept = await asyncio.to_thread(are_kept, scope.county, [job.id for job in jobs])
    return [
        {
            "href": f"{PAGE}/{job.id}" if job.state == "done" else f"/jobs/{job.id}", "at": job.created_at, "n": job.total,
            "state": job.state, "hours": max(1, int((job.created_at + KEPT - now).total_seconds() // 3600)),
        }
        for job in jobs if job.id in kept
    ]  # fmt: skip


async def _most(request: Request, scope: Scope) -> int:
    return (await settings_of(scope, FilterSettings, at=request_now(request), region=scope.region)).screen_rows


@post_form(PAGE, permission=SCREEN, most_bytes=MOST_BYTES + 2 * _MEGABYTE)
async def start(request: Request, scope: Scope) -> Answer:
    """Read what was sent and start the work; its page has the bar and can be left."""
    form, now = await form_of(request), request_now(request)
    try:
        async with transaction(scope):
            most = await _most(request, scope)
        read = await _texts(request, form, most)
        async with transaction(scope):
            job = await start_list(scope, read, title_only=bool(first(form, "title_only")), now=now)
    except Invalid as error:
        return await _ask(request, scope, error=error, form=form)
    if not read.wrong:
        return see_other(request, f"/jobs/{job}")
    told = say_n(request, mark("有 %(n)s 行有问题，没有过筛，结果里写明了原因；其余的照常过筛。"), len(read.wrong))
    return see_other(request, f"/jobs/{job}", flash=told, tone="notice")


async def _texts(request: Request, form: Form, most: int) -> Read:
    """Read what was pasted or uploaded. Raises Invalid where no row of it can be screened, with the reasons."""
    read, field = await _sent(request, form, most)
    check_rows(read, most=most, field=field)
    if not read.texts:
        language = language_of(request)
        told = [say(request, _LINE, line=each.line, why=each.said[language]) for each in read.wrong[:_MOST_TOLD]]
        raise Invalid(fields={field: " ".join([say(request, mark("没有一行可以过筛。")), *told])})
    return read


async def _sent(request: Request, form: Form, most: int) -> tuple[Read, str]:
    level, pasted, file = first(form, "level"), first(form, "texts"), (await request.form()).get("file")
    if level not in LEVEL_TITLES:
        raise Invalid(fields={"level": mark("请选择层级。")})
    if not isinstance(file, UploadFile) or not file.filename:
        return await asyncio.to_thread(texts_pasted, pasted, level=level), "texts"
    if pasted.strip():
        raise Invalid(fields={"file": mark("粘贴和文件只能选一种。您粘贴的内容还在上面：要用文件，请先清空它，再选一次文件。")})
    content, language = await file.read(MOST_BYTES + 1), language_of(request)
    title_only = bool(first(form, "title_only"))
    found = await asyncio.to_thread(
        texts_uploaded, content, file.filename, level=level, title_only=title_only, most=most, language=language
    )
    return found, "file"


async def _own(scope: Scope, job_id: UUID) -> Job:
    """Give the work to the post that started it. Raises ``NotFound`` for all others, administrators too: it is nobody else's."""
    async with transaction(scope):
        job = await job_for(scope, job_id=job_id)
    if job.kind != KIND or scope.membership is None or job.membership != scope.membership:
        raise NotFound
    return job


@get_page(PAGE + "/{job_id:uuid}", permission=SCREEN)
async def result_page(request: Request, scope: Scope, job_id: UUID, verdict: str = "", q: str = "") -> Answer:
    """Show the result of one's own list; while the work is under way, its bar."""
    job = await _own(scope, job_id)
    if job.state != "done":
        return see_other(request, f"/jobs/{job_id}")
    rows, language = await asyncio.to_thread(result_kept, job.county, job_id), language_of(request)
    wrong = [(each.line, each.said[language]) for each in await asyncio.to_thread(wrong_kept, job.county, job_id)]
    if rows is None:
        return page(request, "township_filter/batch_gone.html", title=mark("批量过筛结果"), back=PAGE, address=PAGE)
    address, words = f"{PAGE}/{job_id}", q.strip()[:100]
    found = [row for row in rows if (not verdict or row["verdict"] == verdict) and _has(row, words)]
    number = number_or(request.query_params.get("page_number", "1"), 1)
    shown = found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    asked = {"verdict": verdict, "q": words}
    return page(
        request, "township_filter/batch_result.html", title=mark("批量过筛结果"), back=PAGE, address=address, total=len(rows), wrong=wrong,
        found=len(found), rows=[_shown(request, row) for row in shown], tiles=list(_tiles(request, rows, address)), verdict=verdict, words=words,
        verdicts=choices(request, VERDICTS), active=sum(map(bool, asked.values())), until=(job.created_at + KEPT), again=PAGE,
        pager=pager(address, asked, page=number, size=PAGE_SIZE, shown=len(shown), total=len(found)),
    )  # fmt: skip


def _has(row: Mapping[str, Any], words: str) -> bool:
    return not words or words in row["title"] or words in {row["id"], row["code"]}


def _tiles(request: Request, rows: Iterable[Mapping[str, Any]], address: str) -> Iterable[dict[str, Any]]:
    counts = Counter(row["verdict"] for row in rows)
    for name, title in VERDICTS.items():
        href = f"{address}?{urlencode({'verdict': name})}" if counts[name] else None
        yield {"label": say(request, title), "n": counts[name], "href": href, "tone": _TONES[name]}


def _shown(request: Request, row: Mapping[str, Any]) -> dict[str, Any]:
    reasons = [Reason(each["text"], each["data"]) for each in row["reasons"]]
    titles: dict[str, str] = dict(reversed(row["near"]))
    return {
        **row, "verdict": say(request, VERDICTS[row["verdict"]]), "tone": _TONES[row["verdict"]], "level": say(request, LEVEL_TITLES[row["level"]]),
        "item": f"{row['code']} {titles.get(row['code'], '')}".strip(), "near": [f"{code} {title}" for code, title in row["near"]],
        "reason": " ".join(say_reason(request, reason) for reason in reasons),
    }  # fmt: skip


@get_page(PAGE + "/{job_id:uuid}/{kind:str}", permission=SCREEN)
async def download(request: Request, scope: Scope, job_id: UUID, kind: str) -> Answer:
    """Give the result as the command writes it, with level and title beside the id (csv), or in words, as a workbook (xlsx)."""
    job = await _own(scope, job_id)
    rows = await asyncio.to_thread(result_kept, job.county, job_id)
    if rows is None or kind not in MEDIA_TYPES:
        raise NotFound
    if kind == "csv":
        content = await asyncio.to_thread(lambda: "".join(written(map(_line, rows), DOWNLOADED)).encode())
    else:
        headings, title = [say(request, each) for each in _HEADINGS], say(request, mark("批量过筛结果"))
        lines = [_cells(_shown(request, row)) for row in rows]
        content = await asyncio.to_thread(write_sheet, kind, headings, lines, title=title)
    headers = {"content-disposition": f'attachment; filename="screened-{str(job_id)[-12:]}.{kind}"', "cache-control": "no-store"}
    return Answer(content, media_type=MEDIA_TYPES[kind], headers=headers)


def _line(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: guarded(row[name]) for name in DOWNLOADED}


def _cells(row: Mapping[str, Any]) -> tuple[Any, ...]:
    near = "\n".join(row["near"])
    return (row["id"], row["title"], row["level"], row["verdict"], row["item"], float(row["score"]), near, row["duplicate_of"], row["reason"])


@post_form(PAGE + "/{job_id:uuid}/remove", permission=SCREEN)
async def remove(request: Request, scope: Scope, job_id: UUID) -> Answer:
    """Delete what is kept of one's own list, now."""
    job = await _own(scope, job_id)
    await asyncio.to_thread(forget, job.county, job_id)
    return see_other(request, PAGE, flash=mark("内容和结果都已删除。"))


ROUTES: Final = Routes((ask_page, start, result_page, download, remove))
MENU: Final = MenuEntry("tasks", mark("批量过筛"), PAGE, SCREEN, icon="list", order=65)
