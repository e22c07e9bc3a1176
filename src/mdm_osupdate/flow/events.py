"""What an ``UpdateFlow`` reports: one small class for each kind of event, each with its time."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import attrs
from attrs import field, frozen


def as_time(value: "dt.datetime | str") -> dt.datetime:
    """The converter of points in time: an aware one, or its ISO 8601 text as JSON holds it."""
    time = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    if time.tzinfo is None:
        raise TypeError(f"{time} has no time zone; give an aware datetime")
    return time.astimezone(dt.timezone.utc)


@frozen(kw_only=True)
class Event:
    """What the events share."""

    at: dt.datetime = field(converter=as_time)
    """When, aware and in UTC."""

    def to_dict(self) -> dict[str, Any]:
        """Turn it into values that JSON has; ``event`` is the name of the class."""
        return {"event": type(self).__name__, **attrs.asdict(self, value_serializer=json_value)}


def json_value(_: object, __: object, value: object) -> object:
    """Make of an attribute's value what JSON has; for ``attrs.asdict``."""
    return value.isoformat() if isinstance(value, dt.datetime) else value


@frozen(kw_only=True)
class CommandSent(Event):
    """A command was given to the caller to be sent."""

    command_uuid: str
    request_type: str
    again: bool = False
    """Whether under a CommandUUID that was sent before."""


@frozen(kw_only=True)
class Waiting(Event):
    """There is no command before a certain time."""

    until: dt.datetime = field(converter=as_time)


@frozen(kw_only=True)
class NotNow(Event):
    """The device cannot act now; the same command will be sent again."""


@frozen(kw_only=True)
class Resending(Event):
    """The answer to a command is lost; the same command, with its CommandUUID, comes next."""

    command_uuid: str


@frozen(kw_only=True)
class ScanStarted(Event):
    """The device looks for updates."""


@frozen(kw_only=True)
class UpdateFound(Event):
    """The device lists the update that is wanted."""

    product_key: str | None
    version: str | None


@frozen(kw_only=True)
class UpdateNotOffered(Event):
    """The device does not list the update that is wanted."""


@frozen(kw_only=True)
class DownloadStarted(Event):
    """The device has taken the command and downloads."""


@frozen(kw_only=True)
class DownloadProgressed(Event):
    """How far the download has come."""

    fraction: float
    """From 0.0 to 1.0."""


@frozen(kw_only=True)
class Downloaded(Event):
    """The download is complete."""


@frozen(kw_only=True)
class InstallScheduled(Event):
    """The device has taken the command and will install."""

    action: str
    """The install action that it names."""


@frozen(kw_only=True)
class ActionChanged(Event):
    """The device does something else than it was asked to."""

    asked: str
    scheduled: str


@frozen(kw_only=True)
class UserDeferred(Event):
    """The user has put the installation off."""

    remaining: int
    """How many times the user may do so again."""


@frozen(kw_only=True)
class Restarting(Event):
    """The device installs, and will restart, unless its user is still to agree."""


@frozen(kw_only=True)
class Restarted(Event):
    """The device knows of no update in progress any more, so it has restarted."""


@frozen(kw_only=True)
class Blocked(Event):
    """Something is in the way; the flow will try again."""

    reason: str


@frozen(kw_only=True)
class Ignored(Event):
    """An answer that changes nothing: not to the command that was sent, or not understood."""

    reason: str
    command_uuid: str | None


@frozen(kw_only=True)
class Finished(Event):
    """What was asked for is done."""

    reason: str


@frozen(kw_only=True)
class Failed(Event):
    """The flow has given up."""

    reason: str


_EVENTS: Mapping[str, type[Event]] = {
    name: kind
    for name, kind in list(globals().items())
    if isinstance(kind, type) and issubclass(kind, Event)
}


def read_event(values: Mapping[str, Any]) -> Event:
    """Read what ``Event.to_dict`` has written.

    Raises:
        KeyError, TypeError, ValueError: it has not written this.
    """
    return _EVENTS[values["event"]](**{k: v for k, v in values.items() if k != "event"})
