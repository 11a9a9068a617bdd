"""What is stored here about a person of the county (PIPL 45, 47): what lists from outside say under his identity number.

Handing it over stands in the access log. Nothing is erased when a person asks for it: a list is kept for a purpose and on a
legal basis to its term, and nobody takes himself out of a comparison. It goes with its term, or when the county deletes it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.contracts.personal_data import PersonalData
from core.datasets.actions import log
from core.datasets.enums import KIND_TITLES, Act
from core.kernel.clock import now as clock_now
from core.kernel.database import fetch
from core.kernel.errors import mark
from core.kernel.scope import Scope

_OWN: Final = """
SELECT r.kind, d.source, d.purpose, d.basis, d.expires_on, r.village, r.subject, r.detail, r.code, r.amount, r.starts_on, r.ends_on
FROM person x
JOIN datasets.dataset_row r ON r.county = x.county AND r.id_hash = x.id_number_index AND r.state = 'stored' AND r.region >= $1 AND r.region < $2
JOIN datasets.dataset d ON d.county = r.county AND d.id = r.dataset_id AND d.region >= $1 AND d.region < $2
WHERE x.region >= $1 AND x.region < $2 AND x.county = $3 AND x.id = $4 ORDER BY r.kind, r.starts_on, r.id
"""
ASKED: Final = mark("按本人要求提供个人信息")


async def data_of(scope: Scope, person: UUID) -> Sequence[Mapping[str, Any]]:
    """Give what the lists say of the person, with what each is kept for and until when; it is written down that it was given."""
    rows = await fetch(scope, _OWN, scope.county, person)
    if rows:
        kinds = ",".join(dict.fromkeys(row["kind"] for row in rows))
        await log(scope, Act.LOOKED, now=clock_now(), reason=ASKED, kind=kinds, rows=len(rows))
    return [{**dict(row), "kind": KIND_TITLES[row["kind"]]} for row in rows]


async def erase(scope: Scope, person: UUID, now: datetime) -> int:  # noqa: ARG001 - a holder's signature
    """Erase nothing: see above."""
    return 0


PERSONAL: Final = PersonalData("datasets", mark("外部比对数据"), data_of, erase)
