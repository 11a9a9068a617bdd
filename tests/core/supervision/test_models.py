"""How good a model is: counted from the verdicts, and proposed for review under its floor, once enough were judged."""

from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from core.contracts.registry import current
from core.contracts.warnings import WarningModel
from core.kernel.database import transaction
from core.supervision import actions as a
from core.supervision.queries import precision_of_models
from core.supervision.rules import Precision, SupervisionSettings, after_verified, worse
from tests.core.supervision import steps
from tests.core.supervision.steps import LATE, raised
from tests.factories.world import World

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("judged", "floor", "least", "share", "review"),
    [
        (Precision(), 30, 10, None, False),
        (Precision(lead=0, explained=9), 30, 10, 0.0, False),
        (Precision(lead=0, explained=10), 30, 10, 0.0, True),
        (Precision(lead=3, explained=5, no_action=2), 30, 10, 0.3, False),
        (Precision(lead=2, explained=5, no_action=3), 30, 10, 0.2, True),
        (Precision(lead=0, no_action=20), 0, 10, 0.0, False),
    ],
)
def test_a_model_is_reviewed_under_its_floor(judged: Precision, floor: int, least: int, share: float | None, *, review: bool) -> None:
    assert judged.share == share
    assert judged.needs_review(floor, least) is review


def test_only_a_verified_correction_lowers_a_level() -> None:
    assert [after_verified(each) for each in ("red", "orange", "yellow")] == ["yellow"] * 3
    assert not worse("red", "yellow")
    assert worse("yellow", "red")


async def test_verdicts_give_the_precision_and_a_poor_model_is_named(world: World, admin: asyncpg.Connection) -> None:
    await admin.execute("TRUNCATE warning CASCADE")
    handler = world.nan.scope("county_inspector")
    warnings = [await raised(admin, world.nan) for _ in range(10)]
    for place, warning in enumerate(warnings):
        async with transaction(handler):
            await a.take_warning(handler, warning=warning, now=LATE)
            await a.judge_warning(
                handler, warning=warning, way="judge_explained" if place % 2 else "judge_no_action", text="说得清楚", now=LATE
            )
        async with transaction(handler):
            seen = (await precision_of_models(handler))["overdue_task"]
        assert seen.needs_review(steps.model().floor, SupervisionSettings().judged_least) == (place == 9)
    async with transaction(handler):
        judged = (await precision_of_models(handler))["overdue_task"]
    assert (judged.lead, judged.explained, judged.no_action, judged.share) == (0, 5, 5, 0.0)


def test_every_model_has_a_floor_and_says_when_it_is_red(world: World) -> None:  # noqa: ARG001 - boots the product
    for model in current().all(WarningModel):
        assert 0 < model.floor <= 100, model.name
        assert model.severity_rule, model.name
    with pytest.raises(ValueError, match="percent"):
        replace(current().all(WarningModel)[0], floor=101)
