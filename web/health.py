"""Whether this process lives, and whether it can serve. Neither says anything about people or counties."""

from typing import Final

from litestar import Response, get

from core.kernel.database import platform_fetch

_SECONDS: Final = 3


@get("/livez", opt={"public": "asked by supervisors and load balancers"})
async def livez() -> dict[str, str]:
    return {"state": "alive"}


@get("/readyz", opt={"public": "asked by supervisors and load balancers"})
async def readyz() -> Response[dict[str, str]]:
    """503 while the database does not answer or is not migrated."""
    try:
        await platform_fetch("SELECT 1 FROM county LIMIT 1")
    except Exception:  # noqa: BLE001 - whatever is wrong, the answer is the same: not now
        return Response({"state": "not ready"}, status_code=503)
    return Response({"state": "ready"})


ROUTES: Final = [livez, readyz]
