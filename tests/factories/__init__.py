"""Made-up worlds for tests."""
