"""The work behind the bar: the same sequence as ``xiangzhi screen``, and the sweep of what nobody looks at any more."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from typing import Any, Final
from uuid import UUID

from core.api import (
    Bearing,
    Conflict,
    CountyDisabled,
    Event,
    Handler,
    Item,
    LongWork,
    Progress,
    Schedule,
    Scope,
    mark,
    start_job,
    transaction,
)
from plugins.township_filter.batches.keeping import (
    KEPT,
    forget_old,
    keep_result,
    keep_texts,
    result_kept,
    texts_kept,
)
from plugins.township_filter.comparison.files import Read, Text, line_of
from plugins.township_filter.comparison.outcome import Judged
from plugins.township_filter.rules import reasons_of
from plugins.township_filter.screen_file import reason_text, sequence

SCREEN: Final = "township_filter:list:screen"
KIND: Final = "township_filter:list"
TOPIC: Final = "township_filter.forget_lists"
PAGE: Final = "/township_filter/screen"
CHUNK: Final = 100
_GONE: Final = mark("要过筛的内容已经删除，请重新提交。")


async def start_list(scope: Scope, read: Read, *, title_only: bool, now: datetime) -> UUID:
    """Queue a list of texts and keep them for the work, with the rows that could not be read. Gives the work's id."""
    scope.require(SCREEN)
    payload = {"title_only": title_only, "at": now.isoformat()}
    job = await start_job(scope, kind=KIND, title=WORK.title, payload=payload, total=len(read.texts), now=now)
    await asyncio.to_thread(keep_texts, scope.county, job, read.texts, read.wrong)
    return job


async def screen_list(progress: Progress) -> None:
    """Screen a list as one sequence. After a crash it is judged again from its first text, for duplicates are found among all.

    So the result is of one piece, whatever changed in between; the bar goes on where it stood.
    """
    county, job = progress.scope.county, progress.job_id
    await progress.set_result({"link": f"{PAGE}/{job}"})
    if await asyncio.to_thread(result_kept, county, job) is not None:
        return
    texts = await asyncio.to_thread(texts_kept, county, job)
    if texts is None:
        raise Conflict(_GONE)
    at, title_only = datetime.fromisoformat(progress.payload["at"]), bool(progress.payload["title_only"])
    async with transaction(progress.scope):
        judging = await sequence(progress.scope, texts, at=at, title_only=title_only)
    rows: list[Mapping[str, Any]] = []
    for first in range(0, len(texts), CHUNK):
        found = await asyncio.to_thread(lambda: list(islice(judging, CHUNK)))
        rows += [row_of(text, each) for text, each in zip(texts[first:], found, strict=False)]
        await progress.chunk(str(first), _nothing, size=len(found))
    await asyncio.to_thread(keep_result, county, job, rows)


async def _nothing(scope: Scope) -> None:
    """Nothing is stored of a chunk but how far the bar is."""


def row_of(text: Text, judged: Judged[Item]) -> dict[str, Any]:
    """Give what is kept of one verdict: the command's line, and what a page shows beside it."""
    return {
        **line_of(text, judged, reason_text(judged)),
        "title": text.title,
        "level": text.level,
        "near": [[near.item.code, near.item.title] for near in judged.candidates],
        "forbidden": [f"{near.item.code} {near.item.title}" for near in judged.nearest if near.item.bearing is Bearing.FORBIDDEN],
        "reasons": [{"text": reason.text, "data": dict(reason.data)} for reason in reasons_of(judged)],
    }


async def _forget(scope: Scope, event: Event) -> None:
    await asyncio.to_thread(forget_old, scope.county, event.created_at - KEPT)


async def _forget_all(scope: Scope, now: datetime) -> None:  # noqa: ARG001 - the signature of what is told of a switch
    await asyncio.to_thread(forget_old, scope.county, None)


WORK: Final = LongWork(KIND, mark("批量过筛"), screen_list)
FORGETTING: Final = Handler(TOPIC, "township_filter:forget_lists", _forget)
SWEEP: Final = Schedule("township_filter:forget_lists", TOPIC, every=KEPT / 24)
SWITCHED_OFF: Final = CountyDisabled("township_filter:forget_lists", _forget_all)
