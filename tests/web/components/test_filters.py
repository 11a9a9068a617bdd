"""How figures and times are written."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from web.filters import Formats

ZH, EN = Formats("zh"), Formats("en")
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def test_a_moment_is_chinas() -> None:
    late = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)
    assert ZH.moment(late) == "11月23日 周一 01:30"
    assert EN.moment(late) == "Nov 23, Mon 01:30"


def test_a_day_of_another_year_says_so() -> None:
    assert ZH.day(date(2025, 3, 1), NOW) == "2025年3月1日"
    assert ZH.day(date(2026, 3, 1), NOW) == "3月1日"


def test_days_of_another_year_than_the_pages_say_so() -> None:
    """Filters of a page know its time: no template has to pass it on."""
    chinese, english = (Formats(language, lambda: NOW) for language in ("zh", "en"))
    before, new_years_eve = NOW.replace(year=2025), datetime(2026, 12, 31, 16, 30, tzinfo=UTC)
    assert (chinese.day(before), english.day(before)) == ("2025年11月22日", "Nov 22, 2025")
    assert (chinese.moment(before), english.moment(before)) == ("2025年11月22日 周六 18:00", "Nov 22, 2025, Sat 18:00")
    assert chinese.short(before) == "2025-11-22 18:00"
    assert (chinese.day(NOW), chinese.short(NOW)) == ("11月22日", "11-22 18:00")
    assert chinese.day(new_years_eve) == "2027年1月1日"  # in China it is the next year already


def test_a_time_without_zone_raises() -> None:
    with pytest.raises(ValueError, match="zone"):
        ZH.moment(datetime(2026, 1, 1))  # noqa: DTZ001 (the mistake that must not pass)


@pytest.mark.parametrize(
    ("away", "chinese", "english", "tone"),
    [
        (timedelta(days=2, hours=5), "还剩 2 天", "2 days left", "plain"),
        (timedelta(hours=24), "还剩 1 天", "1 day left", "soon"),
        (timedelta(hours=5, minutes=59), "还剩 5 小时", "5 hours left", "soon"),
        (timedelta(seconds=20), "还剩 1 分钟", "1 minute left", "soon"),
        (timedelta(seconds=-1), "超期 1 分钟", "1 minute overdue", "danger"),
        (timedelta(days=-1), "超期 1 天", "1 day overdue", "danger"),
    ],
)
def test_what_is_left_is_said_in_words_with_a_tone(
    away: timedelta, chinese: str, english: str, tone: str
) -> None:
    shown = ZH.deadline(NOW + away, NOW)
    assert (shown.text, shown.tone) == (chinese, tone)
    assert EN.left(NOW + away, NOW) == english


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        (5, "5 分", "5 points"),
        (1, "1 分", "1 point"),
        (Decimal("4.50"), "4.5 分", "4.5 points"),
        (1200, "1,200 分", "1,200 points"),
    ],
)
def test_points_have_a_unit_and_no_idle_zeros(value: Decimal, chinese: str, english: str) -> None:
    assert (ZH.points(value), EN.points(value)) == (chinese, english)


@pytest.mark.parametrize(("value", "shown"), [(900, "900 B"), (292864, "286 KB"), (1258291, "1.2 MB")])
def test_sizes_are_short(value: int, shown: str) -> None:
    assert ZH.size(value) == shown


def test_inputs_get_times_as_html_wants_them() -> None:
    assert ZH.iso(NOW) == "2026-11-22T18:00"
    assert ZH.iso(date(2026, 11, 2)) == "2026-11-02"


def test_what_is_printed_says_the_year() -> None:
    assert (ZH.full_day(date(2026, 3, 1)), EN.full_day(date(2026, 3, 1))) == ("2026年3月1日", "Mar 1, 2026")
    late = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)
    assert (ZH.full_moment(late), EN.full_moment(late)) == ("2026年11月23日 周一 01:30", "Nov 23, 2026, Mon 01:30")


@pytest.mark.parametrize("sheet", ["decisions/print.html", "print.html", "public/sheet.html", "public/_told.html", "seals/print.html"])
def test_no_printed_sheet_writes_a_day_without_its_year(sheet: str) -> None:
    text = (Path(__file__).parents[3] / "web" / "templates" / sheet).read_text()
    assert re.findall(r"\|\s*(?:day|moment|short)\b", text) == []


def test_money_is_written_to_the_fen() -> None:
    assert (ZH.money(Decimal("36000.5")), ZH.money("1234567"), EN.money(Decimal(-3))) == ("36,000.50", "1,234,567.00", "-3.00")
