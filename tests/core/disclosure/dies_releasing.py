"""A process that releases a matter with documents and is gone at once: ``dies_releasing.py DSN SCOPE SUBJECT MOMENT``.

The moments: ``readied`` (its files lie ready), ``released`` (before the commit).
"""

import asyncio
import json
import os
import signal
import sys
from uuid import UUID

from core.disclosure.actions import Wanted, release_publication
from core.disclosure.drafting import whole_draft
from core.disclosure.readying import ready_files
from core.disclosure.workflows import RELEASE
from core.extension.manager import boot
from core.kernel import clock
from core.kernel.database import open_pool, transaction
from core.kernel.scope import Scope


async def main(dsn: str, told: str, subject: str, moment: str) -> None:
    boot()
    fields = json.loads(told)
    scope = Scope(**{**fields, "membership": UUID(fields["membership"]), "permissions": frozenset(fields["permissions"])})
    await open_pool(dsn, size=2)
    now, matter = clock.now(), UUID(subject)
    draft = await whole_draft(scope, section="own_matter", region=scope.region, period="", subject=matter, note="", now=now)
    wanted = Wanted("own_matter", scope.region, "", matter, "", draft.digest)
    ready = await ready_files(scope, permission=RELEASE, wanted=wanted, now=now)
    if moment == "readied":
        os.kill(os.getpid(), signal.SIGKILL)
    async with transaction(scope):
        await release_publication(scope, wanted=wanted, ready=ready, now=now)
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
