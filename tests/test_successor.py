"""The declaration that replaces a command."""

import datetime as dt
from typing import Any

import attrs
import pytest

import mdm_osupdate as osu
from mdm_osupdate.declarations import SoftwareUpdateEnforcementSpecific
from mdm_osupdate.planning import Successor, successor

BY = "2026-12-01T19:00:00"
MAC = osu.Device("macOS", "15.6", supervised=True, enrollment="automated")


def command(*items: dict[str, Any], **more: Any) -> osu.ScheduleOSUpdateCommand:
    given = [osu.UpdatesItem(**{"install_action": "InstallASAP"} | item) for item in items]
    return osu.ScheduleOSUpdateCommand(given, **more)


def test_enforces_the_version_of_the_command() -> None:
    made = successor(command({"product_version": "26.1"}), MAC, dt.datetime(2026, 12, 1, 19))
    declaration = SoftwareUpdateEnforcementSpecific(
        target_os_version="26.1", target_local_date_time=BY
    )
    assert made == Successor(declaration, made.report)
    assert made.report.findings == ()


def test_device_is_optional() -> None:
    made = successor(command({"product_key": "MSU_UPDATE_25B74_patch_26.1"}), deadline=BY)
    assert made.declaration.target_os_version == "26.1"


@pytest.mark.parametrize(
    "item",
    [
        {"install_action": "NotifyOnly"},
        {"install_action": "DownloadOnly"},
        {"install_action": "InstallLater", "max_user_deferrals": 3},
        {"priority": "High"},
    ],
)
def test_reports_what_is_lost(item: dict[str, Any]) -> None:
    report = successor(command({"product_version": "26.1"} | item), MAC, BY).report
    assert [finding.rule for finding in report] == ["OSU410"]


def test_reports_dropped_updates() -> None:
    items = [{"product_version": "26.1"}, {"product_key": "091-09590"}]
    (finding,) = successor(command(*items), MAC, BY).report
    assert finding.rule == "OSU410"
    assert finding.message == ("Updates[1] is dropped: ProductKey '091-09590' contains no version")


def test_uses_the_newest_version() -> None:
    items = [{"product_version": "26.0.1"}, {"product_version": "26.1"}]
    made = successor(command(*items, request_requires_network_tether=True), MAC, BY)
    assert made.declaration.target_os_version == "26.1"
    tether, other = made.report
    assert "tether" in tether.message
    assert "26.0.1" in other.message


def test_reports_unsupported_devices() -> None:
    made = successor(command({"product_version": "26.1"}), osu.Device("macOS", "13.0"), BY)
    assert [finding.rule for finding in made.report] == ["OSU621"]


@pytest.mark.parametrize(
    ("items", "where"),
    [
        ([{"product_key": "iOSUpdate23B74"}], "ProductKey 'iOSUpdate23B74' contains no version"),
        ([{"product_version": "latest"}], "ProductVersion 'latest' contains no version"),
        ([{}], "an item without ProductKey and ProductVersion"),
        ([], "the command contains no update"),
    ],
)
def test_command_without_a_version(items: list[dict[str, Any]], where: str) -> None:
    with pytest.raises(osu.InvalidMessageError, match=where) as caught:
        successor(command(*items), MAC, BY)
    assert {finding.rule for finding in caught.value.report} == {"OSU411"}


class TestSecurityResponses:
    asked = command({"product_version": "26.0"}, {"product_version": "26.3.1 (a)"})
    device = attrs.evolve(MAC, os_version="26.3.1")

    def test_letter_needs_a_build(self) -> None:
        with pytest.raises(osu.InvalidMessageError, match="its build is unknown") as caught:
            successor(self.asked, self.device, BY)
        assert [finding.path for finding in caught.value.report] == ["Command.Updates[1]"]

    def test_declaration_has_the_build(self) -> None:
        made = successor(self.asked, self.device, BY, build="25D771280a").declaration
        assert (made.target_os_version, made.target_build_version) == ("26.3.1", "25D771280a")


def test_invalid_arguments() -> None:
    with pytest.raises(TypeError, match="command must be ScheduleOSUpdateCommand"):
        successor(osu.OSUpdateStatusCommand(), MAC, BY)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="deadline is missing"):
        successor(command({"product_version": "26.1"}))  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="invalid local time"):
        successor(command({"product_version": "26.1"}), MAC, "2026-12-01T19:00:00Z")
