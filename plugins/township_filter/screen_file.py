"""``xiangzhi screen``: hold a file of texts against the lists in force in a county; nothing is stored."""

import argparse
import os
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from core.api import Command, Item, Limits, Scope, SheetRefused, mark, settings_of, transaction
from plugins.township_filter.batches.reading import read_file
from plugins.township_filter.comparison.arrivals import Arrivals
from plugins.township_filter.comparison.engine import Engine
from plugins.township_filter.comparison.files import FileError, Read, Text, line_of, whole, written
from plugins.township_filter.comparison.outcome import Judged
from plugins.township_filter.rules import reasons_of
from plugins.township_filter.screening import engine_for
from plugins.township_filter.settings import FilterSettings

NAME: Final = "township_filter:screen"
LIMITS: Final = Limits()


async def screen_file(scope: Scope, words: Sequence[str]) -> AsyncIterator[str]:
    """Screen ``--input`` into ``--output`` as one sequence and tell how many of each verdict there are."""
    given = _given(words)
    refuse_same(given.input, given.output)
    texts = whole(_read(given.input, level=given.level, title_only=given.title_only))
    now = datetime.now(UTC)
    async with transaction(scope):
        judging = await sequence(scope, texts, at=now, title_only=given.title_only)
    found = list(judging)
    lines = (line_of(text, each, reason_text(each)) for text, each in zip(texts, found, strict=True))
    try:
        write_whole(given.output, written(lines))
    except OSError:
        raise FileError(f"写不到文件 {given.output}。", f"The file {given.output} cannot be written.") from None
    counts = Counter(each.outcome.value for each in found)
    yield f"{len(found)} 件 texts: " + ", ".join(f"{verdict} {n}" for verdict, n in sorted(counts.items()))


async def sequence(scope: Scope, texts: Sequence[Text], *, at: datetime, title_only: bool) -> Iterator[Judged[Item]]:
    """Prepare to judge texts, in their order, by the lists and settings in force in the scope's place."""
    settings = await settings_of(scope, FilterSettings, at=at, region=scope.region)
    engines = {
        level: await engine_for(scope, level=level, at=at, region=scope.region)
        for level in sorted({text.level for text in texts})
    }
    return judged_texts(texts, engines, sure=settings.sure_percent / 100, title_only=title_only)


def judged_texts(
    texts: Sequence[Text], engines: dict[str, Engine[Item]], *, sure: float, title_only: bool = False
) -> Iterator[Judged[Item]]:
    """Judge texts as one sequence, in their order: duplicates are found among them."""
    arrivals: Arrivals[Item] = Arrivals()
    for number, text in enumerate(texts):
        engine = engines[text.level]
        weighed = engine.comparison.weigh(text.title, "" if title_only else text.body)
        yield arrivals.taken(text.id or str(number), text.level, weighed, engine.judged(weighed, text.level, sure=sure))


def reason_text(judged: Judged[Item]) -> str:
    """Give the reasons as one Chinese text."""
    return "".join(reason.text % reason.data for reason in reasons_of(judged))


def refuse_same(given: Path, output: Path) -> None:
    """Raise FileError where the answer would be written over the texts, by whatever names both are called."""
    if given.resolve() == output.resolve() or (given.exists() and output.exists() and output.samefile(given)):
        raise FileError(
            f"结果不能写到原来的文件 {given}，它会被盖掉。请换一个 --output。",
            f"The answer cannot be written over its source {given}. Name another --output.",
        )


def write_whole(output: Path, lines: Iterable[str]) -> None:
    """Write a file that is there whole or not at all: beside its place first, then into it. What is no file, as a pipe, is written to at once."""
    target = output.resolve()
    if target.exists() and not target.is_file():
        with target.open("w", encoding="utf-8", newline="") as stream:
            stream.writelines(lines)
        return
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with beside.open("x", encoding="utf-8", newline="") as stream:
            stream.writelines(lines)
        if target.exists():
            shutil.copymode(target, beside)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def _read(file: Path, *, level: str, title_only: bool) -> Read:
    try:
        return read_file(file.read_bytes(), file.name, level=level, title_only=title_only, limits=LIMITS)
    except OSError:
        raise FileError(f"读不到文件 {file}。", f"The file {file} cannot be read.") from None
    except SheetRefused as error:
        raise FileError(error.message % error.data, "The workbook cannot be read: save it as a plain .xlsx or as .csv.") from None


def _given(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=NAME, exit_on_error=False)
    parser.add_argument("--level", choices=("township", "village"), default="")
    parser.add_argument("--input", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--title-only", action="store_true")
    return parser.parse_args(list(words))


COMMAND: Final = Command(NAME, mark("对一个文件里的来文过筛，不保存"), screen_file)
