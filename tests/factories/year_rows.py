"""The statements of ``tests.factories.year``: $1 is the county, $2 the end of the year, $3 how many faults."""

from typing import Final

_VILLAGES: Final = """(SELECT code, parent, shown_name, row_number() OVER (ORDER BY code) - 1 AS v FROM region
  WHERE level = 5 AND left(code, 6) = $1 AND closed IS NULL)"""
_ID: Final = "md5($1 || '{}' || {})::uuid"
_SECRETARY: Final = "md5($1 || 'person' || v.code)::uuid"

# A county, its townships and villages, one of which is no more; a secretary for each village, a leader for each township.
_PLACES: Final = (
    """INSERT INTO region (code, parent, level, name, short_name, opened)
    SELECT c, p, l, n, n, date '2023-06-30' FROM (VALUES (left($1, 2), NULL, 1, '某省'), (left($1, 4), left($1, 2), 2, '某市'),
      ($1, left($1, 4), 3, '某县')) AS r (c, p, l, n)
    UNION ALL SELECT $1 || (100 + t), $1, 4, '第' || t || '镇', '第' || t, date '2023-06-30' FROM generate_series(1, {townships}) t
    UNION ALL SELECT $1 || (100 + t) || (200 + v), $1 || (100 + t), 5, '第' || v || '村', '第' || v, date '2023-06-30'
      FROM generate_series(1, {townships}) t, generate_series(1, {villages}) v
    ON CONFLICT (code) DO NOTHING""",
    """INSERT INTO region (code, parent, level, name, short_name, opened, closed)
    VALUES ($1 || '101299', $1 || '101', 5, '已撤村', '已撤', '2023-06-30', '2025-06-30')""",
    "INSERT INTO county (county, code, name, opened_at) VALUES ($1, $1, '某县', now()) ON CONFLICT DO NOTHING",
    f"""INSERT INTO person (county, id, region, name, created_at)
    SELECT $1, {_SECRETARY}, v.code, '王建国', now() FROM region v WHERE left(v.code, 6) = $1 AND v.level IN (4, 5)""",
    f"""INSERT INTO membership (county, id, region, person_id, person_name, role, valid_from, granted_by_name, created_at)
    SELECT $1, {_ID.format("post", "v.code")}, v.code, {_SECRETARY}, '王建国',
           CASE v.level WHEN 4 THEN 'township_leader' ELSE 'village_secretary' END, $2::timestamptz - interval '2 years', '系统', now()
    FROM region v WHERE left(v.code, 6) = $1 AND v.level IN (4, 5)""",
    f"""INSERT INTO person (county, id, region, name, created_at)
    SELECT $1, {_ID.format("person", "v.code || '-' || n")}, v.code, '李春梅', now() FROM {_VILLAGES} v, generate_series(1, 8) n""",
    f"""INSERT INTO membership (county, id, region, person_id, person_name, role, valid_from, granted_by_name, created_at)
    SELECT $1, {_ID.format("post", "v.code || '-' || n")}, v.code, {_ID.format("person", "v.code || '-' || n")}, '李春梅', 'village_cadre',
           $2::timestamptz - interval '2 years', '系统', now() FROM {_VILLAGES} v, generate_series(1, 8) n""",
)  # fmt: skip
# Tasks of the past months are accepted; those of this month (m = 0) fall due in the coming days.
_TASKS: Final = (
    f"""INSERT INTO task (county, id, region, sender_name, brief_id, title, level, mode, points, due_at, evidence, state, receivers,
                          finished, by_name, created_at)
    SELECT $1, {_ID.format("task", "t.code || m || '-' || k")}, t.code, t.name || '党政办公室', {_ID.format("task", "t.code || m || '-' || k")},
           '第 ' || (12 - m) || ' 月第 ' || k || ' 项排查', 'village', 'named', 5, $2::timestamptz - make_interval(days => m * 30 - k, hours => -3),
           '{{{{}}}}', CASE m WHEN 0 THEN 'active' ELSE 'done' END, {{villages}}, CASE m WHEN 0 THEN 0 ELSE {{villages}} END, '李镇长',
           $2::timestamptz - make_interval(days => m * 30 + 8)
    FROM region t, generate_series(0, 11) m, generate_series(1, {{tasks}}) k WHERE left(t.code, 6) = $1 AND t.level = 4""",
    f"""INSERT INTO assignment (county, id, region, task_id, brief_id, sender_region, sender_name, receiver_name, title, points, due_at, evidence,
                                state, acknowledged_at, submitted_at, closed_at, quality, timeliness, score, created_at, changed_at)
    SELECT $1, {_ID.format("share", "t.id::text || v.code")}, v.code, t.id, t.brief_id, t.region, t.sender_name, v.shown_name, t.title, 5, t.due_at,
           '{{{{}}}}', CASE WHEN t.state = 'done' THEN 'accepted' WHEN v.v % 3 = 0 THEN 'sent' ELSE 'in_hand' END, t.created_at,
           CASE t.state WHEN 'done' THEN t.due_at - interval '1 day' END, CASE t.state WHEN 'done' THEN t.due_at - interval '1 hour' END,
           CASE t.state WHEN 'done' THEN 'good' ELSE '' END, CASE t.state WHEN 'done' THEN 1 END, CASE t.state WHEN 'done' THEN 5 END,
           t.created_at, t.created_at
    FROM task t JOIN {_VILLAGES} v ON v.parent = t.region WHERE t.county = $1""",
    f"""INSERT INTO incoming_task (county, id, region, sender_name, title, body, level, state, verdict, created_at, by_name, screened_at)
    SELECT $1, {_ID.format("incoming", "t.code || m || '-' || k")}, t.code, '农业农村局', '第 ' || m || ' 月第 ' || k || ' 件来文', '请组织开展。', 'village',
           (ARRAY['passed', 'refused', 'passed'])[1 + k % 3], 'passed', $2::timestamptz - make_interval(days => m * 30 + k), '张三',
           $2::timestamptz - make_interval(days => m * 30 + k)
    FROM region t, generate_series(0, 11) m, generate_series(1, {{incoming}}) k WHERE left(t.code, 6) = $1 AND t.level = 4""",
)  # fmt: skip
_DISCLOSURE: Final = (
    f"""INSERT INTO publication_due (county, id, region, section, period, at, opens_on, due_on, done_at)
    SELECT $1, {_ID.format("due", "v.code || s || m")}, v.code, s, to_char($2::timestamptz - make_interval(days => m * 30), 'YYYY-MM-DD'),
           $2::timestamptz - make_interval(days => m * 30 + 20), ($2::timestamptz - make_interval(days => m * 30 + 10))::date,
           ($2::timestamptz - make_interval(days => m * 30 - 6))::date,
           CASE WHEN m > 0 THEN $2::timestamptz - make_interval(days => m * 30 - 5) END
    FROM {_VILLAGES} v, generate_series(0, 11) m, unnest(ARRAY['tasks', 'petitions', 'seal_uses']) s""",
)  # fmt: skip
_PUBLICATIONS: Final = f"""
INSERT INTO publication (county, id, region, place, place_name, level, section, section_title, board, period, subject_id, title, content,
                         figures, lines, hash, check_number, token, released_name, released_office, released_at)
SELECT $1, {_ID.format("publication", "d.id::text")}, d.region, d.region, v.shown_name, 5, d.section, '村务', '村务', d.period, d.id, '村务公开', '{{{{}}}}',
       '{{{{}}}}', 0, sha256(d.id::text::bytea), left(md5(d.id::text), 12), md5('t' || d.id::text), '王建国', '', d.done_at
FROM publication_due d JOIN region v ON v.code = d.region WHERE d.county = $1 AND d.done_at IS NOT NULL"""
_DECISIONS: Final = (
    f"""INSERT INTO decision (county, id, region, title, text, subject_kind, subject_title, procedure_code, procedure_version, procedure, state,
                              step, step_title, record_id, step_on, step_since, due_at, by_name, created_at, changed_at, ended_at)
    SELECT $1, {_ID.format("decision", "v.code || n")}, v.code, '第 ' || n || ' 号事项', '修一段路。', 'project', '修路', 'four_step', 1, '{{{{}}}}',
           CASE n WHEN 1 THEN 'open' ELSE 'finished' END, 2, '党员大会审议', {_ID.format("record", "v.code || n")},
           ($2::timestamptz - make_interval(days => n * 30))::date, $2::timestamptz - make_interval(days => n * 30),
           CASE n WHEN 1 THEN $2::timestamptz + interval '5 days' END, '王建国', $2::timestamptz - make_interval(days => n * 30 + 20),
           $2::timestamptz - make_interval(days => n * 30), CASE WHEN n > 1 THEN $2::timestamptz - make_interval(days => n * 30) END
    FROM {_VILLAGES} v, generate_series(1, {{decisions}}) n""",
    """INSERT INTO decision_record (county, id, region, decision_id, step, attempt, state, opened_at, closed_at)
    SELECT d.county, d.record_id, d.region, d.id, d.step, 1, 'open', d.created_at, d.ended_at FROM decision d WHERE d.county = $1""",
)  # fmt: skip
_PETITIONS: Final = (
    f"""INSERT INTO petition (county, id, region, place_name, number, kind, source, title, body, floor, desk, desk_name, state, raised_at, due_at,
                              answered_at, closed_at, changed_at, by_name)
    SELECT $1, {_ID.format("petition", "v.code || n")}, v.code, v.shown_name, 'F' || v.v || '-' || n, (ARRAY['suggestion', 'complaint', 'help'])[1 + n % 3],
           'visit', '路灯不亮', '村口路灯不亮。', 5, v.code, v.shown_name, CASE WHEN n = 1 THEN 'in_hand' ELSE 'closed' END,
           $2::timestamptz - make_interval(days => n * 14 + 3), $2::timestamptz - make_interval(days => n * 14 - 17, hours => -2),
           CASE WHEN n > 1 THEN $2::timestamptz - make_interval(days => n * 14 + 1) END,
           CASE WHEN n > 1 THEN $2::timestamptz - make_interval(days => n * 14) END, $2::timestamptz - make_interval(days => n * 14 + 3), '王建国'
    FROM {_VILLAGES} v, generate_series(1, {{petitions}}) n""",
)  # fmt: skip
_SEALS: Final = (
    f"""INSERT INTO seal (county, id, region, place_name, kind, title, keeper_person, keeper_name, since, changed_at)
    SELECT $1, {_ID.format("seal", "v.code")}, v.code, v.shown_name, 'committee', '村民委员会公章', {_SECRETARY}, '王建国', $2, $2 FROM {_VILLAGES} v""",
    f"""INSERT INTO seal_use (county, id, region, place_name, number, seal_id, seal_title, purpose, document, copies, unasked, by_township, state,
                              asked_at, asked_name, decided_at, used_at, used_copies, keeper_name, filed_at, changed_at)
    SELECT $1, {_ID.format("use", "v.code || n")}, v.code, v.shown_name, 'Y' || v.v || '-' || n, {_ID.format("seal", "v.code")}, '村民委员会公章',
           (ARRAY['certificate', 'contract', 'report'])[1 + n % 3], '第 ' || n || ' 份证明', 2, false, false, 'filed', d, '李春梅', d + interval '1 hour',
           d + interval '2 hours', 2, '王建国', d + interval '3 hours', d + interval '3 hours'
    FROM {_VILLAGES} v, generate_series(1, {{uses}}) n, LATERAL (SELECT $2::timestamptz - make_interval(days => n * 27 + 1) AS d) x""",
)  # fmt: skip
# Aid and labour are paid each month, ten days before the end of the year and every thirty days before that. Persons are numbers;
# the registers hold others, who are paid nothing.
_ROW: Final = """INSERT INTO datasets.dataset_row (county, id, region, dataset_id, kind, n, state, id_hash, id_masked, name, name_masked, village,
  subject, detail, amount, starts_on, ends_on, created_at)"""
_REST: Final = "$1, md5($1 || '{kind}' || '-set')::uuid, '{kind}'"
_DATASETS: Final = (
    """INSERT INTO datasets.dataset (county, id, region, kind, state, file_name, source, purpose, basis, expires_on, replaces, by_name,
                                     created_at, ready_at)
    SELECT $1, md5($1 || k || '-set')::uuid, $1, k, 'ready', '名单.xlsx', '民政局', '比对', '条例', ($2::timestamptz + interval '90 days')::date,
           false, '张三', $2, $2 FROM unnest(ARRAY['business', 'payroll', 'deaths', 'aid', 'labour']) k""",
    *(
        f"""{_ROW}
    SELECT $1, md5($1 || '{kind}' || v.code || j || '-' || m)::uuid, {_REST.format(kind=kind)}, (v.v * 100 + j * 20 + m)::integer, 'stored',
           sha256(('{kind}' || v.v || '-' || j)::bytea), '3****************X', '', '张*', v.code, '{what}', '', {amount},
           ($2::timestamptz)::date - 10 - m * 30, NULL, $2
    FROM {_VILLAGES} v, generate_series(0, {persons} - 1) j, generate_series(0, 11) m"""
        for kind, what, amount, persons in (("aid", "低保", 860, "{persons}"), ("labour", "保洁", 160, "2"))
    ),
    *(
        f"""{_ROW}
    SELECT $1, md5($1 || '{kind}' || n)::uuid, {_REST.format(kind=kind)}, n, 'stored', sha256(('{kind} alone' || n)::bytea), '3****************X', '', '李*', '',
           '{what}', '', 50, ($2::timestamptz)::date - 2000, NULL, $2 FROM generate_series(1, {{townships}} * {{villages}} * {each}) n"""
        for kind, what, each in (("business", "某某商店", 40), ("payroll", "某某局", 10), ("deaths", "公安局", 6))
    ),
)  # fmt: skip
ROWS: Final = (*_PLACES, *_TASKS, *_DISCLOSURE, *_DECISIONS, *_PETITIONS, *_SEALS, *_DATASETS)

# Chosen by a hash, so that they lie anywhere; $3 of them. Each gives the id of what the warning rests on.
_CHOSEN: Final = """(SELECT {id} AS id, row_number() OVER (ORDER BY md5({id}::text)) AS n FROM {table}
  WHERE county = $1 AND {when} AND $2::timestamptz IS NOT NULL ORDER BY md5({id}::text) LIMIT $3 OFFSET {skip}) c"""


def _chosen(table: str, when: str, *, skip: str = "0", key: str = "id") -> str:
    return _CHOSEN.format(id=key, table=table, when=when, skip=skip)


def _planted_row(kind: str, since: str, until: str, *, paid: str, when: str, skip: str = "0") -> str:
    """Add a line to a register for persons who were paid; gives the payment."""
    return f"""
WITH c AS (SELECT p.*, row_number() OVER (ORDER BY md5(p.id::text)) AS x FROM datasets.dataset_row p
  WHERE p.county = $1 AND p.kind = '{paid}' AND {when} ORDER BY md5(p.id::text) LIMIT $3 OFFSET {skip}),
made AS ({_ROW}
  SELECT $1, md5($1 || 'planted' || '{kind}' || c.id || '{skip}')::uuid, {_REST.format(kind=kind)}, 900000 + c.x::integer, 'stored', c.id_hash,
         c.id_masked, '', c.name_masked, '', '某某建材店', '经营者', 5, {since}, {until}, $2 FROM c)
SELECT c.id FROM c"""


def _person(kind: str, n: int) -> str:
    """Say which of a village's persons a payment was made to: so that nobody is planted twice."""
    return f"p.id_hash IN (SELECT sha256(('{kind}' || g || '-{n}')::bytea) FROM generate_series(0, 499) g)"


_LAST: Final = "p.starts_on = ($2::timestamptz)::date - 10"
PLANTED: Final[dict[str, tuple[str, ...]]] = {
    "overdue_task": (
        f"""UPDATE assignment a SET state = (ARRAY['sent', 'in_hand', 'returned'])[1 + c.n % 3], closed_at = NULL, submitted_at = NULL,
            due_at = $2::timestamptz - make_interval(days => (c.n % 25)::integer, hours => 1)
        FROM {_chosen("assignment", "state = 'accepted'")} WHERE a.county = $1 AND a.id = c.id RETURNING a.id""",
    ),
    "waiting_approval": (
        f"""UPDATE incoming_task i SET state = 'held', created_at = $2::timestamptz - make_interval(hours => (49 + c.n * 7)::integer)
        FROM {_chosen("incoming_task", "state = 'passed'")} WHERE i.county = $1 AND i.id = c.id RETURNING i.id""",
    ),
    "missing_publication": (
        f"""UPDATE publication_due d SET done_at = NULL, missing_at = $2
        FROM {_chosen("publication_due", "done_at IS NOT NULL")} WHERE d.county = $1 AND d.id = c.id RETURNING d.id""",
    ),
    "stuck_decision": (
        f"""UPDATE decision d SET state = 'open', ended_at = NULL, due_at = $2::timestamptz - make_interval(days => (c.n % 20)::integer, hours => 1)
        FROM {_chosen("decision", "state = 'finished'")} WHERE d.county = $1 AND d.id = c.id RETURNING d.record_id AS id""",
        f"""UPDATE decision d SET state = 'failed', ended_at = NULL, due_at = NULL,
            changed_at = $2::timestamptz - make_interval(days => (15 + c.n % 30)::integer, hours => 1)
        FROM {_chosen("decision", "state = 'finished'")} WHERE d.county = $1 AND d.id = c.id RETURNING d.record_id AS id""",
    ),
    "overdue_petition": (
        f"""UPDATE petition p SET state = (ARRAY['raised', 'in_hand'])[1 + c.n % 2], closed_at = NULL, answered_at = NULL,
            due_at = $2::timestamptz - make_interval(days => (c.n % 12)::integer, hours => 1)
        FROM {_chosen("petition", "state = 'closed'")} WHERE p.county = $1 AND p.id = c.id RETURNING p.id""",
    ),
    "seal_without_approval": (
        f"""UPDATE seal_use u SET unasked = true, state = 'used', decided_at = NULL
        FROM {_chosen("seal_use", "NOT unasked")} WHERE u.county = $1 AND u.id = c.id RETURNING u.id""",
        f"""UPDATE seal_use u SET used_at = u.decided_at - interval '1 minute'
        FROM {_chosen("seal_use", "NOT unasked AND used_at > decided_at")} WHERE u.county = $1 AND u.id = c.id RETURNING u.id""",
        f"""UPDATE seal_use u SET used_copies = u.copies + 1
        FROM {_chosen("seal_use", "NOT unasked AND used_at > decided_at")} WHERE u.county = $1 AND u.id = c.id RETURNING u.id""",
    ),
    "aid_and_business": (_planted_row("business", "c.starts_on", "c.starts_on + 1", paid="aid", when=_person("aid", 0)),),
    "labour_and_salary": (_planted_row("payroll", "c.starts_on", "c.starts_on + 1", paid="labour", when=_person("labour", 0)),),
    "aid_after_death": (_planted_row("deaths", "c.starts_on - 40", "NULL", paid="aid", when=f"{_LAST} AND {_person('aid', 1)}"),),
}  # fmt: skip


def _miss(sql: str) -> str:
    return sql.replace("$3", "{faults}")


NEAR_MISSES: Final = (
    # handed in late, and not scored yet; withdrawn after its time; due in two hours
    _miss(f"""UPDATE assignment a SET state = 'submitted', closed_at = NULL, due_at = $2::timestamptz - interval '9 days'
        FROM {_chosen("assignment", "state = 'accepted'")} WHERE a.county = $1 AND a.id = c.id"""),
    _miss(f"""UPDATE assignment a SET state = 'withdrawn', due_at = $2::timestamptz - interval '9 days'
        FROM {_chosen("assignment", "state = 'accepted'")} WHERE a.county = $1 AND a.id = c.id"""),
    _miss(f"""UPDATE assignment a SET state = 'in_hand', closed_at = NULL, due_at = $2::timestamptz + interval '2 hours'
        FROM {_chosen("assignment", "state = 'accepted'")} WHERE a.county = $1 AND a.id = c.id"""),
    # waits for 40 hours
    _miss(f"""UPDATE incoming_task i SET state = 'held', created_at = $2::timestamptz - interval '40 hours'
        FROM {_chosen("incoming_task", "state = 'passed'")} WHERE i.county = $1 AND i.id = c.id"""),
    # due tomorrow; of a section that is no more; of a village that is no more
    _miss(f"""UPDATE publication_due d SET done_at = NULL, due_on = ($2::timestamptz)::date + 1
        FROM {_chosen("publication_due", "done_at IS NOT NULL")} WHERE d.county = $1 AND d.id = c.id"""),
    _miss(f"""UPDATE publication_due d SET done_at = NULL, section = 'no_more' || c.n
        FROM {_chosen("publication_due", "done_at IS NOT NULL")} WHERE d.county = $1 AND d.id = c.id"""),
    _miss(f"""UPDATE publication_due d SET done_at = NULL, region = $1 || '101299', period = 'x' || c.n || d.period
        FROM {_chosen("publication_due", "done_at IS NOT NULL")} WHERE d.county = $1 AND d.id = c.id"""),
    # failed ten days ago; ended while late
    _miss(f"""UPDATE decision d SET state = 'failed', ended_at = NULL, due_at = NULL, changed_at = $2::timestamptz - interval '10 days'
        FROM {_chosen("decision", "state = 'finished'")} WHERE d.county = $1 AND d.id = c.id"""),
    _miss(f"""UPDATE decision d SET state = 'withdrawn', due_at = $2::timestamptz - interval '30 days'
        FROM {_chosen("decision", "state = 'finished'")} WHERE d.county = $1 AND d.id = c.id"""),
    # matters for the supervision itself; answered after the deadline
    _miss(f"""UPDATE petition p SET kind = 'supervision', state = 'in_hand', closed_at = NULL, due_at = $2::timestamptz - interval '9 days'
        FROM {_chosen("petition", "state = 'closed'")} WHERE p.county = $1 AND p.id = c.id"""),
    _miss(f"""UPDATE petition p SET state = 'answered', closed_at = NULL, due_at = $2::timestamptz - interval '9 days'
        FROM {_chosen("petition", "state = 'closed'")} WHERE p.county = $1 AND p.id = c.id"""),
    # used in the minute of the approval; fewer copies than granted; approved and never used
    _miss(f"""UPDATE seal_use u SET used_at = u.decided_at, used_copies = 1
        FROM {_chosen("seal_use", "NOT unasked AND used_at > decided_at AND used_copies = copies")} WHERE u.county = $1 AND u.id = c.id"""),
    _miss(f"""UPDATE seal_use u SET used_at = NULL, used_copies = NULL, state = 'approved'
        FROM {_chosen("seal_use", "NOT unasked AND used_at > decided_at AND used_copies = copies")} WHERE u.county = $1 AND u.id = c.id"""),
    # a business closed on the day of the payment, and one that opened the day after; a salary that had stopped; the last of grace
    _miss(_planted_row("business", "c.starts_on - 20", "c.starts_on", paid="aid", when=_person("aid", 2))),
    _miss(_planted_row("business", "c.starts_on + 1", "c.starts_on + 2", paid="aid", when=_person("aid", 2), skip="1")),
    _miss(_planted_row("payroll", "c.starts_on - 20", "c.starts_on", paid="labour", when=_person("labour", 1))),
    _miss(_planted_row("deaths", "c.starts_on - 31", "NULL", paid="aid", when=f"{_LAST} AND {_person('aid', 3)}")),
    _PUBLICATIONS,
)  # fmt: skip

_EVENT: Final = "INSERT INTO outbox (id, county, region, topic, payload, created_at, available_at, done_at)"
EVENTS: Final = (
    f"""{_EVENT} SELECT gen_random_uuid(), $1, t.region, x, jsonb_build_object('task', t.id), t.created_at, t.created_at, $2
    FROM task t, unnest(ARRAY['task.dispatched', 'task.due']) x WHERE t.county = $1 AND (x <> 'task.due' OR t.due_at <= $2)""",
    f"""{_EVENT} SELECT gen_random_uuid(), $1, CASE x WHEN 'assignment.submitted' THEN a.region ELSE a.sender_region END, x,
           jsonb_build_object('assignment', a.id, 'sender_region', a.sender_region), a.created_at, a.created_at, $2
    FROM assignment a, unnest(ARRAY['assignment.submitted', 'assignment.returned', 'assignment.submitted', 'assignment.accepted']) x
    WHERE a.county = $1 AND a.state IN ('accepted', 'submitted', 'returned')""",
    f"""{_EVENT} SELECT gen_random_uuid(), $1, i.region, x, jsonb_build_object('incoming', i.id), i.created_at, i.created_at, $2
    FROM incoming_task i, unnest(ARRAY['incoming.screened', 'incoming.decided']) x WHERE i.county = $1""",
    f"""{_EVENT} SELECT gen_random_uuid(), $1, p.region, x, jsonb_build_object('petition', p.id), p.raised_at, p.raised_at, $2
    FROM petition p, unnest(ARRAY['petition.came', 'petition.moved', 'petition.moved']) x WHERE p.county = $1""",
    f"""{_EVENT} SELECT gen_random_uuid(), $1, d.region, CASE WHEN d.done_at IS NULL THEN 'publication.missing' ELSE 'publication.released' END,
           jsonb_build_object('due', d.id, 'publication', d.publication_id, 'section', d.section), d.at, d.at, $2
    FROM publication_due d WHERE d.county = $1 AND (d.done_at IS NOT NULL OR d.due_on < ($2::timestamptz)::date)""",
    f"""{_EVENT} SELECT gen_random_uuid(), $1, d.region, x, jsonb_build_object('decision', d.id, 'record', d.record_id), d.changed_at, d.changed_at, $2
    FROM decision d, unnest(ARRAY['decision.turn', 'decision.moved', 'decision.turn', 'decision.moved']) x WHERE d.county = $1""",
    f"""{_EVENT} SELECT gen_random_uuid(), $1, u.region, 'seal.used', jsonb_build_object('use', u.id), u.used_at, u.used_at, $2
    FROM seal_use u WHERE u.county = $1 AND u.used_at IS NOT NULL""",
    f"""{_EVENT} SELECT gen_random_uuid(), $1, $1, 'dataset.changed', jsonb_build_object('dataset', d.id, 'kind', d.kind), $2, $2, $2
    FROM datasets.dataset d WHERE d.county = $1""",
)  # fmt: skip
REMINDERS: Final = f"""{_EVENT} SELECT gen_random_uuid(), $1, a.region, 'assignment.reminded', jsonb_build_object('assignment', a.id), a.created_at,
  a.created_at, $2 FROM (SELECT * FROM assignment WHERE county = $1 ORDER BY id) a, generate_series(1, 99) n LIMIT $3"""
