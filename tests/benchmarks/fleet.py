"""A fleet: reading and planning it, its growth, its status, and Dask."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from benchmarks.measuring import Cost, Table, cost, processor_time

import mdm_osupdate as osu
from mdm_osupdate.inventory import read_inventory
from mdm_osupdate.planning import plan, plan_fleet

PLATFORMS = ("iOS", "iPadOS", "macOS", "tvOS")
TARGET, DEADLINE = "26.1", "2026-12-01T19:00:00"
HEADER = "Computer Name,Serial Number,Platform,OS Version,Supervised,Enrollment,Access Rights\n"


def rows(number: int) -> Iterator[str]:
    """Write the rows of an inventory: many devices, of which some thousand differ."""
    yield HEADER
    for n in range(number):
        version = f"{11 + n % 17}.{n % 7}"
        supervised = "yes" if n % 5 else "no"
        yield f"device-{n},S{n},{PLATFORMS[n % 4]},{version},{supervised},automated,8191\n"


def reports(number: int) -> Iterator[str]:
    """Write a status report of each device."""
    for n in range(number):
        system = {"family": "macOS", "version": f"26.{n % 2}"}
        device = {"identifier": {"serial-number": f"S{n}"}, "operating-system": system}
        pending = {"os-version": TARGET, "target-local-date-time": DEADLINE}
        update = {"install-state": "downloading", "pending-version": pending}
        items = {"device": device, "softwareupdate": update}
        yield json.dumps({"StatusItems": items, "Errors": []}) + "\n"


def devices(number: int) -> Iterator[osu.Device]:
    return (row.device for row in read_inventory(rows(number)) if row.device is not None)


def _all(work: Callable[[], Iterable[object]]) -> Callable[[], object]:
    return lambda: deque(work(), maxlen=0)


def library(many: int) -> Table:
    """Measure the functions of the library."""
    made = []
    for number in (many // 100, many):
        lines, fleet = list(rows(number)), list(devices(number))
        reading = processor_time(_all(lambda lines=lines: read_inventory(lines)))  # type: ignore[misc]
        planning = processor_time(
            _all(lambda fleet=fleet: plan_fleet(fleet, TARGET, DEADLINE))  # type: ignore[misc]
        )
        made.append((number, reading, planning))
    (few, *small), (_, *large) = made
    measured = [
        (name, seconds, many / seconds, (seconds / many) / (of_few / few))
        for name, of_few, seconds in zip(
            ("read_inventory", "plan_fleet"), small, large, strict=True
        )
    ]
    header = ("", "seconds", "rows per second", f"time of a row ÷ that of {few:,} rows")
    note = "Processor time of one core. Target: 30 seconds for a million devices."
    return Table(f"{many:,} devices", header, measured, note)


def _ended(name: str, few: int, many: int, of_few: Cost, of_many: Cost) -> tuple[object, ...]:
    growth = (of_many.seconds / many) / (of_few.seconds / few)
    peaks = of_few.peak / 1024, of_many.peak / 1024
    of_row = (of_many.peak - of_few.peak) * 1024 // (many - few)
    return (name, of_many.seconds, many / of_many.seconds, growth, *peaks, of_row)


def commands(folder: Path, many: int) -> Table:
    """Measure ``plan`` and ``status``."""
    measured = []
    wish = ("--target", TARGET, "--deadline", DEADLINE)
    subjects: dict[str, tuple[Callable[[int], Iterator[str]], Callable[[str], list[str]]]] = {
        "plan": (rows, lambda path: ["plan", "--fleet", path, *wish]),
        "status": (reports, lambda path: ["status", path]),
    }
    few = many // 100
    for name, (write, arguments) in subjects.items():
        costs = []
        for size in (few, many):
            path = folder / f"{name}-{size}.{'csv' if name == 'plan' else 'ndjson'}"
            with path.open("w") as file:
                file.writelines(write(size))
            costs.append(cost("-m", "mdm_osupdate", *arguments(str(path)), may_fail=True))
        measured.append(_ended(name, few, many, *costs))
    header = (
        "",
        "seconds",
        "rows per second",
        f"time of a row ÷ that of {few:,} rows",
        f"peak MiB of {few:,} rows",
        "peak MiB",
        "bytes of each row more",
    )
    note = """\
Processor time of the whole process, with its output. `plan` forgets a device when its line is
written. `status` keeps each device, because most reports hold only what has changed: they add to
what earlier reports said."""
    return Table(f"The commands, {many:,} rows", header, measured, note)


def cluster(number: int) -> Table:
    """Plan with Dask, by one worker and by two."""
    from dask import bag
    from distributed import Client

    fleet, measured = list(devices(number)), []
    for workers in (1, 2):
        with Client(  # type: ignore[no-untyped-call]
            n_workers=workers, threads_per_worker=1, dashboard_address=None
        ):
            plans = bag.from_sequence(fleet, npartitions=8).map(plan, TARGET, DEADLINE)  # type: ignore[no-untyped-call]
            counts = plans.map(lambda each: each.method).frequencies()
            counts.compute()  # workers import
            start = time.perf_counter()
            counts.compute()
            measured.append((workers, time.perf_counter() - start))
    (_, one), _ = measured
    timed = [(workers, each, number / each, each / one) for workers, each in measured]
    load = os.getloadavg()[0]
    note = f"Time by the clock, so it also depends on other processes. Load: {load:.1f}."
    return Table(
        f"{number:,} devices on Dask",
        ("workers", "seconds", "rows per second", "ratio"),
        timed,
        note,
    )


def tables(small: bool) -> Iterator[Table]:
    """Measure all of it."""
    many = 20_000 if small else 1_000_000
    yield library(many)
    with tempfile.TemporaryDirectory() as scratch:
        yield commands(Path(scratch), many)
    yield cluster(many // 20)
