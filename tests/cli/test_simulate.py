"""``mdm-osupdate simulate`` and ``mdm-osupdate simulate fleet``."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

Cli = Callable[..., tuple[int, str, str]]


class TestOneDevice:
    def test_iphone(self, cli: Cli) -> None:
        status, out, _ = cli("simulate", "--passcode", "--deferrals", "2", "--loses-response")
        assert status == 0
        assert out.startswith("iOS 17.3, to be updated to 17.4.1\n\nday 1\n")
        assert "\n  downloading: The server polls the progress" in out
        assert "  09:30  server  ScheduleOSUpdate Default iOSUpdate21E80\n" in out
        assert "more times\nday 3\n" in out
        assert out.endswith("\nfinished: installed\n")

    def test_unreported_deferral(self, cli: Cli) -> None:
        _, out, _ = cli("simulate", "--passcode", "--deferrals", "2")
        assert out.count("         user    defers the installation by a day\n") == 2
        assert out.count("The server does not learn this") == 1

    def test_lost_response_and_not_now(self, cli: Cli) -> None:
        _, out, _ = cli("simulate", "--loses-response", "--not-now-every", "4")
        assert "device  (no response: the device restarts)" in out
        assert "(again, with the same CommandUUID)" in " ".join(out.split())
        assert "The device cannot act now" in out

    @pytest.mark.parametrize("nature", [("--not-now-every", "1"), ("--no-space", "1000")])
    def test_repeated_exchanges_are_collapsed(self, cli: Cli, nature: tuple[str, ...]) -> None:
        _, out, _ = cli("simulate", "--days", "3", *nature)
        assert out.count("  server  ") <= 2
        assert re.search(r"… the same exchange \d+ more times", out)

    def test_verbose_shows_every_exchange(self, cli: Cli) -> None:
        _, out, _ = cli("simulate", "--no-space", "1000", "-v")
        assert "the same exchange" not in out
        assert out.count("<string>ScheduleOSUpdate</string>") == 13

    def test_state_is_explained_once(self, cli: Cli) -> None:
        _, out, _ = cli("simulate", "--failing-installs", "1")
        assert out.count("\n\n  downloading: ") == out.count("\n\n  downloading\n") == 1

    def test_times_are_sorted_within_a_day(self, cli: Cli) -> None:
        _, out, _ = cli("simulate", "--failing-installs", "5")
        assert "day 2" in out
        for day in out.split("\nday ")[1:]:
            times = re.findall(r"^  (\d\d:\d\d)  ", day, re.MULTILINE)
            assert times == sorted(times)

    def test_update_to_27_removes_the_commands(self, cli: Cli) -> None:
        status, out, _ = cli("simulate", "--os-version", "26.4", "--target", "27.0")
        assert status == 0
        assert "rejecting them means that the update is installed" in " ".join(out.split())
        assert "any more means" not in cli("simulate", "--os-version", "11.3")[1]

    @pytest.mark.parametrize(("columns", "width"), [("44", 44), ("200", 80)])
    def test_line_length(
        self, cli: Cli, monkeypatch: pytest.MonkeyPatch, columns: str, width: int
    ) -> None:
        monkeypatch.setenv("COLUMNS", columns)
        _, out, _ = cli("simulate", "--no-space", "3", "--loses-response")
        assert max(map(len, out.splitlines())) <= width
        _, out, _ = cli("simulate", "fleet", "--devices", "20", "--declaration-managed")
        assert max(map(len, out.splitlines())) <= width

    def test_mac_with_deferrals(self, cli: Cli) -> None:
        _, out, _ = cli(
            *("simulate", "--platform", "macOS", "--action", "InstallLater"),
            *("--max-user-deferrals", "3", "--deferrals", "2", "--no-space", "3"),
        )
        assert "A Mac lists only what its last scan found" in out
        assert "→ the user has deferred the installation; 1 deferral left" in out
        assert "→ blocked: not enough space for the download" in out

    def test_error(self, cli: Cli) -> None:
        status, out, _ = cli("simulate", "--os-version", "11.3", "--target", "11.3.1")
        assert status == 0
        assert "device  Error: no update is available" in out

    def test_declaration_managed(self, cli: Cli) -> None:
        status, out, _ = cli("simulate", "--declaration-managed")
        assert status == 1
        assert "failed: a declaration manages the updates of this device" in out

    def test_device_on_27(self, cli: Cli) -> None:
        status, out, _ = cli(
            "simulate", "--platform", "macOS", "--os-version", "27.0", "--target", "27.1"
        )
        assert status == 1
        assert "softwareupdate.enforcement.specific" in out

    def test_time_limit(self, cli: Cli) -> None:
        status, out, _ = cli("simulate", "--days", "1", "--deferrals", "3", "--passcode")
        assert status == 1
        assert out.endswith("\nstill installing, waiting until day 2, 09:30\n")

    def test_verbose_shows_property_lists(self, cli: Cli) -> None:
        _, out, _ = cli("simulate", "--verbose", "--loses-response")
        assert out.count("<plist version") == 13

    def test_json(self, cli: Cli) -> None:
        told = json.loads(cli("simulate", "--platform", "macOS", "--format", "json")[1])
        assert told["state"] == "finished"
        assert [e["command"]["Command"]["RequestType"] for e in told["exchanges"]][:2] == [
            "ScheduleOSUpdateScan",
            "AvailableOSUpdates",
        ]

    def test_dates_and_lost_responses_in_json(self, cli: Cli) -> None:
        _, out, _ = cli(
            *("simulate", "--platform", "macOS", "--action", "InstallLater", "--format", "json"),
            *("--max-user-deferrals", "3", "--deferrals", "1"),
        )
        assert '"NextScheduledInstall": "2026-03-03T09:35:00"' in out
        lost = json.loads(cli("simulate", "--loses-response", "--format", "json")[1])
        assert None in [exchange["answer"] for exchange in lost["exchanges"]]

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["--target", "seventeen"], "invalid version"),
            (["--os-version", "x"], "invalid version"),
            (["--no-space", "nan"], "nan is not a number"),
            (["--no-space", "inf"], "--no-space"),
            (["--no-space", "1e12"], "--no-space"),
            (["--no-power", "-5"], "--no-power"),
            (["--days", "5000000000"], "--days"),
            (["--deferrals", "5000000000"], "--deferrals"),
            (["--max-user-deferrals", "5000000000"], "--max-user-deferrals"),
            (["--passcode", "fleet"], "write --passcode after 'fleet'"),
        ],
    )
    def test_invalid_options(self, cli: Cli, arguments: list[str], said: str) -> None:
        status, _, err = cli("simulate", *arguments)
        assert status == 2
        assert said in err


class TestByDeclaration:
    MAC = ("simulate", "--platform", "macOS", "--os-version", "27.0", "--target", "27.1")
    DEADLINE = ("--deadline", "2026-03-05T19:00:00")

    def test_the_timeline_of_a_mac(self, cli: Cli) -> None:
        status, out, _ = cli(*self.MAC, *self.DEADLINE, "--deferrals", "9", "--no-space", "5")
        assert status == 0
        assert out.startswith("macOS 27.0, to be updated to 27.1 by 2026-03-05T19:00:00\n\nday 1\n")
        assert "→ blocked: not enough space for the download" in out
        assert "\nday 4\n  19:12  device  reports install-state none, version 27.1\n" in out
        assert out.endswith("\nfinished: installed\n")

    def test_deadline_without_seconds(self, cli: Cli) -> None:
        assert cli(*self.MAC, "--deadline", "2026-03-05T19:00") == cli(*self.MAC, *self.DEADLINE)

    @pytest.mark.parametrize(
        ("platform", "versions"),
        [
            ("iOS", ("26.0", "26.1")),
            ("iPadOS", ("27.0", "27.1")),
            ("tvOS", ("26.0", "26.1")),
            ("visionOS", ("26.0", "26.1")),
        ],
    )
    def test_every_platform_that_has_them(
        self, cli: Cli, platform: str, versions: tuple[str, str]
    ) -> None:
        was, target = versions
        device = ("--platform", platform, "--os-version", was, "--target", target)
        assert cli("simulate", *device, *self.DEADLINE)[0] == 0

    def test_a_platform_without(self, cli: Cli) -> None:
        status, out, _ = cli("simulate", "--platform", "watchOS", *self.DEADLINE)
        assert status == 1
        assert "failed: watchOS does not support" in out

    def test_a_declaration_in_a_file(self, cli: Cli, tmp_path: Path) -> None:
        path = tmp_path / "enforcement.json"
        target = ("--target", "27.1", *self.DEADLINE)
        path.write_text(cli("build", "enforcement", *target)[1])
        arguments = (*self.MAC[:-2], "--declaration", path)
        assert cli(*arguments) == cli(*self.MAC, *self.DEADLINE)
        told = json.loads(cli(*arguments, "--format", "json")[1])
        assert told["state"] == "finished"
        assert told["declaration"]["Payload"]["TargetOSVersion"] == "27.1"
        assert {"at", "report", "state", "events"} == set(told["reports"][0])
        verbose = cli(*arguments, "-v")[1]
        assert '"TargetOSVersion": "27.1"' in verbose
        assert '"install-state": "downloading"' in verbose

    def test_time_that_is_up(self, cli: Cli) -> None:
        status, out, _ = cli(*self.MAC, *self.DEADLINE, "--no-space", "100", "--days", "1")
        assert status == 1
        assert "\nstill " in out

    def test_a_report_of_declarations_only(self, cli: Cli, tmp_path: Path) -> None:
        path = tmp_path / "enforcement.json"
        target = ("--target", "26.4", *self.DEADLINE)
        path.write_text(cli("build", "enforcement", *target)[1])
        out = cli(*self.MAC[:-2], "--declaration", path)[1]
        assert "finished: " in out

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["--deadline", "soon"], "invalid local time 'soon'"),
            ([*DEADLINE, "--action", "InstallASAP"], "--action has no effect"),
            ([*DEADLINE, "--declaration", "x.json"], "--deadline has no effect"),
            (["--declaration", __file__, "--target", "27.1"], "--target has no effect"),
            (["--declaration", __file__], "test_simulate.py: "),
            (["--target", "x", *DEADLINE], "invalid version 'x'"),
        ],
    )
    def test_options_that_cannot_be_used(self, cli: Cli, arguments: list[str], said: str) -> None:
        status, _, err = cli("simulate", *arguments)
        assert status == 2
        assert said in err


class TestFleet:
    def test_table_chart_and_reasons(self, cli: Cli) -> None:
        status, out, _ = cli("simulate", "fleet", "--devices", "40")
        assert status == 1
        assert re.search(r"platform +devices +finished +failed +waiting", out)
        assert re.search(r"  day  1  █+ +\d+%", out)
        assert "reasons for failure" in out

    def test_seed(self, cli: Cli) -> None:
        one, other = (cli("simulate", "fleet", "--devices", "30", "--seed", seed) for seed in "11")
        assert one == other
        assert cli("simulate", "fleet", "--devices", "30", "--seed", "2") != one

    def test_chart_in_a_narrow_terminal(self, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COLUMNS", "44")
        _, out, _ = cli("simulate", "fleet", "--devices", "20", "--behavior", "calm")
        assert "\n  day  1  ██████████████████████████  100%\n" in out

    def test_reasons_are_aggregated(self, cli: Cli) -> None:
        _, out, _ = cli("simulate", "fleet", "--devices", "20", "--no-space", "1000")
        assert out.endswith("reasons for failure\n    20  not enough space for the download\n")

    def test_calm(self, cli: Cli) -> None:
        assert cli("simulate", "fleet", "--devices", "9", "--behavior", "calm")[0] == 0

    def test_no_finished_device(self, cli: Cli) -> None:
        _, out, _ = cli(
            "simulate", "fleet", "--devices", "2", "--os-version", "27.0", "--target", "27.1"
        )
        assert "day" not in out
        assert "finished by" not in out

    def test_json(self, cli: Cli) -> None:
        _, out, _ = cli("simulate", "fleet", "--devices", "5", "--format", "json")
        assert len(json.loads(out)["devices"]) == 5

    def test_plot(self, cli: Cli, tmp_path: Path) -> None:
        picture = tmp_path / "fleet.svg"
        options = ("simulate", "fleet", "--devices", "2", "--no-space", "1000", "--plot", picture)
        status, out, _ = cli(*options, "--format", "json")
        assert status == 1
        assert {"platform", "state", "reason", "hours"} == set(json.loads(out)["devices"][0])
        image = ElementTree.parse(picture).getroot()
        title, description, *_ = (element.text or "" for element in image)
        assert title == "Simulated updates of 2 devices"
        assert description.startswith("0 of 2 updates finished, 2 failed.")
        assert "Failed: 2: not enough space for the download." in description

    def test_plot_of_days(self, cli: Cli, tmp_path: Path) -> None:
        picture = tmp_path / "fleet.svg"
        options = ("--devices", "1", "--behavior", "calm", "--plot", picture)
        assert cli("simulate", "fleet", *options)[0] == 0
        text = picture.read_text()
        assert "1 of 1 updates finished, 0 failed. Finished by the end of day 1: 100%." in text
        assert "Reasons for failure" not in text

    def test_plot_does_not_overwrite(self, cli: Cli, tmp_path: Path) -> None:
        picture = tmp_path / "fleet.svg"
        picture.write_text("mine")
        options = ("simulate", "fleet", "--devices", "1", "--plot", picture)
        status, out, err = cli(*options)
        assert (status, out, picture.read_text()) == (2, "", "mine")
        assert "fleet.svg exists: replace it with --force" in err
        assert cli(*options, "--force")[0] in (0, 1)
        assert picture.read_text().startswith("<svg")
        assert "--force needs --plot" in cli("simulate", "fleet", "--force")[2]
