"""Inventories, and what devices say about themselves."""

import re
from typing import Any

import pytest

import mdm_osupdate as osu
from mdm_osupdate.inventory import read_device


class TestOneDevice:
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
        assert read_device(row) == device

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
                "access_rights: 4096.9 cannot be understood; expected an integer from 0 to 8191",
            ),
            (
                {"platform": "iOS", "os_version": "17", "access_rights": True},
                "access_rights: true cannot be understood; expected an integer from 0 to 8191",
            ),
            (
                {"platform": "iOS", "os_version": "17", "access_rights": float("1e999")},
                "access_rights: inf cannot be understood; expected an integer from 0 to 8191",
            ),
            (
                {"platform": "iOS", "os_version": "17", "access_rights": " -1 "},
                "access_rights: ' -1 ' cannot be understood; expected an integer from 0 to 8191",
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
            read_device(row)
