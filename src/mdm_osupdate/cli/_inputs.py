"""Where documents come from: files, directories, standard input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from mdm_osupdate._plist import DEFAULT_LIMITS


def read_document(name: str) -> bytes:
    """Read a file or, for ``-``, standard input; of one past the limit no more than shows it.

    Raises:
        OSError: it cannot be read.
    """
    with click.open_file(name, "rb") as file:
        data: bytes = file.read(DEFAULT_LIMITS.size + 1)
    return data


def read_all(names: Iterable[str]) -> Iterator[tuple[str, bytes | OSError]]:
    """Read files, and the ``*.plist`` below directories, one at a time; each with its name."""
    for name in names:
        found = sorted(Path(name).rglob("*.plist")) if Path(name).is_dir() else [name]
        if not found:
            yield name, OSError(0, "no *.plist in this directory")
        for path in found:
            try:
                data: bytes | OSError = read_document(str(path))
            except OSError as error:
                data = error
            yield "<stdin>" if name == "-" else str(path), data
