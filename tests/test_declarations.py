"""Declarations: constructing, writing, reading and validating."""

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
    SoftwareUpdateRequired,
    SoftwareUpdateRequiredDetails,
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
    def test_from_text_or_datetime(self) -> None:
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
    def test_other_types_are_rejected(self, text: str) -> None:
        with pytest.raises(ValueError, match=": expected a time such as 2026-12-01T19:00:00"):
            enforcement(target_local_date_time=text)

    def test_time_zones_and_fractions_are_rejected(self) -> None:
        for wrong in (
            dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc),
            dt.datetime(2026, 1, 1, 0, 0, 0, 5),
        ):
            with pytest.raises(ValueError, match="invalid local time"):
                osu.LocalDateTime(wrong)
        with pytest.raises(TypeError, match="a local time must be str or datetime, not int"):
            enforcement(target_local_date_time=5)


class TestBuilding:
    def test_complete_document(self) -> None:
        assert (
            json.loads(osu.dumps(enforcement(identifier="id", server_token="token"))) == document()
        )

    def test_optional_keys(self) -> None:
        more = enforcement(target_build_version="23B74", details_url="https://example.org/")
        payload = json.loads(osu.dumps(more))["Payload"]
        assert payload["TargetBuildVersion"] == "23B74"
        assert payload["DetailsURL"] == "https://example.org/"

    def test_text(self) -> None:
        whole = SoftwareUpdateRequired(
            description="é", details=SoftwareUpdateRequiredDetails(os_version="26.1")
        )
        text = """{
  "code": "com.apple.softwareupdate.required",
  "description": "é",
  "details": {
    "OSVersion": "26.1"
  }
}
"""
        data = osu.dumps(whole)
        assert data.decode() == text
        assert osu.dumps(whole, limits=osu.Limits(size=len(data))) == data
        assert osu.loads(data, SoftwareUpdateRequired, limits=osu.Limits(size=len(data))) == whole
        with pytest.raises(osu.EncodeError, match="more than the limit of"):
            osu.dumps(whole, limits=osu.Limits(size=len(data) - 1))
        with pytest.raises(osu.DecodeError, match="longer than the limit"):
            osu.loads(data, SoftwareUpdateRequired, limits=osu.Limits(size=len(data) - 1))

    def test_token_changes_with_the_content_only(self) -> None:
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

    def test_evolved_copy_has_a_new_token(self) -> None:
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

    def test_new_optional_key_does_not_change_tokens(self) -> None:
        known = enforcement(details_url="https://example.org/")
        unknown = enforcement(payload_unknown={"DetailsURL": "https://example.org/"})
        assert known.effective_token == unknown.effective_token
        items = ManagementStatusSubscriptions(status_items=[SubscribedStatusItem("a")])
        as_read = attrs.evolve(
            items, status_items=(), payload_unknown={"StatusItems": [{"Name": "a"}]}
        )
        assert items.effective_token == as_read.effective_token

    def test_too_deep_nesting_raises_encode_error(self) -> None:
        deep: dict[str, Any] = {}
        for _ in range(5000):
            deep = {"a": deep}
        declaration = enforcement(unknown=deep)
        for write in osu.to_dict, osu.dumps:
            with pytest.raises(osu.EncodeError, match="levels"):
                write(declaration)
        assert [f.rule for f in osu.validate(declaration).errors] == ["OSU104"]

    def test_activation(self) -> None:
        activation = enforcement(identifier="update").activation()
        written = json.loads(osu.dumps(activation))
        assert written["Type"] == "com.apple.activation.simple"
        assert written["Payload"] == {"StandardConfigurations": ["update"]}

    def test_status_subscription(self) -> None:
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

    def test_equality_and_hash(self) -> None:
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
    def test_values_that_json_cannot_hold(self, unknown: dict[str, Any], why: str) -> None:
        with pytest.raises(osu.EncodeError, match=why):
            osu.dumps(enforcement(unknown=unknown))


class TestReading:
    def test_round_trip(self) -> None:
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

    def test_placeholders_of_templates(self) -> None:
        given = document(TargetOSVersion="$VERSION", TargetLocalDateTime="{{DAY}}T19:00:00")
        report = osu.validate(json.dumps(given))
        assert {f.rule: f.hint for f in report} == {
            "OSU610": "Fill in the placeholder, then check again.",
            "OSU611": "Fill in the placeholder, then check again.",
        }

    def test_all_problems_are_reported(self) -> None:
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
    def test_only_decode_error_is_raised(self, text: str | bytes, rule: str) -> None:
        assert rule in {code for code, _ in reasons(text)}

    def test_position_of_malformed_json(self) -> None:
        with pytest.raises(osu.DecodeError) as caught:
            osu.loads('{"Type":\n  ,}', Enforcement)
        assert caught.value.position == (2, 3)

    def test_duplicate_keys(self) -> None:
        text = json.dumps(document()).replace('"Payload"', '"Type": 1, "Type": "x", "Payload"')
        text = text.replace('"x"', f'"{TYPE}"')
        assert osu.loads(text, Enforcement).target_os_version == "26.1"
        with pytest.raises(osu.DecodeError, match="duplicate key 'Type'"):
            osu.loads(text, Enforcement, strict=True)
        assert [finding.rule for finding in osu.validate(text)] == ["OSU107"]

    def test_documents_of_other_classes(self) -> None:
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

    def test_base_class_cannot_be_read(self) -> None:
        with pytest.raises(TypeError, match="not a class of messages that can be read"):
            osu.loads("{}", Declaration)


class TestValidation:
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
    def test_rules_for_documents(self, text: str, expected: list[str]) -> None:
        assert [finding.rule for finding in osu.validate(text)] == expected
        assert [finding.rule for finding in osu.validate(text.encode())] == expected

    def test_misspelled_type(self) -> None:
        (finding,) = osu.validate(json.dumps({"Type": TYPE.replace("specific", "specifics")}))
        assert TYPE in finding.hint

    def test_hints_use_json_syntax(self) -> None:
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
    def test_rules_for_devices(self, device: osu.Device, expected: list[str]) -> None:
        assert [finding.rule for finding in osu.validate(enforcement(), device)] == expected

    def test_unknown_facts_are_undecided(self) -> None:
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
    def test_security_responses_are_compared_by_build(
        self, device: osu.Device, expected: list[str]
    ) -> None:
        declaration = enforcement(target_os_version="26.3.1", target_build_version="25D771280a")
        assert [finding.rule for finding in osu.validate(declaration, device)] == expected

    def test_installed_response_is_known_by_its_build_only(self) -> None:
        declaration = enforcement(target_os_version="26.3.1", target_build_version="25D771280a")
        report = osu.validate(declaration, attrs.evolve(MAC, os_version="26.3.1 (a)"))
        assert list(report) == []
        assert report.undecided["OSU625"] == ("build",)

    @pytest.mark.parametrize(
        ("build", "named"),
        [(None, "the build of the response"), ("25D771280a", "25D771280a")],
    )
    def test_build_belongs_elsewhere(self, build: str | None, named: str) -> None:
        declaration = enforcement(target_os_version="26.3.1 (a)", target_build_version=build)
        (finding,) = osu.validate(declaration)
        assert finding.hint == f"Write 26.3.1, and {named} in TargetBuildVersion."

    @pytest.mark.parametrize(
        ("platform", "has", "expected"),
        [
            ("iOS", "17.2", ["OSU626"]),
            ("iOS", "17.2.1", []),
            ("iOS", "17.3", ["OSU625"]),
            ("iPadOS", "17.0", ["OSU626"]),
            ("macOS", "14.0", ["OSU626"]),
        ],
    )
    def test_old_device_needs_the_base_version_first(
        self, platform: str, has: str, expected: list[str]
    ) -> None:
        declaration = enforcement(target_os_version="17.2.1", target_build_version="21C770066a")
        device = attrs.evolve(MAC, platform=platform, os_version=has)
        found = [finding.rule for finding in osu.validate(declaration, device)]
        assert [rule for rule in found if rule != "OSU616"] == expected

    @pytest.mark.parametrize(("platform", "has"), [("iOS", "18.0"), ("macOS", "15.0")])
    def test_newer_device_needs_one_declaration(self, platform: str, has: str) -> None:
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

    def test_all_faults_are_reported(self) -> None:
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

    def test_half_a_surrogate_is_rejected(self) -> None:
        given = document()
        given["Payload"]["DetailsURL"] = "\ud800"
        with pytest.raises(osu.DecodeError, match="which json does not keep"):
            osu.loads(json.dumps(given), SoftwareUpdateEnforcementSpecific)

    def test_null_is_a_value_of_json(self) -> None:
        assert [f.rule for f in osu.validate(enforcement(unknown={"x": None}))] == ["OSU123"]

    @pytest.mark.parametrize(
        ("text", "keys"),
        [
            ("{}", "no keys"),
            ('{"code": 1}', "'code'"),
            ('{"details": {}}', "'details'"),
            ('{"a": 1, "b": 2, "c": 3, "d": 4}', "'a', 'b', 'c'"),
        ],
    )
    def test_other_json_is_named_by_its_keys(self, text: str, keys: str) -> None:
        (finding,) = osu.validate(text)
        assert (finding.rule, finding.message) == ("OSU603", f"expected a Type, got {keys}")

    @pytest.mark.parametrize(
        ("word", "rule", "meant"),
        [
            ("management.status_subscriptions", "OSU605", "management.status-subscriptions"),
            ("softwareupdate.enforcement", "OSU605", "softwareupdate.enforcement.specific"),
            ("softwareUpdate.Settings", "OSU605", "softwareupdate.settings"),
            ("passcode.settings", "OSU602", None),
            ("app.managed", "OSU602", None),
        ],
    )
    def test_misspelled_types(self, word: str, rule: str, meant: str | None) -> None:
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
    def test_values_of_keys(self, values: dict[str, Any], expected: list[str]) -> None:
        assert [finding.rule for finding in osu.validate(enforcement(**values))] == expected
