"""The ledger of senders: their emergencies, quotas, ratings from below, what comes back under another name."""
