"""Pages of admission and adjustment requests."""

from typing import Final

from core.api import mark
from plugins.township_filter.pages_requests import asking, lists, one
from plugins.township_filter.pages_requests.slot import REFUSED_SLOT, SLOT
from plugins.township_filter.pages_requests.words import BASE
from plugins.township_filter.requests.workflows import READ
from web.api import MenuEntry, Routes

__all__ = ["MENU", "REFUSED_SLOT", "ROUTES", "SLOT"]
ROUTES: Final = Routes((
    lists.requests_page,
    asking.admission_page,
    asking.admit,
    asking.adjustment_page,
    asking.adjust,
    asking.edit_page,
    asking.edit,
    one.request_page,
    one.review,
    one.opine,
    one.conclude,
    one.approve,
    one.refuse,
    one.send_back,
    one.withdraw,
    one.redraft,
))
MENU: Final = MenuEntry("tasks", mark("准入和调整申请"), BASE, READ, icon="edit", order=61)
