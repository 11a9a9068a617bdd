"""The checks of the boot: each raises ``BootError`` naming the plugin and the cause."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from core.contracts.events import Schedule
from core.contracts.manifest import Manifest
from core.contracts.permissions import Permission, is_permission
from core.contracts.registry import CORE, Registry, plugin_of
from core.contracts.roles import Grant, Role
from core.contracts.settings import SettingsArea
from core.contracts.tables import Tables
from core.extension.problems import BootError
from core.kernel.policies import Kind
from core.kernel.tables import TABLES, full_name
from core.people.permissions import CORE as CORE_PERMISSIONS
from core.people.roles import BUILT_IN

_JOINTS: Final = (":", "_", ".", "-", "/")
_RESERVED: Final = frozenset({"core", "platform", "web", "public"})


def one_manifest(plugin: str, given: Iterable[Any]) -> Manifest:
    """Give the plugin's manifest. Raises unless there is exactly one, under the name it was installed by."""
    found = [each for each in given if isinstance(each, Manifest)]
    if len(found) != 1:
        raise BootError(plugin, "应有且只有一份 manifest", f"it needs one manifest and has {len(found)}")
    manifest = found[0]
    if manifest.name != plugin or plugin in _RESERVED:
        raise BootError(
            plugin, f"名称 {manifest.name} 不能用", f"the name {manifest.name} cannot be used here"
        )
    return manifest


def belongs(plugin: str, name: str) -> bool:
    """Whether a name begins with the plugin's, as everything that a plugin adds must."""
    return name == plugin or name.startswith(tuple(plugin + joint for joint in _JOINTS))


def names(registry: Registry) -> None:
    """Names of one type are unique, and a plugin's begin with its own."""
    for kind, values in registry.contributions.items():
        named = [(plugin_of(each), name) for each in values if (name := _name(each))]
        counts = Counter(name for _, name in named)
        for plugin, name in named:
            if plugin != CORE and not belongs(plugin, name):
                raise BootError(
                    plugin,
                    f"{kind.__name__} 的名称 {name} 没有以插件名开头",
                    f"{kind.__name__} {name} must begin with {plugin}",
                )
        for plugin, name in reversed(named):
            if counts[name] > 1:
                raise BootError(
                    plugin, f"{kind.__name__} 的名称 {name} 重复", f"two {kind.__name__} are named {name}"
                )


def _name(contribution: object) -> str:
    return str(getattr(contribution, "name", "") or getattr(contribution, "kind", ""))


def requirements(registry: Registry) -> None:
    """Every plugin that is needed is installed, and none needs itself, not even by a detour."""
    for manifest in registry.manifests.values():
        for needed in manifest.requires:
            if needed not in registry.manifests:
                raise BootError(
                    manifest.name,
                    f"它需要的插件 {needed} 没有安装",
                    f"it requires {needed}, which is not installed",
                )
        if manifest.name in needed_by(registry.manifests, manifest.name):
            raise BootError(manifest.name, "插件互相依赖成环", "its requirements form a cycle")


def needed_by(manifests: Mapping[str, Manifest], plugin: str) -> set[str]:
    """Give everything that a plugin needs, directly and by detours."""
    found: set[str] = set()
    open_names = list(manifests[plugin].requires)
    while open_names:
        name = open_names.pop()
        if name not in found:
            found.add(name)
            open_names += manifests[name].requires if name in manifests else ()
    return found


def permissions(registry: Registry) -> None:
    """Permissions are of the form plugin:resource:action, and only known ones are named."""
    for permission in registry.all(Permission):
        right = is_permission(permission.name) and permission.name.startswith(f"{permission.plugin}:")
        if permission.plugin != CORE and not right:
            raise BootError(
                permission.plugin,
                f"权限 {permission.name} 应为 {permission.plugin}:资源:动作",
                f"the permission {permission.name} must be {permission.plugin}:resource:action",
            )
    for plugin, where, name in _named_permissions(registry):
        if not known_permission(registry, plugin, name):
            raise BootError(
                plugin, f"{where} 用到了没有声明的权限 {name}", f"{where} names the unknown permission {name}"
            )


def known_permission(registry: Registry, plugin: str, name: str) -> bool:
    """Whether a plugin may name the permission: one of core's, or one it declares itself."""
    own = {each.name for each in registry.by_plugin(Permission, plugin)}
    return name in own or name in {each.name for each in CORE_PERMISSIONS}


def _named_permissions(registry: Registry) -> Iterator[tuple[str, str, str]]:
    for role in registry.all(Role):
        for name in sorted(role.permissions):
            yield role.plugin, f"Role {role.name}", name
    for area in registry.all(SettingsArea):
        yield area.plugin, f"SettingsArea {area.name}", area.permission


def grants(registry: Registry) -> None:
    """Let a plugin widen roles of core by rights of its own and by nothing else."""
    known = {role.name for role in BUILT_IN}
    for grant in registry.all(Grant):
        own = {each.name for each in registry.by_plugin(Permission, grant.plugin)}
        if grant.role not in known:
            raise BootError(grant.plugin, f"没有名为 {grant.role} 的角色", f"there is no role {grant.role}")
        if foreign := sorted(grant.permissions - own):
            raise BootError(
                grant.plugin,
                f"只能授予自己声明的权限，不能授予 {foreign[0]}",
                f"it may grant its own permissions only, not {foreign[0]}",
            )


def tables(registry: Registry) -> None:
    """Tables stand in the plugin's own schema and say which of the three county kinds they are."""
    for declared in registry.all(Tables):
        for table in declared.classes:
            name = full_name(table)
            if not name.startswith(f"{declared.plugin}."):
                raise BootError(
                    declared.plugin,
                    f"表 {name} 不在插件自己的模式 {declared.plugin} 里",
                    f"the table {name} is not in the schema {declared.plugin}",
                )
            if name not in TABLES or TABLES[name][1].kind is Kind.PLATFORM:
                raise BootError(
                    declared.plugin, f"表 {name} 没有声明种类", f"the table {name} does not say its kind"
                )


def settings(registry: Registry) -> None:
    """Hold a plugin to one settings area, of its own name."""
    for area in registry.all(SettingsArea):
        if area.plugin not in {CORE, area.name}:
            raise BootError(
                area.plugin,
                f"设置区 {area.name} 应与插件同名",
                f"the settings area {area.name} must have the plugin's name",
            )


def schedules(registry: Registry) -> None:
    """Hold a plugin's clock to its own topics: a foreign one would start work that is not its."""
    for schedule in registry.all(Schedule):
        if schedule.plugin != CORE and not belongs(schedule.plugin, schedule.topic):
            raise BootError(
                schedule.plugin,
                f"定时 {schedule.name} 的主题 {schedule.topic} 没有以插件名开头",
                f"the topic {schedule.topic} of {schedule.name} must begin with {schedule.plugin}",
            )


CHECKS: Final[tuple[Callable[[Registry], None], ...]] = (
    names,
    requirements,
    permissions,
    grants,
    tables,
    settings,
    schedules,
)
