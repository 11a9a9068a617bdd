"""The stand-alone script, run as whoever downloaded it would: alone, without our packages, by another's Python."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from importlib import util
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.kernel.chain import (
    NOTHING,
    Head,
    Header,
    Proof,
    _signer,
    digest_of,
    leaf_of,
    path_of,
    root_of,
)

SCRIPT = Path(__file__).parents[2] / "scripts" / "verify_publication.py"
KEY = _signer(b"k" * 32)
CONTENT = '{"title":"财务公开","period":"2026-11","rows":[["张*","120.00"]]}'


def block(height: int, previous: bytes, leaves: list[bytes], algorithm: str = "sha256") -> Head:
    root = root_of(digest_of(algorithm), leaves)
    at = datetime(2026, 11, 22, 4, height, tzinfo=UTC)
    header = Header("330503", height, previous, root, len(leaves), algorithm, at, KEY.name)
    return Head(header, header.hash(), KEY.sign(header), KEY.public)


def made(size: int = 11, position: int = 4, algorithm: str = "sha256") -> tuple[Proof, list[Head]]:
    """Make five blocks; the publication stands in the third."""
    digest = digest_of(algorithm)
    leaves = [digest(b"%d" % n) for n in range(size)]
    leaves[position] = leaf_of(digest, "publication", CONTENT.encode())
    heads: list[Head] = []
    for height in range(1, 6):
        own = leaves if height == 3 else [digest(b"x%d" % height)]
        heads.append(block(height, heads[-1].hash if heads else NOTHING, own, algorithm))
    path = tuple(path_of(digest, leaves, position))
    name = UUID("019ab000-0000-7000-8000-000000000001")
    return Proof("publication", name, leaves[position], position, path, heads[2], CONTENT), heads


@pytest.fixture
def script(tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Give a function that writes its files and runs the script, isolated (-I) and without site packages (-S)."""

    def run(
        proof: Any, *, content: str | None = None, document: str | None = None, heads: Any = None, key: str = ""
    ) -> tuple[int, str]:
        words = []
        for name, given in (("--content", content), ("--document", document), ("--heads", heads)):
            if given is not None:
                file = tmp_path / name.strip("-")
                file.write_text(given if isinstance(given, str) else json.dumps(given), "utf-8")
                words += [name, str(file)]
        (tmp_path / "proof.json").write_text(proof if isinstance(proof, str) else json.dumps(proof), "utf-8")
        words += ["--key", key] if key else []
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(SCRIPT), str(tmp_path / "proof.json"), *words],
            capture_output=True, text=True, check=False, env={"PATH": os.defpath, "PYTHONUTF8": "1"}, cwd=tmp_path, timeout=60,
        )  # fmt: skip
        assert done.stderr == ""
        return done.returncode, done.stdout

    return run


Run = Callable[..., tuple[int, str]]


@pytest.mark.parametrize("algorithm", ["sha256", "sm3"])
@pytest.mark.parametrize(("size", "position"), [(1, 0), (2, 1), (7, 6), (4096, 4095), (4095, 17)])
def test_a_true_proof_holds(script: Run, algorithm: str, size: int, position: int) -> None:
    proof, heads = made(size, position, algorithm)
    code, said = script(proof.told(), heads=[head.told() for head in heads], key=KEY.public.hex())
    assert code == 0, said
    assert "内容没有改动：330503 第 3 块" in said
    assert "unchanged" in said


def test_a_full_blocks_proof_fits_into_two_kilobytes() -> None:
    proof, _ = made(4096, 4095)
    assert len(json.dumps(replace(proof, content=None).told()).encode()) <= 2_000


def test_content_may_come_in_a_file(script: Run) -> None:
    proof, _ = made()
    bare = replace(proof, content=None).told()
    assert script(bare, content=CONTENT)[0] == 0
    assert script(bare, content=CONTENT.replace("120", "121"))[0] == 1
    assert script(proof.told(), content=CONTENT.replace("120", "121"))[0] == 1
    assert "没有内容可核对" in script(bare)[1]


def test_a_document_is_held_against_the_hash_that_was_sealed(script: Run) -> None:
    document = "公开的原文"
    content = json.dumps({"id": "1", "sha256": hashlib.sha256(document.encode()).hexdigest()}, separators=(",", ":"))
    leaf = leaf_of(digest_of("sha256"), "publication", content.encode())
    head = block(1, NOTHING, [leaf])
    told = Proof("publication", UUID(int=1), leaf, 0, (), head, content).told()
    code, said = script(told, document=document)
    assert (code, said[0]) == (0, "✓")
    assert script(told, document=document + "。")[0] == 1
    code, said = script(told)
    assert (code, "请用 --document 给出文件" in said) == (0, True)
    assert script(made()[0].told(), document=document)[0] == 1


def flipped(text: str) -> str:
    return ("0" if text[0] != "0" else "1") + text[1:]


TAMPERING: dict[str, Callable[[dict[str, Any]], Any]] = {
    "content": lambda told: told.update(content=told["content"].replace("120", "121")),
    "kind": lambda told: told.update(kind="line"),
    "leaf": lambda told: told.update(leaf=flipped(told["leaf"])),
    "position": lambda told: told.update(position=5),
    "position beyond": lambda told: told.update(position=11),
    "position before": lambda told: told.update(position=-1),
    "path": lambda told: told["path"].__setitem__(1, flipped(told["path"][1])),
    "path shorter": lambda told: told["path"].pop(),
    "path longer": lambda told: told["path"].append("00" * 32),
    "path turned": lambda told: told["path"].reverse(),
    **{
        name: lambda told, name=name: told["block"].update({name: flipped(told["block"][name])})
        for name in ("previous", "root", "hash", "signature", "public_key", "key", "county")
    },
    "height": lambda told: told["block"].update(height=4),
    "lines": lambda told: told["block"].update(lines=12),
    "algorithm": lambda told: told["block"].update(algorithm="sm3"),
    "algorithm unknown": lambda told: told["block"].update(algorithm="md5"),
    "sealed_at": lambda told: told["block"].update(sealed_at="2026-11-22T04:03:00.000001Z"),
}


@pytest.mark.parametrize("name", TAMPERING)
def test_tampering_with_a_proof_is_found(script: Run, name: str) -> None:
    proof, _ = made()
    told = proof.told()
    TAMPERING[name](told)
    code, said = script(told)
    assert code == 1, said
    assert said.startswith("✗")
    assert "内容没有改动" not in said


def test_a_forged_block_is_found_by_the_key_and_by_a_saved_head(script: Run) -> None:
    """A forger makes everything anew with a key of his own: alone it fits, against what is known it does not."""
    proof, heads = made()
    forger = _signer(b"f" * 32)
    content = CONTENT.replace("120", "999")
    leaf = leaf_of(digest_of("sha256"), "publication", content.encode())
    header = replace(proof.head.header, root=leaf, lines=1, key=forger.name)
    head = Head(header, header.hash(), forger.sign(header), forger.public)
    forged = Proof("publication", proof.id, leaf, 0, (), head, content).told()
    assert script(forged)[0] == 0
    assert "不是用给出的公钥" in script(forged, key=KEY.public.hex())[1]
    code, said = script(forged, heads=heads[2].told())
    assert (code, "第 3 块与记下的不同" in said) == (1, True)
    code, said = script(forged, heads=[each.told() for each in heads[3:]])
    assert (code, "第 4 块没有接在前一块之后" in said) == (1, True)
    code, said = script(forged, heads=[each.told() for each in heads[:2]])
    assert code == 0, "an earlier head alone cannot tell a later fork: the page says to keep the newest"


def test_a_saved_head_needs_the_heads_between(script: Run) -> None:
    proof, heads = made()
    code, said = script(proof.told(), heads=heads[4].told())
    assert (code, "缺少中间的块头" in said) == (1, True)
    assert script(proof.told(), heads={"heads": [head.told() for head in heads[3:]]})[0] == 0
    foreign = {**heads[3].told(), "county": "330681"}
    assert script(proof.told(), heads=[foreign])[0] == 1


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null"])
def test_what_is_no_proof_is_said_to_be_none(script: Run, text: str) -> None:
    code, said = script(text)
    assert (code, "文件读不懂" in said) == (2, True)


@pytest.fixture(scope="module")
def loaded() -> ModuleType:
    spec = util.spec_from_file_location("verify_publication", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_its_sm3_is_the_standards(loaded: ModuleType) -> None:
    """Both examples of GB/T 32905-2016, and every length about a block's end against OpenSSL."""
    assert loaded.sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert loaded.sm3(b"abcd" * 16).hex() == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    for size in (0, 1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 200):
        data = hashlib.sha512(b"%d" % size).digest() * 4
        assert loaded.sm3(data[:size]) == digest_of("sm3")(data[:size])


def test_its_signatures_are_rfc_8032s(loaded: ModuleType) -> None:
    """RFC 8032, 7.1, test 2; then keys and messages of chance, each also with one bit turned."""
    public = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    signature = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert loaded.is_signed(public, signature, b"\x72")
    assert not loaded.is_signed(public, signature, b"\x73")
    for n in range(5):
        key = Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32)
        public, message = key.public_key().public_bytes_raw(), b"%d" % n
        signature = key.sign(message)
        assert loaded.is_signed(public, signature, message)
        for at in (0, 31, 32, 63):
            turned = bytearray(signature)
            turned[at] ^= 1
            assert not loaded.is_signed(public, bytes(turned), message)
    assert not loaded.is_signed(public, signature[:-1], message)
