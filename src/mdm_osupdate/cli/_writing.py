"""Write lines to standard output."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import click

from ._printable import printable


def print_lines(lines: Iterable[str], *, is_data: bool) -> None:
    """Print lines. Data is in UTF-8 regardless of the locale, because programs read it.

    A terminal gets data without the characters that would control it.
    """
    on_terminal = sys.stdout.isatty()
    for line in lines:
        text = "\n".join(map(printable, line.split("\n"))) if is_data and on_terminal else line
        click.echo(text.encode("utf-8", "backslashreplace") if is_data else text)
