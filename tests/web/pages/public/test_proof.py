"""What is proved to strangers: the publication stands in the county's chain, and one file of ours checks it offline."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import httpx

from core.chain.actions import seal_county
from core.kernel import clock
from core.kernel.scope import system_scope
from tests.web.pages.conftest import Site
from tests.web.pages.public.test_public import notices, put_up, stranger, text_of

__all__ = ["notices", "stranger"]
SCRIPT = Path(__file__).parents[4] / "scripts" / "verify_publication.py"


async def test_a_sealed_publication_is_checked_offline_and_a_changed_one_is_not(
    served: Site, stranger: httpx.AsyncClient, tmp_path: Path
) -> None:
    made = await put_up(served.world.nan)
    assert "正在等待存证" in await text_of(stranger, f"/p/{made.token}/proof")
    assert (await stranger.get(f"/p/{made.token}/proof.json")).status_code == 404
    await seal_county(system_scope(served.world.nan.code), now=clock.now() + timedelta(hours=1), everything=True)
    assert "已存入本县存证链" in await text_of(stranger, f"/p/{made.token}/proof")
    proof = (await stranger.get(f"/p/{made.token}/proof.json")).content
    assert len(proof) <= 2_000
    (tmp_path / "proof.json").write_bytes(proof)
    document = (await stranger.get(f"/p/{made.token}/document.json")).content
    assert _checked(tmp_path, document) == 0
    assert _checked(tmp_path, document.replace("王建国".encode(), "王建军".encode())) == 1


def _checked(folder: Path, document: bytes) -> int:
    (folder / "document.json").write_bytes(document)
    words = [str(folder / "proof.json"), "--content", str(folder / "document.json")]
    return subprocess.run([sys.executable, str(SCRIPT), *words], check=False, capture_output=True).returncode
