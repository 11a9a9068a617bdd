"""When an announcement that failed is tried again, and when we stop trying by ourselves."""

from datetime import timedelta
from typing import Final

# An hour and more in all: a broken service may come back, and what does not is seen the same day.
MOST_ATTEMPTS: Final = 12
LONGEST_DELAY: Final = timedelta(hours=1)

LEASE: Final = timedelta(seconds=60)
BEAT: Final = timedelta(seconds=20)
# A message that waits in an outside broker cannot be renewed by us while it waits.
LEASE_OUTSIDE: Final = timedelta(minutes=10)


def delay_after(attempts: int) -> timedelta:
    """Give the wait before the next try: 1 s, 2 s, 4 s … an hour."""
    return min(timedelta(seconds=2 ** max(attempts - 1, 0)), LONGEST_DELAY)


def is_given_up(attempts: int) -> bool:
    """Whether a person must look before it is tried again."""
    return attempts >= MOST_ATTEMPTS
