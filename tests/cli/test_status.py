"""``mdm-osupdate status``."""

import csv
import io
import json
import plistlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

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
    table: list[dict[str, Any]] = json.loads(cli("status", "--format", "json", *arguments)[1])
    return table


def test_the_table(cli: Cli, file: File) -> None:
    late = {"pending-version": pending("26.1", "2026-02-27T19:00:00")}
    lines = [
        report("C02A", "26.1", late),
        report("C02B", update=late | {"install-state": "waiting"}),
        report("C02C", update={"install-state": "failed"}),
    ]
    path = file("all.ndjson", "\n\n".join(map(json.dumps, lines)).replace("\n\n", "\n", 1) + "\n{")
    status, out, _ = cli("status", path)
    assert status == 1
    assert [" ".join(line.split()) for line in out.splitlines()] == [
        "device has target deadline state late why not",
        "C02A 26.1 26.1 2026-02-27T19:00:00 updated no",
        "C02B 26.0 26.1 2026-02-27T19:00:00 waiting yes",
        "C02C 26.0 - - failed no the update failed",
        "all.ndjson:5 - - - unreadable no the JSON is malformed: Expecting property name enclosed "
        "in double quotes",
        "",
        "4 devices: 1 failed, 1 unreadable, 1 updated, 1 waiting; 1 late",
    ]


def test_csv(cli: Cli, file: File) -> None:
    first, second = file("a.json", report("C02A")), file("b.json", report(version=""))
    status, out, _ = cli("status", first, second, "--format", "csv")
    assert status == 0
    found = list(csv.DictReader(io.StringIO(out)))
    assert [(row["device"], row["version"], row["late"]) for row in found] == [
        ("C02A", "26.0", "no"),
        ("b", "", "no"),
    ]


@pytest.mark.parametrize(
    ("deadline", "late"),
    [
        ("2026-03-01T21:00:00", True),  # now in the last time zone
        ("2026-03-01T21:00:01", False),
        ("tomorrow", False),
    ],
)
def test_late(cli: Cli, file: File, deadline: str, late: bool) -> None:
    path = file("a.json", report(update={"pending-version": pending("26.1", deadline)}))
    assert [row["late"] for row in rows(cli, path)] == [late]


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
    assert (row["device"], row["state"], row["reason"]) == ("a", "unreadable", reason)


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
    assert "2 devices: 1 no report, 1 unknown; 0 late" in out
    assert "fleet.csv:3: C02B: " in err


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
