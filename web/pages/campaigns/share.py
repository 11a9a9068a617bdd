"""One village's share: what is asked, the report with evidence, and its check by whoever opened the campaign."""

from functools import partial
from typing import Final
from uuid import UUID

from core.campaigns import actions as a
from core.campaigns.queries import one_campaign, one_share
from core.campaigns.rules import EVIDENCE, CampaignSettings, Report
from core.campaigns.workflows import OPEN, READ, REPORT, SHARE
from core.drafts.queries import draft_for
from core.files.queries import file_for
from core.kernel.database import transaction
from core.kernel.errors import NotFound, ProductError, mark
from core.kernel.scope import Scope
from core.tenancy.settings import settings_of
from web.answers import Answer, Request, page, request_now, see_other
from web.deeds import Run, deed, drawn, unsent_of
from web.forms import Form, first, money_in, whole_in
from web.pages.campaigns.words import history_of, share_line
from web.routing import get_page, post_form
from web.uploaded import uploaded

DRAFT: Final = "campaign_share"


@get_page("/campaigns/shares/{share_id:uuid}", permission=READ)
async def share_page(request: Request, scope: Scope, share_id: UUID) -> Answer:
    return await show(request, scope, share_id)


async def show(
    request: Request, scope: Scope, share: UUID, *, errors: ProductError | None = None, form: Form | None = None, sent: str = ""
) -> Answer:  # fmt: skip
    """Draw the page; ``sent`` names the form that was refused."""
    now = request_now(request)
    async with transaction(scope):
        seen = await one_share(scope, share)
        campaign = await one_campaign(scope, seen.row["campaign_id"])
        draft = await draft_for(scope, form=DRAFT, subject=str(share))
        rule = await settings_of(scope, CampaignSettings, at=now, region=seen.row["region"])
    files = [each for each in seen.files if each.purpose == EVIDENCE]
    opened_at = campaign.row["region"] if campaign.whole else ""
    return page(
        request, "campaigns/share.html", title=mark("自查整改"), back=f"/campaigns/{seen.row['campaign_id']}", **drawn(errors),
        form=form, sent_form=sent, unsent=unsent_of(errors, form, "text", "reason"), row=seen.row, line=share_line(request, seen.row, now), least=rule.evidence_least,
        ways=a.ways_of(scope, seen.row, opened_at=opened_at), history=history_of(request, seen.events),
        files=[uploaded(request, each, f"/campaigns/shares/{share}") for each in files],
        handed=[uploaded(request, each, f"/campaigns/shares/{share}") for each in files if each.attached_at is not None and each.is_kept],
        drafted=draft.data if draft else {}, draft_at=draft.saved_at if draft else None,
        state=SHARE.by_state[seen.row["state"]],
    )  # fmt: skip


async def _deed(request: Request, scope: Scope, share: UUID, name: str, run: Run, told: str) -> Answer:
    again, onward = partial(show, request, scope, share), f"/campaigns/shares/{share}"
    return await deed(request, scope, run, again=again, name=name, onward=onward, told=told, draft=(DRAFT, share))


@post_form("/campaigns/shares/{share_id:uuid}/report", permission=REPORT)
async def report(request: Request, scope: Scope, share_id: UUID) -> Answer:
    """Report what was found and put right."""

    async def run(form: Form) -> None:
        told = Report(first(form, "text"), whole_in(form, "found"), whole_in(form, "fixed"), money_in(form, "recovered"))
        await a.report_share(scope, share=share_id, report=told, now=request_now(request))

    return await _deed(request, scope, share_id, "report", run, mark("已报送，等待审核。"))


@post_form("/campaigns/shares/{share_id:uuid}/return", permission=OPEN)
async def send_back(request: Request, scope: Scope, share_id: UUID) -> Answer:
    """Send it back."""

    async def run(form: Form) -> None:
        await a.return_share(scope, share=share_id, reason=first(form, "reason"), now=request_now(request))

    return await _deed(request, scope, share_id, "return", run, mark("已退回。"))


@post_form("/campaigns/shares/{share_id:uuid}/accept", permission=OPEN)
async def accept(request: Request, scope: Scope, share_id: UUID) -> Answer:
    """Accept it."""

    async def run(_form: Form) -> None:
        await a.accept_share(scope, share=share_id, now=request_now(request))

    return await _deed(request, scope, share_id, "accept", run, mark("审核通过。"))


@post_form("/campaigns/shares/{share_id:uuid}/files/{file_id:uuid}/remove", permission=REPORT)
async def remove(request: Request, scope: Scope, share_id: UUID, file_id: UUID) -> Answer:
    """Take a file back that was not handed in yet."""
    async with transaction(scope):
        await a.may_attach(scope, share_id)
        found = await file_for(scope, file_id=file_id)
        if found.subject_id != share_id:
            raise NotFound
        await a.remove_evidence(scope, file=found, now=request_now(request))
    return see_other(request, f"/campaigns/shares/{share_id}", flash=mark("已删除。"))
