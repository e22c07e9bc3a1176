"""Plans: the messages to send to each device of a fleet, and the reasons."""

import datetime as dt
import functools
import uuid
from collections.abc import Iterable, Iterator, Sequence

import attrs
from attrs import frozen

from mdm_osupdate.availability import look_up
from mdm_osupdate.declarations import Declaration
from mdm_osupdate.device import Device
from mdm_osupdate.errors import Report, Severity, require_type
from mdm_osupdate.messages import (
    AvailableOSUpdatesCommand,
    Command,
    InstallAction,
    Platform,
    ScheduleOSUpdateCommand,
    StrEnum,
)
from mdm_osupdate.releases import Releases
from mdm_osupdate.rules import RULES
from mdm_osupdate.validation import validate
from mdm_osupdate.versions import LocalDateTime, OSVersion

from .building import enforcement, enforcements, request_list, schedule, supports_product_version
from .goal import Goal, Request, UnreachableError, has_apple_silicon


class Method(StrEnum):
    """The way in which a device gets to a version."""

    NOTHING = "nothing"
    """The device already has the version or a newer one."""
    COMMAND = "command"
    DECLARATION = "declaration"
    COMMAND_THEN_DECLARATION = "command, then declaration"
    IMPOSSIBLE = "impossible"
    """No message brings the device there. ``Plan.change`` says what would have to change."""


@frozen(kw_only=True)
class Plan:
    """The messages to send to one device, and the reasons."""

    device: Device
    method: Method
    reason: str
    """The reason for this method, and how to use it."""
    messages: tuple[Command | Declaration, ...] = ()
    """The messages to send, in this order. A declaration needs its ``activation()`` too."""
    change: str = ""
    """The change that would make an ``IMPOSSIBLE`` plan possible. Empty otherwise."""
    target: OSVersion | None = None
    """The version that the device gets, if any."""
    deadline: LocalDateTime | None = None
    """The time by which it gets that version. ``None`` if it gets none."""
    warnings: tuple[str, ...] = ()
    """Conditions that can keep the device from the version although it accepts the messages."""
    undecided: tuple[str, ...] = ()
    """Unknown facts that could rule the plan out: attributes of the device, or ``releases``."""

    @property
    def action(self) -> InstallAction | str | None:
        """The install action of the command, if there is one."""
        for message in self.messages:
            if isinstance(message, ScheduleOSUpdateCommand) and message.updates:
                return message.updates[0].install_action
        return None


def plan(
    device: Device,
    target: OSVersion | str,
    deadline: LocalDateTime | dt.datetime | str,
    *,
    build: str | None = None,
    releases: Releases | None = None,
    now: dt.datetime | None = None,
) -> Plan:
    """Plan how a device gets to a version.

    A device that supports declarations gets one: the user can choose the time, and the device
    installs on its own at the deadline. Other devices get a command if they accept one.

    Args:
        device: the device.
        target: the version or, with ``releases``, ``"latest"``, ``"latest-minor"`` (of the
            device's major version) or ``"latest-patch"`` (of its major and minor version).
        deadline: a time in the device's time zone, as a naive ``datetime`` or text such as
            ``"2026-12-01T19:00:00"``. With ``releases`` also a number of days after the posting
            date of the release, and a time of day, such as ``"14d@19:00"``.
        build: the build of a security response, such as ``"25D771280a"`` with target ``"26.3.1"``.
        releases: the releases that Apple offers. Without them, the plan does not know whether the
            hardware supports the version.
        now: the current time, to look up releases and to warn about a past deadline. By default,
            releases are looked up for their newest posting date.

    Raises:
        ValueError: ``target`` is not a valid version, ``deadline`` is not a valid local time, or
            one of them needs ``releases``.
        TypeError: ``device`` is not a ``Device``.
    """
    request = Request.of(target, deadline, build=build, releases=releases, now=now)
    return next(_plan_each(iter([device]), request))


def plan_fleet(
    devices: Iterable[Device],
    target: OSVersion | str,
    deadline: LocalDateTime | dt.datetime | str,
    *,
    build: str | None = None,
    releases: Releases | None = None,
    now: dt.datetime | None = None,
) -> Iterator[Plan]:
    """Plan for many devices, one at a time. Equal devices are planned once.

    The arguments are those of ``plan``, and are checked immediately. Devices are read lazily, so a
    fleet can have any size.
    """
    request = Request.of(target, deadline, build=build, releases=releases, now=now)
    return _plan_each(iter(devices), request)


_CACHED_PLANS = 1 << 14
"""The number of plans to cache during one call. A fleet has fewer kinds of devices."""


def _plan_each(devices: Iterator[Device], request: Request) -> Iterator[Plan]:
    @functools.lru_cache(_CACHED_PLANS)
    def planned(device: Device, _: str) -> Plan:
        return _plan(device, request)

    for device in devices:
        require_type("device", device, Device)
        # Devices with 26.1 and 26.1.0 are equal, but a plan repeats the spelling of the version.
        yield _with_own_uuids(planned(device, str(device.os_version)))


def _with_own_uuids(made: Plan) -> Plan:
    """Return a plan with new CommandUUIDs, because devices must not share one."""
    if not any(isinstance(message, Command) for message in made.messages):
        return made
    messages = (
        attrs.evolve(message, command_uuid=str(uuid.uuid4()).upper())
        if isinstance(message, Command)
        else message
        for message in made.messages
    )
    return attrs.evolve(made, messages=tuple(messages))


# -- one device ----------------------------------------------------------------------------------


def _plan(device: Device, request: Request) -> Plan:
    try:
        goal = request.goal_for(device)
        if goal is None:
            reason = f"already on {device.os_version}"
            return Plan(device=device, method=Method.NOTHING, reason=reason)
        made = _by_declaration(device, goal) or _by_command(device, goal)
    except UnreachableError as error:
        return Plan(
            device=device, method=Method.IMPOSSIBLE, reason=error.reason, change=error.change
        )
    return attrs.evolve(made, warnings=(*made.warnings, *_warnings(device, goal, request.now)))


def _made(
    device: Device,
    goal: Goal,
    method: Method,
    reason: str,
    messages: Sequence[Command | Declaration],
    report: Report,
) -> Plan:
    unknown = {
        name
        for rule, names in report.undecided.items()
        if RULES[rule].severity is Severity.ERROR
        for name in names
        if name != "releases"  # the goal knows whether they matter
    }
    return Plan(
        device=device,
        method=method,
        reason=reason,
        messages=tuple(messages),
        target=goal.version,
        deadline=goal.deadline,
        warnings=tuple(finding.message for finding in report.warnings),
        undecided=tuple(sorted(unknown.union(goal.undecided))),
    )


def _warnings(device: Device, goal: Goal, now: dt.datetime | None) -> Iterator[str]:
    """Yield warnings for administrators that no rule covers."""
    if now is not None and goal.deadline.datetime < now.replace(tzinfo=None):
        yield "the deadline has passed: the device installs as soon as it can"
    silicon = device.platform is Platform.MACOS and has_apple_silicon(device)
    if silicon is None and goal.version.major >= 27:
        yield f"macOS {goal.version} runs only on Apple silicon, and the Mac's model is unknown"
    if silicon is not False and device.os_version.major >= 11:
        yield "on Apple silicon, users must authorize the update if the bootstrap token is missing"


def _by_declaration(device: Device, goal: Goal) -> Plan | None:
    """Plan for a device that supports declarations. Return ``None`` if it does not.

    Raises:
        UnreachableError: the goal is a security response whose build is unknown.
    """
    report = _judge_declaration(device, goal)
    if not report.ok:
        return None
    messages = enforcements(device, goal)
    reason = "send the declaration: the device installs at the deadline"
    if len(messages) > 1:
        reason = (
            "send both declarations: the device installs the base version an hour before the "
            "deadline, then the security response"
        )
    return _made(device, goal, Method.DECLARATION, reason, messages, report)


def _judge_declaration(device: Device, goal: Goal) -> Report:
    """Check whether a device supports the declaration, without regard to the target's build."""
    report = validate(enforcement(goal.base() if goal.is_response else goal), device)
    # OSU625 compares versions, and a security response has the version of its base.
    kept = tuple(f for f in report.findings if not (goal.is_response and f.rule == "OSU625"))
    return attrs.evolve(report, findings=kept)


def _by_command(device: Device, goal: Goal) -> Plan:
    """Plan for a device that does not support declarations.

    Raises:
        UnreachableError: the device does not accept the command either.
    """
    base = goal.version.base
    on_base = goal.is_response and device.os_version >= base
    report = validate(AvailableOSUpdatesCommand() if on_base else schedule(device, base), device)
    if not report.ok:
        raise _no_method(device, goal, report)
    if on_base:
        return _made(device, goal, Method.COMMAND, _RESPONSE, request_list(device), report)
    first: tuple[Command, ...] = (schedule(device, base),)
    reason = _MAC if device.platform is Platform.MACOS else _TWO_STEPS
    if not supports_product_version(device):
        first, reason = request_list(device), _BY_KEY
    if not goal.is_response:
        return _made(device, goal, Method.COMMAND, reason, first, report)
    then = attrs.evolve(device, os_version=base, build=None)
    if _judge_declaration(then, goal).ok:
        reason = f"{reason}; once on {base}, send the declaration"
        messages: list[Command | Declaration] = [*first, *enforcements(then, goal)]
        return _made(device, goal, Method.COMMAND_THEN_DECLARATION, reason, messages, report)
    reason = f"{reason}; once on {base}, request the list and schedule the response by ProductKey"
    return _made(device, goal, Method.COMMAND, reason, (*first, *request_list(then)), report)


_MAC = (
    "too old for declarations: send ScheduleOSUpdate (InstallASAP) at the deadline; the Mac "
    "downloads, then counts down to the restart"
)
_TWO_STEPS = (
    "too old for declarations: send ScheduleOSUpdate (Default) now to download, and again at the "
    "deadline to install"
)
_BY_KEY = (
    "too old for ProductVersion: request the list of updates, then send ScheduleOSUpdate with the "
    "ProductKey from the list"
)
_RESPONSE = (
    "too old for declarations: request the list of updates, then schedule the security response "
    "by its ProductKey"
)

_ABSENT = {"OSU301", "OSU302", "OSU402", "OSU620", "OSU621"}
"""The rules for devices that do not have the command or the declaration at all."""


def _no_method(device: Device, goal: Goal, commanded: Report) -> UnreachableError:
    """Explain why neither method works, and what would have to change."""
    declared = _judge_declaration(device, goal)
    present = [
        report.errors
        for report in (declared, commanded)
        if not any(finding.rule in _ABSENT for finding in report.errors)
    ]
    obstacles = present[0] if present else ()
    changes = [finding.hint for finding in obstacles] + _upgrade_by_hand(device, goal)
    if not changes:
        changes = [finding.hint for finding in declared.errors]
    reason = "; ".join(f.message for f in obstacles or (*declared.errors, *commanded.errors))
    return UnreachableError(reason, " Or: ".join(dict.fromkeys(changes)))


def _upgrade_by_hand(device: Device, goal: Goal) -> list[str]:
    """Recommend the first version with declarations, if that helps an older device."""
    where = look_up("SoftwareUpdateEnforcementSpecific", device.platform)
    if where is None or device.os_version >= where.introduced:
        return []
    newer = attrs.evolve(device, os_version=where.introduced)
    if not _judge_declaration(newer, goal).ok:
        return []
    version = f"{device.platform} {where.introduced} or newer"
    return [f"Install {version} by hand: from then on, send the declaration."]
