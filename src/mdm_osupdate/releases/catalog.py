"""The catalog of releases that Apple offers for each device, by day."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Literal

from attrs import Factory, field, frozen

from mdm_osupdate.device import Device
from mdm_osupdate.versions import OSVersion

Kind = Literal["any", "minor", "patch"]
"""The range of an update: ``any`` version, one with the device's major version (``minor``), or one
with its major and minor version (``patch``)."""


@frozen(kw_only=True)
class Release:
    """One update for some devices. The same version may be listed with several builds."""

    version: OSVersion
    """The version or, for a security response, its base version."""
    build: str
    posted: dt.date
    """The first day on which it is offered."""
    expires: dt.date | None = None
    """The first day on which it is no longer offered. ``None`` if it does not expire."""
    extra: str = ""
    """The letter of a security response, such as ``(a)``. Empty for other releases."""
    prerequisite_build: str | None = None
    """The build that a security response needs."""
    devices: frozenset[str] = field(factory=frozenset, repr=False)
    """Product names such as ``iPad11,1`` or, for Macs, board names such as ``J413AP``."""
    public: bool = True
    """True if Apple also offers it to users. Otherwise, only device management can install it."""

    @property
    def full_version(self) -> OSVersion:
        """The version with the letter of a security response, such as ``26.3.1 (a)``."""
        return OSVersion(f"{self.version} {self.extra}".rstrip())

    def is_offered(self, on: dt.date) -> bool:
        """Return whether the release is posted on a day, and has not expired."""
        return self.posted <= on and (self.expires is None or on < self.expires)


def _newest_first(releases: Iterable[Release]) -> tuple[Release, ...]:
    by_build = sorted(releases, key=lambda release: (len(release.build), release.build))
    return tuple(
        sorted(by_build, key=lambda release: (release.version, release.posted), reverse=True)
    )


def _devices_of(releases: Iterable[Release]) -> frozenset[str]:
    return frozenset().union(*(release.devices for release in releases))


@frozen
class Releases:
    """A catalog of releases. Create one with ``load_releases``.

    Devices are looked up by ``device_id`` or ``model``. A Mac's model identifier, such as
    ``Mac14,2``, is found only if the catalog includes a SOFA feed, because the lookup service lists
    boards.
    """

    releases: tuple[Release, ...]
    boards: Mapping[str, frozenset[str]] = field(factory=dict, repr=False, hash=False)
    """The boards of each Mac's model identifier."""
    _listed: frozenset[str] = field(
        init=False,
        repr=False,
        eq=False,
        default=Factory(lambda self: _devices_of(self.releases), takes_self=True),
    )

    @property
    def newest_posting(self) -> dt.date:
        """The newest posting date, which is the default day for looking up releases."""
        return max((release.posted for release in self.releases), default=dt.date.min)

    def knows(self, device: Device) -> bool:
        """Return whether the catalog lists the device's hardware at all."""
        return bool(self._identifiers(device))

    def for_device(self, device: Device, *, on: dt.date) -> tuple[Release, ...]:
        """Return the releases that the device is offered on a day, newest first.

        Security responses are not included (see ``security_responses``). The result is also empty
        if the catalog does not list the device (see ``knows``).
        """
        return self._offered(device, on, responses=False)

    def security_responses(self, device: Device, *, on: dt.date) -> tuple[Release, ...]:
        """Return the security responses that the device is offered on a day, newest first."""
        return self._offered(device, on, responses=True)

    def listed_for(self, device: Device) -> tuple[Release, ...]:
        """Return all releases for the device's hardware, offered or not, newest first.

        Security responses are among them.
        """
        # A model with several boards is offered only releases for all of them.
        names = self._identifiers(device)
        return _newest_first(
            release for release in self.releases if names and names <= release.devices
        )

    def latest(self, device: Device, *, on: dt.date, kind: Kind = "any") -> Release | None:
        """Return the newest release that the device is offered on a day.

        Args:
            device: the device. Its current version matters only for ``kind``. The result may be
                that version.
            on: the day.
            kind: the range of the update.

        Raises:
            ValueError: ``kind`` is unknown.
        """
        if kind not in ("any", "minor", "patch"):
            raise ValueError(f"unknown kind {kind!r:.60}: expected any, minor or patch")
        has = device.os_version
        for release in self.for_device(device, on=on):
            version = release.version
            if kind == "any" or (
                version.major == has.major and (kind == "minor" or version.minor == has.minor)
            ):
                return release
        return None

    def is_offered(self, version_or_build: OSVersion | str, device: Device, *, on: dt.date) -> bool:
        """Return whether the device is offered a version, or a build, on a day.

        A version with a letter, such as ``26.3.1 (a)``, is a security response.
        """
        offered = (*self.for_device(device, on=on), *self.security_responses(device, on=on))
        wanted = str(version_or_build)
        return any(wanted in (release.build, str(release.full_version)) for release in offered)

    def _identifiers(self, device: Device) -> frozenset[str]:
        """Return the names under which releases list the device."""
        for name in (device.device_id, device.model):
            if name is not None:
                found = self.boards.get(name, frozenset({name})) & self._listed
                if found:
                    return found
        return frozenset()

    def _offered(self, device: Device, on: dt.date, *, responses: bool) -> tuple[Release, ...]:
        return tuple(
            release
            for release in self.listed_for(device)
            if bool(release.extra) is responses and release.is_offered(on)
        )
