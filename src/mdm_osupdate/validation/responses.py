"""The checks of responses."""

from __future__ import annotations

from enum import Enum

from mdm_osupdate.errors import show
from mdm_osupdate.messages import (
    AvailableOSUpdatesItem,
    Command,
    CommandStatus,
    Key,
    Message,
    OSUpdateStatusItem,
    Response,
    ScheduleOSUpdateCommand,
    ScheduleOSUpdateResponse,
    UpdateResultsItem,
    UpdatesItem,
    once_per_class,
)

from .device import unsupported
from .registry import (
    KnownDevice,
    Problem,
    Problems,
    check,
    check_command,
    check_device,
    keys_of,
    updates_of,
)


@once_per_class
def _word_keys(cls: type[Message]) -> tuple[Key, ...]:
    return tuple(key for key in keys_of(cls) if issubclass(key.kind, Enum))


@check("OSU501", Response, UpdateResultsItem, OSUpdateStatusItem)
def words_are_documented(part: Message) -> Problems:
    """Find words that Apple does not document."""
    yield from undocumented_words(part)


def undocumented_words(part: Message) -> Problems:
    """Find words that Apple does not document."""
    for key in _word_keys(type(part)):
        value = getattr(part, key.attribute)
        for word in value if isinstance(value, tuple) else (value,):
            if word is not None and not isinstance(word, key.kind):
                yield Problem(key.name, f"unknown {key.name} {show(word)}")


def negative(**numbers: int | None) -> Problems:
    """Find negative numbers among the values of keys."""
    for key, number in numbers.items():
        if number is not None and number < 0:
            yield Problem(key, f"expected 0 or more, got {show(number)}")


@check("OSU502", AvailableOSUpdatesItem)
def sizes_are_not_negative(item: AvailableOSUpdatesItem) -> Problems:
    """Find negative sizes."""
    yield from negative(DownloadSize=item.download_size, InstallSize=item.install_size)


@check("OSU502", OSUpdateStatusItem)
def counts_are_not_negative(item: OSUpdateStatusItem) -> Problems:
    """Find negative counts."""
    counts = {"MaxDeferrals": item.max_deferrals, "DeferralsRemaining": item.deferrals_remaining}
    yield from negative(**counts)


@check("OSU503", OSUpdateStatusItem)
def percent_is_a_fraction(item: OSUpdateStatusItem) -> Problems:
    """Find a progress that is not between 0 and 1."""
    percent = item.download_percent_complete
    if percent is not None and not 0 <= percent <= 1:
        hint = f"Did you mean {percent / 100:g}?" if 1 < percent <= 100 else None
        message = f"expected a fraction from 0.0 to 1.0, got {percent:g}"
        yield Problem("DownloadPercentComplete", message, hint)


@check("OSU504", Response)
def sender_is_named(response: Response) -> Problems:
    """Find a response that names no device."""
    if response.udid is None and response.enrollment_id is None:
        yield Problem("", "expected UDID or EnrollmentID, got neither")


@check("OSU505", Response)
def response_names_its_command(response: Response) -> Problems:
    """Find a response that names no command."""
    status = response.status
    if response.command_uuid is None and status not in (None, CommandStatus.IDLE):
        yield Problem("", f"CommandUUID is missing from a response with Status {show(status)}")


@check("OSU506", OSUpdateStatusItem)
def deferrals_count_down(item: OSUpdateStatusItem) -> Problems:
    """Find more deferrals left than were allowed."""
    most, left = item.max_deferrals, item.deferrals_remaining
    if most is not None and left is not None and left > most:
        message = f"DeferralsRemaining is {show(left)}, but MaxDeferrals is {show(most)}"
        yield Problem("DeferralsRemaining", message)


@check_device("OSU510", UpdateResultsItem, AvailableOSUpdatesItem, OSUpdateStatusItem)
def device_sends_keys_and_values(item: Message, device: KnownDevice) -> Problems:
    """Find keys (OSU510) and values (OSU511) that such a device does not send."""
    for key, value, _ in unsupported(item, device):
        if value is None:
            yield Problem(key.name, f"{device} does not send {key.name}")
        else:
            message = f"{device} does not send {key.name} {show(value)}"
            yield Problem(key.name, message, rule="OSU511")


@check_device("OSU510", Response)
def device_has_the_command(response: Response, device: KnownDevice) -> Problems:
    """Find a response to a command that such a device does not have."""
    kind = response.request_type
    if kind is None or device.availability(kind):
        return
    for key in keys_of(type(response)):
        if key not in keys_of(Response) and getattr(response, key.attribute) is not None:
            message = f"{device} does not send {key.name}: it does not support {kind}"
            yield Problem(key.name, message)


# -- the command ---------------------------------------------------------------------------------


def _requested(command: Command, product_key: str | None) -> list[UpdatesItem]:
    """Return the updates of a command that a result can be about."""
    return [item for item in updates_of(command) if item.product_key in (None, "", product_key)]


@check_command("OSU520", ScheduleOSUpdateResponse)
def action_is_as_requested(response: ScheduleOSUpdateResponse, command: Command) -> Problems:
    """Find results with an action other than the requested one."""
    for index, result in enumerate(response.update_results or ()):
        updates = _requested(command, result.product_key)
        actions = list(dict.fromkeys(str(item.install_action) for item in updates))
        known = {action.lower() for action in actions}  # iOS is reported to ignore case
        scheduled = result.install_action
        changed = scheduled is not None and scheduled.lower() not in {*known, "error"}
        if actions and "default" not in known and changed:
            message = f"the device scheduled {show(scheduled)}, not {' or '.join(actions)}"
            yield Problem(f"UpdateResults[{index}].InstallAction", message)


@check_command("OSU521", ScheduleOSUpdateResponse)
def product_is_as_requested(response: ScheduleOSUpdateResponse, command: Command) -> Problems:
    """Find results about a product that was not requested."""
    if not updates_of(command):
        return
    for index, result in enumerate(response.update_results or ()):
        if result.product_key and not _requested(command, result.product_key):
            message = f"the command does not name {show(result.product_key)}"
            yield Problem(f"UpdateResults[{index}].ProductKey", message)


@check_command("OSU522", Response)
def results_are_there(response: Response, command: Command) -> Problems:
    """Find an acknowledgment without results."""
    if (
        isinstance(command, ScheduleOSUpdateCommand)
        and response.status == CommandStatus.ACKNOWLEDGED
        and response.request_type in (None, command.request_type)
        and getattr(response, "update_results", None) is None
    ):
        yield Problem("", "UpdateResults is missing")


@check_command("OSU523", Response)
def response_is_to_this_command(response: Response, command: Command) -> Problems:
    """Find a response to another command."""
    if response.command_uuid is not None and response.command_uuid != command.command_uuid:
        expected, got = show(command.command_uuid), show(response.command_uuid)
        yield Problem("CommandUUID", f"expected CommandUUID {expected}, got {got}")


@check_command("OSU524", Response)
def response_is_of_this_kind(response: Response, command: Command) -> Problems:
    """Find a response to another kind of command."""
    if response.request_type not in (None, command.request_type):
        expected, got = command.request_type, response.request_type
        yield Problem("", f"expected a response to {expected}, got one to {got}")
