"""Devices on the command line: one by options, or a fleet in a file."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import click
from attrs import frozen

from mdm_osupdate._device import Channel, Device, Enrollment
from mdm_osupdate._vocabulary import Platform


@frozen
class Named:
    """A device of a fleet, and what to call it; both may be missing."""

    name: str
    device: Device | None


def device_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that describe one device; they arrive as keyword arguments."""
    for option in reversed(
        (
            click.option("--platform", type=click.Choice([str(p) for p in Platform])),
            click.option("--os-version", metavar="VERSION", help="Such as 17.4.1."),
            click.option("--supervised/--unsupervised", default=None),
            click.option("--enrollment", type=click.Choice([str(e) for e in Enrollment])),
            click.option("--channel", type=click.Choice([str(c) for c in Channel])),
            click.option("--access-rights", type=int, metavar="N", help="All of them are 8191."),
            click.option("--shared-ipad/--no-shared-ipad", default=None),
            click.option("--declaration-managed/--no-declaration-managed", default=None),
        )
    ):
        function = option(function)
    return function


def device_of(options: Mapping[str, Any]) -> Device | None:
    """The device that the options describe; ``None`` without any.

    Raises:
        click.UsageError: they describe none.
    """
    given = {name: value for name, value in options.items() if value is not None}
    if not given:
        return None
    if not {"platform", "os_version"} <= given.keys():
        raise click.UsageError("a device needs --platform and --os-version")
    return described(given)


def described(given: Mapping[str, Any]) -> Device:
    """Make the device of these attributes.

    Raises:
        click.UsageError: they describe none.
    """
    try:
        return Device(**given)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


_NAMES = ("name", "DeviceName", "serial_number", "SerialNumber", "udid", "UDID")


def read_fleet(path: str) -> list[Named]:
    """Read devices from CSV, one a row, or JSON, an array of objects.

    Raises:
        click.ClickException: the file is neither, or a device cannot be understood.
        OSError: it cannot be read.
    """
    text = Path(path).read_text(encoding="utf-8-sig")
    rows: Iterable[Any]
    if text.lstrip().startswith("["):
        try:
            rows = json.loads(text)
        except ValueError as error:
            raise click.ClickException(f"{path}: {error}") from None
    else:
        rows = csv.DictReader(text.splitlines())
    fleet = []
    for number, row in enumerate(rows, 1):
        try:
            if not isinstance(row, dict):
                raise ValueError("a device must be an object")
            device = Device.from_mapping(row)
        except ValueError as error:
            raise click.ClickException(f"{path}: device {number}: {error}") from None
        name = next((str(row[key]) for key in _NAMES if row.get(key)), f"device {number}")
        fleet.append(Named(name, device))
    if not fleet:
        raise click.ClickException(f"{path}: there is no device in it")
    return fleet
