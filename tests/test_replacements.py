"""Replacements for what 27 removed."""

from pathlib import Path

import pytest

import mdm_osupdate as osu
from mdm_osupdate.availability import ROWS
from mdm_osupdate.declarations import REPLACEMENTS, Replacement, replacement

PAGE = Path(__file__).parent.parent / "docs" / "explanation" / "since-os-27.md"


@pytest.mark.parametrize("each", REPLACEMENTS.values(), ids=REPLACEMENTS)
def test_every_successor_exists_in_27(each: Replacement) -> None:
    if each.successor is None:
        return
    subjects = {row.subject for row in ROWS}
    assert {each.successor, f"SoftwareUpdateSettings.{each.successor}"} & subjects


@pytest.mark.parametrize("each", REPLACEMENTS.values(), ids=REPLACEMENTS)
def test_documentation_lists_every_row(each: Replacement) -> None:
    successor = f"`{each.successor}`" if each.successor else "nothing"
    row = f"| `{each.key}` | {each.where} | {successor} | {each.note} |"
    assert row.replace("  ", " ") in PAGE.read_text()


def test_lookup() -> None:
    found = replacement("RecommendationCadence")
    assert found.successor == "RecommendedCadence"
    assert osu.availability(f"SoftwareUpdateSettings.{found.successor}", "iOS") is not None


def test_unknown_keys_are_rejected() -> None:
    with pytest.raises(ValueError, match="did you mean AutomaticDownload"):
        replacement("AutomaticDownloads")
    with pytest.raises(ValueError, match=r"'x' is not a key that 27 removed$"):
        replacement("x")
