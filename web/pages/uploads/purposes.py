"""Who may send a file up for what, asked before the first byte is taken; and what taking it back means."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from core.decisions.actions.meetings import remove_paper
from core.decisions.actions.moves import may_attach as may_attach_paper
from core.files.actions import remove_file
from core.files.queries import StoredFile
from core.kernel.errors import Forbidden, Invalid, mark
from core.kernel.scope import Scope
from core.tasks.actions.work import may_attach, remove_evidence

Check = Callable[[Scope, UUID | None], Awaitable[None]]
Remove = Callable[[Scope, StoredFile, datetime], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Gate:
    """``check`` raises for whoever may not; both run inside the scope's transaction."""

    check: Check
    remove: Remove


async def _may_work(scope: Scope, subject: UUID | None) -> None:
    if subject is None:
        raise Invalid(mark("不知道这个文件用在哪里，请刷新页面后再传。"))
    await may_attach(scope, assignment=subject)


async def _remove_evidence(scope: Scope, file: StoredFile, now: datetime) -> None:
    if file.subject_id is not None:
        await remove_evidence(scope, assignment=file.subject_id, file=file.id, now=now)


async def _may_record(scope: Scope, subject: UUID | None) -> None:
    if subject is None:
        raise Invalid(mark("不知道这个文件用在哪里，请刷新页面后再传。"))
    await may_attach_paper(scope, subject)


async def _remove_paper(scope: Scope, file: StoredFile, now: datetime) -> None:
    if file.subject_id is not None:
        await may_attach_paper(scope, file.subject_id)
        await remove_paper(scope, file=file, now=now)


async def _remove_loose(scope: Scope, file: StoredFile, now: datetime) -> None:
    await remove_file(scope, file_id=file.id, now=now)


def _with_any(*permissions: str) -> Check:
    async def check(scope: Scope, _subject: UUID | None) -> None:
        if not any(scope.may(permission) for permission in permissions):
            raise Forbidden(permissions[0])

    return check


GATES: Final[Mapping[str, Gate]] = {
    "decision_photo": Gate(_may_record, _remove_paper),
    "decision_sheet": Gate(_may_record, _remove_paper),
    "evidence": Gate(_may_work, _remove_evidence),
    "brief": Gate(_with_any("core:task:dispatch"), _remove_loose),
    "incoming": Gate(_with_any("core:incoming:create"), _remove_loose),
    "import": Gate(_with_any("core:entry_list:edit", "core:person:import"), _remove_loose),
}


def gate_of(purpose: str) -> Gate:
    """Give the gate of a purpose. Raises ``Invalid`` for one that nobody knows."""
    gate = GATES.get(purpose)
    if gate is None:
        raise Invalid(mark("不知道这个文件用在哪里，请刷新页面后再传。"))
    return gate
