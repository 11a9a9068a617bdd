"""Piccolo's engine without its habit of connecting while it is imported."""

from piccolo.engine.postgres import PostgresEngine


class Engine(PostgresEngine):
    """Connects only when it is used.

    The original asks for the server's version as soon as the object exists: without a DSN it knocks at whatever
    listens on port 5432 of this machine, and warns when nobody knows us there. `xiangzhi doctor` checks the version.
    """

    async def check_version(self) -> None:
        """Ask nobody."""

    async def prep_database(self) -> None:
        """Extensions are made by core/kernel/roles.py, as an administrator."""
