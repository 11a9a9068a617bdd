"""``xiangzhi person``: a person's data, handed over or erased by the operator of a server."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar
from uuid import UUID

import typer

from core.extension.manager import boot
from core.extension.personal import erase_person, export_person
from core.kernel import clock
from core.kernel.database import close_pool, open_pool
from core.kernel.errors import ProductError
from core.kernel.scope import Scope
from core.kernel.settings import existing_settings
from core.tenancy.queries.counties import scope_at

T = TypeVar("T")
person: Final = typer.Typer(no_args_is_help=True, help="个人信息查阅与删除。 A person's data.")


@person.command()
def export(county: str, person_id: UUID) -> None:
    """打印一个人的全部个人信息。 Print all that is stored about a person, as JSON."""
    found: Any = _ready(county, lambda scope: export_person(scope, person=person_id, now=clock.now()))
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2, default=str))


@person.command()
def erase(county: str, person_id: UUID) -> None:
    """删除一个人不必依法保留的个人信息。 Erase what no law obliges us to keep about a person."""
    done = _ready(county, lambda scope: erase_person(scope, person=person_id, now=clock.now()))
    for title, rows in done.items():
        typer.echo(f"{title}  {rows}")


def _ready(county: str, work: Callable[[Scope], Awaitable[T]]) -> T:
    async def all_of_it() -> T:
        boot()
        await open_pool(existing_settings().database_url, size=1)
        try:
            return await work(await scope_at(county))
        except ProductError as error:  # nobody of this county, or somebody who still serves: nothing was done
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from error
        finally:
            await close_pool()

    return asyncio.run(all_of_it())
