"""Senders, their quotas, what a full quota held, signs of a rebound, corrections: in the plugin's own schema."""

from piccolo.columns import UUID, Integer, Numeric, Text, Timestamptz
from piccolo.table import Table

from core.api import APPEND_ONLY, NEVER_DELETED, Kind, Walls, county_column, id_column, kept_as


@kept_as(Walls(Kind.DATA, verbs=NEVER_DELETED))
class Sender(Table, tablename="sender", schema="township_filter"):
    """Who hands matters in: an office, or a place's own leaders. ``key`` is the office's id, else the place's code then."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    office_id = UUID(null=True, default=None)
    key = Text(null=False, default=None)
    name = Text(null=False, default=None)
    first_at = Timestamptz(null=False, default=None)
    last_at = Timestamptz(null=False, default=None)


@kept_as(Walls(Kind.DATA, verbs=APPEND_ONLY))
class SenderQuota(Table, tablename="sender_quota", schema="township_filter"):
    """A quota for one sender from a moment on; without an amount the county's own holds again. 0 is no limit."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    sender_id = UUID(null=False, default=None)
    level = Text(null=False, default=None)
    amount = Integer(null=True, default=None)
    valid_from = Timestamptz(null=False, default=None)
    reason = Text(null=False, default=None)
    at = Timestamptz(null=False, default=None)
    membership = UUID(null=True, default=None)
    by_name = Text(null=False, default=None)


@kept_as(Walls(Kind.DATA, verbs=NEVER_DELETED))
class QuotaHold(Table, tablename="quota_hold", schema="township_filter"):
    """A matter that a full quota held, and what the county decided."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    incoming_id = UUID(null=False, default=None)
    sender_id = UUID(null=False, default=None)
    title = Text(null=False, default=None)
    level = Text(null=False, default=None)
    counted = Integer(null=False, default=None)
    amount = Integer(null=False, default=None)
    state = Text(null=False, default=None)
    at = Timestamptz(null=False, default=None)
    membership = UUID(null=True, default=None)
    decided_at = Timestamptz(null=True, default=None)
    decided_reason = Text(null=False, default="")
    decided_by_name = Text(null=False, default="")
    decided_membership = UUID(null=True, default=None)


@kept_as(Walls(Kind.DATA, verbs=APPEND_ONLY))
class Sign(Table, tablename="sign", schema="township_filter"):
    """One sign of a rebound in one matter: a word, or the withdrawn duty it comes near to."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    incoming_id = UUID(null=False, default=None)
    sender_id = UUID(null=False, default=None)
    kind = Text(null=False, default=None)
    title = Text(null=False, default=None)
    verdict = Text(null=False, default=None)
    word = Text(null=False, default="")
    item_code = Text(null=False, default="")
    item_title = Text(null=False, default="")
    nearness = Numeric(digits=(5, 4), null=False, default=None)
    at = Timestamptz(null=False, default=None)
    membership = UUID(null=True, default=None)


@kept_as(Walls(Kind.DATA, verbs=NEVER_DELETED))
class Correction(Table, tablename="correction", schema="township_filter"):
    """A receiver's proposal to count a task under another item, and what those above him decided."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    office_id = UUID(null=True, default=None)
    assignment_id = UUID(null=False, default=None)
    task_id = UUID(null=False, default=None)
    incoming_id = UUID(null=True, default=None)
    sender_region = Text(null=False, default=None)
    sender_office_id = UUID(null=True, default=None)
    sender_name = Text(null=False, default=None)
    receiver_name = Text(null=False, default=None)
    title = Text(null=False, default=None)
    level = Text(null=False, default=None)
    was_code = Text(null=False, default=None)
    was_title = Text(null=False, default=None)
    item_id = UUID(null=True, default=None)
    item_code = Text(null=False, default=None)
    item_title = Text(null=False, default=None)
    reason = Text(null=False, default=None)
    state = Text(null=False, default=None)
    at = Timestamptz(null=False, default=None)
    membership = UUID(null=True, default=None)
    by_name = Text(null=False, default=None)
    decided_at = Timestamptz(null=True, default=None)
    decided_note = Text(null=False, default="")
    decided_by_name = Text(null=False, default="")
    decided_membership = UUID(null=True, default=None)
