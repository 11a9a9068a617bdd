"""How figures and times are written, in Chinese and English. The time now is always passed in.

Times come in UTC (or with any zone) and are shown in China's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")
_DAYS = {"zh": "一二三四五六日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SOON = timedelta(hours=24)
_KIB = 1024


@dataclass(frozen=True, slots=True)
class Deadline:
    """How long is left, in words, and the tone of the tag that says so."""

    text: str
    tone: str


class Formats:
    """Filters of one language, registered on its Jinja environment by their names.

    ``asked`` tells the time of the page that is drawn, or None: days of another year than its own are written with the year.
    """

    def __init__(self, language: str, asked: Callable[[], datetime | None] | None = None) -> None:
        self.language = language
        self._asked = asked

    def local(self, value: datetime) -> datetime:
        """Move a time to China's zone. A time without a zone is a mistake of the caller and raises."""
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be shown")
        return value.astimezone(CHINA)

    def day(self, value: date | datetime, now: datetime | None = None) -> str:
        """11月22日; with the year where it is not that of ``now``, or of the page."""
        shown = self.local(value) if isinstance(value, datetime) else value
        other_year = self._is_other_year(shown, now)
        if self.language == "zh":
            year = f"{shown.year}年" if other_year else ""
            return f"{year}{shown.month}月{shown.day}日"
        return f"{_MONTHS[shown.month - 1]} {shown.day}" + (f", {shown.year}" if other_year else "")

    def full_day(self, value: date | datetime) -> str:
        """2026年11月22日: what is printed is filed and read in other years."""
        shown = self.local(value) if isinstance(value, datetime) else value
        return f"{shown.year}年{shown.month}月{shown.day}日" if self.language == "zh" else f"{_MONTHS[shown.month - 1]} {shown.day}, {shown.year}"

    def full_moment(self, value: datetime) -> str:
        """2026年11月22日 周日 18:00."""
        comma = "" if self.language == "zh" else ","
        return f"{self.full_day(value)}{comma} {self.weekday(value)} {self.clock(value)}"

    def _is_other_year(self, shown: date, now: datetime | None = None) -> bool:
        asked = now or (self._asked() if self._asked is not None else None)
        return asked is not None and self.local(asked).year != shown.year

    def weekday(self, value: date | datetime) -> str:
        """周日."""
        shown = self.local(value) if isinstance(value, datetime) else value
        name = _DAYS[self.language][shown.weekday()]
        return f"周{name}" if self.language == "zh" else name

    def clock(self, value: datetime) -> str:
        """18:00."""
        return self.local(value).strftime("%H:%M")

    def moment(self, value: datetime, now: datetime | None = None) -> str:
        """11月22日 周日 18:00."""
        comma = "" if self.language == "zh" else ","
        return f"{self.day(value, now)}{comma} {self.weekday(value)} {self.clock(value)}"

    def short(self, value: datetime) -> str:
        """11-22 18:00, for narrow columns; 2025-11-22 18:00 where the page is of another year."""
        shown = self.local(value)
        return shown.strftime("%Y-%m-%d %H:%M" if self._is_other_year(shown) else "%m-%d %H:%M")

    def iso(self, value: date | datetime) -> str:
        """Write a time as ``<time datetime>``, ``<input>`` want it, in China's time."""
        if isinstance(value, datetime):
            return self.local(value).strftime("%Y-%m-%dT%H:%M")
        return value.isoformat()

    def span(self, seconds: float) -> str:
        """2 天 / 5 小时 / 20 分钟: the largest unit, rounded down, at least 1 分钟."""
        minutes = max(1, int(seconds // 60))
        days, hours = minutes // 1440, minutes // 60
        if self.language == "zh":
            return f"{days} 天" if days else f"{hours} 小时" if hours else f"{minutes} 分钟"
        figure, unit = (days, "day") if days else (hours, "hour") if hours else (minutes, "minute")
        return f"{figure} {unit}" + ("" if figure == 1 else "s")

    def left(self, due: datetime, now: datetime) -> str:
        """还剩 2 天 / 超期 1 天."""
        seconds = (due - now).total_seconds()
        span = self.span(abs(seconds))
        if self.language == "zh":
            return f"超期 {span}" if seconds < 0 else f"还剩 {span}"
        return f"{span} overdue" if seconds < 0 else f"{span} left"

    def deadline(self, due: datetime, now: datetime) -> Deadline:
        """``left`` with a tone: danger when overdue, soon within 24 hours, else plain."""
        tone = "danger" if due < now else "soon" if due - now <= _SOON else "plain"
        return Deadline(self.left(due, now), tone)

    def number(self, value: float | Decimal | str) -> str:
        """31,275 or 4.5: grouped, without trailing zeros. What was stored as text counts as the number it says."""
        value = Decimal(value) if isinstance(value, str) else value
        text = f"{value:,.2f}" if not isinstance(value, int) else f"{value:,}"
        return text.rstrip("0").rstrip(".") if "." in text else text

    def money(self, value: Decimal | str) -> str:
        """36,000.50: yuan to the fen, as they are written everywhere."""
        return f"{Decimal(value):,.2f}"

    def points(self, value: float | Decimal) -> str:
        """5 分."""
        figure = self.number(value)
        if self.language == "zh":
            return f"{figure} 分"
        return f"{figure} point" + ("" if figure == "1" else "s")

    def size(self, value: int) -> str:
        """Bytes as 286 KB or 1.2 MB (steps of 1,024)."""
        if value < _KIB:
            return f"{value} B"
        if value < _KIB * _KIB:
            return f"{round(value / _KIB)} KB"
        return f"{value / _KIB / _KIB:.1f} MB"

    def percent(self, share: float) -> str:
        """Write a share between 0 and 1 as 62%."""
        return f"{round(share * 100)}%"

    def all(self) -> dict[str, object]:
        """Every filter by its name."""
        names = "day full_day weekday clock moment full_moment short iso span left deadline number money points size percent"
        return {name: getattr(self, name) for name in names.split()}
