"""Permissions of the ledger of senders."""

from typing import Final

SENDERS: Final = "township_filter:sender:read"
QUOTA: Final = "township_filter:quota:release"
PROPOSE: Final = "township_filter:correction:propose"
CONFIRM: Final = "township_filter:correction:decide"
CORRECTIONS: Final = "township_filter:correction:read"
