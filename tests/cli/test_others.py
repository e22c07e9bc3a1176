"""``show``, ``convert`` and ``build``."""

import datetime as dt
import json
import os
import plistlib
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from exactness import exactly
from hypothesis import given

import mdm_osupdate as osu
from mdm_osupdate.cli import run
from mdm_osupdate.cli._convert import _from_json, _to_json
from mdm_osupdate.strategies import plist_values

Cli = Callable[..., tuple[int, str, str]]
EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
COMMAND = [sys.executable, "-m", "mdm_osupdate"]


class TestShow:
    def test_a_command(self, cli: Cli) -> None:
        status, out, _ = cli("show", EXAMPLES / "commands" / "install-mac-tonight.plist")
        assert status == 0
        assert out.splitlines() == [
            "ScheduleOSUpdate command",
            "  CommandUUID: 3F0A9D1C-6C1B-4B52-9B0B-8D6E6B1E8A02",
            "  Updates:",
            "    1.",
            "       InstallAction: InstallLater",
            "       ProductVersion: 14.5",
            "       MaxUserDeferrals: 3",
            "       Priority: High",
        ]

    @pytest.mark.parametrize(
        ("name", "title"),
        [
            ("no-space", "ScheduleOSUpdate response: failed"),
            ("downloading", "ScheduleOSUpdate response: succeeded"),
            ("no-update", "Response: no update available"),
            ("restarted", "Response: succeeded"),
        ],
    )
    def test_outcome_of_a_response(self, cli: Cli, name: str, title: str) -> None:
        assert cli("show", EXAMPLES / "responses" / f"{name}.plist")[1].splitlines()[0] == title

    @pytest.mark.parametrize(
        ("status", "title"),
        [("NotNow", "not now: send the command again later"), ("Idle", "Idle")],
    )
    def test_other_statuses(self, cli: Cli, tmp_path: Path, status: str, title: str) -> None:
        path = tmp_path / "a.plist"
        path.write_bytes(osu.dumps(osu.Response(status=status, udid="1", command_uuid="1")))
        assert cli("show", path)[1].splitlines()[0] == f"Response: {title}"

    @pytest.mark.parametrize(
        ("name", "line"),
        [
            ("available-mac", "DownloadSize: 1542000000 bytes (1.54 GB)"),
            ("available-mac", "RestartRequired: yes"),
            ("available-mac", "AppIdentifiersToClose: none"),
            ("progress", "DownloadPercentComplete: 50%"),
            ("bad-progress", "DownloadPercentComplete: 50.0"),
            (
                "no-space",
                "ErrorCode: 12054 (not enough space for the download; "
                "Apple, MDM Protocol Reference (2017))",
            ),
        ],
    )
    def test_readable_values(self, cli: Cli, name: str, line: str) -> None:
        out = cli("show", EXAMPLES / "responses" / f"{name}.plist")[1]
        assert line in [shown.strip() for shown in out.splitlines()]

    def test_dates_lists_and_unknown_keys(self, cli: Cli, tmp_path: Path) -> None:
        item = osu.OSUpdateStatusItem(
            past_notifications=[dt.datetime(2026, 1, 31, 12)], unknown={"Novel": [1]}
        )
        path = tmp_path / "a.plist"
        answer = osu.OSUpdateStatusResponse(status="Error", os_update_status=[item])
        path.write_bytes(osu.dumps(answer))
        lines = [line.strip() for line in cli("show", path)[1].splitlines()]
        assert "1. 2026-01-31 12:00:00 UTC" in lines
        assert "Novel: an array (kept as received)" in lines

    def test_reported_error_is_explained(self, cli: Cli, tmp_path: Path) -> None:
        path = tmp_path / "report.json"
        text = "Error Domain=SUMacControllerError Code=7507"
        failure = {"failure-reason": {"count": 1, "reason": text}}
        path.write_text(json.dumps({"StatusItems": {"softwareupdate": failure}}))
        assert "access was denied: no bootstrap token is escrowed" in cli("show", path)[1]

    def test_findings(self, cli: Cli) -> None:
        path = EXAMPLES / "commands" / "bad-deferrals-as-text.plist"
        status, out, _ = cli("show", path)
        assert status == 0
        assert "       MaxUserDeferrals: '5' (kept as received)" in out.splitlines()
        assert f"{path}:19:17: OSU121 error" in out

    def test_other_documents(self, cli: Cli) -> None:
        status, out, _ = cli("show", EXAMPLES / "commands" / "bad-template.plist")
        assert status == 1
        assert "OSU101 error" in out.splitlines()[0]
        assert cli("show", EXAMPLES / "commands" / "missing.plist")[0] == 2

    def test_control_sequences_are_escaped(self, cli: Cli, tmp_path: Path) -> None:
        text = "\x1b[2J\r\n  Status: forged\u202e 中文 “curly”" + "x" * 200_000
        answer = osu.Response(status=text, udid=text, unknown={text: 1})
        path = tmp_path / "a.plist"
        path.write_bytes(osu.dumps(answer, fmt="binary"))
        title, *lines = cli("show", path)[1].splitlines()
        start = r"\x1b[2J\r\n  Status: forged\u202e 中文 “curly”xxx"
        assert title.startswith(f"Response: {start}")
        assert lines[0].startswith(f"  {start}")
        assert lines[2].startswith(f"  UDID: {start}")
        assert max(map(len, (title, *lines[:3]))) < 600


class TestStreams:
    """Odd terminals, closed streams and interrupts give one line."""

    def test_unencodable_characters(self, tmp_path: Path) -> None:
        path = tmp_path / "a.plist"
        path.write_bytes(osu.dumps(osu.Response(status="Idle", udid="中")))
        environment = os.environ | {"PYTHONIOENCODING": "cp1252"}
        done = subprocess.run([*COMMAND, "show", path], env=environment, capture_output=True)
        assert (done.returncode, done.stderr) == (0, b"")
        assert rb"UDID: \u4e2d" in done.stdout

    def test_undecodable_file_names(self) -> None:
        environment = os.environ | {"PYTHONIOENCODING": "utf-8"}
        done = subprocess.run(
            [*COMMAND, "check", b"/nowhere/\xff"], env=environment, capture_output=True
        )
        assert done.returncode == 2
        assert done.stderr == b"mdm-osupdate: /nowhere/\\udcff: No such file or directory\n"

    def test_closed_input(self) -> None:
        line = f"{shlex.join(COMMAND)} check - <&-"
        done = subprocess.run(line, shell=True, capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == "mdm-osupdate: standard input is closed\n"

    def test_closed_output(self, tmp_path: Path) -> None:
        path = tmp_path / "a.plist"
        path.write_bytes(osu.dumps(osu.Response(status="Idle", udid="1")))
        line = f"{shlex.join([*COMMAND, 'show', str(path)])} >&-"
        done = subprocess.run(line, shell=True, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")

    def test_unexpected_errors(self, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("mdm_osupdate.cli.command_line.invoke", _fail)
        status, out, err = cli("check", "x")
        assert (status, out, err.count("\n")) == (2, "", 1)
        assert err.startswith("mdm-osupdate: unexpected RuntimeError: a bug. ")
        status, _, err = cli("--debug", "check", "x")
        assert status == 2
        assert err.startswith("Traceback (most recent call last):")
        assert err.endswith("RuntimeError: a bug\n")

    def test_interrupt_during_import(self, tmp_path: Path) -> None:
        (tmp_path / "click.py").write_text("import os; os.kill(os.getpid(), 2)\n")
        environment = os.environ | {"PYTHONPATH": str(tmp_path)}
        done = subprocess.run(
            [*COMMAND, "check", "x"],
            env=environment,
            capture_output=True,
            text=True,
            # A job in the background ignores interrupts, and so do its children.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        assert done.returncode == 130
        assert done.stderr == "mdm-osupdate: interrupted\n"


def _fail(_: object) -> None:
    raise RuntimeError("a bug")


class TestConvert:
    @pytest.mark.parametrize("via", ["json", "binary", "xml"])
    @pytest.mark.parametrize(
        "path", sorted(EXAMPLES.rglob("[!b]*.plist")), ids=lambda path: path.name
    )
    def test_round_trip(
        self, path: Path, via: str, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
    ) -> None:
        assert run(["convert", "--to", via, str(path)]) == 0
        there = tmp_path / "there"
        there.write_bytes(capfdbinary.readouterr().out)
        assert run(["convert", "--to", "xml", str(there)]) == 0
        back = capfdbinary.readouterr().out
        assert exactly(plistlib.loads(back)) == exactly(plistlib.loads(path.read_bytes()))

    def test_from_standard_input(self, cli: Cli) -> None:
        body = osu.dumps(osu.OSUpdateStatusCommand(), fmt="binary")
        _, out, _ = cli("convert", "--to", "xml", "-", stdin=body)
        assert osu.loads_command(out) == osu.loads_command(body)

    @pytest.mark.parametrize("value", ["text", 5, -0.5, 1e-30, True, b"data", [], {}])
    @pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
    def test_any_root(self, cli: Cli, tmp_path: Path, value: Any, mark: bytes) -> None:
        path = tmp_path / "document"
        path.write_bytes(plistlib.dumps(value))
        path.write_bytes(mark + cli("convert", "--to", "json", path)[1].encode())
        assert exactly(plistlib.loads(cli("convert", "--to", "xml", path)[1].encode())) == exactly(
            value
        )

    def test_fractions_of_seconds(self) -> None:
        date = dt.datetime(2026, 1, 31, 12, microsecond=500_000)
        assert _from_json(json.dumps(_to_json(date)).encode()) == date

    @given(plist_values())
    def test_json_keeps_every_value(self, value: object) -> None:
        text = json.dumps(_to_json(value))
        if "Infinity" not in text:
            assert exactly(_from_json(text.encode())) == exactly(value)

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ('{"a": 1, "a": 2}', "duplicate key 'a'"),
            ('{"a": NaN}', "NaN is not JSON"),
            ('{"a": }', "Expecting value: line 1 column 7 (char 6)"),
            ('{"a": {"$date": "soon"}}', "expected a date such as"),
            ('{"a": {"$date": "2026-02-30T00:00:00Z"}}', "day is out of range"),
            ('{"a": {"$date": "2026-01-31T12:00:00.500000Z"}}', "a fraction of a second"),
            ('{"a": 1e400}', "1e400 is out of range for a real"),
            ("hello", "neither a property list nor JSON"),
            ("", "there is nothing to check"),
            ('{"a": {"$date": 1}}', "expected a string for $date"),
            ('{"a": {"$data": "*"}}', "base64"),
            ('{"a": null}', "a type that property lists of MDM do not hold"),
            ("[" * 100_000, "nested too deep"),
            ("[" + " " * (1 << 20), "exceeds the limit"),
            ("<plist><dict/><dict/></plist>", "a second value"),
            ("<plist>", "the XML is malformed"),
        ],
    )
    def test_lossy_conversion_is_rejected(
        self, cli: Cli, tmp_path: Path, text: str, reason: str
    ) -> None:
        path = tmp_path / "document"
        path.write_text(text)
        status, out, err = cli("convert", "--to", "xml", path)
        assert (status, out) == (2, "")
        assert reason in err
        assert str(path) in err
        assert err.count("\n") == 1

    @pytest.mark.parametrize(
        ("value", "reason"),
        [
            ({"$date": "x"}, "a dictionary with the single key $date cannot be written"),
            (float("inf"), "Out of range float values are not JSON compliant"),
        ],
    )
    def test_values_that_json_cannot_represent(
        self, cli: Cli, tmp_path: Path, value: object, reason: str
    ) -> None:
        path = tmp_path / "document"
        path.write_bytes(plistlib.dumps({"Key": value}))
        status, out, err = cli("convert", "--to", "json", path)
        assert (status, out) == (2, "")
        assert reason in err


class TestBuild:
    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            (
                ["schedule", "--action", "InstallLater", "--product-version", "14.5",
                 "--product-key", "_MACOS_14.5", "--max-user-deferrals", "3", "--priority", "High"],
                osu.ScheduleOSUpdateCommand(
                    [
                        osu.UpdatesItem(
                            install_action="InstallLater",
                            product_version="14.5",
                            product_key="_MACOS_14.5",
                            max_user_deferrals=3,
                            priority="High",
                        )
                    ],
                    command_uuid="1",
                ),
            ),
            (["scan", "--force"], osu.ScheduleOSUpdateScanCommand(force=True, command_uuid="1")),
            (["scan"], osu.ScheduleOSUpdateScanCommand(command_uuid="1")),
            (["available"], osu.AvailableOSUpdatesCommand(command_uuid="1")),
            (["status"], osu.OSUpdateStatusCommand(command_uuid="1")),
        ],
    )  # fmt: skip
    def test_commands(self, cli: Cli, arguments: list[str], expected: osu.Command) -> None:
        status, out, err = cli("build", *arguments, "--command-uuid", "1")
        assert (status, err) == (0, "")
        assert out == osu.dumps(expected).decode()

    def test_random_uuid_and_binary(self, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        assert run(["build", "status", "--format", "binary"]) == 0
        out = capfdbinary.readouterr().out
        assert out.startswith(b"bplist00")
        assert isinstance(osu.loads_command(out), osu.OSUpdateStatusCommand)

    def test_command_with_warnings_is_written(self, cli: Cli) -> None:
        status, out, err = cli(
            "build", "schedule", "--action", "InstallASAP", "--product-version", "14.5",
            "--max-user-deferrals", "3",
        )  # fmt: skip
        assert status == 0
        assert "OSU207 warning" in err
        assert isinstance(osu.loads_command(out), osu.ScheduleOSUpdateCommand)

    def test_command_with_errors_is_not_written(self, cli: Cli) -> None:
        status, out, err = cli("build", "schedule", "--action", "InstallASAP")
        assert (status, out) == (1, "")
        assert "OSU203 error" in err

    @pytest.mark.parametrize("text", ["a\rb", "a\udcff"])
    def test_unwritable_values(self, cli: Cli, text: str) -> None:
        status, out, err = cli("build", "schedule", "--action", "Default", "--product-key", text)
        assert (status, out) == (1, "")
        assert "OSU106 error: Command.Updates[0].ProductKey" in err


class TestDeclarations:
    """Declarations and status reports, which are JSON, are shown and checked like the rest."""

    DECLARATION = EXAMPLES / "declarations" / "by-december.json"

    def test_show_a_declaration(self, cli: Cli) -> None:
        status, out, _ = cli("show", self.DECLARATION)
        assert status == 0
        assert out.splitlines() == [
            "SoftwareUpdateEnforcementSpecific declaration",
            "  Identifier: softwareupdate.enforcement.26.1",
            "  ServerToken: 2026-11-24/1",
            "  TargetOSVersion: 26.1",
            "  TargetLocalDateTime: 2026-12-01T19:00:00",
            "  DetailsURL: https://it.example.org/updates",
        ]

    def test_show_a_status_report(self, cli: Cli, tmp_path: Path) -> None:
        path = tmp_path / "report.json"
        path.write_text('{"StatusItems": {"softwareupdate": {"failure-reason": {"count": 0}}}}')
        status, out, _ = cli("show", path)
        assert status == 0
        assert out.splitlines()[:5] == [
            "Status report: nothing about updates",
            "  StatusItems:",
            "    softwareupdate:",
            "      failure-reason:",
            "        count: 0",
        ]

    def test_findings_in_json_have_positions(self, cli: Cli, tmp_path: Path) -> None:
        path = tmp_path / "declaration.json"
        path.write_text(self.DECLARATION.read_text().replace('"Type"', '"Kind": 1, "Type"'))
        _, out, _ = cli("check", path)
        assert re.match(re.escape(str(path)) + r":[0-9]+:[0-9]+: OSU123 warning: Kind: ", out)
        path.write_text("{\n  ,")
        _, out, _ = cli("check", path)
        assert out.startswith(f"{path}:2:3: OSU601 error: the JSON is malformed")
