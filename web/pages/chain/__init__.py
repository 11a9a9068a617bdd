"""The audit chain as its inspector sees it: how it stands, what others' heads say, the lines, and the check of it all."""

from typing import Final

from core.chain.witness import READ
from core.kernel.errors import mark
from web.extension import MenuEntry
from web.pages.chain.checking import check_page, start_check
from web.pages.chain.heads import chain_page, heads_json, keep, keep_here
from web.pages.chain.lines import lines_page, proof_json

_COUNTY: Final = frozenset({3})

ROUTES: Final = [chain_page, keep, keep_here, heads_json, check_page, start_check, lines_page, proof_json]
MENU: Final = [MenuEntry("county", mark("存证链"), "/chain", READ, icon="link", order=85, levels=_COUNTY)]
