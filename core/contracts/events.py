"""What follows from a deed: who listens to which announcement, what is done at fixed times, what takes long.

Core's packages and plugins contribute these frozen objects at boot. The worker and the ticker take them as
one ``Subscriptions``; nothing here knows where they come from.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from types import MappingProxyType
from typing import Any, Final, Protocol, Self
from uuid import UUID

from core.kernel.clock import SHANGHAI
from core.kernel.outbox import Event
from core.kernel.scope import Scope

DAY: Final = timedelta(days=1)
SECOND: Final = timedelta(seconds=1)

Run = Callable[[Scope, Event], Awaitable[None]]
Chunk = Callable[[Scope], Awaitable[int | None]]


class Stopping(Exception):
    """Raised by long work between two chunks when the worker was told to end; no failure is counted."""


@dataclass(frozen=True, slots=True)
class Handler:
    """What is done when ``topic`` was announced.

    ``run`` gets a system scope of the event's region with its transaction open; the effect and the mark that
    it happened are committed together, so it happens once. It must not open transactions. An exception undoes
    it and it is tried again later; other handlers of the event are not held up.

    ``name`` is the key of that mark: unique in the product, and never changed while announcements are under
    way. ``plugin`` is filled in by the registry; where that plugin is off in the event's county, the handler
    is skipped. With ``long`` no transaction is open: ``run`` opens its own and must itself be safe to repeat.
    ``gave_up`` runs once, in a transaction of its own, when the last try has failed.
    """

    topic: str
    name: str
    run: Run
    plugin: str = ""
    long: bool = False
    gave_up: Run | None = None
    reach: Callable[[Event], str] | None = None

    def region_of(self, event: Event) -> str:
        """Give the region whose system scope the handler runs in: the event's own, or one around it.

        Raises ``ValueError`` for any other: an announcement lets nobody act beside the place it came from.
        """
        region = self.reach(event) if self.reach else event.region
        if not event.region.startswith(region):
            raise ValueError(f"{self.name} reaches beside its event's region")
        return region


@dataclass(frozen=True, slots=True)
class Schedule:
    """``topic`` announced again and again, once a slot, in every open county (where ``plugin`` is on).

    Either ``every`` (slots count from midnight in China; must divide a day or be whole days) or ``at`` (each
    day at that time in China). After a standstill only the latest missed slot is made up for. The payload
    holds ``slot``, an ISO time.
    """

    name: str
    topic: str
    every: timedelta | None = None
    at: time | None = None
    plugin: str = ""

    def __post_init__(self) -> None:
        if (self.every is None) == (self.at is None):
            raise ValueError(f"{self.name}: a schedule has either every or at")
        if self.every is not None and (self.every < SECOND or (DAY % self.every and self.every % DAY)):
            raise ValueError(f"{self.name}: every must divide a day or be whole days")

    def slot(self, now: datetime) -> datetime:
        """Give the start of the latest slot that has begun."""
        here = now.astimezone(SHANGHAI)
        if self.at is not None:
            today = datetime.combine(here.date(), self.at, tzinfo=SHANGHAI)
            return today if today <= now else today - DAY
        step = self.every or DAY
        start = datetime.combine(here.date(), time(), tzinfo=SHANGHAI)
        if step >= DAY:
            return start - timedelta(days=here.date().toordinal() % step.days)
        return start + (here - start) // step * step


class Progress(Protocol):
    """What a long work holds on to while it runs; see ``core.progress``."""

    @property
    def payload(self) -> Mapping[str, Any]:
        """What the work was started with."""

    @property
    def job_id(self) -> UUID:
        """The id of this work, as in ``/jobs/{id}``."""

    @property
    def scope(self) -> Scope:
        """The system scope of the county and region the work was started in."""

    async def chunk(self, key: str, run: Chunk, *, size: int) -> bool:
        """Do one part of ``size`` rows in a transaction of its own; False where it was done before a crash.

        ``run`` gets ``scope`` with the transaction open and gives how many rows failed (None: none).
        """

    async def set_total(self, total: int) -> None:
        """Say how long the bar is, once that is known."""

    async def set_result(self, result: Mapping[str, Any]) -> None:
        """Keep figures, ``link`` or file ids for the page that shows the end."""


@dataclass(frozen=True, slots=True)
class LongWork:
    """Work with a bar: an import, an export, a move of regions. Started by ``core.progress.start_job``.

    ``run`` is called again from the start after a crash; chunks already committed are skipped by their key.
    """

    kind: str
    title: str
    run: Callable[[Progress], Awaitable[None]]
    plugin: str = ""


@dataclass(frozen=True)
class Subscriptions:
    """All that the worker and the ticker serve. Raises ``ValueError`` on two of one name, at boot."""

    handlers: tuple[Handler, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    works: tuple[LongWork, ...] = ()
    by_topic: Mapping[str, tuple[Handler, ...]] = field(init=False, repr=False)
    by_kind: Mapping[str, LongWork] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        _refuse_twins("handlers", (handler.name for handler in self.handlers))
        _refuse_twins("schedules", (schedule.name for schedule in self.schedules))
        _refuse_twins("long works", (work.kind for work in self.works))
        topics: dict[str, tuple[Handler, ...]] = {}
        for handler in self.handlers:
            topics[handler.topic] = (*topics.get(handler.topic, ()), handler)
        object.__setattr__(self, "by_topic", MappingProxyType(topics))
        object.__setattr__(self, "by_kind", MappingProxyType({work.kind: work for work in self.works}))

    def with_more(self, other: Self) -> "Subscriptions":
        """Give both together."""
        return Subscriptions(
            handlers=self.handlers + other.handlers,
            schedules=self.schedules + other.schedules,
            works=self.works + other.works,
        )


def _refuse_twins(what: str, names: Iterable[str]) -> None:
    if twins := sorted(name for name, count in Counter(names).items() if count > 1):
        raise ValueError(f"two {what} of one name: {twins}")
