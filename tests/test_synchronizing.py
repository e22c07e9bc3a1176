"""A simulated device that fetches declarations, follows them and reports."""

import datetime as dt
import plistlib
from typing import Any

import attrs
import pytest
from declarative import DeclarationServer

import mdm_osupdate as osu
from mdm_osupdate.declarations import (
    ManagementStatusSubscriptions,
    SoftwareUpdateEnforcementSpecific,
)
from mdm_osupdate.simulator import Behavior, SimulatedDevice, offer

NOW = dt.datetime(2026, 11, 1, 9, tzinfo=dt.timezone.utc)
HOUR = dt.timedelta(hours=1)
MAC = osu.Device("macOS", "27.0", supervised=True)
ENFORCEMENT = SoftwareUpdateEnforcementSpecific(
    target_os_version="27.1", target_local_date_time=osu.LocalDateTime("2026-11-02T09:00:00")
)
SUBSCRIPTION = ManagementStatusSubscriptions.for_software_updates()
ALL = (ENFORCEMENT, ENFORCEMENT.activation(), SUBSCRIPTION, SUBSCRIPTION.activation())
ORGANIZATION: dict[str, Any] = {
    "Type": "com.apple.management.organization-info",
    "Identifier": "organization",
    "Payload": {"Name": "Example"},
}


def mac(behavior: Behavior | None = None, device: osu.Device = MAC) -> SimulatedDevice:
    return SimulatedDevice(device, [offer(device, "27.1")], behavior, udid="A")


def status_of(response: bytes | None) -> str:
    assert response is not None
    return str(plistlib.loads(response)["Status"])


def synchronize(device: SimulatedDevice, server: DeclarationServer, now: dt.datetime) -> list[str]:
    """Let a device talk to its server, and return what it asked for."""
    server.requests = []
    dialog = device.declarative(now)
    request = next(dialog, None)
    while request is not None:
        try:
            request = dialog.send(server.respond(request.endpoint, request.data))
        except StopIteration:
            request = None
    return server.requests


def start(device: SimulatedDevice, server: DeclarationServer) -> None:
    assert status_of(device.handle(server.command(), NOW)) == "Acknowledged"
    synchronize(device, server, NOW)


def test_mac_on_27_is_updated() -> None:
    device, server = mac(), DeclarationServer(ALL)
    start(device, server)
    assert server.requests[0] == "declaration-items"  # the command had the tokens
    assert {request.split("/")[0] for request in server.requests[1:-1]} == {"declaration"}
    assert server.requests[-1] == "status"
    for halves in range(1, 4):
        synchronize(device, server, NOW + halves * HOUR / 2)
    assert str(device.device.os_version) == "27.1"
    assert server.reports[-1]["device"]["operating-system"]["version"] == "27.1"
    states = [report["softwareupdate"]["install-state"] for report in server.reports[:2]]
    assert states == ["downloading", "prepared"]


def test_no_requests_without_the_command() -> None:
    assert synchronize(mac(), DeclarationServer(ALL), NOW) == []


def test_missing_tokens_are_fetched() -> None:
    device, server = mac(), DeclarationServer(ALL)
    device.handle(server.command(with_tokens=False), NOW)
    assert synchronize(device, server, NOW)[:2] == ["tokens", "declaration-items"]


def test_only_changed_declarations_are_fetched() -> None:
    device, server = mac(), DeclarationServer(ALL)
    start(device, server)
    device.handle(server.command(), NOW)
    assert synchronize(device, server, NOW) == []
    later = attrs.evolve(
        ENFORCEMENT, target_local_date_time=osu.LocalDateTime("2026-11-03T09:00:00")
    )
    server.declare([later, *ALL[1:]])
    device.handle(server.command(), NOW)
    changed = f"declaration/configuration/{ENFORCEMENT.identifier}"
    assert synchronize(device, server, NOW) == ["declaration-items", changed, "status"]


def test_removed_declaration_is_dropped() -> None:
    device, server = mac(), DeclarationServer(ALL)
    start(device, server)
    server.declare(ALL[2:])
    start(device, server)
    configurations = server.reports[-1]["management"]["declarations"]["configurations"]
    assert [status["identifier"] for status in configurations] == [SUBSCRIPTION.identifier]
    assert "no declaration that enforces an update arrived" in device.explain(NOW)


@pytest.mark.parametrize("refused", ["tokens", "declaration-items", "declaration", "status"])
def test_failed_request_is_repeated(refused: str) -> None:
    device, server = mac(), DeclarationServer(ALL)
    if refused == "declaration":
        refused = f"declaration/configuration/{ENFORCEMENT.identifier}"
    server.refused = {refused}
    device.handle(server.command(with_tokens=refused != "tokens"), NOW)
    assert refused in synchronize(device, server, NOW)
    if refused != "status":
        assert "the server " in device.explain(NOW)
    server.refused = set()
    assert refused in synchronize(device, server, NOW)
    assert synchronize(device, server, NOW) == []
    assert device.explain(NOW) == "install-state downloading, deadline 2026-11-02T09:00:00"


@pytest.mark.parametrize(
    "items", [b"", b"{", b"[]", b'{"DeclarationsToken": 5}', b"[" * 100_000, b"\xff"]
)
def test_invalid_items(items: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    device, server = mac(), DeclarationServer(ALL)
    monkeypatch.setattr(server, "items", lambda: items)
    start(device, server)
    assert device.explain(NOW) == "the server has no declaration items for the device"


@pytest.mark.parametrize(
    "declarations",
    [b"5", b'{"Configurations": 5}', b'{"Configurations": [5, {"Identifier": "a"}]}'],
)
def test_invalid_lists(declarations: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    device, server = mac(), DeclarationServer(ALL)
    items = b'{"DeclarationsToken": "a", "Declarations": %b}' % declarations
    monkeypatch.setattr(server, "items", lambda: items)
    start(device, server)
    assert server.requests == ["declaration-items", "status"]


def test_declarations_of_other_types() -> None:
    configuration = {
        **ORGANIZATION,
        "Type": "com.apple.configuration.management.test",
        "Identifier": "test",
    }
    device, server = mac(), DeclarationServer([ORGANIZATION, configuration])
    start(device, server)
    declarations = server.reports[-1]["management"]["declarations"]
    assert declarations["management"][0]["valid"] == "valid"
    [test] = declarations["configurations"]
    assert test["valid"] == "unknown"
    assert test["reasons"][0]["code"] == "Info.NotReferencedByActivation"


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (b"{", "the declaration is not JSON"),
        (b'{"Type": "%b"}' % ENFORCEMENT.declaration_type.encode(), "missing key"),
    ],
)
def test_unreadable_declaration_is_invalid(document: bytes, said: str) -> None:
    device, server = mac(), DeclarationServer([ENFORCEMENT, ENFORCEMENT.activation()])
    server.documents[f"declaration/configuration/{ENFORCEMENT.identifier}"] = document
    start(device, server)
    [verdict] = server.reports[-1]["management"]["declarations"]["configurations"]
    assert verdict["valid"] == "invalid"
    assert said in verdict["reasons"][0]["description"]


def test_device_without_declarative_management() -> None:
    old = osu.Device("macOS", "12.6", supervised=True)
    device, server = mac(device=old), DeclarationServer(ALL)
    assert status_of(device.handle(server.command(), NOW)) == "Error"
    assert synchronize(device, server, NOW) == []


class TestExplain:
    def schedule(self, device: SimulatedDevice, action: str, version: str = "17.4") -> None:
        item = osu.UpdatesItem(install_action=action, product_version=version)
        device.answer(osu.ScheduleOSUpdateCommand([item]), NOW)

    def phone(self, behavior: Behavior | None = None) -> SimulatedDevice:
        device = osu.Device("iOS", "17.3", supervised=True)
        return SimulatedDevice(device, [offer(device, "17.4")], behavior)

    def test_nothing_was_sent(self) -> None:
        assert self.phone().explain(NOW) == "the server sent no command that updates the device"

    def test_no_update_is_offered(self) -> None:
        device = SimulatedDevice(osu.Device("iOS", "17.3"))
        assert device.explain(NOW) == "no update is offered to the device"

    def test_rejected_command(self) -> None:
        device = self.phone()
        self.schedule(device, "InstallASAP")
        assert "must be downloaded before it can be installed" in device.explain(NOW)
        self.schedule(device, "Default")
        assert device.explain(NOW) == "the update is still being downloaded"

    def test_download_only(self) -> None:
        device = self.phone()
        self.schedule(device, "DownloadOnly")
        assert "no command to install it arrived" in device.explain(NOW + HOUR)

    def test_user_is_asked(self) -> None:
        device = self.phone()
        self.schedule(device, "DownloadOnly")
        item = osu.UpdatesItem(install_action="InstallASAP", product_version="17.4")
        device.answer(osu.ScheduleOSUpdateCommand([item]), NOW + HOUR)
        assert device.explain(NOW + HOUR) == "the device waits for its user, or restarts"

    def test_malformed_command(self) -> None:
        device = osu.Device("macOS", "14.3", supervised=True)
        mac = SimulatedDevice(device, [offer(device, "14.4")])
        keys = {"MaxUserDeferrals": "3"}
        item = osu.UpdatesItem(install_action="Default", product_version="14.4", unknown=keys)
        mac.answer(osu.ScheduleOSUpdateCommand([item]), NOW)
        assert mac.explain(NOW) == "the device rejected the last command: its format is wrong"

    def test_mac_without_power(self) -> None:
        device = osu.Device("macOS", "14.3", supervised=True)
        mac = SimulatedDevice(device, [offer(device, "14.4")], Behavior(no_power=HOUR))
        self.schedule(mac, "InstallASAP", "14.4")
        assert "rejected the last command: " in mac.explain(NOW)

    def test_version_without_commands(self) -> None:
        watch = SimulatedDevice(osu.Device("watchOS", "11.0"))
        assert watch.explain(NOW) == "watchOS 11.0 has no update commands, and nothing else"
        assert "no declaration that enforces an update arrived" in mac().explain(NOW)

    @pytest.mark.parametrize(
        ("declarations", "said"),
        [
            ([ENFORCEMENT], "does not apply: no activation refers to it"),
            (
                [attrs.evolve(ENFORCEMENT, target_os_version="26.1"), ENFORCEMENT.activation()],
                "does not apply: target OS version (26.1) is not newer",
            ),
            (
                [attrs.evolve(ENFORCEMENT, target_os_version="27.2"), ENFORCEMENT.activation()],
                "27.2, which a declaration enforces, is not offered to the device",
            ),
            (
                [
                    attrs.evolve(ENFORCEMENT, target_build_version="26B1"),
                    ENFORCEMENT.activation(),
                ],
                "27.1 (26B1), which a declaration enforces, is not offered",
            ),
        ],
    )
    def test_declaration_does_not_apply(self, declarations: list[Any], said: str) -> None:
        identifier = str(ENFORCEMENT.identifier)
        device, server = (
            mac(),
            DeclarationServer(
                attrs.evolve(d, identifier=identifier)
                if isinstance(d, SoftwareUpdateEnforcementSpecific)
                else d
                for d in declarations
            ),
        )
        start(device, server)
        assert said in device.explain(NOW)

    def test_not_enough_space(self) -> None:
        device, server = mac(Behavior(no_space=HOUR)), DeclarationServer(ALL)
        start(device, server)
        assert device.explain(NOW).startswith("not enough space")
        assert "(install-state waiting, deadline 2026-11-02T09:00:00)" in device.explain(NOW)
