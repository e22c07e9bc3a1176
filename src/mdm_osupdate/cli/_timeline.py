"""Output of a simulated update: a timeline for people, JSON for programs."""

from __future__ import annotations

import datetime as dt
import shutil
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import click
from attrs import define, field, frozen

from mdm_osupdate import flow as events
from mdm_osupdate.codec import dumps, to_dict
from mdm_osupdate.flow import State, UpdateFlow
from mdm_osupdate.messages import (
    REQUEST_UNKNOWN,
    AvailableOSUpdatesResponse,
    Message,
    OSUpdateStatusItem,
    OSUpdateStatusResponse,
    Response,
    ScheduleOSUpdateCommand,
    ScheduleOSUpdateResponse,
)
from mdm_osupdate.simulator import Exchange

_WHY: Mapping[State, str] = {
    State.SCANNING: "A Mac lists only what its last scan found, so the server has it scan.",
    State.LISTING: "The server asks which updates are available.",
    State.SCHEDULING: "The server asks for the update. The device responds with what it will do.",
    State.DOWNLOADING: "The server polls the progress of the download.",
    State.INSTALLING: "The server polls whether the update is installed. The device can restart at "
    "any time and does not respond then. Its user may defer the installation.",
    State.RESCANNING: "After the restart, the Mac scans again.",
    State.CONFIRMING: "The server checks whether the update is still listed.",
}
_WHY_AGAIN: Mapping[type[events.Event], str] = {
    events.Downloaded: "The update is downloaded but not installed. The server sends the same "
    "command again.",
    events.Restarted: "Nothing is in progress any more: the device has restarted. The server sends "
    "the command again. A response without UpdateResults means that nothing is left to do.",
}
"""The reason for requesting the update again."""
_WHY_LATER: Mapping[type[events.Event], str] = {
    events.Blocked: "The server tries again later.",
    events.NotNow: "The device cannot act now. The server sends the command again later.",
}
_WHY_RESENT = (
    "The device checks in without having responded. The server sends the same command again, under "
    "the same CommandUUID."
)
_WHY_UNTOLD = "The server does not learn this: for it, the device is installing."
_WHY_UNKNOWN = (
    "Version 27 removed these commands. The device supported them before, so rejecting them means "
    "that the update is installed."
)

_SAID: Mapping[type[events.Event], Callable[[Any], str]] = {
    events.UpdateNotOffered: lambda e: "the update is not listed",
    events.Downloaded: lambda e: "the download is complete",
    events.ActionChanged: lambda e: f"asked for {e.asked}, the device scheduled {e.scheduled}",
    events.UserDeferred: lambda e: f"the user has deferred the installation; {_left(e.remaining)}",
    events.Restarting: lambda e: "the device installs as soon as its user agrees",
    events.Restarted: lambda e: "the device has restarted",
    events.Blocked: lambda e: f"blocked: {e.reason}",
    events.Ignored: lambda e: f"ignored: {e.reason}",
}


def _left(count: int) -> str:
    return f"{count or 'no'} deferral{'' if count == 1 else 's'} left"


@frozen
class Step:
    """An exchange, and the state of the device after it."""

    exchange: Exchange
    deferrals: int
    """The number of times that the user has deferred the installation so far."""


def tell(flow: UpdateFlow, steps: Iterable[Step], start: dt.datetime, verbose: bool) -> None:
    """Print the exchanges as they happen, repeated ones once, and the outcome."""
    timeline = _Timeline(start, verbose, flow.state)
    for step in steps:
        timeline.add(step)
    timeline.end(flow)


@define
class _Timeline:
    """Prints exchanges, and keeps the state that the next one depends on."""

    start: dt.datetime
    verbose: bool
    state: State
    """State of the flow before the next exchange."""
    begun: State | None = None
    """State that was printed last."""
    why: str = ""
    """The explanation of the next state, if it differs from the usual one."""
    day: int = 0
    deferrals: int = 0
    last: object = None
    """The printed part of the last exchange."""
    same: int = 0
    """Number of equal exchanges since then."""
    unknown: bool = False
    """True if the device has just rejected the command as unknown."""
    explained: set[str] = field(factory=set)
    width: int = field(factory=lambda: max(40, min(80, shutil.get_terminal_size().columns)))

    def add(self, step: Step) -> None:
        """Print an exchange, unless it equals the one before."""
        exchange = step.exchange
        news = [e for e in exchange.events if type(e) in _SAID]
        printed = (
            self.state,
            _command(exchange),
            _answer(exchange.answer),
            [_SAID[type(e)](e) for e in news],
            step.deferrals,
        )
        if printed == self.last and not self.verbose:
            self.same += 1
        else:
            self._skip()
            self._begin(exchange)
            self._exchange(exchange, news)
            self._user(step)
            self._explain_later(exchange)
        self.last, self.state = printed, exchange.state
        self.unknown = exchange.answer is not None and _is_unknown(exchange.answer)

    def end(self, flow: UpdateFlow) -> None:
        """Print the outcome."""
        self._skip()
        last = flow.history[-1]
        if isinstance(last, events.Finished) and self.unknown:
            self._explain(_WHY_UNKNOWN)
        click.echo()
        if isinstance(last, events.Finished):
            text, color = f"finished: {last.reason}", "green"
        elif isinstance(last, events.Failed):
            text, color = f"failed: {last.reason}", "red"
        else:
            until = flow.wait_until or last.at
            moment = f"day {self._day(until)}, {until:%H:%M}"
            text, color = f"still {flow.state}, waiting until {moment}", "yellow"
        for line in textwrap.wrap(text, self.width):
            click.secho(line, fg=color, bold=True)

    def _day(self, at: dt.datetime) -> int:
        return (at.date() - self.start.date()).days + 1

    def _skip(self) -> None:
        if self.same:
            times = "once more" if self.same == 1 else f"{self.same} more times"
            self._line("", "", f"… the same exchange {times}")
        self.same = 0

    def _begin(self, exchange: Exchange) -> None:
        """Print what precedes the exchange: a new day, a new state, that it is repeated."""
        if self._day(exchange.at) != self.day:
            self.day = self._day(exchange.at)
            click.secho(f"day {self.day}", bold=True)
        if self.state is not self.begun:
            self._state(self.why or _WHY[self.state])
        if any(isinstance(e, events.Resending) for e in exchange.events):
            self._explain(_WHY_RESENT)
        self.begun, self.why = self.state, ""

    def _state(self, why: str) -> None:
        text = str(self.state) if why in self.explained else f"{self.state}: {why}"
        self.explained.add(why)
        self._paragraph(text, str(self.state))

    def _explain(self, why: str) -> None:
        if why not in self.explained:
            self.explained.add(why)
            self._paragraph(why)

    def _paragraph(self, text: str, name: str = "") -> None:
        click.echo()
        for line in textwrap.wrap(text, self.width - 4):
            rest = click.style(line.removeprefix(name), dim=True)
            click.echo(f"  {click.style(name, bold=True)}{rest}")
            name = ""

    def _exchange(self, exchange: Exchange, news: Sequence[events.Event]) -> None:
        command, answer = _command(exchange), exchange.answer
        if any(isinstance(e, events.CommandSent) and e.again for e in exchange.events):
            command += " (again, with the same CommandUUID)"
        self._line(exchange.at.strftime("%H:%M"), "server", command, "cyan")
        if self.verbose:
            _document(exchange.command)
        self._line("", "device", _answer(answer), "green" if answer else "yellow")
        if self.verbose and answer is not None:
            _document(answer)
        for event in news:
            self._line("", "", f"→ {_SAID[type(event)](event)}")
            if exchange.state is State.SCHEDULING and type(event) in _WHY_AGAIN:
                self.why = _WHY_AGAIN[type(event)]

    def _user(self, step: Step) -> None:
        reported = any(isinstance(e, events.UserDeferred) for e in step.exchange.events)
        if step.deferrals > self.deferrals and not reported:
            self._line("", "user", "defers the installation by a day", "magenta")
            self._explain(_WHY_UNTOLD)
        self.deferrals = step.deferrals

    def _explain_later(self, exchange: Exchange) -> None:
        if exchange.state is not State.FAILED:
            for event in exchange.events:
                if type(event) in _WHY_LATER:
                    self._explain(_WHY_LATER[type(event)])

    def _line(self, time: str, who: str, text: str, color: str | None = None) -> None:
        head = f"  {time:5}  {click.style(f'{who:6}', fg=color)}  "
        hanging = "  " if text.startswith("→") else ""
        for line in textwrap.wrap(text, self.width - 17, subsequent_indent=hanging):
            click.echo(head + line)
            head = " " * 17


def _document(message: Message) -> None:
    for line in dumps(message).decode().splitlines():
        click.secho(f"                 {line}", dim=True)


def _command(step: Exchange) -> str:
    command = step.command
    text = str(command.request_type)
    if isinstance(command, ScheduleOSUpdateCommand) and command.updates:
        item = command.updates[0]
        text += f" {item.install_action} {item.product_key or item.product_version}"
    return text


def _is_unknown(answer: Response) -> bool:
    chain = answer.error_chain or ()
    return any((item.error_domain, item.error_code) in REQUEST_UNKNOWN for item in chain)


def _answer(answer: Response | None) -> str:
    if answer is None:
        return "(no response: the device restarts)"
    details = _details(answer)
    if answer.error_chain and answer.error_chain[0].known:
        details = answer.error_chain[0].known.meaning
    return f"{answer.status}: {details}" if details else str(answer.status)


def _details(answer: Response) -> str:
    if answer.not_now or answer.error_chain:
        return ""
    if isinstance(answer, AvailableOSUpdatesResponse):
        offers = answer.available_os_updates or ()
        return _listed((str(offer.human_readable_name) for offer in offers), "no updates")
    if isinstance(answer, ScheduleOSUpdateResponse):
        results = answer.update_results or ()
        return _listed((f"{r.install_action}, {r.status}" for r in results), "no UpdateResults")
    if isinstance(answer, OSUpdateStatusResponse):
        return _listed(map(_progress, answer.os_update_status or ()), "nothing in progress")
    return "scan started"


def _listed(texts: Iterable[str], none: str) -> str:
    return ", ".join(texts) or none


def _progress(item: OSUpdateStatusItem) -> str:
    return f"{item.status}, {100 * (item.download_percent_complete or 0):.0f} % downloaded"


def as_json(flow: UpdateFlow, steps: Sequence[Exchange]) -> dict[str, Any]:
    """Return an update as JSON values."""
    written = flow.to_dict()
    return {
        "version": 1,
        "device": written["device"],
        "state": str(flow.state),
        "reason": flow.reason,
        "exchanges": [
            {
                "at": step.at.isoformat(),
                "command": _json(to_dict(step.command)),
                "answer": None if step.answer is None else _json(to_dict(step.answer)),
                "state": str(step.state),
                "events": [event.to_dict() for event in step.events],
            }
            for step in steps
        ],
    }


def _json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_json(item) for item in value]
    return value.isoformat() if isinstance(value, dt.datetime) else value
