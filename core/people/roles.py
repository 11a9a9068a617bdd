"""The roles that are ready on the first day. A county adds its own beside them, never in place of them.

``level`` is the level of the regions a post of this role lies in: 1 province, 2 city, 3 county, 4 township,
5 village; 0 is the platform, whose people hold no post in a county.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from core.contracts.registry import Registry, current, visible_plugins
from core.contracts.roles import Grant, Role
from core.kernel.errors import mark
from core.people.permissions import CORE, PLATFORM

OPERATOR: Final = "platform_operator"
ADMINISTRATOR: Final = "county_administrator"
_REMEMBERED: Final = 2_048  # sets of rights; every page asks for one


def _core(*names: str) -> frozenset[str]:
    return frozenset(f"core:{name}" for name in names)


_LOOKING: Final = _core(
    "assignment:read",
    "disclosure:read",
    "decision:read",
    "entry_list:read",
    "incoming:read",
    "region:read",
    "score:read",
    "task:read",
    "view:save",
)
_SENDING: Final = _core(
    "task:dispatch", "task:escalate", "task:extend", "task:read", "task:remind", "task:score", "task:withdraw"
)
_RECEIVING: Final = _core("assignment:acknowledge", "assignment:allocate", "assignment:work", "task:rate")
_PUBLISHING: Final = _core("disclosure:answer", "disclosure:correct", "disclosure:fill", "disclosure:release", "disclosure:unmask")
_PETITIONS: Final = _core("petition:enter", "petition:handle", "petition:read", "petition:reveal", "petition:route")
_OVER_PETITIONS: Final = _core("petition:block", "petition:press")
_SUPERVISING: Final = _PETITIONS | _core(
    "campaign:read", "disclosure:unmask", "petition:supervise", "seal:read", "warning:answer", "warning:handle", "warning:read"
)
_CAMPAIGNS: Final = _core("campaign:open", "campaign:read")
_REPORTING: Final = _core("campaign:read", "campaign:report")
# Who asks for a seal, and who has it in his hands, may be one person; who decides is always another.
_SEALS: Final = _core("seal:ask", "seal:keep", "seal:read")
_SEALED: Final = _core("campaign:read", "seal:approve", "seal:edit", "seal:keep", "seal:read")
_VILLAGE: Final = _core(
    "warning:answer", "assignment:read", "assignment:work", "disclosure:read", "decision:read", "entry_list:read", "region:read", "score:read", "view:save"
)
_STAFF: Final = (_LOOKING | _SENDING | _RECEIVING | _PUBLISHING | _PETITIONS | _SEALED | _core("incoming:create", "person:read", "petition:press", "warning:answer")) - _core(
    "task:escalate"
)
_LEADER: Final = _STAFF | _CAMPAIGNS | _OVER_PETITIONS | _core(
    "entry_list:edit", "entry_list:publish", "grid:edit", "incoming:decide", "job:read", "membership:read",
    "office:edit", "plugin:read", "score_rule:edit", "setting:edit", "task:escalate",
)  # fmt: skip
_INSPECTOR: Final = _LOOKING | _SUPERVISING | _CAMPAIGNS | _OVER_PETITIONS | _core(
    "audit:read", "chain:witness", "dataset:import", "dataset:read", "dataset:unmask", "membership:read", "person:read", "person:unmask",
    "plugin:read",
)
_TOWNSHIP_INSPECTOR: Final = _LOOKING | _SUPERVISING | _CAMPAIGNS | _OVER_PETITIONS | _core("person:read")
_DEPARTMENT: Final = _LOOKING | _SENDING | (_PETITIONS - _core("petition:enter")) | (_PUBLISHING - _core("disclosure:unmask")) | _core("incoming:create", "warning:answer")
_SECRETARY: Final = _VILLAGE | _RECEIVING | _PUBLISHING | _PETITIONS | _SEALS | _REPORTING | _core("seal:approve", "seal:edit") | _core("petition:press", "decision:begin", "decision:end", "decision:record", "grid:edit", "person:read", "place:take", "task:read")
_CADRE: Final = _VILLAGE | _SEALS | _REPORTING | _core("petition:enter", "petition:handle", "petition:read", "assignment:acknowledge", "decision:record", "disclosure:fill", "disclosure:unmask", "place:take", "task:rate")
_ADMINISTRATOR: Final = _LOOKING | _core(
    "account:reset", "audit:read", "calendar:edit", "chain:witness", "dataset:import", "dataset:read", "decision:configure", "entry_list:edit", "entry_list:publish", "grid:edit",
    "incoming:decide", "job:read", "job:retry", "membership:edit", "membership:read", "office:edit", "person:correct", "person:import", "person:invite",
    "person:read", "person:unmask", "plugin:configure", "plugin:read", "plugin:switch", "region:edit",
    "role:edit", "score_rule:edit", "setting:edit", "warning:answer",
)  # fmt: skip
_GRID: Final = _VILLAGE | _core("petition:enter", "petition:handle", "petition:read", "petition:reveal")
_STATION: Final = (_VILLAGE - _core("assignment:work")) | _SUPERVISING
_ALL_BELOW: Final = _LEADER | _INSPECTOR | _TOWNSHIP_INSPECTOR | _DEPARTMENT | _SECRETARY | _CADRE | _GRID | _STATION

BUILT_IN: Final[tuple[Role, ...]] = (
    Role(OPERATOR, mark("平台运维"), 0, frozenset(each.name for each in PLATFORM), needs_factor=True),
    Role("province_viewer", mark("省级查看"), 1, _LOOKING),
    Role("city_viewer", mark("市级查看"), 2, _LOOKING),
    Role(ADMINISTRATOR, mark("县级管理员"), 3, _ADMINISTRATOR, needs_factor=True),
    Role("county_inspector", mark("县级监督员"), 3, _INSPECTOR, needs_factor=True),
    Role("county_department", mark("县级部门"), 3, _DEPARTMENT),
    Role("township_leader", mark("乡镇领导"), 4, _LEADER),
    Role("township_staff", mark("乡镇干部"), 4, _STAFF),
    Role("township_inspector", mark("乡镇监督员"), 4, _TOWNSHIP_INSPECTOR, needs_factor=True),
    Role("village_secretary", mark("村党组织书记"), 5, _SECRETARY),
    Role("village_cadre", mark("村干部"), 5, _CADRE),
    Role("bookkeeper", mark("报账员"), 5, _VILLAGE | _SEALS | _core("disclosure:fill", "disclosure:unmask")),
    Role("grid_worker", mark("网格员"), 5, _GRID),
    Role("supervision_committee", mark("村务监督委员会"), 5, _STATION),
)

# What a holder may hand to others beyond what he may do himself: an administrator appoints township leaders
# without being
# able to dispatch a task. Nobody grants himself anything; see ``rules.refusal_to_grant``.
MAY_GRANT: Final[Mapping[str, frozenset[str]]] = {ADMINISTRATOR: _ALL_BELOW}

_ONLY_CORE: Final = Registry.of((), (*BUILT_IN, *CORE, *PLATFORM))


def registry() -> Registry:
    """Give the process's registry; before the boot (commands, tests) there is only what core brings."""
    try:
        return current()
    except RuntimeError:
        return _ONLY_CORE


_collected: list[tuple[Registry, Mapping[str, Role]]] = []


def ready_roles() -> Mapping[str, Role]:
    """Give all roles that are not a county's own, core's and the plugins'. Collected once for each registry."""
    known = registry()
    if not _collected or _collected[0][0] is not known:
        _collected[:] = [(known, {role.name: role for role in (*BUILT_IN, *known.all(Role))})]
    return _collected[0][1]


def held_by(role: str, plugins: Mapping[str, str], stored: Iterable[str]) -> frozenset[str]:
    """Give what a post of this role may do in a county where plugins stand so.

    ``stored`` are the permissions of a role the county made itself. Plugins add their grants; what belongs to
    a plugin that is neither on nor paused falls away, and so does any right of the platform.
    """
    return _held(registry(), role, visible_plugins(plugins), tuple(stored))


@lru_cache(_REMEMBERED)
def _held(known: Registry, role: str, seen: frozenset[str], stored: tuple[str, ...]) -> frozenset[str]:
    ready = ready_roles().get(role)
    if ready is not None and ready.plugin and ready.plugin not in seen:
        return frozenset()
    held = set(ready.permissions if ready is not None else stored)
    for grant in known.all(Grant):
        if grant.role == role and grant.plugin in seen:
            held |= grant.permissions
    return frozenset(name for name in held if name.partition(":")[0] in {"core", *seen})
