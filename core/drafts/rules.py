"""What of a form is kept, and when two submissions are the same."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Final

MOST_CHARACTERS: Final = 60_000
# By their whole names, so that an item's or a grid's number is kept: passwords (old, new, repeated), one-time codes and
# those of the second factor, what only the page itself needs, and who raised a matter, which is stored encrypted alone.
_NEVER_KEPT: Final = frozenset(
    {"password", "old", "again", "code", "one_time_code", "otp", "totp", "pin", "secret", "totp_secret", "token", "csrf", "csrf_token"}
    | {"raiser_name", "raiser_phone"}
)
_ENDS_OF_SECRETS: Final = ("_password", "_secret", "_token")


def kept_fields(form: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Leave out passwords, one-time codes, tokens, fields with a leading underscore, and empty fields."""
    return {name: list(values) for name, values in form.items() if any(values) and not _is_secret(name)}


def _is_secret(name: str) -> bool:
    plain = name.lower().replace("-", "_")
    return plain.startswith("_") or plain in _NEVER_KEPT or plain.endswith(_ENDS_OF_SECRETS)


def is_too_long(data: Mapping[str, Sequence[str]]) -> bool:
    return sum(len(value) for values in data.values() for value in values) > MOST_CHARACTERS


def fingerprint(form: str, request: Mapping[str, Sequence[str]]) -> bytes:
    """Give the hash by which a repeated submission is known to say the same; tokens do not count."""
    content = {name: list(values) for name, values in request.items() if name != "csrf_token"}
    return hashlib.sha256(json.dumps([form, content], sort_keys=True, ensure_ascii=False).encode()).digest()
