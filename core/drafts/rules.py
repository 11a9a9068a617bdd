"""What of a form is kept, and when two submissions are the same."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Final

MOST_CHARACTERS: Final = 60_000
_NEVER_KEPT: Final = ("password", "code", "secret", "token")


def kept_fields(form: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Leave out tokens and keys (fields with a leading underscore, or named like a secret) and empty fields."""
    return {
        name: list(values)
        for name, values in form.items()
        if not name.startswith("_") and not any(word in name for word in _NEVER_KEPT) and any(values)
    }


def is_too_long(data: Mapping[str, Sequence[str]]) -> bool:
    return sum(len(value) for values in data.values() for value in values) > MOST_CHARACTERS


def fingerprint(form: str, request: Mapping[str, Sequence[str]]) -> bytes:
    """Give the hash by which a repeated submission is known to say the same; tokens do not count."""
    content = {name: list(values) for name, values in request.items() if name != "csrf_token"}
    return hashlib.sha256(json.dumps([form, content], sort_keys=True, ensure_ascii=False).encode()).digest()
