"""The order in which a device processes several enforcements."""

from collections.abc import Iterable

from attrs import frozen

from mdm_osupdate.versions import OSVersion, is_at, read_version

from .declaration import Declaration
from .enforcement import SoftwareUpdateEnforcementSpecific


@frozen(kw_only=True)
class EnforcementOrder:
    """The order of a device's enforcements, provided that they do not change.

    Source: Apple's article on software updates by declarative management.
    """

    in_force: tuple[SoftwareUpdateEnforcementSpecific, ...]
    """The enforcements that the device processes, in the order of their deadlines."""
    superseded: tuple[SoftwareUpdateEnforcementSpecific, ...]
    """The enforcements that never come into force: another one with an earlier deadline installs
    the same or a newer version."""
    ignored: tuple[SoftwareUpdateEnforcementSpecific, ...]
    """The enforcements at or below the version of the device, and those with an invalid target."""

    @property
    def next(self) -> SoftwareUpdateEnforcementSpecific | None:
        """The enforcement that the device processes first."""
        return self.in_force[0] if self.in_force else None


def enforcement_order(
    declarations: Iterable[Declaration],
    os_version: OSVersion | str | None = None,
    build: str | None = None,
) -> EnforcementOrder:
    """Determine which of several enforcements a device processes next, and which it ignores.

    The device ignores targets at or below its version. Of the others, it processes the one with the
    earliest deadline, and reconsiders all of them after each update. Apple does not say what
    happens with equal deadlines. Here, the older version comes first.

    Args:
        declarations: the active declarations of the device. Only enforcements count.
        os_version: the version of the device. None for a device older than every target.
        build: the build of the device, with which security responses are compared.

    Raises:
        InvalidVersionError: ``os_version`` is not a valid version.
    """
    version = OSVersion(os_version) if isinstance(os_version, str) else os_version
    readable, ignored = [], []
    for each in declarations:
        if isinstance(each, SoftwareUpdateEnforcementSpecific):
            target = read_version(each.target_os_version)
            if target is None or target.extra or _is_at(each, target, version, build):
                ignored.append(each)
            else:
                readable.append((each, target))
    readable.sort(key=lambda pair: (pair[0].target_local_date_time, pair[1]))
    in_force, superseded = [], []
    for each, target in readable:
        if _is_at(each, target, version, build):
            superseded.append(each)
        else:
            in_force.append(each)
            version, build = target, each.target_build_version
    return EnforcementOrder(
        in_force=tuple(in_force), superseded=tuple(superseded), ignored=tuple(ignored)
    )


def _is_at(
    enforcement: SoftwareUpdateEnforcementSpecific,
    target: OSVersion,
    version: OSVersion | None,
    build: str | None,
) -> bool:
    if version is None:
        return False
    return is_at(target, enforcement.target_build_version, version, build) is True
