"""JSON outputs are as their published schemas describe them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

jsonschema = pytest.importorskip("jsonschema")

Cli = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
SCHEMAS = ROOT / "docs" / "reference" / "schemas"
FLEET = EXAMPLES / "reports" / "fleet.ndjson"
OFFERED = ROOT / "docs" / "how-to" / "offered.json"
DEVICE = ("--platform", "macOS", "--os-version", "14.5")
PLAN = ("plan", "--fleet", EXAMPLES / "school.csv", "--deadline", "2026-12-01T19:00")


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
        ("check-statistics", ("check", EXAMPLES / "answers" / "restarted.plist", "--statistics")),
        ("availability", ("availability",)),
        ("availability", ("availability", *DEVICE)),
        ("status", ("status", FLEET)),
        ("status", ("status", FLEET, "missing", "--releases", OFFERED)),
        ("releases", ("releases", OFFERED, "--on", "2026-02-20")),
        ("plan", (*PLAN, "--target", "26.1")),
        ("plan", (*PLAN, "--target", "latest", "--releases", OFFERED)),
    ],
)
def test_outputs_match_the_schemas(cli: Cli, name: str, arguments: tuple[object, ...]) -> None:
    check_schema(name, cli(*arguments, "--format", "json")[1])
