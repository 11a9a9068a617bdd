"""Errors that an operator can mend."""


class Explained(Exception):
    """Carries a message in Chinese and English; a command prints it without a traceback and ends with status 2."""
