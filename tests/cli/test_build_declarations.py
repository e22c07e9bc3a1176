"""``mdm-osupdate build`` for declarations."""

import json
from collections.abc import Callable

import pytest

import mdm_osupdate as osu
from mdm_osupdate.codec import loads
from mdm_osupdate.declarations import (
    AutomaticActions,
    Beta,
    BetaProgram,
    Deferrals,
    ManagementStatusSubscriptions,
    RapidSecurityResponse,
    SoftwareUpdateEnforcementSpecific,
    SoftwareUpdateSettings,
    SubscribedStatusItem,
)

Cli = Callable[..., tuple[int, str, str]]
ENFORCEMENT = ("enforcement", "--target", "26.1", "--deadline", "2026-12-01T19:00:00")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            [*ENFORCEMENT, "--build", "25B74", "--details-url", "https://it.example/"],
            SoftwareUpdateEnforcementSpecific(
                target_os_version="26.1",
                target_local_date_time=osu.LocalDateTime("2026-12-01T19:00:00"),
                target_build_version="25B74",
                details_url="https://it.example/",
            ),
        ),
        (
            [
                *("settings", "--defer-major", "60", "--install-security-update", "AlwaysOn"),
                *("--no-rollback", "--no-standard-users", "--no-notifications"),
            ],
            SoftwareUpdateSettings(
                notifications=False,
                deferrals=Deferrals(major_period_in_days=60),
                automatic_actions=AutomaticActions(install_security_update="AlwaysOn"),
                rapid_security_response=RapidSecurityResponse(enable_rollback=False),
                allow_standard_user_os_updates=False,
            ),
        ),
        (
            ["settings", "--cadence", "Oldest"],
            SoftwareUpdateSettings(recommended_cadence="Oldest"),
        ),
        (
            ["settings", "--offer-beta", "iOS 27 Beta", "t", "--offer-beta", "iOS 28 Beta", "u"],
            SoftwareUpdateSettings(
                beta=Beta(
                    offer_programs=[
                        BetaProgram(description="iOS 27 Beta", token="t"),
                        BetaProgram(description="iOS 28 Beta", token="u"),
                    ]
                )
            ),
        ),
        (
            ["settings", "--beta", "AlwaysOn", "--require-beta", "iOS 27 Beta", "t"],
            SoftwareUpdateSettings(
                beta=Beta(
                    program_enrollment="AlwaysOn",
                    require_program=BetaProgram(description="iOS 27 Beta", token="t"),
                )
            ),
        ),
        (["subscriptions"], ManagementStatusSubscriptions.for_software_updates()),
        (
            ["subscriptions", "--item", "softwareupdate.install-state"],
            ManagementStatusSubscriptions(
                status_items=[SubscribedStatusItem("softwareupdate.install-state")]
            ),
        ),
    ],
)
def test_declarations(cli: Cli, arguments: list[str], expected: SoftwareUpdateSettings) -> None:
    status, out, err = cli("build", *arguments)
    assert (status, err) == (0, "")
    assert loads(out.encode(), type(expected), strict=True) == expected
    assert (
        cli("build", *arguments, "--activation")[1]
        == f"{osu.dumps(expected.activation()).decode()}\n"
    )


def test_deadline_without_seconds(cli: Cli) -> None:
    ids = ("--identifier", "a", "--server-token", "b")
    short = ("enforcement", "--target", "26.1", "--deadline", "2026-12-01T19:00")
    assert cli("build", *short, *ids) == cli("build", *ENFORCEMENT, *ids)


def test_envelope(cli: Cli) -> None:
    _, out, _ = cli("build", *ENFORCEMENT, "--identifier", "mine", "--server-token", "1")
    document = json.loads(out)
    assert (document["Identifier"], document["ServerToken"]) == ("mine", "1")


@pytest.mark.parametrize(
    ("arguments", "exit_status", "said"),
    [
        (["enforcement", "--target", "26.1", "--deadline", "soon"], 2, "--deadline"),
        ([*ENFORCEMENT[:2], "26.1 (a)", *ENFORCEMENT[3:]], 1, "OSU"),
        (["settings", "--defer-major", "91"], 2, "--defer-major"),
        (["settings", "--download", "Never"], 2, "--download"),
    ],
)
def test_declaration_with_errors_is_not_written(
    cli: Cli, arguments: list[str], exit_status: int, said: str
) -> None:
    status, out, err = cli("build", *arguments)
    assert (status, out) == (exit_status, "")
    assert said in err
