"""Which plugins a county uses, and who switched what when."""

from piccolo.columns import UUID, Text, Timestamptz
from piccolo.table import Table

from core.kernel.policies import APPEND_ONLY, NEVER_DELETED, Kind, Walls
from core.kernel.tables import county_column, id_column, kept_as


@kept_as(Walls(Kind.CONFIGURATION, verbs=NEVER_DELETED, signin=frozenset({"SELECT"})))
class PluginStateRow(Table, tablename="plugin_state"):
    """Where a plugin stands in a county; no row where nobody has decided yet."""

    county = county_column()
    id = id_column()
    region = Text()
    plugin = Text()
    state = Text()
    reason = Text()
    by_name = Text()
    membership = UUID(null=True)
    changed_at = Timestamptz()


@kept_as(Walls(Kind.CONFIGURATION, verbs=APPEND_ONLY))
class PluginChange(Table, tablename="plugin_change"):
    """One switch, with its reason."""

    county = county_column()
    id = id_column()
    region = Text()
    plugin = Text()
    from_state = Text()
    to_state = Text()
    reason = Text()
    by_name = Text()
    membership = UUID(null=True)
    at = Timestamptz()
