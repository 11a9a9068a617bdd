"""Rectification campaigns: what is put right in many villages at once, each village's report, and what came of it."""

from typing import Final

from core.kernel.errors import mark
from web.extension import MenuEntry
from web.pages.campaigns import one, share
from web.pages.campaigns.lists import campaigns_page
from web.pages.campaigns.opening import begin, begin_page

ROUTES: Final = [
    campaigns_page,
    begin_page,
    begin,
    one.campaign_page,
    one.close,
    share.share_page,
    share.report,
    share.send_back,
    share.accept,
    share.remove,
]
MENU: Final = [
    MenuEntry("supervision", mark("面上整改"), "/campaigns", "core:campaign:read", icon="flag", order=45),
]
