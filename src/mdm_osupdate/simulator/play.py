"""Exchanges between a flow and a simulated device."""

import datetime as dt
from collections.abc import Iterator, Sequence

from attrs import frozen

from mdm_osupdate.declarations import StatusReport
from mdm_osupdate.flow import EnforcementFlow, Event, State, UpdateFlow
from mdm_osupdate.messages import Command, Response

from .device import SimulatedDevice


@frozen
class Exchange:
    """A command, the response, and the events in the flow."""

    at: dt.datetime
    command: Command
    answer: Response | None
    """``None`` if no response arrived."""
    events: Sequence[Event]
    """The events since the previous exchange."""
    state: State
    """The state of the flow after the exchange."""


def play(flow: UpdateFlow, device: SimulatedDevice, now: dt.datetime) -> Iterator[Exchange]:
    """Exchange commands and responses until the flow has ended, and yield each exchange.

    Simulated time jumps to the next time at which the flow has something to send.
    """
    seen = len(flow.history)
    while not flow.done:
        until = flow.wait_until
        now = device.awake_at(now if until is None else max(now, until))
        flow.device_idle(now)
        while (command := flow.next_command(now)) is not None:
            answer = device.answer(command, now)
            if answer is not None:
                flow.receive(answer, now)
            yield Exchange(now, command, answer, flow.history[seen:], flow.state)
            seen = len(flow.history)
            if flow.done:
                return
            if answer is None:
                now = device.awake_at(now)
                flow.device_idle(now)


@frozen
class Reported:
    """A status report, and the events in the flow."""

    at: dt.datetime
    report: StatusReport
    events: Sequence[Event]
    """The events since the previous report."""
    state: State
    """The state of the flow after the report."""


def play_reports(
    flow: EnforcementFlow, device: SimulatedDevice, now: dt.datetime
) -> Iterator[Reported]:
    """Pass status reports to the flow until it has ended, and yield each report.

    Simulated time jumps from one report to the next.
    """
    seen = len(flow.history)
    flow.advance(now)
    if not flow.done:
        device.declare(flow.declarations, now)
    while not flow.done:
        report = device.report(now)
        if report is not None:
            flow.receive(report, now)
            yield Reported(now, report, flow.history[seen:], flow.state)
            seen = len(flow.history)
        if not flow.done:
            changes = device.changes_after(now)
            now = changes if changes is not None else flow.wait_until or now
            flow.advance(now)
