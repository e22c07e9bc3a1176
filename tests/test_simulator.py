"""Simulated devices: each behavior, and each error."""

import datetime as dt
from typing import Any

import pytest
from attrs import evolve

import mdm_osupdate as osu
from mdm_osupdate.flow import (
    CommandSent,
    Finished,
    ScanStarted,
    State,
    UpdateFlow,
    UpdateFound,
    UpdateNotOffered,
    Waiting,
)
from mdm_osupdate.simulator import Behavior, Exchange, SimulatedDevice, offer, play

NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.timezone.utc)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
IPHONE = osu.Device("iOS", "17.3", supervised=True)
IPAD = osu.Device("iPadOS", "17.3", supervised=True, shared_ipad=True)
MAC = osu.Device("macOS", "14.3", supervised=True)
QUIET = (Waiting, CommandSent, UpdateFound, ScanStarted, UpdateNotOffered)


def story(
    device: osu.Device, target: str, behavior: Behavior | None = None, **keys: Any
) -> list[str]:
    """Update a device and return the events, without immediate repetitions."""
    simulated = SimulatedDevice(device, [offer(device, target)], behavior)
    flow = UpdateFlow(device, target, **keys)
    for _ in play(flow, simulated, NOW):
        pass
    told: list[str] = []
    for event in flow.history:
        name = type(event).__name__
        if not isinstance(event, QUIET) and told[-1:] != [name]:
            told.append(name)
    assert (str(simulated.device.os_version) == target) == (
        flow.history[-1] == Finished(at=flow.history[-1].at, reason="installed")
    )
    return told


class TestUpdates:
    def test_iphone(self) -> None:
        assert story(IPHONE, "17.4.1") == [
            "DownloadStarted",
            "DownloadProgressed",
            "Downloaded",
            "InstallScheduled",
            "Restarted",
            "Finished",
        ]

    def test_passcode_and_deferrals(self) -> None:
        told = story(IPHONE, "17.4.1", Behavior(passcode=True, deferrals=2))
        assert told[-4:] == ["InstallScheduled", "Restarting", "Restarted", "Finished"]

    def test_passcode(self) -> None:
        told = story(IPHONE, "17.4.1", Behavior(passcode=True))
        assert told[-4:] == ["InstallScheduled", "Restarting", "Restarted", "Finished"]

    def test_apple_tv_ignores_passcode_and_calls(self) -> None:
        tv = osu.Device("tvOS", "17.0", supervised=True)
        behavior = Behavior(passcode=True, deferrals=2, phone_call=9 * HOUR)
        assert story(tv, "17.4", behavior) == story(tv, "17.4")

    def test_passcode_on_old_iphone(self) -> None:
        old = osu.Device("iOS", "10.2", supervised=True)
        flow = UpdateFlow(old, "10.3")
        phone = SimulatedDevice(old, [offer(old, "10.3")], Behavior(passcode=True))
        assert [*play(flow, phone, NOW)][-1].state is State.FAILED
        assert flow.reason == "the passcode must be cleared first (MCMDMErrorDomain 12049)"

    def test_preparation_time(self) -> None:
        told = story(IPHONE, "17.4.1", Behavior(prepare_time=2 * HOUR))
        assert told == story(IPHONE, "17.4.1")

    def test_downloaded_update_is_not_listed(self) -> None:
        phone = SimulatedDevice(IPHONE, [offer(IPHONE, "17.4.1")], Behavior(lists_downloaded=False))
        phone.answer(osu.ScheduleOSUpdateCommand(None), NOW)
        answer = phone.answer(osu.AvailableOSUpdatesCommand(), NOW + HOUR)
        assert isinstance(answer, osu.AvailableOSUpdatesResponse)
        assert answer.available_os_updates == ()

    @pytest.mark.parametrize(
        ("device", "target", "minutes", "end"),
        [
            (IPHONE, "17.4.1", 0, "Failed"),
            (IPHONE, "17.4.1", 12, "Finished"),  # its user may have installed it, for all one knows
            (IPHONE, "17.4.1", 60, "Finished"),
            (MAC, "14.4", 0, "Failed"),
            (MAC, "14.4", 60, "Finished"),
        ],
    )
    def test_withdrawn_update(
        self, device: osu.Device, target: str, minutes: int, end: str
    ) -> None:
        behavior = Behavior(withdrawn_after=dt.timedelta(minutes=minutes))
        told = story(device, target, behavior)
        assert told[-1] == end
        assert ("Restarted" in told) == (minutes == 60)

    def test_mac_forgets_its_scan(self) -> None:
        mac = SimulatedDevice(MAC, [offer(MAC, "14.4")], Behavior(forgets_scan=True))
        flow = UpdateFlow(MAC, "14.4")
        *_, last = play(flow, mac, NOW)
        answer = mac.answer(osu.AvailableOSUpdatesCommand(), last.at)
        assert isinstance(answer, osu.AvailableOSUpdatesResponse)
        assert (flow.state, answer.available_os_updates) == (State.FINISHED, ())

    def test_lost_response(self) -> None:
        told = story(IPHONE, "17.4.1", Behavior(loses_response=True))
        assert told[-4:] == ["Downloaded", "Resending", "Restarted", "Finished"]

    @pytest.mark.parametrize("action", ["InstallASAP", "InstallLater", "InstallForceRestart"])
    def test_lost_response_on_a_mac(self, action: str) -> None:
        told = story(MAC, "14.4", Behavior(loses_response=True), action=action)
        assert told[0] == "Resending"
        assert told[-1] == "Finished"

    def test_all_deferrals_are_used(self) -> None:
        told = story(
            MAC,
            "14.4",
            Behavior(deferrals=9),
            action="InstallLater",
            max_user_deferrals=2,
        )
        assert told == [
            "InstallScheduled",
            "DownloadProgressed",
            "Downloaded",
            "UserDeferred",
            "Restarted",
            "Finished",
        ]

    def test_macos_12_0_reports_no_deferrals(self) -> None:
        old = evolve(MAC, os_version=osu.OSVersion("12.0"))
        told = story(
            old, "12.1", Behavior(deferrals=1), action="InstallLater", max_user_deferrals=2
        )
        assert "UserDeferred" not in told

    def test_changed_action(self) -> None:
        changes = Behavior(changes_action=osu.ScheduledAction.DOWNLOAD_ONLY)
        assert "ActionChanged" in story(MAC, "14.4", changes)

    @pytest.mark.parametrize(("device", "target"), [(IPHONE, "17.4.1"), (MAC, "14.4")])
    def test_first_attempt_fails(self, device: osu.Device, target: str) -> None:
        told = story(device, target, Behavior(changes_action=osu.ScheduledAction.ERROR))
        assert told[0] == "Blocked"
        assert told[-1] == "Finished"

    def test_notify_only(self) -> None:
        assert story(MAC, "14.4", action="NotifyOnly") == ["Finished"]

    @pytest.mark.parametrize(
        "behavior",
        [
            Behavior(no_space=3 * HOUR),
            Behavior(no_network=3 * HOUR),
            Behavior(no_power=3 * HOUR),
            Behavior(phone_call=3 * HOUR),
            Behavior(failing_installs=2),
        ],
    )
    @pytest.mark.parametrize(("device", "target"), [(IPHONE, "17.4.1"), (MAC, "14.4")])
    def test_temporary_problems(self, device: osu.Device, target: str, behavior: Behavior) -> None:
        told = story(device, target, behavior)
        assert ("Blocked" in told) == (device is IPHONE or not behavior.phone_call)
        assert told[-1] == "Finished"

    def test_permanent_problem(self) -> None:
        simulated = SimulatedDevice(IPHONE, [offer(IPHONE, "17.4.1")], Behavior(no_space=DAY * 9))
        flow = UpdateFlow(IPHONE, "17.4.1")
        assert [*play(flow, simulated, NOW)][-1].state is State.FAILED
        assert flow.reason == "not enough space for the download (MCMDMErrorDomain 12054)"

    def test_user_logged_in_to_shared_ipad(self) -> None:
        told = story(IPAD, "17.4.1", Behavior(logged_in=3 * HOUR))
        assert told[0] == "Blocked"
        assert told[-1] == "Finished"

    def test_not_now(self) -> None:
        told = story(MAC, "14.4", Behavior(not_now_every=3))
        assert "NotNow" in told
        assert told[-1] == "Finished"

    def test_declaration_takes_precedence(self) -> None:
        managed = evolve(IPHONE, declaration_managed=True)
        flow = UpdateFlow(IPHONE, "17.4.1")
        simulated = SimulatedDevice(managed, [offer(managed, "17.4.1")])
        steps = [*play(flow, simulated, NOW)]
        assert flow.reason.startswith("a declaration manages the update")
        assert isinstance(steps[0].answer, osu.AvailableOSUpdatesResponse)
        assert steps[0].answer.available_os_updates == ()
        status = simulated.answer(osu.OSUpdateStatusCommand(), steps[-1].at)
        assert isinstance(status, osu.OSUpdateStatusResponse)
        assert status.os_update_status == ()

    def test_no_exchanges(self) -> None:
        device = osu.Device("macOS", "27.0")
        assert [*play(UpdateFlow(device, "27.1"), SimulatedDevice(device), NOW)] == []

    def test_second_command_ends_the_deferral(self) -> None:
        phone = SimulatedDevice(
            IPHONE, [offer(IPHONE, "17.4.1")], Behavior(passcode=True, deferrals=3)
        )
        command = osu.ScheduleOSUpdateCommand(
            [osu.UpdatesItem(install_action="Default", product_version="17.4.1")]
        )
        for now in NOW, NOW + HOUR:
            phone.answer(command, now)
            assert phone.awake_at(NOW + HOUR) == NOW + HOUR
        later = NOW + 2 * HOUR
        phone.answer(command, later)
        assert phone.awake_at(later) > later
        assert phone.check_in(later) is None
        assert phone.answer(command, later) is None


@pytest.mark.parametrize("name", ["deferrals", "not_now_every", "failing_installs"])
def test_a_negative_number(name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name} must be 0 or more, not -1$"):
        Behavior(**{name: -1})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["scan_time", "withdrawn_after"])
def test_a_negative_duration(name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name} must not be negative, not -1 day, 0:00:00$"):
        Behavior(**{name: dt.timedelta(days=-1)})  # type: ignore[arg-type]


def test_repr() -> None:
    phone = SimulatedDevice(IPHONE, [offer(IPHONE, "17.4.1")], udid="A")
    assert (phone.udid, len(phone.updates)) == ("A", 1)
    assert repr(phone) == "<SimulatedDevice A: iOS 17.3>"


class TestResponses:
    def answer(self, command: osu.Command, device: osu.Device) -> osu.Response:
        answer = SimulatedDevice(device, udid="A").answer(command, NOW)
        assert answer is not None
        return answer

    @pytest.mark.parametrize(
        ("device", "domain", "code"),
        [
            (osu.Device("macOS", "27.0"), "MCMDMErrorDomain", 12021),
            (osu.Device("watchOS", "10.0"), "MCMDMErrorDomain", 12021),
            (osu.Device("macOS", "10.10"), "MDMClientError", 91),
            (osu.Device("iOS", "17.0", supervised=False), "MCMDMErrorDomain", 12007),
            (osu.Device("iOS", "17.0", access_rights=0), "MCMDMErrorDomain", 12007),
            (osu.Device("macOS", "14.0", channel="user"), "MCMDMErrorDomain", 12076),
        ],
    )
    def test_errors(self, device: osu.Device, domain: str, code: int) -> None:
        command = osu.ScheduleOSUpdateCommand(
            [osu.UpdatesItem(install_action="InstallASAP", product_key="K")]
        )
        answer = self.answer(command, device)
        assert answer.status == "Error"
        assert answer.error_chain is not None
        assert (answer.error_chain[0].error_domain, answer.error_chain[0].error_code) == (
            domain,
            code,
        )

    def test_unsupported_action(self) -> None:
        item = osu.UpdatesItem(install_action="NotifyOnly", product_version="17.4")
        answer = self.answer(osu.ScheduleOSUpdateCommand([item]), IPHONE)
        assert answer.error_chain is not None
        assert answer.error_chain[0].error_code == 12008

    def results(
        self, device: osu.Device, *items: osu.UpdatesItem, offers: list[str]
    ) -> list[tuple[object, ...]]:
        """Return action, status and error code of each result of a command."""
        simulated = SimulatedDevice(device, [offer(device, version) for version in offers])
        answer = simulated.answer(osu.ScheduleOSUpdateCommand(items or None), NOW)
        assert isinstance(answer, osu.ScheduleOSUpdateResponse)
        return [
            (r.install_action, r.status, *(e.error_code for e in r.error_chain or ()))
            for r in answer.update_results or ()
        ]

    def test_command_without_updates(self) -> None:
        assert self.results(IPHONE, offers=["17.4.1"]) == [("DownloadOnly", "Downloading")]
        assert self.results(IPHONE, offers=[]) == []
        assert len(self.results(MAC, offers=["14.4", "14.5"])) == 2
        mac = SimulatedDevice(MAC, [offer(MAC, "14.4")])
        answer = mac.answer(osu.ScheduleOSUpdateCommand([]), NOW)
        assert isinstance(answer, osu.ScheduleOSUpdateResponse)
        assert len(answer.update_results or ()) == 1

    @pytest.mark.parametrize(
        ("device", "item", "result"),
        [
            (IPHONE, osu.UpdatesItem(install_action="Default"), ("DownloadOnly", "Downloading")),
            (
                IPHONE,
                osu.UpdatesItem(install_action="downloadonly", product_version="17.4.1"),
                ("DownloadOnly", "Downloading"),
            ),
            (
                IPHONE,
                osu.UpdatesItem(install_action="InstallASAP", product_version="17.4.1"),
                ("Error", "InstallFailed", 12059),
            ),
            (
                MAC,
                osu.UpdatesItem(install_action="Sometime", product_version="17.4.1"),
                ("InstallASAP", "Downloading"),
            ),
        ],
    )
    def test_result_of_an_item(
        self, device: osu.Device, item: osu.UpdatesItem, result: tuple[object, ...]
    ) -> None:
        assert self.results(device, item, offers=["17.4.1"]) == [result]

    @pytest.mark.parametrize(
        "ignored", [{"priority": "High"}, {"max_user_deferrals": 3}, {"product_version": "17.4.1"}]
    )
    def test_keys_of_other_platforms_are_ignored(self, ignored: dict[str, Any]) -> None:
        old = osu.Device("iOS", "11.0", supervised=True)
        update = offer(old, "11.2")
        item = osu.UpdatesItem(install_action="Default", product_key=update.product_key, **ignored)
        assert self.results(old, item, offers=["11.2"]) == [("DownloadOnly", "Downloading")]

    def test_old_mac_treats_new_actions_as_default(self) -> None:
        old = osu.Device("macOS", "10.15", supervised=True)
        key = offer(old, "10.15.1").product_key
        item = osu.UpdatesItem(install_action="DownloadOnly", product_key=key)
        assert self.results(old, item, offers=["10.15.1"]) == [("InstallASAP", "Downloading")]

    def test_device_is_checked_before_the_updates(self) -> None:
        """An unsupervised device reports that first, whatever else is wrong."""
        item = osu.UpdatesItem(install_action="NotifyOnly", product_version="17.4")
        device = evolve(IPHONE, supervised=False)
        answer = self.answer(osu.ScheduleOSUpdateCommand([item]), device)
        assert answer.error_chain is not None
        assert answer.error_chain[0].error_code == 12007

    def test_iphone_rejects_two_updates(self) -> None:
        item = osu.UpdatesItem(install_action="Default", product_version="17.4.1")
        answer = self.answer(osu.ScheduleOSUpdateCommand([item, item]), IPHONE)
        assert answer.error_chain is not None
        assert answer.error_chain[0].error_code == 12008

    def test_version_does_not_match_a_security_response(self) -> None:
        item = osu.UpdatesItem(install_action="InstallASAP", product_version="14.3")
        assert self.results(MAC, item, offers=["14.3 (a)"]) == []

    def test_first_command_after_the_update(self) -> None:
        for device, target, first in (
            (IPHONE, "17.4.1", None),
            (osu.Device("iOS", "10.2", supervised=True), "10.3", "Idle"),
        ):
            simulated = SimulatedDevice(device, [offer(device, target)])
            key = simulated.updates[0].product_key
            command = osu.ScheduleOSUpdateCommand(
                [osu.UpdatesItem(install_action="Default", product_key=key)]
            )
            simulated.answer(command, NOW)
            simulated.answer(command, NOW + HOUR)
            answers = [simulated.answer(command, NOW + 2 * HOUR) for _ in range(2)]
            one, other = (a.update_results for a in answers)  # type: ignore[union-attr]
            assert (one and one[0].status) == first
            assert other == ()

    def test_declaration_does_not_affect_other_software(self) -> None:
        data = osu.AvailableOSUpdatesItem(product_key="041-1", is_config_data_update=True)
        managed = evolve(MAC, declaration_managed=True)
        mac = SimulatedDevice(managed, [data, offer(MAC, "14.4")])
        mac.answer(osu.ScheduleOSUpdateScanCommand(), NOW)
        answer = mac.answer(osu.AvailableOSUpdatesCommand(), NOW + HOUR)
        assert isinstance(answer, osu.AvailableOSUpdatesResponse)
        assert answer.available_os_updates == (data,)

    def test_capitalization_of_messages(self) -> None:
        answer = self.answer(
            osu.AvailableOSUpdatesCommand(), osu.Device("macOS", "10.10", supervised=True)
        )
        assert answer.error_chain is not None
        text = answer.error_chain[0].localized_description
        assert text == "The Mac does not support the command."

    def test_number_as_text(self) -> None:
        item = osu.UpdatesItem(
            install_action="InstallLater",
            product_version="14.4",
            unknown={"MaxUserDeferrals": "3"},
        )
        answer = self.answer(osu.ScheduleOSUpdateCommand([item]), MAC)
        assert answer.status == "CommandFormatError"

    def test_user_enrollment_identifier(self) -> None:
        answer = self.answer(
            osu.AvailableOSUpdatesCommand(), osu.Device("iOS", "17.0", enrollment="user")
        )
        assert (answer.udid, answer.enrollment_id) == (None, "A")

    def test_no_update_on_ios_11_3(self) -> None:
        answer = self.answer(osu.AvailableOSUpdatesCommand(), osu.Device("iOS", "11.3.1"))
        assert answer.status == "Error"
        assert answer.no_update_available

    @pytest.mark.parametrize("version", ["11.2.6", "11.4"])
    def test_no_update_on_other_versions(self, version: str) -> None:
        answer = self.answer(osu.AvailableOSUpdatesCommand(), osu.Device("iOS", version))
        assert answer.status == "Acknowledged"

    def test_mac_lists_nothing_before_a_scan(self) -> None:
        mac = SimulatedDevice(MAC, [offer(MAC, "14.4")])

        def listed(now: dt.datetime) -> int:
            answer = mac.answer(osu.AvailableOSUpdatesCommand(), now)
            assert isinstance(answer, osu.AvailableOSUpdatesResponse)
            return len(answer.available_os_updates or ())

        assert listed(NOW) == 0
        mac.answer(osu.ScheduleOSUpdateScanCommand(), NOW)
        assert listed(NOW + dt.timedelta(minutes=4)) == 0
        assert listed(NOW + dt.timedelta(minutes=5)) == 1

    def test_unavailable_update_has_no_result(self) -> None:
        item = osu.UpdatesItem(install_action="Default", product_version="17.9")
        answer = self.answer(osu.ScheduleOSUpdateCommand([item]), IPHONE)
        assert isinstance(answer, osu.ScheduleOSUpdateResponse)
        assert answer.update_results == ()

    def test_responses_pass_validation(self) -> None:
        for device, target in (IPHONE, "17.4.1"), (MAC, "14.4"), (IPAD, "17.4.1"):
            simulated = SimulatedDevice(device, [offer(device, target)], Behavior(deferrals=1))
            for step in play(UpdateFlow(device, target), simulated, NOW):
                assert step.answer is not None
                found = osu.validate(step.answer, device, command=step.command)
                assert found.ok, (step, *found)


class TestOnTheWire:
    def test_property_lists(self) -> None:
        phone = SimulatedDevice(IPHONE, udid="A")
        body = phone.handle(osu.dumps(osu.AvailableOSUpdatesCommand(command_uuid="1")), NOW)
        assert body is not None
        assert osu.loads(body, osu.AvailableOSUpdatesResponse) == osu.AvailableOSUpdatesResponse(
            status="Acknowledged", command_uuid="1", udid="A", available_os_updates=()
        )

    def test_integers_for_booleans_on_ios_11_3(self) -> None:
        device = osu.Device("iOS", "11.3.1", supervised=True)
        phone = SimulatedDevice(device, [offer(device, "11.4")])
        item = osu.UpdatesItem(install_action="Default", product_version="11.4")
        phone.handle(osu.dumps(osu.ScheduleOSUpdateCommand([item])), NOW)
        body = phone.handle(osu.dumps(osu.OSUpdateStatusCommand()), NOW)
        assert body is not None
        assert b"<key>IsDownloaded</key>\n\t\t\t<integer>0</integer>" in body

    def test_empty_body(self) -> None:
        assert SimulatedDevice(IPHONE).handle(b"", NOW) is None

    @pytest.mark.parametrize(
        ("body", "status", "uuid"),
        [
            (b"rubbish", "CommandFormatError", None),
            (b"<plist><string>1</string></plist>", "CommandFormatError", None),
            (
                b"<plist><dict><key>CommandUUID</key><string>1</string></dict></plist>",
                "CommandFormatError",
                "1",
            ),
            (
                b"<plist><dict><key>Command</key><dict><key>RequestType</key>"
                b"<string>ProfileList</string></dict><key>CommandUUID</key><integer>1</integer>"
                b"</dict></plist>",
                "Error",
                None,
            ),
        ],
    )
    def test_other_documents(self, body: bytes, status: str, uuid: str | None) -> None:
        answer = SimulatedDevice(IPHONE).handle(body, NOW)
        assert answer is not None
        read = osu.loads(answer, osu.Response)
        assert (read.status, read.command_uuid) == (status, uuid)

    def test_no_response_during_restart(self) -> None:
        phone = SimulatedDevice(IPHONE, [offer(IPHONE, "17.4.1")], Behavior(loses_response=True))
        item = osu.UpdatesItem(install_action="Default", product_version="17.4.1")
        command = osu.dumps(osu.ScheduleOSUpdateCommand([item]))
        assert phone.handle(command, NOW) is not None
        assert phone.handle(command, NOW + HOUR) is None


def test_update_without_a_version() -> None:
    data = osu.AvailableOSUpdatesItem(product_key="041-1", is_config_data_update=True)
    mac = SimulatedDevice(MAC, [data, offer(MAC, "14.4")])
    flow = UpdateFlow(MAC, "041-1")
    for _ in play(flow, mac, NOW):
        pass
    assert flow.state is State.FINISHED
    assert (mac.device, mac.updates) == (MAC, (offer(MAC, "14.4"),))


def test_idle() -> None:
    assert SimulatedDevice(IPHONE, udid="A").check_in(NOW) == osu.Response(status="Idle", udid="A")


class TestAvailableUpdates:
    def test_keys_by_platform(self) -> None:
        mac, phone = offer(MAC, "14.4"), offer(IPHONE, "17.4.1")
        assert mac.product_key == "MSU_UPDATE_23E79_patch_14.4"
        assert mac.is_major_os_update is False
        assert phone.product_key == "iOSUpdate21E80"
        assert phone.is_major_os_update is None

    def test_security_responses(self) -> None:
        assert offer(MAC, "14.4 (b)").supplemental_os_version_extra == "(b)"
        assert offer(MAC, "14.4", product_key="K").product_key == "K"


def test_exchange_has_the_event() -> None:
    simulated = SimulatedDevice(IPHONE, [offer(IPHONE, "17.4.1")])
    step = next(play(UpdateFlow(IPHONE, "17.4.1"), simulated, NOW))
    assert isinstance(step, Exchange)
    assert [type(event) for event in step.events] == [CommandSent, UpdateFound]
    assert step.state is State.SCHEDULING


def test_name_that_xml_cannot_represent() -> None:
    device = osu.Device("iOS", "17.3", supervised=True)
    command = osu.dumps(osu.OSUpdateStatusCommand(command_uuid="a\rb"), fmt="binary")
    answer = SimulatedDevice(device).handle(command, NOW)
    assert answer is not None
    assert osu.loads(answer, osu.Response).command_uuid == "a\rb"
