"""Pure rules of the main job."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from core.kernel.scope import Scope, system_scope
from core.tasks.queries.filters import Conditions, Filters, like
from core.tasks.rules import (
    EvidenceWanted,
    Handed,
    RatedWeek,
    can_be_due,
    concerns,
    missing_evidence,
    receives,
    sends,
    shown_ratings,
    urgency_of,
    week_start,
    wrong_points,
)
from core.tasks.workflows import ASSIGNMENT, INCOMING
from tests.factories.world import NOW

OURS, THEIRS = uuid4(), uuid4()
TOWN = Scope(region="330503101", county="330503", by_name="张")


@pytest.mark.parametrize(
    ("wanted", "handed", "missing"),
    [
        (EvidenceWanted(), Handed(text="好了"), []),
        (EvidenceWanted(), Handed(text=" \n"), [("text", 1)]),
        (EvidenceWanted(text=False), Handed(), []),
        (EvidenceWanted(photos=3, files=1), Handed(text="好了", photos=1), [("photos", 2), ("files", 1)]),
        (EvidenceWanted(photos=1), Handed(text="好了", photos=5, files=2), []),
        (EvidenceWanted(), Handed(text="好了", parts=3, parts_done=1), [("parts", 2)]),
    ],
)
def test_missing_evidence_is_counted(
    wanted: EvidenceWanted, handed: Handed, missing: list[tuple[str, int]]
) -> None:
    assert missing_evidence(wanted, handed) == missing


def test_what_is_wanted_survives_storing() -> None:
    wanted = EvidenceWanted(text=False, photos=2, files=1)
    assert EvidenceWanted.of(wanted.stored()) == wanted
    assert EvidenceWanted.of({}) == EvidenceWanted(text=True, photos=0, files=0)
    assert EvidenceWanted.of({"photos": None}).photos == 0


@pytest.mark.parametrize(
    ("points", "item", "reason", "wrong"),
    [
        ("0", None, "", "points"), ("-1", None, "", "points"), ("0.01", None, "", ""), ("100", None, "", ""),
        ("100.01", None, "", "points"), ("5", "5.00", "", ""), ("6", "5", "", "points_reason"),
        ("6", "5", " ", "points_reason"), ("6", "5", "点多面广", ""), ("101", "5", "点多面广", "points"),
    ],
)  # fmt: skip
def test_points_are_held_to_the_item(points: str, item: str | None, reason: str, wrong: str) -> None:
    found = wrong_points(Decimal(points), Decimal(item) if item else None, reason)
    assert list(found) == ([wrong] if wrong else [])


def test_points_that_want_a_reason_are_said_whole_and_plainly() -> None:
    found = wrong_points(Decimal("2.50"), Decimal("100.00"), "")
    assert found == {"points_reason": "清单参考分是 100 分，您填的是 2.5 分。改了分值，请写明理由。"}


@pytest.mark.parametrize(
    ("days", "right"), [(-1, False), (0, False), (0.001, True), (730, True), (731, False)]
)
def test_due_time_lies_ahead_and_within_two_years(days: float, right: bool) -> None:  # noqa: FBT001 - as above
    assert (can_be_due(NOW + timedelta(days=days), NOW) is None) is right


def test_urgency_follows_the_clock() -> None:
    day, week = NOW + timedelta(hours=10), NOW + timedelta(days=6)
    steps = [
        timedelta(seconds=-1),
        timedelta(0),
        timedelta(hours=10),
        timedelta(days=6),
        timedelta(days=6, seconds=1),
    ]
    found = [urgency_of(NOW + step, NOW, end_of_day=day, end_of_week=week) for step in steps]
    assert found == ["overdue", "today", "today", "week", "later"]


def share(**changes: object) -> dict[str, object]:
    return {
        "region": "330503101201", "office_id": None, "sender_region": "330503101", "sender_office_id": None,
        "allocated_grid": None, "allocated_membership": None, **changes,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("office", "row", "seen"),
    [
        (None, share(sender_office_id=THEIRS), (True, False, True)),
        (OURS, share(), (True, False, True)),
        (OURS, share(sender_office_id=OURS), (True, False, True)),
        (OURS, share(sender_office_id=THEIRS), (False, False, False)),
        (OURS, share(region="330503101", office_id=OURS), (True, True, False)),
        (OURS, share(region="330503101", office_id=THEIRS), (True, False, True)),
        (OURS, share(region="330503101", office_id=THEIRS, sender_office_id=THEIRS), (False, False, False)),
        (None, share(region="330503101", office_id=OURS), (True, False, True)),
        (None, share(region="330503101", sender_region="330503"), (True, True, False)),
        (OURS, share(region="330503101", sender_region="330503"), (True, True, False)),
    ],
)
def test_share_is_seen_worked_on_and_judged_by_the_right_office(
    office: object, row: dict[str, object], seen: tuple[bool, bool, bool]
) -> None:
    scope = replace(TOWN, office=office)  # type: ignore[arg-type]
    assert (concerns(scope, row), receives(scope, row), sends(scope, row)) == seen


def test_grid_sees_what_was_given_to_it() -> None:
    me = uuid4()
    worker = Scope(region="330503101201", county="330503", by_name="网格员", grid=OURS, membership=me)
    assert not concerns(worker, share())
    assert not concerns(worker, share(allocated_grid=THEIRS))
    assert concerns(worker, share(allocated_grid=OURS))
    assert concerns(worker, share(allocated_membership=me))
    assert concerns(system_scope("330503"), share(sender_office_id=THEIRS))


def test_wildcards_are_escaped_and_conditions_numbered() -> None:
    assert like("100%_\\") == "%100\\%\\_\\\\%"
    conditions = Conditions()
    conditions.add("a = {}", 1)
    conditions.add_plain("b IS NULL")
    conditions.add("c = {}", 2)
    assert (conditions.sql, conditions.arguments, conditions.next) == (
        " AND a = $3 AND b IS NULL AND c = $4",
        [1, 2],
        5,
    )
    assert [Filters(page=n).offset for n in (-1, 0, 1, 3)] == [0, 0, 0, 50]


def test_workflows_say_whose_turn_it_is() -> None:
    held = {"core:assignment:acknowledge", "core:assignment:work", "core:task:score", "core:task:withdraw"}
    assert [t.name for t in ASSIGNMENT.open_transitions("submitted", held, side="sender")] == [
        "accept",
        "return",
        "withdraw",
    ]
    assert [t.name for t in ASSIGNMENT.open_transitions("sent", held, side="receiver")] == ["acknowledge"]
    assert ASSIGNMENT.open_transitions("accepted", held, side="sender") == []
    assert {t.name for t in INCOMING.transitions if t.asks_reason} == {"admit", "turn_down", "merge", "withdraw"}


def week_of(ratings: int, *raters: str) -> RatedWeek:
    return RatedWeek(ratings, frozenset(raters), 4 * ratings, 3 * ratings, 2 * ratings, Decimal(ratings))


@pytest.mark.parametrize(
    ("weeks", "shown"),
    [
        ([], None),
        ([week_of(2, "a", "b")], None),
        ([week_of(4, "a")], None),  # all of one receiver
        ([week_of(4, "a"), week_of(1, "b")], 5),
        ([week_of(3, "a", "b"), week_of(1, "c")], 3),
        ([week_of(3, "a", "b"), week_of(1, "c"), week_of(1, "a")], 3),
        ([week_of(3, "a", "b"), week_of(1, "c"), week_of(2, "a")], 6),
        ([week_of(3, "a", "b"), week_of(5, "c")], 3),
    ],
)  # fmt: skip
def test_ratings_are_shown_in_whole_steps(weeks: list[RatedWeek], shown: int | None) -> None:
    told = shown_ratings(weeks)
    assert (told.ratings if told else None) == shown
    assert told is None or (told.average(told.clarity), told.hours) == (4, told.ratings)


def test_a_week_begins_on_monday_in_china() -> None:
    monday = datetime(2026, 11, 22, 16, tzinfo=UTC)
    assert week_start(monday) == monday
    assert week_start(monday - timedelta(seconds=1)) == monday - timedelta(days=7)
