"""Words of tenancy that are stored."""

from enum import IntEnum, StrEnum


class Level(IntEnum):
    """The five levels of regions; the length of a code says the same."""

    PROVINCE = 1
    CITY = 2
    COUNTY = 3
    TOWNSHIP = 4
    VILLAGE = 5


class ChangeKind(StrEnum):
    """What a document does to regions."""

    OPEN = "open"
    CLOSE = "close"
    RENAME = "rename"
    MERGE = "merge"
    SPLIT = "split"
    RECODE = "recode"
