"""Progress on a terminal, for commands that take more than two seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from attrs import define, field

T = TypeVar("T")
_QUIET_FOR = 2.0
"""Seconds before the first line."""
_EVERY = 0.2
"""Seconds between two lines."""


@define
class Progress:
    """A line on standard error that counts items. It is shown only on a terminal.

    Call ``clear`` before you print something while the items are tracked.
    """

    noun: str
    """The noun for several items, such as ``reports``."""
    quiet: bool = False
    clock: Callable[[], float] = time.monotonic
    _due: float = field(init=False, default=0)
    """The time of the next line."""
    _shown: bool = field(init=False, default=False)

    def track(self, items: Iterable[T], total: int | None = None) -> Iterator[T]:
        """Yield the items and count them. Remove the line at the end."""
        self._due = self.clock() + _QUIET_FOR
        try:
            for number, item in enumerate(items, 1):
                yield item
                self.show(number, total)
        finally:
            self.clear()

    def show(self, number: int, total: int | None = None) -> None:
        """Show a number of items, unless a line has just been shown."""
        if self.quiet or self.clock() < self._due or not sys.stderr.isatty():
            return
        of = f" of {total:,} ({number / total:.0%})" if total else ""
        sys.stderr.write(f"\r\x1b[K{number:,}{of} {self.noun}")
        sys.stderr.flush()
        self._due, self._shown = self.clock() + _EVERY, True

    def clear(self) -> None:
        """Remove the line."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
        self._shown = False
