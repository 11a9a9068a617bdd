"""Words of the people package."""

from enum import StrEnum


class Purpose(StrEnum):
    """What a one-time code is good for."""

    INVITE = "invite"
    PASSWORD = "password"
    FACTOR = "factor"


class RowState(StrEnum):
    """Where a row of an import stands."""

    GOOD = "good"
    BAD = "bad"
    DONE = "done"
    KNOWN = "known"
