"""The cadre's task page, logged in, against a bare page with the same 25 rows; and with more and more behind it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

from benchmarks.figures import Figure, Plan, compared, reported
from benchmarks.filling import Visitor, fill, visitors_of
from benchmarks.floor import statements
from benchmarks.load import Load, generator, load, text_of
from benchmarks.pgbench import transactions_a_second
from benchmarks.site import PROCESSES, Site, connected, make_database, serving_floor, serving_product

_PAGE = {"accept-encoding": "gzip", "accept": "text/html", "user-agent": "bench"}
FLAT = 1.2
HALF = 0.5
LEAST_OF_PGBENCH = 0.05


async def page(at: Site, plan: Plan) -> AsyncIterator[Figure]:
    """Measure floor, the page at three sizes, and pgbench's simple select, in turn."""
    async with AsyncExitStack() as stack:
        ports, visitors = await _served(at, plan, stack)
        floor_port = stack.enter_context(serving_floor(at, f"page_{plan.rows[1]}"))
        asked = [text_of("GET", "/my", {**_PAGE, "cookie": v.cookie}) for v in visitors]
        bare = [text_of("GET", f"/villages/{v.region}", _PAGE) for v in visitors]
        found: dict[str, list[Load]] = {"floor": [], **{str(rows): [] for rows in plan.rows}}
        simple: list[float] = []
        for run in range(plan.runs + 1):  # the first warms up and is not counted
            for name, port in {"floor": floor_port, **ports}.items():
                made = await load(
                    port, bare if name == "floor" else asked, seconds=plan.seconds, connections=plan.connections
                )
                if run:
                    found[name].append(made)
            simple.append(await _simple_select(at, plan))
        for figure in _figures(plan, found, simple[1:]):
            yield figure


async def _served(at: Site, plan: Plan, stack: AsyncExitStack) -> tuple[dict[str, int], list[Visitor]]:
    ports = {}
    visitors: list[Visitor] = []
    for rows in plan.rows:
        database = await make_database(at, f"page_{rows}")
        async with connected(at.admin_url(database)) as admin:
            await fill(admin, shares=rows, visitors=plan.visitors)
            visitors = await visitors_of(admin)
        ports[str(rows)] = stack.enter_context(serving_product(at, database))
    return ports, visitors


async def _simple_select(at: Site, plan: Plan) -> float:
    return await transactions_a_second(
        at, f"page_{plan.rows[1]}", statements.SELECT_ROWS, seconds=plan.seconds, clients=PROCESSES,
        variables={"villages": plan.visitors},
    )  # fmt: skip


def _figures(plan: Plan, found: dict[str, list[Load]], simple: list[float]) -> list[Figure]:
    rates = {name: [run.rate for run in runs] for name, runs in found.items()}
    small, middle, large = (str(rows) for rows in plan.rows)
    late = [run.p95 for run in found[middle]]
    base = [run.p95 for run in found["floor"]]
    note = f"{plan.connections} connections by {generator()}"
    return [
        compared("floor_page", rates["floor"], simple, unit="requests/s", least=LEAST_OF_PGBENCH,
                 note="the floor against pgbench's select of the same rows"),
        compared("page", rates[middle], rates["floor"], unit="requests/s", least=HALF, note=note),
        reported("page_p95", late, base, unit="ms"),
        compared("page_flat_middle", rates[small], rates[middle], unit="requests/s", most=FLAT,
                 note=f"{small} shares against {middle}"),
        compared("page_flat_large", rates[small], rates[large], unit="requests/s", most=FLAT,
                 note=f"{small} shares against {large}"),
    ]  # fmt: skip
