"""Registration of the library's types for ``st.from_type``."""

from collections.abc import Callable
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from mdm_osupdate.declarations import DECLARATIONS, StatusReport, SubscribedStatusItem
from mdm_osupdate.device import Device
from mdm_osupdate.messages import (
    COMMANDS,
    RESPONSES,
    AvailableOSUpdatesItem,
    Command,
    ErrorChainItem,
    OSUpdateStatusItem,
    Response,
    UpdateResultsItem,
    UpdatesItem,
)
from mdm_osupdate.versions import OSVersion

from .building import built
from .commands import commands, updates_items
from .declarations import status_reports
from .devices import devices
from .responses import error_chain_items, responses
from .values import os_versions


def register() -> None:
    """Register the types with hypothesis. No strategy is made before it is needed."""
    for command in COMMANDS:
        _register(command, partial(commands, request_type=command.request_type))
    for response in RESPONSES:
        _register(response, partial(responses, request_type=response.request_type))
    items = (UpdateResultsItem, AvailableOSUpdatesItem, OSUpdateStatusItem, SubscribedStatusItem)
    for item in (*items, *DECLARATIONS.values()):
        _register(item, partial(built, item))
    _register(Command, commands)
    _register(Response, responses)
    _register(UpdatesItem, updates_items)
    _register(ErrorChainItem, error_chain_items)
    _register(StatusReport, status_reports)
    _register(Device, devices)
    _register(OSVersion, os_versions)


def _register(kind: type, make: Callable[[], SearchStrategy[Any]]) -> None:
    st.register_type_strategy(kind, lambda _: make())
