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


def test_one_after_the_other() -> None:
    minor, major = due("2025-12-20", "18.7.2"), due("2026-01-20", "26.2")
    order = enforcement_order([major, minor], "18.6")
    assert order.next == minor
    assert order.in_force == (minor, major)
    assert order.superseded == order.ignored == ()


def test_what_the_device_has_is_ignored() -> None:
    old, same, new = due("2025-12-01", "26.0"), due("2025-12-02", "26.1"), due("2026-01-20", "26.2")
    order = enforcement_order([old, same, new], osu.OSVersion("26.1"))
    assert order.next == new
    assert order.ignored == (old, same)


def test_an_earlier_deadline_of_a_newer_version_wins() -> None:
    older, newer = due("2026-01-20", "26.1"), due("2025-12-20", "26.2")
    order = enforcement_order([older, newer], "26.0")
    assert order.in_force == (newer,)
    assert order.superseded == (older,)
    assert order.ignored == ()


def test_nothing_is_left_to_do() -> None:
    order = enforcement_order([due("2026-01-20", "26.1"), SoftwareUpdateSettings()], "26.1.1")
    assert order.next is None
    assert enforcement_order([]).next is None


def test_without_a_version_every_target_counts() -> None:
    first, second = due("2025-12-20", "26.1"), due("2026-01-20", "26.2")
    assert enforcement_order([second, first]).in_force == (first, second)


@pytest.mark.parametrize("target", ["latest", "26.1 (a)"])
def test_what_no_device_accepts_is_ignored(target: str) -> None:
    wrong = due("2025-12-20", target)
    assert enforcement_order([wrong], "18.0").ignored == (wrong,)


def test_security_responses_go_by_their_build() -> None:
    response = due("2025-12-20", "26.3.1", "25D771280a")
    assert enforcement_order([response], "26.3.1", "25D771280a").next is None
    assert enforcement_order([response], "26.3.1", "25D2140").next == response
    base = due("2025-12-01", "26.3.1")
    assert enforcement_order([response, base], "26.3").in_force == (base, response)
    assert enforcement_order([base, due("2025-11-01", "26.3.1", "25D771280a")], "26.3").superseded


def test_the_order_of_the_declarations_does_not_matter() -> None:
    given = [due("2025-12-01", "26.1"), due("2025-12-01", "26.2"), due("2025-11-01", "26.0.1")]
    orders = {enforcement_order(each, "18.0") for each in itertools.permutations(given)}
    assert {order.in_force for order in orders} == {(given[2], given[0], given[1])}


def test_a_version_must_be_one() -> None:
    with pytest.raises(osu.InvalidVersionError):
        enforcement_order([], "latest")
