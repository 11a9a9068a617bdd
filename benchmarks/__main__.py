"""``python -m benchmarks [name …]``: measure all figures or some; one JSON line a figure. Ends with 1 where one does not hold."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable

from benchmarks.boards import boards
from benchmarks.dispatching import dispatch
from benchmarks.figures import Figure, Plan
from benchmarks.pages import page
from benchmarks.people import people
from benchmarks.places import places
from benchmarks.regions import regions
from benchmarks.screening import screening
from benchmarks.sealing import sealing
from benchmarks.site import Site, site
from benchmarks.warnings import warnings

Measure = Callable[[Site, Plan], AsyncIterator[Figure]]
MEASURES: dict[str, Measure] = {
    "page": page,
    "take": places,
    "dispatch": dispatch,
    "regions": regions,
    "people": people,
    "boards": boards,
    "sealing": sealing,
    "screening": screening,
    "warnings": warnings,
}


async def run(names: list[str], plan: Plan) -> bool:
    """Print the figures of the measures named; False when one of them does not hold."""
    hold = True
    async with site() as at:
        for name in names:
            async for figure in MEASURES[name](at, plan):
                print(figure.line(), flush=True)
                hold = hold and figure.holds
    return hold


def main(words: list[str]) -> int:
    """Measure what the command line names."""
    unknown = [name for name in words if name not in MEASURES]
    if unknown:
        print(f"no such figure: {', '.join(unknown)}; there are {', '.join(MEASURES)}", file=sys.stderr)
        return 2
    return 0 if asyncio.run(run(words or list(MEASURES), Plan())) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
