"""Releasing, correcting and withdrawing publications; objections and their answers. Nothing released is ever changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core.contracts.disclosure import CLOSED, CORRECTED, OBJECTED, RELEASED, WITHDRAWN
from core.contracts.guards import ask_guards
from core.disclosure.attachments import NOTHING, Ready, keep_copies
from core.disclosure.cleaning import REFUSALS
from core.disclosure.drafting import Draft, draft_of
from core.disclosure.entries import require_acting
from core.disclosure.enums import Ended
from core.disclosure.periods import DAY, DisclosureSettings, midnight, today
from core.disclosure.queries import Publication, content_of_publication, left_of, objection_of, publication_of
from core.disclosure.rules import LONGEST_NOTE, check_number, digest_of, document_of, hash_of, leaks_in
from core.disclosure.workflows import END, PUBLICATION, RELEASE
from core.kernel.audit import audit
from core.kernel.database import execute, fetch_one
from core.kernel.errors import Conflict, Invalid, NotFound, filled, mark
from core.kernel.ids import new_id, new_token
from core.kernel.numbers import KINDS, without_numbers
from core.kernel.outbox import announce, cancel_timers, set_timer
from core.kernel.scope import Scope
from core.kernel.secrets import decrypt, encrypt
from core.tenancy.settings import settings_of

ANSWER: Final = "core:disclosure:answer"
NOTICE_DUE: Final = "disclosure.notice_due"
CONTACT: Final = "objection_contact"
LONGEST_BODY: Final = 1_000
LONGEST_CONTACT: Final = 50
_TOKEN_BYTES: Final = 12
_INSERT: Final = """
INSERT INTO publication (county, id, region, place, place_name, level, section, section_title, board, period, subject_id, title,
  content, figures, lines, hash, check_number, token, notice_until, released_by, released_name, released_office, released_at, corrects)
SELECT $3, $4, $5, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25
WHERE $5 >= $1 AND $5 < $2
ON CONFLICT (county, place, section, period, subject_id) WHERE ended_at IS NULL DO NOTHING
RETURNING id
"""
_END: Final = """
UPDATE publication SET ended_at = $4, ended = $5, end_reason = $6, ended_name = $7, successor = $8, hidden = $9
WHERE region >= $1 AND region < $2 AND id = $3 AND ended_at IS NULL RETURNING id
"""
_CLOSE: Final = """
UPDATE publication SET hidden = true
WHERE region >= $1 AND region < $2 AND id = $3 AND ended_at IS NOT NULL AND NOT hidden RETURNING id
"""
# What was asked for before is done by it; what nobody asked for needs no due date.
_DONE: Final = """
UPDATE publication_due SET done_at = $7, publication_id = $6
WHERE region >= $1 AND region < $2 AND region = $3 AND section = $4 AND period = $5 AND subject_id IS NOT DISTINCT FROM $8
"""
# A matter whose line was taken away meanwhile is not asked for again.
_AGAIN: Final = """
UPDATE publication_due d SET done_at = NULL, publication_id = NULL, missing_at = NULL
WHERE d.region >= $1 AND d.region < $2 AND d.publication_id = $3 AND NOT EXISTS (
  SELECT FROM board_entry e WHERE e.region >= $1 AND e.region < $2 AND e.county = d.county AND e.id = d.subject_id
    AND e.removed_at IS NOT NULL)
"""
# The one statement that lets nobody object to what is no notice, is over, or has ended meanwhile.
_OBJECT: Final = """
INSERT INTO publication_objection (county, id, region, publication_id, body, contact, receipt, at, answer_on)
SELECT p.county, $4, p.region, p.id, $5, $6, $7, $8, $9 FROM publication p
WHERE p.region >= $1 AND p.region < $2 AND p.id = $3 AND p.ended_at IS NULL AND p.notice_until >= $10 RETURNING region
"""
_ANSWER: Final = """
UPDATE publication_objection SET answered_at = $4, upheld = $5, answer = $6, answered_by = $7, answered_name = $8
WHERE region >= $1 AND region < $2 AND id = $3 AND answered_at IS NULL RETURNING publication_id
"""
_CONTACT: Final = """
SELECT o.county, o.contact FROM publication_objection o WHERE o.region >= $1 AND o.region < $2 AND o.id = $3
"""


@dataclass(frozen=True, slots=True)
class Released:
    """What was put up, and its public link."""

    id: UUID
    token: str
    title: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asks to have published: as in ``draft_of``, with the digest of what was shown."""

    section: str
    region: str
    period: str = ""
    subject: UUID | None = None
    note: str = ""
    digest: str = ""


async def release_publication(scope: Scope, *, wanted: Wanted, ready: Ready = NOTHING, now: datetime) -> Released:
    """Publish exactly the draft that was shown. Raises ``Conflict`` where it changed or is up already, ``Invalid`` for leaks.

    What has files needs their copies ``ready`` (``readying.ready_files``): here they are only compared.
    """
    scope.require(RELEASE)
    draft = await _draft(scope, wanted, ready, now)
    require_acting(scope, RELEASE, draft.place.code)
    await _ask(scope, "give_notice" if draft.notice_until else "release", draft, now)
    made = await _put(scope, draft, ready, now, corrects=None)
    if made is None:
        raise Conflict(mark("这一期已经公开过了。如内容有误，请打开它办理更正。"))
    await _after(scope, draft, made, now, RELEASED, {})
    return made


async def correct_publication(
    scope: Scope, *, publication: UUID, wanted: Wanted, reason: str, ready: Ready = NOTHING, now: datetime
) -> Released:
    """Put a corrected snapshot in the place of one that stands. The old one stays, with the reason and the way to the new."""
    scope.require(END)
    old = await publication_of(scope, publication)
    require_acting(scope, END, old.region)
    PUBLICATION.target_of("correct", old.state(now))
    if (old.section, old.region, old.subject_id) != (wanted.section, wanted.region, wanted.subject):
        raise NotFound
    if old.place != old.region:
        raise Conflict(mark("“%(title)s”是原来的村公开的，不能再更正。可以撤回，由现在的村重新公开。"), title=old.title)
    draft = await _draft(scope, wanted, ready, now)
    if draft.period != old.period:
        raise NotFound
    if draft.digest == digest_of(old.title, await content_of_publication(scope, old.id)):
        raise Invalid(mark("内容和原来的完全一样，没有更正。请先把来源改好，或者写一句说明。"))
    await _ask(scope, "correct", draft, now)
    new = ready.publication or new_id()
    await _end(scope, old, Ended.CORRECTED, reason, now, successor=new)
    made = await _put(scope, draft, ready, now, corrects=old.id, made=new)
    if made is None:
        raise Conflict
    await _after(scope, draft, made, now, CORRECTED, {"corrects": str(old.id), "reason": reason.strip()})
    return made


async def withdraw_publication(
    scope: Scope, *, publication: UUID, reason: str, hide: bool = False, others: bool = False, now: datetime
) -> None:
    """Withdraw what stands. It stays readable, marked; ``hide`` closes its content where it shows a person's data.

    With it ``others`` closes the earlier versions of the same as well.
    """
    scope.require(END)
    old = await publication_of(scope, publication)
    require_acting(scope, END, old.region)
    PUBLICATION.target_of("withdraw", old.state(now))
    await ask_guards(scope, PUBLICATION.name, "withdraw", subject=old.id, now=now, data={"section": old.section})
    await _end(scope, old, Ended.WITHDRAWN, reason, now, hide=hide)
    await execute(scope, _AGAIN, old.id)
    told = {**_payload(old), "reason": reason.strip()}
    await audit(
        scope, "publication.withdrawn", kind="publication", subject=old.id, now=now, region=old.region, county=old.county,
        data={"reason": reason.strip(), "hidden": hide, "hash": old.hash.hex()},
    )  # fmt: skip
    await announce(scope, WITHDRAWN, told, now=now, region=old.region, county=old.county)
    if hide:
        await _announce_closed(scope, old, now)
        await _close_others(scope, old, reason, now, wanted=others)


async def close_publication(scope: Scope, *, publication: UUID, reason: str, others: bool = False, now: datetime) -> None:
    """Close the content of what was corrected or withdrawn, where it shows a person's data after all. Hash and reason stay.

    ``others`` closes all other versions of the same that have ended. Raises ``Conflict`` for what still stands (it is withdrawn instead) and for what is closed already.
    """
    scope.require(END)
    old = await publication_of(scope, publication)
    require_acting(scope, END, old.region)
    if not reason.strip() or len(reason) > LONGEST_NOTE:
        raise Invalid(fields={"reason": mark("请写明原因，最多 500 字。")})
    if not await _close(scope, old, reason, now):
        raise Conflict(mark("这份公开内容还在公开，或者已经停止显示。"))
    await _close_others(scope, old, reason, now, wanted=others)


async def _close_others(scope: Scope, one: Publication, reason: str, now: datetime, *, wanted: bool) -> None:
    for other in await left_of(scope, one.id) if wanted else ():
        if other.region == one.region:
            await _close(scope, other, reason, now)


async def _close(scope: Scope, old: Publication, reason: str, now: datetime) -> bool:
    if await fetch_one(scope, _CLOSE, old.id) is None:
        return False
    await audit(
        scope, "publication.closed", kind="publication", subject=old.id, now=now, region=old.region, county=old.county,
        data={"reason": without_numbers(reason.strip()), "hash": old.hash.hex()},
    )  # fmt: skip
    await _announce_closed(scope, old, now)
    return True


async def _announce_closed(scope: Scope, old: Publication, now: datetime) -> None:
    """Have its files deleted once it is certain that nobody may see them any more: until then nothing is lost."""
    await announce(scope, CLOSED, {"publication": str(old.id)}, now=now, region=old.region, county=old.county)


async def object_to(
    scope: Scope, *, publication: UUID, body: str, contact: str, now: datetime
) -> str:
    """Take an objection to a notice, from anybody; gives the receipt. The scope is the system's at the notice's place."""
    text, reach = body.strip(), contact.strip()
    fields = {}
    if not text or len(text) > LONGEST_BODY:
        fields["body"] = mark("请写明您的意见，最多 1000 字。")
    if len(reach) > LONGEST_CONTACT:
        fields["contact"] = mark("联系方式最多 50 字。")
    if fields:
        raise Invalid(fields=fields)
    rule = await settings_of(scope, DisclosureSettings, at=now)
    made, receipt = new_id(), new_token(_TOKEN_BYTES)
    sealed = encrypt(reach, purpose=CONTACT, owner=scope.county) if reach else None
    row = await fetch_one(
        scope, _OBJECT, publication, made, text, sealed, receipt, now, today(now) + timedelta(days=rule.answer_days), today(now),
    )  # fmt: skip
    if row is None:
        raise Conflict(mark("公示已经结束，不能再提意见。您可以向村务监督委员会或乡镇反映。"))
    await audit(
        scope, "publication.objected", kind="publication_objection", subject=made, now=now, region=row["region"], data={}
    )
    told = {"publication": str(publication), "objection": str(made)}
    await announce(scope, OBJECTED, told, now=now, region=row["region"])
    return receipt


async def answer_objection(
    scope: Scope, *, objection: UUID, answer: str, upheld: bool, now: datetime
) -> UUID:
    """Answer an objection once; gives the publication. What is upheld is put right by a correction or withdrawal."""
    scope.require(ANSWER)
    text = answer.strip()
    if not text or len(text) > LONGEST_BODY:
        raise Invalid(fields={"answer": mark("请写明核实情况和结论，最多 1000 字。")})
    known = await objection_of(scope, objection)
    require_acting(scope, ANSWER, known.region)
    row = await fetch_one(
        scope, _ANSWER, objection, now, upheld, without_numbers(text), scope.membership, scope.by_name
    )
    if row is None:
        raise Conflict(mark("这条意见已经答复过了。"))
    await audit(
        scope, "publication.objection_answered", kind="publication_objection", subject=objection, now=now,
        region=known.region, data={"upheld": upheld},
    )  # fmt: skip
    publication: UUID = row["publication_id"]
    return publication


async def _draft(scope: Scope, wanted: Wanted, ready: Ready, now: datetime) -> Draft:
    draft = await draft_of(
        scope, section=wanted.section, region=wanted.region, period=wanted.period, subject=wanted.subject,
        note=wanted.note, now=now, looks=ready.looks,
    )  # fmt: skip
    if not draft.over:
        raise Conflict(mark("这一期还没有结束，结束后再公开。"))
    leaks = [*draft.leaks, *leaks_in("", draft.content, (scope.by_name, scope.by_office))]
    if leaks:
        first = leaks[0]
        raise Invalid(
            mark("“%(where)s”里有%(kind)s，不能公开。请改正来源后再看一遍草稿。"), where=first.where, kind=KINDS[first.kind]
        )
    if draft.refused:
        name, why = draft.refused[0]
        raise Invalid(filled(mark("附件“%(name)s”不能公开：%(why)s"), name=name, why=REFUSALS[why]))
    if draft.unseen or draft.sources != ready.sources:
        raise Conflict(mark("整理附件的时候，附件有增减，没有公开。请再看一遍草稿。"))
    if draft.digest != wanted.digest:
        raise Conflict(mark("内容在您查看之后变了，没有公开。请再看一遍草稿。"))
    return draft


async def _ask(scope: Scope, transition: str, draft: Draft, now: datetime) -> None:
    data = {"section": draft.section.name, "region": draft.place.code, "period": draft.period}
    await ask_guards(scope, PUBLICATION.name, transition, subject=draft.subject or UUID(int=0), now=now, data=data)


async def _put(
    scope: Scope, draft: Draft, ready: Ready, now: datetime, *, corrects: UUID | None, made: UUID | None = None
) -> Released | None:
    row: dict[str, Any] = {
        "id": made or ready.publication or new_id(), "county": scope.county, "place": draft.place.code, "place_name": draft.place_name,
        "section": draft.section.name, "period": draft.period, "subject_id": draft.subject, "title": draft.title,
        "content": draft.content, "notice_until": draft.notice_until, "released_name": scope.by_name,
        "released_office": scope.by_office, "released_at": now, "corrects": corrects,
    }  # fmt: skip
    digest, token = hash_of(document_of(row)), new_token(_TOKEN_BYTES)
    done = await fetch_one(
        scope, _INSERT, row["county"], row["id"], row["place"], row["place_name"], draft.place.level, row["section"],
        draft.section.title, str(draft.section.group), row["period"], row["subject_id"], row["title"], row["content"],
        draft.content["figures"], len(draft.content["rows"]), digest, check_number(digest), token, row["notice_until"],
        scope.membership, row["released_name"], row["released_office"], now, corrects,
    )  # fmt: skip
    if done is None:
        return None
    await keep_copies(scope, ready, subject=draft.subject, now=now)
    return Released(row["id"], token, draft.title)


async def _after(
    scope: Scope, draft: Draft, made: Released, now: datetime, topic: str, more: Mapping[str, Any]
) -> None:
    """Settle what was due, leave the trace with the hash in it, tell whoever waits, and set the notice's end."""
    region = draft.place.code
    await execute(scope, _DONE, region, draft.section.name, draft.period, made.id, now, draft.subject)
    stored = await publication_of(scope, made.id)
    await audit(
        scope, topic, kind="publication", subject=made.id, now=now, region=region,
        data={"section": draft.section.name, "period": draft.period, "hash": stored.hash.hex(), **more},
    )  # fmt: skip
    told = {**_payload(stored), **more}
    await announce(scope, topic, told, now=now, region=region)
    if draft.notice_until:
        payload = {"publication": str(made.id)}
        due = midnight(draft.notice_until + DAY)
        await set_timer(scope, NOTICE_DUE, subject=made.id, due_at=due, payload=payload, region=region)


def _payload(publication: Publication) -> dict[str, Any]:
    return {
        "publication": str(publication.id), "section": publication.section, "period": publication.period,
        "subject": str(publication.subject_id) if publication.subject_id else None, "token": publication.token,
        "notice_until": publication.notice_until.isoformat() if publication.notice_until else None,
    }  # fmt: skip


async def _end(
    scope: Scope, old: Publication, how: Ended, reason: str, now: datetime, *, successor: UUID | None = None,
    hide: bool = False,
) -> None:  # fmt: skip
    text = reason.strip()
    if not text or len(text) > LONGEST_NOTE:
        raise Invalid(fields={"reason": mark("请写明原因，最多 500 字。原因会一起公开。")})
    if leaks := leaks_in(text, {"note": "", "columns": [], "rows": [], "figures": []}):
        problem = filled(mark("原因会一起公开，不能写%(kind)s。"), kind=KINDS[leaks[0].kind])
        raise Invalid(fields={"reason": problem})
    row = await fetch_one(scope, _END, old.id, now, str(how), text, scope.by_name, successor, hide)
    if row is None:
        raise Conflict
    await cancel_timers(scope, subject=old.id, topic=NOTICE_DUE, county=old.county)


async def show_contact(scope: Scope, *, objection: UUID, reason: str, now: datetime) -> str:
    """Give the contact of an objection's author to whoever answers it, with a logged reason. Raises ``NotFound`` if none."""
    scope.require(ANSWER)
    known = await objection_of(scope, objection)
    require_acting(scope, ANSWER, known.region)
    if not reason.strip():
        raise Invalid(fields={"reason": mark("请写明为什么要查看联系方式。")})
    row = await fetch_one(scope, _CONTACT, objection)
    if row is None or row["contact"] is None:
        raise NotFound
    await audit(
        scope, "publication.contact_shown", kind="publication_objection", subject=objection, now=now, region=known.region,
        county=row["county"], data={"reason": without_numbers(reason.strip())[:200]},
    )  # fmt: skip
    return decrypt(row["contact"], purpose=CONTACT, owner=row["county"])
