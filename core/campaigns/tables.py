"""Campaigns of a township or county, and the share of each village. A test holds them against the catalogue."""

from piccolo.columns import JSONB, UUID, Integer, Numeric, Text, Timestamptz
from piccolo.table import Table

from core.kernel.policies import APPEND_ONLY, NEVER_DELETED, Kind, Walls
from core.kernel.tables import county_column, id_column, kept_as


@kept_as(Walls(Kind.DATA, verbs=NEVER_DELETED))
class Campaign(Table, tablename="campaign"):
    """What is to be put right in many villages, until when; in the end what came of it, and which rule was changed."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    place_name = Text(null=False, default=None)
    title = Text(null=False, default=None)
    text = Text(null=False, default=None)
    domain = Text(null=False, default=None)
    model = Text(null=False, default=None)
    due_at = Timestamptz(null=False, default=None)
    state = Text(null=False, default=None)
    outcome = Text(null=False, default=None)
    rule_change = Text(null=False, default=None)
    opened_at = Timestamptz(null=False, default=None)
    membership = UUID(null=True, default=None)
    by_name = Text(null=False, default=None)
    by_office = Text(null=False, default=None)
    closed_at = Timestamptz(null=True, default=None)
    closed_name = Text(null=False, default=None)
    changed_at = Timestamptz(null=False, default=None)


@kept_as(Walls(Kind.DATA, verbs=NEVER_DELETED))
class CampaignShare(Table, tablename="campaign_share"):
    """One village's share: what is asked is copied in, what was found and put right is reported. Evidence hangs on its id."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    place_name = Text(null=False, default=None)
    campaign_id = UUID(null=False, default=None)
    sender = Text(null=False, default=None)
    title = Text(null=False, default=None)
    text = Text(null=False, default=None)
    due_at = Timestamptz(null=False, default=None)
    state = Text(null=False, default=None)
    report = Text(null=False, default=None)
    found = Integer(null=True, default=None)
    fixed = Integer(null=True, default=None)
    recovered = Numeric(digits=(14, 2), null=True, default=None)
    reported_at = Timestamptz(null=True, default=None)
    reported_by = UUID(null=True, default=None)
    reported_name = Text(null=False, default=None)
    checked_at = Timestamptz(null=True, default=None)
    checked_name = Text(null=False, default=None)
    reason = Text(null=False, default=None)
    changed_at = Timestamptz(null=False, default=None)


@kept_as(Walls(Kind.DATA, verbs=APPEND_ONLY))
class CampaignEvent(Table, tablename="campaign_event"):
    """One line of the history of a campaign (``subject_id`` is its own id) or of a share."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    subject_id = UUID(null=False, default=None)
    at = Timestamptz(null=False, default=None)
    kind = Text(null=False, default=None)
    text = Text(null=False, default=None)
    membership = UUID(null=True, default=None)
    by_name = Text(null=False, default=None)
    by_office = Text(null=False, default=None)
    data = JSONB(null=False, default=None)
