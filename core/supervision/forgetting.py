"""What a warning took from outside data goes with it: once a data set has ended, its rows are struck from every warning's basis.

What was found stays in the warning's words, which name persons masked; in place of the rows stands that they were erased and
when. It follows the end of a set, and again each night: a look that was under way meanwhile may have written them once more.
"""

from typing import Final

from core.kernel.clock import now as clock_now
from core.kernel.database import fetch_value
from core.kernel.outbox import Event
from core.kernel.scope import Scope
from core.supervision.enums import Happened

# Rows of one kind become one line; what rests on nothing from outside, or on sets that are still kept, is not touched.
_ERASE: Final = """
WITH ended AS (
  SELECT d.id::text AS id FROM datasets.dataset d
   WHERE d.region >= $1 AND d.region < $2 AND d.county = $3 AND d.ended_at IS NOT NULL),
erased AS (
  UPDATE warning w SET basis = (
    SELECT jsonb_agg(p.part ORDER BY p.n) FROM (
      SELECT s.part, min(s.n) AS n FROM (
        SELECT b.n, CASE WHEN e.id IS NULL THEN b.one ELSE jsonb_build_object(
                 'kind', b.one -> 'kind', 'title', '', 'link', '', 'at', NULL, 'id', NULL, 'dataset', NULL, 'erased', $4::timestamptz) END AS part
          FROM jsonb_array_elements(w.basis) WITH ORDINALITY AS b (one, n) LEFT JOIN ended e ON e.id = b.one ->> 'dataset') s
       GROUP BY s.part) p)
   WHERE w.region >= $1 AND w.region < $2 AND w.county = $3
     AND EXISTS (SELECT FROM jsonb_array_elements(w.basis) AS b (one) JOIN ended e ON e.id = b.one ->> 'dataset')
  RETURNING w.county, w.id, w.region),
told AS (
  INSERT INTO warning_event (county, id, region, warning_id, at, kind, text, membership, by_name, by_office, data)
  SELECT e.county, time_ordered_id(), e.region, e.id, $4, $5, '', $6, $7, $8, '{}'::jsonb FROM erased e RETURNING id)
SELECT count(*) FROM told
"""


async def erase_ended(scope: Scope) -> int:
    """Strike what warnings took from data sets that have ended. Gives of how many; repeated it finds nothing."""
    told = (scope.county, clock_now(), str(Happened.ERASED), scope.membership, scope.by_name, scope.by_office)
    found: int = await fetch_value(scope, _ERASE, *told)
    return found


async def on_changed(scope: Scope, _event: Event) -> None:
    """Follow the end of a data set."""
    await erase_ended(scope)
