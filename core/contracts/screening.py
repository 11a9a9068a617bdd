"""Screening (过筛): rules say whether a matter may be sent down, and one verdict is made of what they found.

A rule reads and advises; a person decides what was held, and can be asked why. Refused beats held beats
passed. A rule that fails, takes too long, or was switched off since the matter was handed in does not let
it through: it holds the matter and is named.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, Self
from uuid import UUID

import structlog

from core.contracts.registry import current
from core.kernel.database import connection_of
from core.kernel.errors import mark
from core.kernel.scope import Scope

_log: Final = structlog.get_logger(__name__)
NO_DATA: Final[Mapping[str, Any]] = MappingProxyType({})
SECONDS_PER_RULE: Final = 10.0


class Verdict(StrEnum):
    """What became of a matter; held means that a person decides."""

    PASSED = "passed"
    HELD = "held"
    REFUSED = "refused"

    @property
    def words(self) -> str:
        """The source text shown."""
        return _TITLES[self]


_TITLES: Final[Mapping[Verdict, str]] = {
    Verdict.PASSED: mark("通过"),
    Verdict.HELD: mark("待人工审定"),
    Verdict.REFUSED: mark("驳回"),
}
_WEIGHT: Final = {Verdict.PASSED: 0, Verdict.HELD: 1, Verdict.REFUSED: 2}


@dataclass(frozen=True, slots=True)
class Matter:
    """What is to be sent down, as rules see it.

    ``region`` is where it goes to, ``level`` township or village: which list it must stand on.
    ``item_code`` is the item that the sender named, if any. ``at`` decides which lists are in force.
    """

    region: str
    level: str
    title: str
    body: str
    at: datetime
    id: UUID | None = None
    item_code: str = ""
    emergency: bool = False
    emergency_reason: str = ""
    sender_name: str = ""
    office_id: UUID | None = None


# What fills a reason and is a text of ours: the title of a rule. All else is as lists and people wrote it.
MARKED: Final = frozenset({"rule"})


@dataclass(frozen=True, slots=True)
class Reason:
    """One sentence: a source text and what fills its ``%(places)s``; translated where it is shown."""

    text: str
    data: Mapping[str, Any] = field(default_factory=lambda: NO_DATA)

    def stored(self) -> dict[str, Any]:
        """Give what the database keeps."""
        return {"text": self.text, "data": dict(self.data)}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """Read back what was stored."""
        return cls(stored["text"], stored.get("data", {}))


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item that comes near: how near from 0 to 1, and the words that both have."""

    id: UUID
    code: str
    title: str
    kind: str
    list_title: str = ""
    department: str = ""
    nearness: float = 1.0
    parts: tuple[str, ...] = ()

    def stored(self) -> dict[str, Any]:
        """Give what the database keeps."""
        return {
            "id": str(self.id),
            "code": self.code,
            "title": self.title,
            "kind": self.kind,
            "list_title": self.list_title,
            "department": self.department,
            "nearness": round(self.nearness, 4),
            "parts": list(self.parts),
        }

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """Read back what was stored."""
        return cls(**{**stored, "id": UUID(stored["id"]), "parts": tuple(stored["parts"])})


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found.

    ``item`` is the item the matter falls under; ``rule`` and ``title`` are filled in.
    """

    verdict: Verdict
    reasons: tuple[Reason, ...]
    item: Candidate | None = None
    candidates: tuple[Candidate, ...] = ()
    rule: str = ""
    title: str = ""

    def stored(self) -> dict[str, Any]:
        """Give what ``incoming_task.findings`` keeps of one rule."""
        return {
            "verdict": str(self.verdict),
            "reasons": [reason.stored() for reason in self.reasons],
            "item": self.item.stored() if self.item else None,
            "candidates": [candidate.stored() for candidate in self.candidates],
            "rule": self.rule,
            "title": self.title,
        }

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """Read back what was stored."""
        return cls(
            Verdict(stored["verdict"]),
            tuple(Reason.of(each) for each in stored["reasons"]),
            Candidate.of(stored["item"]) if stored["item"] else None,
            tuple(Candidate.of(each) for each in stored["candidates"]),
            stored["rule"],
            stored["title"],
        )


@dataclass(frozen=True, slots=True)
class ScreeningRule:
    """One rule. ``screen`` runs inside an open transaction of ``scope``, reads and never writes.

    ``title`` is a source text; ``name`` is stored with each finding and begins with the plugin's name.
    ``replaces`` names a rule that is not asked where this one is on: it answers the same question better.
    """

    name: str
    title: str
    screen: Callable[[Scope, Matter], Awaitable[Finding]]
    plugin: str = ""
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class Screening:
    """The verdict over a matter and all that led to it."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    item: Candidate | None = None

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The reasons of those rules that decided the verdict."""
        return tuple(
            reason for each in self.findings if each.verdict is self.verdict for reason in each.reasons
        )

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The nearest items: in the order of the one rule that gave any, else of all rules, each once, the nearest first."""
        given = [each.candidates for each in self.findings if each.candidates]
        if len(given) == 1:
            return given[0]
        best: dict[UUID, Candidate] = {}
        for each in self.findings:
            for candidate in each.candidates:
                known = best.get(candidate.id)
                if known is None or known.nearness < candidate.nearness:
                    best[candidate.id] = candidate
        return tuple(sorted(best.values(), key=lambda candidate: (-candidate.nearness, candidate.code)))


def combine(findings: Sequence[Finding]) -> Screening:
    """Make one verdict: refused beats held beats passed; without any finding a person decides.

    The item is that of the first rule that passed the matter with one (core's rule comes first); a refused
    matter has none.
    """
    if not findings:
        return Screening(Verdict.HELD, (held(mark("本县没有可用的过筛规则。")),))
    verdict = max((finding.verdict for finding in findings), key=_WEIGHT.__getitem__)
    items = (each.item for each in findings if each.verdict is Verdict.PASSED and each.item)
    item = next(items, None) if verdict is not Verdict.REFUSED else None
    return Screening(verdict, tuple(findings), item)


def passed(text: str, /, *, item: Candidate | None = None, **data: str | int) -> Finding:
    """Find that the matter may be sent down."""
    return Finding(Verdict.PASSED, (Reason(text, data),), item)


def held(text: str, /, *, candidates: Iterable[Candidate] = (), **data: str | int) -> Finding:
    """Find that a person must decide."""
    return Finding(Verdict.HELD, (Reason(text, data),), candidates=tuple(candidates))


def refused(text: str, /, *, candidates: Iterable[Candidate] = (), **data: str | int) -> Finding:
    """Find that the matter must not be sent down."""
    return Finding(Verdict.REFUSED, (Reason(text, data),), candidates=tuple(candidates))


def rules_for(scope: Scope) -> tuple[ScreeningRule, ...]:
    """Give the rules that screen matters of this scope's county now, core's first; none that another one replaces."""
    active = current().active(ScreeningRule, scope)
    replaced = {rule.replaces for rule in active if rule.replaces}
    return tuple(rule for rule in active if rule.name not in replaced)


async def screen(scope: Scope, matter: Matter, *, expected: Iterable[str] = ()) -> Screening:
    """Ask all rules, one after the other, in the open transaction, and combine what they found.

    ``expected`` names the rules that were on when the matter was handed in (``rules_for`` of that moment):
    one that is on no more holds the matter. A county that switched a rule off earlier is not held up by it.
    """
    rules = rules_for(scope)
    findings = [await ask(scope, rule, matter) for rule in rules]
    gone = [name for name in dict.fromkeys(expected) if name not in {rule.name for rule in rules}]
    return combine([*findings, *(_gone(name) for name in gone)])


async def ask(scope: Scope, rule: ScreeningRule, matter: Matter) -> Finding:
    """Ask one rule. Whatever goes wrong inside it is undone to before it and holds the matter."""
    connection = connection_of(scope)
    await connection.execute("SAVEPOINT screening_rule")
    try:
        async with asyncio.timeout(SECONDS_PER_RULE):
            finding = await rule.screen(scope, matter)
        if not isinstance(finding, Finding):
            raise TypeError(f"{rule.name} gave no finding")  # noqa: TRY301 - the same answer as any other fault
        await connection.execute("RELEASE SAVEPOINT screening_rule")
    except Exception:  # noqa: BLE001 - a fault of a rule, whichever, must hold the matter
        _log.exception("screening rule failed", rule=rule.name, plugin=rule.plugin)
        await connection.execute("ROLLBACK TO SAVEPOINT screening_rule")
        finding = held(mark("过筛规则“%(rule)s”出错，没有给出结论。"), rule=rule.title)
    return replace(finding, rule=rule.name, title=rule.title)


def _gone(name: str) -> Finding:
    rule = current().named(ScreeningRule, name)
    title = rule.title if rule else name
    finding = held(mark("来文提交后，过筛规则“%(rule)s”已停用。"), rule=title)
    return replace(finding, rule=name, title=title)
