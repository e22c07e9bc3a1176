"""The flow of one update on one device, without I/O: answers and time in, commands and events out.

Three parts: what an answer means stands in ``_answers``; what follows from it is the table
``TRANSITIONS`` here, from which the documentation's diagram is drawn; and ``UpdateFlow`` looks up
the one in the other. It never sleeps, sends or asks for the time.
"""

import datetime as dt
import functools
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs
from attrs import define, field, frozen

from mdm_osupdate.availability import availability, is_available
from mdm_osupdate.codec import from_dict, to_dict
from mdm_osupdate.declarations import (
    Declaration,
    ManagementStatusSubscriptions,
    SoftwareUpdateEnforcementSpecific,
    StatusReport,
)
from mdm_osupdate.device import Device
from mdm_osupdate.errors import Finding, FlowError, Severity
from mdm_osupdate.messages import (
    ANSWER_TO,
    COMMAND_OF,
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
    Word,
)
from mdm_osupdate.validation import validate
from mdm_osupdate.versions import OSVersion, named_version, read_version

from .events import (
    ActionChanged,
    Blocked,
    CommandSent,
    Downloaded,
    DownloadProgressed,
    DownloadStarted,
    Event,
    Failed,
    Finished,
    Ignored,
    InstallScheduled,
    NotNow,
    Resending,
    Restarted,
    Restarting,
    ScanStarted,
    UpdateFound,
    UpdateNotOffered,
    UserDeferred,
    Waiting,
    as_time,
    json_value,
    read_event,
)
from .reports import Expected, read_report
from .responses import (
    INSTALLED,
    Answer,
    Goal,
    Meaning,
    fraction_of,
    offered_version,
    read_answer,
)


class State(Word):
    """Where a flow stands.

    Each has a command, which it sends on entry, but for the last two, and for those of an update
    that a declaration enforces: there the device leads, and the flow follows its reports.
    """

    SCANNING = "scanning"
    """A Mac is to look for updates; other devices skip this."""
    LISTING = "listing"
    """Which updates the device has."""
    SCHEDULING = "scheduling"
    """The update is asked for: to download or install, as the device decides."""
    DOWNLOADING = "downloading"
    """How far the download is. When it is done, the update must be asked for once more, unless it
    is declared."""
    INSTALLING = "installing"
    """Whether the device has installed yet."""
    RESCANNING = "rescanning"
    """A Mac that has restarted is to look for updates; other devices skip this."""
    CONFIRMING = "confirming"
    """Whether the update is gone from the list after the restart."""
    DECLARED = "declared"
    """The declaration is on offer, and the device will begin by itself."""
    PREPARED = "prepared"
    """A declared update is ready; its user or the deadline starts the installation."""
    FINISHED = "finished"
    """What was asked for is done."""
    FAILED = "failed"
    """The flow has given up; ``reason`` says why."""


REQUESTS: Mapping[State, RequestType] = {
    State.SCANNING: RequestType.SCHEDULE_OS_UPDATE_SCAN,
    State.LISTING: RequestType.AVAILABLE_OS_UPDATES,
    State.SCHEDULING: RequestType.SCHEDULE_OS_UPDATE,
    State.DOWNLOADING: RequestType.OS_UPDATE_STATUS,
    State.INSTALLING: RequestType.OS_UPDATE_STATUS,
    State.RESCANNING: RequestType.SCHEDULE_OS_UPDATE_SCAN,
    State.CONFIRMING: RequestType.AVAILABLE_OS_UPDATES,
}
"""The command of each state."""

# A state that a platform without scans skips, and what stands in its place.
_WITHOUT_SCAN = {State.SCANNING: State.LISTING, State.RESCANNING: State.CONFIRMING}


def _from(state: State, **following: State) -> dict[Answer, State]:
    return {
        Answer.NOT_NOW: state,
        Answer.BLOCKED: state,
        Answer.REJECTED: State.FAILED,
        Answer.DONE: State.FINISHED,
        **{Answer[name]: following[name] for name in following},
    }


TRANSITIONS: Mapping[State, Mapping[Answer, State]] = {
    State.SCANNING: _from(State.SCANNING, SCANNED=State.LISTING),
    State.LISTING: _from(
        State.LISTING,
        OFFERED=State.SCHEDULING,
        UNLISTED=State.SCHEDULING,
        ABSENT=State.SCANNING,
    ),
    State.SCHEDULING: _from(
        State.SCHEDULING,
        DOWNLOADING=State.DOWNLOADING,
        DOWNLOADED=State.SCHEDULING,
        UNDOWNLOADED=State.SCHEDULING,
        INSTALLING=State.INSTALLING,
        NOTHING=State.RESCANNING,
        ABSENT=State.SCANNING,
    ),
    State.DOWNLOADING: {
        **_from(
            State.DOWNLOADING,
            DOWNLOADING=State.DOWNLOADING,
            DOWNLOADED=State.SCHEDULING,
            INSTALLING=State.INSTALLING,
            NOTHING=State.SCHEDULING,
        ),
        Answer.BLOCKED: State.SCHEDULING,
    },
    State.INSTALLING: {
        **_from(
            State.INSTALLING,
            DOWNLOADING=State.INSTALLING,
            DOWNLOADED=State.INSTALLING,
            INSTALLING=State.INSTALLING,
            PENDING=State.RESCANNING,
            NOTHING=State.SCHEDULING,
        ),
        Answer.BLOCKED: State.SCHEDULING,
    },
    State.RESCANNING: _from(State.RESCANNING, SCANNED=State.CONFIRMING),
    State.CONFIRMING: _from(
        State.CONFIRMING,
        OFFERED=State.SCHEDULING,
        PENDING=State.INSTALLING,
        NOTHING=State.SCHEDULING,
        UNLISTED=State.FINISHED,
        ABSENT=State.FINISHED,
    ),
}
"""What follows in each state from each answer that its command can have."""

DECLARED: Mapping[Answer, State] = {
    Answer.WAITING: State.DECLARED,
    Answer.DOWNLOADING: State.DOWNLOADING,
    Answer.DOWNLOADED: State.PREPARED,
    Answer.INSTALLING: State.INSTALLING,
    Answer.NOTHING: State.DECLARED,
    Answer.DONE: State.FINISHED,
    Answer.REJECTED: State.FAILED,
}
"""What follows from a report on a declared update, in whichever state; the rest leaves it."""

_ONCE: Mapping[tuple[State, Answer], str] = {
    (State.DOWNLOADING, Answer.NOTHING): "the download was gone before it was complete",
    (State.SCHEDULING, Answer.DOWNLOADED): "the device does not install what it has downloaded",
    (State.SCHEDULING, Answer.UNDOWNLOADED): "the device does not download before it installs",
}
"""What may happen once without being a obstacle: the device is asked again at once."""

_LAST_ZONE = dt.timedelta(hours=12)
"""How long after UTC the last zone on earth reaches a local time."""

_MOST_IGNORED = 20
"""How many ignored answers in a row are kept: answers to other commands may come for ever."""


def _duration(value: dt.timedelta | float) -> dt.timedelta:
    return value if isinstance(value, dt.timedelta) else dt.timedelta(seconds=value)


def _durations(values: Iterable[dt.timedelta | float]) -> tuple[dt.timedelta, ...]:
    return tuple(map(_duration, values))


@frozen(kw_only=True)
class Policy:
    """How long a flow waits, and when it gives up."""

    poll_every: dt.timedelta = field(default=dt.timedelta(minutes=15), converter=_duration)
    """Between two questions how a download or an installation fares, doubled while the answer
    stays the same."""
    poll_at_most: dt.timedelta = field(default=dt.timedelta(hours=4), converter=_duration)
    """What the doubling ends at: a user may take days."""
    scan_time: dt.timedelta = field(default=dt.timedelta(minutes=10), converter=_duration)
    """What a Mac is given to scan before it is asked what it found."""
    retry_after: dt.timedelta = field(default=dt.timedelta(hours=2), converter=_duration)
    """Before the update is asked for again when something was in the way."""
    back_off: Sequence[dt.timedelta] = field(
        default=tuple(dt.timedelta(minutes=m) for m in (5, 15, 60, 240)),
        converter=_durations,
    )
    """After the first NotNow in a row, the second, …; the last one repeats."""
    answer_within: dt.timedelta = field(default=dt.timedelta(days=1), converter=_duration)
    """After which an answer counts as lost, even if the device has not been heard of since."""
    max_retries: int = 12
    """How many times something may be in the way."""
    timeout: dt.timedelta = field(default=dt.timedelta(days=30), converter=_duration)
    """How long the whole may take, the user's deferrals included."""
    commands: int = 5000
    """How many commands may be sent."""

    def __attrs_post_init__(self) -> None:
        times = [
            self.poll_every,
            self.poll_at_most,
            self.scan_time,
            self.retry_after,
            self.answer_within,
            self.timeout,
            *self.back_off,
        ]
        if not self.back_off or min(times) <= dt.timedelta() or self.commands < 1:
            raise ValueError("a policy needs waiting times above zero, and at least one command")
        if self.max_retries < 0:
            raise ValueError("a policy cannot allow fewer max_retries than none")


@define(kw_only=True)
class _Memory:
    """What a flow knows, as flat values, so that it can be written down at any time."""

    state: State = field(converter=State)
    product_key: str | None
    version: str | None
    started: dt.datetime | None = field(default=None, converter=attrs.converters.optional(as_time))
    latest: dt.datetime | None = field(default=None, converter=attrs.converters.optional(as_time))
    wait_until: dt.datetime | None = field(
        default=None, converter=attrs.converters.optional(as_time)
    )
    sent: dict[str, Any] | None = None
    """The command that no answer has come to, as a dictionary."""
    again: bool = False
    """Whether that command is to be sent again."""
    uuids: list[str] = field(factory=list)
    """Of the commands sent, in order; the last may be unanswered."""
    commands: int = 0
    not_nows: int = 0
    refused: dt.datetime | None = field(default=None, converter=attrs.converters.optional(as_time))
    """When the device said NotNow to the command that is to be sent again."""
    losses: int = 0
    """How many times the device came back without an answer to that command."""
    max_retries: int = 0
    excused: list[str] = field(factory=list)
    """The answers of ``_ONCE`` that have come."""
    reason: str = ""
    """What was last in the way."""
    udid: str | None = None
    accepted: bool = False
    """Whether the device has taken a ScheduleOSUpdate."""
    downloaded: bool = False
    installing: bool = False
    """Whether an installation is scheduled or under way."""
    due: dt.datetime | None = field(default=None, converter=attrs.converters.optional(as_time))
    """Until when the user may put off the installation that is scheduled."""
    restarting: bool = False
    restarted: bool = False
    fraction: float | None = None
    polls: int = 0
    """How many in a row have told nothing new."""
    deferrals: int | None = None
    """How many the user has left."""
    pending: str | None = None
    """The version that the device has said is pending, of a declared update."""
    failures: int = 0
    """How many the device has told of, of a declared update."""


class UpdateFlow:
    """An update of one device, from the first command to the last answer.

    Ask ``next_command`` what to send when the device connects; hand in what the device says, with
    ``receive`` an answer and with ``device_idle`` that it has nothing to say. Each returns what
    happened as events. A flow survives a restart of the server by ``to_dict`` and ``from_dict``.

    Given a declaration as the target, the flow has no commands: it gives the ``declarations`` that
    the server must have on offer for the device, and takes status reports with ``receive``. The
    events are the same.

    A device that would refuse the commands, by ``validate``, or whose updates a declaration
    manages, fails the flow before the first one, with ``findings``; one that has the version
    already finishes it.

    Args:
        device: what it was before the update.
        target: a version (``"17.4.1"``), a product key, an item of ``AvailableOSUpdates``, or the
            declaration that enforces the update. Text that begins with a number and a point, or
            is a number, is meant as a version; a product key has a digit and no blanks.
        action: ``Default`` if absent or, on a Mac, ``InstallASAP``, which devices that install in
            two steps are asked for once the download is complete. With ``DownloadOnly`` the flow
            finishes with the download, with ``NotifyOnly`` when the device has taken the command.
        max_user_deferrals: how often a Mac's user may put ``InstallLater`` off.
        priority: of a Mac's download.
        policy: waiting times and limits.
        udid: answers from devices with another UDID or EnrollmentID are ignored. If absent, the
            device is the one that first answers.
        id: from it and their number the CommandUUIDs are made; if absent, a fresh UUID.

    Raises:
        ValueError: ``target`` is neither a version nor a product key, or has neither.
    """

    def __init__(
        self,
        device: Device,
        target: str | OSVersion | AvailableOSUpdatesItem | SoftwareUpdateEnforcementSpecific,
        *,
        action: InstallAction | str | None = None,
        max_user_deferrals: int | None = None,
        priority: Priority | str | None = None,
        policy: Policy | None = None,
        udid: str | None = None,
        id: str | None = None,
    ) -> None:
        self.device: Device = device
        self.id: str = str(uuid.UUID(id)) if id is not None else str(uuid.uuid4())
        self.policy: Policy = policy if policy is not None else Policy()
        self.history: list[Event] = []
        """Everything that has happened, in order."""
        self._scans = availability("ScheduleOSUpdateScan", device.platform) is not None
        usual = InstallAction.INSTALL_ASAP if self._scans else InstallAction.DEFAULT
        self._action = usual if action is None else InstallAction(action)
        self._item = UpdatesItem(
            install_action=self._action, max_user_deferrals=max_user_deferrals, priority=priority
        )
        declaration = target if isinstance(target, SoftwareUpdateEnforcementSpecific) else None
        self.declaration: SoftwareUpdateEnforcementSpecific | None = declaration
        """The declaration that enforces the update; ``None`` if commands carry it through."""
        version, key = _aim(target)
        self._memory = _Memory(
            state=State.DECLARED if declaration else self._without_scan(State.SCANNING),
            version=str(version) if version else None,
            product_key=key,
            udid=udid,
        )

    # -- what a flow shows -----------------------------------------------------------------------

    @property
    def state(self) -> State:
        """Where it stands."""
        return self._memory.state

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return self.state in (State.FINISHED, State.FAILED)

    @property
    def wait_until(self) -> dt.datetime | None:
        """Until when ``next_command`` gives ``None``; ``None``: it does not, or the flow is done.

        That an answer comes before ends the wait.
        """
        return None if self.done else self._memory.wait_until

    @property
    def reason(self) -> str:
        """Why it failed, or what was last in the way; empty if nothing was."""
        return self._memory.reason

    @property
    def declarations(self) -> tuple[Declaration, ...]:
        """What the server must have on offer for the device until the flow is done.

        The declaration, and what has the device report its status items, each with its activation;
        empty if commands carry the update through.
        """
        if self.declaration is None:
            return ()
        subscription = ManagementStatusSubscriptions.for_software_updates()
        return (
            self.declaration,
            self.declaration.activation(),
            subscription,
            subscription.activation(),
        )

    # -- what comes in and goes out --------------------------------------------------------------

    def next_command(self, now: dt.datetime) -> Command | None:
        """Give the command to send now, or ``None``: then there is none before ``wait_until``.

        Raises:
            FlowError: the flow has ended (see ``done``), or ``now`` is before an earlier time.
            TypeError: ``now`` has no time zone.
        """
        memory, now = self._memory, self._checked(now)
        if memory.started is None:
            memory.started = now
            self._begin(now)
        elif self.done:
            raise FlowError(f"this flow has ended: {self.state}; look at done before you ask")
        if self.done or (memory.wait_until is not None and now < memory.wait_until):
            return None
        if self.declaration is not None:
            self._await_reports(self.declaration, now)
            return None
        if memory.commands >= self.policy.commands:
            self._fail(f"{memory.commands} commands were sent", now)
        elif now - memory.started > self.policy.timeout:
            self._fail(f"no end after {self.policy.timeout}", now)
        if self.done:
            return None
        if memory.sent is None:
            command = self._command(REQUESTS[self.state])
            memory.sent = to_dict(command)
            memory.uuids.append(str(command.command_uuid))
        else:
            kind = COMMAND_OF[memory.sent["Command"]["RequestType"]]
            command = from_dict(memory.sent, kind)
            if not memory.again:
                self.history.append(Resending(at=now, command_uuid=memory.uuids[-1]))
            memory.again = True
        self.history.append(
            CommandSent(
                at=now,
                command_uuid=memory.uuids[-1],
                request_type=str(command.request_type),
                again=memory.again,
            )
        )
        memory.commands += 1
        memory.again, memory.refused = False, None
        memory.wait_until = now + self.policy.answer_within
        return command

    def receive(self, response: Response | StatusReport, now: dt.datetime) -> list[Event]:
        """Take an answer, or a status report on a declared update, and tell what happened.

        The answer may be read as ``Response``, whatever it answers. One to a command never sent,
        one that came before, one of another device or one with a status that Apple does not have
        is an ``Ignored`` event and changes nothing. Of a report nobody but its connection tells
        which device it is of: hand in only those of this one.

        Raises:
            FlowError: ``now`` is before an earlier time.
            TypeError: ``now`` has no time zone.
        """
        memory, now = self._memory, self._checked(now)
        start = len(self.history)
        if isinstance(response, StatusReport):
            return self._receive_report(response, now)
        sender = response.udid or response.enrollment_id
        reason = self._reason_to_ignore(response, sender)
        if not reason and response.status == CommandStatus.IDLE:
            return self.device_idle(now)
        if not reason and memory.sent is not None:
            kind = ANSWER_TO[memory.sent["Command"]["RequestType"]]
            if not isinstance(response, kind):
                response = from_dict(to_dict(response), kind)
            meaning = read_answer(response, self._goal(now))
            if meaning is not None:
                memory.udid = memory.udid or sender
                self._follow(meaning, now)
                return self.history[start:]
            reason = f"{response.status} is no status of an answer"
        return self._ignore(reason, response.command_uuid, now)

    def device_idle(self, now: dt.datetime) -> list[Event]:
        """Take note that the device has connected with nothing to say.

        If a command is unanswered, its answer is lost, and ``next_command`` gives it again; when
        it is lost again, later and later. A device that has said NotNow and now connects anew can
        be sent the command at once.

        Raises:
            FlowError: ``now`` is before an earlier time.
            TypeError: ``now`` has no time zone.
        """
        memory, now = self._memory, self._checked(now)
        if self.done or memory.sent is None:
            return []
        if memory.again:
            if memory.refused is not None and memory.refused < now:
                memory.wait_until = None
            return []
        start = len(self.history)
        memory.again, memory.wait_until = True, None
        self.history.append(Resending(at=now, command_uuid=memory.uuids[-1]))
        if memory.losses:  # a restart loses one answer; more are lost for another reason
            self._hinder("the device comes back without an answer", now, self._back_off())
        memory.losses += 1
        return self.history[start:]

    # -- to a database and back ------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """Turn the flow into values that JSON has."""
        return {
            "id": self.id,
            "device": attrs.asdict(self.device, value_serializer=_plain),
            "item": to_dict(self._item),
            "declaration": to_dict(self.declaration) if self.declaration is not None else None,
            "policy": attrs.asdict(self.policy, value_serializer=_plain),
            "memory": attrs.asdict(self._memory, value_serializer=_plain),
            "history": [event.to_dict() for event in self.history],
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "UpdateFlow":
        """Restore a flow, which goes on as if nothing had happened.

        Raises:
            ValueError: ``to_dict`` has not written this.
        """
        try:
            memory = _Memory(**values["memory"])
            item = from_dict(values["item"], UpdatesItem)
            declared = values["declaration"]
            flow = cls(
                Device(**values["device"]),
                AvailableOSUpdatesItem(version=memory.version, product_key=memory.product_key)
                if declared is None
                else from_dict(declared, SoftwareUpdateEnforcementSpecific, strict=True),
                action=item.install_action,
                max_user_deferrals=item.max_user_deferrals,
                priority=item.priority,
                policy=Policy(**values["policy"]),
                id=values["id"],
            )
            flow._memory = memory
            flow.history = [read_event(event) for event in values["history"]]
        except (AttributeError, KeyError, OverflowError, TypeError) as error:
            raise ValueError(f"this is no flow that to_dict has written: {error}") from None
        return flow

    # -- what follows ----------------------------------------------------------------------------

    def _checked(self, now: dt.datetime) -> dt.datetime:
        now = as_time(now)
        if self._memory.latest is not None and now < self._memory.latest:
            raise FlowError(f"time goes backwards: {now} is before {self._memory.latest}")
        self._memory.latest = now
        return now

    def _without_scan(self, state: State) -> State:
        return state if self._scans else _WITHOUT_SCAN.get(state, state)

    def _goal(self, now: dt.datetime) -> Goal:
        memory = self._memory
        version = read_version(memory.version or "")
        removed = availability("ScheduleOSUpdate", self.device.platform)
        return Goal(
            action=self._step,
            version=version,
            key=memory.product_key,
            lists_by_scan=self._scans,
            by_version=self._by_version,
            begun=memory.accepted or (self.state is State.SCHEDULING and memory.losses > 0),
            installing=memory.installing,
            # A device that has told how many deferrals are left tells it to the end; of another,
            # only the list tells whether it has installed.
            silent=memory.due is not None and memory.deferrals is None,
            overdue=memory.due is not None and now >= memory.due,
            ends_commands=removed is not None
            and version is not None
            and version >= removed.removed,
        )

    @property
    def _by_version(self) -> bool:
        """Whether the device can be asked for the version without a product key."""
        version = read_version(self._memory.version or "")
        # A security response has no version of its own that could be asked for.
        return (
            version is not None
            and is_available("ScheduleOSUpdate.Updates[].ProductVersion", self.device)
            and not version.extra
        )

    @property
    def _step(self) -> InstallAction:
        """What to ask for now: devices in two steps install only what they have downloaded."""
        if self._action is InstallAction.INSTALL_ASAP and not self._scans:
            return self._action if self._memory.downloaded else InstallAction.DEFAULT
        return self._action

    def _command(self, request: RequestType, key: str | None = None) -> Command:
        number = uuid.uuid5(uuid.UUID(self.id), str(len(self._memory.uuids)))
        name = str(number).upper()
        if request != RequestType.SCHEDULE_OS_UPDATE:
            return _QUESTIONS[request](command_uuid=name)
        key = self._memory.product_key or key
        version = None if key else self._memory.version
        item = attrs.evolve(
            self._item,
            install_action=self._step,
            product_key=key,
            product_version=version,
        )
        return ScheduleOSUpdateCommand([item], command_uuid=name)

    @functools.cached_property  # not for each flow that comes from a database
    def findings(self) -> tuple[Finding, ...]:
        """What would make the device refuse commands or declaration, or ignore them.

        Normally empty.
        """
        if self.declaration is not None:
            return validate(self.declaration, self.device).errors
        requests = {REQUESTS[self._without_scan(state)] for state in REQUESTS}
        # Before the list has come, a device that needs a product key is judged by any.
        key = None if self._by_version else "to be found"
        found = [
            finding
            for request in RequestType
            if request in requests
            for finding in validate(self._command(request, key), self.device)
            if finding.severity is Severity.ERROR or finding.rule == _DECLARATION_WINS
        ]
        # Most of what is wrong is so for all of the commands; it need be said once.
        return tuple({finding.rule: finding for finding in reversed(found)}.values())

    def _begin(self, now: dt.datetime) -> None:
        memory = self._memory
        # The version of a product key may be another product's: the device's own does not tell.
        version = read_version(memory.version or "") if memory.product_key is None else None
        if version is not None and version <= self.device.os_version:
            self._end(State.FINISHED, now, f"the device has {self.device.os_version} already")
        elif self.findings:
            self._fail("; ".join(f"{f.message}. {f.hint}" for f in self.findings), now)

    # -- what follows from reports ---------------------------------------------------------------

    def _await_reports(
        self, declaration: SoftwareUpdateEnforcementSpecific, now: dt.datetime
    ) -> None:
        """Wait, until it is past the deadline wherever on earth the device is."""
        deadline = declaration.target_local_date_time.datetime.replace(tzinfo=dt.timezone.utc)
        # A deadline that was past at first is one at which the device begins at once.
        end = max(deadline + _LAST_ZONE, self._memory.started or now) + self.policy.timeout
        if now >= end:
            self._fail(f"not installed {self.policy.timeout} after the deadline", now)
        else:
            self._wait(end - now, now)

    def _receive_report(self, report: StatusReport, now: dt.datetime) -> list[Event]:
        memory, start = self._memory, len(self.history)
        if self.declaration is None:
            return self._ignore("a status report, and nothing was declared", None, now)
        if self.done:
            return self._ignore("it came before", None, now)
        pending = report.softwareupdate.pending_version
        version = pending.os_version if pending is not None else None
        if version and version != memory.pending:
            memory.pending = version
            self.history.append(UpdateFound(at=now, product_key=None, version=version))
        expected = Expected(
            identifier=str(self.declaration.identifier),
            target=OSVersion(self.declaration.target_os_version),
            installing=memory.installing,
            failures=memory.failures,
        )
        for meaning in read_report(report, expected):
            self._follow_report(meaning, now)
        failure = report.softwareupdate.failure_reason
        memory.failures = memory.failures if failure is None else failure.count or 0
        return self.history[start:]

    def _follow_report(self, meaning: Meaning, now: dt.datetime) -> None:
        memory, answer, tell = self._memory, meaning.answer, self.history.append
        if answer is Answer.BLOCKED:
            memory.downloaded = memory.installing = memory.restarting = False
            wait = memory.wait_until - now if memory.wait_until is not None else self.policy.timeout
            self._hinder(meaning.reason, now, wait)
            return
        if answer is Answer.DOWNLOADING and self.state is not State.DOWNLOADING:
            tell(DownloadStarted(at=now))
        elif answer in (Answer.DOWNLOADED, Answer.INSTALLING) and not memory.downloaded:
            tell(Downloaded(at=now))
            memory.downloaded = True
        if answer is Answer.INSTALLING and not memory.restarting:
            tell(Restarting(at=now))
            memory.restarting = memory.installing = True
        memory.state = DECLARED[answer]
        if answer is Answer.REJECTED:
            self._fail(meaning.reason, now)
        elif answer is Answer.DONE:
            if memory.installing:
                tell(Restarted(at=now))
            self._end(State.FINISHED, now, meaning.reason)

    # -- what follows from answers ---------------------------------------------------------------

    def _ignore(self, reason: str, command_uuid: str | None, now: dt.datetime) -> list[Event]:
        last = self.history[-_MOST_IGNORED:]
        if len(last) == _MOST_IGNORED and all(isinstance(event, Ignored) for event in last):
            del self.history[-_MOST_IGNORED]
        ignored = Ignored(at=now, reason=reason, command_uuid=command_uuid)
        self.history.append(ignored)
        return [ignored]

    def _reason_to_ignore(self, response: Response, sender: str | None) -> str:
        memory = self._memory
        if memory.udid is not None and sender is not None and sender != memory.udid:
            return "another device sent it"
        if response.status == CommandStatus.IDLE and response.command_uuid is None:
            return ""
        if response.command_uuid not in memory.uuids:
            return "it answers a command that was never sent"
        if self.done or memory.sent is None or response.command_uuid != memory.uuids[-1]:
            return "it came before"
        if response.status == CommandStatus.NOT_NOW and memory.refused is not None:
            return "it came before"
        return ""

    def _back_off(self) -> dt.timedelta:
        memory, back_off = self._memory, self.policy.back_off
        times = memory.not_nows + max(0, memory.losses - 1)
        return back_off[min(times, len(back_off) - 1)]

    def _follow(self, meaning: Meaning, now: dt.datetime) -> None:
        memory, answer, state = self._memory, meaning.answer, self.state
        before = len(self.history)
        self._tell(meaning, now)
        told = len(self.history) > before
        if answer is Answer.NOT_NOW:
            memory.again, memory.refused = True, now
            self._wait(self._back_off(), now)
            memory.not_nows += 1
            return
        memory.sent, memory.again, memory.refused = None, False, None
        memory.not_nows = memory.losses = 0
        memory.state = following = self._without_scan(TRANSITIONS[state][answer])
        memory.wait_until = None
        if following is State.SCHEDULING:
            memory.due = None
        if following is State.FAILED:
            self._fail(meaning.reason, now)
        elif following is State.FINISHED:
            gone = INSTALLED if memory.installing else _GONE
            self._end(State.FINISHED, now, meaning.reason if answer is Answer.DONE else gone)
        elif reason := self._obstacle(meaning, state):
            self._hinder(reason, now, self.policy.retry_after, told=answer is Answer.ABSENT)
        elif answer is Answer.SCANNED:
            self._wait(self.policy.scan_time, now)
        elif following in (State.DOWNLOADING, State.INSTALLING):
            memory.polls = 0 if told else min(memory.polls + 1, 32)
            length = self.policy.poll_every * 2**memory.polls
            self._wait(max(self.policy.poll_every, min(length, self.policy.poll_at_most)), now)

    def _obstacle(self, meaning: Meaning, state: State) -> str:
        """Tell what is in the way, and forget what it undoes; empty: nothing is."""
        memory, answer = self._memory, meaning.answer
        if (state, answer) in _ONCE:
            if answer in memory.excused:
                return _ONCE[state, answer]
            memory.excused.append(str(answer))
            return ""
        if state is State.CONFIRMING and answer is Answer.OFFERED:
            done = "after its restart" if memory.restarted else "and does nothing with it"
            reason = f"the device still offers the update {done}"
            memory.accepted = False
        elif state is State.SCHEDULING and answer is Answer.DOWNLOADING and memory.downloaded:
            reason = "the device downloads again what it has downloaded"
        elif (
            state is State.SCHEDULING
            and answer in (Answer.DOWNLOADING, Answer.INSTALLING)
            and memory.restarted
        ):
            reason = "the device takes the update in hand again, and has not installed it"
            memory.restarting = memory.restarted = False
            memory.installing = answer is Answer.INSTALLING
            return reason
        elif answer in (Answer.BLOCKED, Answer.ABSENT):
            reason = meaning.reason
            if state in (State.RESCANNING, State.CONFIRMING):
                return reason
        else:
            return ""
        memory.downloaded = memory.installing = False
        memory.restarting = memory.restarted = False
        return reason

    def _tell(self, meaning: Meaning, now: dt.datetime) -> None:
        """Put what an answer says into the history and into memory."""
        memory, answer, tell = self._memory, meaning.answer, self.history.append
        if answer is Answer.NOT_NOW:
            tell(NotNow(at=now))
        elif answer is Answer.SCANNED:
            tell(ScanStarted(at=now))
        elif answer is Answer.NOTHING or meaning.reason == INSTALLED:
            self._tell_nothing(now)
        elif answer in (Answer.UNLISTED, Answer.ABSENT):
            tell(UpdateNotOffered(at=now))
        elif answer is Answer.UNDOWNLOADED:
            memory.downloaded = False
        if meaning.offer is not None:
            version = offered_version(meaning.offer)
            memory.version = str(version) if version else memory.version
            memory.product_key = meaning.offer.product_key or memory.product_key
            tell(UpdateFound(at=now, product_key=memory.product_key, version=meaning.offer.version))
        if meaning.action is not None:
            self._tell_action(meaning.action, now)
        if self.state is State.SCHEDULING:
            self._tell_acceptance(meaning, now)
        if meaning.downloaded and not memory.downloaded:
            tell(Downloaded(at=now))
            memory.downloaded = True
        if meaning.progress is not None:
            self._tell_progress(meaning.progress, answer, now)
        if answer is Answer.INSTALLING and meaning.action is None and not memory.restarting:
            tell(Restarting(at=now))
            memory.restarting = memory.installing = True

    def _tell_nothing(self, now: dt.datetime) -> None:
        memory = self._memory
        if self.state is State.SCHEDULING and memory.losses:
            memory.accepted = memory.installing = True  # and the restart has taken the answer
        if memory.installing and not memory.restarted:
            self.history.append(Restarted(at=now))
            memory.restarted = True

    def _tell_action(self, action: str, now: dt.datetime) -> None:
        asked = self._step
        by_default = (InstallAction.DOWNLOAD_ONLY, InstallAction.INSTALL_ASAP)
        if action != asked and not (asked is InstallAction.DEFAULT and action in by_default):
            self.history.append(ActionChanged(at=now, asked=str(asked), scheduled=action))

    def _tell_acceptance(self, meaning: Meaning, now: dt.datetime) -> None:
        memory, answer = self._memory, meaning.answer
        if answer is Answer.DOWNLOADING:
            self.history.append(DownloadStarted(at=now))
        elif answer is Answer.INSTALLING and meaning.action is not None:
            self.history.append(InstallScheduled(at=now, action=meaning.action))
            memory.installing = True
            if meaning.action == InstallAction.INSTALL_LATER:
                memory.due = now + ((self._item.max_user_deferrals or 0) + 1) * _PROMPT_EVERY
        if answer in (Answer.DOWNLOADING, Answer.DOWNLOADED, Answer.INSTALLING):
            memory.accepted = True

    def _tell_progress(
        self, progress: OSUpdateStatusItem, answer: Answer, now: dt.datetime
    ) -> None:
        memory, tell = self._memory, self.history.append
        fraction = fraction_of(progress)
        if answer is Answer.DOWNLOADING and fraction is not None and fraction != memory.fraction:
            tell(DownloadProgressed(at=now, fraction=fraction))
            memory.fraction = fraction
        left = progress.deferrals_remaining
        if left is not None:
            before = memory.deferrals if memory.deferrals is not None else progress.max_deferrals
            if before is not None and left < before:
                tell(UserDeferred(at=now, remaining=left))
            memory.deferrals = left

    def _wait(self, length: dt.timedelta, now: dt.datetime) -> None:
        self._memory.wait_until = now + length
        self.history.append(Waiting(at=now, until=now + length))

    def _hinder(
        self, reason: str, now: dt.datetime, wait: dt.timedelta, *, told: bool = False
    ) -> None:
        memory = self._memory
        memory.reason = reason
        memory.max_retries += 1
        if not told:
            self.history.append(Blocked(at=now, reason=reason))
        if memory.max_retries > self.policy.max_retries:
            self._fail(reason, now)
        else:
            self._wait(wait, now)

    def _fail(self, reason: str, now: dt.datetime) -> None:
        if self._memory.reason and self._memory.reason != reason:
            reason = f"{reason}; the last obstacle: {self._memory.reason}"
        self._memory.reason = reason
        self._end(State.FAILED, now, reason)

    def _end(self, state: State, now: dt.datetime, reason: str) -> None:
        self._memory.state = state
        self._memory.sent, self._memory.wait_until = None, None
        event = Finished if state is State.FINISHED else Failed
        self.history.append(event(at=now, reason=reason))


_QUESTIONS = {
    kind.request_type: kind
    for kind in (ScheduleOSUpdateScanCommand, AvailableOSUpdatesCommand, OSUpdateStatusCommand)
}

_DECLARATION_WINS = "OSU403"
"""A warning to who sends a command; to who waits for what it does, a refusal."""

_GONE = "the device has the update no more: it is installed, or was withdrawn"

_PROMPT_EVERY = dt.timedelta(days=1)
"""A Mac asks its user once a day."""

_LIKE_A_VERSION = re.compile(r"v?[0-9]+(?:\.|$)", re.IGNORECASE)
_KEY = re.compile(r"\S*[0-9]\S*")


def _aim(
    target: str | OSVersion | AvailableOSUpdatesItem | SoftwareUpdateEnforcementSpecific,
) -> tuple[OSVersion | None, str | None]:
    """The version and the product key of a target, as far as it tells them."""
    if isinstance(target, OSVersion):
        return target, None
    if isinstance(target, SoftwareUpdateEnforcementSpecific):
        return OSVersion(target.target_os_version), None
    if isinstance(target, str):
        text = target.strip()
        version = read_version(text)
        if version is not None:
            return version, None
        if _LIKE_A_VERSION.match(text) or not _KEY.fullmatch(text):
            raise ValueError(
                f"{target!r:.80} is neither an OS version, such as 17.4.1, nor a product key"
            )
        return named_version(text), text
    key = target.product_key or None
    version = offered_version(target)
    if version is None and key is None:
        raise ValueError("the target has neither a product key nor a version")
    return version or named_version(key or ""), key


def _plain(inst: object, attribute: object, value: object) -> object:
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    if isinstance(value, OSVersion | Word):
        return str(value)
    return (
        int(value)
        if isinstance(value, int) and type(value) is not bool
        else json_value(inst, attribute, value)
    )
