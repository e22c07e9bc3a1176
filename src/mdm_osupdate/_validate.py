"""The judgement of messages: small checks, each of one rule, and the driver that runs them.

A check sees one message and yields what only it knows: which key, and what is wrong with it. The
driver adds the rest from the registry of rules. What is wrong with the form of a document is
found by reading it, and reported here beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, NamedTuple, TypeVar

import attrs
from attrs import frozen

from ._codec import Reading, closest, examine, to_dict
from ._errors import EncodeError, PlistError
from ._findings import Finding, Report, join, show
from ._messages import (
    AvailableOSUpdatesItem,
    Message,
    OSUpdateStatusItem,
    Response,
    ScheduleOSUpdateCommand,
    UpdateResultsItem,
    UpdatesItem,
)
from ._osversion import named_version, read_version
from ._plist import DEFAULT_LIMITS, Limits, read, survey
from ._rules import RULES
from ._schema import Key, once_per_class
from ._vocabulary import VENDOR_ACTIONS, CommandStatus, InstallAction, Priority

M = TypeVar("M", bound=Message)


def validate(message: Message | bytes | str, *, limits: Limits = DEFAULT_LIMITS) -> Report:
    """Find everything that is wrong with a message.

    Args:
        message: a message, or a document: a property list, XML or binary. Which message it holds
            is found out, and whatever its bytes, the outcome is a report.
        limits: how large, deep and rich in values the document may be.

    Returns:
        The findings: those of the document first, then those of its values, each in the
        document's order.
    """
    return inspect(message, limits).report


@frozen
class Inspection:
    """What a message or a document is, and what is wrong with it."""

    report: Report
    reading: Reading | None
    """What was read of it; ``None`` if it is no property list."""


def inspect(message: Message | bytes | str, limits: Limits = DEFAULT_LIMITS) -> Inspection:
    """Validate, and keep what was read."""
    dropped: tuple[Finding, ...] = ()
    try:
        if isinstance(message, Message):
            reading = Reading(type(message))
            reading.message(to_dict(message), type(message))
        else:
            reading = examine(read(message, limits))
            dropped = survey(message).findings
    except (PlistError, EncodeError) as error:
        return Inspection(Report(error.findings), None)
    return Inspection(Report((*dropped, *reading.findings, *_judge(reading))), reading)


def _judge(reading: Reading) -> Iterator[Finding]:
    for path, part in reading.messages:
        for rule, find in _checks(type(part)):
            for at, text, hint in find(part):
                yield RULES[rule].finding(join(path, at) if at else path, text, hint)


# -- the checks ----------------------------------------------------------------------------------


class Problem(NamedTuple):
    """What a check says: at which of its keys, what is wrong, and perhaps a hint of its own."""

    at: str
    message: str
    hint: str | None = None


_Check = Callable[[Any], Iterator[Problem]]
_CHECKS: list[tuple[str, tuple[type[Message], ...], _Check]] = []


def check(rule: str, *classes: type[M]) -> Callable[[Callable[[M], Iterator[Problem]]], None]:
    """Register the check of a rule for messages of these classes."""

    def register(find: Callable[[M], Iterator[Problem]]) -> None:
        _CHECKS.append((rule, classes, find))

    return register


@once_per_class
def _checks(cls: type[Message]) -> tuple[tuple[str, _Check], ...]:
    return tuple((rule, find) for rule, classes, find in _CHECKS if issubclass(cls, classes))


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
    if item.product_key is None and item.product_version is None and not unusable:
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
    if item.product_key == "":
        yield Problem("ProductKey", "ProductKey is empty")


@check("OSU501", Response, UpdateResultsItem, OSUpdateStatusItem)
def _words_are_documented(part: Message) -> Iterator[Problem]:
    for key in _word_keys(type(part)):
        value = getattr(part, key.attribute)
        if value is not None and not isinstance(value, key.kind):
            message = f"{show(value)} is no {key.name} that Apple documents"
            yield Problem(key.name, message)


@once_per_class
def _word_keys(cls: type[Message]) -> tuple[Key, ...]:
    keys: list[Key] = [f.metadata["schema"] for f in attrs.fields(cls) if "key" in f.metadata]
    return tuple(key for key in keys if issubclass(key.kind, Enum))


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
