"""The life of tasks under random hands: posts of both counties try everything, and after each step the books are right.

The machine's rules are plain functions; each runs its action to the end on one event loop of its own, with a pool that
belongs to that loop. Time passes as the machine says.
"""

from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from core.contracts.registry import current
from core.jobs.delivery import Delivery
from core.jobs.relay import Desk
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from core.kernel.scope import Scope
from core.tasks.actions.dispatching import dispatch_task
from core.tasks.actions.incoming import Handed, decide_incoming, hand_in, withdraw_incoming
from core.tasks.actions.merging import merge_incoming, unmerge_incoming
from core.tasks.actions.places import take_place
from core.tasks.actions.scoring import accept_submission, return_submission, reverse_score
from core.tasks.actions.steering import (
    escalate_assignment,
    extend_assignment,
    extend_task,
    remind_assignment,
    remind_late,
    withdraw_assignment,
    withdraw_task,
)
from core.tasks.actions.work import (
    Rating,
    acknowledge_assignment,
    add_note,
    allocate_assignment,
    rate_task,
    submit_assignment,
)
from core.tasks.enums import Level, Mode
from tests.core.own_loop import Site
from tests.core.tasks.invariants import BROKEN, CLEAR, FINGERPRINT, MOVES, UNTOLD
from tests.core.tasks.steps import RULE
from tests.databases import DatabaseUrls
from tests.factories.world import NOW, SECOND_VILLAGE, County, order

STEPS = 2_000
WAYS = [
    "dispatch township_leader", "dispatch township_staff", "dispatch county_department", "split", "split",
    *["pair"] * 3, *["recall"] * 3, *["write 圩堤隐患排查"] * 4, "write 没有列入清单的事", "write from above", "incoming_task admit", "incoming_task turn_down",
    "incoming_task withdraw", *["merge"] * 4, *["unmerge one"] * 2, "unmerge all",
    *["incoming_task send"] * 4, "place village_secretary", "place second_village", "place village_cadre",
    *["work acknowledge"] * 4, *["work submit"] * 6, "work give", "work grid", "work note", "work rate", "judge excellent",
    "judge good", "judge fair", "judge poor", *["judge return"] * 2, "judge reverse", "judge reverse", "press remind",
    "press escalate", "press extend", "steer withdraw", "steer extend", "steer remind", "deliver", "deliver",
]  # fmt: skip
EVERYBODY = [
    "township_leader", "township_staff", "county_department", "county_administrator", "village_secretary", "village_cadre",
    "bookkeeper", "grid_worker", "supervision_committee", "second_village",
]  # fmt: skip
REFUSED = (Conflict, Forbidden, Invalid, NotFound)

# Who tries: now and then anybody of either county, mostly one who has a good chance.
anybody = st.tuples(st.sampled_from([0, 1]), st.sampled_from(EVERYBODY))
tries = st.one_of(st.none(), st.none(), st.none(), anybody)
index = st.integers(0, 40)


@pytest.fixture
def site(database_urls: DatabaseUrls) -> Iterator[Site]:
    made = Site(database_urls)
    made.run(made.open())
    try:
        yield made
    finally:
        made.run(made.close())
        made.loop.close()


class Life(RuleBasedStateMachine):
    """Tasks, shares and incoming tasks of both counties, and whoever lays hands on them."""

    site: ClassVar[Site]
    steps: ClassVar[int] = 0
    done: ClassVar[dict[str, int]] = {}

    @initialize()
    def begin(self) -> None:
        """Begin with empty tables, so that each run is the same whatever ran before."""
        self.now = self.due = NOW
        self.who: tuple[int, str] | None = None
        self.county = self.site.world.nan
        self.tasks: list[tuple[County, UUID]] = []
        self.shares: list[tuple[County, UUID]] = []
        self.incoming: list[tuple[County, UUID]] = []
        self.states: dict[UUID, str] = {}
        self.regions: dict[UUID, str] = {}
        self.site.run(self.site.admin.execute(CLEAR))
        self.print = self._fingerprint()
        self.checked: dict[tuple[str, str], tuple[int, int]] = {}
        self.due = NOW + timedelta(days=9)
        for county in self.site.world.counties:
            self.county = county
            for number in (3, 2):  # named villages, and two places
                self.dispatch("township_leader", number)
        type(self).steps -= 4

    def _fingerprint(self) -> dict[tuple[str, str], tuple[int, int]]:
        rows = self.site.run(self.site.admin.fetch(FINGERPRINT))
        return {(county, table): (count, total) for county, table, count, total in rows}

    def _try(self, scope: Scope, action: Callable[..., Awaitable[Any]], **given: Any) -> Any:
        """Let a post do one thing. A refusal must leave no trace; a deed none in the other county."""
        type(self).steps += 1

        async def attempt() -> Any:
            async with transaction(scope):
                return await action(scope, now=self.now, **given)

        try:
            made = self.site.run(attempt())
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

    @rule(
        way=st.sampled_from(WAYS),
        number=index,
        days=st.integers(0, 20),
        who=tries,
        which=st.sampled_from([0, 1]),
    )
    def act(self, way: str, number: int, days: int, who: tuple[int, str] | None, which: int) -> None:
        """Do one thing. One rule for all of them: rules of their own would be left out of whole runs by turns."""
        self.now += timedelta(minutes=37 * (1 + number % 40))
        self.who, self.county, self.due = (
            who,
            self.site.world.counties[which],
            self.now + timedelta(days=days),
        )
        kind, _, what = way.partition(" ")
        getattr(self, kind)(what, number)

    def _scope(self, role: str, county: County | None = None) -> Scope:
        chosen = county or self.county
        return (
            chosen.scope(role)
            if self.who is None
            else self.site.world.counties[self.who[0]].scope(self.who[1])
        )

    def _send(self, scope: Scope, **changes: Any) -> None:
        sending = order(self.county, **{"due_at": self.due, **changes})
        made = self._try(scope, dispatch_task, order=sending, rule={})
        if made is not None:
            self.tasks.append((self.county, made.task))

    def dispatch(self, role: str, number: int) -> None:
        """Send to named receivers below, or open places."""
        scope = self._scope(role)
        county = self.county
        if scope.level != 4:
            self._send(scope, regions=(county.township,))
        elif number % 3:
            self._send(scope, mode=Mode.OPEN, regions=(), places=number % 3)
        else:
            self._send(scope, regions=(county.village, county.code + SECOND_VILLAGE))

    def split(self, _: str, number: int) -> None:
        """Give a share on to the villages."""
        mine = [share for share in self.shares if self.regions[share[1]] == share[0].township]
        if share := self._share(number, {"sent", "in_hand", "returned"}, mine):
            changes = {"mode": Mode.OPEN, "regions": (), "places": 1} if number % 2 else {}
            self._send(self._scope("township_leader"), parent_assignment=share, **changes)

    def write(self, title: str, number: int) -> None:
        """Hand a matter in, now and then one that came down as a share."""
        share = None
        if title == "from above":
            mine = [each for each in self.shares if self.regions[each[1]] == each[0].township]
            share = self._share(number, {"sent", "in_hand", "returned"}, mine)
            title = "圩堤隐患排查"
        self._hand_in(share, title=title)

    def _matters(self, *states: str) -> list[Any]:
        """Give the matters in these states of the county that has more of them, and stand there."""
        rows = "SELECT id, county, merged_into FROM incoming_task WHERE state = ANY($1) ORDER BY created_at, id"
        found = self.site.run(self.site.admin.fetch(rows, list(states)))
        of = {county.code: [row for row in found if row["county"] == county.code] for county in self.site.world.counties}
        self.county = max(self.site.world.counties, key=lambda county: len(of[county.code]))
        return of[self.county.code]

    def pair(self, _: str, number: int) -> None:
        """Let the department send the same twice; the township merges both, mostly with one of its own, and sends them on."""
        before = len(self.shares)
        for _each in range(2):
            self._send(self._scope("county_department"), regions=(self.county.township,))
        made = [self._hand_in(share) for _, share in self.shares[before:]] + ([self._hand_in(None)] if number % 3 else [])
        matters = [each for each in made if each is not None]
        scope = self._scope("township_leader")
        if len(matters) > 1 and self._try(scope, merge_incoming, leading=matters[0], sources=matters[1:], reason="同一件事"):
            villages = (self.county.village, self.county.code + SECOND_VILLAGE)
            self._send(scope, incoming=matters[0], regions=villages[: 1 + number % 2])

    def _hand_in(self, share: UUID | None, *, title: str = "圩堤隐患排查") -> UUID | None:
        matter = Handed(title=title, body="请各村排查。", level=Level.VILLAGE, assignment=share)
        made = self._try(self._scope("township_staff"), hand_in, handed=matter)
        if made is not None:
            self.incoming.append((self.county, made.id))
        return None if made is None else made.id

    def recall(self, _: str, number: int) -> None:
        """Let the department take back what it sent, the whole task or one share of it."""
        sql = "SELECT id, county FROM task WHERE region = county AND state = 'active' ORDER BY created_at, id"
        found = self.site.run(self.site.admin.fetch(sql))
        if not found:
            return
        row = found[-1 - number % len(found)]
        self.county = next(each for each in self.site.world.counties if each.code == row["county"])
        shares = [share for county, share in self.shares if county is self.county and self.regions[share] == county.township]
        if number % 2 or not shares:
            self._try(self._scope("county_department"), withdraw_task, task=row["id"], reason="改期")
        else:
            self._try(self._scope("county_department"), withdraw_assignment, assignment=shares[-1 - number % len(shares)], reason="改期")

    def merge(self, _: str, number: int) -> None:
        """Merge two or three matters; now and then one that moved on."""
        open_to_it = self._matters("passed", "held") if number % 9 else self._matters("passed", "merged", "dispatched")
        if len(open_to_it) > 1:
            chosen = [open_to_it[(number + n) % len(open_to_it)]["id"] for n in range(2 + number % 2)]
            scope = self._scope("township_leader")
            self._try(scope, merge_incoming, leading=chosen[0], sources=chosen[1:], reason="同一件事")

    def unmerge(self, way: str, number: int) -> None:
        """Part one matter from its leading one, or all; also after the dispatch, which is refused."""
        which = ("merged",) if number % 5 else ("merged", "dispatched")
        merged = [row for row in self._matters(*which) if row["merged_into"]]
        if merged:
            row = merged[number % len(merged)]
            sources = [row["id"]] if way == "one" else None
            self._try(self._scope("township_leader"), unmerge_incoming, leading=row["merged_into"], sources=sources)

    def incoming_task(self, way: str, number: int) -> None:
        """Decide on an incoming task, take it back, or send it."""
        if not self.incoming:
            return
        self.county, incoming = self.incoming[-1 - number % len(self.incoming)]
        scope = self._scope("township_leader")
        if way == "send":
            self._send(scope, incoming=incoming)
        elif way == "withdraw":
            self._try(scope, withdraw_incoming, incoming=incoming, reason="重复")
        else:
            self._try(scope, decide_incoming, incoming=incoming, transition=way, reason="定了")

    def place(self, role: str, number: int) -> None:
        """Take an open place."""
        if self.tasks:
            self.county, task = self.tasks[-1 - number % len(self.tasks)]
            self._try(self._scope(role), take_place, task=task)

    def _share(
        self, number: int, states: set[str], among: list[tuple[County, UUID]] | None = None
    ) -> UUID | None:
        """Choose a share, mostly one in a state where it may go on, and stand in its county."""
        shares = self.shares if among is None else among
        fitting = [share for share in shares if self.states[share[1]] in states]
        chosen = fitting if fitting and number % 7 else shares
        if not chosen:
            return None
        self.county, share = chosen[-1 - number % len(chosen)]
        return share

    def _receiver(self, share: UUID) -> Scope:
        region = self.regions[share]
        if region == self.county.township:
            return self._scope("township_leader")
        return self._scope("second_village" if region.endswith(SECOND_VILLAGE) else "village_secretary")

    def work(self, way: str, number: int) -> None:
        """Do what a receiver does."""
        states = {
            "acknowledge": {"sent"},
            "submit": {"in_hand", "returned"},
            "rate": {"submitted", "accepted"},
        }
        share = self._share(number, states.get(way, {"sent", "in_hand"}))
        if share is None:
            return
        given: dict[str, tuple[Callable[..., Awaitable[Any]], dict[str, Any]]] = {
            "acknowledge": (acknowledge_assignment, {}),
            "submit": (submit_assignment, {"text": "办好了"}),
            "give": (allocate_assignment, {"membership": self.county.scope("village_cadre").membership}),
            "grid": (allocate_assignment, {"grid": self.county.grid}),
            "note": (add_note, {"text": "在路上"}),
            "rate": (rate_task, {"rating": Rating(clarity=4, time_given=3, need=5, burden_hours=Decimal(2))}),
        }
        action, more = given[way]
        self._try(self._receiver(share), action, assignment=share, **more)

    def judge(self, way: str, number: int) -> None:
        """Do what a sender does with a result."""
        share = self._share(number, {"accepted"} if way == "reverse" else {"submitted"})
        if share is None:
            return
        scope = self._sender(share)
        if way == "return":
            self._try(scope, return_submission, assignment=share, reason="缺一处")
        elif way == "reverse":
            self._try(scope, reverse_score, assignment=share, reason="不实")
        else:
            self._try(scope, accept_submission, assignment=share, grade=way, rule=RULE)

    def _sender(self, share: UUID) -> Scope:
        by_county = self.regions[share] == self.county.township
        return self._scope("county_department" if by_county else "township_leader")

    def press(self, way: str, number: int) -> None:
        """Do what a sender does with one slow share."""
        share = self._share(number, {"sent", "in_hand", "returned"})
        if share is None:
            return
        if way == "remind":
            self._try(self._sender(share), remind_assignment, assignment=share)
        elif way == "escalate":
            self._try(self._sender(share), escalate_assignment, assignment=share, reason="太慢")
        else:
            self._try(self._sender(share), extend_assignment, assignment=share, due_at=self.due, reason="雨")

    def steer(self, way: str, number: int) -> None:
        """Do what a sender does with a whole task."""
        if not self.tasks:
            return
        self.county, task = self.tasks[-1 - number % len(self.tasks)]
        scope = self._scope("township_leader")
        if way == "withdraw":
            self._try(scope, withdraw_task, task=task, reason="不办了")
        elif way == "extend":
            self._try(scope, extend_task, task=task, due_at=self.due, reason="雨")
        else:
            self._try(scope, remind_late, task=task)

    def deliver(self, _: str, __: int) -> None:
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
        """Ask after each step that changed something; that a refusal changes nothing is held by ``_try``."""
        if self.checked != self.print:
            assert self.site.run(self.site.admin.fetch(BROKEN)) == []
            self.checked = self.print


def test_life_of_tasks_under_random_hands(site: Site) -> None:
    Life.site, Life.steps, Life.done = site, 0, {}
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=64, stateful_step_count=50, deadline=None, derandomize=True, database=None,
            phases=(Phase.generate, Phase.shrink), suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    assert Life.steps >= STEPS, Life.steps
    names = {
        *MOVES,
        "hand_in",
        "decide_incoming",
        "withdraw_incoming",
        "merge_incoming",
        "unmerge_incoming",
        "reverse_score",
        "rate_task",
        "remind_late",
        "goes_on",
        "hand_on",
    }
    assert names - {"deliver"} <= {name for name, count in Life.done.items() if count}, sorted(Life.done.items())
