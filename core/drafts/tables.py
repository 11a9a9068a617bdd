"""What was begun, and what was answered."""

from piccolo.columns import JSONB, UUID, Bytea, Text, Timestamptz
from piccolo.table import Table

from core.kernel.policies import Kind, Walls
from core.kernel.tables import county_column, id_column, kept_as


@kept_as(Walls(Kind.DATA))
class Draft(Table, tablename="draft"):
    """A form that a post has begun to fill in; one a form and subject."""

    county = county_column()
    id = id_column()
    region = Text()
    membership_id = UUID()
    form = Text()
    subject = Text()
    data = JSONB()
    saved_at = Timestamptz()


@kept_as(Walls(Kind.DATA, verbs=frozenset({"SELECT", "INSERT", "DELETE"})))
class Answer(Table, tablename="answer"):
    """What a submission with a key was answered, so that its repetition gets the same."""

    county = county_column()
    id = id_column()
    region = Text()
    membership_id = UUID()
    key = Text()
    form = Text()
    request_hash = Bytea()
    result = JSONB()
    at = Timestamptz()
