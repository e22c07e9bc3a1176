"""The JSON Schema of the declarations agrees with the library."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given

import mdm_osupdate as osu
import mdm_osupdate.strategies as osus

DOCS = Path(__file__).parent.parent / "docs"
SCHEMA = json.loads((DOCS / "reference" / "declarations.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


@given(osus.declarations())
def test_what_the_library_writes_is_valid(declaration: Any) -> None:
    VALIDATOR.validate(json.loads(osu.dumps(declaration)))


ENFORCEMENT: dict[str, Any] = {
    "Type": "com.apple.configuration.softwareupdate.enforcement.specific",
    "Payload": {"TargetOSVersion": "26.1", "TargetLocalDateTime": "2026-12-01T19:00:00"},
}
SETTINGS: dict[str, Any] = {
    "Type": "com.apple.configuration.softwareupdate.settings",
    "Payload": {"Deferrals": {"MajorPeriodInDays": 30}},
}


@pytest.mark.parametrize("document", [ENFORCEMENT, SETTINGS], ids=["enforcement", "settings"])
def test_a_declaration_without_a_token_is_valid(document: Any) -> None:
    VALIDATOR.validate(document)


@pytest.mark.parametrize(
    ("document", "payload"),
    [
        (ENFORCEMENT, {"TargetOSVersion": "26.1"}),
        (ENFORCEMENT, {**ENFORCEMENT["Payload"], "TargetOSVersion": 26.1}),
        (ENFORCEMENT, {**ENFORCEMENT["Payload"], "TargetLocalDateTime": "2026-12-01T19:00:00Z"}),
        (ENFORCEMENT, {**ENFORCEMENT["Payload"], "DetailURL": "https://example.com"}),
        (SETTINGS, {"RecommendedCadence": "Sometimes"}),
        (SETTINGS, {"Deferrals": {"MajorPeriodInDays": "30"}}),
    ],
)
def test_a_wrong_payload_is_invalid(document: Any, payload: Any) -> None:
    assert not VALIDATOR.is_valid({**document, "Payload": payload})


def test_an_unknown_type_is_invalid() -> None:
    assert not VALIDATOR.is_valid({**ENFORCEMENT, "Type": "com.apple.configuration.unknown"})
