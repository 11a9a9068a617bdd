"""What a county may set for requests. Both figures are those of Xicheng, Beijing: apply 30 working days before, answer in 15.

Days are working days of the county's calendar; a change holds for requests that are handed in from its day on.
"""

from typing import Final

from core.api import mark, setting

LEAD_DAYS: Final = setting(
    30,
    title=mark("准入和调整在施行前多少天申请"),
    hint=mark("申请里写的施行日期至少在提交后这么多个工作日。填 0 表示同意后可以马上施行。"),
    unit=mark("个工作日"),
    ge=0,
    le=120,
)
ANSWER_DAYS: Final = setting(
    15,
    title=mark("准入和调整申请多少天内答复"),
    hint=mark("从提交（或补正后重新提交）的次日算起。"),
    unit=mark("个工作日"),
    ge=1,
    le=60,
)
OPINION_DAYS: Final = setting(
    5,
    title=mark("会审部门多少天内回复"),
    hint=mark("从送会审的次日算起。"),
    unit=mark("个工作日"),
    ge=1,
    le=30,
)
REMIND_DAYS: Final = setting(
    3, title=mark("申请的答复期限前多少天提醒"), unit=mark("个工作日"), ge=1, le=20
)
