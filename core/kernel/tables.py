"""How tables are declared: each Piccolo table says its kind beside its columns.

Rules that hold for every table outside the platform list, kept by tests against the catalogue: columns ``county``, ``id``
and ``region``; ``PRIMARY KEY (county, id)``; foreign and unique keys led by ``county``; ENABLE and FORCE row security.
Piccolo's ``save``, ``remove`` and joins know ``id`` alone, so we write by ``insert`` and ``update`` with county and id.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from piccolo.columns import JSONB, UUID, Text, Timestamptz
from piccolo.table import Table

from core.kernel.database import ENGINE
from core.kernel.policies import APPEND_ONLY, Kind, Walls

TABLES: Final[dict[str, tuple[type[Table], Walls]]] = {}
TableType = TypeVar("TableType", bound=type[Table])


def full_name(table: type[Table]) -> str:
    meta = table._meta  # noqa: SLF001 - Piccolo keeps its public facts there
    return f"{meta.schema}.{meta.tablename}" if meta.schema else meta.tablename


def kept_as(walls: Walls) -> Callable[[TableType], TableType]:
    """Declare a table's kind; a table without it fails the catalogue test."""

    def declare(table: TableType) -> TableType:
        table._meta.db = ENGINE  # noqa: SLF001 - the documented way to give a table its engine
        TABLES[full_name(table)] = (table, walls)
        return table

    return declare


def kind_of(name: str) -> Kind:
    return TABLES[name][1].kind


def county_column() -> Text:
    return Text(null=False, default=None)


def id_column() -> UUID:
    return UUID(primary_key=True, default=None)


@kept_as(Walls(Kind.DATA, verbs=APPEND_ONLY))
class AuditLine(Table, tablename="audit_line"):
    """Who did what and when; written with the deed, never changed."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    at = Timestamptz(null=False, default=None)
    action = Text(null=False, default=None)
    subject_kind = Text(null=False, default=None)
    subject_id = UUID(null=True, default=None)
    person = UUID(null=True, default=None)
    membership = UUID(null=True, default=None)
    by_name = Text(null=False, default=None)
    by_office = Text(null=False, default=None)
    data = JSONB(null=False, default=None)
