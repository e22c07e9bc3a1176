"""Devices: what they are made of, and how inventories describe them."""

import re
from typing import Any

import pytest

import mdm_osupdate as osu


def test_words_and_versions_may_be_text() -> None:
    device = osu.Device(
        "macOS", "14.5", supervised=True, enrollment="automated", channel="user", access_rights=8191
    )
    assert device == osu.Device(
        osu.Platform.MACOS,
        osu.OSVersion("14.5"),
        supervised=True,
        enrollment=osu.Enrollment.AUTOMATED,
        channel=osu.Channel.USER,
        access_rights=osu.AccessRights(8191),
    )
    assert {device} == {device}


def test_what_is_not_given_is_unknown() -> None:
    device = osu.Device("iOS", "17")
    assert device.channel is osu.Channel.DEVICE
    unknown = ("supervised", "enrollment", "shared_ipad", "access_rights", "declaration_managed")
    assert [getattr(device, name) for name in unknown] == [None] * 5


def test_thirteen_rights() -> None:
    assert len(osu.AccessRights) == 13
    assert int(osu.AccessRights.APP_INSTALLATION) == 4096
    assert osu.AccessRights.APP_INSTALLATION in osu.AccessRights(8191)


@pytest.mark.parametrize(
    ("arguments", "error", "reason"),
    [
        ({"platform": "macos"}, ValueError, "'macos' is none of iOS, iPadOS, macOS"),
        ({"platform": None}, TypeError, "platform must be given"),
        ({"platform": 5}, TypeError, "Platform must be a string, not 5"),
        ({"os_version": "x"}, osu.InvalidVersionError, "'x' is no OS version"),
        ({"os_version": 14.5}, TypeError, "os_version must be a string, not 14.5"),
        ({"enrollment": "dep"}, ValueError, "'dep' is none of automated, device, user"),
        ({"channel": None}, TypeError, "channel must be given"),
        ({"supervised": "true"}, TypeError, "must be a boolean, not 'true'"),
        ({"access_rights": True}, TypeError, "access_rights must be an integer, not true"),
        ({"access_rights": 8192}, ValueError, "must be 0 to 8191, not 8192"),
        ({"access_rights": -1}, ValueError, "must be 0 to 8191, not -1"),
    ],
)
def test_nonsense_is_refused(
    arguments: dict[str, Any], error: type[Exception], reason: str
) -> None:
    with pytest.raises(error) as caught:
        osu.Device(**({"platform": "macOS", "os_version": "14.5"} | arguments))
    assert reason in str(caught.value)


class TestFromMapping:
    @pytest.mark.parametrize(
        ("row", "device"),
        [
            ({"platform": "iOS", "os_version": "17.4"}, osu.Device("iOS", "17.4")),
            (
                {
                    "platform": " macOS", "os_version": "14.5", "supervised": "yes",
                    "enrollment": "Automated", "channel": "device", "access_rights": "8191",
                    "shared_ipad": "", "declaration_managed": "0", "owner": "Jo",
                },
                osu.Device(
                    "macOS", "14.5", supervised=True, enrollment="automated", access_rights=8191,
                    declaration_managed=False,
                ),
            ),
            (
                {
                    "QueryResponses": {
                        "OSVersion": "13.4.1", "SupplementalOSVersionExtra": "(a)",
                        "ProductName": "Mac14,2", "IsSupervised": True,
                    },
                    "SecurityInfo": {
                        "ManagementStatus": {"EnrolledViaDEP": True, "IsUserEnrollment": False}
                    },
                },
                osu.Device("macOS", "13.4.1 (a)", supervised=True, enrollment="automated"),
            ),
            (
                {"OSVersion": "17.4", "ProductName": "iPad7,5", "IsMultiUser": True},
                osu.Device("iPadOS", "17.4", shared_ipad=True),
            ),
            (
                {"OSVersion": "17.4", "ProductName": "iPhone14,5", "IsUserEnrollment": True},
                osu.Device("iOS", "17.4", enrollment="user"),
            ),
            (
                {
                    "OSVersion": "17.4", "ModelName": "Apple TV", "EnrolledViaDEP": False,
                    "IsUserEnrollment": False,
                },
                osu.Device("tvOS", "17.4", enrollment="device"),
            ),
            ({"OSVersion": "10.4", "Model": "Watch6,1"}, osu.Device("watchOS", "10.4")),
            ({"OSVersion": "1.1", "Model": "RealityDevice14,1"}, osu.Device("visionOS", "1.1")),
            (
                {"platform": "macOS", "os_version": "14", "OSVersion": "1", "IsSupervised": False},
                osu.Device("macOS", "14", supervised=False),
            ),
            (
                {"platform": "macos", "os_version": 14, "enrollment": " ", "supervised": "\t"},
                osu.Device("macOS", "14"),
            ),
            ({"platform": "IOS", "os_version": "17", "channel": "User"},
             osu.Device("iOS", "17", channel="user")),
            (
                {
                    "OSVersion": "17", "Model": "iPhone14,5", "IsUserEnrollment": "false",
                    "EnrolledViaDEP": 1,
                },
                osu.Device("iOS", "17", enrollment="automated"),
            ),
            (
                {
                    "OSVersion": "17", "Model": "iPhone14,5", "IsUserEnrollment": 0,
                    "EnrolledViaDEP": "no",
                },
                osu.Device("iOS", "17", enrollment="device"),
            ),
            (
                {
                    "OSVersion": "13.4.1 (a)", "SupplementalOSVersionExtra": "(a)",
                    "ProductName": "macOS",
                },
                osu.Device("macOS", "13.4.1 (a)"),
            ),
            ({"OSVersion": 13, "SupplementalOSVersionExtra": " ", "Model": "VMware7,1"},
             osu.Device("macOS", "13")),
            ({"OSVersion": "17", "ProductName": "TVOS"}, osu.Device("tvOS", "17")),
        ],
    )  # fmt: skip
    def test_what_inventories_export(self, row: dict[str, Any], device: osu.Device) -> None:
        assert osu.Device.from_mapping(row) == device

    @pytest.mark.parametrize(
        ("row", "reason"),
        [
            ({"os_version": "17"}, "there is no platform; add platform, or ProductName"),
            ({"platform": "iOS"}, "there is no os_version; add os_version, or OSVersion"),
            ({"OSVersion": "17", "Model": "Toaster"}, "there is no platform"),
            ({"platform": "ois", "os_version": "17"}, "platform: 'ois' cannot be understood"),
            ({"platform": " ", "os_version": "17"}, "there is no platform"),
            (
                {"platform": "iOS", "os_version": 14.10},
                "os_version: 14.1 cannot be understood; put it in quotes",
            ),
            ({"platform": "iOS", "OSVersion": 14.5}, "OSVersion: 14.5 cannot be understood"),
            (
                {
                    "platform": "iOS",
                    "OSVersion": "16.4.1 (a)",
                    "SupplementalOSVersionExtra": "(b)",
                },
                "OSVersion: '16.4.1 (a) (b)' cannot be understood",
            ),
            (
                {"platform": "iOS", "os_version": "17", "EnrolledViaDEP": "perhaps"},
                "EnrolledViaDEP: 'perhaps' cannot be understood; write true or false",
            ),
            (
                {"platform": "iOS", "os_version": "17", "IsUserEnrollment": 2},
                "IsUserEnrollment: 2 cannot be understood; write true or false",
            ),
            (
                {"platform": "iOS", "os_version": "17", "access_rights": 4096.9},
                "access_rights must be an integer, not 4096.9",
            ),
            (
                {"platform": "iOS", "os_version": "17", "access_rights": True},
                "access_rights must be an integer, not true",
            ),
            (
                {"platform": "iOS", "os_version": "17", "access_rights": float("1e999")},
                "access_rights must be an integer, not inf",
            ),
            (
                {"platform": "iOS", "os_version": "17", "access_rights": " -1 "},
                "access_rights must be 0 to 8191, not -1",
            ),
            ({"platform": "iOS", "OSVersion": "x"}, "OSVersion: 'x' cannot be understood"),
            (
                {"platform": "iOS", "os_version": "17", "supervised": "maybe"},
                "supervised: 'maybe' cannot be understood; write true or false",
            ),
            (
                {"platform": "iOS", "os_version": "17", "access_rights": "all"},
                "access_rights: 'all'",
            ),
        ],
    )
    def test_what_cannot_be_understood(self, row: dict[str, Any], reason: str) -> None:
        with pytest.raises(ValueError, match=re.escape(reason)):
            osu.Device.from_mapping(row)
