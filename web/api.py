"""What pages import from the web layer: routes, answers and forms. Plugins import this and ``core.api``, nothing deeper."""

from web.answers import Answer, Request, fragment, is_fragment, language_of, page, request_now, say, see_other
from web.extension import MenuEntry, Routes, Slot, Templates
from web.forms import Form, FormModel, first, form_of, parse
from web.guards import session_of
from web.routing import get_page, post_form

__all__ = [
    "Answer",
    "Form",
    "FormModel",
    "MenuEntry",
    "Request",
    "Routes",
    "Slot",
    "Templates",
    "first",
    "form_of",
    "fragment",
    "get_page",
    "is_fragment",
    "language_of",
    "page",
    "parse",
    "post_form",
    "request_now",
    "say",
    "see_other",
    "session_of",
]
