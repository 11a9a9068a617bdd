"""Where plugins stand in a county, what one of them adds, and what was switched when."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Protocol

from core.contracts.commands import Command
from core.contracts.events import Handler, LongWork, Schedule
from core.contracts.guards import TransitionGuard
from core.contracts.manifest import NAME, VISIBLE, Manifest, PluginState
from core.contracts.permissions import Permission
from core.contracts.registry import Registry, current, plugin_of
from core.contracts.roles import Grant, Role
from core.contracts.scoring import ScoreSource
from core.contracts.screening import ScreeningRule
from core.contracts.settings import SettingsArea
from core.contracts.task_kinds import TaskKind
from core.extension.checks import needed_by
from core.kernel.database import ABOVE, fetch, transaction
from core.kernel.errors import NotFound
from core.kernel.scope import Scope

_READABLE: Final = f"((x.region >= $1 AND x.region < $2) OR x.region = ANY {ABOVE})"
_STATES: Final = f"""
SELECT x.plugin, x.state, x.reason, x.by_name, x.changed_at FROM plugin_state x
WHERE x.county = $3 AND {_READABLE} ORDER BY x.plugin
"""  # noqa: S608 - constants
_ALLOWED: Final = "SELECT a.plugin FROM plugin_allowance a WHERE a.county = $3 AND $1 < $2"
_HISTORY: Final = f"""
SELECT x.at, x.from_state, x.to_state, x.reason, x.by_name FROM plugin_change x
WHERE x.county = $3 AND {_READABLE} AND x.plugin = $4 ORDER BY x.at DESC, x.id DESC LIMIT 200
"""  # noqa: S608 - constants
_OWN_BELOW: Final = """
SELECT v.region, coalesce(r.name, v.region) AS region_name, v.key, v.value, v.valid_from, v.reason, v.by_name FROM (
  SELECT DISTINCT ON (x.region, x.key) x.* FROM setting x
   WHERE x.region >= $1 AND x.region < $2 AND x.region > $1 AND x.area = $3 AND x.valid_from <= $4
   ORDER BY x.region, x.key, x.valid_from DESC, x.created_at DESC, x.id DESC) v
LEFT JOIN region r ON r.code = v.region WHERE v.value IS NOT NULL AND v.value <> 'null'::jsonb ORDER BY v.region, v.key
"""
_DIFFERING: Final = """
SELECT v.area, count(DISTINCT v.region) AS regions FROM (
  SELECT DISTINCT ON (x.region, x.area, x.key) x.* FROM setting x
   WHERE x.region >= $1 AND x.region < $2 AND x.region > $1 AND x.valid_from <= $3
   ORDER BY x.region, x.area, x.key, x.valid_from DESC, x.created_at DESC, x.id DESC) v
WHERE v.value IS NOT NULL AND v.value <> 'null'::jsonb GROUP BY v.area
"""

# The name inside where_on: an alias of the caller's must not be taken for it, or every county would have the plugin on.
_INNER: Final = "z_state"


class _Titled(Protocol):
    @property
    def title(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one plugin stands in a county, since when by whom (None: nobody has decided)."""

    state: PluginState
    reason: str = ""
    by_name: str = ""
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Additions:
    """What a plugin adds to a county: how many of each, for the card, and the titles, for the preview."""

    pages: int
    roles: tuple[str, ...]
    permissions: tuple[str, ...]
    rules: tuple[str, ...]
    task_kinds: tuple[str, ...]
    score_sources: tuple[str, ...]
    jobs: int
    settings: int


@dataclass(frozen=True, slots=True)
class PluginCard:
    """One plugin as a county sees it. ``manifest`` is None where this server does not have the plugin."""

    name: str
    standing: Standing
    manifest: Manifest | None = None
    adds: Additions | None = None
    missing: tuple[str, ...] = ()
    used_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One switch of the past."""

    at: datetime
    from_state: str
    to_state: str
    reason: str
    by_name: str


async def standings(scope: Scope) -> dict[str, Standing]:
    """Give every installed plugin and every name that is stored, known or not."""
    registry = current()
    allowed = {row["plugin"] for row in await fetch(scope, _ALLOWED, scope.county)}
    stored = {row["plugin"]: row for row in await fetch(scope, _STATES, scope.county)}
    return {
        name: _standing(stored.get(name), allowed=name in allowed)
        for name in [*registry.manifests, *(name for name in stored if name not in registry.manifests)]
    }


def _standing(row: Mapping[str, Any] | None, *, allowed: bool) -> Standing:
    if row is None:
        return Standing(PluginState.ALLOWED if allowed else PluginState.INSTALLED)
    # What the platform no longer allows is as good as never decided; the row stays and may hold again later.
    state = PluginState(row["state"]) if allowed else PluginState.INSTALLED
    return Standing(state, row["reason"], row["by_name"], row["changed_at"])


async def plugin_states(scope: Scope) -> dict[str, str]:
    """Give what ``Scope.plugins`` holds: the plugins that are on or paused in the scope's county."""
    found = await standings(scope)
    return {name: standing.state.value for name, standing in found.items() if standing.state in VISIBLE}


async def with_plugins(scope: Scope) -> Scope:
    """Give the same scope knowing its county's plugins, in a transaction of its own; for system scopes."""
    async with transaction(scope):
        states = await plugin_states(scope)
    return replace(scope, plugins=states)


def where_on(plugin: str, alias: str) -> str:
    """Give the SQL condition by which viewers above the county see only the counties that have the plugin on or paused."""
    if NAME.fullmatch(plugin) is None or not alias.isidentifier() or alias in {_INNER, "z_allowed"}:
        raise ValueError("a plugin's name and a table's alias are plain words")
    return (
        f"EXISTS (SELECT 1 FROM plugin_state {_INNER} JOIN plugin_allowance z_allowed "  # noqa: S608 - plain words
        f"ON z_allowed.county = {_INNER}.county AND z_allowed.plugin = {_INNER}.plugin "
        f"WHERE {_INNER}.county = {alias}.county AND {_INNER}.plugin = '{plugin}' AND {_INNER}.state IN ('on', 'paused'))"
    )


async def plugin_cards(scope: Scope) -> list[PluginCard]:
    """Give all plugins for the county's page, in the registry's order, names without a plugin last."""
    found = await standings(scope)
    return [_card(current(), name, found) for name in found]


async def plugin_card(scope: Scope, plugin: str) -> PluginCard:
    """Give one plugin. Raises ``NotFound`` for a name that is neither installed nor stored."""
    found = await standings(scope)
    if plugin not in found:
        raise NotFound
    return _card(current(), plugin, found)


def _card(registry: Registry, name: str, found: Mapping[str, Standing]) -> PluginCard:
    manifest = registry.manifests.get(name)
    if manifest is None:
        return PluginCard(name, found[name])
    missing = [n for n in manifest.requires if n not in found or found[n].state is not PluginState.ON]
    users = [
        other.title
        for other in registry.manifests.values()
        if name in needed_by(registry.manifests, other.name) and found[other.name].state in VISIBLE
    ]
    return PluginCard(
        name,
        found[name],
        manifest,
        additions(registry, name),
        tuple(registry.manifests[n].title if n in registry.manifests else n for n in missing),
        tuple(users),
    )


def additions(registry: Registry, plugin: str) -> Additions:
    """Count and name what a plugin brings; ``pages`` counts what declares itself one, as routes do."""

    def titles(*kinds: type[_Titled]) -> tuple[str, ...]:
        return tuple(each.title for kind in kinds for each in registry.by_plugin(kind, plugin))

    own = [each for values in registry.contributions.values() for each in values if plugin_of(each) == plugin]
    return Additions(
        pages=sum(getattr(each, "pages", 0) for each in own),
        roles=titles(Role),
        permissions=titles(Permission),
        rules=titles(ScreeningRule, TransitionGuard),
        task_kinds=titles(TaskKind),
        score_sources=titles(ScoreSource),
        jobs=sum(isinstance(each, Handler | Schedule | LongWork | Command) for each in own),
        settings=sum(len(area.model.model_fields) for area in registry.by_plugin(SettingsArea, plugin)),
    )


def granted_to(registry: Registry, plugin: str) -> dict[str, tuple[str, ...]]:
    """Give which roles of core gain which of the plugin's permissions."""
    return {grant.role: tuple(sorted(grant.permissions)) for grant in registry.by_plugin(Grant, plugin)}


async def plugin_history(scope: Scope, plugin: str) -> list[Change]:
    """Give the switches of one plugin in this county, the newest first."""
    return [Change(**row) for row in await fetch(scope, _HISTORY, scope.county, plugin)]


@dataclass(frozen=True, slots=True)
class OwnValue:
    """One setting that a township holds otherwise than its county."""

    region: str
    region_name: str
    key: str
    value: Any
    valid_from: datetime
    reason: str
    by_name: str


async def own_values_below(scope: Scope, area: str, *, at: datetime) -> list[OwnValue]:
    """Give what regions below this one have set for themselves and holds now, by region."""
    return [OwnValue(**row) for row in await fetch(scope, _OWN_BELOW, area, at)]


async def differing_below(scope: Scope, *, at: datetime) -> dict[str, int]:
    """Count, for each area of settings, the regions below that hold values of their own."""
    return {row["area"]: row["regions"] for row in await fetch(scope, _DIFFERING, at)}
