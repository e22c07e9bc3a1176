"""The waiting times and limits of a flow."""

import datetime as dt
from collections.abc import Iterable, Sequence

from attrs import field, frozen

_LONGEST = dt.timedelta(days=3660)


def _duration(value: dt.timedelta | float) -> dt.timedelta:
    return value if isinstance(value, dt.timedelta) else dt.timedelta(seconds=value)


def _durations(values: Iterable[dt.timedelta | float]) -> tuple[dt.timedelta, ...]:
    return tuple(map(_duration, values))


@frozen(kw_only=True)
class Policy:
    """The waiting times and limits of a flow.

    Durations are ``timedelta`` or seconds. An ``EnforcementFlow`` uses only ``max_retries`` and
    ``timeout``. The other attributes are about commands.

    Raises:
        ValueError: a duration is not between zero and ten years, or a limit is too small.
    """

    poll_every: dt.timedelta = field(default=dt.timedelta(minutes=15), converter=_duration)
    """The interval between queries for progress. It doubles while the response stays the same."""
    poll_at_most: dt.timedelta = field(default=dt.timedelta(hours=4), converter=_duration)
    """The longest interval between queries. A user may take days."""
    scan_time: dt.timedelta = field(default=dt.timedelta(minutes=10), converter=_duration)
    """The time that a Mac gets to scan before the flow queries the result."""
    retry_after: dt.timedelta = field(default=dt.timedelta(hours=2), converter=_duration)
    """The delay before a retry after a failure."""
    back_off: Sequence[dt.timedelta] = field(
        default=tuple(dt.timedelta(minutes=m) for m in (5, 15, 60, 240)),
        converter=_durations,
    )
    """The delays after the first NotNow in a row, the second, and so on; the last one repeats."""
    response_timeout: dt.timedelta = field(default=dt.timedelta(days=1), converter=_duration)
    """The time after which a response counts as lost, even if the device has not connected."""
    max_retries: int = 12
    """The number of failures after which the flow retries."""
    timeout: dt.timedelta = field(default=dt.timedelta(days=30), converter=_duration)
    """The time limit of an update by commands, deferrals included, or after the deadline of a
    declaration."""
    commands: int = 5000
    """The number of commands that may be sent."""

    def __attrs_post_init__(self) -> None:
        times = {
            "poll_every": self.poll_every,
            "poll_at_most": self.poll_at_most,
            "scan_time": self.scan_time,
            "retry_after": self.retry_after,
            "response_timeout": self.response_timeout,
            "timeout": self.timeout,
            **{f"back_off[{index}]": delay for index, delay in enumerate(self.back_off)},
        }
        for name, time in times.items():
            if not dt.timedelta() < time <= _LONGEST:
                raise ValueError(f"{name} must be above zero and at most ten years, not {time}")
        if not self.back_off:
            raise ValueError("back_off must have at least one delay")
        if self.commands < 1:
            raise ValueError(f"commands must be 1 or more, not {self.commands}")
        if self.max_retries < 0:
            raise ValueError(f"max_retries must be 0 or more, not {self.max_retries}")
