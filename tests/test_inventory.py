"""Inventories exported by management systems, and responses of devices to queries."""

import json
import plistlib
import re
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

import mdm_osupdate as osu
from mdm_osupdate.inventory import Row, read_device, read_inventory
from mdm_osupdate.inventory.columns import ATTRIBUTES, VENDORS, normalized

INVENTORIES = Path(__file__).parent / "inventories"


def devices(source: Any) -> list[osu.Device | None]:
    return [row.device for row in read_inventory(source)]


def one(source: Any) -> Row:
    (row,) = read_inventory(source)
    return row


EXPORTS: dict[str, list[tuple[str, osu.Device | str]]] = {
    "business-manager.json": [
        ("X", "the version is missing: add a column os_version"),
    ],
    "device-information.plist": [
        (
            "pad",
            osu.Device(
                "iPadOS",
                "17.6.1",
                supervised=True,
                build="21G93",
                model="iPad13,18",
                device_id="iPad13,18",
                shared_ipad=False,
            ),
        ),
    ],
    "fleet-host.json": [
        ("ada", osu.Device("macOS", "13.4.1 (c)", enrollment="device", model="Mac15,3")),
    ],
    "fleet-hosts.csv": [
        ("ada", osu.Device("macOS", "14.6.1", model="Mac14,2")),
        ("phone", osu.Device("iOS", "16.4.1 (a)", model="iPhone14,5")),
    ],
    "fleet-hosts.json": [
        ("ada", osu.Device("macOS", "15.5", enrollment="automated", model="Mac15,3")),
        ("pad", osu.Device("iPadOS", "18.5", enrollment="device", model="iPad13,18")),
        ("pc", "unknown platform 'windows'"),
        ("lx", "unknown platform 'ubuntu'"),
    ],
    "intune.csv": [
        ("mac-1", osu.Device("macOS", "15.5", supervised=True, build="24F74")),
        ("pad-1", osu.Device("iPadOS", "17.6.1", supervised=True)),
        ("pc-1", "unknown platform 'Windows'"),
    ],
    "intune.json": [
        ("mac", osu.Device("macOS", "15.5", supervised=True, build="24F74")),
        ("pad", osu.Device("iPadOS", "17.6.1", supervised=True, enrollment="automated")),
        ("pc", "unknown platform 'Windows'"),
    ],
    "jamf-classic-mobile.json": [
        ("pad", osu.Device("iPadOS", "17.5.1", supervised=False, build="21F90", model="iPad12,1")),
    ],
    "jamf-classic.json": [
        (
            "ada",
            osu.Device(
                "macOS",
                "15.5.0",
                supervised=True,
                enrollment="automated",
                build="24F74",
                model="Mac15,3",
            ),
        ),
    ],
    "jamf-computers-10.15.csv": [
        ("old-imac", osu.Device("macOS", "10.15.7", build="19H15", model="iMac18,3")),
    ],
    "jamf-computers.csv": [
        (
            "ada",
            osu.Device(
                "macOS",
                "15.5",
                supervised=True,
                enrollment="automated",
                build="24F74",
                model="Mac15,3",
                device_id="J504AP",
            ),
        ),
        (
            "grace",
            osu.Device(
                "macOS", "13.4.1 (c)", build="22F770820d", model="Mac14,2", device_id="J413AP"
            ),
        ),
    ],
    "jamf-computers.json": [
        (
            "ada",
            osu.Device(
                "macOS",
                "15.5",
                supervised=True,
                enrollment="automated",
                build="24F74",
                model="Mac15,3",
                device_id="J504AP",
            ),
        ),
    ],
    "jamf-mobile-detail.json": [
        (
            "pad-7",
            osu.Device(
                "iPadOS",
                "18.5",
                supervised=True,
                build="22F76",
                model="iPad13,18",
                device_id="iPad13,18",
                shared_ipad=False,
            ),
        ),
    ],
    "jamf-mobile.csv": [
        (
            "pad-7",
            osu.Device(
                "iPadOS",
                "18.5",
                supervised=True,
                build="22F76",
                model="iPad13,18",
                shared_ipad=False,
            ),
        ),
        (
            "byod-1",
            osu.Device(
                "iOS",
                "17.6.1",
                supervised=False,
                enrollment="user",
                build="21G93",
                model="iPhone15,4",
            ),
        ),
        ("tv-3", osu.Device("tvOS", "18.4", supervised=True, build="22L255", model="AppleTV14,1")),
    ],
    "jamf-mobile.json": [
        (
            "pad-7",
            osu.Device(
                "iPadOS",
                "18.5",
                supervised=True,
                build="22F76",
                model="iPad13,18",
                device_id="iPad13,18",
                shared_ipad=False,
            ),
        ),
        ("tv", osu.Device("tvOS", "18.4", supervised=True, model="AppleTV14,1")),
    ],
    "kandji-details.json": [
        (
            "ada",
            osu.Device("macOS", "15.5", supervised=True, enrollment="automated", model="Mac15,3"),
        ),
    ],
    "kandji.json": [
        ("ada", osu.Device("macOS", "13.4.1 (c)", build="22F770820d")),
        ("tv", osu.Device("tvOS", "18.1", build="22J580")),
    ],
    "machine-info.json": [
        (
            "SERIAL-1",
            osu.Device("iOS", "17.2", build="21C62", model="iPhone15,3", device_id="iPhone15,3"),
        ),
    ],
    "munki.json": [
        ("lab-1", osu.Device("macOS", "14.6.1", build="23G93", model="Macmini9,1")),
    ],
    "munkireport.json": [
        ("lab-1", osu.Device("macOS", "14.6.1", build="23G93", model="Mac14,3")),
    ],
    "profile-manager.csv": [
        ("pad", osu.Device("iPadOS", "15.7.9", supervised=True, model="iPad7,5")),
        ("mac", osu.Device("macOS", "12.7.4", supervised=False, model="Macmini8,1")),
    ],
    "security-info.plist": [
        (
            "ada",
            osu.Device("macOS", "14.1", supervised=True, enrollment="automated", model="Mac14,2"),
        ),
    ],
    "simplemdm.json": [
        (
            "pad-7",
            osu.Device(
                "iPadOS",
                "17.6.1",
                supervised=True,
                enrollment="device",
                build="21G93",
                model="iPad14,1",
            ),
        ),
    ],
    "status-report.json": [
        (
            "S1",
            osu.Device(
                "iPadOS",
                "18.5",
                supervised=True,
                build="22F76",
                model="iPad13,18",
                device_id="iPad13,18",
                shared_ipad=False,
            ),
        ),
    ],
    "sw_vers.txt": [
        ("device 1", osu.Device("macOS", "15.5", build="24F74")),
        ("device 2", osu.Device("macOS", "10.15.7", build="19H15")),
    ],
}
"""The devices of tests/inventories: exports as the systems write them. Or why there is none."""


class TestExports:
    @pytest.mark.parametrize("name", EXPORTS)
    def test_devices_match(self, name: str) -> None:
        rows = list(read_inventory((INVENTORIES / name).read_bytes()))
        assert [(row.name, row.device or row.problem) for row in rows] == EXPORTS[name]
        assert [row.unknown for row in rows] == [{}] * len(rows)

    def test_every_export_is_tested(self) -> None:
        assert {path.name for path in INVENTORIES.iterdir()} == EXPORTS.keys()

    def test_devices_are_identified(self) -> None:
        row, *_ = read_inventory((INVENTORIES / "jamf-computers.csv").read_bytes())
        assert row.identifiers == ("S1", "U1")
        assert one({"platform": "iOS", "os_version": "17"}).identifiers == ()

    def test_an_object_without_an_array_is_a_device(self) -> None:
        assert devices({"data": {"platform": "iOS", "os_version": "17"}}) == [
            osu.Device("iOS", "17")
        ]

    def test_joined_pages(self) -> None:
        page = json.loads((INVENTORIES / "fleet-host.json").read_text())
        mac = page["host"]
        assert len(devices([{"results": [mac, mac], "next": None}, mac])) == 2
        pages = json.dumps([{"results": [mac, mac], "next": None}, {"results": [mac]}, mac])
        assert len(devices(pages)) == 4
        assert len(devices(json.dumps({"advanced_computer_search": {"computers": [mac]}}))) == 1


class TestVendors:
    """One record in the format of each vendor, with made-up values."""

    @pytest.mark.parametrize(
        ("source", "name", "device"),
        [
            pytest.param(
                "Computer Name,Serial Number,Model,Model Identifier,Operating System,"
                "Operating System Version,Operating System Build,Supervised\n"
                'ada,S1,"MacBook Air (M2, 2022)","Mac14,2",macOS,14.6.1,23G93,Yes\n',
                "ada",
                osu.Device("macOS", "14.6.1", supervised=True, build="23G93", model="Mac14,2"),
                id="Jamf Pro, computers",
            ),
            pytest.param(
                "Display Name,Model,Model Identifier,OS Version,OS Build,Supervised\n"
                'pad,iPad 9th Generation,"iPad12,1",17.5,21F79,Supervised\n',
                "pad",
                osu.Device("iPadOS", "17.5", supervised=True, build="21F79", model="iPad12,1"),
                id="Jamf Pro, mobile devices",
            ),
            pytest.param(
                {
                    "general": {
                        "name": "ada",
                        "platform": "Mac",
                        "supervised": True,
                        "enrolledViaAutomatedDeviceEnrollment": True,
                    },
                    "operatingSystem": {
                        "name": "macOS",
                        "version": "13.4.1",
                        "build": "22F82",
                        "rapidSecurityResponse": "(c)",
                        "supplementalBuildVersion": "22F770820d",
                    },
                    "hardware": {"modelIdentifier": "Mac14,2"},
                },
                "ada",
                osu.Device(
                    "macOS",
                    "13.4.1 (c)",
                    supervised=True,
                    enrollment="automated",
                    build="22F770820d",
                    model="Mac14,2",
                ),
                id="Jamf Pro, API",
            ),
            pytest.param(
                {
                    "hosts": [
                        {
                            "hostname": "ada.local",
                            "display_name": "ada",
                            "platform": "darwin",
                            "os_version": "macOS 15.1",
                            "hardware_model": "MacBookPro18,3",
                            "mdm": {"enrollment_status": "On (automatic)"},
                        }
                    ]
                },
                "ada",
                osu.Device("macOS", "15.1", enrollment="automated", model="MacBookPro18,3"),
                id="Fleet",
            ),
            pytest.param(
                {
                    "data": [
                        {
                            "type": "device",
                            "attributes": {
                                "name": "phone",
                                "os_version": "16.4.1",
                                "supplemental_os_version_extra": "a",
                                "product_name": "iPhone14,5",
                                "is_supervised": False,
                                "is_dep_enrollment": False,
                            },
                        }
                    ]
                },
                "phone",
                osu.Device("iOS", "16.4.1 (a)", supervised=False, model="iPhone14,5"),
                id="SimpleMDM",
            ),
            pytest.param(
                [
                    {
                        "device_id": "00000000-0000-4000-8000-00000000000a",
                        "device_name": "tv",
                        "model": "Apple TV 4K",
                        "platform": "AppleTV",
                        "os_version": "18.1",
                    }
                ],
                "tv",
                osu.Device("tvOS", "18.1"),
                id="Kandji",
            ),
            pytest.param(
                {
                    "value": [
                        {
                            "deviceName": "pad",
                            "operatingSystem": "iOS",
                            "osVersion": "17.5.1",
                            "isSupervised": True,
                            "model": "iPad (9th generation)",
                            "deviceEnrollmentType": "appleBulkWithoutUser",
                        }
                    ]
                },
                "pad",
                osu.Device("iPadOS", "17.5.1", supervised=True, enrollment="automated"),
                id="Intune",
            ),
            pytest.param(
                {
                    "code": 200,
                    "devices": [
                        {
                            "name": "pad",
                            "isSupervised": True,
                            "deviceEnrollType": "dep",
                            "class": "ipad",
                            "os": {"prefix": "iOS", "version": "16.7.2"},
                            "model": {"name": "iPad", "identifier": "iPad7,11", "type": "iPad"},
                        }
                    ],
                },
                "pad",
                osu.Device(
                    "iPadOS", "16.7.2", supervised=True, enrollment="automated", model="iPad7,11"
                ),
                id="Jamf School",
            ),
            pytest.param(
                {
                    "status": "OK",
                    "response": [
                        {
                            "devices": [
                                {
                                    "device_name": "mini",
                                    "os": "mac",
                                    "osversion": "15.3",
                                    "device_model": "Mac14,3",
                                    "is_supervised": "1",
                                    "enrollment_type": "DEP",
                                }
                            ],
                            "rows": 1,
                            "page": 1,
                        }
                    ],
                },
                "mini",
                osu.Device(
                    "macOS", "15.3", supervised=True, enrollment="automated", model="Mac14,3"
                ),
                id="Mosyle",
            ),
            pytest.param(
                {
                    "Devices": [
                        {
                            "DeviceFriendlyName": "ada iPad iOS 17.7",
                            "DeviceReportedName": "pad",
                            "Platform": "Apple",
                            "Model": "iPad Air (64 GB)",
                            "OperatingSystem": "17.7",
                            "IsSupervised": False,
                        }
                    ],
                    "Total": 1,
                },
                "pad",
                osu.Device("iPadOS", "17.7", supervised=False),
                id="Workspace ONE",
            ),
            pytest.param(
                [
                    {
                        "DeviceFriendlyName": "mac",
                        "Platform": "AppleOsX",
                        "OperatingSystem": "14.7.1",
                        "EnrollmentStatus": "Enrolled",
                    }
                ],
                "mac",
                osu.Device("macOS", "14.7.1"),
                id="Workspace ONE, Mac",
            ),
            pytest.param(
                "device_friendly_name,device_platform,device_os_version\nmac,Apple macOS,15.2\n",
                "mac",
                osu.Device("macOS", "15.2"),
                id="Workspace ONE, Intelligence",
            ),
            pytest.param(
                [{"name": "phone", "osName": "iOS 18.1", "systemModel": "iPhone17,1"}],
                "phone",
                osu.Device("iOS", "18.1", model="iPhone17,1"),
                id="Meraki",
            ),
            pytest.param(
                {
                    "devices": [
                        {"device_name": "tv", "platform_type": "tvOS", "os_version": "18.0.1"}
                    ],
                    "status": {"code": 200},
                },
                "tv",
                osu.Device("tvOS", "18.0.1"),
                id="ManageEngine",
            ),
            pytest.param(
                "Source ID,SN,Type,Platform,Name,Hardware model,OS\n"
                '3,S1,LAPTOP,MACOS,mac,"Mac15,3",macOS 15.3.2 (24D81)\n',
                "mac",
                osu.Device("macOS", "15.3.2", build="24D81", model="Mac15,3"),
                id="Zentral",
            ),
            pytest.param(
                [
                    {
                        "serial_number": "S1",
                        "platform": "MACOS",
                        "os_version": {"name": "macOS", "major": 15, "minor": 3, "patch": None},
                        "system_info": {"computer_name": "mac", "hardware_model": "Mac15,3"},
                    }
                ],
                "mac",
                osu.Device("macOS", "15.3", model="Mac15,3"),
                id="Zentral, API",
            ),
            pytest.param(
                {
                    "total": 1,
                    "rows": [
                        {
                            "name": "mac",
                            "model": {"id": 1, "name": "MacBook Pro"},
                            "custom_fields": {"OS Version": {"field": "x", "value": "15.1"}},
                        }
                    ],
                },
                "mac",
                osu.Device("macOS", "15.1"),
                id="Snipe-IT",
            ),
            pytest.param(
                {
                    "items": [
                        {
                            "agentid": "1",
                            "facts": {
                                "device_name": {"type": "string", "value": "mac"},
                                "os_version": {"type": "string", "value": "15.1"},
                                "hardware_model": {"type": "string", "value": "Mac15,3"},
                                "is_supervised": {"type": "boolean", "value": False},
                            },
                        }
                    ],
                },
                "mac",
                osu.Device("macOS", "15.1", supervised=False, model="Mac15,3"),
                id="Addigy, API",
            ),
            pytest.param(
                "host_hostname,name,version,platform\nmac,macOS,15.1,darwin\n",
                "mac",
                osu.Device("macOS", "15.1"),
                id="osquery",
            ),
            pytest.param(
                "Computer name,OS,Model\nmac,15.1,Mac mini\n",
                "mac",
                osu.Device("macOS", "15.1"),
                id="MunkiReport",
            ),
            pytest.param(
                "Name;Platform;OS version;Supervised\nmac;macOS;15.1;Wahr\n",
                "mac",
                osu.Device("macOS", "15.1", supervised=True),
                id="a spreadsheet in German",
            ),
            pytest.param(
                "Gerätename;Betriebssystem;Betriebssystemversion;Betreut\nmac;macOS;15.1;Nein\n",
                "mac",
                osu.Device("macOS", "15.1", supervised=False),
                id="a table in German",
            ),
            pytest.param(
                "Nom de l\u2019appareil;Système d\u2019exploitation;Version du système;Supervisé\n"
                "pad;iPadOS;18.1;Oui\n",
                "pad",
                osu.Device("iPadOS", "18.1", supervised=True),
                id="a table in French",
            ),
            pytest.param(
                "Nombre del dispositivo;Sistema operativo;Versión del SO;Modelo\n"
                "tv;tvOS;18.1;AppleTV14,1\n",
                "tv",
                osu.Device("tvOS", "18.1", model="AppleTV14,1"),
                id="a table in Spanish",
            ),
            pytest.param(
                "Name,OS,OS Version\nmac,macOS,Big Sur 11.7.10\n",
                "mac",
                osu.Device("macOS", "11.7.10"),
                id="a version with the name of macOS",
            ),
            pytest.param(
                {
                    "Command": "get",
                    "Devices": ["0xA1"],
                    "Output": {
                        "0xA1": {"name": "cart", "deviceType": "iPad13,18", "firmwareVersion": "18"}
                        | {"buildVersion": "22A3354", "isSupervised": True},
                        "Errors": {"0xA1": {}},
                    },
                },
                "cart",
                osu.Device("iPadOS", "18", supervised=True, build="22A3354", model="iPad13,18"),
                id="cfgutil",
            ),
            pytest.param(
                {
                    "SPHardwareDataType": [{"_name": "hardware", "machine_model": "Mac15,12"}],
                    "SPSoftwareDataType": [
                        {
                            "_name": "system",
                            "local_host_name": "desk",
                            "os_version": "macOS 15.1 (24B83)",
                        }
                    ],
                },
                "desk",
                osu.Device("macOS", "15.1", build="24B83", model="Mac15,12"),
                id="system_profiler",
            ),
            pytest.param(
                'name,platform,os_version\nmac,macOS,="15.1"\n',
                "mac",
                osu.Device("macOS", "15.1"),
                id="a spreadsheet with a number as text",
            ),
            pytest.param(
                "name,os_version\nphone,iOS18.1\n",
                "phone",
                osu.Device("iOS", "18.1"),
                id="a system without a space",
            ),
            pytest.param(
                "| name | platform | os_version |\n|:--|---|--:|\n| mac | macOS | 15.1 |\n",
                "mac",
                osu.Device("macOS", "15.1"),
                id="a table in Markdown",
            ),
            pytest.param(
                " name | platform | os_version\n"
                "------+----------+-----------\n mac | macOS | 15.1\n",
                "mac",
                osu.Device("macOS", "15.1"),
                id="a table in a terminal",
            ),
            pytest.param(
                "DeviceName;SerialNumber;ProductName;OSVersion;IsSupervised\n"
                "pad;S1;iPad11,3;17.2;f\n",
                "pad",
                osu.Device("iPadOS", "17.2", supervised=False, model="iPad11,3"),
                id="Apple Profile Manager",
            ),
            pytest.param(
                {"hostname": "ada", "machine_model": "Mac14,2", "os_vers": "14.6.1"},
                "ada",
                osu.Device("macOS", "14.6.1", model="Mac14,2"),
                id="Munki",
            ),
            pytest.param(
                "ProductName:\t\tmacOS\nProductVersion:\t\t13.4.1\n"
                "ProductVersionExtra:\t(c)\nBuildVersion:\t\t22F770820d\n",
                "device 1",
                osu.Device("macOS", "13.4.1 (c)", build="22F770820d"),
                id="sw_vers",
            ),
            pytest.param(
                {
                    "OS_VERSION": "17.2",
                    "PRODUCT": "iPhone15,3",
                    "VERSION": "21C62",
                    "SERIAL": "S1",
                    "SUPPLEMENTAL_OS_VERSION_EXTRA": "",
                    "SOFTWARE_UPDATE_DEVICE_ID": "iPhone15,3",
                },
                "S1",
                osu.Device(
                    "iOS", "17.2", build="21C62", model="iPhone15,3", device_id="iPhone15,3"
                ),
                id="MachineInfo",
            ),
            pytest.param(
                {
                    "StatusItems": {
                        "device": {
                            "operating-system": {
                                "version": "26.3.1",
                                "build-version": "25D2128",
                                "supplemental": {
                                    "build-version": "25D771280a",
                                    "extra-version": "(a)",
                                },
                            },
                            "model": {"identifier": "Mac14,2"},
                        },
                        "softwareupdate": {"device-id": "J413AP"},
                        "mdm": {"enrollment-type": "device", "is-shared-ipad": False},
                    }
                },
                "device 1",
                osu.Device(
                    "macOS",
                    "26.3.1 (a)",
                    enrollment="device",
                    shared_ipad=False,
                    build="25D771280a",
                    model="Mac14,2",
                    device_id="J413AP",
                ),
                id="status report",
            ),
        ],
    )
    def test_devices_match(self, source: Any, name: str, device: osu.Device) -> None:
        row = one(source)
        assert (row.name, row.device, row.problem, row.unknown) == (name, device, "", {})

    def test_columns_are_unambiguous(self) -> None:
        for rows in VENDORS.values():
            for row in rows:
                for attribute, column in row.items():
                    assert ATTRIBUTES[normalized(column)] == attribute, column

    def test_apple_business_manager_lacks_versions(self) -> None:
        row = one({"serialNumber": "S1", "productType": "iPhone15,3", "status": "ASSIGNED"})
        assert row.device is None
        assert row.problem == "the version is missing: add a column os_version"

    def test_query_responses_of_a_device(self) -> None:
        answers = {
            "QueryResponses": {"OSVersion": "14.1", "ProductName": "Mac14,2", "IsSupervised": True},
            "SecurityInfo": {"ManagementStatus": {"EnrolledViaDEP": True}},
        }
        expected = osu.Device(
            "macOS", "14.1", supervised=True, enrollment="automated", model="Mac14,2"
        )
        assert read_device(answers) == expected
        assert devices(plistlib.dumps(answers)) == [expected]
        assert devices(plistlib.dumps(answers, fmt=plistlib.FMT_BINARY)) == [expected]
        assert devices("\n" + plistlib.dumps(answers).decode()) == [expected]
        assert devices(plistlib.dumps(answers).decode().splitlines(keepends=True)) == [expected]


class TestSources:
    CSV = "name,platform,os_version\na,macOS,15.1\nb,iOS,17.5\n"

    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
    @pytest.mark.parametrize("ending", ["\n", "\r\n"])
    def test_csv(self, delimiter: str, encoding: str, ending: str) -> None:
        text = self.CSV.replace(",", delimiter).replace("\n", ending)
        rows = list(read_inventory(text.encode(encoding)))
        assert [(row.name, row.line) for row in rows] == [("a", 2), ("b", 3)]
        assert list(read_inventory(text)) == rows
        assert list(read_inventory(bytearray(text.encode(encoding)))) == rows
        assert list(read_inventory(text.splitlines(keepends=True))) == rows

    def test_blank_lines_and_excel_separator_line(self) -> None:
        rows = list(read_inventory("\n  \nsep=;\n" + self.CSV.replace("\nb", "\n,,\nb")))
        assert [(row.name, row.line) for row in rows] == [("a", 5), ("b", 7)]

    def test_multiline_cells(self) -> None:
        rows = list(read_inventory('name,platform,os_version\n"a\nb",iOS,17\nc,iOS,17\n'))
        assert [(row.name, row.line) for row in rows] == [("a\nb", 2), ("c", 4)]

    def test_header_case_and_spelling(self) -> None:
        rows = read_inventory("NAME,Platform,OS-Version,shared iPad\nx,ipados,17,T\n")
        assert [row.device for row in rows] == [osu.Device("iPadOS", "17", shared_ipad=True)]

    def test_json(self) -> None:
        record = {"name": "a", "platform": "iOS", "os_version": "17"}
        for key in ("data", "value", "results", "devices", "hosts"):
            assert one(json.dumps({"next": None, key: [record]})).name == "a"
        assert one(json.dumps(record)).name == "a"
        assert one(json.dumps([record], indent=1).encode("utf-16")).name == "a"
        lines = "\n".join(json.dumps(record | {"name": name}) for name in "abc") + "\n\n"
        assert [(row.name, row.line) for row in read_inventory(lines)] == [
            ("a", None), ("b", 2), ("c", 3),
        ]  # fmt: skip

    def test_invalid_json_line_does_not_stop_reading(self) -> None:
        record = '{"platform": "iOS", "os_version": "17"}\n'
        rows = list(read_inventory(record + "{oops\n" + record))
        assert [bool(row.device) for row in rows] == [True, False, True]
        assert rows[1].problem.startswith("the JSON cannot be read: ")

    def test_rows_are_read_lazily(self) -> None:
        def lines() -> Any:
            yield "name,platform,os_version\n"
            while True:
                yield "a,iOS,17\n"

        assert len(list(islice(read_inventory(lines()), 1_000))) == 1_000

        def mappings() -> Any:
            while True:
                yield {"platform": "iOS", "os_version": "17"}

        assert len(list(islice(read_inventory(mappings()), 1_000))) == 1_000

    @pytest.mark.parametrize(
        ("source", "message"),
        [
            (b"", "the inventory is empty"),
            (b"<?xml version='1.0'?><computers/>", "expected a property list, got XML with <comp"),
            ("<computers/>", "expected a property list, got XML with <computers>: export the "),
            ("<>", "the XML is malformed"),
            (
                b"PK\3\4\x14\0\n",
                "got an Excel workbook or a ZIP archive: export the inventory as CSV",
            ),
            (b"\xd0\xcf\x11\xe0", "got an old Excel workbook"),
            (b"\x1f\x8b\x08\0", "got a gzip archive: decompress it"),
            ("---\r\nname: mac\r\n", "got YAML: export the inventory as CSV or JSON"),
            (b"apiVersion: v1\nkind: host\n", "got YAML: export the inventory as CSV or JSON"),
            ("\n\n", "the inventory is empty"),
            ("\f\n", "line 1: no known column in the header: ''"),
            (b"name\xff,platform\n", "line 1: not UTF-8 text; save the file as UTF-8"),
            (
                "owner,room\nJo,1\n",
                "line 1: no known column in the header: 'owner', 'room'; expected columns",
            ),
            ('name,"platform\na,iOS\n', "line 1: a quotation mark is not closed"),
            (f"name{',platform' * 20_000}\na,iOS\n", "line 1: more than 131,072 characters"),
            ("[1,\n2", "line 2: "),
            ("[" * 100_000, "the JSON cannot be read"),
            ("[" + "1" * 5_000 + "]", "the JSON cannot be read"),
            (plistlib.dumps("text"), "expected an array of devices, got 'text'"),
        ],
    )
    def test_unreadable_sources(self, source: Any, message: str) -> None:
        with pytest.raises(ValueError, match=re.escape(message)):
            list(read_inventory(source))

    def test_other_types(self) -> None:
        with pytest.raises(TypeError, match="bytes, text or an iterable, not 5"):
            list(read_inventory(5))  # type: ignore[arg-type]

    def test_empty_sources(self) -> None:
        assert list(read_inventory([])) == []

    @pytest.mark.parametrize(
        "text",
        [
            "Devices of May, 2026\n\nname,platform,os_version\na,iOS,17\n",
            "name,platform,os_version,\na,iOS,17,\n",
            "name,platform,os_version\na,iOS,17,,,\n",
            "name,platform,os_version\n\n , ,\na,iOS,17\n",
            '\ufeff"name";"platform";"os_version"\n"a";"iOS";"17"\n',
            "name|platform|os_version\na|iOS|17\n",
            "name,platform,os_version,name,Platform\na,iOS,17,,ios\n".replace("ios\n", "iOS\n"),
            "name,platform,os_version,room,room\na,iOS,17,1,2\n",
            "sep=;\nname;platform;os_version\na;iOS;17\n",
        ],
    )
    def test_dialects_and_encodings(self, text: str) -> None:
        assert [(row.name, row.device) for row in read_inventory(text)] == [
            ("a", osu.Device("iOS", "17"))
        ]
        for encoding in ("utf-8", "utf-16", "utf-16-le", "utf-32"):
            assert one(text.lstrip("\ufeff").encode(encoding)).name == "a"

    @pytest.mark.parametrize(
        ("bad", "problem"),
        [
            ('"b,iOS,17', "the row cannot be read: ',' expected after '\"'"),
            ('b,"x"y,17', "the row cannot be read: ',' expected after '\"'"),
            ("b,iOS,17,18", "expected 3 cells, got 4"),
            ("M\udcfcller,iOS,17", "not UTF-8 text; save the file as UTF-8"),
            (f"{'b' * 200_000},iOS,17", "more than 131,072 characters; export fewer columns"),
            ("," * 200_000, "more than 131,072 characters"),
        ],
    )
    def test_invalid_table_row_does_not_stop_reading(self, bad: str, problem: str) -> None:
        text = f'name,platform,os_version\na,iOS,17\n{bad}\n"c",iOS,17\nd,iOS,17\n'
        rows = list(read_inventory(text))
        assert [row.line for row in rows] == [2, 3, 4, 5]
        assert [row.name for row in rows if row.device] == ["a", "c", "d"]
        assert rows[1].problem.startswith(problem)

    def test_longest_row(self) -> None:
        longest = f"{'a' * 131_064},iOS,17\n"
        rows = list(read_inventory(f"name,platform,os_version\n{longest}a{longest}c,iOS,17\n"))
        assert [row.line for row in rows if row.device] == [2, 4]

    def test_longest_row_of_several_lines(self) -> None:
        text = f'name,platform,os_version\n"a\n{"x" * 70_000}\n{"x" * 70_000}",iOS,17\nc,iOS,17\n'
        rows = list(read_inventory(text))
        assert rows[0].problem.endswith("export fewer columns, or close a quotation mark")
        assert (rows[-1].line, rows[-1].name) == (5, "c")

    def test_long_titles_above_the_header(self) -> None:
        assert one(f"{'x' * 200_000}\nname,platform,os_version\na,iOS,17\n").name == "a"

    @pytest.mark.parametrize("after", [3, 100])
    def test_unclosed_quote_affects_one_row(self, after: int) -> None:
        rows = list(read_inventory('name,platform,os_version\n"a,iOS,17\n' + "b,iOS,17\n" * after))
        assert [row.problem for row in rows] == ["a quotation mark is not closed"] + [""] * after
        assert [row.line for row in rows] == list(range(2, after + 3))

    def test_duplicate_columns_must_agree(self) -> None:
        row = one("name,platform,os_version,OS_version\na,iOS,17,18\n")
        assert row.problem == "column os_version appears twice, with '17' and '18'"

    def test_lines_must_all_be_text(self) -> None:
        with pytest.raises(TypeError, match="expected a line of text, got 5"):
            list(read_inventory(["name,platform,os_version\n", 5]))  # type: ignore[arg-type]


class TestRows:
    def test_invalid_row_does_not_stop_reading(self) -> None:
        rows = list(
            read_inventory(
                "name,platform,os_version\n"
                "a,macOS,15.1\n"
                "b,Windows,10.0\n"
                "c,iOS,\n"
                "d,iOS,new\n"
                "e,iOS,17,more\n"
                "f,macOS,14.5\n"
                "g,macOS,10.16\n"
            )
        )
        assert [row.problem for row in rows] == [
            "",
            "unknown platform 'Windows'",
            "the version is missing: add a column os_version",
            "os_version: 'new' cannot be read: expected a version such as 15.5",
            "expected 3 cells, got 4",
            "",
            "os_version: '10.16' cannot be read: some tools report 10.16 for macOS 11 and newer; "
            "export the real version",
        ]
        assert [row.line for row in rows] == [2, 3, 4, 5, 6, 7, 8]

    def test_record_must_be_a_mapping(self) -> None:
        assert one([5]).problem == "expected a device, got 5"

    def test_similar_column_names_are_reported(self) -> None:
        row = one("name,platform,os_version,supervized,owner\na,macOS,15.1,no,Jo\n")
        assert row.device == osu.Device("macOS", "15.1")
        assert row.unknown == {"supervized": "did you mean supervised?"}
        assert row.used == {"name": "name", "platform": "platform", "os_version": "os_version"}
        assert row.ignored == ("owner",)
        assert row.undecided == ("supervised", "enrollment", "model")

    def test_only_so_many_columns_are_compared(self) -> None:
        others = [{f"column {n}": 1} for n in range(999)]
        rows = list(read_inventory([*others, {"supervized": 1}, {"supervized": 2, "nodel": 3}]))
        advice = {"supervized": "did you mean supervised?"}
        assert [row.unknown for row in rows[-2:]] == [advice, advice]
        assert rows[-1].ignored == ("nodel",)

    def test_used_columns(self) -> None:
        row = one(
            {
                "Model": "iPad",
                "ProductName": "iPad13,18",
                "OSVersion": "16.4.1",
                "SupplementalOSVersionExtra": "a",
                "SupplementalBuildVersion": "20E772520a",
                "BuildVersion": "20E252",
                "EnrolledViaDEP": True,
                "SoftwareUpdateDeviceID": "iPad13,18",
                "SerialNumber": "S1",
            }
        )
        assert row.used == {
            "Model": "platform",
            "ProductName": "model",
            "OSVersion": "os_version",
            "SupplementalOSVersionExtra": "os_version",
            "SupplementalBuildVersion": "build",
            "EnrolledViaDEP": "enrollment",
            "SoftwareUpdateDeviceID": "device_id",
            "SerialNumber": "name",
        }
        assert row.ignored == ("BuildVersion",)
        assert row.undecided == ("supervised", "access_rights", "shared_ipad")
        assert one({"platform": "iOS"}).undecided == ()
        assert one({"platform": "macOS", "os_version": "15", "device_id": "J413AP"}).undecided == (
            "supervised",
            "enrollment",
        )

    def test_null_markers(self) -> None:
        row = one({"platform": "iOS", "os_version": "17", "supervised": "N/A", "model": "Unknown"})
        assert row.device == osu.Device("iOS", "17")

    def test_other_columns_are_ignored(self) -> None:
        row = one({"platform": "iOS", "os_version": "17", "osquery_version": "5", "x" * 99: "1"})
        assert row.unknown == {}

    def test_unknown_enrollment(self) -> None:
        row = one({"platform": "iOS", "os_version": "17", "enrollment": "by post"})
        assert row.device == osu.Device("iOS", "17")
        assert row.unknown == {"enrollment": "unknown enrollment 'by post'"}

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ({"IsUserEnrollment": True, "EnrolledViaDEP": True}, "user"),
            ({"IsUserEnrollment": False, "EnrolledViaDEP": 1}, "automated"),
            ({"IsUserEnrollment": 0, "EnrolledViaDEP": "no"}, "device"),
            ({"IsUserEnrollment": False}, None),
            ({"EnrolledViaDEP": False}, None),
            ({"enrollment": "supervised"}, None),
            ({"enrollment": "User Enrollment"}, "user"),
            ({"deviceEnrollmentType": "userEnrollment"}, None),
            ({"Enrollment Method": "PreStage enrollment - Main"}, "automated"),
            ({"Enrollment Method": "User-initiated - no invitation"}, None),
            ({"enrollment": "Automated Device Enrollment"}, "automated"),
        ],
    )
    def test_enrollments(self, given: dict[str, Any], expected: str | None) -> None:
        device = read_device({"platform": "iOS", "os_version": "17"} | given)
        assert device == osu.Device("iOS", "17", enrollment=expected)

    @pytest.mark.parametrize(
        ("text", "version", "build"),
        [
            ("15.5", "15.5", None),
            ("macOS 15.5", "15.5", None),
            ("macOS Sonoma 14.4", "14.4", None),
            ("15.5 (24F74)", "15.5", "24F74"),
            ("Version 14.2 (Build 23C64)", "14.2", "23C64"),
            ("13.3.1 a", "13.3.1 (a)", None),
            ("13.3.1 (a) (22E772610a)", "13.3.1 (a)", "22E772610a"),
            (" 14 ", "14", None),
            (14, "14", None),
        ],
    )
    def test_versions(self, text: Any, version: str, build: str | None) -> None:
        device = read_device({"platform": "Mac", "os_version": text})
        assert device == osu.Device("macOS", version, build=build)

    def test_platform_from_version_prefix(self) -> None:
        assert read_device({"os_version": "iPadOS 17.5"}) == osu.Device("iPadOS", "17.5")

    @pytest.mark.parametrize(
        ("product", "platform"),
        [
            ("iPod9,1", "iOS"),
            ("VMware7,1", "macOS"),
            ("Watch6,1", "watchOS"),
            ("RealityDevice14,1", "visionOS"),
            ("Apple Vision Pro", "visionOS"),
            ("Apple iPhone 15", "iOS"),
        ],
    )
    def test_platform_from_product_name(self, product: str, platform: str) -> None:
        assert read_device({"OSVersion": "2", "Model": product}).platform == platform

    @pytest.mark.parametrize(
        ("given", "problem"),
        [
            ({"platform": "", "os_version": "17"}, "the platform is missing"),
            ({"OSVersion": "17", "Model": "Toaster"}, "the platform is missing"),
            ({"os_version": 14.1}, "os_version: 14.1 cannot be read: put it in quotes"),
            (
                {"OSVersion": "16.4.1 (a)", "SupplementalOSVersionExtra": "(b)"},
                "OSVersion: '16.4.1 (a)' cannot be read: the letter '(b)' contradicts it",
            ),
            ({"supervised": "maybe"}, "supervised: 'maybe' cannot be read: expected yes or no"),
            ({"IsUserEnrollment": 2}, "IsUserEnrollment: 2 cannot be read: expected yes or no"),
            ({"channel": "tv"}, "channel: 'tv' cannot be read: expected device or user"),
            (
                {"access_rights": 8192},
                "access_rights: 8192 cannot be read: expected an integer from 0 to 8191",
            ),
            ({"access_rights": True}, "access_rights: true cannot be read: expected an integer"),
            ({"access_rights": "-1"}, "access_rights: '-1' cannot be read: expected an integer"),
        ],
    )
    def test_problems(self, given: dict[str, Any], problem: str) -> None:
        record = ({"os_version": "17"} if "OSVersion" not in given else {}) | given
        if "platform" not in given and "Model" not in given:
            record["platform"] = "iOS"
        with pytest.raises(ValueError, match=re.escape(problem)):
            read_device(record)

    def test_version_with_long_numbers(self) -> None:
        row = one({"platform": "iOS", "os_version": "17.0.22631"})
        assert row.problem.endswith("'17.0.22631' cannot be read: expected a version such as 15.5")

    def test_user_channel(self) -> None:
        record = {"platform": "macOS", "os_version": "14", "channel": "User"}
        assert read_device(record).channel == "user"

    def test_access_rights(self) -> None:
        device = read_device({"platform": "macOS", "os_version": "14", "access_rights": "8191"})
        assert device.access_rights == osu.AccessRights(8191)


class TestHostileValues:
    """Only a bounded number of texts, numbers and booleans is inspected."""

    def test_expensive_text_representations(self) -> None:
        class Costly:
            def __str__(self) -> str:
                raise AssertionError("was looked at")

            __repr__ = __str__

        record = {"platform": "iOS", "os_version": "17", "name": Costly(), "supervised": [Costly()]}
        assert read_device(record) == osu.Device("iOS", "17")

    def test_repeated_records_in_binary_documents(self) -> None:
        shared: Any = {}
        for _ in range(4):
            shared = {str(number): shared for number in range(100)}
        record = {"platform": "iOS", "os_version": "17", "more": shared}
        assert read_device(record) == osu.Device("iOS", "17")

    def test_deep_and_wide_records(self) -> None:
        deep: Any = {}
        for _ in range(10_000):
            deep = {"attributes": deep}
        wide = {str(number): number for number in range(10_000)}
        record: Any = {"platform": "iOS", "os_version": "17", "a": deep, 5: "x"}
        assert read_device(record) == read_device(record | {"b": wide}) == osu.Device("iOS", "17")

    @pytest.mark.parametrize("value", [10**4_000, "9" * 5_000, float("inf"), b"\xff", None])
    def test_huge_numbers(self, value: Any) -> None:
        row = one({"platform": "iOS", "os_version": value})
        assert row.device is None
        assert len(row.problem) < 300
