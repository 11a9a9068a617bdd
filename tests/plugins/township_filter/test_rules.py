"""What the filter makes of a matter, case by case."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from core.api import Item, Matter, Verdict
from plugins.township_filter.rules import judge, needs_review
from plugins.township_filter.settings import FilterSettings

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
LIST = UUID(int=1)


def item(code: str, title: str, kind: str = "assisting") -> Item:
    return Item(
        code=code, title=title, kind=kind, county="330503", id=UUID(int=len(title)), region="330503", list_id=LIST, position=1,
        list_title="涉村清单", level="village", version=1, special=False, list_state="published", valid_from=date(2026, 1, 1),
    )  # fmt: skip


ITEMS = (
    item("V12", "圩堤隐患排查"),
    item("V13", "城乡居民医保参保动员"),
    item("N01", "企业安全生产执法检查", "banned"),
)
REASON = "上游水库今晚泄洪，必须连夜转移。"


def matter(title: str, **changes: Any) -> Matter:
    return Matter(
        **{"region": "330503101", "level": "village", "title": title, "body": "", "at": NOW, **changes}
    )


@pytest.mark.parametrize(
    ("title", "changes", "settings", "verdict"),
    [
        ("关于做好圩堤隐患排查工作的通知", {}, {}, Verdict.PASSED),
        ("随便什么", {"item_code": "V12"}, {}, Verdict.PASSED),
        ("企业安全生产执法检查", {}, {}, Verdict.REFUSED),
        ("企业安全生产执法检查", {"emergency": True, "emergency_reason": REASON}, {}, Verdict.REFUSED),
        ("关注公众号并每日转发打卡", {}, {}, Verdict.REFUSED),
        ("关注公众号并每日转发打卡", {}, {"not_listed": "held"}, Verdict.HELD),
        ("圩堤隐患排查整改销号", {}, {}, Verdict.PASSED),
        ("圩堤和水闸隐患的排查", {}, {}, Verdict.HELD),
        ("圩堤和水闸隐患的排查", {}, {"near_percent": 100}, Verdict.REFUSED),
        ("连夜转移沿河群众", {"emergency": True, "emergency_reason": REASON}, {}, Verdict.PASSED),
        ("连夜转移沿河群众", {"emergency": True, "emergency_reason": "急"}, {}, Verdict.HELD),
        (
            "连夜转移沿河群众",
            {"emergency": True, "emergency_reason": REASON},
            {"emergency_allowed": False},
            Verdict.REFUSED,
        ),
    ],
)
def test_verdict(title: str, changes: dict[str, Any], settings: dict[str, Any], verdict: Verdict) -> None:
    found = judge(matter(title, **changes), ITEMS, FilterSettings(**settings))
    assert found.verdict is verdict, found.reasons


def test_without_any_list_nothing_is_refused() -> None:
    assert judge(matter("关注公众号"), (), FilterSettings()).verdict is Verdict.HELD


def test_emergency_that_is_listed_needs_no_review() -> None:
    told = matter("圩堤隐患排查", emergency=True, emergency_reason=REASON)
    found = judge(told, ITEMS, FilterSettings())
    assert found.verdict is Verdict.PASSED
    assert not needs_review(found, emergency=True)


def test_refusal_names_the_nearest_items() -> None:
    found = judge(matter("圩堤和水闸隐患的排查"), ITEMS, FilterSettings(near_percent=100))
    assert [candidate.code for candidate in found.candidates] == ["V12"]
