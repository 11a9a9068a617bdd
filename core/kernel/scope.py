"""Who sees what: a scope is a region's code, and what the person behind it may do there.

A region's code is the right to see it: whoever stands at ``330503`` sees every row whose region begins with it.
Queries say so themselves (the first wall) and PostgreSQL's row policies repeat it (the second wall).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final
from uuid import UUID

from core.kernel.errors import Forbidden

CODE: Final = re.compile(r"[0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12}")
LENGTHS: Final = (2, 4, 6, 9, 12)
NO_PLUGINS: Final[Mapping[str, str]] = MappingProxyType({})


def is_code(text: str) -> bool:
    """Tell whether the text is a region's code: 2, 4, 6, 9 or 12 digits."""
    return CODE.fullmatch(text) is not None


def ancestors_of(code: str) -> tuple[str, ...]:
    """Give the codes above a region, the province first: ``330503105`` → ``33``, ``3305``, ``330503``."""
    return tuple(code[:length] for length in LENGTHS if length < len(code))


def county_of(code: str) -> str:
    """Give the tenant's key of a region founded under this code: six digits, fewer above the county."""
    return code[:6]


@dataclass(frozen=True, slots=True)
class Scope:
    """One person at one post (or one background job), for the length of one request.

    ``county`` is the tenant's key. It is the county's code at its founding and stays when the code changes, so never
    derive it from ``region``. ``permissions`` are those of the active membership alone.
    """

    region: str
    county: str
    by_name: str
    by_office: str = ""
    person: UUID | None = None
    membership: UUID | None = None
    role: str = ""
    office: UUID | None = None
    grid: UUID | None = None
    permissions: frozenset[str] = frozenset()
    plugins: Mapping[str, str] = field(default_factory=lambda: NO_PLUGINS)
    language: str = "zh"
    elder: bool = False
    notices: int = 0
    system: bool = False

    def __post_init__(self) -> None:
        if not is_code(self.region):
            raise ValueError("a scope needs a region's code")

    @property
    def region_end(self) -> str:
        """The first text after every code of this range: a colon follows the digits in collation "C"."""
        return f"{self.region}:"

    @property
    def above(self) -> tuple[str, ...]:
        return ancestors_of(self.region)

    @property
    def level(self) -> int:
        """1 province, 2 city, 3 county, 4 township, 5 village."""
        return LENGTHS.index(len(self.region)) + 1

    def covers(self, region: str) -> bool:
        return region.startswith(self.region)

    def may(self, permission: str) -> bool:
        return self.system or permission in self.permissions

    def require(self, permission: str) -> None:
        """Raise ``Forbidden`` without the permission. Guards of routes have asked already; actions ask again."""
        if not self.may(permission):
            raise Forbidden(permission)


def system_scope(region: str, *, county: str | None = None, by_name: str = "系统") -> Scope:
    """Make the scope of a background job. It sees the region it is given and nothing beside it."""
    return Scope(region=region, county=county or county_of(region), by_name=by_name, system=True)
