"""What decisions contribute: what can be decided about, what follows from a deed, settings, sections for the board."""

from collections.abc import Iterable

from core.contracts.decisions import DecisionSubject
from core.contracts.disclosure import CORRECTED, RELEASED, WITHDRAWN, Section
from core.contracts.events import Handler
from core.contracts.hooks import hook
from core.contracts.settings import SettingsArea
from core.contracts.warnings import WarningModel
from core.decisions import reactions as r
from core.decisions.actions.ending import ENDED
from core.decisions.actions.moves import LATE, MAY_MEET, SHOWN, TURN
from core.decisions.disclosure import sections
from core.decisions.rules import AREA
from core.decisions.supervision import AREA as STUCK_AREA
from core.decisions.supervision import MODELS
from core.kernel.errors import mark


@hook
def settings() -> Iterable[SettingsArea]:
    return (AREA, STUCK_AREA)


@hook
def decision_subjects() -> Iterable[DecisionSubject]:
    return (
        DecisionSubject("matter", mark("其他村级事务"), hint=mark("规划、制度、公益事业等。")),
        DecisionSubject("project", mark("村级工程")),
        DecisionSubject("asset", mark("集体资产处置"), hint=mark("出租、出让、购置、投资。")),
        DecisionSubject("distribution", mark("收益分配")),
        DecisionSubject("allowance", mark("补贴和救助")),
        DecisionSubject("mandate", mark("议事会年度授权"), hint=mark("由村民会议授权，决议公开后开始生效。")),
    )


@hook
def disclosure_sections() -> Iterable[Section]:
    return sections()


@hook
def handlers() -> Iterable[Handler]:
    return (
        Handler(TURN, "decisions.turn", r.on_turn),
        Handler(MAY_MEET, "decisions.may_meet", r.on_may_meet),
        Handler(SHOWN, "decisions.shown", r.on_shown),
        Handler(LATE, "decisions.late", r.on_late, reach=r.township_of),
        Handler(ENDED, "decisions.ended", r.on_ended, reach=r.township_of),
        Handler(RELEASED, "decisions.released", r.on_released),
        Handler(CORRECTED, "decisions.corrected", r.on_corrected),
        Handler(WITHDRAWN, "decisions.withdrawn", r.on_withdrawn),
    )


@hook
def warning_models() -> Iterable[WarningModel]:
    return MODELS
