"""The life of petitions under random hands: villagers and posts of both counties try everything, and after each step all is right.

Each deed runs to its end on one event loop, with a pool that belongs to that loop. Time passes as the machine says.
"""

from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from core.contracts.registry import current
from core.jobs.delivery import Delivery
from core.jobs.relay import Desk as Relay
from core.jobs.ticker import Ticker
from core.kernel.database import transaction
from core.kernel.errors import ProductError
from core.kernel.scope import Scope
from core.petitions.actions import following as f
from core.petitions.actions import handling as h
from core.petitions.actions import joining as j
from core.petitions.actions import overseeing as o
from core.petitions.actions.handling import Answer, Desk
from core.petitions.actions.raising import enter_petition, raise_petition
from core.petitions.public import followed, following_scope, raising_scope
from core.petitions.rules import Sender, new_receipt
from tests.core.own_loop import Site
from tests.core.petitions.invariants import BROKEN, CLEAR, FINGERPRINT, MOVES
from tests.core.petitions.matters import said
from tests.databases import DatabaseUrls
from tests.factories.world import NOW, SECOND_VILLAGE, County

STEPS = 2_000
WAYS = [
    "raise complaint", "raise complaint", "raise help", "raise suggestion", "raise supervision", "raise named", "enter visit",
    *["handle accept"] * 6, *["handle answer"] * 5, "handle note", "handle reveal", "handle refuse", *["handle merge"] * 4,
    *["handle unmerge"] * 3, "send township", "send office", "send grid", "send village", "send county", "over press", "over press",
    *["over abuse"] * 2, *["over clear"] * 5, "over take", *["mine judge"] * 4, *["mine reopen"] * 4, "mine add", "mine remind", *["deliver -"] * 5,
    "wait 3", "wait 12",
]  # fmt: skip
EVERYBODY = [
    "township_leader", "township_staff", "county_department", "county_administrator", "county_inspector", "village_secretary",
    "village_cadre", "bookkeeper", "grid_worker", "supervision_committee", "second_village",
]  # fmt: skip
STATES = {
    "accept": {"raised"}, "answer": {"in_hand"}, "note": {"raised", "in_hand"}, "reveal": {"raised", "in_hand"}, "refuse": {"raised"},
    "merge": {"raised", "in_hand"}, "unmerge": {"merged"}, "judge": {"answered"}, "reopen": {"answered", "closed", "refused"},
    "add": {"raised", "in_hand", "merged"}, "remind": {"raised", "in_hand"}, "press": {"raised", "in_hand"}, "abuse": {"raised", "in_hand"},
    "take": {"raised", "in_hand"}, "clear": {"refused"},
}  # fmt: skip
NEW_TIMES = {"reopen_petition", "clear_abuse"}  # the matter they are done to has a new time of its own
anybody = st.tuples(st.sampled_from([0, 1]), st.sampled_from(EVERYBODY))
tries = st.one_of(st.none(), st.none(), st.none(), anybody)


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
    """Petitions of both counties, and whoever lays hands on them."""

    site: ClassVar[Site]
    steps: ClassVar[int] = 0
    done: ClassVar[dict[str, int]] = {}

    @initialize()
    def begin(self) -> None:
        """Begin with empty tables, so that each run is the same whatever ran before."""
        self.now, self.who, self.county = NOW, None, self.site.world.nan
        self.matters: list[tuple[County, UUID, str]] = []
        self.rows: dict[UUID, Any] = {}
        self.own: dict[UUID, Any] = {}
        self.checked: Any = None
        self.site.run(self.site.admin.execute(CLEAR))
        self.print = self._fingerprint()
        for kind in ("complaint", "help", "supervision"):
            self.raise_("complaint" if kind == "help" else kind, 1)
        self.deliver("-", 0)
        type(self).steps -= 4

    def _fingerprint(self) -> dict[tuple[str, str], tuple[int, int]]:
        rows = self.site.run(self.site.admin.fetch(FINGERPRINT))
        return {(county, table): (count, total) for county, table, count, total in rows}

    def _try(self, scope: Scope, action: Callable[..., Awaitable[Any]], **given: Any) -> Any:
        """Let somebody do one thing. A refusal leaves no trace; a deed none in the other county."""
        type(self).steps += 1

        async def attempt() -> Any:
            async with transaction(scope):
                return await action(scope, now=self.now, **given)

        try:
            made = self.site.run(attempt())
        except ProductError:
            assert self._fingerprint() == self.print, f"{action.__name__} was refused and left something"
            return None
        name = action.__name__
        self.done[name] = self.done.get(name, 0) + 1
        after = self._fingerprint()
        changed = {county for (county, _), _ in set(self.print.items()) ^ set(after.items())}
        assert changed <= {scope.county}, f"{name} of {scope.county} changed {changed}"
        self.print = after
        self._follow(name)
        return made if made is not None else True

    def _follow(self, deed: str) -> None:
        """Hold every move against those there are."""
        rows = self.site.run(self.site.admin.fetch("SELECT * FROM petition"))
        for row in rows:
            before = self.rows.get(row["id"])
            state = before["state"] if before is not None else None
            if state != row["state"]:
                assert (state, row["state"]) in MOVES.get(deed, set()), f"{deed}: {state} to {row['state']}"
            if before is not None and deed not in {"reopen_petition", "judge_petition"}:
                assert before["villager_solved"] == row["villager_solved"], f"{deed} spoke for the villager"
            if before is not None and deed != "answer_petition":
                assert before["office_solved"] == row["office_solved"], f"{deed} spoke for the office"
        self._follow_deadlines(deed, {row["id"]: row for row in rows})
        self.rows = {row["id"]: row for row in rows}

    def _follow_deadlines(self, deed: str, rows: dict[UUID, Any]) -> None:
        """Hold deadlines against those each matter has by itself: joining takes the earliest, parting gives all others back."""
        for which, row in rows.items():
            before = self.rows.get(which)
            begun = before is not None and deed in NEW_TIMES and before["changed_at"] != row["changed_at"]
            if before is None or begun or len(row["desk"]) != len(before["desk"]):  # within one authority the time runs on
                self.own[which] = row["due_at"]
            if before is not None and before["state"] != "merged" and row["state"] == "merged":
                main, old = rows[row["merged_into"]], self.rows[row["merged_into"]]
                assert main["due_at"] == min(old["due_at"], row["due_at"]), "joined, and not by the earliest deadline"
            if before is not None and deed == "unmerge_petition" and before["state"] == "merged" and row["state"] == "raised":
                assert row["due_at"] == self.own[which], "parted, and not with the deadline it had"
            lent = [part["lent_due_at"] for part in rows.values() if part["merged_into"] == which and part["state"] == "merged"]
            if row["state"] in {"raised", "in_hand"}:
                assert row["due_at"] == min([self.own[which], *(each for each in lent if each)]), f"{deed}: whose deadline is this?"

    @rule(way=st.sampled_from(WAYS), number=st.integers(0, 40), who=tries, which=st.sampled_from([0, 1]))
    def act(self, way: str, number: int, who: tuple[int, str] | None, which: int) -> None:
        """Do one thing. One rule for all of them: rules of their own would be left out of whole runs by turns."""
        self.now += timedelta(minutes=37 * (1 + number % 40))
        self.who, self.county = who, self.site.world.counties[which]
        kind, _, what = way.partition(" ")
        getattr(self, f"{kind}_" if kind == "raise" else kind)(what, number)

    def raise_(self, kind: str, number: int) -> None:
        """Raise a matter as a stranger, now and then about somebody by name."""
        place = self.county.code + SECOND_VILLAGE if number % 5 == 0 else self.county.village
        changes: dict[str, Any] = {"kind": kind, "phone": f"1391234{number:04}" if number % 2 else ""}
        if kind == "supervision":
            changes["about"] = ("village", "station", "township")[number % 3]
        if kind == "named":
            changes |= {"kind": "complaint", "body": "村书记王建国一直不管。" if number % 2 else "李春梅说话难听。"}
        receipt, scope = new_receipt(), raising_scope(place, self.county.code)
        sender = Sender(address=f"192.0.2.{number}")
        made = self._try(scope, raise_petition, raised=said(**changes), receipt=receipt, sender=sender)
        if made is not None:
            self.matters.append((self.county, made, receipt))

    def enter(self, source: str, number: int) -> None:
        """Enter what came elsewhere."""
        scope, receipt = self._scope("township_staff"), new_receipt()
        kind = "help" if number % 2 else "suggestion"
        made = self._try(
            scope, enter_petition, raised=said(source=source, kind=kind, phone=""), region=self.county.village, receipt=receipt
        )
        if made is not None:
            self.matters.append((self.county, made, receipt))

    def _scope(self, role: str) -> Scope:
        if self.who is not None:
            return self.site.world.counties[self.who[0]].scope(self.who[1])
        return self.county.scope(role)

    def _choose(self, what: str, number: int) -> tuple[UUID, str] | None:
        fitting = [m for m in self.matters if self.rows[m[1]]["state"] in STATES.get(what, {"raised", "in_hand"})]
        chosen = fitting if fitting and number % 7 else self.matters
        if not chosen:
            return None
        self.county, petition, receipt = chosen[-1 - number % len(chosen)]
        return petition, receipt

    def _desk_of(self, petition: UUID) -> Scope:
        """Give the post that most likely has it on the desk."""
        row = self.rows[petition]
        if row["kind"] == "supervision":
            return self._scope("supervision_committee" if row["floor"] == 5 else "county_inspector")
        if row["grid_id"] is not None:
            return self._scope("grid_worker")
        if row["office_id"] is not None:
            return self._scope("township_staff")
        roles = {6: "county_inspector", 9: "township_leader"}
        return self._scope(
            roles.get(len(row["desk"]), "second_village" if row["desk"].endswith(SECOND_VILLAGE) else "village_secretary")
        )

    def handle(self, what: str, number: int) -> None:
        """Do what a desk does."""
        if (found := self._choose(what, number)) is None:
            return
        petition, _ = found
        scope = self._desk_of(petition)
        given: dict[str, tuple[Callable[..., Awaitable[Any]], dict[str, Any]]] = {
            "accept": (h.accept_petition, {}),
            "answer": (h.answer_petition, {"answer": Answer("办好了。", number % 3 > 0, "修路灯")}),
            "note": (h.note_petition, {"text": "李春梅去看过了。" if number % 5 == 0 else "去看过了。"}),
            "reveal": (h.reveal_raiser, {"reason": "核实"}),
            "refuse": (h.refuse_petition, {"reason": "不属受理范围"}),
            "unmerge": (j.unmerge_petition, {}),
            "merge": (j.merge_petition, {"into": self._like(petition, number)}),
        }
        action, more = given[what]
        self._try(scope, action, petition=petition, **more)

    def _like(self, petition: UUID, number: int) -> UUID:
        """Choose what to join a matter to: mostly one that lies on the same desk, now and then any."""
        desk = self.rows[petition]["desk"]
        same = [m[1] for m in self.matters if m[1] != petition and self.rows[m[1]]["desk"] == desk]
        chosen = same if same and number % 5 else [m[1] for m in self.matters]
        return chosen[number % len(chosen)]

    def send(self, to: str, number: int) -> None:
        """Pass a matter on."""
        if (found := self._choose("take", number)) is None:
            return
        county = self.county
        desks = {
            "township": Desk(county.township), "office": Desk(county.township, office=county.offices[county.township]),
            "grid": Desk(county.village, grid=county.grid), "village": Desk(county.village), "county": Desk(county.code),
        }  # fmt: skip
        self._try(self._desk_of(found[0]), h.transfer_petition, petition=found[0], to=desks[to], reason="请办理")

    def over(self, what: str, number: int) -> None:
        """Do what those above a desk do."""
        if (found := self._choose(what, number)) is None:
            return
        supervised = self.rows[found[0]]["kind"] == "supervision"
        scope = self._scope("county_inspector" if supervised or number % 2 else "township_leader")
        given: dict[str, tuple[Callable[..., Awaitable[Any]], dict[str, Any]]] = {
            "press": (o.press_petition, {}),
            "abuse": (o.mark_abuse, {"reason": "广告", "block": number % 3 == 0}),
            "clear": (o.clear_abuse, {"reason": "弄错了"}),
            "take": (h.transfer_petition, {"to": Desk(scope.region), "reason": "提级办理"}),
        }
        action, more = given[what]
        self._try(scope, action, petition=found[0], **more)

    def mine(self, what: str, number: int) -> None:
        """Do what the keeper of a receipt does; now and then with somebody else's receipt."""
        if (found := self._choose(what, number)) is None:
            return
        one, _ = self.site.run(followed(found[1]))
        receipt = new_receipt() if number == 13 else found[1]
        given: dict[str, tuple[Callable[..., Awaitable[Any]], dict[str, Any]]] = {
            "judge": (f.judge_petition, {"solved": number % 2 == 0, "words": "王建国知道" if number % 4 == 1 else "知道了"}),
            "reopen": (f.reopen_petition, {"reason": "王建国没办好" if number % 3 == 0 else "没办好"}),
            "add": (f.add_to_petition, {"text": "李春梅不管" if number % 2 else "还有一处"}),
            "remind": (f.remind_petition, {}),
        }
        action, more = given[what]
        self._try(following_scope(one), action, receipt=receipt, **more)

    def wait(self, days: str, _: int) -> None:
        """Let days pass: deadlines come, answers lapse."""
        self.now += timedelta(days=int(days))
        self.site.run(Ticker(self.site.relay, ()).fire_timers(self.now))
        self.deliver("-", 0)

    def deliver(self, _: str, __: int) -> None:
        """Work off what was announced."""
        type(self).steps += 1
        self.site.run(self._deliver())
        self.print = self._fingerprint()
        self._follow("lapse")

    async def _deliver(self) -> None:
        desk = Relay(most=9, most_long=2, long_topics=frozenset())
        delivery = Delivery(self.site.relay, current().subscriptions, desk, stopping=lambda: False)
        for _ in range(3):  # what follows may be announced in its turn
            for row in await self.site.relay.fetch("SELECT id FROM outbox WHERE done_at IS NULL ORDER BY id"):
                await delivery.deliver(row["id"])
        failed = await self.site.relay.fetch("SELECT topic, last_error FROM outbox WHERE done_at IS NULL")
        assert failed == []

    @invariant()
    def all_is_right(self) -> None:
        """Ask after each step that changed something; that a refusal changes nothing is held by ``_try``."""
        if self.checked != self.print:
            broken = [tuple(row) for row in self.site.run(self.site.admin.fetch(BROKEN))]
            assert broken == []
            self.checked = self.print


def test_life_of_petitions_under_random_hands(site: Site) -> None:
    Life.site, Life.steps, Life.done = site, 0, {}
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=48, stateful_step_count=50, deadline=None, derandomize=True, database=None,
            phases=(Phase.generate,), suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    assert Life.steps >= STEPS, Life.steps
    names = set(MOVES) - {"lapse"} | {"note_petition", "reveal_raiser", "press_petition", "add_to_petition", "remind_petition"}
    assert names <= set(Life.done), sorted(Life.done.items())
