"""Several declarations on one device, checked together."""

import pytest

import mdm_osupdate as osu
from mdm_osupdate.declarations import ActivationSimple
from mdm_osupdate.declarations import SoftwareUpdateEnforcementSpecific as Enforcement
from mdm_osupdate.messages import Message
from mdm_osupdate.validation import check_together

MAC = osu.Device("macOS", "26.0", supervised=True, enrollment="automated")


def due(day: str, version: str, identifier: str | None = None) -> Enforcement:
    return Enforcement(
        identifier=identifier,
        target_os_version=version,
        target_local_date_time=f"{day}T19:00:00",
    )


@pytest.mark.parametrize(
    ("messages", "device", "expected"),
    [
        ([due("2026-12-01", "26.1"), due("2027-01-20", "26.2")], None, [[], []]),
        ([due("2026-12-01", "26.1"), due("2026-12-01", "26.2")], None, [[], ["OSU650"]]),
        ([due("2027-01-20", "26.1"), due("2026-12-01", "26.2")], None, [["OSU651"], []]),
        ([due("2027-01-20", "26.9"), due("2026-12-01", "26.10")], None, [["OSU651"], []]),
        ([due("2026-12-01", "26.1", "a"), due("2026-12-01", "26.1", "b")], None, [[], []]),
        # What the device already has is ignored, whatever its deadline.
        ([due("2026-12-01", "26.0"), due("2026-12-01", "26.1")], MAC, [[], []]),
        ([due("2027-01-20", "26.0"), due("2026-12-01", "26.1")], MAC, [[], []]),
        ([due("2026-12-01", "26.1"), ActivationSimple(standard_configurations=())], None, [[], []]),
        # The last revision of a declaration is the one that the device has.
        ([due("2026-12-01", "26.2", "a"), due("2027-01-20", "26.1", "a")], None, [[], []]),
        ([], None, []),
    ],
)
def test_findings_of_combinations(
    messages: list[Message], device: osu.Device | None, expected: list[list[str]]
) -> None:
    found = check_together(messages, device)
    assert [[finding.rule for finding in each] for each in found] == expected


def test_message_names_the_other_declaration() -> None:
    found = check_together(
        [due("2027-03-01", "26.1"), due("2026-12-01", "26.2", "urgent"), due("2027-06-01", "27.0")]
    )
    assert found[0][0].message == (
        "26.1 never comes into force: urgent enforces 26.2 by 2026-12-01T19:00:00"
    )
    found = check_together(
        [due("2027-03-01", "26.1"), due("2026-12-01", "26.2", "a"), due("2027-01-01", "26.3", "b")]
    )
    assert "b enforces 26.3 by" in found[0][0].message
    (finding,) = check_together([due("2026-12-01", "26.1", "a"), due("2026-12-01", "26.2", "b")])[1]
    assert finding.message == "the deadline is also that of a for 26.1"
