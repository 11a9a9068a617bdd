"""What supervision watches in disclosure: what the law's clock wanted published and nobody did."""

from datetime import datetime, time, timedelta
from typing import Any, Final

from core.contracts.disclosure import CORRECTED, MISSING, RELEASED, UNWANTED, WANTED, WITHDRAWN
from core.contracts.settings import SettingsArea, SettingsModel, setting
from core.contracts.warnings import Basis, Domain, Found, Hit, Listen, Look, Severity, WarningModel
from core.disclosure.drafting import sections_in_use
from core.disclosure.periods import DisclosureSettings, today
from core.kernel.clock import SHANGHAI
from core.kernel.database import fetch, fetch_value
from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.tenancy.settings import settings_of

_MISSED: Final = """
SELECT d.id, d.region, r.shown_name AS place, d.section, d.period, d.title, d.due_on,
       ARRAY(SELECT DISTINCT m.person_id FROM membership m WHERE m.region >= $1 AND m.region < $2 AND m.county = d.county
             AND m.region = d.region AND m.role = ANY ('{village_secretary,township_leader}'::text[]) AND m.valid_from <= $6
             AND (m.valid_to IS NULL OR m.valid_to > $6)) AS persons
FROM publication_due d JOIN region r ON r.code = d.region
WHERE d.region >= $1 AND d.region < $2 AND d.region >= $3 AND d.region < $4 AND d.done_at IS NULL AND d.due_on < $5
  AND r.closed IS NULL AND d.section = ANY ($7)
"""
_NEXT: Final = """
SELECT min(d.due_on) FROM publication_due d
WHERE d.region >= $1 AND d.region < $2 AND d.region >= $3 AND d.region < $4 AND d.done_at IS NULL AND d.due_on >= $5
"""


class MissingRule(SettingsModel):
    """When a missing publication is orange or red. No source gives days; these are proposals."""

    orange_days: int = setting(5, title=mark("过期几天为橙色"), unit=mark("天"), ge=1, le=60)
    red_days: int = setting(15, title=mark("过期几天为红色"), unit=mark("天"), ge=2, le=180)


AREA: Final = SettingsArea("warning_missing_publication", mark("预警参数：应公开未公开"), MissingRule)


async def missing_publications(scope: Scope, look: Look) -> Found:
    """Find due dates that passed without a publication."""
    rule: MissingRule = look.rule
    offered = await settings_of(scope, DisclosureSettings, at=look.ends)
    sections = {section.name: section for section in sections_in_use(scope, offered)}
    day, where = today(look.ends), (look.region, look.region_end)
    hits, moments = [], []
    for row in await fetch(scope, _MISSED, *where, day, look.ends, list(sections)):
        late = (day - row["due_on"]).days
        severity = Severity.RED if late > rule.red_days else Severity.ORANGE if late > rule.orange_days else Severity.YELLOW
        moments += [_begin(row["due_on"], days) for days in (rule.orange_days, rule.red_days)]
        hits.append(_hit(row, severity, row["title"] or sections[row["section"]].title))
    following = await fetch_value(scope, _NEXT, *where, day)
    if following is not None:
        moments.append(_begin(following, 0))
    return Found(tuple(hits), min((each for each in moments if each > look.ends), default=None))


def _begin(due_on: Any, days: int) -> datetime:
    """Give the midnight after which a due date is so many days late."""
    return datetime.combine(due_on + timedelta(days=days + 1), time(), tzinfo=SHANGHAI)


def _hit(row: Any, severity: Severity, title: str) -> Hit:
    return Hit(
        key=str(row["id"]), region=row["region"], title=title, severity=severity, since=_begin(row["due_on"], 0),
        text=mark("%(place)s的“%(section)s”%(period)s最迟应在%(due)s公开，还没有公开。"),
        data={"place": row["place"], "section": title, "period": row["period"], "due": row["due_on"].isoformat()},
        basis=(Basis(mark("公开日历"), f"{title} {row['period']}".strip(), f"/disclosure?region={row['region']}", _begin(row["due_on"], 0), row["id"]),),
        concerns=tuple(row["persons"]),
    )  # fmt: skip


MODELS: Final = (
    WarningModel(
        "missing_publication", mark("应公开未公开"), Domain.DISCLOSURE, missing_publications,
        mark("过期为黄色；过期较久为橙色、红色，天数可以设置。"), AREA,
        listens=tuple(Listen(topic) for topic in (MISSING, WANTED, UNWANTED, RELEASED, CORRECTED, WITHDRAWN)),
        hint=mark("到了法定或本县规定的日期，还没有公开的内容。"),
    ),
)  # fmt: skip
