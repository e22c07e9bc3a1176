"""Run the command line in this process."""

import contextlib
import io
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from mdm_osupdate.cli import run
from mdm_osupdate.cli._identities import make_authority

Outcome = tuple[int, str, str]


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the clock of the command line to 2 March 2026, 9:00 UTC."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1772442000")


@pytest.fixture(scope="session")
def state_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The user's state directory, with a certificate authority."""
    home = tmp_path_factory.mktemp("state")
    make_authority(home / "mdm-osupdate" / "ca.pem", home / "mdm-osupdate" / "ca.key")
    return home


@pytest.fixture(autouse=True)
def state(state_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command line keep its files in a directory for tests."""
    monkeypatch.setenv("XDG_STATE_HOME", str(state_home))


@pytest.fixture
def cli(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Outcome]:
    """Return a function that runs ``mdm-osupdate``: exit status, standard output and error."""

    def invoke(*arguments: object, stdin: bytes | None = None) -> Outcome:
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        status = run([str(argument) for argument in arguments])
        return status, *capfd.readouterr()

    return invoke


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, bytes]]:
    """Return a function that runs ``mdm-osupdate`` on a terminal: exit status, and what it shows.

    ``streams`` are those that lead to the terminal.
    """
    pty = pytest.importorskip("pty")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)

    def invoke(*arguments: object, streams: tuple[str, ...]) -> tuple[int, bytes]:
        master, slave = pty.openpty()
        shown = bytearray()

        def read() -> None:
            with contextlib.suppress(OSError):  # how the end is told on Linux
                while data := os.read(master, 4096):
                    shown.extend(data)

        reader = threading.Thread(target=read)
        reader.start()
        with open(slave, "w") as stream, monkeypatch.context() as patch:
            for name in streams:
                patch.setattr(sys, name, stream)
            status = run([str(argument) for argument in arguments])
        reader.join()
        os.close(master)
        return status, bytes(shown)

    return invoke
