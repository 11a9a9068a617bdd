"""One area: its form, a look at what would change, and the change itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.contracts.settings import SettingsArea, SettingsModel, shown
from core.extension.queries import own_values_below
from core.kernel.clock import SHANGHAI
from core.kernel.database import transaction
from core.kernel.errors import Invalid, mark
from core.kernel.scope import Scope
from core.tenancy.settings import (
    REASON_MOST,
    Entry,
    Origin,
    effective,
    origins,
    preview_values,
    set_values,
    settable,
    settings_history,
)
from web.api import (
    Answer,
    Form,
    Request,
    first,
    form_of,
    get_page,
    language_of,
    page,
    post_form,
    request_now,
    say,
    see_other,
)
from web.filters import Formats
from web.forms.settings_form import RESET, draw, read, words_of
from web.pages.settings.areas import EDIT, find_area


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds in an area here and now, and whose it is."""

    area: SettingsArea
    settings: SettingsModel
    origins: Mapping[str, Origin]

    @property
    def owners(self) -> dict[str, str]:
        """Whose value each field has that anybody set."""
        return {name: origin.region for name, origin in self.origins.items()}


async def _standing(scope: Scope, name: str, now: datetime) -> Standing:
    area = await find_area(scope, name)
    return Standing(area, await effective(scope, area, at=now), await origins(scope, area, at=now))


@get_page("/settings/{area_name:str}", permission=EDIT)
async def area_page(request: Request, scope: Scope, area_name: str) -> Answer:
    """Show what holds now, whose it is, and what was changed."""
    return await _form(request, scope, area_name)


@post_form("/settings/{area_name:str}/preview", permission=EDIT)
async def look_first(request: Request, scope: Scope, area_name: str) -> Answer:
    """Show what a change would do, before anything holds; the reason is asked here. Back leads to the form as it was sent."""
    form = await form_of(request)
    if first(form, "step") == "back":
        return await _form(request, scope, area_name, form=form)
    return await _look(request, scope, area_name, form)


@post_form("/settings/{area_name:str}", permission=EDIT)
async def save(request: Request, scope: Scope, area_name: str) -> Answer:
    """Set what was looked at; it holds from its time on, in every process."""
    form = await form_of(request)
    now = request_now(request)
    try:
        async with transaction(scope):
            here = await _standing(scope, area_name, now)
            await set_values(
                scope,
                here.area,
                _values(scope, here, form),
                valid_from=_valid_from(form, now),
                reason=first(form, "reason"),
                now=now,
            )
    except Invalid as error:
        if set(error.fields) <= {"reason"}:
            return await _look(request, scope, area_name, form, error=error)
        return await _form(request, scope, area_name, error=error, form=form)
    return see_other(request, f"/settings/{area_name}", flash=mark("设置已保存。"))


async def _look(
    request: Request, scope: Scope, name: str, form: Form, *, error: Invalid | None = None
) -> Answer:
    now = request_now(request)
    try:
        async with transaction(scope):
            here = await _standing(scope, name, now)
            valid_from = _valid_from(form, now)
            values = _values(scope, here, form)
            seen = await preview_values(scope, here.area, values, at=valid_from)
    except Invalid as wrong:
        return await _form(request, scope, name, error=wrong, form=form)
    model = here.area.model
    rows = [
        {
            "title": say(request, each.title),
            "before": say(request, words_of(model, each.key, each.before)),
            "after": say(request, words_of(model, each.key, each.after)),
            "unit": say(request, shown(model.model_fields[each.key]).unit),
        }
        for each in seen.differences
    ]
    return page(
        request,
        "settings/preview.html",
        title=mark("保存前看一看"),
        back=f"/settings/{name}",
        status=422 if error else 200,
        errors=error,
        form=form,
        area=name,
        heading=say(request, here.area.title),
        rows=rows,
        given_back=len(form.get(RESET, ())),
        changes=bool(values),
        own_below=len(seen.own_below),
        valid_from=valid_from,
        at_once=valid_from == now,
        hidden=_hidden(form),
        reason_most=REASON_MOST,
    )


async def _form(
    request: Request, scope: Scope, name: str, *, error: Invalid | None = None, form: Form | None = None
) -> Answer:
    now = request_now(request)
    async with transaction(scope):
        here = await _standing(scope, name, now)
        history = await settings_history(scope, here.area)
        below = {each.region for each in await own_values_below(scope, name, at=now)}
    editable = settable(scope, here.area)
    return page(
        request,
        "settings/one.html",
        title=mark("设置"),
        back="/settings",
        status=422 if error else 200,
        errors=error,
        form=form,
        area=here.area,
        heading=say(request, here.area.title),
        fields=draw(here.settings, here.owners, region=scope.region, editable=editable, sent=form),
        editable=bool(editable),
        given_back=list(form.get(RESET, ())) if form else [],
        history=[
            _line(request, here.area.model, entry, now)
            for entry in history
            if entry.key in here.area.model.model_fields
        ],
        townships=len(below),
    )


def _values(scope: Scope, here: Standing, form: Form) -> dict[str, Any]:
    own = {name for name, region in here.owners.items() if region == scope.region}
    return read(here.settings, form, editable=settable(scope, here.area), own=own)


def _valid_from(form: Form, now: datetime) -> datetime:
    """Read the time a change begins, written as clocks in China show it; empty means at once."""
    text = first(form, "valid_from").strip()
    if not text:
        return now
    try:
        wanted = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(fields={"valid_from": mark("请填写日期和时间。")}) from None
    return wanted.replace(tzinfo=SHANGHAI) if wanted.tzinfo is None else wanted


def _hidden(form: Form) -> list[tuple[str, str]]:
    """Carry the form along to the second step, but for what that step asks itself."""
    own = {"reason", "csrf_token", "step"}
    return [(name, value) for name, sent in form.items() if name not in own for value in sent]


def _line(request: Request, model: type[SettingsModel], entry: Entry, now: datetime) -> dict[str, Any]:
    field = shown(model.model_fields[entry.key])
    title = say(request, field.title)
    if entry.value is None:
        what = say(request, mark("“%(title)s”恢复为上级的值"), title=title)
    else:
        value = say(request, words_of(model, entry.key, entry.value))
        what = say(
            request,
            mark("“%(title)s”设为 %(value)s"),
            title=title,
            value=f"{value} {say(request, field.unit)}".strip(),
        )
    note = entry.reason
    if entry.valid_from > now:
        when = Formats(language_of(request)).moment(entry.valid_from, now)
        note = f"{note}\n{say(request, mark('%(when)s 起生效'), when=when)}"
    return {"who": entry.by_name, "what": what, "at": entry.created_at, "note": note}
