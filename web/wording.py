"""Words that many pages put together, with the punctuation of the reader's language."""

from collections.abc import Iterable

from core.kernel.errors import mark
from web.answers import Request, say


def listed(request: Request, parts: Iterable[str]) -> str:
    """Put things in a row: 村干部、网格员."""
    return say(request, mark("、")).join(parts)


def person_of(request: Request, name: str, office: str) -> str:
    """Name somebody with the office they acted for: 王敏（农业农村局）."""
    return f"{name}{in_brackets(request, office)}" if office else name


def in_brackets(request: Request, text: str) -> str:
    return say(request, mark("（%(text)s）")) % {"text": text}


def after_colon(request: Request, text: str) -> str:
    return say(request, mark("：")) + text
