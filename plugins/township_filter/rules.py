"""What the filter makes of a matter. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from core.api import (
    Candidate,
    Finding,
    Item,
    Matter,
    Verdict,
    finding_for,
    held,
    mark,
    near_forbidden,
    nearest_forbidden,
    passed,
    refused,
)
from plugins.township_filter.enums import NotListed
from plugins.township_filter.settings import FilterSettings

_WHOLE = 100


def judge(matter: Matter, items: Sequence[Item], settings: FilterSettings) -> Finding:
    """Judge a matter by the lists in force where it goes to.

    Banned or taken back: refused, also in an emergency. Listed: passed. An emergency with its reason: passed,
    to be reviewed. Near to an item: held for a person. Else as the county set. Without any list in force
    nothing can be refused: held.
    """
    found = finding_for(matter, items)
    if not items or found.verdict is Verdict.REFUSED or found.item is not None:
        return found
    near = found.candidates
    if matter.emergency and settings.emergency_allowed:
        return replace(_emergency(matter, settings), candidates=near)
    return _not_listed(near, settings)


def _emergency(matter: Matter, settings: FilterSettings) -> Finding:
    if len(matter.emergency_reason.strip()) < settings.emergency_words:
        return held(mark("紧急原因写得太简单（至少 %(n)s 个字）。"), n=settings.emergency_words)
    return passed(mark("紧急事项先派后审：请在 %(days)s 个工作日内完成合规审查。"), days=settings.review_days)


def _not_listed(near: Sequence[Candidate], settings: FilterSettings) -> Finding:
    best = near[0] if near else None
    banned = nearest_forbidden(near)
    is_near = best is not None and best.nearness * _WHOLE >= settings.near_percent
    if banned is not None:
        found = near_forbidden(banned, near)
        return found if is_near or settings.not_listed == NotListed.HELD else replace(found, verdict=Verdict.REFUSED)
    if best is not None and is_near:
        text = mark("清单里没有完全对应的事项，与“%(title)s”（%(code)s）接近。")
        return held(text, candidates=near, title=best.title, code=best.code)
    if settings.not_listed == NotListed.HELD:
        return held(mark("不在准入清单内，按本地设置不直接驳回。"), candidates=near)
    return refused(mark("不在准入清单内，按规定不得派发。确需派发的，请与管理准入清单的县级管理员联系。"), candidates=near)


def needs_review(finding: Finding, *, emergency: bool) -> bool:
    """Whether a matter passed only because it was an emergency."""
    return emergency and finding.verdict is Verdict.PASSED and finding.item is None
