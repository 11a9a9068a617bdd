"""The walls between counties, tested apart and together."""
