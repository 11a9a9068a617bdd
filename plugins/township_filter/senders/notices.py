"""What people are told about quotas, overdue reviews and corrections."""

from typing import Final

from core.api import NoticeText, mark

TEXTS: Final = (
    NoticeText("township_filter:urgent_held", mark("%(sender)s的紧急来文“%(title)s”没有直接通过，请马上审定。")),
    NoticeText("township_filter:held", mark("%(sender)s的来文“%(title)s”超出限额，请决定是否放行。")),
    NoticeText("township_filter:released", mark("来文“%(title)s”的限额已放行：%(reason)s")),
    NoticeText("township_filter:declined", mark("来文“%(title)s”超出限额，县里没有放行：%(reason)s")),
    NoticeText("township_filter:overdue", mark("紧急事项“%(title)s”逾期未审查，请尽快补做审查。")),
    NoticeText("township_filter:overdue_sent", mark("您提交的紧急事项“%(title)s”逾期未审查，请联系本级补做审查。")),
    NoticeText("township_filter:correction", mark("%(sender)s提出“%(title)s”的分类不对，请确认。")),
    NoticeText("township_filter:correction_confirmed", mark("“%(title)s”的分类纠偏已确认。")),
    NoticeText("township_filter:correction_declined", mark("“%(title)s”的分类纠偏没有确认：%(reason)s")),
)
