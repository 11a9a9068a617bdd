"""What supervision watches in petitions: those that nobody answered in time.

A warning names the petition by its number alone: what was raised, and by whom, stays with those who handle it.
"""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from core.contracts.settings import SettingsArea, SettingsModel, setting
from core.contracts.warnings import Basis, Domain, Found, Hit, Listen, Look, Severity, WarningModel
from core.kernel.database import fetch
from core.kernel.errors import mark
from core.kernel.outbox import Event
from core.kernel.scope import Scope
from core.petitions.actions.moves import CAME, MOVED
from core.petitions.reactions import OVERDUE

_DAY: Final = timedelta(days=1)
# Matters for the supervision itself lie with the station already; whoever handles a petition, or is meant by it, is concerned.
_OPEN: Final = """
SELECT p.id, p.region, p.number, p.place_name, p.desk_name, p.due_at,
       ARRAY(SELECT m.person_id FROM membership m WHERE m.region >= $1 AND m.region < $2 AND m.county = p.county AND m.region = p.desk
             AND m.role = ANY ('{village_secretary,township_leader}'::text[]) AND m.valid_from <= $5 AND (m.valid_to IS NULL OR m.valid_to > $5)
             UNION SELECT c.person_id FROM petition_concern c WHERE c.region >= $1 AND c.region < $2 AND c.county = p.county
             AND c.petition_id = p.id) AS persons
FROM petition p
WHERE p.region >= $1 AND p.region < $2 AND p.region >= $3 AND p.region < $4 AND p.state IN ('raised', 'in_hand') AND p.due_at IS NOT NULL
  AND p.kind <> 'supervision'
"""
_ONE_OPEN: Final = f"{_OPEN} AND p.id = $6"


class OverdueRule(SettingsModel):
    """When an unanswered petition is red. No source gives days; this is a proposal."""

    red_days: int = setting(5, title=mark("超过办理期限几天为红色"), unit=mark("天"), ge=1, le=60)


AREA: Final = SettingsArea("warning_overdue_petition", mark("预警参数：群众反映超期"), OverdueRule)


async def overdue_petitions(scope: Scope, look: Look) -> Found:
    """Find petitions past their deadline without an answer."""
    rule: OverdueRule = look.rule
    hits, moments = [], []
    where = (look.region, look.region_end, look.ends)
    rows = await fetch(scope, _ONE_OPEN, *where, UUID(look.subject)) if look.subject else await fetch(scope, _OPEN, *where)
    for row in rows:
        red = row["due_at"] + rule.red_days * _DAY
        moments += [row["due_at"], red]
        if row["due_at"] <= look.ends:
            hits.append(_hit(row, Severity.RED if red <= look.ends else Severity.ORANGE))
    again_at = min((each for each in moments if each > look.ends), default=None)
    return Found(tuple(hits), again_at, frozenset({look.subject} - {""}))


def petition_of(event: Event) -> str:
    """Name the petition: what lies on a county's desk is not the whole county."""
    return str(event.payload["petition"])


def _hit(row: Any, severity: Severity) -> Hit:
    return Hit(
        key=str(row["id"]), region=row["region"], title=row["number"], severity=severity, since=row["due_at"],
        text=mark("%(place)s的群众反映 %(number)s 由%(desk)s办理，超过办理期限还没有答复。"),
        data={"place": row["place_name"], "number": row["number"], "desk": row["desk_name"]},
        basis=(Basis(mark("群众反映"), row["number"], f"/petitions/{row['id']}", row["due_at"], row["id"]),),
        concerns=tuple(row["persons"]),
    )  # fmt: skip


MODELS: Final = (
    WarningModel(
        "overdue_petition", mark("群众反映超期"), Domain.PETITIONS, overdue_petitions,
        mark("超过办理期限为橙色，更久为红色。"), AREA, listens=tuple(Listen(topic, subject_of=petition_of) for topic in (CAME, MOVED, OVERDUE)),
        hint=mark("过了办理期限还没有答复的群众反映。"),
    ),
)  # fmt: skip
