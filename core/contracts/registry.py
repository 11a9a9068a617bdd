"""All that core's packages and plugins contribute, filled once at boot and never changed afterwards.

Every contribution is a frozen object of one of the types beside this module (or of ``web.extension``), and
its ``plugin`` says whose it is: the boot fills it in, the empty text is core. Ask by type:

    current().all(ScoreSource)              every one, core's first, then by the plugins' weight and name
    current().active(TaskKind, scope)       those that may begin something new here: core's, of plugins on
    current().visible(MenuEntry, scope)     those that may be seen here: of paused plugins as well
    current().named(ScoreSource, "tasks")   the one of that name, or None
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final, TypeVar, cast

from core.contracts.events import Handler, LongWork, Schedule, Subscriptions
from core.contracts.manifest import VISIBLE, Manifest, PluginState
from core.contracts.warnings import WarningModel, handlers_of
from core.kernel.scope import Scope

T = TypeVar("T")
CORE: Final = ""


def plugin_of(contribution: object) -> str:
    """Give the plugin that a contribution belongs to; the empty text is core."""
    return cast("str", getattr(contribution, "plugin", CORE))


@dataclass(frozen=True, eq=False)  # one registry is another only if it is the same: it serves as a key
class Registry:
    """What there is: the plugins in their order, and everything contributed by its type."""

    manifests: Mapping[str, Manifest] = field(default_factory=dict)
    contributions: Mapping[type, tuple[Any, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, manifests: Iterable[Manifest], contributions: Iterable[Any]) -> "Registry":
        """Sort contributions by type, keeping their order."""
        by_type: dict[type, list[Any]] = defaultdict(list)
        for contribution in contributions:
            by_type[type(contribution)].append(contribution)
        return cls(
            MappingProxyType({manifest.name: manifest for manifest in manifests}),
            MappingProxyType({kind: tuple(values) for kind, values in by_type.items()}),
        )

    def all(self, kind: type[T]) -> tuple[T, ...]:
        """Every contribution of a type, whatever any county has switched on."""
        return cast("tuple[T, ...]", self.contributions.get(kind, ()))

    def active(self, kind: type[T], scope: Scope) -> tuple[T, ...]:
        """Those that may begin something new in this scope's county."""
        on = {name for name, state in scope.plugins.items() if state == PluginState.ON}
        return tuple(each for each in self.all(kind) if plugin_of(each) == CORE or plugin_of(each) in on)

    def visible(self, kind: type[T], scope: Scope) -> tuple[T, ...]:
        """Those that may be seen in this scope's county."""
        seen = visible_plugins(scope.plugins)
        return tuple(each for each in self.all(kind) if plugin_of(each) == CORE or plugin_of(each) in seen)

    def by_plugin(self, kind: type[T], plugin: str) -> tuple[T, ...]:
        """Those of one plugin, or of core."""
        return tuple(each for each in self.all(kind) if plugin_of(each) == plugin)

    def named(self, kind: type[T], name: str) -> T | None:
        """Give the one of this name; names of a type are unique, the boot has seen to it."""
        return cast("T | None", self._names.get((kind, name)))

    @cached_property
    def _names(self) -> Mapping[tuple[type, str], Any]:
        return {
            (kind, each.name): each
            for kind, values in self.contributions.items()
            for each in values
            if hasattr(each, "name")
        }

    @cached_property
    def subscriptions(self) -> Subscriptions:
        """Give what the worker and the ticker serve; what warning models listen to is among it."""
        listening = (handler for model in self.all(WarningModel) for handler in handlers_of(model))
        return Subscriptions((*self.all(Handler), *listening), self.all(Schedule), self.all(LongWork))


def visible_plugins(plugins: Mapping[str, str]) -> frozenset[str]:
    """Give the names of those that are on or paused."""
    return frozenset(name for name, state in plugins.items() if state in VISIBLE)


_filled: list[Registry] = []


def install(registry: Registry) -> Registry:
    """Make this the process's registry. Done once, by the composition root; tests may do it again."""
    _filled[:] = [registry]
    return registry


def current() -> Registry:
    """Give the registry. Raises ``RuntimeError`` before the boot: nothing may ask for it while importing."""
    if not _filled:
        raise RuntimeError("the registry is filled at boot, by core.extension.manager.boot")
    return _filled[0]
