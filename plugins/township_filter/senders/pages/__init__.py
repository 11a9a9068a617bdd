"""Pages of the ledger of senders."""
