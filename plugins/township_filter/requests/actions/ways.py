"""Which steps a reader may make now: the page's buttons, read from the workflow and narrowed by who asked whom."""

from collections.abc import Sequence
from typing import Any

from core.api import Scope
from plugins.township_filter.requests.actions.asking import is_askers
from plugins.township_filter.requests.rules import COUNTY
from plugins.township_filter.requests.workflows import ASKER, REVIEWER, procedure_of
from plugins.township_filter.requests.workflows import COUNTY as COUNTY_SIDE


def ways_of(scope: Scope, row: Any, opinions: Sequence[Any], *, own: bool) -> set[str]:
    """Name the transitions that this post may make. ``own`` tells that this very person handed the request in."""
    flow = procedure_of(row["kind"])
    ways: set[str] = set()
    if is_askers(scope, row):
        ways |= _side(flow, row, scope, ASKER)
    if scope.level == COUNTY and not own:
        ways |= _side(flow, row, scope, COUNTY_SIDE)
        asked = {each["office_id"] for each in opinions if each["round"] == row["round"]}
        if scope.office in asked:
            ways |= _side(flow, row, scope, REVIEWER)
    return ways


def _side(flow: Any, row: Any, scope: Scope, side: str) -> set[str]:
    return {way.name for way in flow.open_transitions(row["state"], scope.permissions, side=side)}
