"""The results of a simulated fleet: by day, by platform and by reason."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

from attrs import frozen

from mdm_osupdate.flow import State, UpdateFlow
from mdm_osupdate.messages import Platform


@frozen
class PlatformResults:
    """The devices of a platform by the outcome of their updates."""

    platform: Platform
    finished: int
    failed: int
    waiting: int
    median: dt.timedelta | None
    """The median time of the finished updates. ``None`` if none finished."""

    @property
    def devices(self) -> int:
        """The number of devices."""
        return self.finished + self.failed + self.waiting


def by_platform(flows: Sequence[UpdateFlow]) -> list[PlatformResults]:
    """Return the results of each platform that the fleet has."""
    results = []
    for platform in Platform:
        own = [flow for flow in flows if flow.device.platform is platform]
        if own:
            times = sorted(duration(flow) for flow in own if flow.state is State.FINISHED)
            failed = sum(flow.state is State.FAILED for flow in own)
            waiting = len(own) - len(times) - failed
            median = times[len(times) // 2] if times else None
            results.append(PlatformResults(platform, len(times), failed, waiting, median))
    return results


def by_day(flows: Sequence[UpdateFlow], start: dt.date) -> list[int]:
    """Return how many updates had finished by the end of each day, up to the last of them."""
    days = Counter(
        (flow.history[-1].at.date() - start).days for flow in flows if flow.state is State.FINISHED
    )
    return list(accumulate(days[day] for day in range(max(days, default=-1) + 1)))


def by_reason(flows: Sequence[UpdateFlow]) -> list[tuple[str, int]]:
    """Return the reasons why updates failed, the most frequent first."""
    failed = (flow.reason for flow in flows if flow.state is State.FAILED)
    return Counter(_CODE.sub("", reason) for reason in failed).most_common()


def duration(flow: UpdateFlow) -> dt.timedelta:
    """Return the time from the first event of an update to the last."""
    return flow.history[-1].at - flow.history[0].at


_CODE = re.compile(r" \(\S+ -?\d+\)")
"""Domain and code, which the reasons of iPhones contain and those of Macs do not."""
