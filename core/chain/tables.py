"""The audit chain: its blocks, what stands in them, and the heads of others that this county keeps as a witness."""

from piccolo.columns import UUID, BigInt, Bytea, Integer, Text, Timestamptz
from piccolo.table import Table

from core.kernel.policies import APPEND_ONLY, Kind, Walls
from core.kernel.tables import county_column, id_column, kept_as


@kept_as(Walls(Kind.DATA, verbs=APPEND_ONLY))
class AuditBlock(Table, tablename="audit_block"):
    """One signed block; ``region`` is the county's own code."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    height = BigInt(null=False, default=None)
    previous = Bytea(null=False, default=None)
    root = Bytea(null=False, default=None)
    lines = Integer(null=False, default=None)
    algorithm = Text(null=False, default=None)
    sealed_at = Timestamptz(null=False, default=None)
    key = Text(null=False, default=None)
    hash = Bytea(null=False, default=None)
    signature = Bytea(null=False, default=None)
    public_key = Bytea(null=False, default=None)


@kept_as(Walls(Kind.DATA, verbs=APPEND_ONLY))
class AuditSeal(Table, tablename="audit_seal"):
    """Where one row stands. ``id`` is the sealed row's own, so that nothing can be sealed twice."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    kind = Text(null=False, default=None)
    height = BigInt(null=False, default=None)
    position = Integer(null=False, default=None)
    leaf = Bytea(null=False, default=None)


@kept_as(Walls(Kind.DATA, verbs=APPEND_ONLY))
class WitnessedHead(Table, tablename="witnessed_head"):
    """A head as somebody here saw it, of any county on any server. Signature and key only where they were given."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    of_county = Text(null=False, default=None)
    height = BigInt(null=False, default=None)
    hash = Bytea(null=False, default=None)
    head = Text(null=False, default=None)
    source = Text(null=False, default=None)
    seen_at = Timestamptz(null=False, default=None)
    by_name = Text(null=False, default=None)
    membership = UUID(null=True, default=None)
