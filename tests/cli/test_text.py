"""Findings for people: grouped, with the lines of the source, without what garbles a terminal."""

import json
import plistlib
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mdm_osupdate as osu
from mdm_osupdate.cli._excerpt import excerpt
from mdm_osupdate.cli._printable import printable, printable_json, printable_xml
from mdm_osupdate.codec import Part

Cli = Callable[..., tuple[int, str, str]]
Terminal = Callable[..., tuple[int, bytes]]
EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
BAD = EXAMPLES / "commands" / "bad-force-misspelled.plist"


def test_full(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BAD.parent)
    assert cli("check", BAD.name, "--format", "full") == (
        0,
        """\
bad-force-misspelled.plist

  12:9  warning  OSU124 misspelled-in-sample
    Command.ForceUpdateScan: ForceUpdateScan should be Force

    11 |     <key>ForceUpdateScan</key>
    12 |     <true/>
       |     ^
    13 | </dict>

    Use the documented spelling.

ScheduleOSUpdateScan command: 1 warning
""",
        "",
    )


def test_findings_are_grouped_by_file(cli: Cli) -> None:
    _, out, _ = cli("check", EXAMPLES, "--format", "full")
    headings = [line for line in out.splitlines() if line.startswith(str(EXAMPLES))]
    assert len(headings) == len(set(headings)) > 5


@pytest.mark.parametrize("columns", [80, 140])
def test_output_fits_the_terminal(cli: Cli, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.chdir(EXAMPLES.parent)
    _, out, _ = cli("check", "examples", "--format", "full", "--fleet", "examples/devices.csv")
    assert max(map(len, out.splitlines())) <= min(columns, 100)


def test_text_is_full_on_a_terminal_and_concise_elsewhere(cli: Cli, terminal: Terminal) -> None:
    _, shown = terminal("check", BAD, "--color", "never", streams=("stdout",))
    assert shown.decode().replace("\r\n", "\n") == cli("check", BAD, "--format", "full")[1]
    assert cli("check", BAD)[1] == cli("check", BAD, "--format", "concise")[1]


class TestFleets:
    NAMES = ("漢字のiPad", "kiosk", "A" * 60)

    def fleet(self, path: Path, number: int = 1) -> Path:
        rows = [{"name": name, "platform": "iOS", "os_version": "27.0"} for name in self.NAMES]
        rows.append({"name": "fine", "platform": "iOS", "os_version": "17.0"})
        path.write_text(json.dumps(rows * number))
        return path

    @pytest.mark.parametrize("fmt", ["full", "concise"])
    def test_totals_of_each_device(self, cli: Cli, tmp_path: Path, fmt: str) -> None:
        from rich.cells import cell_len

        path = EXAMPLES / "commands" / "install-iphone.plist"
        fleet = self.fleet(tmp_path / "fleet.json")
        _, out, _ = cli("check", path, "--fleet", fleet, "--format", fmt)
        table = out.splitlines()[-7:-2]
        assert [line.split()[0] for line in table[:-1]] == [
            "device", "漢字のiPad", "kiosk", "A" * 40,
        ]  # fmt: skip
        assert len({cell_len(line) for line in table[:-1]}) == 1
        assert table[-1] == "findings for 3 of 4 devices"

    def test_number_of_rows_is_limited(self, cli: Cli, tmp_path: Path) -> None:
        path = EXAMPLES / "commands" / "install-iphone.plist"
        fleet = self.fleet(tmp_path / "fleet.json", 10)
        _, out, _ = cli("check", path, "--fleet", fleet)
        assert "\nand 10 more\nfindings for 30 of 40 devices\n" in out

    def test_full_names_the_devices(self, cli: Cli, tmp_path: Path) -> None:
        path = EXAMPLES / "commands" / "install-iphone.plist"
        fleet = self.fleet(tmp_path / "fleet.json")
        _, out, _ = cli("check", path, "--fleet", fleet, "--format", "full")
        assert "\n  For 3 devices (漢字のiPad, kiosk,\n" in out
        assert "\n  Some rules were not checked: " in out
        _, out, _ = cli("check", path, "--fleet", fleet, "--format", "full", "--quiet")
        assert "not checked" not in out


class TestExcerpts:
    @staticmethod
    def of(
        text: str, line: int, column: int, width: int = 60, part: tuple[int, int] = (1, 1)
    ) -> list[str]:
        finding = osu.RULES["OSU121"].finding("", "x").at((line, column))
        document = Part(text.encode("utf-8", "surrogatepass"), "", part)
        return [click.unstyle(shown) for shown in excerpt(document, finding, width)]

    def test_context_lines(self) -> None:
        assert self.of("a\n  b\n  cd\n  e\nf", 3, 4) == ["2 | b", "3 | cd", "  |  ^", "4 | e"]

    def test_first_and_last_line(self) -> None:
        assert self.of("a", 1, 1) == ["1 | a", "  | ^"]
        assert self.of("a\r\nb\r\n", 2, 2) == ["1 | a", "2 | b", "  |  ^", "3 |"]

    def test_ends_of_lines(self) -> None:
        assert self.of("<a>\r<b>\r<c>", 2, 1) == ["1 | <a>", "2 | <b>", "  | ^", "3 | <c>"]
        assert self.of('{"a":\r1}', 1, 1)[0].endswith("1}")  # JSON's parser counts line feeds
        assert self.of("[a] <plist>\r<b>", 2, 1) == []

    def test_tabs_are_expanded(self) -> None:
        assert self.of("\t\ta\n\t\t\tb", 2, 4) == ["1 | a", "2 |     b", "  |     ^"]

    def test_one_of_several_documents(self) -> None:
        assert self.of('{"a":\n5}', 7, 12, part=(7, 8)) == ['7 | {"a":', "  |     ^", "8 | 5}"]
        assert self.of('{"a":\n5}', 8, 1, part=(7, 8)) == ['7 | {"a":', "8 | 5}", "  | ^"]

    def test_long_line(self) -> None:
        text = "".join(f"{n:03}," for n in range(500))
        above, mark = self.of(text, 1, 4 * 250 + 1)
        assert len(above) <= 60
        assert above[mark.index("^") :].startswith("250,")
        assert above[4] == above[-1] == "…"
        (first, _) = self.of(text, 1, 1)
        assert first.startswith("1 | 000,001")
        assert first.endswith("…")

    def test_wide_and_hidden_characters(self) -> None:
        line, mark = self.of("漢字\x1b\u202e<a>", 1, 5)
        assert line == r"1 | 漢字\x1b\u202e<a>"
        assert mark.index("^") == 4 + 4 + 4 + 6

    def test_without_position(self) -> None:
        finding = osu.RULES["OSU121"].finding("", "x")
        assert excerpt(Part(b"a"), finding, 80) == []
        encoded = Part(b"a", place=(1, 1), is_text=False)
        assert excerpt(encoded, encoded.locate(finding), 80) == []

    @given(st.text(), st.integers(20, 100))
    def test_any_text(self, text: str, width: int) -> None:
        for number, line in enumerate(text.split("\n"), 1):
            lines = self.of(text, number, len(line) + 1, width)
            assert any(shown.endswith("^") for shown in lines)
            assert not any("\x1b" in shown or "\x07" in shown for shown in lines)


HIDDEN = "\0\x07\x1b\x7f\x9b\u061c\u200b\u202e\u2066\ufeff\U000e0041"


class TestPrintable:
    @given(st.text())
    def test_control_characters_are_escaped(self, text: str) -> None:
        shown = printable(HIDDEN + text)
        assert not set(HIDDEN) & set(shown)
        assert printable(shown) == shown
        assert printable("a 漢字 é 🙂") == "a 漢字 é 🙂"

    @given(st.text())
    def test_json_stays_equivalent(self, text: str) -> None:
        written = printable_json(json.dumps({"a": HIDDEN + text}, ensure_ascii=False, indent=1))
        assert json.loads(written) == {"a": HIDDEN + text}
        assert not set(HIDDEN) & set(written)

    def test_xml_stays_equivalent(self) -> None:
        text = "".join(set(HIDDEN) - set("\0\x07\x1b"))  # which XML does not have
        written = printable_xml(plistlib.dumps({"a": text}).decode())
        assert plistlib.loads(written.encode()) == {"a": text}
        assert not set(HIDDEN) & set(written)


@pytest.mark.parametrize("fmt", ["json", "xml"])
def test_convert_on_a_terminal(cli: Cli, terminal: Terminal, tmp_path: Path, fmt: str) -> None:
    path = tmp_path / "a.plist"
    path.write_bytes(plistlib.dumps({"a": "x\x9b31m\u202e"}))
    _, shown = terminal("convert", path, "--to", fmt, streams=("stdout",))
    assert "\x9b" not in shown.decode()
    assert "\u202e" not in shown.decode()
    assert "x\x9b31m\u202e" in cli("convert", path, "--to", fmt)[1]  # for programs


@pytest.mark.parametrize("name", ["no\x1b]0;x\x07.plist", "a\n::error::b", "\u202e\u061c\x9b"])
def test_file_names_are_escaped(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for command in (["check", name], ["show", name], ["convert", name, "--to", "json"]):
        status, out, err = cli(*command)
        assert (status, out, err.count("\n")) == (2, "", 1)
        assert printable(name) in err
    Path(name).write_text("[1")
    for command in (["show", name], ["convert", name, "--to", "json"], ["check", name]):
        status, out, err = cli(*command)
        assert status > 0
        assert printable(name) in out + err
        assert name not in out + err
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    Path("::stop-commands::x.plist").write_text("")
    assert not cli("check", "::stop-commands::x.plist")[1].startswith("::")
