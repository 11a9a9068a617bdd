"""Who may send a file up for what, asked before the first byte is taken; and what taking it back means."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from core.campaigns import actions as campaigns
from core.decisions.actions.meetings import remove_paper
from core.decisions.actions.moves import may_attach as may_attach_paper
from core.disclosure import attachments
from core.files.actions import remove_file
from core.files.queries import StoredFile
from core.kernel.errors import Forbidden, Invalid, mark
from core.kernel.scope import Scope
from core.seals.actions import using
from core.supervision import actions as supervision
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


async def _may_stamp(scope: Scope, subject: UUID | None) -> None:
    await using.may_attach(scope, _named(subject))


async def _may_report(scope: Scope, subject: UUID | None) -> None:
    await campaigns.may_attach(scope, _named(subject))


def _named(subject: UUID | None) -> UUID:
    if subject is None:
        raise Invalid(mark("不知道这个文件用在哪里，请刷新页面后再传。"))
    return subject


def _may_answer(purpose: str) -> Check:
    async def check(scope: Scope, subject: UUID | None) -> None:
        await supervision.may_attach(scope, _named(subject), purpose)

    return check


async def _remove_photo(scope: Scope, file: StoredFile, now: datetime) -> None:
    await using.remove_photo(scope, file=file, now=now)


async def _remove_report(scope: Scope, file: StoredFile, now: datetime) -> None:
    await campaigns.remove_evidence(scope, file=file, now=now)


async def _remove_answer(scope: Scope, file: StoredFile, now: datetime) -> None:
    await supervision.remove_paper(scope, file=file, now=now)


async def _may_publish(scope: Scope, subject: UUID | None) -> None:
    await attachments.may_attach(scope, _named(subject))


async def _remove_published(scope: Scope, file: StoredFile, now: datetime) -> None:
    await attachments.remove_attachment(scope, file=file, now=now)


GATES: Final[Mapping[str, Gate]] = {
    "board_file": Gate(_may_publish, _remove_published),
    "decision_photo": Gate(_may_record, _remove_paper),
    "decision_sheet": Gate(_may_record, _remove_paper),
    "evidence": Gate(_may_work, _remove_evidence),
    "campaign_evidence": Gate(_may_report, _remove_report),
    "seal_page": Gate(_may_stamp, _remove_photo),
    "warning_correction": Gate(_may_answer("warning_correction"), _remove_answer),
    "warning_statement": Gate(_may_answer("warning_statement"), _remove_answer),
    "petition_entry": Gate(_with_any("core:petition:enter"), _remove_loose),
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
