"""Declarations: built, written, read, and judged."""

import datetime as dt
import json
import pickle
from copy import deepcopy
from typing import Any

import attrs
import pytest

import mdm_osupdate as osu
from mdm_osupdate.declarations import (
    ActivationSimple,
    Declaration,
    ManagementStatusSubscriptions,
    SoftwareUpdateEnforcementSpecific,
    SubscribedStatusItem,
)

Enforcement = SoftwareUpdateEnforcementSpecific
TYPE = "com.apple.configuration.softwareupdate.enforcement.specific"
BY = "2026-12-01T19:00:00"
MAC = osu.Device("macOS", "15.6", supervised=True, enrollment="automated")


def enforcement(**more: Any) -> Enforcement:
    return Enforcement(**{"target_os_version": "26.1", "target_local_date_time": BY} | more)


def document(**payload: Any) -> dict[str, Any]:
    return {
        "Type": TYPE,
        "Identifier": "id",
        "ServerToken": "token",
        "Payload": {"TargetOSVersion": "26.1", "TargetLocalDateTime": BY} | payload,
    }


def reasons(data: str | bytes, kind: type[Declaration] = Enforcement) -> list[tuple[str, str]]:
    with pytest.raises(osu.DecodeError) as caught:
        osu.loads(data, kind)
    return [(finding.rule, finding.path) for finding in caught.value.findings]


class TestLocalTime:
    def test_text_or_datetime(self) -> None:
        assert osu.LocalDateTime(dt.datetime(2026, 12, 1, 19)) == BY
        assert osu.LocalDateTime(BY).datetime == dt.datetime(2026, 12, 1, 19)
        assert enforcement(target_local_date_time=dt.datetime(2026, 12, 1, 19)) == enforcement()

    @pytest.mark.parametrize(
        "text",
        [
            "2026-12-01T19:00:00Z",
            "2026-12-01T19:00:00+01:00",
            "2026-12-01T19:00",
            "2026-12-01 19:00:00",
            "2026-02-30T19:00:00",
            "2026-12-01T24:00:00",
            "2026-12-01T19:00:00.5",
            "٢٠٢٦-12-01T19:00:00",
            "tonight",
            "",
        ],
    )
    def test_others_are_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="; write it as 2026-12-01T19:00:00"):
            enforcement(target_local_date_time=text)

    def test_zones_and_fractions_are_refused(self) -> None:
        for wrong in (
            dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc),
            dt.datetime(2026, 1, 1, 0, 0, 0, 5),
        ):
            with pytest.raises(ValueError, match="invalid local time"):
                osu.LocalDateTime(wrong)
        with pytest.raises(TypeError, match="a local time must be str or datetime, not int"):
            enforcement(target_local_date_time=5)


class TestBuilding:
    def test_the_whole_declaration_is_written(self) -> None:
        assert (
            json.loads(osu.dumps(enforcement(identifier="id", server_token="token"))) == document()
        )

    def test_optional_keys(self) -> None:
        more = enforcement(target_build_version="23B74", details_url="https://example.org/")
        payload = json.loads(osu.dumps(more))["Payload"]
        assert payload["TargetBuildVersion"] == "23B74"
        assert payload["DetailsURL"] == "https://example.org/"

    def test_the_token_changes_exactly_when_the_content_does(self) -> None:
        token = enforcement().effective_token
        assert enforcement().server_token is None
        assert osu.to_dict(enforcement())["ServerToken"] == token
        assert token == enforcement().effective_token
        assert token != enforcement(target_os_version="26.2").effective_token
        assert token != enforcement(identifier="other").effective_token
        assert token != enforcement(unknown={"x": 1}).effective_token
        assert token != enforcement(payload_unknown={"x": 1}).effective_token
        one = enforcement(payload_unknown={"a": [{"b": 1, "c": None}], "d": 2})
        same = enforcement(payload_unknown={"d": 2, "a": [{"c": None, "b": 1}]})
        assert one.effective_token == same.effective_token
        assert osu.dumps(one) == osu.dumps(same)

    def test_a_changed_copy_has_a_new_token_unless_one_was_given(self) -> None:
        read = osu.loads(osu.dumps(enforcement()), Enforcement)
        for declaration in enforcement(), read:
            later = attrs.evolve(declaration, target_os_version="26.2")
            same = enforcement(target_os_version="26.2", identifier=declaration.identifier)
            assert later == same
            assert later.effective_token == same.effective_token != declaration.effective_token
        given = attrs.evolve(enforcement(server_token="7"), target_os_version="26.2")
        assert given.server_token == given.effective_token == "7"
        digest = "0" * 64
        assert enforcement(server_token=digest).effective_token == digest

    def test_a_key_that_a_later_release_knows_leaves_the_token_as_it_is(self) -> None:
        known = enforcement(details_url="https://example.org/")
        unknown = enforcement(payload_unknown={"DetailsURL": "https://example.org/"})
        assert known.effective_token == unknown.effective_token
        items = ManagementStatusSubscriptions(status_items=[SubscribedStatusItem("a")])
        as_read = attrs.evolve(
            items, status_items=(), payload_unknown={"StatusItems": [{"Name": "a"}]}
        )
        assert items.effective_token == as_read.effective_token

    def test_nesting_too_deep_to_write_is_an_encode_error(self) -> None:
        deep: dict[str, Any] = {}
        for _ in range(5000):
            deep = {"a": deep}
        declaration = enforcement(unknown=deep)
        for write in osu.to_dict, osu.dumps:
            with pytest.raises(osu.EncodeError, match="levels"):
                write(declaration)
        assert [f.rule for f in osu.validate(declaration).errors] == ["OSU104"]

    def test_an_activation_goes_with_it(self) -> None:
        activation = enforcement(identifier="update").activation()
        written = json.loads(osu.dumps(activation))
        assert written["Type"] == "com.apple.activation.simple"
        assert written["Payload"] == {"StandardConfigurations": ["update"]}

    def test_a_subscription_to_the_status_items(self) -> None:
        subscription = ManagementStatusSubscriptions.for_software_updates()
        items = json.loads(osu.dumps(subscription))["Payload"]["StatusItems"]
        assert [item["Name"] for item in items] == [
            "device.operating-system.build-version",
            "device.operating-system.supplemental.build-version",
            "device.operating-system.supplemental.extra-version",
            "device.operating-system.version",
            "softwareupdate.beta-enrollment",
            "softwareupdate.device-id",
            "softwareupdate.failure-reason",
            "softwareupdate.install-reason",
            "softwareupdate.install-state",
            "softwareupdate.pending-version",
        ]
        assert subscription.activation().standard_configurations == (subscription.identifier,)

    def test_they_are_values(self) -> None:
        declaration = enforcement(unknown={"x": [1]}, payload_unknown={"y": None})
        assert pickle.loads(pickle.dumps(declaration)) == deepcopy(declaration) == declaration
        assert hash(deepcopy(declaration)) == hash(declaration)
        names = vars(osu) | {"SoftwareUpdateEnforcementSpecific": Enforcement}
        assert eval(repr(declaration), names) == declaration

    @pytest.mark.parametrize(
        ("unknown", "why"),
        [
            ({"x": float("nan")}, "is a number that JSON does not hold"),
            ({"x": b"data"}, "has a type that JSON does not hold"),
            ({"x": dt.datetime(2026, 1, 1)}, "has a type that JSON does not hold"),
            ({"x": 2**64}, "does not fit into 64 bits"),
            ({"x": "\ud800"}, "which json does not keep"),
            ({"x": {1: 2}}, "is not a string"),
            ({"Type": "y"}, "belongs to the layout of the message"),
        ],
    )
    def test_what_json_cannot_hold_is_refused(self, unknown: dict[str, Any], why: str) -> None:
        with pytest.raises(osu.EncodeError, match=why):
            osu.dumps(enforcement(unknown=unknown))


class TestReading:
    def test_what_is_written_comes_back(self) -> None:
        declaration = enforcement(unknown={"a": None, "b": [1.5, "x"]}, payload_unknown={"c": {}})
        assert osu.loads(osu.dumps(declaration), Enforcement) == declaration
        assert osu.loads(osu.dumps(declaration), Enforcement) == declaration
        assert osu.from_dict(osu.to_dict(declaration), Enforcement) == declaration

    def test_unknown_keys_and_values_are_kept(self) -> None:
        given = document(Extra=[None, 1], DetailsURL=5) | {"More": {"x": 1.5}}
        declaration = osu.loads(json.dumps(given), Enforcement)
        assert declaration.payload_unknown == {"Extra": [None, 1], "DetailsURL": 5}
        assert declaration.unknown == {"More": {"x": 1.5}}
        assert json.loads(osu.dumps(declaration)) == given
        with pytest.raises(
            osu.DecodeError, match="DetailsURL: expected a string, got the integer 5"
        ):
            osu.loads(json.dumps(given), Enforcement, strict=True)

    def test_all_that_is_wrong_is_told_at_once(self) -> None:
        given = document(TargetOSVersion=26, TargetLocalDateTime="2026-12-01T19:00:00Z")
        del given["ServerToken"]
        assert reasons(json.dumps(given | {"Type": "other"})) == [
            ("OSU604", ""),
            ("OSU121", "Type"),
            ("OSU121", "Payload.TargetOSVersion"),
            ("OSU611", "Payload.TargetLocalDateTime"),
        ]

    @pytest.mark.parametrize(
        ("text", "rule"),
        [
            ("{", "OSU601"),
            ("", "OSU601"),
            ('{"a": NaN}', "OSU601"),
            ('{"a": -Infinity}', "OSU601"),
            ('{"a": 1e999}', "OSU106"),
            ("[" * 100_000, "OSU601"),
            ('{"a":' * 40 + "1" + "}" * 40, "OSU104"),
            ('{"a": ' + "9" * 5000 + "}", "OSU601"),
            ('{"a": ' + "9" * 30 + "}", "OSU106"),
            ('{"a": "\\ud800"}', "OSU106"),
            (b"\xff\xfe{", "OSU601"),
            (b"\x80", "OSU601"),
            ("null", "OSU110"),
            ("[]", "OSU110"),
            ('{"Payload": []}', "OSU121"),
            (" " * (2 << 20), "OSU104"),
        ],
    )
    def test_nothing_but_a_decode_error(self, text: str | bytes, rule: str) -> None:
        assert rule in {code for code, _ in reasons(text)}

    def test_where_it_breaks_off(self) -> None:
        with pytest.raises(osu.DecodeError) as caught:
            osu.loads('{"Type":\n  ,}', Enforcement)
        assert caught.value.position == (2, 3)

    def test_keys_that_stand_twice(self) -> None:
        text = json.dumps(document()).replace('"Payload"', '"Type": 1, "Type": "x", "Payload"')
        text = text.replace('"x"', f'"{TYPE}"')
        assert osu.loads(text, Enforcement).target_os_version == "26.1"
        with pytest.raises(osu.DecodeError, match="duplicate key 'Type'"):
            osu.loads(text, Enforcement, strict=True)
        assert [finding.rule for finding in osu.validate(text)] == ["OSU107"]

    def test_other_classes(self) -> None:
        activation = enforcement().activation()
        assert osu.loads(osu.dumps(activation), ActivationSimple) == activation
        subscription = ManagementStatusSubscriptions.for_software_updates()
        text = osu.dumps(subscription)
        assert osu.loads(text, ManagementStatusSubscriptions, strict=True) == subscription
        assert reasons(text) == [
            ("OSU121", "Type"),
            ("OSU123", "Payload.StatusItems"),
            ("OSU120", "Payload"),
            ("OSU120", "Payload"),
        ]

    def test_no_class_of_its_own(self) -> None:
        with pytest.raises(TypeError, match="not a class of messages that can be read"):
            osu.loads("{}", Declaration)


class TestJudging:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (json.dumps(document()), []),
            (json.dumps(document(TargetLocalDateTime="2026-12-01")), ["OSU611"]),
            (json.dumps(document(TargetOSVersion="latest")), ["OSU610"]),
            (json.dumps(document(Surplus=1)), ["OSU123"]),
            ('{"StatusItems": {}}', []),
            ('{"Type": "com.apple.configuration.passcode.settings"}', ["OSU602"]),
            ('{"Type": 5}', ["OSU602"]),
            ('{"x": 1}', ["OSU603"]),
            ("{}", ["OSU603"]),
            ("\ufeff \n{", ["OSU601"]),
        ],
    )
    def test_documents(self, text: str, expected: list[str]) -> None:
        assert [finding.rule for finding in osu.validate(text)] == expected
        assert [finding.rule for finding in osu.validate(text.encode())] == expected

    def test_a_misspelt_type_is_named(self) -> None:
        (finding,) = osu.validate(json.dumps({"Type": TYPE.replace("specific", "specifics")}))
        assert TYPE in finding.hint

    def test_hints_speak_json(self) -> None:
        text = '{"StatusItems": {"softwareupdate": {"failure-reason": {"count": "3"}}}}'
        (finding,) = osu.validate(text)
        assert finding.hint == "Write 3."
        (finding,) = osu.validate(json.dumps(document(DetailsURL=5)))
        assert finding.hint == 'Write "5".'

    @pytest.mark.parametrize(
        ("device", "expected"),
        [
            (MAC, []),
            (osu.Device("iOS", "17.0", supervised=False, enrollment="device"), []),
            (osu.Device("iOS", "16.9", enrollment="device"), ["OSU621"]),
            (osu.Device("tvOS", "18.3", enrollment="device"), ["OSU621"]),
            (osu.Device("tvOS", "18.4", enrollment="device"), []),
            (osu.Device("visionOS", "2.9", enrollment="device"), ["OSU621"]),
            (osu.Device("visionOS", "26.0", enrollment="device"), []),
            (osu.Device("watchOS", "26.0", enrollment="device"), ["OSU620"]),
            (attrs.evolve(MAC, supervised=False), ["OSU622"]),
            (attrs.evolve(MAC, channel="user"), ["OSU623"]),
            (attrs.evolve(MAC, enrollment="user"), ["OSU624"]),
            (attrs.evolve(MAC, os_version="26.1"), ["OSU625"]),
            (attrs.evolve(MAC, os_version="27.0", declaration_managed=True), ["OSU625"]),
        ],
    )
    def test_devices(self, device: osu.Device, expected: list[str]) -> None:
        assert [finding.rule for finding in osu.validate(enforcement(), device)] == expected

    def test_what_is_not_known_is_not_guessed(self) -> None:
        report = osu.validate(enforcement(), osu.Device("macOS", "15.0"))
        unknown = {"OSU622": ("supervised",), "OSU624": ("enrollment",)}
        offered = {"OSU660": ("releases",), "OSU661": ("releases",)}
        assert report.undecided == unknown | offered | {"OSU617": ("now",)}
        now = dt.datetime(2026, 11, 1)
        report = osu.validate(enforcement(), osu.Device("iOS", "18.0"), now=now)
        assert report.undecided == offered | {"OSU624": ("enrollment",)}

    @pytest.mark.parametrize(
        ("device", "expected"),
        [
            (attrs.evolve(MAC, os_version="26.3"), []),
            (attrs.evolve(MAC, os_version="26.3.1"), []),  # its build decides
            (attrs.evolve(MAC, os_version="26.3.1", build="25D2128"), []),
            (attrs.evolve(MAC, os_version="26.3.1", build="25D771280a"), ["OSU625"]),
            (attrs.evolve(MAC, os_version="26.3.2"), ["OSU625"]),
        ],
    )
    def test_security_responses_are_newer_by_their_build(
        self, device: osu.Device, expected: list[str]
    ) -> None:
        declaration = enforcement(target_os_version="26.3.1", target_build_version="25D771280a")
        assert [finding.rule for finding in osu.validate(declaration, device)] == expected

    def test_which_response_a_device_has_is_told_by_its_build_only(self) -> None:
        declaration = enforcement(target_os_version="26.3.1", target_build_version="25D771280a")
        report = osu.validate(declaration, attrs.evolve(MAC, os_version="26.3.1 (a)"))
        assert list(report) == []
        assert report.undecided["OSU625"] == ("build",)

    @pytest.mark.parametrize(
        ("platform", "has", "expected"),
        [
            ("iOS", "17.2", ["OSU626"]),
            ("iOS", "17.2.1", []),
            ("iPadOS", "17.0", ["OSU626"]),
            ("macOS", "14.0", ["OSU626"]),
        ],
    )
    def test_an_old_device_needs_the_base_first(
        self, platform: str, has: str, expected: list[str]
    ) -> None:
        declaration = enforcement(target_os_version="17.2.1", target_build_version="21C770066a")
        device = attrs.evolve(MAC, platform=platform, os_version=has)
        found = [finding.rule for finding in osu.validate(declaration, device)]
        assert [rule for rule in found if rule != "OSU616"] == expected

    @pytest.mark.parametrize(("platform", "has"), [("iOS", "18.0"), ("macOS", "15.0")])
    def test_newer_devices_need_one_declaration(self, platform: str, has: str) -> None:
        declaration = enforcement(target_os_version="26.3.1", target_build_version="25D771280a")
        device = attrs.evolve(MAC, platform=platform, os_version=has)
        assert list(osu.validate(declaration, device)) == []

    @pytest.mark.parametrize(
        ("now", "expected"),
        [
            (dt.datetime(2026, 12, 1, 18, 59, 59), []),
            (dt.datetime(2026, 12, 1, 19), ["OSU617"]),
            # In the last time zone, UTC-12, it is 19:00 when it is 7:00 of the next day in UTC.
            (dt.datetime(2026, 12, 2, 6, 59, 59, tzinfo=dt.timezone.utc), []),
            (dt.datetime(2026, 12, 2, 7, tzinfo=dt.timezone.utc), ["OSU617"]),
        ],
    )
    def test_deadlines(self, now: dt.datetime, expected: list[str]) -> None:
        assert [finding.rule for finding in osu.validate(enforcement(), now=now)] == expected

    @pytest.mark.parametrize(
        ("platform", "target", "expected"),
        [
            ("iOS", "18.7", []),
            ("macOS", "18.7", ["OSU616"]),
            ("visionOS", "3.0", ["OSU616"]),
            ("tvOS", "19.0", ["OSU616"]),
            ("macOS", "25.6", ["OSU616"]),
            ("macOS", "27.0", []),
        ],
    )
    def test_versions_that_were_never_released(
        self, platform: str, target: str, expected: list[str]
    ) -> None:
        has = {"macOS": "14.0", "iOS": "17.0", "tvOS": "18.4", "visionOS": "26.0"}[platform]
        device = attrs.evolve(MAC, platform=platform, os_version=has)
        found = osu.validate(enforcement(target_os_version=target), device)
        assert [f.rule for f in found if f.rule != "OSU625"] == expected

    def test_all_faults_are_told_at_once(self) -> None:
        payload = {
            "TargetOSVersion": "newest",
            "TargetLocalDateTime": "tonight",
            "DetailsURL": "intranet",
        }
        given = document() | {"Payload": payload}
        report = osu.validate(json.dumps(given), osu.Device("macOS", "13.6", supervised=False))
        assert {f.rule for f in report} == {"OSU610", "OSU611", "OSU612", "OSU621"}
        del payload["TargetLocalDateTime"], payload["TargetOSVersion"]
        report = osu.validate(json.dumps(given))
        assert [f.rule for f in report] == ["OSU120", "OSU120", "OSU612"]
        assert "OSU617" not in report.undecided
        report = osu.validate(json.dumps(given | {"Payload": []}), osu.Device("watchOS", "11.0"))
        assert {f.rule for f in report} == {"OSU121", "OSU620"}

    @pytest.mark.parametrize("target", ["$TARGET", "{{ version }}", "%VERSION%", "<<VERSION>>"])
    def test_placeholders_are_recognized(self, target: str) -> None:
        (finding,) = osu.validate(enforcement(target_os_version=target))
        assert (finding.rule, "placeholder" in finding.hint) == ("OSU610", True)

    @pytest.mark.parametrize(
        ("word", "rule", "meant"),
        [
            ("softwareupdate.enforcement", "OSU605", "softwareupdate.enforcement.specific"),
            ("softwareUpdate.Settings", "OSU605", "softwareupdate.settings"),
            ("passcode.settings", "OSU602", None),
            ("app.managed", "OSU602", None),
        ],
    )
    def test_types_that_are_nearly_right(self, word: str, rule: str, meant: str | None) -> None:
        given = document() | {"Type": f"com.apple.configuration.{word}"}
        (finding,) = osu.validate(json.dumps(given))
        assert finding.rule == rule
        if meant:
            assert finding.hint == f"Did you mean com.apple.configuration.{meant}?"

    def test_json_of_other_products(self) -> None:
        blueprint = {"name": "x", "steps": [{"identifier": "com.jamf.ddm.sw-updates"}]}
        (finding,) = osu.validate(json.dumps(blueprint))
        assert (finding.rule, "Jamf" in finding.hint) == ("OSU603", True)
        (finding,) = osu.validate('{"name": "x"}')
        assert finding.hint == osu.RULES["OSU603"].hint

    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ({"details_url": "https://example.org"}, []),
            ({"details_url": "example.org"}, ["OSU612"]),
            ({"details_url": "ftp://example.org"}, ["OSU612"]),
            ({"target_build_version": "23B5044l"}, []),
            ({"target_build_version": "26.1"}, ["OSU613"]),
            ({"target_os_version": "26.3.1", "target_build_version": "25D771280a"}, []),
            ({"target_build_version": "22D7750270d"}, []),
            ({"target_build_version": "22D77502700d"}, ["OSU613"]),
            ({"target_os_version": "26.1.1"}, []),
            ({"target_os_version": "26.1 (a)"}, ["OSU614"]),
            ({"target_os_version": "26.1.0"}, ["OSU615"]),
            ({"target_os_version": "26.0"}, []),
            ({"target_os_version": "18.9"}, []),
            ({"target_os_version": "19.0"}, ["OSU616"]),
            ({"target_os_version": "25.9"}, ["OSU616"]),
            ({"target_os_version": "23B74"}, ["OSU610"]),
        ],
    )
    def test_values(self, values: dict[str, Any], expected: list[str]) -> None:
        assert [finding.rule for finding in osu.validate(enforcement(**values))] == expected
