"""Progress on a terminal."""

import io
from types import SimpleNamespace

import pytest

from mdm_osupdate.cli import _progress
from mdm_osupdate.cli._progress import Progress


class Terminal(io.StringIO):
    """Standard error as a terminal."""

    def isatty(self) -> bool:
        return True


class Clock:
    """A clock that advances a second with each look at it."""

    now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    terminal = Terminal()
    monkeypatch.setattr(_progress, "sys", SimpleNamespace(stderr=terminal))
    return terminal


def test_shown_after_two_seconds_and_erased(terminal: Terminal) -> None:
    assert [*Progress("files", clock=Clock()).track("abcd", 4)] == [*"abcd"]
    line, start = "\r\x1b[K", terminal.getvalue().split("\r\x1b[K")
    assert start == ["", "2 of 4 (50%) files", "3 of 4 (75%) files", "4 of 4 (100%) files", ""]
    assert terminal.getvalue().endswith(line)


def test_without_a_total(terminal: Terminal) -> None:
    [*Progress("reports", clock=Clock()).track(range(3000))]
    assert "\x1b[K3,000 reports\r" in terminal.getvalue()


def test_other_output(terminal: Terminal) -> None:
    progress = Progress("files", clock=Clock())
    for number in progress.track(range(4)):
        progress.clear()
        terminal.write(f"<{number}>")
    assert "files\r\x1b[K<3>" in terminal.getvalue()


def test_silent_if_quick(terminal: Terminal) -> None:
    [*Progress("files").track("abcd")]
    assert terminal.getvalue() == ""


def test_silent_if_quiet(terminal: Terminal) -> None:
    [*Progress("files", quiet=True, clock=Clock()).track("abcd")]
    assert terminal.getvalue() == ""


def test_silent_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.StringIO()
    monkeypatch.setattr(_progress, "sys", SimpleNamespace(stderr=file))
    [*Progress("files", clock=Clock()).track("abcd")]
    assert file.getvalue() == ""
