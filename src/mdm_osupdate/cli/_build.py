"""``mdm-osupdate build``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from mdm_osupdate.codec import Format, dumps
from mdm_osupdate.errors import Severity
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
from mdm_osupdate.validation import inspect

from ._outputs import TextOutput, Verdict


@click.group()
def build() -> None:
    """Build a command: the property list that a server sends.

    \b
      mdm-osupdate build schedule --action InstallASAP --product-version 17.4.1
      mdm-osupdate build scan --force > scan.plist

    The command is checked first, and findings are printed to standard error. A command with errors
    is not written.
    """


def _envelope(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--command-uuid", metavar="TEXT", help="CommandUUID. Random by default."),
        click.option(
            "--format",
            "fmt",
            type=click.Choice(["xml", "binary"]),
            default="xml",
            show_default=True,
            help="Format of the property list.",
        ),
    ):
        function = option(function)
    return function


@build.command()
@click.option(
    "--action",
    type=click.Choice([str(action) for action in InstallAction]),
    required=True,
    help="InstallAction to request.",
)
@click.option("--product-version", metavar="VERSION", help="Version to install, such as 17.4.1.")
@click.option(
    "--product-key", metavar="KEY", help="Product key to install, as listed by AvailableOSUpdates."
)
@click.option(
    "--max-user-deferrals",
    type=int,
    metavar="N",
    help="Maximum number of deferrals by the user, with InstallLater (macOS).",
)
@click.option(
    "--priority",
    type=click.Choice([str(priority) for priority in Priority]),
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


@build.command()
@click.option("--force", is_flag=True, help="Scan now instead of when the system chooses.")
@_envelope
def scan(force: bool, **envelope: Any) -> None:
    """Build a ScheduleOSUpdateScan command, which has a Mac scan for updates."""
    _write(
        lambda **uuid: ScheduleOSUpdateScanCommand(force=True if force else None, **uuid),
        **envelope,
    )


@build.command()
@_envelope
def available(**envelope: Any) -> None:
    """Build an AvailableOSUpdates command, which lists the available updates."""
    _write(AvailableOSUpdatesCommand, **envelope)


@build.command()
@_envelope
def status(**envelope: Any) -> None:
    """Build an OSUpdateStatus command, which reports the progress of updates."""
    _write(OSUpdateStatusCommand, **envelope)


def _write(make: Callable[..., Command], command_uuid: str | None, fmt: Format) -> None:
    command = make(command_uuid=command_uuid) if command_uuid is not None else make()
    findings = TextOutput(err=True)
    inspection = inspect(command)
    findings.document("build", [Verdict(inspection.kind, inspection.report)])
    if findings.counts[Severity.ERROR]:
        click.get_current_context().exit(1)
    click.echo(dumps(command, fmt=fmt), nl=False)
