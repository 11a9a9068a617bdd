"""A process that withdraws a publication and is gone at once: ``dies.py DSN SCOPE PUBLICATION before|after`` (the commit)."""

import asyncio
import json
import os
import signal
import sys
from uuid import UUID

from core.disclosure.actions import withdraw_publication
from core.extension.manager import boot
from core.kernel import clock
from core.kernel.database import open_pool, transaction
from core.kernel.scope import Scope


async def main(dsn: str, told: str, publication: str, moment: str) -> None:
    boot()
    fields = json.loads(told)
    scope = Scope(**{**fields, "membership": UUID(fields["membership"]), "permissions": frozenset(fields["permissions"])})
    await open_pool(dsn, size=2)
    async with transaction(scope):
        await withdraw_publication(scope, publication=UUID(publication), reason="有电话", hide=True, now=clock.now())
        if moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
