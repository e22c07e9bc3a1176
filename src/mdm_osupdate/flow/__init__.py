"""Flows: updates of one device by commands or by a declaration, without I/O."""

from .converter import to_utc
from .enforcement import EnforcementFlow
from .events import (
    ActionChanged,
    Blocked,
    CommandSent,
    DeadlinePassed,
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
)
from .loading import load_flow
from .meanings import Outcome
from .policy import Policy
from .responses import offered_version
from .transitions import DECLARED, REQUESTS, TRANSITIONS, State
from .updates import PROMPT_EVERY, UpdateFlow

__all__ = [
    "DECLARED",
    "PROMPT_EVERY",
    "REQUESTS",
    "TRANSITIONS",
    "ActionChanged",
    "Blocked",
    "CommandSent",
    "DeadlinePassed",
    "DownloadProgressed",
    "DownloadStarted",
    "Downloaded",
    "EnforcementFlow",
    "Event",
    "Failed",
    "Finished",
    "Ignored",
    "InstallScheduled",
    "NotNow",
    "Outcome",
    "Policy",
    "Resending",
    "Restarted",
    "Restarting",
    "ScanStarted",
    "State",
    "UpdateFlow",
    "UpdateFound",
    "UpdateNotOffered",
    "UserDeferred",
    "Waiting",
    "load_flow",
    "offered_version",
    "to_utc",
]
