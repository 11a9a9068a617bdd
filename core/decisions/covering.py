"""What rests on a decision: a ready guard that holds a step back until its resolution was made public."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final
from uuid import UUID

from core.contracts.guards import Step, TransitionGuard
from core.decisions.queries import Covering, decision_covering
from core.kernel.errors import mark
from core.kernel.scope import Scope

NONE: Final = mark("这件事还没有经过民主决策。请先发起决策，决议公开期满后再办。")
RUNNING: Final = mark("这件事的民主决策还没有走完：决议公开期满后才能办这一步。")
FAILED: Final = mark("这件事的民主决策没有通过或已撤回，不能办这一步。")
TOO_MUCH: Final = mark("金额超过了决议的金额，请按超出的部分重新决策。")


def _itself(step: Step) -> UUID:
    return step.subject


def why_not(found: Covering | None, *, money: Decimal | None = None) -> str | None:
    """Say as a source text why nothing may rest on this yet; None where it may."""
    if found is None:
        return NONE
    if found.failed:
        return FAILED
    if not found.stands:
        return RUNNING
    if money is not None and found.money is not None and money > found.money:
        return TOO_MUCH
    return None


def needs_decision(
    name: str,
    title: str,
    *,
    workflow: str,
    transition: str,
    kind: str,
    subject: Callable[[Step], UUID] = _itself,
    money: Callable[[Step], Decimal | None] | None = None,
) -> TransitionGuard:
    """Make a guard: the step waits until a decision about its subject (of ``kind``) was resolved and public for its days.

    ``subject`` says which thing the step is about (default: the workflow's own). With ``money`` the step's sum may not go
    beyond the resolution's.
    """

    async def check(scope: Scope, step: Step) -> str | None:
        found = await decision_covering(scope, kind, subject(step))
        return why_not(found, money=money(step) if money is not None else None)

    return TransitionGuard(name, title, workflow, transition, check)
