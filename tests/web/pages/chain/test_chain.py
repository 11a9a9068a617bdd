"""The inspector's pages of the audit chain, and what strangers see of it."""

import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.chain import actions
from core.chain.memory import file_of
from core.chain.public import heads_of
from core.contracts.registry import current
from core.kernel import clock
from core.kernel.audit import audit
from core.kernel.chain import _signer, signer
from core.kernel.clock import local
from core.kernel.database import transaction
from core.kernel.outbox import Event
from core.kernel.scope import system_scope
from core.kernel.settings import get_settings
from tests.factories.world import County, sent
from tests.isolation.rich import deliver_all
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import words_of
from web.filters import Formats

SCRIPT = Path(__file__).parents[4] / "scripts" / "verify_publication.py"


async def seal_more(served: Site, county: County) -> None:
    """Send a task and seal its lines, as if they had been written an hour ago."""
    await sent(county)
    await served.admin.execute("UPDATE audit_line SET at = now() - interval '1 hour' WHERE at > now()")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(actions, "SETTLING", -timedelta(milliseconds=5))
        assert await actions.seal_county(system_scope(county.code), now=clock.now())


@pytest.fixture(autouse=True)
async def sealed(served: Site) -> AsyncIterator[None]:
    """Let both counties have a block."""
    await served.admin.execute("TRUNCATE audit_block, audit_seal, witnessed_head")
    await served.admin.execute("UPDATE session SET language = 'zh'")
    for county in served.world.counties:
        file_of(county.code).unlink(missing_ok=True)
        await seal_more(served, county)
    yield
    for county in served.world.counties:
        file_of(county.code).unlink(missing_ok=True)


@pytest.fixture
async def stranger(served: Site) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=served.first)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        yield client


async def test_lines_are_told_in_words_and_hold_no_codes_of_the_machine(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    scope, at = nan.scope("county_inspector"), clock.now()
    told = {
        "seal": "村民委员会公章", "number": "2026-0007", "role": "grid_worker", "to": at.isoformat(), "on": f"{local(at).year}-03-05",
        "hash": "ab" * 32, "person": str(scope.person), "working": True, "keys": ["a_b"], "mode": "named", "size": 4096, "name": ["旧名", "新名"],
        "section": "no_such_section", "domain": "seals", "added": ["core:task:read", "core:task:score"],
    }  # fmt: skip
    async with transaction(scope):
        await audit(scope, "seal.handed_over", kind="seal", subject=None, now=at, data=told)
    inspector = await client_for(nan.posts["county_inspector"])
    words = words_of((await inspector.get("/chain/lines")).text)
    expected = (
        "名称：旧名、新名；印章：村民委员会公章；编号：2026-0007；领域：印章管理；角色：网格员；日期：3月5日；上班：是；"
        f"改为：{Formats('zh').moment(at)}；新增：2 项；文件大小：4 KB"
    )
    assert expected in words
    for raw in ("{", "handed_over&quot;", "grid_worker", "no_such_section", "abab", str(scope.person), "a_b"):
        assert raw not in words


async def test_strangers_read_the_newest_head(served: Site, stranger: httpx.AsyncClient) -> None:
    nan = served.world.nan
    head = (await heads_of(nan.code, most=1))[0]
    answer = await stranger.get(f"/public/{nan.code}/chain")
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert "set-cookie" not in answer.headers
    assert "<h1>南浔区存证链</h1>" in answer.text
    assert "第 1 块" in words_of(answer.text)
    assert head.hash.hex() in answer.text
    assert signer().public.hex() in answer.text
    english = (await stranger.get(f"/public/{nan.code}/chain?lang=en")).text
    assert not re.search(r"[\u4e00-\u9fff]", re.sub(r"南浔区|中文|浙江省|湖州市|南浔|浙江|湖州", "", words_of(english)))
    told = (await stranger.get(f"/public/{nan.code}/chain.json")).json()
    assert told["heads"] == [head.told()]
    assert (told["county"], told["public_key"]) == (nan.code, signer().public.hex())


async def test_heads_are_paged_and_asked_for_by_height(served: Site, stranger: httpx.AsyncClient) -> None:
    nan = served.world.nan
    for _ in range(21):
        await seal_more(served, nan)
    first = (await stranger.get(f"/public/{nan.code}/chain")).text
    assert f'href="/public/{nan.code}/chain?before=3"' in first
    second = words_of((await stranger.get(f"/public/{nan.code}/chain?before=3")).text)
    assert "第 2 块" in second
    assert "第 3 块" not in second
    told = (await stranger.get(f"/public/{nan.code}/chain.json?first=3&last=5")).json()
    assert [head["height"] for head in told["heads"]] == [5, 4, 3]


@pytest.mark.parametrize(
    "path", ["339999/chain", "330503101/chain", "33/chain", "330503/chain?before=1", "330503/chain.json?first=0",
             "330503/chain.json?last=-1", "330503/chain.json?first=99999999999999999999", "x/chain"],
)  # fmt: skip
async def test_what_is_not_there_is_not_found(stranger: httpx.AsyncClient, path: str) -> None:
    assert (await stranger.get(f"/public/{path}")).status_code == 404


async def test_the_script_that_strangers_download_is_ours(stranger: httpx.AsyncClient) -> None:
    assert (await stranger.get("/public/verify_publication.py")).content == SCRIPT.read_bytes()


async def test_an_inspector_takes_a_proof_along_that_the_script_accepts(
    served: Site, client_for: ClientFor, stranger: httpx.AsyncClient, tmp_path: Path
) -> None:
    nan = served.world.nan
    inspector = await client_for(nan.posts["county_inspector"])
    page = (await inspector.get("/chain/lines")).text
    assert "task.dispatched" in page
    link = re.findall(r'href="(/chain/lines/[0-9a-f-]+/proof.json)"', page)[0]
    proof = (await inspector.get(link)).content
    assert len(proof) <= 2_048
    (tmp_path / "proof").write_bytes(proof)
    (tmp_path / "heads").write_bytes((await stranger.get(f"/public/{nan.code}/chain.json")).content)
    words = [sys.executable, "-I", "-S", str(SCRIPT), "proof", "--heads", "heads", "--key", signer().public.hex()]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)  # noqa: ASYNC221
    assert (done.returncode, "没有改动" in done.stdout) == (0, True)
    assert (await stranger.get(link)).status_code == 303
    leader = await client_for(nan.posts["township_leader"])
    assert (await leader.get(link)).status_code == 403
    other = await client_for(served.world.zhu.posts["county_inspector"])
    assert (await other.get(link)).status_code == 404


async def test_a_head_of_another_county_is_kept_and_its_rewriting_is_shown_loudly(served: Site, client_for: ClientFor) -> None:
    nan, zhu = served.world.counties
    inspector = await client_for(nan.posts["county_inspector"])
    await inspector.send("/chain/heads/here", of_county=zhu.code)
    assert await inspector.flash() == "已记下 1 个区块头，不能再改动。"
    words = words_of((await inspector.get("/chain")).text)
    assert "诸暨市 1 一致" in words
    assert "矛盾" not in words.replace("都会和它矛盾", "")
    await inspector.send("/chain/heads/here", of_county=zhu.code)
    assert await inspector.flash() == "这个区块头以前已经记下，两次完全一样。"
    await served.admin.execute("UPDATE audit_block SET hash = set_byte(hash, 0, 255 - get_byte(hash, 0)) WHERE county = $1", zhu.code)
    page = (await inspector.get("/chain")).text
    assert 'role="alert"' in page
    assert "1 个记下的区块头与现在的矛盾" in words_of(page)
    assert "诸暨市 · 第 1 块 · 矛盾：那一块已被改写" in words_of(page)
    await served.admin.execute("DELETE FROM audit_block WHERE county = $1", zhu.code)
    assert "矛盾：那一块已不存在" in words_of((await inspector.get("/chain")).text)


def _heads(count: int = 3, seed: bytes = b"o") -> list[dict[str, Any]]:
    """Make heads of a county that is on another server."""
    from core.kernel.chain import NOTHING, Head, Header  # noqa: PLC0415

    key, made = _signer(seed * 32), []
    for height in range(1, count + 1):
        previous = made[-1].hash if made else NOTHING
        header = Header("440103", height, previous, bytes([height]) * 32, 3, "sha256", clock.now(), key.name)
        made.append(Head(header, header.hash(), key.sign(header), key.public))
    return [head.told() for head in made]


async def test_heads_of_another_server_are_compared_with_each_other(served: Site, client_for: ClientFor) -> None:
    inspector = await client_for(served.world.nan.posts["county_inspector"])
    first, second = _heads(), _heads()
    await inspector.send("/chain/heads", heads=json.dumps(first[0]), source="荔湾区公开页")
    await inspector.send("/chain/heads", heads=json.dumps({"heads": first[1:]}))
    words = words_of((await inspector.get("/chain")).text)
    assert words.count("没有发现矛盾") == 3
    assert "荔湾区公开页" in words
    kept = (await inspector.get("/chain/heads.json?of=440103")).json()
    assert kept["heads"] == first[::-1]
    await inspector.send("/chain/heads", heads=json.dumps(second[2]))
    words = words_of((await inspector.get("/chain")).text)
    assert "矛盾：同一块有两个哈希" in words
    assert second[2]["hash"] in words
    await served.admin.execute("DELETE FROM witnessed_head")
    await inspector.send("/chain/heads", heads=json.dumps([first[0], second[1]]))
    assert "矛盾：前后两块接不上" in words_of((await inspector.get("/chain")).text)


async def test_a_head_copied_by_hand_is_kept(served: Site, client_for: ClientFor) -> None:
    inspector = await client_for(served.world.nan.posts["county_inspector"])
    head = _heads(1)[0]
    spaced = " ".join(re.findall("........", head["hash"].upper()))
    await inspector.send("/chain/heads", of_county="440103", height="1", hash=spaced, source="墙上贴的")
    assert "440103 1 没有发现矛盾" in words_of((await inspector.get("/chain")).text)
    wrong = await inspector.send("/chain/heads", of_county="440103", height="1", hash="ab" * 32)
    assert wrong.status_code == 303
    assert "矛盾：同一块有两个哈希" in words_of((await inspector.get("/chain")).text)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "请贴上区块头，或者填写县代码、块号和哈希。"),
        ({"heads": "你好"}, "这不是区块头。请把公开页上下载的内容完整地贴进来。"),
        ({"heads": "[]"}, "这不是区块头。"),
        ({"heads": json.dumps({**_heads(1)[0], "lines": 4})}, "区块头与它自己的哈希或签名不符，没有记下。"),
        ({"of_county": "440103", "height": "1", "hash": "ab" * 31 + " " * 2}, "哈希应为 64 位十六进制数"),
        ({"of_county": "44010", "height": "1", "hash": "ab" * 32}, "格式不对，请检查。"),
        ({"of_county": "440103", "height": "0", "hash": "ab" * 32}, "应不小于 1。"),
    ],
)
async def test_what_is_no_head_is_refused_and_kept_in_the_form(
    served: Site, client_for: ClientFor, fields: dict[str, str], said: str
) -> None:
    inspector = await client_for(served.world.nan.posts["county_inspector"])
    answer = await inspector.send("/chain/heads", source="某处", **fields)
    assert answer.status_code == 422
    assert said in words_of(answer.text)
    assert 'value="某处"' in answer.text
    assert await served.admin.fetchval("SELECT count(*) FROM witnessed_head") == 0


async def test_what_this_machine_remembers_is_shown_when_the_chain_contradicts_it(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    inspector = await client_for(nan.posts["county_inspector"])
    assert "本县的存证链与这台服务器记下的不符" not in words_of((await inspector.get("/chain")).text)
    await served.admin.execute("DELETE FROM audit_block WHERE county = $1", nan.code)
    words = words_of((await inspector.get("/chain")).text)
    assert "本县的存证链与这台服务器记下的不符" in words
    assert get_settings().folder.heads.exists()


async def test_the_check_runs_in_the_background_and_names_the_line(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    inspector = await client_for(nan.posts["county_inspector"])
    assert "还没有核对过。" in words_of((await inspector.get("/chain/check")).text)
    await deliver_all(served.admin)
    await inspector.send("/chain/check")
    assert "正在核对，可以离开页面。" in words_of((await inspector.get("/chain/check")).text)
    await _work(served)
    words = words_of((await inspector.get("/chain/check")).text)
    assert "全部相符，没有发现改动。" in words
    line = await served.admin.fetchval(
        "UPDATE audit_line SET by_name = '李四' WHERE id = (SELECT id FROM audit_seal WHERE county = $1 AND position = 0) RETURNING id",
        nan.code,
    )
    await inspector.send("/chain/check")
    await _work(served)
    words = words_of((await inspector.get("/chain/check")).text)
    assert "发现 1 处不符" in words
    assert f"第 1 块第 1 行被改过：留痕记录 {line}" in words
    await inspector.send("/me/language", language="en")
    assert f"block 1, line 1 was changed: Audit line {line}" in words_of((await inspector.get("/chain/check")).text)


async def _work(served: Site) -> None:
    """Do the long work that waits, as the worker does."""
    rows = await served.admin.fetch("SELECT * FROM outbox WHERE topic = 'job.run' AND done_at IS NULL")
    handler = next(each for each in current().subscriptions.handlers if each.topic == "job.run")
    for row in rows:
        event = Event(row["id"], row["topic"], row["county"], row["region"], json.loads(row["payload"]), row["created_at"])
        await handler.run(system_scope(row["region"], county=row["county"]), event)
        await served.admin.execute("UPDATE outbox SET done_at = now() WHERE id = $1", row["id"])


async def test_lines_are_paged_and_followed_by_subject(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    for _ in range(9):
        await sent(nan)
    inspector = await client_for(nan.posts["county_inspector"])
    total = await served.admin.fetchval("SELECT count(*) FROM audit_line WHERE county = $1", nan.code)
    seen, address = 0, "/chain/lines"
    for _ in range(20):
        page = (await inspector.get(address)).text
        seen += page.count('class="mono"')
        more = re.search(r'href="(/chain/lines\?before=[^"]+)"', page)
        if more is None:
            break
        address = more[1].replace("&amp;", "&")
    assert seen == total
    page = (await inspector.get("/chain/lines")).text
    assert "等待存证" in words_of(page)
    assert "任务：派发 task.dispatched" in words_of(page)
    subject = re.search(r'href="/chain/lines\?subject=([0-9a-f-]+)"', page)
    assert subject is not None
    count = await served.admin.fetchval("SELECT count(*) FROM audit_line WHERE county = $1 AND subject_id = $2", nan.code, subject[1])
    own = (await inspector.get(f"/chain/lines?subject={subject[1]}")).text
    assert own.count('class="mono"') == count
