"""How a simulated update is told: to a person as a timeline, to a program as JSON."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import click

from mdm_osupdate import _events as events
from mdm_osupdate._codec import dumps, to_dict
from mdm_osupdate._flow import State, UpdateFlow
from mdm_osupdate._messages import (
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
    events.Resending: "The device has come back without an answer. The same command is sent "
    "again, under the same CommandUUID.",
    events.Hindered: "The server tries again later.",
    events.NotNow: "The device takes no command now; the server keeps it and sends it again.",
}

_SAID: Mapping[type[events.Event], Callable[[Any], str]] = {
    events.UpdateNotOffered: lambda e: "the update is not on the list",
    events.Downloaded: lambda e: "the download is complete",
    events.ActionChanged: lambda e: f"it was asked for {e.asked}, and does {e.scheduled}",
    events.UserDeferred: lambda e: f"the user has put it off, and may do so {_times(e.remaining)}",
    events.Restarting: lambda e: "it installs, as soon as its user agrees",
    events.Restarted: lambda e: "it has restarted",
    events.Hindered: lambda e: f"in the way: {e.reason}",
    events.Ignored: lambda e: f"ignored: {e.reason}",
    events.Finished: lambda e: f"finished: {e.reason}",
    events.Failed: lambda e: f"failed: {e.reason}",
}


def _times(count: int) -> str:
    return {0: "no more", 1: "once more"}.get(count, f"{count} more times")


def tell(flow: UpdateFlow, steps: Iterator[Exchange], start: dt.datetime, verbose: bool) -> None:
    """Print the exchanges as they come, those that tell nothing new only once, and the end."""
    explained: set[str] = set()

    def explain(text: str) -> None:
        if text not in explained:
            explained.add(text)
            click.echo()
            for line in textwrap.wrap(text, 76):
                click.secho(f"  {line}", dim=True)

    day, state, same = 0, flow.state, 0
    for step in steps:
        news = [e for e in step.events if type(e) in _SAID or isinstance(e, events.NotNow)]
        quiet = not news and step.state is state and step.answer is not None
        if quiet and same and not verbose:
            same += 1
            state = step.state
            continue
        _skip(same)
        same = 1 if quiet else 0
        if (step.at - start).days + 1 != day:
            day = (step.at - start).days + 1
            click.secho(f"day {day}", bold=True)
        if any(isinstance(e, events.Resending) for e in step.events):
            explain(_WHY_AGAIN[events.Resending])
        explain(_WHY[state])
        _line(step.at.strftime("%H:%M"), "server", _command(step), "cyan")
        if verbose:
            _document(step.command)
        _line("", "device", _answer(step.answer), "green" if step.answer else "yellow")
        if verbose and step.answer is not None:
            _document(step.answer)
        for event in news:
            if type(event) in _SAID and not isinstance(event, events.Finished | events.Failed):
                _line("", "", f"→ {_SAID[type(event)](event)}", None)
        state = step.state
        for event in news:
            repeats = isinstance(event, events.Downloaded | events.Restarted)
            if repeats and state is not State.SCHEDULING:
                continue
            if type(event) in _WHY_AGAIN and not flow.done:
                explain(_WHY_AGAIN[type(event)])
    _skip(same)
    click.echo()
    last = flow.history[-1]
    if isinstance(last, events.Finished):
        click.secho(f"finished: {last.reason}", fg="green", bold=True)
    elif isinstance(last, events.Failed):
        click.secho(f"failed: {last.reason}", fg="red", bold=True)
    else:
        click.secho(f"still {flow.state}, and waits until {flow.wait_until}", fg="yellow")


def _line(time: str, who: str, text: str, colour: str | None) -> None:
    click.echo(f"  {time:5}  {click.style(f'{who:6}', fg=colour)}  {text}")


def _skip(same: int) -> None:
    if same > 1:
        _line("", "", f"… and {same - 1} more times the same question and answer", None)


def _document(message: Message) -> None:
    for line in dumps(message).decode().splitlines():
        click.secho(f"                 {line}", dim=True)


def _command(step: Exchange) -> str:
    command = step.command
    again = any(isinstance(e, events.CommandSent) and e.again for e in step.events)
    text = str(command.request_type)
    if isinstance(command, ScheduleOSUpdateCommand) and command.updates:
        item = command.updates[0]
        text += f" {item.install_action} {item.product_key or item.product_version}"
    return f"{text} (again, with the same CommandUUID)" if again else text


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
