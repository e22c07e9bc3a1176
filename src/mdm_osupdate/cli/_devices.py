"""Devices on the command line: one by options, or a fleet in a file."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Callable, Iterator, Mapping
from typing import IO, TYPE_CHECKING, Any

import click

from mdm_osupdate.device import Channel, Device, Enrollment
from mdm_osupdate.messages import Platform

from ._outputs import printable

if TYPE_CHECKING:
    from mdm_osupdate.inventory import Row


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


def read_fleet(path: str) -> Iterator[Row]:
    """Yield the rows of an inventory, and print each column that is not understood once.

    Args:
        path: the file, read one row at a time, or ``-`` for standard input.

    Raises:
        click.ClickException: The file is not an inventory.
        OSError: The file cannot be read.
    """
    from mdm_osupdate.inventory import read_inventory

    file = "<stdin>" if path == "-" else path
    told: set[str] = set()
    row = None
    with click.open_file(path, "rb") as binary:
        try:
            for row in read_inventory(_source(binary)):
                for column in row.unknown.keys() - told:
                    about = printable(f"{file}: column {column!r}: {row.unknown[column]}")
                    click.echo(f"mdm-osupdate: {about}", err=True)
                told.update(row.unknown)
                yield row
        except ValueError as error:
            place = re.sub("^line ([0-9]+): ", r":\1: ", str(error))
            text = place if place.startswith(":") else f": {place}"
            raise click.ClickException(printable(f"{file}{text}")) from None
    if row is None:
        raise click.ClickException(f"{file}: no devices found")


def problem(path: str, row: Row) -> str:
    """Return why a row cannot be used, with its place in the file."""
    file = "<stdin>" if path == "-" else path
    place = file if row.line is None else f"{file}:{row.line}"
    return printable(f"{place}: {row.name}: {row.problem}")


def _source(binary: IO[Any]) -> bytes | Iterator[str]:
    """Return the lines of an inventory, or the whole of a property list or of UTF-16."""
    head = binary.peek(8)[:8] if isinstance(binary, io.BufferedReader) else b""
    if head.startswith((b"bplist", b"<", codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        data: bytes = binary.read()
        return data
    return _lines(binary)


_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_NO_TEXT = re.compile("[\0\udc80-\udcff]")


def _lines(binary: IO[Any]) -> Iterator[str]:
    number = 0
    for block in binary:
        # A text stream would report a bad byte thousands of lines early.
        for line in _LINE.findall(block.decode(errors="surrogateescape")):
            number += 1
            if _NO_TEXT.search(line):
                raise ValueError(f"line {number}: not UTF-8 text; save the file as UTF-8")
            yield line
