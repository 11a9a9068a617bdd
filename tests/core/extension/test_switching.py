"""A plugin's life in a county: who may switch it, what is written, and what stays."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from core.contracts.guards import ask_guards
from core.contracts.lifecycle import CountyEnabling
from core.contracts.manifest import Manifest, PluginState
from core.contracts.registry import Registry, current, install
from core.contracts.screening import ScreeningRule, rules_for
from core.contracts.task_kinds import TaskKind
from core.extension.actions import switch_plugin
from core.extension.manager import boot
from core.extension.queries import (
    plugin_card,
    plugin_cards,
    plugin_history,
    plugin_states,
    with_plugins,
)
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from core.kernel.ids import new_id
from core.kernel.scope import Scope, system_scope
from tests.core.people.world import NAN, TOWN, VILLAGE, ZHU

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


def administrator(region: str = NAN, *permissions: str) -> Scope:
    return Scope(
        region=region,
        county=region[:6],
        by_name="王管理员",
        permissions=frozenset(permissions or ("core:plugin:read", "core:plugin:switch")),
    )


async def switch(
    transition: str, *, scope: Scope | None = None, plugin: str = "sample", reason: str = "试用"
) -> bool:
    scope = scope or administrator()
    async with transaction(scope):
        return await switch_plugin(scope, plugin=plugin, transition=transition, reason=reason, now=NOW)


async def states(region: str = NAN) -> dict[str, str]:
    return dict((await with_plugins(system_scope(region))).plugins)


async def test_switch_on_is_seen_below_and_in_no_other_county() -> None:
    assert await states() == {}
    assert await switch("switch_on") is True
    assert await states() == {"sample": "on"}
    assert await states(NAN + VILLAGE) == {"sample": "on"}
    assert await states(ZHU) == {}


async def test_switching_twice_has_one_effect(admin: asyncpg.Connection) -> None:
    await switch("switch_on")
    assert await switch("switch_on", reason="") is False
    assert await admin.fetchval("SELECT count(*) FROM plugin_change") == 1
    assert await admin.fetchval("SELECT count(*) FROM audit_line WHERE action = 'plugin.switched'") == 1
    assert await admin.fetchval("SELECT count(*) FROM outbox WHERE topic = 'plugin.switched'") == 1


async def test_life_leaves_its_history_with_reasons() -> None:
    for transition, reason in (
        ("switch_on", "试用"),
        ("pause", "换银行"),
        ("resume", "好了"),
        ("switch_off", "不用"),
    ):
        await switch(transition, reason=reason)
    scope = administrator()
    async with transaction(scope):
        history = await plugin_history(scope, "sample")
    assert [(change.from_state, change.to_state, change.reason, change.by_name) for change in history] == [
        ("on", "off", "不用", "王管理员"),
        ("paused", "on", "好了", "王管理员"),
        ("on", "paused", "换银行", "王管理员"),
        ("allowed", "on", "试用", "王管理员"),
    ]


async def test_reason_is_asked() -> None:
    with pytest.raises(Invalid) as caught:
        await switch("switch_on", reason="  ")
    assert set(caught.value.fields) == {"reason"}
    assert await states() == {}


async def test_only_the_county_switches_and_only_with_the_right() -> None:
    with pytest.raises(Forbidden):
        await switch("switch_on", scope=administrator(NAN, "core:plugin:read"))
    with pytest.raises(NotFound):
        await switch("switch_on", scope=administrator(NAN + TOWN, "core:plugin:switch"))


async def test_plugin_that_is_not_allowed_or_unknown_cannot_be_switched(admin: asyncpg.Connection) -> None:
    with pytest.raises(NotFound):
        await switch("switch_on", plugin="absent")
    await admin.execute("DELETE FROM plugin_allowance WHERE county = $1", NAN)
    with pytest.raises(NotFound):
        await switch("switch_on")


async def test_allowance_taken_back_hides_the_plugin_and_keeps_what_was_decided(
    admin: asyncpg.Connection,
) -> None:
    await switch("switch_on")
    await admin.execute("DELETE FROM plugin_allowance WHERE county = $1", NAN)
    assert await states() == {}
    await admin.execute("INSERT INTO plugin_allowance VALUES ($1, 'sample', '平台', now())", NAN)
    assert await states() == {"sample": "on"}


async def test_way_that_does_not_start_here_is_a_conflict() -> None:
    with pytest.raises(Conflict):
        await switch("pause")
    with pytest.raises(NotFound):
        await switch("burn")


async def test_somebody_faster_is_a_conflict_and_nothing_is_written(
    admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    await switch("switch_on")

    async def stale(scope: Scope, plugin: str) -> Any:
        card = await plugin_card(scope, plugin)
        return replace(card, standing=replace(card.standing, state=PluginState.PAUSED))

    monkeypatch.setattr("core.extension.actions.plugin_card", stale)
    with pytest.raises(Conflict):
        await switch("resume")
    assert await admin.fetchval("SELECT count(*) FROM plugin_change") == 1


async def test_names_that_this_server_does_not_know_stay(admin: asyncpg.Connection) -> None:
    await admin.execute("INSERT INTO plugin_allowance VALUES ($1, 'gone', '平台', now())", NAN)
    await admin.execute(
        "INSERT INTO plugin_state VALUES ($1, $2, $1, 'gone', 'on', '早先', '李', NULL, $3)",
        NAN,
        new_id(),
        NOW,
    )
    await switch("switch_on")
    scope = administrator()
    async with transaction(scope):
        cards = {card.name: card for card in await plugin_cards(scope)}
        assert await plugin_states(scope) == {"gone": "on", "sample": "on"}
    assert cards["gone"].manifest is None
    with pytest.raises(NotFound):
        await switch("switch_off", plugin="gone")
    assert await admin.fetchval("SELECT state FROM plugin_state WHERE plugin = 'gone'") == "on"


def require_each_other(*extra: Manifest) -> Registry:
    """Add manifests to the sample's registry: only requirements matter here."""
    registry = boot(installed=())
    everything = [each for values in registry.contributions.values() for each in values]
    return install(Registry.of([*registry.manifests.values(), *extra], everything))


async def test_requirement_goes_on_first_and_off_last(admin: asyncpg.Connection) -> None:
    require_each_other(
        Manifest(name="upper", title="上层", summary="一。二。", version="1.0", requires=("sample",))
    )
    await admin.execute("INSERT INTO plugin_allowance VALUES ($1, 'upper', '平台', now())", NAN)
    with pytest.raises(Conflict) as first:
        await switch("switch_on", plugin="upper")
    assert first.value.data == {"titles": "走访手记"}
    await switch("switch_on")
    await switch("switch_on", plugin="upper")
    with pytest.raises(Conflict) as second:
        await switch("switch_off")
    assert second.value.data == {"titles": "上层"}
    await switch("switch_off", plugin="upper")
    assert await switch("switch_off") is True
    boot(installed=())


async def test_lifecycle_runs_in_the_switch_and_may_refuse_it(admin: asyncpg.Connection) -> None:
    await switch("switch_on")
    await switch("switch_off")
    done = await admin.fetch("SELECT action FROM audit_line ORDER BY id")
    assert [row["action"] for row in done] == [
        "sample.enabling",
        "plugin.switched",
        "plugin.switched",
        "sample.disabled",
    ]

    async def refuse(_scope: Scope, _now: datetime) -> None:
        raise Invalid(fields={"reason": "请先发布清单。"})

    registry = current()
    others = [each for values in registry.contributions.values() for each in values]
    refusing = [CountyEnabling("sample:no", refuse, plugin="sample"), *others]
    install(Registry.of(registry.manifests.values(), refusing))
    with pytest.raises(Invalid):
        await switch("switch_on")
    assert await states() == {}
    boot(installed=())


def named(each: Iterable[Any]) -> set[str]:
    return {one.name for one in each}


async def test_paused_plugin_begins_nothing_new() -> None:
    off = await with_plugins(system_scope(NAN))
    await switch("switch_on")
    on = await with_plugins(system_scope(NAN))
    await switch("pause")
    paused = await with_plugins(system_scope(NAN))
    registry = current()
    for scope, active, visible in ((off, False, False), (on, True, True), (paused, False, True)):
        assert ("sample:visit" in named(registry.active(TaskKind, scope))) is active
        assert ("sample:visit" in named(registry.visible(TaskKind, scope))) is visible
        assert ("sample:word" in named(rules_for(scope))) is active
        assert ("sample:word" in named(registry.visible(ScreeningRule, scope))) is visible


async def test_guard_asks_only_where_the_plugin_is_on(admin: asyncpg.Connection) -> None:
    await admin.execute(
        "INSERT INTO setting (county, id, region, area, key, value, valid_from, by_name, created_at)"
        " VALUES ($1, $2, $1, 'sample', 'strict', 'true', $3, '王', $3)",
        NAN, new_id(), NOW,
    )  # fmt: skip
    await admin.execute(
        "INSERT INTO sample.note VALUES ($1, $2, $1, '看', $3, NULL, '王')", NAN, new_id(), NOW
    )

    async def submit(scope: Scope) -> None:
        async with transaction(scope):
            await ask_guards(scope, "assignment", "submit", subject=new_id(), now=NOW)

    await submit(await with_plugins(system_scope(NAN)))
    await switch("switch_on")
    with pytest.raises(Conflict) as caught:
        await submit(await with_plugins(system_scope(NAN)))
    assert caught.value.data == {"guard": "先看手记", "reason": "还有手记没有看。"}
    await submit(await with_plugins(system_scope(ZHU)))
