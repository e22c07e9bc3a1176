"""Rules that need only the message: each boundary from both sides."""

from typing import Any, cast

import pytest

import mdm_osupdate as osu
from mdm_osupdate.messages import Message
from mdm_osupdate.validation import commands, inspect


def rules(message: Message | bytes | str) -> list[str]:
    return [finding.rule for finding in osu.validate(message)]


def schedule(**item: Any) -> osu.ScheduleOSUpdateCommand:
    given = {"install_action": "Default", "product_version": "14.5"} | item
    return osu.ScheduleOSUpdateCommand([osu.UpdatesItem(**given)])


class TestCommands:
    @pytest.mark.parametrize(
        ("item", "expected"),
        [
            ({}, []),
            ({"install_action": "InstallASAP"}, []),
            ({"install_action": "Error"}, ["OSU201"]),
            ({"install_action": ""}, ["OSU201"]),
            ({"priority": "Low"}, []),
            ({"priority": "low"}, ["OSU202"]),
            ({"product_version": None}, ["OSU203"]),
            ({"product_version": None, "product_key": "iOSUpdate15F79"}, []),
            ({"product_key": "_MACOS_14.5"}, []),
            ({"product_key": "_MACOS_14.5.1"}, ["OSU206"]),
            ({"product_key": "_MACOS_14.5.0"}, []),
            ({"product_key": "iOSUpdate15F79"}, []),
            ({"max_user_deferrals": 0}, ["OSU207"]),
            ({"max_user_deferrals": 0, "install_action": "InstallLater"}, []),
            ({"max_user_deferrals": -1, "install_action": "InstallLater"}, ["OSU208"]),
            ({"product_version": "13.4.1 (a)"}, ["OSU209"]),
            ({"product_version": "13.4.1 (a)", "product_key": "x_rsr"}, []),
            ({"product_version": "iOS 17"}, ["OSU210"]),
            ({"product_version": ""}, ["OSU210"]),
            ({"product_key": ""}, ["OSU211"]),
            ({"product_version": None, "product_key": ""}, ["OSU203"]),
        ],
    )
    def test_items(self, item: dict[str, Any], expected: list[str]) -> None:
        assert rules(schedule(**item)) == expected

    @pytest.mark.parametrize(
        ("word", "meant"),
        [
            ("INSTALL_ASAP", "InstallASAP"),
            ("DOWNLOAD_ONLY", "DownloadOnly"),
            ("DOWNLOAD_AND_INSTALL", "InstallASAP"),
            ("InstalLater", "InstallLater"),
        ],
    )
    def test_misspelled_actions(self, word: str, meant: str) -> None:
        (finding,) = osu.validate(schedule(install_action=word))
        assert finding.hint == f"Did you mean {meant}?"
        assert finding.path == "Command.Updates[0].InstallAction"

    def test_action_in_the_wrong_case(self) -> None:
        (finding,) = osu.validate(schedule(install_action="installasap"))
        assert "iOS is reported to ignore case" in finding.hint

    def test_unrecognizable_action_lists_all(self) -> None:
        (finding,) = osu.validate(schedule(install_action="Explode"))
        assert finding.hint == osu.RULES["OSU201"].hint
        for item in ({"install_action": "'$1'"}, {"priority": "{{priority}}"}):
            (finding,) = osu.validate(schedule(**item))
            assert finding.hint == "Fill in the placeholder, then check again."
        (finding,) = osu.validate(schedule(priority="Higher"))
        assert finding.hint == "Did you mean High?"

    def test_missing_or_empty_updates(self) -> None:
        assert rules(osu.ScheduleOSUpdateCommand(None)) == ["OSU204"]
        assert rules(osu.ScheduleOSUpdateCommand([])) == ["OSU205"]

    def test_the_envelope(self) -> None:
        assert rules(osu.OSUpdateStatusCommand()) == []
        assert rules(osu.OSUpdateStatusCommand(command_uuid=None)) == ["OSU115"]
        assert rules(osu.OSUpdateStatusCommand(command_uuid="")) == ["OSU116"]
        assert rules(osu.OSUpdateStatusCommand(command_uuid="update_1700000000")) == []

    def test_all_problems_are_reported(self) -> None:
        text = """<plist><dict>
            <key>RequestType</key><string>ScheduleOSUpdate</string>
            <key>Updates</key><array><dict>
                <key>InstallAction</key><string>INSTALL_ASAP</string>
                <key>MaxUserDeferrals</key><string>5</string>
                <key>udid</key><string>x</string>
            </dict></array></dict></plist>"""
        assert rules(text) == ["OSU111", "OSU203", "OSU201", "OSU121", "OSU207", "OSU123"]

    def test_inner_dictionary_of_another_command(self) -> None:
        text = "<plist><dict><key>RequestType</key><string>{}</string></dict></plist>"
        assert rules(text.format("DeviceInformation")) == ["OSU111", "OSU112"]
        assert rules(text.format("OSUpdateStatu")) == ["OSU111", "OSU117"]
        updates = text.format("ScheduleOSUpdate</string><key>Updates</key><string>x")
        assert rules(updates) == ["OSU111", "OSU121"]

    def test_unwritable_message_does_not_raise(self) -> None:
        item = osu.UpdatesItem(install_action="Default", unknown={"InstallAction": "Default"})
        assert rules(osu.ScheduleOSUpdateCommand([item])) == ["OSU203", "OSU106"]


class TestKeys:
    """Unknown keys, with the probable key or place."""

    @pytest.mark.parametrize(
        ("message", "path", "hint"),
        [
            (
                schedule(unknown={"MaxUserDeferral": 1}),
                "Command.Updates[0].MaxUserDeferral",
                "Did you mean MaxUserDeferrals?",
            ),
            (
                schedule(unknown={"CommandUUID": "1"}),
                "Command.Updates[0].CommandUUID",
                "It belongs at the top of the document; move it there, or delete it.",
            ),
            (
                osu.ScheduleOSUpdateCommand(None, command_unknown={"InstallAction": "Default"}),
                "Command.InstallAction",
                "It belongs at Command.Updates[]; move it there, or delete it.",
            ),
            (
                osu.OSUpdateStatusCommand(unknown={"RequestRequiresNetworkTether": True}),
                "RequestRequiresNetworkTether",
                "It belongs at Command; move it there, or delete it.",
            ),
            (
                osu.Response(status="Idle", udid="1", unknown={"ProductKey": "1"}),
                "ProductKey",
                "It belongs at UpdateResults[]; move it there, or delete it.",
            ),
            (
                osu.Response(status="Idle", udid="1", unknown={"a.b": 1}),
                "['a.b']",
                osu.RULES["OSU123"].hint,
            ),
            (
                osu.UpdatesItem(
                    install_action="Default", product_key="1", unknown={"CommandUUID": 1}
                ),
                "CommandUUID",
                osu.RULES["OSU123"].hint,
            ),
        ],
    )
    def test_unknown_keys(self, message: Message, path: str, hint: str) -> None:
        finding = next(f for f in osu.validate(message) if f.rule == "OSU123")
        assert (finding.path, finding.hint) == (path, hint)

    def test_known_undocumented_keys_are_information(self) -> None:
        answer = osu.Response(status="Idle", udid="1", unknown={"RequestType": "OSUpdateStatus"})
        report = osu.validate(answer)
        assert [finding.rule for finding in report] == ["OSU125"]
        assert report.ok
        assert not report.warnings


class TestAnswers:
    @pytest.mark.parametrize(
        ("answer", "expected"),
        [
            ({}, []),
            ({"status": "Novel"}, ["OSU501"]),
            ({"udid": None}, ["OSU504"]),
            ({"udid": None, "enrollment_id": "1"}, []),
            ({"command_uuid": None}, ["OSU505"]),
            ({"command_uuid": None, "status": "Idle"}, []),
        ],
    )
    def test_the_envelope(self, answer: dict[str, Any], expected: list[str]) -> None:
        given = {"status": "Acknowledged", "udid": "1", "command_uuid": "1"} | answer
        assert rules(osu.Response(**given)) == expected

    @pytest.mark.parametrize(
        ("item", "expected"),
        [
            (osu.AvailableOSUpdatesItem(download_size=0, install_size=0), []),
            (osu.AvailableOSUpdatesItem(download_size=-1, install_size=-1), ["OSU502", "OSU502"]),
            (osu.OSUpdateStatusItem(max_deferrals=3, deferrals_remaining=3), []),
            (osu.OSUpdateStatusItem(max_deferrals=3, deferrals_remaining=4), ["OSU506"]),
            (osu.OSUpdateStatusItem(deferrals_remaining=-1), ["OSU502"]),
            (osu.OSUpdateStatusItem(download_percent_complete=0), []),
            (osu.OSUpdateStatusItem(download_percent_complete=1), []),
            (osu.OSUpdateStatusItem(download_percent_complete=1.5), ["OSU503"]),
            (osu.OSUpdateStatusItem(download_percent_complete=-0.1), ["OSU503"]),
            (osu.OSUpdateStatusItem(status="Preparing"), ["OSU501"]),
            (osu.UpdateResultsItem(install_action="Default"), ["OSU501"]),
            (osu.UpdateResultsItem(install_action="Error", status="Idle"), []),
        ],
    )
    def test_items(self, item: Message, expected: list[str]) -> None:
        assert rules(item) == expected

    def test_percentage_hint(self) -> None:
        (finding,) = osu.validate(osu.OSUpdateStatusItem(download_percent_complete=50))
        assert finding.hint == "Did you mean 0.5?"
        (finding,) = osu.validate(osu.OSUpdateStatusItem(download_percent_complete=500))
        assert finding.hint == osu.RULES["OSU503"].hint


class TestReports:
    bad = osu.validate(schedule(install_action="Explode", priority="High", max_user_deferrals=1))

    def test_reports_are_sequences(self) -> None:
        assert [f.rule for f in self.bad] == ["OSU201", "OSU207"]
        assert len(self.bad) == 2
        assert self.bad[0] is self.bad.errors[0]
        assert self.bad[1:] == self.bad.warnings

    def test_raise_for_errors(self) -> None:
        osu.validate(schedule()).raise_for_errors()
        osu.validate(schedule(max_user_deferrals=1)).raise_for_errors()
        with pytest.raises(osu.InvalidMessageError, match="OSU201 error Command") as caught:
            self.bad.raise_for_errors()
        assert caught.value.report is self.bad

    def test_findings_as_text(self) -> None:
        assert str(self.bad[0]) == (
            "OSU201 error Command.Updates[0].InstallAction: unknown InstallAction 'Explode'"
        )
        assert str(osu.validate("x")[0]).startswith("OSU101 error (document): ")


def test_wrong_types() -> None:
    command = osu.ScheduleOSUpdateScanCommand()
    with pytest.raises(TypeError, match="device must be Device, not str"):
        osu.validate(command, cast("osu.Device", "macOS"))
    with pytest.raises(TypeError, match="command must be Command, not str"):
        osu.validate(osu.Response(status="Idle"), command=cast("osu.Command", "ScheduleOSUpdate"))
    with pytest.raises(TypeError, match="device must be Device, not str"):
        osu.allowed_actions(cast("osu.Device", "macOS"))


def test_reports_print_as_code() -> None:
    report = osu.validate(osu.Response(status="Idle", udid="U", unknown={"Nope": 1}))
    assert "severity=Severity.WARNING" in repr(report)


def test_errors_pickle() -> None:
    import pickle

    def caught(text: str) -> Exception:
        try:
            osu.loads(text, osu.Response)
        except osu.DecodeError as error:
            return error
        raise AssertionError

    errors: list[Any] = [
        caught("<plist><dict/></plist>"),
        caught("<plist><dict>"),
        osu.InvalidMessageError(TestReports.bad),
        osu.InvalidVersionError("x"),
    ]
    for error in errors:
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


class TestPositions:
    """Findings come in document order, with line and column."""

    TEXT = """<plist><dict>
<key>CommandUUID</key><string>1</string>
<key>Command</key><dict>
<key>Updates</key><array>
<dict><key>ProductVersion</key><string>latest</string>
<key>InstallAction</key><string>Explode</string></dict>
</array>
<key>RequestType</key><string>ScheduleOSUpdate</string>
<key>Extra</key><string>1</string>
</dict></dict></plist>"""

    def test_xml(self) -> None:
        found = [(f.rule, f.line, f.column) for f in osu.validate(self.TEXT)]
        assert found == [("OSU210", 5, 32), ("OSU201", 6, 25), ("OSU123", 9, 17)]

    def test_on_one_line(self) -> None:
        text = (
            '{"Type": "com.apple.configuration.softwareupdate.enforcement.specific", '
            '"Identifier": "a", "ServerToken": "1", "Payload": {"TargetOSVersion": "latest", '
            '"TargetBuildVersion": "26.1", "TargetLocalDateTime": "tonight"}}'
        )
        paths = [f.path.removeprefix("Payload.Target") for f in osu.validate(text)]
        assert paths == ["OSVersion", "BuildVersion", "LocalDateTime"]

    def test_with_a_device(self) -> None:
        report = osu.validate(self.TEXT, osu.Device("watchOS", "11.0"))
        assert ("OSU301", 8, 23) in [(f.rule, f.line, f.column) for f in report]

    def test_document_is_read_once_for_many_devices(self) -> None:
        inspection = inspect(self.TEXT)
        device = osu.Device("watchOS", "11.0")
        assert inspection.check(device) == osu.validate(self.TEXT, device)
        assert inspect(b"x").check(device) == osu.validate(b"x", device)

    def test_malformed_at_the_end(self) -> None:
        (finding,) = osu.validate("<plist>\n<dict>")
        assert (finding.rule, finding.line, finding.column) == ("OSU101", 2, 7)

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "utf-32-le"])
    def test_positions_in_json_of_any_encoding(self, encoding: str) -> None:
        text = '{\n "StatusItems": {"é": 1}, "Errors": [], "x": 5}'
        assert osu.positions(text.encode(encoding)) == osu.positions(text)
        assert osu.validate(text.encode(encoding)) == osu.validate(text)

    def test_binary_documents_and_objects_have_no_positions(self) -> None:
        command = osu.loads_command(self.TEXT)
        for subject in command, osu.dumps(command, fmt="binary"):
            report = osu.validate(subject)
            assert {(f.line, f.column) for f in report} == {(None, None)}
            assert [f.path for f in report] == [
                "Command.Extra",
                "Command.Updates[0].InstallAction",
                "Command.Updates[0].ProductVersion",
            ]

    def test_values_that_no_document_holds(self) -> None:
        text = r'{"StatusItems": {"b": {"c": {"d": "\ud800"}}, "e": "\ud800"}, "f": 1e999}'
        found = [(f.rule, f.line, f.column) for f in osu.validate(text)]
        assert found == [("OSU106", 1, 35), ("OSU106", 1, 52), ("OSU106", 1, 68)]

    def test_items_are_sorted_numerically(self) -> None:
        items = [osu.UpdatesItem(install_action=f"x{n}", product_key="k") for n in range(11)]
        paths = [f.path for f in osu.validate(osu.ScheduleOSUpdateCommand(items))]
        assert paths[-2:] == [f"Command.Updates[{n}].InstallAction" for n in (9, 10)]


class TestObjects:
    """The report on a message object covers the document that it would become."""

    @pytest.mark.parametrize(
        "message",
        [
            osu.OSUpdateStatusCommand(command_uuid="a\rb"),
            schedule(max_user_deferrals=2**70, install_action="InstallLater"),
        ],
    )
    def test_unwritable_values(self, message: osu.Command) -> None:
        assert rules(message) == ["OSU106"]
        with pytest.raises(osu.EncodeError):
            osu.dumps(message)

    def test_integer_with_thousands_of_digits(self) -> None:
        message = schedule(max_user_deferrals=-(10**5000), install_action="InstallLater")
        assert rules(message) == ["OSU106", "OSU208"]

    def test_all_findings_about_an_object_that_cannot_be_written(self) -> None:
        message = osu.OSUpdateStatusCommand(command_unknown={"Fource": True, "a": {1: 2}})
        assert [(f.rule, f.path) for f in osu.validate(message)] == [
            ("OSU123", "Command.Fource"),
            ("OSU123", "Command.a"),
            ("OSU106", "Command.a"),
        ]

    def test_unknown_keys_of_objects(self) -> None:
        scan = osu.ScheduleOSUpdateScanCommand(
            force=True, command_unknown={"ForceUpdateScan": True}
        )
        assert rules(scan) == rules(osu.dumps(scan)) == ["OSU124"]
        item = osu.UpdatesItem(
            install_action="InstallLater", product_key="k", unknown={"MaxUserDeferrals": "5"}
        )
        command = osu.ScheduleOSUpdateCommand([item])
        assert rules(command) == rules(osu.dumps(command)) == ["OSU121"]


class TestManyFindings:
    ITEMS = [
        osu.UpdatesItem(install_action="Default", product_key="k", max_user_deferrals=1)
    ] * 1001

    def test_least_severe_findings_are_left_out(self) -> None:
        explode = osu.UpdatesItem(install_action="Explode", product_key="k")
        report = osu.validate(osu.ScheduleOSUpdateCommand([*self.ITEMS, explode]))
        assert (len(report), report.left_out) == (1000, 2)
        twice = osu.validate(osu.ScheduleOSUpdateCommand(self.ITEMS * 2))
        assert (len(twice), twice.left_out) == (1000, 1002)
        assert [f.rule for f in report.errors] == ["OSU201"]
        assert report[-1] is report.errors[0]

    def test_reports_at_the_limit_are_complete(self) -> None:
        report = osu.validate(osu.ScheduleOSUpdateCommand(self.ITEMS[:1000]))
        assert (len(report), report.left_out) == (1000, 0)

    def test_exceptions_show_the_first_findings(self) -> None:
        bad = [osu.UpdatesItem(install_action="Explode", product_key="k")] * 21
        report = osu.validate(osu.ScheduleOSUpdateCommand(bad))
        with pytest.raises(osu.InvalidMessageError) as caught:
            report.raise_for_errors()
        lines = str(caught.value).splitlines()
        assert (len(lines), lines[-1]) == (21, "and 1 more")

    def test_long_paths_are_shortened(self) -> None:
        finding = osu.RULES["OSU123"].finding("a." * 500 + "end", "m")
        assert len(str(finding)) < 250
        assert ".a.end: m" in str(finding)


class TestChecks:
    """A check is a function that can be called by itself."""

    def test_checks_can_be_called_by_name(self) -> None:
        item = osu.UpdatesItem(install_action="Explode", product_key="k")
        (problem,) = commands.action_is_documented(item)
        assert (problem.at, problem.message) == (
            "InstallAction",
            "unknown InstallAction 'Explode'",
        )


@pytest.mark.parametrize(
    ("version", "hint"),
    [
        ("$VERSION", "Fill in the placeholder, then check again."),
        ("17.4.x", "Write one to three numbers joined by periods."),
        ("MSU_UPDATE_22G120_patch_13.6_minor", "Write it as the ProductKey."),
        ("iOSUpdate21F90", "Write it as the ProductKey."),
        ("_MACOS_14.6", "Write it as the ProductKey."),
    ],
)
def test_hint_for_what_is_not_a_version(version: str, hint: str) -> None:
    item = osu.UpdatesItem(install_action="Default", product_version=version)
    [finding] = osu.validate(osu.ScheduleOSUpdateCommand([item])).findings
    assert (finding.rule, finding.hint) == ("OSU210", hint)
