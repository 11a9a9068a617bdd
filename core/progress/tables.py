"""The rows behind the bars of long work."""

from piccolo.columns import JSONB, UUID, Integer, Text, Timestamptz
from piccolo.table import Table

from core.kernel.policies import NEVER_DELETED, Kind, Walls
from core.kernel.tables import county_column, id_column, kept_as


@kept_as(Walls(Kind.DATA, verbs=NEVER_DELETED))
class JobRow(Table, tablename="job_row"):
    """One long work: who started it, how far it is, what came out."""

    county = county_column()
    id = id_column()
    region = Text()
    membership = UUID(null=True)
    by_name = Text()
    kind = Text()
    title = Text()
    state = Text()
    done = Integer()
    total = Integer()
    failed = Integer()
    payload = JSONB()
    result = JSONB()
    error = Text()
    created_at = Timestamptz()
    started_at = Timestamptz(null=True)
    beat_at = Timestamptz(null=True)
    finished_at = Timestamptz(null=True)
