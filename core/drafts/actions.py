"""Drafts are kept on the server; a repeated submission has one effect and the same answer."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from core.drafts.rules import MOST_CHARACTERS, fingerprint, is_too_long, kept_fields
from core.kernel.database import execute, fetch_one, fetch_value
from core.kernel.errors import Conflict, Invalid, NotFound, mark
from core.kernel.ids import new_id
from core.kernel.scope import Scope

_SAVE: Final = """
INSERT INTO draft (county, id, region, membership_id, form, subject, data, saved_at)
SELECT $3, $4, $5, $6, $7, $8, $9, $10 WHERE $5 >= $1 AND $5 < $2
ON CONFLICT (county, membership_id, form, subject) DO UPDATE SET data = excluded.data, saved_at = excluded.saved_at
"""
_DROP: Final = """
DELETE FROM draft WHERE region >= $1 AND region < $2 AND county = $3 AND membership_id = $4 AND form = $5 AND subject = $6
"""
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended($3, 0)) WHERE $1 < $2"
_ANSWER: Final = """
SELECT a.request_hash, a.result FROM answer a
 WHERE a.region >= $1 AND a.region < $2 AND a.county = $3 AND a.membership_id = $4 AND a.key = $5
"""
_KEEP: Final = """
INSERT INTO answer (county, id, region, membership_id, key, form, request_hash, result, at)
SELECT $3, $4, $5, $6, $7, $8, $9, $10, $11 WHERE $5 >= $1 AND $5 < $2
"""
_SWEEP: Final = (
    "DELETE FROM answer WHERE region >= $1 AND region < $2 AND county = $3 AND at < $4",
    "DELETE FROM draft WHERE region >= $1 AND region < $2 AND county = $3 AND saved_at < $4",
)
LONGEST_KEY: Final = 100

Result = Mapping[str, Any]


async def save_draft(
    scope: Scope, *, form: str, data: Mapping[str, Sequence[str]], now: datetime, subject: str = ""
) -> datetime:
    """Keep what this post has written so far, in place of what was kept before. Gives the time for the mark."""
    if scope.membership is None:
        raise NotFound
    kept = kept_fields(data)
    if is_too_long(kept):
        raise Invalid(mark("写得太长了，最多 %(most)s 个字。"), most=MOST_CHARACTERS)
    await execute(
        scope,
        _SAVE,
        scope.county,
        new_id(),
        scope.region,
        scope.membership,
        form[:100],
        subject[:100],
        kept,
        now,
    )
    return now


async def drop_draft(scope: Scope, *, form: str, subject: str = "") -> None:
    """Forget a draft: it was submitted. Belongs into the submission's transaction."""
    if scope.membership is not None:
        await execute(scope, _DROP, scope.county, scope.membership, form, subject)


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to a submission; ``repeated`` when it had been given before and nothing was done now."""

    result: Result
    repeated: bool


async def once(
    scope: Scope,
    *,
    key: str,
    form: str,
    request: Mapping[str, Sequence[str]],
    run: Callable[[], Awaitable[Result]],
    now: datetime,
) -> Answered:
    """Run a submission's action, unless the same post has sent this key before: then give that answer again.

    Call it in the open transaction; ``run`` gives what the answer needs (ids, a text), not content. An error in
    ``run`` keeps nothing, so the corrected form may use the key again. Two at once: the second waits for the first.
    Raises ``Conflict`` when the key comes with another content. Without a key (old pages) it just runs.
    """
    if not key or scope.membership is None:
        return Answered(await run(), repeated=False)
    if len(key) > LONGEST_KEY:
        raise Invalid
    await fetch_value(scope, _LOCK, f"answer:{scope.county}:{scope.membership}:{key}")
    digest = fingerprint(form, request)
    known = await fetch_one(scope, _ANSWER, scope.county, scope.membership, key)
    if known is not None:
        if known["request_hash"] != digest:
            raise Conflict(mark("这张表已经提交过，内容和这次的不一样。请刷新页面后再填。"))
        return Answered(known["result"], repeated=True)
    result = await run()
    await execute(
        scope,
        _KEEP,
        scope.county,
        new_id(),
        scope.region,
        scope.membership,
        key,
        form,
        digest,
        dict(result),
        now,
    )
    return Answered(result, repeated=False)


async def sweep_drafts(scope: Scope, *, answers_before: datetime, drafts_before: datetime) -> None:
    """Delete a county's old answers and drafts."""
    for statement, before in zip(_SWEEP, (answers_before, drafts_before), strict=True):
        await execute(scope, statement, scope.county, before)
