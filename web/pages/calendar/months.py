"""One month of the working calendar, the county's own days of the year, and deciding about a day."""

from calendar import Calendar
from datetime import date, timedelta
from typing import Annotated, Final, Literal

from pydantic import Field

from core.kernel.clock import local
from core.kernel.database import transaction
from core.kernel.errors import Invalid, NotFound, mark
from core.kernel.scope import Scope
from core.tenancy.actions.calendar import EDIT, NOTE_MOST, remove_day, set_day
from core.tenancy.calendar import WorkingHours, day_of, is_known
from core.tenancy.queries.calendar import listed_days, own_days
from core.tenancy.settings import settings_of
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
    see_other,
)

READ: Final = "core:region:read"
_YEARS: Final = 5


class DayForm(FormModel):
    """What the form sends."""

    day: date
    kind: Literal["working", "free"]
    note: Annotated[str, Field(min_length=1, max_length=NOTE_MOST)]


@get_page("/calendar", permission=READ)
async def calendar_page(request: Request, scope: Scope, month: str = "") -> Answer:
    """Show a month, this one by default."""
    return await _show(request, scope, month)


@post_form("/calendar/days", permission=EDIT)
async def day_set(request: Request, scope: Scope) -> Answer:
    """Decide about a day."""
    form, now = await form_of(request), request_now(request)
    try:
        data = parse(DayForm, form)
        async with transaction(scope):
            await set_day(scope, day=data.day, working=data.kind == "working", note=data.note, now=now)
    except Invalid as error:
        return await _show(request, scope, first(form, "month"), form=form, error=error)
    return see_other(request, f"/calendar?month={data.day:%Y-%m}", flash=mark("已保存，之后算的期限按它来。"))


@post_form("/calendar/days/{day_text:str}/remove", permission=EDIT)
async def day_removed(request: Request, scope: Scope, day_text: str) -> Answer:
    """Take an own decision back."""
    try:
        day = date.fromisoformat(day_text)
    except ValueError as error:
        raise NotFound from error
    async with transaction(scope):
        await remove_day(scope, day=day, now=request_now(request))
    return see_other(request, f"/calendar?month={day:%Y-%m}", flash=mark("已恢复为全国日历。"))


async def _show(
    request: Request, scope: Scope, month: str, *, form: Form | None = None, error: Invalid | None = None
) -> Answer:
    now = request_now(request)
    today = local(now).date()
    begins = _first_of(month, today)
    weeks = Calendar().monthdatescalendar(begins.year, begins.month)
    async with transaction(scope):
        own = await own_days(scope, since=weeks[0][0], until=weeks[-1][-1])
        listed = await listed_days(scope, since=date(begins.year, 1, 1), until=date(begins.year, 12, 31))
        hours = await settings_of(scope, WorkingHours, at=now)
    after = (begins + timedelta(days=31)).replace(day=1)
    before = (begins - timedelta(days=1)).replace(day=1)
    return page(
        request, "calendar/month.html", title=mark("工作日历"), status=422 if error else 200, errors=error, form=form,
        first=begins, weeks=[[day_of(day, own) for day in week] for week in weeks], today=today, known=is_known(begins.year),
        listed=listed, hours=hours, before=before, after=after, may_edit=scope.may(EDIT), own_region=scope.region,
        note_most=NOTE_MOST,
    )  # fmt: skip


def _first_of(month: str, today: date) -> date:
    """Give the first day of the month asked for; this month for anything that is none or far away."""
    try:
        begins = date.fromisoformat(f"{month}-01")
    except ValueError:
        return today.replace(day=1)
    return begins if abs(begins.year - today.year) <= _YEARS else today.replace(day=1)
