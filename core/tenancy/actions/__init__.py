"""What can be done to regions, offices and grids."""
