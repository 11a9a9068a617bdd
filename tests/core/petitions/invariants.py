"""What must hold of petitions at every moment, asked of the database as superuser."""

from typing import Final

TABLES: Final = (
    "petition", "petition_raiser", "petition_concern", "petition_event", "petition_block", "petition_code", "notice", "audit_line",
    "outbox", "timer",
)  # fmt: skip
CLEAR: Final = f"TRUNCATE {', '.join(TABLES)}, inbox CASCADE"

# A change of any row changes the count or the sum of the transactions that wrote the rows. One row a county and table.
FINGERPRINT: Final = " UNION ALL ".join(
    f"SELECT county, '{name}', count(*), sum(xmin::text::bigint) FROM {name} GROUP BY county" for name in TABLES
)

_OPEN: Final = ("raised", "in_hand")
# The moves there are, written here once more: tests do not believe the workflow they test.
MOVES: Final[dict[str, set[tuple[str | None, str]]]] = {
    "raise_petition": {(None, "raised")},
    "enter_petition": {(None, "raised")},
    "accept_petition": {("raised", "in_hand")},
    "answer_petition": {("in_hand", "answered"), ("merged", "answered")},
    "refuse_petition": {("raised", "refused")},
    "transfer_petition": {("in_hand", "raised")},
    "merge_petition": {(state, "merged") for state in _OPEN},
    "unmerge_petition": {("merged", "raised")},
    "mark_abuse": {(state, "refused") for state in _OPEN},
    "clear_abuse": {("refused", "raised")},
    "judge_petition": {("answered", "closed")},
    "reopen_petition": {(state, "raised") for state in ("answered", "closed", "refused")},
    "lapse": {("answered", "closed"), ("in_hand", "raised")},  # the worker: also what goes to another desk, for who is named
}

BROKEN: Final = """
WITH lines AS (
  SELECT county, petition_id, count(*) FILTER (WHERE kind = 'reopened') AS reopened, count(*) FILTER (WHERE kind = 'judged') AS judged,
         count(*) FILTER (WHERE kind = 'answered') AS answered, count(*) FILTER (WHERE kind = 'raised') AS raised,
         count(*) FILTER (WHERE kind = 'overdue') AS late, count(*) AS n FROM petition_event GROUP BY 1, 2)
SELECT 'a matter in no known state' AS broken, id::text AS which FROM petition
 WHERE state NOT IN ('raised', 'in_hand', 'answered', 'closed', 'refused', 'merged')
UNION ALL SELECT 'closed_at means closed or refused', id::text FROM petition WHERE (closed_at IS NOT NULL) <> (state IN ('closed', 'refused'))
UNION ALL SELECT 'in hand means accepted by this desk', id::text FROM petition WHERE state = 'in_hand' AND accepted_at IS NULL
UNION ALL SELECT 'an answer has a text, a name and a finding', id::text FROM petition
 WHERE state = 'answered' AND (answer = '' OR answered_name = '' OR office_solved IS NULL OR answered_at IS NULL)
UNION ALL SELECT 'judged once at most by its raiser after each answer', p.id::text FROM petition p JOIN lines l ON l.petition_id = p.id
 WHERE l.judged > l.answered
UNION ALL SELECT 'the office''s finding is not the villager''s', p.id::text FROM petition p JOIN lines l ON l.petition_id = p.id
 WHERE (p.villager_solved AND l.judged = 0) OR (p.villager_solved IS NOT NULL AND l.judged = 0 AND l.reopened = 0)
UNION ALL SELECT 'opened again once at most', p.id::text FROM petition p JOIN lines l ON l.petition_id = p.id
 WHERE l.reopened > 1 OR (l.reopened = 1) <> (p.reopened_at IS NOT NULL)
UNION ALL SELECT 'joined means joined to one that is there, of the same desk''s county, and not itself', p.id::text FROM petition p
 WHERE (p.state = 'merged' AND p.merged_into IS NULL) OR p.merged_into = p.id
    OR (p.merged_into IS NOT NULL AND p.state NOT IN ('merged', 'answered', 'closed'))
UNION ALL SELECT 'what others were joined to is open', p.id::text FROM petition p JOIN petition m ON m.county = p.county AND m.id = p.merged_into
 WHERE p.state = 'merged' AND m.state NOT IN ('raised', 'in_hand')
UNION ALL SELECT 'joined matters are of one sort', p.id::text FROM petition p JOIN petition m ON m.county = p.county AND m.id = p.merged_into
 WHERE (p.kind = 'supervision') <> (m.kind = 'supervision')
UNION ALL SELECT 'the desk lies on the way up from the place, never below the floor', id::text FROM petition
 WHERE left(region, length(desk)) <> desk OR length(desk) > CASE floor WHEN 3 THEN 6 WHEN 4 THEN 9 ELSE 12 END
UNION ALL SELECT 'supervision lies with no office and no grid', id::text FROM petition
 WHERE kind = 'supervision' AND (office_id IS NOT NULL OR grid_id IS NOT NULL)
UNION ALL SELECT 'nobody reads of a matter about himself', n.id::text FROM notice n JOIN membership m ON m.id = n.membership_id
 JOIN petition_concern c ON c.person_id = m.person_id AND n.link = '/petitions/' || c.petition_id
UNION ALL SELECT 'whoever is named by its raiser, at any time, is shut out', e.petition_id::text FROM petition_event e
 JOIN membership m ON m.county = e.county AND m.region = ANY (ARRAY[left(e.region, 6), left(e.region, 9), e.region]) AND strpos(e.text, m.person_name) > 0
 WHERE e.membership IS NULL AND NOT (e.kind = 'judged' AND e.data->>'solved' = 'true')
   AND NOT EXISTS (SELECT FROM petition_concern c WHERE c.petition_id = e.petition_id AND c.person_id = m.person_id)
   AND NOT EXISTS (SELECT FROM outbox o WHERE o.done_at IS NULL AND o.payload->>'petition' = e.petition_id::text)
UNION ALL SELECT 'what waits to be looked through will be', p.id::text FROM petition p WHERE (p.looked_level IS NOT NULL OR p.sorted_at IS NULL)
   AND NOT EXISTS (SELECT FROM outbox o WHERE o.done_at IS NULL AND o.payload->>'petition' = p.id::text)
UNION ALL SELECT 'nobody has a matter about himself on the desk while another could', p.id::text FROM petition p
 JOIN membership m ON m.county = p.county AND m.region = p.desk AND m.role = ANY (ARRAY['village_secretary', 'village_cadre', 'grid_worker'])
 JOIN petition_concern c ON c.petition_id = p.id AND c.person_id = m.person_id
 WHERE p.state IN ('raised', 'in_hand') AND p.kind <> 'supervision' AND m.grid_id IS NOT DISTINCT FROM p.grid_id
   AND NOT EXISTS (SELECT FROM outbox o WHERE o.done_at IS NULL AND o.payload->>'petition' = p.id::text)
   AND NOT EXISTS (SELECT FROM membership h WHERE h.county = p.county AND h.region = p.desk AND h.grid_id IS NOT DISTINCT FROM p.grid_id
     AND h.role = ANY (ARRAY['village_secretary', 'village_cadre', 'supervision_committee', 'grid_worker'])
     AND NOT EXISTS (SELECT FROM petition_concern d WHERE d.petition_id = p.id AND d.person_id = h.person_id))
UNION ALL SELECT 'nobody under a leader who is meant sees or handles it', p.id::text FROM petition p
 JOIN petition_concern c ON c.petition_id = p.id JOIN membership m ON m.county = p.county AND m.person_id = c.person_id
 WHERE p.state IN ('raised', 'in_hand') AND p.kind <> 'supervision' AND left(p.region, length(m.region)) = m.region
   AND p.floor > CASE WHEN m.role = 'village_secretary' THEN 4 WHEN length(m.region) < 12 THEN 3 ELSE 5 END
   AND NOT EXISTS (SELECT FROM outbox o WHERE o.done_at IS NULL AND o.payload->>'petition' = p.id::text)
UNION ALL SELECT 'supervision is told to those alone who handle such', n.id::text FROM notice n JOIN petition p ON n.link = '/petitions/' || p.id
 JOIN membership m ON m.id = n.membership_id
 WHERE p.kind = 'supervision' AND m.role NOT IN ('supervision_committee', 'county_inspector', 'township_inspector')
UNION ALL SELECT 'an open matter has one clock, any other none', p.id::text FROM petition p
 WHERE (SELECT count(*) FROM timer t WHERE t.subject_id = p.id AND t.topic = 'petition.due' AND t.fired_at IS NULL AND t.cancelled_at IS NULL)
    <> (p.state IN ('raised', 'in_hand') AND p.overdue_at IS NULL)::int AND p.sorted_at IS NOT NULL
   AND NOT EXISTS (SELECT FROM outbox o WHERE o.topic = 'petition.due' AND o.done_at IS NULL AND o.payload->>'petition' = p.id::text)
UNION ALL SELECT 'a clock strikes when its matter is due', p.id::text FROM petition p JOIN timer t ON t.subject_id = p.id
 WHERE t.topic = 'petition.due' AND t.fired_at IS NULL AND t.cancelled_at IS NULL AND t.due_at <> p.due_at
UNION ALL SELECT 'the leading one is due no later than any that lends it its deadline', p.id::text FROM petition p
 JOIN petition m ON m.county = p.county AND m.id = p.merged_into WHERE p.state = 'merged' AND p.lent_due_at < m.due_at
UNION ALL SELECT 'a lent deadline is the earliest of those joined, earlier than its own', m.id::text FROM petition m
 WHERE m.state IN ('raised', 'in_hand') AND m.own_due_at IS NOT NULL AND (m.own_due_at <= m.due_at OR m.due_at IS DISTINCT FROM
   (SELECT min(p.lent_due_at) FROM petition p WHERE p.county = m.county AND p.merged_into = m.id AND p.state = 'merged'))
UNION ALL SELECT 'only what is joined lends, and its own deadline at that', id::text FROM petition
 WHERE lent_due_at IS NOT NULL AND (merged_into IS NULL OR lent_due_at <> due_at)
UNION ALL SELECT 'an answer that waits has a clock', p.id::text FROM petition p
 WHERE p.state = 'answered' AND NOT EXISTS (SELECT FROM timer t WHERE t.subject_id = p.id AND t.topic = 'petition.lapse'
   AND t.fired_at IS NULL AND t.cancelled_at IS NULL)
   AND NOT EXISTS (SELECT FROM outbox o WHERE o.topic = 'petition.lapse' AND o.done_at IS NULL AND o.payload->>'petition' = p.id::text)
UNION ALL SELECT 'late was said', p.id::text FROM petition p JOIN lines l ON l.petition_id = p.id WHERE p.overdue_at IS NOT NULL AND l.late = 0
UNION ALL SELECT 'abuse is a refusal', id::text FROM petition WHERE abused_at IS NOT NULL AND state <> 'refused'
UNION ALL SELECT 'a stop ends, and lifted it holds nothing', id::text FROM petition_block
 WHERE until <= at OR (lifted_at IS NOT NULL AND (phone_index IS NOT NULL OR source_hash IS NOT NULL))
UNION ALL SELECT 'a history begins with being raised and each line is audited', p.id::text FROM petition p LEFT JOIN lines l ON l.petition_id = p.id
 WHERE l.raised IS DISTINCT FROM 1 OR l.n <> (SELECT count(*) FROM audit_line a WHERE a.subject_id = p.id AND a.action LIKE 'petition.%')
UNION ALL SELECT 'nothing of a raiser stands outside his row', e.id::text FROM petition_event e WHERE e.text LIKE '%1391234%' OR e.text LIKE '%陈阿土%'
UNION ALL SELECT 'every row lies in its own county', id::text FROM petition WHERE left(region, 6) <> county OR left(desk, 6) <> county
"""
