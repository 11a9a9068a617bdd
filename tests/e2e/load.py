"""``python -m tests.e2e.load``: load the demo counties as the start does, without the rest of the country."""

import asyncio

from core.kernel.settings import get_settings
from core.tenancy.load import load_regions
from core.tenancy.packs import find_packs
from web.demo.load import load_demo


async def load() -> None:
    """Load regions first, then people and tasks."""
    for pack in find_packs():
        await load_regions(get_settings(), part=pack.county)
    await load_demo(get_settings())


if __name__ == "__main__":
    asyncio.run(load())
