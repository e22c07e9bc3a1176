"""What really arrives: shapes that tools send and devices answer, with values of our own."""

import datetime as dt
import plistlib
from typing import Any

import pytest
from exactness import exactly

import mdm_osupdate as osu

UDID = "00008101-000A1B2C3D4E001E"


def xml(body: str, header: str = '<?xml version="1.0" encoding="UTF-8"?>\n') -> bytes:
    return f'{header}<plist version="1.0">{body}</plist>'.encode()


def command(**keys: Any) -> bytes:
    return plistlib.dumps({"Command": keys, "CommandUUID": "0001"})


def schedule(*items: dict[str, Any], **keys: Any) -> bytes:
    return command(RequestType="ScheduleOSUpdate", Updates=list(items), **keys)


def answer(**keys: Any) -> bytes:
    document = {"CommandUUID": "0001", "Status": "Acknowledged", "UDID": UDID} | keys
    return plistlib.dumps({key: value for key, value in document.items() if value is not None})


def rules(data: bytes) -> list[str]:
    return [finding.rule for finding in osu.validate(data)]


def comes_back(data: bytes, message: Any) -> bool:
    """Return whether writing what was read gives the same document, type by type."""
    written = plistlib.loads(osu.dumps(message))
    return bool(exactly(written) == exactly(plistlib.loads(data)))


ITEM = {"InstallAction": "InstallASAP", "ProductVersion": "17.4.1"}


class TestCommands:
    def test_command_uuid_missing_altogether(self) -> None:
        data = plistlib.dumps({"Command": {"RequestType": "OSUpdateStatus"}})
        assert osu.loads_command(data).command_uuid is None
        assert rules(data) == ["OSU115"]
        with pytest.raises(osu.DecodeError):
            osu.loads_command(data, strict=True)

    @pytest.mark.parametrize("uuid", ["0001_ScheduleOSUpdate", "update_1700000000", "ü"])
    def test_command_uuid_that_is_no_uuid(self, uuid: str) -> None:
        inner = {"RequestType": "OSUpdateStatus"}
        data = plistlib.dumps({"Command": inner, "CommandUUID": uuid})
        assert osu.loads_command(data, strict=True).command_uuid == uuid
        assert rules(data) == []

    @pytest.mark.parametrize("header", ['<?xml version="1.0" encoding="UTF-8"?>\n', ""])
    @pytest.mark.parametrize("frame", ["<plist>{}</plist>", "{}"])
    def test_only_the_inner_dictionary(self, header: str, frame: str) -> None:
        inner = """<dict><key>RequestType</key><string>ScheduleOSUpdate</string>
            <key>Updates</key><array><dict>
            <key>InstallAction</key><string>InstallASAP</string>
            <key>ProductVersion</key><string>17.4.1</string></dict></array></dict>"""
        data = (header + frame.format(inner)).encode()
        (finding,) = osu.validate(data)
        assert finding.rule == "OSU111"
        assert "under the key Command" in finding.hint
        with pytest.raises(osu.DecodeError) as caught:
            osu.loads_command(data)
        assert [f.message for f in caught.value.findings] == [finding.message]

    def test_the_inner_dictionary_with_the_uuid_in_it(self) -> None:
        data = plistlib.dumps({"RequestType": "OSUpdateStatus", "CommandUUID": "1"})
        assert rules(data) == ["OSU111"]

    def test_deferrals_as_text(self) -> None:
        item = ITEM | {"InstallAction": "InstallLater", "MaxUserDeferrals": "5"}
        data = schedule(item)
        message = osu.loads(data, osu.ScheduleOSUpdateCommand)
        assert message.updates is not None
        assert message.updates[0].max_user_deferrals is None
        assert message.updates[0].unknown == {"MaxUserDeferrals": "5"}
        assert comes_back(data, message)
        (finding,) = osu.validate(data)
        assert (finding.rule, finding.path) == (
            "OSU121",
            "Command.Updates[0].MaxUserDeferrals",
        )
        assert finding.hint == "Write <integer>5</integer>."

    def test_deferrals_beside_install_asap(self) -> None:
        assert rules(schedule(ITEM | {"MaxUserDeferrals": 5})) == ["OSU207"]

    def test_updates_missing(self) -> None:
        data = command(RequestType="ScheduleOSUpdate")
        assert osu.loads(data, osu.ScheduleOSUpdateCommand).updates is None
        assert [(f.rule, f.severity) for f in osu.validate(data)] == [("OSU204", "warning")]
        with pytest.raises(osu.DecodeError):
            osu.loads(data, osu.ScheduleOSUpdateCommand, strict=True)

    def test_neither_product_key_nor_version(self) -> None:
        assert rules(schedule({"InstallAction": "Default"})) == ["OSU203"]
        assert rules(schedule({})) == ["OSU120", "OSU203"]
        with pytest.raises(osu.DecodeError, match="missing key InstallAction"):
            osu.loads_command(schedule({}))

    def test_update_without_action(self) -> None:
        item = {"ProductVersion": "x", "Priority": "Urgent", "MaxUserDeferrals": 5}
        assert rules(schedule(item)) == ["OSU120", "OSU202", "OSU210"]
        assert rules(schedule(item | {"InstallAction": 1})) == ["OSU121", "OSU202", "OSU210"]
        iphone = osu.Device("iOS", "17.3")
        found = {finding.rule for finding in osu.validate(schedule({}), iphone)}
        assert found == {"OSU120", "OSU203"}

    def test_key_and_version_of_different_releases(self) -> None:
        item = ITEM | {"ProductVersion": "14.5", "ProductKey": "MSU_UPDATE_23E214_patch_14.4_minor"}
        assert rules(schedule(item)) == ["OSU206"]
        assert rules(schedule(item | {"ProductKey": "091-09590"})) == []

    def test_leftover_keys(self) -> None:
        extra = {"udid": UDID, "request_type": "ScheduleOSUpdate", "command_uuid": "1"}
        data = schedule(ITEM | extra)
        message = osu.loads(data, osu.ScheduleOSUpdateCommand)
        assert message.updates is not None
        assert message.updates[0].unknown == extra
        assert comes_back(data, message)
        assert rules(data) == ["OSU123"] * 3

    def test_two_spellings_of_force(self) -> None:
        right = command(RequestType="ScheduleOSUpdateScan", Force=True)
        sample = command(RequestType="ScheduleOSUpdateScan", ForceUpdateScan=True)
        scan = osu.loads(right, osu.ScheduleOSUpdateScanCommand, strict=True)
        assert osu.loads(sample, osu.ScheduleOSUpdateScanCommand) == scan
        assert b"<key>Force</key>" in osu.dumps(scan)
        assert (rules(right), rules(sample)) == ([], ["OSU124"])

    def test_comments(self) -> None:
        data = xml("""<!-- first --><dict><!-- then --><key>CommandUUID</key>
            <!-- between a key and its value --><string>00<!-- within -->01</string>
            <key>Command</key><dict><key>RequestType</key><string>OSUpdateStatus</string>
            </dict></dict>""")
        assert osu.loads_command(data, strict=True) == osu.OSUpdateStatusCommand(
            command_uuid="0001"
        )

    def test_unfilled_placeholder(self) -> None:
        data = xml("<dict>\n<key>CommandUUID</key>\n  <string><<UUID()>></string>\n</dict>")
        with pytest.raises(osu.PlistError) as caught:
            osu.loads_command(data)
        assert [finding.rule for finding in caught.value.findings] == ["OSU101"]
        assert caught.value.position == (4, 12)
        assert "<<UUID()>>" in str(caught.value)

    @pytest.mark.parametrize("space", ["\n", " ", "\r\n\t", "\N{ZERO WIDTH NO-BREAK SPACE}\n"])
    def test_white_space_before_the_declaration(self, space: str) -> None:
        data = space.encode() + command(RequestType="OSUpdateStatus")
        with pytest.raises(osu.PlistError) as caught:
            osu.loads_command(data)
        (finding,) = caught.value.findings
        assert finding.rule in ("OSU101", "OSU102")
        if not space.startswith("\N{ZERO WIDTH NO-BREAK SPACE}"):
            assert finding.hint == "Delete everything before `<?xml`."

    def test_byte_order_mark(self) -> None:
        data = "\N{ZERO WIDTH NO-BREAK SPACE}".encode() + command(RequestType="OSUpdateStatus")
        assert osu.loads_command(data, strict=True)  # type: ignore[truthy-bool]

    def test_command_in_command(self) -> None:
        data = command(Command={"RequestType": "OSUpdateStatus"}, CommandUUID="0001")
        assert rules(data) == ["OSU114"]
        both = command(RequestType="OSUpdateStatus", Command={"RequestType": "OSUpdateStatus"})
        assert rules(both) == ["OSU114"]

    def test_a_security_response_goes_by_key(self) -> None:
        by_key = {
            "InstallAction": "InstallASAP",
            "ProductKey": "MSU_UPDATE_22F770820d_patch_13.4.1_rsr",
        }
        assert rules(schedule(by_key)) == []
        assert rules(schedule(ITEM | {"ProductVersion": "13.4.1 (a)"})) == ["OSU209"]

    @pytest.mark.parametrize("word", ["INSTALL_ASAP", "DOWNLOAD_ONLY", "DOWNLOAD_AND_INSTALL"])
    def test_vendors_words(self, word: str) -> None:
        (finding,) = osu.validate(schedule(ITEM | {"InstallAction": word}))
        assert finding.rule == "OSU201"
        assert finding.hint.startswith("Did you mean ")

    def test_keys_that_only_clients_know(self) -> None:
        data = schedule(ITEM, UseDelay=True, RecommendationCadence=1)
        message = osu.loads(data, osu.ScheduleOSUpdateCommand)
        assert message.command_unknown == {"UseDelay": True, "RecommendationCadence": 1}
        assert comes_back(data, message)
        assert rules(data) == ["OSU125", "OSU125"]

    def test_the_network_tether_stands_in_the_command(self) -> None:
        data = schedule(ITEM, RequestRequiresNetworkTether=True)
        message = osu.loads(data, osu.ScheduleOSUpdateCommand, strict=True)
        assert message.request_requires_network_tether is True
        assert comes_back(data, message)

    def test_network_tether_beside_the_command(self) -> None:
        data = plistlib.dumps(
            plistlib.loads(schedule(ITEM)) | {"RequestRequiresNetworkTether": True}
        )
        message = osu.loads(data, osu.ScheduleOSUpdateCommand)
        assert message.unknown == {"RequestRequiresNetworkTether": True}
        assert comes_back(data, message)
        assert rules(data) == ["OSU123"]

    @pytest.mark.parametrize(
        "key",
        [
            "iOSUpdate15F79", "iOSUpdate22H20", "091-09590", "041-14451", "zzzz091-81933",
            "_OSX_18A391", "_MACOS_12.0", "_MACOS_14.7.3", "MSU_UPDATE_20G80_patch_11.5.1",
            "MSU_UPDATE_22H417_patch_13.7.3_minor", "MSU_UPDATE_23A344_patch_14.0_major",
            "MSU_UPDATE_22A240a_full_13.0_minor", "MSU_UPDATE_22F770820d_patch_13.4.1_rsr",
        ],
    )  # fmt: skip
    def test_product_keys_are_opaque(self, key: str) -> None:
        data = schedule({"InstallAction": "Default", "ProductKey": key})
        message = osu.loads(data, osu.ScheduleOSUpdateCommand, strict=True)
        assert message.updates is not None
        assert message.updates[0].product_key == key
        assert rules(data) == []

    def test_empty_product_key(self) -> None:
        data = schedule({"InstallAction": "Default", "ProductKey": ""})
        message = osu.loads(data, osu.ScheduleOSUpdateCommand, strict=True)
        assert comes_back(data, message)
        assert rules(data) == ["OSU203"]


class TestScheduleAnswers:
    def test_update_results_missing(self) -> None:
        read = osu.loads(answer(), osu.ScheduleOSUpdateResponse, strict=True)
        assert read.update_results is None
        assert read.succeeded
        assert not read.no_update_available
        assert rules(answer()) == []

    def test_update_results_empty(self) -> None:
        data = answer(UpdateResults=[])
        read = osu.loads(data, osu.ScheduleOSUpdateResponse, strict=True)
        assert read.update_results == ()
        assert read.succeeded
        assert comes_back(data, read)
        assert rules(data) == []

    def test_acknowledged_with_a_failed_item(self) -> None:
        item = {
            "ProductKey": "iOSUpdate22H20",
            "InstallAction": "Error",
            "Status": "Idle",
            "ErrorChain": [{"ErrorCode": 12049, "ErrorDomain": "MCMDMErrorDomain"}],
        }
        read = osu.loads(answer(UpdateResults=[item]), osu.ScheduleOSUpdateResponse)
        assert (read.status, read.failed) == ("Acknowledged", True)
        assert len(read.failed_results) == 1
        assert read.failed_results[0].failed

    def test_a_status_outside_the_schema(self) -> None:
        data = answer(UpdateResults=[{"ProductKey": "1", "Status": "UpdateAvailable"}])
        read = osu.loads(data, osu.ScheduleOSUpdateResponse)
        assert read.update_results is not None
        assert read.update_results[0].status == "UpdateAvailable"
        assert type(read.update_results[0].status) is str
        assert rules(data) == ["OSU501"]

    def test_an_item_without_status(self) -> None:
        data = answer(UpdateResults=[{"ProductKey": "1", "InstallAction": "InstallASAP"}])
        read = osu.loads(data, osu.ScheduleOSUpdateResponse, strict=True)
        assert read.update_results is not None
        assert read.update_results[0].status is None

    @pytest.mark.parametrize("action", ["DownloadOnly", "InstallASAP", "Error"])
    def test_responses_of_iphones(self, action: str) -> None:
        data = answer(
            UpdateResults=[{"ProductKey": "1", "InstallAction": action, "Status": "Idle"}]
        )
        read = osu.loads(data, osu.ScheduleOSUpdateResponse, strict=True)
        assert read.update_results is not None
        assert isinstance(read.update_results[0].install_action, osu.ScheduledAction)


class TestErrors:
    def test_a_format_error_without_chain(self) -> None:
        read = osu.loads(answer(Status="CommandFormatError"), osu.Response, strict=True)
        assert read.failed
        assert read.error_chain is None

    @pytest.mark.parametrize(
        "error",
        [
            {"ErrorCode": -909, "ErrorDomain": "NSOSStatusErrorDomain"},
            {"ErrorCode": 1, "LocalizedDescription": r"literal \n backslashes \U2019"},
            {"ErrorCode": 1, "USEnglishDescription": "“curly” quotes"},
            {"ErrorCode": 1, "LocalizedDescription": "无可用更新"},
        ],
    )
    def test_chains_are_kept_exactly(self, error: dict[str, Any]) -> None:
        data = answer(Status="Error", ErrorChain=[error])
        read = osu.loads(data, osu.Response, strict=True)
        assert comes_back(data, read)
        assert comes_back(data, osu.loads(osu.dumps(read, fmt="binary"), osu.Response))

    def test_no_update_as_ios_11_says_it(self) -> None:
        chain = [
            {"ErrorCode": 2213, "ErrorDomain": "DeviceManagement.error"},
            {"ErrorCode": 3, "ErrorDomain": "com.apple.softwareupdateservices.errors"},
        ]
        read = osu.loads(
            answer(Status="Error", ErrorChain=chain), osu.AvailableOSUpdatesResponse, strict=True
        )
        assert read.no_update_available
        assert not read.failed

    @pytest.mark.parametrize(
        ("domain", "code"),
        [("MCMDMErrorDomain", code) for code in (12008, 12013, 12021, 12077, *range(12048, 12063))]
        + [("DeviceManagement.error", code) for code in range(2200, 2215)]
        + [("MDMClientError", code) for code in (74, 91, 97)]
        + [("com.apple.softwareupdateservices.errors", code) for code in (3, 103)],
    )
    def test_codes_that_are_known(self, domain: str, code: int) -> None:
        known = osu.ErrorChainItem(error_domain=domain, error_code=code).known
        assert known is not None
        assert known.meaning
        assert known.source

    @pytest.mark.parametrize(
        ("inner", "outer"),
        [
            (2213, 12048), (2212, 12049), (2214, 12050), (2200, 12051), (2201, 12052),
            (2206, 12053), (2204, 12054), (2205, 12055), (2203, 12056), (2202, 12057),
            (2207, 12058), (2211, 12059), (2209, 12060), (2210, 12061), (2208, 12062),
        ],
    )  # fmt: skip
    def test_both_domains_mean_the_same(self, inner: int, outer: int) -> None:
        one = osu.KNOWN_ERRORS["DeviceManagement.error", inner]
        other = osu.KNOWN_ERRORS["MCMDMErrorDomain", outer]
        assert one.meaning == other.meaning


class TestOtherAnswers:
    @pytest.mark.parametrize("key", ["ScanInitiated", "ScanInititated"])
    def test_two_spellings_of_scan_initiated(self, key: str) -> None:
        data = answer(**{key: True})
        read = osu.loads(data, osu.ScheduleOSUpdateScanResponse)
        assert comes_back(data, read) == (key == "ScanInitiated")  # the right spelling is written
        assert read.scan_initiated is True
        assert rules(data) == ([] if key == "ScanInitiated" else ["OSU124"])

    def test_a_scan_answered_by_ios(self) -> None:
        read = osu.loads(answer(), osu.ScheduleOSUpdateScanResponse, strict=True)
        assert read.scan_initiated is None
        assert read.succeeded

    def test_the_envelope_on_a_user_channel(self) -> None:
        data = answer(
            UDID=None, EnrollmentID="E-1", EnrollmentUserID="EU-1", UserID="U-1",
            UserShortName="jo", UserLongName="Jo Doe", NotOnConsole=False,
        )  # fmt: skip
        read = osu.loads(data, osu.Response, strict=True)
        assert (read.udid, read.enrollment_id, read.user_short_name) == (None, "E-1", "jo")
        assert read.not_on_console is False
        assert comes_back(data, read)

    def test_extras_of_the_envelope(self) -> None:
        extras = {
            "RequestType": "OSUpdateStatus",
            "MessageResult": 1,
            "Identifier": "x",
            "State": 2,
        }
        data = answer(**extras)
        read = osu.loads(data, osu.Response)
        assert read.unknown == extras
        assert comes_back(data, read)
        assert rules(data) == ["OSU125"] * 4

    def test_the_status_alone(self) -> None:
        data = plistlib.dumps({"Status": "Idle"})
        assert osu.loads(data, osu.Response, strict=True) == osu.Response(status="Idle")
        assert osu.validate(data).ok
        assert not osu.validate(data).warnings

    @pytest.mark.parametrize(("number", "boolean"), [(0, False), (1, True)])
    def test_is_downloaded_as_an_integer(self, number: int, boolean: bool) -> None:
        data = answer(OSUpdateStatus=[{"ProductKey": "1", "IsDownloaded": number}])
        read = osu.loads(data, osu.OSUpdateStatusResponse)
        assert read.os_update_status is not None
        assert read.os_update_status[0].is_downloaded is boolean
        assert rules(data) == ["OSU122"]

    def test_a_size_as_a_real(self) -> None:
        data = xml(
            """<dict><key>Status</key><string>Acknowledged</string><key>AvailableOSUpdates</key>
            <array><dict><key>DownloadSize</key><real>12000000000</real></dict></array></dict>"""
        )
        read = osu.loads(data, osu.AvailableOSUpdatesResponse)
        assert read.available_os_updates is not None
        assert exactly(read.available_os_updates[0].download_size) == (int, 12_000_000_000)
        assert "OSU122" in rules(data)

    @pytest.mark.parametrize("percent", ["1", "0.7352941176470589", "0"])
    def test_percentages_keep_their_value(self, percent: str) -> None:
        data = xml(
            f"""<dict><key>Status</key><string>Acknowledged</string><key>OSUpdateStatus</key>
            <array><dict><key>DownloadPercentComplete</key><real>{percent}</real></dict></array>
            </dict>"""
        )
        read = osu.loads(data, osu.OSUpdateStatusResponse, strict=True)
        assert read.os_update_status is not None
        assert exactly(read.os_update_status[0].download_percent_complete) == (
            float,
            float(percent),
        )
        assert comes_back(data, read)

    @pytest.mark.parametrize(
        "item",
        [
            {"ProductKey": "iOSUpdate22H20", "ProductName": "iOS", "Version": "18.7"},
            {"ProductKey": "091-09590", "Version": " "},
            {"ProductKey": "_OSX_18A391", "Version": "18A391"},
            {},
        ],
    )
    def test_items_leave_out_what_their_platform_has_not(self, item: dict[str, Any]) -> None:
        data = answer(AvailableOSUpdates=[item])
        read = osu.loads(data, osu.AvailableOSUpdatesResponse, strict=True)
        assert read.available_os_updates is not None
        assert read.available_os_updates[0].version == item.get("Version")
        assert read.available_os_updates[0].build is None
        assert comes_back(data, read)

    def test_dates_are_read_as_utc(self) -> None:
        data = answer(AvailableOSUpdates=[{"DeferredUntil": dt.datetime(2026, 1, 31, 12)}])
        read = osu.loads(data, osu.AvailableOSUpdatesResponse, strict=True)
        assert read.available_os_updates is not None
        assert read.available_os_updates[0].deferred_until == dt.datetime(
            2026, 1, 31, 12, tzinfo=dt.timezone.utc
        )
        assert comes_back(data, read)

    def test_no_update_as_an_empty_list(self) -> None:
        read = osu.loads(answer(AvailableOSUpdates=[]), osu.AvailableOSUpdatesResponse, strict=True)
        assert read.no_update_available


class TestForms:
    """How a document may look."""

    BODY = "<dict><key>UDID</key><string>1</string><key>Status</key><string>Idle</string></dict>"

    @pytest.mark.parametrize(
        "data",
        [
            xml(BODY),
            xml(BODY, header=""),
            BODY.encode(),
            xml(BODY).replace(b"><", b">\r\n\t<"),
            xml(BODY) + b"\n\n",
            xml(BODY.replace("<string>1<", "<string><![CDATA[1]]><")),
            xml(BODY.replace("<string>1<", "<string>&#x31;<")),
            xml(BODY, header='<?xml version="1.0" encoding="UTF-16"?>').decode().encode("utf-16"),
            plistlib.dumps({"Status": "Idle", "UDID": "1"}, fmt=plistlib.FMT_BINARY),
        ],
    )
    def test_all_forms_are_equivalent(self, data: bytes) -> None:
        read = osu.loads(data, osu.Response, strict=True)
        assert read == osu.Response(status="Idle", udid="1")
        assert rules(data) == []

    @pytest.mark.parametrize(
        ("data", "rule"),
        [
            (b"", "OSU103"),
            (b"\n", "OSU103"),
            (b"<", "OSU101"),
            (b"<plist><key>Status</key></plist>", "OSU101"),
            (b"not a property list", "OSU101"),
        ],
    )
    def test_other_documents(self, data: bytes, rule: str) -> None:
        with pytest.raises(osu.PlistError) as caught:
            osu.loads(data, osu.Response)
        assert [finding.rule for finding in caught.value.findings] == [rule]
        assert rules(data) == [rule]
