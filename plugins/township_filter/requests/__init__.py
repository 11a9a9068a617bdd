"""Requests to admit an item to the entry list (准入申请), and to change one in force (动态调整)."""
