"""What is counted of a sender, and when it is too much."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import pytest

from core.contracts.screening import Candidate
from core.contracts.warnings import Severity
from plugins.township_filter.senders import rules as r
from plugins.township_filter.senders.enums import Every, SignKind

WORDS = r.Words(("配合", "协助"), ("考核", "排名", "通报", "打卡"))
DAY = "2026-11-23T10:00:00+08:00"


def near(nearness: float, kind: str = "withdrawn_duty", code: str = "R02") -> Candidate:
    return Candidate(UUID(int=len(code + kind)), code, "食品经营许可现场核查", kind, nearness=nearness)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("every", "moment", "name", "starts", "ends"),
    [
        (Every.MONTH, DAY, "2026-11", "2026-11-01", "2026-12-01"),
        (Every.MONTH, "2026-12-31T23:59:00+08:00", "2026-12", "2026-12-01", "2027-01-01"),
        (Every.MONTH, "2026-11-30T16:00:00+00:00", "2026-12", "2026-12-01", "2027-01-01"),
        (Every.QUARTER, DAY, "2026-Q4", "2026-10-01", "2027-01-01"),
        (Every.QUARTER, "2026-03-31T23:59:59+08:00", "2026-Q1", "2026-01-01", "2026-04-01"),
    ],
)
def test_a_period_is_that_of_the_clocks_in_china(every: Every, moment: str, name: str, starts: str, ends: str) -> None:
    span = r.span_of(every, at(moment))
    assert (span.name, span.starts, span.ends) == (name, at(f"{starts}T00:00:00+08:00"), at(f"{ends}T00:00:00+08:00"))


def test_quarters_are_named_counted_back_and_whole() -> None:
    now = at(DAY)
    assert [quarter.name for quarter in r.quarters_back(now, 5)] == ["2026-Q4", "2026-Q3", "2026-Q2", "2026-Q1", "2025-Q4"]
    assert r.quarter_named("2025-Q2", now).name == "2025-Q2"
    assert [r.quarter_named(name, now).name for name in ("", "2026", "2026-Q5", "x")] == ["2026-Q4"] * 4
    whole = r.whole_quarters(at("2025-11-22T10:00:00+08:00"), now)
    assert [quarter.name for quarter in whole] == ["2026-Q4", "2026-Q3", "2026-Q2", "2026-Q1"]


@pytest.mark.parametrize(
    ("title", "listed", "found"),
    [
        ("请各村配合开展入户登记", False, {SignKind.COOPERATION}),
        ("请各村配合开展入户登记", True, {SignKind.COOPERATION}),
        ("组织干部每日打卡并排名", False, {SignKind.APPRAISAL}),
        ("组织干部每日打卡并排名", True, set()),
        ("本次活动不考核、不排名，取消打卡", False, set()),
        ("不排名，但要通报", False, {SignKind.APPRAISAL}),
        ("圩堤隐患排查", False, set()),
    ],
)
def test_words_are_signs_unless_they_are_denied(title: str, *, listed: bool, found: set[SignKind]) -> None:
    assert {sign.kind for sign in r.signs_of(title, "", listed=listed, near=(), words=WORDS)} == found


def test_the_body_is_read_and_each_kind_counts_once() -> None:
    signs = r.signs_of("入户登记", "请配合、协助。列入考核并通报。", listed=False, near=(), words=WORDS)
    assert [(sign.kind, sign.word) for sign in signs] == [(SignKind.COOPERATION, "配合"), (SignKind.APPRAISAL, "考核")]


@pytest.mark.parametrize(
    ("candidates", "listed", "nearness"),
    [
        ([near(0.6)], False, 0.6),
        ([near(0.6)], True, None),
        ([near(0.1)], False, None),
        ([near(0.6), near(0.7, "core_duty", "T01")], False, None),
        ([near(0.6), near(0.3, "core_duty", "T01")], False, 0.6),
        ([near(0.9, "banned", "N01")], False, None),
    ],
)
def test_a_withdrawn_duty_is_a_sign_where_nothing_is_nearer(candidates: list[Candidate], *, listed: bool, nearness: float | None) -> None:
    signs = r.signs_of("现场核查", "", listed=listed, near=candidates, words=WORDS)
    assert [(sign.item_code, sign.nearness) for sign in signs] == ([] if nearness is None else [("R02", nearness)])


@pytest.mark.parametrize(
    ("urgent", "matters", "level"),
    [(3, 10, None), (4, 10, Severity.ORANGE), (5, 10, Severity.ORANGE), (6, 10, Severity.RED), (4, 4, None), (0, 0, None)],
)
def test_a_share_of_emergencies_over_its_limit_is_orange_and_far_over_it_red(urgent: int, matters: int, level: Severity | None) -> None:
    assert r.emergency_level(urgent, matters, limit=30, red=50, least=5) is level


@pytest.mark.parametrize(
    ("now", "earlier", "was_there", "level"),
    [
        (6, 4, True, Severity.YELLOW), (8, 4, True, Severity.ORANGE), (5, 4, True, None), (4, 1, True, None), (9, 0, False, None),
        (5, 0, True, Severity.ORANGE), (5, 5, True, None),
    ],
)  # fmt: skip
def test_cooperation_that_grows_is_yellow_and_orange_where_it_grows_fast(
    now: int, earlier: int, level: Severity | None, *, was_there: bool
) -> None:
    assert r.cooperation_level(now, earlier, was_there=was_there, least=5, growth=50) is level


def test_a_quota_of_nothing_is_no_limit() -> None:
    assert [r.is_full(counted, amount) for counted, amount in ((9, 0), (1, 2), (2, 2), (3, 2))] == [False, False, True, True]


def test_shares_have_one_decimal_and_none_of_nothing() -> None:
    assert [r.share_of(1, 3), r.share_of(0, 4), r.share_of(0, 0)] == [Decimal("33.3"), Decimal("0.0"), None]


def test_words_of_a_setting_are_set_apart_however_they_are_written() -> None:
    assert r.words_of("考核、排名，通报;打卡 考核") == ("考核", "排名", "通报", "打卡")
