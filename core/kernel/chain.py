"""The audit chain (存证链): how lines become leaves, leaves a tree, trees signed blocks. Nothing here reads or writes.

All of it is written down in docs/audit-chain.md, so that others can compute it without our code; the stand-alone
``scripts/verify_publication.py`` does. In short, with H the block's algorithm:

    leaf   = H(0x00 | kind | 0x0A | content)          content: the canonical bytes of one row
    node   = H(0x01 | left | right)                   the shape of RFC 6962
    block  = H(0x02 | header)                         the header is a short text, see ``Header.text``
    signed : Ed25519 over 0x02 | header

A header names the hash of the block before it; the first names 64 zeros.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Any, Final, Self
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SM3, Hash
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from core.kernel.secrets import derived_key

VERSION: Final = "xiangzhi block 1"
BLOCK_MOST: Final = 4_096  # leaves of one block: a path of twelve hashes, so that a proof stays under 2 kB
NOTHING: Final = bytes(32)  # stands before the first block
_LEAF, _NODE, _BLOCK = b"\x00", b"\x01", b"\x02"
_KEY_DIGITS: Final = 16
_HASH_DIGITS: Final = 64

Digest = Callable[[bytes], bytes]


class Algorithm(StrEnum):
    """What a block is hashed with. SM3 is GB/T 32905-2016."""

    SHA256 = "sha256"
    SM3 = "sm3"


class ChainError(ValueError):
    """What was given is no head or proof, or contradicts itself. The message is for people, Chinese / English."""


def digest_of(algorithm: str) -> Digest:
    """Give the hash function of a block. Raises ``ChainError`` for one that we do not know."""
    try:
        return _DIGESTS[Algorithm(algorithm)]
    except ValueError:
        raise ChainError(f"不认识的算法 {algorithm} / unknown algorithm {algorithm}") from None


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _sm3_by_cryptography(data: bytes) -> bytes:
    made = Hash(SM3())
    made.update(data)
    return made.finalize()


def _sm3_by_hashlib(data: bytes) -> bytes:
    return hashlib.new("sm3", data).digest()


_DIGESTS: Final[Mapping[Algorithm, Digest]] = {
    Algorithm.SHA256: _sha256,
    # The same function of the same library; hashlib's way to it is twice as fast, but not every Python is linked so.
    Algorithm.SM3: _sm3_by_hashlib if "sm3" in hashlib.algorithms_available else _sm3_by_cryptography,
}


def leaf_of(digest: Digest, kind: str, content: bytes) -> bytes:
    """Give the leaf of one row."""
    return digest(b"".join((_LEAF, kind.encode(), b"\n", content)))


def root_of(digest: Digest, leaves: Sequence[bytes]) -> bytes:
    """Give the root over the leaves in their order. Raises ``ValueError`` for none: there is no empty block."""
    if not leaves:
        raise ValueError("a block has at least one leaf")
    level = list(leaves)
    while len(level) > 1:
        level = _above(digest, level)
    return level[0]


def _above(digest: Digest, level: list[bytes]) -> list[bytes]:
    even = len(level) & ~1
    pairs = zip(level[0:even:2], level[1:even:2], strict=True)
    return [digest(b"\x01" + left + right) for left, right in pairs] + level[even:]


def path_of(digest: Digest, leaves: Sequence[bytes], position: int) -> list[bytes]:
    """Give the hashes that lead from one leaf to the root, from below."""
    path, level, at = [], list(leaves), position
    while len(level) > 1:
        beside = at ^ 1
        if beside < len(level):
            path.append(level[beside])
        level, at = _above(digest, level), at >> 1
    return path


def root_by_path(digest: Digest, leaf: bytes, position: int, size: int, path: Sequence[bytes]) -> bytes:
    """Give the root that a leaf and its path lead to. Raises ``ChainError`` where the path cannot be one."""
    if not 0 <= position < size:
        raise ChainError("位置不在区块之内 / the position is not in the block")
    here, at, last, rest = leaf, position, size - 1, iter(path)
    while last:
        if at & 1 or at < last:
            beside = next(rest, None)
            if beside is None:
                raise ChainError("证明缺少哈希 / the path is too short")
            here = digest(_NODE + (beside + here if at & 1 else here + beside))
        at, last = at >> 1, last >> 1
    if next(rest, None) is not None:
        raise ChainError("证明多出哈希 / the path is too long")
    return here


def moment_text(moment: datetime) -> str:
    """Write a time as everything in the chain does: UTC, microseconds, ``Z``."""
    here = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return here.isoformat(timespec="microseconds")[:-6] + "Z"


@dataclass(frozen=True, slots=True)
class Header:
    """What is hashed and signed of a block. ``key`` names the public key: the first 16 digits of its SHA-256."""

    county: str
    height: int
    previous: bytes
    root: bytes
    lines: int
    algorithm: str
    sealed_at: datetime
    key: str

    def text(self) -> bytes:
        """Give the bytes: nine short lines, each ended by a line feed."""
        return (
            f"{VERSION}\ncounty {self.county}\nheight {self.height}\nprevious {self.previous.hex()}\nroot {self.root.hex()}\n"
            f"lines {self.lines}\nalgorithm {self.algorithm}\nsealed {moment_text(self.sealed_at)}\nkey {self.key}\n"
        ).encode()

    def hash(self) -> bytes:
        return digest_of(self.algorithm)(_BLOCK + self.text())


@dataclass(frozen=True, slots=True)
class Head:
    """A signed block without its lines: what is public, and what a witness keeps."""

    header: Header
    hash: bytes
    signature: bytes
    public_key: bytes

    @property
    def is_whole(self) -> bool:
        """Whether hash, key's name and signature fit the header; says nothing of whose key it is."""
        header = self.header
        return (
            header.hash() == self.hash
            and key_name(self.public_key) == header.key
            and is_signed(self.public_key, self.signature, header)
        )

    def told(self) -> dict[str, Any]:
        """Give it as JSON's values."""
        header = self.header
        return {
            "county": header.county, "height": header.height, "hash": self.hash.hex(), "previous": header.previous.hex(),
            "root": header.root.hex(), "lines": header.lines, "algorithm": header.algorithm,
            "sealed_at": moment_text(header.sealed_at), "key": header.key, "signature": self.signature.hex(),
            "public_key": self.public_key.hex(),
        }  # fmt: skip

    @classmethod
    def read(cls, told: Any) -> Self:
        """Read what ``told`` gave. Raises ``ChainError``."""
        try:
            header = Header(
                county=_digits(told["county"]), height=_whole(told["height"]), previous=_hash(told["previous"]),
                root=_hash(told["root"]), lines=_whole(told["lines"]), algorithm=Algorithm(told["algorithm"]).value,
                sealed_at=datetime.strptime(told["sealed_at"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC),
                key=bytes.fromhex(told["key"]).hex(),
            )  # fmt: skip
            signature, key = bytes.fromhex(told["signature"]), bytes.fromhex(told["public_key"])
            return cls(header, _hash(told["hash"]), signature, key)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise ChainError("这不是区块头 / this is not a head") from None


def _digits(text: Any) -> str:
    if not (isinstance(text, str) and text.isascii() and text.isdigit()):
        raise ValueError("digits")
    return text


def _whole(number: Any) -> int:
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise ValueError("a whole number")
    return number


def _hash(text: Any) -> bytes:
    if not isinstance(text, str) or len(text) != _HASH_DIGITS:
        raise ValueError("64 digits")
    return bytes.fromhex(text)


def read_heads(text: str | bytes) -> list[Head]:
    """Read heads from JSON: one, a list, or the ``heads`` of our own public list. Raises ``ChainError``."""
    try:
        told = json.loads(text)
    except (ValueError, UnicodeDecodeError):
        raise ChainError("这不是 JSON / this is not JSON") from None
    if isinstance(told, dict) and "heads" in told:
        told = told["heads"]
    found = [Head.read(each) for each in (told if isinstance(told, list) else [told])]
    if not found:
        raise ChainError("里面没有区块头 / there is no head in it")
    return found


@dataclass(frozen=True, slots=True)
class Signer:
    """The deployment's key. It is derived from the secret key, so every process and every restored backup has the same."""

    private: Ed25519PrivateKey
    public: bytes
    name: str

    def sign(self, header: Header) -> bytes:
        return self.private.sign(_BLOCK + header.text())


def signer() -> Signer:
    """Give this deployment's key."""
    return _signer(derived_key("audit chain"))


@cache
def _signer(seed: bytes) -> Signer:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return Signer(private, public, key_name(public))


def key_name(public: bytes) -> str:
    """Give the short name of a public key."""
    return hashlib.sha256(public).hexdigest()[:_KEY_DIGITS]


def is_signed(public: bytes, signature: bytes, header: Header) -> bool:
    """Whether the key's owner signed the header."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, _BLOCK + header.text())
    except (InvalidSignature, ValueError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class Proof:
    """That one row stands in one block. ``content`` is the row's canonical bytes as text, where it goes along."""

    kind: str
    id: UUID
    leaf: bytes
    position: int
    path: tuple[bytes, ...]
    head: Head
    content: str | None = None

    def told(self) -> dict[str, Any]:
        """Give it as JSON's values: at most 2 kB without the content."""
        told: dict[str, Any] = {
            "proof": 1, "kind": self.kind, "id": str(self.id), "leaf": self.leaf.hex(), "position": self.position,
            "path": [each.hex() for each in self.path], "block": self.head.told(),
        }  # fmt: skip
        return told if self.content is None else {**told, "content": self.content}

    @classmethod
    def read(cls, text: str | bytes) -> Self:
        """Read a proof from JSON. Raises ``ChainError``."""
        try:
            told = json.loads(text)
            content = told.get("content")
            return cls(
                kind=str(told["kind"]), id=UUID(told["id"]), leaf=_hash(told["leaf"]), position=int(told["position"]),
                path=tuple(_hash(each) for each in told["path"]), head=Head.read(told["block"]),
                content=content if content is None else str(content),
            )  # fmt: skip
        except ChainError:
            raise
        except (KeyError, TypeError, ValueError, AttributeError):
            raise ChainError("这不是存证证明 / this is not a proof") from None

    def faults(self, content: bytes | None = None) -> Iterator[str]:
        """Give what does not fit, in Chinese and English; nothing where the proof holds by itself.

        ``content`` is compared instead of what the proof carries. Whose key it is has to be asked elsewhere.
        """
        header = self.head.header
        digest = digest_of(header.algorithm)
        own = content if content is not None else self.content.encode() if self.content is not None else None
        if own is not None and leaf_of(digest, self.kind, own) != self.leaf:
            yield "内容与证明不符，内容被改过 / the content was changed: it does not give this leaf"
        try:
            if root_by_path(digest, self.leaf, self.position, header.lines, self.path) != header.root:
                yield "证明走不到区块的根 / the path does not lead to the block's root"
        except ChainError as error:
            yield str(error)
        if header.hash() != self.head.hash:
            yield "区块头与它的哈希不符 / the head does not give its hash"
        if key_name(self.head.public_key) != header.key:
            yield "公钥与区块头写的不符 / the public key is not the one that the head names"
        elif not is_signed(self.head.public_key, self.head.signature, header):
            yield "签名不对 / the signature is wrong"
