"""What people write in answer to a form: trimmed, neither missing nor too long, and where it is kept for others, without numbers of persons."""

from typing import Final

from core.kernel.errors import Invalid, filled, mark
from core.kernel.numbers import KINDS, numbers_in

_ASKED: Final = mark("请写明情况（最多 %(most)s 个字）。")
_ASKED_MORE: Final = mark("请写明（%(least)s 至 %(most)s 个字）。")
_TOO_LONG: Final = mark("写得太长了，最多 %(most)s 个字。")
_NO_NUMBER: Final = mark("这里不能写%(kind)s，请写姓名或者行号。")


def written(text: str, *, most: int, field: str = "text", least: int = 1, plain: bool = False) -> str:
    """Give what somebody wrote, trimmed. Raises ``Invalid`` for the field where it is missing or too long; with ``least=0`` it may be missing.

    With ``plain`` it may hold no personal number either: what is written there stays, and others read it.
    """
    told = text.strip()
    if not least <= len(told) <= most:
        source = _TOO_LONG if len(told) > most and not least else _ASKED_MORE if least > 1 else _ASKED
        raise Invalid(fields={field: filled(source, least=least, most=most)})
    if plain and (found := numbers_in(told)):
        raise Invalid(fields={field: filled(_NO_NUMBER, kind=KINDS[found[0].kind])})
    return told
