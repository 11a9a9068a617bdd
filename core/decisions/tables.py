"""Tables of decisions: the procedures a county uses, each decision, each attempt at a step, the history."""

from piccolo.columns import JSONB, UUID, Boolean, Date, Integer, Numeric, SmallInt, Text, Timestamptz
from piccolo.table import Table

from core.kernel.policies import APPEND_ONLY, NEVER_DELETED, Kind, Walls
from core.kernel.tables import county_column, id_column, kept_as


@kept_as(Walls(Kind.CONFIGURATION, verbs=APPEND_ONLY))
class DecisionProcedure(Table, tablename="decision_procedure"):
    """One version of a procedure in one place, from a day on; never changed."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    code = Text(null=False, default=None)
    version = Integer(null=False, default=None)
    allowed = Boolean(null=False, default=None)
    data = JSONB(null=False, default=None)
    valid_from = Timestamptz(null=False, default=None)
    reason = Text(null=False, default=None)
    membership = UUID(null=True, default=None)
    by_name = Text(null=False, default=None)
    created_at = Timestamptz(null=False, default=None)


@kept_as(Walls(Kind.DATA, verbs=NEVER_DELETED))
class Decision(Table, tablename="decision"):
    """One matter on its way; ``procedure`` is the version it began under. ``published_at``: others may rest on it."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    title = Text(null=False, default=None)
    text = Text(null=False, default=None)
    subject_kind = Text(null=False, default=None)
    subject_id = UUID(null=True, default=None)
    subject_title = Text(null=False, default=None)
    money = Numeric(digits=(14, 2), null=True, default=None)
    procedure_code = Text(null=False, default=None)
    procedure_version = Integer(null=False, default=None)
    procedure = JSONB(null=False, default=None)
    mandate_id = UUID(null=True, default=None)
    state = Text(null=False, default=None)
    step = SmallInt(null=False, default=None)
    step_title = Text(null=False, default=None)
    record_id = UUID(null=False, default=None)
    step_on = Date(null=False, default=None)
    step_since = Timestamptz(null=False, default=None)
    due_at = Timestamptz(null=True, default=None)
    waits_until = Timestamptz(null=True, default=None)
    late_at = Timestamptz(null=True, default=None)
    membership = UUID(null=True, default=None)
    by_name = Text(null=False, default=None)
    created_at = Timestamptz(null=False, default=None)
    changed_at = Timestamptz(null=False, default=None)
    resolved_at = Timestamptz(null=True, default=None)
    published_at = Timestamptz(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)
    end_reason = Text(null=False, default=None)


@kept_as(Walls(Kind.DATA, verbs=NEVER_DELETED))
class DecisionRecord(Table, tablename="decision_record"):
    """One attempt at a step; both a failed one and the one that passed stay. Its files hang on its id.

    ``fewer`` says how its ``should`` is lower than that of meetings before, with ``fewer_reason``; none where it is not.
    """

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    decision_id = UUID(null=False, default=None)
    step = SmallInt(null=False, default=None)
    attempt = SmallInt(null=False, default=None)
    state = Text(null=False, default=None)
    body = Text(null=False, default=None)
    told_on = Date(null=True, default=None)
    may_meet_on = Date(null=True, default=None)
    told_text = Text(null=False, default=None)
    held_on = Date(null=True, default=None)
    place = Text(null=False, default=None)
    chair = Text(null=False, default=None)
    recorder = Text(null=False, default=None)
    should = Integer(null=True, default=None)
    came = Integer(null=True, default=None)
    approved = Integer(null=True, default=None)
    against = Integer(null=True, default=None)
    abstained = Integer(null=True, default=None)
    short = JSONB(null=False, default=None)
    fewer = JSONB(null=True, default=None)
    fewer_reason = Text(null=False, default=None)
    text = Text(null=False, default=None)
    posted_on = Date(null=True, default=None)
    shown_until = Timestamptz(null=True, default=None)
    publication_id = UUID(null=True, default=None)
    membership = UUID(null=True, default=None)
    by_name = Text(null=False, default=None)
    opened_at = Timestamptz(null=False, default=None)
    closed_at = Timestamptz(null=True, default=None)


@kept_as(Walls(Kind.DATA, verbs=APPEND_ONLY))
class DecisionEvent(Table, tablename="decision_event"):
    """One line of a decision's history."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    decision_id = UUID(null=False, default=None)
    at = Timestamptz(null=False, default=None)
    kind = Text(null=False, default=None)
    text = Text(null=False, default=None)
    membership = UUID(null=True, default=None)
    by_name = Text(null=False, default=None)
    by_office = Text(null=False, default=None)
    data = JSONB(null=False, default=None)
