"""Regions with their past, offices and grids, settings with inheritance, working days, county packs."""
