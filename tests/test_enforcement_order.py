"""Several enforcements: which one a device processes next, and which it ignores."""

import itertools

import pytest

import mdm_osupdate as osu
from mdm_osupdate.declarations import (
    SoftwareUpdateEnforcementSpecific,
    SoftwareUpdateSettings,
    enforcement_order,
)

Enforcement = SoftwareUpdateEnforcementSpecific


def due(date: str, version: str, build: str | None = None) -> Enforcement:
    return Enforcement(
        target_os_version=version,
        target_build_version=build,
        target_local_date_time=f"{date}T19:00:00",
    )


def test_order_by_deadline() -> None:
    minor, major = due("2025-12-20", "18.7.2"), due("2026-01-20", "26.2")
    order = enforcement_order([major, minor], "18.6")
    assert order.next == minor
    assert order.in_force == (minor, major)
    assert order.superseded == order.ignored == ()


def test_reached_targets_are_ignored() -> None:
    old, same, new = due("2025-12-01", "26.0"), due("2025-12-02", "26.1"), due("2026-01-20", "26.2")
    order = enforcement_order([old, same, new], osu.OSVersion("26.1"))
    assert order.next == new
    assert order.ignored == (old, same)


def test_earlier_deadline_with_newer_version_supersedes() -> None:
    older, newer = due("2026-01-20", "26.1"), due("2025-12-20", "26.2")
    order = enforcement_order([older, newer], "26.0")
    assert order.in_force == (newer,)
    assert order.superseded == (older,)
    assert order.ignored == ()


def test_all_targets_reached() -> None:
    order = enforcement_order([due("2026-01-20", "26.1"), SoftwareUpdateSettings()], "26.1.1")
    assert order.next is None
    assert enforcement_order([]).next is None


def test_unknown_device_version() -> None:
    first, second = due("2025-12-20", "26.1"), due("2026-01-20", "26.2")
    assert enforcement_order([second, first]).in_force == (first, second)


@pytest.mark.parametrize("target", ["latest", "26.1 (a)"])
def test_invalid_targets_are_ignored(target: str) -> None:
    wrong = due("2025-12-20", target)
    assert enforcement_order([wrong], "18.0").ignored == (wrong,)


def test_security_responses_are_compared_by_build() -> None:
    response = due("2025-12-20", "26.3.1", "25D771280a")
    assert enforcement_order([response], "26.3.1", "25D771280a").next is None
    assert enforcement_order([response], "26.3.1", "25D2140").next == response
    base = due("2025-12-01", "26.3.1")
    assert enforcement_order([response, base], "26.3").in_force == (base, response)
    assert enforcement_order([base, due("2025-11-01", "26.3.1", "25D771280a")], "26.3").superseded


def test_result_does_not_depend_on_input_order() -> None:
    given = [due("2025-12-01", "26.1"), due("2025-12-01", "26.2"), due("2025-11-01", "26.0.1")]
    orders = {enforcement_order(each, "18.0") for each in itertools.permutations(given)}
    assert {order.in_force for order in orders} == {(given[2], given[0], given[1])}


def test_invalid_device_version() -> None:
    with pytest.raises(osu.InvalidVersionError):
        enforcement_order([], "latest")
