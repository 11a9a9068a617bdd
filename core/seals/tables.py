"""A village's seals, each use of one, and its history. A test holds them against the catalogue."""

from piccolo.columns import JSONB, UUID, Boolean, Integer, Text, Timestamptz
from piccolo.table import Table

from core.kernel.policies import APPEND_ONLY, NEVER_DELETED, Kind, Walls
from core.kernel.tables import county_column, id_column, kept_as


@kept_as(Walls(Kind.DATA, verbs=NEVER_DELETED))
class Seal(Table, tablename="seal"):
    """One seal and who keeps it; one that is stopped stays in the list. ``numbered`` is the last number a use of it was given."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    place_name = Text(null=False, default=None)
    kind = Text(null=False, default=None)
    title = Text(null=False, default=None)
    keeper_person = UUID(null=True, default=None)
    keeper_name = Text(null=False, default=None)
    since = Timestamptz(null=False, default=None)
    changed_at = Timestamptz(null=False, default=None)
    stopped_at = Timestamptz(null=True, default=None)
    stop_reason = Text(null=False, default=None)
    numbered = Text(null=False, default="")


@kept_as(Walls(Kind.DATA, verbs=NEVER_DELETED))
class SealUse(Table, tablename="seal_use"):
    """One use: asked for, decided, done, filed. ``unasked``: entered without a request. Its photos hang on its id."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    place_name = Text(null=False, default=None)
    number = Text(null=False, default=None)
    seal_id = UUID(null=False, default=None)
    seal_title = Text(null=False, default=None)
    purpose = Text(null=False, default=None)
    document = Text(null=False, default=None)
    copies = Integer(null=False, default=None)
    for_whom = Text(null=False, default=None)
    unasked = Boolean(null=False, default=None)
    by_township = Boolean(null=False, default=None)
    state = Text(null=False, default=None)
    due_at = Timestamptz(null=True, default=None)
    asked_at = Timestamptz(null=False, default=None)
    asked_person = UUID(null=True, default=None)
    asked_membership = UUID(null=True, default=None)
    asked_name = Text(null=False, default=None)
    decided_at = Timestamptz(null=True, default=None)
    decided_person = UUID(null=True, default=None)
    decided_name = Text(null=False, default=None)
    decision_text = Text(null=False, default=None)
    used_at = Timestamptz(null=True, default=None)
    used_copies = Integer(null=True, default=None)
    keeper_person = UUID(null=True, default=None)
    keeper_name = Text(null=False, default=None)
    use_text = Text(null=False, default=None)
    filed_at = Timestamptz(null=True, default=None)
    filed_place = Text(null=False, default=None)
    changed_at = Timestamptz(null=False, default=None)


@kept_as(Walls(Kind.DATA, verbs=APPEND_ONLY))
class SealEvent(Table, tablename="seal_event"):
    """One line of the history of a use."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    use_id = UUID(null=False, default=None)
    at = Timestamptz(null=False, default=None)
    kind = Text(null=False, default=None)
    text = Text(null=False, default=None)
    membership = UUID(null=True, default=None)
    by_name = Text(null=False, default=None)
    by_office = Text(null=False, default=None)
    data = JSONB(null=False, default=None)
