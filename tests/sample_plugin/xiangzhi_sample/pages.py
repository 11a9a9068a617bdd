"""The notebook: read it, write into it."""

from pathlib import Path
from typing import Final

from core.api import Invalid, Scope, mark, transaction
from web.api import (
    Answer,
    MenuEntry,
    Request,
    Routes,
    Slot,
    Templates,
    first,
    form_of,
    get_page,
    page,
    post_form,
    request_now,
    see_other,
)
from xiangzhi_sample.actions import write_note
from xiangzhi_sample.jobs import slot_values
from xiangzhi_sample.queries import READ, WRITE, notes_in


@get_page("/sample", permission=READ)
async def notebook(request: Request, scope: Scope) -> Answer:
    """Show the latest notes."""
    async with transaction(scope):
        notes = await notes_in(scope)
    return page(request, "sample/list.html", title=mark("走访手记"), notes=notes)


@post_form("/sample", permission=WRITE)
async def write(request: Request, scope: Scope) -> Answer:
    """Write a note."""
    form = await form_of(request)
    try:
        async with transaction(scope):
            await write_note(scope, text=first(form, "text"), now=request_now(request))
    except Invalid as error:
        async with transaction(scope):
            notes = await notes_in(scope)
        return page(
            request,
            "sample/list.html",
            title=mark("走访手记"),
            status=422,
            errors=error,
            form=form,
            notes=notes,
        )
    return see_other(request, "/sample", flash=mark("记下了。"))


ROUTES: Final = Routes((notebook, write))
MENU: Final = MenuEntry("village", mark("走访手记"), "/sample", READ, icon="edit")
TEMPLATES: Final = Templates(Path(__file__).parent / "templates" / "sample")
SLOT: Final = Slot("incoming", "sample/_slot.html", slot_values, permission=READ)
