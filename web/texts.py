"""Texts in the reader's language. Chinese is the source: a msgid is the Chinese text, and needs no catalogue.

English stands in ``web/locale/en/*.po`` (one file an area of the product) and
``plugins/<name>/locale/en.po``; all are merged once at start. A text without English is shown in Chinese
rather than not at all; a test finds it.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path

from babel.messages.pofile import read_po

from core.tenancy.terms import Words, worded

SOURCE = "zh"
PAST = "past"
_CONTEXT = "\x04"
LANGUAGES: Mapping[str, str] = {"zh": "zh-CN", "en": "en"}
_REMEMBERED = 8_192
_ROOT = Path(__file__).parent.parent


def catalogue_files(root: Path = _ROOT) -> list[Path]:
    """Our own catalogues; those of packages from elsewhere are added by whoever loads the packages."""
    return [*sorted(root.glob("web/locale/en/*.po")), *sorted(root.glob("plugins/*/locale/en.po"))]


def _key(source: str, context: str | None) -> str:
    return f"{context}{_CONTEXT}{source}" if context else source


class Texts:
    """Merged catalogues. The first file that has a text wins: a plugin cannot change a text of ours.

    A text with the context ``past`` (``msgctxt``) is how a history says what a button says in the imperative: one word in Chinese.
    """

    def __init__(self, english: Mapping[str, Sequence[str]]) -> None:
        self._english = english

    @classmethod
    def load(cls, files: Iterable[Path] | None = None) -> "Texts":
        """Read the catalogues; fuzzy entries are left out."""
        english: dict[str, Sequence[str]] = {}
        for file in catalogue_files() if files is None else files:
            with file.open("rb") as stream:
                for message in read_po(stream, locale="en"):
                    source = message.id if isinstance(message.id, str) else message.id[0]
                    found = message.string or ()
                    forms = [found] if isinstance(found, str) else list(found)
                    if source and forms and forms[0] and not message.fuzzy:
                        english.setdefault(_key(source, message.context), forms)
        return cls(english)

    def worded(self, words: Words) -> "Texts":
        """Give the same texts in a county's own words: its Chinese says what is called otherwise there."""
        return _WordedTexts(self._english, words)

    def has(self, source: str) -> bool:
        """Whether there is English for it."""
        return source in self._english

    def get(self, language: str, source: str) -> str:
        """Return the text, or its source where the language has none."""
        if language == SOURCE:
            return source
        forms = self._english.get(source)
        return forms[0] if forms else source

    def past(self, language: str, source: str) -> str:
        """Like ``get``, as a history says what was done."""
        told = self._english.get(_key(source, PAST)) if language != SOURCE else None
        return told[0] if told else self.get(language, source)

    def count(self, language: str, source: str, number: float) -> str:
        """Like ``get``, in the singular or plural that the number needs."""
        if language == SOURCE:
            return source
        forms = self._english.get(source)
        if not forms:
            return source
        return forms[0] if number == 1 else forms[-1]


class _WordedTexts(Texts):
    """Texts of one county. Each is put into its words once; English texts stay those of the product."""

    def __init__(self, english: Mapping[str, Sequence[str]], words: Words) -> None:
        super().__init__(english)
        self._worded = lru_cache(_REMEMBERED)(partial(worded, words=words))

    def get(self, language: str, source: str) -> str:
        found = super().get(language, source)
        return self._worded(found) if language == SOURCE else found

    def count(self, language: str, source: str, number: float) -> str:
        found = super().count(language, source, number)
        return self._worded(found) if language == SOURCE else found
