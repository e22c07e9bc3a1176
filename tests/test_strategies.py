"""The strategies give what they say, and nothing trips hypothesis's health checks."""

import contextlib
import doctest
import inspect
import plistlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, find, given, seed, settings
from hypothesis import strategies as st

import mdm_osupdate as osu
from mdm_osupdate import strategies as osus
from mdm_osupdate.availability import is_available
from mdm_osupdate.declarations import (
    ActivationSimple,
    ManagementStatusSubscriptions,
    SoftwareUpdateEnforcementSpecific,
    StatusReport,
)
from mdm_osupdate.messages import COMMANDS, RESPONSES, Message
from mdm_osupdate.strategies import wire

T = TypeVar("T")

# One is enough, and comes soon mostly.
UNSHRUNK = settings(phases=[Phase.generate], max_examples=1000)


def default_run() -> settings:
    """The default settings of hypothesis, but without a deadline."""
    timeless = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    return settings(timeless, max_examples=100, derandomize=False, database=None)


def drawn(strategy: st.SearchStrategy[T], count: int = 100, number: int = 0) -> list[T]:
    """The values of a default run, or of one with more examples, with this seed."""
    values: list[T] = []

    @seed(number)
    @settings(default_run(), max_examples=count)
    @given(strategy)
    def collect(value: T) -> None:
        values.append(value)

    collect()
    return values


MAC = osu.Device("macOS", "14.4", supervised=True, enrollment="automated")


@given(osus.commands())
def test_commands_have_no_errors(command: osu.Command) -> None:
    assert osu.validate(command).ok
    assert osu.loads_command(osu.dumps(command)) == command


@given(st.sampled_from(osu.RequestType).flatmap(lambda r: osus.devices(request_type=r)), st.data())
def test_commands_for_a_device(device: osu.Device, data: st.DataObject) -> None:
    command = data.draw(osus.commands(device=device))
    assert osu.validate(command, device).ok


@pytest.mark.parametrize("kind", COMMANDS)
def test_commands_of_one_kind(kind: type[osu.Command]) -> None:
    assert isinstance(
        find(osus.commands(request_type=kind.request_type), bool, settings=UNSHRUNK), kind
    )


def test_device_without_commands() -> None:
    with pytest.raises(ValueError, match="supports none of the four commands"):
        osus.commands(device=osu.Device("macOS", "27.0"))
    with pytest.raises(ValueError, match="watchOS has no OSUpdateStatus"):
        find(osus.devices(platform="watchOS", request_type="OSUpdateStatus"), bool)


@given(st.data())
def test_responses_to_a_command(data: st.DataObject) -> None:
    device = data.draw(osus.devices(request_type="ScheduleOSUpdate"))
    command = data.draw(osus.commands(device=device))
    answer = data.draw(osus.responses(to=command, device=device))
    assert osu.validate(answer, device, command=command).ok
    assert answer.command_uuid == command.command_uuid


@pytest.mark.parametrize(
    "wanted",
    [
        lambda r: r.not_now,
        lambda r: r.failed_results,
        lambda r: r.status == "Acknowledged" and r.update_results is None,
        lambda r: r.update_results == (),
        lambda r: r.succeeded and r.update_results,
        lambda r: r.status == "CommandFormatError",
    ],
)
def test_variety_of_responses(wanted) -> None:  # type: ignore[no-untyped-def]
    command = osu.ScheduleOSUpdateCommand(
        [osu.UpdatesItem(install_action="Default", product_version="14.5")]
    )
    find(osus.responses(to=command, device=MAC), wanted, settings=UNSHRUNK)


@pytest.mark.parametrize("make", [osus.commands, osus.responses])
class TestUnknownKeys:
    def test_on_request(self, make: Callable[..., st.SearchStrategy[Message]]) -> None:
        for message in drawn(make(unknown=st.just({"Novel": 1})), 50):
            document = osu.to_dict(message)
            inner = document.get("Command", document)
            assert document["Novel"] == inner["Novel"] == 1
            for key in ("Updates", "UpdateResults", "OSUpdateStatus", "AvailableOSUpdates"):
                assert all(item["Novel"] == 1 for item in inner.get(key, ()))
            assert osu.validate(message).ok

    def test_some(self, make: Callable[..., st.SearchStrategy[Message]]) -> None:
        some = drawn(make(unknown=True), 50)
        assert {bool(message.unknown) for message in some} == {True, False}
        assert not any(message.unknown for message in drawn(make(), 20))


class TestMessages:
    def test_have_unknown_keys_and_wrong_types(self) -> None:
        some = drawn(osus.messages(osu.OSUpdateStatusItem))
        assert any(message.unknown for message in some)
        assert any("IsDownloaded" in message.unknown for message in some)
        assert any(message.is_downloaded is not None for message in some)

    def test_classes(self) -> None:
        assert {type(m) for m in drawn(osus.messages(StatusReport), 10)} == {StatusReport}
        assert len({type(message) for message in drawn(osus.messages())}) > 5

    @given(osus.dictionaries(osu.UpdatesItem))
    def test_dictionaries_are_valid_by_default(self, document: dict[str, Any]) -> None:
        osu.from_dict(document, osu.UpdatesItem, strict=True)


def test_a_rule_has_a_code_a_number_and_a_name() -> None:
    for name in ("OSU203", "osu203", "203", 203, "product-missing", "Product-Missing"):
        [broken] = drawn(osus.rule_violations(name), 1)
        assert broken.rule == "OSU203"


@given(osus.responses())
def test_responses_have_no_errors(response: osu.Response) -> None:
    assert osu.validate(response).ok


def test_rules_about_several_documents_are_rejected() -> None:
    with pytest.raises(ValueError, match="OSU650 is not about one document, but about several"):
        osus.rule_violations("OSU650")


@pytest.mark.parametrize("rule", [code for code, rule in osu.RULES.items() if rule.beside is None])
def test_each_rule_can_be_broken_alone(rule: str) -> None:
    @settings(max_examples=5)
    @given(osus.rule_violations(rule=rule))
    def breaks(broken: osus.Broken) -> None:
        report = broken.check()
        assert rule in {finding.rule for finding in report}
        assert {finding.rule for finding in report.errors} <= {rule}

    breaks()


@given(osus.wire_documents())
def test_wire_documents_can_be_read(document: bytes) -> None:
    plistlib.loads(document)
    unreadable = [f for f in osu.validate(document).errors if f.rule < "OSU110"]
    assert not unreadable, document
    for cls in *COMMANDS, *RESPONSES, osu.Response:
        with contextlib.suppress(osu.DecodeError):
            osu.loads(document, cls)


def test_variety_of_wire_documents() -> None:
    documents = drawn(osus.wire_documents())
    for form in (b"bplist", b"<!--", b"<![CDATA[", b"&#x", b"<plist>", b"<!DOCTYPE", b"X</key>"):
        assert any(form in document for document in documents), form


def test_what_arrives_has_each_oddity_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    met: set[str] = set()

    def watched(name: str) -> wire.Oddity:
        def meet(document: dict[str, Any]) -> Any:
            met.add(name)
            return document

        return meet

    # The rest of the way is short, so that there can be many documents.
    monkeypatch.setattr(wire, "_ODDITIES", {name: ((), watched(name)) for name in wire.ODDITIES})
    monkeypatch.setattr(wire, "_source", lambda _: st.just(osu.Response(status="Idle", udid="A")))
    monkeypatch.setattr(wire, "_written", lambda document, random: b"")
    drawn(osus.wire_documents(), 500)
    assert met == {*osus.ODDITIES}


def test_a_failing_property_is_explained_soon() -> None:
    """The form of a document is one choice, not one for each of its parts."""
    calls = 0

    @settings(phases=[*Phase], max_examples=100)
    @given(osus.wire_documents(message=osu.ScheduleOSUpdateResponse(status="NotNow", udid="A")))
    def fails(document: bytes) -> None:
        nonlocal calls
        calls += 1
        assert b"<key>" not in document

    with pytest.raises(AssertionError):
        fails()
    assert calls < 100


def _places(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """All values with their paths, without indices."""
    yield path, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _places(item, f"{path}/{key}")
    elif isinstance(value, list):
        for item in value:
            yield from _places(item, path)


def _has(path: str, wanted: Any) -> Callable[[Any], bool]:
    """Return whether the value is at the path, with the same type."""
    return lambda d: any(p == path and repr(v) == repr(wanted) for p, v in _places(d))


def _lacks(path: str, *keys: str) -> Callable[[Any], bool]:
    """Return whether there is a dictionary at the path without these keys."""
    return lambda d: any(
        p == path and isinstance(v, dict) and not v.keys() & {*keys} for p, v in _places(d)
    )


def _is(path: str, kind: type) -> Callable[[Any], bool]:
    return lambda d: any(p == path and type(v) is kind for p, v in _places(d))


ITEM = "/Command/Updates"
SEEN: dict[str, Callable[[Any], bool]] = {
    "no CommandUUID": lambda d: "Command" in d and "CommandUUID" not in d,
    "only the inner dictionary": lambda d: "RequestType" in d and "Command" not in d,
    "Command in Command": lambda d: "RequestType" in d["Command"]["Command"],
    "no Updates": lambda d: (
        _has("/Command/RequestType", "ScheduleOSUpdate")(d) and "Updates" not in d["Command"]
    ),
    "three updates": lambda d: len(d.get("Command", {}).get("Updates", "")) > 2,
    "no product": _lacks(ITEM, "ProductKey", "ProductVersion"),
    "two releases": _has(f"{ITEM}/ProductKey", "_MACOS_14.7.2"),
    "no InstallAction": _lacks(ITEM, "InstallAction"),
    "a vendor's word": _has(f"{ITEM}/InstallAction", "INSTALL_ASAP"),
    "another case": _has(f"{ITEM}/InstallAction", "installasap"),
    "MaxUserDeferrals as text": _is(f"{ITEM}/MaxUserDeferrals", str),
    "MaxUserDeferrals for all": lambda d: any(
        p == ITEM
        and type(v) is dict
        and v.get("InstallAction") == "InstallASAP"
        and "MaxUserDeferrals" in v
        for p, v in _places(d)
    ),
    "left-over keys": _has(f"{ITEM}/command_uuid", "0001"),
    "ForceUpdateScan": _is("/Command/ForceUpdateScan", bool),
    "UseDelay": _has("/Command/UseDelay", True),
    "RecommendationCadence": _has("/Command/RecommendationCadence", 1),
    "tether in Command": _has("/Command/RequestRequiresNetworkTether", True),
    "UpdateAvailable": _has("/UpdateResults/Status", "UpdateAvailable"),
    "no Status in an item": _lacks("/UpdateResults", "Status"),
    "ScanInititated": _has("/ScanInititated", True),
    "RequestType echoed": lambda d: "RequestType" in d and "Status" in d,
    "keys of the user channel": _has("/NotOnConsole", False),
    "EnrollmentID for UDID": lambda d: "EnrollmentID" in d and "UDID" not in d,
    "no UDID": lambda d: (
        "CommandUUID" in d and "Status" in d and not {"EnrollmentID", "UDID"} & {*d}
    ),
    "Idle": _has("/Status", "Idle"),
    "Status alone": lambda d: {*d} == {"Status"},
    "undocumented keys": _has("/Identifier", "1"),
    "no update is an error": _has("/ErrorChain/ErrorCode", 2213),
    "CommandFormatError alone": lambda d: (
        d.get("Status") == "CommandFormatError" and "ErrorChain" not in d
    ),
    "negative ErrorCode": _has("/ErrorChain/ErrorCode", -909),
    "errors without words": _lacks("/ErrorChain", "LocalizedDescription", "USEnglishDescription"),
    "escapes in words": _has("/ErrorChain/LocalizedDescription", "\\U201c更新\\U201d “1”"),
    "Version is a space": _has("/AvailableOSUpdates/Version", " "),
    "Version is a build": _has("/AvailableOSUpdates/Version", "18A390"),
    "integers for booleans": _is("/ScanInitiated", int),
    "reals for integers": _is("/ErrorChain/ErrorCode", float),
    "integers for reals": _is("/OSUpdateStatus/DownloadPercentComplete", int),
}


@pytest.mark.parametrize("oddity", osus.ODDITIES)
def test_each_oddity_can_be_drawn(oddity: str) -> None:
    @settings(max_examples=5)
    @given(osus.wire_documents(oddity=oddity))
    def has_it(document: bytes) -> None:
        assert SEEN[oddity](plistlib.loads(document))

    has_it()


@given(st.one_of(osus.commands(), osus.responses()), st.data())
def test_wire_documents_are_equivalent(message: Message, data: st.DataObject) -> None:
    document = data.draw(osus.wire_documents(message=message))
    assert osu.loads(document, type(message)) == message


def test_product_keys_come_in_all_forms() -> None:
    keys = drawn(osus.product_keys(), 300)
    for form in ("zzzz", "_OSX_", "_MACOS_", "iOSUpdate", "_full_", "_minor", "_major", "_rsr"):
        assert any(form in key for key in keys), form


@pytest.mark.parametrize(
    "kind",
    [
        *COMMANDS,
        *RESPONSES,
        osu.Command,
        osu.Response,
        osu.UpdatesItem,
        osu.UpdateResultsItem,
        osu.AvailableOSUpdatesItem,
        osu.OSUpdateStatusItem,
        osu.ErrorChainItem,
        osu.Device,
        osu.OSVersion,
    ],
)
def test_hypothesis_knows_the_types(kind: type) -> None:
    assert isinstance(find(st.from_type(kind), lambda _: True, settings=UNSHRUNK), kind)


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (osus.schedule_os_update_commands, osu.ScheduleOSUpdateCommand),
        (osus.schedule_os_update_scan_commands, osu.ScheduleOSUpdateScanCommand),
        (osus.available_os_updates_commands, osu.AvailableOSUpdatesCommand),
        (osus.os_update_status_commands, osu.OSUpdateStatusCommand),
        (osus.schedule_os_update_responses, osu.ScheduleOSUpdateResponse),
        (osus.schedule_os_update_scan_responses, osu.ScheduleOSUpdateScanResponse),
        (osus.available_os_updates_responses, osu.AvailableOSUpdatesResponse),
        (osus.os_update_status_responses, osu.OSUpdateStatusResponse),
        (osus.update_results_items, osu.UpdateResultsItem),
        (osus.available_os_updates_items, osu.AvailableOSUpdatesItem),
        (osus.os_update_status_items, osu.OSUpdateStatusItem),
        (osus.updates_items, osu.UpdatesItem),
        (osus.error_chain_items, osu.ErrorChainItem),
        (osus.devices, osu.Device),
        (osus.os_versions, osu.OSVersion),
        (osus.product_keys, str),
    ],
)
def test_each_kind_has_its_strategy(make, kind: type) -> None:  # type: ignore[no-untyped-def]
    assert isinstance(find(make(), lambda _: True, settings=UNSHRUNK), kind)


def test_an_attribute_can_be_narrowed() -> None:
    made = find(osus.schedule_os_update_scan_commands(force=st.just(True)), bool)
    assert made.force is True
    with pytest.raises(TypeError, match="has no attribute forse"):
        osus.schedule_os_update_scan_commands(forse=st.just(True))


def test_shrunk_failures() -> None:
    least = find(osus.commands(request_type="ScheduleOSUpdate"), bool)
    assert repr(least) == (
        "ScheduleOSUpdateCommand(command_uuid='00000000-0000-0000-0000-000000000000', "
        "updates=(UpdatesItem(install_action=InstallAction.DEFAULT, product_version='9.0'),))"
    )


@given(osus.os_versions("17.4.1", "17.4.3"))
def test_versions_between_close_bounds(version: osu.OSVersion) -> None:
    assert str(version) in ("17.4.1", "17.4.2", "17.4.3")


@given(osus.devices(request_type="OSUpdateStatus", os_version=osus.os_versions("14.0", "14.9")))
def test_devices_of_a_version_that_take_a_command(device: osu.Device) -> None:
    assert device.os_version.major == 14


IPHONE = osu.Device("iOS", "17.3", supervised=True)


@given(osus.responses(device=IPHONE))
def test_ios_responses(response: osu.Response) -> None:
    if isinstance(response, osu.ScheduleOSUpdateScanResponse):
        assert response.status != "Acknowledged"
    elif isinstance(response, osu.AvailableOSUpdatesResponse):
        assert len(response.available_os_updates or ()) <= 1
    elif isinstance(response, osu.OSUpdateStatusResponse):
        assert len(response.os_update_status or "1") == 1
    elif isinstance(response, osu.ScheduleOSUpdateResponse):
        actions = {item.install_action for item in response.update_results or ()}
        assert actions <= {"DownloadOnly", "InstallASAP", "Error"}


def test_a_device_may_do_another_thing_than_was_asked_for() -> None:
    command = osu.ScheduleOSUpdateCommand(
        [osu.UpdatesItem(install_action="InstallASAP", product_version="17.4")]
    )
    find(
        osus.responses(to=command, device=IPHONE),
        lambda r: any(i.install_action == "DownloadOnly" for i in r.update_results or ()),
        settings=UNSHRUNK,
    )


@given(osus.responses(device=osu.Device("iOS", "27.0")))
def test_what_has_no_commands_acknowledges_none(response: osu.Response) -> None:
    assert response.status != "Acknowledged"


@given(osus.responses(device=osu.Device("iOS", "17.0", enrollment="user")))
def test_who_enrolled_themselves_have_no_udid(response: osu.Response) -> None:
    assert response.enrollment_id
    assert response.udid is None


@pytest.mark.parametrize(
    "make",
    [
        lambda: osus.commands(request_type="Nothing"),
        lambda: osus.responses(request_type="Nothing"),
        lambda: osus.rule_violations(rule="OSU999"),
        lambda: osus.updates_items(device=osu.Device("watchOS", "10.0")),
        lambda: osus.wire_documents(oddity="neat"),
    ],
)
def test_impossible_arguments_are_reported_immediately(make) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(
        ValueError, match=r"Nothing|unknown rule 'OSU999'|has no ScheduleOSUpdate|unknown oddity"
    ):
        make()


@given(osus.responses(to=osu.OSUpdateStatusCommand(), device=MAC))
def test_no_more_deferrals_are_left_than_there_are(response: osu.OSUpdateStatusResponse) -> None:
    for item in response.os_update_status or ():
        if item.max_deferrals is not None and item.deferrals_remaining is not None:
            assert item.deferrals_remaining <= item.max_deferrals


def test_all_versions_come_from_the_lowest_to_the_highest() -> None:
    versions = {str(version) for version in drawn(osus.os_versions("17.4.1", "17.4.3"))}
    assert versions == {"17.4.1", "17.4.2", "17.4.3"}


def test_empty_version_ranges() -> None:
    assert osus.os_versions("17.0", "16.0").is_empty
    assert osus.os_versions("19.0", "25.9").is_empty
    assert osus.os_versions("3.0", "25.9", platform="visionOS").is_empty


@given(osus.os_versions("16.4", "24.9", platform="macOS") | osus.os_versions("19.5", "26.9"))
def test_versions_start_where_the_platform_goes_on(version: osu.OSVersion) -> None:
    assert version.major == 26


@given(osus.os_versions("14.5", "20.0", platform="macOS"))
def test_versions_end_where_the_platform_does(version: osu.OSVersion) -> None:
    assert version.major in (14, 15)


FUNCTIONS = [name for name in osus.__all__ if inspect.isfunction(getattr(osus, name))]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_reference_has_an_example(name: str) -> None:
    names = {"find": find, "st": st, "osu": osu, "osus": osus}
    text = inspect.getdoc(getattr(osus, name)) or ""
    example = doctest.DocTestParser().get_doctest(text, names, name, None, 0)
    assert example.examples
    said: list[str] = []
    assert doctest.DocTestRunner().run(example, out=said.append).failed == 0, "".join(said)


class TestBorders:
    """Versions at which something changes, and their neighbors, are drawn in every default run."""

    IOS = ("9.0", "11.3", "16.2", "17.0", "17.5", "18.0", "26.0", "27.0")
    NEAR = ("11.2.9", "11.3.1", "16.9", "17.0.1", "18.9", "26.0.1", "26.9", "27.0.1")

    @pytest.mark.parametrize("number", range(5))
    def test_a_default_run_visits_all_of_a_platform(self, number: int) -> None:
        versions = {str(v) for v in drawn(osus.os_versions(platform="iOS"), number=number)}
        assert {*self.IOS, *self.NEAR} <= versions

    def test_a_default_run_visits_most_of_all_platforms(self) -> None:
        versions = {str(version) for version in drawn(osus.os_versions())}
        assert len(versions & {*self.IOS}) >= len(self.IOS) - 2

    @pytest.mark.parametrize("number", range(5))
    def test_off_by_one_is_found(self, number: int) -> None:
        """iOS 17.0 has declarations, so the comparison should be >=."""

        @seed(number)
        @settings(default_run(), phases=[Phase.generate])
        @given(osus.os_versions(platform="iOS"))
        def agrees(version: osu.OSVersion) -> None:
            subject = "SoftwareUpdateEnforcementSpecific"
            known = is_available(subject, osu.Device("iOS", version, supervised=True))
            assert (version > osu.OSVersion("17.0")) == known

        with pytest.raises(AssertionError):
            agrees()

    def test_devices_of_all_platforms_have_the_versions_where_most_changes(self) -> None:
        devices = {(str(d.platform), str(d.os_version)) for d in drawn(osus.devices(), 400)}
        for platform, versions in {
            "iOS": ("17.0", "26.0", "27.0"),
            "iPadOS": ("17.0", "26.0", "27.0"),
            "macOS": ("14.0", "26.0", "27.0"),
            "tvOS": ("18.4", "26.0", "27.0"),
            "visionOS": ("26.0",),
        }.items():
            assert {(platform, version) for version in versions} <= devices

    def test_devices_have_versions_at_borders(self) -> None:
        versions = {str(device.os_version) for device in drawn(osus.devices(platform="iOS"))}
        assert len(versions & {*self.IOS}) >= len(self.IOS) - 3


@given(osus.declarations())
def test_declarations_have_no_errors(declaration: SoftwareUpdateEnforcementSpecific) -> None:
    assert osu.validate(declaration).ok
    assert osu.loads(osu.dumps(declaration), SoftwareUpdateEnforcementSpecific) == declaration


@given(osus.declarations(device=MAC))
def test_declarations_for_a_device(declaration: SoftwareUpdateEnforcementSpecific) -> None:
    assert list(osu.validate(declaration, MAC)) == []


def test_device_without_declarations() -> None:
    with pytest.raises(ValueError, match="supports no declarations"):
        osus.declarations(device=osu.Device("watchOS", "26.0"))


@given(osus.status_reports())
def test_status_reports_come_back(report: StatusReport) -> None:
    assert osu.loads(osu.dumps(report), StatusReport, strict=True) == report


@pytest.mark.parametrize(
    "kind",
    [
        SoftwareUpdateEnforcementSpecific,
        ActivationSimple,
        ManagementStatusSubscriptions,
        StatusReport,
    ],
)
def test_declarations_are_known_to_hypothesis(kind: type[Message]) -> None:
    assert isinstance(find(st.from_type(kind), bool, settings=UNSHRUNK), kind)


def test_they_can_be_imported_before_hypothesis() -> None:
    code = "import mdm_osupdate.strategies as osus; osus.commands()"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_importing_hypothesis_does_not_import_the_library() -> None:
    code = "import sys, hypothesis; sys.exit('mdm_osupdate' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
    project = Path(__file__).parents[1] / "pyproject.toml"
    assert "entry-points" not in project.read_text()  # hypothesis would load one


@pytest.mark.parametrize("platform", [None, "iOS", "tvOS"])
def test_most_devices_support_a_command(platform: str | None) -> None:
    supporting = [bool(osus.command_types(d)) for d in drawn(osus.devices(platform=platform), 400)]
    assert sum(supporting) > len(supporting) * 2 / 3
    assert not all(supporting)


@given(osus.devices(platform="watchOS"))
def test_devices_of_a_platform_without_the_commands(device: osu.Device) -> None:
    assert device.platform == "watchOS"


@given(osus.devices(platform="macOS", os_version=osus.os_versions("14.0", "14.9")))
def test_devices_of_a_version(device: osu.Device) -> None:
    assert osu.OSVersion("14.0") <= device.os_version <= osu.OSVersion("14.9")
