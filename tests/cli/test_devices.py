"""``check`` with devices, ``availability`` and ``rule``."""

import json
import os
import plistlib
import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

import mdm_osupdate as osu
from mdm_osupdate.cli import _devices
from mdm_osupdate.cli._devices import read_fleet
from mdm_osupdate.cli._examination import Choice, Examination
from mdm_osupdate.cli._inputs import Documents
from mdm_osupdate.validation import Inspection, inspect

Cli = Callable[..., tuple[int, str, str]]
Terminal = Callable[..., tuple[int, bytes]]
EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
CORPUS = Path(__file__).parents[1] / "corpus"
MAC = EXAMPLES / "commands" / "install-mac-tonight.plist"
FLEET = """name,platform,os_version,supervised,enrollment,access_rights,declaration_managed
a,macOS,14.4,true,automated,,false
b,macOS,14.3,true,automated,,false
c,iOS,17.3,true,automated,8191,false
d,macOS,27.0,,,,
"""


class TestOneDevice:
    KNOWN = ("--supervised", "--enrollment", "automated", "--no-declaration-managed")

    def test_supported_command(self, cli: Cli) -> None:
        status, out, _ = cli(
            "check", MAC, "--platform", "macOS", "--os-version", "14.4", *self.KNOWN
        )
        assert (status, out) == (0, "ScheduleOSUpdate command: nothing wrong\n")

    def test_unsupported_command(self, cli: Cli) -> None:
        status, out, _ = cli(
            "check", MAC, "--platform", "iOS", "--os-version", "17.3", *self.KNOWN,
            "--access-rights", "4096",
        )  # fmt: skip
        assert status == 1
        assert [line.split()[1] for line in out.splitlines() if "error" in line][:3] == [
            "OSU306", "OSU303", "OSU303",
        ]  # fmt: skip

    def test_undecided_rules(self, cli: Cli) -> None:
        status, out, _ = cli("check", MAC, "--platform", "macOS", "--os-version", "14.4")
        assert status == 0
        assert (
            f"{MAC}: some rules were not checked: "
            "declaration_managed, enrollment and supervised are unknown" in out.splitlines()
        )

    @pytest.mark.parametrize(
        ("options", "reason"),
        [
            (["--platform", "macOS"], "a device needs both --platform and --os-version"),
            (["--supervised"], "a device needs both --platform and --os-version"),
            (["--platform", "macOS", "--os-version", "x"], "invalid version 'x'"),
            (["--platform", "MacOS X", "--os-version", "14"], "'MacOS X' is not one of iOS, "),
            (
                ["--platform", "macOS", "--os-version", "14", "--access-rights", "9999"],
                "invalid value for '--access-rights': 9999 is not in the range",
            ),
        ],
    )
    def test_that_is_none(self, cli: Cli, options: list[str], reason: str) -> None:
        status, _, err = cli("check", MAC, *options)
        assert status == 2
        assert reason in err


class TestFleets:
    @pytest.fixture
    def fleet(self, tmp_path: Path) -> Path:
        path = tmp_path / "devices.csv"
        path.write_text(FLEET)
        return path

    def test_devices_with_equal_findings_are_grouped(self, cli: Cli, fleet: Path) -> None:
        status, out, _ = cli("check", MAC, "--fleet", fleet)
        heads = [line for line in out.splitlines() if line.startswith(f"{MAC}: for ")]
        assert status == 1
        assert heads == [
            f"{MAC}: for 2 devices (a, b): nothing wrong",
            f"{MAC}: for 1 device (c): 3 errors, 1 warning",
            f"{MAC}: for 1 device (d): 1 error",
        ]

    def test_strict(self, cli: Cli, tmp_path: Path) -> None:
        path = tmp_path / "devices.csv"
        path.write_text("name,platform,os_version,supervised\na,macOS,14.4,yes\nb,macOS,14.6,yes\n")
        assert cli("check", MAC, "--fleet", path)[0] == 0  # b has a newer version: a warning
        assert cli("check", MAC, "--fleet", path, "--strict")[0] == 1
        assert cli("check", MAC, "--fleet", path, "--strict", "--ignore", "OSU316")[0] == 0

    def test_as_json(self, cli: Cli, fleet: Path) -> None:
        _, out, _ = cli("check", MAC, "--fleet", fleet, "--format", "json")
        report = json.loads(out)
        verdicts = report["documents"]
        numbers = {"errors": 0, "warnings": 0, "infos": 0}
        assert report["devices"] == [
            {"name": "a", **numbers},
            {"name": "b", **numbers},
            {"name": "c", "errors": 3, "warnings": 1, "infos": 0},
            {"name": "d", **numbers, "errors": 1},
        ]
        assert report["summary"] == {
            "documents": 1,
            "unreadable": 0,
            "errors": 4,
            "warnings": 1,
            "infos": 0,
        }
        assert [verdict["devices"] for verdict in verdicts] == [["a", "b"], ["c"], ["d"]]
        assert [f["rule"] for f in verdicts[2]["findings"]] == ["OSU402"]

    @pytest.mark.parametrize("fmt", ["github", "sarif"])
    def test_other_formats_name_the_devices(self, cli: Cli, fleet: Path, fmt: str) -> None:
        _, out, _ = cli("check", MAC, "--fleet", fleet, "--format", fmt)
        assert "(for 1 device (d))" in out

    def test_many_devices(self, cli: Cli, tmp_path: Path) -> None:
        path = tmp_path / "devices.json"
        devices = [{"QueryResponses": {"OSVersion": "27.1", "Model": "Mac14,2"}}] * 7
        path.write_text(json.dumps(devices))
        _, out, _ = cli("check", MAC, "--fleet", path)
        assert "for 7 devices (device 1, device 2, device 3, device 4, device 5, …)" in out

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("", ": no devices found"),
            ("\n\n", ": the inventory is empty"),
            ("name,platform\n", ": no devices found"),
            ("Gerät,platform\n".encode("latin-1"), ":1: not UTF-8 text; save the file as UTF-8"),
            ("owner,room\nJo,1\n", ":1: no known column in the header: 'owner', 'room'"),
            ("[\n{]", ":2: Expecting property name"),
            ("[" * 100_000, ": the JSON cannot be read: maximum recursion depth"),
            (f"[{'9' * 5000}]", ": the JSON cannot be read: Exceeds the limit"),
        ],
    )
    def test_invalid_fleets(self, cli: Cli, tmp_path: Path, text: str | bytes, reason: str) -> None:
        path = tmp_path / "devices"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        status, _, err = cli("check", MAC, "--fleet", path)
        assert status == 2
        assert err.startswith(f"mdm-osupdate: {path}{reason}")
        assert err.count("\n") == 1

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("name\nx\n", ":2: x: the platform is missing"),
            ('name,platform\n"a\nb",macOS\n', r":2: a\nb: the version is missing"),
            ("[1]", ": device 1: expected a device, got 1"),
            (' {"platform": "iOS"}', ": device 1: the version is missing"),
        ],
    )
    def test_no_usable_device(self, cli: Cli, tmp_path: Path, text: str, reason: str) -> None:
        path = tmp_path / "devices"
        path.write_text(text)
        status, out, err = cli("check", MAC, "--fleet", path)
        assert (status, out) == (2, "")
        assert err.startswith(f"mdm-osupdate: {path}{reason}")
        assert f"\nmdm-osupdate: {path}: no row can be used; --explain-inventory prints " in err
        assert err.endswith(f"\nmdm-osupdate: {path}: no usable device found\n")

    def test_unusable_rows(self, cli: Cli, tmp_path: Path) -> None:
        path = tmp_path / "devices.csv"
        path.write_text("Name;platform;os_version;supervized\na;macOS;14.4;t\nb;Windows;11;\n" * 2)
        status, out, err = cli("check", MAC, "--fleet", path)
        assert status == 0
        assert "for 2 devices (a, a): " in out
        assert err.splitlines() == [
            f"mdm-osupdate: {path}: column 'supervized': did you mean supervised?",
            f"mdm-osupdate: {path}:3: b: unknown platform 'Windows'",
            f"mdm-osupdate: {path}:4: Name: unknown platform 'platform'",
            f"mdm-osupdate: {path}:6: b: unknown platform 'Windows'",
        ]
        assert cli("check", MAC, "--fleet", path, "--strict")[0] == 1

    def test_utf_16_and_property_lists(self, cli: Cli, tmp_path: Path) -> None:
        path = tmp_path / "devices"
        path.write_bytes(FLEET.encode("utf-16"))
        assert "for 2 devices (a, b): nothing wrong" in cli("check", MAC, "--fleet", path)[1]
        device = {"DeviceName": "a", "OSVersion": "14.4", "ProductName": "Mac14,2"}
        path.write_bytes(plistlib.dumps(device))
        assert "for 1 device (a): " in cli("check", MAC, "--fleet", path)[1]

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_empty_rows_and_blanks(self, cli: Cli, tmp_path: Path, end: str) -> None:
        path = tmp_path / "devices.csv"
        rows = [
            "",
            "name, platform, os_version",
            ",,",
            "a , macOS, 14.4",
            "",
            " ,macOS,14.4",
        ]
        path.write_bytes(b"\xef\xbb\xbf" + end.join(rows).encode())
        assert f"{MAC}: for 2 devices (a, device 2): " in cli("check", MAC, "--fleet", path)[1]

    def test_from_standard_input(self, cli: Cli) -> None:
        _, out, _ = cli("check", MAC, "--fleet", "-", stdin=FLEET.encode())
        assert "for 2 devices (a, b): nothing wrong" in out
        _, _, err = cli("check", MAC, "--fleet", "-", stdin=b"name\nx\n")
        assert err.startswith("mdm-osupdate: <stdin>:2: x: the platform is missing")
        status, _, err = cli("check", "-", "--fleet", "-")
        assert status == 2
        assert "standard input can be read only once" in err

    def test_closed_standard_input(self, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdin", None)
        status, _, err = cli("check", MAC, "--fleet", "-")
        assert (status, err) == (2, "mdm-osupdate: standard input is closed\n")

    def test_rows_are_read_lazily(self, tmp_path: Path) -> None:
        path = tmp_path / "endless.csv"
        os.mkfifo(path)
        end = os.open(path, os.O_RDWR)
        os.write(end, FLEET.encode() + b"e,iOS,17\n" * 5000)  # more than a buffer of the reader
        assert [named.name for named in islice(read_fleet(str(path)), 4)] == ["a", "b", "c", "d"]
        os.close(end)

    def test_endless_columns(
        self, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(_devices, "_MOST_COLUMNS", 2)
        path = tmp_path / "devices.csv"
        path.write_text("platform,os_version,supervized,build_\nmacOS,14.4,x,x\n")
        _, _, err = cli("check", MAC, "--fleet", path, "--explain-inventory")
        assert [line.split()[0] for line in err.splitlines()[2:4]] == ["platform", "os_version"]
        assert "supervized" not in err

    def test_endless_line(self, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_devices, "_LONGEST_LINE", 1 << 20)
        path = tmp_path / "devices.csv"
        path.write_text("name,platform,os_version\n" + "x" * (1 << 21))
        status, _, err = cli("check", MAC, "--fleet", path)
        advice = "export CSV, or one JSON object per line"
        assert (status, err) == (2, f"mdm-osupdate: {path}:2: longer than 1 MiB; {advice}\n")

    def test_missing_file(self, cli: Cli, tmp_path: Path) -> None:
        status, _, err = cli("check", MAC, "--fleet", tmp_path / "none")
        assert (status, err) == (
            2,
            f"mdm-osupdate: {tmp_path}/none: No such file or directory\n",
        )

    def test_fleet_excludes_a_device(self, cli: Cli, fleet: Path) -> None:
        status, _, err = cli(
            "check", MAC, "--fleet", fleet, "--platform", "macOS", "--os-version", "14"
        )
        assert status == 2
        assert "--fleet and --platform exclude each other" in err

    def test_progress_is_shown_beside_the_report(
        self,
        cli: Cli,
        terminal: Terminal,
        fleet: Path,
        capfd: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("mdm_osupdate.cli._progress._QUIET_FOR", -1.0)
        expected = cli("check", MAC, "--fleet", fleet)[:2]
        status, shown = terminal("check", MAC, "--fleet", fleet, streams=("stderr",))
        assert (status, capfd.readouterr().out) == expected
        assert b"1 checks" in shown
        assert shown.endswith(b"\r\x1b[K")  # and removed

    def test_findings_equal_those_of_each_device_alone(self) -> None:
        given = [rule.device for rule in osu.RULES.values() if rule.device]
        devices = tuple(dict.fromkeys(osu.Device(**each) for each in given))
        examine = Examination(devices, None, Choice(frozenset(osu.RULES), frozenset()))
        assert len(devices) > 10
        for path in (*EXAMPLES.rglob("*.plist"), *CORPUS.iterdir()):
            ((_, outcome),) = (step for step in examine.all(Documents([str(path)])) if step[1])
            assert isinstance(outcome, list)
            for device, verdict in zip(devices, outcome, strict=True):
                report = osu.validate(path.read_bytes(), device)
                assert sorted(verdict.findings, key=str) == sorted(report, key=str)
                assert set(verdict.missing) == {
                    n for names in report.undecided.values() for n in names
                }

    def test_equal_devices_are_validated_once(
        self, cli: Cli, fleet: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        read: list[bytes] = []
        checked: list[osu.Device | None] = []
        check = Inspection.check

        def watched_inspect(message: bytes, device: osu.Device | None, **given: Any) -> Inspection:
            read.append(message)
            return inspect(message, device, **given)

        def watched_check(self: Inspection, device: osu.Device | None, **given: Any) -> osu.Report:
            checked.append(device)
            return check(self, device, **given)

        monkeypatch.setattr("mdm_osupdate.cli._examination.inspect", watched_inspect)
        monkeypatch.setattr(Inspection, "check", watched_check)
        fleet.write_text(FLEET + FLEET.partition("\n")[2])
        _, out, _ = cli("check", MAC, "--fleet", fleet)
        assert "for 4 devices (a, b, a, b): nothing wrong" in out
        assert len(read) == 1
        assert len(checked) == len(set(checked)) == len({*checked} - {None}) == 4


class TestAvailability:
    def test_table_fits_a_terminal(self, cli: Cli) -> None:
        status, out, _ = cli("availability")
        assert status == 0
        assert max(map(len, out.splitlines())) <= 80
        row = "  Priority                                -        -     12.3        -        -"
        assert row in out.splitlines()

    def test_conditions(self, cli: Cli) -> None:
        _, out, _ = cli("availability")
        lines = out[out.index("supervision") :].splitlines()
        at = lines.index("AvailableOSUpdates")
        assert [line.split() for line in lines[at + 1 : at + 5]] == [
            ["iOS", "yes", "device", "no", "yes", "4096"],
            ["iPadOS", "yes", "device", "no", "yes", "4096"],
            ["macOS", "no", "device", "no", "no", "-"],
            ["tvOS", "yes", "device", "no", "no", "4096"],
        ]
        assert "ScheduleOSUpdate, OSUpdateStatus" in lines
        told = " ".join(out.split())
        assert "OSUpdateStatus: deprecated since 26.0, removed in 27.0; instead: soft" in told
        assert out.endswith("None of them is available on watchOS.\n")

    def test_markdown(self, cli: Cli) -> None:
        lines = cli("availability", "--format", "markdown")[1].splitlines()
        assert "| `InstallAction.DownloadOnly` | 9.0 | 9.0 | 11.0 | 12.0 | - |" in lines
        assert (
            "| | platform | supervision | channel | User Enrollment | Shared iPad | right |"
            in lines
        )
        assert "| `AvailableOSUpdates` | macOS | no | device | no | no | - |" in lines
        assert "- `OSUpdateStatus`: deprecated since 26.0, removed in 27.0; instead: " in lines[-1]

    def test_json(self, cli: Cli) -> None:
        table = json.loads(cli("availability", "--format", "json")[1])["availability"]
        assert table["ScheduleOSUpdateScan"]["iOS"] is None
        assert table["AvailableOSUpdates"]["macOS"]["supervised"] is False
        assert table["OSUpdateStatus"]["tvOS"]["access_right"] == 4096
        assert table["OSUpdateStatus"]["tvOS"]["removed"] == "27.0"
        assert table["OSUpdateStatus"]["tvOS"]["successor"] == "softwareupdate.install-state"
        assert table["softwareupdate.install-state"]["tvOS"]["deprecated"] is None
        assert table["softwareupdate.install-state"]["tvOS"]["removed"] is None

    def test_device(self, cli: Cli) -> None:
        device = ("--platform", "iOS", "--os-version", "17.4")
        assert cli("availability", *device)[1].split() == ["Default", "DownloadOnly", "InstallASAP"]
        assert (
            json.loads(cli("availability", *device, "--format", "json")[1])["actions"][0]
            == "Default"
        )
        _, out, _ = cli("availability", *device, "--format", "markdown")
        assert out == "- `Default`\n- `DownloadOnly`\n- `InstallASAP`\n"
        for fmt in "text", "markdown":
            newer = ("--platform", "iOS", "--os-version", "27", "--format", fmt)
            assert cli("availability", *newer)[1] == "none\n"


class TestRule:
    def test_all(self, cli: Cli) -> None:
        lines = cli("rule", "--all")[1].splitlines()
        assert [line.split()[0] for line in lines] == list(osu.RULES)

    @pytest.mark.parametrize("code", osu.RULES)
    def test_explanation(self, cli: Cli, code: str) -> None:
        status, out, _ = cli("rule", code)
        rule = osu.RULES[code]
        assert status == 0
        assert out.startswith(f"{code} {rule.slug} ({rule.severity})\n\n")
        assert f"\nSource: {rule.source}\n" in out
        assert out.endswith(f"/rules/{rule.code}/\n")
        assert cli("rule", rule.slug)[1] == cli("rule", code.lower())[1] == out

    def test_device_of_the_example(self, cli: Cli) -> None:
        _, out, _ = cli("rule", "OSU311")
        assert "Breaks the rule, on a device with platform macOS, os_version 14.4" in out

    def test_command_of_the_example(self, cli: Cli) -> None:
        _, out, _ = cli("rule", "OSU523")
        assert "\n\nIt responds to this command:\n\n    <dict>\n" in out
        _, wrong, right = cli("rule", "OSU410")[1].split("It replaces this command:")
        assert "<string>NotifyOnly</string>" in wrong
        assert "<string>InstallASAP</string>" in right
        assert "this command" not in cli("rule", "OSU203")[1]

    @pytest.mark.parametrize(
        ("arguments", "reason"),
        [
            ([], "expected either a rule or --all"),
            (["OSU203", "--all"], "expected either a rule or --all"),
            (["OSU999"], "unknown rule 'OSU999'"),
        ],
    )
    def test_invalid_arguments(self, cli: Cli, arguments: list[str], reason: str) -> None:
        status, _, err = cli("rule", *arguments)
        assert status == 2
        assert reason in err
