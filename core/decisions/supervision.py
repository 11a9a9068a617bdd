"""What supervision watches in decisions: steps that were never taken, meetings that stayed short without a new attempt.

And votes that passed by a lower number of who should attend: by the number before they would have been short. The reason that the
village gave stands in the minutes; whether it holds is for whoever checks.
"""

from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from core.contracts.settings import SettingsArea, SettingsModel, setting
from core.contracts.warnings import Basis, Domain, Found, Hit, Listen, Look, Severity, WarningModel
from core.decisions.procedures import Procedure
from core.decisions.rules import day_start
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

_FEWER: Final = """
SELECT d.id, d.region, r.shown_name AS place, d.title, d.procedure, d.money, x.step, x.id AS record_id, x.held_on, x.closed_at, x.came,
       x.approved, x.fewer,
       ARRAY(SELECT DISTINCT m.person_id FROM membership m WHERE m.region >= $1 AND m.region < $2 AND m.county = d.county
             AND m.region = d.region AND m.role = 'village_secretary' AND m.valid_from <= $6
             AND (m.valid_to IS NULL OR m.valid_to > $6)) AS persons
FROM decision_record x JOIN decision d ON d.county = x.county AND d.id = x.decision_id AND d.region >= $1 AND d.region < $2
JOIN region r ON r.code = d.region
WHERE x.region >= $1 AND x.region < $2 AND x.region >= $3 AND x.region < $4 AND x.fewer IS NOT NULL AND x.closed_at >= $5 AND x.closed_at < $6
  AND x.state = 'passed' AND d.state <> ALL (ARRAY['rejected', 'withdrawn'])
"""


class DecisionRule(SettingsModel):
    """When a stuck decision is red. No source gives days; these are proposals."""

    failed_days: int = setting(15, title=mark("未通过后几天没有再议就提示"), unit=mark("天"), ge=1, le=180)
    red_days: int = setting(15, title=mark("超过时限几天为红色"), unit=mark("天"), ge=1, le=180)


AREA: Final = SettingsArea("warning_stuck_decision", mark("预警参数：决策缺步骤"), DecisionRule)


async def stuck_decisions(scope: Scope, look: Look) -> Found:
    """Find decisions whose next step is overdue, whose vote fell short and was not taken up again, or passed by a lower number."""
    rule: DecisionRule = look.rule
    hits, moments = [], []
    for row in await fetch(scope, _OPEN, look.region, look.region_end, look.ends):
        begins = row["changed_at"] + rule.failed_days * _DAY if row["state"] == "failed" else row["due_at"]
        red = begins + rule.red_days * _DAY
        moments += [begins, red]
        if begins <= look.ends:
            hits.append(_hit(row, Severity.RED if red <= look.ends else Severity.ORANGE, begins))
    rows = await fetch(scope, _FEWER, look.region, look.region_end, look.starts, look.ends)
    hits += [_lower(row) for row in rows if row["fewer"]["short"]]
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


def _lower(row: Any) -> Hit:
    fewer = row["fewer"]
    missing = fewer["short"][0]
    came = mark(
        "%(place)s的“%(title)s”在“%(step)s”按应到 %(now)s 人通过，%(held_on)s 开会时应到 %(before)s 人；按以前的人数要 %(needed)s 人到会，实到 %(real)s 人。"
    )
    agreed = mark(
        "%(place)s的“%(title)s”在“%(step)s”按应到 %(now)s 人通过，%(held_on)s 开会时应到 %(before)s 人；按以前的人数要 %(needed)s 人同意，实际 %(real)s 人。"
    )
    meeting = mark("会议记录")
    return Hit(
        key=f"fewer:{row['record_id']}", region=row["region"], title=row["title"], severity=Severity.ORANGE, since=row["closed_at"],
        text=came if missing["what"] == "quorum" else agreed,
        data={
            "place": row["place"], "title": row["title"], "step": Procedure.of(row["procedure"]).at(row["step"]).title,
            "now": fewer["now"], "before": fewer["before"], "held_on": fewer["held_on"], "needed": missing["needed"],
            "real": missing["real"],
        },
        basis=(
            Basis(meeting, row["title"], f"/decisions/{row['id']}", day_start(row["held_on"]), row["record_id"]),
            Basis(meeting, fewer["title"], f"/decisions/{fewer['decision']}", day_start(date.fromisoformat(fewer["held_on"])), UUID(fewer["record"])),
        ),
        concerns=tuple(row["persons"]), amount=row["money"],
    )  # fmt: skip


# The village decides about a matter in steps; each announcement names the village.
_TOPICS: Final = ("decision.turn", "decision.moved", "decision.late", "decision.resolved", "decision.published", "decision.ended", "decision.posted")
MODELS: Final = (
    WarningModel(
        "stuck_decision", mark("决策缺步骤"), Domain.DECISIONS, stuck_decisions,
        mark("超过时限为橙色，更久为红色。"), AREA, listens=tuple(Listen(topic) for topic in _TOPICS),
        hint=mark("四议两公开等程序中，该办的步骤没有办，会议没有通过又没有再议，或者应到人数写得比以前少才通过。"),
    ),
)  # fmt: skip
