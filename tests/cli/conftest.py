"""Run the command line in this process."""

from collections.abc import Callable

import pytest

from mdm_osupdate.cli import run

Outcome = tuple[int, str, str]


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the clock of the command line to 2 March 2026, 9:00 UTC."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1772442000")


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Return a function that runs ``mdm-osupdate``: exit status, standard output and error."""

    def invoke(*arguments: object) -> Outcome:
        status = run([str(argument) for argument in arguments])
        return status, *capfd.readouterr()

    return invoke
