"""What the filter makes of a matter. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from core.api import (
    Bearing,
    Candidate,
    Finding,
    Item,
    Matter,
    Reason,
    Verdict,
    candidate_of,
    held,
    mark,
    passed,
    refused_as,
)
from plugins.township_filter.comparison.comparison import Comparison, Weighed
from plugins.township_filter.comparison.engine import FAR, HALFWAY, Engine
from plugins.township_filter.comparison.outcome import Ground, Judged, Near, Outcome
from plugins.township_filter.comparison.text import folded, subject
from plugins.township_filter.enums import NotListed
from plugins.township_filter.settings import FilterSettings

WITHDRAWN: Final = "withdrawn_duty"
# A name this long that stands whole in a matter's title means the item itself; shorter ones are words of every day.
SHORTEST_NAME: Final = 6
_WHOLE: Final = 100
# As surely a text must stand on some list for the code that its sender gave to be believed: less surely where it has so many
# characters of the item's own words, and not so easily where a forbidden item comes nearer.
BELIEVED: Final = 0.6
BELIEVED_BY_WORDS: Final = 0.2
BELIEVED_BESIDE: Final = 0.5
WORDS: Final = 4


def judge(matter: Matter, settings: FilterSettings, engine: Engine[Item]) -> Finding:
    """Judge a matter by the lists in force where it goes to, for which ``engine`` is prepared.

    Named, or chosen and believed: passed, or refused where it is banned or taken back, also in an emergency. An emergency with its
    reason: passed, to be reviewed, also where an item comes near; held where what is forbidden comes nearest and nothing said alarms.
    Near enough to one: passed. Between: held for a person. Else as the county set. Without any list in force nothing can be refused: held.
    """
    if not engine.comparison.items:
        return held(_NOTHING[Ground.EMPTY])
    weighed = engine.comparison.weigh(matter.title, matter.body, matter.sender_name)
    plain = judged = engine.judged(weighed, matter.level, sure=settings.sure_percent / _WHOLE)
    alarms = judged.outcome is Outcome.EMERGENCY
    if alarms:
        plain = engine.judged(weighed, matter.level, alarms=False, sure=settings.sure_percent / _WHOLE)
    near, urgent = tuple(map(_candidate, plain.nearest)), matter.emergency and settings.emergency_allowed
    if found := _by_name(matter, engine, weighed, plain, urgent=urgent):
        return found
    if urgent:
        banned = None if alarms or _alarms(matter, engine) else _banned(plain)
        return _kept_back(banned, near) if banned else replace(_emergency(matter, settings), candidates=near)
    if plain.outcome is Outcome.PASSED:
        return replace(passed_as(plain.candidates[0], plain), candidates=near)
    if alarms and settings.emergency_allowed:
        text = mark("看起来是正在发生的紧急情况。请勾选“紧急”并写明原因，可以先派后审。")
        return held(text, candidates=near)
    return _other(plain, near, settings)


def _by_name(
    matter: Matter, engine: Engine[Item], weighed: Weighed[Item], judged: Judged[Item], *, urgent: bool
) -> Finding | None:
    """Say what follows where the sender chose an item or the title names one; None where neither is so."""
    known, near = engine.comparison, tuple(map(_candidate, judged.nearest))
    code = matter.item_code.strip()
    item = known.coded(code) if code else None
    chosen, named = [item] if item else [], items_named(known, folded(matter.title))
    forbidden = [item for item in (*chosen, *named) if item.bearing is Bearing.FORBIDDEN]
    if forbidden:
        return refused_as(forbidden[0], near)
    if code and not chosen:
        return held(mark("编号 %(code)s 不在现行清单里。"), candidates=near, code=matter.item_code)
    if item and item.bearing is Bearing.ALLOWED:
        return _as_chosen(engine.near_to(weighed, item), judged, near, named=item in named, urgent=urgent)
    allowed = [item for item in named if item.bearing is Bearing.ALLOWED]
    if allowed and judged.outcome is not Outcome.REFUSED:
        return replace(passed_as(engine.near_to(weighed, allowed[0]), judged), candidates=near)
    reference = chosen or named
    if reference and not allowed and not (urgent and matter.emergency_reason.strip()):
        text = mark("“%(title)s”（%(code)s）只是参照目录，不是可派发事项。")
        return held(text, candidates=near, title=reference[0].title, code=reference[0].code)
    return None


def is_believed(own: Near[Item], judged: Judged[Item], *, named: bool) -> bool:
    """Whether a text may be of the item that its sender chose: anybody can write any code."""
    if judged.outcome is Outcome.REFUSED or named:
        return judged.outcome is not Outcome.REFUSED
    least = BELIEVED_BY_WORDS if sum(map(len, own.parts)) >= WORDS else BELIEVED
    if _banned(judged):
        least = max(least, BELIEVED_BESIDE)
    return judged.score >= least and any(near.item is own.item for near in judged.candidates)


def _as_chosen(own: Near[Item], judged: Judged[Item], near: tuple[Candidate, ...], *, named: bool, urgent: bool) -> Finding | None:
    """Pass what its sender gave a believable code; hold the rest with that item first. What is urgent is judged as if it had no code."""
    if is_believed(own, judged, named=named):
        return replace(passed_as(own, judged), candidates=near)
    if urgent:
        return None
    text = mark("编号和内容对不上：填写的是“%(title)s”（%(code)s），从标题和内容看不出是这一项，请人工确认。")
    first, banned = _candidate(own), _banned(judged)
    also = [_beside(banned)] if banned else []
    reasons = (Reason(text, {"title": own.item.title, "code": own.item.code}), *also, *_demands(judged))
    return Finding(Verdict.HELD, reasons, candidates=(first, *(each for each in near if each.id != first.id)))


def _banned(judged: Judged[Item]) -> Near[Item] | None:
    """Give what must not be sent and is nearest to the text; None where something else is, or nothing is really near."""
    banned = judged.forbidden
    if banned is None or banned.nearness <= FAR / (FAR + HALFWAY):
        return None
    allowed = [near.nearness for near in judged.candidates if near.item.bearing is Bearing.ALLOWED]
    return banned if banned.nearness >= max(allowed, default=0.0) else None


def _alarms(matter: Matter, engine: Engine[Item]) -> bool:
    """Whether the text tells of an emergency once its reason is read as well."""
    told = engine.judge(level=matter.level, title=matter.title, body=f"{matter.body} {matter.emergency_reason}")
    return told.outcome is Outcome.EMERGENCY


def _kept_back(banned: Near[Item], near: tuple[Candidate, ...]) -> Finding:
    text = mark("勾选了紧急，但最接近的是不得派发的“%(title)s”（%(code)s），也看不出正在发生什么。请审定的人马上确认，确属紧急的可以同意派发。")
    return held(text, candidates=near, title=banned.item.title, code=banned.item.code)


def items_named(known: Comparison[Item], title: str) -> list[Item]:
    """Give the items that a folded title is the name of, else those with the longest title of which a name stands in it."""
    if places := known.names.called(title, subject(title)):
        return [known.items[at] for at in places]
    within = known.names.within(title, shortest=SHORTEST_NAME)
    longest = max((len(known.names.folded[at][0]) for at in within), default=0)
    return [known.items[at] for at in within if len(known.names.folded[at][0]) == longest]


def _emergency(matter: Matter, settings: FilterSettings) -> Finding:
    if len(matter.emergency_reason.strip()) < settings.emergency_words:
        return held(mark("紧急原因写得太简单（至少 %(n)s 个字）。"), n=settings.emergency_words)
    return passed(mark("紧急事项先派后审：请在 %(days)s 个工作日内完成合规审查。"), days=settings.review_days)


def _other(judged: Judged[Item], near: tuple[Candidate, ...], settings: FilterSettings) -> Finding:
    """Hold or refuse what the comparison did not pass."""
    reasons = tuple(reasons_of(judged))
    if judged.outcome is Outcome.HELD:
        return Finding(Verdict.HELD, reasons, candidates=near)
    if settings.not_listed == NotListed.HELD:
        by_county = Reason(mark("不在准入清单内，按本地设置不直接驳回。"))
        return Finding(Verdict.HELD, (by_county, *reasons[1:]), candidates=near)
    return Finding(Verdict.REFUSED, reasons, candidates=near)


def passed_as(near: Near[Item], judged: Judged[Item]) -> Finding:
    """Pass a matter as one item, with what was matched."""
    return Finding(Verdict.PASSED, tuple(_listed(near, judged)), _candidate(near))


def _candidate(near: Near[Item]) -> Candidate:
    return candidate_of(near.item, near.nearness, near.parts)


def reasons_of(judged: Judged[Item]) -> list[Reason]:
    """Say in words why a verdict was given: the item, the words matched, the list and its version."""
    best = judged.candidates[0] if judged.candidates else None
    if judged.outcome in {Outcome.PASSED, Outcome.DUPLICATE, Outcome.EMERGENCY}:
        return [*_led_by(judged), *(_compared(best) if judged.outcome is Outcome.EMERGENCY else _listed(best, judged))]
    if judged.ground is Ground.UNSURE:
        return [*_unsure(judged), *_demands(judged), *_compared(best)]
    return _not_passed(judged, best)


def _led_by(judged: Judged[Item]) -> list[Reason]:
    if judged.outcome is Outcome.EMERGENCY:
        return [Reason(mark("正在发生的紧急情况，先派后审。依据：%(marks)s。"), {"marks": _words(judged.marks)})]
    if judged.outcome is Outcome.DUPLICATE:
        return [Reason(mark("与前面的 %(id)s 是同一件事，建议合并。"), {"id": judged.duplicate_of})]
    return []


def _not_passed(judged: Judged[Item], best: Near[Item] | None) -> list[Reason]:
    if judged.forbidden is not None:
        return [_as_forbidden(judged.forbidden), *_demands(judged), *_compared(judged.forbidden)]
    if judged.ground is Ground.LEARNED and judged.example:
        text = mark("本县人工认定过相同的来文不在清单内：“%(title)s”。")
        return [Reason(text, {"title": judged.example.title})]
    if judged.ground in _NOTHING:
        return [Reason(_NOTHING[judged.ground])]
    text = mark("不在准入清单内，按规定不得派发。确需派发的，由县级部门申请准入。")
    return [Reason(text), *_demands(judged), *_nearest(best)]


_NOTHING: Final[Mapping[Ground, str]] = {
    Ground.EMPTY: mark("这一层级还没有已发布的准入清单。"),
    Ground.NOTHING_NEAR: mark("清单里没有接近的事项。"),
}


def _listed(near: Near[Item] | None, judged: Judged[Item]) -> list[Reason]:
    if near is None:
        return []
    item = near.item
    data = {"list": item.list_title, "code": item.code, "title": item.title}
    found = [Reason(mark("属于“%(list)s”第 %(code)s 项“%(title)s”。"), data), *_compared(near)]
    if judged.ground is Ground.LEARNED and judged.example and judged.example.code == item.code:
        found.append(Reason(mark("本县人工认定过相同的来文：“%(title)s”。"), {"title": judged.example.title}))
    return found


def _as_forbidden(near: Near[Item]) -> Reason:
    text = (
        mark("属于上级部门已经收回的“%(title)s”（%(code)s），不得再派。")
        if near.item.kind == WITHDRAWN
        else mark("属于负面清单的“%(title)s”（%(code)s），不得要求基层承担。")
    )
    return Reason(text, {"title": near.item.title, "code": near.item.code})


def _unsure(judged: Judged[Item]) -> list[Reason]:
    best, banned = judged.candidates[0], judged.forbidden
    text = mark("不能确定是否在清单内，请人工确认。最接近的是“%(title)s”（%(code)s）。")
    found = [Reason(text, {"title": best.item.title, "code": best.item.code})]
    return [*found, _beside(banned)] if banned and banned.nearness >= best.nearness else found


def _beside(banned: Near[Item]) -> Reason:
    return Reason(mark("同时接近不得派发的“%(title)s”（%(code)s）。"), {"title": banned.item.title, "code": banned.item.code})


def _demands(judged: Judged[Item]) -> list[Reason]:
    if not judged.marks:
        return []
    return [Reason(mark("来文里有这些要求：%(marks)s。"), {"marks": _words(judged.marks)})]


def _nearest(near: Near[Item] | None) -> list[Reason]:
    if near is None:
        return []
    text = mark("最接近的是“%(title)s”（%(code)s），但不是同一件事。")
    return [Reason(text, {"title": near.item.title, "code": near.item.code})]


def _compared(near: Near[Item] | None) -> list[Reason]:
    if near is None or not near.parts:
        return []
    text = mark("对上的说法：%(parts)s（“%(list)s”第 %(version)s 版）。")
    return [Reason(text, {"parts": _words(near.parts), "list": near.item.list_title, "version": near.item.version})]


def _words(words: Sequence[str]) -> str:
    return "、".join(words)


def needs_review(finding: Finding, *, emergency: bool) -> bool:
    """Whether a matter passed only because it was an emergency."""
    return emergency and finding.verdict is Verdict.PASSED and finding.item is None
