"""From hook implementations to the registry: found, collected and checked once at boot.

pluggy finds and checks the implementations; each is then called by itself, so that every contribution and
every fault has its plugin's name. Plugins that ship with the product are named in ``plugins.INSTALLED``;
those of third parties are packages with an entry point in the group ``xiangzhi``. Everything that is wrong
stops the boot (``BootError``).
"""

import dataclasses
import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from types import ModuleType
from typing import Any, Final, get_args, get_type_hints

import pluggy

import core
from core.contracts.hooks import PROJECT
from core.contracts.manifest import Manifest
from core.contracts.registry import CORE, Registry, install
from core.extension import checks
from core.extension.problems import BootError

SPECS: Final = ("core.extension.hookspecs", "web.extension")
CHECKS: Final = ("core.extension.checks", "web.extension_checks")


@dataclass(frozen=True, slots=True)
class Source:
    """Where hook implementations come from: a module, and the plugin whose they are (empty: core)."""

    plugin: str
    module: str


def boot(*, installed: Sequence[str] | None = None) -> Registry:
    """Fill this process's registry, before anything is served. Raises ``BootError``.

    ``installed`` is ``plugins.INSTALLED`` unless given. What is about pages is known here by name alone: a
    process without pages has to know the hooks about pages as well, or it would take them for unknown ones.
    """
    specs = [importlib.import_module(name) for name in SPECS]
    names = importlib.import_module("plugins").INSTALLED if installed is None else installed
    registry = collect([*core_sources(), *plugin_sources(names)], specs=specs)
    for name in CHECKS:
        for check in importlib.import_module(name).CHECKS:
            check(registry)
    return install(registry)


def core_sources() -> Iterator[Source]:
    """Give the ``hooks`` modules of core's own packages: whoever has one registers itself."""
    for package in pkgutil.iter_modules(core.__path__):
        if package.ispkg and find_spec(f"core.{package.name}.hooks") and package.name != "contracts":
            yield Source(CORE, f"core.{package.name}.hooks")


def plugin_sources(installed: Sequence[str]) -> list[Source]:
    """Give the plugins of this server. Two of one name stop the boot: whose rows would it be."""
    found = [Source(name, f"plugins.{name}.hooks") for name in installed]
    found += [Source(point.name, point.value) for point in third_party()]
    names = [source.plugin for source in found]
    for name in names:
        if names.count(name) > 1:
            raise BootError(name, "同名插件装了两次", "two plugins have this name")
    return found


def third_party() -> list[EntryPoint]:
    """Give the entry points of packages from elsewhere, by name."""
    return sorted(entry_points(group=PROJECT), key=lambda point: point.name)


def migration_apps(installed: Sequence[str]) -> list[str]:
    """Give the Piccolo apps of all plugins: a ``piccolo_app`` beside the hooks. No plugin is loaded."""
    packages = [source.module.rpartition(".")[0] for source in plugin_sources(installed)]
    return [f"{package}.piccolo_app" for package in packages if find_spec(f"{package}.piccolo_app")]


def collect(sources: Iterable[Source], *, specs: Sequence[ModuleType]) -> Registry:
    """Call every hook of every source; core comes first, then plugins by weight and name."""
    manager = pluggy.PluginManager(PROJECT)
    for module in specs:
        manager.add_hookspecs(module)
    kinds = contribution_types(specs)
    gathered: dict[str, list[Any]] = {CORE: []}
    manifests: dict[str, Manifest] = {}
    for source in sources:
        given = list(_contributions(manager, source, kinds))
        if source.plugin != CORE:
            manifests[source.plugin] = checks.one_manifest(source.plugin, given)
        gathered.setdefault(source.plugin, []).extend(g for g in given if not isinstance(g, Manifest))
    order = sorted(manifests.values(), key=lambda manifest: (manifest.weight, manifest.name))
    names = [CORE, *(manifest.name for manifest in order)]
    return Registry.of(order, (each for name in names for each in gathered[name]))


def contribution_types(specs: Iterable[ModuleType]) -> dict[str, type]:
    """Give each hook with the type of what it gives, as its specification says."""
    found: dict[str, type] = {}
    for module in specs:
        for name, function in vars(module).items():
            if hasattr(function, f"{PROJECT}_spec"):
                found[name] = get_args(get_type_hints(function)["return"])[0]
    return found


def _contributions(manager: pluggy.PluginManager, source: Source, kinds: dict[str, type]) -> Iterator[Any]:
    module = _load(source)
    try:
        manager.register(module, name=source.plugin or source.module)
    except pluggy.PluginValidationError as error:
        raise BootError(source.plugin, "钩子的参数不对", str(error)) from error
    for caller in manager.get_hookcallers(module) or []:
        if not caller.has_spec():
            raise BootError(
                source.plugin, f"没有名为 {caller.name} 的钩子", f"there is no hook {caller.name}"
            )
        for implementation in caller.get_hookimpls():
            if implementation.plugin is module:
                yield from _called(source, caller.name, implementation.function, kinds[caller.name])


def _called(source: Source, hook: str, function: Callable[..., Any], kind: type) -> Iterator[Any]:
    try:
        given = list(function())
    except Exception as error:
        raise BootError(
            source.plugin, f"钩子 {hook} 出错：{error}", f"hook {hook} failed: {error!r}"
        ) from error
    for each in given:
        if not isinstance(each, kind):
            raise BootError(
                source.plugin,
                f"钩子 {hook} 应给出 {kind.__name__}，却给出了 {type(each).__name__}",
                f"hook {hook} gives {kind.__name__} objects, not {type(each).__name__}",
            )
        yield _owned(each, source.plugin)


def _owned(contribution: Any, plugin: str) -> Any:
    """Write the plugin's name into the contribution, whatever it says of itself."""
    if any(field.name == "plugin" for field in dataclasses.fields(contribution)):
        return dataclasses.replace(contribution, plugin=plugin)
    return contribution


def _load(source: Source) -> ModuleType:
    try:
        return importlib.import_module(source.module)
    except Exception as error:
        if source.plugin == CORE:
            raise
        raise BootError(source.plugin, f"载入出错：{error}", f"it cannot be imported: {error!r}") from error
