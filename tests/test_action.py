"""The script of ``action.yml``, with a stand-in for the command line."""

import os
import subprocess
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = textwrap.dedent((ROOT / "action.yml").read_text().split("run: |\n")[1])


def run(tmp_path: Path, command: str, arguments: str, auth: str = "") -> tuple[int, str]:
    """Run the script: its exit status, and the output of a command that prints its arguments."""
    stand_in = tmp_path / "mdm-osupdate"
    stand_in.write_text(
        '#!/bin/sh\nprintf "[%s]" "$@"\necho "${MDM_OSUPDATE_ENQUEUE_AUTH-unset}"\nexit 1\n'
    )
    stand_in.chmod(0o755)
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", SCRIPT],
        env={
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "COMMAND": command,
            "ARGUMENTS": arguments,
            "MDM_OSUPDATE_ENQUEUE_AUTH": auth,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("command", "arguments", "auth", "expected"),
    [
        ("check", "payloads/", "", "[check][--format][github][payloads/]unset\n"),
        ("check", "a b\n\n  $(c)*\n", "", "[check][--format][github][a b][$(c)*]unset\n"),
        (
            "conformance",
            "--server\nnanomdm\n--url\nhttp://127.0.0.1:9000\n",
            "SECRET",
            "[conformance][--server][nanomdm][--url][http://127.0.0.1:9000]SECRET\n",
        ),
    ],
)
def test_arguments_and_exit_status(
    tmp_path: Path, command: str, arguments: str, auth: str, expected: str
) -> None:
    assert run(tmp_path, command, arguments, auth) == (1, expected)


def test_another_command(tmp_path: Path) -> None:
    expected = "::error::expected check or conformance, got 'rm'\n"
    assert run(tmp_path, "rm", "-rf") == (2, expected)
