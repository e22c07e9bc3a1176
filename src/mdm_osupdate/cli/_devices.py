"""Devices on the command line: one by options, or a fleet in a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

import click
from attrs import frozen

from mdm_osupdate.device import Channel, Device, Enrollment
from mdm_osupdate.inventory import read_device
from mdm_osupdate.messages import Platform


@frozen
class Named:
    """A device of a fleet and its name."""

    name: str
    device: Device


def device_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that describe one device, which arrive as keyword arguments."""
    for option in reversed(
        (
            click.option(
                "--platform",
                type=click.Choice([str(p) for p in Platform]),
                help="Operating system of the device.",
            ),
            click.option(
                "--os-version", metavar="VERSION", help="Version it runs now, such as 17.4.1."
            ),
            click.option(
                "--supervised/--unsupervised",
                default=None,
                help="Whether the device is supervised. Unknown by default, like all that follows: "
                "rules that depend on it are then skipped and listed.",
            ),
            click.option(
                "--enrollment",
                type=click.Choice([str(e) for e in Enrollment]),
                help="How the device was enrolled.",
            ),
            click.option(
                "--channel",
                type=click.Choice([str(c) for c in Channel]),
                help="Channel over which the command is sent. Default: device.",
            ),
            click.option(
                "--access-rights",
                type=int,
                metavar="N",
                help="AccessRights of the MDM profile. 8191 means all.",
            ),
            click.option(
                "--shared-ipad/--no-shared-ipad",
                default=None,
                help="Whether the device is a Shared iPad.",
            ),
            click.option(
                "--declaration-managed/--no-declaration-managed",
                default=None,
                help="Whether a declaration manages the updates of the device.",
            ),
        )
    ):
        function = option(function)
    return function


def device_of(options: Mapping[str, Any]) -> Device | None:
    """Return the device that the options describe, or ``None`` without any.

    Raises:
        click.UsageError: The options do not describe a device.
    """
    given = {name: value for name, value in options.items() if value is not None}
    if not given:
        return None
    if not {"platform", "os_version"} <= given.keys():
        raise click.UsageError("a device needs both --platform and --os-version")
    return described(given)


def described(given: Mapping[str, Any]) -> Device:
    """Return the device with these attributes.

    Raises:
        click.UsageError: The attributes do not describe a device.
    """
    try:
        return Device(**given)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


_NAMES = ("name", "DeviceName", "serial_number", "SerialNumber", "udid", "UDID")


def read_fleet(path: str) -> Iterator[Named]:
    """Read devices from CSV (row by row) or a JSON array. ``-`` means standard input.

    Raises:
        click.ClickException: The file is neither, or a device cannot be understood.
        OSError: The file cannot be read.
    """
    file = "<stdin>" if path == "-" else path
    number = 0
    for number, (place, row) in enumerate(_rows(file, _lines(file, path)), 1):
        try:
            if not isinstance(row, dict):
                raise ValueError("expected an object for each device")
            device = read_device(row)
        except ValueError as error:
            raise click.ClickException(f"{place}: {error}") from None
        names = (str(row[key]).strip() for key in _NAMES if row.get(key))
        yield Named(next(filter(None, names), f"device {number}"), device)
    if not number:
        raise click.ClickException(f"{file}: no devices found")


_NO_TEXT = re.compile("[\0\udc80-\udcff]")


def _lines(file: str, path: str) -> Iterator[str]:
    # Strict decoding works on blocks, and would report a bad byte thousands of lines early.
    with click.open_file(path, encoding="utf-8-sig", errors="surrogateescape") as text:
        for number, line in enumerate(text, 1):
            if _NO_TEXT.search(line):
                reason = "not UTF-8 text; save the file as UTF-8"
                raise click.ClickException(f"{file}:{number}: {reason}")
            yield line


def _rows(file: str, lines: Iterator[str]) -> Iterator[tuple[str, Any]]:
    """Yield each device as the file has it, and its place in the file."""
    start: list[str] = []
    for line in lines:
        start.append(line)
        if line.strip():
            break
    first = start[-1].lstrip() if start else ""
    if first.startswith("{"):
        raise click.ClickException(f"{file}: expected a JSON array of devices: [{{…}}, {{…}}]")
    read = _json_rows if first.startswith("[") else _csv_rows
    return read(file, chain(start, lines))


def _json_rows(file: str, lines: Iterable[str]) -> Iterator[tuple[str, Any]]:
    import json

    try:
        devices = json.loads("".join(lines))
    except json.JSONDecodeError as error:
        raise click.ClickException(f"{file}:{error.lineno}: {error.msg}") from None
    except RecursionError:
        raise click.ClickException(f"{file}: the JSON is nested too deeply") from None
    except ValueError as error:  # an integer with more digits than Python converts
        raise click.ClickException(f"{file}: {error}") from None
    for number, device in enumerate(devices, 1):
        yield f"{file}: device {number}", device


def _csv_rows(file: str, lines: Iterable[str]) -> Iterator[tuple[str, Any]]:
    import csv

    # Strict: otherwise an unclosed quotation mark would swallow all rows after it.
    reader = csv.reader(lines, strict=True)
    rows = (cells for cells in reader if any(map(str.strip, cells)))
    try:
        names = [name.strip() for name in next(rows, ())]
        for cells in rows:
            yield f"{file}:{reader.line_num}", dict(zip(names, cells, strict=False))
    except csv.Error as error:
        raise click.ClickException(f"{file}:{reader.line_num}: {error}") from None
