"""``xiangzhi screen``: screen a file of texts against a county's lists. Who does it is the filter, where it is on."""

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from core.kernel.settings import existing_settings
from web.commands import CommandError, run_command

SCREENER: Final = "township_filter:screen"


class Level(StrEnum):
    """Whose list the texts are held against."""

    TOWNSHIP = "township"
    VILLAGE = "village"


def screen(
    county: Annotated[str, typer.Option(help="县的代码 the county's code")],
    given: Annotated[Path, typer.Option("--input", help="来文 id,level,title,body (CSV, XLSX)")],
    output: Annotated[Path, typer.Option(help="结果 id,verdict,code,score,candidates,duplicate_of,reason (CSV)")],
    level: Annotated[
        Level | None, typer.Option(help="没有 level 列或该列为空时用 where the file names none")
    ] = None,
    *,
    title_only: Annotated[bool, typer.Option("--title-only", help="只看标题 ignore the body")] = False,
) -> None:
    """对文件里的来文过筛，不保存。 Screen the texts of a file; nothing is stored."""
    words = ["--input", str(given), "--output", str(output)]
    words += ["--level", level.value] if level else []
    words += ["--title-only"] if title_only else []
    asyncio.run(_screen(county, words))


async def _screen(county: str, words: list[str]) -> None:
    try:
        async for line in run_command(existing_settings(), SCREENER, county, words):
            typer.echo(line)
    except ValueError as error:  # what the filter says of a file, in both languages
        raise CommandError(str(error)) from None
    except OSError:
        raise CommandError(
            "乡治没有运行，读不到清单。请先启动（xiangzhi serve），或用 XIANGZHI_DATA 指定正在用的目录。\n"
            "Xiangzhi does not run, so its lists cannot be read: start it (xiangzhi serve), or name the folder in use in XIANGZHI_DATA."
        ) from None
