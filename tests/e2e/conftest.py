"""The whole product with its demo data, served by processes of its own, and one browser; all browser tests share them."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from scripts.browser import executable
from tests.databases import DatabaseUrls
from tests.e2e.people import People
from tests.e2e.product import Product

FLAGS = "no-sandbox disable-gpu disable-quic no-first-run disable-background-networking disable-component-update disable-sync"


@pytest.fixture(scope="session")
async def e2e_database(make_database: Callable[[], Awaitable[DatabaseUrls]]) -> DatabaseUrls:
    """Give the database of all browser tests."""
    return await make_database()


@pytest.fixture(scope="session")
async def product(e2e_database: DatabaseUrls) -> AsyncIterator[Product]:
    """Load the demo counties, then serve."""
    folder = Path(tempfile.mkdtemp(prefix="xz-e2e-"))
    made = Product(e2e_database, folder)
    await asyncio.to_thread(made.load)
    try:
        await asyncio.to_thread(made.start)
        yield made
    finally:
        await asyncio.to_thread(made.stop)
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Start the browser once."""
    found = executable()
    if found is None:
        pytest.skip("no chromium on this machine: make test installs it")
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=found or None, args=[f"--{flag}" for flag in FLAGS.split()]
        )
        yield started
        await started.close()


@pytest.fixture(scope="session")
def everybody(product: Product, chromium: Browser) -> People:
    """Give the people with their remembered sessions."""
    return People(product, chromium)


@pytest.fixture
def people(everybody: People) -> Iterator[People]:
    """Give the people to one test; where a server process complained meanwhile, the test fails."""
    before = len(everybody.product.output())
    yield everybody
    said = everybody.product.output()[before:]
    assert "Traceback" not in said, said
