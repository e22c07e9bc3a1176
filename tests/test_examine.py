"""Detection of messages, and boundaries of reading."""

import datetime as dt
import json
import pickle
import plistlib
from typing import Any

import pytest

import mdm_osupdate as osu
from mdm_osupdate.declarations import SoftwareUpdateEnforcementSpecific
from mdm_osupdate.messages import Message
from mdm_osupdate.validation import inspect

INSIDE = {"RequestType": "OSUpdateStatus"}
COMMAND = {"CommandUUID": "1", "Command": INSIDE}
ANSWER = {"CommandUUID": "1", "Status": "Acknowledged", "UDID": "A"}


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        (COMMAND, osu.OSUpdateStatusCommand),
        (ANSWER, osu.Response),
        (ANSWER | {"UpdateResults": []}, osu.ScheduleOSUpdateResponse),
        (ANSWER | {"ScanInitiated": True}, osu.ScheduleOSUpdateScanResponse),
        (ANSWER | {"ScanInititated": True}, osu.ScheduleOSUpdateScanResponse),
        (ANSWER | {"AvailableOSUpdates": []}, osu.AvailableOSUpdatesResponse),
        (ANSWER | {"OSUpdateStatus": []}, osu.OSUpdateStatusResponse),
    ],
)
def test_kinds_of_documents(document: dict[str, Any], kind: type[Message]) -> None:
    found = inspect(plistlib.dumps(document))
    assert found.kind is kind
    assert found.whole == osu.from_dict(document, kind)


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        ({"CommandUUID": "1", "Command": {"RequestType": "DeviceLock"}}, Message),
        ({"Novel": 1}, Message),
    ],
)
def test_incomplete_messages(document: dict[str, Any], kind: type[Message]) -> None:
    found = inspect(plistlib.dumps(document))
    assert (found.kind, found.whole) == (kind, None)


def test_inner_dictionary_of_a_command() -> None:
    found = inspect(plistlib.dumps(INSIDE))
    assert found.whole == osu.OSUpdateStatusCommand(command_uuid=None)


def test_unknown_key_sorted_before_command() -> None:
    inner = {"RequestType": "OSUpdateStatus", "Apple": 1}
    report = osu.validate(plistlib.dumps({"CommandUUID": "1", "Command": inner}))
    assert [finding.rule for finding in report] == ["OSU123"]


@pytest.mark.parametrize(("size", "read"), [(2.0**53 - 1, 2**53 - 1), (2.0**53, None)])
def test_reals_converted_to_integers_up_to_2_53(size: float, read: int | None) -> None:
    item = osu.from_dict({"DownloadSize": size}, osu.AvailableOSUpdatesItem)
    assert item.download_size == read


def test_unknown_keys_that_belong_to_the_layout() -> None:
    scan = osu.ScheduleOSUpdateScanCommand(
        force=True, command_unknown={"ForceUpdateScan": True, "RequestType": "x"}
    )
    with pytest.raises(
        osu.EncodeError, match="RequestType in command_unknown belongs to the layout"
    ):
        osu.dumps(scan)


def test_at_most_a_hundred_unknown_keys_are_reported() -> None:
    misspelled = {f"UserIDs{n:03}": "A" for n in range(150)}
    report = osu.validate(plistlib.dumps(ANSWER | {"UDID": "A"} | misspelled))
    guessed = [f.hint.startswith("Did you mean") for f in report if f.rule == "OSU123"]
    assert len(guessed) == 100


def test_to_dict_returns_naive_dates() -> None:
    date = dt.datetime(2026, 3, 2, 9)
    item = osu.AvailableOSUpdatesItem(deferred_until=date)
    assert item.deferred_until == date.replace(tzinfo=dt.timezone.utc)
    assert osu.to_dict(item) == {"DeferredUntil": date}


@pytest.mark.parametrize(
    ("text", "element"),
    [("true", "true"), ("YES", "true"), ("1", "true"), ("false", "false"), ("No", "false")],
)
def test_strings_that_mean_booleans(text: str, element: str) -> None:
    scan = {"RequestType": "ScheduleOSUpdateScan", "Force": text}
    (finding,) = osu.validate(plistlib.dumps({"CommandUUID": "1", "Command": scan}))
    assert finding.hint == f"Write <{element}/>."


def test_command_of_another_class() -> None:
    kinds = {
        kind: osu.dumps(kind())
        for kind in (
            osu.AvailableOSUpdatesCommand,
            osu.OSUpdateStatusCommand,
            osu.ScheduleOSUpdateScanCommand,
        )
    }
    for kind in kinds:
        for other, data in kinds.items():
            if other is not kind:
                with pytest.raises(osu.DecodeError, match="expected RequestType"):
                    osu.loads(data, kind)


def test_inner_dictionary_of_another_command() -> None:
    report = osu.validate(plistlib.dumps({"RequestType": "DeviceLock"}))
    assert [finding.rule for finding in report] == ["OSU111", "OSU112"]


def test_encode_errors_can_be_pickled() -> None:
    with pytest.raises(osu.EncodeError) as caught:
        osu.dumps(osu.Response(status="a\rb"))
    assert pickle.loads(pickle.dumps(caught.value)).findings == caught.value.findings


@pytest.mark.parametrize("value", [17, 17.4, None, b"17"])
def test_versions_are_strings(value: Any) -> None:
    with pytest.raises(TypeError, match="a version must be str"):
        osu.OSVersion(value)


def test_declaration_from_a_dictionary_that_json_cannot_hold() -> None:
    payload = {"TargetOSVersion": "26.1", "TargetLocalDateTime": "2026-12-01T19:00:00"}
    with pytest.raises(osu.DecodeError, match="has a type that JSON does not hold"):
        osu.from_dict({"Payload": payload, "x": b""}, SoftwareUpdateEnforcementSpecific)


@pytest.mark.parametrize(
    ("text", "rule", "place"),
    [
        ("{ a = 1 }", "OSU601", (1, 3)),
        ('{"a": 1}]', "OSU601", (1, 9)),
        ('{"a":\n1 2}', "OSU601", (2, 3)),
        ('\ufeff{"Type":\n "x", "Type": "y"}', "OSU107", (2, 7)),
        ('{"a":' + "[" * 900 + "]" * 900 + "}", "OSU104", (1, 1)),
        ('{"a":' + "[" * 100_000, "OSU601", (None, None)),
    ],
)
def test_malformed_json_has_a_position(text: str, rule: str, place: Any) -> None:
    finding = osu.validate(text)[0]
    assert (finding.rule, (finding.line, finding.column)) == (rule, place)


@pytest.mark.parametrize(
    ("document", "hint"),
    [
        ("{“Type”: 1}", "Replace curly quotation marks with straight ones."),
        ("{'Type': 1}", "Use double quotation marks."),
        ('{\n\u00a0"Type": 1}', "Replace no-break spaces with spaces."),
        ('{"Type": 1, // the type\n"Payload": {}}', "Delete the comment: JSON has none."),
        (
            '{\n// the version\n"Payload": {"TargetOSVersion": 1, "TargetLocalDateTime": 2}}',
            "Delete the comment: JSON has none.",
        ),
        ('{"Type": True}', "Write true, false or null."),
        ('{"Type": $TYPE}', "Fill in the placeholder, then check again."),
        ('{"Type": {{type}}}', "Fill in the placeholder, then check again."),
        ('{"Type": 1,\n}', "Delete the comma before it."),
        ('{"Type": [1, ]}', "Delete the comma before it."),
        (
            '{\n  "Command" => {\n',
            "Print it with `plutil -convert xml1 -o -` instead of `plutil -p`, or in Ruby as JSON.",
        ),
        ("{Type: 1}", "Use double quotation marks around keys."),
        ('{"Type": 1, TargetLocalDateTime : 2}', "Use double quotation marks around keys."),
        (
            '{"Type": "a\tb"}',
            r"Close the string, or write tabs and line breaks in it as \t and \n.",
        ),
        ('{"Type": "com.apple.conf', "Get the whole document: its end is missing."),
        ('{"Type": {"Payload": 1}', "Get the whole document: its end is missing."),
        ('{"Type": 1 "Payload"}', osu.RULES["OSU601"].hint),
        ("<?xml version=”1.0”?>\n<plist/>", "Replace curly quotation marks with straight ones."),
        ("<plist><string>a & b</string></plist>", "Write &amp; instead of &."),
        ("<plist><string>a?b=1&c=2</string></plist>", "Write &amp; instead of &."),
        ("<plist><string>a < b</string></plist>", "Write &lt; instead of <."),
        (
            "<plist><string><<UUID()>></string></plist>",
            "Fill in the placeholder, then check again.",
        ),
        (b"<plist><string>caf\xe9</string></plist>", "Save the document as UTF-8."),
        (
            '<?xml version="1.0" encoding="UTF-8"?><plist/>'.encode("utf-16"),
            "Save the document as UTF-8, which it declares.",
        ),
        ("<plist><string>", "Get the whole document: its end is missing."),
        ("<plist><string>a</str", "Get the whole document: its end is missing."),
        ("<plist><dict/></plist>\nCan anyone help?", "Delete what follows the message."),
        ("<plist><string></plist>", osu.RULES["OSU101"].hint),
        (
            '<?xml version="1.0"?><mobile_device_command><command/></mobile_device_command>',
            "Check the message itself: the property list or JSON that is sent.",
        ),
        (
            "title: updates\n",
            "Check the message itself: the property list or JSON that is sent.",
        ),
        (
            '{"type": "x", "payload": {}}',
            "Keys are case-sensitive. Write Type instead of type, Payload instead of payload.",
        ),
        ('{"type": "x"}', osu.RULES["OSU603"].hint),
        ('{"Identifier": "x"}', osu.RULES["OSU603"].hint),
        (
            '{"TargetOSVersion": "27"}',
            "Put this object under the key Payload, and add Type and Identifier beside it.",
        ),
        (
            '{"softwareupdate": {"install-state": "none"}}',
            "Put this object under the key StatusItems, beside Errors, an array.",
        ),
        (
            plistlib.dumps({"Status": "Error", "ErrorChain": [5]}),
            "Write a dictionary with keys such as ErrorCode, ErrorDomain, LocalizedDescription, "
            "USEnglishDescription.",
        ),
        (
            '{"PublicAssetSets": {}}',
            "This looks like the releases that Apple offers. Use them with --releases.",
        ),
        (
            '{"osVersionRequirements": []}',
            "This looks like a configuration of Nudge. Check the declaration that is sent.",
        ),
        (
            '{"config": {"updateAction": "x"}}',
            "This looks like a plan of Jamf Pro's managed software updates. "
            "Check the declarations that it becomes.",
        ),
        (
            plistlib.dumps({"Command": {"requestType": "x"}}),
            "Write RequestType instead of requestType.",
        ),
    ],
)
def test_hints_for_typical_mistakes(document: str | bytes, hint: str) -> None:
    assert hint in [finding.hint for finding in osu.validate(document)]


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (
            {"TargetOSVersion": "26.1.0", "TargetLocalDateTime": "tonight", "Force": True},
            {("OSU615", 2), ("OSU611", 3), ("OSU123", 4)},
        ),
        ({"AutomaticActions": {"Download": "Alwayson"}}, {("OSU630", 3)}),
        ({"StandardConfigurations": "x"}, {("OSU121", 2)}),
    ],
)
def test_payload_alone_is_read(payload: dict[str, Any], expected: set[tuple[str, int]]) -> None:
    text = json.dumps(payload, indent=1)
    found = inspect(text)
    assert found.whole is None
    assert {(f.rule, f.line) for f in found.report} == {("OSU603", 1), *expected}
    inside = inspect(json.dumps({"payload": payload, "n": 1}))
    assert ("OSU127" in {f.rule for f in inside.report}) == ("TargetOSVersion" in payload)


def test_payload_alone_is_checked_for_a_device() -> None:
    payload = {"TargetOSVersion": "26.1", "TargetLocalDateTime": "2027-01-15T19:00:00"}
    report = osu.validate(json.dumps(payload), osu.Device("macOS", "13.6"))
    assert {f.rule for f in report} == {"OSU603", "OSU621"}
