"""Words that many pages put together, with the punctuation of the reader's language."""

from collections.abc import Iterable
from typing import Final

from core.kernel.errors import mark
from web.answers import Request, say

_SYSTEM: Final = mark("系统")  # what a background job signs with


def listed(request: Request, parts: Iterable[str]) -> str:
    """Put things in a row: 村干部、网格员."""
    return say(request, mark("、")).join(parts)


def person_of(request: Request, name: str, office: str) -> str:
    """Name somebody with the office they acted for: 王敏（农业农村局）. What a background job did was the system."""
    shown = say(request, _SYSTEM) if name == _SYSTEM else name
    return f"{shown}{in_brackets(request, office)}" if office else shown


def in_brackets(request: Request, text: str) -> str:
    return say(request, mark("（%(text)s）")) % {"text": text}


def after_colon(request: Request, text: str) -> str:
    return say(request, mark("：")) + text
