"""Words of the filter that are stored."""

from enum import StrEnum


class NotListed(StrEnum):
    """What becomes of a matter that is on no list."""

    REFUSED = "refused"
    HELD = "held"


class Review(StrEnum):
    """Where the review of an emergency (事后合规审查) stands; empty where none is needed."""

    NONE = ""
    DUE = "due"
    COMPLIANT = "compliant"
    OBJECTED = "objected"
