"""What supervision watches in senders: emergencies as a habit, and duties that come back under another name.

Each counts by sender and whole quarter, so that a look at one sender and the nightly look at all end with the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from core.api import Basis, Domain, Event, Found, Hit, Listen, Look, Scope, Severity, WarningModel, mark
from plugins.township_filter.senders.actions.noting import NOTED
from plugins.township_filter.senders.enums import SignKind
from plugins.township_filter.senders.queries.signs import matters_seen, signs_seen
from plugins.township_filter.senders.rules import (
    Span,
    before,
    cooperation_level,
    emergency_level,
    whole_quarters,
)
from plugins.township_filter.senders.settings import (
    AppraisalRule,
    CooperationRule,
    EmergencyShareRule,
    ReboundRule,
    area_of,
)

_MOST_ROWS: Final = 30
_HUNDRED: Final = 100


@dataclass(frozen=True, slots=True)
class _Judged:
    """What a model says of one sender's quarter: how urgent, why, and the rows that it rests on."""

    severity: Severity
    text: str
    data: Mapping[str, Any]
    rows: Sequence[Any]


def _sender_of(event: Event) -> str:
    return str(event.payload["sender"])


def _by_sender(rows: Iterable[Any]) -> dict[UUID, list[Any]]:
    ordered = sorted(rows, key=lambda row: str(row["sender"]))
    return {sender: list(own) for sender, own in groupby(ordered, key=lambda row: row["sender"])}


def _in(span: Span, rows: Sequence[Any]) -> list[Any]:
    return [row for row in rows if span.starts <= row["at"] < span.ends]


def _key(sender: UUID | str, quarter: Span) -> str:
    return f"{sender}:{quarter.name}"


def _found(look: Look, quarters: Sequence[Span], hits: Iterable[Hit]) -> Found:
    looked = frozenset(_key(look.subject, quarter) for quarter in quarters) if look.subject else frozenset()
    return Found(tuple(hits), looked=looked)


def _hit(sender: UUID, quarter: Span, said: _Judged, *, kind: str, page: str) -> Hit:
    first, last = said.rows[0], said.rows[-1]
    shown = sorted(said.rows, key=lambda row: row["at"])[-_MOST_ROWS:]
    return Hit(
        key=_key(sender, quarter), region=first["region"], title=first["name"], severity=said.severity, text=said.text,
        data={"sender": first["name"], "quarter": quarter.name, **said.data}, since=last["at"],
        basis=tuple(Basis(kind, row["title"], f"{page}/{row['id']}", row["at"], row["id"]) for row in shown),
        concerns=tuple(sorted({row["person"] for row in said.rows if row["person"] is not None})),
    )  # fmt: skip


def _starts(quarters: Sequence[Span]) -> datetime:
    return quarters[-1].starts


async def emergency_shares(scope: Scope, look: Look) -> Found:
    """Find senders whose share of emergencies in a quarter is over the limit."""
    rule: EmergencyShareRule = look.rule
    quarters = whole_quarters(look.starts, look.ends)
    hits = []
    for sender, rows in _by_sender(await matters_seen(scope, look, since=_starts(quarters))).items():
        for quarter in quarters:
            own = _in(quarter, rows)
            urgent = [row for row in own if row["emergency"]]
            level = emergency_level(
                len(urgent), len(own), limit=rule.emergency_share, red=rule.emergency_red, least=rule.emergency_least
            )
            if level is not None:
                text = mark("%(sender)s在 %(quarter)s 的 %(all)s 件来文里有 %(n)s 件走紧急方式，占 %(share)s%%，超过 %(limit)s%%。")
                data = {"all": len(own), "n": len(urgent), "share": len(urgent) * _HUNDRED // len(own), "limit": rule.emergency_share}
                hits.append(_hit(sender, quarter, _Judged(level, text, data, urgent), kind=mark("紧急来文"), page="/township_filter"))
    return _found(look, quarters, hits)


async def rebounds(scope: Scope, look: Look) -> Found:
    """Find senders who hand in what was taken back, under its own name or another."""
    rule: ReboundRule = look.rule
    quarters = whole_quarters(look.starts, look.ends)
    seen = await signs_seen(scope, look, SignKind.WITHDRAWN.value, since=_starts(quarters))
    hits = []
    for sender, rows in _by_sender(row for row in seen if row["nearness"] * _HUNDRED >= rule.rebound_percent).items():
        for quarter in quarters:
            own = _in(quarter, rows)
            if own:
                level = Severity.RED if len(own) >= rule.rebound_red else Severity.ORANGE
                text = mark("%(sender)s在 %(quarter)s 有 %(n)s 件清单外来文与上级已收回的事项接近，最近一件接近“%(item)s”（%(code)s）。")
                data = {"n": len(own), "item": own[-1]["item_title"], "code": own[-1]["item_code"]}
                hits.append(_hit(sender, quarter, _Judged(level, text, data, own), kind=mark("任务来文"), page="/incoming"))
    return _found(look, quarters, hits)


async def growing_cooperation(scope: Scope, look: Look) -> Found:
    """Find senders who ask for cooperation ever more often."""
    rule: CooperationRule = look.rule
    quarters = whole_quarters(look.starts, look.ends)
    asked = _by_sender(await signs_seen(scope, look, SignKind.COOPERATION.value, since=_starts(quarters)))
    there = _by_sender(await matters_seen(scope, look, since=_starts(quarters)))
    hits = []
    for sender, rows in asked.items():
        for quarter in quarters[:-1]:  # of the first nothing earlier is known
            own, earlier = _in(quarter, rows), _in(before(quarter), rows)
            level = cooperation_level(
                len(own), len(earlier), was_there=bool(_in(before(quarter), there.get(sender, []))),
                least=rule.cooperation_least, growth=rule.cooperation_growth,
            )  # fmt: skip
            if level is not None:
                text = mark("%(sender)s在 %(quarter)s 有 %(n)s 件来文要求配合、协助，上季度 %(before)s 件。")
                data = {"n": len(own), "before": len(earlier)}
                hits.append(_hit(sender, quarter, _Judged(level, text, data, own), kind=mark("任务来文"), page="/incoming"))
    return _found(look, quarters, hits)


async def appraisals(scope: Scope, look: Look) -> Found:
    """Find senders who tie appraisal to matters that are on no list."""
    rule: AppraisalRule = look.rule
    quarters = whole_quarters(look.starts, look.ends)
    hits = []
    for sender, rows in _by_sender(await signs_seen(scope, look, SignKind.APPRAISAL.value, since=_starts(quarters))).items():
        for quarter in quarters:
            own = _in(quarter, rows)
            if len(own) >= rule.appraisal_least:
                level = Severity.ORANGE if len(own) >= 2 * rule.appraisal_least else Severity.YELLOW
                text = mark("%(sender)s在 %(quarter)s 有 %(n)s 件清单外来文带考核要求：%(words)s。")
                data = {"n": len(own), "words": "、".join(sorted({row["word"] for row in own}))}
                hits.append(_hit(sender, quarter, _Judged(level, text, data, own), kind=mark("任务来文"), page="/incoming"))
    return _found(look, quarters, hits)


_LISTENS: Final = (Listen(NOTED, subject_of=_sender_of),)
MODELS: Final = (
    WarningModel(
        "township_filter:emergency_share", mark("紧急来文占比过高"), Domain.TASKS, emergency_shares,
        mark("超过占比为橙色，超过更高的占比为红色，都可以设置。"), area_of(EmergencyShareRule), listens=_LISTENS,
        hint=mark("有的单位常走紧急方式，绕开清单。"),
    ),
    WarningModel(
        "township_filter:rebound", mark("收回事项换名再派"), Domain.TASKS, rebounds,
        mark("一季度有一件为橙色，件数较多为红色，可以设置。"), area_of(ReboundRule), listens=_LISTENS,
        hint=mark("上级已经收回的事项，换个名称又要求基层承担。"),
    ),
    WarningModel(
        "township_filter:cooperation", mark("要求配合明显增多"), Domain.TASKS, growing_cooperation,
        mark("比上季度增多的幅度达到规定比例为黄色，达到规定比例的两倍为橙色。"), area_of(CooperationRule), listens=_LISTENS,
        hint=mark("以配合、协助的名义派下来的事越来越多。"),
    ),
    WarningModel(
        "township_filter:appraisal", mark("清单外事项带考核要求"), Domain.TASKS, appraisals,
        mark("达到规定件数为黄色，达到两倍为橙色。"), area_of(AppraisalRule), listens=_LISTENS,
        hint=mark("清单外的事用考核、排名、通报、打卡来推动。"),
    ),
)  # fmt: skip
