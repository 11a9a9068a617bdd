"""事项过筛: what is sent down is held against the entry list first; emergencies pass and are reviewed afterwards."""
