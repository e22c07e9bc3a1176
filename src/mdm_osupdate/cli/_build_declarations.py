"""``mdm-osupdate build`` for declarations."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import click

from mdm_osupdate.codec import dumps
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
from mdm_osupdate.messages import AutomaticAction, ProgramEnrollment, RecommendedCadence
from mdm_osupdate.versions import LocalDateTime

from ._build_output import write_checked
from ._clock import with_seconds
from ._command import Words, color_option, command, option, output_option
from ._server_options import options

_envelope = options(
    option(
        "--identifier",
        metavar="TEXT",
        group="Declaration",
        help="Identifier. Made from the content by default.",
    ),
    option(
        "--server-token",
        metavar="TEXT",
        group="Declaration",
        help="ServerToken. A digest by default.",
    ),
    option(
        "--activation",
        is_flag=True,
        group="Output",
        help="Build the activation of the declaration instead, without which devices ignore it.",
    ),
    output_option,
    color_option(),
)
_setting = partial(option, group="Declaration")


def _local_time(_: click.Context, __: click.Parameter, text: str) -> LocalDateTime:
    try:
        return LocalDateTime(with_seconds(text))
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _write(
    kind: Callable[..., Any], given: dict[str, Any], identifier: str | None, token: str | None
) -> None:
    activation = given.pop("activation")
    declaration = kind(**given, identifier=identifier, server_token=token)
    message = declaration.activation() if activation else declaration
    write_checked(message, lambda: dumps(message) + b"\n")


@command()
@_setting(
    "--target",
    "target_os_version",
    metavar="VERSION",
    required=True,
    help="Version to enforce, such as 26.1.",
)
@_setting(
    "--deadline",
    "target_local_date_time",
    metavar="TIME",
    required=True,
    callback=_local_time,
    help="Deadline in the device's own time zone, such as 2026-12-01T19:00:00.",
)
@_setting(
    "--build",
    "target_build_version",
    metavar="BUILD",
    help="Build to enforce, such as 25B74. Needed for a security response.",
)
@_setting("--details-url", metavar="URL", help="Web page about the update, shown on the device.")
@_envelope
def enforcement(identifier: str | None, server_token: str | None, **given: Any) -> None:
    """Build a declaration that enforces a version by a deadline.

    \b
      mdm-osupdate build enforcement --target 26.1 --deadline 2026-12-01T19:00:00
    """
    _write(SoftwareUpdateEnforcementSpecific, given, identifier, server_token)


_days = click.IntRange(1, 90)
_actions = Words(AutomaticAction)
_program = {"nargs": 2, "metavar": "NAME TOKEN"}


@command()
@_setting(
    "--notifications/--no-notifications",
    default=None,
    help="Notify users of enforced updates, or only shortly before the deadline.",
)
@_setting(
    "--defer-all",
    "combined_period_in_days",
    type=_days,
    metavar="DAYS",
    help="Hide updates from users (not on macOS).",
)
@_setting(
    "--defer-major",
    "major_period_in_days",
    type=_days,
    metavar="DAYS",
    help="Hide upgrades to a new major version from users (macOS).",
)
@_setting(
    "--defer-minor",
    "minor_period_in_days",
    type=_days,
    metavar="DAYS",
    help="Hide updates within a major version from users (macOS).",
)
@_setting(
    "--defer-system",
    "system_period_in_days",
    type=_days,
    metavar="DAYS",
    help="Hide updates that are not of the operating system from users (macOS).",
)
@_setting(
    "--cadence",
    type=Words(RecommendedCadence),
    help="Versions to offer if a device can also stay on its major version (iOS).",
)
@_setting("--download", type=_actions, help="Automatic downloads.")
@_setting("--install-os-updates", type=_actions, help="Automatic installation of updates.")
@_setting(
    "--install-security-update",
    type=_actions,
    help="Automatic installation of security responses and system files.",
)
@_setting(
    "--security-responses/--no-security-responses",
    "enable",
    default=None,
    help="Offer security responses to users.",
)
@_setting(
    "--rollback/--no-rollback",
    "enable_rollback",
    default=None,
    help="Let users remove a security response.",
)
@_setting(
    "--standard-users/--no-standard-users",
    "allow_standard_user_os_updates",
    default=None,
    help="Let users without administrator rights install updates (macOS).",
)
@_setting(
    "--beta",
    "program_enrollment",
    type=Words(ProgramEnrollment),
    help="Enrollment in beta programs (iOS, iPadOS and macOS).",
)
@_setting(
    "--offer-beta",
    "offer_programs",
    multiple=True,
    **_program,
    help="Beta program that users may choose: the name that they see, and the token of your "
    "organization for it. Can be repeated.",
)
@_setting(
    "--require-beta",
    "require_program",
    **_program,
    help="Beta program that the device must use. Needs --beta AlwaysOn.",
)
@_envelope
def settings(identifier: str | None, server_token: str | None, **given: Any) -> None:
    """Build a declaration that controls how a device updates on its own.

    \b
      mdm-osupdate build settings --defer-major 60 --download AlwaysOn
    """
    programs = [_program_of(offered) for offered in given.pop("offer_programs")]
    required = given.pop("require_program")
    parts = {
        "beta": Beta(
            program_enrollment=given.pop("program_enrollment"),
            offer_programs=programs or None,
            require_program=required and _program_of(required),
        ),
        "deferrals": Deferrals(**_take(given, "_period_in_days")),
        "automatic_actions": AutomaticActions(**_take(given, "download", "install_")),
        "rapid_security_response": RapidSecurityResponse(**_take(given, "enable")),
    }
    present = {name: part for name, part in parts.items() if part != type(part)()}
    given["recommended_cadence"] = given.pop("cadence")
    _write(SoftwareUpdateSettings, {**given, **present}, identifier, server_token)


def _program_of(given: tuple[str, str]) -> BetaProgram:
    description, token = given
    return BetaProgram(description=description, token=token)


def _take(given: dict[str, Any], *marks: str) -> dict[str, Any]:
    """Take the options whose names contain one of the marks."""
    names = [name for name in given if any(mark in name for mark in marks)]
    return {name: given.pop(name) for name in names}


@command()
@_setting(
    "--item",
    "items",
    multiple=True,
    metavar="NAME",
    help="Status item to subscribe to, such as softwareupdate.install-state. Can be repeated. "
    "Default: all about software updates and the installed version.",
)
@_envelope
def subscriptions(
    items: tuple[str, ...], identifier: str | None, server_token: str | None, **given: Any
) -> None:
    """Build a declaration that makes devices report their status.

    \b
      mdm-osupdate build subscriptions
      mdm-osupdate build subscriptions --activation
    """
    chosen = tuple(map(SubscribedStatusItem, items))
    usual = ManagementStatusSubscriptions.for_software_updates().status_items
    _write(
        ManagementStatusSubscriptions,
        {**given, "status_items": chosen or usual},
        identifier,
        server_token,
    )
