"""Verdicts that people of a county confirmed or corrected: configuration that holds in its townships."""

from piccolo.columns import UUID, Text, Timestamptz
from piccolo.table import Table

from core.api import NEVER_DELETED, Kind, Walls, county_column, id_column, kept_as


@kept_as(Walls(Kind.CONFIGURATION, verbs=NEVER_DELETED))
class Learned(Table, tablename="learned", schema="township_filter"):
    """What a matter turned out to be: the item of this code, or (without a code) on no list. Undone ones stay to be read."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    level = Text(null=False, default=None)
    title = Text(null=False, default=None)
    body = Text(null=False, default="")
    code = Text(null=False, default="")
    item_title = Text(null=False, default="")
    source = Text(null=False, default=None)
    incoming_id = UUID(null=True, default=None)
    sender_name = Text(null=False, default="")
    reason = Text(null=False, default="")
    learned_at = Timestamptz(null=False, default=None)
    by_name = Text(null=False, default=None)
    by_office = Text(null=False, default="")
    undone_at = Timestamptz(null=True, default=None)
    undone_by_name = Text(null=False, default="")
    undo_reason = Text(null=False, default="")
    changed_at = Timestamptz(null=False, default=None)
