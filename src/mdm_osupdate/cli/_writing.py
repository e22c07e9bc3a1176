"""Write lines to standard output."""

from __future__ import annotations

from collections.abc import Iterable

import click


def print_lines(lines: Iterable[str], *, is_data: bool) -> None:
    """Print lines; data in UTF-8 whatever the locale, since programs read it."""
    for line in lines:
        click.echo(line.encode("utf-8", "backslashreplace") if is_data else line)
