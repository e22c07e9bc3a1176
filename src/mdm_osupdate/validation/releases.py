"""The checks of commands against what Apple offers."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from mdm_osupdate.availability import is_available
from mdm_osupdate.device import Device
from mdm_osupdate.messages import UpdatesItem
from mdm_osupdate.releases import Release, Releases
from mdm_osupdate.versions import OSVersion, is_response_build, named_build

from .registry import Problem, Problems, UndecidedError, check_releases, target_of


class Target(NamedTuple):
    """The version and build that a message requests, and the keys that have them."""

    version: OSVersion | None
    build: str | None
    version_at: str
    build_at: str
    subject: str
    """The command or declaration, as ``availability`` names it."""

    @property
    def is_response(self) -> bool:
        """True for a security response."""
        return is_response_build(self.build or "")


class Case(NamedTuple):
    """A target, and the releases for the device that would get it."""

    target: Target
    device: Device
    on: dt.date
    listed: tuple[Release, ...]
    """The releases for its hardware, offered or not."""

    @property
    def offered(self) -> tuple[Release, ...]:
        """The releases that Apple offers on that day."""
        return tuple(release for release in self.listed if release.is_offered(self.on))

    def of_target(self, releases: tuple[Release, ...]) -> list[Release]:
        """Return the releases of the requested version and kind."""
        target = self.target
        if target.version is None:
            return list(releases)
        return [
            release
            for release in releases
            if release.version == target.version and bool(release.extra) == target.is_response
        ]


def _of_item(
    item: UpdatesItem, device: Device, releases: Releases | None, on: dt.date
) -> Case | None:
    """Return the case of an item of a command, or ``None`` without releases.

    Raises:
        UndecidedError: a fact is unknown.
    """
    if releases is None:
        return None
    key = item.product_key or ""
    target = Target(
        version=target_of(item),
        build=named_build(key),
        version_at="ProductKey" if item.product_version is None else "ProductVersion",
        build_at="ProductKey",
        subject="ScheduleOSUpdate",
    )
    if not is_reachable(target, device):
        return None
    if key and target.version is None and target.build is None:
        raise UndecidedError("version")  # to Apple, keys are opaque
    return case_of(target, device, releases, on)


def is_reachable(target: Target, device: Device) -> bool:
    """Return whether no other rule reports that the device cannot get the version."""
    version = target.version
    if version is not None and (version.extra or version < device.os_version):
        return False
    return is_available(target.subject, device)


def case_of(target: Target, device: Device, releases: Releases, on: dt.date) -> Case:
    """Return the case of a target.

    Raises:
        UndecidedError: the releases do not list the device's hardware.
    """
    if not releases.knows(device):
        raise UndecidedError("model")
    return Case(target=target, device=device, on=on, listed=releases.listed_for(device))


@check_releases("OSU660", UpdatesItem)
def scheduled_version_is_offered(
    item: UpdatesItem, device: Device, releases: Releases | None, on: dt.date
) -> Problems:
    """Find a version that the device is not offered, or only with another build."""
    yield from unless_offered(_of_item(item, device, releases, on))


@check_releases("OSU661", UpdatesItem)
def scheduled_version_is_the_newest(
    item: UpdatesItem, device: Device, releases: Releases | None, on: dt.date
) -> Problems:
    """Find a version that is offered while a newer one of the same major version is, too."""
    yield from unless_newest(_of_item(item, device, releases, on))


@check_releases("OSU663", UpdatesItem)
def scheduled_response_has_its_base(
    item: UpdatesItem, device: Device, releases: Releases | None, on: dt.date
) -> Problems:
    """Find a security response for a device that does not have what it is installed on."""
    if releases is not None and is_response_build(named_build(item.product_key or "") or ""):
        case = _of_item(item, device, releases, on)
        yield from unless_installable(case, brings_base=False)


# -- the checks of commands and declarations -------------------------------------------------------


def unless_offered(case: Case | None) -> Problems:
    """Find a version that the device is not offered, or only with another build."""
    if case is None:
        return
    target = case.target
    builds = [release.build for release in case.of_target(case.offered)]
    versions = {release.version for release in case.offered}
    if target.version is not None and target.version not in versions:
        yield Problem(target.version_at, _not_offered(case), _choose(case))
    elif target.build is not None and target.build not in builds:
        yield Problem(target.build_at, _not_the_build(case, builds), rule="OSU662")


def _not_offered(case: Case) -> str:
    """Explain why a version is not offered on a day."""
    version = case.target.version
    releases = case.of_target(case.listed)
    expired = [release.expires for release in releases if release.expires is not None]
    if expired and max(expired) <= case.on:
        return f"Apple no longer offers {version} for this device: expired {max(expired)}"
    if releases:
        posted = min(release.posted for release in releases)
        return f"Apple offers {version} for this device from {posted} on, not on {case.on}"
    return f"Apple does not offer {version} for this device on {case.on}"


def _not_the_build(case: Case, builds: list[str]) -> str:
    """Report that a build is not offered."""
    target = case.target
    if target.version is None or not builds:
        return f"Apple does not offer build {target.build} for this device on {case.on}"
    expected = f"expected {' or '.join(builds)} for {target.version} on this device"
    return f"{expected}, got {target.build!r}"


def _choose(case: Case) -> str | None:
    versions = [release.version for release in case.offered if not release.extra]
    if not versions:
        return None
    return f"Choose {max(versions)}, the newest version that Apple offers for this device."


def unless_newest(case: Case | None) -> Problems:
    """Find a version that is offered while a newer one of the same major version is, too."""
    target = None if case is None else case.target.version
    if case is None or target is None:
        return
    offered = [release.version for release in case.offered]
    newest = max((each for each in offered if each.major == target.major), default=target)
    if target in offered and newest > target:
        text = f"Apple offers {newest}, which is newer than {target}"
        yield Problem(case.target.version_at, text)


def unless_installable(case: Case | None, *, brings_base: bool) -> Problems:
    """Find a security response for a device that lacks what it is installed on.

    Args:
        case: the case, or ``None`` if there is nothing to check.
        brings_base: True if the message also installs the base version, if Apple offers it.
    """
    if case is None:
        return
    responses = [release for release in case.offered if release.build == case.target.build]
    for response in responses[:1]:
        lacking = _lacking(case, response, brings_base)
        if lacking is not None:
            text = f"{response.full_version} requires {lacking}"
            yield Problem(case.target.build_at, text)


def _lacking(case: Case, response: Release, brings_base: bool) -> str | None:
    """Return what a response requires and a device lacks.

    Raises:
        UndecidedError: the device's build is unknown.
    """
    base, device = response.version, case.device
    if device.os_version.base == base:
        return _other_build(device, response.prerequisite_build)
    if not brings_base:
        return f"{base}, and the device has {device.os_version}"
    if any(release.version == base and not release.extra for release in case.offered):
        return None
    return f"{base}, which Apple does not offer for this device on {case.on}"


def _other_build(device: Device, needed: str | None) -> str | None:
    if needed is None or device.os_version.extra:
        return None
    if device.build is None:
        raise UndecidedError("build")
    if device.build == needed or is_response_build(device.build):
        return None
    return f"build {needed}, and the device has {device.build}"
