"""Taking a place against a bare guarded update of the same table, both through HTTP and both durable.

The floor writes who took the place, guarded, by its id, under the table's policies as every statement of the application: no
session, no right asked, no share, history, audit line or news. The same without policies, as the superuser, is told beside it.
"""

from collections.abc import AsyncIterator, Mapping
from random import Random
from types import SimpleNamespace
from typing import Final

import asyncpg

from benchmarks.figures import Figure, Plan, compared
from benchmarks.filling import VILLAGES_A_COUNTY, Visitor, fill, open_places, visitors_of
from benchmarks.floor import statements
from benchmarks.load import generator, load, text_of
from benchmarks.pgbench import transactions_a_second
from benchmarks.site import Site, connected, make_database, serving_floor, serving_product
from web.guards import csrf_token

DATABASE: Final = "places"
HALF: Final = 0.5
LEAST_OF_PGBENCH: Final = 0.1


async def places(at: Site, plan: Plan) -> AsyncIterator[Figure]:
    """Take places once each, all townships at once and in any order, in turn with the floor and pgbench."""
    await make_database(at, DATABASE)
    async with connected(at.admin_url(DATABASE)) as admin:
        await fill(admin, shares=plan.rows[0], visitors=VILLAGES_A_COUNTY)
        signed_in = {visitor.region: visitor for visitor in await visitors_of(admin)}
        rates: dict[str, list[float]] = {"taken": [], "walled": [], "bare": [], "pgbench": []}
        with (
            serving_product(at, DATABASE) as product,
            serving_floor(at, DATABASE, as_app=True) as walled,
            serving_floor(at, DATABASE) as bare,
        ):
            for run in range(plan.runs + 1):  # the first warms up and is not counted
                made = {
                    "walled": await _rate(walled.port, await _bare_takes(admin, plan, "walled", run), plan),
                    "taken": await _rate(product.port, await _takes(at, admin, signed_in, plan, run), plan),
                    "bare": await _rate(bare.port, await _bare_takes(admin, plan, "places", run), plan),
                    "pgbench": await _guarded_updates(at, admin, plan),
                }
                for name, rate in made.items():
                    rates[name] += [rate] if run else []
        stored = await admin.fetchval("SELECT count(*) FROM assignment WHERE place_id IS NOT NULL")
        if stored != plan.takes * (plan.runs + 1):
            raise RuntimeError(f"{stored} places were taken, not {plan.takes * (plan.runs + 1)}")
    for figure in _figures(plan, rates):
        yield figure


def _figures(plan: Plan, rates: Mapping[str, list[float]]) -> list[Figure]:
    by = f"{plan.connections} connections by {generator()}"
    return [
        compared("floor_take", rates["walled"], rates["pgbench"], unit="requests/s", least=LEAST_OF_PGBENCH,
                 note="the floor against pgbench's guarded update"),
        compared("take", rates["taken"], rates["walled"], unit="requests/s", least=HALF, note=by),
        compared("take_past_walls", rates["taken"], rates["bare"], unit="requests/s",
                 note=f"against the update by a superuser, without policies, {by}"),
    ]  # fmt: skip


async def _rate(port: int, requests: list[str], plan: Plan) -> float:
    made = await load(port, requests, seconds=plan.seconds, connections=plan.connections, once=True)
    return made.rate


async def _takes(
    at: Site, admin: asyncpg.Connection, signed_in: dict[str, Visitor], plan: Plan, run: int
) -> list[str]:
    found = await _open(admin, plan, f"run-{run}-")
    settings = at.settings(DATABASE)
    requests = []
    for task, region, _place in found:
        visitor = signed_in[region]
        headers = {
            "cookie": visitor.cookie, "hx-request": "true", "origin": "http://127.0.0.1",
            "x-csrf-token": csrf_token(settings, SimpleNamespace(id=visitor.session)),
            "content-type": "application/x-www-form-urlencoded", "accept-encoding": "gzip",
        }  # fmt: skip
        requests.append(text_of("POST", f"/open/{task}/take", headers, body="a=b"))
    return requests


async def _bare_takes(admin: asyncpg.Connection, plan: Plan, path: str, run: int) -> list[str]:
    return [
        text_of("POST", f"/{path}/{place}/{region}", {"accept-encoding": "gzip"}, body="a=b")
        for _task, region, place in await _open(admin, plan, f"{path}-{run}-")
    ]


async def _open(admin: asyncpg.Connection, plan: Plan, key: str) -> list[tuple[str, str, str]]:
    found = await open_places(admin, tasks=-(-plan.takes // VILLAGES_A_COUNTY), key=key)
    Random(key).shuffle(found)  # noqa: S311 - any order that is the same each time
    return found[: plan.takes]


async def _guarded_updates(at: Site, admin: asyncpg.Connection, plan: Plan) -> float:
    await admin.execute(statements.FORGET_PGBENCH_PLACES)
    await admin.execute(statements.ADD_PGBENCH_PLACES, plan.takes * 10)
    return await transactions_a_second(
        at, DATABASE, statements.GUARDED_UPDATE, times=max(1, plan.takes // plan.connections),
        clients=plan.connections, variables={"places": plan.takes * 10},
    )  # fmt: skip
