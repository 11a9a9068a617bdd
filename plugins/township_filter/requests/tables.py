"""Requests, the opinions that offices gave on them, and their history, in the plugin's own schema."""

from piccolo.columns import JSONB, UUID, Date, Integer, Text, Timestamptz
from piccolo.table import Table

from core.api import APPEND_ONLY, NEVER_DELETED, Kind, Walls, county_column, id_column, kept_as


@kept_as(Walls(Kind.DATA, verbs=NEVER_DELETED))
class ListRequest(Table, tablename="list_request", schema="township_filter"):
    """One request of a department or a township: ``wanted`` is how the item should read, by field, ``was`` how it read then."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    place_name = Text(null=False, default=None)
    number = Text(null=False, default=None)
    kind = Text(null=False, default=None)
    state = Text(null=False, default=None)
    office_id = UUID(null=True, default=None)
    incoming_id = UUID(null=True, default=None)
    level = Text(null=False, default=None)
    way = Text(null=False, default=None)
    item_id = UUID(null=True, default=None)
    item_code = Text(null=False, default="")
    item_title = Text(null=False, default=None)
    was = JSONB(null=False, default="{}")
    wanted = JSONB(null=False, default=None)
    frequency = Text(null=False, default="")
    why = Text(null=False, default=None)
    effective_on = Date(null=False, default=None)
    asked_at = Timestamptz(null=False, default=None)
    asked_person = UUID(null=True, default=None)
    asked_membership = UUID(null=True, default=None)
    asked_name = Text(null=False, default=None)
    asked_office = Text(null=False, default=None)
    due_at = Timestamptz(null=False, default=None)
    overdue_at = Timestamptz(null=True, default=None)
    round = Integer(null=False, default=1)
    decided_at = Timestamptz(null=True, default=None)
    decided_person = UUID(null=True, default=None)
    decided_name = Text(null=False, default="")
    decision_text = Text(null=False, default="")
    list_id = UUID(null=True, default=None)
    list_version = Integer(null=True, default=None)
    in_force_from = Date(null=True, default=None)
    listed_at = Timestamptz(null=True, default=None)
    changed_at = Timestamptz(null=False, default=None)


@kept_as(Walls(Kind.DATA, verbs=NEVER_DELETED))
class RequestOpinion(Table, tablename="request_opinion", schema="township_filter"):
    """What one office was asked in one round of joint review, and what it said."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    request_id = UUID(null=False, default=None)
    round = Integer(null=False, default=None)
    office_id = UUID(null=False, default=None)
    office_name = Text(null=False, default=None)
    asked_at = Timestamptz(null=False, default=None)
    due_at = Timestamptz(null=False, default=None)
    opinion = Text(null=False, default="")
    text = Text(null=False, default="")
    said_at = Timestamptz(null=True, default=None)
    by_name = Text(null=False, default="")
    membership = UUID(null=True, default=None)


@kept_as(Walls(Kind.DATA, verbs=APPEND_ONLY))
class RequestEvent(Table, tablename="request_event", schema="township_filter"):
    """One line of the history of a request; ``data`` fills the words, and keeps what a request said before it was completed."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    request_id = UUID(null=False, default=None)
    at = Timestamptz(null=False, default=None)
    kind = Text(null=False, default=None)
    text = Text(null=False, default="")
    membership = UUID(null=True, default=None)
    by_name = Text(null=False, default=None)
    by_office = Text(null=False, default=None)
    data = JSONB(null=False, default="{}")
