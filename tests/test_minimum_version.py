"""The minimum version at enrollment."""

import datetime as dt
from typing import Any

import pytest

import mdm_osupdate as osu
from mdm_osupdate.declarations import (
    BetaProgram,
    SoftwareUpdateRequired,
    SoftwareUpdateRequiredDetails,
)
from mdm_osupdate.planning import Minimum, minimum_version
from mdm_osupdate.releases import load_releases

DAY = dt.date(2026, 11, 25)


def machine(product: str = "Mac14,2", version: str = "15.6", **more: Any) -> dict[str, Any]:
    return {
        "PRODUCT": product,
        "OS_VERSION": version,
        "VERSION": "24G84",
        "MDM_CAN_REQUEST_SOFTWARE_UPDATE": True,
        "SOFTWARE_UPDATE_DEVICE_ID": "J413AP" if product.startswith("Mac") else product,
        **more,
    }


def required(os_version: str, build: str | None = None) -> SoftwareUpdateRequired:
    return SoftwareUpdateRequired(
        details=SoftwareUpdateRequiredDetails(os_version=os_version, build_version=build)
    )


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        (machine(), required("26.1")),
        (machine(version="26.0.1"), required("26.1")),
        (machine(version="26.1"), None),
        (machine(version="26.2"), None),
        (machine(version="13.7"), None),
        (machine(version="14.0"), required("26.1")),
        (machine(MDM_CAN_REQUEST_SOFTWARE_UPDATE=False), None),
        (machine("iPhone15,2", "17.0"), required("26.0")),
        (machine("iPhone15,2", "16.7"), None),
        (machine("iPad13,1", "17.4"), required("26.0")),
        (machine("RealityDevice14,1", "26.0"), None),
        (machine("AppleTV11,1", "18.0"), None),
    ],
)
def test_when_an_update_is_required(
    info: dict[str, Any], expected: SoftwareUpdateRequired | None
) -> None:
    policy: dict[str, Minimum] = {
        "macOS": "26.1",
        osu.Platform.IOS: osu.OSVersion("26.0"),
        "tvOS": "26.0",
    }
    assert minimum_version(info, policy) == expected


def test_device_without_support_enrolls() -> None:
    info = machine()
    del info["MDM_CAN_REQUEST_SOFTWARE_UPDATE"]
    assert minimum_version(info, {"macOS": "26.1"}) is None


def test_separate_minimum_for_ipados() -> None:
    policy = {"iOS": "26.0", "iPadOS": "26.1"}
    assert minimum_version(machine("iPad13,1", "26.0"), policy) == required("26.1")


def test_result_is_a_valid_message() -> None:
    answer = minimum_version(machine(), {"macOS": "26.1"})
    assert answer is not None
    device = osu.Device("macOS", "15.6")
    assert list(osu.validate(answer, device)) == []


def test_security_response_is_compared_by_build() -> None:
    response = SoftwareUpdateRequiredDetails(os_version="26.3.1", build_version="25D771280a")
    has = {"SUPPLEMENTAL_BUILD_VERSION": "25D771280a", "SUPPLEMENTAL_OS_VERSION_EXTRA": "(a)"}
    policy = {"macOS": response}
    assert minimum_version(machine(version="26.3.1", **has), policy) is None
    asked = minimum_version(machine(version="26.3.1", VERSION="25D2128"), policy)
    assert asked == required("26.3.1", "25D771280a")


@pytest.mark.parametrize(("version", "asked"), [("14.4", False), ("14.5", True)])
def test_beta_program(version: str, asked: bool) -> None:
    program = BetaProgram(description="AppleSeed for IT", token="seed")
    details = SoftwareUpdateRequiredDetails(os_version="27.0", require_beta_program=program)
    for releases in None, load_releases(FEED):
        info = machine(version=version)
        answer = minimum_version(info, {"macOS": details}, releases=releases, on=DAY)
        assert answer == (SoftwareUpdateRequired(details=details) if asked else None)


def asset(version: str, build: str, *devices: str, **more: str) -> dict[str, Any]:
    posted = {"PostingDate": "2026-09-14", "ExpirationDate": "2027-03-14"}
    named = {"ProductVersion": version, "Build": build, "SupportedDevices": list(devices)}
    return {**named, **posted, **more}


FEED: dict[str, Any] = {
    "PublicAssetSets": {"macOS": [asset("26.2", "25C1", "J413AP")], "iOS": []},
    "AssetSets": {
        "macOS": [asset("26.1.1", "25B90", "J413AP"), asset("26.2", "25C1", "J413AP")],
        "iOS": [asset("16.7.16", "20H400", "iPhone10,3")],
    },
    "PublicBackgroundSecurityImprovements": {
        "macOS": [
            asset(
                "26.2",
                "25C771100a",
                "J413AP",
                ProductVersionExtra="(a)",
                PrerequisiteBuild="25C1",
            )
        ]
    },
}


class TestReleases:
    @pytest.mark.parametrize(
        ("version", "minimum", "expected"),
        [
            ("15.6", "26.1.1", required("26.1.1")),
            ("15.6", "26.1", required("26.1.1")),
            ("15.6", "26.3", None),
            # Before macOS 15, only what users are offered too.
            ("14.8", "26.1", required("26.2")),
            ("14.8", "26.2", required("26.2")),
            ("14.8", "26.2 (a)", required("26.2 (a)")),
            ("14.8", "26.3", None),
        ],
    )
    def test_only_offered_versions_are_required(
        self, version: str, minimum: str, expected: SoftwareUpdateRequired | None
    ) -> None:
        releases = load_releases(FEED)
        answer = minimum_version(
            machine(version=version), {"macOS": minimum}, releases=releases, on=DAY
        )
        assert answer == expected

    def test_security_response_of_an_old_base_version(self) -> None:
        details = SoftwareUpdateRequiredDetails(os_version="26.1.1", build_version="25B771200a")
        answer = minimum_version(
            machine(), {"macOS": details}, releases=load_releases(FEED), on=DAY
        )
        assert answer == required("26.2")

    def test_hardware_without_the_update_enrolls(self) -> None:
        info = machine("iPhone10,3", "17.0")
        releases = load_releases(FEED)
        assert minimum_version(info, {"iOS": "26.0"}, releases=releases, on=DAY) is None

    def test_unlisted_hardware_must_update(self) -> None:
        info = machine("iPhone99,9", "26.0")
        releases = load_releases(FEED)
        answer = minimum_version(info, {"iOS": "26.1"}, releases=releases, on=DAY)
        assert answer == required("26.1")

    def test_releases_need_a_day(self) -> None:
        with pytest.raises(TypeError, match="give on"):
            minimum_version(machine(), {"macOS": "26.1"}, releases=load_releases(FEED))


def test_invalid_arguments() -> None:
    with pytest.raises(ValueError, match="platform"):
        minimum_version({"OS_VERSION": "15.6"}, {"macOS": "26.1"})
    with pytest.raises(osu.InvalidVersionError):
        minimum_version(machine(), {"macOS": "latest"})
