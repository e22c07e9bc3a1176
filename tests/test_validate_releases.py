"""Declarations and commands checked against what Apple offers."""

import datetime as dt
from typing import Any, ClassVar

import attrs
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


def test_only_builds_of_the_version_are_expected() -> None:
    (finding,) = check("26.6", "23G6070")
    assert finding.message == "expected 23G70 for 26.6 on this device, got '23G6070'"


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


@pytest.mark.parametrize(
    ("version", "on", "message"),
    [
        ("26.4", "2026-07-20", "Apple no longer offers 26.4 for this device: expired 2026-07-20"),
        ("26.4", "2026-08-01", "Apple no longer offers 26.4 for this device: expired 2026-07-20"),
        ("26.7", "2026-08-31", "Apple offers 26.7 for this device from 2026-09-01 on, not on"),
        ("26.9", "2026-08-01", "Apple does not offer 26.9 for this device on 2026-08-01"),
    ],
)
def test_the_reason_is_told_and_the_newest_version(version: str, on: str, message: str) -> None:
    (finding,) = check(version, now=dt.datetime.fromisoformat(on))
    assert finding.message.startswith(message)
    assert finding.hint == "Choose 26.6, the newest version that Apple offers for this device."


def test_if_nothing_is_offered_no_version_is_recommended() -> None:
    (finding,) = check("26.6", now=dt.datetime(2026, 12, 31))
    assert finding.hint == osu.RULES["OSU660"].hint


class TestCommands:
    PHONE = osu.Device(
        "iOS", "16.4", supervised=True, enrollment="device", access_rights=8191, model="iPad11,1"
    )

    def check(
        self, device: osu.Device = PHONE, releases: Any = RELEASES, **item: Any
    ) -> osu.Report:
        command = osu.ScheduleOSUpdateCommand(
            [osu.UpdatesItem(install_action="InstallASAP", **item)], command_uuid="1"
        )
        return osu.validate(command, device, releases=releases, now=NOW)

    @pytest.mark.parametrize(
        ("item", "rules"),
        [
            ({"product_version": "26.6"}, []),
            ({"product_version": "26.5"}, ["OSU661"]),
            ({"product_version": "26.4"}, ["OSU660"]),
            ({"product_key": "MSU_UPDATE_23G70_patch_26.6"}, []),
            ({"product_key": "MSU_UPDATE_23G6070_patch_26.6"}, ["OSU662"]),
            ({"product_key": "MSU_UPDATE_23E80_patch_26.4"}, ["OSU660"]),
            ({"product_key": "iOSUpdate23G70"}, []),
            ({"product_key": "iOSUpdate23A1"}, ["OSU662"]),
            ({"product_key": "MSU_UPDATE_23G771330a_patch_26.6_rsr"}, ["OSU663"]),
            ({"product_version": "16.3"}, ["OSU316"]),
        ],
    )
    def test_targets(self, item: dict[str, Any], rules: list[str]) -> None:
        report = self.check(**item)
        assert [finding.rule for finding in report] == rules
        assert not report.undecided

    def test_paths(self) -> None:
        (finding,) = self.check(product_version="26.4")
        assert finding.path == "Command.Updates[0].ProductVersion"
        (finding,) = self.check(product_key="iOSUpdate23A1")
        assert finding.path == "Command.Updates[0].ProductKey"

    def test_an_opaque_product_key_is_undecided(self) -> None:
        report = self.check(product_key="041-14451")
        assert report.undecided["OSU660"] == ("version",)
        assert report.ok

    def test_unknown_hardware_is_undecided(self) -> None:
        report = self.check(attrs.evolve(self.PHONE, model=None), product_version="26.6")
        assert report.undecided["OSU660"] == report.undecided["OSU661"] == ("model",)

    def test_nothing_is_claimed_without_releases(self) -> None:
        report = self.check(releases=None, product_version="26.4")
        assert not report.findings
        assert not {"OSU660", "OSU661", "OSU663"} & report.undecided.keys()

    def test_other_rules_come_first(self) -> None:
        device = osu.Device("iOS", "27.0", model="iPad11,1")
        assert [f.rule for f in self.check(device, product_version="27.1")] == ["OSU402"]


class TestResponses:
    ONLY_RESPONSES: ClassVar = {
        "AssetSets": {"iOS": []},
        "PublicBackgroundSecurityImprovements": {
            "iOS": [asset("26.6", "23G771330a", ProductVersionExtra="(a)")]
        },
    }
    RELEASES = load_releases(
        {
            "AssetSets": {"iOS": [asset("26.6", "23G70")]},
            "PublicBackgroundSecurityImprovements": {
                "iOS": [
                    asset(
                        "26.6", "23G771330a", ProductVersionExtra="(a)", PrerequisiteBuild="23G70"
                    ),
                    asset("26.5", "23F771330a", ProductVersionExtra="(a)"),
                ]
            },
        }
    )

    def check(self, has: str, build: str | None, target: str = "26.6") -> osu.Report:
        device = attrs.evolve(IPAD, os_version=has, build=build)
        wanted = {"26.6": "23G771330a", "26.5": "23F771330a"}[target]
        return check(target, wanted, device, releases=self.RELEASES)

    @pytest.mark.parametrize(
        ("has", "build", "message"),
        [
            ("26.6", "23G70", None),
            ("26.6", "23G71", "26.6 (a) requires build 23G70, and the device has 23G71"),
            ("26.6", "23G771329a", None),  # of an earlier response: the base is unknown
            ("26.6 (a)", None, None),
            ("26.0", "23A1", None),  # the declaration brings the base along
        ],
    )
    def test_the_device_needs_the_base(
        self, has: str, build: str | None, message: str | None
    ) -> None:
        found = [f.message for f in self.check(has, build) if f.rule == "OSU663"]
        assert found == ([message] if message else [])

    def test_an_unknown_build_is_undecided(self) -> None:
        assert self.check("26.6", None).undecided["OSU663"] == ("build",)

    def test_the_base_must_be_offered(self) -> None:
        finding, newer = self.check("26.0", None, "26.5")
        assert (finding.rule, newer.rule) == ("OSU663", "OSU661")
        assert finding.message == (
            "26.5 (a) requires 26.5, which Apple does not offer for this device on 2026-08-01"
        )
        assert self.check("26.5", None, "26.5").ok  # what it needs is not told

    def test_another_base_does_not_count(self) -> None:
        older = load_releases(
            {
                "AssetSets": {"iOS": [asset("26.4", "23E80")]},
                "PublicBackgroundSecurityImprovements": {
                    "iOS": [asset("26.6", "23G771330a", ProductVersionExtra="(a)")]
                },
            }
        )
        (finding,) = check("26.6", "23G771330a", releases=older)
        assert finding.rule == "OSU663"

    def test_responses_are_not_recommended(self) -> None:
        (finding,) = check("26.9", releases=load_releases(self.ONLY_RESPONSES))
        assert finding.hint == osu.RULES["OSU660"].hint

    def test_a_response_that_is_not_offered(self) -> None:
        report = check("26.6", "23G771999a", releases=self.RELEASES)
        assert [f.message for f in report] == [
            "expected 23G771330a for 26.6 on this device, got '23G771999a'"
        ]
        report = check(
            "26.6",
            "23G771999a",
            releases=load_releases({"AssetSets": {"iOS": [asset("26.6", "23G70")]}}),
        )
        assert [f.message for f in report] == [
            "Apple does not offer build 23G771999a for this device on 2026-08-01"
        ]
