"""An update by declaration: status reports and time in, declarations and events out."""

import datetime as dt
from typing import Any

from attrs import define, frozen

from mdm_osupdate.declarations import (
    Declaration,
    ManagementStatusSubscriptions,
    SoftwareUpdateEnforcementSpecific,
    StatusReport,
    reported_build,
    reported_version,
)
from mdm_osupdate.device import Device
from mdm_osupdate.errors import Finding, require_type
from mdm_osupdate.validation import validate
from mdm_osupdate.versions import OSVersion

from .converter import CONVERTER, FORMAT, later
from .events import (
    Blocked,
    DeadlinePassed,
    Downloaded,
    DownloadStarted,
    Event,
    Restarted,
    Restarting,
    UpdateFound,
)
from .lifecycle import Flow, Memory, in_words, require
from .meanings import Meaning, Outcome
from .policy import Policy
from .reports import Known, Target, interpret_report
from .transitions import DECLARED, State

_LAST_ZONE = dt.timedelta(hours=12)
"""The time from a local time in UTC to the same in the last time zone on earth."""


@define(kw_only=True)
class ReportMemory(Memory):
    """The state of an update by declaration."""

    version: OSVersion | None = None
    """The version that the device has reported."""
    build: str | None = None
    """The build that the device has reported, with a security response the supplemental one."""
    pending: str | None = None
    """The version that the device has reported as pending, if any."""
    pending_build: str | None = None
    downloaded: bool = False
    installing: bool = False
    """True if the device has reported that it installs the target."""
    failures: int = 0
    """The number of failures that the device has counted."""
    obstacle: str = ""
    """The reason why the declaration is not in force. Empty if it is, or may be."""
    overdue: bool = False
    """True if the deadline has passed in every time zone."""

    def check(self) -> None:
        """Raise ``ValueError`` if the values contradict each other."""
        super().check()
        require(self.state in DECLARED.values(), f"{self.state} is not a state of a declaration")
        require(self.failures >= 0, "failures is negative")


@frozen(kw_only=True)
class StoredEnforcement:
    """The stored form of an ``EnforcementFlow``."""

    device: Device
    declaration: SoftwareUpdateEnforcementSpecific
    policy: Policy
    memory: ReportMemory
    history: list[Event]


class EnforcementFlow(Flow[ReportMemory]):
    """An update of one device by a declaration, from the declaration to the new version.

    Offer ``declarations`` to the device, and pass its status reports to ``receive``. Call
    ``advance`` at ``wait_until``, so that the flow notices a deadline that passes without reports.
    Both return what happened as events. ``to_dict`` stores the flow, and ``load_flow`` restores it.

    The flow finishes when the device reports the target or something newer. If the device would
    reject the declaration, the flow fails at once, and ``findings`` has the reasons.

    Args:
        device: the device before the update.
        declaration: the declaration that enforces the update.
        policy: the limits.

    Raises:
        TypeError: ``device`` or ``declaration`` has the wrong type.
        InvalidVersionError: the declaration's target is not a version.
    """

    declaration: SoftwareUpdateEnforcementSpecific

    def __init__(
        self,
        device: Device,
        declaration: SoftwareUpdateEnforcementSpecific,
        *,
        policy: Policy | None = None,
    ) -> None:
        require_type("device", device, Device)
        require_type("declaration", declaration, SoftwareUpdateEnforcementSpecific)
        self._become(
            StoredEnforcement(
                device=device,
                declaration=declaration,
                policy=policy if policy is not None else Policy(),
                memory=ReportMemory(state=State.DECLARED),
                history=[],
            )
        )

    def _become(self, stored: StoredEnforcement) -> None:
        self.device: Device = stored.device
        self.policy: Policy = stored.policy
        self.declaration = declaration = stored.declaration
        self.history: list[Event] = stored.history
        self._memory = stored.memory
        self._target = Target(
            version=OSVersion(declaration.target_os_version),
            any_patch=declaration.target_os_version.count(".") < 2,
            build=declaration.target_build_version,
            identifier=str(declaration.identifier),
            token=declaration.effective_token,
            activation=str(declaration.activation().identifier),
        )

    def to_dict(self) -> dict[str, Any]:
        """Convert the flow to values that JSON has, for ``load_flow``."""
        stored = StoredEnforcement(
            device=self.device,
            declaration=self.declaration,
            policy=self.policy,
            memory=self._memory,
            history=self.history,
        )
        return {"format": FORMAT, "kind": "enforcement", **CONVERTER.unstructure(stored)}

    @classmethod
    def restored(cls, stored: StoredEnforcement) -> "EnforcementFlow":
        """Restore a flow from its stored form; for ``load_flow``.

        Raises:
            ValueError: the values contradict each other.
        """
        stored.memory.check()
        flow = cls.__new__(cls)
        flow._become(stored)
        return flow

    @property
    def _target_name(self) -> str:
        declaration = self.declaration
        return f"{declaration.target_os_version} by {declaration.target_local_date_time}"

    @property
    def declarations(self) -> tuple[Declaration, ...]:
        """The declarations to offer to the device now. Empty once the flow has ended.

        The enforcement and the subscription to the status items, each with its activation.
        """
        if self.done:
            return ()
        subscription = ManagementStatusSubscriptions.for_software_updates()
        return (
            self.declaration,
            self.declaration.activation(),
            subscription,
            subscription.activation(),
        )

    def _validate(self) -> tuple[Finding, ...]:
        return validate(self.declaration, self.device).errors

    # -- what comes in ---------------------------------------------------------------------------

    def advance(self, now: dt.datetime) -> list[Event]:
        """Record that time has passed without a report.

        The first call begins the flow. Later calls are needed at ``wait_until``: when the deadline
        has passed in every time zone, and when the timeout after the deadline has passed.

        Raises:
            FlowError: ``now`` is before an earlier time.
            TypeError: ``now`` has no time zone.
        """
        now, start = self._at(now), len(self.history)
        if self._memory.started is None:
            self._begin(now)
        self._check_deadline(now)
        return self.history[start:]

    def receive(self, report: StatusReport, now: dt.datetime) -> list[Event]:
        """Process a status report and return what happened.

        A report does not name its device, so pass only reports of this device. A flow that has
        ended returns no events.

        Raises:
            FlowError: ``now`` is before an earlier time.
            TypeError: ``report`` is not a status report, or ``now`` has no time zone.
        """
        require_type("report", report, StatusReport)
        now, start = self._at(now), len(self.history)
        if self._memory.started is None:
            self._begin(now)
        if not self.done:
            self._read(report, now)
        self._check_deadline(now)
        return self.history[start:]

    # -- time ------------------------------------------------------------------------------------

    @property
    def _passed(self) -> dt.datetime:
        """The time at which the deadline has passed in every time zone."""
        deadline = self.declaration.target_local_date_time.datetime
        return later(deadline.replace(tzinfo=dt.timezone.utc), _LAST_ZONE)

    def _begin(self, now: dt.datetime) -> None:
        memory = self._memory
        has_target = self._target.is_reached(self.device.os_version, self.device.build)
        self._start(now, has_target=has_target)
        # If the deadline has already passed, the device begins at once.
        memory.overdue = now >= self._passed
        self._check_deadline(now)

    def _check_deadline(self, now: dt.datetime) -> None:
        memory = self._memory
        if self.done:
            return
        if not memory.overdue and now >= self._passed:
            memory.overdue = True
            deadline = str(self.declaration.target_local_date_time)
            self.history.append(DeadlinePassed(at=now, deadline=deadline))
        end = later(max(self._passed, memory.started or now), self.policy.timeout)
        until = end if memory.overdue else self._passed
        if now >= end:
            self._fail(f"not installed {in_words(self.policy.timeout)} after the deadline", now)
        elif memory.wait_until != until:
            self._wait_until(until, now)

    # -- what follows from reports ---------------------------------------------------------------

    def _read(self, report: StatusReport, now: dt.datetime) -> None:
        memory = self._memory
        memory.version = reported_version(report) or memory.version
        memory.build = reported_build(report) or memory.build
        other = self._note_pending(report, now)
        known = Known(
            version=memory.version,
            build=memory.build,
            other=other,
            installing=memory.installing,
            failures=memory.failures,
        )
        for meaning in interpret_report(report, self._target, known):
            self._follow(meaning, now)
            if self.done:
                return
        failure = report.softwareupdate.failure_reason
        if failure is not None and not other:
            memory.failures = max(failure.count or 0, 0)

    def _note_pending(self, report: StatusReport, now: dt.datetime) -> bool:
        """Store the pending version, and return whether it is other than the target."""
        memory, pending = self._memory, report.softwareupdate.pending_version
        if pending is not None:
            version, build = pending.os_version or None, pending.build_version or None
            if version is not None and (version, build) != (memory.pending, memory.pending_build):
                if self._target.is_pending(version, build):
                    found = UpdateFound(at=now, product_key=None, version=version)
                    self.history.append(found)
                else:
                    name = f"{version} ({build})" if build else version
                    self._ignore(f"the device processes {name}, not {self._target}", None, now)
                    memory.downloaded = memory.installing = False
                    memory.state = State.DECLARED
                memory.failures = 0
            memory.pending, memory.pending_build = version, build
        if memory.pending is not None:
            return not self._target.is_pending(memory.pending, memory.pending_build)
        cause = report.softwareupdate.install_reason
        identifier = cause.declaration_id if cause is not None else None
        return bool(identifier) and identifier != self._target.identifier

    def _follow(self, meaning: Meaning, now: dt.datetime) -> None:
        memory, outcome = self._memory, meaning.outcome
        if outcome in (Outcome.ACTIVE, Outcome.INACTIVE):
            self._note_obstacle(meaning.reason, now)
            return
        self._record(outcome, now)
        memory.state = DECLARED[outcome]
        if outcome is Outcome.BLOCKED:
            memory.downloaded = memory.installing = False
            self._block(meaning.reason, now)
        elif outcome is Outcome.REJECTED:
            self._fail(meaning.reason, now)
        elif outcome is Outcome.DONE:
            self._end(State.FINISHED, now, meaning.reason)

    def _note_obstacle(self, reason: str, now: dt.datetime) -> None:
        """Record why the declaration is not in force, once: the daily report repeats it."""
        memory = self._memory
        if reason and reason != memory.obstacle:
            memory.reason = reason
            self.history.append(Blocked(at=now, reason=reason))
        memory.obstacle = reason

    def _record(self, outcome: Outcome, now: dt.datetime) -> None:
        memory, record = self._memory, self.history.append
        if outcome is Outcome.DOWNLOADING and self.state is not State.DOWNLOADING:
            record(DownloadStarted(at=now))
        elif outcome in (Outcome.DOWNLOADED, Outcome.INSTALLING) and not memory.downloaded:
            record(Downloaded(at=now))
            memory.downloaded = True
        if outcome is Outcome.INSTALLING and not memory.installing:
            record(Restarting(at=now))
            memory.installing = True
        elif outcome is Outcome.DONE and memory.installing:
            record(Restarted(at=now))
        elif outcome is Outcome.NOTHING:
            memory.downloaded = memory.installing = False
