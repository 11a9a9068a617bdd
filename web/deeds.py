"""Deeds of a page with several forms: done in one transaction, or the page again with what was written and what is wrong with it."""

from collections.abc import Awaitable, Callable
from typing import Any

from core.drafts.actions import drop_draft
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Invalid, ProductError
from core.kernel.scope import Scope
from web.answers import Answer, Request, see_other
from web.forms import Form, first, form_of

Run = Callable[[Form], Awaitable[None]]


async def deed(
    request: Request, scope: Scope, run: Run, *, again: Callable[..., Awaitable[Answer]], name: str, onward: str, told: str,
    draft: tuple[str, object] | None = None,
) -> Answer:  # fmt: skip
    """Do what a form asks for and lead ``onward`` with what is ``told`` there.

    What cannot be accepted, and what somebody else was faster with, draws the page ``again``: it is given ``errors``, the ``form``
    as it was sent, and the form's ``name`` as ``sent``. A ``draft`` (its form and subject) has done its service once it is done.
    """
    form = await form_of(request)
    try:
        async with transaction(scope):
            await run(form)
            if draft is not None:
                await drop_draft(scope, form=draft[0], subject=str(draft[1]))
    except (Invalid, Conflict) as error:
        return await again(errors=error, form=form, sent=name)
    return see_other(request, onward, flash=told)


def unsent_of(error: ProductError | None, form: Form | None, *names: str) -> str:
    """Give what was written where its form may not be there any more, because somebody was faster: nothing typed is lost."""
    if form is None or not isinstance(error, Conflict):
        return ""
    return "\n".join(text for name in names if (text := first(form, name).strip()))


def drawn(error: ProductError | None) -> dict[str, Any]:
    """Give what a page needs that may be drawn after an error: its status, and the error."""
    return {"status": error.status if error is not None else 200, "errors": error}
