"""Reading and writing, by example; what holds for all of it stands in properties/."""

import copy
import datetime as dt
import json
import plistlib
from collections import OrderedDict
from enum import Enum
from typing import Any, ClassVar

import attrs
import pytest
from exactness import exactly

import mdm_osupdate as osu
from mdm_osupdate.codec import Reading, read_quickly
from mdm_osupdate.codec.keys import keys_of
from mdm_osupdate.codec.reading import _FEW
from mdm_osupdate.declarations import (
    SoftwareUpdateEnforcementSpecific,
    SoftwareUpdateRequired,
    StatusReport,
)
from mdm_osupdate.messages import COMMANDS, RESPONSES, Message


def command(**keys: Any) -> dict[str, Any]:
    return {"Command": keys, "CommandUUID": "0001"}


def rules(error: pytest.ExceptionInfo[osu.DecodeError]) -> list[str]:
    return [finding.rule for finding in error.value.findings]


class TestReading:
    def test_a_command_by_its_request_type(self) -> None:
        for request_type, cls in (
            ("ScheduleOSUpdateScan", osu.ScheduleOSUpdateScanCommand),
            ("AvailableOSUpdates", osu.AvailableOSUpdatesCommand),
            ("OSUpdateStatus", osu.OSUpdateStatusCommand),
        ):
            data = plistlib.dumps(command(RequestType=request_type))
            assert osu.loads_command(data) == cls(command_uuid="0001")

    def test_str_is_read_like_bytes(self) -> None:
        text = "<plist><dict><key>Status</key><string>Idle</string></dict></plist>"
        assert osu.loads(text, osu.Response) == osu.loads(text.encode(), osu.Response)

    def test_the_envelope_and_the_command_keep_their_unknown_keys_apart(self) -> None:
        document = command(RequestType="OSUpdateStatus", UseDelay=True) | {"Extra": [1, 2.0]}
        status = osu.from_dict(document, osu.OSUpdateStatusCommand)
        assert status.unknown == {"Extra": [1, 2.0]}
        assert status.command_unknown == {"UseDelay": True}
        assert osu.to_dict(status) == document

    def test_invalid_optional_value_is_kept(self) -> None:
        document = {"InstallAction": "Default", "MaxUserDeferrals": "5"}
        item = osu.from_dict(document, osu.UpdatesItem)
        assert item.max_user_deferrals is None
        assert item.unknown == {"MaxUserDeferrals": "5"}
        assert osu.to_dict(item) == document

    @pytest.mark.parametrize(
        ("cls", "key", "value", "attribute", "read"),
        [
            (osu.Response, "NotOnConsole", 1, "not_on_console", True),
            (osu.Response, "NotOnConsole", 0, "not_on_console", False),
            (osu.AvailableOSUpdatesItem, "DownloadSize", 12e9, "download_size", 12_000_000_000),
            (
                osu.OSUpdateStatusItem,
                "DownloadPercentComplete",
                1,
                "download_percent_complete",
                1.0,
            ),
        ],
    )
    def test_convertible_numbers(
        self, cls: type[Message], key: str, value: object, attribute: str, read: object
    ) -> None:
        document = {key: value} | ({"Status": "Idle"} if cls is osu.Response else {})
        got = getattr(osu.from_dict(document, cls), attribute)
        assert (type(got), got) == (type(read), read)
        with pytest.raises(osu.DecodeError) as caught:
            osu.from_dict(document, cls, strict=True)
        assert rules(caught) == ["OSU122"]

    @pytest.mark.parametrize(
        ("cls", "key", "value"),
        [
            (osu.Response, "NotOnConsole", 2),
            (osu.Response, "NotOnConsole", "false"),
            (osu.Response, "NotOnConsole", 1.0),
            (osu.Response, "UDID", 5),
            (osu.Response, "ErrorChain", "x"),
            (osu.Response, "ErrorChain", {}),
            (osu.Response, "ErrorChain", ["x"]),
            (osu.AvailableOSUpdatesItem, "DownloadSize", 1.5),
            (osu.AvailableOSUpdatesItem, "DownloadSize", float("inf")),
            (osu.AvailableOSUpdatesItem, "DownloadSize", 2.0**53),
            (osu.AvailableOSUpdatesItem, "DownloadSize", -(2.0**60)),
            (osu.AvailableOSUpdatesItem, "DownloadSize", True),
            (osu.AvailableOSUpdatesItem, "AppIdentifiersToClose", "com.apple"),
            (osu.AvailableOSUpdatesItem, "AppIdentifiersToClose", {"a": 1}),
            (osu.AvailableOSUpdatesItem, "AppIdentifiersToClose", ["a", 1]),
            (osu.AvailableOSUpdatesItem, "DeferredUntil", "2026-01-01"),
            (osu.OSUpdateStatusItem, "DownloadPercentComplete", 2**60),
            (osu.OSUpdateStatusItem, "DownloadPercentComplete", True),
            (osu.UpdateResultsItem, "Status", 5),
        ],
    )
    def test_empty_values(self, cls: type[Message], key: str, value: object) -> None:
        document = {key: value} | ({"Status": "Idle"} if cls is osu.Response else {})
        message = osu.from_dict(document, cls)
        assert message.unknown == {key: value}
        assert osu.to_dict(message) == document
        with pytest.raises(osu.DecodeError) as caught:
            osu.from_dict(document, cls, strict=True)
        assert set(rules(caught)) == {"OSU121"}

    @pytest.mark.parametrize(
        ("cls", "document", "expected"),
        [
            (osu.Response, {}, ["OSU120"]),
            (osu.Response, {"Status": 5}, ["OSU121"]),
            (osu.UpdatesItem, {}, ["OSU120"]),
            (osu.UpdatesItem, {"InstallAction": 1}, ["OSU121"]),
            (osu.OSUpdateStatusCommand, {}, ["OSU120", "OSU115"]),
            (osu.OSUpdateStatusCommand, command(), ["OSU120"]),
            (osu.OSUpdateStatusCommand, {"Command": 5, "CommandUUID": "1"}, ["OSU121"]),
            (osu.OSUpdateStatusCommand, command(RequestType="DeviceLock"), ["OSU121"]),
            (osu.OSUpdateStatusCommand, command(RequestType=5), ["OSU121"]),
            (
                osu.ScheduleOSUpdateCommand,
                command(RequestType="ScheduleOSUpdate", Updates="x"),
                ["OSU121"],
            ),
            (
                osu.ScheduleOSUpdateCommand,
                command(RequestType="ScheduleOSUpdate", Updates=[{}, {"InstallAction": 1}, "x"]),
                ["OSU120", "OSU121", "OSU121"],
            ),
        ],
    )
    def test_required_keys(
        self, cls: type[Message], document: dict[str, Any], expected: list[str]
    ) -> None:
        with pytest.raises(osu.DecodeError) as caught:
            osu.from_dict(document, cls)
        assert rules(caught) == expected
        assert str(caught.value).count("\n") == len(expected) - 1

    def test_a_command_without_uuid_or_updates_can_be_read(self) -> None:
        document = {"Command": {"RequestType": "ScheduleOSUpdate"}}
        schedule = osu.from_dict(document, osu.ScheduleOSUpdateCommand)
        assert (schedule.command_uuid, schedule.updates) == (None, None)
        assert osu.to_dict(schedule) == document

    def test_invalid_command_uuid_is_kept(self) -> None:
        document = {"Command": {"RequestType": "OSUpdateStatus"}, "CommandUUID": 5}
        status = osu.from_dict(document, osu.OSUpdateStatusCommand)
        assert status.unknown == {"CommandUUID": 5}
        assert osu.to_dict(status) == document

    @pytest.mark.parametrize(
        ("key", "value", "hint"),
        [
            ("NotOnConsole", "true", "Write <true/>."),
            ("NotOnConsole", "Yes", "Write <true/>."),
            ("NotOnConsole", "1", "Write <true/>."),
            ("NotOnConsole", "FALSE", "Write <false/>."),
            ("NotOnConsole", "no", "Write <false/>."),
            ("NotOnConsole", "0", "Write <false/>."),
            ("NotOnConsole", "maybe", "Write a boolean."),
            ("UDID", 5, "Write <string>5</string>."),
            ("UDID", True, "Write a string."),
            ("UDID", ["a"], "Write a string."),
            ("Status", 1, "Write one of Acknowledged, Error, CommandFormatError, Idle, NotNow."),
        ],
    )
    def test_hints_for_values_of_another_type(self, key: str, value: object, hint: str) -> None:
        report = osu.validate(plistlib.dumps({"Status": "Idle", "UDID": "1"} | {key: value}))
        assert [f.hint for f in report if f.rule == "OSU121"] == [hint]

    @pytest.mark.parametrize("number", [-(2**63), 2**64 - 1])
    def test_integers_have_64_bits(self, number: int) -> None:
        item = osu.from_dict({"DownloadSize": number}, osu.AvailableOSUpdatesItem)
        assert item.download_size == number
        beyond = number + (1 if number > 0 else -1)
        with pytest.raises(osu.DecodeError, match="64 bits"):
            osu.from_dict({"DownloadSize": beyond}, osu.AvailableOSUpdatesItem)

    def test_findings_of_each_rule_are_limited(self) -> None:
        document = command(RequestType="OSUpdateStatus") | {f"N{n}": 1 for n in range(250)}
        document["Command"] |= {f"N{n}": 1 for n in range(30)}
        with pytest.raises(osu.DecodeError) as caught:
            osu.from_dict(document, osu.OSUpdateStatusCommand, strict=True)
        assert (len(caught.value.findings), caught.value.left_out) == (100, 180)
        report = osu.validate(plistlib.dumps(document))
        assert (len(report), report.left_out) == (100, 180)

    def test_findings_of_wrong_types_are_limited(self) -> None:
        items = [{"ProductKey": n} for n in range(150)]
        document = {"Status": "Idle", "UpdateResults": items}
        with pytest.raises(osu.DecodeError) as caught:
            osu.from_dict(document, osu.ScheduleOSUpdateResponse, strict=True)
        assert (len(caught.value.findings), caught.value.left_out) == (100, 50)
        response = osu.from_dict(document, osu.ScheduleOSUpdateResponse)
        assert [item.unknown for item in response.update_results or ()] == items

    def test_findings_of_converted_values_are_limited(self) -> None:
        document = {"Status": "Idle", "OSUpdateStatus": [{"IsDownloaded": 1}] * 150}
        report = osu.validate(plistlib.dumps(document), command=osu.OSUpdateStatusCommand())
        converted = [finding for finding in report if finding.rule == "OSU122"]
        assert (len(converted), report.left_out) == (100, 50)

    def test_misspelled_force(self) -> None:
        document = command(RequestType="ScheduleOSUpdateScan", ForceUpdateScan=True)
        scan = osu.from_dict(document, osu.ScheduleOSUpdateScanCommand)
        assert scan.force is True
        assert osu.to_dict(scan) == command(RequestType="ScheduleOSUpdateScan", Force=True)

    def test_correct_force_takes_precedence(self) -> None:
        document = command(RequestType="ScheduleOSUpdateScan", ForceUpdateScan=True, Force=False)
        scan = osu.from_dict(document, osu.ScheduleOSUpdateScanCommand)
        assert scan.force is False
        assert osu.to_dict(scan) == document

    @pytest.mark.parametrize(
        ("document", "rule"),
        [
            ([1], "OSU110"),
            ({"Status": "Idle"}, "OSU113"),
            ({"Anything": 1}, "OSU113"),
            ({}, "OSU113"),
            ({"RequestType": "OSUpdateStatus"}, "OSU111"),
            ({"Command": "x"}, "OSU121"),
            (command(), "OSU120"),
            (command(RequestType=5), "OSU121"),
            (command(Command={}), "OSU114"),
            (command(RequestType="DeviceLock"), "OSU112"),
            (command(RequestType="OsUpdateStatus"), "OSU117"),
        ],
    )
    def test_not_a_command(self, document: Any, rule: str) -> None:
        with pytest.raises(osu.DecodeError) as caught:
            osu.loads_command(plistlib.dumps(document))
        assert rules(caught) == [rule]
        assert isinstance(caught.value, osu.UnknownCommandError) == (rule == "OSU112")

    def test_another_command_of_mdm_has_an_error_of_its_own(self) -> None:
        with pytest.raises(osu.UnknownCommandError) as caught:
            osu.loads_command(plistlib.dumps(command(RequestType="DeviceLock")))
        assert caught.value.findings[0].line == 8

    @pytest.mark.parametrize("cls", [osu.Command, Message, int])
    def test_only_messages_can_be_read(self, cls: Any) -> None:
        with pytest.raises(TypeError, match="not a class of messages"):
            osu.from_dict({}, cls)

    def test_other_mappings(self) -> None:
        from collections import OrderedDict
        from types import MappingProxyType

        document = OrderedDict(Status="Idle", ErrorChain=[OrderedDict(ErrorCode=1)])
        answer = osu.from_dict(MappingProxyType(document), osu.Response)
        assert answer.error_chain == (osu.ErrorChainItem(error_code=1),)

    def test_long_arrays(self) -> None:
        for length in (256, 257):
            document = {"Status": "Error", "ErrorChain": [{"ErrorCode": n} for n in range(length)]}
            chain = osu.from_dict(document, osu.Response).error_chain
            assert chain == tuple(osu.ErrorChainItem(error_code=n) for n in range(length))


GOOD = [
    (
        osu.ScheduleOSUpdateCommand,
        command(RequestType="ScheduleOSUpdate", Updates=[{"InstallAction": "Default"}]),
    ),
    (osu.OSUpdateStatusCommand, command(RequestType="OSUpdateStatus")),
    (osu.Response, {"Status": "Error", "ErrorChain": [{"ErrorCode": 12021}], "NotOnConsole": True}),
    (osu.OSUpdateStatusItem, {"DownloadPercentComplete": 0.5, "PastNotifications": []}),
    (osu.AvailableOSUpdatesItem, {"DeferredUntil": dt.datetime(2026, 1, 31), "Build": "22H417"}),
    (
        SoftwareUpdateEnforcementSpecific,
        {
            "Type": "com.apple.configuration.softwareupdate.enforcement.specific",
            "Identifier": "one",
            "ServerToken": "1",
            "Payload": {"TargetOSVersion": "26.1", "TargetLocalDateTime": "2026-12-01T19:00:00"},
        },
    ),
]
"""A document without a deviation, for each kind of layout."""
each_good = pytest.mark.parametrize(("cls", "document"), GOOD)


class TestTwoReaders:
    """Documents without a deviation are read by what cattrs makes, all others key by key."""

    @each_good
    def test_valid_documents_use_the_fast_reader(
        self, cls: type[Message], document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        expected = Reading(cls).message(document, cls)
        monkeypatch.setattr(Reading, "message", None)
        assert osu.from_dict(document, cls) == expected
        few = osu.Limits(values=100)  # fewer than the fast reader can promise by itself
        assert osu.from_dict(document, cls, limits=few) == expected

    @pytest.mark.parametrize("number", [256, 257, 1_000])
    @pytest.mark.parametrize("fmt", ["xml", "binary"])
    def test_long_arrays_use_the_fast_reader(
        self, number: int, fmt: osu.Format, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        results = [osu.UpdateResultsItem(product_key=f"K{n}") for n in range(number)]
        message = osu.ScheduleOSUpdateResponse(status="Idle", update_results=results)
        data = osu.dumps(message, fmt=fmt)
        monkeypatch.setattr(Reading, "message", None)
        assert osu.loads(data, osu.ScheduleOSUpdateResponse) == message
        with pytest.raises(osu.DecodeError, match="more values than the limit of 60"):
            osu.loads(data, osu.ScheduleOSUpdateResponse, limits=osu.Limits(values=60))

    @pytest.mark.parametrize("cls", [*RESPONSES, *COMMANDS, SoftwareUpdateRequired])
    def test_arrays_that_are_read_before_counting_are_within_the_limits(
        self, cls: type[Message]
    ) -> None:
        def most(cls: type[Message], longest: tuple[int, ...] = _FEW.longest) -> int:
            """Count the values of the largest dictionary."""
            values = 0
            for key in (key for keys in keys_of(cls) for key in keys.keys.values()):
                inside = longest[-1:] if key.array else longest
                item = most(key.kind, inside) if issubclass(key.kind, Message) else 0
                values += 1 + (longest[0] * (1 + item) if key.array else item)
            return values

        assert most(cls) <= osu.Limits().values

    @pytest.mark.parametrize(
        ("results", "errors", "fits"),
        [(256, 32, True), (256, 33, True), (257, 32, True), (8_000, 32, False)],
    )
    def test_arrays_that_are_shared(self, results: int, errors: int, fits: bool) -> None:
        result = {"ErrorChain": [{"ErrorCode": 1}] * errors}
        document = {"Status": "Idle", "UpdateResults": [result] * results}
        data = plistlib.dumps(document, fmt=plistlib.FMT_BINARY)
        if fits:
            assert osu.to_dict(osu.loads(data, osu.ScheduleOSUpdateResponse)) == document
        else:
            with pytest.raises(osu.PlistError, match="more values than the limit of 50000"):
                osu.loads(data, osu.ScheduleOSUpdateResponse)

    REPORT: ClassVar[dict[str, Any]] = {
        "StatusItems": {
            "device": {"model": {"family": "Mac"}, "operating-system": {"version": "26.1"}},
            "mdm": {"app": [{"state": None}]},
        }
    }

    def test_reports_with_other_keys_use_the_fast_reader(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        expected = Reading(StatusReport).message(self.REPORT, StatusReport)
        assert expected is not None
        monkeypatch.setattr(Reading, "message", None)
        read = osu.loads(json.dumps(self.REPORT), StatusReport)
        assert (read, osu.to_dict(read)) == (expected, self.REPORT)
        with pytest.raises(osu.DecodeError, match="more values than the limit of 5"):
            osu.loads(json.dumps(self.REPORT), StatusReport, limits=osu.Limits(values=5))

    @pytest.mark.parametrize("other", [{"": 1}, {"other": None}])
    def test_keys_that_the_fast_reader_leaves_to_the_careful_one(
        self, other: dict[str, Any]
    ) -> None:
        report = {"StatusItems": {"device": other}}
        assert read_quickly(report, StatusReport, osu.Limits(), is_within=True, is_own=True) is None
        assert osu.to_dict(osu.loads(json.dumps(report), StatusReport)) == report

    def test_a_message_does_not_share_the_values_of_a_dictionary(self) -> None:
        report = copy.deepcopy(self.REPORT)
        message = osu.from_dict(report, StatusReport)
        report["StatusItems"]["mdm"]["app"].clear()
        assert osu.to_dict(message) == self.REPORT

    @each_good
    def test_other_documents_use_the_careful_reader(
        self, cls: type[Message], document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        carefully: Any = "read carefully"
        monkeypatch.setattr(Reading, "message", lambda *_: carefully)
        assert osu.from_dict(document | {"Novel": 1}, cls) is carefully
        assert osu.from_dict(document, cls, strict=True) is carefully

    @each_good
    @pytest.mark.parametrize("novel", [None, 2**64, "x", [None]])
    @pytest.mark.parametrize("is_within", [False, True])
    def test_documents_that_the_fast_reader_rejects_deviate(
        self, cls: type[Message], document: dict[str, Any], novel: object, is_within: bool
    ) -> None:
        for key in (*document, "Novel"):
            changed = document | {key: novel}
            quick = read_quickly(changed, cls, osu.Limits(), is_within=is_within)
            reading = Reading(cls)
            careful = reading.message(changed, cls)
            assert quick is None or quick == careful
            assert reading.findings or quick == careful

    @pytest.mark.parametrize("more", [{}, {"Novel": 1}])  # read quickly, and carefully
    @pytest.mark.parametrize(("number", "fits"), [(2**53, True), (2**53 + 1, False)])
    def test_largest_integer_for_a_real(
        self, more: dict[str, Any], number: int, fits: bool
    ) -> None:
        document = {"DownloadPercentComplete": number}
        item = osu.from_dict(document | more, osu.OSUpdateStatusItem)
        assert item.download_percent_complete == (float(number) if fits else None)
        assert item.unknown == (more if fits else document | more)

    @pytest.mark.parametrize("more", [{}, {"Novel": 1}])
    def test_subclasses_are_made_by_their_constructor(self, more: dict[str, Any]) -> None:
        made = []

        @attrs.frozen(kw_only=True)
        class Mine(osu.ScheduleOSUpdateResponse):
            tenant: str = "t"

            def __attrs_post_init__(self) -> None:
                made.append(self.status)

        read = osu.from_dict({"Status": "Idle"} | more, Mine)
        assert (read.tenant, read.unknown, made) == ("t", more, ["Idle"])


class TestResponses:
    DATA = plistlib.dumps({"Status": "Acknowledged", "CommandUUID": "1"})

    @pytest.mark.parametrize(
        "to",
        [osu.OSUpdateStatusCommand(), osu.RequestType.OS_UPDATE_STATUS, "OSUpdateStatus"],
    )
    def test_the_class_belongs_to_the_command(self, to: Any) -> None:
        assert type(osu.loads_response(self.DATA, to)) is osu.OSUpdateStatusResponse

    def test_without_a_command_it_is_told_from_the_keys(self) -> None:
        assert type(osu.loads_response(self.DATA)) is osu.Response
        data = plistlib.dumps({"Status": "Acknowledged", "ScanInitiated": True})
        assert type(osu.loads_response(data, strict=True)) is osu.ScheduleOSUpdateScanResponse

    def test_other_request_types_are_not_known(self) -> None:
        with pytest.raises(ValueError, match="unknown request type 'DeviceLock'"):
            osu.loads_response(self.DATA, to="DeviceLock")

    def test_a_command_is_not_a_response(self) -> None:
        with pytest.raises(osu.DecodeError, match="a command, not a response") as caught:
            osu.loads_response(plistlib.dumps(command(RequestType="OSUpdateStatus")))
        (finding,) = caught.value.findings
        assert (finding.line, finding.column) == (1, 1)


class TestDictionaries:
    """What ``from_dict`` takes beside what plistlib gives."""

    @pytest.mark.parametrize("more", [{}, {"Novel": 1}])
    @pytest.mark.parametrize("strict", [False, True])
    def test_subclasses_are_read_as_what_they_stand_for(
        self, more: dict[str, Any], strict: bool
    ) -> None:
        class Date(dt.datetime):
            pass

        class Word(str, Enum):
            STATUS = "Status"
            IDLE = "Idle"

        when = Date(2026, 1, 31, tzinfo=dt.timezone.utc)
        document = {Word.STATUS: osu.CommandStatus.IDLE, "UDID": Word.IDLE} | more
        item = {"PastNotifications": [when], "Status": Word.IDLE} | more
        if strict and more:
            with pytest.raises(osu.DecodeError) as caught:
                osu.from_dict(document, osu.Response, strict=True)
            assert rules(caught) == ["OSU123"]
            return
        answer = osu.from_dict(document, osu.Response, strict=strict)
        assert answer == osu.Response(status="Idle", udid="Idle", unknown=more)
        assert type(answer.udid) is str
        read = osu.from_dict(item, osu.OSUpdateStatusItem, strict=strict)
        assert read == osu.OSUpdateStatusItem(
            past_notifications=[when], status="Idle", unknown=more
        )

    def test_subclasses_are_kept_as_plain_values(self) -> None:
        document = {"Status": "Idle", "Novel": OrderedDict({osu.Platform.IOS: [osu.Platform.IOS]})}
        answer = osu.from_dict(document, osu.Response)
        assert exactly(answer.unknown) == exactly({"Novel": {"iOS": ["iOS"]}})
        assert osu.loads(osu.dumps(answer), osu.Response) == answer

    def test_what_is_given_can_be_changed_afterwards(self) -> None:
        document: dict[str, Any] = {"Status": "Idle", "Novel": {"a": [1]}}
        answer = osu.from_dict(document, osu.Response)
        document["Novel"]["a"].append(2)
        assert answer.unknown == {"Novel": {"a": [1]}}

    @pytest.mark.parametrize(
        "make",
        [
            lambda unknown: osu.Response(status="Idle", unknown=unknown),
            lambda unknown: osu.Response(
                status="Error", error_chain=[osu.ErrorChainItem(unknown=unknown)]
            ),
            lambda unknown: osu.OSUpdateStatusCommand(command_uuid="1", command_unknown=unknown),
        ],
    )
    def test_what_is_returned_can_be_changed(self, make: Any) -> None:
        message = make({"Novel": [[1]]})
        document = osu.to_dict(message)
        inner = document.get("Command") or document.get("ErrorChain", [document])[0]
        inner["Novel"][0].append(2)
        assert osu.to_dict(message) != document
        assert message == make({"Novel": [[1]]})

    def test_recursive_values_are_rejected(self) -> None:
        endless: list[Any] = []
        endless.append(endless)
        with pytest.raises(osu.EncodeError, match="more levels of nesting than can be copied"):
            osu.to_dict(osu.Response(status="Idle", unknown={"Novel": endless}))
        with pytest.raises(osu.PlistError, match="32 levels"):
            osu.from_dict({"Status": "Idle", "Novel": endless}, osu.Response)


class TestMisuse:
    """A mistake in the caller's code is a ``TypeError`` that says so."""

    @pytest.mark.parametrize("message", [5, {}, osu.Command(), Message()])
    def test_writing_other_objects(self, message: Any) -> None:
        for function in (osu.dumps, osu.to_dict):
            with pytest.raises(TypeError, match="is not a class of messages that can be written"):
                function(message)

    @pytest.mark.parametrize("cls", ["Response", osu.Command, Message, int, None])
    def test_reading_into_other_classes(self, cls: Any) -> None:
        with pytest.raises(TypeError, match="is not a class of messages that can be read"):
            osu.loads(b"", cls)
        with pytest.raises(TypeError, match="is not a class of messages that can be read"):
            osu.from_dict({}, cls)

    @pytest.mark.parametrize("mapping", [[], None, 5, "Status"])
    def test_reading_other_values(self, mapping: Any) -> None:
        with pytest.raises(TypeError, match="expected a mapping, got"):
            osu.from_dict(mapping, osu.Response)

    @pytest.mark.parametrize("cls", [osu.Response, SoftwareUpdateEnforcementSpecific])
    def test_reading_other_documents(self, cls: Any) -> None:
        with pytest.raises(TypeError, match="a document must be bytes or text, not 3"):
            osu.loads(3, cls)  # type: ignore[arg-type]


class TestStrict:
    def test_dropped_content_is_rejected(self) -> None:
        text = """<plist><dict><key>Status</key><string>Idle</string>
            <key>Status</key><string>Idle</string></dict></plist>"""
        osu.loads(text, osu.Response)
        with pytest.raises(osu.DecodeError) as caught:
            osu.loads(text, osu.Response, strict=True)
        assert rules(caught) == ["OSU107"]

    def test_all_deviations_are_reported(self) -> None:
        keys = {"RequestType": "ScheduleOSUpdateScan", "Force": 1, "Extra": 1}
        with pytest.raises(osu.DecodeError) as caught:
            osu.loads_command(plistlib.dumps({"Command": keys}), strict=True)
        assert sorted(rules(caught)) == ["OSU115", "OSU122", "OSU123"]

    def test_valid_documents(self) -> None:
        data = plistlib.dumps(command(RequestType="OSUpdateStatus"))
        assert osu.loads_command(data, strict=True) == osu.loads_command(data)


class TestWriting:
    def test_xml_is_what_apple_shows(self) -> None:
        text = osu.dumps(osu.AvailableOSUpdatesCommand(command_uuid="0001")).decode()
        assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE plist PUBLIC')
        assert plistlib.loads(text.encode()) == command(RequestType="AvailableOSUpdates")

    def test_absent_and_empty_are_told_apart(self) -> None:
        absent = osu.ScheduleOSUpdateResponse(status="Acknowledged")
        empty = osu.ScheduleOSUpdateResponse(status="Acknowledged", update_results=[])
        assert osu.to_dict(absent) == {"Status": "Acknowledged"}
        assert osu.to_dict(empty) == {"Status": "Acknowledged", "UpdateResults": []}

    def test_to_dict_gives_plain_values(self) -> None:
        item = osu.UpdatesItem(install_action=osu.InstallAction.DEFAULT)
        assert type(osu.to_dict(item)["InstallAction"]) is str
        schedule = osu.to_dict(osu.ScheduleOSUpdateCommand([item]))
        assert type(schedule["Command"]["RequestType"]) is str
        assert type(schedule["Command"]["Updates"]) is list

    @pytest.mark.parametrize(
        ("message", "path"),
        [
            (osu.Response(status="Idle", unknown={"Status": "Error"}), "Status"),
            (osu.Response(status="Idle", unknown={"UDID": "1"}), "UDID"),
            (osu.Response(status="Idle", udid="1", unknown={"UDID": 5}), "UDID"),
            (osu.OSUpdateStatusCommand(unknown={"Command": {}}), "Command"),
            (
                osu.OSUpdateStatusCommand(command_unknown={"RequestType": "x"}),
                "Command.RequestType",
            ),
            (
                osu.ScheduleOSUpdateScanCommand(command_unknown={"ForceUpdateScan": True}),
                "Command.ForceUpdateScan",
            ),
            (
                osu.ScheduleOSUpdateCommand(
                    [osu.UpdatesItem(install_action="Default", unknown={"Priority": "Low"})]
                ),
                "Command.Updates[0].Priority",
            ),
            (osu.ScheduleOSUpdateCommand(None, command_unknown={"Updates": 5}), "Command.Updates"),
        ],
    )
    def test_unknown_keys_that_are_known_are_refused(self, message: Message, path: str) -> None:
        with pytest.raises(osu.EncodeError) as caught:
            osu.to_dict(message)
        assert [(f.rule, f.path) for f in caught.value.findings] == [("OSU106", path)]

    def test_unknown_keys_that_would_stay_unknown_are_written(self) -> None:
        for message in (
            osu.Response(status="Idle", unknown={"UDID": 5}),
            osu.ScheduleOSUpdateScanCommand(force=True, command_unknown={"ForceUpdateScan": 1}),
        ):
            assert osu.loads(osu.dumps(message), type(message)) == message

    @pytest.mark.parametrize("fmt", ["xml", "binary"])
    def test_declarations_are_json(self, fmt: osu.Format) -> None:
        declaration = osu.from_dict(GOOD[-1][1], SoftwareUpdateEnforcementSpecific)
        with pytest.raises(ValueError, match="fmt must be omitted"):
            osu.dumps(declaration, fmt=fmt)
        with pytest.raises(osu.EncodeError, match=r"OSU104 .* bytes are more than the limit of 50"):
            osu.dumps(declaration, limits=osu.Limits(size=50))

    def test_dates_of_unknown_come_back(self) -> None:
        date = dt.datetime(2026, 1, 31, 12, tzinfo=dt.timezone(dt.timedelta(hours=2)))
        answer = osu.Response(status="Idle", unknown={"Novel": {"a": [date, 1]}, "Other": [1]})
        assert osu.loads(osu.dumps(answer), osu.Response) == answer
        assert osu.to_dict(answer)["Novel"] == {"a": [dt.datetime(2026, 1, 31, 10), 1]}

    @pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:00:00-12:00"])
    def test_dates_that_utc_does_not_have_are_not_written(self, text: str) -> None:
        date = dt.datetime.fromisoformat(text)
        item = osu.OSUpdateStatusItem(product_key="k", past_notifications=[date])
        answer = osu.OSUpdateStatusResponse(
            status="Acknowledged", os_update_status=[item], unknown={"Novel": [date]}
        )
        assert osu.from_dict(osu.to_dict(answer), osu.OSUpdateStatusResponse) == answer
        with pytest.raises(osu.EncodeError) as caught:
            osu.dumps(answer)
        assert {(f.rule, f.path) for f in caught.value.findings} == {
            ("OSU106", "Novel[0]"),
            ("OSU106", "OSUpdateStatus[0].PastNotifications[0]"),
        }

    def test_keys_that_are_not_strings_are_refused(self) -> None:
        answer = osu.Response(status="Idle", unknown={"a": {1: 2}})
        with pytest.raises(osu.EncodeError, match="OSU106 error a: the key 1 is not a string"):
            osu.to_dict(answer)
        assert [(f.rule, f.path) for f in osu.validate(answer) if f.rule == "OSU106"] == [
            ("OSU106", "a")
        ]

    def test_formats_are_named(self) -> None:
        with pytest.raises(ValueError, match="'xml' or 'binary', not 'json'"):
            osu.dumps(osu.OSUpdateStatusCommand(), fmt="json")  # type: ignore[arg-type]
