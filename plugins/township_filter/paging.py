"""Lists page by page: what one is narrowed to and the ways on, both kept in the address."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final
from urllib.parse import urlencode

PAGE_SIZE: Final = 30
_MOST_PAGES: Final = 10_000
_PAGE: Final = "page_number"
_NAMES: Final = {"text": "q"}  # what a field is called in the address, where that is another name


def page_in(number: int) -> int:
    """Give the page that an address asks for, as far as there may be one."""
    return min(max(number, 1), _MOST_PAGES)


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What a reader narrows a list to. What inherits it adds texts; an empty one narrows nothing."""

    page: int = field(default=1, kw_only=True)

    @property
    def offset(self) -> int:
        """How many lines come before this page."""
        return (max(self.page, 1) - 1) * PAGE_SIZE

    @property
    def asked(self) -> dict[str, str]:
        """What stays in the address, without the page."""
        given = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "page"}
        return {_NAMES.get(name, name): value for name, value in given.items() if value}

    @property
    def query(self) -> str:
        """The same as it is written there."""
        return urlencode(self.asked)

    @property
    def active(self) -> int:
        """How many filters are set."""
        return len(self.asked)


def pager_of(wanted: Narrowed, address: str, *, shown: int, total: int) -> dict[str, Any]:
    """Give where one is in a narrowed list, with the ways on."""
    return pager(address, wanted.asked, page=wanted.page, size=PAGE_SIZE, shown=shown, total=total)


def pager(address: str, asked: Mapping[str, Any], *, page: int, size: int, shown: int, total: int) -> dict[str, Any]:
    """Give where one is in a list, with the ways on."""

    def to(number: int) -> str:
        kept = {name: value for name, value in {**asked, _PAGE: number}.items() if value}
        return f"{address}?{urlencode(kept)}"

    offset = (page - 1) * size
    return {
        "first": offset + 1 if shown else 0, "last": offset + shown, "total": total,
        "previous": to(page - 1) if page > 1 else None,
        "next": to(page + 1) if shown == size and offset + shown < total else None,
    }  # fmt: skip
