"""``mdm-osupdate build``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from mdm_osupdate.codec import Format, dumps
from mdm_osupdate.errors import EncodeError, Severity
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
    """Make a command, as the property list that a server sends.

    \b
      mdm-osupdate build schedule --action InstallASAP --product-version 17.4.1
      mdm-osupdate build scan --force > scan.plist

    What `check` finds wrong with the command is told on standard error; a command with an error is
    not written.
    """


def _envelope(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--command-uuid", metavar="TEXT", help="CommandUUID; a fresh UUID if absent."),
        click.option(
            "--format",
            "fmt",
            type=click.Choice(["xml", "binary"]),
            default="xml",
            show_default=True,
            help="The property list's format.",
        ),
    ):
        function = option(function)
    return function


@build.command()
@click.option(
    "--action",
    type=click.Choice([str(action) for action in InstallAction]),
    required=True,
    help="What to do.",
)
@click.option(
    "--product-version", metavar="VERSION", help="The version to install, such as 17.4.1."
)
@click.option("--product-key", metavar="KEY", help="The key that AvailableOSUpdates gives.")
@click.option(
    "--max-user-deferrals",
    type=int,
    metavar="N",
    help="How often the user may put InstallLater off (macOS).",
)
@click.option(
    "--priority",
    type=click.Choice([str(priority) for priority in Priority]),
    help="Of download and preparation (macOS).",
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
    """ScheduleOSUpdate: download or install an update."""
    item = UpdatesItem(
        install_action=action,
        product_version=product_version,
        product_key=product_key,
        max_user_deferrals=max_user_deferrals,
        priority=priority,
    )
    _write(lambda **uuid: ScheduleOSUpdateCommand([item], **uuid), **envelope)


@build.command()
@click.option("--force", is_flag=True, help="Scan now, not when the system chooses.")
@_envelope
def scan(force: bool, **envelope: Any) -> None:
    """ScheduleOSUpdateScan: have a Mac look for updates."""
    _write(
        lambda **uuid: ScheduleOSUpdateScanCommand(force=True if force else None, **uuid),
        **envelope,
    )


@build.command()
@_envelope
def available(**envelope: Any) -> None:
    """AvailableOSUpdates: ask which updates there are."""
    _write(AvailableOSUpdatesCommand, **envelope)


@build.command()
@_envelope
def status(**envelope: Any) -> None:
    """OSUpdateStatus: ask how the updates in progress fare."""
    _write(OSUpdateStatusCommand, **envelope)


def _write(make: Callable[..., Command], command_uuid: str | None, fmt: Format) -> None:
    command = make(command_uuid=command_uuid) if command_uuid is not None else make()
    findings = TextOutput(err=True)
    inspection = inspect(command)
    found = [(finding, None) for finding in inspection.report]
    findings.document("build", [Verdict(inspection.kind, found)])
    if findings.counts[Severity.ERROR]:
        click.get_current_context().exit(1)
    try:
        written = dumps(command, fmt=fmt)
    except EncodeError as error:
        raise click.ClickException("; ".join(map(str, error.findings))) from None
    click.echo(written, nl=False)
