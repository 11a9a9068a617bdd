"""pgbench beside the floors, in the same minutes: it tells whether a floor was made slower, and how fast the machine is now."""

import asyncio
import re
import tempfile
from pathlib import Path

from benchmarks.site import Site
from core.kernel.roles import APP


async def transactions_a_second(
    at: Site,
    database: str,
    script: str,
    *,
    seconds: int = 0,
    times: int = 0,
    clients: int = 1,
    variables: dict[str, int] | None = None,
    as_app: bool = False,
) -> float:
    """Run pgbench's script for so many seconds, or so many times a client; gives transactions a second."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "script.sql"
        file.write_text(script, "utf-8")
        words = ["-n", "-M", "prepared", "-c", str(clients), "-j", "1", "-f", str(file)]
        words += ["-T", str(seconds)] if seconds else ["-t", str(times)]
        words += [f"-D{name}={value}" for name, value in (variables or {}).items()]
        url = at.cluster.url(APP, database) if as_app else at.admin_url(database)
        done = await asyncio.to_thread(at.cluster.run, "pgbench", *words, url, check=False)
    found = re.search(r"tps = ([0-9.]+) \(without", done.stdout)
    if done.returncode or found is None:
        raise RuntimeError(f"pgbench failed: {done.stdout}{done.stderr}")
    return float(found[1])
