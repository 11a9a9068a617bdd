"""What supervision sees by laying lists side by side: the same identity number, as a keyed hash, in two of them.

A warning names persons by masked names alone, and the rows it rests on by their line and masked text. What a row says counts as
long as the data set is kept, and what a warning took from it is erased with it (``core.supervision.forgetting``).
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from core.contracts.settings import SettingsArea, SettingsModel, setting
from core.contracts.warnings import Basis, Domain, Found, Hit, Listen, Look, Severity, WarningModel
from core.datasets.actions import CHANGED
from core.datasets.enums import KIND_TITLES, DataKind
from core.kernel.clock import SHANGHAI
from core.kernel.database import fetch
from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.tenancy.queries.regions import codes_now, names_of

_MOST_ROWS: Final = 12  # what an explanation lists of one kind; the sums count all
_PAID_FIELDS: Final = """
encode(p.id_hash, 'hex') AS person, p.id, p.dataset_id, p.n, p.name_masked, p.id_masked, p.village, p.subject, p.amount, p.starts_on,
ARRAY(SELECT q.id FROM person q WHERE q.region >= $1 AND q.region < $2 AND q.county = p.county AND q.id_number_index = p.id_hash
      AND q.erased_at IS NULL) AS persons,
o.id AS other_id, o.dataset_id AS other_set, o.n AS other_n, o.subject AS other, o.detail AS other_detail, o.amount AS other_amount,
o.starts_on AS other_from"""
# A list counts once it is stored as a whole: half a new one beside the one it replaces would count twice.
_FROM: Final = """
FROM datasets.dataset_row p
JOIN datasets.dataset_row o ON o.county = p.county AND o.id_hash = p.id_hash AND o.state = 'stored' AND o.region >= $1 AND o.region < $2
JOIN datasets.dataset dp ON dp.county = p.county AND dp.id = p.dataset_id AND dp.state = 'ready' AND dp.region >= $1 AND dp.region < $2
JOIN datasets.dataset dq ON dq.county = o.county AND dq.id = o.dataset_id AND dq.state = 'ready' AND dq.region >= $1 AND dq.region < $2
WHERE p.region >= $1 AND p.region < $2 AND p.state = 'stored' AND p.village >= $3 AND p.village < $4"""
_BY_PERSON: Final = "ORDER BY p.id_hash, p.village, p.starts_on, p.id, o.starts_on, o.id"
# While the business was registered, or the salary paid.
_AT_THE_TIME: Final = "o.starts_on <= p.starts_on AND (o.ends_on IS NULL OR o.ends_on > p.starts_on)"
_AID_AND_BUSINESS: Final = f"""
SELECT {_PAID_FIELDS} {_FROM} AND p.kind = 'aid' AND o.kind = 'business' AND {_AT_THE_TIME} {_BY_PERSON}
"""
_LABOUR_AND_PAYROLL: Final = f"""
SELECT {_PAID_FIELDS} {_FROM} AND p.kind = 'labour' AND o.kind = 'payroll' AND {_AT_THE_TIME} {_BY_PERSON}
"""
_AID_AND_DEATHS: Final = f"""
SELECT {_PAID_FIELDS} {_FROM} AND p.kind = 'aid' AND o.kind = 'deaths' AND p.starts_on > o.starts_on + $5::integer {_BY_PERSON}
"""


class BusinessRule(SettingsModel):
    """When an aid recipient's business weighs more. RULES say any; the capital is our proposal."""

    orange_capital: int = setting(10, title=mark("注册资本多少万元为橙色"), unit=mark("万元"), ge=1, le=100_000)
    red_capital: int = setting(100, title=mark("注册资本多少万元为红色"), unit=mark("万元"), ge=1, le=1_000_000)


class SalaryRule(SettingsModel):
    """When labour paid to somebody on salary is red. RULES say any amount; the sum is our proposal."""

    red_amount: int = setting(2000, title=mark("一个月合计多少元为红色"), unit=mark("元"), ge=1, le=1_000_000)


class DeceasedRule(SettingsModel):
    """How long after a death aid may still be paid without a hint. No source gives days; these are proposals."""

    grace_days: int = setting(
        31, title=mark("死亡后几天内发放的不提示"), hint=mark("当月已经核定的救助，可能在死亡后才发到。"), unit=mark("天"), ge=0, le=180
    )
    red_days: int = setting(90, title=mark("死亡几天后仍在发放为红色"), unit=mark("天"), ge=1, le=720)


BUSINESS_AREA: Final = SettingsArea("warning_aid_and_business", mark("预警参数：救助对象办企业"), BusinessRule)
SALARY_AREA: Final = SettingsArea("warning_labour_and_salary", mark("预警参数：财政供养人员领劳务报酬"), SalaryRule)
DECEASED_AREA: Final = SettingsArea("warning_aid_after_death", mark("预警参数：死亡人员领救助"), DeceasedRule)


async def aid_and_business(scope: Scope, look: Look) -> Found:
    """Find aid paid to somebody who had a registered business that day: one matter a person, village and year."""
    rows = await fetch(scope, _AID_AND_BUSINESS, look.region, look.region_end)
    return await _found(scope, look, rows, DataKind.BUSINESS, lambda row: f"{row['starts_on']:%Y}", _business_hit)


def _business_hit(look: Look, paid: Sequence[Any], others: Sequence[Any]) -> tuple[Severity, str, dict[str, Any]]:
    rule: BusinessRule = look.rule
    capital = max((row["other_amount"] or Decimal(0) for row in others), default=Decimal(0))
    severity = Severity.RED if capital >= rule.red_capital else Severity.ORANGE if capital >= rule.orange_capital else Severity.YELLOW
    text = mark("%(place)s的%(name)s在 %(period)s 年领取%(what)s %(n)s 笔、共 %(sum)s 元，当时名下登记有“%(other)s”，请核实是否仍符合条件。")
    return severity, text, {"what": paid[0]["subject"], "other": others[0]["other"]}


async def labour_and_salary(scope: Scope, look: Look) -> Found:
    """Find labour paid to somebody who drew a salary that day: one matter a person, village and month."""
    rows = await fetch(scope, _LABOUR_AND_PAYROLL, look.region, look.region_end)
    return await _found(scope, look, rows, DataKind.PAYROLL, lambda row: f"{row['starts_on']:%Y-%m}", _salary_hit)


def _salary_hit(look: Look, paid: Sequence[Any], others: Sequence[Any]) -> tuple[Severity, str, dict[str, Any]]:
    rule: SalaryRule = look.rule
    severity = Severity.RED if sum(row["amount"] for row in paid) >= rule.red_amount else Severity.ORANGE
    text = mark("%(place)s在 %(period)s 付给%(name)s劳务报酬 %(n)s 笔、共 %(sum)s 元，当时“%(other)s”正在发放工资，请核实是否应当领取。")
    return severity, text, {"other": others[0]["other"]}


async def aid_after_death(scope: Scope, look: Look) -> Found:
    """Find aid paid after a death was registered: one matter a person, village and month, for each month can be got back."""
    rule: DeceasedRule = look.rule
    rows = await fetch(scope, _AID_AND_DEATHS, look.region, look.region_end, rule.grace_days)
    return await _found(scope, look, rows, DataKind.DEATHS, lambda row: f"{row['starts_on']:%Y-%m}", _deceased_hit)


def _deceased_hit(look: Look, paid: Sequence[Any], others: Sequence[Any]) -> tuple[Severity, str, dict[str, Any]]:
    rule: DeceasedRule = look.rule
    death = min(row["other_from"] for row in others)
    late = max(row["starts_on"] for row in paid) - death
    text = mark("%(place)s在 %(period)s 仍给%(name)s发放%(what)s %(n)s 笔、共 %(sum)s 元，登记的死亡日期是 %(death)s，请核实并追回。")
    red = late > timedelta(days=rule.red_days)
    return Severity.RED if red else Severity.ORANGE, text, {"what": paid[0]["subject"], "death": death.isoformat()}


Judge = Callable[[Look, Sequence[Any], Sequence[Any]], tuple[Severity, str, dict[str, Any]]]


async def _found(
    scope: Scope, look: Look, rows: Sequence[Any], other: DataKind, period_of: Callable[[Any], str], judge: Judge
) -> Found:  # fmt: skip
    """Make one matter of all rows of a person, village and period. A village that is no more has its successor's place."""
    villages = {row["village"] for row in rows}
    went = await codes_now(scope, villages) if villages else {}
    names = await names_of(scope, {went.get(code, code) for code in villages}) if villages else {}
    hits = []
    matters = groupby(sorted(rows, key=lambda row: (row["person"], row["village"], period_of(row))), key=_matter(period_of))
    for (person, village, period), group in matters:
        place = went.get(village, village)
        if not place.startswith(look.region) or place not in names:
            continue
        hits.append(_hit(look, list(group), (person, village, period), (place, names[place]), other, judge))
    return Found(tuple(hits))


def _matter(period_of: Callable[[Any], str]) -> Callable[[Any], tuple[str, str, str]]:
    return lambda row: (row["person"], row["village"], period_of(row))


def _hit(
    look: Look, rows: Sequence[Any], matter: tuple[str, str, str], where: tuple[str, str], other: DataKind, judge: Judge
) -> Hit:  # fmt: skip
    paid, others = _once(rows, "id"), _once(rows, "other_id")
    severity, text, data = judge(look, paid, others)
    amount = sum((row["amount"] for row in paid), Decimal(0))
    name = paid[0]["name_masked"]
    kind = DataKind.LABOUR if other == DataKind.PAYROLL else DataKind.AID
    told = {"place": where[1], "name": name, "period": matter[2], "n": len(paid), "sum": f"{amount:.2f}", **data}
    return Hit(
        # No hash of a person leaves the data: the key tells matters apart and leads back to nobody.
        key=str(uuid5(NAMESPACE_URL, ":".join((other, *matter)))), region=where[0], title=f"{name} · {matter[2]}", severity=severity, text=text,
        since=_midnight(paid[0]), data=told, amount=amount, concerns=tuple(sorted({each for row in rows for each in row["persons"]})),
        basis=(*(_paid_basis(kind, row) for row in paid[:_MOST_ROWS]), *(_other_basis(other, row) for row in others[:_MOST_ROWS])),
    )  # fmt: skip


def _once(rows: Iterable[Any], key: str) -> list[Any]:
    found: dict[UUID, Any] = {}
    for row in rows:
        found.setdefault(row[key], row)
    return list(found.values())


def _midnight(row: Any) -> datetime:
    return datetime.combine(row["starts_on"], time(), tzinfo=SHANGHAI)


def _paid_basis(kind: DataKind, row: Any) -> Basis:
    title = f"{row['name_masked']} {row['id_masked']} {row['subject']} {row['amount']:.2f} {row['starts_on'].isoformat()}"
    return Basis(KIND_TITLES[kind], title, f"/datasets/{row['dataset_id']}?n={row['n']}", None, row["id"], row["dataset_id"])


def _other_basis(kind: DataKind, row: Any) -> Basis:
    parts = (row["name_masked"], row["id_masked"], row["other"], row["other_detail"], row["other_from"].isoformat())
    link = f"/datasets/{row['other_set']}?n={row['other_n']}"
    return Basis(KIND_TITLES[kind], " ".join(part for part in parts if part), link, None, row["other_id"], row["other_set"])


_LISTENS: Final = (Listen(CHANGED),)
MODELS: Final = (
    WarningModel(
        "aid_and_business", mark("救助对象办企业"), Domain.AID, aid_and_business,
        mark("名下有企业为黄色；注册资本较多为橙色、红色，金额可以设置。"), BUSINESS_AREA, listens=_LISTENS,
        hint=mark("领取困难救助的人，当时名下登记有企业。"), compares=(DataKind.AID, DataKind.BUSINESS),
    ),
    WarningModel(
        "labour_and_salary", mark("财政供养人员领劳务报酬"), Domain.LABOUR, labour_and_salary,
        mark("领取的为橙色；一个月合计较多为红色，金额可以设置。"), SALARY_AREA, listens=_LISTENS,
        hint=mark("领工资的人，同时领取村里的劳务报酬。"), compares=(DataKind.LABOUR, DataKind.PAYROLL),
    ),
    WarningModel(
        "aid_after_death", mark("死亡人员领救助"), Domain.AID, aid_after_death,
        mark("死亡后仍发放为橙色；时间较久为红色，天数可以设置。"), DECEASED_AREA, listens=_LISTENS,
        hint=mark("登记死亡以后，仍在发放困难救助。"), compares=(DataKind.AID, DataKind.DEATHS),
    ),
)  # fmt: skip
