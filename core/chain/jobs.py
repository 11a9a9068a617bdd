"""When the chain is sealed: every ten minutes what is new, once a day whatever was left; and the check that a person starts."""

from datetime import time, timedelta
from typing import Final

from core.chain.actions import seal_county
from core.chain.queries import latest_head
from core.chain.verifying import Tally, outside_of, verify_county
from core.contracts.events import Handler, LongWork, Progress, Schedule
from core.kernel.clock import now as clock
from core.kernel.database import fetch, transaction
from core.kernel.errors import mark
from core.kernel.outbox import Event
from core.kernel.scope import Scope, ancestors_of, system_scope

SEAL: Final = "chain.seal"
SEAL_ALL: Final = "chain.seal_all"
CHECK: Final = "chain.check"
MOST_TOLD: Final = 100
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


async def _verify(progress: Progress) -> None:
    """Check the county's chain and keep what was found with the work, the first of it in full."""
    scope = progress.scope
    async with transaction(scope):
        head = await latest_head(scope)
    await progress.set_total(head.header.height if head else 0)
    seen = 0

    async def on(tally: Tally) -> None:
        nonlocal seen
        size, seen = tally.blocks - seen, tally.blocks
        await progress.chunk(str(seen), _nothing, size=size)

    tally = await verify_county(scope, outside_of(scope.county), now=clock(), each=on)
    faults = sum(not finding.fault.is_remark for finding in tally.findings)
    told = [
        {"fault": finding.fault, "height": finding.height, "id": str(finding.row or ""), "told": dict(finding.told)}
        for finding in sorted(tally.findings, key=lambda finding: finding.fault.is_remark)[:MOST_TOLD]
    ]
    figures = {"blocks": tally.blocks, "lines": tally.lines, "faults": faults, "remarks": len(tally.findings) - faults}
    await progress.set_result({**figures, "findings": told, "link": "/chain/check"})


async def _nothing(scope: Scope) -> None:  # noqa: ARG001 - a chunk's signature; the check writes nothing
    return None


HANDLERS: Final = (
    Handler(SEAL, "chain.seal", _seal, long=True),
    Handler(SEAL_ALL, "chain.seal_all", _seal_all, long=True),
    Handler(SEAL_ALL, "chain.seal_above", seal_above, long=True, reach=lambda event: event.region[:2]),
)
SCHEDULES: Final = (
    Schedule("chain.seal", SEAL, every=timedelta(minutes=10)),
    Schedule("chain.seal_all", SEAL_ALL, at=time(2, 40)),
)
WORKS: Final = (LongWork(CHECK, mark("核对存证链"), _verify),)
