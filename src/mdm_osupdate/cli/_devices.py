"""Devices on the command line: one by options, or a fleet in a file."""

from __future__ import annotations

import io
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import IO, TYPE_CHECKING, Any

import click
from attrs import define, field

from mdm_osupdate.codec import DEFAULT_LIMITS, is_plist
from mdm_osupdate.device import Channel, Device, Enrollment
from mdm_osupdate.errors import InvalidVersionError
from mdm_osupdate.messages import Platform
from mdm_osupdate.versions import OSVersion

from ._command import Words, option
from ._printable import printable

if TYPE_CHECKING:
    from mdm_osupdate.inventory import Row


def to_version(ctx: click.Context, param: click.Parameter, value: str | None) -> OSVersion | None:
    """Read a version of an operating system, such as 17.4.1."""
    try:
        return None if value is None else OSVersion(value)
    except InvalidVersionError as error:
        raise click.BadParameter(str(error), ctx, param) from None


_OPTIONS = (
    option(
        "--platform",
        type=Words(Platform),
        group="Device",
        help="Operating system of the device.",
    ),
    option(
        "--os-version",
        callback=to_version,
        metavar="VERSION",
        group="Device",
        help="Version it runs now, such as 17.4.1.",
    ),
    option(
        "--supervised/--unsupervised",
        default=None,
        group="Device",
        help="Whether the device is supervised. Unknown by default, like all that follows: "
        "rules that depend on it are then skipped and listed.",
    ),
    option(
        "--enrollment",
        type=Words(Enrollment),
        group="Device",
        help="How the device was enrolled.",
    ),
    option(
        "--channel",
        type=Words(Channel),
        group="Device",
        help="Channel over which the command is sent. Default: device.",
    ),
    option(
        "--access-rights",
        type=click.IntRange(0, 8191),
        metavar="N",
        group="Device",
        help="AccessRights of the MDM profile. 8191 means all.",
    ),
    option(
        "--shared-ipad/--no-shared-ipad",
        default=None,
        group="Device",
        help="Whether the device is a Shared iPad.",
    ),
    option(
        "--declaration-managed/--no-declaration-managed",
        default=None,
        group="Device",
        help="Whether a declaration manages the updates of the device.",
    ),
)
"""The options that describe one device."""


def device_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that describe one device, which arrive as keyword arguments."""
    for add in reversed(_OPTIONS):
        function = add(function)
    return function


def hardware_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that identify hardware in the releases."""
    build = option(
        "--build", metavar="BUILD", group="Device", help="Build that it runs now, such as 24F74."
    )
    model = option(
        "--model",
        metavar="MODEL",
        group="Device",
        help="Product name or model identifier, such as iPad11,1 or Mac14,2. Needed with "
        "--releases.",
    )
    return build(model(function))


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
    return Device(**given)


explain_option = option(
    "--explain-inventory",
    is_flag=True,
    group="Device",
    help="Print how each column of the inventory was interpreted, and what is unknown.",
)


def read_fleet(path: str, *, explain: bool = False) -> Iterator[Row]:
    """Yield the rows of an inventory. Print each column that was not understood, once.

    Args:
        path: the file, read one row at a time, or ``-`` for standard input.
        explain: print at the end how each column was interpreted, instead.

    Raises:
        click.ClickException: The file is not an inventory.
        OSError: The file cannot be read.
    """
    from mdm_osupdate.inventory import read_inventory

    file = "<stdin>" if path == "-" else path
    explanation = Explanation(file)
    with _open(path) as binary:
        try:
            with _source(binary) as source:
                for row in read_inventory(source):
                    explanation.rows += 1
                    explanation.usable += row.device is not None
                    if explain:
                        explanation.add(row)
                    else:
                        explanation.warn(row)
                    yield row
        except ValueError as error:
            place = re.sub("^line ([0-9]+): ", r":\1: ", str(error))
            text = place if place.startswith(":") else f": {place}"
            raise click.ClickException(printable(f"{file}{text}")) from None
    if not explanation.rows:
        raise click.ClickException(f"{printable(file)}: no devices found")
    if explain:
        explanation.show()
    elif not explanation.usable:
        text = "no row can be used; --explain-inventory prints how the columns were interpreted"
        click.echo(f"mdm-osupdate: {printable(file)}: {text}", err=True)


def problem(path: str, row: Row) -> str:
    """Return why a row cannot be used, with its place in the file."""
    file = "<stdin>" if path == "-" else path
    place = file if row.line is None else f"{file}:{row.line}"
    return printable(f"{place}: {row.name}: {row.problem}")


_MOST_COLUMNS = 1_000


@define
class Explanation:
    """The interpretation of the columns of an inventory."""

    file: str
    rows: int = 0
    usable: int = 0
    columns: dict[str, dict[str, None]] = field(factory=dict)
    """Columns with the attribute that they were read for, or with their problem."""
    counts: Counter[str] = field(factory=Counter)
    """The number of rows in which each column has a value."""
    undecided: Counter[str] = field(factory=Counter)

    def warn(self, row: Row) -> None:
        """Print the columns that are not understood, unless they were printed before."""
        for column, advice in row.unknown.items():
            if self._is_new(column, advice):
                about = printable(f"{self.file}: column {column!r}: {advice}")
                click.echo(f"mdm-osupdate: {about}", err=True)

    def add(self, row: Row) -> None:
        """Count the columns of a row."""
        self.undecided.update(row.undecided)
        ignored = dict.fromkeys(row.ignored, "")
        for column, meaning in {**row.used, **row.unknown, **ignored}.items():
            self._is_new(column, meaning)
            if column in self.columns:
                self.counts[column] += 1

    def _is_new(self, column: str, meaning: str) -> bool:
        """Record the meaning of a column. Return whether it is new."""
        if column not in self.columns and len(self.columns) == _MOST_COLUMNS:
            return False
        meanings = self.columns.setdefault(column, {})
        is_new = meaning not in meanings
        meanings[meaning] = None
        return is_new

    def show(self) -> None:
        """Print the columns as a table."""
        line = "  {:36} {:32} {:>7}"
        click.echo(f"{printable(self.file)}: {self.rows} rows, {self.usable} usable", err=True)
        click.echo(line.format("column", "read for", "rows"), err=True)
        for column, meanings in self.columns.items():
            read_for = ", ".join(filter(None, meanings)) or "-"
            text = line.format(printable(column), printable(read_for), self.counts[column])
            click.echo(text, err=True)
        for name, count in sorted(self.undecided.items()):
            devices = f"{count} device{'' if count == 1 else 's'}"
            click.echo(f"{name} is unknown for {devices}", err=True)


# -- the bytes of a fleet ------------------------------------------------------------------------

_LONGEST_LINE = 1 << 26
"""The maximum length of a line. JSON often has the whole fleet on one line."""


def _open(path: str) -> AbstractContextManager[IO[bytes]]:
    if path != "-":
        return open(path, "rb")
    if sys.stdin is None:
        raise click.ClickException("standard input is closed")
    return nullcontext(sys.stdin.buffer)  # click.open_file would hide the reason


@contextmanager
def _source(binary: IO[bytes]) -> Iterator[bytes | Iterator[str]]:
    """Open an inventory as lines, which are read lazily. Property lists are read as a whole."""
    if not isinstance(binary, io.BufferedReader):  # standard input may be anything
        binary = io.BufferedReader(io.BytesIO(binary.read()))
    head = binary.peek(8)[:8]
    if is_plist(head):
        yield binary.read(DEFAULT_LIMITS.size + 1)
        return
    encoding = json.detect_encoding(head[:4])
    errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
    text = io.TextIOWrapper(binary, encoding, errors, newline="")
    try:
        yield _lines(text)
    finally:
        text.detach()  # which would close standard input


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    number = 0
    while line := text.readline(_LONGEST_LINE):
        number += 1
        if len(line) == _LONGEST_LINE and not line.endswith(("\n", "\r")):
            limit = f"longer than {_LONGEST_LINE >> 20} MiB"
            raise ValueError(f"line {number}: {limit}; export CSV, or one JSON object per line")
        yield line
