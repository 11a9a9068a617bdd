"""Settings: inherited from the top down, dated, and seen by every process at once."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.kernel.database import transaction
from core.kernel.errors import Forbidden, Invalid, NotFound
from core.kernel.scope import Scope, system_scope
from core.scores.rules import AREA as SCORES
from core.scores.rules import ScoreRule
from core.tenancy.calendar import AREA, WorkingHours
from core.tenancy.settings import (
    area_named,
    origins,
    preview_values,
    set_values,
    settings_history,
    settings_of,
)
from tests.core.tenancy.conftest import LIANSHI, NAN, NOW, SHUANGLIN, ZHU

LATER = NOW + timedelta(days=10)


async def put(region: str, values: dict[str, Any], *, area: Any = SCORES, **other: Any) -> None:
    scope = system_scope(region)
    async with transaction(scope):
        await set_values(
            scope,
            area,
            values,
            valid_from=other.get("valid_from", NOW),
            reason=other.get("reason", "试行"),
            now=NOW,
        )


async def rule_of(region: str, *, at: Any = NOW) -> ScoreRule:
    scope: Scope = system_scope(region)
    async with transaction(scope):
        return await settings_of(scope, ScoreRule, at=at)


async def test_nearest_region_that_set_a_value_decides() -> None:
    await put("33", {"good": "0.9", "fair": "0.7"})
    await put(NAN, {"fair": "0.75"})
    await put(LIANSHI, {"fair": "0.85", "late_per_day": "0.2"})
    village, other, foreign = [await rule_of(code) for code in (f"{LIANSHI}201", SHUANGLIN, ZHU)]
    assert (village.good, village.fair, village.late_per_day) == (
        Decimal("0.9"),
        Decimal("0.85"),
        Decimal("0.2"),
    )
    assert (other.fair, foreign.fair, foreign.poor) == (Decimal("0.75"), Decimal("0.7"), Decimal("0.5"))
    scope = system_scope(LIANSHI)
    async with transaction(scope):
        found = await origins(scope, SCORES, at=NOW)
    assert {key: origin.region for key, origin in found.items()} == {
        "good": "33",
        "fair": LIANSHI,
        "late_per_day": LIANSHI,
    }


async def test_value_given_back_is_inherited_again() -> None:
    await put(SHUANGLIN, {"poor": "0.6"})
    await put(SHUANGLIN, {"poor": None})
    assert (await rule_of(SHUANGLIN)).poor == Decimal("0.5")
    scope = system_scope(SHUANGLIN)
    async with transaction(scope):
        history = [(e.region, e.key, e.value) for e in await settings_history(scope, SCORES)]
    assert history[:2] == [(SHUANGLIN, "poor", None), (SHUANGLIN, "poor", "0.6")]


async def test_dated_value_waits_for_its_day() -> None:
    await put(ZHU, {"excellent": "1.5"}, valid_from=LATER)
    assert (await rule_of(ZHU)).excellent == Decimal("1.2")
    assert (await rule_of(ZHU, at=LATER)).excellent == Decimal("1.5")


async def test_preview_shows_fields_and_who_keeps_his_own() -> None:
    scope = system_scope(NAN)
    async with transaction(scope):
        shown = await preview_values(scope, SCORES, {"late_per_day": "0.3", "poor": "0.5"}, at=NOW)
    assert [(d.key, d.before, d.after) for d in shown.differences] == [("late_per_day", "0.1", "0.3")]
    assert list(shown.own_below) == [LIANSHI]


@pytest.mark.parametrize(
    ("values", "other"),
    [({"fair": "3"}, {}), ({"fair": "viel"}, {}), ({"unknown": 1}, {}), ({"fair": "1"}, {"reason": " "}),
     ({"fair": "1"}, {"valid_from": NOW - timedelta(days=1)})],
)  # fmt: skip
async def test_what_does_not_fit_is_refused(values: dict[str, Any], other: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        await put(ZHU, values, **other)


async def test_levels_and_permissions_are_asked() -> None:
    with pytest.raises(Forbidden):
        await put(f"{LIANSHI}201", {"fair": "1"})
    scope = replace(system_scope(NAN), system=False)
    with pytest.raises(Forbidden):
        async with transaction(scope):
            await set_values(scope, AREA, {"opens": "09:00"}, valid_from=NOW, reason="冬令", now=NOW)
    with pytest.raises(NotFound):
        area_named("nobody")


async def test_hours_of_the_county_are_a_setting() -> None:
    await put(NAN, {"opens": "09:00"}, area=AREA)
    with pytest.raises(Invalid):
        await put(NAN, {"opens": "nine"}, area=AREA)
    scope = system_scope(NAN)
    async with transaction(scope):
        assert (await settings_of(scope, WorkingHours, at=NOW)).opens == "09:00"
