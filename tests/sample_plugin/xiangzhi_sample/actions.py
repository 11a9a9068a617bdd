"""Writing notes."""

from datetime import datetime
from typing import Final
from uuid import UUID

from core.api import Invalid, Scope, announce, ask_guards, audit, execute, mark, new_id, settings_of
from xiangzhi_sample.queries import WRITE
from xiangzhi_sample.settings import SampleSettings

NOTED: Final = "sample.noted"
_INSERT: Final = """
INSERT INTO sample.note (county, id, region, text, at, person, by_name)
SELECT $3, $4, $5, $6, $7, $8, $9 WHERE $5 >= $1 AND $5 < $2
"""
_ERASE: Final = """
UPDATE sample.note SET by_name = '', person = NULL WHERE region >= $1 AND region < $2 AND person = $3
"""


async def write_note(scope: Scope, *, text: str, now: datetime) -> UUID:
    """Write a note. Raises ``Invalid`` for an empty one and for one longer than the county allows."""
    scope.require(WRITE)
    settings = await settings_of(scope, SampleSettings, at=now)
    if not text.strip() or len(text) > settings.most_words:
        raise Invalid(fields={"text": mark("请填写这一项。")})
    made = new_id()
    await execute(
        scope, _INSERT, scope.county, made, scope.region, text.strip(), now, scope.person, scope.by_name
    )
    await audit(scope, NOTED, kind="sample", subject=made, now=now)
    await announce(scope, NOTED, {"note": str(made)}, now=now)
    return made


async def carry_out_note(scope: Scope, *, note: UUID, now: datetime) -> None:
    """Begin what a note proposes. The guard of hooks.py asks for a published decision about it."""
    scope.require(WRITE)
    await ask_guards(scope, "sample_note", "carry_out", subject=note, now=now)
    await audit(scope, "sample.carried_out", kind="sample", subject=note, now=now)


async def erase_notes_of(scope: Scope, person: UUID, now: datetime) -> int:  # noqa: ARG001 - the contract's signature
    """Take a person's name off the notes; what was noted stays."""
    return await execute(scope, _ERASE, person)
