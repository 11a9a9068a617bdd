"""Guards of transitions: a plugin may hold back a step of a procedure, with a reason. They fail closed."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog

from core.contracts.registry import current
from core.contracts.task_kinds import NOTHING
from core.kernel.errors import Conflict, ProductError, mark
from core.kernel.scope import Scope

_log: Final = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Step:
    """The transition that somebody is about to make: whose, of what, with what."""

    workflow: str
    transition: str
    subject: UUID
    at: datetime
    data: Mapping[str, Any] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True)
class TransitionGuard:
    """One condition before a transition of a workflow.

    ``check`` runs inside the action's open transaction, reads and never writes, and gives the reason (a
    source text) why the step may not be made, or None. A check that raises holds the step back as well.
    """

    name: str
    title: str
    workflow: str
    transition: str
    check: Callable[[Scope, Step], Awaitable[str | None]]
    plugin: str = ""


async def ask_guards(
    scope: Scope,
    workflow: str,
    transition: str,
    *,
    subject: UUID,
    now: datetime,
    data: Mapping[str, Any] = NOTHING,
) -> None:
    """Ask every guard of the transition; call it in the action, before the guarded update.

    Raises ``Conflict`` naming the guard and its reason. Guards of plugins that are not on in the county are
    not asked.
    """
    step = Step(workflow, transition, subject, now, data)
    for guard in current().active(TransitionGuard, scope):
        if (guard.workflow, guard.transition) == (workflow, transition):
            await _ask(scope, guard, step)


async def why_held_back(
    scope: Scope, workflow: str, transition: str, *, subject: UUID, now: datetime
) -> str | None:
    """Give the reason why a guard would not allow the step now, for a page that shows no button then; None where none objects."""
    step = Step(workflow, transition, subject, now)
    for guard in current().active(TransitionGuard, scope):
        if (guard.workflow, guard.transition) == (workflow, transition):
            reason = await guard.check(scope, step)
            if reason is not None:
                return reason
    return None


async def _ask(scope: Scope, guard: TransitionGuard, step: Step) -> None:
    try:
        reason = await guard.check(scope, step)
    except ProductError:
        raise
    except Exception as error:
        _log.exception("guard failed", guard=guard.name, plugin=guard.plugin)
        raise Conflict(
            mark("“%(guard)s”没有检查成功，这一步暂时不能办。请稍后再试，或联系管理员。"), guard=guard.title
        ) from error
    if reason is not None:
        raise Conflict(mark("“%(guard)s”不同意这一步：%(reason)s"), guard=guard.title, reason=reason)
