"""What must hold of the main job's rows at every moment, asked of the database as superuser."""

from typing import Final

TABLES: Final = (
    "incoming_task", "task", "task_parent", "task_brief", "assignment", "place", "assignment_event", "submission", "task_rating",
    "ledger_line", "score_total", "notice", "audit_line", "outbox", "timer",
)  # fmt: skip
CLEAR: Final = f"TRUNCATE {', '.join(TABLES)}, inbox CASCADE"  # plugins keep rows beside ours

# A change of any row changes the count or the sum of the transactions that wrote the rows. One row a county.
FINGERPRINT: Final = " UNION ALL ".join(
    f"SELECT county, '{name}', count(*), sum(xmin::text::bigint) FROM {name} GROUP BY county"
    for name in TABLES
)

# The moves there are, written here once more: tests do not believe the workflow they test.
MOVES: Final[dict[str, set[tuple[str | None, str]]]] = {
    "dispatch_task": {(None, "sent"), ("sent", "in_hand")},
    "take_place": {(None, "in_hand")},
    "acknowledge_assignment": {("sent", "in_hand")},
    "allocate_assignment": {("sent", "in_hand")},
    "submit_assignment": {("in_hand", "submitted"), ("returned", "submitted")},
    "accept_submission": {("submitted", "accepted")},
    "return_submission": {("submitted", "returned")},
    "withdraw_assignment": {(state, "withdrawn") for state in ("sent", "in_hand", "submitted", "returned")},
    "deliver": {(state, "withdrawn") for state in ("sent", "in_hand", "submitted", "returned")},
    "withdraw_task": {(state, "withdrawn") for state in ("sent", "in_hand", "submitted", "returned")},
}

BROKEN: Final = """
WITH share AS (
  SELECT *, to_char(closed_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM') AS period FROM assignment),
ledger AS (
  SELECT county, region, period, sum(points) AS points, count(*) AS lines FROM ledger_line GROUP BY 1, 2, 3),
earned AS (
  SELECT county, region, period, sum(score) AS points FROM share WHERE state = 'accepted' GROUP BY 1, 2, 3)
SELECT 'a share in no known state' AS broken, id::text AS which FROM share
 WHERE state NOT IN ('sent', 'in_hand', 'submitted', 'returned', 'accepted', 'withdrawn')
UNION ALL SELECT 'closed means accepted or withdrawn', id::text FROM share
 WHERE (closed_at IS NOT NULL) <> (state IN ('accepted', 'withdrawn'))
UNION ALL SELECT 'whatever is worked on was acknowledged', id::text FROM share
 WHERE (acknowledged_at IS NULL AND state NOT IN ('sent', 'withdrawn')) OR (state = 'sent' AND acknowledged_at IS NOT NULL)
UNION ALL SELECT 'a judged share was handed in', s.id::text FROM share s
 WHERE s.state IN ('submitted', 'returned', 'accepted')
   AND (s.submitted_at IS NULL OR NOT EXISTS (SELECT 1 FROM submission b WHERE b.assignment_id = s.id))
UNION ALL SELECT 'a returned share says why', id::text FROM share WHERE state = 'returned' AND return_reason = ''
UNION ALL SELECT 'accepted means scored', id::text FROM share
 WHERE (state = 'accepted') <> (score IS NOT NULL AND quality <> '' AND timeliness IS NOT NULL)
UNION ALL SELECT 'a total is the sum of its ledger', coalesce(l.region, t.region) FROM ledger l
  FULL JOIN score_total t ON (t.county, t.region, t.period) = (l.county, l.region, l.period)
 WHERE t.points IS DISTINCT FROM l.points OR t.lines IS DISTINCT FROM l.lines
UNION ALL SELECT 'the ledger is what accepted shares earned', coalesce(l.region, e.region) FROM ledger l
  FULL JOIN earned e ON (e.county, e.region, e.period) = (l.county, l.region, l.period)
 WHERE e.points IS DISTINCT FROM l.points
UNION ALL SELECT 'points are earned once and taken back once', subject_id::text FROM ledger_line
 GROUP BY subject_id HAVING count(*) FILTER (WHERE reverses IS NULL) <> 1 OR count(*) > 2
UNION ALL SELECT 'finished counts the accepted shares', t.id::text FROM task t
 WHERE t.finished <> (SELECT count(*) FROM share s WHERE s.task_id = t.id AND s.state = 'accepted')
UNION ALL SELECT 'a task is closed when all of it is finished', t.id::text FROM task t
 WHERE (t.state = 'closed') <> (t.state <> 'withdrawn' AND t.finished >= greatest(t.receivers, t.places))
UNION ALL SELECT 'an ended task has no open share and no free place', t.id::text FROM task t
 WHERE t.state <> 'active' AND (EXISTS (SELECT 1 FROM share s WHERE s.task_id = t.id AND s.closed_at IS NULL)
    OR EXISTS (SELECT 1 FROM place p WHERE p.task_id = t.id AND p.taken_by IS NULL AND p.withdrawn_at IS NULL))
UNION ALL SELECT 'a taken place is one share', p.id::text FROM place p
 WHERE (p.taken_by IS NOT NULL) <> EXISTS (SELECT 1 FROM share s WHERE s.place_id = p.id AND s.region = p.taken_by)
UNION ALL SELECT 'receivers are counted', t.id::text FROM task t
 WHERE t.mode = 'named' AND t.receivers < (SELECT count(*) FROM share s WHERE s.task_id = t.id AND s.state <> 'withdrawn')
    OR t.receivers > (SELECT count(*) FROM share s WHERE s.task_id = t.id)
UNION ALL SELECT 'parts of what still counts are what was given on and not withdrawn', s.id::text FROM share s
 WHERE s.state <> 'withdrawn' AND (s.parts, s.parts_done) <> (
   (SELECT count(*) FROM share c JOIN task t ON t.id = c.task_id
       JOIN task_parent l ON l.task_id = t.id WHERE l.assignment_id = s.id AND c.state <> 'withdrawn')
   + (SELECT count(*) FROM place p JOIN task t ON t.id = p.task_id
       JOIN task_parent l ON l.task_id = t.id WHERE l.assignment_id = s.id AND p.taken_by IS NULL AND p.withdrawn_at IS NULL),
   (SELECT count(*) FROM share c JOIN task t ON t.id = c.task_id
       JOIN task_parent l ON l.task_id = t.id WHERE l.assignment_id = s.id AND c.state = 'accepted'))
UNION ALL SELECT 'an incoming task is dispatched by one task, its own or that of its leading one', i.id::text FROM incoming_task i
 WHERE (i.state = 'dispatched' AND NOT EXISTS (SELECT 1 FROM task t
          WHERE t.id = i.task_id AND t.incoming_id = coalesce(i.merged_into, i.id)))
    OR (i.state <> 'dispatched' AND (i.task_id IS NOT NULL OR EXISTS (SELECT 1 FROM task t WHERE t.incoming_id = i.id)))
UNION ALL SELECT 'a task has the share of each matter it was made of as its parent', i.id::text FROM incoming_task i
 WHERE i.task_id IS NOT NULL AND i.assignment_id IS NOT NULL
   AND NOT EXISTS (SELECT 1 FROM task_parent l WHERE l.task_id = i.task_id AND l.assignment_id = i.assignment_id)
UNION ALL SELECT 'what is merged has an open leading matter of its place and level, and remembers its state', i.id::text
  FROM incoming_task i LEFT JOIN incoming_task m ON m.id = i.merged_into AND (m.county, m.region, m.level) = (i.county, i.region, i.level)
 WHERE i.state = 'merged' AND (m.state IS NULL OR m.state NOT IN ('passed', 'held') OR i.merged_from_state NOT IN ('passed', 'held'))
    OR (i.state NOT IN ('merged', 'dispatched') AND i.merged_into IS NOT NULL)
UNION ALL SELECT 'whoever leads is not led', m.id::text FROM incoming_task m
 WHERE m.merged_into IS NOT NULL AND EXISTS (SELECT 1 FROM incoming_task i WHERE i.merged_into = m.id)
UNION ALL SELECT 'every row lies in its own county', s.id::text FROM share s
 WHERE left(s.region, 6) <> s.county OR left(s.sender_region, 6) <> s.county
"""

# What must hold besides when everything announced was worked off: who took a place is counted; a task ends with its last sender,
# and of each sender that left earlier its history tells; whoever leads still wants it, if anybody of the merged does.
UNTOLD: Final = """
WITH whose AS (
  SELECT l.task_id, a.state <> 'withdrawn' AS wants FROM task_parent l JOIN assignment a ON a.id = l.assignment_id
  UNION ALL SELECT i.task_id, true FROM incoming_task i WHERE i.task_id IS NOT NULL AND i.assignment_id IS NULL)
SELECT 'receivers are counted' AS broken, t.id::text AS which FROM task t
 WHERE t.receivers NOT BETWEEN (SELECT count(*) FROM assignment a WHERE a.task_id = t.id AND a.state <> 'withdrawn')
   AND (SELECT count(*) FROM assignment a WHERE a.task_id = t.id)
UNION ALL SELECT 'a task ends with its last sender', t.id::text FROM task t WHERE t.state = 'active'
   AND EXISTS (SELECT 1 FROM whose w WHERE w.task_id = t.id) AND NOT EXISTS (SELECT 1 FROM whose w WHERE w.task_id = t.id AND w.wants)
UNION ALL SELECT 'of who left its history tells', t.id::text FROM task t WHERE t.state = 'active'
   AND EXISTS (SELECT 1 FROM whose w WHERE w.task_id = t.id AND NOT w.wants)
   AND NOT EXISTS (SELECT 1 FROM audit_line u WHERE u.subject_id = t.id AND u.action = 'task.goes_on')
UNION ALL SELECT 'whoever leads still wants it', t.id::text FROM task t JOIN incoming_task i ON i.id = t.incoming_id
   JOIN assignment a ON a.id = i.assignment_id WHERE t.state = 'active' AND a.state = 'withdrawn'
"""
