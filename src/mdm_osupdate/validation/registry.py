"""The registry of checks: the problems they yield, the device they see, and their decorators.

A check applies one rule to one message. It is a generator of problems, registered by a decorator
that declares what it needs besides the message: nothing, a device, the command that is answered or
replaced, the time, or the releases that Apple offers. A check of a class needs no message: it finds
the same for all messages of the class on equal devices.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Sequence
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple, TypeVar

import attrs
from attrs import frozen

from mdm_osupdate.availability import Availability, on_device
from mdm_osupdate.device import AccessRights, Channel, Device, Enrollment
from mdm_osupdate.messages import (
    Command,
    Key,
    Message,
    Platform,
    RequestType,
    ScheduleOSUpdateCommand,
    UpdatesItem,
    once_per_class,
)
from mdm_osupdate.releases import Releases
from mdm_osupdate.versions import OSVersion, named_version, read_version


class Problem(NamedTuple):
    """One problem that a check has found; the driver makes a finding of it."""

    at: str
    """The path, from the message that was checked."""
    message: str
    hint: str | None = None
    """Replaces the hint of the rule."""
    rule: str | None = None
    """Replaces the rule of the check, where one check decides between several."""


Problems = Iterator[Problem]


class UndecidedError(Exception):
    """A check needs a fact that is not known."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class KnownDevice:
    """A device as checks see it: an attribute that is not known raises ``UndecidedError``."""

    __slots__ = ("_device", "build", "channel", "os_version", "platform")

    def __init__(self, device: Device) -> None:
        self._device = device
        self.build: str | None = device.build
        self.channel: Channel = device.channel
        self.os_version: OSVersion = device.os_version
        self.platform: Platform = device.platform

    def __str__(self) -> str:
        return f"{self.platform} {self.os_version}"

    @property
    def supervised(self) -> bool:
        """True if it is supervised."""
        if self._device.supervised is None:
            raise UndecidedError("supervised")
        return self._device.supervised

    @property
    def enrollment(self) -> Enrollment:
        """The way in which it was enrolled."""
        if self._device.enrollment is None:
            raise UndecidedError("enrollment")
        return self._device.enrollment

    @property
    def access_rights(self) -> AccessRights:
        """The rights of its MDM profile."""
        if self._device.access_rights is None:
            raise UndecidedError("access_rights")
        return self._device.access_rights

    @property
    def shared_ipad(self) -> bool:
        """True if it is a Shared iPad."""
        if self._device.shared_ipad is None:
            raise UndecidedError("shared_ipad")
        return self._device.shared_ipad

    @property
    def declaration_managed(self) -> bool:
        """True if a declaration manages its updates."""
        if self._device.declaration_managed is None:
            raise UndecidedError("declaration_managed")
        return self._device.declaration_managed

    @property
    def is_user_enrolled(self) -> bool:
        """True if it is known to be under User Enrollment."""
        return self._device.enrollment is Enrollment.USER

    @property
    def is_shared_ipad(self) -> bool:
        """True if it is known to be a Shared iPad."""
        return self._device.shared_ipad is True

    def availability(self, subject: str) -> Availability | None:
        """Look up a subject. Return ``None`` if this platform and version do not support it."""
        return on_device(subject, self._device)


@lru_cache(1 << 8)  # each keeps a device, whose texts can be long
def known_device(device: Device, _: str) -> KnownDevice:
    """Return the same object for equal devices whose versions are also spelled alike."""
    return KnownDevice(device)


class Needs(Enum):
    """The input that a check needs besides the message."""

    NOTHING = auto()
    DEVICE = auto()
    """Any device."""
    SUPPORT = auto()
    """A device that has the command or declaration, and its availability there."""
    COMMAND = auto()
    """The command that is responded to or replaced."""
    NOW = auto()
    """The time."""
    RELEASES = auto()
    """A device, and what Apple offers on a day."""


@frozen
class Check:
    """A registered check."""

    rule: str
    classes: tuple[type[Message], ...]
    needs: Needs
    find: Callable[..., Problems]
    of_class: bool = False
    """True if it is given the class of the message instead of the message."""
    on: Collection[Platform] = tuple(Platform)
    """The platforms that it is about."""

    def finds_in(self, cls: type[Message], arguments: Sequence[object]) -> bool:
        """Return whether a check of a class finds a problem, or cannot decide."""
        try:
            return any(True for _ in self.find(cls, *arguments))
        except UndecidedError:
            return True


_CHECKS: list[Check] = []

M = TypeVar("M", bound=Message)


def check(
    rule: str, *classes: type[M]
) -> Callable[[Callable[[M], Problems]], Callable[[M], Problems]]:
    """Register a check that needs the message only."""

    def register(find: Callable[[M], Problems]) -> Callable[[M], Problems]:
        _CHECKS.append(Check(rule, classes, Needs.NOTHING, find))
        return find

    return register


def check_device(
    rule: str, *classes: type[M]
) -> Callable[[Callable[[M, KnownDevice], Problems]], Callable[[M, KnownDevice], Problems]]:
    """Register a check that needs a device."""

    def register(
        find: Callable[[M, KnownDevice], Problems],
    ) -> Callable[[M, KnownDevice], Problems]:
        _CHECKS.append(Check(rule, classes, Needs.DEVICE, find))
        return find

    return register


_OfSupport = Callable[[M, KnownDevice, Availability], Problems]


def check_support(
    rule: str, *classes: type[M], on: Collection[Platform] = tuple(Platform)
) -> Callable[[_OfSupport[M]], _OfSupport[M]]:
    """Register a check for devices that have the command or declaration in question.

    The check is given its availability on the device. ``on`` are the platforms that it is about.
    """

    def register(find: _OfSupport[M]) -> _OfSupport[M]:
        _CHECKS.append(Check(rule, classes, Needs.SUPPORT, find, on=on))
        return find

    return register


_OfClass = Callable[[type[M], KnownDevice], Problems]
_OfSupportedClass = Callable[[type[M], KnownDevice, Availability], Problems]


def check_class(rule: str, *classes: type[M]) -> Callable[[_OfClass[M]], _OfClass[M]]:
    """Register a check that needs a device, and only the class of the message."""

    def register(find: _OfClass[M]) -> _OfClass[M]:
        _CHECKS.append(Check(rule, classes, Needs.DEVICE, find, of_class=True))
        return find

    return register


def check_supported_class(
    rule: str, *classes: type[M]
) -> Callable[[_OfSupportedClass[M]], _OfSupportedClass[M]]:
    """Register a check like ``check_support`` that needs only the class of the message."""

    def register(find: _OfSupportedClass[M]) -> _OfSupportedClass[M]:
        _CHECKS.append(Check(rule, classes, Needs.SUPPORT, find, of_class=True))
        return find

    return register


def check_command(
    rule: str, *classes: type[M]
) -> Callable[[Callable[[M, Command], Problems]], Callable[[M, Command], Problems]]:
    """Register a check that needs the command that the message responds to or replaces."""

    def register(find: Callable[[M, Command], Problems]) -> Callable[[M, Command], Problems]:
        _CHECKS.append(Check(rule, classes, Needs.COMMAND, find))
        return find

    return register


_OfTime = Callable[[M, "dt.datetime | None"], Problems]


def check_time(rule: str, *classes: type[M]) -> Callable[[_OfTime[M]], _OfTime[M]]:
    """Register a check that needs the time, which is ``None`` if it is not known."""

    def register(find: _OfTime[M]) -> _OfTime[M]:
        _CHECKS.append(Check(rule, classes, Needs.NOW, find))
        return find

    return register


_OfReleases = Callable[[M, Device, Releases | None, dt.date], Problems]


def check_releases(rule: str, *classes: type[M]) -> Callable[[_OfReleases[M]], _OfReleases[M]]:
    """Register a check that needs a device and what Apple offers, ``None`` if that is unknown."""

    def register(find: _OfReleases[M]) -> _OfReleases[M]:
        _CHECKS.append(Check(rule, classes, Needs.RELEASES, find))
        return find

    return register


V = TypeVar("V")


def given(value: V) -> V | None:
    """Return a required attribute, which is ``None`` where it is missing from the document."""
    return value


@once_per_class
def checks_of(cls: type[Message]) -> tuple[Check, ...]:
    """Return the checks of a class of messages, in the order of their registration."""
    if cls._wire != "plist":  # commands and responses do not need these, nor their classes
        from . import declarations, declared_releases, enrollment, reports, settings  # noqa: F401
    return tuple(known for known in _CHECKS if issubclass(cls, known.classes))


def subject_of(cls: type[Message]) -> str | None:
    """Return the command or declaration that a class belongs to, as ``availability`` names it."""
    if issubclass(cls, Command):
        return cls.request_type
    if issubclass(cls, UpdatesItem):
        return RequestType.SCHEDULE_OS_UPDATE
    return cls.__name__ if hasattr(cls, "declaration_type") else None


@once_per_class
def keys_of(cls: type[Message]) -> tuple[Key, ...]:
    """Return the keys of a class that have attributes."""
    return tuple(f.metadata["schema"] for f in attrs.fields(cls) if "key" in f.metadata)


def updates_of(command: Command) -> Sequence[UpdatesItem]:
    """Return the updates that a command schedules. Empty for other commands."""
    return command.updates or () if isinstance(command, ScheduleOSUpdateCommand) else ()


def target_of(item: UpdatesItem) -> OSVersion | None:
    """Return the version that an update requests, by ProductVersion or in its product key."""
    return read_version(item.product_version or "") or named_version(item.product_key or "")
