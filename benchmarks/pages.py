"""The cadre's task page, logged in, against a bare page with the same 25 rows; and with more and more behind it."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from statistics import median
from typing import Final

from benchmarks.figures import Figure, Plan, compared
from benchmarks.filling import Visitor, fill, visitors_of
from benchmarks.floor import statements
from benchmarks.load import Load, generator, load, text_of
from benchmarks.pgbench import transactions_a_second
from benchmarks.site import PROCESSES, Served, Site, connected, make_database, serving_floor, serving_product

_HEADERS: Final = {"accept-encoding": "gzip", "accept": "text/html", "user-agent": "bench"}
_FLOOR: Final = "floor"
FLAT: Final = 1.2
HALF: Final = 0.5
LEAST_OF_PGBENCH: Final = 0.03


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one server: all its turns together."""

    rate: float
    p95: float
    processor_ms: float


async def page(at: Site, plan: Plan) -> AsyncIterator[Figure]:
    """Measure the floor, the page at three sizes, and pgbench's simple select.

    A run is several turns of a second, one server after the other: what else the machine does meets them all alike.
    """
    async with AsyncExitStack() as stack:
        servers, visitors = await _served(at, plan, stack)
        servers[_FLOOR] = stack.enter_context(serving_floor(at, f"page_{plan.rows[1]}"))
        runs: dict[str, list[Run]] = defaultdict(list)
        simple: list[float] = []
        for number in range(plan.runs + 1):  # the first warms up and is not counted
            made = await _run(at, plan, servers, visitors)
            selects = await _simple_select(at, plan)
            if number:
                simple.append(selects)
                for name, one in made.items():
                    runs[name].append(one)
        for figure in _figures(plan, runs, simple):
            yield figure


async def _served(at: Site, plan: Plan, stack: AsyncExitStack) -> tuple[dict[str, Served], list[Visitor]]:
    servers = {}
    visitors: list[Visitor] = []
    for rows in plan.rows:
        database = await make_database(at, f"page_{rows}")
        async with connected(at.admin_url(database)) as admin:
            await fill(admin, shares=rows, visitors=plan.visitors)
            visitors = await visitors_of(admin)
        servers[str(rows)] = stack.enter_context(serving_product(at, database))
    return servers, visitors


async def _run(at: Site, plan: Plan, servers: Mapping[str, Served], visitors: list[Visitor]) -> dict[str, Run]:
    bare = [text_of("GET", f"/villages/{v.region}", _HEADERS) for v in visitors]
    asked = [text_of("GET", "/my", {**_HEADERS, "cookie": v.cookie}) for v in visitors]
    turns: dict[str, list[Load]] = defaultdict(list)
    used: dict[str, float] = defaultdict(float)
    for _ in range(plan.turns):
        for name, server in servers.items():
            before = server.processor_ms(at)
            turns[name].append(
                await load(
                    server.port, bare if name == _FLOOR else asked, seconds=plan.seconds, connections=plan.connections
                )
            )
            used[name] += server.processor_ms(at) - before
    return {
        name: Run(
            sum(turn.asked for turn in done) / sum(turn.asked / turn.rate for turn in done),
            median(turn.p95 for turn in done),
            used[name] / sum(turn.asked for turn in done),
        )
        for name, done in turns.items()
    }


async def _simple_select(at: Site, plan: Plan) -> float:
    return await transactions_a_second(
        at, f"page_{plan.rows[1]}", statements.SELECT_ROWS, seconds=plan.turns * plan.seconds, clients=PROCESSES,
        variables={"villages": plan.visitors},
    )  # fmt: skip


def _figures(plan: Plan, runs: Mapping[str, list[Run]], simple: list[float]) -> list[Figure]:
    rates = {name: [run.rate for run in done] for name, done in runs.items()}
    small, middle, large = (str(rows) for rows in plan.rows)
    here, floor = runs[middle], runs[_FLOOR]
    by = f"{plan.connections} connections by {generator()}"
    return [
        compared("floor_page", rates[_FLOOR], simple, unit="requests/s", least=LEAST_OF_PGBENCH,
                 note="the floor against pgbench's select of the same rows"),
        compared("page", rates[middle], rates[_FLOOR], unit="requests/s", least=HALF, note=f"{middle} shares, {by}"),
        compared("page_p95", [run.p95 for run in here], [run.p95 for run in floor], unit="ms"),
        compared("page_processor", [run.processor_ms or 1.0 for run in here], [run.processor_ms or 1.0 for run in floor],
                 unit="ms", note="processor time a request, database included: steadier than rates on a busy machine"),
        compared("page_flat_middle", rates[small], rates[middle], unit="requests/s", most=FLAT,
                 note=f"{small} shares against {middle}"),
        compared("page_flat_large", rates[small], rates[large], unit="requests/s", most=FLAT,
                 note=f"{small} shares against {large}"),
    ]  # fmt: skip
