"""A section of the tests' own: a public notice of aid, one subject at a time, with a column of every kind."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from core.contracts.disclosure import Clock, Collected, Column, FieldKind, Figure, Group, Period, Section
from core.contracts.registry import Registry, current, install
from core.kernel.scope import Scope

SUBJECT = UUID("01938000-0000-7000-8000-000000000001")
ID_NUMBER = "11010519491231002X"
PHONE = "13812345678"
CARD = "6222021234567890128"
ROW = {
    "name": "李小四", "household": "王五户", "id_number": ID_NUMBER, "phone": PHONE, "bank_card": CARD,
    "address": "练市镇朱家兜村3组12号", "amount": Decimal(31275), "count": 3, "number": Decimal("2.50"), "share": Decimal(62),
    "date": date(2026, 11, 2), "moment": datetime(2026, 11, 2, 8, tzinfo=UTC), "code": "NX-2026-001", "state": "良好",
    "text": f"联系电话{PHONE}", "official": "王建国", "organisation": "农业农村局", "place": "东圩",
}  # fmt: skip
COLUMNS = tuple(Column(kind.value, f"列{n}", kind, key=kind is FieldKind.TEXT) for n, kind in enumerate(FieldKind))


async def collect(_scope: Scope, period: Period) -> Collected:
    """Give the same two rows for every place; they say which place asked."""
    rows = (ROW, {**ROW, "text": f"第二户，{period.region[-3:]}组"})
    return Collected(rows, (Figure("户数", 2, unit="户"), Figure("合计", Decimal(62550), FieldKind.AMOUNT)), "按月发放。")


NOTICE = Section(
    "test_aid", "救助对象公示", Group.AID, Clock.WITHIN_DAYS, COLUMNS, collect, notice_days=7, by_subject=True
)


@contextmanager
def with_sections(*sections: Section) -> Iterator[None]:
    """Have the registry know more sections for a while."""
    before = current()
    kinds = dict(before.contributions)
    kinds[Section] = (*before.all(Section), *sections)
    install(Registry(before.manifests, kinds))
    try:
        yield
    finally:
        install(before)
