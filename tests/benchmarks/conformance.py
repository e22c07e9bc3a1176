"""Count in how many of 20 seeds the conformance suite catches each wrong server and device.

    python tests/benchmarks/conformance.py [--seeds N] [NAME...]

``caught`` counts the seeds in which something is violated, ``named`` those in which it is the
obligation that the server or device was made to violate. Nothing may accuse a correct one.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from hypothesis import settings

from mdm_osupdate.conformance import (
    ConformanceReport,
    DeviceConformance,
    ServerConformance,
    check_device,
    check_server,
)

sys.path.append(str(Path(__file__).parent.parent))
from devices import CORRECT_DEVICES, WRONG_DEVICES
from servers import CORRECT, DECLARING, WRONG

Check = Callable[[int], ConformanceReport]


def server_check(server: Any) -> Check:
    """Return a check of a server, which ends at the first violation."""
    chosen = settings(ServerConformance.settings, database=None, report_multiple_bugs=False)
    return lambda seed: check_server(server, chosen, seed=seed, strict=True)


def device_check(make: Any, device: Any) -> Check:
    """Return a check of a device."""
    chosen = settings(DeviceConformance.settings, database=None)
    return lambda seed: check_device(make, device, chosen, seed=seed, strict=True)


def checks() -> Iterator[tuple[str, str, Check]]:
    """Yield the name of each server and device, what it violates, and its check."""
    for server in (*CORRECT, *DECLARING):
        yield server.__name__, "", server_check(server)
    for code, servers in WRONG.items():
        for server in servers:
            yield server.__name__, code, server_check(server)
    for name, make, device in CORRECT_DEVICES:
        yield name, "", device_check(make, device)
    for code, make, device in WRONG_DEVICES:
        yield make.__name__, code, device_check(make, device)


def main() -> int:
    """Print the table. Return 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    missed = 0
    for name, code, check in checks():
        if options.names and name not in options.names:
            continue
        reports = [check(seed) for seed in range(options.seeds)]
        found = [{v.obligation.code for v in report.violations} for report in reports]
        caught, named = sum(map(bool, found)), sum(code in codes for codes in found)
        good = caught >= 0.95 * options.seeds if code else not caught
        missed += not good
        row = (
            f"{name:34}{code or 'correct':10}{caught:3}/{options.seeds}  {named:3}/{options.seeds}"
        )
        print(row if good else f"{row}  MISSED {sorted(set().union(*found))}", flush=True)
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
