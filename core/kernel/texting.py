"""Text messages (短信): a port with two ways, none and a gateway of the operator's.

The gateway is one HTTPS address that takes a JSON object and answers 2xx once it has the message; behind it stands whatever
provider the operator has a contract with (docs/operator-guide.md). A phone number stands in the body alone: never in an
address, a log line or an error.
"""

import json
import ssl
from asyncio import to_thread
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from core.kernel.settings import Settings, get_settings

SECONDS: Final = 5.0  # somebody is waiting before a page
_ACCEPTED: Final = range(200, 300)


class NotSentError(Exception):
    """The message was not taken. Says why in figures, and never to whom it was to go."""


class Texting(Protocol):
    """Whoever sends text messages."""

    async def send(self, message: "Message") -> None:
        """Hand one message over. Raises ``NotSentError``."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message. ``kind`` and ``data`` are for providers that know only templates; ``key`` lets one be sent once."""

    phone: str = field(repr=False)
    text: str = field(repr=False)
    kind: str
    key: str
    data: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Gateway:
    """The operator's gateway. It is asked once and follows no redirect."""

    url: str
    token: str = field(default="", repr=False)
    seconds: float = SECONDS

    async def send(self, message: Message) -> None:
        await to_thread(self._post, message)

    def _post(self, message: Message) -> None:
        told: dict[str, Any] = {"phone": message.phone, "text": message.text, "kind": message.kind, "data": message.data}
        headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": message.key}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        connection = self._connection()
        try:
            connection.request("POST", urlsplit(self.url).path or "/", json.dumps(told, ensure_ascii=False).encode(), headers)
            status = connection.getresponse().status
        except (OSError, HTTPException) as error:
            raise NotSentError(type(error).__name__) from None
        finally:
            connection.close()
        if status not in _ACCEPTED:
            raise NotSentError(f"status {status}")

    def _connection(self) -> HTTPConnection:
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        if parts.scheme == "https":
            return HTTPSConnection(host, parts.port, timeout=self.seconds, context=ssl.create_default_context())
        return HTTPConnection(host, parts.port, timeout=self.seconds)


def texting(settings: Settings | None = None) -> Texting | None:
    """Give the way in which this installation sends text messages; None where it sends none."""
    told = settings or get_settings()
    return Gateway(told.sms_url, told.sms_token) if told.sms_url else None
