"""What an audit line holds beside its deed, in words: a title and a value each.

Ids, hashes and codes tell a reader nothing: they are left out here, and stand whole in the line's proof.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, Final

from core.contracts.disclosure import Section
from core.contracts.registry import current
from core.contracts.settings import SettingsArea
from core.contracts.warnings import Domain
from core.datasets.enums import KIND_TITLES
from core.kernel.errors import mark
from core.people.roles import ready_roles
from core.seals.enums import PURPOSE_TITLES, SEAL_TITLES
from web.answers import Request, language_of, request_now, say
from web.filters import Formats
from web.wording import after_colon, listed

_MOST: Final = 5  # values of one list; the rest stand in the proof
# In the order in which they are told.
_TITLES: Final[Mapping[str, str]] = {
    "title": mark("名称"),
    "name": mark("名称"),
    "seal": mark("印章"),
    "number": mark("编号"),
    "plugin": mark("功能模块"),
    "area": mark("设置"),
    "section": mark("公开栏目"),
    "kind": mark("种类"),
    "domain": mark("领域"),
    "purpose": mark("用途"),
    "item": mark("清单事项"),
    "role": mark("角色"),
    "document": mark("文件"),
    "period": mark("时段"),
    "month": mark("月份"),
    "day": mark("日期"),
    "on": mark("日期"),
    "working": mark("上班"),
    "to": mark("改为"),
    "valid_from": mark("生效时间"),
    "points": mark("分值"),
    "receiver": mark("接收单位"),
    "receivers": mark("接收单位数"),
    "villages": mark("村数"),
    "amount": mark("数量"),
    "count": mark("件数"),
    "rows": mark("行数"),
    "lines": mark("行数"),
    "bad": mark("没有导入的行数"),
    "codes": mark("邀请码数"),
    "n": mark("第几行"),
    "permissions": mark("权限数"),
    "added": mark("新增"),
    "removed": mark("去掉"),
    "allowed": mark("允许使用"),
    "opened": mark("新设的区划"),
    "closed": mark("撤销的区划"),
    "renamed": mark("更名的区划"),
    "version": mark("版本"),
    "height": mark("区块"),
    "of": mark("县"),
    "size": mark("文件大小"),
    "verdict": mark("过筛结果"),
    "late": mark("超过时限"),
    "hidden": mark("立即停止显示"),
    "upheld": mark("采纳"),
    "rule_change": mark("修订了制度"),
    "refusal": mark("没有收下的原因"),
    "note": mark("说明"),
    "reason": mark("原因"),
    "why": mark("原因"),
}
_COUNTED: Final = frozenset({"added", "permissions", "removed"})  # lists of codes: how many there are is what tells
_VERDICTS: Final = {"passed": mark("通过"), "held": mark("待人工审定"), "refused": mark("驳回")}
_CODE: Final = re.compile(r"[a-z0-9_:.-]*[a-z_][a-z0-9_:.-]*|[0-9a-f-]{32,}")
_PERIOD: Final = re.compile(r"\d{4}(-\d{2}|-q\d)?", re.IGNORECASE)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def told_of(request: Request, data: Mapping[str, Any]) -> str:
    """Give the titles and values of a line in one sentence; the empty text where nothing in it says anything to people."""
    parts = []
    for key, title in _TITLES.items():
        words = _words(request, key, data[key]) if key in data else ""
        if words:
            parts.append(say(request, title) + after_colon(request, words))
    return say(request, mark("；")).join(parts)


def _words(request: Request, key: str, value: Any) -> str:
    if isinstance(value, bool):
        return say(request, mark("是") if value else mark("否"))
    if isinstance(value, int | float):
        return _formats(request).size(int(value)) if key == "size" else _formats(request).number(value)
    if isinstance(value, str):
        return _text(request, key, value.strip())
    if isinstance(value, Sequence):
        if key in _COUNTED:
            return say(request, mark("%(n)s 项"), n=len(value))
        shown = [words for words in (_words(request, key, each) for each in value[:_MOST]) if words]
        return listed(request, shown)
    return ""


def _text(request: Request, key: str, value: str) -> str:
    """Give a text as people read it: a code by its title, a moment as a date, a free text as it is."""
    title = _title_of(key, value)
    if title:
        return say(request, title)
    if key in {"on", "day", "to", "valid_from"}:
        return _moment(request, value)
    if _PERIOD.fullmatch(value) and key in {"period", "month"}:
        return value
    return "" if _CODE.fullmatch(value) else value


def _title_of(key: str, value: str) -> str | None:
    """Give the title of what a code names; None for what is no code, or of a module that is gone."""
    if key == "role":
        return ready_roles()[value].title if value in ready_roles() else None
    if key == "plugin":
        return current().manifests[value].title if value in current().manifests else None
    if key in {"area", "section"}:
        named: SettingsArea | Section | None = current().named(SettingsArea, value) if key == "area" else current().named(Section, value)
        return named.title if named is not None else None
    if key == "domain":
        return Domain(value).words if value in set(Domain) else None
    known = {"kind": {**SEAL_TITLES, **KIND_TITLES}, "purpose": PURPOSE_TITLES, "verdict": _VERDICTS}
    return known.get(key, {}).get(value)


def _moment(request: Request, value: str) -> str:
    try:
        if _DAY.fullmatch(value):
            return _formats(request).day(date.fromisoformat(value))
        return _formats(request).moment(datetime.fromisoformat(value))
    except ValueError:
        return ""


def _formats(request: Request) -> Formats:
    return Formats(language_of(request), partial(request_now, request))
