"""Publishing: what is due when, the draft before it is released, corrections, withdrawals, objections."""

from typing import Final

from core.kernel.errors import mark
from web.extension import MenuEntry
from web.pages.disclosure.by_hand import ENTRY_ROUTES
from web.pages.disclosure.calendar import calendar_page
from web.pages.disclosure.drafting import draft_page, release
from web.pages.disclosure.objections import answer, contact, objection_page, objections_page
from web.pages.disclosure.publications import (
    close,
    correct,
    correct_page,
    order_pdf,
    pdf,
    publication_page,
    publications_page,
    withdraw,
    withdraw_page,
)

ROUTES: Final = [
    calendar_page,
    *ENTRY_ROUTES,
    draft_page,
    release,
    publications_page,
    publication_page,
    order_pdf,
    pdf,
    correct_page,
    correct,
    withdraw_page,
    withdraw,
    close,
    objections_page,
    objection_page,
    answer,
    contact,
]
MENU: Final = [
    MenuEntry("village", mark("公开"), "/disclosure", "core:disclosure:read", icon="list", order=30, count="publications"),
]
