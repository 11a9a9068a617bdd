"""Words of the people package."""

from enum import StrEnum


class Purpose(StrEnum):
    """What a one-time code is good for."""

    INVITE = "invite"
    PASSWORD = "password"  # noqa: S105 (a purpose, no secret)
    FACTOR = "factor"


class RowState(StrEnum):
    """Where a row of an import stands."""

    GOOD = "good"
    BAD = "bad"
    DONE = "done"
