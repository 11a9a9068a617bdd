"""Outside data for comparison: what there is, handing it in, looking at it masked and with a reason, and who did."""

from typing import Final

from core.datasets.queries import READ
from core.kernel.errors import mark
from web.extension import MenuEntry
from web.pages.datasets.importing import bad_sheet, import_page, look_through, start, template
from web.pages.datasets.lists import access_page, datasets_page
from web.pages.datasets.one import dataset_page, delete, look_at_rows, unmask

ROUTES: Final = [
    datasets_page, access_page, import_page, template, look_through, dataset_page, start, bad_sheet, look_at_rows, unmask, delete,
]  # fmt: skip
MENU: Final = [
    MenuEntry("supervision", mark("外部比对数据"), "/datasets", READ, icon="list", order=45, levels=frozenset({3})),
]
