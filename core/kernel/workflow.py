"""The process shown is the process run.

Each procedure is one declared ``Workflow``. Buttons, guards, deadlines and the flow chart that people see are all read from
the same object, so that none of them can say something the others do not.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from core.kernel.errors import Conflict, mark


@dataclass(frozen=True, slots=True)
class State:
    """One state. ``title`` and ``step`` are source texts; states of one ``step`` are one dot of the stepper."""

    name: str
    title: str
    step: str = ""
    tone: str = "plain"
    final: bool = False


@dataclass(frozen=True, slots=True)
class Transition:
    """One way on. ``permission`` is who may, ``needs`` what must be there, ``side`` whose turn it is."""

    name: str
    title: str
    sources: frozenset[str]
    target: str
    permission: str
    side: str
    needs: tuple[str, ...] = ()
    asks_reason: bool = False
    danger: bool = False


@dataclass(frozen=True)
class Workflow:
    """A procedure. Raises ``ValueError`` at once when a transition names an unknown state."""

    name: str
    title: str
    start: str
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]
    steps: tuple[tuple[str, str], ...] = field(default=())

    def __post_init__(self) -> None:
        known = {state.name for state in self.states}
        named = {self.start} | {t.target for t in self.transitions}
        named |= {source for t in self.transitions for source in t.sources}
        if unknown := named - known:
            raise ValueError(f"{self.name}: unknown states {sorted(unknown)}")
        final = {state.name for state in self.states if state.final}
        if stuck := final & {source for t in self.transitions for source in t.sources}:
            raise ValueError(f"{self.name}: final states with a way on {sorted(stuck)}")

    @cached_property
    def by_state(self) -> Mapping[str, State]:
        return {state.name: state for state in self.states}

    @cached_property
    def by_transition(self) -> Mapping[str, Transition]:
        return {transition.name: transition for transition in self.transitions}

    def open_transitions(self, state: str, permissions: Iterable[str], *, side: str) -> list[Transition]:
        """Give the ways on that this side may go now: the page's buttons."""
        held = frozenset(permissions)
        return [t for t in self.transitions if state in t.sources and t.side == side and t.permission in held]

    def target_of(self, transition: str, state: str) -> str:
        """Give the state a transition leads to; raises ``Conflict`` where it does not start from ``state``."""
        way = self.by_transition[transition]
        if state not in way.sources:
            raise Conflict(
                mark("“%(title)s”现在不能办：这件事的状态是“%(state)s”。请刷新后再看。"),
                title=way.title,
                state=self.by_state[state].title,
            )
        return way.target

    def sources_of(self, transition: str) -> list[str]:
        """Give the states a guarded update may start from, sorted for a stable statement."""
        return sorted(self.by_transition[transition].sources)
