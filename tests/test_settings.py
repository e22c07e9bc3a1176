"""The settings of software updates: built, written, read, merged and checked."""

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

    def test_words_become_members(self) -> None:
        assert EVERYTHING.recommended_cadence is osu.RecommendedCadence.OLDEST
        assert EVERYTHING.automatic_actions is not None
        assert EVERYTHING.automatic_actions.download is osu.AutomaticAction.ALWAYS_ON
        assert EVERYTHING.beta is not None
        assert EVERYTHING.beta.program_enrollment is osu.ProgramEnrollment.ALWAYS_ON

    def test_an_activation_goes_with_it(self) -> None:
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

    def test_one_alone_stays_as_it_is_and_other_declarations_are_passed_over(self) -> None:
        enforcement = SoftwareUpdateEnforcementSpecific(
            target_os_version="26.1", target_local_date_time="2026-12-01T19:00:00"
        )
        assert effective_settings([enforcement, EVERYTHING, EVERYTHING.activation()]) == EVERYTHING
        assert effective_settings([]) == SoftwareUpdateSettings()
