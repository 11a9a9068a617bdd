"""What villagers raise (民情诉求), for those who handle it: the list, one matter, entering what came elsewhere, the figures."""

from typing import Final

from core.kernel.errors import mark
from core.petitions.workflows import READ
from web.extension import MenuEntry
from web.pages.petitions.entering import enter, enter_page
from web.pages.petitions.figures import figures_page
from web.pages.petitions.lists import petitions_page
from web.pages.petitions.one import (
    accept,
    answer,
    merge,
    note,
    petition_page,
    refuse,
    reveal,
    transfer,
    unmerge,
)
from web.pages.petitions.overseeing import abuse, clear, press

ROUTES: Final = [
    petitions_page, enter_page, enter, figures_page, petition_page, accept, note, answer, refuse, transfer, merge, unmerge, reveal,
    press, abuse, clear,
]  # fmt: skip
MENU: Final = [MenuEntry("petitions", mark("群众反映"), "/petitions", READ, icon="message", order=10, count="petitions")]
