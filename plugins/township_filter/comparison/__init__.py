"""Comparing a matter with the lists in force: pure, offline, quick. ``engine`` is the way in; docs/screening.md explains it."""
