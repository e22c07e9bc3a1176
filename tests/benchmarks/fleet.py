"""How reading and planning a fleet grows: run ``python tests/benchmarks/fleet.py [ROWS]``.

Prints rows per second of one core, and from the same run what a hundred times the rows take: 100 is
linear. Then the peak memory of ``mdm-osupdate plan`` for the two fleets: 1 is constant. ROWS is
100,000 if it is not given; a million is for a quiet machine.
"""

import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import mdm_osupdate as osu
from mdm_osupdate.inventory import read_inventory
from mdm_osupdate.planning import plan_fleet

PLATFORMS = ("iOS", "iPadOS", "macOS", "tvOS")
WISH = ("26.1", "2026-12-01T19:00:00")
HEADER = "Computer Name,Serial Number,Platform,OS Version,Supervised,Enrollment,Access Rights\n"


def rows(number: int) -> Iterator[str]:
    """Write the rows of an inventory: many devices, of which some thousand differ."""
    yield HEADER
    for n in range(number):
        version = f"{11 + n % 17}.{n % 7}"
        supervised = "yes" if n % 5 else "no"
        yield f"device-{n},S{n},{PLATFORMS[n % 4]},{version},{supervised},automated,8191\n"


def devices(number: int) -> Iterator[osu.Device]:
    return (row.device for row in read_inventory(rows(number)) if row.device is not None)


def seconds(work: Callable[[], Iterable[object]]) -> float:
    """Measure what one core spends on producing all items, the best of three times."""
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        deque(work(), maxlen=0)
        best = min(best, time.process_time() - start)
    return best


def reading(number: int) -> float:
    """Measure reading an inventory, without writing it."""
    lines = list(rows(number))
    return seconds(lambda: read_inventory(iter(lines)))


def planning(number: int) -> float:
    """Measure planning, without reading the devices."""
    fleet = list(devices(number))
    return seconds(lambda: plan_fleet(fleet, *WISH))


def peak(number: int, directory: Path) -> int:
    """Measure the peak memory of the command for a fleet in CSV."""
    path = directory / f"{number}.csv"
    with path.open("w") as file:
        file.writelines(rows(number))
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
    many = int(sys.argv[1]) if sys.argv[1:] else 100_000
    few = many // 100
    for name, measure in (("read_inventory", reading), ("plan_fleet", planning)):
        small, large = measure(few), measure(many)
        print(f"{name}: {many / large:,.0f} rows a second; 100 times the rows: {large / small:.0f}")
    with tempfile.TemporaryDirectory() as scratch:
        small_peak, large_peak = (peak(number, Path(scratch)) for number in (few, many))
    print(f"peak memory of mdm-osupdate plan: {large_peak >> 10} MiB")
    print(f"peak memory, 100 times the rows: {large_peak / small_peak:.2f}")
