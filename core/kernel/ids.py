"""Identifiers: UUID version 7, made by us, so that rows of one time lie together."""

import secrets
from datetime import datetime
from uuid import UUID

import uuid_utils.compat


def new_id() -> UUID:
    made: UUID = uuid_utils.compat.uuid7()
    return made


def first_id_of(moment: datetime) -> UUID:
    """Give the smallest identifier of a moment's millisecond: what was made earlier is smaller, the rest is not."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def new_token(size: int = 32) -> str:
    """Make a secret for links and sessions: ``size`` random bytes, safe in an address."""
    return secrets.token_urlsafe(size)
