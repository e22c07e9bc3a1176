"""Strategies for responses."""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import attrs
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from mdm_osupdate.availability import is_available
from mdm_osupdate.device import Device, Enrollment
from mdm_osupdate.messages import (
    KNOWN_ERRORS,
    RESPONSES,
    AvailableOSUpdatesItem,
    AvailableOSUpdatesResponse,
    Command,
    CommandStatus,
    ErrorChainItem,
    InstallAction,
    Message,
    OSUpdateStatusItem,
    OSUpdateStatusResponse,
    Platform,
    RequestType,
    Response,
    ScheduledAction,
    ScheduleOSUpdateCommand,
    ScheduleOSUpdateResponse,
    ScheduleOSUpdateScanResponse,
    UpdateResultsItem,
    UpdatesItem,
    UpdateStatus,
)
from mdm_osupdate.validation import validate

from .building import built, with_unknown_keys
from .commands import updates_items
from .values import command_uuids, texts, uuids

M = TypeVar("M", bound=Message)


def responses(
    *,
    to: Command | None = None,
    device: Device | None = None,
    request_type: RequestType | str | None = None,
    unknown: SearchStrategy[Mapping[str, Any]] | bool = False,
) -> SearchStrategy[Response]:
    """Generate responses of every status in which ``validate`` finds no error.

    Args:
        to: only responses to this command: with and without results, with failed items, and so on.
        device: only responses that this device may give.
        request_type: only responses to commands of this kind.
        unknown: True for responses with unknown keys in each of their dictionaries, or a strategy
            for these keys and their values.

    Raises:
        ValueError: unknown request type.

    Example:
        >>> command = osu.ScheduleOSUpdateScanCommand(command_uuid="0001")
        >>> found = find(osus.responses(to=command), lambda response: response.succeeded)
        >>> found.command_uuid, found.scan_initiated
        ('0001', False)
    """
    if to is not None:
        request_type = to.request_type
    if request_type is not None:
        request_type = RequestType(request_type)
    kinds = [kind for kind in RESPONSES if request_type in (None, kind.request_type)]
    if to is not None:
        return st.one_of([_responses_to(kind, to, device, unknown) for kind in kinds])
    return st.one_of([_responses_of(kind.request_type, device, unknown) for kind in kinds])


@functools.lru_cache(maxsize=256)  # creating a strategy costs more than drawing from it
def _responses_of(
    request_type: RequestType | None,
    device: Device | None,
    unknown: SearchStrategy[Mapping[str, Any]] | bool,
) -> SearchStrategy[Response]:
    (kind,) = (kind for kind in RESPONSES if kind.request_type == request_type)
    return _responses_to(kind, None, device, unknown)


def _responses_to(
    kind: type[Response],
    to: Command | None,
    device: Device | None,
    unknown: SearchStrategy[Mapping[str, Any]] | bool,
) -> SearchStrategy[Response]:
    statuses = [CommandStatus.NOT_NOW, CommandStatus.ERROR, CommandStatus.COMMAND_FORMAT_ERROR]
    if device is None or is_available(str(kind.request_type), device):
        statuses = [CommandStatus.ACKNOWLEDGED] * 3 + statuses  # which have most content
    by_user = device is not None and device.enrollment is Enrollment.USER
    made = _responses(
        kind,
        st.sampled_from(statuses),
        command_uuids() if to is None else st.just(to.command_uuid),
        "enrollment_id" if by_user else "udid",
        _CONTENTS[kind](to, device),
    )
    good = with_unknown_keys(made, unknown)
    return good.filter(lambda response: validate(response, device, command=to).ok)


@st.composite
def _responses(
    draw: DrawFn,
    kind: type[Response],
    statuses: SearchStrategy[CommandStatus],
    command_uuid: SearchStrategy[str | None],
    sender: str,
    contents: SearchStrategy[dict[str, Any]],
) -> Response:
    status = draw(statuses)
    keys: dict[str, Any] = {"status": status, "command_uuid": draw(command_uuid)}
    keys[sender] = draw(uuids)
    if status is CommandStatus.ERROR:
        keys["error_chain"] = draw(error_chains)
    if status is CommandStatus.ACKNOWLEDGED:
        keys |= draw(contents)
    return kind(**keys)


def error_chain_items() -> SearchStrategy[ErrorChainItem]:
    """Generate errors that devices are known to report.

    Example:
        >>> find(osus.error_chain_items(), bool)
        ErrorChainItem(error_code=2200, error_domain='DeviceManagement.error')
    """
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
_SOME_ERRORS = st.none() | error_chains


def _schedule_content(
    to: ScheduleOSUpdateCommand | None, device: Device | None
) -> SearchStrategy[dict[str, Any]]:
    if to is not None:
        return _results_of(st.just(to.updates or ()), device)
    if device is not None and not is_available("ScheduleOSUpdate", device):
        return st.nothing()
    return _results_of(st.lists(updates_items(device=device), max_size=2), device)


@st.composite
def _results_of(
    draw: DrawFn, asked: SearchStrategy[Sequence[UpdatesItem]], device: Device | None
) -> dict[str, Any]:
    form = draw(st.sampled_from(["results", "results", "absent", "empty"]))
    if form == "absent":
        return {}
    if form == "empty":
        return {"update_results": ()}
    return {"update_results": tuple(draw(_results(item, device)) for item in draw(asked))}


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
        error_chain=draw(_SOME_ERRORS),
    )


def _items(
    cls: type[M], subject: str, device: Device | None, min_size: int, max_size: int
) -> SearchStrategy[Any]:
    """Generate items of a response's array, with only the keys that the device supports."""
    fixed: dict[str, SearchStrategy[Any]] = {}
    if device is not None:
        for f in attrs.fields(cls):
            if "key" in f.metadata and not is_available(f"{subject}.{f.metadata['key']}", device):
                fixed[f.name] = st.none()
    items = st.lists(built(cls, **fixed), min_size=min_size, max_size=max_size)
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
