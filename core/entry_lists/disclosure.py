"""What entry lists show to villagers: the village's powers and duties (小微权力清单), and what it must not certify."""

from typing import Final

from core.contracts.disclosure import Clock, Collected, Column, FieldKind, Figure, Group, Period, Section
from core.entry_lists.enums import KIND_TITLES, ItemKind, ListLevel
from core.entry_lists.queries import items_in_force
from core.kernel.errors import mark
from core.kernel.scope import Scope

_SHOWN: Final = (
    ItemKind.POWER, ItemKind.SELF_GOVERNANCE, ItemKind.ASSISTING, ItemKind.CERTIFICATE, ItemKind.BANNED_CERTIFICATE
)  # fmt: skip


async def collect_powers(scope: Scope, period: Period) -> Collected:
    """Give the items of the village's lists in force at the end of the period, in the order of their kinds."""
    items = await items_in_force(scope, level=ListLevel.VILLAGE, at=period.ends, region=period.region)
    rows = tuple(
        {
            "kind": KIND_TITLES[kind], "code": item.code, "title": item.title, "category": item.category,
            "department": item.department, "basis": item.legal_basis,
        }
        for kind in _SHOWN for item in items if item.kind == kind
    )  # fmt: skip
    counts = tuple(
        Figure(KIND_TITLES[kind], sum(item.kind == kind for item in items), unit=mark("项")) for kind in _SHOWN[:3]
    )
    return Collected(rows, figures=counts)


POWERS: Final = Section(
    "powers",
    mark("村级权力和职责清单"),
    Group.POWERS,
    Clock.NONE,
    (
        Column("kind", mark("类型"), FieldKind.STATE),
        Column("code", mark("编号"), FieldKind.CODE),
        Column("title", mark("事项"), FieldKind.TEXT, key=True),
        Column("category", mark("类别"), FieldKind.TEXT),
        Column("department", mark("指导部门"), FieldKind.ORGANISATION),
        Column("basis", mark("依据"), FieldKind.TEXT),
    ),
    collect_powers,
    hint=mark("村里能办哪些事、依据是什么，以现行清单为准。"),
)
