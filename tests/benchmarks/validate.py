"""What validating costs: run ``python tests/benchmarks/validate.py``.

Prints ratios from one run, as ``codec.py`` does: the time to validate one command against one
device over that to read this command with plistlib; the time in which ``mdm-osupdate check`` starts
over that of importing attrs, cattrs and click; the memory at which ``check`` peaks with many files
over that with a few, and its time with two processes over that with one, once by the clock and
once of the processors. The targets are 1, 2, 1, 0.6 (if two cores are idle) and 1.
"""

from __future__ import annotations

import os
import plistlib
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


def check(directory: Path) -> tuple[float, int]:
    """The processor time of a check, and at how much memory it peaks."""
    process = subprocess.Popen(
        [sys.executable, "-m", "mdm_osupdate", "check", str(directory)], stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def growing(directory: Path) -> None:
    print("\nmdm-osupdate check            memory ÷ 100 files  time per file ÷ 10,000 files")
    few, each = 0, 0.0
    for before, number in (0, 100), (100, 10_000), (10_000, 40_000):
        for made in range(before, number):
            folder = directory / f"{made // 1000}"
            folder.mkdir(exist_ok=True)
            (folder / f"{made}.plist").write_bytes(osu.dumps(COMMAND))
        cost, memory = check(directory)
        few = few or memory
        each = cost / number if number <= 10_000 else each
        ratios = f"{memory / few:18.2f}{cost / number / each:20.2f}"
        print(f"    {f'{number} files':26}{ratios}")


if __name__ == "__main__":
    validating()
    with tempfile.TemporaryDirectory() as scratch:
        starting(Path(scratch))
    with tempfile.TemporaryDirectory() as scratch:
        growing(Path(scratch))
