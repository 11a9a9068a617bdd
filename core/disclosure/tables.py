"""Publications, what is due when, and objections. A test holds them against the catalogue."""

from piccolo.columns import JSONB, UUID, Boolean, Bytea, Date, Integer, SmallInt, Text, Timestamptz
from piccolo.table import Table

from core.kernel.policies import NEVER_DELETED, Kind, Walls
from core.kernel.tables import county_column, id_column, kept_as


@kept_as(Walls(Kind.DATA, verbs=NEVER_DELETED))
class Publication(Table, tablename="publication"):
    """One masked snapshot, as it was released. A trigger lets nothing change but how it ended, once, and its region."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    place = Text(null=False, default=None)
    place_name = Text(null=False, default=None)
    level = SmallInt(null=False, default=None)
    section = Text(null=False, default=None)
    section_title = Text(null=False, default=None)
    board = Text(null=False, default=None)
    period = Text(null=False, default=None)
    subject_id = UUID(null=True, default=None)
    title = Text(null=False, default=None)
    content = JSONB(null=False, default=None)
    figures = JSONB(null=False, default=None)
    lines = Integer(null=False, default=None)
    hash = Bytea(null=False, default=None)
    check_number = Text(null=False, default=None)
    token = Text(null=False, default=None)
    notice_until = Date(null=True, default=None)
    released_by = UUID(null=True, default=None)
    released_name = Text(null=False, default=None)
    released_office = Text(null=False, default=None)
    released_at = Timestamptz(null=False, default=None)
    corrects = UUID(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)
    ended = Text(null=False, default=None)
    end_reason = Text(null=False, default=None)
    ended_name = Text(null=False, default=None)
    successor = UUID(null=True, default=None)
    hidden = Boolean(null=False, default=None)


@kept_as(Walls(Kind.DATA, verbs=NEVER_DELETED))
class PublicationDue(Table, tablename="publication_due"):
    """What has to be published by when: a period of a section, or a subject that somebody announced."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    section = Text(null=False, default=None)
    period = Text(null=False, default=None)
    subject_id = UUID(null=True, default=None)
    title = Text(null=False, default=None)
    at = Timestamptz(null=False, default=None)
    opens_on = Date(null=False, default=None)
    due_on = Date(null=False, default=None)
    done_at = Timestamptz(null=True, default=None)
    publication_id = UUID(null=True, default=None)
    missing_at = Timestamptz(null=True, default=None)


@kept_as(Walls(Kind.DATA, verbs=NEVER_DELETED))
class PublicationObjection(Table, tablename="publication_objection"):
    """What a villager said against a public notice. The contact is encrypted and erased after its term."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    publication_id = UUID(null=False, default=None)
    body = Text(null=False, default=None)
    contact = Bytea(null=True, default=None)
    receipt = Text(null=False, default=None)
    at = Timestamptz(null=False, default=None)
    answer_on = Date(null=False, default=None)
    answered_at = Timestamptz(null=True, default=None)
    upheld = Boolean(null=True, default=None)
    answer = Text(null=False, default=None)
    answered_by = UUID(null=True, default=None)
    answered_name = Text(null=False, default=None)


@kept_as(Walls(Kind.DATA, verbs=NEVER_DELETED))
class BoardEntry(Table, tablename="board_entry"):
    """One line that a village writes by hand for a section of its board; ``data`` maps the section's columns to values.

    Persons stand masked in ``data``; ``names`` holds them in full, encrypted, until their term is over.
    """

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    section = Text(null=False, default=None)
    period = Text(null=False, default=None)
    data = JSONB(null=False, default=None)
    names = Bytea(null=True, default=None)
    version = Integer(null=False, default=None)
    membership = UUID(null=True, default=None)
    by_name = Text(null=False, default=None)
    created_at = Timestamptz(null=False, default=None)
    changed_at = Timestamptz(null=False, default=None)
    removed_at = Timestamptz(null=True, default=None)
