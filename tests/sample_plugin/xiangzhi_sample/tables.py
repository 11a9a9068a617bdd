"""Notes, in the plugin's own schema."""

from piccolo.columns import UUID, Text, Timestamptz
from piccolo.table import Table

from core.api import Kind, Walls, county_column, id_column, kept_as


@kept_as(Walls(Kind.DATA))
class Note(Table, tablename="note", schema="sample"):
    """What somebody noted on a visit."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    text = Text(null=False, default=None)
    at = Timestamptz(null=False, default=None)
    person = UUID(null=True, default=None)
    by_name = Text(null=False, default=None)
