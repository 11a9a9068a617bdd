"""When the chain is sealed: every ten minutes what is new, once a day whatever was left."""

from datetime import time, timedelta
from typing import Final

from core.chain.actions import seal_county
from core.contracts.events import Handler, Schedule
from core.kernel.clock import now as clock
from core.kernel.database import fetch, transaction
from core.kernel.outbox import Event
from core.kernel.scope import Scope, ancestors_of, system_scope

SEAL: Final = "chain.seal"
SEAL_ALL: Final = "chain.seal_all"
# Deeds of the people above the counties, under the keys of their province and city.
_ABOVE: Final = """
SELECT DISTINCT l.county, l.region FROM audit_line l WHERE l.region >= $1 AND l.region < $2 AND l.region = ANY ($3)
"""


async def _seal(scope: Scope, event: Event) -> None:  # noqa: ARG001 - a handler's signature
    await seal_county(scope, now=clock())


async def _seal_all(scope: Scope, event: Event) -> None:  # noqa: ARG001 - a handler's signature
    await seal_county(scope, now=clock(), everything=True)


async def seal_above(scope: Scope, event: Event) -> None:
    """Seal the province's and the city's own chain; every county's day asks for it, the first one does it."""
    async with transaction(scope):
        found = await fetch(scope, _ABOVE, list(ancestors_of(event.region)))
    for row in found:
        await seal_county(system_scope(row["region"], county=row["county"]), now=clock(), everything=True)


HANDLERS: Final = (
    Handler(SEAL, "chain.seal", _seal, long=True),
    Handler(SEAL_ALL, "chain.seal_all", _seal_all, long=True),
    Handler(SEAL_ALL, "chain.seal_above", seal_above, long=True, reach=lambda event: event.region[:2]),
)
SCHEDULES: Final = (
    Schedule("chain.seal", SEAL, every=timedelta(minutes=10)),
    Schedule("chain.seal_all", SEAL_ALL, at=time(2, 40)),
)
