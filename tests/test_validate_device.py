"""Rules about devices: each boundary from both sides."""

import plistlib
from typing import Any

import pytest

import mdm_osupdate as osu

MAC: dict[str, Any] = {"platform": "macOS", "os_version": "14.4", "supervised": True,
                       "enrollment": "automated", "declaration_managed": False}  # fmt: skip
IPHONE: dict[str, Any] = {"platform": "iOS", "os_version": "17.3", "supervised": True,
                          "enrollment": "automated", "access_rights": 4096,
                          "declaration_managed": False}  # fmt: skip
MAC27 = MAC | {"os_version": "27.0"}


def schedule(**item: Any) -> osu.ScheduleOSUpdateCommand:
    given = {"install_action": "Default", "product_key": "091-09590"} | item
    return osu.ScheduleOSUpdateCommand([osu.UpdatesItem(**given)])


def rules(message: Any, device: dict[str, Any], **more: Any) -> list[str]:
    return [finding.rule for finding in osu.validate(message, osu.Device(**device), **more)]


class TestCommands:
    @pytest.mark.parametrize(
        ("request_type", "platform", "version", "expected"),
        [
            ("ScheduleOSUpdate", "macOS", "10.10", ["OSU302"]),
            ("ScheduleOSUpdate", "macOS", "10.11", []),
            ("ScheduleOSUpdate", "macOS", "15.6", []),
            ("ScheduleOSUpdate", "macOS", "26.0", ["OSU401"]),
            ("ScheduleOSUpdate", "macOS", "26.9", ["OSU401"]),
            ("ScheduleOSUpdate", "macOS", "27.0", ["OSU402"]),
            ("ScheduleOSUpdate", "macOS", "28.1", ["OSU402"]),
            ("ScheduleOSUpdate", "iOS", "8.4", ["OSU302"]),
            ("ScheduleOSUpdate", "iPadOS", "9.0", []),
            ("ScheduleOSUpdate", "tvOS", "11.4", ["OSU302"]),
            ("ScheduleOSUpdate", "tvOS", "12.0", []),
            ("ScheduleOSUpdate", "watchOS", "10.0", ["OSU301"]),
            ("ScheduleOSUpdate", "visionOS", "27.0", ["OSU301"]),
            ("ScheduleOSUpdateScan", "iOS", "17.0", ["OSU301"]),
            ("ScheduleOSUpdateScan", "macOS", "10.11", []),
            ("AvailableOSUpdates", "tvOS", "26.0", ["OSU401"]),
            ("OSUpdateStatus", "macOS", "10.11.4", ["OSU302"]),
            ("OSUpdateStatus", "macOS", "10.11.5", []),
        ],
    )
    def test_platform_and_version(
        self, request_type: str, platform: str, version: str, expected: list[str]
    ) -> None:
        classes = (osu.ScheduleOSUpdateScanCommand, osu.AvailableOSUpdatesCommand,
                   osu.OSUpdateStatusCommand)  # fmt: skip
        by_type: dict[str, osu.Command] = {str(cls.request_type): cls() for cls in classes}
        command = by_type.get(request_type, schedule())
        assert rules(command, IPHONE | {"platform": platform, "os_version": version}) == expected

    @pytest.mark.parametrize(
        ("command", "device", "expected"),
        [
            (schedule(), MAC | {"supervised": False}, ["OSU310"]),
            (osu.AvailableOSUpdatesCommand(), MAC | {"supervised": False}, []),
            (osu.AvailableOSUpdatesCommand(), IPHONE | {"supervised": False}, ["OSU310"]),
            (schedule(), MAC | {"channel": "user"}, ["OSU311"]),
            (schedule(), MAC | {"enrollment": "user"}, ["OSU312"]),
            (schedule(), MAC | {"enrollment": "device"}, []),
            (schedule(), MAC | {"access_rights": 1}, []),
            (schedule(), IPHONE | {"access_rights": 8191 - 4096}, ["OSU313"]),
            (schedule(), IPHONE | {"platform": "iPadOS", "shared_ipad": True}, ["OSU314"]),
            (schedule(), IPHONE | {"shared_ipad": True}, ["OSU314"]),
            (schedule(), MAC | {"declaration_managed": True}, ["OSU403"]),
            (schedule(), MAC | {"declaration_managed": True, "os_version": "13.9"}, []),
            (osu.ScheduleOSUpdateScanCommand(), MAC | {"declaration_managed": True}, []),
            (schedule(), MAC | {"os_version": "10.13.6", "enrollment": "device"}, ["OSU317"]),
            (schedule(), MAC | {"os_version": "10.14", "enrollment": "device"}, []),
        ],
    )
    def test_conditions(
        self, command: osu.Command, device: dict[str, Any], expected: list[str]
    ) -> None:
        assert rules(command, device) == expected

    def test_removed_command_has_no_other_findings(self) -> None:
        device = IPHONE | {"os_version": "27.0", "supervised": False, "access_rights": 1}
        assert rules(schedule(install_action="InstallLater"), device) == ["OSU402"]

    def test_equal_devices_keep_the_spelling_of_their_versions(self) -> None:
        for version in ("10.10", "10.10.0", "10.10"):
            (finding,) = osu.validate(schedule(), osu.Device("macOS", version))
            assert finding.message.startswith(f"macOS {version} does not support")


class TestItems:
    @pytest.mark.parametrize(
        ("item", "device", "expected"),
        [
            ({"max_user_deferrals": 1, "install_action": "InstallLater"}, MAC, []),
            (
                {"max_user_deferrals": 1, "install_action": "InstallLater"},
                MAC | {"os_version": "11.7"},
                ["OSU304"],
            ),
            ({"priority": "High"}, MAC | {"os_version": "12.2"}, ["OSU304"]),
            ({"priority": "High"}, MAC | {"os_version": "12.3"}, []),
            ({"priority": "Urgent"}, MAC, ["OSU202"]),
            ({"priority": "Urgent"}, MAC | {"os_version": "12.2"}, ["OSU304"]),
            ({"priority": "High"}, IPHONE, ["OSU303"]),
            ({"product_version": "17.4"}, IPHONE, []),
            ({"product_version": "11.3"}, IPHONE | {"os_version": "11.2.6"}, ["OSU304"]),
            ({"product_version": "11.4"}, IPHONE | {"os_version": "11.3"}, []),
            ({"product_version": "12.3"}, IPHONE | {"platform": "tvOS", "os_version": "12.1"},
             ["OSU304"]),
            ({"install_action": "DownloadOnly"}, MAC | {"os_version": "10.15.7"}, ["OSU307"]),
            ({"install_action": "DownloadOnly"}, MAC | {"os_version": "11.0"}, []),
            ({"install_action": "DownloadOnly"}, IPHONE, ["OSU318"]),
            ({"install_action": "NotifyOnly"}, IPHONE, ["OSU306"]),
            ({"install_action": "NotifyOnly"}, MAC, []),
            ({"install_action": "InstallForceRestart"}, MAC | {"os_version": "10.15"},
             ["OSU307"]),
            ({"install_action": "InstallForceRestart"}, IPHONE, ["OSU306"]),
            ({"install_action": "InstallForceRestart"}, MAC, ["OSU212"]),
            ({"max_user_deferrals": 3}, IPHONE, ["OSU303"]),
            ({"priority": "Medium"}, IPHONE, ["OSU303"]),
            ({"unknown": {"MaxUserDeferrals": "3"}}, IPHONE, ["OSU121", "OSU303"]),
            ({"product_version": "14.4"}, MAC, ["OSU316"]),
            ({"product_version": "14.4.1"}, MAC, []),
            ({"product_key": "_MACOS_14.3"}, MAC, ["OSU316"]),
            ({"product_version": "15.0", "priority": "High"}, MAC, ["OSU305"]),
            ({"product_version": "14.9", "priority": "High"}, MAC, []),
            ({"product_key": "_MACOS_15.0", "priority": "High"}, MAC, ["OSU305"]),
            ({"product_version": "18.0", "priority": "High"}, IPHONE, ["OSU303"]),
        ],
    )  # fmt: skip
    def test_keys_and_values(
        self, item: dict[str, Any], device: dict[str, Any], expected: list[str]
    ) -> None:
        assert rules(schedule(**item), device) == expected

    @pytest.mark.parametrize("platform", ["iOS", "iPadOS", "tvOS", "macOS"])
    def test_more_than_one_update(self, platform: str) -> None:
        items = [osu.UpdatesItem(install_action="Default", product_key=key) for key in ("1", "2")]
        device = IPHONE | {"platform": platform}
        expected = [] if platform == "macOS" else ["OSU315"]
        assert rules(osu.ScheduleOSUpdateCommand(items), device) == expected

    def test_messages(self) -> None:
        command = schedule(product_version="14.4.1", priority="Low", install_action="InstallASAP")
        (finding,) = osu.validate(command, osu.Device(**MAC | {"os_version": "13.6"}))
        assert str(finding) == (
            "OSU305 warning Command.Updates[0].Priority: 14.4.1 is a major upgrade from 13.6"
        )

    @pytest.mark.parametrize(
        ("item", "device", "message"),
        [
            ({"priority": "High"}, IPHONE, "iOS does not support Priority"),
            (
                {"priority": "High"},
                MAC | {"os_version": "12.2"},
                "macOS 12.2 does not support Priority, introduced in 12.3",
            ),
            (
                {"install_action": "NotifyOnly"},
                IPHONE,
                "iOS does not support InstallAction 'NotifyOnly'",
            ),
            (
                {"install_action": "DownloadOnly"},
                MAC | {"os_version": "10.15.7"},
                "macOS 10.15.7 does not support InstallAction 'DownloadOnly', introduced in 11.0",
            ),
        ],
    )
    def test_what_is_not_supported_is_named(
        self, item: dict[str, Any], device: dict[str, Any], message: str
    ) -> None:
        (finding,) = osu.validate(schedule(**item), osu.Device(**device))
        assert finding.message == message


class TestVersions:
    """Versions that exist, and upgrades."""

    @pytest.mark.parametrize(
        ("version", "device", "expected"),
        [
            ("19.1", IPHONE | {"os_version": "18.6"}, ["OSU213"]),
            ("25.9", IPHONE | {"os_version": "18.6"}, ["OSU213"]),
            ("26.0", IPHONE | {"os_version": "18.6"}, []),
            ("18.7", IPHONE | {"os_version": "18.6"}, []),
            ("18.7", MAC | {"os_version": "15.6"}, ["OSU213"]),
            ("15.7", MAC | {"os_version": "15.6"}, []),
        ],
    )
    def test_never_released(
        self, version: str, device: dict[str, Any], expected: list[str]
    ) -> None:
        command = schedule(product_version=version, product_key=None, install_action="InstallASAP")
        assert rules(command, device) == expected

    @pytest.mark.parametrize(
        ("action", "version", "has", "expected"),
        [
            ("NotifyOnly", "14.6.1", "13.6", ["OSU319"]),
            ("DownloadOnly", "14.6.1", "13.6", ["OSU319"]),
            ("Default", "14.6.1", "13.6", ["OSU319"]),
            ("InstallASAP", "14.6.1", "13.6", []),
            ("NotifyOnly", "13.7", "13.6", []),
            ("NotifyOnly", "15.1", "14.0", []),
        ],
    )
    def test_major_upgrades(self, action: str, version: str, has: str, expected: list[str]) -> None:
        command = schedule(product_version=version, product_key=None, install_action=action)
        assert rules(command, MAC | {"os_version": has}) == expected

    def test_major_upgrades_by_product_key(self) -> None:
        key = "MSU_UPDATE_23G93_full_14.6.1_major"
        command = schedule(product_key=key, install_action="InstallLater")
        assert rules(command, MAC | {"os_version": "13.6"}) == ["OSU319"]

    @pytest.mark.parametrize(
        ("platform", "has"),
        [("iOS", "16.6"), ("iOS", "13.6"), ("iPadOS", "13.6"), ("tvOS", "13.4")],
    )
    def test_others_accept_their_actions_for_major_upgrades(self, platform: str, has: str) -> None:
        command = schedule(product_version="17.0", product_key=None)
        device = IPHONE | {"platform": platform, "os_version": has, "shared_ipad": False}
        assert rules(command, device) == []

    def test_older_versions_are_not_upgrades(self) -> None:
        command = schedule(product_version="12.6", product_key=None, install_action="NotifyOnly")
        assert rules(command, MAC | {"os_version": "13.6"}) == ["OSU316"]


class TestReplacements:
    """Commands that an enforcement does not replace."""

    @pytest.mark.parametrize(
        ("command", "instead"),
        [
            (schedule(), "com.apple.configuration.softwareupdate.enforcement.specific"),
            (osu.AvailableOSUpdatesCommand(), "https://gdmf.apple.com/v2/pmv"),
            (osu.OSUpdateStatusCommand(), "softwareupdate.install-state"),
            (osu.ScheduleOSUpdateScanCommand(), "by themselves"),
        ],
    )
    @pytest.mark.parametrize(("version", "rule"), [("26.0", "OSU401"), ("27.0", "OSU402")])
    def test_hint_names_the_replacement(
        self, command: osu.Command, instead: str, version: str, rule: str
    ) -> None:
        (finding,) = osu.validate(command, osu.Device(**MAC | {"os_version": version}))
        assert finding.rule == rule
        assert instead in finding.hint


class TestUndecided:
    """Unknown attributes of the device are not guessed."""

    def test_mac(self) -> None:
        report = osu.validate(schedule(), osu.Device("macOS", "14.4"))
        assert list(report) == []
        assert report.undecided == {
            "OSU310": ("supervised",),
            "OSU312": ("enrollment",),
            "OSU403": ("declaration_managed",),
        }

    def test_ipad(self) -> None:
        undecided = osu.validate(schedule(), osu.Device("iPadOS", "16.0")).undecided
        assert set(undecided) == {"OSU310", "OSU312", "OSU313", "OSU314"}

    def test_irrelevant_attributes_are_not_undecided(self) -> None:
        assert osu.validate(schedule(), osu.Device("macOS", "27.0")).undecided == {}
        assert osu.validate(schedule(), osu.Device(**MAC)).undecided == {}
        assert osu.validate(schedule()).undecided == {}


class TestAnswers:
    @pytest.mark.parametrize(
        ("item", "device", "expected"),
        [
            (osu.OSUpdateStatusItem(max_deferrals=3), MAC, []),
            (osu.OSUpdateStatusItem(max_deferrals=3), MAC | {"os_version": "12.2"}, ["OSU510"]),
            (osu.OSUpdateStatusItem(max_deferrals=3), IPHONE, ["OSU510"]),
            (osu.AvailableOSUpdatesItem(is_security_response=False), IPHONE, []),
            (
                osu.AvailableOSUpdatesItem(is_security_response=False),
                IPHONE | {"os_version": "16.1"},
                ["OSU510"],
            ),
            (osu.UpdateResultsItem(status="DownloadRequiresComputer"), IPHONE, []),
            (osu.UpdateResultsItem(status="DownloadRequiresComputer"), MAC, ["OSU511"]),
            (osu.UpdateResultsItem(install_action="InstallLater"), IPHONE, ["OSU511"]),
        ],
    )
    def test_keys_and_words(self, item: Any, device: dict[str, Any], expected: list[str]) -> None:
        assert rules(item, device) == expected

    COMMAND = osu.ScheduleOSUpdateCommand(
        [osu.UpdatesItem(install_action="InstallASAP", product_key="A")], command_uuid="1"
    )

    @pytest.mark.parametrize(
        ("keys", "expected"),
        [
            ({"update_results": [{"product_key": "A", "install_action": "InstallASAP"}]}, []),
            (
                {"update_results": [{"product_key": "A", "install_action": "DownloadOnly"}]},
                ["OSU520"],
            ),
            ({"update_results": [{"product_key": "A", "install_action": "Error"}]}, []),
            ({"update_results": [{"product_key": "A"}]}, []),
            ({"update_results": [{"product_key": "B"}]}, ["OSU521"]),
            ({"update_results": [{"install_action": "InstallASAP"}]}, []),
            ({"update_results": []}, []),
            ({}, ["OSU522"]),
            ({"status": "NotNow"}, []),
            ({"update_results": [], "command_uuid": "2"}, ["OSU523"]),
        ],
    )
    def test_responses_to_a_command(self, keys: dict[str, Any], expected: list[str]) -> None:
        given = {"status": "Acknowledged", "udid": "1", "command_uuid": "1"} | keys
        if "update_results" in given:
            items = [osu.UpdateResultsItem(**item) for item in given["update_results"]]
            given["update_results"] = items
        answer = osu.ScheduleOSUpdateResponse(**given)
        assert [f.rule for f in osu.validate(answer, command=self.COMMAND)] == expected
        document = [f.rule for f in osu.validate(osu.dumps(answer), command=self.COMMAND)]
        assert document == expected

    def test_empty_product_key(self) -> None:
        command = schedule(install_action="InstallASAP", product_key="", product_version="17.4")
        result = osu.UpdateResultsItem(product_key="A", install_action="DownloadOnly")
        answer = osu.ScheduleOSUpdateResponse(
            status="Acknowledged", udid="1", command_uuid=command.command_uuid,
            update_results=[result],
        )  # fmt: skip
        assert [f.rule for f in osu.validate(answer, command=command)] == ["OSU520"]

    def test_default_allows_every_action(self) -> None:
        command = schedule(product_key=None, product_version="17.4")
        result = osu.UpdateResultsItem(product_key="A", install_action="DownloadOnly")
        answer = osu.ScheduleOSUpdateResponse(
            status="Acknowledged", udid="1", command_uuid=command.command_uuid,
            update_results=[result],
        )  # fmt: skip
        assert list(osu.validate(answer, command=command)) == []

    def test_response_of_another_kind(self) -> None:
        answer = osu.OSUpdateStatusResponse(status="Acknowledged", udid="1", command_uuid="1")
        assert [f.rule for f in osu.validate(answer, command=self.COMMAND)] == ["OSU524"]
        other = osu.OSUpdateStatusCommand(command_uuid="1")
        assert list(osu.validate(answer, command=other)) == []
        schedule_answer = osu.ScheduleOSUpdateResponse(
            status="Acknowledged",
            udid="1",
            command_uuid="1",
            update_results=[osu.UpdateResultsItem()],
        )
        assert [f.rule for f in osu.validate(schedule_answer, command=other)] == ["OSU524"]


class TestHints:
    """Each hint can be followed by itself, and no two hints contradict each other."""

    def test_status_item_replaces_a_query(self) -> None:
        (finding,) = osu.validate(osu.OSUpdateStatusCommand(), osu.Device(**MAC27)).errors
        assert finding.rule == "OSU402"
        assert "softwareupdate.install-state" in finding.hint
        (finding,) = osu.validate(schedule(), osu.Device(**MAC27)).errors
        assert "com.apple.configuration.softwareupdate.enforcement.specific" in finding.hint

    def test_query_while_a_declaration_manages_updates(self) -> None:
        device = osu.Device(**MAC | {"declaration_managed": True})
        (finding,) = osu.validate(osu.AvailableOSUpdatesCommand(), device)
        assert (finding.rule, "status items" in finding.hint) == ("OSU403", True)

    def test_access_rights_are_ignored_under_user_enrollment(self) -> None:
        device = IPHONE | {"enrollment": "user", "access_rights": 1}
        assert rules(schedule(), device) == ["OSU312"]
        report = osu.validate(schedule(), osu.Device("iOS", "17.0", enrollment="user"))
        assert "OSU313" not in report.undecided

    def test_unreadable_values_do_not_hide_unsupported_keys(self) -> None:
        document = plistlib.dumps(
            {
                "CommandUUID": "1",
                "Command": {
                    "RequestType": "ScheduleOSUpdate",
                    "Updates": [{"ProductVersion": "17.4"}],
                },
            }
        )
        report = osu.validate(document, osu.Device("iOS", "17.3", supervised=False))
        assert [f.rule for f in report.errors] == ["OSU310", "OSU120"]
        assert "OSU312" in report.undecided

    @pytest.mark.parametrize(
        ("answer", "device", "expected"),
        [
            ({"ScanInitiated": True}, IPHONE, ["OSU510"]),
            ({}, IPHONE, []),
            ({"OSUpdateStatus": []}, MAC27, ["OSU510"]),
            ({"OSUpdateStatus": []}, MAC, []),
        ],
    )
    def test_responses_of_devices_without_the_command(
        self, answer: dict[str, Any], device: dict[str, Any], expected: list[str]
    ) -> None:
        envelope = {"Status": "Acknowledged", "UDID": "1", "CommandUUID": "1"}
        assert rules(plistlib.dumps(envelope | answer), device) == expected

    def test_iphones_are_not_shared_ipads(self) -> None:
        assert "OSU314" not in osu.validate(schedule(), osu.Device("iOS", "17.0")).undecided
        assert "OSU314" in osu.validate(schedule(), osu.Device("iOS", "12.0")).undecided
        assert "OSU314" in osu.validate(schedule(), osu.Device("iPadOS", "17.0")).undecided


class TestBoundaries:
    """Boundaries that an off-by-one mistake in a check would move."""

    def test_no_update_is_not_more_than_one(self) -> None:
        report = osu.validate(osu.ScheduleOSUpdateCommand([]), osu.Device(**IPHONE))
        assert [finding.rule for finding in report] == ["OSU205"]

    def test_old_iphones_do_not_need_automated_enrollment(self) -> None:
        device = IPHONE | {"os_version": "9.3", "enrollment": "device"}
        assert rules(schedule(), device) == []

    def test_older_major_version_is_not_an_upgrade(self) -> None:
        item = {"install_action": "InstallLater", "max_user_deferrals": 3}
        assert rules(schedule(product_version="13.6", **item), MAC) == ["OSU316"]

    def test_not_newer_is_reported_at_the_key_with_the_version(self) -> None:
        by_key = schedule(product_key="_MACOS_14.4")
        (finding,) = osu.validate(by_key, osu.Device(**MAC))
        assert finding.path == "Command.Updates[0].ProductKey"
        by_version = schedule(product_key=None, product_version="14.4")
        (finding,) = osu.validate(by_version, osu.Device(**MAC))
        assert finding.path == "Command.Updates[0].ProductVersion"

    def test_ipados_starts_at_13(self) -> None:
        iphone = osu.Device("iOS", "13.0", supervised=True)
        assert "OSU314" not in osu.validate(schedule(), iphone).undecided

    def test_deferrals_with_notify_only(self) -> None:
        assert rules(schedule(install_action="NotifyOnly", max_user_deferrals=1), MAC) == ["OSU207"]

    def test_missing_deferrals_are_not_negative(self) -> None:
        item = osu.OSUpdateStatusItem(max_deferrals=0, deferrals_remaining=0, status="Idle")
        assert list(osu.validate(item)) == []

    def test_paths_of_whole_and_inner_messages(self) -> None:
        (finding,) = osu.validate(osu.UpdatesItem(install_action="x", product_key="k"))
        assert finding.path == "InstallAction"
        (finding,) = osu.validate(schedule(product_key=None))
        assert finding.path == "Command.Updates[0]"
        (finding,) = osu.validate(osu.UpdatesItem(install_action="Default"))
        assert finding.path == ""

    def test_slightly_more_than_one_is_a_percentage(self) -> None:
        item = osu.OSUpdateStatusItem(download_percent_complete=1.5, status="Downloading")
        (finding,) = osu.validate(item)
        assert finding.hint == "Did you mean 0.015?"

    @pytest.mark.parametrize(
        ("percent", "hint"),
        [
            (100, "Did you mean 1?"),
            (101, osu.RULES["OSU503"].hint),
            (-5, osu.RULES["OSU503"].hint),
        ],
    )
    def test_percentages_up_to_100(self, percent: int, hint: str) -> None:
        item = osu.OSUpdateStatusItem(download_percent_complete=percent, status="Downloading")
        (finding,) = osu.validate(item)
        assert finding.hint == hint

    def test_not_now_needs_a_command_uuid(self) -> None:
        answer = osu.Response(status="NotNow", udid="A")
        assert [finding.rule for finding in osu.validate(answer)] == ["OSU505"]

    def test_command_overridden_by_a_declaration(self) -> None:
        (finding,) = osu.validate(schedule(), osu.Device(**MAC | {"declaration_managed": True}))
        assert finding.hint == osu.RULES["OSU403"].hint

    @pytest.mark.parametrize("uuid", ["0", "2"])
    def test_responses_to_other_commands(self, uuid: str) -> None:
        answer = osu.OSUpdateStatusResponse(status="Error", udid="A", command_uuid=uuid)
        command = osu.OSUpdateStatusCommand(command_uuid="1")
        assert [f.rule for f in osu.validate(answer, command=command)] == ["OSU523"]

    @pytest.mark.parametrize(
        ("word", "hint"),
        [
            ("installlater", "Write InstallLater: iOS is reported to ignore case here"),
            ("InstallLate", "Did you mean InstallLater?"),
            ("InstallLaterr", "Did you mean InstallLater?"),
        ],
    )
    def test_case_and_spelling_have_different_hints(self, word: str, hint: str) -> None:
        (finding,) = osu.validate(schedule(install_action=word))
        assert finding.hint.startswith(hint)


def test_availability_of_a_value() -> None:
    where = osu.availability(osu.InstallAction.DOWNLOAD_ONLY, "macOS")
    assert where == osu.availability("InstallAction.DownloadOnly", "macOS")
    assert osu.availability(osu.RequestType.OS_UPDATE_STATUS, "macOS") is not None
