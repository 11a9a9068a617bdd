"""Entry lists: what may be asked of townships and villages, their versions, and how they are changed."""

from typing import Final

from core.kernel.errors import mark
from web.extension import MenuEntry
from web.pages.entry_lists.editing import (
    begin_draft,
    change_draft,
    change_item,
    delete_draft,
    draft_page,
    edit_item_page,
    new_draft_page,
    new_item,
    new_item_page,
    take_item_out,
)
from web.pages.entry_lists.publishing import publish_page, publish_version
from web.pages.entry_lists.reading import (
    difference_page,
    in_force_page,
    item_page,
    version_page,
    versions_page,
)
from web.pages.entry_lists.sheets import export, import_page, preview, store, template_sheet

ROUTES: Final = [
    in_force_page,
    new_draft_page,
    begin_draft,
    template_sheet,
    version_page,
    item_page,
    versions_page,
    difference_page,
    export,
    draft_page,
    change_draft,
    new_item_page,
    new_item,
    edit_item_page,
    change_item,
    take_item_out,
    import_page,
    preview,
    store,
    delete_draft,
    publish_page,
    publish_version,
]
MENU: Final = [
    MenuEntry("county", mark("准入清单"), "/entry-lists", "core:entry_list:read", icon="list", order=20),
]
