"""How a county is set up and used: the figures of its administrator's first page, in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.contracts.registry import current
from core.kernel.clock import local
from core.kernel.database import ABOVE, fetch_one
from core.kernel.ids import first_id_of
from core.kernel.scope import Scope

# $3 the county's key, $4 now, $5 today, $6 when the week began, $7 the smallest identifier of then.
_LISTS: Final = f"""
  SELECT DISTINCT ON (l.county, l.region, l.level, l.special) l.county, l.id, l.level, l.valid_to FROM entry_list l
   WHERE ((l.region >= $1 AND l.region < $2 AND l.region = $1) OR l.region = ANY ({ABOVE})) AND l.state <> 'draft'
     AND l.valid_from <= $5 AND (l.superseded_at IS NULL OR (l.superseded_at AT TIME ZONE 'Asia/Shanghai')::date >= l.valid_from)
   ORDER BY l.county, l.region, l.level, l.special, l.version DESC
"""  # noqa: S608 - constant parts
_FIGURES: Final = f"""
SELECT r.*, m.*, i.*, j.*, t.*, p.allowed,
  (SELECT count(*) FROM region x WHERE x.code >= $1 AND x.code < $2 AND x.level = 4 AND x.closed IS NULL
      AND NOT EXISTS (SELECT FROM membership y WHERE y.region >= $1 AND y.region < $2 AND y.region = x.code
                         AND (y.valid_to IS NULL OR y.valid_to > $4))) AS unstaffed,
  (SELECT count(*) FROM office o WHERE o.region >= $1 AND o.region < $2 AND o.closed_at IS NULL) AS offices,
  (SELECT count(*) FROM grid g WHERE g.region >= $1 AND g.region < $2 AND g.closed_at IS NULL) AS grids,
  (SELECT count(*) FROM entry_list d WHERE d.region >= $1 AND d.region < $2 AND d.region = $1 AND d.state = 'draft') AS drafts
FROM (SELECT count(*) FILTER (WHERE x.level = 4) AS townships, count(*) FILTER (WHERE x.level = 5) AS villages
        FROM region x WHERE x.code >= $1 AND x.code < $2 AND x.closed IS NULL) r,
     (SELECT count(DISTINCT y.person_id) AS people,
             count(DISTINCT y.person_id) FILTER (WHERE q.id IS NOT NULL AND q.account_id IS NULL) AS waiting,
             count(DISTINCT y.person_id) FILTER (WHERE y.role = 'county_administrator' AND q.account_id IS NOT NULL) AS administrators
        FROM membership y LEFT JOIN person q ON q.county = y.county AND q.id = y.person_id AND q.region >= $1 AND q.region < $2
       WHERE y.region >= $1 AND y.region < $2 AND (y.valid_to IS NULL OR y.valid_to > $4)) m,
     (SELECT count(DISTINCT f.id) AS lists, count(DISTINCT f.level) AS levels, count(e.id) AS items
        FROM ({_LISTS}) f LEFT JOIN entry_item e ON e.county = f.county AND e.list_id = f.id
         AND ((e.region >= $1 AND e.region < $2) OR e.region = ANY ({ABOVE}))
         AND (e.valid_from IS NULL OR e.valid_from <= $5) AND (e.valid_to IS NULL OR e.valid_to >= $5)
       WHERE f.valid_to IS NULL OR f.valid_to >= $5) i,
     (SELECT count(*) AS failed_jobs FROM job_row b
       WHERE b.region >= $1 AND b.region < $2 AND b.state = 'failed' AND b.finished_at > $6) j,
     (SELECT (SELECT count(*) FROM task k WHERE k.region >= $1 AND k.region < $2 AND k.county = $3 AND k.id >= $7
                 AND k.created_at > $6) AS tasks,
             count(*) AS incoming, count(*) FILTER (WHERE n.state = 'refused') AS refused
        FROM incoming_task n WHERE n.region >= $1 AND n.region < $2 AND n.county = $3 AND n.id >= $7 AND n.created_at > $6) t,
     (SELECT coalesce(array_agg(a.plugin ORDER BY a.plugin), '{{}}') AS allowed FROM plugin_allowance a WHERE a.county = $3) p
"""  # noqa: S608 - constant parts


@dataclass(frozen=True, slots=True, kw_only=True)
class CountyFigures:
    """What there is in a county, and what happened in it since the week began.

    ``unstaffed`` are townships in which nobody has a post; ``waiting`` are people who never signed in; ``administrators``
    are those who can. ``levels`` says for how many of the two levels, townships and villages, a list is in force.
    """

    townships: int
    villages: int
    unstaffed: int
    offices: int
    grids: int
    people: int
    waiting: int
    administrators: int
    lists: int
    levels: int
    items: int
    drafts: int
    failed_jobs: int
    tasks: int
    incoming: int
    refused: int
    allowed: Sequence[str]

    @property
    def modules(self) -> frozenset[str]:
        """The modules that the county may use and this server has."""
        return frozenset(self.allowed) & frozenset(current().manifests)


async def county_figures(scope: Scope, *, since: datetime, now: datetime) -> CountyFigures:
    """Count what the scope's range holds. ``since`` is when the week began."""
    row = await fetch_one(scope, _FIGURES, scope.county, now, local(now).date(), since, first_id_of(since))
    if row is None:
        raise RuntimeError("figures always come")
    return CountyFigures(**row)
