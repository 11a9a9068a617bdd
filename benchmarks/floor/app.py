"""The floor of the pages: a bare Litestar + Piccolo application that shows 25 rows and takes a place. No login, no right, no shell."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from litestar import Litestar, get, post
from litestar.params import FromPath
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.response import Template
from litestar.template import TemplateConfig
from piccolo import columns
from piccolo.columns import Boolean, Numeric, Text, Timestamptz
from piccolo.engine.postgres import PostgresEngine
from piccolo.table import Table

DB = PostgresEngine(config={"dsn": os.environ.get("FLOOR_DSN", "")}, extensions=())
ROWS = 25
POOL = 10


class Assignment(Table, tablename="assignment", db=DB):
    """What the list shows of a share."""

    id = columns.UUID(primary_key=True)
    region = Text()
    title = Text()
    category = Text()
    points = Numeric()
    due_at = Timestamptz()
    state = Text()
    emergency = Boolean()
    allocated_name = Text()
    closed_at = Timestamptz(null=True)


class Place(Table, tablename="place", db=DB):
    """A place that one village can take: the product's own table, with its indexes."""

    id = columns.UUID(primary_key=True)
    taken_by = Text(null=True)
    taken_by_name = Text(null=True)
    taken_at = Timestamptz(null=True)


@get("/villages/{region:str}")
async def rows_page(region: FromPath[str]) -> Template:
    """Show the village's next 25 shares."""
    rows = (
        await Assignment.select(
            Assignment.id, Assignment.title, Assignment.category, Assignment.points, Assignment.due_at,
            Assignment.state, Assignment.emergency, Assignment.allocated_name,
        )
        .where((Assignment.region == region) & Assignment.closed_at.is_null())
        .order_by(Assignment.due_at)
        .limit(ROWS)
    )  # fmt: skip
    return Template("rows.html", context={"rows": rows})


@post("/places/{place:uuid}/{region:str}", status_code=200)
async def take(place: FromPath[UUID], region: FromPath[str]) -> str:
    """Take a place, if it is free: one guarded update, past all policies (as the superuser)."""
    return "taken" if await _guarded_update(place, region) else "late"


@post("/walled/{place:uuid}/{region:str}", status_code=200)
async def take_within_walls(place: FromPath[UUID], region: FromPath[str]) -> str:
    """Take a place by the same guarded update under the table's policies (as the application's role)."""
    above = ",".join(region[:length] for length in (2, 4, 6, 9))
    async with DB.transaction():
        await Place.raw(
            "SELECT set_config('app.scope', {}, true), set_config('app.scope_end', {}, true), set_config('app.above', {}, true)",
            region, region + ":", above,
        )  # fmt: skip
        taken = await _guarded_update(place, region)
    return "taken" if taken else "late"


async def _guarded_update(place: UUID, region: str) -> bool:
    taken = (
        await Place.update({Place.taken_by: region, Place.taken_by_name: "村", Place.taken_at: datetime.now(UTC)})
        .where((Place.id == place) & Place.taken_by.is_null())
        .returning(Place.id)
    )
    return bool(taken)


@asynccontextmanager
async def pool(_app: Litestar) -> AsyncIterator[None]:
    await DB.start_connection_pool(min_size=2, max_size=POOL)
    yield
    await DB.close_connection_pool()


def create_app() -> Litestar:
    return Litestar(
        [rows_page, take, take_within_walls],
        lifespan=[pool],
        openapi_config=None,
        logging_config=None,
        template_config=TemplateConfig(
            directory=Path(__file__).parent / "templates", engine=JinjaTemplateEngine
        ),
    )
