"""Tables of the main job. A test holds them against the catalogue."""

from piccolo.columns import JSONB, UUID, Array, Boolean, Integer, Numeric, SmallInt, Text, Timestamptz
from piccolo.table import Table

from core.kernel.policies import ABOVE, NEVER_DELETED, Kind, Walls
from core.kernel.tables import county_column, id_column, kept_as


@kept_as(Walls(Kind.DATA, verbs=NEVER_DELETED))
class IncomingTask(Table, tablename="incoming_task"):
    """A matter handed in, with what screening found."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    office_id = UUID(null=True, default=None)
    sender_name = Text(null=False, default=None)
    number = Text(null=False, default=None)
    title = Text(null=False, default=None)
    body = Text(null=False, default=None)
    level = Text(null=False, default=None)
    emergency = Boolean(null=False, default=None)
    emergency_reason = Text(null=False, default=None)
    due_at = Timestamptz(null=True, default=None)
    state = Text(null=False, default=None)
    verdict = Text(null=False, default=None)
    item_id = UUID(null=True, default=None)
    item_code = Text(null=False, default=None)
    item_title = Text(null=False, default=None)
    findings = JSONB(null=False, default=None)
    decided_reason = Text(null=False, default=None)
    decided_by_name = Text(null=False, default=None)
    decided_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz(null=False, default=None)
    membership = UUID(null=True, default=None)
    by_name = Text(null=False, default=None)
    screened_at = Timestamptz(null=True, default=None)
    task_id = UUID(null=True, default=None)
    assignment_id = UUID(null=True, default=None)
    merged_into = UUID(null=True, default=None)
    merged_from_state = Text(null=False, default=None)
    merged_reason = Text(null=False, default=None)
    merged_by_name = Text(null=False, default=None)
    merged_at = Timestamptz(null=True, default=None)
    replaces = UUID(null=True, default=None)


@kept_as(Walls(Kind.DATA, verbs=NEVER_DELETED))
class Task(Table, tablename="task"):
    """What a sender dispatched; ``receivers`` and ``finished`` are counted here."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    office_id = UUID(null=True, default=None)
    sender_name = Text(null=False, default=None)
    incoming_id = UUID(null=True, default=None)
    parent_id = UUID(null=True, default=None)
    brief_id = UUID(null=False, default=None)
    title = Text(null=False, default=None)
    item_id = UUID(null=True, default=None)
    item_code = Text(null=False, default=None)
    item_title = Text(null=False, default=None)
    category = Text(null=False, default=None)
    level = Text(null=False, default=None)
    mode = Text(null=False, default=None)
    places = Integer(null=False, default=None)
    points = Numeric(digits=(6, 2), null=False, default=None)
    item_points = Numeric(digits=(6, 2), null=True, default=None)
    points_reason = Text(null=False, default=None)
    due_at = Timestamptz(null=False, default=None)
    evidence = JSONB(null=False, default=None)
    state = Text(null=False, default=None)
    emergency = Boolean(null=False, default=None)
    receivers = Integer(null=False, default=None)
    finished = Integer(null=False, default=None)
    escalated_at = Timestamptz(null=True, default=None)
    membership = UUID(null=True, default=None)
    by_name = Text(null=False, default=None)
    created_at = Timestamptz(null=False, default=None)
    ended_at = Timestamptz(null=True, default=None)
    end_reason = Text(null=False, default=None)


@kept_as(Walls(Kind.ADDRESSED, verbs=NEVER_DELETED))
class Assignment(Table, tablename="assignment"):
    """The receiver's share. What lists show is copied in, so that a list reads one table."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    office_id = UUID(null=True, default=None)
    task_id = UUID(null=False, default=None)
    brief_id = UUID(null=False, default=None)
    place_id = UUID(null=True, default=None)
    sender_region = Text(null=False, default=None)
    sender_office_id = UUID(null=True, default=None)
    sender_name = Text(null=False, default=None)
    receiver_name = Text(null=False, default=None)
    title = Text(null=False, default=None)
    item_code = Text(null=False, default=None)
    category = Text(null=False, default=None)
    points = Numeric(digits=(6, 2), null=False, default=None)
    due_at = Timestamptz(null=False, default=None)
    evidence = JSONB(null=False, default=None)
    state = Text(null=False, default=None)
    emergency = Boolean(null=False, default=None)
    allocated_membership = UUID(null=True, default=None)
    allocated_grid = UUID(null=True, default=None)
    allocated_name = Text(null=False, default=None)
    acknowledged_at = Timestamptz(null=True, default=None)
    acknowledged_by_name = Text(null=False, default=None)
    submitted_at = Timestamptz(null=True, default=None)
    returned_at = Timestamptz(null=True, default=None)
    return_reason = Text(null=False, default=None)
    overdue_at = Timestamptz(null=True, default=None)
    escalated_at = Timestamptz(null=True, default=None)
    reminders = Integer(null=False, default=None)
    closed_at = Timestamptz(null=True, default=None)
    quality = Text(null=False, default=None)
    timeliness = Numeric(digits=(6, 3), null=True, default=None)
    score = Numeric(digits=(8, 2), null=True, default=None)
    rated_at = Timestamptz(null=True, default=None)
    parts = Integer(null=False, default=None)
    parts_done = Integer(null=False, default=None)
    created_at = Timestamptz(null=False, default=None)
    changed_at = Timestamptz(null=False, default=None)
    came_from = Text(null=False, default="")


@kept_as(Walls(Kind.DATA, verbs=NEVER_DELETED))
class TaskParent(Table, tablename="task_parent"):
    """A share from above that a task is a part of: one, or several where the task was made of merged matters."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    task_id = UUID(null=False, default=None)
    assignment_id = UUID(null=False, default=None)


@kept_as(
    Walls(
        Kind.ADDRESSED,
        verbs=NEVER_DELETED,
        sees_also=ABOVE,
        may_also=(
            f"taken_by IS NULL AND withdrawn_at IS NULL AND {ABOVE}",
            f"taken_by = current_setting('app.scope', true) AND {ABOVE}",
        ),
    )
)
class Place(Table, tablename="place"):
    """One open share; whoever may take it reads it like configuration and may only write its own code."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    task_id = UUID(null=False, default=None)
    brief_id = UUID(null=False, default=None)
    n = Integer(null=False, default=None)
    title = Text(null=False, default=None)
    category = Text(null=False, default=None)
    item_code = Text(null=False, default=None)
    evidence = JSONB(null=False, default=None)
    emergency = Boolean(null=False, default=None)
    points = Numeric(digits=(6, 2), null=False, default=None)
    due_at = Timestamptz(null=False, default=None)
    sender_office_id = UUID(null=True, default=None)
    sender_name = Text(null=False, default=None)
    taken_by = Text(null=True, default=None)
    taken_by_name = Text(null=False, default=None)
    taken_at = Timestamptz(null=True, default=None)
    withdrawn_at = Timestamptz(null=True, default=None)


@kept_as(
    Walls(
        Kind.ADDRESSED,
        verbs=NEVER_DELETED,
        sees_also="EXISTS (an assignment or a place of mine)",
    )
)
class TaskBrief(Table, tablename="task_brief"):
    """The long text of a task, the form it asks to fill in and who asked for it, readable through a share or a place."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    body = Text(null=False, default=None)
    legal_basis = Text(null=False, default=None)
    conditions = Text(null=False, default=None)
    funding = Text(null=False, default=None)
    list_title = Text(null=False, default=None)
    item_title = Text(null=False, default=None)
    rule = JSONB(null=False, default=None)
    form = JSONB(null=False, default=None)
    asked_by = JSONB(null=False, default=None)
    created_at = Timestamptz(null=False, default=None)
    changed_at = Timestamptz(null=False, default=None)


@kept_as(Walls(Kind.DATA, verbs=NEVER_DELETED))
class AssignmentEvent(Table, tablename="assignment_event"):
    """A line of a share's history."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    assignment_id = UUID(null=False, default=None)
    at = Timestamptz(null=False, default=None)
    kind = Text(null=False, default=None)
    text = Text(null=False, default=None)
    membership = UUID(null=True, default=None)
    by_name = Text(null=False, default=None)
    by_office = Text(null=False, default=None)
    data = JSONB(null=False, default=None)


@kept_as(Walls(Kind.DATA, verbs=NEVER_DELETED))
class Submission(Table, tablename="submission"):
    """A result as it was handed in, with the files and the answers that belonged to it then; never changed."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    assignment_id = UUID(null=False, default=None)
    n = Integer(null=False, default=None)
    text = Text(null=False, default=None)
    at = Timestamptz(null=False, default=None)
    membership = UUID(null=True, default=None)
    by_name = Text(null=False, default=None)
    state = Text(null=False, default=None)
    files = Array(base_column=UUID(), null=False, default=None)
    answers = JSONB(null=False, default=None)


@kept_as(Walls(Kind.DATA, verbs=NEVER_DELETED))
class TaskRating(Table, tablename="task_rating"):
    """How a receiver found the task it was sent."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    assignment_id = UUID(null=False, default=None)
    clarity = SmallInt(null=False, default=None)
    time_given = SmallInt(null=False, default=None)
    need = SmallInt(null=False, default=None)
    burden_hours = Numeric(digits=(6, 1), null=False, default=None)
    comment = Text(null=False, default=None)
    at = Timestamptz(null=False, default=None)
    membership = UUID(null=True, default=None)
    by_name = Text(null=False, default=None)


@kept_as(Walls(Kind.DATA))
class SavedView(Table, tablename="saved_view"):
    """A named filter of one post."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    membership_id = UUID(null=False, default=None)
    page = Text(null=False, default=None)
    name = Text(null=False, default=None)
    query = Text(null=False, default=None)
    created_at = Timestamptz(null=False, default=None)
