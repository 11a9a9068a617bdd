"""Identifiers: UUID version 7, made by us, so that rows of one time lie together."""

import secrets
from uuid import UUID

import uuid_utils.compat


def new_id() -> UUID:
    made: UUID = uuid_utils.compat.uuid7()
    return made


def new_token(size: int = 32) -> str:
    """Make a secret for links and sessions: ``size`` random bytes, safe in an address."""
    return secrets.token_urlsafe(size)
