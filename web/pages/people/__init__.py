"""People of a county: the table, one person, inviting, appointing, ending, resetting, importing."""

from typing import Final

from core.kernel.errors import mark
from web.api import MenuEntry
from web.pages.people import correcting, deeds, importing, lists, one, why

ROUTES: Final = [
    correcting.correct,
    correcting.correct_page,
    deeds.end,
    deeds.end_page,
    deeds.grant,
    deeds.grant_page,
    deeds.invite,
    deeds.invite_page,
    deeds.new_code,
    deeds.reset,
    deeds.reset_page,
    deeds.withdraw,
    importing.bad_sheet,
    importing.codes_sheet,
    importing.import_page,
    importing.import_state,
    importing.look_through,
    importing.start,
    importing.template,
    lists.people_page,
    one.person_page,
    one.show_number,
    why.why_page,
]
MENU: Final = [MenuEntry("people", mark("人员"), "/people", "core:person:read", icon="users", order=10)]
