"""Strategies for commands, responses and their parts."""

import datetime as dt
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, TypeVar

import attrs
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from mdm_osupdate.availability import is_available
from mdm_osupdate.codec import from_dict
from mdm_osupdate.device import Device, Enrollment
from mdm_osupdate.messages import (
    COMMANDS,
    KNOWN_ERRORS,
    RESPONSES,
    AvailableOSUpdatesCommand,
    AvailableOSUpdatesItem,
    AvailableOSUpdatesResponse,
    Command,
    CommandStatus,
    ErrorChainItem,
    InstallAction,
    Key,
    Message,
    OSUpdateStatusCommand,
    OSUpdateStatusItem,
    OSUpdateStatusResponse,
    Platform,
    Priority,
    RequestType,
    Response,
    ScheduledAction,
    ScheduleOSUpdateCommand,
    ScheduleOSUpdateResponse,
    ScheduleOSUpdateScanCommand,
    ScheduleOSUpdateScanResponse,
    UpdateResultsItem,
    UpdatesItem,
    UpdateStatus,
)
from mdm_osupdate.validation import validate
from mdm_osupdate.versions import LocalDateTime

from .values import command_uuids, dates, os_versions, product_keys, texts, uuids

M = TypeVar("M", bound=Message)


def _values(key: Key) -> SearchStrategy[Any]:
    """Generate good values of a key."""
    if key.name in _OF_KEY:
        return _OF_KEY[key.name]()
    if issubclass(key.kind, Message):
        one: SearchStrategy[Any] = messages(key.kind)
    elif issubclass(key.kind, Enum):
        one = st.sampled_from(list(key.kind))
    else:
        one = {
            str: texts,
            int: st.integers(0, 2**40),
            float: st.floats(0, 1),
            bool: st.booleans(),
            dt.datetime: dates.map(lambda date: date.replace(tzinfo=dt.timezone.utc)),
            LocalDateTime: dates.map(LocalDateTime),
        }[key.kind]
    return st.lists(one, max_size=2).map(tuple) if key.array else one


_OF_KEY: Mapping[str, Callable[[], SearchStrategy[Any]]] = {
    "CommandUUID": command_uuids,
    "ProductKey": product_keys,
    "ProductVersion": lambda: os_versions().map(str),
    "Version": lambda: os_versions().map(str),
    "TargetOSVersion": lambda: os_versions("14.0").map(str),
    "TargetBuildVersion": lambda: st.from_regex(r"2[0-9][A-H][1-9][0-9]{1,3}", fullmatch=True),
    "DetailsURL": lambda: st.just("https://it.example.org/updates"),
    "Identifier": lambda: uuids,
    "ServerToken": lambda: uuids,
    "UDID": lambda: uuids,
}


def messages(cls: type[M], **attributes: SearchStrategy[Any]) -> SearchStrategy[M]:
    """Generate messages of a class, with or without each optional key."""
    keys = {f.name: f.metadata["schema"] for f in attrs.fields(cls) if "schema" in f.metadata}
    for name in attributes:
        if name not in keys and name not in ("unknown", "command_unknown"):
            raise TypeError(f"{cls.__name__} has no attribute {name}")
    chosen = {
        name: _values(key) if key.required or name == "command_uuid" else st.none() | _values(key)
        for name, key in keys.items()
        if name not in _OF_THE_USER_CHANNEL
    }
    return st.builds(cls, **chosen | attributes)


_OF_THE_USER_CHANNEL = {
    "enrollment_id",
    "enrollment_user_id",
    "user_id",
    "user_short_name",
    "user_long_name",
    "not_on_console",
}


def updates_items(*, device: Device | None = None) -> SearchStrategy[UpdatesItem]:
    """Generate items of ``Updates`` that name a product.

    Args:
        device: only items that this device supports.

    Raises:
        ValueError: the device does not support the command.
    """
    actions = [
        action
        for action in InstallAction
        if device is None or is_available(f"InstallAction.{action}", device)
    ]
    if not actions:
        raise ValueError(f"{device} has no ScheduleOSUpdate")
    return _updates_items(actions, device)


@st.composite
def _updates_items(
    draw: DrawFn, actions: list[InstallAction], device: Device | None
) -> UpdatesItem:
    action = draw(st.sampled_from(actions))
    key = draw(st.none() | product_keys())
    version = None
    if _may(device, "ProductVersion") and (key is None or draw(st.booleans())):
        low = "9.0" if device is None else str(device.os_version)
        version = str(draw(os_versions(low, "30.0")))
    if key is None and version is None:
        key = draw(product_keys())
    later = action is InstallAction.INSTALL_LATER and _may(device, "MaxUserDeferrals")
    return UpdatesItem(
        install_action=action,
        product_key=key,
        product_version=version,
        max_user_deferrals=draw(st.none() | st.integers(0, 99)) if later else None,
        priority=draw(st.none() | st.sampled_from(Priority)) if _may(device, "Priority") else None,
    )


def _may(device: Device | None, key: str) -> bool:
    return device is None or is_available(f"ScheduleOSUpdate.Updates[].{key}", device)


def commands(
    *, device: Device | None = None, request_type: RequestType | str | None = None
) -> SearchStrategy[Command]:
    """Generate commands in which ``validate`` finds no error.

    Args:
        device: only commands that this device supports.
        request_type: only commands of this kind.

    Raises:
        ValueError: the device supports no such command.
    """
    if request_type is not None:
        request_type = RequestType(request_type)
    wanted = [kind for kind in COMMANDS if request_type in (None, kind.request_type)]
    supported = [kind for kind in wanted if device is None or kind in command_types(device)]
    if not supported:
        which = request_type or "of the four commands"
        raise ValueError(f"{device} supports none {which}; use devices(request_type=...)")
    return st.one_of([_commands(kind, device) for kind in supported])


def command_types(device: Device) -> list[type[Command]]:
    """Return the kinds of commands that a device supports."""
    return [kind for kind in COMMANDS if validate(_bare(kind), device).ok]


def _bare(kind: type[Command]) -> Command:
    return from_dict({"CommandUUID": "1", "Command": {"RequestType": str(kind.request_type)}}, kind)


def _commands(kind: type[Command], device: Device | None) -> SearchStrategy[Command]:
    if kind is ScheduleOSUpdateCommand:
        items = st.lists(updates_items(device=device), min_size=1, max_size=2)
        made: SearchStrategy[Command] = schedule_os_update_commands(updates=items)
    else:
        made = messages(kind)
    return made.filter(lambda command: validate(command, device).ok)


def responses(
    *,
    to: Command | None = None,
    device: Device | None = None,
    request_type: RequestType | str | None = None,
) -> SearchStrategy[Response]:
    """Generate responses of every status in which ``validate`` finds no error.

    Args:
        to: only responses to this command: with and without results, with failed items, and so on.
        device: only responses that this device may give.
        request_type: only responses to commands of this kind.

    Raises:
        ValueError: unknown request type.
    """
    if to is not None:
        request_type = to.request_type
    if request_type is not None:
        request_type = RequestType(request_type)
    kinds = [kind for kind in RESPONSES if request_type in (None, kind.request_type)]
    return st.one_of([_responses(kind, to, device) for kind in kinds])


@st.composite
def _responses(
    draw: DrawFn, kind: type[Response], to: Command | None, device: Device | None
) -> Response:
    statuses = [CommandStatus.NOT_NOW, CommandStatus.ERROR, CommandStatus.COMMAND_FORMAT_ERROR]
    if device is None or is_available(str(kind.request_type), device):
        statuses = [CommandStatus.ACKNOWLEDGED] * 3 + statuses  # which have most content
    status = draw(st.sampled_from(statuses))
    by_user = device is not None and device.enrollment is Enrollment.USER
    keys: dict[str, Any] = {
        "status": status,
        "command_uuid": to.command_uuid if to is not None else draw(command_uuids()),
        "enrollment_id" if by_user else "udid": draw(uuids),
    }
    if status is CommandStatus.ERROR:
        keys["error_chain"] = draw(error_chains)
    if status is CommandStatus.ACKNOWLEDGED:
        keys |= draw(_CONTENTS[kind](to, device))
    response = kind(**keys)
    return draw(st.just(response).filter(lambda r: validate(r, device, command=to).ok))


def error_chain_items() -> SearchStrategy[ErrorChainItem]:
    """Generate errors that devices are known to report."""
    return st.builds(
        lambda known, text: ErrorChainItem(
            error_domain=known[0], error_code=known[1], localized_description=text
        ),
        st.sampled_from(sorted(KNOWN_ERRORS)),
        st.none() | texts,
    )


error_chains: st.SearchStrategy[tuple[ErrorChainItem, ...]] = st.lists(
    error_chain_items(), min_size=1, max_size=2
).map(tuple)


@st.composite
def _schedule_content(
    draw: DrawFn, to: ScheduleOSUpdateCommand | None, device: Device | None
) -> dict[str, Any]:
    form = draw(st.sampled_from(["results", "results", "absent", "empty"]))
    if form == "absent":
        return {}
    if form == "empty":
        return {"update_results": ()}
    asked = (
        to.updates if to is not None else draw(st.lists(updates_items(device=device), max_size=2))
    )
    return {"update_results": tuple(draw(_results(item, device)) for item in asked or ())}


@st.composite
def _results(draw: DrawFn, item: UpdatesItem, device: Device | None) -> UpdateResultsItem:
    # A device may schedule another action than it was asked for; iOS has only these two.
    words: list[Any] = [InstallAction.DOWNLOAD_ONLY, InstallAction.INSTALL_ASAP]
    if item.install_action not in (InstallAction.DEFAULT, *words):
        words.append(item.install_action)
    if draw(st.booleans()):
        action = ScheduledAction(str(draw(st.sampled_from(words))))
        statuses = [UpdateStatus.IDLE, UpdateStatus.DOWNLOADING, UpdateStatus.INSTALLING]
        return UpdateResultsItem(
            product_key=item.product_key,
            install_action=action,
            status=draw(st.sampled_from(statuses)),
        )
    failures = [
        status
        for status in UpdateStatus
        if status not in (UpdateStatus.IDLE, UpdateStatus.DOWNLOADING, UpdateStatus.INSTALLING)
        and (device is None or is_available(f"UpdateStatus.{status}", device))
    ]
    return UpdateResultsItem(
        product_key=item.product_key,
        install_action=ScheduledAction.ERROR,
        status=draw(st.sampled_from(failures)),
        error_chain=draw(st.none() | error_chains),
    )


def _items(
    cls: type[M], subject: str, device: Device | None, min_size: int, max_size: int
) -> SearchStrategy[Any]:
    """Generate items of a response's array, with only the keys that the device has."""
    fixed: dict[str, SearchStrategy[Any]] = {}
    if device is not None:
        for f in attrs.fields(cls):
            if "key" in f.metadata and not is_available(f"{subject}.{f.metadata['key']}", device):
                fixed[f.name] = st.none()
    items = st.lists(messages(cls, **fixed), min_size=min_size, max_size=max_size)
    return items.map(tuple)


def _is_ios(device: Device | None) -> bool:
    return device is not None and device.platform in (Platform.IOS, Platform.IPADOS)


def _list_content(_: Command | None, device: Device | None) -> SearchStrategy[dict[str, Any]]:
    subject = "AvailableOSUpdates.AvailableOSUpdates[]"
    items = _items(AvailableOSUpdatesItem, subject, device, 0, 1 if _is_ios(device) else 2)
    return items.map(lambda found: {"available_os_updates": found})


def _status_content(_: Command | None, device: Device | None) -> SearchStrategy[dict[str, Any]]:
    subject = "OSUpdateStatus.OSUpdateStatus[]"
    exactly_one = (1, 1) if _is_ios(device) else (0, 2)
    items = _items(OSUpdateStatusItem, subject, device, *exactly_one)
    return items.map(lambda found: {"os_update_status": tuple(map(_consistent, found))})


def _consistent(item: OSUpdateStatusItem) -> OSUpdateStatusItem:
    """Clamp DeferralsRemaining to MaxDeferrals."""
    if item.max_deferrals is None or item.deferrals_remaining is None:
        return item
    left = min(item.max_deferrals, item.deferrals_remaining)
    return attrs.evolve(item, deferrals_remaining=left)


_CONTENTS: Mapping[type[Response], Callable[[Any, Device | None], SearchStrategy[Any]]] = {
    ScheduleOSUpdateResponse: _schedule_content,
    ScheduleOSUpdateScanResponse: lambda _, __: st.booleans().map(
        lambda begun: {"scan_initiated": begun}
    ),
    AvailableOSUpdatesResponse: _list_content,
    OSUpdateStatusResponse: _status_content,
}


def schedule_os_update_commands(
    **attributes: SearchStrategy[Any],
) -> SearchStrategy[ScheduleOSUpdateCommand]:
    """Generate ``ScheduleOSUpdate`` commands. A keyword replaces the strategy of that attribute."""
    usual = {"updates": st.lists(updates_items(), min_size=1, max_size=2).map(tuple)}
    return messages(ScheduleOSUpdateCommand, **usual | attributes)


def schedule_os_update_scan_commands(
    **attributes: SearchStrategy[Any],
) -> SearchStrategy[ScheduleOSUpdateScanCommand]:
    """Generate ``ScheduleOSUpdateScan`` commands."""
    return messages(ScheduleOSUpdateScanCommand, **attributes)


def available_os_updates_commands(
    **attributes: SearchStrategy[Any],
) -> SearchStrategy[AvailableOSUpdatesCommand]:
    """Generate ``AvailableOSUpdates`` commands."""
    return messages(AvailableOSUpdatesCommand, **attributes)


def os_update_status_commands(
    **attributes: SearchStrategy[Any],
) -> SearchStrategy[OSUpdateStatusCommand]:
    """Generate ``OSUpdateStatus`` commands."""
    return messages(OSUpdateStatusCommand, **attributes)


def schedule_os_update_responses(
    **attributes: SearchStrategy[Any],
) -> SearchStrategy[ScheduleOSUpdateResponse]:
    """Generate responses to ``ScheduleOSUpdate``. Each value is good in itself."""
    return messages(ScheduleOSUpdateResponse, **attributes)


def schedule_os_update_scan_responses(
    **attributes: SearchStrategy[Any],
) -> SearchStrategy[ScheduleOSUpdateScanResponse]:
    """Generate responses to ``ScheduleOSUpdateScan``. Each value is good in itself."""
    return messages(ScheduleOSUpdateScanResponse, **attributes)


def available_os_updates_responses(
    **attributes: SearchStrategy[Any],
) -> SearchStrategy[AvailableOSUpdatesResponse]:
    """Generate responses to ``AvailableOSUpdates``. Each value is good in itself."""
    return messages(AvailableOSUpdatesResponse, **attributes)


def os_update_status_responses(
    **attributes: SearchStrategy[Any],
) -> SearchStrategy[OSUpdateStatusResponse]:
    """Generate responses to ``OSUpdateStatus``. Each value is good in itself."""
    return messages(OSUpdateStatusResponse, **attributes)


def update_results_items(**attributes: SearchStrategy[Any]) -> SearchStrategy[UpdateResultsItem]:
    """Generate items of ``UpdateResults``."""
    return messages(UpdateResultsItem, **attributes)


def available_os_updates_items(
    **attributes: SearchStrategy[Any],
) -> SearchStrategy[AvailableOSUpdatesItem]:
    """Generate items of ``AvailableOSUpdates``."""
    return messages(AvailableOSUpdatesItem, **attributes)


def os_update_status_items(**attributes: SearchStrategy[Any]) -> SearchStrategy[OSUpdateStatusItem]:
    """Generate items of ``OSUpdateStatus``."""
    return messages(OSUpdateStatusItem, **attributes)
