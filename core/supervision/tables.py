"""Warnings, whom they are about, and their history. A test holds them against the catalogue."""

from piccolo.columns import JSONB, UUID, Interval, Numeric, SmallInt, Text, Timestamptz
from piccolo.table import Table

from core.kernel.policies import NEVER_DELETED, Kind, Walls
from core.kernel.tables import county_column, id_column, kept_as


@kept_as(Walls(Kind.DATA, verbs=NEVER_DELETED))
class Warning(Table, tablename="warning"):  # noqa: A001 - the domain's word
    """One matter to check; (county, model, key) is unique, so that every way of looking gives the same row."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    place_name = Text(null=False, default=None)
    model = Text(null=False, default=None)
    key = Text(null=False, default=None)
    domain = Text(null=False, default=None)
    severity = Text(null=False, default=None)
    title = Text(null=False, default=None)
    text = Text(null=False, default=None)
    data = JSONB(null=False, default=None)
    basis = JSONB(null=False, default=None)
    amount = Numeric(digits=(14, 2), null=True, default=None)
    since = Timestamptz(null=False, default=None)
    state = Text(null=False, default=None)
    due_at = Timestamptz(null=True, default=None)
    raised_at = Timestamptz(null=False, default=None)
    changed_at = Timestamptz(null=False, default=None)
    gone_at = Timestamptz(null=True, default=None)
    snoozed_until = Timestamptz(null=True, default=None)
    taken_at = Timestamptz(null=True, default=None)
    taken_by = UUID(null=True, default=None)
    taken_name = Text(null=False, default=None)
    put_at = Timestamptz(null=True, default=None)
    verdict = Text(null=False, default=None)
    verdict_text = Text(null=False, default=None)
    judged_at = Timestamptz(null=True, default=None)
    judged_person = UUID(null=True, default=None)
    judged_level = SmallInt(null=True, default=None)
    appeals = SmallInt(null=False, default=None)
    term_left = Interval(null=True, default=None)
    corrected_person = UUID(null=True, default=None)
    verified_at = Timestamptz(null=True, default=None)
    recovered = Numeric(digits=(14, 2), null=True, default=None)
    rule_change = Text(null=False, default=None)
    closed_at = Timestamptz(null=True, default=None)


@kept_as(Walls(Kind.DATA))
class WarningConcern(Table, tablename="warning_concern"):
    """A person whom a warning is about: may not handle it, and sees it only once it was put to him."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    warning_id = UUID(null=False, default=None)
    person_id = UUID(null=False, default=None)
    name = Text(null=False, default=None)


@kept_as(Walls(Kind.DATA, verbs=NEVER_DELETED))
class WarningEvent(Table, tablename="warning_event"):
    """One line of a warning's history. It is changed in one case: a person's own words are erased (``personal``)."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    warning_id = UUID(null=False, default=None)
    at = Timestamptz(null=False, default=None)
    kind = Text(null=False, default=None)
    text = Text(null=False, default=None)
    membership = UUID(null=True, default=None)
    by_name = Text(null=False, default=None)
    by_office = Text(null=False, default=None)
    data = JSONB(null=False, default=None)
