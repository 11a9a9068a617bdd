"""Decisions under random hands: posts of both counties try everything on any day, and after each step the books are right."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID, uuid4

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

from core.decisions.actions.beginning import Matter, begin_decision
from core.decisions.actions.ending import reject_decision, repeat_step, withdraw_decision
from core.decisions.actions.meetings import Held, Told, record_step, tell_meeting
from core.decisions.actions.publishing import SECTIONS, Posted, complete_notice, link_publication, post_step
from core.decisions.actions.unpublishing import undo_publication
from core.decisions.procedures import Procedure
from core.decisions.rules import Count, shortfalls
from core.kernel.clock import local
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from core.kernel.scope import Scope, system_scope
from tests.core.decisions.steps import papers
from tests.core.own_loop import Site
from tests.databases import DatabaseUrls
from tests.factories.world import NOW

REFUSED = (Conflict, Forbidden, Invalid, NotFound)
PEOPLE = [
    "village_secretary", "village_cadre", "second_village", "bookkeeper", "township_leader", "county_administrator",
]  # fmt: skip
MOST = 5  # decisions at once: of more, none would come to its end
WAYS = [*["go_on"] * 8, *["record"] * 3, "fail", *["tell"] * 2, *["post"] * 3, *["shown"] * 2, *["undo"] * 2, "repeat", "reject", "withdraw", "papers", "fail", "begin", *["fewer"] * 3]
CLEAR = "TRUNCATE decision_event, decision_record, decision CASCADE"
PRINT = """
SELECT county, 'decision' AS t, count(*), md5(coalesce(string_agg(d::text, '|' ORDER BY d.id), '')) FROM decision d GROUP BY county
UNION ALL SELECT county, 'record', count(*), md5(string_agg(r::text, '|' ORDER BY r.id)) FROM decision_record r GROUP BY county
UNION ALL SELECT county, 'event', count(*), md5(string_agg(e::text, '|' ORDER BY e.id)) FROM decision_event e GROUP BY county
UNION ALL SELECT county, 'audit', count(*), '' FROM audit_line GROUP BY county
UNION ALL SELECT county, 'timer', count(*), md5(string_agg(t::text, '|' ORDER BY t.id)) FROM timer t GROUP BY county
UNION ALL SELECT county, 'outbox', count(*), '' FROM outbox GROUP BY county
"""


@pytest.fixture
def admin() -> None:
    """Need no connection of the module's loop."""


@pytest.fixture
def site(database_urls: DatabaseUrls) -> Iterator[Site]:
    made = Site(database_urls)
    made.run(made.open())
    try:
        yield made
    finally:
        made.run(made.close())
        made.loop.close()


MET = """
SELECT id, region, body, should, held_on, state, fewer_reason FROM decision_record
WHERE should IS NOT NULL ORDER BY held_on, closed_at, id
"""


class Deciding(RuleBasedStateMachine):
    """Decisions of both counties, and whoever lays hands on them."""

    site: ClassVar[Site]
    done: ClassVar[dict[str, int]] = {}
    finished: ClassVar[int] = 0
    back: ClassVar[int] = 0
    lower: ClassVar[int] = 0

    @initialize(procedure=st.sampled_from(["four_step", "dual_post", "collective_assets"]))
    def begin_both(self, procedure: str) -> None:
        self.now = NOW
        self.decisions: list[UUID] = []
        self.online: dict[UUID, UUID] = {}
        self.site.run(self.site.admin.execute(CLEAR))
        self.print = self.fingerprint()
        for county in self.site.world.counties:
            self.begin(county.scope("village_secretary"), procedure)

    def fingerprint(self) -> set[tuple[Any, ...]]:
        return {tuple(row) for row in self.site.run(self.site.admin.fetch(PRINT))}

    def attempt(self, scope: Scope, action: Callable[..., Awaitable[Any]], **given: Any) -> Any:
        """Let a post do one thing. A refusal leaves no trace; a deed none in the other county."""

        async def act() -> Any:
            async with transaction(scope):
                return await action(scope, now=self.now, **given)

        try:
            made = self.site.run(act())
        except REFUSED:
            assert self.fingerprint() == self.print, f"{action.__name__} was refused and left something"
            return None
        after = self.fingerprint()
        assert {row[0] for row in self.print ^ after} <= {scope.county}, f"{action.__name__} touched another county"
        assert scope.system or len(scope.region) == 12, f"{action.__name__} by {scope.role}"
        type(self).finished += action is complete_notice and made["state"] == "finished"
        self.done[action.__name__] = self.done.get(action.__name__, 0) + 1
        self.print = after
        return made

    def begin(self, scope: Scope, procedure: str) -> None:
        matter = Matter("修路", "投资 10 万元。", procedure, "project")
        made = self.attempt(scope, begin_decision, matter=matter)
        if made is not None:
            self.decisions.append(made)

    @rule(
        way=st.sampled_from(WAYS),
        which=st.integers(0, 9),
        who=st.one_of(st.none(), st.none(), st.none(), st.sampled_from(PEOPLE)),
        hours=st.integers(0, 200),
        back=st.integers(0, 4),
        count=st.tuples(st.integers(1, 30), st.integers(0, 31), st.integers(0, 31)),
        good=st.booleans(),
        own=st.booleans(),
    )
    def act(
        self, way: str, which: int, who: str | None, hours: int, back: int, count: tuple[int, int, int], *, good: bool, own: bool
    ) -> None:
        """Do one thing some hours later, perhaps dated some days back."""
        self.now += timedelta(hours=hours)
        county = self.site.world.counties[which % 2]
        scope = county.scope(who or "village_secretary")
        if way == "begin":
            if len(self.decisions) < MOST:
                self.begin(scope, "four_step")
            return
        decision = self.decisions[which % len(self.decisions)]
        if own or way == "go_on":
            region = self.site.run(self.site.admin.fetchval("SELECT county FROM decision WHERE id = $1", decision))
            scope = next(c for c in self.site.world.counties if c.code == region).scope("village_secretary")
        day = local(self.now).date() - timedelta(days=back if not good else 0)
        figures = Count(30, 30, 29) if good else Count(*count)
        getattr(self, f"do_{way}")(scope, decision, day, figures)

    def do_go_on(self, scope: Scope, decision: UUID, day: Any, count: Count) -> None:  # noqa: ARG002 - as the others
        """Do what is next, when it may be done."""
        row = self.site.run(self.site.admin.fetchrow("SELECT * FROM decision WHERE id = $1", decision))
        step = Procedure.of(_loaded(row["procedure"])).at(row["step"])
        if row["waits_until"] is not None:
            self.now = max(self.now, row["waits_until"])
        day, good = local(self.now).date(), Count(30, 30, 29)
        ways = {"told": self.do_record, "posted": self.do_shown, "failed": self.do_reject if day.day % 3 == 0 else self.do_repeat}
        online = step.kind in SECTIONS and day.day % 2 == 0
        opened = self.do_online if online else self.do_post if step.publishes else self.do_tell if step.has_notice else self.do_record
        if row["state"] in {"open", *ways}:
            ways.get(row["state"], opened)(scope, decision, day, good)

    def do_record(self, scope: Scope, decision: UUID, day: Any, count: Count) -> None:
        self.do_papers(scope, decision, day, count)
        self._record(scope, decision, day, count)

    def do_fewer(self, scope: Scope, decision: UUID, day: Any, count: Count) -> None:
        """Record a meeting where fewer should attend than most times, mostly with a reason."""
        self.do_papers(scope, decision, day, count)
        people = 18 + count.should % 9
        self._record(scope, decision, day, Count(people, people, people), reason="有人迁出" if count.came % 4 else "")

    def _record(self, scope: Scope, decision: UUID, day: Any, count: Count, *, reason: str = "") -> None:
        held = Held("情况和意见。", day, body=self._body(decision), count=count, fewer_reason=reason)
        record = self.site.run(self.site.admin.fetchval("SELECT record_id FROM decision WHERE id = $1", decision))
        if self.attempt(scope, record_step, decision=decision, held=held) is not None:
            self.compare(record)

    def compare(self, record: UUID) -> None:
        """Hold what was just recorded against the meetings before, by a way of its own: lower than the most since one with a reason."""
        rows = self.site.run(self.site.admin.fetch(MET))
        new = next((row for row in rows if row["id"] == record), None)
        if new is None:
            return  # a step without a vote
        since: list[int] = []
        for each in rows:
            here = (each["region"], each["body"]) == (new["region"], new["body"])
            if here and each["id"] != record and each["held_on"] <= new["held_on"]:
                since = [*([] if each["fewer_reason"] else since), each["should"]]
        lower = new["state"] == "passed" and any(_needed(each) > _needed(new["should"]) for each in since)
        must = lower and new["body"] in {"party_members", "representatives"}
        assert not must or new["fewer_reason"], (new, since)
        assert not new["fewer_reason"] or any(each > new["should"] for each in since), (new, since)
        type(self).lower += bool(new["fewer_reason"])

    def do_fail(self, scope: Scope, decision: UUID, day: Any, count: Count) -> None:  # noqa: ARG002 - as the others
        held = Held("情况和意见。", day, body=self._body(decision), count=Count(30, 2, 1), as_failed=True)
        self.attempt(scope, record_step, decision=decision, held=held)

    def do_tell(self, scope: Scope, decision: UUID, day: Any, count: Count) -> None:
        self.do_papers(scope, decision, day, count)
        self.attempt(scope, tell_meeting, decision=decision, told=Told(self._body(decision), day))

    def do_post(self, scope: Scope, decision: UUID, day: Any, count: Count) -> None:
        self.do_papers(scope, decision, day, count)
        self.attempt(scope, post_step, decision=decision, posted=Posted(day, text="办好了。"))

    def do_online(self, scope: Scope, decision: UUID, day: Any, count: Count) -> None:
        """Let the board release what the present step waits for."""
        row = self.site.run(self.site.admin.fetchrow("SELECT procedure, step FROM decision WHERE id = $1", decision))
        section = SECTIONS[Procedure.of(_loaded(row["procedure"])).at(row["step"]).kind]
        publication, system = uuid4(), system_scope(scope.region, county=scope.county)
        filled = "UPDATE decision_record SET text = '办好了。' WHERE decision_id = $1 AND state = 'open'"
        self.site.run(self.site.admin.execute(filled, decision))
        self.print = self.fingerprint()
        self.attempt(system, link_publication, decision=decision, section=section, publication=publication, on=day)
        self.online[decision] = publication
        if day.day % 4 == 0:
            self.do_undo(scope, decision, day, count)

    def do_undo(self, scope: Scope, decision: UUID, day: Any, count: Count) -> None:  # noqa: ARG002 - as the others
        """Withdraw from the board what filled a step, if anything did."""
        if not self.online:
            return
        decision = decision if decision in self.online else next(iter(self.online))
        row = self.site.run(self.site.admin.fetchrow("SELECT region, step FROM decision WHERE id = $1", decision))
        county = next(c for c in self.site.world.counties if row["region"].startswith(c.code))
        system = system_scope(row["region"], county=county.code)
        told = {"publication": self.online.pop(decision), "reason": "写错了"}
        made = self.attempt(system, undo_publication, decision=decision, **told)
        if made is not None and made["state"] == "open":
            type(self).back += 1
            assert made["published_at"] is None or made["step"] == row["step"]

    def do_shown(self, scope: Scope, decision: UUID, day: Any, count: Count) -> None:  # noqa: ARG002 - as the others
        self.attempt(system_scope(scope.county), complete_notice, decision=decision)

    def do_repeat(self, scope: Scope, decision: UUID, day: Any, count: Count) -> None:  # noqa: ARG002 - as the others
        self.attempt(scope, repeat_step, decision=decision)

    def do_reject(self, scope: Scope, decision: UUID, day: Any, count: Count) -> None:  # noqa: ARG002 - as the others
        self.attempt(scope, reject_decision, decision=decision, reason="不再议")

    def do_withdraw(self, scope: Scope, decision: UUID, day: Any, count: Count) -> None:  # noqa: ARG002 - as the others
        if day.day % 5 == 0:
            self.attempt(scope, withdraw_decision, decision=decision, reason="写错了")

    def do_papers(self, scope: Scope, decision: UUID, day: Any, count: Count) -> None:  # noqa: ARG002 - as the others
        try:
            self.site.run(papers(self.site.admin, scope, decision))
        except NotFound:
            return

    def _body(self, decision: UUID) -> str:
        row = self.site.run(self.site.admin.fetchrow("SELECT procedure, step FROM decision WHERE id = $1", decision))
        step = Procedure.of(_loaded(row["procedure"])).at(row["step"])
        return str(step.meetings[0].body) if step.meetings else ""

    @invariant()
    def books_are_right(self) -> None:
        """Hold every decision against its records."""
        fetch = self.site.admin.fetch
        records = self.site.run(fetch("SELECT * FROM decision_record ORDER BY step, attempt"))
        for row in self.site.run(fetch("SELECT * FROM decision")):
            mine = [each for each in records if each["decision_id"] == row["id"]]
            self._order(row, Procedure.of(_loaded(row["procedure"])), mine)

    @staticmethod
    def _order(row: Any, procedure: Procedure, records: list[Any]) -> None:
        opened = [each["id"] for each in records if each["state"] == "open"]
        assert opened == ([row["record_id"]] if row["state"] in {"open", "told", "posted"} else [])
        passed = [each["step"] for each in records if each["state"] == "passed"]
        finished = row["state"] == "finished"
        assert passed == list(range(len(procedure.steps) if finished else row["step"]))
        assert (row["published_at"] is not None) == (procedure.publishes_at in passed)
        assert (row["resolved_at"] is not None) == (procedure.resolves_at in passed)
        assert (row["ended_at"] is not None) == (row["state"] in {"finished", "rejected", "withdrawn"})
        days = [each["held_on"] or each["posted_on"] for each in records if each["state"] == "passed"]
        assert days == sorted(days)
        for each in records:
            step = procedure.at(each["step"])
            if step.votes and each["state"] in {"passed", "failed"}:
                meeting = step.meeting(each["body"])
                assert meeting is not None
                count = Count(each["should"], each["came"], each["approved"])
                short = shortfalls(count, quorum=meeting.quorum, majority=meeting.majority)
                assert (short == []) == (each["state"] == "passed")
                if meeting.notice_days:
                    assert each["held_on"] >= each["told_on"] + timedelta(days=meeting.notice_days)
            if step.days and each["state"] == "passed":
                assert each["closed_at"] >= each["shown_until"]


def _needed(people: int) -> int:
    return -(-2 * people // 3)  # two thirds, rounded up: what a meeting of members or representatives takes


def _loaded(stored: Any) -> Any:
    import json  # noqa: PLC0415 - asyncpg gives jsonb as text to the superuser

    return json.loads(stored) if isinstance(stored, str) else stored


def test_decisions_keep_their_order_whoever_tries_what(site: Site) -> None:
    Deciding.site = site
    Deciding.done, Deciding.finished, Deciding.back, Deciding.lower = {}, 0, 0, 0
    run_state_machine_as_test(
        Deciding,
        settings=settings(
            max_examples=20, stateful_step_count=70, deadline=None, derandomize=True, database=None,
            phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    every = {
        "begin_decision", "record_step", "tell_meeting", "post_step", "complete_notice", "repeat_step", "reject_decision",
        "withdraw_decision", "link_publication", "undo_publication",
    }  # fmt: skip
    assert set(Deciding.done) == every, Deciding.done
    assert Deciding.finished > 0
    assert Deciding.back > 0
    assert Deciding.lower > 0
