"""What a county may set for its senders. Each field stands once and in two models: the plugin's, and its warning model's.

No source gives these figures; they are proposals.
"""

from typing import Final

from core.api import SettingsArea, SettingsModel, mark, setting
from plugins.township_filter.senders.enums import Closes, Every

_MOST: Final = 100_000
OVERDUE_CLOSES: Final = setting(
    Closes.SENDER.value,
    title=mark("紧急事项逾期未审查时停用谁的紧急方式"),
    hint=mark("停用后，清单外的紧急来文转人工审定；补完审查马上恢复。“审查人”指本级有审查权、该审查而没有审查的人。"),
    options={
        Closes.SENDER.value: mark("来文单位"),
        Closes.REVIEWER.value: mark("审查人"),
        Closes.NOBODY.value: mark("不停用"),
    },
    pattern="^(sender|reviewer|nobody)$",
)
QUOTA_EVERY: Final = setting(
    Every.MONTH.value,
    title=mark("来文限额按多长时间算"),
    options={Every.MONTH.value: mark("每月"), Every.QUARTER.value: mark("每季度")},
    pattern="^(month|quarter)$",
)
QUOTA_TOWNSHIP: Final = setting(
    0,
    title=mark("每个单位的涉镇来文限额"),
    hint=mark("没有被驳回、撤回的来文都算。用满以后要县里放行。0 表示不限；个别单位可在来文单位台账里另定。"),
    unit=mark("件"),
    ge=0,
    le=_MOST,
)
QUOTA_VILLAGE: Final = setting(
    0,
    title=mark("每个单位的涉村来文限额"),
    hint=mark("算法同上。0 表示不限。"),
    unit=mark("件"),
    ge=0,
    le=_MOST,
)
EMERGENCY_SHARE: Final = setting(
    30, title=mark("紧急来文占比超过多少预警"), hint=mark("按来文单位、按季度算。"), unit="%", ge=1, le=100
)
EMERGENCY_RED: Final = setting(50, title=mark("紧急来文占比超过多少为红色"), unit="%", ge=1, le=100)
EMERGENCY_LEAST: Final = setting(
    5, title=mark("来文至少多少件才算占比"), hint=mark("件数太少时占比说明不了什么。"), unit=mark("件"), ge=1, le=1000
)
REBOUND_PERCENT: Final = setting(
    40,
    title=mark("与上级收回事项接近多少算换名再派"),
    hint=mark("清单外的来文，与已收回事项的接近程度达到这个数，记为一次。"),
    unit="%",
    ge=20,
    le=100,
)
REBOUND_RED: Final = setting(3, title=mark("一季度换名再派几次为红色"), unit=mark("次"), ge=1, le=1000)
COOPERATION_WORDS: Final = setting(
    "配合、协助", title=mark("哪些词算要求配合"), hint=mark("用顿号分开。"), min_length=1, max_length=100
)
COOPERATION_LEAST: Final = setting(
    5, title=mark("一季度要求配合至少多少件才比较"), unit=mark("件"), ge=1, le=1000
)
COOPERATION_GROWTH: Final = setting(
    50,
    title=mark("要求配合比上季度增加多少预警"),
    hint=mark("上季度没有来文的单位不比较。"),
    unit="%",
    ge=1,
    le=1000,
)
APPRAISAL_WORDS: Final = setting(
    "考核、排名、通报、打卡",
    title=mark("哪些词算考核要求"),
    hint=mark("用顿号分开。“不考核”“取消打卡”这样的不算。"),
    min_length=1,
    max_length=100,
)
APPRAISAL_LEAST: Final = setting(
    2, title=mark("一季度几件清单外来文带考核要求就预警"), unit=mark("件"), ge=1, le=1000
)


class EmergencyShareRule(SettingsModel):
    """When a sender's share of emergencies is too high."""

    emergency_share: int = EMERGENCY_SHARE
    emergency_red: int = EMERGENCY_RED
    emergency_least: int = EMERGENCY_LEAST


class ReboundRule(SettingsModel):
    """What counts as a withdrawn duty that comes under another name."""

    rebound_percent: int = REBOUND_PERCENT
    rebound_red: int = REBOUND_RED


class CooperationRule(SettingsModel):
    """When "cooperation" asked for by one sender grows too fast."""

    cooperation_least: int = COOPERATION_LEAST
    cooperation_growth: int = COOPERATION_GROWTH


class AppraisalRule(SettingsModel):
    """How many unlisted matters with words of appraisal are too many."""

    appraisal_least: int = APPRAISAL_LEAST


def area_of(model: type[SettingsModel]) -> SettingsArea:
    """Give the part of the plugin's own area that one warning model reads."""
    return SettingsArea("township_filter", mark("事项过筛"), model)
