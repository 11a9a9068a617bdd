"""The county's procedures: which ones villages may use, with which numbers, from when on."""

from datetime import datetime
from typing import Any

from core.decisions.actions.procedures import (
    CONFIGURE,
    apply_procedures,
    changed_procedure,
    pack_offers,
    set_procedure,
)
from core.decisions.procedures import Procedure, Step
from core.decisions.queries import InForce, procedure_history, procedures_in_force
from core.kernel.clock import SHANGHAI
from core.kernel.database import transaction
from core.kernel.errors import Invalid, NotFound, mark
from core.kernel.scope import Scope
from core.tenancy.packs import FOLDER
from web.answers import Answer, Request, page, request_now, say, see_other
from web.forms import Form, first, form_of
from web.pages.decisions.words import evidence_words, formats, rule_words, subject_title
from web.routing import get_page, post_form

_PARTS = ("1/2", "3/5", "2/3", "3/4", "4/5", "9/10")
_MOST_DAYS = 90


@get_page("/procedures", permission=CONFIGURE)
async def procedures_page(request: Request, scope: Scope) -> Answer:
    """List the procedures with whether villages may use them, and those of the county's pack that are not in use yet."""
    return await _list(request, scope)


async def _list(
    request: Request, scope: Scope, *, errors: Invalid | None = None, form: Form | None = None
) -> Answer:
    now = request_now(request)
    async with transaction(scope):
        known = await procedures_in_force(scope, at=now)
        offered = await pack_offers(scope, FOLDER / scope.county)
    chosen = form.get("codes", ()) if form is not None else [each.code for each in offered]
    return page(
        request, "decisions/procedures.html", title=mark("决策流程"), status=422 if errors else 200, errors=errors,
        rows=[_card(request, each, now) for each in known.values()],
        offered=[_offer(request, each) for each in offered], chosen=chosen,
        valid_from=first(form or {}, "valid_from"), reason=first(form or {}, "reason"),
    )  # fmt: skip


def _offer(request: Request, procedure: Procedure) -> tuple[str, str, str]:
    """Give a choice of the form: the procedure's title, and its steps below."""
    return procedure.code, say(request, procedure.title), " → ".join(say(request, step.title) for step in procedure.steps)


@post_form("/procedures/pack", permission=CONFIGURE)
async def use_pack(request: Request, scope: Scope) -> Answer:
    """Take over procedures of the county's pack from a day on; decisions that run keep their version."""
    form, now = await form_of(request), request_now(request)
    codes = set(form.get("codes", ()))
    if not codes:
        nothing = Invalid(fields={"codes": mark("请选择要启用的流程。")})
        return await _list(request, scope, errors=nothing, form=form)
    try:
        async with transaction(scope):
            made = await apply_procedures(
                scope, FOLDER / scope.county, reason=first(form, "reason"), now=now, codes=codes,
                valid_from=_valid_from(form, now),
            )  # fmt: skip
    except Invalid as error:
        return await _list(request, scope, errors=error, form=form)
    told = mark("已启用。正在办的决策仍按发起时的版本办。") if made else mark("这些流程已经启用过了。")
    return see_other(request, "/procedures", flash=told)


def _card(request: Request, known: InForce, now: datetime) -> dict[str, Any]:
    procedure = known.procedure
    return {
        "code": procedure.code, "title": say(request, procedure.title), "summary": say(request, procedure.summary),
        "allowed": procedure.allowed, "version": procedure.version, "own": bool(known.region),
        "since": formats(request).day(known.valid_from, now) if known.valid_from else "",
        "steps": [say(request, step.title) for step in procedure.steps],
    }  # fmt: skip


@get_page("/procedures/{procedure_code:str}", permission=CONFIGURE)
async def procedure_page(request: Request, scope: Scope, procedure_code: str) -> Answer:
    return await _show(request, scope, procedure_code)


async def _show(
    request: Request, scope: Scope, code: str, *, errors: Invalid | None = None, form: Form | None = None
) -> Answer:
    now = request_now(request)
    async with transaction(scope):
        known = (await procedures_in_force(scope, at=now)).get(code)
        history = await procedure_history(scope, code)
    if known is None:
        raise NotFound
    procedure = known.procedure
    return page(
        request, "decisions/procedure.html", title=mark("决策流程"), back="/procedures", status=422 if errors else 200,
        errors=errors, form=form, code=code, known=known, heading=say(request, procedure.title),
        summary=say(request, procedure.summary), source=say(request, procedure.source) if procedure.source else "",
        subjects=[subject_title(request, kind) for kind in procedure.subjects], mandate=procedure.mandate,
        steps=[_step(request, step, form) for step in procedure.steps],
        allowed=bool(first(form, "allowed")) if form is not None else procedure.allowed,
        valid_from=first(form or {}, "valid_from"), reason=first(form or {}, "reason"),
        history=[_line(request, each, now) for each in history],
    )  # fmt: skip


def _step(request: Request, step: Step, form: Form | None) -> dict[str, Any]:
    def value(name: str, default: Any) -> Any:
        return first(form, name, str(default)) if form is not None else default

    meetings = [
        {
            "title": say(request, each.title), "words": rule_words(request, each), "name": f"{step.code}.{each.body}",
            "source": say(request, each.source) if each.source else "",
            "notice_days": value(f"{step.code}.{each.body}.notice_days", each.notice_days),
            "quorum": value(f"{step.code}.{each.body}.quorum", str(each.quorum or "")),
            "majority": value(f"{step.code}.{each.body}.majority", str(each.majority or "")),
            "quorums": _choices(request, each.quorum, ("should",), none=True),
            "majorities": _choices(request, each.majority, ("came", "should"), none=False),
        }
        for each in step.meetings
    ]  # fmt: skip
    return {
        "code": step.code, "title": say(request, step.title), "who": say(request, step.who) if step.who else "",
        "publishes": step.publishes, "source": say(request, step.source) if step.source else "", "meetings": meetings,
        "wanted": evidence_words(request, step), "votes": step.votes,
        **{name: value(f"{step.code}.{name}", getattr(step, name)) for name in ("days", "within_days", "sheets", "photos")},
    }  # fmt: skip


def _choices(request: Request, now_there: Any, bases: tuple[str, ...], *, none: bool) -> list[tuple[str, str]]:
    """Give the shares that a form offers, with the one that holds."""
    words = {
        "should": (mark("应到人数的 %(share)s 以上"), mark("超过应到人数的 %(share)s")),
        "came": (mark("到会人数的 %(share)s 以上"), mark("超过到会人数的 %(share)s")),
    }
    made = [("", say(request, mark("不要求")))] if none else []
    for base in bases:
        for part in _PARTS:
            made += [
                (f">={part} {base}", say(request, words[base][0], share=part)),
                (f">{part} {base}", say(request, words[base][1], share=part)),
            ]
    held = str(now_there or "")
    return made if held in dict(made) else [*made, (held, held)]


def _line(request: Request, row: Any, now: datetime) -> dict[str, Any]:
    allowed = mark("第 %(n)s 版：村里可以使用") if row["allowed"] else mark("第 %(n)s 版：村里不再使用")
    note = row["reason"]
    if row["valid_from"] > row["created_at"]:
        when = formats(request).moment(row["valid_from"], now)
        note = f"{note}\n{say(request, mark('%(when)s 起生效'), when=when)}"
    return {"who": row["by_name"], "what": say(request, allowed, n=row["version"]), "at": row["created_at"], "note": note}


@post_form("/procedures/{procedure_code:str}", permission=CONFIGURE)
async def set_one(request: Request, scope: Scope, procedure_code: str) -> Answer:
    """Set a new version; decisions that run keep theirs."""
    form, now = await form_of(request), request_now(request)
    try:
        async with transaction(scope):
            known = (await procedures_in_force(scope, at=now)).get(procedure_code)
            if known is None:
                raise NotFound
            changes = _changes(known.procedure, form)
            procedure = await changed_procedure(scope, procedure_code, changes, now=now)
            await set_procedure(
                scope, procedure=procedure, valid_from=_valid_from(form, now), reason=first(form, "reason"), now=now
            )
    except Invalid as error:
        return await _show(request, scope, procedure_code, errors=error, form=form)
    return see_other(request, f"/procedures/{procedure_code}", flash=mark("已保存。正在办的决策仍按发起时的版本办。"))


def _changes(procedure: Procedure, form: Form) -> dict[str, Any]:
    """Read the numbers; raises ``Invalid`` beside the field for what is no number."""
    changes: dict[str, Any] = {"allowed": bool(first(form, "allowed"))}
    wrong: dict[str, str] = {}
    for step in procedure.steps:
        names = [f"{step.code}.{name}" for name in ("days", "within_days", "sheets", "photos")]
        names += [f"{step.code}.{each.body}.notice_days" for each in step.meetings]
        for name in names:
            if (text := first(form, name).strip()) == "":
                continue
            if not text.removeprefix("-").isdecimal() or not -1 <= int(text) <= _MOST_DAYS:
                wrong[name] = mark("请填写 0 到 90 的整数。")
            else:
                changes[name] = int(text)
        for each in step.meetings:
            for part in ("quorum", "majority"):
                if (name := f"{step.code}.{each.body}.{part}") in form:
                    changes[name] = first(form, name)
    if wrong:
        raise Invalid(fields=wrong)
    return changes


def _valid_from(form: Form, now: datetime) -> datetime:
    text = first(form, "valid_from").strip()
    if not text:
        return now
    try:
        wanted = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(fields={"valid_from": mark("请填写日期和时间。")}) from None
    return wanted.replace(tzinfo=SHANGHAI) if wanted.tzinfo is None else wanted


