"""Opening a campaign, from a topic of the problem list or from nothing."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any, Final

from core.campaigns.actions import open_campaign
from core.campaigns.rules import Plan
from core.campaigns.workflows import OPEN
from core.contracts.registry import current
from core.contracts.warnings import Domain, WarningModel
from core.drafts.actions import once
from core.kernel.clock import SHANGHAI, local
from core.kernel.database import transaction
from core.kernel.errors import Invalid, mark
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from core.supervision.queries import leads_by_place
from core.tenancy.enums import Level
from core.tenancy.queries.regions import children_of, villages_of
from web.answers import Answer, Request, page, request_now, say, see_other
from web.forms import Form, first, form_of
from web.pages.work.words import formats
from web.routing import get_page, post_form

_FIELDS: Final = ("title", "text", "domain", "model", "due_on")
_TERM: Final = 30


@get_page("/campaigns/new", permission=OPEN)
async def begin_page(request: Request, scope: Scope) -> Answer:
    """Show the form; a link from the problem list names the model and its field."""
    query = request.query_params
    model, domain = str(query.get("model", ""))[:60], str(query.get("domain", ""))[:20]
    found = current().named(WarningModel, model) if model else None
    due = (local(request_now(request)) + timedelta(days=_TERM)).date().isoformat()
    form: dict[str, list[str]] = {"due_on": [due]}
    if found is not None:
        form |= {"model": [model], "domain": [str(found.domain)]}
    elif domain in set(Domain):
        form |= {"domain": [domain]}
    return await _show(request, scope, form, fresh=True)


@post_form("/campaigns/new", permission=OPEN)
async def begin(request: Request, scope: Scope) -> Answer:
    """Open it. Pressed twice it opens once."""
    form, now = await form_of(request), request_now(request)

    async def run() -> dict[str, str]:
        plan = Plan(first(form, "title"), first(form, "text"), first(form, "domain"), _end_of(first(form, "due_on")), first(form, "model"))
        made = await open_campaign(scope, plan=plan, villages=[code for code in form.get("regions", ()) if code], now=now)
        return {"campaign": str(made)}

    try:
        async with transaction(scope):
            done = await once(scope, key=first(form, "_key"), form="campaign", request=form, run=run, now=now)
    except Invalid as error:
        return await _show(request, scope, form, errors=error)
    return see_other(request, f"/campaigns/{done.result['campaign']}", flash=mark("已发起，各村会收到通知。"))


def _end_of(text: str) -> datetime:
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=SHANGHAI)
    except ValueError as error:
        raise Invalid(fields={"due_on": mark("请填写日期。")}) from error
    return datetime.combine(day.date(), time(18), tzinfo=SHANGHAI)


async def _show(request: Request, scope: Scope, form: Form, *, errors: Invalid | None = None, fresh: bool = False) -> Answer:
    domain, model = first(form, "domain"), first(form, "model")
    async with transaction(scope):
        leads = await leads_by_place(scope, domain=domain, model=model) if domain else {}
        groups = await _groups(request, scope, leads)
    chosen = sorted(leads) if fresh else [code for code in form.get("regions", ()) if code]
    wrong = dict(errors.fields) if errors else {}
    if "due_at" in wrong:
        wrong["due_on"] = wrong.pop("due_at")
    found = current().named(WarningModel, model) if model else None
    return page(
        request, "campaigns/new.html", title=mark("发起面上整改"), back="/campaigns", status=422 if errors else 200,
        errors=Invalid(errors.message, fields=wrong, **errors.data) if errors else None, form=form, key=first(form, "_key") or str(new_id()),
        values={name: first(form, name) for name in _FIELDS}, groups=groups, chosen=chosen,
        domains=[(str(each), say(request, each.words)) for each in Domain],
        models=[("", say(request, mark("不限某一个模型")))] + [(each.name, say(request, each.title)) for each in current().visible(WarningModel, scope)],
        topic=say(request, found.title) if found else "", leads=sum(leads.values()),
    )  # fmt: skip


async def _groups(request: Request, scope: Scope, leads: Mapping[str, int]) -> list[dict[str, Any]]:
    """Give the villages below, in a county by township; beside each how many leads it has."""
    villages = [each for each in await villages_of(scope, scope.region) if not each.pseudo]
    towns = {each.code: each.short_name for each in await children_of(scope, scope.region)} if scope.level == Level.COUNTY else {}
    groups: dict[str, list[dict[str, Any]]] = {}
    for each in villages:
        note = say(request, mark("线索 %(n)s 件"), n=formats(request).number(leads[each.code])) if each.code in leads else ""
        groups.setdefault(each.code[:9], []).append({"id": each.code, "name": each.short_name, "warn": note})
    return [{"title": towns.get(code, say(request, mark("各村"))), "rows": rows} for code, rows in groups.items()]
