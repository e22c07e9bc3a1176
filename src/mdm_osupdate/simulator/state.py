"""The state of a simulated device, and its changes over time."""

import datetime as dt

import attrs
from attrs import define, field

from mdm_osupdate.device import Device
from mdm_osupdate.flow import PROMPT_EVERY, offered_version, to_utc
from mdm_osupdate.messages import AvailableOSUpdatesItem, Platform, ScheduledAction
from mdm_osupdate.versions import OSVersion

from .behavior import NEVER, Behavior


@define
class Progress:
    """An update in progress. All its times are known from the start."""

    offer: AvailableOSUpdatesItem
    action: ScheduledAction
    began: dt.datetime
    downloaded: dt.datetime
    prepared: dt.datetime
    max_deferrals: int = 0
    deferrals: int = 0
    """The number of times that the user will defer it."""
    asked: dt.datetime | None = None
    """The time of the first prompt. ``None`` if nothing will be installed."""
    prompt: dt.timedelta = NEVER
    """The time that the user takes to agree."""
    deadline: dt.datetime | None = None
    """The time at which a declaration makes the device install without asking."""

    @classmethod
    def begin(
        cls,
        offer: AvailableOSUpdatesItem,
        action: ScheduledAction,
        behavior: Behavior,
        now: dt.datetime,
        before: "Progress | None",
    ) -> "Progress":
        """Begin to download an update, or continue a download that has begun."""
        if before is not None:
            return cls(offer, action, before.began, before.downloaded, before.prepared)
        downloaded = now + behavior.download_time
        return cls(offer, action, now, downloaded, downloaded + behavior.prepare_time)

    @property
    def installs(self) -> dt.datetime | None:
        """The time at which the device restarts to install."""
        if self.asked is None:
            return None
        agreed = self.asked + self.deferrals * PROMPT_EVERY + self.prompt
        return agreed if self.deadline is None else min(agreed, max(self.asked, self.deadline))

    def fraction(self, now: dt.datetime) -> float:
        """Return the fraction of the download that is done."""
        length = self.downloaded - self.began
        return min(1.0, round((now - self.began) / length, 2)) if length else 1.0

    def deferrals_at(self, now: dt.datetime) -> int:
        """Return the number of deferrals so far."""
        if self.asked is None or now < self.asked:
            return 0
        return min(self.deferrals, (now - self.asked) // PROMPT_EVERY + 1)


@define
class State:
    """The state of a device."""

    device: Device
    updates: tuple[AvailableOSUpdatesItem, ...]
    behavior: Behavior
    udid: str
    progress: dict[str, Progress] = field(factory=dict)
    """The updates in progress, by product key."""
    failed: set[str] = field(factory=set)
    """The product keys of updates whose installation failed, until that is reported."""
    failures: int = 0
    """The number of installations that failed."""
    first: dt.datetime | None = None
    """The time of the first command or declaration."""
    scanned: dt.datetime | None = None
    """The time at which a Mac began its last scan."""
    updated: bool = False
    """True if an update was installed since the last command that named an update."""

    def advance(self, now: dt.datetime) -> bool:
        """Apply all changes that are due by now, and return whether the device can be reached."""
        now = to_utc(now)
        withdrawn = self.behavior.withdrawn_after
        if withdrawn is not None and self.first is not None and now - self.first >= withdrawn:
            self._withdraw(self.first + withdrawn)
        for key, progress in list(self.progress.items()):
            begins = progress.installs
            if begins is not None and begins + self.behavior.restart_time <= now:
                self._restart(key, progress)
        return all(now < begins for begins in self.installs())

    def installs(self) -> list[dt.datetime]:
        """Return the times at which the device restarts to install."""
        return [p.installs for p in self.progress.values() if p.installs is not None]

    def still(self, length: dt.timedelta, now: dt.datetime) -> bool:
        """Return whether an obstacle of that length still exists."""
        return self.first is not None and now - self.first < length

    def has_passcode(self) -> bool:
        """Return whether the user must enter a passcode to install."""
        return self.is_iphone_or_ipad() and self.behavior.passcode

    def is_iphone_or_ipad(self) -> bool:
        """Return whether the platform is iOS or iPadOS."""
        return self.device.platform in (Platform.IOS, Platform.IPADOS)

    def is_mac(self) -> bool:
        """Return whether the platform is macOS."""
        return self.device.platform is Platform.MACOS

    def is_declared(self, update: AvailableOSUpdatesItem) -> bool:
        """Return whether a declaration, rather than commands, manages the update."""
        return self.device.declaration_managed is True and (
            not self.is_mac() or not update.is_config_data_update
        )

    def _withdraw(self, when: dt.datetime) -> None:
        self.updates = ()
        self.progress = {key: p for key, p in self.progress.items() if p.downloaded <= when}

    def _restart(self, key: str, progress: Progress) -> None:
        self.progress.clear()
        if self.behavior.forgets_scan:
            self.scanned = None
        if self.failures < self.behavior.failing_installs:
            self.failures += 1
            self.failed.add(key)
            return
        self.updated = True
        version = offered_version(progress.offer)
        if version is not None and version > self.device.os_version:
            build = progress.offer.supplemental_build_version or progress.offer.build
            self.device = attrs.evolve(self.device, os_version=version, build=build)
        self.updates = tuple(
            u
            for u in self.updates
            if u is not progress.offer and not _is_old(u, self.device.os_version)
        )


def _is_old(update: AvailableOSUpdatesItem, os_version: OSVersion) -> bool:
    version = offered_version(update)
    return version is not None and version <= os_version
