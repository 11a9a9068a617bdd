"""What is decided about seals without looking anything up. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from core.contracts.settings import SettingsArea, SettingsModel, setting
from core.kernel.errors import Invalid, filled, mark
from core.kernel.numbers import KINDS, numbers_in
from core.kernel.scope import Scope
from core.seals.enums import Purpose, SealKind, UseState
from core.seals.workflows import APPROVE

VILLAGE: Final = 5
TOWNSHIP: Final = 4
PHOTO: Final = "seal_page"  # what photos of stamped pages are sent up for
MOST_COPIES: Final = 10_000
LONGEST_TITLE: Final = 60
LONGEST_TEXT: Final = 500
_NO_NUMBER: Final = mark("登记簿里不写%(kind)s，写姓名就可以。")
BY_VILLAGE: Final = "village"
BY_TOWNSHIP: Final = "township"


class SealSettings(SettingsModel):
    """A county's rules for seals. No source gives days; these are proposals."""

    approver: str = setting(
        BY_VILLAGE, title=mark("谁审批用章"), options={BY_VILLAGE: mark("村党组织书记"), BY_TOWNSHIP: mark("乡镇（街道）")},
        hint=mark("审批的人不能是申请人，也不能是这枚章的保管人；村里没有别人可以审批的，由乡镇（街道）审批。"), township=True,
    )  # fmt: skip
    decide_days: int = setting(2, title=mark("几天内审批"), unit=mark("天"), township=True, ge=1, le=30)
    valid_days: int = setting(15, title=mark("批准后几天内有效"), hint=mark("过期要重新申请。"), unit=mark("天"), township=True, ge=1, le=90)
    file_days: int = setting(7, title=mark("用章后几天内归档"), unit=mark("天"), township=True, ge=1, le=90)
    photos: int = setting(1, title=mark("盖章页照片至少几张"), unit=mark("张"), township=True, ge=0, le=5)


AREA: Final = SettingsArea("seals", mark("印章管理"), SealSettings)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a seal is wanted for, as it was written."""

    purpose: str
    document: str
    copies: int
    for_whom: str = ""


def checked(asked: Asked) -> Asked:
    """Give it with its texts trimmed. Raises ``Invalid`` with a message a field."""
    document, whom = " ".join(asked.document.split()), " ".join(asked.for_whom.split())
    checks = {
        "purpose": (asked.purpose in set(Purpose), mark("请选择用途。")),
        "document": (0 < len(document) <= LONGEST_TITLE, mark("请写明盖在什么材料上，最多 60 字。")),
        "copies": (0 < asked.copies <= MOST_COPIES, mark("请填写份数，1 到 10000。")),
        "for_whom": (len(whom) <= LONGEST_TITLE, mark("最多 60 字。")),
    }
    wrong: dict[str, str] = {name: text for name, (fits, text) in checks.items() if not fits}
    for name, text in (("document", document), ("for_whom", whom)):
        if found := numbers_in(text):
            wrong[name] = filled(_NO_NUMBER, kind=KINDS[found[0].kind])
    if wrong:
        raise Invalid(fields=wrong)
    return Asked(asked.purpose, document, asked.copies, whom)


def checked_seal(kind: str, title: str) -> str:
    """Give a seal's title, trimmed. Raises ``Invalid``."""
    name = " ".join(title.split())
    if kind not in set(SealKind):
        raise Invalid(fields={"kind": mark("请选择印章种类。")})
    if not 0 < len(name) <= LONGEST_TITLE:
        raise Invalid(fields={"title": mark("请写印章的名称，最多 60 字。")})
    return name


def goes_to_township(rule: SealSettings, scope: Scope) -> bool:
    """Tell whether the township decides: by the setting, and whenever a village's own approver asks."""
    return rule.approver == BY_TOWNSHIP or scope.may(APPROVE)


def decides(scope: Scope, row: Any) -> bool:
    """Tell whether this post decides a request: the level that it goes to, and neither who asked nor who keeps the seal."""
    if not scope.may(APPROVE) or (scope.person is not None and scope.person in {row["asked_person"], row["held_by"]}):
        return False
    return scope.system or scope.level == (TOWNSHIP if row["by_township"] else VILLAGE)


def due_in(state: str, rule: SealSettings, at: datetime) -> datetime | None:
    """Give until when the next step should be made; None where there is none."""
    days = {UseState.REQUESTED: rule.decide_days, UseState.APPROVED: rule.valid_days, UseState.USED: rule.file_days}
    found = days.get(UseState(state))
    return None if found is None else at + timedelta(days=found)


def is_irregular(row: Any) -> bool:
    """Tell whether a seal was used without a request, before it was granted, or for more copies than were granted."""
    if row["used_at"] is None:
        return False
    early = row["decided_at"] is not None and row["used_at"] < row["decided_at"]
    return bool(row["unasked"] or early or row["used_copies"] > row["copies"])
