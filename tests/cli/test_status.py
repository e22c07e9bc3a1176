"""``mdm-osupdate status``."""

import base64
import csv
import datetime as dt
import io
import json
import plistlib
from collections import Counter
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mdm_osupdate as osu
from mdm_osupdate import strategies as osus
from mdm_osupdate.cli._following import Follow
from mdm_osupdate.cli._reports import Received
from mdm_osupdate.cli._status_outputs import Totals, as_csv, as_json, as_text
from mdm_osupdate.cli._status_page import as_page
from mdm_osupdate.codec import DEFAULT_LIMITS
from mdm_osupdate.declarations import StatusReport, StatusSummary, summarize

Cli = Callable[..., tuple[int, str, str]]


def report(
    serial: str = "", version: str = "26.0", update: Mapping[str, Any] = MappingProxyType({})
) -> dict[str, Any]:
    device: dict[str, Any] = {"operating-system": {"version": version}} if version else {}
    if serial:
        device["identifier"] = {"serial-number": serial}
    return {"StatusItems": {"device": device, "softwareupdate": dict(update)}}


def pending(version: str, deadline: str) -> dict[str, str]:
    return {"os-version": version, "target-local-date-time": deadline}


def enforcement(version: str, deadline: str) -> str:
    kind = "com.apple.configuration.softwareupdate.enforcement.specific"
    payload = {"TargetOSVersion": version, "TargetLocalDateTime": deadline}
    document = {"Type": kind, "Identifier": version, "ServerToken": "1", "Payload": payload}
    return json.dumps(document)


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str, object], Path]:
    """Write a file; what is not text or bytes as JSON."""

    def write(name: str, content: object) -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1))
        return path

    return write


File = Callable[[str, object], Path]


def rows(cli: Cli, *arguments: object) -> list[dict[str, Any]]:
    table: list[dict[str, Any]] = json.loads(cli("status", "--format", "json", *arguments)[1])[
        "devices"
    ]
    return table


def test_the_table(cli: Cli, file: File, monkeypatch: pytest.MonkeyPatch) -> None:
    late = {"pending-version": pending("26.1", "2026-02-27T19:00:00")}
    lines = [
        report("C02A", "26.1", late),
        report("C02B", update=late | {"install-state": "waiting"}),
        report("C02C", update={"install-state": "failed"}),
    ]
    path = file("all.ndjson", "\n\n".join(map(json.dumps, lines)).replace("\n\n", "\n", 1) + "\n{")
    monkeypatch.chdir(path.parent)
    monkeypatch.setenv("COLUMNS", "100")
    status, out, _ = cli("status", path.name)
    assert status == 1
    assert [" ".join(line.split()) for line in out.splitlines()] == [
        "device has target deadline state late",
        "C02A 26.1 26.1 2026-02-27T19:00:00 updated no",
        "C02B 26.0 26.1 2026-02-27T19:00:00 waiting yes",
        "C02C 26.0 - - failed ?",
        "the update failed",
        "all.ndjson:5 - - - unreadable ?",
        "all.ndjson:5: the JSON is malformed: Expecting property name enclosed in double quotes",
        "",
        "3 devices: 1 failed, 1 updated, 1 waiting; 1 late, 1 unreadable report",
        "not known:",
        "* 1 device: the target (no update is pending, and no declaration is known)",
        "* 1 report: the device (the report cannot be read)",
        "* devices that have never reported (give an inventory: --fleet)",
        "* what Apple offers (give the releases: --releases)",
    ]


def test_no_readable_report(cli: Cli, file: File) -> None:
    path = file("a.json", '{"Type": 5')
    status, out, _ = cli("status", path)
    assert status == 1
    assert "\n0 devices; 0 late, 1 unreadable report\n" in out


def test_wide_and_garbled_names(cli: Cli, file: File) -> None:
    path = file("a.ndjson", "".join(json.dumps(report(n)) + "\n" for n in ("東京", "a\u202eb")))
    _, out, _ = cli("status", path)
    assert out.splitlines()[1:3] == [
        f"{name}  26.0  -       -         unknown  ?" for name in ("東京    ", "a\\u202eb")
    ]


def test_a_terminal_of_80_columns(
    terminal: Callable[..., tuple[int, bytes]], file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    wanted = pending("26.1", "2026-04-01T19:00:00") | {"build-version": "25B78"}
    update = {"install-state": "none", "pending-version": wanted}
    long = report("The Mac of the reception desk in the lobby", "26.0", update)
    long["StatusItems"]["device"]["operating-system"]["build-version"] = "25A354"
    path = file("a.json", long)
    _, shown = terminal("status", path, streams=("stdout",))
    assert shown.decode().splitlines()[:2] == [
        "device                     has   target  deadline          state            late",
        "The Mac of the reception…  26.0  26.1    2026-04-01T19:00  nothing pending  no",
    ]
    monkeypatch.setenv("COLUMNS", "200")
    assert b"26.0 (25A354)  26.1 (25B78)" in terminal("status", path, streams=("stdout",))[1]


def test_data_on_a_terminal_does_not_control_it(
    terminal: Callable[..., tuple[int, bytes]], file: File
) -> None:
    path = file("a.json", report("a\x9b31m\nb"))
    for fmt in ("csv", "html", "json"):
        _, shown = terminal("status", path, "--format", fmt, streams=("stdout",))
        assert "\x9b" not in shown.decode()
    assert b"\n<html" in terminal("status", path, "--format", "html", streams=("stdout",))[1]


def test_csv(cli: Cli, file: File) -> None:
    first, second = file("a.json", report("C02A")), file("b.json", report(version=""))
    status, out, _ = cli("status", first, second, "--format", "csv")
    assert status == 0
    found = list(csv.DictReader(io.StringIO(out)))
    assert [(row["device"], row["version"], row["late"]) for row in found] == [
        ("C02A", "26.0", "unknown"),
        ("b", "", "unknown"),
    ]


class TestLate:
    """The clock is at 9:00 UTC on 2 March, which is 21:00 on the day before in the last zone."""

    @pytest.mark.parametrize(
        ("deadline", "late"),
        [
            ("2026-03-01T21:00:00", True),
            ("2026-03-01T21:00:01", None),  # in the last time zone, it is a second too early
            ("2026-03-02T23:00:00", None),
            ("2026-03-02T23:00:01", False),  # even in the first one, it is
            ("2026-03-02T10:00:00+01:00", True),
            ("2026-03-02T09:00:01Z", False),
            ("tomorrow", None),
            ("", False),
        ],
    )
    def test_only_where_it_is_certain(
        self, cli: Cli, file: File, deadline: str, late: bool | None
    ) -> None:
        update = {"pending-version": pending("26.1", deadline)}
        (row,) = rows(cli, file("a.json", report("C02A", update=update)))
        assert row["late"] is late
        assert bool(row["not_known"]) is (late is None)

    def test_a_version_that_is_not_known_may_be_the_target(self, cli: Cli, file: File) -> None:
        sent = file("sent/26.1.json", enforcement("26.1", "2026-02-01T19:00:00")).parent
        content = report(version="", update={"install-reason": {"declaration-id": "26.1"}})
        (row,) = rows(cli, file("a.json", content), "--declarations", sent)
        assert row["late"] is None
        assert "whether it is late (it may be updated)" in row["not_known"]

    def test_a_target_that_is_not_a_version_may_be_anything(self, cli: Cli, file: File) -> None:
        update = {"pending-version": pending("the newest", "2026-02-01T19:00:00")}
        (row,) = rows(cli, file("a.json", report(update=update)))
        assert (row["target"], row["late"]) == ("the newest", True)

    def test_a_pending_update_is_not_installed(self, cli: Cli, file: File) -> None:
        update = {"pending-version": pending("26.1", "2026-02-01T19:00:00")}
        (row,) = rows(cli, file("a.json", report(version="", update=update)))
        assert row["late"] is True


def test_a_check_in_tells_the_udid(cli: Cli, file: File) -> None:
    check_in = {
        "MessageType": "DeclarativeManagement",
        "Endpoint": "status",
        "UDID": "0000-1",
        "Data": json.dumps(report()).encode(),
    }
    path = file("reports/a.plist", plistlib.dumps(check_in))
    assert [row["device"] for row in rows(cli, path.parent)] == ["0000-1"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"StatusItems": 5}, "expected a dictionary, got the integer 5"),
        (enforcement("26.1", "2026-12-01T19:00:00"), "not a status report"),
    ],
)
def test_other_documents(cli: Cli, file: File, content: object, reason: str) -> None:
    (row,) = rows(cli, file("a.json", content))
    assert (row["device"], row["state"], row["reason"]) == ("a.json", "unreadable", reason)


def test_missing_files(cli: Cli, file: File, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    table = rows(cli, "gone.json", tmp_path / "empty", file("a.json", report("C02A")))
    assert [row["reason"] for row in table] == [
        "No such file or directory",
        "no .plist or .json file in this directory",
        "",
    ]


def test_fleet(cli: Cli, file: File) -> None:
    fleet = file(
        "fleet.csv", "name,platform,os_version\nC02A,macOS,26.0\nC02B,macOS,x\nb,macOS,15.1"
    )
    status, out, err = cli("status", file("b.json", report(version="")), "--fleet", fleet)
    assert status == 0
    assert [line.split()[:2] for line in out.splitlines()[1:3]] == [["b", "15.1"], ["C02A", "26.0"]]
    assert "2 devices: 1 no report, 1 unknown; 0 late\n" in out
    assert "1 device: the installed version (not reported; the inventory's is shown)" in out
    assert "fleet.csv:3: C02B: " in err
    assert "  * 1 row of the inventory (not usable)" in out


class TestDeclarations:
    @pytest.fixture
    def sent(self, file: File) -> Path:
        file("sent/notes.json", "{")
        file("sent/26.2.json", enforcement("26.2", "2026-05-01T19:00:00"))
        return file("sent/26.1.json", enforcement("26.1", "2026-02-01T19:00:00")).parent

    def test_the_named_one(self, cli: Cli, file: File, sent: Path) -> None:
        reason = {"reason": ["declaration"], "declaration-id": "26.2"}
        path = file("a.json", report(update={"install-reason": reason}))
        (row,) = rows(cli, path, "--declarations", sent)
        assert (row["target"], row["deadline"]) == ("26.2", "2026-05-01T19:00:00")

    def test_the_first_one_that_the_device_has(self, cli: Cli, file: File, sent: Path) -> None:
        listed = [{"identifier": name, "active": True} for name in ("26.2", "26.1", "other")]
        content = report()
        content["StatusItems"]["management"] = {"declarations": {"configurations": listed}}
        (row,) = rows(cli, file("a.json", content), "--declarations", sent)
        assert (row["target"], row["late"]) == ("26.1", True)

    @pytest.mark.parametrize("management", [{}, {"declarations": {}}])
    def test_none(self, cli: Cli, file: File, sent: Path, management: object) -> None:
        content = report()
        content["StatusItems"]["management"] = management
        (row,) = rows(cli, file("a.json", content), "--declarations", sent)
        assert row["target"] is None

    def test_a_directory_without_any(self, cli: Cli, file: File, tmp_path: Path) -> None:
        path = file("reports/a.json", report())
        assert "no enforcement found" in cli("status", path, "--declarations", path.parent)[2]
        (tmp_path / "empty").mkdir()
        message = "empty: no .plist or .json file in this directory"
        assert message in cli("status", path, "--declarations", tmp_path / "empty")[2]


def test_standard_input_once(cli: Cli) -> None:
    status, _, err = cli("status", "-", "--fleet", "-")
    assert (status, "standard input can be read only once" in err) == (2, True)


class TestSeveralReportsOfADevice:
    """A partial report adds what has changed; a full one replaces what was known."""

    def lines(self, file: File, *reports: dict[str, Any]) -> Path:
        return file("all.ndjson", "".join(json.dumps(each) + "\n" for each in reports))

    def test_are_one_row(self, cli: Cli, file: File) -> None:
        waiting = {"pending-version": pending("26.1", "2026-04-01T19:00:00")}
        path = self.lines(
            file,
            report("C02A", "26.0", waiting | {"install-state": "waiting"}),
            report("C02B", "26.0"),
            report("C02A", "", {"install-state": "downloading"}),
        )
        first, second = rows(cli, path)
        assert (first["device"], first["version"], first["target"]) == ("C02A", "26.0", "26.1")
        assert (first["state"], second["device"]) == ("downloading", "C02B")

    def test_a_full_one_replaces(self, cli: Cli, file: File) -> None:
        failed = {"install-state": "failed", "failure-reason": {"count": 1, "reason": "no space"}}
        full = report("C02A", "26.1") | {"FullReport": True}
        (row,) = rows(cli, self.lines(file, report("C02A", "26.0", failed), full))
        assert (row["version"], row["state"], row["reason"]) == ("26.1", "unknown", "")

    def test_the_enforcement_stays_known(self, cli: Cli, file: File) -> None:
        sent = file("sent/26.1.json", enforcement("26.1", "2026-05-01T19:00:00")).parent
        named = {"install-reason": {"declaration-id": "26.1"}, "install-state": "waiting"}
        last = report("C02A", "", {"install-state": "installing"})
        reports = [report("C02A", "26.0", named), last]
        (row,) = rows(cli, self.lines(file, *reports), "--declarations", sent)
        assert (row["target"], row["state"]) == ("26.1", "installing")
        reports.append(report("C02A", "26.1") | {"FullReport": True})
        (row,) = rows(cli, self.lines(file, *reports), "--declarations", sent)
        assert row["target"] is None

    def test_two_devices_that_turn_out_to_be_one(self, cli: Cli, file: File) -> None:
        by_udid = report(version="26.1")
        by_udid["udid"] = "A-1"
        both = report("C02A", "", {"install-state": "none"})
        both["StatusItems"]["device"]["identifier"]["udid"] = "a-1"
        path = self.lines(file, by_udid, report("C02A", "26.0"), both, report("C02A", ""))
        (row,) = rows(cli, path)
        assert (row["device"], row["udid"]) == ("C02A", "a-1")
        assert (row["version"], row["state"]) == ("26.0", "none")

    def test_all_names_of_a_device_stay_known(self) -> None:
        follow = Follow(NOW)
        names = ("D",), ("A",), ("B", "C"), ("A", "B"), ("D", "A"), ("C",)
        for number, received in enumerate(names):
            content = osu.loads(json.dumps(report(version=f"26.{number}")), StatusReport)
            follow.receive(Received("a.json", content, received))
        assert [(row.device, row.version) for row in follow.rows()] == [("D", "26.5")]

    def test_a_full_report_keeps_the_serial_number(self) -> None:
        full = report(version="26.1") | {"FullReport": True}
        full["StatusItems"]["device"]["identifier"] = {"udid": "U-1"}
        follow = Follow(NOW)
        for content, around in (
            (report("C02A", "26.0"), ()),
            (full, ()),
            (report(version=""), ("C02A", "U-1")),
        ):
            follow.receive(Received("a.json", osu.loads(json.dumps(content), StatusReport), around))
        (row,) = follow.rows()
        assert (row.device, row.udid, row.version) == ("C02A", "U-1", "26.1")

    def test_devices_that_report_the_same_share_it(self) -> None:
        follow = Follow(NOW)
        for serial in "C02A", "C02B":
            content = osu.loads(json.dumps(report(serial, "26.0")), StatusReport)
            follow.receive(Received("a.json", content))
        first, second = follow._known_by_key.values()
        assert first.summary is second.summary
        assert [row.serial_number for row in follow.rows()] == ["C02A", "C02B"]

    def test_without_an_identifier_each_is_a_row(self, cli: Cli, file: File) -> None:
        path = self.lines(file, report(version="26.0"), report(version="26.1"))
        first, second = rows(cli, path)
        assert (first["device"], second["device"]) == ("all.ndjson:1", "all.ndjson:2")
        assert "which device it is (the report does not name it)" in first["not_known"]

    def test_texts_of_devices_are_cut(self, cli: Cli, file: File) -> None:
        listed = [
            {"identifier": f"{n}" * 600, "valid": "invalid", "reasons": []} for n in range(10, 30)
        ]
        content = report("C02A")
        content["StatusItems"]["management"] = {"declarations": {"configurations": listed}}
        (row,) = rows(cli, file("a.json", content))
        assert len(row["reason"]) < 10 * 510


class TestWhatIsAround:
    def test_a_webhook(self, cli: Cli, file: File) -> None:
        check_in = {"MessageType": "DeclarativeManagement", "Endpoint": "status", "UDID": "A-1"}
        status = plistlib.dumps(check_in | {"Data": json.dumps(report()).encode()})
        tokens = plistlib.dumps({"MessageType": "TokenUpdate", "UDID": "A-1"})
        events = [
            {"checkin_event": {"udid": "A-1", "raw_payload": base64.b64encode(data).decode()}}
            for data in (tokens, status, status)
        ]
        path = file("webhook.ndjson", "\n".join(map(json.dumps, events)))
        assert [row["device"] for row in rows(cli, path)] == ["A-1"]

    def test_other_messages_are_passed_over(self, cli: Cli, file: File) -> None:
        message = plistlib.dumps({"MessageType": "TokenUpdate", "UDID": "A-1"})
        path = file("a.plist", message)
        file("notes.txt", "")
        status, out, err = cli("status", path.parent, "--format", "json")
        assert (status, json.loads(out)["devices"]) == (0, [])
        assert err == "mdm-osupdate: skipped 1 other message, 1 .txt file\n"
        assert cli("status", path.parent, "--quiet")[2] == ""

    def test_responses_are_passed_over(self, cli: Cli, file: File) -> None:
        response = plistlib.dumps({"Status": "Idle", "UDID": "A-1"})
        event = {"acknowledge_event": {"raw_payload": base64.b64encode(response).decode()}}
        path = file("webhook.ndjson", f"{json.dumps(event)}\n{json.dumps(report())}\n")
        status, out, err = cli("status", path, "--format", "json")
        assert (status, len(json.loads(out)["devices"])) == (0, 1)
        assert err == "mdm-osupdate: skipped 1 response\n"

    def test_what_a_user_channel_reports_is_not_the_device(self, cli: Cli, file: File) -> None:
        check_in = {
            "MessageType": "DeclarativeManagement",
            "Endpoint": "status",
            "UDID": "A-1",
            "UserID": "U-1",
            "Data": json.dumps(report()).encode(),
        }
        _, out, err = cli("status", file("a.plist", plistlib.dumps(check_in)), "--format", "json")
        assert json.loads(out)["devices"] == []
        assert err == "mdm-osupdate: skipped 1 user-channel report\n"

    @pytest.mark.parametrize("content", [b"<plist", b"[1]", b"<plist><array/></plist>"])
    def test_no_dictionary(self, cli: Cli, file: File, content: bytes) -> None:
        (row,) = rows(cli, file("a.json", content))
        assert row["state"] == "unreadable"

    def test_the_rest_of_an_endless_line_is_left_out(self, cli: Cli, file: File) -> None:
        long = b'{"StatusItems": {' + b" " * (3 * DEFAULT_LIMITS.size) + b"}}"
        lines = [json.dumps(report("C02A")).encode(), long, json.dumps(report("C02B")).encode()]
        table = rows(cli, file("a.ndjson", b"\n".join(lines)))
        assert [row["device"] for row in table] == ["C02A", "a.ndjson:2", "C02B"]


class TestInventory:
    FLEET = 'name,platform,os_version,model\nLobby,macOS,26.0,"Mac14,2"\nCart,iOS,18.0,\n'

    def test_nothing_is_unknown(self, cli: Cli, file: File) -> None:
        fleet = file("fleet.csv", "name,platform,os_version\nC02A,macOS,26.0")
        update = {"device-id": "J413AP", "pending-version": pending("26.2", "2026-05-01T19:00:00")}
        lines = [report("C02A", "26.0", update), report("C02A", "", {"install-state": "waiting"})]
        path = file("all.ndjson", "\n".join(map(json.dumps, lines)))
        options = (path, "--fleet", fleet, "--releases", file("feed.json", RELEASES))
        assert "not known" not in cli("status", *options)[1]
        assert "<h2>Not known" not in cli("status", *options, "--format", "html")[1]
        (row,) = rows(cli, *options)
        assert (row["state"], row["not_known"]) == ("waiting", [])

    def test_devices_are_found_by_their_identifiers(self, cli: Cli, file: File) -> None:
        fleet = file(
            "fleet.csv",
            "Computer Name,Serial Number,UDID,Operating System Version,Model Identifier\n"
            'Lobby,C02A,A-1,26.0,"Mac14,2"\nAttic,C02B,B-1,26.0,"Mac14,2"\n',
        )
        by_udid = report(version="26.1") | {"udid": "b-1"}
        lines = "\n".join(
            map(json.dumps, (report("c02a", "26.1"), by_udid, report("C02A", "26.2")))
        )
        table = rows(cli, file("all.ndjson", lines), "--fleet", fleet)
        assert [(row["device"], row["version"]) for row in table] == [
            ("Lobby", "26.2"),
            ("Attic", "26.1"),
        ]

    def test_two_devices_of_one_name_are_not_told_apart(self, cli: Cli, file: File) -> None:
        fleet = file("fleet.csv", "name,platform,os_version\niPad,iOS,26.0\niPad,iOS,26.1")
        table = rows(cli, file("ipad.json", report(version="")), "--fleet", fleet)
        assert [(row["device"], row["state"]) for row in table] == [
            ("ipad", "unknown"),
            ("iPad", "no report"),
            ("iPad", "no report"),
        ]


RELEASES: dict[str, Any] = {
    "AssetSets": {
        "macOS": [
            {
                "ProductVersion": version,
                "Build": build,
                "PostingDate": "2026-02-20",
                "ExpirationDate": expires,
                "SupportedDevices": ["J413AP", "Mac14,2"],
            }
            for version, build, expires in (
                ("26.2", "25C56", "2026-09-01"),
                ("26.1", "25B78", "2026-03-01"),
            )
        ]
    }
}
RESPONSE = {
    "ProductVersion": "26.2",
    "ProductVersionExtra": "(a)",
    "Build": "25C771280a",
    "PrerequisiteBuild": "25C56",
    "PostingDate": "2026-02-25",
    "SupportedDevices": ["J413AP"],
}


class TestReleases:
    def of(
        self, cli: Cli, file: File, content: dict[str, Any], *releases: tuple[str, Any]
    ) -> dict[str, Any]:
        """The row of a report with these releases."""
        feed = file("feed.json", RELEASES | dict(releases))
        (row,) = rows(cli, file("a.json", content), "--releases", feed)
        return row

    def mac(self, version: str, **update: Any) -> dict[str, Any]:
        return report("C02A", version, {"device-id": "J413AP"} | update)

    @pytest.mark.parametrize(("version", "behind"), [("26.1", True), ("26.2", False)])
    def test_behind(self, cli: Cli, file: File, version: str, behind: bool) -> None:
        row = self.of(cli, file, self.mac(version))
        assert (row["newest"], row["newest_build"], row["behind"]) == ("26.2", "25C56", behind)
        assert row["platform"] == "macOS"

    def test_a_security_response_is_newer(self, cli: Cli, file: File) -> None:
        responses = ("PublicBackgroundSecurityImprovements", {"macOS": [RESPONSE]})
        row = self.of(cli, file, self.mac("26.2"), responses)
        assert (row["newest"], row["behind"]) == ("26.2 (a)", True)

    def test_an_unknown_version(self, cli: Cli, file: File) -> None:
        row = self.of(cli, file, self.mac(""))
        assert (row["newest"], row["behind"]) == ("26.2", None)

    @pytest.mark.parametrize(
        ("version", "reason"),
        [("26.1", "26.1 is not offered to this model now"), ("26.2", "")],
    )
    def test_a_target_that_is_not_offered(
        self, cli: Cli, file: File, version: str, reason: str
    ) -> None:
        update = {"pending-version": pending(version, "2026-09-01T19:00:00")}
        assert self.of(cli, file, self.mac("26.0", **update))["reason"] == reason

    def test_a_target_that_is_reached_need_not_be(self, cli: Cli, file: File) -> None:
        update = {"pending-version": pending("26.1", "2026-09-01T19:00:00")}
        row = self.of(cli, file, self.mac("26.1", **update))
        assert (row["state"], row["reason"]) == ("updated", "")

    @pytest.mark.parametrize("model", [{}, {"device-id": "J999AP"}])
    def test_an_unknown_model(self, cli: Cli, file: File, model: dict[str, str]) -> None:
        row = self.of(cli, file, report("C02A", "26.0", model))
        assert (row["newest"], row["behind"]) == (None, None)
        assert "the newest release (the model is unknown, or not in the releases)" in str(row)

    def test_none_that_is_offered(self, cli: Cli, file: File) -> None:
        assets = RELEASES["AssetSets"]["macOS"]
        gone = [asset | {"ExpirationDate": "2026-02-21"} for asset in assets]
        row = self.of(cli, file, self.mac("26.0"), ("AssetSets", {"macOS": gone}))
        assert "the newest release (none is offered to the model)" in row["not_known"]

    def test_a_device_of_the_inventory(self, cli: Cli, file: File) -> None:
        feed = file("feed.json", RELEASES)
        fleet = file("fleet.csv", TestInventory.FLEET)
        report_path = file("b.json", self.mac("26.0"))
        _, lobby, cart = rows(cli, report_path, "--fleet", fleet, "--releases", feed)
        assert (lobby["newest"], lobby["state"]) == ("26.2", "no report")
        assert (cart["newest"], cart["platform"]) == (None, "iOS")
        _, out, _ = cli("status", report_path, "--releases", feed)
        assert out.splitlines()[0].split() == [
            *["device", "has", "target", "deadline", "state", "late", "newest"]
        ]
        assert "0 late, 1 behind\n" in out


class TestFiles:
    @pytest.mark.parametrize(
        ("name", "start"),
        [
            ("r.html", "<!doctype html>"),
            ("r.json", '{"version": 1'),
            ("r.csv", "device,"),
            ("r", "device "),
        ],
    )
    def test_the_name_tells_the_format(
        self, cli: Cli, file: File, tmp_path: Path, name: str, start: str
    ) -> None:
        assert cli("status", file("a.json", report("C02A")), "-o", tmp_path / name) == (0, "", "")
        assert (tmp_path / name).read_text().startswith(start)
        assert {path.name for path in tmp_path.iterdir()} == {"a.json", name}

    def test_csv_is_utf_8_and_never_calculates(self, cli: Cli, file: File, tmp_path: Path) -> None:
        fleet = file("fleet.csv", 'name,platform,os_version\n"=1+1",macOS,26.0\nZoë,iOS,26.0')
        path = file("a.json", report("C02A"))
        cli("status", path, "--fleet", fleet, "-o", tmp_path / "r.csv")
        names = [
            row["device"]
            for row in csv.DictReader(io.StringIO((tmp_path / "r.csv").read_text("utf-8")))
        ]
        assert names == ["C02A", "'=1+1", "Zoë"]


class _Reader(HTMLParser):
    """Collects what a page contains."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


class TestPage:
    def read(self, cli: Cli, *arguments: object) -> _Reader:
        reader = _Reader()
        reader.feed(cli("status", "--format", "html", *arguments)[1])
        return reader

    def test_contents(self, cli: Cli, file: File) -> None:
        failed = {"install-state": "failed", "failure-reason": {"count": 1, "reason": "no space"}}
        path = file("a.json", report("C02A", "26.0", failed))
        page = self.read(cli, path, "--releases", file("feed.json", RELEASES))
        assert page.tags["svg"] == page.tags["desc"] == 3
        assert page.tags["tr"] == 2
        for text in ("1 device, as of 2026-03-02 09:00 UTC", "no space", "Newest offered"):
            assert text in page.text
        assert "Devices that have never reported (give an inventory: --fleet)" in page.text
        assert "failed: 1" in page.text, "the description of the picture"

    def test_without_releases_their_column_is_left_out(self, cli: Cli, file: File) -> None:
        page = self.read(cli, file("a.json", report("C02A")))
        assert "Newest offered" not in page.text
        assert "behind" not in page.text

    def test_without_devices_there_are_no_pictures(self, cli: Cli, file: File) -> None:
        page = self.read(cli, file("a.json", "{"))
        assert page.tags["svg"] == 0
        assert "1 report: the device (the report cannot be read)" in page.text

    def test_nothing_that_a_device_says_is_markup(self, cli: Cli, file: File) -> None:
        evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&\u202e\ufffe\x1b"
        reason = {"install-state": evil, "failure-reason": {"count": 1, "reason": evil}}
        reason["pending-version"] = pending("26.1", evil)
        page = self.read(cli, file("a.json", report(evil, "26.0", reason)))
        assert (page.tags["script"], page.tags["img"]) == (1, 0)
        assert not any(name.startswith("on") for name, _ in page.attributes)
        assert page.text.count("<script>alert(1)</script>") >= 3
        assert not set("\u202e\ufffe\x1b") & set(page.text)

    def test_nothing_comes_from_elsewhere(self, cli: Cli, file: File) -> None:
        page = self.read(cli, file("a.json", report("C02A")))
        assert not {"src", "href", "style", "srcset"} & {name for name, _ in page.attributes}
        assert "url(" not in page.text
        assert "@import" not in page.text
        policy = next(
            value for name, value in page.attributes if name == "content" and "-src" in str(value)
        )
        assert str(policy).startswith("default-src 'none'; style-src 'sha256-")

    def test_many_versions(self, cli: Cli, file: File) -> None:
        lines = [json.dumps(report(f"C{n}", f"26.{n}")) for n in range(10)]
        page = self.read(cli, file("a.ndjson", "\n".join(lines)))
        assert "others: 2" in page.text


NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.timezone.utc)
NAMES = st.sampled_from(["A", "B", "C"])


class TestWhateverIsReported:
    """Reports as strategies draw them, with unknown keys, odd states and odd values."""

    @staticmethod
    def follow(received: list[tuple[str, StatusReport]]) -> Follow:
        follow = Follow(NOW)
        for name, content in received:
            follow.receive(Received("a.json", content, (name,)))
        return follow

    @settings(max_examples=30)
    @given(st.lists(st.tuples(NAMES, osus.status_reports()), max_size=6))
    def test_each_device_is_a_row_whoever_reports_in_between(
        self, received: list[tuple[str, StatusReport]]
    ) -> None:
        mixed = {row.device: row for row in self.follow(received).rows()}
        assert mixed.keys() == {name for name, _ in received}
        for name, row in mixed.items():
            own = [(other, content) for other, content in received if other == name]
            assert [row] == [*self.follow(own).rows()]

    @settings(max_examples=30)
    @given(st.lists(st.tuples(NAMES, osus.status_reports()), max_size=6))
    def test_every_format_shows_it(self, received: list[tuple[str, StatusReport]]) -> None:
        follow = self.follow(received)
        totals = Totals.of(follow)
        document = json.loads("".join(as_json(follow, totals)))
        assert len(document["devices"]) == totals.devices
        assert len([*as_csv(follow, totals)]) == totals.devices + 1
        assert len([*as_text(follow, totals)]) > totals.devices
        page = "".join(as_page(follow, totals))
        assert page.count("<tr ") == totals.devices + 1
        page.encode()

    @given(osus.status_reports())
    def test_an_empty_report_changes_nothing(self, content: StatusReport) -> None:
        known = summarize(content)
        assert StatusSummary().after(known) == known
