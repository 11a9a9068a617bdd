"""What can be asked about regions, offices and grids."""
