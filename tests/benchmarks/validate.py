"""What validating costs: run ``python tests/benchmarks/validate.py``.

Prints ratios from one run, as ``codec.py`` does: the time to validate one command against one
device over that to read this command with plistlib; the time in which ``mdm-osupdate check`` starts
over that of importing attrs, cattrs and click; and the memory at which ``check`` peaks with many
files over that with a few. The targets are 1, 2 and 1.
"""

from __future__ import annotations

import os
import plistlib
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import mdm_osupdate as osu

COMMAND = osu.ScheduleOSUpdateCommand(
    [osu.UpdatesItem(install_action="InstallLater", product_version="14.5", max_user_deferrals=3)],
    command_uuid="3F0A9D1C-6C1B-4B52-9B0B-8D6E6B1E8A02",
)
DEVICES = {
    "nothing wrong": osu.Device(
        "macOS",
        "14.4",
        supervised=True,
        enrollment=osu.Enrollment.AUTOMATED,
        declaration_managed=False,
    ),
    "little known": osu.Device("macOS", "14.4"),
    "four findings": osu.Device("iOS", "17.3", supervised=False),
}


def best(*functions: Callable[[], object], number: int, rounds: int) -> list[float]:
    """The best time of each function, in rounds that take turns."""
    times = [[0.0] * rounds for _ in functions]
    for turn in range(rounds):
        for function, mine in zip(functions, times, strict=True):
            start = time.perf_counter()
            for _ in range(number):
                function()
            mine[turn] = time.perf_counter() - start
    return [min(mine) for mine in times]


def validating() -> None:
    xml, binary = osu.dumps(COMMAND), osu.dumps(COMMAND, fmt="binary")
    print("validate(command, device) ÷ plistlib.loads      XML  binary")
    for name, device in DEVICES.items():
        # Bound now, since the loop goes on.
        ours, of_xml, of_binary = best(
            lambda device=device: osu.validate(COMMAND, device),  # type: ignore[misc]
            lambda: plistlib.loads(xml),
            lambda: plistlib.loads(binary),
            number=100,
            rounds=40,
        )
        print(f"    {name:40}{ours / of_xml:7.2f}{ours / of_binary:8.2f}")


def starting(directory: Path) -> None:
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": ""}

    def start(*arguments: str) -> Callable[[], object]:
        return lambda: subprocess.run(
            [sys.executable, *arguments], check=True, env=environment, capture_output=True
        )

    path = directory / "one.plist"
    path.write_bytes(osu.dumps(COMMAND))
    needs, ours = best(
        start("-c", "import attrs, cattrs, click"),
        start("-m", "mdm_osupdate", "check", str(path)),
        number=1,
        rounds=15,
    )
    print(f"\nmdm-osupdate check ÷ import attrs, cattrs, click:  {ours / needs:.2f}")


def remembering(directory: Path) -> None:
    peaks = []
    few, many = 100, 10_000
    for number in range(many):
        (directory / f"{number}.plist").write_bytes(osu.dumps(COMMAND))
        if number + 1 in (few, many):
            subprocess.run(
                [sys.executable, "-m", "mdm_osupdate", "check", "--jobs", "2", str(directory)],
                check=True,
                capture_output=True,
            )
            peaks.append(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    print(f"memory of check, {many} files ÷ {few} files:  {peaks[1] / peaks[0]:.2f}")


if __name__ == "__main__":
    validating()
    with tempfile.TemporaryDirectory() as scratch:
        starting(Path(scratch))
    with tempfile.TemporaryDirectory() as scratch:
        remembering(Path(scratch))
