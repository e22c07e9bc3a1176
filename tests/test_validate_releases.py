"""Declarations checked against what Apple offers."""

import datetime as dt
from typing import Any

import pytest

import mdm_osupdate as osu
from mdm_osupdate.declarations import SoftwareUpdateEnforcementSpecific
from mdm_osupdate.releases import load_releases

IPAD = osu.Device("iPadOS", "26.0", supervised=True, enrollment="automated", model="iPad11,1")
NOW = dt.datetime(2026, 8, 1)


def asset(version: str, build: str, **more: Any) -> dict[str, Any]:
    dates = {"PostingDate": "2026-07-01", "ExpirationDate": "2026-12-24"}
    return {"ProductVersion": version, "Build": build, "SupportedDevices": ["iPad11,1"]} | (
        dates | more
    )


RELEASES = load_releases(
    {
        "AssetSets": {
            "iOS": [
                asset("26.5", "23F80"),
                asset("26.6", "23G70"),
                asset("26.4", "23E80", ExpirationDate="2026-07-20"),
                asset("26.7", "23H70", PostingDate="2026-09-01"),
                asset("18.7.9", "22H500"),
            ]
        },
        "PublicBackgroundSecurityImprovements": {
            "iOS": [asset("26.6", "23G771330a", ProductVersionExtra="(a)")]
        },
    }
)


def check(
    version: str, build: str | None = None, device: osu.Device = IPAD, **more: Any
) -> osu.Report:
    declaration = SoftwareUpdateEnforcementSpecific(
        target_os_version=version,
        target_build_version=build,
        target_local_date_time="2027-01-01T19:00:00",
    )
    given: dict[str, Any] = {"releases": RELEASES, "now": NOW} | more
    return osu.validate(declaration, device, **given)


@pytest.mark.parametrize(
    ("version", "build", "rules"),
    [
        ("26.6", None, []),
        ("26.6", "23G70", []),
        ("26.6", "23G771330a", []),  # the security response of that version
        ("26.6", "23G6070", ["OSU662"]),
        ("26.5", None, ["OSU661"]),
        ("26.4", None, ["OSU660"]),  # expired
        ("26.7", None, ["OSU660"]),  # not posted yet
        ("26.5.1", None, ["OSU660"]),
    ],
)
def test_targets(version: str, build: str | None, rules: list[str]) -> None:
    assert [finding.rule for finding in check(version, build)] == rules


def test_newest_release_of_the_major_version() -> None:
    device = osu.Device(
        "iPadOS", "18.6", supervised=True, enrollment="automated", device_id="iPad11,1"
    )
    assert list(check("18.7.9", device=device)) == []


def test_default_day_is_the_newest_posting_date() -> None:
    assert [finding.rule for finding in check("26.7", now=None)] == []


@pytest.mark.parametrize(
    ("device", "more", "unknown"),
    [
        (IPAD, {"releases": None}, "releases"),
        (osu.Device("iPadOS", "26.0", supervised=True, enrollment="device"), {}, "model"),
    ],
)
def test_unknown_facts_are_undecided(
    device: osu.Device, more: dict[str, Any], unknown: str
) -> None:
    report = check("26.6", device=device, **more)
    assert report.findings == ()
    assert report.undecided == {"OSU660": (unknown,), "OSU661": (unknown,)}


@pytest.mark.parametrize(
    ("version", "device"),
    [
        ("26.6", osu.Device("iPadOS", "16.0", model="iPad11,1")),
        ("25.9 (a)", IPAD),
        ("latest", IPAD),
        ("18.7.9", IPAD),
    ],
)
def test_other_rules_come_first(version: str, device: osu.Device) -> None:
    report = check(version, device=device)
    assert report.findings
    assert not {"OSU660", "OSU661"} & ({f.rule for f in report} | report.undecided.keys())
