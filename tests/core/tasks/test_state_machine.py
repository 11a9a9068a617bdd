"""The life of tasks under random hands: posts of both counties try everything, and after each step the books are right.

The machine's rules are plain functions. Time passes as the machine says.
"""

from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    rule,
    run_state_machine_as_test,
)

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
from tests.core.tasks.hands import Hands
from tests.core.tasks.invariants import MOVES
from tests.core.tasks.steps import RULE
from tests.databases import DatabaseUrls
from tests.factories.world import NOW, SECOND_VILLAGE, County, order

STEPS = 2_000
WAYS = [
    "dispatch township_leader", "dispatch township_staff", "dispatch county_department", "split", "split",
    *["pair"] * 3, *["recall"] * 4, *["write 圩堤隐患排查"] * 3, *["write 没有列入清单的事"] * 2, "write from above",
    *["incoming_task admit"] * 2, *["incoming_task turn_down"] * 2, *["incoming_task withdraw"] * 3, *["merge"] * 3,
    *["unmerge one"] * 3, *["unmerge all"] * 2, *["incoming_task send"] * 4, *["place village_secretary"] * 2,
    *["place second_village"] * 2, "place village_cadre", *["work acknowledge"] * 4, *["work submit"] * 6, "work give", "work grid",
    "work note", "work rate", "judge excellent", "judge good", "judge fair", "judge poor", *["judge return"] * 2,
    *["judge reverse"] * 3, "press remind", "press escalate", "press extend", "steer withdraw", "steer extend", "steer remind",
    *["deliver"] * 3,
]  # fmt: skip
EVERYBODY = [
    "township_leader", "township_staff", "county_department", "county_administrator", "village_secretary", "village_cadre",
    "bookkeeper", "grid_worker", "supervision_committee", "second_village",
]  # fmt: skip

MATTERS = """
SELECT m.id, m.county, m.merged_into, l.state AS leads FROM incoming_task m
LEFT JOIN incoming_task l ON l.county = m.county AND l.id = m.merged_into WHERE m.state = ANY($1) ORDER BY m.created_at, m.id
"""

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


class Life(Hands):
    """Tasks, shares and incoming tasks of both counties, and whoever lays hands on them."""

    @initialize()
    def begin(self) -> None:
        """Begin with empty tables, so that each run is the same whatever ran before."""
        self.now = self.due = NOW
        self.who: tuple[int, str] | None = None
        self.county = self.site.world.nan
        self.tasks: list[tuple[County, UUID]] = []
        self.incoming: list[tuple[County, UUID]] = []
        self.open_books()
        self.due = NOW + timedelta(days=9)
        for county in self.site.world.counties:
            self.county = county
            for number in (3, 2):  # named villages, and two places
                self.dispatch("township_leader", number)
        type(self).steps -= 4

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
        made = self.attempt(scope, dispatch_task, order=sending, rule={})
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
        found = self.site.run(self.site.admin.fetch(MATTERS, list(states)))
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
        if len(matters) > 1 and self.attempt(scope, merge_incoming, leading=matters[0], sources=matters[1:], reason="同一件事"):
            villages = (self.county.village, self.county.code + SECOND_VILLAGE)
            self._send(scope, incoming=matters[0], regions=villages[: 1 + number % 2])

    def _hand_in(self, share: UUID | None, *, title: str = "圩堤隐患排查") -> UUID | None:
        matter = Handed(title=title, body="请各村排查。", level=Level.VILLAGE, assignment=share)
        made = self.attempt(self._scope("township_staff"), hand_in, handed=matter)
        if made is not None:
            self.incoming.append((self.county, made.id))
        return None if made is None else made.id

    def recall(self, _: str, number: int) -> None:
        """Let the department take back what it sent, the whole task or one share of it."""
        sql = "SELECT id, county FROM task WHERE region = county AND state = 'active' ORDER BY created_at, id"
        found = self.site.run(self.site.admin.fetch(sql))
        if not found:
            return
        row = found[-1 - number % min(3, len(found))]
        self.county = next(each for each in self.site.world.counties if each.code == row["county"])
        shares = [share for county, share in self.shares if county is self.county and self.regions[share] == county.township]
        if number % 2 or not shares:
            self.attempt(self._scope("county_department"), withdraw_task, task=row["id"], reason="改期")
        else:
            self.attempt(self._scope("county_department"), withdraw_assignment, assignment=shares[-1 - number % len(shares)], reason="改期")

    def merge(self, _: str, number: int) -> None:
        """Merge two or three matters; now and then one that moved on."""
        open_to_it = self._matters("passed", "held") if number % 9 else self._matters("passed", "merged", "dispatched")
        if len(open_to_it) > 1:
            chosen = [open_to_it[(number + n) % len(open_to_it)]["id"] for n in range(2 + number % 2)]
            scope = self._scope("township_leader")
            self.attempt(scope, merge_incoming, leading=chosen[0], sources=chosen[1:], reason="同一件事")

    def unmerge(self, way: str, number: int) -> None:
        """Part one matter from its leading one, or all; also after the dispatch, which is refused."""
        merged = [row for row in self._matters("merged") if row["leads"] != "dispatched" or not number % 5]
        if merged:
            row = merged[number % len(merged)]
            sources = [row["id"]] if way == "one" else None
            self.attempt(self._scope("township_leader"), unmerge_incoming, leading=row["merged_into"], sources=sources)

    def incoming_task(self, way: str, number: int) -> None:
        """Decide on an incoming task, take it back, or send it."""
        if not self.incoming:
            return
        self.county, incoming = self.incoming[-1 - number % len(self.incoming)]
        scope = self._scope("township_leader")
        if way == "send":
            self._send(scope, incoming=incoming)
        elif way == "withdraw":
            self.attempt(scope, withdraw_incoming, incoming=incoming, reason="重复")
        else:
            self.attempt(scope, decide_incoming, incoming=incoming, transition=way, reason="定了")

    def place(self, role: str, number: int) -> None:
        """Take an open place."""
        if self.tasks:
            self.county, task = self.tasks[-1 - number % len(self.tasks)]
            self.attempt(self._scope(role), take_place, task=task)

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
        self.attempt(self._receiver(share), action, assignment=share, **more)

    def judge(self, way: str, number: int) -> None:
        """Do what a sender does with a result."""
        share = self._share(number, {"accepted"} if way == "reverse" else {"submitted"})
        if share is None:
            return
        scope = self._sender(share)
        if way == "return":
            self.attempt(scope, return_submission, assignment=share, reason="缺一处")
        elif way == "reverse":
            self.attempt(scope, reverse_score, assignment=share, reason="不实")
        else:
            self.attempt(scope, accept_submission, assignment=share, grade=way, rule=RULE)

    def _sender(self, share: UUID) -> Scope:
        by_county = self.regions[share] == self.county.township
        return self._scope("county_department" if by_county else "township_leader")

    def press(self, way: str, number: int) -> None:
        """Do what a sender does with one slow share."""
        share = self._share(number, {"sent", "in_hand", "returned"})
        if share is None:
            return
        if way == "remind":
            self.attempt(self._sender(share), remind_assignment, assignment=share)
        elif way == "escalate":
            self.attempt(self._sender(share), escalate_assignment, assignment=share, reason="太慢")
        else:
            self.attempt(self._sender(share), extend_assignment, assignment=share, due_at=self.due, reason="雨")

    def steer(self, way: str, number: int) -> None:
        """Do what a sender does with a whole task."""
        if not self.tasks:
            return
        self.county, task = self.tasks[-1 - number % len(self.tasks)]
        scope = self._scope("township_leader")
        if way == "withdraw":
            self.attempt(scope, withdraw_task, task=task, reason="不办了")
        elif way == "extend":
            self.attempt(scope, extend_task, task=task, due_at=self.due, reason="雨")
        else:
            self.attempt(scope, remind_late, task=task)


def test_life_of_tasks_under_random_hands(site: Site) -> None:
    Life.site, Life.steps, Life.done = site, 0, {}
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=96, stateful_step_count=50, deadline=None, derandomize=True, database=None,
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
