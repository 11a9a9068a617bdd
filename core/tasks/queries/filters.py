"""Filters of the lists, kept in the address: one object, one piece of SQL."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

PAGE_SIZE: Final = 25
NOBODY: Final = "-"


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to. Empty fields do not narrow.

    ``holder`` is the name of whoever a share was given to, or ``NOBODY`` for those given to nobody yet.
    """

    search: str = ""
    state: str = ""
    region: str = ""
    late: bool = False
    category: str = ""
    holder: str = ""
    page: int = 1

    @property
    def offset(self) -> int:
        return (max(self.page, 1) - 1) * PAGE_SIZE


class Conditions:
    """Collects SQL conditions with their arguments, numbered after the scope's two."""

    def __init__(self, first: int = 3) -> None:
        self.parts: list[str] = []
        self.arguments: list[Any] = []
        self._next = first

    def add(self, condition: str, value: Any) -> None:
        """Add a condition in which ``{}`` stands for the value."""
        self.parts.append(condition.format(f"${self._next}"))
        self.arguments.append(value)
        self._next += 1

    def add_plain(self, condition: str) -> None:
        self.parts.append(condition)

    @property
    def sql(self) -> str:
        return "".join(f" AND {part}" for part in self.parts)

    @property
    def next(self) -> int:
        return self._next


def like(text: str) -> str:
    """Make a contains-pattern of what somebody typed; its own wildcards are taken literally."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def own_offices(conditions: Conditions, alias: str, office: UUID | None) -> None:
    """Narrow tasks or matters to what a post of an office sees of them: ``rules.is_own_offices`` for a list."""
    if office is not None:
        conditions.add_plain(f"{alias}.region = $1")
        by_office(conditions, f"{alias}.office_id", office)


def by_office(conditions: Conditions, column: str, office: UUID | None) -> None:
    """Narrow to the post's own office, where it has one."""
    if office is not None:
        conditions.add(f"({column} IS NULL OR {column} = {{}})", office)
