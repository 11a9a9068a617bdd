"""What follows from a decision on an incoming task, and from putting a verdict right: it is learned, in the whole county."""

from typing import Final
from uuid import UUID

from core.api import Event, Handler, Scope, one_incoming
from plugins.township_filter.learning.actions import CORRECTED, Said, learn
from plugins.township_filter.learning.enums import Source

_COUNTY_DIGITS: Final = 6


def county_of_event(event: Event) -> str:
    """Widen the scope to the county: a township's word holds in its neighbours as well."""
    return event.region[:_COUNTY_DIGITS]


async def on_decided(scope: Scope, event: Event) -> None:
    """Learn from an admission under an item, and from a refusal. An admission under no item says nothing of the list.

    What the system let through by itself, as after a quota was released, is nobody's word on the item.
    """
    incoming = UUID(event.payload["incoming"])
    row = await one_incoming(scope, incoming)
    state = event.payload["state"]
    if row["decided_by_name"] == scope.by_name:
        return
    if state == "passed" and row["item_code"]:
        said = Said(row["item_code"], Source.ADMITTED, row["decided_by_name"], reason=row["decided_reason"])
    elif state == "refused":
        said = Said("", Source.TURNED_DOWN, row["decided_by_name"], reason=row["decided_reason"])
    else:
        return
    await learn(scope, incoming=incoming, said=said, now=event.created_at)


async def on_corrected(scope: Scope, event: Event) -> None:
    """Learn what somebody put right."""
    told = event.payload
    said = Said(told["code"], Source.CORRECTED, told["by_name"], told["by_office"], told["reason"])
    await learn(scope, incoming=UUID(told["incoming"]), said=said, now=event.created_at)


LEARN: Final = (
    Handler("incoming.decided", "township_filter:learn_decided", on_decided, reach=county_of_event),
    Handler(CORRECTED, "township_filter:learn_corrected", on_corrected, reach=county_of_event),
)
