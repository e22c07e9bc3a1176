"""The judgement of messages: small checks, each of one rule, and the driver that runs them.

A check sees one message and yields what only it knows: which key, and what is wrong with it. The
driver adds the rest from the registry of rules. What is wrong with the form of a document is
found by reading it, and reported here beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Any, NamedTuple, TypeVar

import attrs
from attrs import frozen

from mdm_osupdate.availability import Availability, look_up, on_device
from mdm_osupdate.codec import (
    DEFAULT_LIMITS,
    Limits,
    Position,
    Reading,
    closest,
    examine,
    from_dict,
    inner_messages,
    to_dict,
)
from mdm_osupdate.declarations import FailureReasonStatus, SoftwareUpdateEnforcementSpecific, Status
from mdm_osupdate.device import Device, Enrollment
from mdm_osupdate.errors import DecodeError, EncodeError, Finding, Report, show
from mdm_osupdate.messages import (
    VENDOR_ACTIONS,
    AvailableOSUpdatesItem,
    Command,
    CommandStatus,
    InstallAction,
    Key,
    Message,
    OSUpdateStatusItem,
    Platform,
    Priority,
    RequestType,
    Response,
    ScheduleOSUpdateCommand,
    ScheduleOSUpdateResponse,
    ScheduleOSUpdateScanCommand,
    UpdateResultsItem,
    UpdatesItem,
    once_per_class,
)
from mdm_osupdate.rules import RULES
from mdm_osupdate.versions import OSVersion, named_version, read_version

M = TypeVar("M", bound=Message)


def validate(
    message: Message | bytes | str,
    device: Device | None = None,
    *,
    command: Command | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Report:
    """Find everything that is wrong with a message.

    Args:
        message: a message, or a document: a property list, XML or binary, or JSON. Which message it
            holds is found out, and whatever its bytes, the outcome is a report.
        device: the device that shall take the command, or that has answered. Rules that need
            something that is not known of it are not guessed: ``Report.undecided`` lists them.
        command: the command that the message answers, or whose place a declaration takes.
        limits: how large, deep and rich in values the document may be.

    Returns:
        The findings: those of the document first, then those of its values, each in the
        document's order.
    """
    return inspect(message, device, command=command, limits=limits).report


@frozen
class Inspection:
    """What a message or a document is, and what is wrong with it."""

    report: Report
    kind: type[Message] | None
    """What it is; ``None`` if it cannot be read, ``Message`` if it is another document."""
    whole: Message | None = None
    """The document as a message, if one could be made of it."""
    position: Position | None = None
    """Where a text breaks off that cannot be read."""


def inspect(
    message: Message | bytes | str,
    device: Device | None = None,
    *,
    command: Command | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Inspection:
    """Validate, and tell what was found."""
    findings: list[Finding] = []
    try:
        if isinstance(message, Message):
            kind: type[Message] = type(message)
            parts = list(_parts(message, ""))
            if any(map(_may_deviate, (part for _, part in parts))):
                reading = Reading(kind)
                reading.message(to_dict(message), kind)
                findings += reading.findings
            whole: Message | None = message
        else:
            reading = examine(message, limits)
            findings += reading.findings
            kind, parts, whole = reading.root, reading.messages, reading.whole
    except DecodeError as error:
        return Inspection(Report(error.findings), None, position=error.position)
    except EncodeError as error:
        return Inspection(Report(error.findings), None)
    if issubclass(kind, Command) and not any(isinstance(part, Command) for _, part in parts):
        # Something in it cannot be read; that does not hide what its device makes of the command.
        parts.append(("Command", _without_content(kind)))
    undecided: dict[str, tuple[str, ...]] = {}
    known = _Known(device) if device is not None else None
    for path, part in parts:
        for rule, needs, find in _checks(type(part)):
            if needs is None:
                problems = find(part)
            elif needs is Device and known is not None:
                problems = find(part, known)
            elif needs is Command and command is not None:
                problems = find(part, command)
            else:
                continue
            try:
                for at, text, hint in problems:
                    where = f"{path}.{at}" if path and at else path or at
                    findings.append(RULES[rule].finding(where, text, hint))
            except _UndecidedError as missing:
                undecided[rule] = missing.args
    places = {finding.path for finding in findings if finding.rule in _HAS_IT_NOT}
    told = (f for f in findings if f.rule not in _HOW_IT_IS_USED or f.path not in places)
    return Inspection(Report(tuple(told), undecided), kind, whole)


_HAS_IT_NOT = frozenset({"OSU303", "OSU304", "OSU306", "OSU307"})
_HOW_IT_IS_USED = frozenset({"OSU202", "OSU207", "OSU208", "OSU212"})
"""Rules about the use of what a device does not have: their hints would contradict."""


def _without_content(kind: type[Command]) -> Command:
    inner = {"RequestType": str(kind.request_type)}
    return from_dict({"CommandUUID": "unread", "Command": inner}, kind)


def _parts(message: Message, path: str) -> Iterator[tuple[str, Message]]:
    """A message and those in it, with the path of the keys of each; inner ones first."""
    if message.frame is not None:
        path = message.frame.inside
    for key in _nested(type(message)):
        for at, item in inner_messages(message, key, path):
            yield from _parts(item, at)
    yield path, message


@once_per_class
def _nested(cls: type[Message]) -> tuple[Key, ...]:
    return tuple(key for key in _keys(cls) if issubclass(key.kind, Message))


def _may_deviate(part: Message) -> bool:
    """Whether the form of a message, whose types are right, can be wrong all the same."""
    if part.frame is not None and getattr(part, part.frame.unknown):
        return True
    if isinstance(part, Command) and not part.command_uuid:
        return True
    return bool(part.unknown) or (isinstance(part, ScheduleOSUpdateCommand) and not part.updates)


# -- the checks ----------------------------------------------------------------------------------


class Problem(NamedTuple):
    """What a check says: at which of its keys, what is wrong, and perhaps a hint of its own."""

    at: str
    message: str
    hint: str | None = None


class _UndecidedError(Exception):
    """A check needs what is not known of the device."""


class _Known:
    """A device as checks see it: as if everything were known of it."""

    __slots__ = (
        "_device",
        "channel",
        "is_shared_ipad",
        "is_user_enrolled",
        "os_version",
        "platform",
    )

    def __init__(self, device: Device) -> None:
        self._device = device
        # What is always known does not take the long way through __getattr__.
        self.channel = device.channel
        self.os_version = device.os_version
        self.platform = device.platform
        self.is_user_enrolled = device.enrollment is Enrollment.USER
        self.is_shared_ipad = device.shared_ipad is True

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._device, name)
        if value is None:
            raise _UndecidedError(name)
        return value


_Find = Callable[..., Iterator[Problem]]
_Needs = type[Device] | type[Command] | None
_CHECKS: list[tuple[str, _Needs, tuple[type[Message], ...], _Find]] = []


def check(
    rule: str, *classes: type[M], needs: _Needs = None
) -> Callable[[Callable[..., Iterator[Problem]]], None]:
    """Register the check of a rule for messages of these classes.

    ``needs``: what the check sees beside the message, the device or the command that is answered.
    """

    def register(find: _Find) -> None:
        _CHECKS.append((rule, needs, classes, find))

    return register


@once_per_class
def _checks(cls: type[Message]) -> tuple[tuple[str, _Needs, _Find], ...]:
    return tuple((rule, needs, f) for rule, needs, types, f in _CHECKS if issubclass(cls, types))


@check("OSU201", UpdatesItem)
def _action_is_documented(item: UpdatesItem) -> Iterator[Problem]:
    word = item.install_action
    if not isinstance(word, InstallAction):
        plain = word.replace("_", "").replace(" ", "")
        near = VENDOR_ACTIONS.get(plain.lower()) or closest(plain, list(InstallAction))
        hint = f"Did you mean {near}?" if near else None
        if near and near.lower() == word.lower():
            hint = f"Write {near}: iOS is reported to ignore case here, other systems do not."
        yield Problem("InstallAction", f"{show(word)} is no install action", hint)


@check("OSU202", UpdatesItem)
def _priority_is_documented(item: UpdatesItem) -> Iterator[Problem]:
    if item.priority is not None and not isinstance(item.priority, Priority):
        near = closest(item.priority, list(Priority))
        hint = f"Did you mean {near}?" if near else None
        yield Problem("Priority", f"{show(item.priority)} is no priority", hint)


@check("OSU203", UpdatesItem)
def _product_is_named(item: UpdatesItem) -> Iterator[Problem]:
    unusable = {"ProductKey", "ProductVersion"} & item.unknown.keys()  # reported as such
    if not item.product_key and item.product_version is None and not unusable:
        yield Problem("", "there is neither ProductKey nor ProductVersion")


@check("OSU205", ScheduleOSUpdateCommand)
def _something_is_asked_for(command: ScheduleOSUpdateCommand) -> Iterator[Problem]:
    if command.updates == ():
        yield Problem("Updates", "Updates is empty")


@check("OSU206", UpdatesItem)
def _product_is_one(item: UpdatesItem) -> Iterator[Problem]:
    named, version = named_version(item.product_key or ""), read_version(item.product_version or "")
    if named is not None and version is not None and named != version:
        message = f"ProductVersion is {version}, and {show(item.product_key)} names {named}"
        yield Problem("ProductVersion", message)


@check("OSU207", UpdatesItem)
def _deferrals_want_install_later(item: UpdatesItem) -> Iterator[Problem]:
    given = item.max_user_deferrals is not None or "MaxUserDeferrals" in item.unknown
    if given and item.install_action != InstallAction.INSTALL_LATER:
        message = f"MaxUserDeferrals has no effect with {show(item.install_action)}"
        yield Problem("MaxUserDeferrals", message)


@check("OSU208", UpdatesItem)
def _deferrals_are_counted(item: UpdatesItem) -> Iterator[Problem]:
    if item.max_user_deferrals is not None and item.max_user_deferrals < 0:
        yield Problem("MaxUserDeferrals", f"MaxUserDeferrals is {item.max_user_deferrals}")


@check("OSU209", UpdatesItem)
def _security_responses_go_by_key(item: UpdatesItem) -> Iterator[Problem]:
    version = read_version(item.product_version or "")
    if version is not None and version.extra and not item.product_key:
        yield Problem("ProductVersion", f"{version} is a security response")


@check("OSU210", UpdatesItem)
def _version_is_readable(item: UpdatesItem) -> Iterator[Problem]:
    if item.product_version is not None and read_version(item.product_version) is None:
        yield Problem("ProductVersion", f"{show(item.product_version)} is no version")


@check("OSU211", UpdatesItem)
def _product_key_says_something(item: UpdatesItem) -> Iterator[Problem]:
    if item.product_key == "" and item.product_version is not None:
        yield Problem("ProductKey", "ProductKey is empty")


@check("OSU212", UpdatesItem)
def _restart_is_meant(item: UpdatesItem) -> Iterator[Problem]:
    if item.install_action == InstallAction.INSTALL_FORCE_RESTART:
        yield Problem("InstallAction", "InstallForceRestart loses what a user has not saved")


# -- the device ----------------------------------------------------------------------------------


_ENFORCEMENT = "SoftwareUpdateEnforcementSpecific"
_TWO_STEPS = (Platform.IOS, Platform.IPADOS, Platform.TVOS)


@check("OSU301", Command, needs=Device)
def _platform_has_the_command(command: Command, device: Any) -> Iterator[Problem]:
    if look_up(command.request_type, device.platform) is None:
        yield Problem("RequestType", f"{device.platform} has no {command.request_type}")


@check("OSU302", Command, needs=Device)
def _version_has_the_command(command: Command, device: Any) -> Iterator[Problem]:
    where = look_up(command.request_type, device.platform)
    if where is not None and device.os_version < where.introduced:
        name = f"{device.platform} {device.os_version}"
        message = f"{name} has no {command.request_type}, which came with {where.introduced}"
        yield Problem("RequestType", message)


@check("OSU401", Command, needs=Device)
def _command_is_current(command: Command, device: Any) -> Iterator[Problem]:
    where = on_device(command.request_type, device)
    since = where.deprecated if where is not None else None
    if since is not None and device.os_version >= since:
        message = f"{command.request_type} is deprecated since {device.platform} {since}"
        yield Problem("RequestType", message, _instead(where))


@check("OSU402", Command, needs=Device)
def _command_is_not_gone(command: Command, device: Any) -> Iterator[Problem]:
    where = look_up(command.request_type, device.platform)
    if where is not None and where.removed is not None and device.os_version >= where.removed:
        name = f"{device.platform} {device.os_version}"
        message = f"{name} has no {command.request_type}, which was removed in {where.removed}"
        yield Problem("RequestType", message, _instead(where))


def _instead(where: Availability | None) -> str | None:
    successor = where.successor if where is not None else None
    if successor is None or successor.startswith("com.apple.configuration."):
        return None  # the rule's own hint
    return f"Have the device report the status item {successor} instead."


@check("OSU403", Command, needs=Device)
def _no_declaration_wins(command: Command, device: Any) -> Iterator[Problem]:
    if (
        on_device(_ENFORCEMENT, device)
        and on_device(command.request_type, device)
        # What a declaration does to a scan, no source says.
        and command.request_type != RequestType.SCHEDULE_OS_UPDATE_SCAN
        and device.declaration_managed
    ):
        asks = command.request_type != RequestType.SCHEDULE_OS_UPDATE
        hint = "Read the status items softwareupdate.* instead; the answer leaves it out."
        message = "a declaration manages this device's updates"
        yield Problem("RequestType", message, hint if asks else None)


@check("OSU310", Command, needs=Device)
def _device_is_supervised(command: Command, device: Any) -> Iterator[Problem]:
    where = on_device(command.request_type, device)
    if where is not None and where.supervised and not device.supervised:
        message = f"{command.request_type} needs supervision, and the device is not supervised"
        yield Problem("RequestType", message)


@check("OSU311", Command, needs=Device)
def _channel_takes_it(command: Command, device: Any) -> Iterator[Problem]:
    where = on_device(command.request_type, device)
    if where is not None and device.channel not in where.channels:
        message = f"{command.request_type} does not work on the {device.channel} channel"
        yield Problem("RequestType", message)


@check("OSU312", Command, needs=Device)
def _enrollment_allows_it(command: Command, device: Any) -> Iterator[Problem]:
    where = on_device(command.request_type, device)
    if where is not None and not where.user_enrollment and device.enrollment is Enrollment.USER:
        yield Problem("RequestType", f"User Enrollment does not allow {command.request_type}")


@check("OSU313", Command, needs=Device)
def _profile_gives_the_right(command: Command, device: Any) -> Iterator[Problem]:
    where = on_device(command.request_type, device)
    right = where.access_right if where is not None else None
    if device.is_user_enrolled:
        return  # where rights do not count, and OSU312 says so
    if right is not None and right not in device.access_rights:
        message = f"{command.request_type} needs the access right {right.name} ({int(right)})"
        yield Problem("RequestType", message)


@check("OSU314", Command, needs=Device)
def _nobody_is_logged_in(command: Command, device: Any) -> Iterator[Problem]:
    where = on_device(command.request_type, device)
    if where is None or not where.shared_ipad:
        return
    # What has iOS is an iPhone, unless it is said to be shared, or an iPad of before iPadOS.
    may_be = device.platform is Platform.IPADOS or device.os_version < OSVersion("13")
    if device.shared_ipad if may_be else device.is_shared_ipad:
        yield Problem("RequestType", "a Shared iPad refuses this while a user is logged in")


_SUBJECTS: Mapping[type[Message], str] = {
    ScheduleOSUpdateCommand: "ScheduleOSUpdate",
    ScheduleOSUpdateScanCommand: "ScheduleOSUpdateScan",
    UpdatesItem: "ScheduleOSUpdate.Updates[]",
    UpdateResultsItem: "ScheduleOSUpdate.UpdateResults[]",
    AvailableOSUpdatesItem: "AvailableOSUpdates.AvailableOSUpdates[]",
    OSUpdateStatusItem: "OSUpdateStatus.OSUpdateStatus[]",
}
"""What availability calls the dictionary that a class stands for."""


@once_per_class
def _keys(cls: type[Message]) -> tuple[Key, ...]:
    return tuple(f.metadata["schema"] for f in attrs.fields(cls) if "key" in f.metadata)


_Subjects = tuple[tuple[Key, Availability | None, Mapping[Any, Availability | None]], ...]


@once_per_class
def _subjects(cls: type[Message]) -> Mapping[Platform, _Subjects]:
    """Each key of a dictionary and each of its words, and since when each platform has them."""

    def of(platform: Platform, key: Key) -> tuple[Key, Availability | None, Mapping[Any, Any]]:
        words = list(key.kind) if issubclass(key.kind, Enum) else []
        names = {word: f"{key.kind.__name__}.{word.value}" for word in words}
        return (
            key,
            look_up(f"{_SUBJECTS[cls]}.{key.name}", platform),
            {word: look_up(name, platform) for word, name in names.items()},
        )

    return {platform: tuple(of(platform, key) for key in _keys(cls)) for platform in Platform}


def _unavailable(part: Message, device: Any) -> Iterator[tuple[Key, Any, str, OSVersion | None]]:
    """Each key or word that the device does not have, and since when others of its platform do."""
    for key, of_key, of_words in _subjects(type(part))[device.platform]:
        value = getattr(part, key.attribute)
        if value is None and key.name not in part.unknown:  # where a wrong type has put it
            continue
        if of_key is None or device.os_version < of_key.introduced:
            yield key, None, key.name, of_key.introduced if of_key else None
        elif value in of_words:
            where = of_words[value]
            if where is None or device.os_version < where.introduced:
                yield key, value, str(value), where.introduced if where else None


@check("OSU303", UpdatesItem, needs=Device)
def _platform_has_the_key(item: UpdatesItem, device: Any) -> Iterator[Problem]:
    if on_device(RequestType.SCHEDULE_OS_UPDATE, device):
        for key, value, name, since in _unavailable(item, device):
            if value is None and since is None:
                yield Problem(key.name, f"{device.platform} has no {name}")


@check("OSU304", UpdatesItem, needs=Device)
def _version_has_the_key(item: UpdatesItem, device: Any) -> Iterator[Problem]:
    if on_device(RequestType.SCHEDULE_OS_UPDATE, device):
        for key, value, name, since in _unavailable(item, device):
            if value is None and since is not None:
                message = f"{device.platform} {device.os_version} has no {name}, only {since}"
                yield Problem(key.name, f"{message} and newer")


@check("OSU306", UpdatesItem, needs=Device)
def _platform_has_the_value(item: UpdatesItem, device: Any) -> Iterator[Problem]:
    if on_device(RequestType.SCHEDULE_OS_UPDATE, device):
        for key, value, name, since in _unavailable(item, device):
            if value is not None and since is None:
                yield Problem(key.name, f"{device.platform} has no {key.name} {name}")


@check("OSU307", UpdatesItem, needs=Device)
def _version_has_the_value(item: UpdatesItem, device: Any) -> Iterator[Problem]:
    if on_device(RequestType.SCHEDULE_OS_UPDATE, device):
        for key, value, name, since in _unavailable(item, device):
            if value is not None and since is not None:
                message = f"{device.platform} {device.os_version} has no {key.name} {name}"
                yield Problem(key.name, f"{message}, only {since} and newer")


def target_of(item: UpdatesItem) -> OSVersion | None:
    """The version that an item asks for, by itself or by a product key that names it."""
    return read_version(item.product_version or "") or named_version(item.product_key or "")


@check("OSU305", UpdatesItem, needs=Device)
def _minor_keys_go_with_minor_updates(item: UpdatesItem, device: Any) -> Iterator[Problem]:
    target = target_of(item)
    if target is None or target.major <= device.os_version.major:
        return
    keys = ("MaxUserDeferrals", item.max_user_deferrals), ("Priority", item.priority)
    for name, value in keys:
        where = look_up(f"ScheduleOSUpdate.Updates[].{name}", device.platform)
        if value is not None and where is not None and on_device("ScheduleOSUpdate", device):
            yield Problem(name, f"{target} is a major upgrade from {device.os_version}")


@check("OSU315", ScheduleOSUpdateCommand, needs=Device)
def _one_update_at_a_time(command: ScheduleOSUpdateCommand, device: Any) -> Iterator[Problem]:
    number = len(command.updates or ())
    if number > 1 and device.platform in _TWO_STEPS and on_device(command.request_type, device):
        yield Problem("Updates", f"{device.platform} takes one update, and there are {number}")


@check("OSU316", UpdatesItem, needs=Device)
def _update_is_newer(item: UpdatesItem, device: Any) -> Iterator[Problem]:
    target = target_of(item)
    if (
        target is not None
        and target <= device.os_version
        and on_device(RequestType.SCHEDULE_OS_UPDATE, device)
    ):
        key = "ProductVersion" if item.product_version is not None else "ProductKey"
        yield Problem(key, f"the device has {device.os_version}, and {target} is not newer")


@check("OSU317", ScheduleOSUpdateCommand, needs=Device)
def _old_macs_are_automated(command: ScheduleOSUpdateCommand, device: Any) -> Iterator[Problem]:
    if (
        device.platform is Platform.MACOS
        and device.os_version < OSVersion("10.14")
        and on_device(command.request_type, device)
        and device.enrollment is Enrollment.DEVICE
    ):
        yield Problem("RequestType", f"macOS {device.os_version} may want Automated Enrollment")


@check("OSU318", UpdatesItem, needs=Device)
def _somebody_installs(item: UpdatesItem, device: Any) -> Iterator[Problem]:
    if (
        item.install_action == InstallAction.DOWNLOAD_ONLY
        and device.platform in _TWO_STEPS
        and on_device(RequestType.SCHEDULE_OS_UPDATE, device)
    ):
        yield Problem("InstallAction", "DownloadOnly does not install")


# -- answers -------------------------------------------------------------------------------------


@check("OSU501", Response, UpdateResultsItem, OSUpdateStatusItem, Status)
def _words_are_documented(part: Message) -> Iterator[Problem]:
    for key in _word_keys(type(part)):
        value = getattr(part, key.attribute)
        for word in value if isinstance(value, tuple) else (value,):
            if word is not None and not isinstance(word, key.kind):
                yield Problem(key.name, f"{show(word)} is no {key.name} that Apple documents")


@once_per_class
def _word_keys(cls: type[Message]) -> tuple[Key, ...]:
    return tuple(key for key in _keys(cls) if issubclass(key.kind, Enum))


@check("OSU502", AvailableOSUpdatesItem)
def _sizes_are_not_negative(item: AvailableOSUpdatesItem) -> Iterator[Problem]:
    for key, size in ("DownloadSize", item.download_size), ("InstallSize", item.install_size):
        if size is not None and size < 0:
            yield Problem(key, f"{key} is {size}")


@check("OSU502", OSUpdateStatusItem)
def _counts_are_not_negative(item: OSUpdateStatusItem) -> Iterator[Problem]:
    counts = ("MaxDeferrals", item.max_deferrals), ("DeferralsRemaining", item.deferrals_remaining)
    for key, count in counts:
        if count is not None and count < 0:
            yield Problem(key, f"{key} is {count}")


@check("OSU502", FailureReasonStatus)
def _failures_are_not_negative(status: FailureReasonStatus) -> Iterator[Problem]:
    if status.count is not None and status.count < 0:
        yield Problem("count", f"count is {status.count}")


@check("OSU503", OSUpdateStatusItem)
def _percent_is_a_fraction(item: OSUpdateStatusItem) -> Iterator[Problem]:
    percent = item.download_percent_complete
    if percent is not None and not 0 <= percent <= 1:
        key = "DownloadPercentComplete"
        hint = f"Did you mean {percent / 100:g}?" if 1 < percent <= 100 else None
        yield Problem(key, f"{key} is {percent:g}", hint)


@check("OSU504", Response)
def _sender_is_named(answer: Response) -> Iterator[Problem]:
    if answer.udid is None and answer.enrollment_id is None:
        yield Problem("", "the answer names neither UDID nor EnrollmentID")


@check("OSU505", Response)
def _answer_names_its_command(answer: Response) -> Iterator[Problem]:
    if answer.command_uuid is None and answer.status != CommandStatus.IDLE:
        yield Problem("", f"the answer is {show(answer.status)}, and has no CommandUUID")


@check("OSU506", OSUpdateStatusItem)
def _deferrals_count_down(item: OSUpdateStatusItem) -> Iterator[Problem]:
    most, left = item.max_deferrals, item.deferrals_remaining
    if most is not None and left is not None and left > most:
        yield Problem("DeferralsRemaining", f"DeferralsRemaining is {left}, MaxDeferrals {most}")


@check("OSU510", UpdateResultsItem, AvailableOSUpdatesItem, OSUpdateStatusItem, needs=Device)
def _device_has_the_key(item: Message, device: Any) -> Iterator[Problem]:
    for key, value, name, _ in _unavailable(item, device):
        if value is None:
            yield Problem(key.name, f"{device.platform} {device.os_version} does not send {name}")


@check("OSU510", Response, needs=Device)
def _device_has_the_command(answer: Response, device: Any) -> Iterator[Problem]:
    kind = answer.request_type
    if kind is None or on_device(kind, device):
        return
    for key in _keys(type(answer)):
        if key not in _keys(Response) and getattr(answer, key.attribute) is not None:
            name = f"{device.platform} {device.os_version}"
            yield Problem(key.name, f"{name} does not send {key.name}: it has no {kind}")


@check("OSU511", UpdateResultsItem, OSUpdateStatusItem, needs=Device)
def _device_has_the_word(item: Message, device: Any) -> Iterator[Problem]:
    for key, value, name, _ in _unavailable(item, device):
        if value is not None:
            message = f"{device.platform} {device.os_version} does not send {key.name} {name}"
            yield Problem(key.name, message)


def _asked(command: Command, product_key: str | None) -> list[UpdatesItem]:
    """The items of a command that a result can be about."""
    items = command.updates or () if isinstance(command, ScheduleOSUpdateCommand) else ()
    return [item for item in items if item.product_key in (None, "", product_key)]


@check("OSU520", ScheduleOSUpdateResponse, needs=Command)
def _action_is_as_asked(answer: ScheduleOSUpdateResponse, command: Command) -> Iterator[Problem]:
    for index, result in enumerate(answer.update_results or ()):
        actions = {str(item.install_action) for item in _asked(command, result.product_key)}
        known = {action.lower() for action in actions}  # iOS is reported to ignore case
        scheduled = result.install_action
        changed = scheduled is not None and scheduled.lower() not in {*known, "error"}
        if actions and "default" not in known and changed:
            message = f"the device scheduled {result.install_action}, not {' or '.join(actions)}"
            yield Problem(f"UpdateResults[{index}].InstallAction", message)


@check("OSU521", ScheduleOSUpdateResponse, needs=Command)
def _product_is_as_asked(answer: ScheduleOSUpdateResponse, command: Command) -> Iterator[Problem]:
    if isinstance(command, ScheduleOSUpdateCommand) and command.updates:
        for index, result in enumerate(answer.update_results or ()):
            if result.product_key and not _asked(command, result.product_key):
                message = f"the command does not name {show(result.product_key)}"
                yield Problem(f"UpdateResults[{index}].ProductKey", message)


@check("OSU522", Response, needs=Command)
def _results_are_there(answer: Response, command: Command) -> Iterator[Problem]:
    if (
        isinstance(command, ScheduleOSUpdateCommand)
        and answer.status == CommandStatus.ACKNOWLEDGED
        and answer.request_type in (None, command.request_type)
        and getattr(answer, "update_results", None) is None
    ):
        yield Problem("", "UpdateResults is missing")


@check("OSU523", Response, needs=Command)
def _answer_is_to_this_command(answer: Response, command: Command) -> Iterator[Problem]:
    if answer.command_uuid is not None and answer.command_uuid != command.command_uuid:
        message = f"the answer is to {show(answer.command_uuid)}, not {show(command.command_uuid)}"
        yield Problem("CommandUUID", message)


@check("OSU524", Response, needs=Command)
def _answer_is_of_this_kind(answer: Response, command: Command) -> Iterator[Problem]:
    if answer.request_type not in (None, command.request_type):
        message = f"this answers {answer.request_type}, and the command is {command.request_type}"
        yield Problem("", message)


# -- declarations --------------------------------------------------------------------------------

Enforcement = SoftwareUpdateEnforcementSpecific


@check("OSU610", Enforcement)
def _target_is_a_version(declaration: Enforcement) -> Iterator[Problem]:
    if read_version(declaration.target_os_version) is None:
        message = f"{show(declaration.target_os_version)} is no version"
        yield Problem("TargetOSVersion", message)


@check("OSU612", Enforcement)
def _details_are_on_the_web(declaration: Enforcement) -> Iterator[Problem]:
    url = declaration.details_url
    if url is not None and not re.match(r"https?://[^/\s]+", url, re.IGNORECASE):
        yield Problem("DetailsURL", f"{show(url)} is no address of a web page")


@check("OSU613", Enforcement)
def _build_is_a_build(declaration: Enforcement) -> Iterator[Problem]:
    build = declaration.target_build_version
    if build is not None and not re.fullmatch(r"[0-9]{1,3}[A-Z][0-9]{1,5}[a-z]?", build):
        yield Problem("TargetBuildVersion", f"{show(build)} does not look like a build")


@check("OSU620", Enforcement, needs=Device)
def _platform_takes_declarations(_: Enforcement, device: Any) -> Iterator[Problem]:
    if look_up(_ENFORCEMENT, device.platform) is None:
        yield Problem("", f"{device.platform} enforces no version by declaration")


@check("OSU621", Enforcement, needs=Device)
def _version_takes_declarations(_: Enforcement, device: Any) -> Iterator[Problem]:
    where = look_up(_ENFORCEMENT, device.platform)
    if where is not None and device.os_version < where.introduced:
        name = f"{device.platform} {device.os_version}"
        since = f"only {where.introduced} and newer do"
        yield Problem("", f"{name} enforces no version by declaration, {since}")


@check("OSU622", Enforcement, needs=Device)
def _mac_is_supervised(_: Enforcement, device: Any) -> Iterator[Problem]:
    where = on_device(_ENFORCEMENT, device)
    if where is not None and where.supervised and not device.supervised:
        yield Problem("", f"the declaration needs supervision on {device.platform}")


@check("OSU623", Enforcement, needs=Device)
def _scope_is_the_system(_: Enforcement, device: Any) -> Iterator[Problem]:
    where = on_device(_ENFORCEMENT, device)
    if where is not None and device.channel not in where.channels:
        yield Problem("", f"the declaration does not work on the {device.channel} channel")


@check("OSU624", Enforcement, needs=Device)
def _enrollment_allows_declarations(_: Enforcement, device: Any) -> Iterator[Problem]:
    where = on_device(_ENFORCEMENT, device)
    if where is not None and not where.user_enrollment and device.enrollment is Enrollment.USER:
        yield Problem("", "User Enrollment does not allow the declaration")


@check("OSU625", Enforcement, needs=Device)
def _target_is_newer(declaration: Enforcement, device: Any) -> Iterator[Problem]:
    target = read_version(declaration.target_os_version)
    if target is not None and target <= device.os_version and on_device(_ENFORCEMENT, device):
        message = f"the device has {device.os_version}, and {target} is not newer"
        yield Problem("TargetOSVersion", message)


@check("OSU626", Enforcement, needs=Device)
def _base_is_there(declaration: Enforcement, device: Any) -> Iterator[Problem]:
    target = read_version(declaration.target_os_version)
    if target is None or not target.extra or not on_device(_ENFORCEMENT, device):
        return
    if device.os_version < target.base:
        message = f"{target} is installed on {target.base} only, and the device has"
        yield Problem("TargetOSVersion", f"{message} {device.os_version}")


@check("OSU410", Enforcement, needs=Command)
def _all_is_carried_over(declaration: Enforcement, command: Command) -> Iterator[Problem]:
    if command.request_requires_network_tether:
        yield Problem("", "the command wants a network tether; a declaration cannot ask for one")
    items = command.updates or () if isinstance(command, ScheduleOSUpdateCommand) else ()
    for item in items:
        if item.install_action in (InstallAction.NOTIFY_ONLY, InstallAction.DOWNLOAD_ONLY):
            message = f"the command says {item.install_action}, and a declaration always installs"
            yield Problem("", message)
        if item.max_user_deferrals is not None:
            message = f"the command lets the user put it off {item.max_user_deferrals} times"
            when = declaration.target_local_date_time
            yield Problem("TargetLocalDateTime", f"{message}; a declaration, until {when}")
        if item.priority is not None:
            message = f"the command has the priority {item.priority}; a declaration has none"
            yield Problem("", message)
    targets = {str(target) for target in map(target_of, items) if target is not None}
    others = sorted(targets - {declaration.target_os_version})
    if others and declaration.target_os_version in targets:
        message = f"the command is about {' and '.join(others)}, too"
        yield Problem("TargetOSVersion", message, "Send a declaration for each.")


@check("OSU411", Enforcement, needs=Command)
def _target_is_as_asked(declaration: Enforcement, command: Command) -> Iterator[Problem]:
    items = command.updates or () if isinstance(command, ScheduleOSUpdateCommand) else ()
    targets = {target for target in map(target_of, items) if target is not None}
    if targets and read_version(declaration.target_os_version) not in targets:
        asked = " and ".join(sorted(map(str, targets)))
        message = f"the command asks for {asked}, the declaration for"
        yield Problem("TargetOSVersion", f"{message} {declaration.target_os_version}")
