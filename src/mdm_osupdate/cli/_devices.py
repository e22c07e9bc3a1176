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
    """A device of a fleet, and what to call it."""

    name: str
    device: Device


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


def read_fleet(path: str) -> Iterator[Named]:
    """Read devices from CSV, row by row, or JSON, an array of objects; ``-`` is standard input.

    Raises:
        click.ClickException: the file is neither, or a device cannot be understood.
        OSError: it cannot be read.
    """
    file = "<stdin>" if path == "-" else path
    number = 0
    for number, (place, row) in enumerate(_rows(file, _lines(file, path)), 1):
        try:
            if not isinstance(row, dict):
                raise ValueError("a device must be an object")
            device = read_device(row)
        except ValueError as error:
            raise click.ClickException(f"{place}: {error}") from None
        names = (str(row[key]).strip() for key in _NAMES if row.get(key))
        yield Named(next(filter(None, names), f"device {number}"), device)
    if not number:
        raise click.ClickException(f"{file}: there is no device in it")


_NO_TEXT = re.compile("[\0\udc80-\udcff]")


def _lines(file: str, path: str) -> Iterator[str]:
    # Decoded strictly, a bad byte would be told of thousands of lines early.
    with click.open_file(path, encoding="utf-8-sig", errors="surrogateescape") as text:
        for number, line in enumerate(text, 1):
            if _NO_TEXT.search(line):
                reason = "this is no text in UTF-8; save the file as UTF-8"
                raise click.ClickException(f"{file}:{number}: {reason}")
            yield line


def _rows(file: str, lines: Iterator[str]) -> Iterator[tuple[str, Any]]:
    """Each device as the file has it, and where it stands there."""
    start: list[str] = []
    for line in lines:
        start.append(line)
        if line.strip():
            break
    first = start[-1].lstrip() if start else ""
    if first.startswith("{"):
        raise click.ClickException(f"{file}: put the devices into an array: [{{…}}, {{…}}]")
    read = _json_rows if first.startswith("[") else _csv_rows
    return read(file, chain(start, lines))


def _json_rows(file: str, lines: Iterable[str]) -> Iterator[tuple[str, Any]]:
    import json

    try:
        devices = json.loads("".join(lines))
    except json.JSONDecodeError as error:
        raise click.ClickException(f"{file}:{error.lineno}: {error.msg}") from None
    except RecursionError:
        raise click.ClickException(f"{file}: the JSON is nested too deep") from None
    except ValueError as error:  # an integer has more digits than Python reads
        raise click.ClickException(f"{file}: {error}") from None
    for number, device in enumerate(devices, 1):
        yield f"{file}: device {number}", device


def _csv_rows(file: str, lines: Iterable[str]) -> Iterator[tuple[str, Any]]:
    import csv

    # Strict, since a quotation mark that nobody closes would swallow all rows after it.
    reader = csv.reader(lines, strict=True)
    rows = (cells for cells in reader if any(map(str.strip, cells)))
    try:
        names = [name.strip() for name in next(rows, ())]
        for cells in rows:
            yield f"{file}:{reader.line_num}", dict(zip(names, cells, strict=False))
    except csv.Error as error:
        raise click.ClickException(f"{file}:{reader.line_num}: {error}") from None
