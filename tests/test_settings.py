"""The settings of software updates: constructing, writing, reading, merging and checking."""

import json
from typing import Any

import attrs
import pytest

import mdm_osupdate as osu
from mdm_osupdate.declarations import (
    AutomaticActions,
    Beta,
    BetaProgram,
    Deferrals,
    Merge,
    RapidSecurityResponse,
    SoftwareUpdateEnforcementSpecific,
    SoftwareUpdateSettings,
    effective_settings,
)

SEED = BetaProgram(description="macOS 27 beta", token="seed")
OTHER = BetaProgram(description="iOS 27 beta", token="other")

EVERYTHING = SoftwareUpdateSettings(
    notifications=False,
    deferrals=Deferrals(
        combined_period_in_days=1,
        major_period_in_days=90,
        minor_period_in_days=30,
        system_period_in_days=7,
    ),
    recommended_cadence="Oldest",
    automatic_actions=AutomaticActions(
        download="AlwaysOn", install_os_updates="Allowed", install_security_update="AlwaysOff"
    ),
    rapid_security_response=RapidSecurityResponse(enable=True, enable_rollback=False),
    allow_standard_user_os_updates=True,
    beta=Beta(program_enrollment="AlwaysOn", offer_programs=[SEED, OTHER], require_program=SEED),
)
PAYLOAD = {
    "Notifications": False,
    "Deferrals": {
        "CombinedPeriodInDays": 1,
        "MajorPeriodInDays": 90,
        "MinorPeriodInDays": 30,
        "SystemPeriodInDays": 7,
    },
    "RecommendedCadence": "Oldest",
    "AutomaticActions": {
        "Download": "AlwaysOn",
        "InstallOSUpdates": "Allowed",
        "InstallSecurityUpdate": "AlwaysOff",
    },
    "RapidSecurityResponse": {"Enable": True, "EnableRollback": False},
    "AllowStandardUserOSUpdates": True,
    "Beta": {
        "ProgramEnrollment": "AlwaysOn",
        "OfferPrograms": [
            {"Description": "macOS 27 beta", "Token": "seed"},
            {"Description": "iOS 27 beta", "Token": "other"},
        ],
        "RequireProgram": {"Description": "macOS 27 beta", "Token": "seed"},
    },
}


class TestForm:
    def test_every_key_is_written_and_read(self) -> None:
        written = osu.dumps(EVERYTHING)
        document = json.loads(written)
        assert document["Type"] == "com.apple.configuration.softwareupdate.settings"
        assert document["Payload"] == PAYLOAD
        assert osu.loads(written, SoftwareUpdateSettings, strict=True) == EVERYTHING

    def test_strings_become_enum_members(self) -> None:
        assert EVERYTHING.recommended_cadence is osu.RecommendedCadence.OLDEST
        assert EVERYTHING.automatic_actions is not None
        assert EVERYTHING.automatic_actions.download is osu.AutomaticAction.ALWAYS_ON
        assert EVERYTHING.beta is not None
        assert EVERYTHING.beta.program_enrollment is osu.ProgramEnrollment.ALWAYS_ON

    def test_activation(self) -> None:
        activation = EVERYTHING.activation()
        assert activation.standard_configurations == (EVERYTHING.identifier,)


def settings(**values: Any) -> SoftwareUpdateSettings:
    return SoftwareUpdateSettings(**values)


class TestMerging:
    @pytest.mark.parametrize(
        ("first", "second", "both"),
        [
            ({"notifications": True}, {"notifications": False}, {"notifications": False}),
            ({"notifications": True}, {"notifications": True}, {"notifications": True}),
            ({"notifications": False}, {}, {"notifications": False}),
            (
                {"recommended_cadence": "All"},
                {"recommended_cadence": "Newest"},
                {"recommended_cadence": "Newest"},
            ),
            (
                {"deferrals": Deferrals(major_period_in_days=9, minor_period_in_days=30)},
                {"deferrals": Deferrals(major_period_in_days=10)},
                {"deferrals": Deferrals(major_period_in_days=10, minor_period_in_days=30)},
            ),
            (
                {"beta": Beta(offer_programs=[SEED])},
                {"beta": Beta(offer_programs=[OTHER, SEED], program_enrollment="Allowed")},
                {"beta": Beta(offer_programs=[SEED, OTHER], program_enrollment="Allowed")},
            ),
            (
                {"beta": Beta(require_program=SEED)},
                {"beta": Beta(require_program=OTHER)},
                {"beta": Beta(require_program=SEED)},
            ),
        ],
        ids=["and", "and-true", "absent", "last", "max", "union", "first"],
    )
    def test_each_rule(
        self, first: dict[str, Any], second: dict[str, Any], both: dict[str, Any]
    ) -> None:
        assert effective_settings([settings(**first), settings(**second)]) == settings(**both)

    def test_the_rule_of_each_key(self) -> None:
        rules = {
            f"{kind.__name__}.{each.name}": each.metadata["merge"].value
            for kind in (Deferrals, AutomaticActions, RapidSecurityResponse, Beta)
            for each in attrs.fields(kind)
            if "merge" in each.metadata
        }
        assert rules == {
            "Deferrals.combined_period_in_days": "max",
            "Deferrals.major_period_in_days": "max",
            "Deferrals.minor_period_in_days": "max",
            "Deferrals.system_period_in_days": "max",
            "AutomaticActions.download": "last",
            "AutomaticActions.install_os_updates": "last",
            "AutomaticActions.install_security_update": "last",
            "RapidSecurityResponse.enable": "and",
            "RapidSecurityResponse.enable_rollback": "and",
            "Beta.program_enrollment": "last",
            "Beta.offer_programs": "union",
            "Beta.require_program": "first",
        }
        fields = attrs.fields_dict(SoftwareUpdateSettings)
        assert fields["allow_standard_user_os_updates"].metadata["merge"] is Merge.AND

    def test_single_settings_and_other_declarations(self) -> None:
        enforcement = SoftwareUpdateEnforcementSpecific(
            target_os_version="26.1", target_local_date_time="2026-12-01T19:00:00"
        )
        assert effective_settings([enforcement, EVERYTHING, EVERYTHING.activation()]) == EVERYTHING
        assert effective_settings([]) == SoftwareUpdateSettings()


MAC = osu.Device("macOS", "26.0", supervised=True, enrollment="automated")
IPHONE = osu.Device("iOS", "26.0", supervised=True, enrollment="automated")


def found(declaration: SoftwareUpdateSettings, device: osu.Device | None = None) -> list[str]:
    return [f"{f.rule} {f.path}" for f in osu.validate(declaration, device)]


class TestChecking:
    def test_baseline_with_three_mistakes(self) -> None:
        document = {
            "Type": "com.apple.configuration.softwareupdate.settings",
            "Identifier": "baseline",
            "ServerToken": "1",
            "Payload": {
                "AutomaticActions": {"InstallSecurityUpdates": "AlwaysOn"},
                "Deferrals": {"MinorPeriodInDays": 365},
                "RecommendedCadence": "newest",
            },
        }
        report = osu.validate(json.dumps(document))
        assert {(f.rule, f.path, f.hint) for f in report} == {
            (
                "OSU123",
                "Payload.AutomaticActions.InstallSecurityUpdates",
                "Did you mean InstallSecurityUpdate?",
            ),
            (
                "OSU631",
                "Payload.Deferrals.MinorPeriodInDays",
                "Write a number from 1 to 90, or delete the key.",
            ),
            ("OSU630", "Payload.RecommendedCadence", "Did you mean Newest?"),
        }

    @pytest.mark.parametrize(
        ("values", "path"),
        [
            ({"recommended_cadence": "Both"}, "RecommendedCadence"),
            ({"automatic_actions": AutomaticActions(download="On")}, "AutomaticActions.Download"),
            ({"beta": Beta(program_enrollment="Never")}, "Beta.ProgramEnrollment"),
        ],
    )
    def test_unknown_values(self, values: dict[str, Any], path: str) -> None:
        (finding,) = osu.validate(settings(**values))
        assert (finding.rule, finding.path) == ("OSU630", f"Payload.{path}")
        assert finding.hint.startswith("Write ")

    @pytest.mark.parametrize("days", [1, 90])
    def test_deferrals_in_range(self, days: int) -> None:
        assert found(settings(deferrals=Deferrals(combined_period_in_days=days))) == []

    @pytest.mark.parametrize("days", [0, 91, -1])
    def test_deferrals_out_of_range(self, days: int) -> None:
        declaration = settings(deferrals=Deferrals(system_period_in_days=days))
        assert found(declaration) == ["OSU631 Payload.Deferrals.SystemPeriodInDays"]

    @pytest.mark.parametrize(
        ("platform", "version", "missing"),
        [
            (
                "iOS",
                "18.0",
                "AllowStandardUserOSUpdates Deferrals.MajorPeriodInDays Deferrals.MinorPeriodInDays"
                " Deferrals.SystemPeriodInDays",
            ),
            ("macOS", "15.4", "Deferrals.CombinedPeriodInDays RecommendedCadence"),
            (
                "tvOS",
                "18.4",
                "AllowStandardUserOSUpdates AutomaticActions.Download"
                " AutomaticActions.InstallSecurityUpdate Beta Deferrals.MajorPeriodInDays"
                " Deferrals.MinorPeriodInDays Deferrals.SystemPeriodInDays"
                " RapidSecurityResponse RecommendedCadence",
            ),
        ],
    )
    def test_keys_of_other_platforms(self, platform: str, version: str, missing: str) -> None:
        device = osu.Device(platform, version, supervised=True, enrollment="automated")
        everything = attrs.evolve(EVERYTHING, beta=Beta(program_enrollment="AlwaysOff"))
        expected = [f"OSU632 Payload.{path}" for path in missing.split()]
        assert sorted(found(everything, device)) == expected

    def test_mac_too_old_for_beta_programs(self) -> None:
        declaration = settings(beta=Beta(offer_programs=[SEED]), notifications=False)
        old = attrs.evolve(MAC, os_version="15.3")
        (finding,) = osu.validate(declaration, old)
        assert (finding.rule, finding.path) == ("OSU633", "Payload.Beta")
        assert finding.message == "macOS 15.3 does not support Beta, introduced in 15.4"
        assert found(declaration, attrs.evolve(MAC, os_version="15.4")) == []

    def test_devices_without_the_settings(self) -> None:
        for device, rule in (
            (osu.Device("watchOS", "26.0", supervised=True, enrollment="device"), "OSU620"),
            (attrs.evolve(IPHONE, os_version="17.7"), "OSU621"),
            (attrs.evolve(MAC, supervised=False), "OSU622"),
            (attrs.evolve(MAC, channel="user"), "OSU623"),
            (attrs.evolve(IPHONE, enrollment="user"), "OSU624"),
        ):
            (finding,) = osu.validate(settings(notifications=False), device)
            assert finding.rule == rule

    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ({"notifications": False}, []),
            ({"deferrals": Deferrals(combined_period_in_days=7)}, ["Deferrals"]),
            ({"automatic_actions": AutomaticActions()}, ["AutomaticActions"]),
            ({"rapid_security_response": RapidSecurityResponse()}, ["RapidSecurityResponse"]),
            ({"beta": Beta(offer_programs=[SEED])}, []),
            (
                {"beta": Beta(program_enrollment="AlwaysOn", require_program=SEED)},
                ["Beta.ProgramEnrollment", "Beta.RequireProgram"],
            ),
        ],
    )
    def test_unsupervised_iphone(self, values: dict[str, Any], expected: list[str]) -> None:
        device = attrs.evolve(IPHONE, supervised=False, enrollment="device")
        paths = [f"OSU634 Payload.{path}" for path in expected]
        assert found(settings(**values), device) == paths
        assert found(settings(**values), IPHONE) == []

    def test_unknown_facts_are_undecided(self) -> None:
        declaration = settings(deferrals=Deferrals(combined_period_in_days=7))
        report = osu.validate(declaration, osu.Device("iOS", "26.0", enrollment="device"))
        assert report.undecided == {"OSU634": ("supervised",)}
        report = osu.validate(settings(), osu.Device("iOS", "26.0", enrollment="device"))
        assert report.undecided == {}

    @pytest.mark.parametrize(
        ("beta", "path"),
        [
            (Beta(offer_programs=[SEED]), None),
            (Beta(offer_programs=[SEED], program_enrollment="AlwaysOn"), None),
            (Beta(offer_programs=[SEED], program_enrollment="AlwaysOff"), "OfferPrograms"),
            (Beta(require_program=SEED, program_enrollment="AlwaysOn"), None),
            (Beta(require_program=SEED, program_enrollment="AlwaysOff"), "ProgramEnrollment"),
            (Beta(require_program=SEED), "ProgramEnrollment"),
            (
                Beta(require_program=SEED, offer_programs=[], program_enrollment="AlwaysOn"),
                "OfferPrograms",
            ),
        ],
    )
    def test_beta_programs(self, beta: Beta, path: str | None) -> None:
        expected = [] if path is None else [f"OSU635 Payload.Beta.{path}"]
        assert found(settings(beta=beta)) == expected

    def test_an_unknown_enrollment_is_reported_once(self) -> None:
        beta = Beta(require_program=SEED, program_enrollment="Always")
        assert found(settings(beta=beta)) == ["OSU630 Payload.Beta.ProgramEnrollment"]

    @pytest.mark.parametrize(
        ("actions", "keys"),
        [
            (AutomaticActions(download="AlwaysOff", install_os_updates="Allowed"), []),
            (AutomaticActions(download="Allowed", install_os_updates="AlwaysOn"), []),
            (
                AutomaticActions(download="AlwaysOff", install_os_updates="AlwaysOn"),
                ["InstallOSUpdates"],
            ),
            (
                AutomaticActions(download="AlwaysOff", install_security_update="AlwaysOn"),
                ["InstallSecurityUpdate"],
            ),
        ],
    )
    def test_automatic_install_needs_automatic_download(
        self, actions: AutomaticActions, keys: list[str]
    ) -> None:
        expected = [f"OSU636 Payload.AutomaticActions.{key}" for key in keys]
        assert found(settings(automatic_actions=actions)) == expected
