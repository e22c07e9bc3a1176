"""An update by commands: responses and time in, commands and events out."""

import datetime as dt
import functools
import re
import uuid
from typing import Any

import attrs
from attrs import Factory, define, frozen

from mdm_osupdate.availability import availability, is_available
from mdm_osupdate.codec import from_dict, to_dict
from mdm_osupdate.device import Device
from mdm_osupdate.errors import Finding, FlowError, Severity, require_type, show
from mdm_osupdate.messages import (
    RESPONSE_TO,
    AvailableOSUpdatesCommand,
    AvailableOSUpdatesItem,
    Command,
    CommandStatus,
    InstallAction,
    OSUpdateStatusCommand,
    OSUpdateStatusItem,
    Priority,
    RequestType,
    Response,
    ScheduleOSUpdateCommand,
    ScheduleOSUpdateScanCommand,
    UpdatesItem,
)
from mdm_osupdate.validation import validate
from mdm_osupdate.versions import OSVersion, named_version, read_version

from .converter import CONVERTER, FORMAT, later
from .events import (
    ActionChanged,
    CommandSent,
    Downloaded,
    DownloadProgressed,
    DownloadStarted,
    Event,
    InstallScheduled,
    NotNow,
    Resending,
    Restarted,
    Restarting,
    ScanStarted,
    UpdateFound,
    UpdateNotOffered,
    UserDeferred,
)
from .lifecycle import Flow, Memory, in_words, require
from .meanings import INSTALLED, Meaning, Outcome
from .policy import Policy
from .responses import Goal, fraction_of, interpret_response, offered_version
from .transitions import ONCE, REQUESTS, TRANSITIONS, WITHOUT_SCAN, State

_DEFERRABLE = (State.INSTALLING, State.RESCANNING, State.CONFIRMING)
"""The states in which a user may defer an installation although the device does not report it."""

_MAX_POLLS = 32
"""The maximum number of doublings of the polling interval."""


@define(kw_only=True)
class CommandMemory(Memory):
    """The state of an update by commands."""

    product_key: str | None
    version: OSVersion | None
    issued: int = 0
    """The number of CommandUUIDs used."""
    awaiting: bool = False
    """True if the last command has no response yet."""
    resend: bool = False
    """True if that command is to be sent again."""
    commands: int = 0
    """The number of commands sent, repetitions included."""
    not_nows: int = 0
    not_now_at: dt.datetime | None = None
    """The time of NotNow for the command that is to be sent again."""
    losses: int = 0
    """The number of times that the device came back without a response to that command."""
    tolerated: list[Outcome] = Factory(list)
    """The outcomes of ``ONCE`` that have occurred."""
    udid: str | None = None
    accepted: bool = False
    """True if the device has accepted a ScheduleOSUpdate."""
    downloaded: bool = False
    installing: bool = False
    """True if an installation is scheduled or under way."""
    due: dt.datetime | None = None
    """The time until which the user may defer the scheduled installation."""
    restarting: bool = False
    restarted: bool = False
    fraction: float | None = None
    polls: int = 0
    """The number of queries in a row that brought nothing new."""
    deferrals: int | None = None
    """The number of deferrals that the user has left."""

    def check(self) -> None:
        """Raise ``ValueError`` if the values contradict each other."""
        super().check()
        require(self.done or self.state in REQUESTS, f"no command belongs to {self.state}")
        require(bool(self.product_key or self.version), "neither product_key nor version is known")
        counts = self.issued, self.not_nows, self.losses, self.polls
        require(min(counts) >= 0, "a count is negative")
        require(self.issued <= self.commands, "issued is more than commands")
        require(self.polls <= _MAX_POLLS, f"polls is more than {_MAX_POLLS}")
        require(self.issued > 0 or not self.awaiting, "awaiting, but no command was issued")
        require(not (self.awaiting and self.done), "awaiting, but the flow has ended")
        require(self.started is not None or not self.awaiting, "awaiting, but not started")
        require(self.awaiting or not self.resend, "resend, but every command has its response")
        deferrable = self.done or self.state in _DEFERRABLE
        require(deferrable or self.due is None, f"due does not fit {self.state}")
        require(self.resend or self.not_now_at is None, "not_now_at, but nothing to send again")
        require(self.fraction is None or 0 <= self.fraction <= 1, "fraction is not between 0 and 1")


@frozen(kw_only=True)
class StoredUpdate:
    """The stored form of an ``UpdateFlow``."""

    id: str
    device: Device
    item: UpdatesItem
    policy: Policy
    memory: CommandMemory
    history: list[Event]


class UpdateFlow(Flow[CommandMemory]):
    """An update of one device by commands, from the first command to the last response.

    Call ``next_command`` when the device connects. Pass its responses to ``receive``, or call
    ``device_idle`` if it is idle. Both return what happened as events. ``to_dict`` stores the flow,
    and ``load_flow`` restores it.

    If the device would reject the commands, or a declaration manages its updates, the flow fails
    before the first command, and ``findings`` has the reasons. If the device already has the
    version, the flow finishes.

    Args:
        device: the device before the update.
        target: a version (``"17.4.1"``), a product key, or an item of ``AvailableOSUpdates``. Text
            that is a number, or begins with a number and a dot, is read as a version. A product
            key has a digit and no spaces.
        action: the install action. The default is ``InstallASAP`` on a Mac and ``Default``
            elsewhere. Devices that install in two steps get ``InstallASAP`` once the download is
            complete. With ``DownloadOnly`` the flow finishes after the download, with
            ``NotifyOnly`` when the device has accepted the command.
        max_user_deferrals: the number of times that a Mac's user may defer ``InstallLater``.
        priority: the priority of a Mac's download.
        policy: the waiting times and limits.
        udid: the UDID or EnrollmentID of the device. Responses of other devices are ignored. The
            default is the first device that responds.
        id: a UUID from which the CommandUUIDs are derived. Random by default.

    Raises:
        TypeError: ``device`` or ``target`` has the wrong type.
        ValueError: ``target`` is neither a version nor a product key, or has neither. ``action``
            is unknown, or ``id`` is not a UUID.
    """

    id: str

    def __init__(
        self,
        device: Device,
        target: str | OSVersion | AvailableOSUpdatesItem,
        *,
        action: InstallAction | str | None = None,
        max_user_deferrals: int | None = None,
        priority: Priority | str | None = None,
        policy: Policy | None = None,
        udid: str | None = None,
        id: str | None = None,
    ) -> None:
        require_type("device", device, Device)
        scans = _scans(device)
        usual = InstallAction.INSTALL_ASAP if scans else InstallAction.DEFAULT
        version, key = _parse_target(target)
        self._become(
            StoredUpdate(
                id=str(uuid.uuid4() if id is None else _parse_uuid(id)),
                device=device,
                item=UpdatesItem(
                    install_action=usual if action is None else InstallAction(action),
                    max_user_deferrals=max_user_deferrals,
                    priority=priority,
                ),
                policy=policy if policy is not None else Policy(),
                memory=CommandMemory(
                    state=State.SCANNING if scans else State.LISTING,
                    version=version,
                    product_key=key,
                    udid=udid,
                ),
                history=[],
            )
        )

    def _become(self, stored: StoredUpdate) -> None:
        self.id = stored.id
        self.device: Device = stored.device
        self.policy: Policy = stored.policy
        self.history: list[Event] = stored.history
        self._memory, self._item = stored.memory, stored.item
        self._action = InstallAction(stored.item.install_action)
        self._scans = _scans(stored.device)

    def to_dict(self) -> dict[str, Any]:
        """Convert the flow to values that JSON has, for ``load_flow``."""
        stored = StoredUpdate(
            id=self.id,
            device=self.device,
            item=self._item,
            policy=self.policy,
            memory=self._memory,
            history=self.history,
        )
        return {"format": FORMAT, "kind": "update", **CONVERTER.unstructure(stored)}

    @classmethod
    def restored(cls, stored: StoredUpdate) -> "UpdateFlow":
        """Restore a flow from its stored form; for ``load_flow``.

        Raises:
            ValueError: the values contradict each other.
        """
        stored.memory.check()
        require(str(uuid.UUID(stored.id)) == stored.id, f"id is not a UUID: {stored.id!r:.60}")
        flow = cls.__new__(cls)
        flow._become(stored)
        state = stored.memory.state
        require(flow._without_scan(state) is state, f"{stored.device.platform} has no scans")
        return flow

    @property
    def _target_name(self) -> str:
        return self._memory.product_key or str(self._memory.version)

    # -- what comes in and goes out --------------------------------------------------------------

    def next_command(self, now: dt.datetime) -> Command | None:
        """Return the command to send now, or ``None`` if there is none before ``wait_until``.

        Send it over the device channel, not in a session of a user channel.

        Raises:
            FlowError: the flow has ended (see ``done``), or ``now`` is before an earlier time.
            TypeError: ``now`` has no time zone.
        """
        memory, now = self._memory, self._at(now)
        if memory.started is None:
            version = memory.version if memory.product_key is None else None
            # The version of a product key may be another product's, so it does not count here.
            has_target = version is not None and version <= self.device.os_version
            self._start(now, has_target=has_target)
        elif self.done:
            raise FlowError(f"the flow has ended: {self.state}; check done before next_command")
        if self.done or (memory.wait_until is not None and now < memory.wait_until):
            return None
        if memory.commands >= self.policy.commands:
            self._fail(f"not finished after {memory.commands} commands", now)
        elif memory.started is not None and now - memory.started > self.policy.timeout:
            self._fail(f"not finished after {in_words(self.policy.timeout)}", now)
        return self._send(now) if self.state in REQUESTS else None

    def _send(self, now: dt.datetime) -> Command:
        memory = self._memory
        if not memory.awaiting:
            memory.awaiting = True
            memory.issued += 1
        else:  # the content of the command must not change until the device has responded
            if not memory.resend:
                self.history.append(Resending(at=now, command_uuid=self._last_uuid))
            memory.resend = True
        command = self._command(REQUESTS[self.state], self._last_uuid)
        self.history.append(
            CommandSent(
                at=now,
                command_uuid=self._last_uuid,
                request_type=str(command.request_type),
                again=memory.resend,
            )
        )
        memory.commands += 1
        memory.resend, memory.not_now_at = False, None
        memory.wait_until = later(now, self.policy.response_timeout)
        return command

    def receive(self, response: Response, now: dt.datetime) -> list[Event]:
        """Process a response and return what happened.

        The response may be read as ``Response``, whatever its command. A response to a command that
        was never sent, a duplicate, one from another device or from a user channel, or one with an
        unknown status changes nothing and is an ``Ignored`` event. A flow that has ended returns no
        events.

        Raises:
            FlowError: ``now`` is before an earlier time.
            TypeError: ``response`` is not a response, or ``now`` has no time zone.
        """
        require_type("response", response, Response)
        memory, now = self._memory, self._at(now)
        start = len(self.history)
        if self.done:
            return []
        sender = response.udid or response.enrollment_id
        reason = self._reason_to_ignore(response, sender)
        if not reason and response.status == CommandStatus.IDLE:
            return self.device_idle(now)
        if not reason:
            kind = RESPONSE_TO[REQUESTS[self.state]]
            if not isinstance(response, kind):
                response = from_dict(to_dict(response), kind)
            meaning = interpret_response(response, self._goal(now))
            if meaning is not None:
                memory.udid = memory.udid or sender
                self._follow(meaning, now)
                return self.history[start:]
            reason = f"unknown status {response.status!s:.60}"
        self._ignore(reason, response.command_uuid, now)
        return self.history[-1:]

    def device_idle(self, now: dt.datetime) -> list[Event]:
        """Record that the device has connected and is idle.

        If a command has no response yet, the response is lost, and ``next_command`` returns the
        command again, with back-off after further losses. If the device has responded with NotNow
        and connects again, the command can be sent at once.

        Raises:
            FlowError: ``now`` is before an earlier time.
            TypeError: ``now`` has no time zone.
        """
        memory, now = self._memory, self._at(now)
        if self.done or not memory.awaiting:
            return []
        if memory.resend:
            if memory.not_now_at is not None and memory.not_now_at < now:
                memory.wait_until = None
            return []
        start = len(self.history)
        memory.resend, memory.wait_until = True, None
        self.history.append(Resending(at=now, command_uuid=self._last_uuid))
        if memory.losses:  # a restart loses one response; further losses have another reason
            self._block("the device connected without responding to the command", now)
            self._wait_unless_done(self._back_off(), now)
        memory.losses += 1
        return self.history[start:]

    # -- the command -----------------------------------------------------------------------------

    def _without_scan(self, state: State) -> State:
        return state if self._scans else WITHOUT_SCAN.get(state, state)

    @property
    def _last_uuid(self) -> str:
        return _command_uuid(self.id, self._memory.issued - 1)

    def _goal(self, now: dt.datetime) -> Goal:
        memory = self._memory
        commands = availability("ScheduleOSUpdate", self.device.platform)
        return Goal(
            action=self._step,
            version=memory.version,
            key=memory.product_key,
            lists_by_scan=self._scans,
            by_version=self._by_version,
            begun=memory.accepted or (self.state is State.SCHEDULING and memory.losses > 0),
            installing=memory.installing,
            # A device that reports the remaining deferrals does so to the end. With others, only
            # the list shows whether the update is installed.
            silent=memory.due is not None and memory.deferrals is None,
            overdue=memory.due is not None and now >= memory.due,
            ends_commands=commands is not None
            and memory.version is not None
            and memory.version >= commands.removed,
        )

    @property
    def _by_version(self) -> bool:
        """True if the device accepts the version without a product key."""
        version = self._memory.version
        # A security response cannot be requested by version.
        return (
            version is not None
            and is_available("ScheduleOSUpdate.Updates[].ProductVersion", self.device)
            and not version.extra
        )

    @property
    def _step(self) -> InstallAction:
        """The action to request now. Devices that update in two steps download first."""
        if self._action is InstallAction.INSTALL_ASAP and not self._scans:
            return self._action if self._memory.downloaded else InstallAction.DEFAULT
        return self._action

    def _command(self, request: RequestType, uuid: str, key: str | None = None) -> Command:
        if request != RequestType.SCHEDULE_OS_UPDATE:
            return _QUERIES[request](command_uuid=uuid)
        key = self._memory.product_key or key
        version = self._memory.version
        item = attrs.evolve(
            self._item,
            install_action=self._step,
            product_key=key,
            product_version=None if key or version is None else str(version),
        )
        return ScheduleOSUpdateCommand([item], command_uuid=uuid)

    def _validate(self) -> tuple[Finding, ...]:
        requests = {REQUESTS[self._without_scan(state)] for state in REQUESTS}
        # The product key is known only once the device has listed its updates.
        key = None if self._by_version else "to be found"
        first = _command_uuid(self.id, 0)
        found = [
            finding
            for request in RequestType
            if request in requests
            for finding in validate(self._command(request, first, key), self.device)
            if finding.severity is Severity.ERROR or finding.rule == _MANAGED_BY_DECLARATION
        ]
        # Most findings are the same for all commands. Keep one of each.
        return tuple({finding.rule: finding for finding in reversed(found)}.values())

    # -- what follows from responses -------------------------------------------------------------

    def _reason_to_ignore(self, response: Response, sender: str | None) -> str:
        memory, command_uuid = self._memory, response.command_uuid
        if memory.udid is not None and sender is not None and sender != memory.udid:
            return "it is from another device"
        if response.is_from_user_channel:
            return "it is from a user channel"
        if response.status == CommandStatus.IDLE and command_uuid is None:
            return ""
        ours = (_command_uuid(self.id, number) for number in reversed(range(memory.issued)))
        if command_uuid is None or command_uuid not in ours:
            return "it responds to a command that was never sent"
        return "it is a duplicate" if self._is_duplicate(response) else ""

    def _is_duplicate(self, response: Response) -> bool:
        memory = self._memory
        if response.status == CommandStatus.NOT_NOW and memory.not_now_at is not None:
            return True
        return not memory.awaiting or response.command_uuid != self._last_uuid

    def _back_off(self) -> dt.timedelta:
        memory, back_off = self._memory, self.policy.back_off
        times = memory.not_nows + max(0, memory.losses - 1)
        return back_off[min(times, len(back_off) - 1)]

    def _end(self, state: State, now: dt.datetime, reason: str) -> None:
        memory = self._memory
        memory.awaiting, memory.resend, memory.not_now_at = False, False, None
        super()._end(state, now, reason)

    def _wait_unless_done(self, length: dt.timedelta, now: dt.datetime) -> None:
        if not self.done:
            self._wait(length, now)

    def _follow(self, meaning: Meaning, now: dt.datetime) -> None:
        memory, outcome, state = self._memory, meaning.outcome, self.state
        before = len(self.history)
        self._record(meaning, now)
        news = len(self.history) > before
        if outcome is Outcome.NOT_NOW:
            memory.resend, memory.not_now_at = True, now
            self._wait(self._back_off(), now)
            memory.not_nows += 1
            return
        memory.awaiting, memory.resend, memory.not_now_at = False, False, None
        memory.not_nows = memory.losses = 0
        memory.state = following = self._without_scan(TRANSITIONS[state][outcome])
        memory.wait_until = None
        if following is State.SCHEDULING:
            memory.due = None
        if following is State.FAILED:
            self._fail(meaning.reason, now)
        elif following is State.FINISHED:
            gone = INSTALLED if memory.installing else _GONE
            self._end(State.FINISHED, now, meaning.reason if outcome is Outcome.DONE else gone)
        elif reason := self._repetition(outcome, state) or self._failure(meaning, state):
            self._block(reason, now, recorded=outcome is Outcome.ABSENT)
            self._wait_unless_done(self.policy.retry_after, now)
        elif outcome is Outcome.SCANNED:
            self._wait(self.policy.scan_time, now)
        elif following in (State.DOWNLOADING, State.INSTALLING):
            self._poll(news, now)

    def _poll(self, news: bool, now: dt.datetime) -> None:
        """Wait until the next query, longer each time that the response brought nothing new."""
        memory, policy = self._memory, self.policy
        memory.polls = 0 if news else min(memory.polls + 1, _MAX_POLLS)
        seconds = policy.poll_every.total_seconds() * 2**memory.polls
        longest = max(policy.poll_every, policy.poll_at_most)
        self._wait(min(longest, dt.timedelta(seconds=min(seconds, longest.total_seconds()))), now)

    def _repetition(self, outcome: Outcome, state: State) -> str:
        """Return the reason if an outcome of ``ONCE`` is a failure because it is repeated."""
        reason = ONCE.get((state, outcome), "")
        if reason and outcome not in self._memory.tolerated:
            self._memory.tolerated.append(outcome)
            return ""
        return reason

    def _failure(self, meaning: Meaning, state: State) -> str:
        """Return the reason if an outcome is a failure in a state, and reset the progress."""
        memory, outcome = self._memory, meaning.outcome
        if state is State.CONFIRMING and outcome is Outcome.OFFERED:
            done = "after its restart" if memory.restarted else "and does nothing with it"
            reason = f"the device still offers the update {done}"
            memory.accepted = False
        elif state is State.SCHEDULING and outcome is Outcome.DOWNLOADING and memory.downloaded:
            reason = "the device downloads again what it has downloaded"
        elif state is State.SCHEDULING and memory.restarted and outcome in _UNDER_WAY:
            memory.restarting = memory.restarted = False
            memory.installing = outcome is Outcome.INSTALLING
            return "the device starts the update again and has not installed it"
        elif outcome in (Outcome.BLOCKED, Outcome.ABSENT):
            reason = meaning.reason
            if state in (State.RESCANNING, State.CONFIRMING):
                return reason
        else:
            return ""
        memory.downloaded = memory.installing = False
        memory.restarting = memory.restarted = False
        return reason

    # -- what responses say ----------------------------------------------------------------------

    def _record(self, meaning: Meaning, now: dt.datetime) -> None:
        """Record what a response says in the history and in memory."""
        memory, outcome = self._memory, meaning.outcome
        if outcome in _EVENT_OF:
            self.history.append(_EVENT_OF[outcome](at=now))
        elif outcome is Outcome.NOTHING or meaning.reason == INSTALLED:
            self._record_nothing(now)
        elif outcome is Outcome.UNDOWNLOADED:
            memory.downloaded = False
        if meaning.offer is not None:
            self._record_offer(meaning.offer, now)
        if meaning.action is not None:
            self._record_action(meaning.action, now)
        if self.state is State.SCHEDULING:
            self._record_acceptance(meaning, now)
        self._record_progress(meaning, now)

    def _record_progress(self, meaning: Meaning, now: dt.datetime) -> None:
        memory, outcome = self._memory, meaning.outcome
        if meaning.downloaded and not memory.downloaded:
            self.history.append(Downloaded(at=now))
            memory.downloaded = True
        if meaning.progress is not None:
            self._record_numbers(meaning.progress, outcome, now)
        if outcome is Outcome.INSTALLING and meaning.action is None and not memory.restarting:
            self.history.append(Restarting(at=now))
            memory.restarting = memory.installing = True

    def _record_nothing(self, now: dt.datetime) -> None:
        memory = self._memory
        if self.state is State.SCHEDULING and memory.losses:
            memory.accepted = memory.installing = True  # the restart has swallowed the response
        if memory.installing and not memory.restarted:
            self.history.append(Restarted(at=now))
            memory.restarted = True

    def _record_offer(self, offer: AvailableOSUpdatesItem, now: dt.datetime) -> None:
        memory = self._memory
        memory.version = offered_version(offer) or memory.version
        memory.product_key = offer.product_key or memory.product_key
        self.history.append(
            UpdateFound(at=now, product_key=memory.product_key, version=offer.version)
        )

    def _record_action(self, action: str, now: dt.datetime) -> None:
        asked = self._step
        by_default = (InstallAction.DOWNLOAD_ONLY, InstallAction.INSTALL_ASAP)
        if action != asked and not (asked is InstallAction.DEFAULT and action in by_default):
            self.history.append(ActionChanged(at=now, asked=str(asked), scheduled=action))

    def _record_acceptance(self, meaning: Meaning, now: dt.datetime) -> None:
        memory, outcome = self._memory, meaning.outcome
        if outcome is Outcome.DOWNLOADING:
            self.history.append(DownloadStarted(at=now))
        elif outcome is Outcome.INSTALLING and meaning.action is not None:
            self.history.append(InstallScheduled(at=now, action=meaning.action))
            memory.installing = True
            if meaning.action == InstallAction.INSTALL_LATER:
                prompts = min(self._item.max_user_deferrals or 0, _MAX_PROMPTS) + 1
                memory.due = later(now, prompts * PROMPT_EVERY)
        if outcome in (Outcome.DOWNLOADED, *_UNDER_WAY):
            memory.accepted = True

    def _record_numbers(
        self, progress: OSUpdateStatusItem, outcome: Outcome, now: dt.datetime
    ) -> None:
        memory, record = self._memory, self.history.append
        fraction = fraction_of(progress)
        if outcome is Outcome.DOWNLOADING and fraction is not None and fraction != memory.fraction:
            record(DownloadProgressed(at=now, fraction=fraction))
            memory.fraction = fraction
        left = progress.deferrals_remaining
        if left is not None:
            before = memory.deferrals if memory.deferrals is not None else progress.max_deferrals
            if before is not None and left < before:
                record(UserDeferred(at=now, remaining=left))
            memory.deferrals = left


_QUERIES = {
    kind.request_type: kind
    for kind in (ScheduleOSUpdateScanCommand, AvailableOSUpdatesCommand, OSUpdateStatusCommand)
}

_EVENT_OF: dict[Outcome, type[NotNow | ScanStarted | UpdateNotOffered]] = {
    Outcome.NOT_NOW: NotNow,
    Outcome.SCANNED: ScanStarted,
    Outcome.UNLISTED: UpdateNotOffered,
    Outcome.ABSENT: UpdateNotOffered,
}
"""The events of outcomes that have no details."""

_UNDER_WAY = (Outcome.DOWNLOADING, Outcome.INSTALLING)

_MANAGED_BY_DECLARATION = "OSU403"
"""The rule whose warning is fatal for a flow, which would wait forever."""

_GONE = "the device no longer has the update: it is installed or was withdrawn"

PROMPT_EVERY = dt.timedelta(days=1)
"""A Mac asks its user once a day."""

_MAX_PROMPTS = 36600
"""The maximum number of prompts, for a hundred years."""

_LIKE_A_VERSION = re.compile(r"v?[0-9]+(?:\.|$)", re.IGNORECASE)
_KEY = re.compile(r"\S*[0-9]\S*")


def _parse_uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except (ValueError, AttributeError):
        raise ValueError(f"expected a UUID as id, got {show(text)}") from None


@functools.lru_cache(maxsize=256)  # it is needed several times for each command
def _command_uuid(flow: str, number: int) -> str:
    """Return the CommandUUID of a flow's nth command."""
    return str(uuid.uuid5(uuid.UUID(flow), str(number))).upper()


def _scans(device: Device) -> bool:
    """Return whether the device's list of updates is up to date only after a scan."""
    return availability("ScheduleOSUpdateScan", device.platform) is not None


def _parse_target(
    target: str | OSVersion | AvailableOSUpdatesItem,
) -> tuple[OSVersion | None, str | None]:
    """Return the version and the product key of a target, each ``None`` if it has none."""
    if isinstance(target, OSVersion):
        return target, None
    if isinstance(target, str):
        text = target.strip()
        version = read_version(text)
        if version is not None:
            return version, None
        if _LIKE_A_VERSION.match(text) or not _KEY.fullmatch(text):
            raise ValueError(
                f"expected a version such as 17.4.1 or a product key, got {target!r:.80}"
            )
        return named_version(text), text
    if not isinstance(target, AvailableOSUpdatesItem):
        raise TypeError(
            f"target must be str, OSVersion or AvailableOSUpdatesItem, not {type(target).__name__}"
        )
    key = target.product_key or None
    version = offered_version(target)
    if version is None and key is None:
        raise ValueError("the target has neither a product key nor a version")
    return version or named_version(key or ""), key
