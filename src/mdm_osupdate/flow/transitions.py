"""The states of a flow, and the tables of transitions."""

from collections.abc import Mapping

from mdm_osupdate.messages import RequestType, StrEnum

from .meanings import Outcome


class State(StrEnum):
    """The state of a flow.

    States of an update by commands have a command each, which the flow sends on entry. Those of an
    update by declaration have none: the device leads, and the flow follows its reports.
    """

    SCANNING = "scanning"
    """A Mac scans for updates; other devices skip this state."""
    LISTING = "listing"
    """The flow queries the available updates."""
    SCHEDULING = "scheduling"
    """The flow requests the update. The device decides whether it downloads or installs."""
    DOWNLOADING = "downloading"
    """The device downloads. With commands, the update must be requested once more afterwards."""
    INSTALLING = "installing"
    """The device installs, now or once its user agrees."""
    RESCANNING = "rescanning"
    """A Mac that has restarted scans for updates; other devices skip this state."""
    CONFIRMING = "confirming"
    """The flow queries whether the update is gone from the list after the restart."""
    DECLARED = "declared"
    """The declaration is on offer, and the device will begin by itself."""
    PREPARED = "prepared"
    """A declared update is ready; the user or the deadline starts the installation."""
    FINISHED = "finished"
    """The update is done."""
    FAILED = "failed"
    """The flow has given up. ``reason`` has the reason."""


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

WITHOUT_SCAN: Mapping[State, State] = {
    State.SCANNING: State.LISTING,
    State.RESCANNING: State.CONFIRMING,
}
"""The states that a platform without scans skips, and the ones that follow them."""


def _from(state: State, **following: State) -> dict[Outcome, State]:
    return {
        Outcome.NOT_NOW: state,
        Outcome.BLOCKED: state,
        Outcome.REJECTED: State.FAILED,
        Outcome.DONE: State.FINISHED,
        **{Outcome[name]: following[name] for name in following},
    }


TRANSITIONS: Mapping[State, Mapping[Outcome, State]] = {
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
    State.DOWNLOADING: _from(
        State.DOWNLOADING,
        BLOCKED=State.SCHEDULING,
        WAITING=State.DOWNLOADING,
        DOWNLOADING=State.DOWNLOADING,
        DOWNLOADED=State.SCHEDULING,
        INSTALLING=State.INSTALLING,
        NOTHING=State.SCHEDULING,
    ),
    State.INSTALLING: _from(
        State.INSTALLING,
        BLOCKED=State.SCHEDULING,
        WAITING=State.INSTALLING,
        DOWNLOADING=State.INSTALLING,
        DOWNLOADED=State.INSTALLING,
        INSTALLING=State.INSTALLING,
        PENDING=State.RESCANNING,
        NOTHING=State.SCHEDULING,
    ),
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
"""The next state, by state and outcome."""

DECLARED: Mapping[Outcome, State] = {
    Outcome.WAITING: State.DECLARED,
    Outcome.DOWNLOADING: State.DOWNLOADING,
    Outcome.DOWNLOADED: State.PREPARED,
    Outcome.INSTALLING: State.INSTALLING,
    Outcome.NOTHING: State.DECLARED,
    Outcome.BLOCKED: State.DECLARED,
    Outcome.DONE: State.FINISHED,
    Outcome.REJECTED: State.FAILED,
}
"""The next state of a declared update by outcome, in any state. Other outcomes do not change it."""

ONCE: Mapping[tuple[State, Outcome], str] = {
    (State.DOWNLOADING, Outcome.NOTHING): "the download was gone before it was complete",
    (State.SCHEDULING, Outcome.DOWNLOADED): "the device does not install what it has downloaded",
    (State.SCHEDULING, Outcome.UNDOWNLOADED): "the device does not download before it installs",
}
"""The outcomes that are failures only when repeated. The first time, the flow retries at once."""
