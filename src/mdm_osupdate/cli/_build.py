"""``mdm-osupdate build``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from mdm_osupdate.codec import Format, dumps
from mdm_osupdate.messages import (
    AvailableOSUpdatesCommand,
    Command,
    InstallAction,
    OSUpdateStatusCommand,
    Priority,
    ScheduleOSUpdateCommand,
    ScheduleOSUpdateScanCommand,
    UpdatesItem,
)

from . import _command
from ._build_declarations import enforcement, settings, subscriptions
from ._build_output import write_checked
from ._command import Group, Words, color_option, option, output_option


@click.group(cls=Group)
def build() -> None:
    """Build a command or a declaration: what a server sends to a device.

    \b
      mdm-osupdate build schedule --action InstallASAP --product-version 17.4.1
      mdm-osupdate build scan --force > scan.plist
      mdm-osupdate build enforcement --target 26.1 --deadline 2026-12-01T19:00:00

    The message is checked first, and findings are printed to standard error. A message with errors
    is not written.
    """


def _envelope(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of every command, and the command to the group."""
    for add in (
        color_option(),
        output_option,
        option(
            "--format",
            "fmt",
            type=Words(["xml", "binary"]),
            default="xml",
            show_default=True,
            group="Output",
            help="Format of the property list.",
        ),
        option(
            "--command-uuid",
            metavar="TEXT",
            group="Command",
            help="CommandUUID. Random by default.",
        ),
    ):
        function = add(function)
    return function


@build.command(cls=_command.Command)
@option(
    "--action",
    group="Command",
    type=Words(InstallAction),
    required=True,
    metavar="ACTION",
    help=f"InstallAction to request: {', '.join(InstallAction)}.",
)
@option(
    "--product-version",
    metavar="VERSION",
    group="Command",
    help="Version to install, such as 17.4.1.",
)
@option(
    "--product-key",
    metavar="KEY",
    group="Command",
    help="Product key to install, as listed by AvailableOSUpdates.",
)
@option(
    "--max-user-deferrals",
    group="Command",
    type=int,
    metavar="N",
    help="Maximum number of deferrals by the user, with InstallLater (macOS).",
)
@option(
    "--priority",
    group="Command",
    type=Words(Priority),
    help="Priority of download and preparation (macOS).",
)
@_envelope
def schedule(
    action: str,
    product_version: str | None,
    product_key: str | None,
    max_user_deferrals: int | None,
    priority: str | None,
    **envelope: Any,
) -> None:
    """Build a ScheduleOSUpdate command, which downloads or installs an update."""
    item = UpdatesItem(
        install_action=action,
        product_version=product_version,
        product_key=product_key,
        max_user_deferrals=max_user_deferrals,
        priority=priority,
    )
    _write(lambda **uuid: ScheduleOSUpdateCommand([item], **uuid), **envelope)


@build.command(cls=_command.Command)
@option(
    "--force", is_flag=True, group="Command", help="Scan now instead of when the system chooses."
)
@_envelope
def scan(force: bool, **envelope: Any) -> None:
    """Build a ScheduleOSUpdateScan command, which has a Mac scan for updates."""
    _write(
        lambda **uuid: ScheduleOSUpdateScanCommand(force=True if force else None, **uuid),
        **envelope,
    )


@build.command(cls=_command.Command)
@_envelope
def available(**envelope: Any) -> None:
    """Build an AvailableOSUpdates command, which lists the available updates."""
    _write(AvailableOSUpdatesCommand, **envelope)


@build.command(cls=_command.Command)
@_envelope
def status(**envelope: Any) -> None:
    """Build an OSUpdateStatus command, which reports the progress of updates."""
    _write(OSUpdateStatusCommand, **envelope)


def _write(make: Callable[..., Command], command_uuid: str | None, fmt: Format) -> None:
    command = make(command_uuid=command_uuid) if command_uuid is not None else make()
    write_checked(command, lambda: dumps(command, fmt=fmt))


for _declaration in enforcement, settings, subscriptions:
    build.add_command(_declaration)
