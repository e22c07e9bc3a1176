"""The servers in the documentation: the one of the how-to guide, behind an HTTP client."""

import importlib.util
from pathlib import Path
from types import ModuleType

import httpx
import pytest

import mdm_osupdate as osu

ROOT = Path(__file__).parent.parent
FILE = ROOT / "docs" / "examples" / "refuse.py"
ITEM = osu.UpdatesItem(install_action="InstallASAP", product_version="17.4.1")
INSTALL = osu.dumps(osu.ScheduleOSUpdateCommand([ITEM], command_uuid="0001"))


@pytest.fixture(scope="module")
def refuse() -> ModuleType:
    spec = importlib.util.spec_from_file_location("refuse", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def queued() -> list[tuple[str, bytes]]:
    return []


@pytest.fixture
def client(refuse: ModuleType, queued: list[tuple[str, bytes]]) -> httpx.Client:
    devices = {
        "new": osu.Device("iOS", "27.0", supervised=True),
        "ours": osu.Device("iOS", "17.3", supervised=True),
        "theirs": osu.Device("iOS", "17.3", supervised=False),
    }
    app = refuse.Enqueue(devices, lambda udid, command: queued.append((udid, command)))
    return httpx.Client(transport=httpx.WSGITransport(app), base_url="http://mdm.example")


def test_a_command_that_the_device_takes_is_queued_as_it_came(
    client: httpx.Client, queued: list[tuple[str, bytes]]
) -> None:
    assert client.put("/ours", content=INSTALL).status_code == 202
    assert queued == [("ours", INSTALL)]


@pytest.mark.parametrize(
    ("udid", "body", "status", "rules"),
    [
        ("theirs", INSTALL, 422, ["OSU310"]),
        ("new", INSTALL, 422, ["OSU402"]),
        ("ours", b"<plist>", 422, ["OSU101"]),
        ("ours", osu.dumps(osu.Response(status="Idle", udid="ours")), 422, None),
        ("ours", b" " * ((1 << 20) + 1), 413, None),
        ("nobody", INSTALL, 404, None),
    ],
)
def test_others_come_back_with_the_reason(
    client: httpx.Client,
    queued: list[tuple[str, bytes]],
    udid: str,
    body: bytes,
    status: int,
    rules: list[str] | None,
) -> None:
    answer = client.put(f"/{udid}", content=body)
    assert answer.status_code == answer.json()["status"] == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    if rules is not None:
        assert [finding["rule"] for finding in answer.json()["findings"]] == rules
    assert queued == []


@pytest.mark.parametrize(
    ("page", "name"),
    [
        ("how-to/use-in-a-server.md", "refuse.py"),
        ("tutorial/first-server.md", "my_server.py"),
        ("tutorial/first-server.md", "test_my_server.py"),
    ],
)
def test_page_shows_the_file(page: str, name: str) -> None:
    file = ROOT / "docs" / "examples" / name
    assert f"```python\n{file.read_text()}```" in (ROOT / "docs" / page).read_text()
