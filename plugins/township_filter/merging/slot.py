"""On the page of an open matter: which others it may repeat, with the way to the form that merges them."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from core.api import Scope, one_incoming
from plugins.township_filter.merging.proposals import likely_duplicates
from plugins.township_filter.queries import READ
from web.api import Slot

MERGE: Final = "core:task:dispatch"
_OPEN: Final = frozenset({"passed", "held"})


async def values(scope: Scope, known: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the likely duplicates of an open matter to whoever may merge it."""
    row = await one_incoming(scope, known["incoming"])
    if row["state"] not in _OPEN or row["region"] != scope.region or not scope.may(MERGE):
        return {"found": [], "address": ""}
    found = await likely_duplicates(scope, row, now=known["now"])
    open_ones = [each.id for each in found if not each.sent]
    query = urlencode([("matters", str(each)) for each in (row["id"], *open_ones)])
    return {"found": found, "address": f"/incoming/merge?{query}" if open_ones else ""}


SLOT: Final = Slot("incoming", "township_filter/_merging_slot.html", values, permission=READ)
