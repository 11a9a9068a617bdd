"""Offices of the county and its townships, grids of its villages."""

from typing import Final

from core.kernel.errors import mark
from web.extension import MenuEntry
from web.pages.offices.grids import close_grid_now, grid_create, grid_form, grid_new, grid_save, grids_page
from web.pages.offices.offices import (
    close_office_now,
    office_create,
    office_form,
    office_new,
    office_save,
    offices_page,
)

ROUTES: Final = [
    offices_page, office_new, office_create, office_form, office_save, close_office_now, grids_page, grid_new, grid_create, grid_form, grid_save,
    close_grid_now,
]  # fmt: skip
MENU: Final = [
    MenuEntry(
        "people",
        mark("科室和网格"),
        "/offices",
        "core:region:read",
        icon="building",
        order=45,
        levels=frozenset({3, 4, 5}),
    ),
]
