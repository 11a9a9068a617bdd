"""The floors in plain SQL: what the product's work comes down to when everything else is left away."""

# pgbench's scripts. The village is one of ``:villages`` in the first county, as ``benchmarks.filling`` numbers them.
SELECT_ROWS = """\\set n random(0, :villages - 1)
\\set code 330101101201 + :n / 20 * 1000 + :n % 20
SELECT id, title, category, points, due_at, state, emergency, allocated_name FROM assignment
WHERE region = :code::bigint::text COLLATE "C" AND closed_at IS NULL ORDER BY due_at LIMIT 25;
"""
GUARDED_UPDATE = """\\set n random(1, :places)
UPDATE place SET taken_by = '330101101201', taken_by_name = '村', taken_at = now()
WHERE id = md5('pgbench' || :n)::uuid AND taken_by IS NULL RETURNING id;
"""
FORGET_PGBENCH_PLACES = "DELETE FROM place WHERE title = 'pgbench'"
ADD_PGBENCH_PLACES = """
INSERT INTO place (county, id, region, task_id, brief_id, n, title, evidence, points, due_at, sender_name)
SELECT '330101', md5('pgbench' || n)::uuid, '330101101', md5('pgbench' || n)::uuid, md5('pgbench' || n)::uuid, 1, 'pgbench', '{}',
       3, now() + interval '3 days', '文化站' FROM generate_series(1, $1::int) n
"""

# A share for each village given, into the same table with its indexes, under its policies.
_COLUMNS = """
INSERT INTO assignment (county, id, region, task_id, brief_id, sender_region, sender_name, receiver_name, title, points,
                        due_at, evidence, state, created_at, changed_at)
"""
INSERT_SHARES = f"""{_COLUMNS}
SELECT substr(g.code, 1, 6), g.id, g.code, $3, $3, '330101', '农业农村局', r.shown_name, '汛期前圩堤隐患排查', 5,
       now() + interval '3 days', '{{}}', 'sent', now(), now()
FROM unnest($1::text[], $2::uuid[]) AS g(code, id) JOIN region r ON r.code = g.code
"""
PGBENCH_INSERT = f"""BEGIN;
SET LOCAL app.scope = '33';
SET LOCAL app.scope_end = '33:';
{_COLUMNS}
SELECT substr(r.code, 1, 6), gen_random_uuid(), r.code, md5(now()::text)::uuid, md5(now()::text)::uuid, '330101', '农业农村局',
       r.shown_name, '汛期前圩堤隐患排查', 5, now() + interval '3 days', '{{}}', 'sent', now(), now()
FROM (SELECT * FROM region WHERE level = 5 ORDER BY code LIMIT :receivers) r;
COMMIT;
"""
