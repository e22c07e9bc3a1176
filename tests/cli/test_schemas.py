"""JSON outputs are as their published schemas describe them."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from asgi import Running

jsonschema = pytest.importorskip("jsonschema")

Cli = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
SCHEMAS = ROOT / "docs" / "reference" / "schemas"
FLEET = EXAMPLES / "reports" / "fleet.ndjson"
OFFERED = ROOT / "docs" / "how-to" / "offered.json"
DEVICE = ("--platform", "macOS", "--os-version", "14.5")
PLAN = ("plan", "--fleet", EXAMPLES / "school.csv", "--deadline", "2026-12-01T19:00")
DEFERRED = ("--action", "InstallLater", "--max-user-deferrals", "3", "--deferrals", "1")
BLOCKED = ("--deadline", "2026-03-09T19:00:00", "--no-space", "10")


@pytest.mark.parametrize("path", sorted(SCHEMAS.iterdir()), ids=lambda path: path.stem)
def test_schemas_are_valid(path: Path) -> None:
    schema = json.loads(path.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$id"].endswith(f"/{path.name}")
    assert {"title", "description"} <= schema.keys()


def check_schema(name: str, output: str) -> None:
    """Raise an error unless an output is as its schema describes it."""
    schema = json.loads((SCHEMAS / f"{name}.json").read_text())
    jsonschema.validate(json.loads(output), schema, cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("check", ("check", EXAMPLES)),
        ("check", ("check", EXAMPLES, "--fleet", EXAMPLES / "devices.csv")),
        ("check", ("check", EXAMPLES / "commands", *DEVICE)),
        ("check", ("check", "missing")),
        ("check-statistics", ("check", EXAMPLES, "--statistics")),
        ("check-statistics", ("check", EXAMPLES / "responses" / "restarted.plist", "--statistics")),
        ("availability", ("availability",)),
        ("availability", ("availability", *DEVICE)),
        ("status", ("status", FLEET)),
        ("status", ("status", FLEET, "missing", "--releases", OFFERED)),
        ("releases", ("releases", OFFERED, "--on", "2026-02-20")),
        ("plan", (*PLAN, "--target", "26.1")),
        ("plan", (*PLAN, "--target", "latest", "--releases", OFFERED)),
        ("simulate", ("simulate", "--loses-response")),
        ("simulate", ("simulate", "--platform", "macOS", *DEFERRED)),
        ("simulate", ("simulate", *BLOCKED)),
        ("simulate-fleet", ("simulate", "fleet", "--devices", "5")),
    ],
)
def test_outputs_match_the_schemas(cli: Cli, name: str, arguments: tuple[object, ...]) -> None:
    check_schema(name, cli(*arguments, "--format", "json")[1])


@pytest.fixture
def server() -> Iterator[str]:
    """Run a server that accepts each request, and never sends a command."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    running = Running(app)
    yield f"http://127.0.0.1:{running.port}"
    running.stop()


def test_simulated_devices_of_a_server(cli: Cli, server: str) -> None:
    arguments = ("--for", "0.3", "--every", "0.01", "--speed", "3600", "--format", "json")
    status, out, _ = cli("simulate", "server", "--url", server, "--devices", "2", *arguments)
    assert status == 1
    check_schema("simulate-server", out)


def test_conformance_of_a_server(cli: Cli, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mdm_osupdate.conformance.shrinking._MOST_PLAYS", 1)
    arguments = ("--enqueue-url", server + "/{udid}", "--attempts", "2", "--seed", "1")
    ignored = ("--ignore", "SRV18:and-unknown-keys")
    options = ("--format", "json", *ignored)
    status, out, _ = cli("conformance", "--url", server, *arguments, *options)
    assert status == 1
    check_schema("conformance", out)
