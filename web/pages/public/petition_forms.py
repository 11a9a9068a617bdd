"""Forms that anybody may send: a signed token, a trap for machines, and counters that hold across processes.

The token says for which place it was made and when. It is bound to no session, so other sites could fetch one; what keeps
them out is the check of Origin that every writing request passes before its body is read. The token's own part is that a form
is sent once: its seed makes the receipt, so that a form sent twice opens one matter.
"""

import hashlib
import hmac
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from core.disclosure.public import count_use
from core.kernel.errors import Invalid, mark
from core.kernel.ids import new_token
from core.kernel.settings import Settings
from core.petitions.rules import form_key
from web.answers import Request
from web.forms import Form, first

TOKEN: Final = "form_token"  # noqa: S105 - the name of a field
TRAP: Final = "homepage"  # no person sees this field
_LIVES: Final = 12 * 3_600  # seconds
_PARTS: Final = 3
_LINE_BITS: Final = 64
_HOUR: Final = 3_600
_DAY: Final = 86_400
A_READER_HOUR: Final = 20  # a village behind one address is many people
_A_READER_DAY: Final = 60
_A_PLACE_HOUR: Final = 60
_LOOKS: Final = 120
_SENDS: Final = 60
_OLD: Final = mark("页面打开太久或不是从本页提交的，没有受理。您写的内容都还在，请核对后再点一次“提交”。")


def token_for(purpose: str, now: datetime, seed: str = "") -> str:
    """Make a form's token; ``seed`` keeps the one of a form that is shown again."""
    own = seed or new_token(12)
    moment = str(int(now.timestamp()))
    return f"{moment}.{own}.{_mac(purpose, moment, own)}"


def seed_of(form: Form, purpose: str, now: datetime) -> str:
    """Give the seed of the token that was sent. Raises ``Invalid`` where it is old, not ours, or a machine filled the trap."""
    parts = first(form, TOKEN).split(".")
    if first(form, TRAP) or len(parts) != _PARTS:
        raise Invalid(_OLD)
    moment, seed, mac = parts
    if not hmac.compare_digest(mac.encode(), _mac(purpose, moment, seed).encode()):
        raise Invalid(_OLD)
    if not 0 <= now.timestamp() - int(moment) <= _LIVES:
        raise Invalid(_OLD)
    return seed


def _mac(purpose: str, moment: str, seed: str) -> str:
    return hmac.new(form_key(), f"{purpose}\n{moment}\n{seed}".encode(), hashlib.sha256).hexdigest()[:32]


async def count_raising(request: Request, place: str) -> None:
    """Count one matter raised, for this reader and for the place. Raises ``TooMany``."""
    reader = client_key(request)
    await count_use(f"petition:hour:{reader}", seconds=_HOUR, most=A_READER_HOUR)
    await count_use(f"petition:day:{reader}", seconds=_DAY, most=_A_READER_DAY)
    await count_use(f"petition:place:{place}", seconds=_HOUR, most=_A_PLACE_HOUR)


async def count_sending(request: Request) -> None:
    """Count one form that is about to be read, good or not. Raises ``TooMany``."""
    await count_use(f"petition:send:{client_key(request)}", seconds=_HOUR, most=_SENDS)


async def count_looking(request: Request) -> None:
    """Count one try of a receipt: nobody tries many. Raises ``TooMany``."""
    await count_use(f"petition:look:{client_key(request)}", seconds=_HOUR, most=_LOOKS)


def client_of(request: Request) -> str:
    """Give the reader's address, to be hashed at once."""
    return one_line(request.client.host) if request.client else ""


def one_line(host: str) -> str:
    """Give what stands for one connection: whoever has an IPv6 line has 2^64 addresses to choose from."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv4Address):
        return host
    return str(address.ipv4_mapped or IPv6Address(int(address) >> _LINE_BITS << _LINE_BITS))


def client_key(request: Request) -> str:
    """Give a keyed hash of the reader's address; the address itself is not kept."""
    settings: Settings = request.app.state.settings
    host = client_of(request)
    return hmac.new(settings.key("public_limits"), host.encode(), hashlib.sha256).hexdigest()[:32]
