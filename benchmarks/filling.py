"""Data to measure on: 50 counties of 500 villages, cadres with sessions, shares in every state.

Written by INSERT … SELECT as superuser with triggers and foreign keys off: it is made to be consistent, and quickly. The
villages are numbered from 0; number 0 to 499 are the first county's, 20 to a township.
"""

from dataclasses import dataclass
from typing import Final

import asyncpg

VILLAGES_A_COUNTY: Final = 500
OPEN: Final = 25  # what a village has in hand: one full page

_REGIONS: Final = """
INSERT INTO region (code, parent, level, name, short_name, opened)
SELECT '33', NULL, 1, '浙江省', '浙江', date '2023-06-30'
UNION ALL SELECT '33' || lpad(c::text, 2, '0'), '33', 2, '第' || c || '市', '第' || c, date '2023-06-30'
  FROM generate_series(1, 5) c
UNION ALL SELECT '33' || lpad(c::text, 2, '0') || lpad(k::text, 2, '0'), '33' || lpad(c::text, 2, '0'), 3, '第' || k || '县',
  '第' || k, date '2023-06-30' FROM generate_series(1, 5) c, generate_series(1, 10) k
UNION ALL SELECT k.code || (100 + t), k.code, 4, '第' || t || '镇', '第' || t, date '2023-06-30'
  FROM generate_series(1, 25) t, (SELECT '33' || lpad(c::text, 2, '0') || lpad(k::text, 2, '0') AS code
    FROM generate_series(1, 5) c, generate_series(1, 10) k) k
UNION ALL SELECT t.code || (200 + v), t.code, 5, '第' || v || '村', '第' || v, date '2023-06-30'
  FROM generate_series(1, 20) v, (SELECT '33' || lpad(c::text, 2, '0') || lpad(k::text, 2, '0') || (100 + t) AS code
    FROM generate_series(1, 5) c, generate_series(1, 10) k, generate_series(1, 25) t) t
"""
_COUNTIES: Final = """
INSERT INTO county (county, code, name, opened_at) SELECT code, code, name, now() FROM region WHERE level = 3
"""
_SHARES: Final = """
INSERT INTO assignment (county, id, region, task_id, brief_id, sender_region, sender_name, receiver_name, title, item_code,
                        category, points, due_at, evidence, state, emergency, acknowledged_at, submitted_at, closed_at,
                        quality, timeliness, score, created_at, changed_at)
SELECT substr(v.code, 1, 6), md5(v.code || '-' || n)::uuid, v.code, t.task, t.task, substr(v.code, 1, 9),
       '农业农村办公室', v.name, (ARRAY['汛期前圩堤隐患排查', '医保参保动员', '秸秆禁烧巡查', '独居老人走访', '农村自建房安全检查'])[n % 5 + 1]
         || '（第 ' || n || ' 期）', 'V' || lpad((n % 40)::text, 2, '0'), '', 5, now() + (n % 20 - 2) * interval '11 hours'
         - (n > $2)::integer * (n / 25) * interval '10 days', '{"text": true, "photos": 2}',
       CASE WHEN n > $2 THEN 'accepted' WHEN n % 9 = 0 THEN 'sent' ELSE 'in_hand' END, n % 23 = 0, now(),
       CASE WHEN n > $2 THEN now() END, CASE WHEN n > $2 THEN now() - n * interval '7 hours' END,
       CASE WHEN n > $2 THEN 'good' ELSE '' END, CASE WHEN n > $2 THEN 1 END, CASE WHEN n > $2 THEN 5 END,
       now() - n * interval '9 hours', now()
FROM (SELECT code, name FROM region WHERE level = 5 ORDER BY code LIMIT $1) v CROSS JOIN generate_series(1, $3) n
CROSS JOIN LATERAL (SELECT md5(substr(v.code, 1, 9) || n)::uuid AS task) t ORDER BY n, v.code
"""
_ID: Final = "md5('{}' || v.code)::uuid"
_VISITORS: Final = "(SELECT code FROM region WHERE level = 5 ORDER BY code LIMIT $1) v"
_PEOPLE: Final = (
    f"""INSERT INTO account (id, login, created_at, password_changed_at)
    SELECT {_ID.format("account")}, 'cadre-' || v.code, now(), now() FROM {_VISITORS}""",
    f"""INSERT INTO person (county, id, region, name, account_id, created_at)
    SELECT substr(v.code, 1, 6), {_ID.format("person")}, v.code, '王建国', {_ID.format("account")}, now() FROM {_VISITORS}""",
    f"""INSERT INTO membership (county, id, region, person_id, person_name, role, valid_from, granted_by_name, created_at)
    SELECT substr(v.code, 1, 6), {_ID.format("membership")}, v.code, {_ID.format("person")}, '王建国', 'village_secretary',
           now() - interval '1 year', '系统', now() FROM {_VISITORS}""",
    f"""INSERT INTO session (token_hash, id, account_id, county, membership_id, factor_at, created_at, seen_at, idle_seconds,
                         expires_at)
    SELECT sha256(('token-' || v.code)::bytea), {_ID.format("session")}, {_ID.format("account")}, substr(v.code, 1, 6),
           {_ID.format("membership")}, now(), now(), now(), 86400, now() + interval '1 day' FROM {_VISITORS}""",
    f"""INSERT INTO notice (county, id, region, membership_id, kind, data, link, key, created_at, read_at)
    SELECT substr(v.code, 1, 6), gen_random_uuid(), v.code, {_ID.format("membership")}, 'task.dispatched', '{{}}', '/my',
           'bench-' || n, now(), CASE WHEN n > 3 THEN now() END FROM {_VISITORS}, generate_series(1, 20) n""",
)
_PLUGINS: Final = (
    "INSERT INTO plugin_allowance SELECT county, 'township_filter', '平台', now() FROM county",
    """INSERT INTO plugin_state (county, id, region, plugin, state, reason, by_name, changed_at)
    SELECT county, gen_random_uuid(), county, 'township_filter', 'on', '启用', '王敏', now() FROM county""",
)
_PLACES: Final = """
INSERT INTO place (county, id, region, task_id, brief_id, n, title, evidence, points, due_at, sender_name)
SELECT substr(t.code, 1, 6), gen_random_uuid(), t.code, md5($2 || t.code || k)::uuid, md5($2 || t.code || k)::uuid, n,
       '文艺演出志愿服务', '{}', 3, now() + interval '3 days', '文化站'
FROM (SELECT code FROM region WHERE level = 4 ORDER BY code LIMIT 25) t, generate_series(1, $1) k, generate_series(1, 20) n
RETURNING task_id::text, region, n, id::text
"""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A village's secretary who is signed in."""

    region: str
    session: str

    @property
    def cookie(self) -> str:
        return f"xz=token-{self.region}"


async def fill(admin: asyncpg.Connection, *, shares: int, visitors: int) -> None:
    """Fill an empty migrated database. ``visitors`` villages have somebody who is signed in.

    The first villages get 25 shares in hand each; with more shares come more villages and a longer past, as in a country
    that uses the product for years: 10,000 are 400 villages × 25, 1,000,000 are 8,000 × 125.
    """
    each = next((n for limit, n in ((20_000, 25), (400_000, 50)) if shares <= limit), 125)
    async with admin.transaction():
        await admin.execute("SET LOCAL session_replication_role = replica")
        await admin.execute(_REGIONS)
        await admin.execute(_COUNTIES)
        for statement in _PEOPLE:
            await admin.execute(statement, visitors)
        for statement in _PLUGINS:
            await admin.execute(statement)
        await admin.execute(_SHARES, shares // each, OPEN, each, timeout=1200)
    await admin.execute("VACUUM ANALYZE")
    await admin.execute("CHECKPOINT")


async def visitors_of(admin: asyncpg.Connection) -> list[Visitor]:
    """Give who is signed in, in an order that jumps between places."""
    rows = await admin.fetch(
        "SELECT m.region, s.id FROM session s JOIN membership m ON m.id = s.membership_id ORDER BY md5(m.region)"
    )
    return [Visitor(row["region"], str(row["id"])) for row in rows]


async def open_places(admin: asyncpg.Connection, *, tasks: int, key: str) -> list[tuple[str, str, str]]:
    """Open tasks with a place for each village of the first county's townships. Gives (task, taking village, a place)."""
    async with admin.transaction():
        await admin.execute("SET LOCAL session_replication_role = replica")
        rows = await admin.fetch(_PLACES, tasks, key)
    return [(row["task_id"], f"{row['region']}{200 + row['n']}", row["id"]) for row in rows]
