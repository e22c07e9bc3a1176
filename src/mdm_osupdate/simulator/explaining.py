"""The reason why a simulated device is not updated."""

import datetime as dt

from mdm_osupdate.availability import is_available
from mdm_osupdate.declarations import SoftwareUpdateEnforcementSpecific

from .commands import CommandClient
from .declared import DeclarationClient
from .state import Progress, State

_ENFORCEMENT = "SoftwareUpdateEnforcementSpecific"


def explain(
    state: State, commands: CommandClient, declared: DeclarationClient, now: dt.datetime
) -> str:
    """Return why the device is not updated yet, as far as it knows."""
    enforcements = [
        declaration
        for declaration in declared.declarations
        if isinstance(declaration, SoftwareUpdateEnforcementSpecific)
    ]
    if enforcements:
        return _why_not_enforced(declared, enforcements, now)
    if commands.rejection:
        return f"the device rejected the last command: {commands.rejection}"
    if state.progress:
        return _in_progress(next(iter(state.progress.values())), now)
    if not is_available("ScheduleOSUpdate", state.device):
        platform, version = state.device.platform, state.device.os_version
        takes = is_available(_ENFORCEMENT, state.device)
        needed = "no declaration that enforces an update arrived" if takes else "nothing else"
        return f"{platform} {version} has no update commands, and {needed}"
    if not state.updates:
        return "no update is offered to the device"
    return "the server sent no command that updates the device"


def _why_not_enforced(
    declared: DeclarationClient,
    enforcements: list[SoftwareUpdateEnforcementSpecific],
    now: dt.datetime,
) -> str:
    """Return why the declarations have not updated the device."""
    enforced = declared.enforced()
    if enforced is None:
        name = enforcements[-1].identifier
        return f"the declaration {name!r} does not apply: {declared.obstacle(enforcements[-1])}"
    version = enforced.target_os_version
    update = declared.offered(enforced)
    if update is None:
        build = f" ({enforced.target_build_version})" if enforced.target_build_version else ""
        return f"{version}{build}, which a declaration enforces, is not offered to the device"
    install_state, obstacle = declared.state_of(update, now)
    deadline = enforced.target_local_date_time
    waits = f"install-state {install_state}, deadline {deadline}"
    return f"{obstacle} ({waits})" if obstacle else waits


def _in_progress(progress: Progress, now: dt.datetime) -> str:
    """Return the progress of an update by command."""
    if now < progress.prepared:
        return "the update is still being downloaded"
    if progress.installs is None:
        return "the update is downloaded, and no command to install it arrived"
    return "the device waits for its user, or restarts"
