"""The start's stage: load the demo once. Later starts only look for the mark, without importing what loads it.

After the first time the counties belong to whoever plays with them: a merged township or a closed office stays so.
"""

from typing import Final

import asyncpg

from core.kernel.roles import OWNER
from core.kernel.settings import Settings

DONE: Final = "SELECT EXISTS (SELECT FROM region_source WHERE source = 'demo')"
_MARK: Final = """
INSERT INTO region_source (source, version, dated, regions)
SELECT 'demo', '1', current_date, count(*) FROM county ON CONFLICT DO NOTHING
"""


async def load_demo_once(settings: Settings) -> None:
    """Load the demo unless it was loaded to its end before; a start that was broken off goes on."""
    connection = await asyncpg.connect(settings.migrator_database_url)
    try:
        await connection.execute(f"SET ROLE {OWNER}")
        if await connection.fetchval(DONE):
            return
        from web.demo.load import load_demo  # noqa: PLC0415 - takes seconds, and later starts do without it

        await load_demo(settings)
        await connection.execute(_MARK)
    finally:
        await connection.close()
