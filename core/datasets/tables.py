"""Outside data, in the schema ``datasets``. A test holds these against the catalogue."""

from piccolo.columns import UUID, Boolean, Bytea, Date, Integer, Numeric, Text, Timestamptz
from piccolo.table import Table

from core.kernel.policies import APPEND_ONLY, NEVER_DELETED, Kind, Walls
from core.kernel.tables import county_column, id_column, kept_as

SCHEMA = "datasets"


@kept_as(Walls(Kind.DATA, verbs=NEVER_DELETED))
class Dataset(Table, tablename="dataset", schema=SCHEMA):
    """One list that was handed in: by whom, from whom, what for, on which legal basis, until when."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    kind = Text(null=False, default=None)
    state = Text(null=False, default=None)
    file_name = Text(null=False, default=None)
    source = Text(null=False, default=None)
    purpose = Text(null=False, default=None)
    basis = Text(null=False, default=None)
    expires_on = Date(null=False, default=None)
    replaces = Boolean(null=False, default=None)
    stored = Integer(null=False, default=0)
    twins = Integer(null=False, default=0)
    bad = Integer(null=False, default=0)
    membership = UUID(null=True, default=None)
    by_name = Text(null=False, default=None)
    by_office = Text(null=False, default="")
    created_at = Timestamptz(null=False, default=None)
    ready_at = Timestamptz(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)
    end_reason = Text(null=False, default="")


@kept_as(Walls(Kind.DATA))
class DatasetRow(Table, tablename="dataset_row", schema=SCHEMA):
    """One line of it. The identity number is a keyed hash; the name is encrypted, shown masked."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    dataset_id = UUID(null=False, default=None)
    kind = Text(null=False, default=None)
    n = Integer(null=False, default=None)
    state = Text(null=False, default=None)
    id_hash = Bytea(null=True, default=None)
    id_masked = Text(null=False, default="")
    name = Bytea(null=True, default=None)
    name_masked = Text(null=False, default="")
    village = Text(null=False, default="")
    subject = Text(null=False, default="")
    detail = Text(null=False, default="")
    code = Text(null=False, default="")
    amount = Numeric(digits=(14, 2), null=True, default=None)
    starts_on = Date(null=True, default=None)
    ends_on = Date(null=True, default=None)
    cells = Bytea(null=True, default=None)
    reason = Text(null=False, default="")
    created_at = Timestamptz(null=False, default=None)


@kept_as(Walls(Kind.DATA, verbs=APPEND_ONLY))
class DatasetAccess(Table, tablename="dataset_access", schema=SCHEMA):
    """Who had what to do with outside data, and why."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    dataset_id = UUID(null=True, default=None)
    kind = Text(null=False, default="")
    at = Timestamptz(null=False, default=None)
    act = Text(null=False, default=None)
    reason = Text(null=False, default=None)
    rows = Integer(null=False, default=0)
    detail = Text(null=False, default="")
    membership = UUID(null=True, default=None)
    person = UUID(null=True, default=None)
    by_name = Text(null=False, default=None)
    by_office = Text(null=False, default="")
