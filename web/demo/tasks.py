"""The demo's tasks."""

from datetime import datetime


async def load_tasks(county: str, *, now: datetime) -> None:
    """Make the stories of one county that are not there yet."""
