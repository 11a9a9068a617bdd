"""What supervision watches in decisions: steps that were never taken, and meetings that stayed short without a new attempt."""

from datetime import timedelta
from typing import Any, Final

from core.contracts.settings import SettingsArea, SettingsModel, setting
from core.contracts.warnings import Basis, Domain, Found, Hit, Listen, Look, Severity, WarningModel
from core.kernel.database import fetch
from core.kernel.errors import mark
from core.kernel.scope import Scope

_DAY: Final = timedelta(days=1)
_OPEN: Final = """
SELECT d.id, d.region, r.shown_name AS place, d.title, d.state, d.step_title, d.due_at, d.money, d.changed_at, d.record_id,
       ARRAY(SELECT DISTINCT m.person_id FROM membership m WHERE m.region >= $1 AND m.region < $2 AND m.county = d.county
             AND m.region = d.region AND m.role = 'village_secretary' AND m.valid_from <= $5
             AND (m.valid_to IS NULL OR m.valid_to > $5)) AS persons
FROM decision d JOIN region r ON r.code = d.region
WHERE d.region >= $1 AND d.region < $2 AND d.region >= $3 AND d.region < $4 AND d.ended_at IS NULL
  AND (d.due_at IS NOT NULL OR d.state = 'failed')
"""


class DecisionRule(SettingsModel):
    """When a stuck decision is red. No source gives days; these are proposals."""

    failed_days: int = setting(15, title=mark("未通过后几天没有再议就提示"), unit=mark("天"), ge=1, le=180)
    red_days: int = setting(15, title=mark("超过时限几天为红色"), unit=mark("天"), ge=1, le=180)


AREA: Final = SettingsArea("warning_stuck_decision", mark("预警参数：决策缺步骤"), DecisionRule)


async def stuck_decisions(scope: Scope, look: Look) -> Found:
    """Find decisions whose next step is overdue, or whose vote fell short and was not taken up again."""
    rule: DecisionRule = look.rule
    hits, moments = [], []
    for row in await fetch(scope, _OPEN, look.region, look.region_end, look.ends):
        begins = row["changed_at"] + rule.failed_days * _DAY if row["state"] == "failed" else row["due_at"]
        red = begins + rule.red_days * _DAY
        moments += [begins, red]
        if begins <= look.ends:
            hits.append(_hit(row, Severity.RED if red <= look.ends else Severity.ORANGE, begins))
    return Found(tuple(hits), min((each for each in moments if each > look.ends), default=None))


def _hit(row: Any, severity: Severity, begins: Any) -> Hit:
    short = mark("%(place)s的“%(title)s”在“%(step)s”没有通过，一直没有再议，也没有终止。")
    missing = mark("%(place)s的“%(title)s”停在“%(step)s”，超过了办理时限，这一步还没有办。")
    return Hit(
        key=str(row["record_id"]), region=row["region"], title=row["title"], severity=severity, since=begins,
        text=short if row["state"] == "failed" else missing, data={"place": row["place"], "title": row["title"], "step": row["step_title"]},
        basis=(Basis(mark("民主决策"), row["title"], f"/decisions/{row['id']}", begins, row["id"]),),
        concerns=tuple(row["persons"]), amount=row["money"],
    )  # fmt: skip


# The village decides about a matter in steps; each announcement names the village.
_TOPICS: Final = ("decision.turn", "decision.moved", "decision.late", "decision.resolved", "decision.published", "decision.ended", "decision.posted")
MODELS: Final = (
    WarningModel(
        "stuck_decision", mark("决策缺步骤"), Domain.DECISIONS, stuck_decisions,
        mark("超过时限为橙色，更久为红色。"), AREA, listens=tuple(Listen(topic) for topic in _TOPICS),
        hint=mark("四议两公开等程序中，该办的步骤没有办，或者会议没有通过又没有再议。"),
    ),
)  # fmt: skip
