"""Inventories as management systems export them, and what devices say about themselves."""

import json
import plistlib
import re
from itertools import islice
from typing import Any

import pytest

import mdm_osupdate as osu
from mdm_osupdate.inventory import Row, read_device, read_inventory
from mdm_osupdate.inventory.columns import ATTRIBUTES, VENDORS, normalized


def devices(source: Any) -> list[osu.Device | None]:
    return [row.device for row in read_inventory(source)]


def one(source: Any) -> Row:
    (row,) = read_inventory(source)
    return row


class TestVendors:
    """One record of each vendor's form, with values of our own."""

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
    def test_are_read_as_they_are(self, source: Any, name: str, device: osu.Device) -> None:
        row = one(source)
        assert (row.name, row.device, row.problem, row.unknown) == (name, device, "", {})

    def test_no_column_has_two_meanings(self) -> None:
        for rows in VENDORS.values():
            for row in rows:
                for attribute, column in row.items():
                    assert ATTRIBUTES[normalized(column)] == attribute, column

    def test_apple_business_manager_has_no_version(self) -> None:
        row = one({"serialNumber": "S1", "productType": "iPhone15,3", "status": "ASSIGNED"})
        assert row.device is None
        assert row.problem == "the version is missing: add a column os_version"

    def test_answers_of_a_device_are_read_whole_or_merged(self) -> None:
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
        assert list(read_inventory(text.splitlines(keepends=True))) == rows

    def test_blank_lines_and_excels_own_line_are_passed_over(self) -> None:
        rows = list(read_inventory("\n  \nsep=;\n" + self.CSV.replace("\nb", "\n,,\nb")))
        assert [(row.name, row.line) for row in rows] == [("a", 5), ("b", 7)]

    def test_a_cell_may_have_several_lines(self) -> None:
        rows = list(read_inventory('name,platform,os_version\n"a\nb",iOS,17\nc,iOS,17\n'))
        assert [(row.name, row.line) for row in rows] == [("a\nb", 2), ("c", 4)]

    def test_headers_are_in_any_case_and_spelling(self) -> None:
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

    def test_a_broken_line_of_json_ends_nothing(self) -> None:
        record = '{"platform": "iOS", "os_version": "17"}\n'
        rows = list(read_inventory(record + "{oops\n" + record))
        assert [bool(row.device) for row in rows] == [True, False, True]
        assert rows[1].problem.startswith("the JSON cannot be read: ")

    def test_rows_come_one_at_a_time(self) -> None:
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
            ("\n\n", "the inventory is empty"),
            (b"name\n\xff", "line 2: not text in UTF-8; save the file as UTF-8"),
            ("[1,\n2", "line 2: "),
            ("[" * 100_000, "the JSON cannot be read"),
            ("[" + "1" * 5_000 + "]", "the JSON cannot be read"),
            (plistlib.dumps("text"), "expected an array of devices, got 'text'"),
            ('name,platform\na,"iOS\n', "line 2: unexpected end of data"),
        ],
    )
    def test_what_cannot_be_read_at_all(self, source: Any, message: str) -> None:
        with pytest.raises(ValueError, match=re.escape(message)):
            list(read_inventory(source))

    def test_other_types(self) -> None:
        with pytest.raises(TypeError, match="bytes, text or an iterable, not 5"):
            list(read_inventory(5))  # type: ignore[arg-type]

    def test_nothing_is_read_from_nothing(self) -> None:
        assert list(read_inventory([])) == []


class TestRows:
    def test_a_bad_row_does_not_end_the_reading(self) -> None:
        rows = list(
            read_inventory(
                "name,platform,os_version\n"
                "a,macOS,15.1\n"
                "b,Windows,10.0\n"
                "c,iOS,\n"
                "d,iOS,new\n"
                "e,iOS,17,more\n"
                "f,macOS,14.5\n"
            )
        )
        assert [row.problem for row in rows] == [
            "",
            "unknown platform 'Windows'",
            "the version is missing: add a column os_version",
            "os_version: 'new' cannot be read: expected a version such as 15.5",
            "expected 3 cells, got 4",
            "",
        ]
        assert [row.line for row in rows] == [2, 3, 4, 5, 6, 7]

    def test_a_record_must_be_a_mapping(self) -> None:
        assert one([5]).problem == "expected a device, got 5"

    def test_a_column_near_a_known_one_is_told(self) -> None:
        row = one("name,platform,os_version,supervized,owner\na,macOS,15.1,no,Jo\n")
        assert row.device == osu.Device("macOS", "15.1")
        assert row.unknown == {"supervized": "did you mean supervised?"}
        assert row.used == {"name": "name", "platform": "platform", "os_version": "os_version"}

    def test_other_columns_are_left_alone(self) -> None:
        row = one({"platform": "iOS", "os_version": "17", "osquery_version": "5", "x" * 99: "1"})
        assert row.unknown == {}

    def test_an_unknown_enrollment_is_told(self) -> None:
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

    def test_the_system_before_the_version_names_the_platform(self) -> None:
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
    def test_the_product_names_the_platform(self, product: str, platform: str) -> None:
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

    def test_a_version_has_short_numbers(self) -> None:
        row = one({"platform": "iOS", "os_version": "17.0.22631"})
        assert row.problem.endswith("'17.0.22631' cannot be read: expected a version such as 15.5")

    def test_the_user_channel(self) -> None:
        record = {"platform": "macOS", "os_version": "14", "channel": "User"}
        assert read_device(record).channel == "user"

    def test_access_rights(self) -> None:
        device = read_device({"platform": "macOS", "os_version": "14", "access_rights": "8191"})
        assert device.access_rights == osu.AccessRights(8191)


class TestHostileValues:
    """Only text, numbers and booleans are looked at, a bounded number of them."""

    def test_values_whose_text_costs_much(self) -> None:
        class Costly:
            def __str__(self) -> str:
                raise AssertionError("was looked at")

            __repr__ = __str__

        record = {"platform": "iOS", "os_version": "17", "name": Costly(), "supervised": [Costly()]}
        assert read_device(record) == osu.Device("iOS", "17")

    def test_deep_and_wide_records(self) -> None:
        deep: Any = {}
        for _ in range(10_000):
            deep = {"attributes": deep}
        wide = {str(number): number for number in range(10_000)}
        record: Any = {"platform": "iOS", "os_version": "17", "a": deep, "b": wide, 5: "x"}
        assert read_device(record) == osu.Device("iOS", "17")

    @pytest.mark.parametrize("value", [10**4_000, "9" * 5_000, float("inf"), b"\xff", None])
    def test_giants(self, value: Any) -> None:
        row = one({"platform": "iOS", "os_version": value})
        assert row.device is None
        assert len(row.problem) < 300
