"""Running the command line in this process."""

from collections.abc import Callable

import pytest

from mdm_osupdate.cli import run

Outcome = tuple[int, str, str]


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Run ``mdm-osupdate`` with arguments; give exit status, standard output and error."""

    def invoke(*arguments: object) -> Outcome:
        status = run([str(argument) for argument in arguments])
        return status, *capfd.readouterr()

    return invoke
