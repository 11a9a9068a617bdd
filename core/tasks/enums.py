"""States and choices of the main job. The values are stored; what people read stands in ``workflows``."""

from enum import StrEnum


class Level(StrEnum):
    """Which list a matter is held against, and who does it in the end."""

    TOWNSHIP = "township"
    VILLAGE = "village"


class Mode(StrEnum):
    """How a task finds its receivers: named ones, or places open for villages to take."""

    NAMED = "named"
    OPEN = "open"


class FieldKind(StrEnum):
    """What a field of a task's form takes."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"


class Fact(StrEnum):
    """What the system holds of every receiver, so that nobody has to be asked for it."""

    RECEIVER = "receiver"
    VILLAGE = "village"
    TOWNSHIP = "township"
    COUNTY = "county"
    CODE = "code"
    SECRETARY = "secretary"
    CONTACT = "contact"


class HeldBy(StrEnum):
    """Where an offered answer comes from."""

    REGIONS = "regions"
    POSTS = "posts"
    EARLIER = "earlier"


class IncomingState(StrEnum):
    PASSED = "passed"
    HELD = "held"
    REFUSED = "refused"
    MERGED = "merged"
    DISPATCHED = "dispatched"
    WITHDRAWN = "withdrawn"


class TaskState(StrEnum):
    ACTIVE = "active"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class AssignmentState(StrEnum):
    SENT = "sent"
    IN_HAND = "in_hand"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"


class Happened(StrEnum):
    """Kinds of lines in an assignment's history."""

    DISPATCHED = "dispatched"
    TAKEN = "taken"
    ACKNOWLEDGED = "acknowledged"
    ALLOCATED = "allocated"
    NOTED = "noted"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"
    EXTENDED = "extended"
    REMINDED = "reminded"
    ESCALATED = "escalated"
    OVERDUE = "overdue"
    RATED = "rated"
    SPLIT = "split"
    REVERSED = "reversed"
    SET_ASIDE = "set_aside"
    PUT_BACK = "put_back"
    GOES_ON = "goes_on"


OPEN_STATES = (
    AssignmentState.SENT,
    AssignmentState.IN_HAND,
    AssignmentState.SUBMITTED,
    AssignmentState.RETURNED,
)
