"""What a county may set for the filter."""

from core.api import SettingsModel, mark, setting
from plugins.township_filter.enums import NotListed
from plugins.township_filter.requests import settings as requests
from plugins.township_filter.senders import settings as senders


class FilterSettings(SettingsModel):
    """Defaults follow what Shaoxing does: what is not listed is refused at once, emergencies pass and are checked afterwards."""

    not_listed: str = setting(
        NotListed.REFUSED.value,
        title=mark("清单外事项怎么处理"),
        hint=mark("“驳回”当场退回来文单位；“待人工审定”由乡镇领导决定。"),
        options={NotListed.REFUSED.value: mark("驳回"), NotListed.HELD.value: mark("待人工审定")},
        township=True,
        pattern="^(refused|held)$",
    )
    sure_percent: int = setting(
        90,
        title=mark("比对有多大把握才自动通过"),
        hint=mark("低于这个数就不自动通过，列出接近的清单事项请人工确认。调高更稳妥，人工审定也更多。"),
        unit="%",
        ge=50,
        le=99,
    )
    emergency_allowed: bool = setting(
        True,
        title=mark("紧急事项先派后审"),
        hint=mark("勾选后，写明原因的清单外紧急事项当场通过，事后做合规审查；不勾选时按清单外事项处理。"),
    )
    emergency_words: int = setting(
        10,
        title=mark("紧急原因至少写多少字"),
        unit=mark("个字"),
        ge=1,
        le=200,
    )
    review_days: int = setting(
        3,
        title=mark("紧急事项几天内完成合规审查"),
        hint=mark("从通过过筛的次日算起，按本县工作日历。"),
        unit=mark("个工作日"),
        ge=1,
        le=30,
        township=True,
    )
    repeated_days: int = setting(
        90,
        title=mark("多少天内派发过的同一件事提示重复"),
        hint=mark("打开一件来文时，把没派发的和这些天里派发过的同类来文列出来，由乡镇决定是否归并。"),
        unit=mark("天"),
        ge=0,
        le=365,
    )
    screen_rows: int = setting(
        5_000,
        title=mark("批量过筛一次最多多少行"),
        hint=mark("在“批量过筛”页粘贴或者上传的来文，超过的请分成几份。"),
        unit=mark("行"),
        ge=1,
        le=20_000,
    )
    overdue_closes: str = senders.OVERDUE_CLOSES
    quota_every: str = senders.QUOTA_EVERY
    quota_township: int = senders.QUOTA_TOWNSHIP
    quota_village: int = senders.QUOTA_VILLAGE
    emergency_share: int = senders.EMERGENCY_SHARE
    emergency_red: int = senders.EMERGENCY_RED
    emergency_least: int = senders.EMERGENCY_LEAST
    rebound_percent: int = senders.REBOUND_PERCENT
    rebound_red: int = senders.REBOUND_RED
    cooperation_words: str = senders.COOPERATION_WORDS
    cooperation_least: int = senders.COOPERATION_LEAST
    cooperation_growth: int = senders.COOPERATION_GROWTH
    appraisal_words: str = senders.APPRAISAL_WORDS
    appraisal_least: int = senders.APPRAISAL_LEAST
    request_lead_days: int = requests.LEAD_DAYS
    request_answer_days: int = requests.ANSWER_DAYS
    request_opinion_days: int = requests.OPINION_DAYS
    request_remind_days: int = requests.REMIND_DAYS
