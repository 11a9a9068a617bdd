"""Papers of a warning: what the person concerned attaches to a statement, and what proves a correction."""

from typing import Any, Final

from core.files.actions import attach_files
from core.files.enums import FileState
from core.files.queries import files_of
from core.kernel.errors import Invalid, filled, mark
from core.kernel.scope import Scope

STATEMENT: Final = "warning_statement"
CORRECTION: Final = "warning_correction"
# The transition that hands in the papers of a purpose.
WAY_OF: Final = {STATEMENT: "state", CORRECTION: "correct"}


async def hand_in(scope: Scope, row: Any, purpose: str, *, least: int, now: Any) -> list[str]:
    """Hang up what was sent for the purpose since the last time, and give its ids. Raises ``Invalid`` with too little in all."""
    files = [each for each in await files_of(scope, subject=row["id"]) if each.purpose == purpose and each.state != FileState.REFUSED]
    if len(files) < least:
        raise Invalid(fields={"papers": filled(mark("请上传佐证材料，还差 %(n)s 份。"), n=least - len(files))})
    loose = [each.id for each in files if each.attached_at is None]
    await attach_files(scope, file_ids=loose, subject=row["id"], now=now, region=row["region"])
    return [str(each) for each in loose]
