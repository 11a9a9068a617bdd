"""The books beside the life of tasks: what one deed may change, and what must hold after each.

A deed runs to its end on one event loop of its own, with a pool that belongs to that loop.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from hypothesis.stateful import RuleBasedStateMachine, invariant

from core.contracts.registry import current
from core.jobs.delivery import Delivery
from core.jobs.relay import Desk
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from core.kernel.scope import Scope
from tests.core.own_loop import Site
from tests.core.tasks.invariants import BROKEN, CLEAR, FINGERPRINT, MOVES, UNTOLD
from tests.factories.world import County

REFUSED = (Conflict, Forbidden, Invalid, NotFound)


class Hands(RuleBasedStateMachine):
    """Lets posts do things one by one, and keeps what it saw: the tables' prints, and every share's state."""

    site: ClassVar[Site]
    steps: ClassVar[int] = 0
    done: ClassVar[dict[str, int]] = {}
    now: datetime

    def open_books(self) -> None:
        """Begin with empty tables, so that each run is the same whatever ran before."""
        self.shares: list[tuple[County, UUID]] = []
        self.states: dict[UUID, str] = {}
        self.regions: dict[UUID, str] = {}
        self.site.run(self.site.admin.execute(CLEAR))
        self.print = self._fingerprint()
        self.checked: dict[tuple[str, str], tuple[int, int]] = {}

    def _fingerprint(self) -> dict[tuple[str, str], tuple[int, int]]:
        rows = self.site.run(self.site.admin.fetch(FINGERPRINT))
        return {(county, table): (count, total) for county, table, count, total in rows}

    def attempt(self, scope: Scope, action: Callable[..., Awaitable[Any]], **given: Any) -> Any:
        """Let a post do one thing. A refusal must leave no trace; a deed none in the other county."""
        type(self).steps += 1

        async def doing() -> Any:
            async with transaction(scope):
                return await action(scope, now=self.now, **given)

        try:
            made = self.site.run(doing())
        except REFUSED:
            assert self._fingerprint() == self.print, f"{action.__name__} was refused and left something"
            return None
        self.done[action.__name__] = self.done.get(action.__name__, 0) + 1
        after = self._fingerprint()
        changed = {county for (county, _), _ in set(self.print.items()) ^ set(after.items())}
        assert changed <= {scope.county}, f"{action.__name__} of {scope.county} changed {changed}"
        self.print = after
        self._follow(action.__name__)
        return made

    def _follow(self, action: str) -> None:
        """Hold every share's move against those there are."""
        rows = self.site.run(
            self.site.admin.fetch(
                "SELECT id, county, region, state FROM assignment ORDER BY created_at, county, region"
            )
        )
        for row in rows:
            before = self.states.get(row["id"])
            if before != row["state"]:
                assert (before, row["state"]) in MOVES.get(action, set()), (
                    f"{action}: {before} to {row['state']}"
                )
            if before is None:
                county = next(c for c in self.site.world.counties if c.code == row["county"])
                self.shares.append((county, row["id"]))
                self.regions[row["id"]] = row["region"]
            self.states[row["id"]] = row["state"]

    def deliver(self, *_: object) -> None:
        """Work off what was announced; whoever took a place is counted now."""
        type(self).steps += 1
        self.site.run(self._deliver())
        self.print = self._fingerprint()
        self._follow("deliver")
        assert self.site.run(self.site.admin.fetch(UNTOLD)) == []
        for name, count in (("goes_on", "'task.goes_on'"), ("hand_on", "'task.goes_on' AND data ? 'lead'")):
            found = self.site.run(self.site.admin.fetchval(f"SELECT count(*) FROM audit_line WHERE action = {count}"))
            self.done[name] = max(self.done.get(name, 0), found)

    async def _deliver(self) -> None:
        desk = Desk(most=9, most_long=2, long_topics=frozenset())
        delivery = Delivery(self.site.relay, current().subscriptions, desk, stopping=lambda: False)
        for _ in range(3):  # what follows may be announced in its turn
            for row in await self.site.relay.fetch("SELECT id FROM outbox WHERE done_at IS NULL ORDER BY id"):
                await delivery.deliver(row["id"])
        failed = await self.site.relay.fetch("SELECT topic, last_error FROM outbox WHERE done_at IS NULL")
        assert failed == []

    @invariant()
    def books_are_right(self) -> None:
        """Ask after each step that changed something; that a refusal changes nothing is held by ``attempt``."""
        if self.checked != self.print:
            assert self.site.run(self.site.admin.fetch(BROKEN)) == []
            self.checked = self.print
