"""Resets by the operator: found by an exact login, redeemed by the owner, each written down."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import Field

from core.kernel.errors import Conflict, Invalid, ProductError, mark
from core.people.enums import Purpose
from core.people.resets import (
    AccountFacts,
    account_named,
    account_resets,
    platform_lines,
    reset_account,
    withdraw_account_reset,
)
from web.api import (
    Answer,
    Form,
    FormModel,
    Request,
    first,
    form_of,
    get_page,
    page,
    parse,
    post_form,
    request_now,
    say,
    see_other,
)
from web.pages.people.one import PURPOSES, state_of
from web.pages.platform.counties import operator_of
from web.wording import listed

PERMISSION: Final = "platform:account:reset"
NOBODY: Final = mark("没有使用这个手机号或用户名登录的账号。请核对，要填完整。")

ACTIONS: Final = {
    "account.factor_reset": mark("验证器已重置"),
    "account.locked": mark("账号被暂时锁定"),
    "account.login_changed": mark("更换用户名"),
    "account.looked_up": mark("查找账号"),
    "account.password_changed": mark("更换密码"),
    "account.reset_started": mark("发放重置码"),
    "account.reset_withdrawn": mark("撤回重置码"),
    "account.signed_in": mark("登录"),
}


class LookForm(FormModel):
    """What the owner signs in with, exactly."""

    login: str = Field(min_length=1, max_length=100)


class ResetForm(FormModel):
    """What is reset, and why."""

    purpose: Purpose
    reason: str = Field(min_length=2, max_length=200)


@get_page("/platform/accounts", permission=PERMISSION)
async def accounts_page(request: Request) -> Answer:
    """Ask for a login, and show the latest resets."""
    return await _draw(request)


@post_form("/platform/accounts", permission=PERMISSION)
async def look_up(request: Request) -> Answer:
    """Show the account behind a login. It is a form and no address, so that no number stands in a log or a history."""
    form = await form_of(request)
    login = first(form, "login")
    try:
        found = await account_named(operator_of(request), parse(LookForm, form).login)
    except Invalid as error:
        return await _draw(request, login=login, error=error)
    nobody = Invalid(fields={"login": NOBODY}) if found is None else None
    return await _draw(request, login=login, found=found, error=nobody)


@post_form("/platform/accounts/{account_id:uuid}/reset", permission=PERMISSION)
async def start(request: Request, account_id: UUID) -> Answer:
    """Make the code and show it this once."""
    form = await form_of(request)
    session, login = operator_of(request), first(form, "login")
    try:
        sent = parse(ResetForm, form)
        code = await reset_account(session, account=account_id, purpose=sent.purpose, reason=sent.reason)
    except (Invalid, Conflict) as error:
        found = await account_named(session, login) if login else None
        same = found if found is not None and found.id == account_id else None
        return await _draw(request, login=login, found=same, error=error, form=form)
    return await _draw(request, fresh=(say(request, PURPOSES[sent.purpose]), code, sent.purpose))


@post_form("/platform/accounts/resets/{reset_id:uuid}/withdraw", permission=PERMISSION)
async def withdraw(request: Request, reset_id: UUID) -> Answer:
    """Take a code back."""
    await withdraw_account_reset(operator_of(request), reset=reset_id)
    return see_other(request, "/platform/accounts", flash=mark("这个码已撤回。"))


async def _draw(
    request: Request,
    *,
    login: str = "",
    found: AccountFacts | None = None,
    fresh: tuple[str, str, Purpose] | None = None,
    error: ProductError | None = None,
    form: Form | None = None,
) -> Answer:
    now = request_now(request)
    return page(
        request,
        "platform/accounts.html",
        title=mark("重置登录"),
        back="/platform",
        status=error.status if error else 200,
        errors=error,
        login=login,
        sent={"purpose": first(form or {}, "purpose", "password"), "reason": first(form or {}, "reason")},
        found=found,
        posts=[{**post, "role": say(request, post["role_title"])} for post in found.posts] if found else [],
        fresh=fresh,
        resets=[_reset(request, row, now) for row in await account_resets(operator_of(request))],
        lines=[_line(request, row) for row in await platform_lines(operator_of(request))],
    )


def _line(request: Request, row: Any) -> dict[str, Any]:
    return {
        "action": say(request, ACTIONS.get(row["action"], row["action"])),
        "at": row["at"],
        "by": row["by_name"],
        "names": listed(request, row["names"] or ()),
    }


def _reset(request: Request, row: Any, now: datetime) -> dict[str, Any]:
    state, tone, usable = state_of(row, now)
    return {
        "id": row["id"],
        "names": listed(request, row["names"] or ()),
        "purpose": say(request, PURPOSES[Purpose(row["purpose"])]),
        "reason": row["reason"],
        "made": row["created_at"],
        "by": row["by_name"],
        "until": row["expires_at"],
        "state": say(request, state),
        "tone": tone,
        "usable": usable,
    }
