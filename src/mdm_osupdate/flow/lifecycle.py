"""The parts that both kinds of flow share: time, history, waiting, retries, the end."""

import datetime as dt
import functools
from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from attrs import define

from mdm_osupdate.device import Device
from mdm_osupdate.errors import Finding, FlowError

from .converter import later, to_utc
from .events import Blocked, Event, Failed, Finished, Ignored, Waiting
from .policy import Policy
from .transitions import State

_MAX_IGNORED = 20
"""The maximum number of ignored responses in a row to keep. They may come without end."""


@define(kw_only=True)
class Memory:
    """The state of a flow as flat values, so that it can be stored at any time."""

    state: State
    started: dt.datetime | None = None
    latest: dt.datetime | None = None
    """The latest time that a caller has given."""
    wait_until: dt.datetime | None = None
    retries: int = 0
    reason: str = ""
    """The reason of the last failure."""

    @property
    def done(self) -> bool:
        """True if the flow has ended."""
        return self.state in (State.FINISHED, State.FAILED)

    def check(self) -> None:
        """Raise ``ValueError`` if the values contradict each other."""
        if self.started is not None:
            started_first = self.latest is not None and self.latest >= self.started
            require(started_first, "latest is missing or before started")
        require(self.started is not None or not self.done, "an ended flow was never started")
        require(self.retries >= 0, "retries is negative")


def in_words(length: dt.timedelta) -> str:
    """Return a duration for people, such as ``30 days``."""
    return str(length).removesuffix(", 0:00:00")


def require(condition: bool, message: str) -> None:
    """Raise ``ValueError`` unless a condition holds."""
    if not condition:
        raise ValueError(message)


M = TypeVar("M", bound=Memory)


class Flow(ABC, Generic[M]):
    """An update of one device, without I/O."""

    device: Device
    policy: Policy
    history: list[Event]
    """All events, in order."""
    _memory: M

    def __repr__(self) -> str:
        device = f"{self.device.platform} {self.device.os_version}"
        return f"<{type(self).__name__} of {device} to {self._target_name}: {self.state}>"

    @property
    @abstractmethod
    def _target_name(self) -> str:
        """The target, for people."""

    @abstractmethod
    def _validate(self) -> tuple[Finding, ...]:
        """Check the messages that would be sent to the device."""

    @functools.cached_property  # most flows that are loaded never need them
    def findings(self) -> tuple[Finding, ...]:
        """The reasons why the device would reject or ignore the update. Normally empty."""
        return self._validate()

    @property
    def state(self) -> State:
        """The current state."""
        return self._memory.state

    @property
    def done(self) -> bool:
        """True if the flow has ended."""
        return self._memory.done

    @property
    def wait_until(self) -> dt.datetime | None:
        """The earliest time at which the flow has something to do.

        ``None`` means now, or never if the flow has ended (see ``done``). A response or a report
        that arrives earlier ends the wait.
        """
        return None if self.done else self._memory.wait_until

    @property
    def reason(self) -> str:
        """The reason why the flow failed, or of the last failure so far. Empty without one."""
        return self._memory.reason

    def _at(self, now: dt.datetime) -> dt.datetime:
        """Record the time, which must not go backwards, and convert it to UTC."""
        now = to_utc(now)
        if self._memory.latest is not None and now < self._memory.latest:
            raise FlowError(f"time goes backwards: {now} is before {self._memory.latest}")
        self._memory.latest = now
        return now

    def _start(self, now: dt.datetime, *, has_target: bool) -> None:
        """Begin, or end at once if the device already has the target or would reject it."""
        self._memory.started = now
        if has_target:
            self._end(State.FINISHED, now, f"the device already has {self.device.os_version}")
        elif self.findings:
            self._fail("; ".join(f"{f.message}. {f.hint}" for f in self.findings), now)

    def _ignore(self, reason: str, command_uuid: str | None, now: dt.datetime) -> None:
        last = self.history[-_MAX_IGNORED:]
        if len(last) == _MAX_IGNORED and all(isinstance(event, Ignored) for event in last):
            del self.history[-_MAX_IGNORED]
        self.history.append(Ignored(at=now, reason=reason, command_uuid=command_uuid))

    def _wait_until(self, until: dt.datetime, now: dt.datetime) -> None:
        self._memory.wait_until = until
        self.history.append(Waiting(at=now, until=until))

    def _wait(self, length: dt.timedelta, now: dt.datetime) -> None:
        self._wait_until(later(now, length), now)

    def _block(self, reason: str, now: dt.datetime, *, recorded: bool = False) -> None:
        """Count a failure. End the flow if there are more than the policy allows."""
        memory = self._memory
        memory.reason = reason
        memory.retries += 1
        if not recorded:
            self.history.append(Blocked(at=now, reason=reason))
        if memory.retries > self.policy.max_retries:
            self._fail(reason, now)

    def _fail(self, reason: str, now: dt.datetime) -> None:
        if self._memory.reason and self._memory.reason != reason:
            reason = f"{reason}; the last obstacle: {self._memory.reason}"
        self._memory.reason = reason
        self._end(State.FAILED, now, reason)

    def _end(self, state: State, now: dt.datetime, reason: str) -> None:
        self._memory.state, self._memory.wait_until = state, None
        event = Finished if state is State.FINISHED else Failed
        self.history.append(event(at=now, reason=reason))
