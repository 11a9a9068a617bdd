"""What is stored here about a person of the county (PIPL 45, 47): what he asked for, said, decided and taught the filter at his posts.

Requests, reviews, quotas and corrections are files of the county that have to be kept: names stay in them as they were, as in audit
lines. A learned verdict is none: it holds without whoever gave it, so his name leaves it. Who it was stands in the audit lines alone.
Texts of a list that was screened go within a day, and ratings are core's.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.api import PersonalData, Scope, execute, fetch, mark

_HIS: Final = "(SELECT m.id FROM membership m WHERE m.region >= $1 AND m.region < $2 AND m.county = $3 AND m.person_id = $4)"


def _within(table: str) -> str:
    return f"{table}.region >= $1 AND {table}.region < $2 AND {table}.county = $3"


def _did(at: str) -> str:
    """Tell of a moment of a learned verdict whether this person gave or ended it then: by a decision, by putting it right, by undoing it."""
    return f"""(EXISTS (SELECT FROM audit_line a WHERE {_within("a")} AND a.person = $4 AND a.at = {at} AND (
    (a.subject_id = l.incoming_id AND a.action IN ('incoming.passed', 'incoming.refused', 'township_filter.corrected'))
    OR (a.subject_id = l.id AND a.action = 'township_filter.learned_undone')))
  OR EXISTS (SELECT FROM township_filter.correction c WHERE {_within("c")} AND c.incoming_id = l.incoming_id AND c.state = 'confirmed'
    AND c.decided_at = {at} AND c.decided_membership IN {_HIS}))"""  # noqa: S608 - constants


_TAUGHT: Final = _did("l.learned_at")
_UNDID: Final = _did("l.undone_at")
_OWN: Final = f"""
SELECT 'asked' AS what, q.number || ' ' || q.item_title AS about, q.why AS words, q.asked_at AS at
FROM township_filter.list_request q WHERE {_within("q")} AND q.asked_person = $4
UNION ALL SELECT 'decided', q.number || ' ' || q.item_title, q.decision_text, q.decided_at
FROM township_filter.list_request q WHERE {_within("q")} AND q.decided_person = $4
UNION ALL SELECT 'opined', q.number || ' ' || q.item_title, o.text, o.said_at
FROM township_filter.request_opinion o JOIN township_filter.list_request q ON q.county = o.county AND q.id = o.request_id
WHERE {_within("o")} AND {_within("q")} AND o.membership IN {_HIS}
UNION ALL SELECT 'reviewed', s.title, s.review_note, s.reviewed_at
FROM township_filter.screened s WHERE {_within("s")} AND s.reviewed_membership IN {_HIS}
UNION ALL SELECT 'quota_set', x.name, u.reason, u.at
FROM township_filter.sender_quota u JOIN township_filter.sender x ON x.county = u.county AND x.id = u.sender_id
WHERE {_within("u")} AND {_within("x")} AND u.membership IN {_HIS}
UNION ALL SELECT 'quota_decided', h.title, h.decided_reason, h.decided_at
FROM township_filter.quota_hold h WHERE {_within("h")} AND h.decided_membership IN {_HIS}
UNION ALL SELECT 'proposed', c.title, c.reason, c.at
FROM township_filter.correction c WHERE {_within("c")} AND c.membership IN {_HIS}
UNION ALL SELECT 'confirmed', c.title, c.decided_note, c.decided_at
FROM township_filter.correction c WHERE {_within("c")} AND c.decided_membership IN {_HIS}
UNION ALL SELECT 'taught', l.title, l.reason, l.learned_at FROM township_filter.learned l WHERE {_within("l")} AND {_TAUGHT}
UNION ALL SELECT 'undid', l.title, l.undo_reason, l.undone_at FROM township_filter.learned l WHERE {_within("l")} AND {_UNDID}
ORDER BY at, what, about
"""  # noqa: S608 - constants
_FORGET_TEACHER: Final = f"UPDATE township_filter.learned l SET by_name = '', by_office = '' WHERE {_within('l')} AND l.by_name <> '' AND {_TAUGHT}"  # noqa: S608 - constants
_FORGET_UNDOER: Final = f"UPDATE township_filter.learned l SET undone_by_name = '' WHERE {_within('l')} AND l.undone_by_name <> '' AND {_UNDID}"  # noqa: S608 - constants
WHAT: Final[Mapping[str, str]] = {
    "asked": mark("申请准入或调整"),
    "decided": mark("决定准入或调整申请"),
    "opined": mark("会审意见"),
    "reviewed": mark("审查紧急事项"),
    "quota_set": mark("设定来文限额"),
    "quota_decided": mark("决定超限额的来文"),
    "proposed": mark("提出改正任务归类"),
    "confirmed": mark("审定改正任务归类"),
    "taught": mark("认定来文归类"),
    "undid": mark("撤销过筛学到的结论"),
}


async def data_of(scope: Scope, person: UUID) -> Sequence[Mapping[str, Any]]:
    """Give what the person did here, the oldest first: what it was, about what, in which words, when."""
    return [{**dict(row), "what": WHAT[row["what"]]} for row in await fetch(scope, _OWN, scope.county, person)]


async def erase(scope: Scope, person: UUID, now: datetime) -> int:  # noqa: ARG001 - a holder's signature
    """Take the person's name out of learned verdicts; they hold on without it."""
    return await execute(scope, _FORGET_TEACHER, scope.county, person) + await execute(scope, _FORGET_UNDOER, scope.county, person)


PERSONAL: Final = PersonalData("township_filter:deeds", mark("事项过筛"), data_of, erase)
