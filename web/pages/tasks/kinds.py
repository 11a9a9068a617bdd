"""Kinds of task: what packages and plugins offer to a dispatcher, and what a chosen kind brings along."""

from dataclasses import replace

from core.contracts.registry import current
from core.contracts.task_kinds import TaskKind
from core.kernel.errors import Invalid, mark
from core.kernel.scope import Scope
from core.tasks.actions.dispatching import Item, Order
from core.tasks.rules import EvidenceWanted
from web.answers import Request, say


def kind_choices(request: Request, scope: Scope) -> list[tuple[str, str, str]]:
    """Give name, title and hint of each kind that may be sent here; empty where there is nothing to choose."""
    return [
        (kind.name, say(request, kind.title), say(request, kind.hint))
        for kind in current().active(TaskKind, scope)
    ]


def wrong_kind(scope: Scope, name: str) -> dict[str, str]:
    """Say that a kind cannot be sent here, by field; empty for those that can, and for none."""
    known = {kind.name for kind in current().active(TaskKind, scope)}
    return {} if not name or name in known else {"kind": mark("这种任务现在不能派，请重新选择。")}


def with_kind(scope: Scope, order: Order, name: str) -> Order:
    """Make the order one of a kind: its title becomes the category, what it wants is wanted at least.

    Raises ``Invalid`` for a kind that cannot be sent here, perhaps since its plugin was switched off
    meanwhile.
    """
    if not name:
        return order
    if wrong := wrong_kind(scope, name):
        raise Invalid(fields=wrong)
    chosen = [kind for kind in current().active(TaskKind, scope) if kind.name == name]
    wanted, least = order.evidence, EvidenceWanted.of({"text": False, **chosen[0].evidence})
    evidence = EvidenceWanted(
        text=wanted.text or least.text,
        photos=max(wanted.photos, least.photos),
        files=max(wanted.files, least.files),
    )
    return replace(order, item=replace(order.item or Item(), category=chosen[0].title), evidence=evidence)
