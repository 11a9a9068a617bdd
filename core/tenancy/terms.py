"""What a county calls things: its own words in the place of ours, in Chinese texts of the product.

Only the terms declared here can be given another word; what people wrote, names and official titles stay as they are.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[2] / "tenants"
TERMS: Final = frozenset(
    {
        "县（市、区）",
        "乡镇（街道）",
        "村（社区）",
        "科室站所",
        "网格",
        "网格员",
        "村干部",
        "准入清单",
        "特有清单",
        "来文",
        "积分",
        "工分",
    }
)
_LONGEST: Final = 20
_FORBIDDEN: Final = re.compile(r"[<>&\"'%{}\\\x00-\x1f]")

Words = tuple[tuple[str, str], ...]


class TermsError(ValueError):
    """A county's terms cannot be used; the message says which word and why."""


def words_from(told: Mapping[str, object]) -> Words:
    """Check a county's words and give them in a form that can be compared. Those that say the same as ours are left out.

    Raises ``TermsError`` for a term that is not declared, and for words that are empty, long, or no plain words.
    """
    for term, word in told.items():
        if term not in TERMS:
            raise TermsError(f"没有“{term}”这个可以改叫法的用语")
        if not isinstance(word, str) or not 0 < len(word.strip()) <= _LONGEST or _FORBIDDEN.search(word):
            raise TermsError(f"“{term}”的叫法应为 1 到 {_LONGEST} 个普通的字")
    return tuple(sorted((term, str(word).strip()) for term, word in told.items() if term != word))


@cache
def terms_of_counties(folder: Path = FOLDER) -> Mapping[str, Words]:
    """Give the words of every county that has a pack with terms, by the tenant's key. Read once a process."""
    found = {}
    for path in sorted(folder.glob("*/terms.toml")):
        try:
            if words := words_from(tomllib.loads(path.read_text("utf-8"))):
                found[path.parent.name] = words
        except ValueError as error:
            raise TermsError(f"{path}: {error}") from error
    return found


def worded(text: str, words: Words) -> str:
    """Put a county's words into a text, in one pass, the longest term first: “网格员” is not “网格” and something more."""
    return _pattern().sub(lambda found: dict(words).get(found[0], found[0]), text)


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile("|".join(sorted(map(re.escape, TERMS), key=len, reverse=True)))
