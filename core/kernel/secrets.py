"""Personal numbers at rest: encrypted for reading back, indexed for finding again, never stored plain.

The keys come from the one secret key, a purpose each. What is encrypted is bound to the county (or account)
it belongs to: a
value copied into another tenant's row cannot be read there.
"""

import hashlib
import hmac
import os
import re
from functools import cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.kernel.settings import get_settings

_VERSION: Final = b"\x01"
_NONCE: Final = 12
PHONE: Final = re.compile(r"1[3-9][0-9]{9}")
_ID_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS: Final = "10X98765432"
_ID_NUMBER: Final = re.compile(
    r"[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9X]"
)


class UnreadableError(RuntimeError):
    """A stored value was made under another key, for another county, or was changed."""


def derived_key(purpose: str) -> bytes:
    """Give 32 bytes for one purpose; one purpose's key tells nothing of another's."""
    return _derived(get_settings().secret_key, purpose)


@cache
def _derived(secret: str, purpose: str) -> bytes:
    made = HKDF(algorithm=SHA256(), length=32, salt=b"xiangzhi", info=purpose.encode())
    return made.derive(bytes.fromhex(secret))


def encrypt(text: str, *, purpose: str, owner: str) -> bytes:
    """Encrypt for one owner: the county's key, or an account's id."""
    nonce = os.urandom(_NONCE)
    sealed = AESGCM(derived_key(purpose)).encrypt(nonce, text.encode(), _bound_to(purpose, owner))
    return _VERSION + nonce + sealed


def decrypt(stored: bytes, *, purpose: str, owner: str) -> str:
    """Read back what ``encrypt`` made. Raises ``UnreadableError`` for another purpose, owner or key."""
    if stored[:1] != _VERSION:
        raise UnreadableError("an unknown form of encryption")
    nonce, sealed = stored[1 : 1 + _NONCE], stored[1 + _NONCE :]
    try:
        return AESGCM(derived_key(purpose)).decrypt(nonce, sealed, _bound_to(purpose, owner)).decode()
    except InvalidTag:
        raise UnreadableError("a stored value cannot be read with this key and owner") from None


def _bound_to(purpose: str, owner: str) -> bytes:
    return f"{purpose}\n{owner}".encode()


def index_of(text: str, *, purpose: str) -> bytes:
    """Give what a lookup compares instead of the value; only equal values have equal indexes."""
    return hmac.new(derived_key(f"index:{purpose}"), text.encode(), hashlib.sha256).digest()


def plain_phone(text: str) -> str:
    """Give a mobile number as its eleven digits, or the empty text if it is none."""
    digits = re.sub(r"[\s()-]", "", text.translate(_HALF_WIDTH)).removeprefix("+86").removeprefix("0086")
    return digits if PHONE.fullmatch(digits) else ""


def plain_id_number(text: str) -> str:
    """Give an identity number (eighteen characters, right check digit), or the empty text if it is none."""
    number = re.sub(r"\s", "", text.translate(_HALF_WIDTH)).upper()
    if not _ID_NUMBER.fullmatch(number):
        return ""
    total = sum(int(digit) * weight for digit, weight in zip(number, _ID_WEIGHTS, strict=False))
    return number if _ID_CHECKS[total % len(_ID_CHECKS)] == number[-1] else ""


_HALF_WIDTH: Final = {ord("０") + n: ord("0") + n for n in range(10)} | {
    ord("＋"): ord("+"),
    ord("Ｘ"): ord("X"),
}
