"""Read documents from files, directories and standard input."""

from __future__ import annotations

import os
import stat
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import IO

import click
from attrs import define, field

from mdm_osupdate.codec import (
    DEFAULT_LIMITS,
    Part,
    examine,
    is_plist,
    split,
)
from mdm_osupdate.errors import DecodeError
from mdm_osupdate.messages import Message

_LINES = (".ndjson", ".jsonl")
"""The endings of files with one JSON document per line."""
_ENDINGS = (".plist", ".json", *_LINES)
"""The extensions of files that are read in directories."""
_BLOCK = 1 << 16
"""The number of bytes to read first. Most files are shorter."""
_MOST = DEFAULT_LIMITS.size + 1
"""The maximum number of bytes to read, one more than the size limit."""


def read_document(name: str) -> bytes:
    """Read a file, or standard input for ``-``, up to one byte more than the size limit.

    Raises:
        OSError: The file cannot be read.
    """
    with _open(name) as file:
        return _beginning(file)


def read_documents(name: str) -> Iterator[Part]:
    """Read the documents of a file, or of standard input for ``-``.

    Raises:
        OSError: The file cannot be read.
    """
    with _open(name) as file:
        more = iter(lambda: file.readline(_MOST), b"")
        yield from split(_beginning(file), more, by_line=name.endswith(_LINES))


def _beginning(file: IO[bytes]) -> bytes:
    """Read a file up to one byte more than the size limit."""
    head = file.read(_BLOCK)  # Python reserves memory for all that it may read
    return head if len(head) < _BLOCK else head + file.read(_MOST - _BLOCK)


def _open(name: str) -> AbstractContextManager[IO[bytes]]:
    if name == "-" and sys.stdin is None:
        raise click.ClickException("standard input is closed")
    if name == "-" and sys.stdin.isatty():
        click.echo("mdm-osupdate: reading standard input; end with Ctrl-D", err=True)
    return click.open_file(name, "rb")


@define
class Documents:
    """The files at some paths: files themselves, and messages in directories."""

    paths: Iterable[str]
    every: bool = False
    """True to read all files in directories, regardless of their extensions."""
    skipped: Counter[str] = field(factory=Counter)
    """Skipped files in directories, by extension. "special" is for other than regular files."""

    def __iter__(self) -> Iterator[tuple[str, str | OSError]]:
        """Yield the name of each file with the path to read, or with the error."""
        for path in self.paths:
            if os.path.isdir(path):
                yield from self._below(path)
            else:
                yield path, path

    def _below(self, top: str) -> Iterator[tuple[str, str | OSError]]:
        """Yield the files in one directory, folder by folder to limit memory."""
        found = False
        unreadable: list[OSError] = []
        for folder, folders, files in os.walk(top, onerror=unreadable.append):
            folders.sort()  # in place: os.walk follows this order
            for file in sorted(files):
                # pathlib would take long to import and keep every name.
                path = os.path.join(folder, file).removeprefix(f".{os.sep}")
                ending = os.path.splitext(file)[1].lower()
                if not _is_file(path):
                    self.skipped["special"] += 1
                elif ending in _ENDINGS or (self.every and _holds_message(path)):
                    yield path, path
                    found = True
                else:
                    self.skipped[ending or "without an extension"] += 1
        for error in unreadable:
            yield error.filename, error
        if not found and not unreadable:
            what = "no file with a message" if self.every else "no .plist or .json file"
            yield top, OSError(0, f"{what} in this directory")

    def passed_over(self) -> str:
        """Return a sentence about the skipped files. Empty if there are none."""
        if not self.skipped:
            return ""
        number = sum(self.skipped.values())
        files = "1 file" if number == 1 else f"{number} files"
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.skipped.most_common())
        if self.every:
            return f"skipped {files} without a message: {kinds}"
        return f"skipped {files}: {kinds} (use --all to read them)"


def _is_file(path: str) -> bool:
    """Return whether a path is a regular file or missing. Opening a FIFO would block."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except OSError:
        return True  # reading it gives the reason


def _holds_message(path: str) -> bool:
    """Return whether a file holds a message, or a property list that cannot be read."""
    try:
        part = next(read_documents(path), Part(b""))
    except OSError:
        return True  # reading it again gives the reason
    try:
        reading = examine(part.data, DEFAULT_LIMITS)
    except DecodeError:
        return is_plist(part.data) and b"<plist" in part.data[:1000]
    return reading.root not in (None, Message)
