"""The flow of one update on one device, without I/O: answers and time in, commands and events out.

Three parts: what an answer means stands in ``_answers``; what follows from it is the table
``TRANSITIONS`` here, from which the documentation's diagram is drawn; and ``UpdateFlow`` looks up
the one in the other. It never sleeps, sends or asks for the time.
"""

import datetime as dt
import functools
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs
from attrs import define, field, frozen

from ._answers import Answer, Goal, Meaning, offered_version, read_answer
from ._availability import availability, is_available
from ._codec import from_dict, to_dict
from ._device import Device
from ._errors import FlowError
from ._events import (
    ActionChanged,
    CommandSent,
    Downloaded,
    DownloadProgressed,
    DownloadStarted,
    Event,
    Failed,
    Finished,
    Hindered,
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
from ._findings import Finding
from ._messages import (
    ANSWER_TO,
    COMMAND_OF,
    AvailableOSUpdatesCommand,
    AvailableOSUpdatesItem,
    Command,
    OSUpdateStatusCommand,
    OSUpdateStatusItem,
    Response,
    ScheduleOSUpdateCommand,
    ScheduleOSUpdateScanCommand,
    UpdatesItem,
)
from ._osversion import OSVersion, named_version, read_version
from ._validate import validate
from ._vocabulary import CommandStatus, InstallAction, Priority, RequestType, Word


class State(Word):
    """Where a flow stands. All but the last two have a command, which they send on entry."""

    SCANNING = "scanning"
    """A Mac is to look for updates; other devices skip this."""
    LISTING = "listing"
    """Which updates the device has."""
    SCHEDULING = "scheduling"
    """The update is asked for: to download or install, as the device decides."""
    DOWNLOADING = "downloading"
    """How far the download is. When it is done, the update must be asked for once more."""
    INSTALLING = "installing"
    """Whether the device has installed yet."""
    RESCANNING = "rescanning"
    """A Mac that has restarted is to look for updates; other devices skip this."""
    CONFIRMING = "confirming"
    """Whether the update is gone from the list after the restart."""
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
        Answer.HINDERED: state,
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
        Answer.HINDERED: State.SCHEDULING,
    },
    State.INSTALLING: {
        **_from(
            State.INSTALLING,
            DOWNLOADING=State.INSTALLING,
            DOWNLOADED=State.INSTALLING,
            INSTALLING=State.INSTALLING,
            NOTHING=State.SCHEDULING,
        ),
        Answer.HINDERED: State.SCHEDULING,
    },
    State.RESCANNING: _from(State.RESCANNING, SCANNED=State.CONFIRMING),
    State.CONFIRMING: _from(
        State.CONFIRMING,
        OFFERED=State.SCHEDULING,
        UNLISTED=State.FINISHED,
        ABSENT=State.FINISHED,
    ),
}
"""What follows in each state from each answer that its command can have."""


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
    hindrances: int = 12
    """How many times something may be in the way."""
    patience: dt.timedelta = field(default=dt.timedelta(days=30), converter=_duration)
    """How long the whole may take, the user's deferrals included."""
    commands: int = 5000
    """How many commands may be sent."""

    def __attrs_post_init__(self) -> None:
        times = [
            self.poll_every,
            self.poll_at_most,
            self.scan_time,
            self.retry_after,
            *self.back_off,
        ]
        if not self.back_off or min(times) <= dt.timedelta() or self.commands < 1:
            raise ValueError("a policy needs waiting times above zero, and at least one command")


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
    hindrances: int = 0
    reason: str = ""
    """What was last in the way."""
    udid: str | None = None
    offered: bool = False
    downloaded: bool = False
    installing: bool = False
    restarting: bool = False
    restarted: bool = False
    fraction: float | None = None
    polls: int = 0
    """How many in a row have told nothing new."""
    deferrals: int | None = None
    """How many the user has left."""


class UpdateFlow:
    """An update of one device, from the first command to the last answer.

    Ask ``next_command`` what to send when the device connects; hand in what the device says, with
    ``receive`` an answer and with ``device_idle`` that it has nothing to say. Each returns what
    happened as events. A flow survives a restart of the server by ``to_dict`` and ``from_dict``.

    A device that would refuse the commands, by ``validate``, fails the flow before the first one,
    with ``findings``; one that has the version already finishes it.

    Args:
        device: what it was before the update.
        target: a version (``"17.4.1"``), a product key, or an item of ``AvailableOSUpdates``.
        action: ``Default`` if absent or, on a Mac, ``InstallASAP``. With ``DownloadOnly`` the flow
            finishes with the download, with ``NotifyOnly`` when the device has taken the command.
        max_user_deferrals: how often a Mac's user may put ``InstallLater`` off.
        priority: of a Mac's download.
        policy: waiting times and limits.
        udid: answers from devices with another UDID or EnrollmentID are ignored. If absent, the
            device is the one that first answers.
        id: from it and their number the CommandUUIDs are made; if absent, a fresh UUID.
    """

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
        version, key = _aim(target)
        self._memory = _Memory(
            state=self._without_scan(State.SCANNING),
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
        if memory.commands >= self.policy.commands:
            self._fail(f"{memory.commands} commands were sent", now)
        elif now - memory.started > self.policy.patience:
            self._fail(f"no end after {self.policy.patience}", now)
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
        memory.again = False
        memory.wait_until = now + self.policy.answer_within
        return command

    def receive(self, response: Response, now: dt.datetime) -> list[Event]:
        """Take an answer and tell what happened.

        The answer may be read as ``Response``, whatever it answers. One to a command never sent,
        one that came before, one of another device or one with a status that Apple does not have
        is an ``Ignored`` event and changes nothing.

        Raises:
            FlowError: ``now`` is before an earlier time.
            TypeError: ``now`` has no time zone.
        """
        memory, now = self._memory, self._checked(now)
        if response.status == CommandStatus.IDLE and response.command_uuid is None:
            return self.device_idle(now)
        start = len(self.history)
        sender = response.udid or response.enrollment_id
        reason = self._reason_to_ignore(response, sender)
        if not reason and memory.sent is not None:
            kind = ANSWER_TO[memory.sent["Command"]["RequestType"]]
            if not isinstance(response, kind):
                response = from_dict(to_dict(response), kind)
            meaning = read_answer(response, self._goal())
            if meaning is not None:
                memory.udid = memory.udid or sender
                self._follow(meaning, now)
                return self.history[start:]
            reason = f"{response.status} is no status of an answer"
        self.history.append(Ignored(at=now, reason=reason, command_uuid=response.command_uuid))
        return self.history[start:]

    def device_idle(self, now: dt.datetime) -> list[Event]:
        """Take note that the device has connected with nothing to say.

        If a command is unanswered, its answer is lost, and ``next_command`` gives it again.

        Raises:
            FlowError: ``now`` is before an earlier time.
            TypeError: ``now`` has no time zone.
        """
        memory, now = self._memory, self._checked(now)
        if self.done or memory.sent is None or memory.again:
            return []
        memory.again, memory.wait_until = True, None
        self.history.append(Resending(at=now, command_uuid=memory.uuids[-1]))
        return self.history[-1:]

    # -- to a database and back ------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """Turn the flow into values that JSON has."""
        return {
            "id": self.id,
            "device": attrs.asdict(self.device, value_serializer=_plain),
            "item": to_dict(self._item),
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
            flow = cls(
                Device(**values["device"]),
                AvailableOSUpdatesItem(version=memory.version, product_key=memory.product_key),
                action=item.install_action,
                max_user_deferrals=item.max_user_deferrals,
                priority=item.priority,
                policy=Policy(**values["policy"]),
                id=values["id"],
            )
            flow._memory = memory
            flow.history = [read_event(event) for event in values["history"]]
        except (KeyError, TypeError) as error:
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

    def _goal(self) -> Goal:
        memory = self._memory
        version = read_version(memory.version or "")
        removed = availability("ScheduleOSUpdate", self.device.platform)
        return Goal(
            action=self._action,
            version=version,
            key=memory.product_key,
            lists_by_scan=self._scans,
            # A security response has no version of its own that could be asked for.
            by_version=version is not None
            and is_available("ScheduleOSUpdate.Updates[].ProductVersion", self.device)
            and not version.extra,
            offered=memory.offered,
            downloaded=memory.downloaded,
            installing=memory.installing,
            ends_commands=removed is not None
            and version is not None
            and version >= removed.removed,
        )

    def _command(self, request: RequestType) -> Command:
        number = uuid.uuid5(uuid.UUID(self.id), str(len(self._memory.uuids)))
        name = str(number).upper()
        if request != RequestType.SCHEDULE_OS_UPDATE:
            return _QUESTIONS[request](command_uuid=name)
        goal = self._goal()
        # Before the list has come, a device that needs a product key is judged by any.
        key = goal.key if goal.key or goal.by_version else "to be found"
        version = None if key else str(goal.version)
        item = attrs.evolve(self._item, product_key=key, product_version=version)
        return ScheduleOSUpdateCommand([item], command_uuid=name)

    @functools.cached_property  # not for each flow that comes from a database
    def findings(self) -> tuple[Finding, ...]:
        """The errors for which the device would refuse the commands; normally empty."""
        requests = {REQUESTS[self._without_scan(state)] for state in REQUESTS}
        found = [
            finding
            for request in RequestType
            if request in requests
            for finding in validate(self._command(request), self.device).errors
        ]
        # Most of what is wrong is so for all of the commands; it need be said once.
        return tuple({finding.rule: finding for finding in reversed(found)}.values())

    def _begin(self, now: dt.datetime) -> None:
        version = read_version(self._memory.version or "")
        if version is not None and version <= self.device.os_version:
            self._end(State.FINISHED, now, f"the device has {self.device.os_version} already")
        elif self.findings:
            self._fail("; ".join(f"{f.message}. {f.hint}" for f in self.findings), now)

    def _reason_to_ignore(self, response: Response, sender: str | None) -> str:
        memory = self._memory
        if memory.udid is not None and sender is not None and sender != memory.udid:
            return "another device sent it"
        if response.command_uuid not in memory.uuids:
            return "it answers a command that was never sent"
        if self.done or memory.sent is None or response.command_uuid != memory.uuids[-1]:
            return "it came before"
        return ""

    def _follow(self, meaning: Meaning, now: dt.datetime) -> None:
        memory, answer, state = self._memory, meaning.answer, self.state
        before = len(self.history)
        self._tell(meaning, now)
        told = len(self.history) > before
        if answer is Answer.NOT_NOW:
            back_off = self.policy.back_off
            memory.again = True
            self._wait(back_off[min(memory.not_nows, len(back_off) - 1)], now)
            memory.not_nows += 1
            return
        memory.sent, memory.again, memory.not_nows = None, False, 0
        following = self._without_scan(TRANSITIONS[state][answer])
        memory.state = following
        memory.wait_until = None
        if following is State.FAILED:
            self._fail(meaning.reason, now)
        elif following is State.FINISHED:
            self._end(State.FINISHED, now, _FINISHED.get(self._action, "installed"))
        elif self._is_hindrance(meaning, state):
            memory.hindrances += 1
            if memory.hindrances > self.policy.hindrances:
                self._fail(memory.reason, now)
            else:
                self._wait(self.policy.retry_after, now)
        elif answer is Answer.SCANNED:
            self._wait(self.policy.scan_time, now)
        elif following in (State.DOWNLOADING, State.INSTALLING):
            memory.polls = 0 if told else min(memory.polls + 1, 32)
            length = self.policy.poll_every * 2**memory.polls
            self._wait(max(self.policy.poll_every, min(length, self.policy.poll_at_most)), now)

    def _is_hindrance(self, meaning: Meaning, state: State) -> bool:
        memory, answer = self._memory, meaning.answer
        if state is State.CONFIRMING and answer is Answer.OFFERED:
            memory.reason = "the device still offers the update after its restart"
            memory.downloaded = memory.installing = False
            memory.restarting = memory.restarted = False
        elif state is State.SCHEDULING and answer is Answer.DOWNLOADING and memory.downloaded:
            memory.reason = "the device downloads again what it has downloaded"
            memory.downloaded = False
        elif answer in (Answer.HINDERED, Answer.ABSENT):
            memory.reason = meaning.reason
            memory.downloaded = memory.restarting = memory.restarted = False
        else:
            return False
        return True

    def _tell(self, meaning: Meaning, now: dt.datetime) -> None:
        """Put what an answer says into the history and into memory."""
        memory, answer, tell = self._memory, meaning.answer, self.history.append
        if answer is Answer.NOT_NOW:
            tell(NotNow(at=now))
        elif answer is Answer.SCANNED:
            tell(ScanStarted(at=now))
        elif answer in (Answer.UNLISTED, Answer.ABSENT):
            tell(UpdateNotOffered(at=now))
        elif answer is Answer.HINDERED:
            tell(Hindered(at=now, reason=meaning.reason))
        elif answer is Answer.NOTHING and self.state is not State.DOWNLOADING:
            if not memory.restarted:
                tell(Restarted(at=now))
            memory.restarted = True
        if meaning.offer is not None:
            memory.offered = True
            memory.product_key = meaning.offer.product_key or memory.product_key
            tell(UpdateFound(at=now, product_key=memory.product_key, version=meaning.offer.version))
        if meaning.action is not None:
            self._tell_action(meaning.action, answer, now)
        if meaning.progress is not None:
            self._tell_progress(meaning.progress, answer, now)

    def _tell_action(self, action: str, answer: Answer, now: dt.datetime) -> None:
        memory, tell = self._memory, self.history.append
        memory.offered = True
        asked = self._action
        if asked not in (action, InstallAction.DEFAULT):
            tell(ActionChanged(at=now, asked=str(asked), scheduled=action))
        if answer is Answer.DOWNLOADING:
            tell(DownloadStarted(at=now))
        else:
            tell(InstallScheduled(at=now, action=action))
            memory.installing = True

    def _tell_progress(
        self, progress: OSUpdateStatusItem, answer: Answer, now: dt.datetime
    ) -> None:
        memory, tell = self._memory, self.history.append
        fraction = progress.download_percent_complete
        if answer is Answer.DOWNLOADING and fraction is not None and fraction != memory.fraction:
            tell(DownloadProgressed(at=now, fraction=fraction))
            memory.fraction = fraction
        if answer is not Answer.DOWNLOADING and not memory.downloaded:
            tell(Downloaded(at=now))
            memory.downloaded = True
        left = progress.deferrals_remaining
        if left is not None:
            before = memory.deferrals if memory.deferrals is not None else progress.max_deferrals
            if before is not None and left < before:
                tell(UserDeferred(at=now, remaining=left))
            memory.deferrals = left
        if answer is Answer.INSTALLING and not memory.restarting:
            tell(Restarting(at=now))
            memory.restarting = memory.installing = True

    def _wait(self, length: dt.timedelta, now: dt.datetime) -> None:
        self._memory.wait_until = now + length
        self.history.append(Waiting(at=now, until=now + length))

    def _fail(self, reason: str, now: dt.datetime) -> None:
        if self._memory.reason and self._memory.reason != reason:
            reason = f"{reason}; the last hindrance: {self._memory.reason}"
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

_FINISHED = {
    InstallAction.DOWNLOAD_ONLY: "downloaded, as was asked",
    InstallAction.NOTIFY_ONLY: "the device has taken the command; the user decides",
}


def _aim(
    target: str | OSVersion | AvailableOSUpdatesItem,
) -> tuple[OSVersion | None, str | None]:
    """The version and the product key of a target, as far as it tells them."""
    if isinstance(target, OSVersion):
        return target, None
    if isinstance(target, str):
        version = read_version(target)
        return (version, None) if version else (named_version(target), target)
    key = target.product_key
    version = offered_version(target)
    if version is None and not key:
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
