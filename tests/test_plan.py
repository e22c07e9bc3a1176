"""The plan for a fleet: what to send to each device, and why."""

import datetime as dt
import itertools
from collections.abc import Iterator
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mdm_osupdate as osu
from mdm_osupdate import planning
from mdm_osupdate import strategies as osus
from mdm_osupdate.declarations import SoftwareUpdateEnforcementSpecific

BY = "2026-12-01T19:00:00"
GOOD: dict[str, Any] = {"supervised": True, "enrollment": "automated", "access_rights": 8191}


def device(platform: str, version: str, **more: Any) -> osu.Device:
    return osu.Device(platform, version, **GOOD | more)


class TestTheWays:
    @pytest.mark.parametrize(
        ("platform", "version", "way", "action"),
        [
            ("iPadOS", "26.1", "nothing", None),
            ("iPadOS", "26.1.1", "nothing", None),
            ("macOS", "27.0", "nothing", None),
            ("iPadOS", "26.0.1", "declaration", None),
            ("iPadOS", "17.0", "declaration", None),
            ("iPadOS", "16.7.10", "command", "Default"),
            ("iOS", "11.3", "command", "Default"),
            ("macOS", "14.0", "declaration", None),
            ("macOS", "13.7", "command", "InstallASAP"),
            ("macOS", "12.0", "command", "InstallASAP"),
            ("tvOS", "18.4", "declaration", None),
            ("tvOS", "18.3", "command", "Default"),
            ("visionOS", "26.0", "declaration", None),
            ("visionOS", "2.5", "impossible", None),
            ("watchOS", "11.0", "impossible", None),
        ],
    )
    def test_by_platform_and_version(
        self, platform: str, version: str, way: str, action: str | None
    ) -> None:
        plan = planning.plan(device(platform, version), "26.1", BY)
        assert (plan.method, plan.action) == (way, action)
        assert plan.reason
        assert bool(plan.messages) == (way not in ("nothing", "impossible"))
        assert bool(plan.change) == (way == "impossible")

    def test_the_declaration_has_target_and_deadline(self) -> None:
        plan = planning.plan(
            device("macOS", "15.0"), osu.OSVersion("26.1"), dt.datetime(2026, 12, 1, 19)
        )
        assert plan.messages == (
            SoftwareUpdateEnforcementSpecific(target_os_version="26.1", target_local_date_time=BY),
        )

    def test_the_command_has_the_version(self) -> None:
        (command,) = planning.plan(device("iOS", "16.0"), "26.1", BY).messages
        assert isinstance(command, osu.ScheduleOSUpdateCommand)
        assert command.updates == (
            osu.UpdatesItem(install_action="Default", product_version="26.1"),
        )

    @pytest.mark.parametrize(
        ("platform", "version", "requests"),
        [
            ("macOS", "11.7", ["ScheduleOSUpdateScan", "AvailableOSUpdates"]),
            ("iOS", "11.2", ["AvailableOSUpdates"]),
        ],
    )
    def test_without_a_version_the_list_comes_first(
        self, platform: str, version: str, requests: list[str]
    ) -> None:
        plan = planning.plan(device(platform, version), "26.1", BY)
        assert (plan.method, plan.action) == ("command", None)
        assert [m.request_type for m in plan.messages if isinstance(m, osu.Command)] == requests
        assert "product key of its list" in plan.reason

    def test_a_security_response_wants_its_base_first(self) -> None:
        def sent(version: str) -> tuple[str, list[str]]:
            plan = planning.plan(device("macOS", version), "26.1 (a)", BY)
            return plan.method, [
                message.target_os_version
                if isinstance(message, SoftwareUpdateEnforcementSpecific)
                else "command"
                for message in plan.messages
            ]

        assert sent("26.1") == ("declaration", ["26.1 (a)"])
        assert sent("26.0") == ("declaration", ["26.1", "26.1 (a)"])
        assert sent("13.6") == ("command, then declaration", ["command", "26.1 (a)"])
        assert sent("26.1 (a)") == ("nothing", [])

    def test_a_security_response_of_what_takes_no_declarations(self) -> None:
        plan = planning.plan(device("macOS", "13.3.1"), "13.3.1 (a)", BY)
        assert plan.method == "impossible"


class TestWhatWouldHaveToChange:
    @pytest.mark.parametrize(
        ("given", "reason", "change"),
        [
            (device("macOS", "15.0", supervised=False), "supervis", "Supervise the Mac"),
            (device("macOS", "13.0", supervised=False), "supervis", "Supervise the device"),
            (
                device("iPadOS", "16.0", supervised=False, enrollment="device"),
                "supervised",
                "Supervise the device: enrol it by Automated Device Enrollment or with Apple "
                "Configurator. Or: Have iPadOS 17.0 or newer installed by hand: from then on it "
                "takes the declaration.",
            ),
            (device("iOS", "26.0", enrollment="user"), "User Enrollment", "Ask the user"),
            (device("iOS", "16.0", enrollment="user"), "User Enrollment", "Ask the user"),
            (device("iOS", "16.0", access_rights=1), "APP_INSTALLATION", "Enrol the device"),
            (device("visionOS", "1.0"), "introduced in 26.0", "Have visionOS 26.0 or newer"),
            (device("watchOS", "10.0"), "watchOS", "with its iPhone"),
            (device("macOS", "15.0", channel="user"), "user channel", "Send it to the device"),
        ],
    )
    def test_is_said(self, given: osu.Device, reason: str, change: str) -> None:
        plan = planning.plan(given, "26.1", BY)
        assert plan.method == "impossible"
        assert reason in plan.reason
        assert change in plan.change

    def test_a_mac_is_not_helped_by_hand(self) -> None:
        plan = planning.plan(device("macOS", "13.0", supervised=False), "26.1", BY)
        assert "by hand" not in plan.change

    def test_what_is_not_known_is_named(self) -> None:
        plan = planning.plan(osu.Device("macOS", "15.0"), "26.1", BY)
        assert (plan.method, plan.unknown) == ("declaration", ("enrollment", "supervised"))
        plan = planning.plan(osu.Device("iOS", "16.0", supervised=True), "26.1", BY)
        assert (plan.method, plan.unknown) == ("command", ("access_rights", "enrollment"))


class TestFleets:
    def test_many_devices_are_planned_when_asked_for(self) -> None:
        def endless() -> Iterator[osu.Device]:
            return (device("macOS", f"15.{n % 7}") for n in itertools.count())

        plans = planning.plan(endless(), "26.1", BY)
        assert [plan.method for plan in itertools.islice(plans, 100)] == ["declaration"] * 100

    def test_commands_have_uuids_of_their_own(self) -> None:
        plans = list(planning.plan([device("iOS", "16.0")] * 3, "26.1", BY))
        uuids = {m.command_uuid for p in plans for m in p.messages if isinstance(m, osu.Command)}
        assert len(uuids) == 3

    def test_wrong_arguments_are_told_at_once(self) -> None:
        with pytest.raises(osu.InvalidVersionError):
            planning.plan([], "seventeen", BY)
        with pytest.raises(ValueError, match="invalid local time"):
            planning.plan([], "26.1", "2026-12-01T19:00:00Z")


@given(osus.devices(), st.sampled_from(["15.2", "17.4.1", "18.0", "26.1", "26.1 (a)", "27.1"]))
def test_nothing_is_sent_that_the_device_would_refuse(given: osu.Device, target: str) -> None:
    """Whatever the device, each message is one that it takes when its turn comes."""
    plan = planning.plan(given, target, BY)
    version = osu.OSVersion(target)
    for message in plan.messages:
        assert osu.validate(message, given).ok
        if message is not plan.messages[-1]:
            base = version.base if version.extra else given.os_version
            given = attrs.evolve(given, os_version=max(base, given.os_version))
    assert (plan.method == "nothing") == (given.os_version >= version and not plan.messages)
