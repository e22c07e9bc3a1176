"""How planning a fleet grows: run ``python tests/benchmarks/plan.py``.

Prints devices per second, which means something on a quiet machine only, and from the same run what
ten times the devices take: 10 is linear. Then the peak memory of ``mdm-osupdate plan`` for a fleet
ten times as large: 1 is constant.
"""

import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import mdm_osupdate as osu
from mdm_osupdate.planning import plan_fleet

PLATFORMS = ("iOS", "iPadOS", "macOS", "tvOS")
WISH = ("26.1", "2026-12-01T19:00:00")


def devices(number: int) -> Iterator[osu.Device]:
    for n in range(number):
        yield osu.Device(
            PLATFORMS[n % 4],
            f"{11 + n % 17}.{n % 7}",
            supervised=n % 5 > 0,
            enrollment="automated",
            access_rights=8191,
        )


def seconds(number: int) -> float:
    """How long planning takes, without making the devices."""
    fleet = list(devices(number))
    start = time.perf_counter()
    deque(plan_fleet(fleet, *WISH), maxlen=0)
    return time.perf_counter() - start


def peak(number: int, directory: Path) -> int:
    """The peak memory of the command for a fleet in CSV."""
    path = directory / f"{number}.csv"
    with path.open("w") as file:
        file.write("name,platform,os_version,supervised,enrollment,access_rights\n")
        for n, device in enumerate(devices(number)):
            row = (f"device-{n}", device.platform, device.os_version, device.supervised)
            file.write(",".join(map(str, row)) + ",automated,8191\n")
    wish = ["--target", WISH[0], "--deadline", WISH[1]]
    command = [sys.executable, "-m", "mdm_osupdate", "plan", "--fleet", str(path), *wish]
    # A process of its own, since the peak is that of the largest child.
    code = (
        f"import resource, subprocess; subprocess.run({command!r}, stdout=subprocess.DEVNULL);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    return int(done.stdout)


if __name__ == "__main__":
    few, many = (min(seconds(number) for _ in range(3)) for number in (10_000, 100_000))
    print(f"plan: {100_000 / many:,.0f} devices a second; ten times the devices: {many / few:.1f}")
    with tempfile.TemporaryDirectory() as scratch:
        small, large = (peak(number, Path(scratch)) for number in (10_000, 100_000))
    print(f"peak memory for ten times the devices: {large / small:.2f}")
