"""Read documents from files, directories and standard input."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator

import click
from attrs import define, field

from mdm_osupdate.codec import DEFAULT_LIMITS

_ENDINGS = (".plist", ".json")
"""The file names that are taken for messages in a directory."""


def read_document(name: str) -> bytes:
    """Read a file, or standard input for ``-``, up to one byte more than the size limit.

    Raises:
        OSError: The file cannot be read.
    """
    with click.open_file(name, "rb") as file:
        data: bytes = file.read(DEFAULT_LIMITS.size + 1)
    return data


@define
class Documents:
    """The documents that paths name: files, and the messages in directories."""

    paths: Iterable[str]
    skipped: Counter[str] = field(factory=Counter)
    """Files in directories that were passed over, by ending, or "special" for other than files."""

    def __iter__(self) -> Iterator[tuple[str, str | OSError]]:
        """Yield the name of each document and the path to read, or the reason why there is none."""
        for path in self.paths:
            if os.path.isdir(path):
                yield from self._below(path)
            else:
                yield path, path

    def _below(self, top: str) -> Iterator[tuple[str, str | OSError]]:
        """Yield the documents in one directory, folder by folder to limit memory."""
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
                elif ending not in _ENDINGS:
                    self.skipped[ending or "no ending"] += 1
                else:
                    yield path, path
                    found = True
        for error in unreadable:
            yield error.filename, error
        if not found and not unreadable:
            yield top, OSError(0, "no .plist or .json file in this directory")

    def passed_over(self) -> str:
        """Return a sentence about the files that were passed over; empty if there were none."""
        if not self.skipped:
            return ""
        number = sum(self.skipped.values())
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.skipped.most_common())
        files = "1 file that is" if number == 1 else f"{number} files that are"
        return f"passed over {files} not .plist or .json: {kinds}"


def _is_file(path: str) -> bool:
    """Return whether a path is a regular file or missing. Opening a FIFO would wait for ever."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except OSError:
        return True  # reading it tells why
