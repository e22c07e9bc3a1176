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


def document_names(names: Iterable[str]) -> Iterator[tuple[str, str | OSError]]:
    """Name each document twice, as it is called and as it is read: files, and the ``*.plist``
    below directories; with the reason instead, if a directory has none.
    """
    for name in names:
        if not Path(name).is_dir():
            yield name, name
            continue
        found = sorted(Path(name).rglob("*.plist"))
        if not found:
            yield name, OSError(0, "no *.plist in this directory")
        for path in found:
            yield str(path), str(path)
