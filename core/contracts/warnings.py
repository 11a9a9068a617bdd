"""Warnings (预警): a model looks at rows and says where a person should check. A warning is a hint, never a finding.

``core.supervision`` runs the models: from announcements as they come (``listens``), at the moments a model asks for
(``Found.again_at``), and every night in full. All three call the same ``evaluate`` and keep its hits by their keys, so that
they end with the same warnings.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from core.contracts.events import Handler, Run
from core.contracts.settings import SettingsArea, SettingsModel
from core.kernel.clock import now as clock_now
from core.kernel.errors import mark
from core.kernel.outbox import Event, announce
from core.kernel.scope import Scope

# Asks ``core.supervision`` to look at a range with one model now. Payload: ``model``, and ``subject`` for one matter alone.
LOOK: Final = "warning.look"
# Announced at a warning's region. Payload: ``warning`` (id), ``model``, ``key``, ``severity``.
RAISED: Final = "warning.raised"
# And ``state``: a transition of its workflow was made.
MOVED: Final = "warning.moved"
_NAME: Final = re.compile(r"[a-z][a-z0-9_:]*")
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Severity(StrEnum):
    """How urgent a warning is. Red never falls by itself: only after a correction was verified."""

    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"


class Domain(StrEnum):
    """What a model watches: the six fields that Zhejiang names, and those of the product itself."""

    WORKS = "works"
    ASSETS = "assets"
    LABOUR = "labour"
    PURCHASING = "purchasing"
    AID = "aid"
    SEALS = "seals"
    DECISIONS = "decisions"
    DISCLOSURE = "disclosure"
    TASKS = "tasks"
    PETITIONS = "petitions"
    OTHER = "other"

    @property
    def words(self) -> str:
        """The source text shown."""
        return _DOMAINS[self]


_DOMAINS: Final[Mapping[Domain, str]] = {
    Domain.WORKS: mark("村级工程"),
    Domain.ASSETS: mark("资产资源"),
    Domain.LABOUR: mark("劳务用工"),
    Domain.PURCHASING: mark("村级采购"),
    Domain.AID: mark("困难救助"),
    Domain.SEALS: mark("印章管理"),
    Domain.DECISIONS: mark("民主决策"),
    Domain.DISCLOSURE: mark("村务公开"),
    Domain.TASKS: mark("交办事项"),
    Domain.PETITIONS: mark("群众反映"),
    Domain.OTHER: mark("其他"),
}


@dataclass(frozen=True, slots=True)
class Basis:
    """One row that a warning rests on: what it is (a source text), its own title, its page and its moment.

    ``dataset`` names the outside data set that it was taken from: what is said here is erased when that set ends.
    """

    kind: str
    title: str
    link: str = ""
    at: datetime | None = None
    id: UUID | None = None
    dataset: UUID | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """One matter to check. ``key`` is stable: the same matter gives the same key whenever it is looked at.

    ``text`` is a source text that says why, with ``data`` filled in (texts and numbers; no personal number). ``concerns``
    are persons the matter is about: they may not handle it, and see it only when it is put to them.
    """

    key: str
    region: str
    title: str
    severity: Severity
    text: str
    since: datetime
    data: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    basis: tuple[Basis, ...] = ()
    concerns: tuple[UUID, ...] = ()
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a model found in a range. ``again_at``: when time alone can change it, if nothing is announced before.

    ``looked`` is for a look at one subject: the keys of all that belongs to it, hit or not. What is neither stays as it is.
    """

    hits: tuple[Hit, ...] = ()
    again_at: datetime | None = None
    looked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Look:
    """Where and when to look: rows of ``region`` and below, things that happened from ``starts`` to before ``ends`` (now).

    ``rule`` holds the model's parameters as they are in force at ``ends``. State ``region`` in every query beside the
    scope's own range, which may be wider. ``subject`` is empty, or what ``Listen.subject_of`` gave: then only that is looked at.
    """

    region: str
    county: str
    starts: datetime
    ends: datetime
    rule: Any
    subject: str = ""

    @property
    def region_end(self) -> str:
        """The first text after every code of the range."""
        return f"{self.region}:"


def where_it_happened(event: Event) -> str:
    """Give the announcement's own region."""
    return event.region


def all_of_it(event: Event) -> str:  # noqa: ARG001 - one of several such
    """Name no subject: the whole range is looked at."""
    return ""


@dataclass(frozen=True, slots=True)
class Listen:
    """An announcement after which a model looks again, and the range it looks at (the event's region, or one around it).

    ``subject_of`` names what alone was touched, in the model's own words, so that one deed in a large range costs no look at
    all of it; the empty text asks for the whole range.
    """

    topic: str
    range_of: Callable[[Event], str] = where_it_happened
    subject_of: Callable[[Event], str] = all_of_it


@dataclass(frozen=True, slots=True)
class WarningModel:
    """One kind of warning. ``name`` is stored with each and never changes.

    ``evaluate`` runs inside an open transaction of ``scope``, reads and never writes, and gives all hits of the range.
    ``severity_rule`` says in words when it is red, orange or yellow; ``area`` holds its parameters, with dates from which
    they hold. ``floor`` is the share of useful warnings (percent) under which its review is proposed. ``compares`` names the
    kinds of outside data that it reads: each run over them is written into their access log.
    """

    name: str
    title: str
    domain: Domain
    evaluate: Callable[[Scope, Look], Awaitable[Found]]
    severity_rule: str
    area: SettingsArea | None = None
    listens: tuple[Listen, ...] = ()
    hint: str = ""
    floor: int = 30
    compares: tuple[str, ...] = ()
    plugin: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"{self.name}: small letters, figures, _ and :")
        if not 0 <= self.floor <= 100:  # noqa: PLR2004 - percent
            raise ValueError(f"{self.name}: the floor is percent")


class NoParameters(SettingsModel):
    """What ``Look.rule`` is for a model without parameters."""


def handlers_of(model: WarningModel) -> tuple[Handler, ...]:
    """Give the handlers that have the model look again; the registry adds them to everybody's."""
    return tuple(
        Handler(listen.topic, f"warning:{model.name}:{listen.topic}", _asking(model.name, listen), plugin=model.plugin, reach=listen.range_of)
        for listen in model.listens
    )


def _asking(model: str, listen: Listen) -> Run:
    async def ask(scope: Scope, event: Event) -> None:
        subject = listen.subject_of(event)
        asked = {"model": model, "subject": subject} if subject else {"model": model}
        await announce(scope, LOOK, asked, now=clock_now(), county=event.county)

    return ask
