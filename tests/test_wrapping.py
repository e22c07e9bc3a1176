"""Messages inside other documents: taken out where it is certain, and otherwise named."""

import base64
import html
import json
import plistlib
from collections.abc import Callable
from typing import Any

import pytest

import mdm_osupdate as osu
from mdm_osupdate.codec import DEFAULT_LIMITS, examine
from mdm_osupdate.declarations import StatusReport

RESPONSE: dict[str, Any] = {
    "CommandUUID": "0007",
    "Status": "Acknowledged",
    "UDID": "0000-0007",
    "OSUpdateStatus": [{"ProductKey": "k", "DownloadPercentComplete": 7.0}],
}
REPORT: dict[str, Any] = {"StatusItems": {"softwareupdate": {"install-state": "sleeping"}}}
PLIST = plistlib.dumps(RESPONSE).decode()
CHECK_IN: dict[str, Any] = {
    "MessageType": "DeclarativeManagement",
    "Endpoint": "status",
    "Data": json.dumps(REPORT | {"Errors": []}).encode(),
}


def encoded(document: dict[str, Any]) -> str:
    return base64.b64encode(plistlib.dumps(document)).decode()


def rules(document: Any) -> list[str]:
    if isinstance(document, dict):
        document = json.dumps(document)
    return [finding.rule for finding in osu.validate(document)]


class TestTakenOut:
    """OSU127 says where the message was; the other rule is what is wrong inside."""

    @pytest.mark.parametrize(
        ("document", "rule", "path"),
        [
            pytest.param(plistlib.dumps(CHECK_IN), "OSU501", "Data", id="check-in"),
            pytest.param(
                json.dumps({"topic": "t", "acknowledge_event": {"raw_payload": encoded(RESPONSE)}}),
                "OSU503",
                "acknowledge_event.raw_payload",
                id="webhook",
            ),
            pytest.param(
                json.dumps({"CommandXML": PLIST}), "OSU503", "CommandXML", id="CommandXML"
            ),
            pytest.param(
                json.dumps(
                    {"results": [{"request_type": "OSUpdateStatus", "result": encoded(RESPONSE)}]}
                ),
                "OSU503",
                "results[0].result",
                id="results",
            ),
            pytest.param(
                json.dumps(
                    {"statusItems": [{"key": "softwareupdate.install-state", "value": "sleeping"}]}
                ),
                "OSU501",
                "statusItems",
                id="status items",
            ),
            pytest.param(encoded(RESPONSE) + "\n", "OSU503", "", id="base64"),
        ],
    )
    def test_of_its_container(self, document: Any, rule: str, path: str) -> None:
        report = osu.validate(document)
        notice, finding = sorted(report, key=lambda finding: finding.rule)
        assert (notice.rule, notice.path, finding.rule) == ("OSU127", path, rule)
        assert (notice.line is None) == (not path)
        assert (finding.line, finding.column) == (notice.line, notice.column)

    def test_of_a_binary_check_in(self) -> None:
        report = osu.validate(plistlib.dumps(CHECK_IN, fmt=plistlib.FMT_BINARY))
        assert sorted(finding.rule for finding in report) == ["OSU127", "OSU501"]

    def test_of_a_check_in_in_a_webhook(self) -> None:
        report = b'{"StatusItems": {"softwareupdate": {"install-state": "sleeping"}}}'
        check_in = {"MessageType": "DeclarativeManagement", "Endpoint": "status", "Data": report}
        event = {"checkin_event": {"raw_payload": encoded(check_in)}}
        found = osu.validate(json.dumps(event, indent=1))
        assert {(f.rule, f.path) for f in found} == {
            ("OSU127", "checkin_event.raw_payload"),
            ("OSU127", "Data"),
            ("OSU501", "StatusItems.softwareupdate.install-state"),
        }
        assert {(f.line, f.column) for f in found} == {(3, 18)}
        event["checkin_event"]["raw_payload"] = encoded(check_in | {"Data": b"{"})
        found = osu.validate(json.dumps(event, indent=1))
        assert [f.rule for f in found] == ["OSU127", "OSU127", "OSU601"]
        assert {f.line for f in found} == {3}

    def test_of_a_script_with_the_lines_of_the_script(self) -> None:
        (notice, finding) = osu.validate(f"#!/bin/sh\ncat > c.plist <<END\n{PLIST}END\nsend\n")
        assert (notice.rule, notice.line) == ("OSU127", 3)
        assert notice.message == "the message was read from a script"
        (plain,) = osu.validate(PLIST)
        assert plain.line is not None
        assert (finding.line, finding.column) == (plain.line + 2, plain.column)

    def test_of_a_log(self) -> None:
        report = osu.validate(f"10:00 mdm: received {PLIST}")
        assert (report[0].rule, report[0].line) == ("OSU127", 1)
        assert report[0].message == "the message was read from a text around it"

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("#!/bin/sh\ncurl -d '", "' $URL\n"),
            ("$report = @'\n", "\n'@\nSend-Report $report\n"),
            ("# Reports\n\n```json\n", "\n```\n"),
            ("report = ", "\nsend(report)\n"),
            ('[10:00] {"level": 1} got ', ""),
            ("{ unlike }\n", "\n{"),
        ],
    )
    def test_json_in_a_text(self, before: str, after: str) -> None:
        report = json.dumps(REPORT | {"Errors": []}, indent=1)
        notice, finding = osu.validate(before + report + after)
        (plain,) = osu.validate(report)
        line, column = before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1
        assert (notice.rule, notice.line, notice.column) == ("OSU127", line, column)
        assert plain.line is not None
        assert (finding.rule, finding.line) == ("OSU501", plain.line + line - 1)
        assert finding.column == plain.column

    def test_malformed_json_in_a_script(self) -> None:
        text = '#!/bin/sh\ncat <<END\n{\n "StatusItems": {"a": $A}}\nEND\n'
        notice, finding = osu.validate(text)
        assert (notice.rule, notice.line) == ("OSU127", 3)
        assert (finding.rule, finding.line, finding.column) == ("OSU601", 4, 23)
        assert rules('#!/bin/sh\necho {"a": $A}\n') == ["OSU101"]

    def test_json_with_escaped_quotation_marks(self) -> None:
        report = json.dumps(json.dumps(REPORT | {"Errors": []}))
        found = osu.validate(f"#!/bin/sh\ncurl -d {report}\n")
        assert [(f.rule, f.line, f.column) for f in found] == [("OSU127", 2, 9), ("OSU501", 2, 9)]

    @pytest.mark.parametrize(
        "write", [json.dumps, repr, lambda text: repr(text.encode()), lambda t: json.dumps(repr(t))]
    )
    def test_property_list_in_a_string(self, write: Callable[[str], str]) -> None:
        line = f"level=info msg=sent body={write(PLIST)} device=1\n"
        notice, finding = osu.validate(line)
        column = line.index("<plist") + 1
        assert (notice.rule, notice.line, notice.column) == ("OSU127", 1, column)
        assert (finding.rule, finding.line, finding.column) == ("OSU503", 1, column)

    def test_property_list_in_csv(self) -> None:
        notice, finding = osu.validate('device,response\n1,"{}"\n'.format(PLIST.replace('"', '""')))
        assert (notice.rule, notice.line, notice.column) == ("OSU127", 2, 4)
        assert (finding.rule, finding.line, finding.column) == ("OSU503", 2, 4)

    @pytest.mark.parametrize("mark", ["> ", ">> ", "+", "| ", "   12\t", "7: "])
    def test_marks_before_each_line(self, mark: str) -> None:
        text = "".join(f"{mark}{line}\n" for line in PLIST.splitlines())
        notice, finding = osu.validate(f"See:\n{text}")
        (plain,) = osu.validate(PLIST)
        assert (notice.rule, notice.line, notice.column) == ("OSU127", 2, len(mark) + 1)
        assert plain.line is not None
        assert plain.column is not None
        assert (finding.line, finding.column) == (plain.line + 1, plain.column + len(mark))

    def test_of_base64_in_a_log(self) -> None:
        log = f"2026-03-01 10:00:00 received body={encoded(RESPONSE)} from device 1\n"
        notice, finding = osu.validate(log)
        assert (notice.rule, notice.line, notice.column) == ("OSU127", 1, 35)
        assert (finding.rule, finding.line, finding.column) == ("OSU503", 1, 35)
        for other in ("A" * 40, "A" * 41):  # not a property list, and not base64
            assert rules(f"body=PD94bWwg{other}\n") == ["OSU101"]
            assert rules({"body": f"PD94bWwg{other}"}) == ["OSU603"]

    def test_of_a_page_with_escaped_tags(self) -> None:
        notice, finding = osu.validate(f"<pre>{html.escape(PLIST)}</pre>")
        assert (notice.rule, notice.line, notice.column) == ("OSU127", 1, 6)
        (plain,) = osu.validate(PLIST)
        assert (finding.line, finding.column) == (plain.line, plain.column)
        assert rules("a &lt; b") == ["OSU101"]

    def test_of_a_script_with_another_property_list(self) -> None:
        job = "<plist><dict><key>Label</key><string>agent</string></dict></plist>"
        found = osu.validate(f"#!/bin/sh\ncat <<A\n{job}\nA\ncat <<B\n{PLIST}B\n")
        assert [(f.rule, f.line) for f in found[:1]] == [("OSU127", 6)]
        assert {f.rule for f in found} == {"OSU127", "OSU503"}
        assert rules(f"#!/bin/sh\ncat <<A\n{job}\nA\n") == ["OSU127", "OSU113"]
        assert rules({"a": job}) == ["OSU603"]

    @pytest.mark.parametrize("end", ["</dict>\n```\n", "", "</dict></dict>"])
    def test_of_a_command_without_plist(self, end: str) -> None:
        inside = (
            "<key>Updates</key><array><dict><key>Priority</key><string>$1</string></dict></array>"
        )
        command = f"<dict>\n<key>RequestType</key><string>ScheduleOSUpdate</string>{inside}"
        found = osu.validate(f"# Paste `<dict>...</dict>`\n\n{command}{end}")
        assert (found[0].rule, found[0].line) == ("OSU127", 3)
        assert found[1].rule == ("OSU111" if end else "OSU101")

    def test_of_a_signed_document(self) -> None:
        found = osu.validate(b"0\x82\x0b\x1f\x06\x09*\x86" + PLIST.encode() + b"\xa0\x82")
        assert [(f.rule, f.line) for f in found] == [("OSU127", None), ("OSU503", None)]
        assert found[0].message == "the message was read from a signed document"

    def test_of_the_one_request_in_a_collection(self) -> None:
        text = json.dumps({"item": [{"body": {"raw": PLIST}}, {"body": {"raw": "{}"}}]}, indent=1)
        found = osu.validate(text)
        assert {f.rule for f in found} == {"OSU127", "OSU503"}
        assert {(f.line, f.column) for f in found} == {(5, 12)}

    def test_of_an_object_with_its_own_places(self) -> None:
        report = {"StatusItems": {"softwareupdate": {"install-state": "sleeping"}}, "Errors": []}
        text = json.dumps({"name": "kiosk", "report": report}, indent=1)
        notice, finding = osu.validate(text)
        assert (notice.path, notice.line, notice.column) == ("report", 3, 12)
        assert (finding.rule, finding.line, finding.column) == ("OSU501", 6, 22)

    def test_of_an_object_with_the_names_of_status_items(self) -> None:
        items = {"softwareupdate.install-state": "sleeping", "device.model.family": "Mac"}
        assert sorted(rules(items)) == ["OSU127", "OSU501"]
        assert rules({"device.model.family": "Mac"}) == ["OSU603"]

    @pytest.mark.parametrize("values", [[], [None, 5, "x"]])
    def test_of_the_one_response_in_results(self, values: list[object]) -> None:
        result = {"request_type": "OSUpdateStatus", "result": encoded(RESPONSE)}
        assert "OSU127" in rules({"results": [result, *values]})

    def test_values_that_only_resemble_messages_are_not_read(self) -> None:
        deep: object = REPORT
        for _ in range(DEFAULT_LIMITS.depth + 2):
            deep = {"a": deep}
        for value in (
            {"a": base64.b64encode(b"<svg></svg>").decode()},
            {"a": base64.b64encode(b'{"b": "c"}').decode()},
            {"a": "x <plist> y </plist", "b": '{"b": 1}', "c": "{" * 5_000, "d": '{"b": ['},
            {"a": {"Type": "com.example", "Payload": {}}, "b": {"StatusItems": 5}},
            {"a": f'{{"b": {"1" * 5_000}}}'},
            {"a": json.dumps(deep)},
        ):
            assert rules(value) == ["OSU603"]

    @pytest.mark.parametrize(
        ("data", "rules"),
        [
            (json.dumps(REPORT | {"Errors": []}), ["OSU127", "OSU127", "OSU501"]),
            ("{", ["OSU127", "OSU127", "OSU601"]),
        ],
    )
    def test_of_a_container_in_a_container(self, data: str, rules: list[str]) -> None:
        check_in = {"MessageType": "DeclarativeManagement", "Endpoint": "status"}
        payload = encoded(check_in | {"Data": data.encode()})
        report = osu.validate(json.dumps({"checkin_event": {"raw_payload": payload}}))
        assert sorted(finding.rule for finding in report) == rules
        assert {"checkin_event.raw_payload", "Data"} < {finding.path for finding in report}
        assert {finding.line for finding in report} == {1}

    def test_what_is_damaged_inside_is_an_error(self) -> None:
        text = f"#!/bin/sh\ncat <<END\n{PLIST.replace('<key>Status</key>', '<key>', 1)}END\n"
        notice, *_, error = osu.validate(text)
        assert (notice.rule, notice.line) == ("OSU127", 3)
        assert error.rule == "OSU101"
        assert error.line == 3 + PLIST.count("\n", 0, PLIST.index("<key>Status")) + 1

    def test_flat_items_are_nested_and_counts_are_numbers(self) -> None:
        items = [
            {"key": "softwareupdate.failure-reason.count", "value": "3"},
            {"key": "softwareupdate.failure-reason.reason", "value": "no space"},
            {"key": "device.operating-system.version", "value": "27"},
            {"key": "device.operating-system.build-version", "value": "28"},
        ]
        report = examine(json.dumps({"statusItems": items}), DEFAULT_LIMITS).whole
        assert isinstance(report, StatusReport)
        failure = report.softwareupdate.failure_reason
        assert failure is not None
        assert (failure.count, failure.reason) == (3, "no space")
        device = report.status_items.device
        assert device is not None
        assert device.operating_system is not None
        system = device.operating_system
        assert (system.version, system.build_version) == ("27", "28")

    @pytest.mark.parametrize(
        "items",
        [
            [],
            [5],
            [{"key": 5}],
            [{"key": "a", "value": "x"}, {"key": "a.b", "value": "y"}],
            [{"key": "a.b", "value": "x"}, {"key": "a.b", "value": "y"}],
            [{"key": "a.b", "value": "y"}, {"key": "a.b", "value": "x"}],
        ],
    )
    def test_items_that_contradict_each_other_are_not_a_report(self, items: list[Any]) -> None:
        assert rules({"statusItems": items}) == ["OSU603"]


class TestNamed:
    @pytest.mark.parametrize(
        ("document", "rule", "message"),
        [
            (
                plistlib.dumps({"MessageType": "TokenUpdate", "UDID": "1"}),
                "OSU128",
                "this is the check-in message TokenUpdate: nothing was checked",
            ),
            (
                plistlib.dumps({"MessageType": "DeclarativeManagement", "Endpoint": "tokens"}),
                "OSU128",
                "this is the check-in message DeclarativeManagement: nothing was checked",
            ),
            *(
                (
                    plistlib.dumps({"MessageType": "DeclarativeManagement"} | more),
                    "OSU128",
                    "this is the check-in message DeclarativeManagement: nothing was checked",
                )
                for more in ({"Endpoint": "tokens", "Data": b"{}"}, {"Endpoint": "status"})
            ),
            (
                plistlib.dumps({"Status": "Acknowledged", "QueryResponses": {"OSVersion": "17"}}),
                "OSU128",
                "this is a response to DeviceInformation: nothing was checked",
            ),
            (
                plistlib.dumps({"Type": "com.apple.activation.simple", "Payload": {}}),
                "OSU129",
                "this is a declaration as a property list, and declarations are JSON",
            ),
            (
                json.dumps({"results": [{"request_type": "x", "result": None}] * 2}),
                "OSU129",
                "these are 2 results of commands without a response",
            ),
            (
                json.dumps({"results": [{"request_type": "x", "result": encoded(RESPONSE)}] * 2}),
                "OSU129",
                "this is a JSON document with 2 messages",
            ),
            (
                json.dumps({"request_type": "ScheduleOSUpdate", "updates": []}),
                "OSU129",
                "this is a request to a server's API, not the command that the server makes of it",
            ),
            (
                json.dumps({"Command": {"RequestType": "AvailableOSUpdates"}}),
                "OSU129",
                "this is a command as JSON, and commands are property lists",
            ),
            (
                json.dumps(RESPONSE),
                "OSU129",
                "this is a response as JSON, and responses are property lists",
            ),
            (
                plistlib.dumps(REPORT),
                "OSU129",
                "this is a status report as a property list, and status reports are JSON",
            ),
            (
                json.dumps({"SyncTokens": {"DeclarationsToken": "1"}}),
                "OSU128",
                "this is the response to tokens: nothing was checked",
            ),
            (
                json.dumps({"Declarations": {}, "DeclarationsToken": "1"}),
                "OSU128",
                "this is the response to declaration-items: nothing was checked",
            ),
            (
                plistlib.dumps({"SUCorePersistedStateContentsType": "x"}),
                "OSU129",
                "this is the state that a Mac keeps of its declarations, not a message",
            ),
            (
                plistlib.dumps({"PayloadType": "Configuration", "PayloadContent": [5]}),
                "OSU129",
                "this is a configuration profile, not a message",
            ),
            (
                json.dumps({"udid": "1", "request_type": "ScheduleOSUpdate", "updates": []}),
                "OSU129",
                "this is a request to a server's API, not the command that the server makes of it",
            ),
            (
                f"#!/bin/sh\ncat <<A\n{PLIST}A\ncat <<B\n{PLIST}B\n",
                "OSU129",
                "this is a script with 2 messages",
            ),
            (
                f"first\n{PLIST}{PLIST}",
                "OSU129",
                "this is a text with 2 messages",
            ),
            ("[1, 2]", "OSU129", "this is a JSON array, not a message"),
            (
                "Type: com.apple.configuration.softwareupdate.settings\nPayload: {}\n",
                "OSU129",
                "this is a declaration in YAML, not a message",
            ),
            (
                "name: Lab\ncontrols:\n  macos_updates:\n    minimum_version: '26.1'\n",
                "OSU129",
                "this is a configuration of Fleet, not a message",
            ),
            (
                '# updates\nresource "jamfpro_managed_software_update" "lab" {\n}\n',
                "OSU129",
                "this is a configuration of Terraform, not a message",
            ),
            (
                "2026-03-01 10:00:00+01 lab softwareupdated[455]: found an update\n",
                "OSU129",
                "this is a log of a device, not a message",
            ),
            (
                "pad mdmd(MDM)[101] <Notice>: handles OSUpdateStatus\n",
                "OSU129",
                "this is a log of a device, not a message",
            ),
            (
                json.dumps({"command": {"request_type": "ScheduleOSUpdate", "updates": []}}),
                "OSU129",
                "this is a request to a server's API, not the command that the server makes of it",
            ),
            (
                json.dumps({"payload": {"command": {"request_type": "x", "updates": []}}}),
                "OSU129",
                "this is a request to a server's API, not the command that the server makes of it",
            ),
            (b"\x1f\x8b\x08\0\0", "OSU129", "this is a gzip archive, not a message"),
            (
                b"PK\x03\x04\x14\0",
                "OSU129",
                "this is a ZIP archive or an Office document, not a message",
            ),
            (
                "Software Update Tool\n\nFinding available software\n",
                "OSU129",
                "this is the output of softwareupdate, not a message",
            ),
            (
                """curl -d '{"udid": "1", "request_type": "OSUpdateStatus"}' https://mdm.example.com""",
                "OSU129",
                "this is a request to a server's API, not a message",
            ),
            *(
                (
                    text,
                    "OSU129",
                    "this is a dictionary in the notation of a programming language, not a message",
                )
                for text in (
                    "INFO: got {'Status': 'Idle', 'CommandUUID': 'c'}\n",
                    "map[Command:map[RequestType:OSUpdateStatus] CommandUUID:c]",
                    "&{UDID:1 CommandUUID:c Status:Idle}",
                    '(*mdm.Results)(0xc0)({\n Status: (string) (len=4) "Idle"\n})',
                    "Array\n(\n    [Status] => Idle\n)\n",
                )
            ),
            (
                'ts=2026-03-01T10:00:00Z level=info msg="enqueued" command_uuid=c\n',
                "OSU129",
                "this is a log of a server, not a message",
            ),
            (
                'x {\n  "install-state" = waiting;\n}',
                "OSU129",
                "this is a printed dictionary, as in logs and mdmclient output, not a message",
            ),
            (
                "<plist><!-- log: { state = waiting; } --><dict></plist>",
                "OSU101",
                "the XML is malformed: mismatched tag in 'state = waiting; } --><dict></plist>'",
            ),
        ],
    )
    def test_and_what_to_do(self, document: Any, rule: str, message: str) -> None:
        (finding,) = osu.validate(document)
        assert (finding.rule, finding.message) == (rule, message)
        assert finding.hint.endswith(".")

    def test_successors_of_what_a_profile_has(self) -> None:
        payloads = [{"AutomaticDownload": True, "CatalogURL": "x", "PayloadType": "y"}]
        profile = {"PayloadType": "Configuration", "PayloadContent": payloads}
        (finding,) = osu.validate(plistlib.dumps(profile))
        assert finding.hint == (
            "Since 27, send a settings declaration. It replaces AutomaticDownload with "
            "AutomaticActions.Download (True: Allowed or AlwaysOn. False: AlwaysOff)."
        )

    @pytest.mark.parametrize(
        "document",
        [
            {"MessageType": "Chat"},
            {"PayloadType": "Configuration"},
            {"MessageType": 5},
            {"CommandXML": PLIST},
            {"QueryResponses": {}},
            {"Type": "com.example", "Payload": {}},
            {"Type": 5, "Payload": {}},
        ],
    )
    def test_other_property_lists_are_not(self, document: dict[str, Any]) -> None:
        assert [f.rule for f in osu.validate(plistlib.dumps(document))] == ["OSU113"]

    @pytest.mark.parametrize(
        "document",
        [
            {"acknowledge_event": {"raw_payload": "%%%"}},
            {"acknowledge_event": {"raw_payload": "AAAA"}},
            {"acknowledge_event": {"raw_payload": "AAAAA"}},
            {"acknowledge_event": {"raw_payload": 5}},
            {"acknowledge_event": 5},
            {"CommandXML": "none"},
            {"CommandXML": 5},
            {"results": []},
            {"results": [5]},
            {"results": "x"},
            {"results": 5},
            {"request_type": "x"},
        ],
    )
    def test_other_json_is_not(self, document: dict[str, Any]) -> None:
        assert rules(document) == ["OSU603"]

    @pytest.mark.parametrize(
        "text",
        [
            "hello",
            "x <plist> y",
            "x <?xml </plist> <plist> y",
            "{ a = 1 }",
            "if x {\n  a = 1\n  b();\n}",
            " " + PLIST,
        ],
    )
    def test_other_texts_are_what_they_were(self, text: str) -> None:
        found = rules(text)
        assert not {"OSU127", "OSU128", "OSU129"} & set(found)
        assert found

    @pytest.mark.parametrize("text", ["<plist>softwareupdated[1]", '{"a": "mdmclient 1"'])
    def test_malformed_messages_are_not_logs(self, text: str) -> None:
        assert rules(text)[0] in ("OSU101", "OSU109", "OSU601")

    def test_nothing_is_taken_out_of_what_is_too_long(self) -> None:
        text = "#!/bin/sh\n" + PLIST + " " * DEFAULT_LIMITS.size
        assert rules(text) == ["OSU104"]
