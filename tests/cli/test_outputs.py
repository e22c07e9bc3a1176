"""``check --format``, and the choice of rules."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import mdm_osupdate as osu

Cli = Callable[..., tuple[int, str, str]]
EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
BAD = EXAMPLES / "commands" / "bad-deferrals-as-text.plist"
GOOD = EXAMPLES / "commands" / "install-iphone.plist"
BINARY = EXAMPLES / "answers" / "available-mac.plist"


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

    def test_a_rule_that_is_none(self, cli: Cli) -> None:
        status, _, err = cli("check", BAD, "--ignore", "OSU999")
        assert status == 2
        assert "'OSU999' is no rule" in err


def test_json(cli: Cli) -> None:
    status, out, _ = cli("check", BAD, GOOD, BINARY, "--format", "json")
    assert status == 1
    bad, good, binary = json.loads(out)
    assert (bad["file"], bad["kind"]) == (str(BAD), "ScheduleOSUpdate command")
    assert bad["findings"][0] == {
        "rule": "OSU121",
        "slug": "wrong-type",
        "severity": "error",
        "path": "Command.Updates[0].MaxUserDeferrals",
        "line": 19,
        "column": 17,
        "message": "'5', a string, stands where an integer belongs",
        "hint": "Write <integer>5</integer>.",
        "source": osu.RULES["OSU121"].source,
    }
    assert good["findings"] == binary["findings"] == []


def test_github(cli: Cli, tmp_path: Path) -> None:
    _, out, _ = cli("check", BAD, "--format", "github")
    assert out.splitlines()[0] == (
        f"::error file={BAD},line=19,col=17,title=OSU121 wrong-type::"
        "Command.Updates[0].MaxUserDeferrals: '5', a string, stands where an integer belongs. "
        "Write <integer>5</integer>."
    )
    odd = tmp_path / "a,b:100%.plist"
    odd.write_bytes(osu.dumps(osu.Response(status="Idle"), fmt="binary"))
    _, out, _ = cli("check", odd, "--format", "github")
    assert out.startswith(f"::notice file={tmp_path}/a%2Cb%3A100%25.plist,title=OSU504 ")


def test_sarif(cli: Cli) -> None:
    _, out, _ = cli("check", BAD, GOOD, EXAMPLES / "answers", "--format", "sarif")
    log = json.loads(out)
    (run,) = log["runs"]
    assert log["version"] == "2.1.0"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == list(osu.RULES)
    result = run["results"][0]
    assert (result["ruleId"], result["level"]) == ("OSU121", "error")
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


def test_a_finding_without_a_place_is_told_without(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "a.plist"
    path.write_bytes(osu.dumps(osu.Response(status="Acknowledged", udid="1"), fmt="binary"))
    _, out, _ = cli("check", path, "--format", "sarif")
    (result,) = json.loads(out)["runs"][0]["results"]
    assert result["locations"] == [{"physicalLocation": {"artifactLocation": {"uri": str(path)}}}]


@pytest.mark.parametrize("fmt", ["json", "sarif"])
def test_without_any_document_it_is_still_well_formed(cli: Cli, tmp_path: Path, fmt: str) -> None:
    status, out, _ = cli("check", tmp_path / "missing", "--format", fmt)
    assert status == 2
    assert json.loads(out) == [] if fmt == "json" else json.loads(out)["runs"][0]["results"] == []
