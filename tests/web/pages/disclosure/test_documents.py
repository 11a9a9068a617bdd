"""Documents of a publication are cleaned while nothing waits for it: no transaction, no lock, no connection of the pool."""

import asyncio
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.disclosure import cleaning
from core.kernel.database import ENGINE
from core.kernel.storage import FolderStorage
from tests.core.disclosure import documents
from tests.core.disclosure.gates import Gate, held
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.disclosure.test_by_hand import attach
from tests.web.pages.disclosure.test_pages import hidden
from tests.web.pages.main_job import words_of
from tests.web.visitors import Visitor

_FILLED = ("core.files.actions", "core.files.uploads", "core.disclosure.attachments", "core.disclosure.cleaning", "core.disclosure.closing", "web.pages.files")


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FolderStorage:
    made = FolderStorage(tmp_path / "files")
    for module in _FILLED:
        monkeypatch.setattr(f"{module}.get_storage", lambda: made)
    return made


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """Put a gate before the cleaner, which has seen nothing yet."""
    made = Gate(tmp_path)
    monkeypatch.setattr(cleaning, "_PROGRAM", made.program)
    monkeypatch.setattr(cleaning, "_known", type(cleaning._known)())
    yield made
    made.open()


async def matter_with(visitor: Visitor, *files: tuple[str, bytes]) -> tuple[str, str]:
    """Write a matter with documents; gives its address and that of its draft."""
    entry = (await visitor.send("/disclosure/by-hand/own_matter", what="停车场合同", text="见附件。")).headers["location"]
    for name, content in files:
        await attach(visitor, entry, name, content, "application/octet-stream")
    return entry, f"/disclosure/draft?section=own_matter&subject={entry.rsplit('/', 1)[1]}"


async def free(served: Site) -> tuple[tuple[int, int], bool]:
    """Give what the application holds in the database, and whether its whole pool is free."""
    pool = ENGINE.pool
    assert pool is not None
    return await held(served.admin), pool.get_idle_size() == pool.get_size()


async def test_while_documents_are_cleaned_no_transaction_is_open(served: Site, client_for: ClientFor, gate: Gate) -> None:
    secretary = await client_for(served.world.nan.posts["village_secretary"])
    _, draft = await matter_with(secretary, ("合同.docx", documents.docx()), ("图纸.pdf", documents.pdf()))
    looking = asyncio.create_task(secretary.get(draft))
    await gate.at_work()
    assert await free(served) == ((0, 0), True)
    gate.open()
    shown = hidden((await looking).text, "/disclosure/release")
    gate.shut()
    releasing = asyncio.create_task(secretary.send("/disclosure/release", **shown))
    await gate.at_work(3)
    assert await free(served) == ((0, 0), True)
    gate.open()
    assert (await releasing).status_code == 303


async def test_a_file_that_comes_while_the_others_are_cleaned_stops_the_release(
    served: Site, client_for: ClientFor, gate: Gate, store: FolderStorage
) -> None:
    secretary = await client_for(served.world.nan.posts["village_secretary"])
    clerk = await client_for(served.world.nan.posts["bookkeeper"])
    entry, draft = await matter_with(secretary, ("合同.docx", documents.docx()))
    gate.open()
    shown = hidden((await secretary.get(f"{draft}&note=以附件为准")).text, "/disclosure/release")
    gate.shut()
    releasing = asyncio.create_task(secretary.send("/disclosure/release", **shown))
    await gate.at_work(2)
    await attach(clerk, entry, "补充.pdf", documents.pdf(), "application/octet-stream")
    gate.open()
    refused = await releasing
    assert refused.status_code == 409
    words = words_of(refused.text)
    assert "整理附件的时候，附件有增减，没有公开。请再看一遍草稿。" in words
    assert ("补充.pdf" in words, "以附件为准" in refused.text) == (True, True)
    county = served.world.nan.code
    assert await served.admin.fetchval("SELECT count(*) FROM publication WHERE section = 'own_matter'") == 1
    kept = re.search(r'name="note" value="([^"]*)"', refused.text)
    assert kept is not None
    assert kept[1] == "以附件为准"
    again = await secretary.send("/disclosure/release", **hidden(refused.text, "/disclosure/release"))
    assert again.status_code == 303
    assert len(list(store.list(f"{county}/published/"))) == 3  # of the refused one too, until its hour is over


async def test_a_correction_has_copies_of_its_own_and_the_old_ones_stay(
    served: Site, client_for: ClientFor, gate: Gate
) -> None:
    secretary = await client_for(served.world.nan.posts["village_secretary"])
    gate.open()
    _, draft = await matter_with(secretary, ("合同.docx", documents.docx()))
    shown = hidden((await secretary.get(draft)).text, "/disclosure/release")
    old = (await secretary.send("/disclosure/release", **shown)).headers["location"]
    page = (await secretary.get(f"{old}/correct?note=补充说明")).text
    gate.shut()
    ran = gate.begun
    correcting = asyncio.create_task(secretary.send(f"{old}/correct", **hidden(page, f"{old}/correct"), reason="漏了说明"))
    await gate.at_work(ran + 1)
    assert await free(served) == ((0, 0), True)
    gate.open()
    new = (await correcting).headers["location"]
    assert new not in {old, f"{old}/correct"}
    for each in (old, new):
        token = await served.admin.fetchval("SELECT token FROM publication WHERE id = $1::uuid", each.rsplit("/", 1)[1])
        told = (await secretary.get(f"/p/{token}/document.json")).json()["files"][0]
        got = (await secretary.get(f"/p/{token}/files/1")).content
        assert hashlib.sha256(got).hexdigest() == told["sha256"]
        assert documents.AUTHOR.encode() not in documents.everything_in(got)
