"""Switching plugins in a county: idempotent, with a reason, audited, never DDL, and the rows always stay."""

from datetime import datetime
from typing import Final

from core.contracts.lifecycle import CountyDisabled, CountyEnabling
from core.contracts.manifest import PluginState
from core.contracts.registry import current
from core.extension.queries import PluginCard, plugin_card
from core.extension.workflows import PLUGIN_LIFE, SWITCH
from core.kernel.audit import audit
from core.kernel.database import execute, fetch_value
from core.kernel.errors import Conflict, Invalid, NotFound, mark
from core.kernel.ids import new_id
from core.kernel.outbox import announce
from core.kernel.scope import Scope

REASON_MOST: Final = 200
SWITCHED: Final = "plugin.switched"
_COUNTY_LEVEL: Final = 3

# No row means nobody has decided yet; a row in another state than the reader saw means somebody was faster.
_SWITCH: Final = """
INSERT INTO plugin_state AS s (county, id, region, plugin, state, reason, by_name, membership, changed_at)
SELECT $3, $4, $5, $6, $7, $8, $9, $10, $11 WHERE $5 >= $1 AND $5 < $2
ON CONFLICT (county, plugin) DO UPDATE
   SET state = excluded.state, reason = excluded.reason, by_name = excluded.by_name,
       membership = excluded.membership, changed_at = excluded.changed_at
 WHERE s.region >= $1 AND s.region < $2 AND s.state = $12
RETURNING s.id
"""
_CHANGE: Final = """
INSERT INTO plugin_change (county, id, region, plugin, from_state, to_state, reason, by_name, membership, at)
SELECT $3, $4, $5, $6, $7, $8, $9, $10, $11, $12 WHERE $5 >= $1 AND $5 < $2
"""


async def switch_plugin(scope: Scope, *, plugin: str, transition: str, reason: str, now: datetime) -> bool:
    """Make one transition of ``PLUGIN_LIFE``. Gives False where the plugin already stands there.

    ``NotFound`` for names that are not installed or not allowed, ``Conflict`` where the state has changed
    meanwhile or other plugins stand in the way, ``Invalid`` without a reason or where the plugin itself asks
    for something first.
    """
    scope.require(SWITCH)
    if scope.level != _COUNTY_LEVEL:
        raise NotFound
    way = PLUGIN_LIFE.by_transition.get(transition)
    card = await plugin_card(scope, plugin)
    if way is None or card.manifest is None or card.standing.state is PluginState.INSTALLED:
        raise NotFound
    target = PluginState(way.target)
    if card.standing.state is target:
        return False
    PLUGIN_LIFE.target_of(transition, card.standing.state)
    _require_reason(reason)
    _require_others(card, target)
    await _prepare(scope, plugin, target, now)
    await _write(scope, card, target, reason.strip(), now)
    await _conclude(scope, plugin, target, now)
    return True


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise Invalid(fields={"reason": mark("请写明原因，它会记入变更记录。")})
    if len(reason.strip()) > REASON_MOST:
        raise Invalid(fields={"reason": mark("原因最多 200 个字。")})


def _require_others(card: PluginCard, target: PluginState) -> None:
    if target is PluginState.ON and card.missing:
        raise Conflict(mark("请先开启它需要的功能模块：%(titles)s。"), titles="、".join(card.missing))
    if target is not PluginState.ON and card.used_by:
        raise Conflict(mark("请先关闭需要它的功能模块：%(titles)s。"), titles="、".join(card.used_by))


async def _prepare(scope: Scope, plugin: str, target: PluginState, now: datetime) -> None:
    if target is PluginState.ON:
        for asked in current().by_plugin(CountyEnabling, plugin):
            await asked.run(scope, now)


async def _write(scope: Scope, card: PluginCard, target: PluginState, reason: str, now: datetime) -> None:
    before = card.standing.state
    done = await fetch_value(
        scope, _SWITCH, scope.county, new_id(), scope.region, card.name, target.value, reason, scope.by_name,
        scope.membership, now, before.value,
    )  # fmt: skip
    if done is None:
        raise Conflict(mark("这个功能模块刚刚被别人切换过，请刷新后再看。"))
    await execute(
        scope, _CHANGE, scope.county, new_id(), scope.region, card.name, before.value, target.value, reason,
        scope.by_name, scope.membership, now,
    )  # fmt: skip
    data = {"plugin": card.name, "from": before.value, "to": target.value, "reason": reason}
    await audit(scope, SWITCHED, kind="plugin", subject=None, now=now, data=data)
    await announce(scope, SWITCHED, data, now=now)


async def _conclude(scope: Scope, plugin: str, target: PluginState, now: datetime) -> None:
    if target is PluginState.OFF:
        for told in current().by_plugin(CountyDisabled, plugin):
            await told.run(scope, now)
