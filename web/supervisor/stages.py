"""``python -m web.supervisor.stages``: what is done on a running database before anybody is served.

Each stage can be repeated and does only what is missing. They run in a process of their own, so that the
supervisor stays small and what they load is given back.
"""

import asyncio
import importlib
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.util import find_spec

import asyncpg

from core.kernel.embedded import DATABASE, LOGIN_ROLES, SUPERUSER, database_url, load_secrets
from core.kernel.roles import prepare_database
from core.kernel.settings import Settings, SettingsError, get_settings
from core.tenancy.load import RegionsMissing, load_regions
from web.supervisor.migrate import MigrationError, migrate

_BAR_WIDTH = 40


@dataclass(frozen=True)
class Stage:
    """One step of the start. `run` is a function of the settings, or its place as ``module:function``."""

    title: str
    run: Callable[[Settings], Awaitable[None]] | str
    demo_only: bool = False


async def prepare(settings: Settings) -> None:
    """Make roles, database and extensions of the embedded cluster; elsewhere an administrator has done it."""
    if not settings.embedded:
        return
    passwords = load_secrets(settings.folder).passwords
    admin_url = database_url(settings.folder, SUPERUSER, "postgres")
    await prepare_database(admin_url, DATABASE, {role: passwords[role] for role in LOGIN_ROLES})


async def regions(settings: Settings) -> None:
    """Load the whole country where it is missing, with a bar on a terminal: half a minute on a slow machine."""
    await load_regions(settings, draw_bar if sys.stdout.isatty() else ignore)


async def settle(settings: Settings) -> None:
    """Write what was loaded to its place, so that a database killed soon afterwards is back in a moment."""
    if not settings.embedded:
        return
    connection = await asyncpg.connect(database_url(settings.folder, SUPERUSER))
    try:
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


STAGES = (
    Stage("准备数据库 roles and database", prepare),
    Stage("升级表结构 migrations", migrate),
    Stage("载入行政区划 regions", regions),
    Stage("写入演示数据 demo data", "web.demo.stage:load_demo_once", demo_only=True),
    Stage("写入磁盘 checkpoint", settle),
)


async def run_stages(settings: Settings) -> None:
    """Run the stages in order and print what each took."""
    for stage in STAGES:
        if stage.demo_only and not settings.demo:
            continue
        began = time.monotonic()
        await _function(stage)(settings)
        print_took(stage.title, time.monotonic() - began)


def print_took(title: str, seconds: float) -> None:
    """Print one line of the start."""
    print(f"  {seconds:6.2f} s  {title}", flush=True)  # noqa: T201 - this is the output of `serve`


def draw_bar(done: int, whole: int) -> None:
    """Draw how far a stage is, over the bar drawn before."""
    filled = _BAR_WIDTH * done // max(whole, 1)
    end = "\r\033[K" if done >= whole else ""
    bar = "█" * filled + "░" * (_BAR_WIDTH - filled)
    print(f"\r           {bar} {done:,} / {whole:,} {end}", end="", flush=True)  # noqa: T201 - output of `serve`


def ignore(_done: int, _whole: int) -> None:
    """Draw nothing: the output is a file."""


def exists(place: str) -> bool:
    """Whether a module is there, without importing it."""
    try:
        return find_spec(place.partition(":")[0]) is not None
    except ModuleNotFoundError:  # its parent is missing
        return False


def _function(stage: Stage) -> Callable[[Settings], Awaitable[None]]:
    if not isinstance(stage.run, str):
        return stage.run
    module, _, name = stage.run.partition(":")
    function: Callable[[Settings], Awaitable[None]] = getattr(importlib.import_module(module), name)
    return function


def main() -> None:
    """Run all stages; what an operator can mend is said without a traceback."""
    try:
        asyncio.run(run_stages(get_settings()))
    except (MigrationError, RegionsMissing, SettingsError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
