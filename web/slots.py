"""Parts that plugins add to pages of core. They decorate: one that fails is left out and logged, the page stands."""

from typing import Any, Final

import structlog
from markupsafe import Markup

from core.contracts.registry import current
from core.kernel.database import connection_of
from core.kernel.scope import Scope
from web.answers import Request, renderer_of, shell_of
from web.extension import PLACES, Slot

_log: Final = structlog.get_logger(__name__)


async def slot_parts(request: Request, scope: Scope, place: str, **known: Any) -> list[Markup]:
    """Give the parts for one place of a page, inside its open transaction; ``PLACES`` says what each gets to know.

    What a part reads is read by the page's own transaction; a failed part is undone to before it.
    """
    if place not in PLACES:
        raise ValueError(f"no such place: {place}")
    parts = [
        await _part(request, scope, slot, known)
        for slot in current().visible(Slot, scope)
        if slot.place == place and (not slot.permission or scope.may(slot.permission))
    ]
    return [part for part in parts if part]


async def _part(request: Request, scope: Scope, slot: Slot, known: dict[str, Any]) -> Markup:
    connection = connection_of(scope)
    await connection.execute("SAVEPOINT slot")
    try:
        values = await slot.values(scope, known)
        drawn = renderer_of(request).fragment(shell_of(request, ""), slot.template, values)
        await connection.execute("RELEASE SAVEPOINT slot")
    except Exception:  # noqa: BLE001 - whatever a decoration does wrong, the page stands
        _log.exception("slot failed", plugin=slot.plugin, place=slot.place)
        await connection.execute("ROLLBACK TO SAVEPOINT slot")
        return Markup()
    return Markup(drawn.strip())  # noqa: S704 - drawn by a template that escapes
