"""What supervision watches in the seal register: seals used without an approved request.

That is: nobody asked, or it was used before it was granted, or on more copies than were granted. What happened stays, so
a warning of this model never ends by itself.
"""

from typing import Any, Final

from core.contracts.warnings import Basis, Domain, Found, Hit, Listen, Look, Severity, WarningModel
from core.kernel.database import fetch
from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.seals.actions.using import USED
from core.seals.enums import GRAVE, PURPOSE_TITLES
from core.seals.queries import IRREGULAR

# Concerned are who kept the seal, and who used it without asking; the village's secretary where nobody is known.
_IRREGULAR: Final = f"""
SELECT u.id, u.region, u.place_name, u.number, u.seal_title, u.purpose, u.document, u.copies, u.unasked, u.used_at, u.decided_at,
       u.used_copies, u.keeper_person, u.asked_person,
       ARRAY(SELECT DISTINCT m.person_id FROM membership m WHERE m.region >= $1 AND m.region < $2 AND m.county = u.county
             AND m.region = u.region AND m.role = 'village_secretary' AND m.valid_from <= $5
             AND (m.valid_to IS NULL OR m.valid_to > $5)) AS secretaries
FROM seal_use u WHERE u.region >= $1 AND u.region < $2 AND u.region >= $3 AND u.region < $4 AND {IRREGULAR}
"""  # noqa: S608 - constants


async def unapproved_uses(scope: Scope, look: Look) -> Found:
    """Find seals that were used without an approved request."""
    rows = await fetch(scope, _IRREGULAR, look.region, look.region_end, look.ends)
    return Found(tuple(_hit(row) for row in rows))


def _hit(row: Any) -> Hit:
    texts = {
        "unasked": mark("%(place)s的%(seal)s用于“%(document)s”（%(purpose)s），没有用章申请。"),
        "early": mark("%(place)s的%(seal)s用于“%(document)s”（%(purpose)s），在批准之前就用了章。"),
        "more": mark("%(place)s的%(seal)s用于“%(document)s”（%(purpose)s），批准 %(copies)s 份，实际用了 %(used)s 份。"),
    }
    early = row["decided_at"] is not None and row["used_at"] < row["decided_at"]
    text = texts["unasked" if row["unasked"] else "early" if early else "more"]
    named = {each for each in (row["keeper_person"], row["asked_person"] if row["unasked"] else None) if each is not None}
    return Hit(
        key=str(row["id"]), region=row["region"], title=f"{row['number']} {row['document']}", text=text, since=row["used_at"],
        severity=Severity.RED if row["purpose"] in GRAVE else Severity.ORANGE,
        data={
            "place": row["place_name"], "seal": row["seal_title"], "document": row["document"], "purpose": PURPOSE_TITLES[row["purpose"]],
            "copies": row["copies"], "used": row["used_copies"],
        },
        basis=(Basis(mark("印章使用登记"), f"{row['number']} {row['document']}", f"/seals/uses/{row['id']}", row["used_at"], row["id"]),),
        concerns=tuple(sorted(named, key=str)) or tuple(row["secretaries"]),
    )  # fmt: skip


MODELS: Final = (
    WarningModel(
        "seal_without_approval", mark("未经审批用章"), Domain.SEALS, unapproved_uses,
        mark("签订合同、资金收支用章为红色，其他为橙色。"), listens=(Listen(USED),),
        hint=mark("没有申请、批准之前或超过批准份数使用印章。"),
    ),
)  # fmt: skip
