"""Entry lists and their items: configuration that regions below inherit."""

from decimal import Decimal
from typing import Final

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    Boolean,
    Date,
    Integer,
    Numeric,
    Text,
    Timestamptz,
)
from piccolo.table import Table

from core.kernel.policies import Kind, Walls
from core.kernel.tables import county_column, id_column, kept_as

WALLS: Final = Walls(Kind.CONFIGURATION)


@kept_as(WALLS)
class EntryList(Table, tablename="entry_list"):
    """One version of one region's list at one level; at most one draft and one published version each."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    level = Text(null=False, default=None)
    title = Text(null=False, default=None)
    version = Integer(null=False, default=None)
    state = Text(null=False, default=None)
    special = Boolean(null=False, default=False)
    base_id = UUID(null=True, default=None)
    document = Text(null=False, default="")
    note = Text(null=False, default="")
    valid_from = Date(null=True, default=None)
    valid_to = Date(null=True, default=None)
    created_at = Timestamptz(null=False, default=None)
    by_name = Text(null=False, default=None)
    published_at = Timestamptz(null=True, default=None)
    published_by_name = Text(null=False, default="")
    publish_reason = Text(null=False, default="")
    superseded_at = Timestamptz(null=True, default=None)


@kept_as(WALLS)
class EntryItem(Table, tablename="entry_item"):
    """One coded kind of matter. It belongs to one version and is never changed once that is published."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    list_id = UUID(null=False, default=None)
    position = Integer(null=False, default=None)
    code = Text(null=False, default=None)
    title = Text(null=False, default=None)
    kind = Text(null=False, default=None)
    category = Text(null=False, default="")
    department = Text(null=False, default="")
    legal_basis = Text(null=False, default="")
    conditions = Text(null=False, default="")
    funding = Text(null=False, default="")
    valid_from = Date(null=True, default=None)
    valid_to = Date(null=True, default=None)
    points = Numeric(digits=(6, 2), null=False, default=Decimal(1))
    evidence = JSONB(null=False, default="{}")
    aliases = Array(base_column=Text(), null=False, default=list)
