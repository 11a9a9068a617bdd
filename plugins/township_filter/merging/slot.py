"""On the page of an open matter: which others it may repeat, with the way to the form that merges them.

The township merges (归并 is done by the town before it dispatches). Departments read nothing of each other's, so nobody at the
county merges theirs; the county's administrator, who reads them all, is told with whom to speak.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from core.api import Scope, one_incoming
from plugins.township_filter.merging.proposals import likely_duplicates
from plugins.township_filter.queries import READ
from web.api import Slot

MERGE: Final = "core:task:dispatch"
OVERSEES: Final = "core:incoming:decide"
_OPEN: Final = frozenset({"passed", "held"})
_COUNTY: Final = 3


async def values(scope: Scope, known: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the likely duplicates of an open matter to whoever may merge it, or may speak with those who sent them."""
    row = await one_incoming(scope, known["incoming"])
    told = scope.may(MERGE) or (scope.may(OVERSEES) and scope.level == _COUNTY)
    if row["state"] not in _OPEN or row["region"] != scope.region or not told:
        return {"found": [], "address": "", "senders": []}
    found = await likely_duplicates(scope, row, now=known["now"])
    open_ones = [each for each in found if not each.sent]
    query = urlencode([("matters", str(each)) for each in (row["id"], *(each.id for each in open_ones))])
    senders = list(dict.fromkeys((row["sender_name"], *(each.sender_name for each in open_ones))))
    merges = scope.may(MERGE)
    return {
        "found": found, "address": f"/incoming/merge?{query}" if open_ones and merges else "",
        "senders": senders if open_ones and not merges else [],
    }  # fmt: skip


SLOT: Final = Slot("incoming", "township_filter/_merging_slot.html", values, permission=READ)
