"""Starting long work."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.kernel.audit import audit
from core.kernel.database import execute
from core.kernel.ids import new_id
from core.kernel.outbox import announce
from core.kernel.scope import Scope
from core.progress.enums import JobState

TOPIC: Final = "job.run"

_INSERT = """
INSERT INTO job_row (county, id, region, membership, by_name, kind, title, state, total, payload, created_at)
SELECT $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 WHERE $5 >= $1 AND $5 < $2
"""


async def start_job(
    scope: Scope,
    *,
    kind: str,
    title: str,
    payload: Mapping[str, Any],
    now: datetime,
    total: int = 0,
    region: str | None = None,
) -> UUID:
    """Put a long work in the queue in the open transaction, and give its id for ``/jobs/{id}``.

    ``kind`` names a ``LongWork`` of the registry. ``payload`` holds ids, not content: it stays in the row.
    The work runs under a system scope of ``region`` (default: the person's own): mind rights.
    """
    job_id = new_id()
    place = region or scope.region
    written = await execute(
        scope,
        _INSERT,
        scope.county,
        job_id,
        place,
        scope.membership,
        scope.by_name,
        kind,
        title,
        JobState.WAITING,
        total,
        dict(payload),
        now,
    )
    if written != 1:
        raise RuntimeError("long work must lie inside the scope of the one who starts it")
    await announce(scope, TOPIC, {"job": str(job_id), "kind": kind}, now=now, region=place)
    data = {"kind": kind}
    await audit(scope, "job.started", kind="job", subject=job_id, now=now, region=place, data=data)
    return job_id
