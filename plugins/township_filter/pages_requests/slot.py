"""On the page of a matter that did not pass: the way to ask for its admission, and how a request for it stands.

Where it was refused, both stand with the reasons, so that who reads them is one tap from asking.
"""

from collections.abc import Mapping
from typing import Any, Final

from core.api import Scope, one_incoming
from plugins.township_filter.learning.queries import CORRECT
from plugins.township_filter.requests.enums import RequestState
from plugins.township_filter.requests.queries import request_of_matter
from plugins.township_filter.requests.workflows import ASK, READ, procedure_of
from web.api import Slot

COUNTY: Final = 3
_NOT_PASSED: Final = frozenset({"refused", "held"})
_IN_VAIN: Final = frozenset({RequestState.REFUSED, RequestState.WITHDRAWN})
_CORRECTABLE: Final = frozenset({"passed", "refused", "dispatched"})


async def refused_values(scope: Scope, known: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the latest request of the matter and whether this post may ask: what was held under an item needs none."""
    return await _asking(scope, await one_incoming(scope, known["incoming"]))


async def values(scope: Scope, known: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the same of a matter that was not refused, and whether this post may put its verdict right."""
    row = await one_incoming(scope, known["incoming"])
    asking = {"last": None, "may_ask": False} if row["state"] == "refused" else await _asking(scope, row)
    return {**asking, "matter": row["id"], "may_correct": scope.may(CORRECT) and row["state"] in _CORRECTABLE}


async def _asking(scope: Scope, row: Any) -> dict[str, Any]:
    last = await request_of_matter(scope, row["id"])
    lacking = row["state"] in _NOT_PASSED and not row["item_code"] and row["region"] == scope.region
    asks = lacking and scope.may(ASK) and scope.level == COUNTY
    return {
        "matter": row["id"],
        "last": last,
        "state": procedure_of(last["kind"]).by_state[last["state"]] if last else None,
        "may_ask": asks and (last is None or last["state"] in _IN_VAIN),
    }


REFUSED_SLOT: Final = Slot("refused", "township_filter/_refused_slot.html", refused_values, permission=READ)
SLOT: Final = Slot("incoming", "township_filter/_request_slot.html", values, permission=READ)
