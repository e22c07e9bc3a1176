"""A simulated device: the other end of the protocol, without I/O, clock or chance.

``SimulatedDevice`` answers the four commands as a device does, with the oddities of its version;
its ``Behavior`` says what goes wrong. ``play`` lets it talk to an ``UpdateFlow``.

>>> import datetime as dt
>>> import mdm_osupdate as osu
>>> from mdm_osupdate.simulator import SimulatedDevice, Behavior, offer, play
>>> iphone = osu.Device("iOS", "17.3", supervised=True)
>>> phone = SimulatedDevice(iphone, [offer(iphone, "17.4.1")], Behavior(passcode=True))
>>> flow = osu.UpdateFlow(iphone, "17.4.1")
>>> for step in play(flow, phone, dt.datetime(2026, 3, 2, 9, tzinfo=dt.timezone.utc)):
...     print(step.at.time(), step.command.request_type, step.state)
09:00:00 AvailableOSUpdates scheduling
09:00:00 ScheduleOSUpdate downloading
09:15:00 OSUpdateStatus downloading
09:30:00 OSUpdateStatus scheduling
09:30:00 ScheduleOSUpdate installing
09:45:00 OSUpdateStatus installing
10:02:00 OSUpdateStatus scheduling
10:02:00 ScheduleOSUpdate confirming
10:02:00 AvailableOSUpdates finished
>>> str(phone.device.os_version)
'17.4.1'
"""

import datetime as dt
import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs
from attrs import define, frozen

from mdm_osupdate.availability import is_available
from mdm_osupdate.codec import DEFAULT_LIMITS, from_dict, loads_command, parse, to_dict, write
from mdm_osupdate.declarations import (
    ActivationSimple,
    Declaration,
    ManagementStatusSubscriptions,
    SoftwareUpdateEnforcementSpecific,
    StatusReport,
)
from mdm_osupdate.device import Device, Enrollment
from mdm_osupdate.errors import DecodeError, EncodeError, Finding
from mdm_osupdate.flow import (
    EnforcementFlow,
    Event,
    State,
    UpdateFlow,
    as_time,
    offered_version,
)
from mdm_osupdate.messages import (
    ANSWER_TO,
    CODE_OF_STATUS,
    KNOWN_ERRORS,
    AvailableOSUpdatesCommand,
    AvailableOSUpdatesItem,
    Command,
    CommandStatus,
    ErrorChainItem,
    InstallAction,
    InstallReason,
    InstallState,
    OSUpdateStatusCommand,
    OSUpdateStatusItem,
    Platform,
    ProgressStatus,
    Response,
    ScheduledAction,
    ScheduleOSUpdateCommand,
    UpdateResultsItem,
    UpdatesItem,
    UpdateStatus,
    Validity,
)
from mdm_osupdate.validation import validate
from mdm_osupdate.versions import OSVersion

__all__ = [
    "Behavior",
    "Exchange",
    "Reported",
    "SimulatedDevice",
    "offer",
    "play",
    "play_reports",
]

_NEVER = dt.timedelta()
_MAX_DEFERRALS = "OSUpdateStatus.OSUpdateStatus[].MaxDeferrals"
_PROMPT_EVERY = dt.timedelta(days=1)
"""A Mac asks its user once a day."""
_PROMPT_TIME = dt.timedelta(minutes=20)
"""What a user needs to find the prompt, and to enter a passcode."""


@frozen(kw_only=True)
class Behavior:
    """How a device and its user behave. The lengths of max_retries count from the first command."""

    passcode: bool = False
    """iOS and iPadOS: the user must agree to the installation with a passcode. Before iOS 10.3
    there is no installation then."""
    deferrals: int = 0
    """How often the user puts the installation off, a day at a time, where that is possible."""
    download_time: dt.timedelta = dt.timedelta(minutes=25)
    prepare_time: dt.timedelta = _NEVER
    """How long the device prepares what it has downloaded; the status is Downloading still."""
    scan_time: dt.timedelta = dt.timedelta(minutes=5)
    forgets_scan: bool = False
    """Whether a Mac must scan anew after a restart before it lists anything."""
    lists_downloaded: bool = True
    """Whether iOS and tvOS still list an update that is downloaded."""
    withdrawn_after: dt.timedelta | None = None
    """When Apple withdraws the updates: what is downloaded by then can be installed."""
    restart_time: dt.timedelta = dt.timedelta(minutes=12)
    """How long the device cannot be reached while it installs."""
    no_space: dt.timedelta = _NEVER
    """How long there is no space for the download."""
    no_power: dt.timedelta = _NEVER
    """How long the battery is too low to install."""
    no_network: dt.timedelta = _NEVER
    """How long the network does not suffice for the download."""
    phone_call: dt.timedelta = _NEVER
    """How long a call keeps an iPhone from installing."""
    logged_in: dt.timedelta = _NEVER
    """How long a user is logged in on a Shared iPad."""
    not_now_every: int = 0
    """Each how manieth command is answered NotNow; 0: none."""
    loses_answer: bool = False
    """Whether the answer to the command that schedules an installation is lost."""
    changes_action: ScheduledAction | None = None
    """What the device schedules the first time, whatever it was asked for."""
    failing_installs: int = 0
    """How many installations fail in the restart, one after the other."""


@define
class _Progress:
    """An update that is under way. All times are known from the start."""

    offer: AvailableOSUpdatesItem
    action: ScheduledAction
    began: dt.datetime
    downloaded: dt.datetime
    prepared: dt.datetime
    max_deferrals: int = 0
    deferrals: int = 0
    """How often the user will put it off."""
    asked: dt.datetime | None = None
    """When the user is first asked; ``None``: nothing is to be installed."""
    prompt: dt.timedelta = _NEVER
    """How long the user takes to agree."""
    deadline: dt.datetime | None = None
    """When a declaration has the device install without asking."""

    @property
    def installs(self) -> dt.datetime | None:
        """When the device restarts to install."""
        if self.asked is None:
            return None
        agreed = self.asked + self.deferrals * _PROMPT_EVERY + self.prompt
        return agreed if self.deadline is None else min(agreed, max(self.asked, self.deadline))

    def fraction(self, now: dt.datetime) -> float:
        """How far the download is."""
        length = self.downloaded - self.began
        return min(1.0, round((now - self.began) / length, 2)) if length else 1.0

    def deferrals_at(self, now: dt.datetime) -> int:
        """How often the user has put it off by now."""
        if self.asked is None or now < self.asked:
            return 0
        return min(self.deferrals, (now - self.asked) // _PROMPT_EVERY + 1)


class SimulatedDevice:
    """A device that answers commands as devices do, and changes as they do.

    It also takes declarations, with ``declare``, and sends status reports, with ``report``. Its
    local time is UTC.

    Args:
        device: what it is at first; the attribute ``device`` changes with an update.
        updates: what Apple offers it; ``offer`` makes one.
        behavior: what goes wrong.
        udid: how it names itself (as EnrollmentID under User Enrollment).
    """

    def __init__(
        self,
        device: Device,
        updates: Iterable[AvailableOSUpdatesItem] = (),
        behavior: Behavior | None = None,
        *,
        udid: str = "00008110-000A1B2C3D4E5F60",
    ) -> None:
        self.device: Device = device
        self.updates: tuple[AvailableOSUpdatesItem, ...] = tuple(updates)
        self.behavior: Behavior = behavior if behavior is not None else Behavior()
        self.udid: str = udid
        self._progress: dict[str, _Progress] = {}
        self._failed: set[str] = set()
        self._failures = 0
        self._commands = 0
        self._first: dt.datetime | None = None
        self._scanned: dt.datetime | None = None
        self._changed = False
        self._answer_lost = False
        self._updated = False
        self._declarations: tuple[Declaration, ...] = ()
        self._reported: dict[str, Any] = {}

    def awake_at(self, now: dt.datetime) -> dt.datetime:
        """When the device can be reached: now, or when it is back from its restart."""
        now = as_time(now)
        backs = [i + self.behavior.restart_time for i in self._installs() if i <= now]
        return max([now, *backs])

    def deferrals_at(self, now: dt.datetime) -> int:
        """How often the user has put installations off by now, which not every answer tells."""
        return sum(progress.deferrals_at(as_time(now)) for progress in self._progress.values())

    def check_in(self, now: dt.datetime) -> Response | None:
        """What the device says when it is woken: Idle, or nothing if it is restarting."""
        if not self._is_awake(now):
            return None
        return self._envelope(Response, None, CommandStatus.IDLE)

    def answer(self, command: Command, now: dt.datetime) -> Response | None:
        """Take a command and answer; ``None``: no answer arrives."""
        now = as_time(now)
        if not self._is_awake(now):
            return None
        self._first = self._first or now
        self._commands += 1
        every = self.behavior.not_now_every
        if every and self._commands % every == 0:
            return self._reply(command, CommandStatus.NOT_NOW)
        command = self._understood(command)
        errors = validate(command, self.device).errors
        if errors:
            return self._refuse(command, errors[0])
        if self.device.shared_ipad and self._still(self.behavior.logged_in, now):
            return self._error(command, ("MCMDMErrorDomain", 12077))
        self._answer_lost = False
        response = self._obey(command, now)
        return None if self._answer_lost else response

    def handle(self, body: bytes, now: dt.datetime) -> bytes | None:
        """Do as ``answer`` does, on property lists.

        Here the quirks of the wire appear: iOS 11.3 writes integers for booleans. An empty body
        has no answer: the server has nothing more to say.
        """
        if not body:
            return None
        try:
            command = loads_command(body)
        except DecodeError as error:
            return _written(to_dict(self._misunderstand(body, error)))
        response = self.answer(command, now)
        if response is None:
            return None
        document = to_dict(response)
        if self._is_ios_11_3():
            for item in document.get("OSUpdateStatus", ()):
                item |= {key: int(v) for key, v in item.items() if isinstance(v, bool)}
        return _written(document)

    def declare(self, declarations: Iterable[Declaration], now: dt.datetime) -> None:
        """Take the declarations that the server has on offer, in place of those it had before.

        An enforcement that is active and valid is followed: the user installs when the update is
        prepared, unless they put it off, and at the deadline the device installs by itself.
        """
        now = as_time(now)
        self._is_awake(now)
        self._first = self._first or now
        self._declarations = tuple(declarations)
        self._follow_declarations(now)

    def report(self, now: dt.datetime) -> StatusReport | None:
        """Tell which of the status items that the server has subscribed to have changed.

        ``None``: none has since the last report, or the device restarts.
        """
        now = as_time(now)
        if not self._is_awake(now):
            return None
        self._follow_declarations(now)
        items = {name: v for name, v in self._items(now).items() if self._reported.get(name) != v}
        self._reported |= items
        return _as_report(items) if items else None

    def changes_after(self, now: dt.datetime) -> dt.datetime | None:
        """When a status item changes next; ``None``: no time is known at which one does."""
        now = as_time(now)
        moments = [self._free_at()] if self._enforced() is not None else []
        for progress in self._progress.values():
            back = progress.installs and progress.installs + self.behavior.restart_time
            moments += [progress.prepared, *([back] if back else [])]
        return min((moment for moment in moments if moment > now), default=None)

    def _obey(self, command: Command, now: dt.datetime) -> Response:
        if isinstance(command, ScheduleOSUpdateCommand):
            return self._schedule(command, now)
        if isinstance(command, OSUpdateStatusCommand):
            return self._tell_status(command, now)
        if isinstance(command, AvailableOSUpdatesCommand):
            return self._list_updates(command, now)
        self._scanned = self._scanned or now
        return self._acknowledge(command, scan_initiated=True)

    def _understood(self, command: Command) -> Command:
        """Read a command as the platform's client does, which is kinder than the documentation."""
        if not isinstance(command, ScheduleOSUpdateCommand):
            return command
        items = command.updates or ()
        if self.device.platform is Platform.MACOS:
            items = [
                item
                if item.install_action in frozenset(InstallAction)
                else attrs.evolve(item, install_action=InstallAction.DEFAULT)
                for item in items
            ]
            # A Mac takes all that there is.
            everything = [_default(u) for u in self.updates]
            return attrs.evolve(command, updates=items or everything)
        latest = _default(self.updates[0]) if self.updates else _DEFAULT
        known = {str(action).lower(): action for action in _IOS_ACTIONS}
        items = [
            attrs.evolve(
                latest if item.product_key is None and item.product_version is None else item,
                install_action=known.get(str(item.install_action).lower(), item.install_action),
            )
            for item in items
        ]
        return attrs.evolve(command, updates=items or [latest])

    # -- what happens by itself ------------------------------------------------------------------

    def _installs(self) -> list[dt.datetime]:
        return [p.installs for p in self._progress.values() if p.installs is not None]

    def _is_awake(self, now: dt.datetime) -> bool:
        """Let happen what has happened since, and tell whether the device can be reached."""
        now = as_time(now)
        withdrawn = self.behavior.withdrawn_after
        if withdrawn is not None and self._first is not None and now - self._first >= withdrawn:
            self._withdraw(self._first + withdrawn)
        for key, progress in list(self._progress.items()):
            begins = progress.installs
            if begins is not None and begins + self.behavior.restart_time <= now:
                self._restart(key, progress)
        return all(now < begins for begins in self._installs())

    def _withdraw(self, when: dt.datetime) -> None:
        self.updates = ()
        kept = {key: p for key, p in self._progress.items() if p.downloaded <= when}
        self._progress = kept

    def _restart(self, key: str, progress: _Progress) -> None:
        self._progress.clear()
        if self.behavior.forgets_scan:
            self._scanned = None
        if self._failures < self.behavior.failing_installs:
            self._failures += 1
            self._failed.add(key)
            return
        self._updated = True
        version = offered_version(progress.offer)
        if version is not None and version > self.device.os_version:
            self.device = attrs.evolve(self.device, os_version=version)
        self.updates = tuple(
            u
            for u in self.updates
            if u is not progress.offer and not _is_old(u, self.device.os_version)
        )

    def _still(self, length: dt.timedelta, now: dt.datetime) -> bool:
        return self._first is not None and now - self._first < length

    # -- declarations and reports ----------------------------------------------------------------

    def _enforced(self) -> SoftwareUpdateEnforcementSpecific | None:
        """The declaration that is followed, if the device has not its version yet."""
        active = self._active()
        for declaration in self._declarations:
            if not isinstance(declaration, SoftwareUpdateEnforcementSpecific):
                continue
            report = validate(declaration, self.device)
            newer = all(finding.rule != "OSU625" for finding in report)
            if declaration.identifier in active and report.ok and newer:
                return declaration
        return None

    def _active(self) -> set[str]:
        activations = (d for d in self._declarations if isinstance(d, ActivationSimple))
        return {name for activation in activations for name in activation.standard_configurations}

    def _free_at(self) -> dt.datetime:
        """When nothing hinders the download any more."""
        nature = self.behavior
        first = self._first or dt.datetime.min.replace(tzinfo=dt.timezone.utc)
        return first + max(nature.no_space, nature.no_network)

    def _offered(self, declaration: SoftwareUpdateEnforcementSpecific) -> AvailableOSUpdatesItem:
        """The update that is meant; without a patch in its number, the newest of the minor."""
        target = OSVersion(declaration.target_os_version)
        meant = [
            (version, update)
            for update in self.updates
            for version in [offered_version(update)]
            if version is not None
            and (version == target or (not target.extra and _is_patch_of(version, target)))
        ]
        if not meant:
            raise LookupError
        return max(meant, key=lambda pair: pair[0])[1]

    def _follow_declarations(self, now: dt.datetime) -> None:
        enforced = self._enforced()
        self.device = attrs.evolve(self.device, declaration_managed=enforced is not None)
        if enforced is None or now < self._free_at():
            return
        try:
            update = self._offered(enforced)
        except LookupError:
            return
        key = str(update.product_key)
        deadline = enforced.target_local_date_time.datetime.replace(tzinfo=dt.timezone.utc)
        before = self._progress.get(key)
        nature = self.behavior
        began = before.began if before else now
        downloaded = before.downloaded if before else now + nature.download_time
        ready = before.prepared if before else downloaded + nature.prepare_time
        if before is None or before.deadline != deadline:
            self._progress[key] = _Progress(
                update,
                ScheduledAction.INSTALL_ASAP,
                began,
                downloaded,
                ready,
                deferrals=nature.deferrals,
                asked=max(now, ready),
                prompt=_PROMPT_TIME,
                deadline=deadline,
            )

    def _items(self, now: dt.datetime) -> dict[str, Any]:
        """The status items by their names, as far as they are subscribed to."""
        active = self._active()
        wanted = {
            item.name
            for declaration in self._declarations
            if isinstance(declaration, ManagementStatusSubscriptions)
            and declaration.identifier in active
            for item in declaration.status_items
        }
        items = self._update_items(now)
        items["device.operating-system.version"] = str(self.device.os_version)
        known = {name: value for name, value in items.items() if name in wanted}
        known["management.declarations"] = {
            "activations": [],
            "configurations": [
                self._verdict(declaration, str(declaration.identifier) in active)
                for declaration in self._declarations
                if not isinstance(declaration, ActivationSimple)
            ],
        }
        return known

    def _verdict(self, declaration: Declaration, active: bool) -> dict[str, Any]:
        errors = validate(declaration, self.device).errors
        verdict: dict[str, Any] = {
            "identifier": declaration.identifier,
            "server-token": declaration.effective_token,
            "active": active and not errors,
            "valid": str(Validity.INVALID if errors else Validity.VALID),
        }
        if errors:
            verdict["reasons"] = [
                {"code": "Error.ConfigurationIsInvalid", "description": error.message}
                for error in errors
            ]
        return verdict

    def _update_items(self, now: dt.datetime) -> dict[str, Any]:
        enforced = self._enforced()
        pending: dict[str, Any] = {"os-version": "", "build-version": ""}
        reasons: dict[str, Any] = {"reason": []}
        failure: dict[str, Any] = {"count": self._failures}
        state = InstallState.NONE
        if enforced is not None:
            state, reason = self._fares(enforced, now)
            if reason:
                failure = {"count": self._failures + 1, "reason": reason}
            elif self._failures:
                failure["reason"] = KNOWN_ERRORS["MCMDMErrorDomain", 12062].meaning
            reasons = {
                "reason": [str(InstallReason.DECLARATION)],
                "declaration-id": enforced.identifier,
            }
            pending = {
                "os-version": enforced.target_os_version,
                "build-version": enforced.target_build_version or "",
                "target-local-date-time": str(enforced.target_local_date_time),
            }
        return {
            "softwareupdate.install-state": str(state),
            "softwareupdate.install-reason": reasons,
            "softwareupdate.pending-version": pending,
            "softwareupdate.failure-reason": failure,
        }

    def _fares(
        self, enforced: SoftwareUpdateEnforcementSpecific, now: dt.datetime
    ) -> tuple[InstallState, str]:
        """How an enforced update fares, and what is in its way; empty: nothing is."""
        if now < self._free_at():
            space = self._still(self.behavior.no_space, now)
            code = 12054 if space else 12056
            return InstallState.WAITING, KNOWN_ERRORS["MCMDMErrorDomain", code].meaning
        try:
            progress = self._progress.get(str(self._offered(enforced).product_key))
        except LookupError:
            return InstallState.FAILED, KNOWN_ERRORS["MCMDMErrorDomain", 12048].meaning
        if progress is None or now < progress.prepared:
            return InstallState.DOWNLOADING, ""
        return InstallState.PREPARED, ""

    # -- answers ---------------------------------------------------------------------------------

    def _is_ios_11_3(self) -> bool:
        return self.device.platform in (Platform.IOS, Platform.IPADOS) and (
            OSVersion("11.3") <= self.device.os_version < OSVersion("11.4")
        )

    def _envelope(
        self, kind: type[Response], command_uuid: str | None, status: CommandStatus, **keys: object
    ) -> Response:
        sender = "enrollment_id" if self.device.enrollment is Enrollment.USER else "udid"
        identity = {sender: self.udid, "command_uuid": command_uuid}
        make: functools.partial[Response] = functools.partial(kind, status=status)
        return make(**identity, **keys)

    def _reply(self, command: Command, status: CommandStatus, **keys: object) -> Response:
        return self._envelope(ANSWER_TO[command.request_type], command.command_uuid, status, **keys)

    def _acknowledge(self, command: Command, **keys: object) -> Response:
        return self._reply(command, CommandStatus.ACKNOWLEDGED, **keys)

    def _error(self, command: Command, *codes: tuple[str, int]) -> Response:
        return self._reply(command, CommandStatus.ERROR, error_chain=_chain(*codes))

    def _refuse(self, command: Command, finding: Finding) -> Response:
        device = self.device
        if finding.rule in _NO_SUCH_COMMAND:
            old_mac = device.platform is Platform.MACOS and device.os_version < OSVersion("10.13")
            unknown = ("MDMClientError", 91) if old_mac else ("MCMDMErrorDomain", 12021)
            return self._error(command, unknown)
        if finding.rule in _REFUSALS:
            return self._error(command, _REFUSALS[finding.rule])
        if finding.rule < "OSU200":
            return self._reply(command, CommandStatus.COMMAND_FORMAT_ERROR)
        return self._error(command, ("MCMDMErrorDomain", 12008))

    def _misunderstand(self, body: bytes, error: DecodeError) -> Response:
        """Answer what is no command of the four."""
        try:
            document = parse(body, DEFAULT_LIMITS)
        except DecodeError:
            document = None
        uuid = document.get("CommandUUID") if isinstance(document, dict) else None
        uuid = uuid if isinstance(uuid, str) else None
        if error.findings[0].rule == "OSU112":  # another command
            chain = _chain(("MCMDMErrorDomain", 12021))
            return self._envelope(Response, uuid, CommandStatus.ERROR, error_chain=chain)
        return self._envelope(Response, uuid, CommandStatus.COMMAND_FORMAT_ERROR)

    def _no_update(self, command: Command, **keys: object) -> Response:
        """Say that there is no update, as the version of the device says it."""
        if self._is_ios_11_3():
            domain = "com.apple.softwareupdateservices.errors"
            return self._error(command, ("DeviceManagement.error", 2213), (domain, 3))
        return self._acknowledge(command, **keys)

    def _is_declared(self, update: AvailableOSUpdatesItem) -> bool:
        """Whether a declaration takes the update out of the commands' hands."""
        return self.device.declaration_managed is True and (
            self.device.platform is not Platform.MACOS or not update.is_config_data_update
        )

    def _list_updates(self, command: AvailableOSUpdatesCommand, now: dt.datetime) -> Response:
        """Tell which updates there are."""
        updates = [u for u in self.updates if not self._is_declared(u)]
        if self.device.platform is Platform.MACOS:
            scanned = self._scanned
            if scanned is None or now < scanned + self.behavior.scan_time:
                updates = []
        else:
            updates = updates[:1]
            downloaded = [p.offer for p in self._progress.values() if now >= p.downloaded]
            if downloaded and not self.behavior.lists_downloaded:
                updates = []
        if not updates:
            return self._no_update(command, available_os_updates=())
        return self._acknowledge(command, available_os_updates=updates)

    def _tell_status(self, command: OSUpdateStatusCommand, now: dt.datetime) -> Response:
        """Tell how the updates in progress fare."""
        progress = [p for p in self._progress.values() if not self._is_declared(p.offer)]
        items = [self._status_of(p, now) for p in progress]
        return self._acknowledge(command, os_update_status=items)

    def _status_of(self, progress: _Progress, now: dt.datetime) -> OSUpdateStatusItem:
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
        if not later or not is_available(_MAX_DEFERRALS, self.device):
            return item
        deferrals = progress.deferrals_at(now)
        asked = progress.asked or progress.downloaded
        return attrs.evolve(
            item,
            max_deferrals=progress.max_deferrals,
            deferrals_remaining=progress.max_deferrals - deferrals,
            next_scheduled_install=asked + deferrals * _PROMPT_EVERY,
            past_notifications=[asked + n * _PROMPT_EVERY for n in range(deferrals)],
        )

    def _schedule(self, command: ScheduleOSUpdateCommand, now: dt.datetime) -> Response:
        """Take an update in hand."""
        items = command.updates or ()
        if len(items) > 1 and self.device.platform is not Platform.MACOS:
            return self._error(command, ("MCMDMErrorDomain", 12008))
        begun = [p.offer for p in self._progress.values()]
        known = [*begun, *(u for u in self.updates if u not in begun)]
        meant = [
            (item, update)
            for item in items
            for update in [next((u for u in known if _is_meant(item, u)), None)]
            if update is not None
        ]
        if any(self._is_declared(update) for _, update in meant):
            domain = "com.apple.softwareupdateservices.errors"
            return self._error(command, (domain, 103))
        if self._updated and items and not meant:
            return self._tell_restart(command, items)
        results = [self._take(item, update, now) for item, update in meant]
        return self._acknowledge(command, update_results=results)

    def _tell_restart(
        self, command: ScheduleOSUpdateCommand, items: Sequence[UpdatesItem]
    ) -> Response:
        """Answer the first command after the update: by the MDM Protocol Reference with Idle."""
        self._updated = False
        if self.device.os_version >= OSVersion("11"):
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

    def _take(
        self, item: UpdatesItem, update: AvailableOSUpdatesItem, now: dt.datetime
    ) -> UpdateResultsItem:
        key = str(update.product_key)
        before = self._progress.get(key)
        ready_before = before is not None and now >= before.prepared
        asked = str(item.install_action)
        two_steps = self.device.platform is not Platform.MACOS
        if two_steps and asked == InstallAction.INSTALL_ASAP and not ready_before:
            return self._failed_result(key, UpdateStatus.INSTALL_FAILED, 12059)
        action = self._action(asked, ready_before)
        if action is ScheduledAction.ERROR or key in self._failed:
            self._failed.discard(key)
            return self._blocked(key, action, UpdateStatus.INSTALL_FAILED)
        installs = action not in (ScheduledAction.DOWNLOAD_ONLY, ScheduledAction.NOTIFY_ONLY)
        if self._has_passcode() and self.device.os_version < OSVersion("10.3"):
            return self._failed_result(key, UpdateStatus.INSTALL_FAILED, 12049)
        obstacle = self._obstacle(before is not None, installs, now)
        if obstacle is not None:
            return self._blocked(key, action, obstacle)
        nature = self.behavior
        downloaded = before.downloaded if before else now + nature.download_time
        ready = before.prepared if before else downloaded + nature.prepare_time
        progress = _Progress(update, action, before.began if before else now, downloaded, ready)
        if installs:
            progress.asked = max(now, ready)
            most = 3 if two_steps else item.max_user_deferrals or 0
            progress.max_deferrals = most if self._can_put_off(action) else 0
            progress.deferrals = min(nature.deferrals, progress.max_deferrals)
            progress.prompt = _PROMPT_TIME if self._has_passcode() else _NEVER
            first = before is None or before.asked is None
            self._answer_lost = nature.loses_answer and first
            if before is not None and before.asked not in (None, now) and before.deferrals_at(now):
                # A second command starts what the user has put off (iOS; a Mac's is forced).
                progress.deferrals, progress.prompt = 0, _NEVER
        if action is not ScheduledAction.NOTIFY_ONLY:
            self._progress[key] = progress
        status = UpdateStatus.IDLE
        if now < ready:
            status = UpdateStatus.DOWNLOADING
        elif installs and action is not ScheduledAction.INSTALL_LATER:
            status = UpdateStatus.INSTALLING
        return UpdateResultsItem(product_key=key, install_action=action, status=status)

    def _action(self, asked: str, downloaded: bool) -> ScheduledAction:
        change = self.behavior.changes_action
        if change is not None and not self._changed:
            self._changed = True
            return change
        if asked == InstallAction.DEFAULT:
            two_steps = self.device.platform is not Platform.MACOS and not downloaded
            return ScheduledAction.DOWNLOAD_ONLY if two_steps else ScheduledAction.INSTALL_ASAP
        return ScheduledAction(asked)

    def _can_put_off(self, action: ScheduledAction) -> bool:
        if self.device.platform is Platform.MACOS:
            return action is ScheduledAction.INSTALL_LATER
        return self._has_passcode()

    def _has_passcode(self) -> bool:
        has = self.device.platform in (Platform.IOS, Platform.IPADOS)
        return has and self.behavior.passcode

    def _obstacle(self, under_way: bool, installs: bool, now: dt.datetime) -> UpdateStatus | None:
        nature = self.behavior
        if not under_way and self._still(nature.no_space, now):
            return UpdateStatus.DOWNLOAD_INSUFFICIENT_SPACE
        if not under_way and self._still(nature.no_network, now):
            return UpdateStatus.DOWNLOAD_INSUFFICIENT_NETWORK
        if installs and self._still(nature.no_power, now):
            return UpdateStatus.INSTALL_INSUFFICIENT_POWER
        is_iphone = self.device.platform is Platform.IOS
        if installs and is_iphone and self._still(nature.phone_call, now):
            return UpdateStatus.INSTALL_PHONE_CALL_IN_PROGRESS
        return None

    def _blocked(
        self, key: str, action: ScheduledAction, status: UpdateStatus
    ) -> UpdateResultsItem:
        if self.device.platform is Platform.MACOS:
            return UpdateResultsItem(product_key=key, install_action=action, status=status)
        return self._failed_result(key, status, CODE_OF_STATUS.get(status))

    def _failed_result(self, key: str, status: UpdateStatus, code: int | None) -> UpdateResultsItem:
        return UpdateResultsItem(
            product_key=key,
            install_action=ScheduledAction.ERROR,
            status=status,
            error_chain=_chain(("MCMDMErrorDomain", code)) if code else (),
        )


_NO_SUCH_COMMAND = {"OSU301", "OSU302", "OSU402"}
_REFUSALS = {
    "OSU310": ("MCMDMErrorDomain", 12007),
    "OSU311": ("MCMDMErrorDomain", 12076),
    "OSU312": ("MCMDMErrorDomain", 12007),
    "OSU313": ("MCMDMErrorDomain", 12007),
}
"""The rules of ``validate`` that a device answers with an error of their own."""


def _chain(*codes: tuple[str, int]) -> tuple[ErrorChainItem, ...]:
    return tuple(
        ErrorChainItem(
            error_code=code,
            error_domain=domain,
            localized_description=f"{text[:1].upper()}{text[1:]}.",
        )
        for domain, code in codes
        for text in [KNOWN_ERRORS[domain, code].meaning]
    )


_IOS_ACTIONS = (InstallAction.DEFAULT, InstallAction.DOWNLOAD_ONLY, InstallAction.INSTALL_ASAP)
_DEFAULT = UpdatesItem(install_action=InstallAction.DEFAULT, product_key="the latest, if any")


def _default(update: AvailableOSUpdatesItem) -> UpdatesItem:
    return attrs.evolve(_DEFAULT, product_key=update.product_key)


def _written(document: dict[str, Any]) -> bytes:
    """A document in XML or, if a CommandUUID has what XML does not keep, in binary."""
    try:
        return write(document, "xml", DEFAULT_LIMITS)
    except EncodeError:
        return write(document, "binary", DEFAULT_LIMITS)


def _is_patch_of(version: OSVersion, target: OSVersion) -> bool:
    """Whether an update is what 26.1 means: 26.1, 26.1.1, …"""
    same = (version.major, version.minor) == (target.major, target.minor)
    return same and target.patch == 0 and not version.extra


def _as_report(items: Mapping[str, Any]) -> StatusReport:
    """Make of dotted names the nested dictionaries of a report."""
    nested: dict[str, Any] = {}
    for name, value in items.items():
        *path, last = name.split(".")
        inner = nested
        for step in path:
            inner = inner.setdefault(step, {})
        inner[last] = value
    return from_dict({"StatusItems": nested, "Errors": []}, StatusReport)


def _is_old(update: AvailableOSUpdatesItem, os_version: OSVersion) -> bool:
    version = offered_version(update)
    return version is not None and version <= os_version


def _is_meant(item: UpdatesItem, update: AvailableOSUpdatesItem) -> bool:
    if item.product_key is not None:
        return item.product_key == update.product_key
    is_response = update.is_security_response or update.supplemental_os_version_extra
    version = item.product_version
    return version is not None and version == update.version and not is_response


def offer(
    device: Device, version: str, *, product_key: str | None = None, security_response: bool = False
) -> AvailableOSUpdatesItem:
    """Make an update as a device of that platform and version lists it.

    Args:
        device: the one that lists it.
        version: such as ``"17.4.1"``, or ``"17.4.1 (a)"`` for a security response.
        product_key: one in the platform's usual form if absent.
        security_response: whether it is one; it follows from a version with a letter.
    """
    parsed = OSVersion(version)
    number, build = str(parsed).split(" ")[0], f"{parsed.major + 4}{'ABCDEFGH'[parsed.minor % 8]}79"
    mac = device.platform is Platform.MACOS
    usual = f"MSU_UPDATE_{build}_patch_{number}" if mac else f"iOSUpdate{build}"
    values: dict[str, object] = {
        "ProductKey": product_key or usual,
        "HumanReadableName": f"{device.platform} {version}",
        "ProductName": str(device.platform),
        "Version": number,
        "Build": build,
        "DownloadSize": 1_200_000_000,
        "InstallSize": 3_400_000_000,
        "IsCritical": False,
        "IsMajorOSUpdate": parsed.major > device.os_version.major,
        "RestartRequired": True,
        "AllowsInstallLater": True,
    }
    if security_response or parsed.extra:
        values |= {
            "IsSecurityResponse": True,
            "SupplementalBuildVersion": build,
            "SupplementalOSVersionExtra": parsed.extra or "(a)",
        }
    # A device without the command lists nothing, and is offered updates all the same.
    lists = is_available("AvailableOSUpdates", device)
    known = {
        key: value
        for key, value in values.items()
        if not lists or is_available(f"AvailableOSUpdates.AvailableOSUpdates[].{key}", device)
    }
    return from_dict(known, AvailableOSUpdatesItem)


@frozen
class Exchange:
    """A command, the device's answer, and what the flow made of it."""

    at: dt.datetime
    command: Command
    answer: Response | None
    """``None``: none arrived."""
    events: Sequence[Event]
    """What was added to the flow's history since the exchange before."""
    state: State
    """Where the flow stands now."""


def play(flow: UpdateFlow, device: SimulatedDevice, now: dt.datetime) -> Iterator[Exchange]:
    """Let a flow and a device talk until the flow has ended, and give each exchange.

    The device is woken when the flow has something to send; time passes by jumping there.
    """
    seen = len(flow.history)
    while not flow.done:
        until = flow.wait_until
        now = device.awake_at(now if until is None else max(now, until))
        flow.device_idle(now)
        while (command := flow.next_command(now)) is not None:
            answer = device.answer(command, now)
            if answer is not None:
                flow.receive(answer, now)
            yield Exchange(now, command, answer, flow.history[seen:], flow.state)
            seen = len(flow.history)
            if flow.done:
                return
            if answer is None:
                now = device.awake_at(now)
                flow.device_idle(now)


@frozen
class Reported:
    """A status report, and what the flow made of it."""

    at: dt.datetime
    report: StatusReport
    events: Sequence[Event]
    """What was added to the flow's history since the report before."""
    state: State
    """Where the flow stands now."""


def play_reports(
    flow: EnforcementFlow, device: SimulatedDevice, now: dt.datetime
) -> Iterator[Reported]:
    """Do as ``play`` does, for the flow of a declaration: from one report to the next."""
    seen = len(flow.history)
    flow.advance(now)
    if not flow.done:
        device.declare(flow.declarations, now)
    while not flow.done:
        report = device.report(now)
        if report is not None:
            flow.receive(report, now)
            yield Reported(now, report, flow.history[seen:], flow.state)
            seen = len(flow.history)
        if not flow.done:
            changes = device.changes_after(now)
            now = changes if changes is not None else flow.wait_until or now
            flow.advance(now)
