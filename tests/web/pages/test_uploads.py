"""Uploads over HTTP: the script's protocol, the form without scripts, and what a stranger gets."""

import hashlib
import html
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest

from core.files.rules import PART_BYTES
from core.kernel.storage import FolderStorage, get_storage
from core.people.sessions import open_session
from tests.core.files import samples as s
from tests.factories.world import Post, sent
from tests.web.pages.conftest import Site
from tests.web.visitors import ORIGIN, visiting
from web.guards import csrf_token


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FolderStorage]:
    made = FolderStorage(tmp_path)
    for module in ("core.files.actions", "core.files.uploads", "web.pages.files"):
        monkeypatch.setattr(f"{module}.get_storage", lambda: made)
    yield made
    get_storage.cache_clear()


@dataclass
class Script:
    """What the page's script does: its token in a header, JSON both ways."""

    client: httpx.AsyncClient
    token: str

    async def ask(self, method: str, path: str, **more: object) -> httpx.Response:
        headers = {"origin": ORIGIN, "accept": "application/json", "x-csrf-token": self.token}
        headers |= more.pop("headers", {})  # type: ignore[arg-type]
        return await self.client.request(method, path, headers=headers, **more)  # type: ignore[arg-type]

    async def begin(self, content: bytes, subject: UUID | str, **more: object) -> httpx.Response:
        offer = {
            "name": "圩堤.jpg",
            "size": len(content),
            "type": "image/jpeg",
            "purpose": "evidence",
            "subject": str(subject),
        }
        return await self.ask("POST", "/uploads", json={**offer, **more})

    async def part(self, upload: str, number: int, content: bytes, digest: str = "") -> httpx.Response:
        body = content[number * PART_BYTES : (number + 1) * PART_BYTES]
        hashed = digest or hashlib.sha256(body).hexdigest()
        return await self.ask(
            "PUT", f"/uploads/{upload}/parts/{number}", content=body, headers={"x-part-sha256": hashed}
        )


async def script_of(site: Site, post: Post, client: httpx.AsyncClient) -> Script:
    return Script(client, csrf_token(site.first.state.settings, await open_session(post.token)))


async def share_of(site: Site) -> UUID:
    """Give the share of the first county's village."""
    county = site.world.nan
    made = await sent(county)
    found: UUID = await site.admin.fetchval(
        "SELECT id FROM assignment WHERE task_id = $1 AND region = $2", made.task, county.village
    )
    return found


async def test_photo_goes_up_in_parts_and_is_seen_by_those_who_see_its_share(site: Site) -> None:
    share, cadre = await share_of(site), site.world.nan.posts["village_cadre"]
    content = s.photo(3000, 2200, kind="PNG") + b""
    content = content if len(content) > PART_BYTES else s.photo(640, 480)
    async with visiting(site.first, cadre) as visitor:
        script = await script_of(site, cadre, visitor.client)
        begun = (await script.begin(content, share, sha256=hashlib.sha256(content).hexdigest())).json()
        assert (begun["part_size"], begun["received"]) == (524288, [])
        upload = begun["id"]
        assert (await script.part(upload, 0, content, "0" * 64)).status_code == 422
        numbers = range(-(-len(content) // PART_BYTES))
        for number in [*numbers, 0]:
            answer = await script.part(upload, number, content)
        assert answer.json() == {"received": list(numbers)}
        told = [(await script.ask("POST", f"/uploads/{upload}/finish")).json() for _ in range(2)]
        assert told[0] == told[1]
        file = told[0]["file"]
        assert (file["state"], file["name"]) == ("kept", "圩堤.jpg")
        assert (await script.ask("GET", f"/uploads/{upload}")).json()["file"] == file
        shown = await visitor.get(file["url"])
        assert shown.headers["content-type"] == "image/jpeg"
        assert shown.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert shown.headers["x-content-type-options"] == "nosniff"
        assert shown.headers["cache-control"] == "no-store"
        assert b"SECRET" not in shown.content
        assert (await visitor.get(file["thumb"])).headers["content-type"] == "image/jpeg"
        assert file["url"] in (await visitor.get(f"/assignments/{share}")).text
    for other, status in (
        (site.world.nan.posts["township_leader"], 200),
        (site.world.zhu.posts["village_cadre"], 404),
    ):
        async with visiting(site.first, other) as visitor:
            assert (await visitor.get(file["url"])).status_code == status


async def test_foreign_and_unknown_uploads_are_answered_alike(site: Site) -> None:
    share, cadre = await share_of(site), site.world.nan.posts["village_cadre"]
    stranger = site.world.zhu.posts["village_cadre"]
    async with visiting(site.first, cadre) as visitor:
        upload = (await (await script_of(site, cadre, visitor.client)).begin(s.photo(), share)).json()["id"]
    async with visiting(site.first, stranger) as visitor:
        script = await script_of(site, stranger, visitor.client)
        for foreign, unknown in zip(
            await _tries(script, upload, share), await _tries(script, str(uuid4()), uuid4()), strict=True
        ):
            assert foreign.status_code == 404
            assert (foreign.status_code, foreign.json()) == (unknown.status_code, unknown.json())


async def _tries(script: Script, upload: str, subject: UUID) -> list[httpx.Response]:
    return [
        await script.ask("GET", f"/uploads/{upload}"),
        await script.part(upload, 0, s.photo()),
        await script.ask("POST", f"/uploads/{upload}/finish"),
        await script.ask("DELETE", f"/uploads/{upload}"),
        await script.begin(s.photo(), subject),
    ]


async def test_page_named_as_a_photo_is_refused_with_words(site: Site) -> None:
    share, cadre = await share_of(site), site.world.nan.posts["village_cadre"]
    async with visiting(site.first, cadre) as visitor:
        script = await script_of(site, cadre, visitor.client)
        upload = (await script.begin(s.HTML, share)).json()["id"]
        await script.part(upload, 0, s.HTML)
        answer = await script.ask("POST", f"/uploads/{upload}/finish")
    assert answer.status_code == 422
    assert "真实类型" in answer.json()["message"]


async def test_form_without_scripts_takes_one_photo_and_goes_back(site: Site) -> None:
    share, cadre = await share_of(site), site.world.nan.posts["village_cadre"]
    async with visiting(site.first, cadre) as visitor:
        script = await script_of(site, cadre, visitor.client)
        fields = {"purpose": "evidence", "subject": str(share), "next": f"/assignments/{share}"}
        files = {"file": ("a.jpg", s.photo(), "image/jpeg")}
        origin = {"origin": ORIGIN}
        form = {**fields, "csrf_token": script.token}
        answer = await visitor.client.post("/uploads/simple", data=form, files=files, headers=origin)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/assignments/{share}")
        elsewhere = {**form, "next": "//evil.example/"}
        answer = await visitor.client.post("/uploads/simple", data=elsewhere, files=files, headers=origin)
        assert answer.headers["location"] == "/"
        for bad, headers in (
            ({**fields, "csrf_token": "wrong"}, origin),
            (form, {"origin": "https://evil.example"}),
        ):
            refused = await visitor.client.post("/uploads/simple", data=bad, files=files, headers=headers)
            assert refused.status_code == 403
    kept = "SELECT count(*) FROM file WHERE state = 'kept' AND subject_id = $1"
    assert await site.admin.fetchval(kept, share) == 2


async def test_form_without_scripts_says_which_file_was_not_taken_and_why(site: Site) -> None:
    nan = site.world.nan
    share, cadre = await share_of(site), nan.posts["village_cadre"]
    async with visiting(site.first, nan.posts["village_secretary"]) as other:
        await other.send(f"/assignments/{share}/acknowledge")
    async with visiting(site.first, cadre) as visitor:
        script = await script_of(site, cadre, visitor.client)
        address = f"/assignments/{share}"
        form = {"csrf_token": script.token, "purpose": "evidence", "subject": str(share), "next": address}
        files = [("file", (name, content, "image/jpeg")) for name, content in (("假.jpg", s.HTML), ("好.jpg", s.photo()))]
        answer = await visitor.client.post("/uploads/simple", data=form, files=files, headers={"origin": ORIGIN})
        assert (answer.status_code, answer.headers["location"]) == (303, address)
        page = (await visitor.get(address)).text
        assert "“假.jpg”没有收下：文件的真实类型不在可上传的范围内" in page
        assert 'class="alert tone-danger"' in page
        assert page.count('data-state="done" data-stored=') == 1
        assert ">假.jpg</a>" not in page
        assert ">好.jpg</a>" in page


async def test_file_that_was_chosen_and_not_sent_is_not_handed_in_without_a_word(site: Site) -> None:
    nan = site.world.nan
    share, cadre = await share_of(site), nan.posts["village_cadre"]
    async with visiting(site.first, nan.posts["village_secretary"]) as other:
        await other.send(f"/assignments/{share}/acknowledge")
    async with visiting(site.first, cadre) as visitor:
        answer = await visitor.send(f"/assignments/{share}/submit", text="查了四段。", file="圩堤.jpg")
        assert answer.status_code == 422
        assert "“圩堤.jpg”还没有上传" in answer.text
        assert "查了四段。</textarea>" in answer.text


async def test_text_written_beside_a_photo_is_kept_without_scripts(site: Site) -> None:
    share, cadre = await share_of(site), site.world.nan.posts["village_cadre"]
    async with visiting(site.first, cadre) as visitor:
        script = await script_of(site, cadre, visitor.client)
        address, origin = f"/assignments/{share}", {"origin": ORIGIN}
        secretary = site.world.nan.posts["village_secretary"]
        async with visiting(site.first, secretary) as other:
            await other.send(f"{address}/acknowledge")
        page = (await visitor.get(address)).text
        [carrier] = {html.unescape(found) for found in re.findall(r'formaction="(/uploads/simple[^"]+)"', page)}
        form = {"csrf_token": script.token, "text": "东圩查了四段。"}
        files = {"file": ("a.jpg", s.photo(), "image/jpeg")}
        answer = await visitor.client.post(carrier, data=form, files=files, headers=origin)
        assert (answer.status_code, answer.headers["location"]) == (303, address)
        page = (await visitor.get(address)).text
        assert "东圩查了四段。</textarea>" in page
        [remove] = re.findall(rf'formaction="({address}/files/[^"]+/remove)"', page)
        await visitor.send(remove, text="东圩查了五段。")
        page = (await visitor.get(address)).text
        assert "东圩查了五段。</textarea>" in page
        assert f'formaction="{remove}"' not in page
        nothing = {"file": ("", b"", "application/octet-stream")}
        form["text"] = "东圩查了六段。"
        answer = await visitor.client.post(carrier, data=form, files=nothing, headers=origin)
        assert (answer.status_code, answer.headers["location"]) == (303, address)
        assert await visitor.flash() == "还没有选择文件。您写的内容已保存。"
        assert "东圩查了六段。</textarea>" in (await visitor.get(address)).text


async def test_body_is_not_read_before_session_and_origin_are_known(site: Site) -> None:
    read: list[int] = []

    async def body() -> AsyncIterator[bytes]:
        for number in range(100):
            read.append(number)
            yield b"x" * 65_536

    for cookies, origin in (
        ({}, ORIGIN),
        ({"xz": site.world.nan.posts["village_cadre"].token}, "https://evil.example"),
    ):
        transport = httpx.ASGITransport(app=site.first)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, cookies=cookies) as client:
            answer = await client.post(
                "/uploads/simple",
                content=body(),
                headers={
                    "origin": origin,
                    "content-type": "multipart/form-data; boundary=x",
                    "accept": "application/json",
                },
            )
        assert answer.status_code in {401, 403}
    assert read == []


async def test_taken_back_photo_is_gone_but_a_submitted_one_stays(site: Site) -> None:
    share, cadre = await share_of(site), site.world.nan.posts["village_cadre"]
    async with visiting(site.first, cadre) as visitor:
        script = await script_of(site, cadre, visitor.client)
        uploads = []
        for _ in range(2):
            upload = (await script.begin(s.photo(), share)).json()["id"]
            await script.part(upload, 0, s.photo())
            await script.ask("POST", f"/uploads/{upload}/finish")
            uploads.append(upload)
        assert (await script.ask("DELETE", f"/uploads/{uploads[0]}")).status_code == 200
        await visitor.send(f"/assignments/{share}/acknowledge")
        await visitor.send(f"/assignments/{share}/submit", text="已排查")
        assert (await script.ask("DELETE", f"/uploads/{uploads[1]}")).status_code == 409
    sql = "SELECT removed_at IS NULL AS there FROM file WHERE subject_id = $1 ORDER BY created_at, id"
    rows = await site.admin.fetch(sql, share)
    assert [row["there"] for row in rows] == [False, True]


async def test_draft_is_saved_with_its_time(site: Site) -> None:
    cadre = site.world.nan.posts["village_cadre"]
    async with visiting(site.first, cadre) as visitor:
        answer = await visitor.send(f"/drafts/assignment?subject={uuid4()}", text="写了一半")
    assert list(answer.json()) == ["saved"]
