"""How points are counted. Pure."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.scores.rules import GRADES, ScoreRule, score, timeliness
from tests.factories.world import SOON

RULE = ScoreRule()


@pytest.mark.parametrize(
    ("late", "factor"),
    [
        (timedelta(days=-30), "1"),
        (timedelta(0), "1"),
        (timedelta(seconds=1), "0.9"),
        (timedelta(days=1), "0.9"),
        (timedelta(days=1, seconds=1), "0.8"),
        (timedelta(days=3), "0.7"),
        (timedelta(days=5), "0.5"),
        (timedelta(days=400), "0.5"),
    ],
)
def test_each_begun_day_costs_down_to_the_least(late: timedelta, factor: str) -> None:
    assert timeliness(RULE, submitted_at=SOON + late, due_at=SOON) == Decimal(factor)


def test_a_day_early_earns_the_bonus_of_the_township() -> None:
    own = ScoreRule(early_bonus=Decimal("0.1"))
    factors = [
        timeliness(own, submitted_at=SOON - early, due_at=SOON)
        for early in (timedelta(hours=23), timedelta(hours=24))
    ]
    assert factors == [Decimal(1), Decimal("1.1")]


@pytest.mark.parametrize(
    ("points", "grade", "factor", "wanted"),
    [
        ("5", "excellent", "1", "6.00"),
        ("5", "good", "0.9", "4.50"),
        ("3.33", "fair", "0.7", "1.86"),
        ("0.05", "poor", "0.5", "0.01"),
        ("0.01", "poor", "0.5", "0.00"),
    ],
)
def test_points_are_rounded_to_cents_half_up(points: str, grade: str, factor: str, wanted: str) -> None:
    assert score(RULE, points=Decimal(points), grade=grade, factor=Decimal(factor)) == Decimal(wanted)


def test_unknown_grade_has_no_factor() -> None:
    with pytest.raises(KeyError):
        RULE.quality("best")
    assert [RULE.quality(grade) for grade in GRADES] == [Decimal(f) for f in ("1.2", "1.0", "0.8", "0.5")]


@given(
    points=st.decimals("0.01", "100", places=2),
    grade=st.sampled_from(sorted(GRADES)),
    hours=st.integers(-1000, 1000),
    more=st.integers(0, 1000),
)
def test_later_is_never_worth_more_and_nothing_is_below_zero(
    points: Decimal, grade: str, hours: int, more: int
) -> None:
    found = [
        score(
            RULE, points=points, grade=grade,
            factor=timeliness(RULE, submitted_at=SOON + timedelta(hours=each), due_at=SOON),
        )
        for each in (hours, hours + more)
    ]  # fmt: skip
    assert found[0] >= found[1] >= 0
