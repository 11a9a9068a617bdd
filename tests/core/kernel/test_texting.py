"""Text messages go to the operator's gateway over real HTTP, and no number gets anywhere else."""

import socket
import time
from pathlib import Path

import pytest

from core.kernel.settings import Settings
from core.kernel.texting import Gateway, Message, NotSentError, texting
from tests.core.petitions.gateway import gateway

MESSAGE = Message("13800001234", "验证码 246810，10 分钟内有效。", "petition_code", "key-1", {"code": "246810", "minutes": "10"})


async def test_gateway_gets_number_text_and_token() -> None:
    with gateway() as received:
        await Gateway(received.url, "s3cret").send(MESSAGE)
    assert received.messages == [
        {"phone": "13800001234", "text": MESSAGE.text, "kind": "petition_code", "data": {"code": "246810", "minutes": "10"}}
    ]
    assert received.paths == ["/messages"]
    told = received.headers[0]
    assert (told["authorization"], told["idempotency-key"]) == ("Bearer s3cret", "key-1")
    assert told["content-type"].startswith("application/json")


@pytest.mark.parametrize("status", [302, 400, 401, 429, 500])
async def test_anything_but_2xx_is_not_sent_and_is_not_followed(status: int) -> None:
    with gateway() as received:
        received.status = status
        with pytest.raises(NotSentError, match=f"^status {status}$"):
            await Gateway(received.url).send(MESSAGE)
        assert len(received.messages) == 1


async def test_silence_ends_in_time_and_says_nothing_of_the_number() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        begun = time.monotonic()
        with pytest.raises(NotSentError) as caught:
            await Gateway(f"http://127.0.0.1:{silent.getsockname()[1]}/", seconds=0.3).send(MESSAGE)
        assert time.monotonic() - begun < 3
    assert "13800001234" not in f"{caught.value!r}{caught.value.__cause__!r}"


async def test_nobody_there_is_not_sent() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(NotSentError, match="ConnectionRefusedError"):
        await Gateway(f"http://127.0.0.1:{port}/").send(MESSAGE)


def test_off_by_default_and_nothing_personal_is_printed(tmp_path: Path) -> None:
    assert texting(Settings(data=tmp_path)) is None
    made = texting(Settings(data=tmp_path, sms_url="https://sms.example.cn/send", sms_token="s3cret"))
    assert isinstance(made, Gateway)
    for text in (repr(made), repr(MESSAGE), repr(Settings(data=tmp_path, sms_token="s3cret"))):
        assert "s3cret" not in text
        assert "13800001234" not in text
        assert "246810" not in text


@pytest.mark.parametrize("url", ["http://sms.example.cn/", "ftp://x/", "https://u:p@x/", "https://x/?phone=", "x"])
def test_gateways_that_would_tell_others_are_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(ValueError, match="https://"):
        Settings(data=tmp_path, sms_url=url)
