"""The events of a flow, one small class for each kind."""

import datetime as dt
from typing import Any, TypeAlias

from attrs import field, frozen
from cattrs.strategies import configure_tagged_union

from .converter import CONVERTER, to_utc


@frozen(kw_only=True)
class Event:
    """The base class of all events."""

    at: dt.datetime = field(converter=to_utc)
    """The time of the event, aware and in UTC."""

    def to_dict(self) -> dict[str, Any]:
        """Convert to JSON values. ``event`` is the name of the class."""
        stored: dict[str, Any] = CONVERTER.unstructure(self, Event)
        return stored


@frozen(kw_only=True)
class CommandSent(Event):
    """A command was handed to the caller for sending."""

    command_uuid: str
    request_type: str
    again: bool = False
    """True if the command was sent before, under the same CommandUUID."""


@frozen(kw_only=True)
class Waiting(Event):
    """The flow has nothing to do before a certain time."""

    until: dt.datetime = field(converter=to_utc)


@frozen(kw_only=True)
class NotNow(Event):
    """The device cannot act now; the same command will be sent again."""


@frozen(kw_only=True)
class Resending(Event):
    """The response to a command is lost; the same command comes next."""

    command_uuid: str


@frozen(kw_only=True)
class ScanStarted(Event):
    """The device scans for updates."""


@frozen(kw_only=True)
class UpdateFound(Event):
    """The device lists the requested update."""

    product_key: str | None
    version: str | None


@frozen(kw_only=True)
class UpdateNotOffered(Event):
    """The device does not list the requested update."""


@frozen(kw_only=True)
class DownloadStarted(Event):
    """The device accepted the update and downloads it."""


@frozen(kw_only=True)
class DownloadProgressed(Event):
    """The download has made progress."""

    fraction: float
    """From 0.0 to 1.0."""


@frozen(kw_only=True)
class Downloaded(Event):
    """The download is complete."""


@frozen(kw_only=True)
class InstallScheduled(Event):
    """The device accepted the command and will install."""

    action: str
    """The install action that the device names."""


@frozen(kw_only=True)
class ActionChanged(Event):
    """The device does something other than what the command requested."""

    asked: str
    scheduled: str


@frozen(kw_only=True)
class UserDeferred(Event):
    """The user has deferred the installation."""

    remaining: int
    """The number of deferrals that the user has left."""


@frozen(kw_only=True)
class Restarting(Event):
    """The device installs and will restart, once its user agrees if that is needed."""


@frozen(kw_only=True)
class Restarted(Event):
    """The device no longer has an update in progress, so it has restarted."""


@frozen(kw_only=True)
class Blocked(Event):
    """Something prevents the update for now; the flow continues."""

    reason: str


@frozen(kw_only=True)
class DeadlinePassed(Event):
    """The deadline of a declaration has passed in every time zone, without the update."""

    deadline: str
    """The ``TargetLocalDateTime`` of the declaration."""


@frozen(kw_only=True)
class Ignored(Event):
    """A response or report that changes nothing: unrelated to this update, or not understood."""

    reason: str
    command_uuid: str | None


@frozen(kw_only=True)
class Finished(Event):
    """The update is done."""

    reason: str


@frozen(kw_only=True)
class Failed(Event):
    """The flow has given up."""

    reason: str


_AnyEvent: TypeAlias = (
    CommandSent
    | Waiting
    | NotNow
    | Resending
    | ScanStarted
    | UpdateFound
    | UpdateNotOffered
    | DownloadStarted
    | DownloadProgressed
    | Downloaded
    | InstallScheduled
    | ActionChanged
    | UserDeferred
    | Restarting
    | Restarted
    | Blocked
    | DeadlinePassed
    | Ignored
    | Finished
    | Failed
)

_TAGGED: Any = _AnyEvent  # type checkers do not accept a union as a class

configure_tagged_union(_TAGGED, CONVERTER, tag_name="event")
CONVERTER.register_structure_hook_func(
    lambda kind: kind is Event, lambda value, _: CONVERTER.structure(value, _TAGGED)
)
CONVERTER.register_unstructure_hook_func(
    lambda kind: kind is Event, lambda event: CONVERTER.unstructure(event, _TAGGED)
)
