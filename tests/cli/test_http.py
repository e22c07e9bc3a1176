"""HTTP within limits, against servers on loopback that know none."""

import asyncio
import gzip
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from asgi import Running

from mdm_osupdate.cli._http import Answer, Http, TransportError, shown
from mdm_osupdate.cli._server import trust


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The URL of a server whose paths name what is wrong with it."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        headers = [(b"content-encoding", b"gzip")] if scope["path"] == "/bomb" else []
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        more = {"type": "http.response.body", "more_body": True}
        if scope["path"] == "/endless":
            for _ in range(200):
                await send({**more, "body": b"a" * 65_536})
        elif scope["path"] == "/slow":
            for _ in range(20):
                await send({**more, "body": b"a"})
                await asyncio.sleep(0.02)
        elif scope["path"] == "/bomb":
            await send({**more, "body": gzip.compress(b"\0" * 2**24)})
        elif scope["path"] == "/encodings":
            await send({**more, "body": dict(scope["headers"])[b"accept-encoding"]})
        await send({"type": "http.response.body", "body": b""})

    running = Running(app)
    yield f"http://127.0.0.1:{running.port}"
    running.stop()


def get(url: str, seconds: float = 30) -> Answer:
    async def send() -> Answer:
        http = Http(trust(None))
        try:
            return await http.send("GET", httpx.URL(url), b"", {}, seconds=seconds)
        finally:
            await http.close()

    return asyncio.run(send())


def test_endless_body(url: str) -> None:
    with pytest.raises(TransportError, match="the response exceeds 1048576 bytes"):
        get(f"{url}/endless")


def test_slow_body(url: str) -> None:
    with pytest.raises(TransportError, match=r"no complete response within 0\.1 seconds"):
        get(f"{url}/slow", seconds=0.1)


def test_compressed_body_is_not_expanded(url: str) -> None:
    assert len(get(f"{url}/bomb").body) < 2**16


def test_accept_encoding(url: str) -> None:
    assert get(f"{url}/encodings").body == b"identity"


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("http://a.example/mdm", "http://a.example/mdm"),
        ("http://name:secret@a.example:8080/mdm", "http://a.example:8080/mdm"),
        ("http://name:sec/r@et@a.example/mdm", "http://a.example/mdm"),
        ("https://a.example/x?key=secret#secret", "https://a.example/x?…"),
        ("https://a.example/x#secret", "https://a.example/x"),
        ("http://a.example/\x1b[31m\u202e", "http://a.example/\\x1b[31m\\u202e"),
    ],
)
def test_urls_are_redacted(url: str, text: str) -> None:
    assert shown(url) == text


def test_error_quotes_the_body() -> None:
    body = b"push_error:\n\x1b]0;title\x07 no certificate " + b"a" * 500
    answer = Answer(url=httpx.URL("http://a/"), status=500, reason="Bad\x07", headers={}, body=body)
    text = str(answer)
    assert text.startswith(r"HTTP 500 Bad\x07: push_error: \x1b]0;title\x07 no certificate aaa")
    assert text.endswith("a…")
    assert 200 < len(text) < 230
