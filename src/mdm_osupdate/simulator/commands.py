"""The part of a simulated device that responds to commands."""

import datetime as dt
import functools
from collections.abc import Sequence
from typing import TypeVar

import attrs
from attrs import define

from mdm_osupdate.availability import is_available
from mdm_osupdate.device import Enrollment
from mdm_osupdate.flow import PROMPT_EVERY
from mdm_osupdate.messages import (
    CODE_OF_STATUS,
    KNOWN_ERRORS,
    RESPONSE_TO,
    AvailableOSUpdatesCommand,
    AvailableOSUpdatesItem,
    Command,
    CommandStatus,
    InstallAction,
    OSUpdateStatusCommand,
    OSUpdateStatusItem,
    Platform,
    ProgressStatus,
    Response,
    ScheduledAction,
    ScheduleOSUpdateCommand,
    ScheduleOSUpdateResponse,
    UpdateResultsItem,
    UpdatesItem,
    UpdateStatus,
)
from mdm_osupdate.validation import validate
from mdm_osupdate.versions import OSVersion

from .behavior import NEVER, PROMPT_TIME
from .refusals import INVALID_COMMAND, Error, error_chain, refusal
from .state import Progress, State

T = TypeVar("T")

_MAX_DEFERRALS = "OSUpdateStatus.OSUpdateStatus[].MaxDeferrals"

_NO_INSTALLATION = (ScheduledAction.DOWNLOAD_ONLY, ScheduledAction.NOTIFY_ONLY)
_USER_ON_SHARED_IPAD = ("MCMDMErrorDomain", 12077)
_DECLARED = ("com.apple.softwareupdateservices.errors", 103)
_NO_UPDATE_IN_IOS_11_3 = (
    ("DeviceManagement.error", 2213),
    ("com.apple.softwareupdateservices.errors", 3),
)


@define
class CommandClient:
    """The part of a device that responds to commands."""

    state: State
    count: int = 0
    """The number of commands so far."""
    changed_action: bool = False
    """True if the device has scheduled an action other than the requested one."""
    rejection: str = ""
    """The reason why the device rejected the last command that updates it. Empty if it did not."""

    def answer(self, command: Command, now: dt.datetime) -> Response | None:
        """Respond to a command, or return ``None`` if the response is lost."""
        self.count += 1
        response = self._answer(command, now)
        rejection = "" if response is None else _rejection(response)
        if rejection or isinstance(command, ScheduleOSUpdateCommand):
            self.rejection = rejection
        return response

    def _answer(self, command: Command, now: dt.datetime) -> Response | None:
        state = self.state
        every = state.behavior.not_now_every
        if every and self.count % every == 0:
            return self._reply(command, CommandStatus.NOT_NOW)
        command = self._interpret(command)
        report = validate(command, state.device)
        if not report.ok:
            error = refusal(report, state.device)
            if error is None:
                return self._reply(command, CommandStatus.COMMAND_FORMAT_ERROR)
            return self._error(command, error)
        if state.device.shared_ipad and state.still(state.behavior.logged_in, now):
            return self._error(command, _USER_ON_SHARED_IPAD)
        if isinstance(command, ScheduleOSUpdateCommand):
            return self._schedule(command, now)
        if isinstance(command, OSUpdateStatusCommand):
            return self._status(command, now)
        if isinstance(command, AvailableOSUpdatesCommand):
            return self._list(command, now)
        state.scanned = state.scanned or now
        return self._acknowledge(command, scan_initiated=True)

    # -- reading a command -----------------------------------------------------------------------

    def _interpret(self, command: Command) -> Command:
        """Interpret a command as the platform's client does, more leniently than the rules."""
        if not isinstance(command, ScheduleOSUpdateCommand):
            return command
        items = [self._drop_unknown_keys(item) for item in command.updates or ()]
        if self.state.is_mac():
            items = [self._replace_unknown_action(item) for item in items]
            # Without Updates, a Mac installs everything that it lists.
            return attrs.evolve(command, updates=items or list(map(_default, self.state.updates)))
        latest = _default(self.state.updates[0]) if self.state.updates else _DEFAULT
        items = [
            attrs.evolve(
                latest if item.product_key is None and item.product_version is None else item,
                install_action=_IOS_ACTIONS.get(
                    str(item.install_action).lower(), item.install_action
                ),
            )
            for item in items
        ]
        return attrs.evolve(command, updates=items or [latest])

    def _drop_unknown_keys(self, item: UpdatesItem) -> UpdatesItem:
        """Drop the keys that the device does not support, because it ignores them."""

        def known(key: str, value: T) -> T | None:
            available = is_available(f"ScheduleOSUpdate.Updates[].{key}", self.state.device)
            return value if available else None

        return attrs.evolve(
            item,
            product_version=known("ProductVersion", item.product_version),
            max_user_deferrals=known("MaxUserDeferrals", item.max_user_deferrals),
            priority=known("Priority", item.priority),
        )

    def _replace_unknown_action(self, item: UpdatesItem) -> UpdatesItem:
        """Replace an action that a Mac does not support with Default."""
        action = item.install_action
        known = action in frozenset(InstallAction) and is_available(
            f"InstallAction.{action}", self.state.device
        )
        return item if known else attrs.evolve(item, install_action=InstallAction.DEFAULT)

    # -- responses -------------------------------------------------------------------------------

    def envelope(
        self, kind: type[Response], command_uuid: str | None, status: CommandStatus, **keys: object
    ) -> Response:
        """Create a response of this device."""
        sender = "enrollment_id" if self.state.device.enrollment is Enrollment.USER else "udid"
        identity = {sender: self.state.udid, "command_uuid": command_uuid}
        make: functools.partial[Response] = functools.partial(kind, status=status)
        return make(**identity, **keys)

    def _reply(self, command: Command, status: CommandStatus, **keys: object) -> Response:
        kind = RESPONSE_TO[command.request_type]
        return self.envelope(kind, command.command_uuid, status, **keys)

    def _acknowledge(self, command: Command, **keys: object) -> Response:
        return self._reply(command, CommandStatus.ACKNOWLEDGED, **keys)

    def _error(self, command: Command, *errors: Error) -> Response:
        return self._reply(command, CommandStatus.ERROR, error_chain=error_chain(*errors))

    # -- AvailableOSUpdates and OSUpdateStatus ---------------------------------------------------

    def is_ios_11_3(self) -> bool:
        """Return whether the device has the peculiarities of iOS 11.3."""
        version = self.state.device.os_version
        return self.state.is_iphone_or_ipad() and OSVersion("11.3") <= version < OSVersion("11.4")

    def _list(self, command: AvailableOSUpdatesCommand, now: dt.datetime) -> Response:
        """List the available updates."""
        state = self.state
        updates = [update for update in state.updates if not state.is_declared(update)]
        if state.is_mac():
            if state.scanned is None or now < state.scanned + state.behavior.scan_time:
                updates = []
        else:
            updates = updates[:1]
            downloaded = any(now >= p.downloaded for p in state.progress.values())
            if downloaded and not state.behavior.lists_downloaded:
                updates = []
        if not updates and self.is_ios_11_3():
            return self._error(command, *_NO_UPDATE_IN_IOS_11_3)
        return self._acknowledge(command, available_os_updates=updates)

    def _status(self, command: OSUpdateStatusCommand, now: dt.datetime) -> Response:
        """Report the progress of current updates."""
        state = self.state
        progress = [p for p in state.progress.values() if not state.is_declared(p.offer)]
        items = [self._status_of(p, now) for p in progress]
        return self._acknowledge(command, os_update_status=items)

    def _status_of(self, progress: Progress, now: dt.datetime) -> OSUpdateStatusItem:
        fraction = progress.fraction(now)
        status = ProgressStatus.IDLE if now >= progress.prepared else ProgressStatus.DOWNLOADING
        later = progress.action is ScheduledAction.INSTALL_LATER
        if progress.asked is not None and now >= progress.asked and not later:
            status = ProgressStatus.INSTALLING
        item = OSUpdateStatusItem(
            product_key=progress.offer.product_key,
            is_downloaded=fraction == 1,
            download_percent_complete=fraction,
            status=status,
        )
        if not later or not is_available(_MAX_DEFERRALS, self.state.device):
            return item
        deferrals = progress.deferrals_at(now)
        asked = progress.asked or progress.downloaded
        return attrs.evolve(
            item,
            max_deferrals=progress.max_deferrals,
            deferrals_remaining=progress.max_deferrals - deferrals,
            next_scheduled_install=asked + deferrals * PROMPT_EVERY,
            past_notifications=[asked + n * PROMPT_EVERY for n in range(deferrals)],
        )

    # -- ScheduleOSUpdate ------------------------------------------------------------------------

    def _schedule(self, command: ScheduleOSUpdateCommand, now: dt.datetime) -> Response | None:
        """Schedule the updates in a command. Return ``None`` if the response is lost."""
        state = self.state
        items = command.updates or ()
        if len(items) > 1 and not state.is_mac():
            return self._error(command, INVALID_COMMAND)
        matches = self._match(items)
        if any(state.is_declared(update) for _, update in matches):
            return self._error(command, _DECLARED)
        if state.updated and items and not matches:
            return self._after_restart(command, items)
        return self._schedule_all(command, matches, now)

    def _schedule_all(
        self,
        command: ScheduleOSUpdateCommand,
        matches: Sequence[tuple[UpdatesItem, AvailableOSUpdatesItem]],
        now: dt.datetime,
    ) -> Response | None:
        state = self.state
        installs_before = state.installs()
        results = [self._schedule_one(item, update, now) for item, update in matches]
        if state.behavior.loses_response and state.installs() and not installs_before:
            return None
        return self._acknowledge(command, update_results=results)

    def _match(
        self, items: Sequence[UpdatesItem]
    ) -> list[tuple[UpdatesItem, AvailableOSUpdatesItem]]:
        """Match the items with the updates that they request."""
        begun = [progress.offer for progress in self.state.progress.values()]
        known = [*begun, *(update for update in self.state.updates if update not in begun)]
        found = ((item, [u for u in known if _requests(item, u)]) for item in items)
        return [(item, updates[0]) for item, updates in found if updates]

    def _after_restart(
        self, command: ScheduleOSUpdateCommand, items: Sequence[UpdatesItem]
    ) -> Response:
        """Respond to the first command after the update, before iOS 11 with Idle.

        Source: MDM Protocol Reference.
        """
        self.state.updated = False
        if self.state.device.os_version >= OSVersion("11"):
            return self._acknowledge(command)
        idle = [
            UpdateResultsItem(
                product_key=str(item.product_key),
                install_action=ScheduledAction.INSTALL_ASAP,
                status=UpdateStatus.IDLE,
            )
            for item in items
        ]
        return self._acknowledge(command, update_results=idle)

    def _schedule_one(
        self, item: UpdatesItem, update: AvailableOSUpdatesItem, now: dt.datetime
    ) -> UpdateResultsItem:
        """Schedule one update, or report the reason for not doing so."""
        state = self.state
        key = str(update.product_key)
        before = state.progress.get(key)
        ready = before is not None and now >= before.prepared
        asked = str(item.install_action)
        if asked == InstallAction.INSTALL_ASAP and not ready and not state.is_mac():
            return self._failed(key, UpdateStatus.INSTALL_FAILED, 12059)
        action = self._action(asked, ready)
        if action is ScheduledAction.ERROR or key in state.failed:
            state.failed.discard(key)
            return self._blocked(key, action, UpdateStatus.INSTALL_FAILED)
        installs = action not in _NO_INSTALLATION
        if state.has_passcode() and state.device.os_version < OSVersion("10.3"):
            return self._failed(key, UpdateStatus.INSTALL_FAILED, 12049)
        obstacle = self._obstacle(before is not None, installs, now)
        if obstacle is not None:
            return self._blocked(key, action, obstacle)
        progress = Progress.begin(update, action, state.behavior, now, before)
        if installs:
            self._ask_user(progress, item, before, now)
        if action is not ScheduledAction.NOTIFY_ONLY:
            state.progress[key] = progress
        status = _status_after(progress, now)
        return UpdateResultsItem(product_key=key, install_action=action, status=status)

    def _action(self, asked: str, downloaded: bool) -> ScheduledAction:
        """Return the action that the device schedules."""
        change = self.state.behavior.changes_action
        if change is not None and not self.changed_action:
            self.changed_action = True
            return change
        if asked == InstallAction.DEFAULT:
            two_steps = not self.state.is_mac() and not downloaded
            return ScheduledAction.DOWNLOAD_ONLY if two_steps else ScheduledAction.INSTALL_ASAP
        return ScheduledAction(asked)

    def _ask_user(
        self, progress: Progress, item: UpdatesItem, before: Progress | None, now: dt.datetime
    ) -> None:
        """Set the times of prompts and the number of deferrals."""
        state = self.state
        progress.asked = max(now, progress.prepared)
        if state.is_mac():
            later = progress.action is ScheduledAction.INSTALL_LATER
            progress.max_deferrals = item.max_user_deferrals or 0 if later else 0
        elif state.has_passcode():
            progress.max_deferrals = 3
        progress.deferrals = min(state.behavior.deferrals, progress.max_deferrals)
        progress.prompt = PROMPT_TIME if state.has_passcode() else NEVER
        if before is not None and before.asked not in (None, now) and before.deferrals_at(now):
            # A second command starts what the user has deferred.
            progress.deferrals, progress.prompt = 0, NEVER

    def _obstacle(self, under_way: bool, installs: bool, now: dt.datetime) -> UpdateStatus | None:
        """Return the obstacle that prevents the download or the installation, if any."""
        state, behavior = self.state, self.state.behavior
        phone = installs and state.device.platform is Platform.IOS
        obstacles = (
            (not under_way, behavior.no_space, UpdateStatus.DOWNLOAD_INSUFFICIENT_SPACE),
            (not under_way, behavior.no_network, UpdateStatus.DOWNLOAD_INSUFFICIENT_NETWORK),
            (installs, behavior.no_power, UpdateStatus.INSTALL_INSUFFICIENT_POWER),
            (phone, behavior.phone_call, UpdateStatus.INSTALL_PHONE_CALL_IN_PROGRESS),
        )
        found = (
            status for matters, time, status in obstacles if matters and state.still(time, now)
        )
        return next(found, None)

    def _blocked(
        self, key: str, action: ScheduledAction, status: UpdateStatus
    ) -> UpdateResultsItem:
        """Report an obstacle as the platform does."""
        if self.state.is_mac():
            return UpdateResultsItem(product_key=key, install_action=action, status=status)
        return self._failed(key, status, CODE_OF_STATUS.get(status))

    def _failed(self, key: str, status: UpdateStatus, code: int | None) -> UpdateResultsItem:
        return UpdateResultsItem(
            product_key=key,
            install_action=ScheduledAction.ERROR,
            status=status,
            error_chain=error_chain(("MCMDMErrorDomain", code)) if code else (),
        )


def _rejection(response: Response) -> str:
    """Return the reason why a response rejects its command. Empty if it does not."""
    if response.status == CommandStatus.COMMAND_FORMAT_ERROR:
        return "its format is wrong"
    results = response.update_results if isinstance(response, ScheduleOSUpdateResponse) else None
    results = results or ()
    chains = [response.error_chain, *(result.error_chain for result in results)]
    if error := next((item for chain in chains for item in chain or ()), None):
        return error.known.meaning if error.known else str(error.localized_description)
    for result in results:
        if code := CODE_OF_STATUS.get(UpdateStatus(str(result.status))):
            return KNOWN_ERRORS["MCMDMErrorDomain", code].meaning
    return ""


_IOS_ACTIONS = {
    str(action).lower(): action
    for action in (InstallAction.DEFAULT, InstallAction.DOWNLOAD_ONLY, InstallAction.INSTALL_ASAP)
}
_DEFAULT = UpdatesItem(install_action=InstallAction.DEFAULT, product_key="the latest, if any")


def _status_after(progress: Progress, now: dt.datetime) -> UpdateStatus:
    """Return the status of an update that has just been scheduled."""
    if now < progress.prepared:
        return UpdateStatus.DOWNLOADING
    later = progress.action is ScheduledAction.INSTALL_LATER
    return UpdateStatus.IDLE if progress.asked is None or later else UpdateStatus.INSTALLING


def _default(update: AvailableOSUpdatesItem) -> UpdatesItem:
    return attrs.evolve(_DEFAULT, product_key=update.product_key)


def _requests(item: UpdatesItem, update: AvailableOSUpdatesItem) -> bool:
    """Return whether an item requests an update. A version never means a security response."""
    if item.product_key is not None:
        return item.product_key == update.product_key
    is_response = update.is_security_response or update.supplemental_os_version_extra
    version = item.product_version
    return version is not None and version == update.version and not is_response
