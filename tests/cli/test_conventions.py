"""What people expect of a command line who know others: completion, help, streams, colors."""

import io
import os
import plistlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

import click
import pytest

import mdm_osupdate as osu
from mdm_osupdate.cli import _COMMANDS, command_line, run
from mdm_osupdate.cli._command import Words
from mdm_osupdate.cli._rules import find_codes, find_rules

Cli = Callable[..., tuple[int, str, str]]
Terminal = Callable[..., tuple[int, bytes]]
EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
GOOD = EXAMPLES / "commands" / "install-iphone.plist"
BAD = EXAMPLES / "commands" / "bad-deferrals-as-text.plist"


def commands(group: click.Group, above: str = "") -> Iterator[tuple[str, click.Command]]:
    ctx = click.Context(group)
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        assert command is not None
        yield f"{above}{name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{above}{name} ")


ALL = dict(commands(command_line))


class TestHelp:
    @pytest.mark.parametrize("name", ALL)
    def test_every_option_is_explained(self, name: str) -> None:
        for param in ALL[name].params:
            if isinstance(param, click.Option):
                assert param.help, param.opts

    @pytest.mark.parametrize("name", ALL)
    def test_help_fits_80_columns(
        self, cli: Cli, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLUMNS", "80")
        status, out, _ = cli(*name.split(), "--help")
        assert status == 0
        assert max(map(len, out.splitlines())) <= 80

    def test_options_are_grouped(self, cli: Cli) -> None:
        _, out, _ = cli("check", "--help")
        titles = [line for line in out.splitlines() if line[:1].isalpha()]
        assert titles[1:] == [
            "Input:", "Device:", "Rules:", "Output:", "Configuration:", "Options:",
        ]  # fmt: skip
        assert "  --platform [iOS|iPadOS|macOS|" in out

    @pytest.mark.parametrize("name", _COMMANDS)
    def test_short_help_matches_the_commands(self, name: str) -> None:
        assert (ALL[name].help or "").startswith(_COMMANDS[name].removesuffix("."))

    def test_version(self, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        assert cli("-V") == cli("--version")

        def missing(name: str) -> str:
            raise metadata.PackageNotFoundError(name)

        monkeypatch.setattr(metadata, "version", missing)  # a copied package
        assert cli("-V") == (0, "mdm-osupdate unknown\n", "")


class TestCompletion:
    @staticmethod
    def complete(
        monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], *words: str
    ) -> list[str]:
        monkeypatch.setenv("_MDM_OSUPDATE_COMPLETE", "bash_complete")
        monkeypatch.setenv("COMP_WORDS", " ".join(["mdm-osupdate", *words]))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        assert run([]) == 0
        lines = [line.partition(",") for line in capfd.readouterr().out.splitlines()]
        assert all(kind == ("file" if words[-1] == "x" else "plain") for kind, _, _ in lines)
        return [word for _, _, word in lines]

    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            (["ch"], ["check"]),
            (["build", "sc"], ["scan", "schedule"]),
            (["chekc", "rul"], ["rule"]),
            (["check", "--platform", "ma"], ["macOS"]),
            (["check", "--ignore", "osu52"], [f"OSU52{n}" for n in range(5)]),
            (["check", "--ignore", "OSU101,wrong-t"], ["OSU101,wrong-type"]),
            (["rule", "wrong-t"], ["wrong-type"]),
        ],
    )
    def test_words(
        self,
        monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str],
        words: list[str],
        expected: list[str],
    ) -> None:
        assert sorted(self.complete(monkeypatch, capfd, *words)) == expected

    @pytest.mark.parametrize(
        "words", [["check", "x"], ["show", "x"], ["check", "--fleet", "x"], ["rule", "-o", "x"]]
    )
    def test_files_are_completed_by_the_shell(
        self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], words: list[str]
    ) -> None:
        assert self.complete(monkeypatch, capfd, *words) == ["x"]

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_scripts(self, cli: Cli, monkeypatch: pytest.MonkeyPatch, shell: str) -> None:
        monkeypatch.setenv("_MDM_OSUPDATE_COMPLETE", f"{shell}_source")
        if shutil.which("bash") is None:
            pytest.skip("click asks bash for its version")
        status, out, _ = cli()
        assert status == 0
        assert "_MDM_OSUPDATE_COMPLETE" in out

    def test_descriptions_are_not_shortened(
        self, cli: Cli, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COMP_WORDS", "mdm-osupdate con")
        monkeypatch.setenv("COMP_CWORD", "con")
        monkeypatch.setenv("_MDM_OSUPDATE_COMPLETE", "fish_complete")
        assert f"plain,convert\t{_COMMANDS['convert']}" in cli()[1].splitlines()
        monkeypatch.setenv("_MDM_OSUPDATE_COMPLETE", "fish_source")
        assert 'split --max 1 ","' in cli()[1]


class TestRuleNames:
    def test_codes_prefixes_and_names(self) -> None:
        (one,) = find_rules("osu121")
        assert find_rules("Wrong-Type") == (one,)
        assert {rule.code for rule in find_rules("osu12")} == {
            code for code in osu.RULES if code.startswith("OSU12")
        }
        assert find_codes(["OSU121, osu207", "wrong-type"]) == {"OSU121", "OSU207"}

    @pytest.mark.parametrize("name", ["", "x", "OSU9", "wrong"])
    def test_unknown_rules(self, name: str) -> None:
        with pytest.raises(ValueError, match="unknown rule"):
            find_rules(name)

    def test_suggestion(self, cli: Cli) -> None:
        status, _, err = cli("rule", "wrong-tpye")
        assert (status, err.splitlines()[-1]) == (
            2,
            "mdm-osupdate: invalid value for RULE: unknown rule 'wrong-tpye'; "
            "did you mean wrong-type?",
        )

    def test_prefix_lists_rules(self, cli: Cli) -> None:
        _, out, _ = cli("rule", "osu52")
        assert [line.split()[0] for line in out.splitlines()] == [f"OSU52{n}" for n in range(5)]

    def test_on_the_command_line(self, cli: Cli) -> None:
        assert cli("check", BAD, "--ignore", "wrong-type", "--select", "osu1")[0] == 0

    def test_an_unreadable_document_is_an_error_whatever_is_selected(
        self, cli: Cli, tmp_path: Path
    ) -> None:
        document = tmp_path / "f.plist"
        document.write_bytes(b"<plist>")
        status, out, _ = cli("check", document, "--select", "OSU2")
        assert (status, "OSU101 error" in out) == (1, True)
        assert cli("check", document, "--select", "OSU2", "--ignore", "OSU101")[0] == 0
        document.write_bytes(
            plistlib.dumps({"Command": {"RequestType": "DeviceLock"}, "CommandUUID": "c"})
        )
        assert cli("check", document, "--select", "OSU2", "-q") == (0, "", "")


class TestStatus:
    def test_exit_zero(self, cli: Cli) -> None:
        status, out, _ = cli("check", BAD, "--exit-zero")
        assert (status, "1 error" in out) == (0, True)
        assert cli("check", "missing", "--exit-zero")[0] == 2

    def test_quiet(self, cli: Cli) -> None:
        _, out, err = cli("check", EXAMPLES, "-q", "--fleet", EXAMPLES / "devices.csv")
        assert err == ""
        assert all(": OSU" in line for line in out.splitlines())
        assert cli("check", GOOD, "--quiet") == (0, "", "")

    def test_statistics(self, cli: Cli) -> None:
        status, out, _ = cli("check", BAD, BAD, GOOD, "--statistics")
        assert (status, out.splitlines()) == (
            1,
            [
                "2  OSU121  error    wrong-type",
                "2  OSU207  warning  deferrals-without-install-later",
            ],
        )
        assert cli("check", GOOD, "--statistics") == (0, "", "")

    @pytest.mark.parametrize(
        "arguments",
        [
            ("check", "--platform", "macOS", "--os-version", "x", "y"),
            ("check", "--format", "xml", "y"),
            ("convert", "--to", "yaml"),
            ("build", "schedule", "--action", "Never"),
        ],
    )
    def test_usage_errors_name_the_option(self, cli: Cli, arguments: tuple[str, ...]) -> None:
        status, _, err = cli(*arguments)
        assert status == 2
        assert "mdm-osupdate: invalid value for '--" in err

    def test_usage_errors_are_lower_case_without_a_period(self, cli: Cli) -> None:
        usage = "Usage: mdm-osupdate check [OPTIONS] PATH...\nTry 'mdm-osupdate check --help'"
        _, _, err = cli("check")
        assert err == f"{usage} for help.\n\nmdm-osupdate: missing argument 'PATH...'\n"
        _, _, err = cli("build", "schedule")
        assert err.endswith(
            "mdm-osupdate: missing option '--action'. Expected one of Default, DownloadOnly, "
            "InstallASAP, NotifyOnly, InstallLater, InstallForceRestart\n"
        )
        _, _, err = cli("check", "--format")
        assert err.startswith("mdm-osupdate: option '--format' requires an argument")

    @pytest.mark.parametrize("group", [(), ("build",)])
    def test_a_group_alone_prints_its_help(self, cli: Cli, group: tuple[str, ...]) -> None:
        status, out, err = cli(*group)
        assert (status, out) == (2, "")
        assert cli(*group, "--help") == (0, err, "")
        assert "..." not in err.partition("Commands:")[2]

    def test_status_with_closed_standard_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Full(io.StringIO):
            def write(self, _: str) -> int:
                raise OSError(28, "No space left on device")

        monkeypatch.setattr(sys, "stderr", Full())
        assert run(["nosuch"]) == run(["show", "missing"]) == 2

    def test_missing_argument_lists_choices(self, cli: Cli) -> None:
        _, _, err = cli("convert", GOOD)
        assert "missing option '--to'. Expected one of xml, binary, json\n" in err

    def test_reading_from_a_terminal_is_announced(
        self, cli: Cli, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Keyboard:
            def isatty(self) -> bool:
                return True

        monkeypatch.setattr(sys, "stdin", Keyboard())
        monkeypatch.setattr("click.open_file", lambda *_: io.BytesIO(GOOD.read_bytes()))
        status, _, err = cli("show")
        assert (status, err) == (0, "mdm-osupdate: reading standard input; end with Ctrl-D\n")


class TestOutputFile:
    def test_same_content_as_standard_output(self, cli: Cli, tmp_path: Path) -> None:
        for arguments in (
            ("check", BAD),
            ("show", GOOD),
            ("convert", GOOD, "--to", "binary"),
            ("build", "scan", "--command-uuid", "1"),
            ("rule", "OSU121"),
            ("availability",),
        ):
            path = tmp_path / "output"
            run([*map(str, arguments), "-o", str(path)])
            with open(tmp_path / "direct", "wb") as file:
                command = [sys.executable, "-m", "mdm_osupdate", *arguments]
                if arguments[0] == "convert":  # binary
                    subprocess.run(command, stdout=file)
                    assert path.read_bytes() == (tmp_path / "direct").read_bytes()
                    continue
            assert path.read_text() == cli(*arguments)[1]

    def test_input_and_output_are_the_same_file(self, cli: Cli, tmp_path: Path) -> None:
        path = tmp_path / "command.plist"
        path.write_bytes(BAD.read_bytes())
        assert cli("convert", path, "--to", "json", "-o", path) == (0, "", "")
        assert path.read_text().startswith("{")
        assert os.listdir(tmp_path) == ["command.plist"]

    def test_failure_leaves_the_file_unchanged(self, cli: Cli, tmp_path: Path) -> None:
        path = tmp_path / "output"
        path.write_text("before")
        assert cli("convert", tmp_path / "missing", "--to", "json", "-o", path)[0] == 2
        assert path.read_text() == "before"
        assert os.listdir(tmp_path) == ["output"]

    def test_special_files(self, cli: Cli) -> None:
        assert cli("rule", "OSU121", "-o", os.devnull) == (0, "", "")
        assert not os.path.isfile(os.devnull)
        assert cli("rule", "OSU121", "-o", "-") == cli("rule", "OSU121")

    def test_directory_is_rejected(self, cli: Cli, tmp_path: Path) -> None:
        status, _, err = cli("rule", "OSU121", "-o", tmp_path)
        assert (status, "'-o' / '--output'" in err) == (2, True)
        status, _, err = cli("rule", "OSU121", "-o", tmp_path / "none" / "x")
        assert (status, "No such file or directory" in err) == (2, True)


class TestColor:
    @pytest.mark.parametrize(
        ("options", "variables", "colored"),
        [
            ((), {}, True),
            ((), {"NO_COLOR": "1"}, False),
            (("--color", "auto"), {"NO_COLOR": "1"}, False),
            (("--color", "never"), {}, False),
            (("--color", "always"), {"NO_COLOR": "1"}, True),
        ],
    )
    def test_on_a_terminal(
        self,
        terminal: Terminal,
        monkeypatch: pytest.MonkeyPatch,
        options: tuple[str, ...],
        variables: dict[str, str],
        colored: bool,
    ) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        _, shown = terminal("check", BAD, *options, streams=("stdout",))
        assert (b"\x1b[" in shown) is colored

    def test_elsewhere(self, cli: Cli) -> None:
        assert "\x1b" not in cli("check", BAD)[1]
        assert "\x1b[31merror\x1b[0m" in cli("check", BAD, "--color", "always")[1]
        assert "\x1b[31merror\x1b[0m" in cli("--color", "always", "check", BAD)[1]


def test_words_in_any_case() -> None:
    words = Words(["iOS", "macOS"])
    assert words.convert("MACOS", None, None) == "macOS"


def test_binary_is_not_written_to_a_terminal(terminal: Terminal, cli: Cli) -> None:
    status, shown = terminal("convert", GOOD, "--to", "binary", streams=("stdout", "stderr"))
    assert status == 2
    assert b"binary output to a terminal" in shown
    assert b"bplist" not in shown
