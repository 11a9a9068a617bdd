"""The models with their parameters and how their warnings were judged; problems by field; the figures of each month."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from core.campaigns.queries import changes_of
from core.campaigns.queries import months_of as campaigns_of
from core.campaigns.workflows import READ as CAMPAIGNS
from core.contracts.registry import current
from core.contracts.settings import shown
from core.contracts.warnings import WarningModel
from core.kernel.database import transaction
from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.supervision.queries import months_of, precision_of_models, problems_of
from core.supervision.rules import Precision, SupervisionSettings
from core.supervision.workflows import READ
from core.tenancy.settings import effective, settings_of
from web.answers import Answer, Request, page, request_now, say
from web.pages.supervision.words import HINT, domain_title, formats, model_title, share_of
from web.routing import get_page

_YEAR = timedelta(days=366)


@get_page("/supervision/models", permission=READ)
async def models_page(request: Request, scope: Scope) -> Answer:
    """Show each model: what it looks for, when it is red, its parameters, and how many of its warnings were leads."""
    now = request_now(request)
    async with transaction(scope):
        judged = await precision_of_models(scope)
        rule = await settings_of(scope, SupervisionSettings, at=now)
        models = current().active(WarningModel, scope)
        values = {m.name: await effective(scope, m.area, at=now) if m.area else None for m in models}
    cards = [_card(request, model, judged.get(model.name, Precision()), values[model.name], rule.judged_least) for model in models]
    return page(
        request, "supervision/models.html", title=mark("预警模型"), back="/supervision", hint=say(request, HINT), cards=cards,
        least=rule.judged_least,
    )  # fmt: skip


def _card(request: Request, model: WarningModel, judged: Precision, values: Any, least: int) -> dict[str, Any]:
    fields = type(values).model_fields if values is not None else {}
    return {
        "title": say(request, model.title), "domain": say(request, model.domain.words), "hint": say(request, model.hint) if model.hint else "",
        "rule": say(request, model.severity_rule), "judged": judged, "floor": formats(request).percent(model.floor / 100),
        "share": share_of(request, judged, least),
        "review": judged.needs_review(model.floor, least), "href": f"/warnings?model={model.name}&show=all",
        "settings": f"/settings/{model.area.name}" if model.area is not None else "",
        "parameters": [
            (say(request, shown(field).title), f"{getattr(values, name)} {say(request, shown(field).unit) if shown(field).unit else ''}".strip())
            for name, field in fields.items()
        ],
    }  # fmt: skip


@get_page("/supervision/problems", permission=READ)
async def problems_page(request: Request, scope: Scope) -> Answer:
    """Show the leads by field and model, and the rules that were changed because of them."""
    async with transaction(scope):
        rows, changes = await problems_of(scope)
        others = await changes_of(scope) if scope.may(CAMPAIGNS) else []
    made = [{**dict(row), "href": f"/warnings/{row['id']}"} for row in changes]
    made += [{**dict(row), "href": f"/campaigns/{row['id']}"} for row in others]
    return page(
        request, "supervision/problems.html", title=mark("问题清单"), back="/supervision", hint=say(request, HINT),
        rows=[
            {
                **dict(row), "domain": domain_title(request, row["domain"]), "model": model_title(request, row["model"]),
                "href": f"/warnings?model={row['model']}&show=all", "campaign": f"/campaigns/new?model={row['model']}&domain={row['domain']}", "act": "", "recovered": formats(request).number(row["recovered"]),
            }
            for row in rows
        ],
        changes=[{**row, "domain": domain_title(request, row["domain"])} for row in sorted(made, key=lambda row: row["closed_at"], reverse=True)],
    )  # fmt: skip


@get_page("/supervision/effect", permission=READ)
async def effect_page(request: Request, scope: Scope) -> Answer:
    """Show each month's figures: warnings, handled ones, leads, money recovered."""
    now = request_now(request)
    async with transaction(scope):
        rows = {row["month"]: dict(row) for row in await months_of(scope, since=now - _YEAR)}
        broad = {row["month"]: row for row in await campaigns_of(scope, since=now - _YEAR)} if scope.may(CAMPAIGNS) else {}
    return page(
        request, "supervision/effect.html", title=mark("监督成效"), back="/supervision", hint=say(request, HINT), now=now,
        rows=[_month(request, month, rows.get(month, {}), broad.get(month, {})) for month in sorted({*rows, *broad}, reverse=True)],
    )  # fmt: skip


def _month(request: Request, month: str, own: Mapping[str, Any], broad: Mapping[str, Any]) -> dict[str, Any]:
    """Give one month: warnings, and what campaigns found and put right; the money of both."""
    return {
        "month": month, "raised": own.get("raised", 0), "handled": own.get("handled", 0), "leads": own.get("leads", 0),
        "campaigns": broad.get("closed", 0), "found": broad.get("found", 0), "fixed": broad.get("fixed", 0),
        "recovered": formats(request).number(own.get("recovered", 0) + broad.get("recovered", 0)),
    }  # fmt: skip
