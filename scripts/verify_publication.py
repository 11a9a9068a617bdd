#!/usr/bin/env python3
"""Check offline that a publication (or an audit line) stands in a county's audit chain, unchanged.

    python3 verify_publication.py PROOF.json [--document FILE] [--heads HEADS.json] [--key PUBLIC_KEY]

PROOF.json  the proof that was given with the publication
--document  the publication as it was downloaded; its SHA-256 stands in the proof's content
--content   the sealed bytes themselves, where the proof does not carry them
--heads     a head that you saved earlier, or somebody else did, or a list of them: the proof is held against it
--key       the county's public key as printed or saved elsewhere; without it any key would do

Nothing but Python 3.10 or later is needed: hashes, SM3, the tree and Ed25519 are all in this file. Nothing is sent
anywhere. The rules are those of docs/audit-chain.md. Ends with 0 if everything fits, 1 if something does not, 2 if a file
cannot be read.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Told = dict[str, Any]
Digest = Callable[[bytes], bytes]
Point = tuple[int, int, int, int]

KEY_BYTES, SIGNATURE_BYTES, NAME_DIGITS = 32, 64, 16
FIELDS = ("county", "height", "previous", "root", "lines", "algorithm", "sealed_at", "key")


class Unfit(Exception):
    """Something does not fit; the message says what, in Chinese and English."""


# ---- hashes


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _rotated(x: int, n: int) -> int:
    n %= 32
    return ((x << n) | (x >> (32 - n))) & 0xFFFFFFFF if n else x


def sm3(data: bytes) -> bytes:
    """GB/T 32905-2016."""
    state = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
    padded = data + b"\x80" + bytes(-(len(data) + 9) % 64) + (len(data) * 8).to_bytes(8, "big")
    for start in range(0, len(padded), 64):
        w = [int.from_bytes(padded[start + n : start + n + 4], "big") for n in range(0, 64, 4)]
        for n in range(16, 68):
            x = w[n - 16] ^ w[n - 9] ^ _rotated(w[n - 3], 15)
            w.append(x ^ _rotated(x, 15) ^ _rotated(x, 23) ^ _rotated(w[n - 13], 7) ^ w[n - 6])
        a, b, c, d, e, f, g, h = state
        for n in range(64):
            early = n < 16  # noqa: PLR2004 - as the standard counts its rounds
            t = 0x79CC4519 if early else 0x7A879D8A
            ss1 = _rotated((_rotated(a, 12) + e + _rotated(t, n)) & 0xFFFFFFFF, 7)
            ss2 = ss1 ^ _rotated(a, 12)
            ff = a ^ b ^ c if early else (a & b) | (a & c) | (b & c)
            gg = e ^ f ^ g if early else (e & f) | (~e & g)
            tt1 = (ff + d + ss2 + (w[n] ^ w[n + 4])) & 0xFFFFFFFF
            tt2 = (gg + h + ss1 + w[n]) & 0xFFFFFFFF
            d, c, b, a = c, _rotated(b, 9), a, tt1
            h, g, f, e = g, _rotated(f, 19), e, tt2 ^ _rotated(tt2, 9) ^ _rotated(tt2, 17)
        state = [x ^ y for x, y in zip(state, (a, b, c, d, e, f, g, h), strict=True)]
    return b"".join(x.to_bytes(4, "big") for x in state)


def digest_of(algorithm: str) -> Digest:
    if algorithm not in ("sha256", "sm3"):
        raise Unfit(f"不认识的算法 / unknown algorithm: {algorithm}")
    return sha256 if algorithm == "sha256" else sm3


# ---- Ed25519 (RFC 8032), checking only

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def _x_of(y: int, sign: int) -> int | None:
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def _point(data: bytes) -> Point | None:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    x = _x_of(y, sign) if y < P else None
    return None if x is None else (x, y, 1, x * y % P)


def _added(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(n: int, point: Point) -> Point:
    result = (0, 1, 1, 0)
    while n:
        if n & 1:
            result = _added(result, point)
        point, n = _added(point, point), n >> 1
    return result


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = _x_of(BASE_Y, 0) or 0
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def is_signed(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the signature is the key owner's on this message."""
    if len(public) != KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    key, r = _point(public), _point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if key is None or r is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    one, other = _times(s, BASE), _added(r, _times(h, key))
    return not ((one[0] * other[2] - other[0] * one[2]) % P or (one[1] * other[2] - other[1] * one[2]) % P)


# ---- the chain


def header_of(head: Told) -> bytes:
    """Give the bytes that are hashed and signed."""
    names = {"sealed_at": "sealed"}
    fields = "".join(f"{names.get(name, name)} {head[name]}\n" for name in FIELDS)
    return f"xiangzhi block 1\n{fields}".encode()


def check_head(head: Told, key: str) -> None:
    """Raise Unfit unless the head's hash, key and signature fit."""
    number = head["height"]
    header = b"\x02" + header_of(head)
    if digest_of(head["algorithm"])(header).hex() != head["hash"]:
        raise Unfit(f"第 {number} 块的块头与它的哈希不符 / block {number}: the header does not give its hash")
    public = bytes.fromhex(head["public_key"])
    if hashlib.sha256(public).hexdigest()[:NAME_DIGITS] != head["key"]:
        raise Unfit(f"第 {number} 块的公钥与块头写的不符 / block {number} names another key")
    if key and head["public_key"] != key:
        raise Unfit(f"第 {number} 块不是用给出的公钥签名的 / block {number} is not signed with the key you gave")
    if not is_signed(public, bytes.fromhex(head["signature"]), header):
        raise Unfit(f"第 {number} 块的签名不对 / block {number}: the signature is wrong")


def check_path(proof: Told) -> None:
    """Raise Unfit unless the leaf and its path lead to the block's root."""
    digest, head = digest_of(proof["block"]["algorithm"]), proof["block"]
    here, at, last = bytes.fromhex(proof["leaf"]), proof["position"], head["lines"] - 1
    rest = [bytes.fromhex(each) for each in proof["path"]]
    fits = 0 <= at <= last
    while fits and last:
        if at & 1 or at < last:
            fits = bool(rest)
            if fits:
                beside = rest.pop(0)
                here = digest(b"\x01" + (beside + here if at & 1 else here + beside))
        at, last = at >> 1, last >> 1
    if not fits or rest or here.hex() != head["root"]:
        raise Unfit("证明走不到区块的根 / the path does not lead to the block's root")


def check_content(proof: Told, content: bytes | None) -> None:
    """Raise Unfit unless the content gives the leaf."""
    if content is None:
        raise Unfit("没有内容可核对，请用 --content 给出 / there is no content to check: give it with --content")
    leaf = digest_of(proof["block"]["algorithm"])(b"\x00" + proof["kind"].encode("utf-8") + b"\n" + content)
    if leaf.hex() != proof["leaf"]:
        raise Unfit("内容与证明不符，内容被改过 / the content was changed: it does not give this leaf")


def check_document(content: bytes, document: bytes) -> None:
    """Raise Unfit unless the content names the document's hash."""
    try:
        named = json.loads(content)["sha256"]
    except (ValueError, KeyError, TypeError):
        raise Unfit("证明里没有文件的哈希 / the proof names no document") from None
    if named != sha256(document).hex():
        raise Unfit("文件与证明不符，文件被改过 / the document was changed: it does not have the hash in the proof")


def check_against(head: Told, heads: list[Told], key: str) -> None:
    """Raise Unfit unless the block is one that the saved heads confirm: the same one, or linked with them."""
    known = {}
    for each in [*heads, head]:
        check_head(each, key)
        if each["county"] != head["county"]:
            raise Unfit(f"区块头是别的县的 / a head is another county's: {each['county']}")
        if known.setdefault(each["height"], each)["hash"] != each["hash"]:
            raise Unfit(f"第 {each['height']} 块与记下的不同 / block {each['height']} is not the one on record")
    for height in sorted(known):
        if height - 1 in known and known[height]["previous"] != known[height - 1]["hash"]:
            raise Unfit(f"第 {height} 块没有接在前一块之后 / block {height} does not follow the one before")
    reached = [h for h in (each["height"] for each in heads) if all(n in known for n in range(*sorted((h, head["height"]))))]
    if not reached:
        number = head["height"]
        raise Unfit(
            f"记下的区块头和第 {number} 块之间缺少中间的块头，请一并下载 / "
            f"the heads between the saved one and block {number} are missing: download them too"
        )


def heads_in(told: Any) -> list[Told]:
    told = told.get("heads", told) if isinstance(told, dict) else told
    return told if isinstance(told, list) else [told]


def run(words: argparse.Namespace) -> Iterator[str]:
    """Check what the command line names; gives the lines to print."""
    proof = json.loads(_bytes_of(words.proof).decode("utf-8"))
    content = proof["content"].encode("utf-8") if proof.get("content") is not None else None
    if words.content:
        content = _bytes_of(words.content)
    head, key = proof["block"], (words.key or "").lower()
    check_content(proof, content)
    if words.document and content is not None:
        check_document(content, _bytes_of(words.document))
    check_path(proof)
    check_head(head, key)
    if words.heads:
        check_against(head, heads_in(json.loads(_bytes_of(words.heads).decode("utf-8"))), key)
    line, number, at = proof["position"] + 1, head["height"], head["sealed_at"]
    if content is not None and not words.document and b'"sha256":"' in content:
        yield "! 只核对了文件的哈希，请用 --document 给出文件 / only the document's hash was checked: give it with --document"
    yield f"✓ 内容没有改动：{head['county']} 第 {number} 块第 {line} 行，存证时间 {at}"
    yield f"✓ unchanged: line {line} of block {number} of county {head['county']}, sealed at {at}"
    yield f"  区块哈希 block hash {head['hash']}"
    if not words.key:
        yield f"  公钥 public key {head['public_key']}"
        yield "  请与公布的公钥核对，或用 --key 给出 / compare it with the published one, or give that with --key"
    if not words.heads:
        yield "  没有与记下的区块头比对 / not held against a saved head (--heads)"


def _bytes_of(name: str) -> bytes:
    return Path(name).read_bytes()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("proof")
    parser.add_argument("--document")
    parser.add_argument("--content")
    parser.add_argument("--heads")
    parser.add_argument("--key")
    try:
        for line in run(parser.parse_args()):
            print(line)
    except Unfit as error:
        print(f"✗ {error}")
        return 1
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        print(f"✗ 文件读不懂 / a file cannot be read: {type(error).__name__} {error}")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
