"""``check``: what is said, where, and with which exit status."""

import base64
import datetime as dt
import json
import os
import plistlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import mdm_osupdate as osu
from mdm_osupdate.__main__ import main
from mdm_osupdate.cli._clock import now
from mdm_osupdate.cli._inputs import read_documents
from mdm_osupdate.declarations import SoftwareUpdateEnforcementSpecific

Cli = Callable[..., tuple[int, str, str]]
EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
GOOD = EXAMPLES / "commands" / "install-iphone.plist"
BAD = EXAMPLES / "commands" / "bad-deferrals-as-text.plist"
COMMAND = [sys.executable, "-m", "mdm_osupdate"]


def test_no_findings(cli: Cli) -> None:
    assert cli("check", GOOD) == (0, "ScheduleOSUpdate command: nothing wrong\n", "")


def test_finding_has_position_and_hint(cli: Cli) -> None:
    status, out, _ = cli("check", BAD)
    lines = out.splitlines()
    assert status == 1
    assert lines[0] == (
        f"{BAD}:19:17: OSU121 error: Command.Updates[0].MaxUserDeferrals: "
        "expected an integer, got the string '5'. Write <integer>5</integer>."
    )
    assert BAD.read_text().splitlines()[18][16:] == "<string>5</string>"
    assert lines[-1] == "ScheduleOSUpdate command: 1 error, 1 warning"


@pytest.mark.parametrize(
    ("name", "status", "summary"),
    [
        ("commands/bad-force-misspelled.plist", 0, "ScheduleOSUpdateScan command: 1 warning"),
        ("commands/bad-template.plist", 1, "Document: 1 error"),
        ("responses/available-mac.plist", 0, "AvailableOSUpdates response: nothing wrong"),
        ("responses/restarted.plist", 0, "Response: nothing wrong"),
        ("commands/bad-inside-only.plist", 1, "ScheduleOSUpdate command: 3 errors"),
    ],
)
def test_type_is_detected(cli: Cli, name: str, status: int, summary: str) -> None:
    got, out, _ = cli("check", EXAMPLES / name)
    assert (got, out.splitlines()[-1]) == (status, summary)


def test_other_property_list(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "profile.plist"
    path.write_text("<plist><dict><key>PayloadType</key><string>x</string></dict></plist>")
    status, out, _ = cli("check", path)
    assert status == 1
    assert "OSU113 error: the document has 'PayloadType'" in out
    assert out.splitlines()[-1] == "Document: 1 error"


def test_findings_are_in_document_order(cli: Cli) -> None:
    _, out, _ = cli("check", EXAMPLES / "commands" / "bad-inside-only.plist")
    lines = [int(line.split(":")[1]) for line in out.splitlines()[:-1] if not line.startswith(" ")]
    assert lines == sorted(lines)
    assert len(lines) == 3


def test_binary_document_has_no_positions(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "a.plist"
    path.write_bytes(plistlib.dumps({"Status": "Novel"}, fmt=plistlib.FMT_BINARY))
    _, out, _ = cli("check", path)
    assert f"{path}: OSU501 warning: Status: " in out


def test_position_of_truncated_json(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{\n "Type": "x",\n "Payload": {]\n}')
    assert cli("check", path)[1].startswith(f"{path}:3:14: OSU601 error: ")


def test_directories_are_searched(cli: Cli) -> None:
    status, out, _ = cli("check", EXAMPLES)
    assert status == 1
    found = [*EXAMPLES.rglob("*.plist"), *EXAMPLES.rglob("*.json")]
    (dump,) = EXAMPLES.rglob("*.ndjson")
    reports = len(dump.read_text().splitlines())
    assert out.splitlines()[-2] == (
        "checked 7 commands, 7 responses, 4 status reports, 2 declarations, 1 other document"
    )
    assert out.splitlines()[-1].startswith(f"{len(found) + reports} documents: ")


def test_skipped_files_are_counted(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.plist").write_bytes(GOOD.read_bytes())
    for name in "b.JSON", "c.txt", "d.txt", "README":
        (tmp_path / name).touch()
    os.mkfifo(tmp_path / "e.plist")  # opening it would wait for ever
    (tmp_path / "f.plist").symlink_to("missing")
    status, out, err = cli("check", tmp_path)
    assert status == 2
    assert f"{tmp_path}/b.JSON: OSU" in out
    assert out.splitlines()[-2] == "checked 1 command, 1 other document"
    assert err.splitlines() == [
        f"mdm-osupdate: {tmp_path}/f.plist: No such file or directory",
        "mdm-osupdate: skipped 4 files: 2 .txt, 1 without an extension, 1 special "
        "(use --all to read them)",
    ]


def test_all(cli: Cli, tmp_path: Path) -> None:
    contents = {
        "command": GOOD.read_bytes(),
        "binary.bin": plistlib.dumps({"Status": "Idle"}, fmt=plistlib.FMT_BINARY),
        "damaged.xml": b"<plist><dict><key>",
        "send.sh": b"#!/bin/sh\ncat <<END\n" + BAD.read_bytes() + b"END\n",
        "dump.log": b'{"StatusItems": {}}\n{"StatusItems": {}}\n',
        "array.txt": b'[{"StatusItems": {}}]',
    }
    others = {
        "page.html": b"<html></html>",
        "profile.mobileconfig": b"<plist><dict><key>A</key><true/></dict></plist>",
        "package.lock": b'{"name": "x"}',
        "empty": b"",
    }
    for name, content in {**contents, **others}.items():
        (tmp_path / name).write_bytes(content)
    os.mkfifo(tmp_path / "pipe")
    _, out, err = cli("check", tmp_path, "--all", "--format", "json")
    files = [str(tmp_path / name) for name in sorted([*contents, "dump.log"])]
    assert [entry["file"] for entry in json.loads(out)["documents"]] == files
    assert err == (
        "mdm-osupdate: skipped 5 files without a message: "
        "1 without an extension, 1 .lock, 1 .html, 1 special, 1 .mobileconfig\n"
    )


def test_all_reports_unreadable_files(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "f").symlink_to("missing")
    status, _, err = cli("check", tmp_path, "--all")
    assert (status, err) == (2, f"mdm-osupdate: {tmp_path}/f: No such file or directory\n")
    (tmp_path / "f").unlink()
    _, _, err = cli("check", tmp_path, "--all")
    assert err == f"mdm-osupdate: {tmp_path}: no file with a message in this directory\n"


class TestSeveralDocumentsInOneFile:
    GOOD = json.dumps({"StatusItems": {"softwareupdate": {"install-state": "none"}}})
    NOVEL = GOOD.replace("none", "resting")

    def test_array(self, cli: Cli, tmp_path: Path) -> None:
        path = tmp_path / "reports.json"
        path.write_text(f"[{self.GOOD},\n {self.NOVEL}]")
        status, out, _ = cli("check", path)
        column = 2 + self.NOVEL.index('"resting"')
        place = f"{path}:2:{column}: OSU501 warning: [1].StatusItems.softwareupdate.install-state: "
        assert status == 0
        assert out.startswith(place)
        assert out.splitlines()[-2:] == ["checked 2 status reports", "2 documents: 1 warning"]

    def test_one_report_per_line(self, cli: Cli, tmp_path: Path) -> None:
        path = tmp_path / "dump"
        path.write_text(f'{self.GOOD}\n{self.NOVEL}\n{{"StatusItems":\n{self.GOOD}\n')
        status, out, _ = cli("check", path)
        assert status == 1
        assert f"{path}:2:54: OSU501 warning: StatusItems.softwareupdate.install-state: " in out
        assert self.NOVEL[53:].startswith('"resting"')
        assert f"{path}:3:16: OSU601 error: the JSON is malformed" in out
        assert out.splitlines()[-2] == "checked 3 status reports, 1 other document"

    def test_json_and_fleet(self, cli: Cli, tmp_path: Path) -> None:
        path = tmp_path / "reports.jsonl"
        path.write_text(f"{self.GOOD}\n\n{self.NOVEL}\n")
        entries = json.loads(cli("check", path, "--format", "json")[1])["documents"]
        assert [(entry["path"], entry["line"]) for entry in entries] == [("", 1), ("", 3)]
        _, out, _ = cli("check", path, "--fleet", EXAMPLES / "devices.csv")
        assert out.startswith(f"{path}: for 4 devices (library-1, library-2, office-1, office-2):")
        assert f"\n{path}:3: for 4 devices" in out

    def test_results_of_a_command(self, cli: Cli, tmp_path: Path) -> None:
        path = tmp_path / "results.json"
        responses = [osu.dumps(osu.Response(status=word, udid="1")) for word in ("Error", "Novel")]
        encoded = [{"result": base64.b64encode(each).decode()} for each in responses]
        path.write_text(json.dumps({"results": encoded}))
        _, out, _ = cli("check", path, "--format", "full")
        assert "OSU501" in out
        assert " | " not in out  # no line of base64
        assert out.splitlines()[-2] == "checked 2 responses"

    def test_show(self, cli: Cli, tmp_path: Path) -> None:
        path = tmp_path / "reports.ndjson"
        path.write_text(f"{self.GOOD}\n{self.NOVEL}\n")
        status, out, _ = cli("show", path)
        first, second = out.split("\n\n")
        assert (status, first.splitlines()[0]) == (0, "Status report: install state none")
        assert f"{path}:2:" in second
        path.write_text(f"{self.GOOD}\n{{}}\n")
        assert cli("show", path)[0] == 1

    def test_documents_are_read_lazily(self, cli: Cli, tmp_path: Path) -> None:
        path = tmp_path / "reports.ndjson"
        path.write_text(f"{self.GOOD}\n" * 40_000)  # two mebibytes
        documents = read_documents(str(path))
        assert (next(documents).place, next(documents).place) == ((1, 1), (2, 1))
        assert sum(1 for _ in documents) == 39_998
        path.write_text("\n")
        assert cli("check", path) == (0, "no documents found\n", "")


def test_past_deadline(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = EXAMPLES / "declarations" / "by-december.json"
    assert "nothing wrong" in cli("check", path)[1]
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")  # January 2027
    assert " OSU617 warning: Payload.TargetLocalDateTime: " in cli("check", path)[1]
    assert " OSU617 warning: Payload.TargetLocalDateTime: " in cli("show", path)[1]


def test_target_not_offered(cli: Cli, tmp_path: Path) -> None:
    asset = {
        "ProductVersion": "26.3",
        "Build": "25D125",
        "PostingDate": "2026-02-11",
        "SupportedDevices": ["iPhone15,2"],
    }
    catalog = tmp_path / "pmv.json"
    catalog.write_text(json.dumps({"AssetSets": {"iOS": [asset]}}))
    fleet = tmp_path / "fleet.csv"
    fleet.write_text('name,platform,os_version,model\na,iOS,18.0,"iPhone15,2"\n')
    path = EXAMPLES / "declarations" / "by-december.json"
    arguments = ("check", path, "--fleet", fleet)
    assert cli(*arguments)[0] == 0
    status, out, _ = cli(*arguments, "--releases", catalog)
    assert (status, " OSU660 error: Payload.TargetOSVersion: " in out) == (1, True)


def test_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    assert now() == dt.datetime(2026, 3, 2, 9, tzinfo=dt.timezone.utc)
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert abs(now() - dt.datetime.now(dt.timezone.utc)) < dt.timedelta(hours=1)


def test_order_of_directories(cli: Cli, tmp_path: Path) -> None:
    names = ["b.plist", "c.plist", "a/d.plist", "a/e/.f.plist", "a.b/g.plist"]
    for name in reversed(names):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "other.xml").touch()
    _, out, _ = cli("check", tmp_path, "--format", "json")
    assert [entry["file"] for entry in json.loads(out)["documents"]] == [
        str(tmp_path / n) for n in names
    ]


def test_names_in_the_current_directory(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.plist").touch()
    monkeypatch.chdir(tmp_path)
    assert json.loads(cli("check", ".", "--format", "json")[1])["documents"][0]["file"] == "a.plist"


def test_unreadable_directory(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr("os.scandir", refuse)
    assert cli("check", tmp_path) == (2, "", f"mdm-osupdate: {tmp_path}: Permission denied\n")


def test_standard_input(cli: Cli) -> None:
    status, out, _ = cli("check", "-", stdin=BAD.read_bytes())
    assert status == 1
    assert out.startswith("<stdin>:19:17: OSU121 error: ")


class TestWithTheCommand:
    @pytest.mark.parametrize(
        "rule", [rule for rule in osu.RULES.values() if rule.command], ids=lambda rule: rule.code
    )
    def test_mismatch_is_found(self, cli: Cli, tmp_path: Path, rule: osu.Rule) -> None:
        command, answer = tmp_path / "command", tmp_path / "answer"
        command.write_bytes(plistlib.dumps(dict(rule.command or {})))
        text = rule.example if isinstance(rule.example, str) else ""
        answer.write_bytes(text.encode() or plistlib.dumps(rule.example))
        alone, beside = (
            json.loads(cli("check", answer, *option, "--statistics", "--format", "json")[1])
            for option in ((), ("--command", command))
        )
        assert rule.code not in alone["rules"]
        assert rule.code in beside["rules"]

    def test_not_a_command(self, cli: Cli) -> None:
        answer = EXAMPLES / "responses" / "restarted.plist"
        status, out, err = cli("check", answer, "--command", answer)
        assert (status, out) == (2, "")
        assert err == f"mdm-osupdate: {answer}: not a command; run `check` on it for details\n"

    def test_unreadable(self, cli: Cli, tmp_path: Path) -> None:
        missing = tmp_path / "missing"
        status, _, err = cli("check", GOOD, "--command", missing)
        assert (status, err) == (2, f"mdm-osupdate: {missing}: No such file or directory\n")

    def test_from_standard_input(self, cli: Cli) -> None:
        answer = EXAMPLES / "responses" / "no-space.plist"
        command = (EXAMPLES / "commands" / "scan-mac.plist").read_bytes()
        _, out, _ = cli("check", answer, "--command", "-", stdin=command)
        assert "OSU523 error: CommandUUID" in out
        assert "can be read only once" in cli("check", "-", "--command", "-")[2]


def test_unreadable_file_does_not_stop_the_check(cli: Cli, tmp_path: Path) -> None:
    missing = tmp_path / "missing.plist"
    status, out, err = cli("check", missing, tmp_path, GOOD)
    assert status == 2
    assert err.splitlines() == [
        f"mdm-osupdate: {missing}: No such file or directory",
        f"mdm-osupdate: {tmp_path}: no .plist or .json file in this directory",
    ]
    assert out == "ScheduleOSUpdate command: nothing wrong\n"


def test_empty_directory(cli: Cli, tmp_path: Path) -> None:
    assert cli("check", tmp_path)[:2] == (2, "")


def test_unreadable_file(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("click.open_file", refuse)
    status, _, err = cli("check", GOOD)
    assert (status, err) == (2, f"mdm-osupdate: {GOOD}: Permission denied\n")


def test_large_file_is_not_read_completely(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "large.plist"
    with path.open("wb") as file:
        file.truncate(1 << 32)
    status, out, _ = cli("check", path)
    assert status == 1
    assert "OSU104 error: the document is longer than the limit of 1048576 bytes" in out


def test_closed_pipe_is_silent(tmp_path: Path) -> None:
    for number in range(500):
        (tmp_path / f"{number}.plist").write_bytes(BAD.read_bytes())
    process = subprocess.Popen(
        [*COMMAND, "check", str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    assert process.wait() == 141  # as a shell says of a process that SIGPIPE ends
    assert said == b""


def test_interrupt(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("mdm_osupdate.cli._examination.inspect", interrupt)
    status, _, err = cli("check", GOOD)
    assert (status, err.strip()) == (130, "mdm-osupdate: interrupted")


def test_interrupt_during_import(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Interrupted(ModuleType):
        @property
        def run(self) -> None:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "mdm_osupdate.cli", Interrupted("mdm_osupdate.cli"))
    assert main() == 130
    assert capsys.readouterr().err == "mdm-osupdate: interrupted\n"


def test_color(
    cli: Cli, terminal: Callable[..., tuple[int, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pseudo-terminal gets colors, unless NO_COLOR is set."""
    assert "\x1b" not in cli("check", BAD)[1]
    status, shown = terminal("check", BAD, streams=("stdout",))
    assert status == 1
    assert b"\x1b[31m\x1b[1merror" in shown
    monkeypatch.setenv("NO_COLOR", "1")
    assert b"\x1b[31m\x1b[1merror" not in terminal("check", BAD, streams=("stdout",))[1]


def test_missing_argument_is_a_usage_error(cli: Cli) -> None:
    status, _, err = cli("check")
    assert status == 2
    assert "missing argument 'PATH...'" in err


def test_unknown_command_is_a_usage_error(cli: Cli) -> None:
    status, _, err = cli("chekc")
    assert status == 2
    assert "no such command 'chekc'. Did you mean 'check'?" in err


def test_imports_are_lazy() -> None:
    code = (
        "import sys; before = {*sys.modules}; from mdm_osupdate.cli import run;"
        "run(['check', sys.argv[1]]); print(*{*sys.modules} - before)"
    )
    done = subprocess.run([sys.executable, "-c", code, GOOD], capture_output=True, text=True)
    loaded = set(done.stdout.split())
    assert "mdm_osupdate.cli._check" in loaded
    assert not loaded & {"importlib.metadata", "urllib.parse", "csv", "rich", "cattrs"}


def test_version_and_help(cli: Cli) -> None:
    assert cli("--version")[1].startswith("mdm-osupdate 0.")
    status, out, _ = cli("--help")
    assert status == 0
    for command in ("build", "check", "convert", "show"):
        assert f"  {command} " in out


def test_without_the_extra() -> None:
    code = (
        "import sys; sys.modules['click'] = None; from mdm_osupdate.__main__ import main;"
        "sys.exit(main())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == (
        "mdm-osupdate: the command line needs click and rich: pip install 'mdm-osupdate[cli]'\n"
    )


def test_other_missing_module_is_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mdm_osupdate.cli", None)
    with pytest.raises(ModuleNotFoundError):
        main()


def test_enforcements_of_one_directory_are_checked_together(cli: Cli, tmp_path: Path) -> None:
    deadlines = {"26.1": "2027-01-20", "26.2": "2026-12-01", "27.0": "2026-12-01"}
    for version, day in deadlines.items():
        enforcement = SoftwareUpdateEnforcementSpecific(
            target_os_version=version, target_local_date_time=f"{day}T19:00:00"
        )
        (tmp_path / f"{version}.json").write_bytes(osu.dumps(enforcement))
    status, out, _ = cli("check", tmp_path)
    assert status == 0
    assert [line.split()[:3] for line in out.splitlines() if "OSU" in line] == [
        [f"{tmp_path}/26.1.json:5:24:", "OSU651", "warning:"],
        [f"{tmp_path}/27.0.json:4:28:", "OSU650", "warning:"],
    ]
    assert out.splitlines()[-1] == "3 documents: 2 warnings"
    assert cli("check", tmp_path, "--strict")[0] == 1
    assert cli("check", tmp_path, "--ignore", "OSU65", "--strict")[0] == 0
    paths = [str(path) for path in sorted(tmp_path.iterdir())]
    assert "OSU65" not in cli("check", paths[0], EXAMPLES / "declarations" / "by-december.json")[1]


def test_required_update_at_enrollment(cli: Cli, tmp_path: Path) -> None:
    body = tmp_path / "403.json"
    body.write_text('{"code": "com.apple.softwareupdate.required", "details": {"OSVersion": "26"}}')
    assert cli("check", body) == (0, "Required update at enrollment: nothing wrong\n", "")


def test_responses_with_failures_are_not_only_correct(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "response.plist"
    path.write_bytes(osu.dumps(osu.Response(status="Error", udid="1", command_uuid="1")))
    status, out, _ = cli("check", path)
    assert (status, out) == (
        0,
        "1 response with a failure: `mdm-osupdate show` explains it\nResponse: nothing wrong\n",
    )
