"""Disclosure (公开): sections say what is shown to villagers, and a person releases a masked, immutable snapshot of it.

A section collects rows as they are stored; it masks nothing itself. ``core.disclosure`` masks each value by the kind of
its column on the way into the snapshot, and refuses a snapshot in which a personal number is left. So a column's kind is
a promise: a name in a TEXT column is published as it is.

What has to be published because something happened (a resolution, a payment) is asked for by announcing ``WANTED``;
what became of it is announced as ``RELEASED`` and its sisters. Nobody needs to import ``core.disclosure`` for either.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from core.kernel.errors import mark
from core.kernel.scope import Scope

# Announce it in the deed's transaction, with the region whose board it belongs on. Payload: ``section``; ``subject`` (a
# UUID's text, given to ``collect``); ``title`` (of the publication, at most 100 characters); ``at`` (ISO time of the
# deed, from which the section's clock runs); ``due_on`` (ISO date) where the announcer's own procedure says the last day,
# instead of the section's clock. Announced again for the same subject it changes nothing.
WANTED: Final = "publication.wanted"
UNWANTED: Final = "publication.unwanted"  # what was wanted is not any more: ``section``, ``subject``

# Announced by core.disclosure at the publication's region. Payload: ``publication`` (id), ``section``, ``period``,
# ``subject`` (a UUID's text or None), ``token``, ``notice_until`` (ISO date or None).
RELEASED: Final = "publication.released"
WITHDRAWN: Final = "publication.withdrawn"  # and ``reason``
CLOSED: Final = "publication.closed"  # nobody sees its content any more: ``publication`` alone
CORRECTED: Final = "publication.corrected"  # the new one, and ``corrects`` (id of the old one)
OBJECTED: Final = "publication.objected"  # and ``objection`` (id)
NOTICE_ENDED: Final = "publication.notice_ended"  # and ``objections``, ``unanswered``: how many came in, are open
MISSING: Final = "publication.missing"  # ``due`` (id), ``section``, ``period``, ``subject``, ``due_on`` (ISO date)

VILLAGE: Final = 5
TOWNSHIP: Final = 4
COUNTY: Final = 3
_NAME: Final = re.compile(r"[a-z][a-z0-9_:]*")

Value = str | int | Decimal | date | datetime | None


class FieldKind(StrEnum):
    """What a column holds, which decides how it is masked and written."""

    TEXT = "text"  # a sentence; numbers of persons in it are masked, names are not
    NAME = "name"  # a person: 张*
    HOUSEHOLD = "household"  # a household by its head: 张*户
    ID_NUMBER = "id_number"
    PHONE = "phone"  # of a person; a public service number is TEXT
    BANK_CARD = "bank_card"
    ADDRESS = "address"  # kept down to the village
    OFFICIAL = "official"  # who acted in office: shown in full
    ORGANISATION = "organisation"  # a firm, an office: shown in full
    PLACE = "place"  # a public place or region: shown in full
    AMOUNT = "amount"  # yuan, a Decimal; two decimals
    COUNT = "count"  # whole number; the column's unit follows
    NUMBER = "number"  # quantity or points, a Decimal; the column's unit follows
    SHARE = "share"  # percent, a Decimal between 0 and 100
    DATE = "date"
    MOMENT = "moment"  # date and time, shown in China's time
    CODE = "code"  # an item's or document's number
    STATE = "state"  # one word of a few; a source text, translated where it is shown


class Group(StrEnum):
    """Where a section stands on the board; in this order."""

    POWERS = "powers"
    WORKS = "works"
    MONEY = "money"
    LABOUR = "labour"
    AID = "aid"
    ASSETS = "assets"
    DECISIONS = "decisions"
    PETITIONS = "petitions"
    TASKS = "tasks"
    OTHER = "other"

    @property
    def words(self) -> str:
        """The source text shown."""
        return _GROUPS[self]


_GROUPS: Final[Mapping[Group, str]] = {
    Group.POWERS: mark("权力和职责"),
    Group.WORKS: mark("工程项目"),
    Group.MONEY: mark("收入和开支"),
    Group.LABOUR: mark("用工"),
    Group.AID: mark("救助和补贴"),
    Group.ASSETS: mark("集体资产"),
    Group.DECISIONS: mark("民主决策"),
    Group.PETITIONS: mark("群众反映"),
    Group.TASKS: mark("村里办的事"),
    Group.OTHER: mark("其他事项"),
}


class Clock(StrEnum):
    """How soon the law wants it shown (domain/RULES.md, section 6).

    MONTHLY, QUARTERLY and YEARLY make a due date for every place of the section's levels after each period. WITHIN_DAYS
    (major finance: 5 days) and AT_ONCE (major matters) run from the ``at`` of a ``WANTED``. NONE: published when somebody
    wants to.
    """

    NONE = "none"
    AT_ONCE = "at_once"
    WITHIN_DAYS = "within_days"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"

    @property
    def by_period(self) -> bool:
        """Whether it runs by the calendar; the others run from an event."""
        return self in {Clock.MONTHLY, Clock.QUARTERLY, Clock.YEARLY}

    @property
    def words(self) -> str:
        """The source text shown."""
        return _CLOCKS[self]


_CLOCKS: Final[Mapping[Clock, str]] = {
    Clock.NONE: mark("不定期"),
    Clock.AT_ONCE: mark("及时公开"),
    Clock.WITHIN_DAYS: mark("几日内公开"),
    Clock.MONTHLY: mark("每月公开"),
    Clock.QUARTERLY: mark("每季度公开"),
    Clock.YEARLY: mark("每年公开"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a section's table. ``title`` and ``unit`` are source texts; ``key`` marks what names the row."""

    name: str
    title: str
    kind: FieldKind
    unit: str = ""
    key: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """One headline figure above the table: income, days, people who should attend."""

    title: str
    value: Value
    kind: FieldKind = FieldKind.COUNT
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """What is to be shown: of which place, from when to before when, or of which subject.

    ``name`` is ``2026-11``, ``2026-Q4`` or ``2026``, and empty for a section without a calendar. ``starts`` is included,
    ``ends`` is not; a section that shows how things stand takes ``ends``. ``region`` lies in the scope, which may be
    wider: state ``region`` in every query beside the scope's range. ``county`` is the tenant's key.
    """

    region: str
    county: str
    name: str
    starts: datetime
    ends: datetime
    subject: UUID | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that is published whole: nothing on its pages is masked. ``key`` is where it is stored.

    What documents say beside their pages (who wrote them, comments) is taken out by ``core.disclosure``: ``removed`` names it.
    """

    id: UUID
    name: str
    media_type: str
    size: int
    sha256: bytes
    key: str
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Collected:
    """What a section found. ``rows`` map the columns' names to values as stored, unmasked; missing ones are empty.

    ``note`` is a sentence under the table and ``title`` replaces the section's own as the publication's. Both are texts
    written by people and pass the last gate as they are. ``files`` are copied at the release; their SHA-256 stands in
    what is sealed. ``notice_days`` are those that this one notice wants; fewer than the section or the county say count for nothing.
    """

    rows: tuple[Mapping[str, Value], ...] = ()
    figures: tuple[Figure, ...] = ()
    note: str = ""
    title: str = ""
    files: tuple[Attachment, ...] = ()
    notice_days: int = 0


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of thing that is shown. ``name`` is stored with each publication and never changes.

    ``levels`` are those of the places that publish it (3 county, 4 township, 5 village). ``collect`` runs inside an open
    transaction of ``scope``, reads and never writes. ``notice_days`` over 0 makes it a public notice (公示): shown so many
    days, with objections, before it takes effect; a county may set more. ``by_subject`` sections publish one subject at a
    time (a resolution, a project) instead of a period. A section of a plugin is released only while the plugin is on;
    what was released stays.
    """

    name: str
    title: str
    group: Group
    clock: Clock
    columns: tuple[Column, ...]
    collect: Callable[[Scope, Period], Awaitable[Collected]]
    levels: frozenset[int] = frozenset({VILLAGE})
    hint: str = ""
    notice_days: int = 0
    by_subject: bool = False
    plugin: str = ""

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        if not names or len(set(names)) < len(names):
            raise ValueError(f"{self.name}: a section has columns, each of a name of its own")
        if not _NAME.fullmatch(self.name) or not self.levels <= {COUNTY, TOWNSHIP, VILLAGE} or not self.levels:
            raise ValueError(f"{self.name}: small letters, and levels from county to village")
        if self.by_subject and self.clock.by_period:
            raise ValueError(f"{self.name}: one subject at a time has no calendar")
        if not self.by_subject and self.clock in {Clock.AT_ONCE, Clock.WITHIN_DAYS}:
            raise ValueError(f"{self.name}: a clock that runs from an event needs by_subject")
