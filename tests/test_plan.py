"""Plans: the messages for each device of a fleet, and their reasons."""

import datetime as dt
import itertools
from collections.abc import Iterator
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mdm_osupdate as osu
from mdm_osupdate import strategies as osus
from mdm_osupdate.declarations import SoftwareUpdateEnforcementSpecific
from mdm_osupdate.planning import Method, Plan, plan, plan_fleet
from mdm_osupdate.releases import load_releases

BY = "2026-12-01T19:00:00"
GOOD: dict[str, Any] = {"supervised": True, "enrollment": "automated", "access_rights": 8191}
RESPONSE = "25D771280a"


def device(platform: str, version: str, **more: Any) -> osu.Device:
    return osu.Device(platform, version, **GOOD | more)


def sent(planned: Plan) -> list[str]:
    """The messages of a plan, in brief."""
    return [
        " ".join(filter(None, (message.target_os_version, message.target_build_version)))
        if isinstance(message, SoftwareUpdateEnforcementSpecific)
        else str(getattr(message, "request_type", message))
        for message in planned.messages
    ]


class TestMethods:
    @pytest.mark.parametrize(
        ("platform", "version", "method", "action"),
        [
            ("iPadOS", "26.1", "nothing", None),
            ("iPadOS", "26.1.1", "nothing", None),
            ("macOS", "27.0", "nothing", None),
            ("iPadOS", "26.0.1", "declaration", None),
            ("iPadOS", "17.0", "declaration", None),
            ("iPadOS", "16.6.1", "command", "Default"),
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
        self, platform: str, version: str, method: str, action: str | None
    ) -> None:
        planned = plan(device(platform, version), "26.1", BY)
        assert (planned.method, planned.action) == (method, action)
        assert planned.reason
        assert bool(planned.messages) == (method not in ("nothing", "impossible"))
        assert bool(planned.change) == (method == "impossible")
        assert (planned.target == osu.OSVersion("26.1")) == bool(planned.messages)

    @pytest.mark.parametrize(
        ("platform", "version", "reason"),
        [
            ("macOS", "26.1", "already on 26.1"),
            ("macOS", "26.0", "send the declaration: the device installs at the deadline"),
            (
                "iOS",
                "16.6",
                "too old for declarations: send ScheduleOSUpdate (Default) now to download, and "
                "again at the deadline to install",
            ),
        ],
    )
    def test_reason(self, platform: str, version: str, reason: str) -> None:
        assert plan(device(platform, version), "26.1", BY).reason == reason

    def test_declaration_states_target_and_deadline(self) -> None:
        planned = plan(device("macOS", "15.0"), osu.OSVersion("26.1"), dt.datetime(2026, 12, 1, 19))
        assert planned.messages == (
            SoftwareUpdateEnforcementSpecific(target_os_version="26.1", target_local_date_time=BY),
        )

    def test_command_states_the_version(self) -> None:
        (command,) = plan(device("iOS", "16.0"), "26.1", BY).messages
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
    def test_devices_without_product_version_require_a_product_key(
        self, platform: str, version: str, requests: list[str]
    ) -> None:
        planned = plan(device(platform, version), "26.1", BY)
        assert (planned.method, planned.action, sent(planned)) == ("command", None, requests)
        assert "ProductKey from the list" in planned.reason


class TestSecurityResponses:
    def test_declaration_on_the_base_version(self) -> None:
        planned = plan(device("macOS", "26.3.1"), "26.3.1", BY, build=RESPONSE)
        assert (planned.method, sent(planned)) == ("declaration", [f"26.3.1 {RESPONSE}"])

    def test_declaration_omits_the_letter(self) -> None:
        planned = plan(device("macOS", "26.3.1"), "26.3.1 (a)", BY, build=RESPONSE)
        assert sent(planned) == [f"26.3.1 {RESPONSE}"]

    def test_build_is_required(self) -> None:
        planned = plan(device("macOS", "26.3.1"), "26.3.1 (a)", BY)
        assert planned.method == "impossible"
        assert planned.change == "Give the build of 26.3.1 (a), such as 25D771280a."

    @pytest.mark.parametrize(
        ("platform", "version", "number"),
        [
            ("iOS", "17.6", 2),
            ("iOS", "18.0", 1),
            ("iPadOS", "17.6", 2),
            ("iPadOS", "18.0", 1),
            ("macOS", "14.6", 2),
            ("macOS", "15.0", 1),
            ("tvOS", "18.4", 1),
            ("visionOS", "26.0", 1),
        ],
    )
    def test_number_of_declarations_by_version(
        self, platform: str, version: str, number: int
    ) -> None:
        planned = plan(device(platform, version), "26.3.1", BY, build=RESPONSE)
        assert sent(planned) == ["26.3.1", f"26.3.1 {RESPONSE}"][-number:]

    def test_two_declarations_have_distinct_deadlines_and_identifiers(self) -> None:
        base, response = plan(device("macOS", "14.6"), "26.3.1", BY, build=RESPONSE).messages
        assert isinstance(base, SoftwareUpdateEnforcementSpecific)
        assert isinstance(response, SoftwareUpdateEnforcementSpecific)
        assert base.target_local_date_time == "2026-12-01T18:00:00"
        assert response.target_local_date_time == BY
        assert base.identifier != response.identifier

    @pytest.mark.parametrize(
        ("version", "build", "method", "undecided"),
        [
            ("26.3.1 (a)", RESPONSE, "nothing", False),
            ("26.3.1", RESPONSE, "nothing", False),
            ("26.3.1", "25D2128", "declaration", False),
            ("26.3.1 (a)", None, "declaration", True),
            ("26.3.2", None, "nothing", False),
        ],
    )
    def test_installed_build(
        self, version: str, build: str | None, method: str, undecided: bool
    ) -> None:
        planned = plan(device("macOS", version, build=build), "26.3.1", BY, build=RESPONSE)
        assert (planned.method, "build" in planned.undecided) == (method, undecided)

    @pytest.mark.parametrize(
        ("version", "requests"),
        [
            ("13.3.1", ["ScheduleOSUpdateScan", "AvailableOSUpdates"]),
            ("13.2", ["ScheduleOSUpdate", "ScheduleOSUpdateScan", "AvailableOSUpdates"]),
        ],
    )
    def test_older_devices_require_a_product_key(self, version: str, requests: list[str]) -> None:
        planned = plan(device("macOS", version), "13.3.1 (a)", BY)
        assert (planned.method, sent(planned)) == ("command", requests)
        assert "by " in planned.reason
        assert "ProductKey" in planned.reason

    def test_command_for_the_base_and_declaration_for_the_response(self) -> None:
        planned = plan(device("macOS", "13.6"), "26.3.1", BY, build=RESPONSE)
        assert planned.method == "command, then declaration"
        assert sent(planned) == ["ScheduleOSUpdate", f"26.3.1 {RESPONSE}"]

    def test_already_installed(self) -> None:
        assert plan(device("macOS", "13.3.1 (a)"), "13.3.1 (a)", BY).method == "nothing"


class TestImpossible:
    @pytest.mark.parametrize(
        "given",
        [
            device("macOS", "15.0", supervised=False),
            device("macOS", "13.0", supervised=False),
            device("iOS", "26.0", enrollment="user"),
            device("iOS", "16.0", enrollment="user"),
            device("iOS", "16.0", access_rights=1),
            device("watchOS", "10.0"),
            device("macOS", "15.0", channel="user"),
        ],
    )
    def test_reason_and_change_match_the_rules(self, given: osu.Device) -> None:
        planned = plan(given, "26.1", BY)
        assert planned.method == "impossible"
        declaration = SoftwareUpdateEnforcementSpecific(
            target_os_version="26.1", target_local_date_time=BY
        )
        item = osu.UpdatesItem(install_action="Default", product_version="26.1")
        findings = [
            finding
            for message in (declaration, osu.ScheduleOSUpdateCommand([item]))
            for finding in osu.validate(message, given).errors
        ]
        assert any(finding.message in planned.reason for finding in findings)
        assert any(finding.hint in planned.change for finding in findings)

    @pytest.mark.parametrize(
        ("given", "by_hand"),
        [
            (device("iPadOS", "16.0", supervised=False, enrollment="device"), "iPadOS 17.0"),
            (device("visionOS", "1.0"), "visionOS 26.0"),
            (device("macOS", "13.0", supervised=False), None),
            (device("watchOS", "10.0"), None),
        ],
    )
    def test_manual_installation_is_suggested(self, given: osu.Device, by_hand: str | None) -> None:
        planned = plan(given, "26.1", BY)
        sentence = f"Install {by_hand} or newer by hand: from then on, send the declaration."
        assert (sentence in planned.change) is (by_hand is not None)

    @pytest.mark.parametrize(
        ("platform", "version", "target", "reason"),
        [
            ("macOS", "15.2", "18.1", "macOS 18.1 does not exist"),
            ("iOS", "18.2", "19.0", "iOS 19.0 does not exist"),
            ("visionOS", "2.0", "18.0", "visionOS 18.0 does not exist"),
        ],
    )
    def test_nonexistent_versions(
        self, platform: str, version: str, target: str, reason: str
    ) -> None:
        planned = plan(device(platform, version), target, BY)
        assert (planned.method, planned.reason) == ("impossible", reason)

    def test_unsupported_hardware(self) -> None:
        planned = plan(device("iPadOS", "16.7.10"), "26.1", BY)
        assert planned.method == "impossible"
        assert planned.change == ("Replace the device, or choose a version of 16 as the target.")
        assert plan(device("iPadOS", "16.7.10"), "16.7.16", BY).method == "command"

    @pytest.mark.parametrize(
        ("model", "method"),
        [
            ("MacBookPro16,1", "impossible"),
            ("MacBookPro17,1", "declaration"),
            ("MacBookAir9,1", "impossible"),
            ("Mac14,2", "declaration"),
            ("VirtualMac2,1", "declaration"),
            ("Xserve3,1", "declaration"),
            (None, "declaration"),
        ],
    )
    def test_macos_27_requires_apple_silicon(self, model: str | None, method: str) -> None:
        planned = plan(device("macOS", "26.1", model=model), "27.0", BY)
        assert planned.method == method
        unsure = method == "declaration" and model in (None, "Xserve3,1")
        assert any("runs only on Apple silicon" in each for each in planned.warnings) is unsure
        assert plan(device("macOS", "26.1", model=model), "26.2", BY).method == "declaration"


class TestUndecided:
    def test_unknown_attributes(self) -> None:
        planned = plan(osu.Device("macOS", "15.0"), "26.1", BY)
        assert planned.undecided == ("enrollment", "releases", "supervised")
        planned = plan(osu.Device("iOS", "16.0", supervised=True), "26.1", BY)
        assert planned.undecided == ("access_rights", "enrollment", "releases")

    def test_device_on_the_target_is_decided(self) -> None:
        assert plan(osu.Device("macOS", "26.1"), "26.1", BY).undecided == ()


class TestWarnings:
    @pytest.mark.parametrize(
        ("given", "warning"),
        [
            (device("iPadOS", "16.0", shared_ipad=True), "a user is logged in"),
            (device("macOS", "10.13.6", enrollment="device"), "macOS 10.13.6"),
            (device("macOS", "15.0"), "bootstrap token"),
            (device("macOS", "15.0", model="Mac14,2"), "bootstrap token"),
        ],
    )
    def test_warnings(self, given: osu.Device, warning: str) -> None:
        planned = plan(given, "26.1", BY)
        assert planned.messages
        assert any(warning in each for each in planned.warnings)

    @pytest.mark.parametrize(
        "given",
        [
            device("iPadOS", "16.0", shared_ipad=False),
            device("macOS", "15.0", model="MacBookPro16,1"),
            device("macOS", "10.14.6", enrollment="device"),
            device("tvOS", "18.4"),
        ],
    )
    def test_no_warnings(self, given: osu.Device) -> None:
        assert plan(given, "26.1", BY).warnings == ()

    def test_past_deadline(self) -> None:
        iphone, deadline = device("iOS", "18.0"), dt.datetime(2026, 12, 1, 19)
        assert plan(iphone, "26.1", BY, now=deadline).warnings == ()
        late = plan(iphone, "26.1", BY, now=deadline + dt.timedelta(seconds=1))
        assert late.warnings == ("the deadline has passed: the device installs as soon as it can",)


def asset(version: str, build: str, *devices: str, **more: str) -> dict[str, Any]:
    dates = {"PostingDate": "2026-07-01", "ExpirationDate": "2026-12-24"}
    named = {"ProductVersion": version, "Build": build, "SupportedDevices": list(devices)}
    return named | dates | more


RELEASES = load_releases(
    {
        "AssetSets": {
            "iOS": [
                asset("16.7.16", "20H400", "iPhone10,3", "iPad6,11"),
                asset("26.6", "23G70", "iPad11,1", "iPhone12,1"),
                asset("26.5.2", "23F90", "iPad11,1", "iPhone12,1"),
                asset("18.7.9", "22H500", "iPad11,1", PostingDate="2026-07-15"),
                asset("26.4", "23E80", "iPad11,1", ExpirationDate="2026-07-10"),
            ],
            "macOS": [asset("26.3.1", "25D2128", "J1AP")],
        },
        "PublicBackgroundSecurityImprovements": {
            "macOS": [
                asset(
                    "26.3.1", RESPONSE, "J1AP",
                    ProductVersionExtra="(a)", PrerequisiteBuild="25D2128",
                )
            ]
        },
    }
)  # fmt: skip


class TestReleases:
    def planned(self, given: osu.Device, target: str, deadline: str = BY, **more: Any) -> Plan:
        return plan(given, target, deadline, releases=RELEASES, **more)

    @pytest.mark.parametrize(
        ("version", "target", "gets"),
        [
            ("17.5", "latest", "26.6"),
            ("18.5", "latest-minor", "18.7.9"),
            ("26.5.1", "latest-patch", "26.5.2"),
            ("26.5.1", "26.6", "26.6"),
        ],
    )
    def test_newest_release_for_the_device(self, version: str, target: str, gets: str) -> None:
        planned = self.planned(device("iPadOS", version, model="iPad11,1"), target)
        assert (planned.method, sent(planned)) == ("declaration", [gets])
        assert planned.target == osu.OSVersion(gets)
        assert planned.undecided == ()

    def test_targets_differ_between_devices(self) -> None:
        fleet = [
            device("iOS", "16.7.10", model="iPhone10,3"),
            device("iPadOS", "26.6", device_id="iPad11,1"),
            device("iPadOS", "17.6"),
            device("iPadOS", "17.6", model="iPad99,1"),
        ]
        plans = list(plan_fleet(fleet, "latest", BY, releases=RELEASES))
        assert [planned.method for planned in plans] == [
            "command",
            "nothing",
            "impossible",
            "impossible",
        ]
        assert plans[0].target == osu.OSVersion("16.7.16")
        assert "model of the device is unknown" in plans[2].reason
        assert plans[3].reason == "the releases do not list iPad99,1"

    @pytest.mark.parametrize(
        ("version", "model", "target", "reason", "change"),
        [
            ("16.7.10", "iPhone10,3", "26.1", "newest version for this hardware", "16.7.16"),
            ("16.7.16", "iPhone10,3", "26.1", "newest version for this hardware", "Replace"),
            ("26.0", "iPad11,1", "26.4", "does not offer 26.4", "Choose 26.6"),
            ("26.0", "iPad11,1", "26.5", "does not offer 26.5", "Choose 26.6"),
        ],
    )
    def test_target_not_offered(
        self, version: str, model: str, target: str, reason: str, change: str
    ) -> None:
        planned = self.planned(device("iOS", version, model=model), target)
        assert planned.method == "impossible"
        assert reason in planned.reason
        assert change in planned.change

    def test_no_release_offered(self) -> None:
        given = device("iOS", "16.7.10", model="iPhone10,3")
        now = dt.datetime(2027, 1, 1)
        assert self.planned(given, "16.7.16", now=now).reason == (
            "Apple offers no release for this device"
        )
        latest = self.planned(given, "latest", now=now)
        assert latest.reason == "Apple does not list a release for this device on 2027-01-01"
        assert latest.change.startswith("Get the releases again: all of those given, posted until")

    def test_no_newer_release_of_the_branch(self) -> None:
        planned = self.planned(device("iPadOS", "17.6", model="iPad11,1"), "latest-minor")
        assert planned.reason == (
            "Apple does not offer a newer iPadOS 17 for this device; the newest is iPadOS 26.6"
        )
        assert planned.change == "Choose 26.6 as the target."
        patch = self.planned(device("iPadOS", "26.4", model="iPad11,1"), "latest-patch")
        assert "newer iPadOS 26.4 for" in patch.reason

    @pytest.mark.parametrize("target", ["latest", "latest-minor", "latest-patch"])
    def test_device_is_newer_than_all_releases(self, target: str) -> None:
        planned = self.planned(device("iPadOS", "27.0", model="iPad11,1"), target)
        assert planned.method == "nothing"

    def test_build_for_other_devices(self) -> None:
        ipad = device("iPadOS", "18.0", model="iPad11,1")
        assert self.planned(ipad, "26.6", build="23G70").method == "declaration"
        planned = self.planned(ipad, "26.6", build="23G6070")
        assert planned.reason == "26.6 for this device is 23G70, not 23G6070"
        assert planned.change == "Give that build, or none."

    def test_unlisted_device_with_explicit_version(self) -> None:
        planned = self.planned(device("iPadOS", "18.0"), "26.6")
        assert (planned.method, planned.undecided) == ("declaration", ("model",))

    def test_security_response_build_is_looked_up(self) -> None:
        mac = device("macOS", "26.3.1", device_id="J1AP")
        for planned in (
            self.planned(mac, "26.3.1 (a)"),
            self.planned(mac, "26.3.1", build=RESPONSE),
        ):
            assert sent(planned) == [f"26.3.1 {RESPONSE}"]
            assert planned.target == osu.OSVersion("26.3.1 (a)")

    @pytest.mark.parametrize(
        ("has", "build", "reason"),
        [
            ("26.3.1", "25D2128", ""),
            ("26.3.1", None, ""),
            ("26.3.1 (a)", "25D770000a", ""),  # of an earlier response: its base is unknown
            ("26.3.1", "25D2129", "26.3.1 (a) requires build 25D2128, and the device has 25D2129"),
            ("15.5", None, ""),
        ],
    )
    def test_security_response_requires_its_base(
        self, has: str, build: str | None, reason: str
    ) -> None:
        mac = device("macOS", has.removesuffix(" (a)"), device_id="J1AP", build=build)
        assert (self.planned(mac, "26.3.1 (a)").method == "impossible") is bool(reason)
        assert not reason or self.planned(mac, "26.3.1 (a)").reason == reason

    def test_security_response_whose_base_has_expired(self) -> None:
        response = asset("26.3.1", RESPONSE, "J1AP", ProductVersionExtra="(a)")
        releases = load_releases(
            {"PublicRapidSecurityResponses": {"macOS": [response]}}
            | {"AssetSets": {"macOS": [asset("26.4", "25E200", "J1AP")]}}
        )
        planned = plan(
            device("macOS", "15.5", device_id="J1AP"), "26.3.1 (a)", BY, releases=releases
        )
        assert planned.reason == (
            "26.3.1 (a) requires 26.3.1, which Apple does not offer for this device"
        )

    def test_deadline_in_days_after_posting(self) -> None:
        given = device("iPadOS", "18.0", model="iPad11,1")
        (message,) = self.planned(given, "latest", "14d@19:00").messages
        assert isinstance(message, SoftwareUpdateEnforcementSpecific)
        assert message.target_local_date_time == "2026-07-15T19:00:00"
        # Other devices may get the same version at another time.
        assert message.identifier == "softwareupdate.enforcement.26.6.2026-07-15"
        unlisted = self.planned(device("iPadOS", "18.0"), "26.6", "14d@19:00")
        assert unlisted.method == "impossible"

    @pytest.mark.parametrize(
        ("target", "deadline", "more", "reason"),
        [
            ("latest", BY, {}, "target 'latest' needs releases"),
            ("26.1", "14d@19:00", {}, "deadline '14d@19:00' needs releases"),
            ("latest", BY, {"releases": RELEASES, "build": RESPONSE}, "cannot have a build"),
            ("26.1", "14d@25:00", {"releases": RELEASES}, "invalid local time"),
        ],
    )
    def test_invalid_arguments(
        self, target: str, deadline: str, more: dict[str, Any], reason: str
    ) -> None:
        with pytest.raises(ValueError, match=reason):
            plan_fleet([], target, deadline, **more)


class TestFleets:
    def test_devices_are_read_lazily(self) -> None:
        def endless() -> Iterator[osu.Device]:
            return (device("macOS", f"15.{n % 7}") for n in itertools.count())

        plans = plan_fleet(endless(), "26.1", BY)
        assert [each.method for each in itertools.islice(plans, 100)] == ["declaration"] * 100

    def test_equal_devices_share_a_plan(self, monkeypatch: pytest.MonkeyPatch) -> None:
        calls: list[osu.Device | None] = []

        def counting(message: Any, device: osu.Device | None = None, **more: Any) -> osu.Report:
            calls.append(device)
            return osu.validate(message, device, **more)

        monkeypatch.setattr("mdm_osupdate.planning.plans.validate", counting)
        list(plan_fleet([device("macOS", "15.0")] * 100, "26.1", BY))
        assert len(calls) == 1

    def test_commands_have_distinct_uuids(self) -> None:
        plans = list(plan_fleet([device("iOS", "16.0")] * 3, "26.1", BY))
        uuids = {m.command_uuid for p in plans for m in p.messages if isinstance(m, osu.Command)}
        assert len(uuids) == 3

    def test_version_spelling_is_preserved(self) -> None:
        """26.1 and 26.1.0 are equal, but neither may replace the other."""
        mac = device("macOS", "15.0")
        spellings = ["26.1", "26.1.0", "26.1"]
        assert [sent(plan(mac, each, BY)) for each in spellings] == [[each] for each in spellings]
        fleet = [device("macOS", each) for each in spellings]
        assert [each.reason for each in plan_fleet(fleet, "26.1", BY)] == [
            f"already on {each}" for each in spellings
        ]

    def test_invalid_arguments_are_reported_immediately(self) -> None:
        with pytest.raises(osu.InvalidVersionError):
            plan_fleet([], "seventeen", BY)
        with pytest.raises(ValueError, match="invalid local time"):
            plan_fleet([], "26.1", "2026-12-01T19:00:00Z")
        with pytest.raises(TypeError, match="not iterable"):
            plan_fleet(device("macOS", "15.0"), "26.1", BY)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="device must be Device, not str"):
            plan("macOS", "26.1", BY)  # type: ignore[arg-type]


@given(osus.devices(), st.sampled_from(["15.2", "17.4.1", "18.0", "26.1", "26.1 (a)", "27.1"]))
def test_planned_messages_pass_validation(given: osu.Device, target: str) -> None:
    """Any device accepts each planned message in turn."""
    build = "25B771280a" if target == "26.1 (a)" else None
    planned = plan(given, target, BY, build=build)
    version = osu.OSVersion(target)
    for message in planned.messages:
        assert osu.validate(message, given).ok
        if message is not planned.messages[-1]:
            base = version.base if version.extra else given.os_version
            given = attrs.evolve(given, os_version=max(base, given.os_version))
    assert (planned.method is Method.NOTHING) == (
        planned.reason == f"already on {given.os_version}"
    )
