"""One warning: why, the rows it rests on, where it stands, whose turn it is, and what may be done now."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from core.drafts.queries import draft_for
from core.files.queries import StoredFile, file_for, files_of
from core.kernel.clock import SHANGHAI
from core.kernel.database import transaction
from core.kernel.errors import Invalid, NotFound, ProductError, mark
from core.kernel.scope import Scope
from core.supervision import actions as a
from core.supervision.enums import VERDICT_TITLES, WarningState
from core.supervision.papers import WAY_OF
from core.supervision.queries import concerns_of, events_of, model_named, warning_row
from core.supervision.rules import SupervisionSettings
from core.supervision.workflows import WARNING
from core.tenancy.settings import settings_of
from web.answers import Answer, Request, page, request_now, say, see_other
from web.deeds import Run, deed, drawn, unsent_of
from web.forms import Form, first, id_in, money_in
from web.pages.supervision.words import (
    HINT,
    clock_of,
    decider_of,
    domain_title,
    formats,
    history_of,
    model_title,
    severity_of,
    steps_of,
    turn_of,
    why_of,
)
from web.routing import get_page, post_form
from web.uploaded import uploaded
from web.wording import listed

HANDLE = "core:warning:handle"
ANSWER = "core:warning:answer"


@get_page("/warnings/{warning_id:uuid}", permission=ANSWER)
async def warning_page(request: Request, scope: Scope, warning_id: UUID) -> Answer:
    return await show(request, scope, warning_id)


async def show(
    request: Request, scope: Scope, warning: UUID, *, errors: ProductError | None = None, form: Form | None = None, sent: str = ""
) -> Answer:  # fmt: skip
    """Draw the page; ``sent`` names the form that was refused."""
    now = request_now(request)
    async with transaction(scope):
        row = await warning_row(scope, warning)
        events, concerns = await events_of(scope, warning), await concerns_of(scope, warning)
        concerned = a.is_concerned(scope, row)
        rule = await settings_of(scope, SupervisionSettings, at=now, region=row["region"])
        ways = a.ways_of(scope, row, concerned=concerned, appeals_most=rule.appeals_most)
        persons = await a.persons_at(scope, row, now=now) if "ask" in ways and not concerns else []
        files = await files_of(scope, subject=warning)
        drafts = [await draft_for(scope, form=f"warning_{way}", subject=str(warning)) for way in ("state", "correct") if way in ways]
    severity, tone = severity_of(request, row)
    clock, clock_tone = clock_of(request, row, now)
    state, model = WARNING.by_state[row["state"]], model_named(row["model"])
    return page(
        request, "supervision/one.html", title=mark("预警"), back="/warnings/mine" if concerned else "/warnings",
        **drawn(errors), form=form, sent_form=sent, unsent=unsent_of(errors, form, "text", "reason", "rule_change"), row=row, hint=say(request, HINT), why=why_of(request, row),
        severity=severity, severity_tone=tone, clock=clock, clock_tone=clock_tone, state=say(request, state.title), state_tone=state.tone,
        domain=domain_title(request, row["domain"]), model=model_title(request, row["model"]),
        rule=say(request, model.severity_rule) if model else "", steps=steps_of(request, row, now), turn=turn_of(request, row, named=bool(concerns)), left_to=decider_of(request, row) if _left_to_others(row, ways, concerned=concerned) else "",
        own_verdict=row["judged_person"] is not None and row["judged_person"] == scope.person,
        appealed=row["appeals"] > 0 and concerned and "correct" in ways and "appeal" not in ways,
        seen_at=next((each["at"] for each in events if a.seen_by(scope, each)), None),
        basis=_basis(request, scope, row, now), concerned=concerned, ways=ways,
        names=listed(request, (each["name"] for each in concerns)) if not concerned else "",
        persons=[(str(each["person_id"]), each["person_name"]) for each in persons if each["person_id"] != scope.person],
        verdict=say(request, VERDICT_TITLES[row["verdict"]]) if row["verdict"] else "",
        history=history_of(request, events), waits=row["state"] == "asked" and row["due_at"] is not None and row["due_at"] > now,
        files=papers_of(request, files, warning), drafted=next((each.data for each in drafts if each), {}), least=rule.evidence_least, appeals_most=rule.appeals_most, quiet=not concerned and row["state"] in {"raised", "taken"} and row["severity"] != "red",
    )  # fmt: skip


def _left_to_others(row: Any, ways: set[str], *, concerned: bool) -> bool:
    """Whether an appeal waits that this handler may not decide."""
    return row["state"] == WarningState.APPEALED and not concerned and "uphold" not in ways


def papers_of(request: Request, files: Sequence[StoredFile], warning: UUID) -> dict[str, list[dict[str, Any]]]:
    """Give the papers by purpose, and those that were handed in (``shown``)."""
    found = {purpose: [uploaded(request, each, f"/warnings/{warning}") for each in files if each.purpose == purpose] for purpose in WAY_OF}
    handed = [uploaded(request, each, f"/warnings/{warning}") for each in files if each.purpose in WAY_OF and each.attached_at and each.is_kept]
    return {**found, "shown": handed}


@post_form("/warnings/{warning_id:uuid}/files/{file_id:uuid}/remove", permission=ANSWER)
async def remove(request: Request, scope: Scope, warning_id: UUID, file_id: UUID) -> Answer:
    """Take a paper back that was not handed in yet."""
    async with transaction(scope):
        await warning_row(scope, warning_id)
        found = await file_for(scope, file_id=file_id)
        if found.subject_id != warning_id or found.purpose not in WAY_OF:
            raise NotFound
        await a.remove_paper(scope, file=found, now=request_now(request))
    return see_other(request, f"/warnings/{warning_id}", flash=mark("已删除。"))


def _basis(request: Request, scope: Scope, row: dict[str, object], now: datetime) -> list[dict[str, str]]:
    """Give the rows it rests on. Outside data is reached by few: others read the line, masked, without a way to the list."""
    found: list[dict[str, str]] = []
    for each in row["basis"]:  # type: ignore[attr-defined]
        if "erased" in each:
            went = say(request, mark("外部数据已经删除，摘录的内容在%(at)s一并删除"), at=formats(request).moment(datetime.fromisoformat(each["erased"]), now))
            found.append({"kind": say(request, each["kind"]), "title": went, "link": "", "at": ""})
            continue
        at = datetime.fromisoformat(each["at"]) if each["at"] else None
        shut = each["link"].startswith("/datasets/") and not scope.may("core:dataset:read")
        found.append(
            {
                "kind": say(request, each["kind"]), "title": each["title"], "link": "" if shut else each["link"],
                "at": formats(request).moment(at, now) if at else "",
            }
        )
    return found


async def _deed(request: Request, scope: Scope, warning: UUID, name: str, run: Run, told: str) -> Answer:
    again, onward = partial(show, request, scope, warning), f"/warnings/{warning}"
    draft = (f"warning_{name}", warning) if name in {"state", "correct"} else None
    return await deed(request, scope, run, again=again, name=name, onward=onward, told=told, draft=draft)


@post_form("/warnings/{warning_id:uuid}/take", permission=HANDLE)
async def take(request: Request, scope: Scope, warning_id: UUID) -> Answer:
    """Take it."""
    now = request_now(request)
    return await _deed(request, scope, warning_id, "take", lambda _: a.take_warning(scope, warning=warning_id, now=now), mark("已接办。"))


@post_form("/warnings/{warning_id:uuid}/acknowledge", permission=HANDLE)
async def acknowledge(request: Request, scope: Scope, warning_id: UUID) -> Answer:
    """Say that it was seen."""
    now = request_now(request)
    return await _deed(
        request, scope, warning_id, "acknowledge", lambda _: a.acknowledge_warning(scope, warning=warning_id, now=now), mark("已记为知悉。")
    )


@post_form("/warnings/{warning_id:uuid}/snooze", permission=HANDLE)
async def snooze(request: Request, scope: Scope, warning_id: UUID) -> Answer:
    """Set it aside until the end of a day."""

    async def run(form: Form) -> None:
        until = _end_of_day(first(form, "until"))
        await a.snooze_warning(scope, warning=warning_id, until=until, reason=first(form, "reason"), now=request_now(request))

    return await _deed(request, scope, warning_id, "snooze", run, mark("已暂缓，到期会重新列出。"))


def _end_of_day(text: str) -> datetime:
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=SHANGHAI)
    except ValueError as error:
        raise Invalid(fields={"until": mark("请填写日期。")}) from error
    return datetime.combine(day.date(), time(), tzinfo=SHANGHAI) + timedelta(days=1)


@post_form("/warnings/{warning_id:uuid}/ask", permission=HANDLE)
async def ask(request: Request, scope: Scope, warning_id: UUID) -> Answer:
    """Put it to the person concerned."""

    async def run(form: Form) -> None:
        await a.ask_person(
            scope, warning=warning_id, text=first(form, "text"), person=id_in(form, "person"), now=request_now(request)
        )

    return await _deed(request, scope, warning_id, "ask", run, mark("已请当事人说明。"))


@post_form("/warnings/{warning_id:uuid}/state", permission=ANSWER)
async def state(request: Request, scope: Scope, warning_id: UUID) -> Answer:
    """Explain what was put to one."""

    async def run(form: Form) -> None:
        await a.state_case(scope, warning=warning_id, text=first(form, "text"), now=request_now(request))

    return await _deed(request, scope, warning_id, "state", run, mark("已提交说明。"))


@post_form("/warnings/{warning_id:uuid}/judge", permission=HANDLE)
async def judge(request: Request, scope: Scope, warning_id: UUID) -> Answer:
    """Give the verdict."""

    async def run(form: Form) -> None:
        await a.judge_warning(
            scope, warning=warning_id, way=first(form, "way"), text=first(form, "text"), now=request_now(request)
        )

    return await _deed(request, scope, warning_id, "judge", run, mark("结论已记录。"))


@post_form("/warnings/{warning_id:uuid}/correct", permission=ANSWER)
async def correct(request: Request, scope: Scope, warning_id: UUID) -> Answer:
    """Report the correction."""

    async def run(form: Form) -> None:
        await a.correct_warning(scope, warning=warning_id, text=first(form, "text"), now=request_now(request))

    return await _deed(request, scope, warning_id, "correct", run, mark("整改情况已报送，等待复核。"))


@post_form("/warnings/{warning_id:uuid}/return", permission=HANDLE)
async def send_back(request: Request, scope: Scope, warning_id: UUID) -> Answer:
    """Send the correction back."""

    async def run(form: Form) -> None:
        await a.return_correction(scope, warning=warning_id, reason=first(form, "reason"), now=request_now(request))

    return await _deed(request, scope, warning_id, "return", run, mark("已退回。"))


@post_form("/warnings/{warning_id:uuid}/verify", permission=HANDLE)
async def verify(request: Request, scope: Scope, warning_id: UUID) -> Answer:
    """Confirm the correction."""

    async def run(form: Form) -> None:
        await a.verify_correction(scope, warning=warning_id, text=first(form, "text"), now=request_now(request))

    return await _deed(request, scope, warning_id, "verify", run, mark("复核通过，等级已降为黄色。"))


@post_form("/warnings/{warning_id:uuid}/close", permission=HANDLE)
async def close(request: Request, scope: Scope, warning_id: UUID) -> Answer:
    """Close it with what came of it."""

    async def run(form: Form) -> None:
        await a.close_warning(
            scope, warning=warning_id, recovered=money_in(form, "recovered"), rule_change=first(form, "rule_change"),
            now=request_now(request),
        )  # fmt: skip

    return await _deed(request, scope, warning_id, "close", run, mark("已办结。"))


@post_form("/warnings/{warning_id:uuid}/appeal", permission=ANSWER)
async def appeal(request: Request, scope: Scope, warning_id: UUID) -> Answer:
    """Object to the verdict."""

    async def run(form: Form) -> None:
        await a.appeal_verdict(scope, warning=warning_id, reason=first(form, "reason"), now=request_now(request))

    return await _deed(request, scope, warning_id, "appeal", run, mark("申诉已提交，由作出结论以外的人处理。"))


@post_form("/warnings/{warning_id:uuid}/decide-appeal", permission=HANDLE)
async def decide_appeal(request: Request, scope: Scope, warning_id: UUID) -> Answer:
    """Decide an appeal."""

    async def run(form: Form) -> None:
        await a.decide_appeal(
            scope, warning=warning_id, upheld=first(form, "upheld") == "1", reason=first(form, "reason"), now=request_now(request)
        )

    return await _deed(request, scope, warning_id, "appeal_decided", run, mark("申诉已处理。"))
