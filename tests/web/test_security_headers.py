"""What every answer tells the browser to hold to, also where no page was found."""

import httpx
import pytest

from tests.web.pages.conftest import Site, served, site
from web.app import create_app

__all__ = ["served", "site"]


@pytest.mark.parametrize("path", ["/sign-in", "/no/such/page", "/livez"])
@pytest.mark.parametrize("base_url", ["https://xiangzhi.example.gov.cn", "http://127.0.0.1:8000"])
async def test_https_is_held_to_where_the_address_says_https(served: Site, base_url: str, path: str) -> None:
    settings = served.first.state.settings.model_copy(update={"base_url": base_url})
    transport = httpx.ASGITransport(app=create_app(settings))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=base_url) as client:
        headers = (await client.get(path)).headers
    expected = "max-age=31536000" if base_url.startswith("https") else None
    assert headers.get("strict-transport-security") == expected
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
