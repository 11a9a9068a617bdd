"""Regions and tenants (platform), offices, grids, settings and own calendar days (configuration)."""

from piccolo.columns import JSONB, UUID, Array, Boolean, Date, Integer, SmallInt, Text, Timestamptz
from piccolo.table import Table

from core.kernel.policies import APPEND_ONLY, NEVER_DELETED, Kind, Walls
from core.kernel.tables import county_column, id_column, kept_as

_PLATFORM = Walls(Kind.PLATFORM, verbs=frozenset({"SELECT"}))
_SIGNIN = frozenset({"SELECT"})


@kept_as(_PLATFORM)
class Region(Table, tablename="region"):
    """One node of the five-level tree. Never deleted: a closed one names its successor."""

    code = Text(primary_key=True, default=None)
    parent = Text(null=True, default=None)
    level = SmallInt(null=False, default=None)
    name = Text(null=False, default=None)
    short_name = Text(null=False, default=None)
    pseudo = Boolean(default=False)
    opened = Date(null=False, default=None)
    closed = Date(null=True, default=None)
    successor = Text(null=True, default=None)


@kept_as(_PLATFORM)
class RegionVersion(Table, tablename="region_version"):
    """What a region that ever changed was called from a day on; ``valid_to`` is the first day it no longer was."""

    code = Text(primary_key=True, default=None)
    valid_from = Date(null=False, default=None)
    valid_to = Date(null=True, default=None)
    parent = Text(null=True, default=None)
    name = Text(null=False, default=None)
    short_name = Text(null=False, default=None)
    change_id = UUID(null=True, default=None)


@kept_as(_PLATFORM)
class RegionChange(Table, tablename="region_change"):
    """A document and what it did. ``codes`` are all it touched; ``from_codes`` and ``to_codes`` are pairs: whose rows follow whom."""

    id = id_column()
    kind = Text(null=False, default=None)
    on_date = Date(null=False, default=None)
    document_number = Text(null=False, default=None)
    codes = Array(base_column=Text(), null=False, default=None)
    from_codes = Array(base_column=Text(), null=False, default=None)
    to_codes = Array(base_column=Text(), null=False, default=None)
    note = Text()
    county = Text(null=False, default=None)
    scope = Text(null=False, default=None)
    by_name = Text(null=False, default=None)
    made_at = Timestamptz(null=False, default=None)
    moved_at = Timestamptz(null=True, default=None)


@kept_as(Walls(Kind.PLATFORM, verbs=frozenset()))
class RegionMove(Table, tablename="region_move"):
    """Where the rows of a region that ended have gone. Looked up after every insert, so it holds nothing else."""

    code = Text(primary_key=True, default=None)
    successor = Text(null=False, default=None)
    change_id = UUID(null=False, default=None)


@kept_as(_PLATFORM)
class RegionSource(Table, tablename="region_source"):
    """Which reference data was loaded when; ``part`` is empty for the whole country."""

    source = Text(primary_key=True, default=None)
    version = Text(null=False, default=None)
    part = Text()
    dated = Date(null=False, default=None)
    regions = Integer(null=False, default=None)
    loaded_at = Timestamptz(null=False, default=None)


@kept_as(_PLATFORM)
class County(Table, tablename="county"):
    """A tenant. ``county`` is its key for ever, ``code`` the region's code of today."""

    county = Text(primary_key=True, default=None)
    code = Text(null=False, default=None)
    name = Text(null=False, default=None)
    pack = Text()
    opened_at = Timestamptz(null=False, default=None)
    closed_at = Timestamptz(null=True, default=None)


@kept_as(Walls(Kind.CONFIGURATION, verbs=NEVER_DELETED, signin=_SIGNIN))
class Office(Table, tablename="office"):
    """A department of the county, or a 站所 or 办公室 of a township."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    name = Text(null=False, default=None)
    short_name = Text()
    kind = Text(default="office")
    position = Integer(default=0)
    created_at = Timestamptz(null=False, default=None)
    closed_at = Timestamptz(null=True, default=None)


@kept_as(Walls(Kind.CONFIGURATION, verbs=NEVER_DELETED, signin=_SIGNIN))
class Grid(Table, tablename="grid"):
    """Part of a village with a grid worker of its own; ``households`` is a count."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    name = Text(null=False, default=None)
    code = Text()
    households = Integer(default=0)
    created_at = Timestamptz(null=False, default=None)
    closed_at = Timestamptz(null=True, default=None)


@kept_as(Walls(Kind.CONFIGURATION, verbs=APPEND_ONLY))
class Setting(Table, tablename="setting"):
    """One value of one setting from a time on. JSON null takes the own value back: the inherited one holds again."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    area = Text(null=False, default=None)
    key = Text(null=False, default=None)
    value = JSONB(null=False, default=None)
    valid_from = Timestamptz(null=False, default=None)
    reason = Text()
    by_name = Text(null=False, default=None)
    membership = UUID(null=True, default=None)
    created_at = Timestamptz(null=False, default=None)


@kept_as(Walls(Kind.CONFIGURATION))
class CalendarDay(Table, tablename="calendar_day"):
    """A day that a county calls working or free against the national calendar."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    day = Date(null=False, default=None)
    working = Boolean(null=False, default=None)
    note = Text()
    by_name = Text(null=False, default=None)
    created_at = Timestamptz(null=False, default=None)
