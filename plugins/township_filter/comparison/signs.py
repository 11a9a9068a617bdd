"""Turns of phrase that tell whether something is happening now, to whom, and what is asked: patterns beside the words of ``marks``."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

SIGNS: Final = Path(__file__).parent / "data" / "signs.tsv"
_OPENING: Final = re.compile(r"\((?!\?)")  # what a group has matched is never asked
HAPPENS: Final = ("harm", "victims")  # without one of these, or such a word, nothing is an emergency
QUIET: Final = ("supposed", "dated", "repeated", "papers", "purpose")  # how work speaks that can wait
SIGN_GROUPS: Final = ("harm", "victims", "ongoing", "nowtime", "bidding", "called", "aspect", "instructs", *QUIET)


@cache
def own_signs() -> Mapping[str, re.Pattern[str]]:
    """Give the product's patterns, read once."""
    lines = SIGNS.read_text(encoding="utf-8").splitlines()
    parts = [line.split("\t") for line in lines if line.strip() and not line.startswith("#")]
    return {group: re.compile(_OPENING.sub("(?:", pattern)) for group, pattern in parts}


def signs(text: str) -> dict[str, int]:
    """Count the turns of each group that stand in a folded text."""
    return {group: len(pattern.findall(text)) for group, pattern in own_signs().items()} if text else {}
