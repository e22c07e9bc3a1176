"""Strategies for commands."""

import functools
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from mdm_osupdate.availability import is_available
from mdm_osupdate.codec import from_dict
from mdm_osupdate.device import Device
from mdm_osupdate.messages import (
    COMMAND_OF,
    COMMANDS,
    Command,
    InstallAction,
    Priority,
    RequestType,
    ScheduleOSUpdateCommand,
    UpdatesItem,
)
from mdm_osupdate.validation import validate

from .building import built, with_unknown_keys
from .values import os_versions, product_keys


def updates_items(*, device: Device | None = None) -> SearchStrategy[UpdatesItem]:
    """Generate items of ``Updates`` that name a product.

    Args:
        device: only items that this device supports.

    Raises:
        ValueError: the device does not support the command.

    Example:
        >>> find(osus.updates_items(), lambda item: item.product_key).product_key
        'iOSUpdate13A10'
    """
    return _updates_items_of(device)


@functools.lru_cache(maxsize=256)  # creating a strategy costs more than drawing from it
def _updates_items_of(device: Device | None) -> SearchStrategy[UpdatesItem]:
    actions = [
        action
        for action in InstallAction
        if device is None or is_available(f"InstallAction.{action}", device)
    ]
    if not actions:
        raise ValueError(f"{device} has no ScheduleOSUpdate")
    low = "9.0" if device is None else str(device.os_version)
    values: dict[str, SearchStrategy[Any]] = {
        "ProductVersion": os_versions(low, "30.0").map(str),
        "MaxUserDeferrals": st.none() | st.integers(0, 99),
        "Priority": st.none() | st.sampled_from(Priority),
    }
    supported = {
        key: strategy
        for key, strategy in values.items()
        if device is None or is_available(f"ScheduleOSUpdate.Updates[].{key}", device)
    }
    return _updates_items(st.sampled_from(actions), supported)


_SOME_PRODUCT_KEY = st.none() | product_keys()


@st.composite
def _updates_items(
    draw: DrawFn,
    actions: SearchStrategy[InstallAction],
    values: Mapping[str, SearchStrategy[Any]],
) -> UpdatesItem:
    action = draw(actions)
    key = draw(_SOME_PRODUCT_KEY)
    version = None
    if "ProductVersion" in values and (key is None or draw(st.booleans())):
        version = draw(values["ProductVersion"])
    if key is None and version is None:
        key = draw(product_keys())
    later = action is InstallAction.INSTALL_LATER and "MaxUserDeferrals" in values
    return UpdatesItem(
        install_action=action,
        product_key=key,
        product_version=version,
        max_user_deferrals=draw(values["MaxUserDeferrals"]) if later else None,
        priority=draw(values["Priority"]) if "Priority" in values else None,
    )


def commands(
    *,
    device: Device | None = None,
    request_type: RequestType | str | None = None,
    unknown: SearchStrategy[Mapping[str, Any]] | bool = False,
) -> SearchStrategy[Command]:
    """Generate commands in which ``validate`` finds no error.

    Args:
        device: only commands that this device supports.
        request_type: only commands of this kind.
        unknown: True for commands with unknown keys in each of their dictionaries, or a strategy
            for these keys and their values.

    Raises:
        ValueError: the device supports no such command.

    Example:
        >>> find(osus.commands(request_type="ScheduleOSUpdateScan"), lambda command: command.force)
        ScheduleOSUpdateScanCommand(command_uuid='00000000-0000-0000-0000-000000000000', force=True)
    """
    if request_type is not None:
        request_type = RequestType(request_type)
    wanted = [kind for kind in COMMANDS if request_type in (None, kind.request_type)]
    supported = [kind for kind in wanted if device is None or kind in command_types(device)]
    if not supported:
        which = request_type or "of the four commands"
        raise ValueError(f"{device} supports none {which}; use devices(request_type=...)")
    return st.one_of([_commands(kind.request_type, device, unknown) for kind in supported])


def command_types(device: Device) -> list[type[Command]]:
    """Return the kinds of commands that a device supports.

    Example:
        >>> [kind.__name__ for kind in osus.command_types(osu.Device("tvOS", "26.0"))]
        ['ScheduleOSUpdateCommand', 'AvailableOSUpdatesCommand', 'OSUpdateStatusCommand']
    """
    return [kind for kind in COMMANDS if validate(_bare(kind), device).ok]


def _bare(kind: type[Command]) -> Command:
    return from_dict({"CommandUUID": "1", "Command": {"RequestType": str(kind.request_type)}}, kind)


@functools.lru_cache(maxsize=256)
def _commands(
    request_type: RequestType,
    device: Device | None,
    unknown: SearchStrategy[Mapping[str, Any]] | bool,
) -> SearchStrategy[Command]:
    if request_type is RequestType.SCHEDULE_OS_UPDATE:
        items = st.lists(updates_items(device=device), min_size=1, max_size=2).map(tuple)
        made: SearchStrategy[Command] = built(ScheduleOSUpdateCommand, updates=items)
    else:
        made = built(COMMAND_OF[request_type])
    return with_unknown_keys(made, unknown).filter(lambda command: validate(command, device).ok)
