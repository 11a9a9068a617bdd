"""The ledger of senders as it is read."""
