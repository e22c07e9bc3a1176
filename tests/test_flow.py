"""The flow: typical conversations, and the consequence of each response."""

import contextlib
import datetime as dt
import json
from typing import ClassVar, cast

import pytest
from attrs import evolve

import mdm_osupdate as osu
from mdm_osupdate.flow import (
    DECLARED,
    REQUESTS,
    TRANSITIONS,
    ActionChanged,
    Blocked,
    CommandSent,
    Downloaded,
    DownloadProgressed,
    DownloadStarted,
    Event,
    Failed,
    Finished,
    Ignored,
    InstallScheduled,
    Outcome,
    Policy,
    Resending,
    Restarted,
    Restarting,
    ScanStarted,
    State,
    UpdateFlow,
    UpdateFound,
    UpdateNotOffered,
    UserDeferred,
    Waiting,
    load_flow,
)
from mdm_osupdate.flow.transitions import WITHOUT_SCAN

NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.timezone.utc)
MINUTE = dt.timedelta(minutes=1)
IPHONE = osu.Device("iOS", "17.3", supervised=True)
MAC = osu.Device("macOS", "14.3", supervised=True)
ID = "00000000-0000-0000-0000-000000000001"
CLASSES = {
    "ScheduleOSUpdate": osu.ScheduleOSUpdateResponse,
    "ScheduleOSUpdateScan": osu.ScheduleOSUpdateScanResponse,
    "AvailableOSUpdates": osu.AvailableOSUpdatesResponse,
    "OSUpdateStatus": osu.OSUpdateStatusResponse,
}


def chain(code: int, domain: str = "MCMDMErrorDomain") -> list[osu.ErrorChainItem]:
    return [osu.ErrorChainItem(error_domain=domain, error_code=code)]


class Server:
    """A flow with the clock of its server."""

    def __init__(self, device: osu.Device = IPHONE, target: object = "17.4.1", **keys: object):
        self.flow = UpdateFlow(device, target, id=ID, **keys)  # type: ignore[arg-type]
        self.now = NOW
        self.command: osu.Command | None = None

    def send(self) -> osu.Command:
        """Wait until the flow has a command, and send it."""
        self.now = max(self.now, self.flow.wait_until or self.now)
        self.command = self.flow.next_command(self.now)
        assert self.command is not None
        return self.command

    def ask(self, status: str = "Acknowledged", **keys: object) -> list[Event]:
        """Send the command and pass on the response."""
        command = self.send()
        kind = CLASSES[command.request_type]
        answer = kind(status=status, command_uuid=command.command_uuid, udid="A", **keys)
        return self.flow.receive(osu.loads(osu.dumps(answer), kind), self.now)

    @property
    def uuid(self) -> str | None:
        """The CommandUUID of the last command."""
        assert self.command is not None
        return self.command.command_uuid

    def offer(self) -> None:
        """Advance to the state scheduling."""
        version = self.flow.to_dict()["memory"]["version"]
        update = osu.AvailableOSUpdatesItem(product_key="K", version=version)
        while self.flow.state is not State.SCHEDULING:
            if self.flow.state is State.LISTING:
                self.ask(available_os_updates=[update])
            else:
                self.ask(scan_initiated=True)

    def schedule(self, **result: object) -> list[Event]:
        return self.ask(update_results=[osu.UpdateResultsItem(product_key="K", **result)])  # type: ignore[arg-type]

    def progress(self, **item: object) -> list[Event]:
        return self.ask(os_update_status=[osu.OSUpdateStatusItem(product_key="K", **item)])  # type: ignore[arg-type]

    def install(self) -> None:
        """Advance to the state installing."""
        self.offer()
        self.schedule(install_action="InstallASAP", status="Installing")


def restored(flow: UpdateFlow) -> UpdateFlow:
    again = load_flow(json.loads(json.dumps(flow.to_dict(), allow_nan=False)))
    assert isinstance(again, UpdateFlow)
    return again


def kinds(events: list[Event]) -> tuple[type, ...]:
    return tuple(type(event) for event in events)


class TestIPhone:
    def test_download_install_and_restart(self) -> None:
        server = Server()
        assert server.send().request_type == "AvailableOSUpdates"
        server = Server()
        server.offer()
        events = server.schedule(install_action="DownloadOnly", status="Downloading")
        assert kinds(events) == (DownloadStarted, Waiting)
        assert server.flow.wait_until == NOW + dt.timedelta(minutes=15)
        assert server.flow.next_command(NOW + 14 * MINUTE) is None
        events = server.progress(status="Downloading", download_percent_complete=0.5)
        assert DownloadProgressed(at=server.now, fraction=0.5) in events
        assert kinds(server.progress(status="Idle", is_downloaded=True)) == (Downloaded,)
        command = server.send()
        assert isinstance(command, osu.ScheduleOSUpdateCommand)
        assert command.updates == (osu.UpdatesItem(install_action="Default", product_key="K"),)
        server.flow.device_idle(server.now)
        events = server.schedule(install_action="InstallASAP", status="Installing")
        assert kinds(events) == (InstallScheduled, Waiting)
        assert kinds(server.progress(status="Installing")) == (Restarting, Waiting)
        assert kinds(server.ask(os_update_status=[])) == (Restarted,)
        assert kinds(server.ask()) == ()  # the command sent again: no UpdateResults
        events = server.ask(available_os_updates=[])
        assert kinds(events) == (UpdateNotOffered, Finished)
        assert server.flow.done
        assert server.flow.wait_until is None
        assert server.flow.reason == ""

    def test_response_lost_in_the_restart(self) -> None:
        server = Server()
        server.offer()
        first = server.send()
        assert kinds(server.flow.device_idle(server.now)) == (Resending,)
        assert server.flow.device_idle(server.now) == []
        assert server.send() == first
        server.flow.device_idle(server.now)
        assert kinds(server.ask()) == (Restarted,)
        assert server.flow.state is State.CONFIRMING

    def test_missing_response_counts_as_lost_after_a_day(self) -> None:
        server = Server()
        first = server.send()
        assert server.flow.next_command(NOW + 23 * 60 * MINUTE) is None
        assert server.flow.next_command(NOW + 24 * 60 * MINUTE) == first
        assert kinds(server.flow.history) == (CommandSent, Resending, CommandSent)
        assert server.flow.history[-1].again  # type: ignore[attr-defined]

    def test_update_still_offered_after_restart_is_requested_again(self) -> None:
        server = Server()
        server.install()
        server.ask(os_update_status=[])
        server.ask()
        server.ask(available_os_updates=[osu.AvailableOSUpdatesItem(product_key="K")])
        assert server.flow.state is State.SCHEDULING
        assert server.flow.reason == "the device still offers the update after its restart"
        assert server.flow.wait_until == server.now + dt.timedelta(hours=2)
        assert kinds(server.ask()) == (UpdateNotOffered, Waiting)

    def test_deferred_installation_is_polled_less_and_less_often(self) -> None:
        server = Server()
        server.install()
        waits = []
        for _ in range(7):
            before = server.now
            server.progress(status="Installing")
            waits.append((server.now - before) // MINUTE)
        assert waits == [15, 15, 30, 60, 120, 240, 240]

    def test_progress_resets_the_poll_interval(self) -> None:
        server = Server()
        server.offer()
        server.schedule(install_action="DownloadOnly", status="Downloading")
        waits = []
        for fraction in (0.1, 0.1, 0.1, 0.1, 0.2, 0.2):
            before = server.now
            server.progress(status="Downloading", download_percent_complete=fraction)
            waits.append((server.now - before) // MINUTE)
        assert waits == [15, 15, 30, 60, 120, 15]

    def test_install_asap_downloads_first(self) -> None:
        server = Server(action="InstallASAP")
        server.offer()
        asked = [server.send()]
        events = server.schedule(install_action="DownloadOnly", status="Downloading")
        assert ActionChanged not in kinds(events)
        server.progress(is_downloaded=True)
        asked.append(server.send())
        needs_download = chain(12059)
        assert server.schedule(install_action="Error", error_chain=needs_download) == []
        asked.append(server.send())
        actions = [c.updates[0].install_action for c in asked]  # type: ignore[attr-defined]
        assert actions == ["Default", "InstallASAP", "Default"]
        server.schedule(install_action="Error", error_chain=needs_download)
        assert server.flow.reason == "the device does not download before it installs"

    def test_download_only(self) -> None:
        server = Server(action="DownloadOnly")
        server.offer()
        server.schedule(install_action="DownloadOnly", status="Downloading")
        events = server.progress(status="Idle", download_percent_complete=1.0)
        assert kinds(events) == (Downloaded, Finished)
        assert events[-1] == Finished(at=server.now, reason="downloaded, as requested")
        assert restored(server.flow).to_dict() == server.flow.to_dict()

    def test_offer_without_the_required_product_key(self) -> None:
        server = Server(osu.Device("iOS", "10.3", supervised=True), "10.3.3")
        for _ in range(2):
            server.ask(available_os_updates=[osu.AvailableOSUpdatesItem(version="10.3.3")])
            assert server.flow.state is State.LISTING
        assert server.flow.reason == (
            "the device offers this update without the product key that a command needs"
        )

    def test_old_device_needs_the_product_key_from_the_list(self) -> None:
        server = Server(osu.Device("iOS", "10.3", supervised=True), "10.3.3")
        assert kinds(server.ask(available_os_updates=[])) == (UpdateNotOffered, Waiting)
        assert server.flow.state is State.LISTING

    def test_downloaded_update_is_requested_by_version(self) -> None:
        server = Server()
        server.ask(available_os_updates=[])
        command = server.send()
        assert isinstance(command, osu.ScheduleOSUpdateCommand)
        assert command.updates is not None
        assert command.updates[0].product_version == "17.4.1"


class TestMac:
    def test_scans_first_and_after_restart(self) -> None:
        server = Server(MAC, "14.4")
        assert kinds(server.ask(scan_initiated=True)) == (ScanStarted, Waiting)
        assert server.flow.wait_until == NOW + dt.timedelta(minutes=10)
        server.install()
        server.ask(os_update_status=[])
        server.ask()
        assert server.send().request_type == "ScheduleOSUpdateScan"

    def test_installation_implies_the_download(self) -> None:
        server = Server(MAC, "14.4")
        server.install()
        assert kinds(server.progress(status="Installing")) == (Downloaded, Restarting, Waiting)

    def test_progress_without_a_product_key_counts(self) -> None:
        server = Server(MAC, "14.4")
        server.install()
        item = osu.OSUpdateStatusItem(status="Downloading", download_percent_complete=0.5)
        assert kinds(server.ask(os_update_status=[item])) == (DownloadProgressed, Waiting)

    def test_failed_scan_after_restart_is_harmless(self) -> None:
        server = Server(MAC, "14.4")
        server.install()
        server.ask(os_update_status=[])
        server.ask()
        assert kinds(server.ask("Error", error_chain=chain(12050))) == (Blocked, Waiting)
        server.ask(scan_initiated=True)
        server.ask(available_os_updates=[])
        assert server.flow.history[-1] == Finished(at=server.now, reason="installed")

    @pytest.mark.parametrize("key", ["A", "other"])
    def test_progress_of_another_update_is_none(self, key: str) -> None:
        server = Server(MAC, "14.4")
        server.offer()
        server.schedule(install_action="InstallASAP", status="Downloading")
        other = osu.OSUpdateStatusItem(
            product_key=key, status="Downloading", download_percent_complete=0.5
        )
        assert DownloadProgressed not in kinds(server.ask(os_update_status=[other]))

    @pytest.mark.parametrize("key", ["A", "other"])
    def test_offer_of_another_update_is_none(self, key: str) -> None:
        server = Server(MAC, osu.AvailableOSUpdatesItem(product_key="K", version="14.4"))
        server.ask(scan_initiated=True)
        other = osu.AvailableOSUpdatesItem(product_key=key, version="14.4")
        assert UpdateFound not in kinds(server.ask(available_os_updates=[other]))

    @pytest.mark.parametrize("version", ["14.3.1", "14.4.1", "15.0"])
    def test_offer_of_another_version_is_none(self, version: str) -> None:
        server = Server(MAC, "14.4")
        server.ask(scan_initiated=True)
        other = osu.AvailableOSUpdatesItem(product_key="K", version=version)
        assert UpdateFound not in kinds(server.ask(available_os_updates=[other]))

    @pytest.mark.parametrize(("percent", "progress"), [(0.0, 1), (1.0, 1), (1.5, 0)])
    def test_progress_is_a_fraction(self, percent: float, progress: int) -> None:
        server = Server(MAC, "14.4")
        server.offer()
        server.schedule(install_action="InstallASAP", status="Downloading")
        events = server.progress(status="Downloading", download_percent_complete=percent)
        assert kinds(events).count(DownloadProgressed) == progress

    def test_more_deferrals_than_before_are_not_a_deferral(self) -> None:
        server = Server(MAC, "14.4", action="InstallLater", max_user_deferrals=3)
        server.offer()
        server.schedule(install_action="InstallLater", status="Idle")
        server.progress(is_downloaded=True, max_deferrals=3, deferrals_remaining=2)
        events = server.progress(is_downloaded=True, max_deferrals=3, deferrals_remaining=3)
        assert UserDeferred not in kinds(events)

    def test_user_deferrals(self) -> None:
        server = Server(MAC, "14.4", action="InstallLater", max_user_deferrals=3, priority="High")
        server.offer()
        server.schedule(install_action="InstallLater", status="Idle")
        events = server.progress(is_downloaded=True, max_deferrals=3, deferrals_remaining=3)
        assert UserDeferred not in kinds(events)
        server.flow = restored(server.flow)
        for again in range(2):
            events = server.progress(is_downloaded=True, max_deferrals=3, deferrals_remaining=2)
            deferred = UserDeferred(at=server.now, remaining=2)
            assert (deferred in events) == (not again)
        assert server.flow.state is State.INSTALLING

    def test_first_report_may_have_a_deferral(self) -> None:
        server = Server(MAC, "14.4", action="InstallLater", max_user_deferrals=3)
        server.offer()
        server.schedule(install_action="InstallLater", status="Idle")
        events = server.progress(is_downloaded=True, max_deferrals=3, deferrals_remaining=2)
        assert UserDeferred(at=server.now, remaining=2) in events

    def test_device_schedules_another_action(self) -> None:
        server = Server(MAC, "14.4")
        server.offer()
        events = server.schedule(install_action="DownloadOnly", status="Idle")
        assert events[0] == ActionChanged(
            at=server.now, asked="InstallASAP", scheduled="DownloadOnly"
        )
        server.progress(is_downloaded=True)
        assert server.flow.state is State.SCHEDULING

    @pytest.mark.parametrize("action", ["DownloadOnly", "InstallASAP"])
    def test_default_may_download_or_install(self, action: str) -> None:
        server = Server(MAC, "14.4", action="Default")
        server.offer()
        events = server.schedule(install_action=action, status="Downloading")
        assert ActionChanged not in kinds(events)

    def test_default_does_not_mean_install_later(self) -> None:
        server = Server(MAC, "14.4", action="Default")
        server.offer()
        events = server.schedule(install_action="InstallLater", status="Idle")
        assert kinds(events) == (ActionChanged, InstallScheduled, Waiting)

    def test_notify_only_finishes_with_the_response(self) -> None:
        server = Server(MAC, "14.4", action="NotifyOnly")
        server.offer()
        [event] = server.schedule(install_action="NotifyOnly", status="Idle")
        assert event == Finished(
            at=server.now, reason="the device accepted the command; the user decides"
        )

    def test_notify_only_does_not_schedule_an_installation(self) -> None:
        server = Server(MAC, "14.4")
        server.offer()
        events = server.schedule(install_action="NotifyOnly", status="Idle")
        assert kinds(events) == (ActionChanged, Blocked, Waiting)
        assert server.flow.reason == "the device only notifies its user"
        assert server.flow.state is State.SCHEDULING

    def test_waiting_for_power_is_not_a_restart(self) -> None:
        server = Server(MAC, "14.4")
        server.install()
        listed = {"status": "Idle", "is_downloaded": False, "download_percent_complete": 0.0}
        for _ in range(3):
            assert kinds(server.progress(**listed)) == (Waiting,)
            assert server.flow.state is State.INSTALLING
        before = server.flow
        nameless = osu.OSUpdateStatusItem(**listed)  # type: ignore[arg-type]
        without_status = evolve(nameless, product_key="K", status=None)
        for item in nameless, without_status:
            server.flow = restored(before)
            assert kinds(server.ask(os_update_status=[item])) == (Restarted,)

    @pytest.mark.parametrize(
        "letter",
        [
            {"version": "13.2 (a)"},
            {"version": "13.2 (a)", "supplemental_os_version_extra": "(a)"},
            {"version": "13.2", "supplemental_os_version_extra": "(a)"},
            {"version": "13.2", "supplemental_os_version_extra": "a"},
        ],
    )
    def test_security_response_letter_in_either_key(self, letter: dict[str, str]) -> None:
        server = Server(evolve(MAC, os_version=osu.OSVersion("13.2")), "13.2 (a)")
        server.ask(scan_initiated=True)
        item = osu.AvailableOSUpdatesItem(
            product_key="K",
            is_security_response=True,
            **letter,  # type: ignore[arg-type]
        )
        assert kinds(server.ask(available_os_updates=[item])) == (UpdateFound,)
        assert repr(server.flow) == "<UpdateFlow of macOS 13.2 to K: scheduling>"

    def test_final_reason_is_what_happened(self) -> None:
        server = Server(MAC, "14.4", action="DownloadOnly")
        server.offer()
        server.schedule(install_action="InstallASAP", status="Downloading")
        server.progress(status="Installing", is_downloaded=True)
        server.ask(os_update_status=[])
        server.ask()
        server.ask(scan_initiated=True)
        server.ask(available_os_updates=[])
        assert server.flow.history[-1] == Finished(at=server.now, reason="installed")

    @pytest.mark.parametrize(("deferrals", "days"), [(None, 1), (3, 4)])
    def test_no_progress_while_the_user_may_defer(self, deferrals: int | None, days: int) -> None:
        server = Server(MAC, "14.4", action="InstallLater", max_user_deferrals=deferrals)
        server.offer()
        server.schedule(install_action="InstallLater", status="Downloading")
        update = osu.AvailableOSUpdatesItem(product_key="K", version="14.4")
        begun = server.now
        while server.flow.state is not State.SCHEDULING:
            server.ask(os_update_status=[])
            server.ask(scan_initiated=True)
            server.ask(available_os_updates=[update])
        assert dt.timedelta(days=days) <= server.now - begun < dt.timedelta(days=days + 1)
        assert server.flow.reason == "the device still offers the update and does nothing with it"

    def test_installed_once_the_update_is_unlisted(self) -> None:
        server = Server(MAC, "14.4", action="InstallLater", max_user_deferrals=2)
        server.offer()
        server.schedule(install_action="InstallLater", status="Downloading")
        server.ask(os_update_status=[])
        server.ask(scan_initiated=True)
        assert kinds(server.ask(available_os_updates=[])) == (Restarted,)
        assert server.ask() == []  # the command sent again
        server.ask(scan_initiated=True)
        server.ask(available_os_updates=[])
        assert server.flow.history[-1] == Finished(at=server.now, reason="installed")

    def test_system_update_is_preferred_to_others_of_the_same_version(self) -> None:
        server = Server(MAC, "15.1")
        server.ask(scan_initiated=True)
        tools = osu.AvailableOSUpdatesItem(
            product_key="072-1", version="15.1", human_readable_name="Command Line Tools"
        )
        for better in (
            {"product_key": "MSU_UPDATE_24B83_patch_15.1"},
            {"product_key": "K", "human_readable_name": "macOS Sequoia 15.1"},
            {"product_key": "K", "restart_required": True},
        ):
            before = restored(server.flow)
            system = osu.AvailableOSUpdatesItem(version="15.1", **better)
            data = evolve(system, product_key="K2", is_config_data_update=True)
            server.ask(available_os_updates=[tools, data, system])
            command = server.send()
            assert isinstance(command, osu.ScheduleOSUpdateCommand)
            assert command.updates is not None
            assert command.updates[0].product_key == better["product_key"]
            server.flow = before

    @pytest.mark.parametrize(
        ("target", "state"),
        [("26.5", State.FAILED), ("27.0", State.FINISHED), ("27.1", State.FINISHED)],
    )
    def test_update_to_27_finishes_when_the_commands_are_removed(
        self, target: str, state: State
    ) -> None:
        server = Server(evolve(MAC, os_version=osu.OSVersion("26.4")), target)
        server.install()
        server.ask("Error", error_chain=chain(12021))
        assert server.flow.state is state

    def test_update_to_27_known_from_the_offer(self) -> None:
        server = Server(osu.Device("iOS", "26.4", supervised=True), "iOSUpdate24A5")
        offer = osu.AvailableOSUpdatesItem(product_key="iOSUpdate24A5", version="27.0")
        server.ask(available_os_updates=[offer])
        result = osu.UpdateResultsItem(install_action="InstallASAP", status="Installing")
        server.ask(update_results=[result])
        events = server.ask("Error", error_chain=chain(12021))
        assert kinds(events) == (Restarted, Finished)
        assert server.flow.history[-1] == Finished(at=server.now, reason="installed")

    def test_rejection_before_the_update_is_accepted_is_a_failure(self) -> None:
        server = Server(evolve(IPHONE, os_version=osu.OSVersion("26.4")), "27.0")
        server.offer()
        server.ask("Error", error_chain=chain(12021))
        assert server.flow.state is State.FAILED

    def test_update_to_27_with_a_lost_response(self) -> None:
        server = Server(evolve(IPHONE, os_version=osu.OSVersion("26.4")), "27.0")
        server.offer()
        server.send()
        server.flow.device_idle(server.now)
        unknown = osu.ErrorChainItem(error_domain="MCMDMErrorDomain", error_code=12021)
        server.ask("Error", error_chain=[unknown])
        assert server.flow.state is State.FINISHED

    def test_security_response_needs_its_product_key(self) -> None:
        server = Server(evolve(MAC, os_version=osu.OSVersion("14.4")), "14.4 (a)")
        server.ask(scan_initiated=True)
        response = osu.AvailableOSUpdatesItem(
            product_key="K", version="14.4", supplemental_os_version_extra="(a)"
        )
        plain = osu.AvailableOSUpdatesItem(product_key="L", version="14.4")
        server.ask(available_os_updates=[plain, response])
        assert UpdateFound(at=server.now, product_key="K", version="14.4") in (server.flow.history)


class TestFailures:
    @pytest.mark.parametrize(
        ("result", "reason"),
        [
            ({"status": "DownloadInsufficientSpace"}, "not enough space for the download"),
            ({"install_action": "Error"}, "the device responded with Error"),
            (
                {"install_action": "Error", "error_chain": [osu.ErrorChainItem(error_code=-909)]},
                "no description (no domain -909)",
            ),
        ],
    )
    def test_failed_update_is_retried(self, result: dict[str, object], reason: str) -> None:
        server = Server()
        server.offer()
        assert kinds(server.schedule(**result)) == (Blocked, Waiting)
        assert server.flow.reason == reason
        assert server.flow.state is State.SCHEDULING
        assert server.flow.wait_until == server.now + dt.timedelta(hours=2)

    def test_too_many_failures_end_the_flow(self) -> None:
        server = Server(policy=Policy(max_retries=1))
        server.offer()
        server.schedule(status="InstallFailed")
        events = server.schedule(status="InstallPhoneCallInProgress")
        assert events[-1] == Failed(at=server.now, reason="a phone call is in progress")

    def test_failure_reported_by_status_only(self) -> None:
        server = Server()
        server.install()
        server.progress(status="InstallInsufficientPower")
        assert server.flow.state is State.SCHEDULING
        assert server.flow.reason == "not enough power for the installation"

    def test_undocumented_status_is_interpreted_by_its_numbers(self) -> None:
        server = Server()
        server.offer()
        server.schedule(install_action="DownloadOnly", status="Downloading")
        server.progress(status="Sulking", download_percent_complete=0.9)
        assert server.send().request_type == "OSUpdateStatus"
        server.progress(status="Sulking", is_downloaded=True)
        assert server.flow.state is State.SCHEDULING
        assert server.flow.reason == ""

    def test_downloaded_update_may_still_be_preparing(self) -> None:
        server = Server()
        server.offer()
        server.schedule(install_action="DownloadOnly", status="Downloading")
        server.progress(status="Downloading", is_downloaded=True, download_percent_complete=1.0)
        assert server.flow.state is State.DOWNLOADING
        assert Downloaded(at=server.now) not in server.flow.history

    @pytest.mark.parametrize("fraction", [float("nan"), float("inf"), -1.0, 50.0])
    def test_impossible_fraction_is_not_reported(self, fraction: float) -> None:
        server = Server()
        server.offer()
        server.schedule(install_action="DownloadOnly", status="Downloading")
        item = osu.OSUpdateStatusItem(status="Downloading", download_percent_complete=fraction)
        answer = osu.OSUpdateStatusResponse(
            status="Acknowledged", command_uuid=server.send().command_uuid, os_update_status=[item]
        )
        server.flow.receive(answer, server.now)
        assert DownloadProgressed not in kinds(server.flow.history)
        json.dumps(server.flow.to_dict(), allow_nan=False)

    @pytest.mark.parametrize(
        "code", [12007, 12008, 12076], ids=["not authorised", "malformed", "no such channel"]
    )
    def test_permanent_errors_are_not_retried(self, code: int) -> None:
        server = Server()
        server.offer()
        server.ask("Error", error_chain=chain(code))
        assert server.flow.state is State.FAILED
        assert f"MCMDMErrorDomain {code}" in server.flow.reason

    @pytest.mark.parametrize(
        "gone",
        [[], [osu.OSUpdateStatusItem(product_key="K", status="Idle", is_downloaded=False)]],
        ids=["nothing", "idle"],
    )
    def test_lost_download_is_restarted_once(self, gone: list[osu.OSUpdateStatusItem]) -> None:
        server = Server(policy=Policy(max_retries=1))
        server.offer()
        server.schedule(install_action="DownloadOnly", status="Downloading")
        assert server.ask(os_update_status=gone) == []
        assert server.flow.state is State.SCHEDULING
        server.schedule(install_action="DownloadOnly", status="Downloading")
        assert kinds(server.ask(os_update_status=gone)) == (Blocked, Waiting)
        server.schedule(install_action="DownloadOnly", status="Downloading")
        server.ask(os_update_status=gone)
        assert server.flow.reason == "the download was gone before it was complete"

    @pytest.mark.parametrize(
        ("action", "status", "state"),
        [
            ("DownloadOnly", None, State.DOWNLOADING),
            ("DownloadOnly", "Sulking", State.DOWNLOADING),
            ("Default", "Installing", State.INSTALLING),
            ("InstallASAP", None, State.INSTALLING),
        ],
    )
    def test_action_and_status_decide(self, action: str, status: str | None, state: State) -> None:
        server = Server()
        server.offer()
        server.schedule(install_action=action, status=status)
        assert server.flow.state is state

    @pytest.mark.parametrize("status", ["Downloading", "Sulking"])
    def test_installation_lost_and_downloaded_again(self, status: str) -> None:
        server = Server()
        server.install()
        server.ask(os_update_status=[])
        server.schedule(install_action="DownloadOnly", status=status)
        assert server.flow.state is State.DOWNLOADING
        assert server.flow.reason == "the device starts the update again and has not installed it"
        server.progress(is_downloaded=True)
        server.schedule(install_action="InstallASAP", status="Installing")
        assert kinds(server.progress(status="Installing")) == (Restarting, Waiting)
        assert kinds(server.ask(os_update_status=[])) == (Restarted,)

    def test_failed_installation_begins_anew(self) -> None:
        server = Server()
        server.install()
        server.progress(status="Installing")
        server.progress(status="InstallFailed")
        events = server.schedule(install_action="DownloadOnly", status="Downloading")
        assert kinds(events) == (DownloadStarted, Waiting)
        assert kinds(server.progress(is_downloaded=True)) == (Downloaded,)
        server.schedule(install_action="InstallASAP", status="Installing")
        assert kinds(server.progress(status="Installing")) == (Restarting, Waiting)

    def test_installation_lost_repeatedly(self) -> None:
        server = Server(policy=Policy(max_retries=1))
        server.install()
        for _ in range(2):
            server.ask(os_update_status=[])
            server.schedule(install_action="InstallASAP", status="Installing")
        assert server.flow.state is State.FAILED
        assert server.flow.reason == ("the device starts the update again and has not installed it")

    def test_endless_restarts_without_the_update(self) -> None:
        server = Server(policy=Policy(max_retries=4))
        waits = []
        while not server.flow.done:
            server.send()
            assert kinds(server.flow.device_idle(server.now))[0] is Resending
            if server.flow.wait_until is not None:
                waits.append((server.flow.wait_until - server.now) // MINUTE)
        assert waits == [5, 15, 60, 240]
        assert server.flow.reason == "the device connected without responding to the command"

    def test_endless_downloads(self) -> None:
        server = Server(policy=Policy(max_retries=0))
        server.offer()
        server.schedule(install_action="DownloadOnly", status="Downloading")
        server.progress(is_downloaded=True)
        server.schedule(install_action="DownloadOnly", status="Idle")
        assert server.flow.state is State.FAILED
        assert server.flow.reason == "the device downloads again what it has downloaded"

    def test_download_is_never_installed(self) -> None:
        server = Server()
        server.offer()
        server.schedule(install_action="DownloadOnly", status="Downloading")
        server.progress(is_downloaded=True)
        server.ask()
        assert Restarted not in kinds(server.flow.history)
        server.ask(available_os_updates=[osu.AvailableOSUpdatesItem(product_key="K")])
        assert server.flow.reason == "the device still offers the update and does nothing with it"

    def test_idle_after_installation_means_nothing_to_do(self) -> None:
        server = Server()
        server.install()
        server.progress(is_downloaded=True)
        assert kinds(server.progress(status="Idle", download_percent_complete=0.0)) == (Restarted,)
        server.schedule(install_action="InstallASAP", status="Idle")
        assert server.flow.state is State.CONFIRMING

    def test_results_of_other_updates_are_ignored(self) -> None:
        server = Server()
        server.install()
        server.ask(os_update_status=[])
        other = osu.UpdateResultsItem(product_key="L", status="InstallFailed")
        server.ask(update_results=[other])
        assert server.flow.state is State.CONFIRMING

    @pytest.mark.parametrize("listed", [True, False])
    def test_idle_item_without_product_key_means_nothing_in_progress(self, listed: bool) -> None:
        server = Server()
        update = osu.AvailableOSUpdatesItem(product_key="K", version="17.4.1")
        server.ask(available_os_updates=[update] if listed else [])
        server.schedule(install_action="InstallASAP", status="Installing")
        idle = osu.OSUpdateStatusItem(
            product_key="", status="Idle", is_downloaded=False, download_percent_complete=0.0
        )
        server.ask(os_update_status=[idle])
        assert server.flow.state is State.SCHEDULING

    @pytest.mark.parametrize(
        "answer",
        [
            {"update_results": []},
            {},
            {"status": "Error", "error_chain": chain(12048)},
        ],
        ids=["none", "missing", "error"],
    )
    def test_update_withdrawn_before_acceptance(self, answer: dict[str, object]) -> None:
        for action in None, "DownloadOnly":
            server = Server(action=action)
            server.offer()
            assert kinds(server.ask(**answer)) == (UpdateNotOffered, Waiting)  # type: ignore[arg-type]
            assert server.flow.state is State.LISTING
            assert server.flow.reason == "the device does not offer this update"

    def test_update_withdrawn_after_download(self) -> None:
        server = Server(action="DownloadOnly")
        server.offer()
        server.schedule(install_action="DownloadOnly", status="Downloading")
        server.ask(os_update_status=[])
        assert server.ask() == []
        server.ask(available_os_updates=[])
        assert server.flow.history[-1] == Finished(
            at=server.now,
            reason="the device no longer has the update: it is installed or was withdrawn",
        )

    @pytest.mark.parametrize(
        ("code", "same"), [(12051, 2200), (12052, 2201), (12058, 2207), (12059, 2211)]
    )
    def test_same_error_in_both_domains(self, code: int, same: int) -> None:
        flows = []
        for error in chain(code), chain(same, "DeviceManagement.error"):
            server = Server()
            server.offer()
            server.ask("Error", error_chain=error)
            flows.append((server.flow.state, kinds(server.flow.history)))
        assert flows[0] == flows[1]

    @pytest.mark.parametrize("domain", ["MCMDMErrorDomain", "DeviceManagement.error"])
    @pytest.mark.parametrize("of_the_item", [True, False])
    @pytest.mark.parametrize(
        ("code", "same", "state", "event"),
        [
            (12051, 2200, State.DOWNLOADING, DownloadStarted),
            (12052, 2201, State.SCHEDULING, Downloaded),
            (12058, 2207, State.INSTALLING, Restarting),
        ],
    )
    def test_errors_that_report_progress_are_not_failures(
        self, code: int, same: int, state: State, event: type, domain: str, of_the_item: bool
    ) -> None:
        server = Server()
        server.offer()
        error = chain(code if domain == "MCMDMErrorDomain" else same, domain)
        if of_the_item:
            events = server.schedule(install_action="Error", status="Idle", error_chain=error)
        else:
            events = server.ask("Error", error_chain=error)
        assert event in kinds(events)
        assert Blocked not in kinds(events)
        assert server.flow.state is state

    def test_complete_download_that_is_never_installed(self) -> None:
        server = Server(policy=Policy(max_retries=0))
        server.offer()
        server.ask("Error", error_chain=chain(12052))
        server.ask("Error", error_chain=chain(12052))
        assert server.flow.reason == "the device does not install what it has downloaded"

    def test_update_that_is_never_offered(self) -> None:
        server = Server(policy=Policy(max_retries=0))
        server.ask(available_os_updates=[])
        chain = [osu.ErrorChainItem(error_domain="DeviceManagement.error", error_code=2213)]
        server.ask("Error", error_chain=chain)
        assert server.flow.reason == "the device does not offer this update"


class TestStatuses:
    def test_not_now_backs_off(self) -> None:
        server = Server()
        waits = []
        first = server.send()
        for _ in range(6):
            server.flow.receive(
                osu.Response(status="NotNow", command_uuid=first.command_uuid), server.now
            )
            assert server.flow.wait_until is not None
            waits.append((server.flow.wait_until - server.now) // MINUTE)
            assert server.send() == first
        assert waits == [5, 15, 60, 240, 240, 240]

    def test_losses_and_not_now_back_off_together(self) -> None:
        server = Server()
        for _ in range(2):
            server.send()
            server.flow.device_idle(server.now)
        waits = []
        for _ in range(2):
            server.ask("NotNow")
            assert server.flow.wait_until is not None
            waits.append((server.flow.wait_until - server.now) // MINUTE)
        assert waits == [15, 60]

    def test_device_returns_after_not_now(self) -> None:
        server = Server()
        first = server.send()
        answer = osu.Response(status="NotNow", command_uuid=first.command_uuid)
        server.flow.receive(answer, NOW)
        assert server.flow.next_command(NOW) is None
        server.flow.device_idle(NOW)
        assert server.flow.next_command(NOW) is None
        later = NOW + MINUTE
        assert server.flow.next_command(later) is None
        assert server.flow.receive(osu.Response(status="Idle"), later) == []
        assert server.flow.next_command(later) == first

    def test_repeated_not_now_counts_once(self) -> None:
        server = Server()
        server.ask("NotNow")
        until = server.flow.wait_until
        answer = osu.Response(status="NotNow", command_uuid=server.command.command_uuid)  # type: ignore[union-attr]
        assert kinds(server.flow.receive(answer, server.now)) == (Ignored,)
        assert server.flow.wait_until == until

    @pytest.mark.parametrize("status", ["Acknowledged", "Error", "CommandFormatError"])
    def test_response_after_not_now_counts(self, status: str) -> None:
        server = Server()
        server.ask("NotNow")
        answer = osu.AvailableOSUpdatesResponse(status=status, command_uuid=server.uuid)
        assert Ignored not in kinds(server.flow.receive(answer, server.now))

    def test_response_resets_the_back_off(self) -> None:
        server = Server()
        server.ask("NotNow")
        server.ask(available_os_updates=[])
        server.ask("NotNow")
        assert server.flow.wait_until == server.now + 5 * MINUTE

    def test_command_format_error_is_final(self) -> None:
        server = Server()
        server.ask("CommandFormatError")
        assert server.flow.reason == "the device found the command malformed"
        assert server.flow.state is State.FAILED

    def test_unknown_request_type_hints_at_declarations(self) -> None:
        server = Server()
        unknown = osu.ErrorChainItem(error_domain="MCMDMErrorDomain", error_code=12021)
        server.ask("Error", error_chain=[unknown])
        assert server.flow.state is State.FAILED
        assert "softwareupdate.enforcement.specific" in server.flow.reason

    def test_other_errors_are_retried(self) -> None:
        server = Server()
        server.ask("Error")
        assert server.flow.reason == "the device responded with Error and no reason"
        assert server.flow.state is State.LISTING

    def test_idle_response_equals_device_idle(self) -> None:
        server = Server()
        assert server.flow.receive(osu.Response(status="Idle"), NOW) == []
        server.send()
        assert kinds(server.flow.receive(osu.Response(status="Idle"), NOW)) == (Resending,)

    def test_unknown_status_is_ignored(self) -> None:
        server = Server()
        [event] = server.ask("Sleeping")
        assert isinstance(event, Ignored)
        assert event.reason == "unknown status Sleeping"
        assert server.flow.state is State.LISTING


class TestUnexpectedResponses:
    def ignored(self, server: Server, status: str = "Acknowledged", **keys: object) -> str:
        before = server.flow.to_dict()
        answer = osu.Response(status=status, **keys)  # type: ignore[arg-type]
        [event] = server.flow.receive(answer, server.now)
        assert isinstance(event, Ignored)
        after = server.flow.to_dict()
        assert after.pop("history") == [*before.pop("history"), event.to_dict()]
        assert after == before
        return event.reason

    def test_response_to_a_command_never_sent(self) -> None:
        server = Server()
        server.send()
        reason = "it responds to a command that was never sent"
        assert self.ignored(server, command_uuid="B") == reason
        for status in "Acknowledged", "NotNow":
            assert self.ignored(server, status) == reason

    def test_duplicate_response(self) -> None:
        server = Server()
        server.ask(available_os_updates=[])
        first = server.command and server.command.command_uuid
        assert self.ignored(server, command_uuid=first, udid="A") == "it is a duplicate"
        earlier = [first]
        for _ in range(4):
            server.ask("Error")
            earlier.append(server.uuid)
        server.send()
        for uuid in earlier:
            assert self.ignored(server, command_uuid=uuid, udid="A") == "it is a duplicate"

    def test_response_from_another_device(self) -> None:
        server = Server(udid="B")
        uuid = server.send().command_uuid
        for udid in "A", "C":
            ignored = self.ignored(server, command_uuid=uuid, udid=udid)
            assert ignored == "it is from another device"

    def test_idle_from_another_device(self) -> None:
        server = Server(udid="A")
        server.send()
        idle = osu.Response(status="Idle", udid="B")
        assert kinds(server.flow.receive(idle, NOW)) == (Ignored,)
        assert server.flow.device_idle(NOW) != []

    @pytest.mark.parametrize("key", ["UserID", "EnrollmentUserID"])
    def test_idle_from_a_user_channel(self, key: str) -> None:
        server = Server(udid="A")
        server.send()
        idle = osu.from_dict({"Status": "Idle", "UDID": "A", key: "U"}, osu.Response)
        (event,) = server.flow.receive(idle, NOW)
        assert isinstance(event, Ignored)
        assert event.reason == "it is from a user channel"

    def test_repeated_unexpected_responses_do_not_fill_the_history(self) -> None:
        server = Server()
        server.send()
        for n in range(50):
            answer = osu.Response(status="Acknowledged", command_uuid=f"other {n}")
            [event] = server.flow.receive(answer, NOW)
        assert kinds(server.flow.history) == (CommandSent, *[Ignored] * 20)
        kept = [event.command_uuid for event in server.flow.history[1:]]  # type: ignore[attr-defined]
        assert kept == [f"other {n}" for n in range(30, 50)]
        assert server.flow.history[-1] == event

    def test_response_before_the_first_command(self) -> None:
        server = Server()
        answer = osu.Response(status="Acknowledged", command_uuid="B")
        assert kinds(server.flow.receive(answer, NOW)) == (Ignored,)
        assert kinds(server.flow.receive(answer, NOW)) == (Ignored,)
        assert server.send().request_type == "AvailableOSUpdates"

    def test_first_response_determines_the_device(self) -> None:
        server = Server()
        server.ask(available_os_updates=[])
        uuid = server.send().command_uuid
        assert self.ignored(server, command_uuid=uuid, enrollment_id="B") == (
            "it is from another device"
        )

    def test_response_after_the_end(self) -> None:
        server = Server()
        server.ask("CommandFormatError")
        uuid = server.uuid
        before = server.flow.to_dict()
        answer = osu.Response(status="Acknowledged", command_uuid=uuid, udid="A")
        assert server.flow.receive(answer, server.now) == []
        assert server.flow.to_dict() == before

    def test_response_read_as_base_class(self) -> None:
        server = Server()
        server.offer()
        uuid = server.send().command_uuid
        whole = osu.ScheduleOSUpdateResponse(
            status="Acknowledged",
            command_uuid=uuid,
            update_results=[
                osu.UpdateResultsItem(install_action="InstallASAP", status="Installing")
            ],
        )
        server.flow.receive(osu.loads(osu.dumps(whole), osu.Response), server.now)
        assert server.flow.state is State.INSTALLING


class TestTargets:
    def test_list_item_is_requested_by_product_key(self) -> None:
        target = osu.AvailableOSUpdatesItem(product_key="K", version="17.4.1")
        server = Server(target=target)
        server.ask(available_os_updates=[])
        command = server.send()
        assert isinstance(command, osu.ScheduleOSUpdateCommand)
        assert command.updates is not None
        assert command.updates[0].product_key == "K"
        assert server.flow.to_dict()["memory"]["version"] == "17.4.1"

    def test_product_key_of_a_list_item_may_name_the_version(self) -> None:
        key = "MSU_UPDATE_23E214_patch_14.4"
        server = Server(MAC, osu.AvailableOSUpdatesItem(product_key=key))
        memory = server.flow.to_dict()["memory"]
        assert (memory["product_key"], memory["version"]) == (key, "14.4")

    def test_product_key(self) -> None:
        server = Server(MAC, "MSU_UPDATE_23E214_patch_14.4")
        assert server.flow.to_dict()["memory"]["version"] == "14.4"
        server = Server(MAC, "041-14451")
        server.ask(scan_initiated=True)
        offered = osu.AvailableOSUpdatesItem(product_key="041-14451")
        server.ask(available_os_updates=[offered])
        assert server.flow.state is State.SCHEDULING

    def test_version_object(self) -> None:
        assert Server(MAC, osu.OSVersion("14.4")).send().request_type == "ScheduleOSUpdateScan"

    @pytest.mark.parametrize(
        "target",
        [
            "MSU_UPDATE_22F770820d_patch_13.4.1_rsr",
            "MSU_UPDATE_22F82_patch_13.4.1",
            osu.AvailableOSUpdatesItem(
                product_key="K", version="13.4.1", is_security_response=True
            ),
        ],
    )
    def test_product_key_does_not_reveal_an_installed_version(self, target: object) -> None:
        server = Server(osu.Device("macOS", "13.4.1", supervised=True), target)
        assert server.send().request_type == "ScheduleOSUpdateScan"

    def test_spaces_around_a_version(self) -> None:
        assert Server(target=" 17.4.1\n").flow.to_dict()["memory"]["version"] == "17.4.1"

    @pytest.mark.parametrize(
        "text", ["v17.4", "17.4.1.1", "17.x", "1234567", "17.4 beta", "seventeen", "K 1", ""]
    )
    def test_invalid_target(self, text: str) -> None:
        with pytest.raises(ValueError, match="expected a version"):
            Server(target=text)

    def test_list_item_without_product(self) -> None:
        with pytest.raises(ValueError, match="neither a product key nor a version"):
            Server(target=osu.AvailableOSUpdatesItem())

    def test_wrong_types(self) -> None:
        with pytest.raises(TypeError, match=r"target must be str, .* not NoneType"):
            Server(target=None)
        with pytest.raises(TypeError, match="device must be Device, not str"):
            UpdateFlow(cast("osu.Device", "macOS"), "17.4")
        flow = Server().flow
        with pytest.raises(TypeError, match="response must be Response, not bytes"):
            flow.receive(cast("osu.Response", b""), NOW)
        with pytest.raises(TypeError, match="a time must be datetime, not NoneType"):
            flow.next_command(cast("dt.datetime", None))

    def test_id_that_is_not_a_uuid(self) -> None:
        with pytest.raises(ValueError, match="expected a UUID as id, got 'abc'"):
            UpdateFlow(osu.Device("iOS", "17.3"), "17.4", id="abc")

    def test_version_already_installed(self) -> None:
        for target in "17.3", "17.2.1":
            flow = UpdateFlow(IPHONE, target)
            assert flow.next_command(NOW) is None
            assert flow.history == [Finished(at=NOW, reason="the device already has 17.3")]


class TestUnsupportedDevices:
    @pytest.mark.parametrize(
        ("device", "target", "rule", "reason"),
        [
            (osu.Device("macOS", "27.0"), "27.1", "OSU402", "enforcement.specific"),
            (osu.Device("iOS", "17.0", supervised=False), "17.1", "OSU310", "Supervise"),
            (osu.Device("visionOS", "2.0"), "2.1", "OSU301", "visionOS"),
            (osu.Device("iOS", "17.0", enrollment="user"), "17.1", "OSU312", "User Enrollment"),
            (evolve(IPHONE, declaration_managed=True), "17.4", "OSU403", "Change the declaration"),
            (evolve(MAC, declaration_managed=True), "14.4", "OSU403", "Change the declaration"),
        ],
    )
    def test_unsupported_device_is_sent_nothing(
        self, device: osu.Device, target: str, rule: str, reason: str
    ) -> None:
        flow = UpdateFlow(device, target)
        assert [finding.rule for finding in flow.findings] == [rule]
        assert flow.next_command(NOW) is None
        assert flow.state is State.FAILED
        assert reason in flow.reason

    def test_unsupported_action(self) -> None:
        assert [f.rule for f in UpdateFlow(IPHONE, "17.4", action="NotifyOnly").findings] == [
            "OSU306"
        ]


class TestLimits:
    def test_maximum_number_of_commands(self) -> None:
        server = Server(policy=Policy(commands=1))
        server.ask("NotNow")
        assert server.flow.wait_until is not None
        assert server.flow.next_command(server.flow.wait_until) is None
        assert server.flow.reason == "not finished after 1 commands"

    @pytest.mark.parametrize(
        ("code", "reason"),
        [
            ([], "the device responded with Error and no reason"),
            (chain(1, "A"), "no description (A 1)"),
            ([osu.ErrorChainItem(error_code=1, localized_description="A")], "A (no domain 1)"),
        ],
    )
    def test_timeout_reports_the_last_obstacle(
        self, code: list[osu.ErrorChainItem], reason: str
    ) -> None:
        server = Server()
        server.ask("Error", error_chain=code)
        assert restored(server.flow).next_command(NOW + dt.timedelta(days=30)) is not None
        assert server.flow.next_command(NOW + dt.timedelta(days=31)) is None
        assert server.flow.reason == f"not finished after 30 days; the last obstacle: {reason}"

    def test_ten_years_are_the_longest_time(self) -> None:
        longest = dt.timedelta(days=3660)
        assert Policy(timeout=longest).timeout == longest
        with pytest.raises(ValueError, match="at most ten years"):
            Policy(timeout=longest + dt.timedelta(seconds=1))

    @pytest.mark.parametrize(
        "wrong",
        [
            {"back_off": []},
            {"poll_every": dt.timedelta()},
            {"response_timeout": 0},
            {"timeout": -1},
            {"commands": 0},
            {"max_retries": -1},
        ],
    )
    def test_invalid_limits(self, wrong: dict[str, object]) -> None:
        (name,) = wrong
        with pytest.raises(ValueError, match=f"{name} must "):
            Policy(**wrong)  # type: ignore[arg-type]


class TestMisuse:
    def test_time_goes_backwards(self) -> None:
        server = Server()
        server.send()
        with pytest.raises(osu.FlowError, match="time goes backwards"):
            server.flow.device_idle(NOW - MINUTE)

    def test_naive_time_is_rejected(self) -> None:
        with pytest.raises(TypeError, match="no time zone"):
            Server().flow.next_command(dt.datetime(2026, 3, 2))

    def test_next_command_after_the_end(self) -> None:
        server = Server()
        server.ask("CommandFormatError")
        with pytest.raises(osu.FlowError, match="the flow has ended: failed"):
            server.flow.next_command(NOW)
        assert server.flow.device_idle(NOW) == []


class TestStoring:
    def test_round_trip_through_json(self) -> None:
        server = Server(MAC, "14.4", action="InstallLater", max_user_deferrals=3, udid="A")
        server.offer()
        server.send()
        text = json.dumps(server.flow.to_dict())
        assert load_flow(json.loads(text)).to_dict() == server.flow.to_dict()

    @pytest.mark.parametrize("values", [{}, {"memory": {"state": "scanning"}}])
    def test_other_values_are_rejected(self, values: dict[str, object]) -> None:
        with pytest.raises(ValueError, match="invalid stored flow"):
            load_flow(values)

    @pytest.mark.parametrize("value", [None, 1, "x", [], {}, [1], 1e300])
    def test_all_faults_raise_value_error(self, value: object) -> None:
        written = Server().flow.to_dict()
        for part in "memory", "policy":
            for key in written[part]:
                with contextlib.suppress(ValueError):
                    load_flow(written | {part: written[part] | {key: value}})
        for key in written:
            with contextlib.suppress(ValueError):
                load_flow(written | {key: value})

    def test_each_command_has_its_own_uuid(self) -> None:
        server = Server()
        uuids = []
        for _ in range(5):
            server.ask("Error")
            uuids.append(server.uuid)
        assert len(set(uuids)) == 5

    def test_command_uuids_derive_from_the_id(self) -> None:
        assert Server().send() == Server().send()
        assert UpdateFlow(IPHONE, "17.4").id != UpdateFlow(IPHONE, "17.4").id


class TestTransitions:
    always = frozenset({Outcome.NOT_NOW, Outcome.BLOCKED, Outcome.REJECTED, Outcome.DONE})
    possible: ClassVar = {
        "ScheduleOSUpdateScan": {Outcome.SCANNED},
        "AvailableOSUpdates": {Outcome.OFFERED, Outcome.UNLISTED, Outcome.ABSENT},
        "ScheduleOSUpdate": {
            Outcome.DOWNLOADING,
            Outcome.DOWNLOADED,
            Outcome.UNDOWNLOADED,
            Outcome.INSTALLING,
            Outcome.NOTHING,
            Outcome.ABSENT,
        },
        "OSUpdateStatus": {
            Outcome.DOWNLOADING,
            Outcome.DOWNLOADED,
            Outcome.INSTALLING,
            Outcome.NOTHING,
            Outcome.WAITING,
        },
    }
    waits = frozenset({State.INSTALLING, State.CONFIRMING})

    def test_every_state_handles_every_answer(self) -> None:
        assert TRANSITIONS.keys() == REQUESTS.keys()
        for state, request in REQUESTS.items():
            silent = {Outcome.PENDING, Outcome.NOTHING} if state in self.waits else set()
            assert TRANSITIONS[state].keys() == self.always | self.possible[request] | silent

    @pytest.mark.parametrize("start", [State.SCANNING, State.LISTING])
    def test_every_state_is_reachable_and_has_an_exit(self, start: State) -> None:
        reached, new = set(), {start}
        while new:
            reached |= new
            new = {s for state in new & REQUESTS.keys() for s in TRANSITIONS[state].values()}
            new -= reached
        by_report = {State.DECLARED, State.PREPARED}
        assert reached >= set(State) - set(WITHOUT_SCAN) - by_report

    def test_every_state_of_a_declared_update_is_reachable(self) -> None:
        ends = {State.FINISHED, State.FAILED}
        between = {State.DOWNLOADING, State.PREPARED, State.INSTALLING}
        assert set(DECLARED.values()) == {State.DECLARED, *between, *ends}
