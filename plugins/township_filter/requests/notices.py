"""What people are told about requests."""

from typing import Final

from core.api import NoticeText, mark

TEXTS: Final = (
    NoticeText("township_filter:asked", mark("%(sender)s提出申请“%(title)s”，请受理。")),
    NoticeText("township_filter:review", mark("请对%(sender)s的申请“%(title)s”提出会审意见。")),
    NoticeText("township_filter:opinion_due", mark("%(sender)s的申请“%(title)s”等着您单位的会审意见。")),
    NoticeText("township_filter:reviewed", mark("申请“%(title)s”的会审意见齐了，请决定。")),
    NoticeText("township_filter:taken_back", mark("%(sender)s撤回了申请“%(title)s”。")),
    NoticeText("township_filter:soon", mark("%(sender)s的申请“%(title)s”快到答复期限了，请抓紧办理。")),
    NoticeText("township_filter:late", mark("%(sender)s的申请“%(title)s”超过答复期限，请尽快办理。")),
    NoticeText("township_filter:approved", mark("您的申请“%(title)s”已同意，新版清单发布后列入。")),
    NoticeText("township_filter:refused", mark("您的申请“%(title)s”没有同意：%(reason)s")),
    NoticeText("township_filter:returned", mark("您的申请“%(title)s”需要补正：%(reason)s")),
    NoticeText("township_filter:listed", mark("新版清单已发布，申请“%(title)s”已办结。")),
)
