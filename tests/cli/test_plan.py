"""``mdm-osupdate plan``."""

import csv
import io
import json
import plistlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import mdm_osupdate as osu

Cli = Callable[..., tuple[int, str, str]]
SCHOOL = Path(__file__).parents[2] / "docs" / "examples" / "school.csv"
WISH = ("--target", "26.1", "--deadline", "2026-12-01T19:00")


def fleet(directory: Path, *rows: str) -> Path:
    path = directory / "fleet.csv"
    path.write_text("\n".join(["name,platform,os_version,supervised,enrollment", *rows]) + "\n")
    return path


def plans_of(output: str) -> list[dict[str, Any]]:
    plans: list[dict[str, Any]] = json.loads(output)["plans"]
    return plans


class TestTable:
    def test_example(self, cli: Cli) -> None:
        """A school: the plan that an administrator would make by hand."""
        status, out, _ = cli("plan", "--fleet", SCHOOL, *WISH)
        assert status == 1
        told = {line[:24].strip(): line[41:67].strip() for line in out.splitlines()[1:23]}
        assert told == {
            "cart-a-01": "command Default",
            "cart-a-02": "declaration",
            "cart-a-03": "impossible",
            "cart-b-01": "declaration",
            "cart-b-02": "declaration",
            "cart-b-03": "nothing",
            "lent-ipad": "impossible",
            "teacher-ipad": "declaration",
            "head-iphone": "impossible",
            "lab-01": "command",
            "lab-02": "command InstallASAP",
            "lab-03": "command InstallASAP",
            "lab-04": "declaration",
            "lab-05": "declaration",
            "lab-06": "declaration",
            "lab-07": "nothing",
            "office-1": "impossible",
            "office-2": "declaration",
            "hall-tv": "command Default",
            "library-tv": "declaration",
            "media-vision": "impossible",
            "media-vision-2": "declaration",
        }
        assert "22 devices: 2 nothing; 5 command; 10 declaration; 5 impossible" in out
        assert all(len(line) <= 80 for line in out.splitlines())

    def test_notes_are_not_repeated(self, cli: Cli, tmp_path: Path) -> None:
        path = fleet(tmp_path, *["mac,macOS,15.0,true,automated"] * 3)
        status, out, _ = cli("plan", "--fleet", path, *WISH)
        assert status == 0
        row = f"{'mac':24} {'macOS 15.0':16} {'declaration':26}    1"
        assert out.splitlines()[1:4] == [row] * 3
        assert out.count("send the declaration") == 1

    def test_wide_characters_are_aligned(self, cli: Cli, tmp_path: Path) -> None:
        path = fleet(
            tmp_path, *[f"{name},macOS,15.0,true,automated" for name in ("更新", "é" * 30)]
        )
        _, out, _ = cli("plan", "--fleet", path, *WISH)
        assert out.splitlines()[1].startswith(f"更新{'':20} macOS 15.0 ")
        assert out.splitlines()[2].startswith(f"{'é' * 30} macOS 15.0 ")

    def test_unknown_attributes(self, cli: Cli, tmp_path: Path) -> None:
        path = fleet(tmp_path, "mac,macOS,15.0,,")
        _, out, _ = cli("plan", "--fleet", path, *WISH)
        text = " ".join(out.split())
        assert "Unknown and required to be certain: enrollment, supervised." in text
        assert text.endswith(
            "the plan does not know what the hardware supports, nor what Apple offers."
        )

    def test_product_names_are_not_capitalized(self, cli: Cli, tmp_path: Path) -> None:
        path = fleet(tmp_path, "mac,macOS,15.0,true,automated")
        wish = ("--target", "27.0", "--deadline", "2026-12-01T19:00")
        assert "deadline. macOS 27.0 runs only on" in " ".join(
            cli("plan", "--fleet", path, *wish)[1].split()
        )

    def test_control_characters_are_escaped_in_the_table(self, cli: Cli, tmp_path: Path) -> None:
        name = "\x1b]0;x\x07\u202e\x9b=1"
        path = fleet(tmp_path, f"{name},macOS,15.0,true,automated")
        arguments = ("plan", "--fleet", path, *WISH)
        assert r"\x1b]0;x\x07\u202e\x9b=1" in cli(*arguments)[1]
        assert plans_of(cli(*arguments, "--format", "json")[1])[0]["device"] == name
        (row,) = csv.DictReader(io.StringIO(cli(*arguments, "--format", "csv")[1]))
        assert row["device"] == name

    def test_formulas_are_escaped(self, cli: Cli, tmp_path: Path) -> None:
        path = fleet(tmp_path, "=1+1,macOS,15.0,true,automated")
        out = cli("plan", "--fleet", path, *WISH, "--format", "csv")[1]
        assert out.splitlines()[1].startswith("'=1+1,")

    def test_column_summary(self, cli: Cli, tmp_path: Path) -> None:
        path = tmp_path / "fleet.csv"
        path.write_text("name,platform,os_version,supervized,room\na,macOS,15.0,t,1\nb,,,,2\n")
        _, plain, _ = cli("plan", "--fleet", path, *WISH)
        _, out, err = cli("plan", "--fleet", path, *WISH, "--explain-inventory")
        assert out == plain
        assert [" ".join(line.split()) for line in err.splitlines()] == [
            f"{path}: 2 rows, 1 usable",
            "column read for rows",
            "platform platform 1",
            "os_version os_version 1",
            "name name 2",
            "supervized did you mean supervised? 1",
            "room - 2",
            "enrollment is unknown for 1 device",
            "model is unknown for 1 device",
            "supervised is unknown for 1 device",
        ]

    def test_strict_fails_on_unknown_attributes(self, cli: Cli, tmp_path: Path) -> None:
        path = fleet(tmp_path, "mac,macOS,15.0,,")
        assert cli("plan", "--fleet", path, *WISH)[0] == 0
        assert cli("plan", "--fleet", path, *WISH, "--strict")[0] == 1


class TestMachineFormats:
    def test_json(self, cli: Cli) -> None:
        status, out, _ = cli("plan", "--fleet", SCHOOL, *WISH, "--format", "json")
        assert status == 1
        entries = plans_of(out)
        assert len(entries) == 22
        first = entries[0]
        assert (first["device"], first["method"], first["action"]) == (
            "cart-a-01",
            "command",
            "Default",
        )
        kind = osu.ScheduleOSUpdateCommand
        assert osu.from_dict(first["messages"][0], kind, strict=True).updates is not None
        assert entries[6]["change"].startswith("Supervise the device")

    def test_totals_in_json(self, cli: Cli, tmp_path: Path) -> None:
        rows = ("pc,Windows,11,,", "mac,macOS,15.0,true,automated", "new,macOS,27.0,,")
        arguments = ("plan", "--fleet", fleet(tmp_path, *rows), *WISH, "--format", "json")
        assert json.loads(cli(*arguments)[1])["totals"] == {
            "devices": 2,
            "methods": {"declaration": 1, "nothing": 1},
            "unusable": 1,
            "uncertain": 1,
        }

    def test_csv(self, cli: Cli) -> None:
        _, out, _ = cli("plan", "--fleet", SCHOOL, *WISH, "--format", "csv")
        rows = list(csv.DictReader(io.StringIO(out)))
        assert len(rows) == 22
        assert rows[17]["undecided"] == "enrollment releases supervised"
        assert rows[1]["action"] == ""

    @pytest.mark.parametrize(("fmt", "nothing"), [("json", []), ("csv", None), ("text", None)])
    def test_no_devices(self, cli: Cli, tmp_path: Path, fmt: str, nothing: object) -> None:
        path = tmp_path / "none.json"
        path.write_text("[]")
        status, _, err = cli("plan", "--fleet", path, *WISH, "--format", fmt)
        assert (status, "no device" in err) == (2, True)


def test_invalid_rows(cli: Cli, tmp_path: Path) -> None:
    path = fleet(tmp_path, "pc,Windows,11,,", "mac,macOS,15.0,true,automated")
    status, out, _ = cli("plan", "--fleet", path, *WISH)
    assert status == 1
    assert [line[41:67].strip() for line in out.splitlines()[1:3]] == [
        "unusable row",
        "declaration",
    ]
    assert "2 devices: 1 declaration; 1 unusable row" in out
    assert "1 device: line 2: unknown platform 'Windows'." in out
    entries = plans_of(cli("plan", "--fleet", path, *WISH, "--format", "json")[1])
    assert [entry["method"] for entry in entries] == ["unusable row", "declaration"]
    assert entries[0]["messages"] == []
    rows = list(
        csv.DictReader(io.StringIO(cli("plan", "--fleet", path, *WISH, "--format", "csv")[1]))
    )
    assert [row["platform"] for row in rows] == ["", "macOS"]


def test_with_releases(cli: Cli, tmp_path: Path) -> None:
    asset = {"ProductVersion": "26.3", "Build": "25D125", "PostingDate": "2026-02-11"}
    catalog = tmp_path / "pmv.json"
    catalog.write_text(
        json.dumps({"AssetSets": {"macOS": [asset | {"SupportedDevices": ["Mac14,2"]}]}})
    )
    path = tmp_path / "fleet.csv"
    path.write_text(
        "name,platform,os_version,model\nmac,macOS,15.0,Mac14,2\n".replace("Mac14,2", '"Mac14,2"')
    )
    wish = ("--target", "latest", "--deadline", "30d@19:00")
    arguments = ("plan", "--fleet", path, *wish, "--format", "json")
    (entry,) = plans_of(cli(*arguments, "--releases", catalog)[1])
    assert (entry["target"], entry["deadline"]) == ("26.3", "2026-03-13T19:00:00")
    assert entry["messages"][0]["Payload"]["TargetLocalDateTime"] == "2026-03-13T19:00:00"
    assert entry["messages"][0]["Identifier"] == "softwareupdate.enforcement.26.3.2026-03-13"
    _, out, err = cli(*arguments[:-2], "--releases", catalog)
    assert "declaration 26.3" in out
    assert "Deadline: 2026-03-13T19:00:00." in out
    assert err == ""
    status, _, err = cli(*arguments)
    assert (status, "releases" in err) == (2, True)
    catalog.write_text(catalog.read_text().replace("2026-02-11", "2025-02-11"))
    assert "was posted 384 days ago" in cli(*arguments, "--releases", catalog)[2]
    catalog.write_text("{}")
    status, _, err = cli(*arguments, "--releases", catalog)
    assert (status, err.startswith(f"mdm-osupdate: {catalog}: ")) == (2, True)


@pytest.mark.parametrize(("ending", "begins"), [("csv", "device,"), ("json", "{"), ("txt", "dev")])
def test_output_file_names_the_format(cli: Cli, tmp_path: Path, ending: str, begins: str) -> None:
    file = tmp_path / f"plan.{ending}"
    status, out, _ = cli("plan", "--fleet", SCHOOL, *WISH, "-o", file)
    assert (status, out) == (1, "")
    assert file.read_text().startswith(begins)


def test_standard_input_is_read_once(cli: Cli) -> None:
    status, _, err = cli("plan", "--fleet", "-", *WISH, "--releases", "-", stdin=b"")
    assert (status, "standard input can be read only once" in err) == (2, True)


class TestFiles:
    def test_messages(self, cli: Cli, tmp_path: Path) -> None:
        out = tmp_path / "send"
        cli("plan", "--fleet", SCHOOL, *WISH, "--out", out)
        commands = sorted(path.name for path in (out / "commands").iterdir())
        assert commands == [
            "cart-a-01.1.plist",
            "hall-tv.1.plist",
            "lab-01.1.plist",
            "lab-01.2.plist",
            "lab-02.1.plist",
            "lab-03.1.plist",
        ]
        scan = plistlib.loads((out / "commands" / "lab-01.1.plist").read_bytes())
        assert scan["Command"] == {"RequestType": "ScheduleOSUpdateScan", "Force": True}
        types = {
            json.loads(path.read_text())["Identifier"]: json.loads(path.read_text())["Type"]
            for path in (out / "declarations").iterdir()
        }
        subscription = "mdm-osupdate.configuration.management.status-subscriptions"
        assert types == {
            "softwareupdate.enforcement.26.1": (
                "com.apple.configuration.softwareupdate.enforcement.specific"
            ),
            "activation.softwareupdate.enforcement.26.1": "com.apple.activation.simple",
            subscription: "com.apple.configuration.management.status-subscriptions",
            f"activation.{subscription}": "com.apple.activation.simple",
        }
        assert cli("check", *(out / "declarations").iterdir(), out / "commands")[0] == 0

    def test_unsafe_names(self, cli: Cli, tmp_path: Path) -> None:
        rows = ["../../etc,iOS,16.0,true,", "../../etc,iOS,16.0,true,", "//,iOS,16.0,true,"]
        out = tmp_path / "send"
        assert cli("plan", "--fleet", fleet(tmp_path, *rows), *WISH, "--out", out)[0] == 0
        assert sorted(path.name for path in (out / "commands").iterdir()) == [
            "device.1.plist",
            "etc.1.plist",
            "etc~2.1.plist",
        ]

    def test_many_equal_names(self, cli: Cli, tmp_path: Path) -> None:
        path = tmp_path / "fleet.csv"
        name = "ü" * 150
        rows = [f"{name},iOS,16.0,true,S{number}\n" for number in range(1_000)]
        path.write_text("name,platform,os_version,supervised,serial number\n" + "".join(rows))
        out = tmp_path / "send"
        assert cli("plan", "--fleet", path, *WISH, "--out", out)[0] == 0
        with (out / "assignments.csv").open() as file:
            assigned = list(csv.DictReader(file))
        assert [row["identifier"] for row in assigned] == [f"S{n}" for n in range(1_000)]
        files = [row["file"] for row in assigned]
        assert len({*files}) == len(files)
        assert files[1] == f"commands/{'ü' * 100}~2.1.plist"
        assert all((out / file).is_file() for file in files[:3])

    def test_name_collisions(self, cli: Cli, tmp_path: Path) -> None:
        out = tmp_path / "send"
        names = ["iPad", "ipad~2", "ipad", "IPAD"]
        rows = [f"{name},iOS,16.0,true," for name in names]
        cli("plan", "--fleet", fleet(tmp_path, *rows), *WISH, "--out", out)
        assert sorted(path.name for path in (out / "commands").iterdir()) == [
            "IPAD~3.1.plist", "iPad.1.plist", "ipad-2.1.plist", "ipad~2.1.plist",
        ]  # fmt: skip

    def test_assignments(self, cli: Cli, tmp_path: Path) -> None:
        out = tmp_path / "send"
        cli("plan", "--fleet", SCHOOL, *WISH, "--out", out)
        with (out / "assignments.csv").open() as file:
            rows = [row for row in csv.DictReader(file) if row["device"] in ("lab-01", "lab-04")]
        assert [(row["device"], row["order"], row["file"].split("/")[0]) for row in rows] == [
            ("lab-01", "1", "commands"),
            ("lab-01", "2", "commands"),
            *(("lab-04", str(order), "declarations") for order in (1, 2, 3, 4)),
        ]
        assert cli("check", out)[0] == 0

    @pytest.mark.parametrize("exists", [True, False])
    def test_directory_is_written_atomically(
        self, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exists: bool
    ) -> None:
        out = tmp_path / "send"
        if exists:
            out.mkdir()

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(Path, "write_bytes", full)
            status, _, err = cli("plan", "--fleet", SCHOOL, *WISH, "--out", out)
        assert (status, "No space left" in err) == (2, True)
        assert [path.name for path in tmp_path.iterdir()] == ["send"] * exists
        assert not exists or not any(out.iterdir())
        assert cli("plan", "--fleet", SCHOOL, *WISH, "--out", out)[0] == 1
        assert [path.name for path in tmp_path.iterdir()] == ["send"]

    def test_nonempty_directory_is_rejected(self, cli: Cli, tmp_path: Path) -> None:
        (tmp_path / "x").write_text("")
        status, _, err = cli("plan", "--fleet", SCHOOL, *WISH, "--out", tmp_path)
        assert (status, "is not empty" in err) == (2, True)
        assert [path.name for path in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize(
    "wish",
    [
        ("--target", "latest", "--deadline", "2026-12-01T19:00"),
        ("--target", "26.1", "--deadline", "2026-12-01"),
        ("--target", "26.1", "--deadline", "2026-12-01T19:00Z"),
        ("--target", "26.1", "--deadline", "tomorrow"),
        ("--target", "26.1"),
    ],
)
def test_invalid_options(cli: Cli, wish: tuple[str, ...]) -> None:
    status, out, err = cli("plan", "--fleet", SCHOOL, *wish)
    assert (status, out) == (2, "")
    assert "mdm-osupdate: " in err
