"""Persons in lines that are written by hand: masked for every reader, encrypted beside the line, erased when their term is over.

Whoever has to know who it was says why; the deed and its reason are written down before the name is shown.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from core.contracts.disclosure import Column
from core.disclosure.lines import named_in
from core.disclosure.periods import DisclosureSettings
from core.disclosure.rules import PERSONAL, WHO, masked
from core.kernel.audit import audit
from core.kernel.clock import now as clock_now
from core.kernel.database import execute, fetch_value
from core.kernel.errors import Invalid, mark
from core.kernel.masking import STAR
from core.kernel.outbox import Event, announce
from core.kernel.scope import Scope
from core.kernel.secrets import decrypt, encrypt
from core.tenancy.settings import settings_of

FORGET: Final = "disclosure.forget"
AT_ONCE: Final = 5_000
_PURPOSE: Final = "board_names"
_NAMES: Final = "SELECT e.names FROM board_entry e WHERE e.region >= $1 AND e.region < $2 AND e.id = $3 AND e.removed_at IS NULL"
# The row's own change is not what this is: neither its version nor its time moves.
_FORGET: Final = """
UPDATE board_entry e SET names = NULL FROM (
  SELECT o.county, o.id FROM board_entry o
  WHERE o.region >= $1 AND o.region < $2 AND o.county = $3 AND o.names IS NOT NULL AND o.changed_at < $4 LIMIT $5) old
WHERE e.region >= $1 AND e.region < $2 AND e.county = old.county AND e.id = old.id
"""


def parted(
    columns: Sequence[Column], line: Mapping[str, Any], *, county: str, before: Mapping[str, Any] | None = None, stored: bytes | None = None
) -> tuple[dict[str, Any], bytes | None]:  # fmt: skip
    """Part a line into what everybody may read and what is encrypted of it.

    ``before`` and ``stored`` are the line as it stood: who is still written as he was shown stays who he is. Raises ``Invalid``
    for another masked name in his place: it would say of nobody who it is. And for a name that is written out elsewhere in the line.
    """
    shown, known = dict(line), opened(stored, county)
    names: dict[str, str] = {}
    for column in columns:
        value = line.get(column.name)
        if column.kind not in PERSONAL or not value:
            continue
        if before is not None and value == before.get(column.name):
            names |= {column.name: known[column.name]} if column.name in known else {}
            continue
        if before is not None and STAR in value:
            raise Invalid(fields={column.name: mark("请写完整的姓名；不改的，保持原来显示的样子。")})
        names[column.name], shown[column.name] = value, masked(value, column.kind)
    who = {column.name: names[column.name] for column in columns if column.kind in WHO and column.name in names}
    if wrong := named_in(columns, line, who):
        raise Invalid(fields=wrong)
    return shown, encrypt(json.dumps(names), purpose=_PURPOSE, owner=county) if names else None


def opened(stored: bytes | None, county: str) -> dict[str, str]:
    """Give the full names by column; none where nothing is stored."""
    return dict(json.loads(decrypt(stored, purpose=_PURPOSE, owner=county))) if stored else {}


async def stored_names(scope: Scope, entry: UUID) -> bytes | None:
    """Give what is encrypted of one line, None where nothing is or its term was over."""
    found: bytes | None = await fetch_value(scope, _NAMES, entry)
    return found


async def on_forget(scope: Scope, event: Event) -> None:
    """Erase, once a day, the full names whose term is over; the masked ones and what was published of them stay."""
    now = clock_now()
    rule = await settings_of(scope, DisclosureSettings, at=now)
    gone = await execute(scope, _FORGET, event.county, now - timedelta(days=rule.names_days), AT_ONCE)
    if gone:
        await audit(scope, "board_entry.names_erased", kind="board_entry", subject=None, now=now, data={"lines": gone})
    if gone == AT_ONCE:  # there may be more
        await announce(scope, FORGET, {}, now=now)
