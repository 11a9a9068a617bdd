"""What pages show of names and numbers (脱敏). The rules are those of domain/RULES.md, section 10."""

from typing import Final

STAR: Final = "*"
_PHONE: Final = 11
_ID_ENDS: Final = (1, 2)
_CARD_TAIL: Final = 4
_TWO: Final = 2


def masked_name(name: str) -> str:
    """Keep the first character: 张三 → 张*, 张小三 → 张**. Never more than two stars."""
    return name[:1] + STAR * min(len(name) - 1, _TWO) if name else ""


def masked_phone(phone: str) -> str:
    """Keep three digits and four: 138****1234. Anything that is no mobile number disappears wholly."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) == _PHONE else STAR * min(len(phone), 4)


def masked_id_number(number: str) -> str:
    """Keep the first character and the last two."""
    head, tail = _ID_ENDS
    return (
        number[:head] + STAR * (len(number) - head - tail) + number[-tail:]
        if len(number) > head + tail
        else ""
    )


def masked_card(number: str) -> str:
    """Keep the last four of a bank card."""
    return number[-_CARD_TAIL:].rjust(_CARD_TAIL, STAR) if len(number) > _CARD_TAIL else ""
