"""A plugin whose deeds and effects can be counted by key while processes are killed."""
