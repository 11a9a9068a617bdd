"""Core's screening rule and how findings combine."""

from collections.abc import Iterator

import pytest

from core.contracts.manifest import Manifest
from core.contracts.registry import Registry, install
from core.contracts.screening import (
    Finding,
    Matter,
    ScreeningRule,
    Verdict,
    combine,
    held,
    passed,
    refused,
    rules_for,
    screen,
)
from core.entry_lists.matching import Index, shared_parts, subject_of
from core.entry_lists.screening import RULE
from core.kernel.database import fetch_value, transaction
from core.kernel.scope import Scope
from tests.core.entry_lists.world import NAN, NOW, TOWN, ZHU, item, published, scope_at

VILLAGE_ITEMS = [
    item("V01", "反恐怖主义宣传教育协助", "assisting"),
    item("V12", "督促适龄儿童少年入学", "assisting", aliases=("九年义务教育入学督促",)),
    item("V50", "烟花爆竹禁放宣传和巡查", "assisting"),
    item("S05", "村集体经济项目的立项", "self_governance"),
    item("X04", "村务公开", "power"),
    item("D01", "民主评议村民委员会成员制度", "disclosure"),
    item("N01", "行政执法", "banned"),
    item("P05", "无犯罪记录证明", "banned_certificate"),
]


def matter(title: str, body: str = "", **more: object) -> Matter:
    return Matter(region=TOWN, level="village", title=title, body=body, at=NOW, **more)  # type: ignore[arg-type]


async def found(asked: Matter, *, region: str = NAN) -> Finding:
    scope = scope_at(region)
    async with transaction(scope):
        return await RULE.screen(scope, asked)


@pytest.fixture
async def listed() -> None:
    await published(NAN, VILLAGE_ITEMS, level="village", title="涉村清单")


pytestmark = pytest.mark.usefixtures("listed")


@pytest.mark.parametrize(
    ("asked", "verdict", "code"),
    [
        (matter("随便什么标题", item_code="V12"), "passed", "V12"),
        (matter("随便什么标题", item_code=" v12 "), "passed", "V12"),
        (matter("关于做好烟花爆竹禁放宣传和巡查工作的通知"), "passed", "V50"),
        (matter("关于九年义务教育入学督促的函"), "passed", "V12"),
        (matter("关于开展冬季反恐怖主义宣传教育协助和排查的通知"), "passed", "V01"),
        (matter("关于开具居民无犯罪记录证明的通知"), "refused", ""),
        (matter("行政执法"), "refused", ""),
        (matter("关于配合行政执法检查的通知"), "held", ""),
        (matter("随便什么标题", item_code="N01"), "refused", ""),
        (matter("关于开具无犯罪记录证明的通知", item_code="V12"), "refused", ""),
        (matter("随便什么标题", item_code="V99"), "held", ""),
        (matter("随便什么标题", item_code="D01"), "held", ""),
        (matter("关于组织关注公众号打卡的通知"), "held", ""),
        (matter("山洪冲毁道路请立即封路", emergency=True, emergency_reason="有人被困"), "passed", ""),
        (matter("山洪冲毁道路请立即封路", emergency=True), "held", ""),
        (matter("开具无犯罪记录证明", emergency=True, emergency_reason="急"), "refused", ""),
    ],
)
async def test_listed_passes_banned_is_refused_and_the_rest_is_for_a_person(
    asked: Matter, verdict: str, code: str
) -> None:
    finding = await found(asked)
    assert (finding.verdict, finding.item.code if finding.item else "") == (verdict, code)
    assert len(finding.reasons) == 1


async def test_a_refusal_names_the_item_first_and_then_the_nearest() -> None:
    finding = await found(matter("关于开具居民无犯罪记录证明的通知"))
    assert finding.candidates[0].code == "P05"
    assert finding.reasons[0].data == {"title": "无犯罪记录证明", "code": "P05"}


@pytest.mark.parametrize(("title", "said"), [("行政执法检查配合", True), ("民主评议", False), ("烟花禁放", False)])
async def test_it_says_plainly_that_the_nearest_by_far_must_not_be_sent(title: str, *, said: bool) -> None:
    finding = await found(matter(title))
    assert (finding.verdict, "负面清单" in finding.reasons[0].text) == (Verdict.HELD, said)


def test_somebody_who_chooses_is_offered_what_shares_single_characters() -> None:
    listed = [item("V40", "农村道路养护"), item("V41", "森林防火"), item("V42", "村民代表推选")]
    assert [each.code for each in Index(listed).loosely("村道塌陷路段看守")] == ["V40"]


async def test_candidates_say_which_words_they_share() -> None:
    finding = await found(matter("关于元宵节烟花爆竹管控的通知", "入户宣传，巡查到位"))
    (near, *_) = finding.candidates
    assert (near.code, near.list_title) == ("V50", "涉村清单")
    assert near.parts == ("烟花爆竹", "宣传", "巡查")
    assert 0 < near.nearness < 1


async def test_another_county_screens_by_its_own_list() -> None:
    await published(ZHU, [item("V01", "村务公开督促", "assisting")], level="village")
    scope = scope_at(ZHU)
    async with transaction(scope):
        asked = Matter(region=ZHU, level="village", title="x", body="", at=NOW, item_code="V12")
        finding = await RULE.screen(scope, asked)
    assert (finding.verdict, finding.reasons[0].data) == (Verdict.HELD, {"code": "V12"})


async def test_without_any_list_a_person_decides() -> None:
    asked = Matter(region=NAN, level="township", title="x", body="", at=NOW)
    assert (await found(asked)).verdict is Verdict.HELD


YES, WAIT, NO = passed("好"), held("等"), refused("不行")


@pytest.mark.parametrize(
    ("findings", "verdict"),
    [
        ([], "held"),
        ([YES], "passed"),
        ([YES, WAIT], "held"),
        ([WAIT, NO, YES], "refused"),
        ([YES, YES], "passed"),
    ],
)
def test_refused_beats_held_beats_passed(findings: list[Finding], verdict: str) -> None:
    assert combine(findings).verdict == verdict


async def test_findings_are_stored_and_read_back_unchanged() -> None:
    for title in ("关于开具居民无犯罪记录证明的通知", "村务公开"):
        finding = await found(matter(title))
        assert Finding.of(finding.stored()).stored() == finding.stored()


async def _fails_in_the_database(scope: Scope, _matter: Matter) -> Finding:
    await fetch_value(scope, "SELECT 1 / (length($1) - length($1)) WHERE $2 <> ''")
    return YES


async def _breaks(_scope: Scope, _matter: Matter) -> Finding:
    raise KeyError("nothing")


async def _gives_nothing(_scope: Scope, _matter: Matter) -> Finding:
    return None  # type: ignore[return-value] # as a plugin without types might


async def _refuses(_scope: Scope, _matter: Matter) -> Finding:
    return NO


@pytest.fixture
def rules(request: pytest.FixtureRequest) -> Iterator[None]:
    install(
        Registry.of(
            [Manifest(name="sieve", title="筛", summary="筛一筛", version="1.0")], [RULE, *request.param]
        )
    )
    yield
    install(Registry())


def scope_with(**plugins: str) -> Scope:
    return Scope(region=NAN, county=NAN, by_name="王敏", plugins=plugins)


FAULTS = [_fails_in_the_database, _breaks, _gives_nothing]


@pytest.mark.parametrize(
    "rules", [[ScreeningRule(f"sieve_{n}", "筛子", fault)] for n, fault in enumerate(FAULTS)], indirect=True
)
@pytest.mark.usefixtures("rules")
async def test_a_rule_that_fails_holds_the_matter_and_is_named() -> None:
    scope = scope_with()
    async with transaction(scope):
        screening = await screen(scope, matter("村务公开"))
        assert await fetch_value(scope, "SELECT $1 < $2")
    assert (screening.verdict, screening.findings[0].verdict) == (Verdict.HELD, Verdict.PASSED)
    assert [dict(reason.data) for reason in screening.reasons] == [{"rule": "筛子"}]
    assert screening.item is not None
    assert screening.item.code == "X04"


@pytest.mark.parametrize("rules", [[ScreeningRule("sieve", "筛子", _refuses, plugin="sieve")]], indirect=True)
@pytest.mark.usefixtures("rules")
async def test_a_rule_switched_off_since_the_matter_was_handed_in_holds_it_and_is_named() -> None:
    on, off = scope_with(sieve="on"), scope_with(sieve="off")
    expected = [rule.name for rule in rules_for(on)]
    async with transaction(on):
        assert (await screen(on, matter("村务公开"), expected=expected)).verdict is Verdict.REFUSED
    async with transaction(off):
        late = await screen(off, matter("村务公开"), expected=expected)
        assert late.verdict is Verdict.HELD
        assert [(each.rule, each.title) for each in late.findings] == [
            ("entry_list", "准入清单比对"),
            ("sieve", "筛子"),
        ]
        assert (await screen(off, matter("村务公开"))).verdict is Verdict.PASSED


@pytest.mark.parametrize(
    "rules", [[ScreeningRule("sieve", "筛子", _refuses, plugin="sieve", replaces="entry_list")]], indirect=True
)
@pytest.mark.usefixtures("rules")
def test_a_rule_is_not_asked_where_another_one_replaces_it_and_is_again_where_that_is_off() -> None:
    assert [rule.name for rule in rules_for(scope_with(sieve="on"))] == ["sieve"]
    assert [rule.name for rule in rules_for(scope_with(sieve="off"))] == ["entry_list"]


def test_official_titles_lose_their_frame() -> None:
    assert subject_of("关于进一步做好“扫黄打非”工作的通知") == "扫黄打非"
    assert subject_of("关于做好的通知") == "关于做好的通知"


def test_shared_parts_are_whole_words_longest_first() -> None:
    assert shared_parts("农机安全监督", "做好农机和安全监督") == ("安全监督", "农机")
    assert shared_parts("甲乙", "丙丁") == ()


def test_rare_words_bring_an_item_nearer_than_common_ones() -> None:
    items = [item(f"T{n}", f"{word}管理协助") for n, word in enumerate(["计量", "犬只", "蚕桑", "殡葬"])]
    near = Index(items).nearest("蚕桑养殖管理")
    assert near[0].item.title == "蚕桑管理协助"
    assert near[0].nearness > 2 * near[1].nearness
