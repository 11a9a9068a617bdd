"""Notices."""

from piccolo.columns import JSONB, UUID, Text, Timestamptz
from piccolo.table import Table

from core.kernel.policies import Kind, Walls
from core.kernel.tables import county_column, id_column, kept_as


@kept_as(Walls(Kind.DATA, signin=frozenset({"SELECT"})))
class Notice(Table, tablename="notice"):
    """Something one post should know."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    membership_id = UUID(null=False, default=None)
    kind = Text(null=False, default=None)
    data = JSONB(null=False, default=None)
    link = Text(null=False, default=None)
    key = Text(null=False, default=None)
    created_at = Timestamptz(null=False, default=None)
    read_at = Timestamptz(null=True, default=None)
