"""How a simulated update is told: to a person as a timeline, to a program as JSON."""

from __future__ import annotations

import datetime as dt
import shutil
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import click
from attrs import define, field, frozen

from mdm_osupdate.codec import dumps, to_dict
from mdm_osupdate.flow import State, UpdateFlow, events
from mdm_osupdate.messages import (
    REQUEST_UNKNOWN,
    AvailableOSUpdatesResponse,
    Message,
    OSUpdateStatusResponse,
    Response,
    ScheduleOSUpdateCommand,
    ScheduleOSUpdateResponse,
)
from mdm_osupdate.simulator import Exchange

_WHY: Mapping[State, str] = {
    State.SCANNING: "A Mac knows of updates only what its last scan found, so it is to scan.",
    State.LISTING: "The server asks which updates there are.",
    State.SCHEDULING: "It asks for the update. The device answers what it will do about it.",
    State.DOWNLOADING: "It asks from time to time how far the download is.",
    State.INSTALLING: "It asks whether the device has installed. It may restart at any time, "
    "and cannot answer then; its user may have a say, too.",
    State.RESCANNING: "After its restart the Mac scans once more.",
    State.CONFIRMING: "It asks whether the update is still on the list.",
}
_WHY_AGAIN: Mapping[type[events.Event], str] = {
    events.Downloaded: "Downloaded is not installed: the same command is sent once more.",
    events.Restarted: "Nothing is in progress any more, so the device has restarted. The command "
    "is sent again; an answer without UpdateResults says that there is nothing left to do.",
}
"""Why the update is asked for again."""
_WHY_LATER: Mapping[type[events.Event], str] = {
    events.Blocked: "The server tries again later.",
    events.NotNow: "The device takes no command now; the server keeps it and sends it again.",
}
_WHY_RESENT = (
    "The device has come back without an answer. The same command is sent again, under the same "
    "CommandUUID."
)
_WHY_UNTOLD = "No answer tells the server so: to it, the device is installing."
_WHY_UNKNOWN = (
    "From version 27 on there are no such commands. The device has had them so far, so not to "
    "know them any more means that the update is installed."
)

_SAID: Mapping[type[events.Event], Callable[[Any], str]] = {
    events.UpdateNotOffered: lambda e: "the update is not on the list",
    events.Downloaded: lambda e: "the download is complete",
    events.ActionChanged: lambda e: f"it was asked for {e.asked}, and does {e.scheduled}",
    events.UserDeferred: lambda e: f"the user has put it off, and may do so {_times(e.remaining)}",
    events.Restarting: lambda e: "it installs, as soon as its user agrees",
    events.Restarted: lambda e: "it has restarted",
    events.Blocked: lambda e: f"in the way: {e.reason}",
    events.Ignored: lambda e: f"ignored: {e.reason}",
}


def _times(count: int) -> str:
    return {0: "no more", 1: "once more"}.get(count, f"{count} more times")


@frozen
class Step:
    """An exchange, and what the device knows after it but does not answer."""

    exchange: Exchange
    deferrals: int
    """How often the user has put the installation off by now."""


def tell(flow: UpdateFlow, steps: Iterable[Step], start: dt.datetime, verbose: bool) -> None:
    """Print the exchanges as they come, those that tell nothing new only once, and the end."""
    timeline = _Timeline(start, verbose, flow.state)
    for step in steps:
        timeline.add(step)
    timeline.end(flow)


@define
class _Timeline:
    """What has been printed, as far as it matters for what comes."""

    start: dt.datetime
    verbose: bool
    state: State
    """Where the flow stands before the next exchange."""
    begun: State | None = None
    """The state that was last said to begin."""
    why: str = ""
    """Why the next one begins, if there is more to say than what it is."""
    day: int = 0
    deferrals: int = 0
    last: object = None
    """What the last exchange has told."""
    same: int = 0
    """How many that told the same have come since."""
    unknown: bool = False
    """Whether the last answer was that the device does not know the command."""
    explained: set[str] = field(factory=set)
    width: int = field(factory=lambda: max(40, min(80, shutil.get_terminal_size().columns)))

    def add(self, step: Step) -> None:
        """Print an exchange, unless it tells the same as the one before."""
        exchange = step.exchange
        news = [e for e in exchange.events if type(e) in _SAID]
        told = (
            self.state,
            _command(exchange),
            _answer(exchange.answer),
            [_SAID[type(e)](e) for e in news],
            step.deferrals,
        )
        if told == self.last and not self.verbose:
            self.same += 1
        else:
            self._skip()
            self._begin(exchange)
            self._exchange(exchange, news)
            self._user(step)
            self._explain_later(exchange)
        self.last, self.state = told, exchange.state
        self.unknown = exchange.answer is not None and _is_unknown(exchange.answer)

    def end(self, flow: UpdateFlow) -> None:
        """Print how it has ended."""
        self._skip()
        last = flow.history[-1]
        if isinstance(last, events.Finished) and self.unknown:
            self._explain(_WHY_UNKNOWN)
        click.echo()
        if isinstance(last, events.Finished):
            text, colour = f"finished: {last.reason}", "green"
        elif isinstance(last, events.Failed):
            text, colour = f"failed: {last.reason}", "red"
        else:
            until = flow.wait_until or last.at
            moment = f"day {self._day(until)}, {until:%H:%M}"
            text, colour = f"still {flow.state}, and waits until {moment}", "yellow"
        for line in textwrap.wrap(text, self.width):
            click.secho(line, fg=colour, bold=True)

    def _day(self, at: dt.datetime) -> int:
        return (at.date() - self.start.date()).days + 1

    def _skip(self) -> None:
        if self.same:
            times = "once more" if self.same == 1 else f"{self.same} more times"
            self._line("", "", f"… and {times} the same question and answer")
        self.same = 0

    def _begin(self, exchange: Exchange) -> None:
        """Say what is new before the exchange: the day, the state, that it comes again."""
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
        told = any(isinstance(e, events.UserDeferred) for e in step.exchange.events)
        if step.deferrals > self.deferrals and not told:
            self._line("", "user", "puts it off for a day", "magenta")
            self._explain(_WHY_UNTOLD)
        self.deferrals = step.deferrals

    def _explain_later(self, exchange: Exchange) -> None:
        if exchange.state is not State.FAILED:
            for event in exchange.events:
                if type(event) in _WHY_LATER:
                    self._explain(_WHY_LATER[type(event)])

    def _line(self, time: str, who: str, text: str, colour: str | None = None) -> None:
        head = f"  {time:5}  {click.style(f'{who:6}', fg=colour)}  "
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
        return "(no answer: it restarts)"
    details = _details(answer)
    if answer.error_chain and answer.error_chain[0].known:
        details = answer.error_chain[0].known.meaning
    return f"{answer.status}: {details}" if details else str(answer.status)


def _details(answer: Response) -> str:
    if answer.not_now or answer.error_chain:
        return ""
    if isinstance(answer, AvailableOSUpdatesResponse):
        offers = [str(u.human_readable_name) for u in answer.available_os_updates or ()]
        return ", ".join(offers) or "no updates"
    if isinstance(answer, ScheduleOSUpdateResponse):
        results = [f"{r.install_action}, {r.status}" for r in answer.update_results or ()]
        return ", ".join(results) or "no UpdateResults"
    if isinstance(answer, OSUpdateStatusResponse):
        fares = [
            f"{p.status}, {100 * (p.download_percent_complete or 0):.0f} % downloaded"
            for p in answer.os_update_status or ()
        ]
        return ", ".join(fares) or "nothing in progress"
    return "a scan has begun"


def as_json(flow: UpdateFlow, steps: Sequence[Exchange]) -> dict[str, Any]:
    """Make of an update what JSON has."""
    written = flow.to_dict()
    return {
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
