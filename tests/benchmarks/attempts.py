"""The number of attempts that the conformance suite makes in a second."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from benchmarks.measuring import Table, processor_time
from devices import CORRECT_DEVICES
from hypothesis import settings
from servers import Reference

from mdm_osupdate.conformance import (
    DeviceConformance,
    ServerConformance,
    check_device,
    check_server,
)


def tables(small: bool) -> Iterator[Table]:
    """Check a correct server and a correct device."""
    made = 0

    def server() -> Reference:
        nonlocal made
        made += 1
        return Reference()

    name, make, device = CORRECT_DEVICES[0]

    def simulated() -> object:
        nonlocal made
        made += 1
        return make()

    of_server = settings(ServerConformance.settings, database=None)
    of_device = settings(DeviceConformance.settings, database=None)
    checks: dict[str, Callable[[], object]] = {
        "the smallest correct server": lambda: check_server(server, of_server, seed=1),
        name: lambda: check_device(simulated, device, of_device, seed=1),  # type: ignore[arg-type]
    }
    rows = []
    for subject, check in checks.items():
        check()  # imports
        made = 0
        seconds = processor_time(check, repeat=1)
        rows.append((subject, made, seconds, made / seconds))
    note = "An attempt is a server or device of its own, and the exchange that is tried with it."
    yield Table("Attempts in memory", ("", "attempts", "seconds", "per second"), rows, note)
