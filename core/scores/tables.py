"""The ledger of points and its totals."""

from piccolo.columns import JSONB, UUID, Integer, Numeric, Text, Timestamptz
from piccolo.table import Table

from core.kernel.policies import APPEND_ONLY, NEVER_DELETED, Kind, Walls
from core.kernel.tables import county_column, id_column, kept_as


@kept_as(Walls(Kind.DATA, verbs=APPEND_ONLY))
class LedgerLine(Table, tablename="ledger_line"):
    """One line: earned, or taken back with a reason."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    period = Text(null=False, default=None)
    source = Text(null=False, default=None)
    subject_id = UUID(null=False, default=None)
    points = Numeric(digits=(8, 2), null=False, default=None)
    reverses = UUID(null=True, default=None)
    reason = Text(null=False, default=None)
    rule = JSONB(null=False, default=None)
    title = Text(null=False, default=None)
    membership = UUID(null=True, default=None)
    by_name = Text(null=False, default=None)
    at = Timestamptz(null=False, default=None)


@kept_as(Walls(Kind.DATA, verbs=NEVER_DELETED))
class ScoreTotal(Table, tablename="score_total"):
    """The sum of a region and month, kept with each line."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    period = Text(null=False, default=None)
    points = Numeric(digits=(10, 2), null=False, default=None)
    lines = Integer(null=False, default=None)
    changed_at = Timestamptz(null=False, default=None)
