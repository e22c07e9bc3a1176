"""The configuration of ``check``."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

Cli = Callable[..., tuple[int, str, str]]
EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
BAD = EXAMPLES / "commands" / "bad-deferrals-as-text.plist"
MAC = EXAMPLES / "commands" / "install-mac-tonight.plist"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = tmp_path / "a" / "b"
    directory.mkdir(parents=True)
    monkeypatch.chdir(directory)
    return directory


def rules(cli: Cli, *arguments: object) -> list[str]:
    _, out, _ = cli("check", *arguments, "--format", "concise")
    return [word for line in out.splitlines() for word in line.split() if word.startswith("OSU")]


class TestDiscovery:
    def test_closest_directory(self, cli: Cli, here: Path) -> None:
        assert rules(cli, BAD) == ["OSU121", "OSU207"]
        above = here.parent / "pyproject.toml"
        above.write_text('[tool.mdm-osupdate]\nignore = ["wrong-type"]\n')
        assert rules(cli, BAD) == ["OSU207"]
        (here / "pyproject.toml").write_text("[project]\nname = 'x'\n")  # not about this
        assert rules(cli, BAD) == ["OSU207"]
        (here / "mdm-osupdate.toml").write_text('ignore = ["osu2"]\n')
        assert rules(cli, BAD) == ["OSU121"]

    def test_config_and_isolated(self, cli: Cli, here: Path) -> None:
        (here / "mdm-osupdate.toml").write_text('ignore = ["OSU"]\n')
        other = here / "other.toml"
        other.write_text('select = ["OSU2"]\n')
        assert rules(cli, BAD) == []
        assert rules(cli, BAD, "--config", other) == ["OSU207"]
        assert rules(cli, BAD, "--isolated") == ["OSU121", "OSU207"]
        status, _, err = cli("check", BAD, "--config", here / "none")
        assert (status, "'--config'" in err) == (2, True)


class TestValues:
    def test_options_take_precedence(self, cli: Cli, here: Path) -> None:
        (here / "mdm-osupdate.toml").write_text(
            'select = ["OSU2", "OSU121"]\nignore = ["OSU207"]\nformat = "github"\nstrict = true\n'
            "statistics = false\nexit-zero = true\n"
        )
        status, out, _ = cli("check", BAD)
        assert (status, out.startswith("::error file=")) == (0, True)
        assert rules(cli, BAD, "--ignore", "OSU121") == ["OSU207"]

    def test_per_file_ignores(self, cli: Cli, here: Path) -> None:
        (here.parent / "mdm-osupdate.toml").write_text(
            '[per-file-ignores]\n"b/old/*" = ["OSU121"]\n"*.xml" = ["OSU2", "wrong-type"]\n'
        )
        for name in ("old/x.plist", "new/x.plist", "new/x.xml"):
            (here / name).parent.mkdir(exist_ok=True)
            (here / name).write_bytes(BAD.read_bytes())
        assert rules(cli, "old/x.plist") == ["OSU207"]
        assert rules(cli, here / "old") == ["OSU207"]
        assert rules(cli, "new/x.plist") == ["OSU121", "OSU207"]
        assert rules(cli, "new/x.xml") == []

    def test_a_device(self, cli: Cli, here: Path) -> None:
        (here / "mdm-osupdate.toml").write_text(
            "[device]\nplatform = 'MacOS'\nos-version = '27.0'\nsupervised = true\n"
            "access-rights = 8191\n"
        )
        assert rules(cli, MAC) == ["OSU402"]
        assert rules(cli, MAC, "--os-version", "14.4") == []
        # Another platform, or a fleet, is another device.
        status, _, err = cli("check", MAC, "--platform", "iOS")
        assert (status, "needs both --platform and --os-version" in err) == (2, True)
        other = ("--platform", "iOS", "--os-version", "17.3")
        assert "enrollment and supervised are unknown" in cli("check", MAC, *other)[1]
        assert "OSU306" in rules(cli, MAC, *other)
        assert cli("check", MAC, "--fleet", EXAMPLES / "devices.csv")[0] == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("select = [", "(at "),
        ("selct = []", "unknown key 'selct'; did you mean select?"),
        ("x = 1", "unknown key 'x'"),
        ("select = 'OSU1'", "expected an array of strings for select"),
        ("select = [1]", "expected an array of strings for select"),
        ("ignore = ['OSU999']", "unknown rule 'OSU999'"),
        ("strict = 1", "expected true or false for strict"),
        ("device = 1", "expected a table for device"),
        ("[device]\nplatfrom = 'iOS'", "unknown key 'device.platfrom'; did you mean device.plat"),
        ("[device]\naccess-rights = true", "expected an integer for device.access-rights"),
        ("[per-file-ignores]\n'*' = 'OSU1'", "an array of strings for per-file-ignores.'*'"),
    ],
)
def test_errors_name_the_file(cli: Cli, here: Path, text: str, message: str) -> None:
    path = here / "mdm-osupdate.toml"
    path.write_text(text)
    status, out, err = cli("check", BAD)
    assert (status, out) == (2, "")
    assert err.startswith(f"mdm-osupdate: {path}: ")
    assert message in err
    assert err.count("\n") == 1


def test_invalid_tool_table(cli: Cli, here: Path) -> None:
    (here / "pyproject.toml").write_text("[tool]\nmdm-osupdate = 5\n")
    assert "expected a table at tool.mdm-osupdate" in cli("check", BAD)[2]


def test_values_are_validated_like_options(cli: Cli, here: Path) -> None:
    (here / "mdm-osupdate.toml").write_text("format = 'yaml'\n")
    status, _, err = cli("check", BAD)
    assert (status, "'yaml' is not one of" in err) == (2, True)
    assert err.endswith(f" (in {here}/mdm-osupdate.toml)\n")
    assert not cli("check", BAD, "--format", "xml")[2].endswith(")\n")


def test_unreadable_configuration(cli: Cli, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "mdm-osupdate.toml").mkdir()
    assert cli("check", BAD)[0] == 1  # a directory is none
    os.rmdir(here / "mdm-osupdate.toml")
    (here / "mdm-osupdate.toml").write_bytes(b"\xff")
    status, _, err = cli("check", BAD)
    assert (status, err.startswith(f"mdm-osupdate: {here}/mdm-osupdate.toml: ")) == (2, True)
