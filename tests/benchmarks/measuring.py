"""Measurements of time and memory, and tables of figures."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple


class Table(NamedTuple):
    """A table of the page."""

    title: str
    header: Sequence[str]
    rows: Iterable[Sequence[object]]
    note: str = ""
    """A paragraph above the table."""

    def markdown(self) -> str:
        """Format the table, with figures to three digits."""
        lines = [self.header, ["---", *["--:"] * (len(self.header) - 1)], *self.rows]
        body = "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)
        return "\n\n".join(filter(None, [f"### {self.title}", self.note, body])) + "\n"


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def best(*functions: Callable[[], object], rounds: int = 400) -> list[float]:
    """Return the shortest time of each function in seconds, from rounds that take turns.

    A round is shorter than the time that a busy machine gives to one process, so that of many
    rounds some are not interrupted.
    """
    start = time.perf_counter()
    functions[0]()
    once = time.perf_counter() - start
    number = max(1, int(0.0005 / once))
    rounds = min(rounds, int(1 / once) + 5)
    times = [float("inf")] * len(functions)
    for _ in range(rounds):
        for index, function in enumerate(functions):
            start = time.perf_counter()
            for _ in range(number):
                function()
            times[index] = min(times[index], time.perf_counter() - start)
    return [each / number for each in times]


def processor_time(work: Callable[[], object], repeat: int = 3) -> float:
    """Return the seconds of processor time that a function takes, at best."""
    times = []
    for _ in range(repeat):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
        if times[-1] > 0.5:
            break
    return min(times)


def memory(make: Callable[[], Any], number: int = 1000) -> float:
    """Return the bytes that one object takes, of many that are kept."""
    kept = [make() for _ in range(10)]  # what is cached is not counted
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    kept = [make() for _ in range(number)]
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return (after - before) / len(kept)


class Cost(NamedTuple):
    """The processor time and memory of a process."""

    seconds: float
    """Processor time."""
    peak: int
    """Memory, in KiB."""


_RUN = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(code, used.ru_utime + used.ru_stime, used.ru_maxrss)
"""


def cost(*arguments: str, repeat: int = 1, may_fail: bool = False) -> Cost:
    """Run Python with arguments, and return what it takes at best."""
    # Whoever forbids Python to keep compiled modules would measure the compiler.
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": ""}
    # Through a process of its own, since the peak of a child begins with that of its parent.
    command = [sys.executable, "-c", _RUN, sys.executable, *arguments]
    costs = []
    for _ in range(repeat):
        done = subprocess.run(command, capture_output=True, check=True, text=True, env=environment)
        code, seconds, peak = done.stdout.split()
        assert int(code) <= may_fail, f"{arguments} ended with {code}"
        costs.append(Cost(float(seconds), int(peak)))
    return min(costs)


def costs(*commands: Sequence[str], repeat: int) -> list[Cost]:
    """Run Python with several lists of arguments in turns, and return what each takes at best."""
    rounds = [[cost(*arguments) for arguments in commands] for _ in range(repeat)]
    return [min(of_one) for of_one in zip(*rounds, strict=True)]
