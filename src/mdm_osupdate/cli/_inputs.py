"""Read documents from files, directories and standard input."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

import click

from mdm_osupdate.codec import DEFAULT_LIMITS


def read_document(name: str) -> bytes:
    """Read a file, or standard input for ``-``, up to one byte more than the size limit.

    Raises:
        OSError: The file cannot be read.
    """
    with click.open_file(name, "rb") as file:
        data: bytes = file.read(DEFAULT_LIMITS.size + 1)
    return data


def document_names(names: Iterable[str]) -> Iterator[tuple[str, str | OSError]]:
    """Name each document twice, as it is called and as it is read: files, and the ``*.plist``
    below directories; with the reason instead of a directory that has none or cannot be read.
    """
    for name in names:
        if os.path.isdir(name):
            yield from _below(name)
        else:
            yield name, name


def _below(top: str) -> Iterator[tuple[str, str | OSError]]:
    """Yield the documents in one directory, folder by folder to limit memory."""
    found = False
    unreadable: list[OSError] = []
    for folder, folders, files in os.walk(top, onerror=unreadable.append):
        folders.sort()  # in place, for the walk to keep to it
        for file in sorted(files):
            if file.endswith(".plist"):
                # Not by Path, which takes long to import and remembers every name.
                path = os.path.join(folder, file).removeprefix(f".{os.sep}")
                yield path, path
                found = True
    for error in unreadable:
        yield error.filename, error
    if not found and not unreadable:
        yield top, OSError(0, "no *.plist in this directory")
