"""The goal for one device: a release and a deadline, or the reason why it is unreachable."""

import datetime as dt
import re

from attrs import frozen

from mdm_osupdate.device import Device
from mdm_osupdate.messages import Platform
from mdm_osupdate.releases import Kind, Release, Releases
from mdm_osupdate.versions import (
    LocalDateTime,
    OSVersion,
    exists_on,
    is_at,
    is_last_for_hardware,
    is_response_build,
)

_KINDS: dict[str, Kind] = {"latest": "any", "latest-minor": "minor", "latest-patch": "patch"}


class UnreachableError(Exception):
    """No message brings the device to the goal. Raised and caught only in this package."""

    def __init__(self, reason: str, change: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.change = change


@frozen
class DaysAfterPosting:
    """A deadline relative to the posting date of the release, such as ``14d@19:00``."""

    days: int
    time: dt.time

    def after(self, release: Release) -> LocalDateTime:
        """Return the deadline for a release."""
        day = release.posted + dt.timedelta(days=self.days)
        return LocalDateTime(dt.datetime.combine(day, self.time))


_DAYS = re.compile(r"([0-9]{1,3})d@([01][0-9]|2[0-3]):([0-5][0-9])")


def read_deadline(
    deadline: LocalDateTime | dt.datetime | str,
) -> LocalDateTime | DaysAfterPosting:
    """Read a deadline.

    Raises:
        ValueError: it is neither a local time nor a number of days such as ``14d@19:00``.
    """
    match = _DAYS.fullmatch(deadline) if isinstance(deadline, str) else None
    if match is None:
        return LocalDateTime(deadline)
    return DaysAfterPosting(int(match[1]), dt.time(int(match[2]), int(match[3])))


@frozen(kw_only=True)
class Goal:
    """The release that one device should have, and the deadline."""

    version: OSVersion
    build: str | None
    deadline: LocalDateTime
    is_relative: bool = False
    """True if devices with the same version may have different deadlines."""
    undecided: tuple[str, ...] = ()
    """The unknown attributes that could rule the goal out."""

    @property
    def is_response(self) -> bool:
        """True for a security response."""
        return bool(self.version.extra) or is_response_build(self.build or "")

    def base(self) -> "Goal":
        """Return the goal for the base version of a security response.

        Its deadline is an hour earlier, because the earliest deadline is processed first.
        """
        earlier = self.deadline.datetime - dt.timedelta(hours=1)
        return Goal(
            version=self.version.base,
            build=None,
            deadline=LocalDateTime(earlier),
            is_relative=self.is_relative,
            undecided=self.undecided,
        )


@frozen(kw_only=True)
class Request:
    """The checked arguments of ``plan``, for any number of devices."""

    target: OSVersion | Kind
    build: str | None
    deadline: LocalDateTime | DaysAfterPosting
    releases: Releases | None
    now: dt.datetime | None

    @property
    def on(self) -> dt.date:
        """The day for which to look up releases, which is ``now`` or the newest posting date."""
        if self.now is not None:
            return self.now.date()
        return self.releases.newest_posting if self.releases is not None else dt.date.min

    @classmethod
    def of(
        cls,
        target: OSVersion | str,
        deadline: LocalDateTime | dt.datetime | str,
        *,
        build: str | None,
        releases: Releases | None,
        now: dt.datetime | None,
    ) -> "Request":
        """Check the arguments of ``plan`` and ``plan_fleet``."""
        by = read_deadline(deadline)
        kind = _KINDS.get(target) if isinstance(target, str) else None
        if releases is None and kind is not None:
            raise ValueError(f"target {str(target)!r} needs releases")
        if releases is None and isinstance(by, DaysAfterPosting):
            raise ValueError(f"deadline {str(deadline)!r} needs releases")
        if kind is None:
            wanted = target if isinstance(target, OSVersion) else OSVersion(target)
            return cls(target=wanted, build=build, deadline=by, releases=releases, now=now)
        if build is not None:
            raise ValueError(f"target {str(target)!r} cannot have a build")
        return cls(target=kind, build=None, deadline=by, releases=releases, now=now)

    def goal_for(self, device: Device) -> Goal | None:
        """Determine the goal for a device. Return ``None`` if the device already has it.

        Raises:
            UnreachableError: the device cannot get there.
        """
        release = self._release(device)
        if release is not None:
            version = release.full_version
            build = release.build if release.extra else self.build
        elif isinstance(self.target, OSVersion):
            version, build = self.target, self.build
        elif self._is_newest(device):
            return None
        else:
            raise self._no_release(device, self.target)
        there = is_at(version, build, device.os_version, device.build)
        if there:
            return None
        if release is None:
            self._check(device, version)
        elif release.extra:
            self._check_base(device, release)
        undecided = ["build"] if there is None else []
        if release is None:
            undecided.append("releases" if self.releases is None else "model")
        return Goal(
            version=version,
            build=build,
            deadline=self._deadline(device, release),
            is_relative=isinstance(self.deadline, DaysAfterPosting),
            undecided=tuple(undecided),
        )

    def _check(self, device: Device, version: OSVersion) -> None:
        """Check whether a device supports a version that the catalog does not list for it.

        Raises:
            UnreachableError: the device does not.
        """
        platform = device.platform
        if not exists_on(platform, version):
            reason = f"{platform} {version} does not exist"
            raise UnreachableError(reason, f"Choose a version of {platform} as the target.")
        if self.releases is not None and self.releases.knows(device):
            raise self._not_offered(device, self.releases, version)
        _check_hardware(device, version)

    def _check_base(self, device: Device, response: Release) -> None:
        """Check whether a device has, or can get, what a security response is installed on.

        Raises:
            UnreachableError: it has another build, or Apple no longer offers the version.
        """
        version, needed = response.version, response.prerequisite_build
        name = response.full_version
        if device.os_version.base == version:
            other = device.build is not None and needed not in (None, device.build)
            if other and not is_response_build(device.build or ""):
                reason = f"{name} requires build {needed}, and the device has {device.build}"
                raise UnreachableError(reason, "Choose another version as the target.")
        elif self.releases is not None and not self.releases.is_offered(
            version, device, on=self.on
        ):
            reason = f"{name} requires {version}, which Apple does not offer for this device"
            raise UnreachableError(reason, "Choose another version as the target.")

    def _deadline(self, device: Device, release: Release | None) -> LocalDateTime:
        if not isinstance(self.deadline, DaysAfterPosting):
            return self.deadline
        if release is None:
            raise _not_listed(device)
        return self.deadline.after(release)

    def _release(self, device: Device) -> Release | None:
        """Find the release of the target for a device, if the catalog lists it."""
        if self.releases is None:
            return None
        if not isinstance(self.target, OSVersion):
            return self.releases.latest(device, on=self.on, kind=self.target)
        for release in (
            *self.releases.for_device(device, on=self.on),
            *self.releases.security_responses(device, on=self.on),
        ):
            same = release.full_version == self.target
            if release.build == self.build or (same and self.build is None):
                return release
        return None

    def _is_newest(self, device: Device) -> bool:
        """Return whether a device is at, or past, the newest release that it is offered."""
        newest = self.releases.latest(device, on=self.on) if self.releases is not None else None
        return newest is not None and newest.version <= device.os_version

    def _no_release(self, device: Device, kind: Kind) -> UnreachableError:
        """Explain why a device is offered no release of a kind."""
        releases = self.releases
        if releases is None or not releases.knows(device):
            return _not_listed(device)
        newest = releases.latest(device, on=self.on)
        if newest is None:
            reason = f"Apple does not list a release for this device on {self.on}"
            return self._nothing_offered(releases, reason)
        has = device.os_version
        branch = f"{has.major}" if kind == "minor" else f"{has.major}.{has.minor}"
        return UnreachableError(
            f"Apple does not offer a newer {device.platform} {branch} for this device; the newest "
            f"is {device.platform} {newest.version}",
            f"Choose {newest.version} as the target.",
        )

    def _nothing_offered(self, releases: Releases, reason: str) -> UnreachableError:
        return UnreachableError(
            reason,
            f"Get the releases again: all of those given, posted until {releases.newest_posting}, "
            f"have expired on {self.on}. If none is offered then either, replace the device.",
        )

    def _not_offered(
        self, device: Device, releases: Releases, version: OSVersion
    ) -> UnreachableError:
        newest = releases.latest(device, on=self.on)
        if newest is None:
            reason = "Apple offers no release for this device"
            return self._nothing_offered(releases, reason)
        builds = [
            release.build
            for release in releases.for_device(device, on=self.on)
            if release.version == version
        ]
        if builds and self.build is not None:
            return UnreachableError(
                f"{version} for this device is {' or '.join(builds)}, not {self.build}",
                "Give that build, or none.",
            )
        name = f"{device.platform} {newest.version}"
        if newest.version < version.base:
            reason = f"the newest version for this hardware is {name}"
        else:
            reason = f"Apple does not offer {version} for this device; the newest is {name}"
        if newest.version <= device.os_version:
            return UnreachableError(reason, "Replace the device.")
        return UnreachableError(reason, f"Choose {newest.version} as the target.")


def _not_listed(device: Device) -> UnreachableError:
    if device.model is None and device.device_id is None:
        reason = "the model of the device is unknown, so its releases cannot be looked up"
        return UnreachableError(reason, "Add its model, such as iPad11,1, to the inventory.")
    return UnreachableError(
        f"the releases do not list {device.model or device.device_id}",
        "Check the model, name a version as the target, or, for a Mac, add a SOFA feed.",
    )


def _check_hardware(device: Device, version: OSVersion) -> None:
    """Check what is known about hardware without a catalog.

    Raises:
        UnreachableError: the hardware does not run the version.
    """
    platform, has = device.platform, device.os_version
    if version.major > has.major and is_last_for_hardware(platform, has):
        reason = f"{platform} {has} runs only on hardware that gets no newer major version"
        change = f"Replace the device, or choose a version of {has.major} as the target."
        raise UnreachableError(reason, change)
    if platform is Platform.MACOS and version.major >= 27 and has_apple_silicon(device) is False:
        reason = f"macOS {version} runs only on Apple silicon, and {device.model} has Intel"
        raise UnreachableError(reason, "Replace the Mac, or choose a version of 26 as the target.")


_LAST_INTEL = {
    "iMac": 20,
    "iMacPro": 1,
    "MacBook": 10,
    "MacBookAir": 9,
    "MacBookPro": 16,
    "MacPro": 7,
    "Macmini": 8,
}
"""The last Intel generation of each product. Later ones, and all named ``Mac…``, have Apple
silicon."""


def has_apple_silicon(device: Device) -> bool | None:
    """Return whether a Mac's model identifier is one of Apple silicon, or ``None`` if unknown."""
    match = re.fullmatch(r"([A-Za-z]+)([0-9]{1,3}),[0-9]+", device.model or "")
    if match is None:
        return None
    if match[1] in ("Mac", "VirtualMac"):
        return True
    last = _LAST_INTEL.get(match[1])
    return None if last is None else int(match[2]) > last
