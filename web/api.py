"""What pages import from the web layer: routes, answers and forms. Plugins import this and ``core.api``, nothing deeper."""

from web.answers import (
    Answer,
    Request,
    choices,
    fragment,
    is_fragment,
    language_of,
    page,
    request_now,
    say,
    say_n,
    say_reason,
    see_other,
)
from web.deeds import Run, deed, drawn, unsent_of
from web.extension import MenuEntry, Routes, Slot, Templates
from web.filters import Formats
from web.forms import Form, FormModel, first, form_of, id_in, number_or, parse, uuid_of
from web.guards import session_of
from web.routing import get_page, post_form
from web.wording import listed, person_of

__all__ = [
    "Answer",
    "Form",
    "FormModel",
    "Formats",
    "MenuEntry",
    "Request",
    "Routes",
    "Run",
    "Slot",
    "Templates",
    "choices",
    "deed",
    "drawn",
    "first",
    "form_of",
    "fragment",
    "get_page",
    "id_in",
    "is_fragment",
    "language_of",
    "listed",
    "number_or",
    "page",
    "parse",
    "person_of",
    "post_form",
    "request_now",
    "say",
    "say_n",
    "say_reason",
    "see_other",
    "session_of",
    "unsent_of",
    "uuid_of",
]
