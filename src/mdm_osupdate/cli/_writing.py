"""Write text to a file that is complete or unchanged, or to standard output."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import click


def write_whole(path: Path, lines: Iterable[str]) -> None:
    """Write lines to a file in UTF-8, and replace the file only when all are written.

    Raises:
        OSError: The file cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("x", encoding="utf-8", errors="backslashreplace", newline="") as file:
            file.writelines(f"{line}\n" for line in lines)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def print_lines(lines: Iterable[str], *, is_data: bool) -> None:
    """Print lines; data in UTF-8 whatever the locale, since programs read it."""
    for line in lines:
        click.echo(line.encode("utf-8", "backslashreplace") if is_data else line)
