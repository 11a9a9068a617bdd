"""What a county may set for the filter."""

from core.api import SettingsModel, mark, setting
from plugins.township_filter.enums import NotListed


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
    near_percent: int = setting(
        60,
        title=mark("接近到多少就交人工确认"),
        hint=mark("标题和正文与某个清单事项的接近程度达到这个数，就不驳回，列出接近的事项请人工确认。"),
        unit="%",
        ge=20,
        le=100,
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
