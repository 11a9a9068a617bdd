"""Passwords: argon2id in threads of its own, so that one sign-in never holds up the others' pages.

The cost is a setting with OWASP's minimum as its floor (19 MiB, two passes, one lane). Hashing is limited to
few at a time: a flood of sign-ins waits in line instead of eating the machine's memory.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

from core.kernel.settings import get_settings

AT_ONCE: Final = 2


@cache
def hasher() -> PasswordHasher:
    """Give the hasher with this process's cost."""
    settings = get_settings()
    return PasswordHasher(
        time_cost=settings.argon2_passes,
        memory_cost=settings.argon2_memory_kib,
        parallelism=1,
        type=Type.ID,
    )


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="argon2")


@cache
def _nobodys_hash() -> str:
    made: str = hasher().hash("nobody's password")
    return made


async def hash_password(password: str) -> str:
    made: str = await asyncio.get_running_loop().run_in_executor(_threads(), hasher().hash, password)
    return made


async def is_right(stored: str | None, password: str) -> bool:
    """Compare a password. Without a stored hash the same work is done and the answer is False.

    So the time an answer takes does not tell whether a login exists.
    """
    loop = asyncio.get_running_loop()
    fitting = await loop.run_in_executor(_threads(), _verify, stored or _nobodys_hash(), password)
    return fitting and stored is not None


def _verify(stored: str, password: str) -> bool:
    try:
        return bool(hasher().verify(stored, password))
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """Tell whether a hash was made at another cost than today's."""
    return bool(hasher().check_needs_rehash(stored))
