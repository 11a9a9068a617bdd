"""A village's public board with more and more publications behind it; one publication and a search beside it. No cache is asked.

All lie in 250 villages of one county, so that each board grows as the whole does: 40, 800 and 4,000 publications a village. With
fewer the small board would show fewer lines than the others, and what is drawn would be measured, not what is stored.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from typing import Final

import asyncpg

from benchmarks.figures import Figure, Plan, bounded, compared
from benchmarks.filling import fill
from benchmarks.load import Load, generator, load, text_of
from benchmarks.site import Served, Site, connected, make_database, serving_product

_VILLAGES: Final = 250
FLAT: Final = 1.3
P95_MS: Final = 60.0
SEARCH_MS: Final = 100.0  # a board, the search, and a counter written down
READERS: Final = 4_000  # who search, each from an address of his own: searching is limited for each
NOWHERE: Final = "%E6%B2%A1%E6%9C%89%E8%BF%99%E5%8F%A5%E8%AF%9D"  # words that stand nowhere: everything a search may read is read
_HEADERS: Final = {"accept-encoding": "gzip", "accept": "text/html", "user-agent": "bench"}
_SECTIONS: Final = "ARRAY['powers', 'works', 'money', 'labour', 'aid', 'assets', 'decisions', 'tasks']"
# Ended ones among them, as there are: one in twenty was corrected.
_PUBLICATIONS: Final = f"""
INSERT INTO publication (county, id, region, place, place_name, level, section, section_title, board, period, title, content, figures,
  lines, hash, check_number, token, notice_until, released_name, released_office, released_at, ended_at, ended)
SELECT substr(v.code, 1, 6),
       (lpad(to_hex((extract(epoch FROM t.at) * 1000)::bigint), 12, '0') || '7' || substr(md5(v.code || n), 1, 3) || '8'
         || substr(md5(v.code || n), 4, 15))::uuid, v.code, v.code, '第一市第一县第一镇' || v.name, 5, s.name, '收支明细', s.name,
       to_char(t.at, 'YYYY-MM') || '-' || n, to_char(t.at, 'YYYY年MM月') || '收支明细', c.content, c.content -> 'figures', 12,
       sha256((v.code || n)::bytea), left(md5(v.code || n), 12), md5('t' || v.code || n), CASE WHEN n % 40 = 0 THEN t.at::date + 7 END,
       '王建国', '', t.at, CASE WHEN n % 20 = 0 THEN t.at END, CASE WHEN n % 20 = 0 THEN 'corrected' ELSE '' END
FROM (SELECT code, name FROM region WHERE level = 5 ORDER BY code LIMIT $1) v CROSS JOIN generate_series($2::integer, $3::integer) n
CROSS JOIN LATERAL (SELECT ({_SECTIONS})[n % 8 + 1] AS name) s
CROSS JOIN LATERAL (SELECT now() - n * interval '9 hours' AS at) t
CROSS JOIN (SELECT jsonb_build_object(
  'columns', jsonb_build_array(
    jsonb_build_object('name', 'item', 'title', '事项', 'kind', 'text', 'unit', '', 'key', true),
    jsonb_build_object('name', 'amount', 'title', '金额', 'kind', 'amount', 'unit', '', 'key', false)),
  'rows', (SELECT jsonb_agg(jsonb_build_array('办公用品 ' || r, (r * 137) || '.00')) FROM generate_series(1, 12) r),
  'figures', jsonb_build_array(jsonb_build_object('title', '支出', 'value', '31275.00', 'kind', 'amount', 'unit', '')),
  'note', '') AS content) c
"""

_BATCH: Final = 50  # publications of each village at a time, so that those of one village lie scattered
_INDEXES: Final = """
SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS made FROM pg_index i
WHERE i.indrelid = 'publication'::regclass AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
"""


async def boards(at: Site, plan: Plan) -> AsyncIterator[Figure]:
    """Ask for boards at three sizes in turn, and for publications at the largest."""
    async with AsyncExitStack() as stack:
        servers = await _served(at, plan, stack)
        asked = await _requests(at, plan)
        p95s: dict[str, list[float]] = defaultdict(list)
        for number in range(plan.runs + 1):  # the first warms up and is not counted
            for name, one in (await _run(plan, servers, asked)).items():
                if number:
                    p95s[name].append(one.p95)
    small, middle, large = (str(rows) for rows in plan.rows)
    by = f"{plan.connections} connections by {generator()}"
    yield bounded("board_p95", p95s[large], unit="ms", most=P95_MS, note=f"{large} publications, {by}")
    yield compared(
        "board_flat_middle", p95s[middle], p95s[small], unit="ms", most=FLAT, note=f"{middle} publications against {small}"
    )
    yield compared(
        "board_flat_large", p95s[large], p95s[small], unit="ms", most=FLAT, note=f"{large} publications against {small}"
    )
    yield bounded("publication_p95", p95s["publication"], unit="ms", most=P95_MS, note=f"{large} publications, {by}")
    yield bounded("search_p95", p95s["search"], unit="ms", most=SEARCH_MS, note=f"{large} publications, words found nowhere, {by}")


async def _served(at: Site, plan: Plan, stack: AsyncExitStack) -> dict[str, Served]:
    servers = {}
    for rows in plan.rows:
        database = await make_database(at, f"boards_{rows}")
        async with connected(at.admin_url(database)) as admin:
            await fill(admin, shares=25, visitors=1)
            await put_up(admin, rows=rows)
        servers[str(rows)] = stack.enter_context(serving_product(at, database))
    return servers


async def put_up(admin: asyncpg.Connection, *, rows: int) -> None:
    """Fill the first county's villages with so many publications in all, the oldest first as they come in life.

    Indexes that are no constraint's are made afterwards: so a million rows take a minute or two instead of ten.
    """
    each = max(1, rows // _VILLAGES)
    indexes = await admin.fetch(_INDEXES)
    async with admin.transaction():
        await admin.execute("SET LOCAL session_replication_role = replica; SET LOCAL maintenance_work_mem = '512MB'")
        for index in indexes:
            await admin.execute(f"DROP INDEX {index['name']}")
        for newest in range(each, 0, -_BATCH):
            await admin.execute(_PUBLICATIONS, _VILLAGES, max(1, newest - _BATCH + 1), newest)
        for index in indexes:
            await admin.execute(index["made"])
    await admin.execute("VACUUM (ANALYZE) publication")


async def _requests(at: Site, plan: Plan) -> Mapping[str, list[str]]:
    async with connected(at.admin_url(f"boards_{plan.rows[2]}")) as admin:
        places = await admin.fetch("SELECT code FROM region WHERE level = 5 ORDER BY code LIMIT $1", min(plan.visitors, _VILLAGES))
        tokens = await admin.fetch("SELECT token FROM publication ORDER BY check_number LIMIT $1", plan.visitors)
    return {
        "board": [text_of("GET", f"/public/{row['code']}", _HEADERS) for row in places],
        "search": [_search(places[number % len(places)]["code"], number) for number in range(READERS)],
        "publication": [text_of("GET", f"/p/{row['token']}", _HEADERS) for row in tokens],
    }


def _search(code: str, reader: int) -> str:
    """Write one reader's search, as the proxy in front would pass it on."""
    address = f"10.7.{reader // 250}.{reader % 250 + 1}"
    return text_of("GET", f"/public/{code}?q={NOWHERE}", {**_HEADERS, "x-forwarded-for": address})


async def _run(plan: Plan, servers: Mapping[str, Served], asked: Mapping[str, list[str]]) -> dict[str, Load]:
    """Ask each server for a turn, one after the other: what else the machine does meets them all alike."""
    made = {}
    for name, server in servers.items():
        made[name] = await load(
            server.port, asked["board"], seconds=plan.seconds * plan.turns, connections=plan.connections
        )
    for name in ("publication", "search"):
        made[name] = await load(servers[str(plan.rows[2])].port, asked[name], seconds=plan.seconds, connections=plan.connections)
    return made
