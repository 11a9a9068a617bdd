"""The ledger of the filter, in the plugin's own schema."""

from piccolo.columns import JSONB, UUID, Boolean, Text, Timestamptz
from piccolo.table import Table

from core.api import NEVER_DELETED, Kind, Walls, county_column, id_column, kept_as


@kept_as(Walls(Kind.DATA, verbs=NEVER_DELETED))
class Screened(Table, tablename="screened", schema="township_filter"):
    """What the filter said of one incoming task. An emergency that passed carries its review; reviews are not undone."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    incoming_id = UUID(null=False, default=None)
    office_id = UUID(null=True, default=None)
    sender_name = Text(null=False, default=None)
    title = Text(null=False, default=None)
    level = Text(null=False, default=None)
    verdict = Text(null=False, default=None)
    item_code = Text(null=False, default="")
    item_title = Text(null=False, default="")
    reasons = JSONB(null=False, default="[]")
    emergency = Boolean(null=False, default=False)
    emergency_reason = Text(null=False, default="")
    at = Timestamptz(null=False, default=None)
    membership = UUID(null=True, default=None)
    review = Text(null=False, default="")
    review_due_at = Timestamptz(null=True, default=None)
    reviewed_at = Timestamptz(null=True, default=None)
    review_note = Text(null=False, default="")
    reviewed_by_name = Text(null=False, default="")
    reviewed_membership = UUID(null=True, default=None)
    sender_id = UUID(null=True, default=None)
