"""What the filter makes of a matter, case by case."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from core.api import Item, Matter, Verdict
from plugins.township_filter.comparison.comparison import Comparison
from plugins.township_filter.comparison.engine import Engine
from plugins.township_filter.comparison.text import folded
from plugins.township_filter.rules import items_named, judge, needs_review
from plugins.township_filter.settings import FilterSettings

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
LIST = UUID(int=1)


def item(code: str, title: str, kind: str = "assisting", *aliases: str) -> Item:
    return Item(
        code=code, title=title, kind=kind, aliases=aliases, county="330503", id=UUID(int=len(title)), region="330503", list_id=LIST, position=1,
        list_title="涉村清单", level="village", version=1, special=False, list_state="published", valid_from=date(2026, 1, 1),
    )  # fmt: skip


ITEMS = (
    item("V12", "圩堤隐患排查"),
    item("V13", "城乡居民医保参保动员"),
    item("N01", "企业安全生产执法检查", "banned"),
)
ENGINE = Engine(Comparison(ITEMS))
REASON = "上游水库今晚泄洪，必须连夜转移。"


def matter(title: str, **changes: Any) -> Matter:
    return Matter(
        **{"region": "330503101", "level": "village", "title": title, "body": "", "at": NOW, **changes}
    )


@pytest.mark.parametrize(
    ("title", "changes", "settings", "verdict"),
    [
        ("关于做好圩堤隐患排查工作的通知", {}, {}, Verdict.PASSED),
        ("圩堤上的险处都走一遍", {"item_code": "V12"}, {}, Verdict.PASSED),
        ("随便什么", {"item_code": "V12"}, {}, Verdict.HELD),  # anybody can write any code
        ("关注公众号并每日转发打卡", {"item_code": "V12"}, {}, Verdict.HELD),
        ("城乡居民医保参保动员", {"item_code": "V12"}, {}, Verdict.HELD),
        ("开展企业安全生产突击执法检查", {"item_code": "V12"}, {}, Verdict.HELD),
        ("连夜转移沿河群众", {"item_code": "V12", "emergency": True, "emergency_reason": REASON}, {}, Verdict.PASSED),
        ("开展企业安全生产突击执法检查", {"emergency": True, "emergency_reason": "领导要求今天必须完成。"}, {}, Verdict.HELD),
        ("开展企业安全生产突击执法检查", {"emergency": True, "emergency_reason": "车间刚刚爆炸，多人被困，请立即疏散群众。"}, {}, Verdict.PASSED),
        ("企业安全生产执法检查", {}, {}, Verdict.REFUSED),
        ("企业安全生产执法检查", {"emergency": True, "emergency_reason": REASON}, {}, Verdict.REFUSED),
        ("关注公众号并每日转发打卡", {}, {}, Verdict.REFUSED),
        ("关注公众号并每日转发打卡", {}, {"not_listed": "held"}, Verdict.HELD),
        ("圩堤隐患排查整改销号", {}, {}, Verdict.PASSED),
        ("圩堤和水闸隐患的排查", {}, {}, Verdict.PASSED),
        ("水闸隐患", {}, {"sure_percent": 50}, Verdict.PASSED),
        ("水闸隐患", {}, {"sure_percent": 99}, Verdict.HELD),
        ("圩堤隐患排查由村承担全部责任并罚款", {"body": "完成率纳入考核排名，未完成的由村垫付。"}, {}, Verdict.REFUSED),
        ("老桥刚刚垮塌，有人被困，请立即派人", {}, {}, Verdict.HELD),
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
    found = judge(matter(title, **changes), FilterSettings(**settings), ENGINE)
    assert found.verdict is verdict, found.reasons


def test_a_code_that_the_words_do_not_bear_out_is_said_and_comes_first() -> None:
    found = judge(matter("开展企业安全生产突击执法检查", item_code="V12"), FilterSettings(), ENGINE)
    assert [reason.text[:8] for reason in found.reasons[:2]] == ["编号和内容对不上", "同时接近不得派发"]
    assert dict(found.reasons[0].data) == {"title": "圩堤隐患排查", "code": "V12"}
    assert [each.code for each in found.candidates][:2] == ["V12", "N01"]
    assert found.candidates[0].parts == ()
    assert found.item is None


def test_a_code_that_is_believed_names_only_words_that_stand_in_the_text() -> None:
    found = judge(matter("圩堤上的险处都走一遍", item_code="V12"), FilterSettings(), ENGINE)
    assert found.item is not None
    assert (found.item.code, found.item.parts) == ("V12", ("圩堤",))


def test_an_emergency_nearest_to_what_is_forbidden_waits_for_a_person() -> None:
    found = judge(matter("开展企业安全生产突击执法检查", emergency=True, emergency_reason="领导要求今天必须完成。"), FilterSettings(), ENGINE)
    assert [(reason.text[:5], reason.data["code"]) for reason in found.reasons] == [("勾选了紧急", "N01")]
    assert not needs_review(found, emergency=True)


def test_without_any_list_nothing_is_refused() -> None:
    assert judge(matter("关注公众号"), FilterSettings(), Engine(Comparison(()))).verdict is Verdict.HELD


def test_emergency_that_is_listed_needs_no_review() -> None:
    told = matter("圩堤隐患排查", emergency=True, emergency_reason=REASON)
    found = judge(told, FilterSettings(), ENGINE)
    assert found.verdict is Verdict.PASSED
    assert not needs_review(found, emergency=True)


def test_refusal_names_the_nearest_items() -> None:
    found = judge(matter("圩堤绿化报刊征订任务完成排名", body="每村认购不少于十份。"), FilterSettings(), ENGINE)
    assert found.verdict is Verdict.REFUSED
    assert found.candidates[0].code == "V12"
    assert [reason.text for reason in found.reasons][1:] == [
        "来文里有这些要求：%(marks)s。",
        "最接近的是“%(title)s”（%(code)s），但不是同一件事。",
    ]


def test_verdict_names_the_words_the_list_and_its_version() -> None:
    found = judge(matter("医保参保动员", body="请动员未参保群众在集中缴费期内缴费。"), FilterSettings(), ENGINE)
    assert found.verdict is Verdict.PASSED
    assert found.item is not None
    assert found.item.code == "V13"
    said = found.reasons[1]
    assert (said.data["list"], said.data["version"]) == ("涉村清单", 1)
    assert "医保" in str(said.data["parts"])


@pytest.mark.parametrize(
    ("title", "changes", "codes"),
    [
        ("关于开展农村饮水工程巡查的通知", {}, ["V20", "V22"]),  # the same name on two lists: the nearest region's comes first
        ("请各村配合做好农村饮水工程巡查登记", {}, ["V21"]),  # of the names that stand in it, the longest
        ("请各村抓好水站日常看护工作", {}, ["V20"]),  # another name of it
        ("饮水", {}, []),  # a short name is a word of every day
        ("随便什么", {"item_code": " v21 "}, ["V21"]),
        ("随便什么", {"item_code": "V2"}, []),
    ],
)
def test_item_is_known_by_its_name_wherever_it_stands(title: str, changes: dict[str, Any], codes: list[str]) -> None:
    items = (
        item("V20", "农村饮水工程巡查", "assisting", "水站日常看护"), item("V21", "农村饮水工程巡查登记"), item("V22", "农村饮水工程巡查"),
        item("V23", "河道", "banned"),
    )  # fmt: skip
    known, matter_ = Comparison(items), matter(title, **changes)
    coded = known.coded(matter_.item_code) if matter_.item_code else None
    assert [each.code for each in ([coded] if coded else items_named(known, folded(title)))] == codes
