"""The behavior of a simulated device and its user."""

import datetime as dt

from attrs import asdict, frozen

from mdm_osupdate.messages import ScheduledAction

NEVER = dt.timedelta()
PROMPT_TIME = dt.timedelta(minutes=20)
"""The time that a user needs to notice a prompt and to enter a passcode."""


@frozen(kw_only=True)
class Behavior:
    """The behavior of a device and its user.

    Obstacles begin with the first command or declaration.

    Raises:
        ValueError: a duration or a number is negative.
    """

    passcode: bool = False
    """True if the user must enter a passcode to install (iOS and iPadOS). Before iOS 10.3, such a
    device does not install at all."""
    deferrals: int = 0
    """The number of times that the user defers the installation by a day, if possible."""
    download_time: dt.timedelta = dt.timedelta(minutes=25)
    prepare_time: dt.timedelta = NEVER
    """The time to prepare a downloaded update. The status remains Downloading."""
    scan_time: dt.timedelta = dt.timedelta(minutes=5)
    forgets_scan: bool = False
    """True if a Mac must scan again after a restart before it lists anything."""
    lists_downloaded: bool = True
    """True if iOS and tvOS still list an update that is downloaded."""
    withdrawn_after: dt.timedelta | None = None
    """The time after which Apple withdraws the updates. Downloaded ones can still be installed."""
    restart_time: dt.timedelta = dt.timedelta(minutes=12)
    """The time for which the device is unreachable while it installs."""
    no_space: dt.timedelta = NEVER
    """The time for which there is not enough space for the download."""
    no_power: dt.timedelta = NEVER
    """The time for which the battery is too low to install."""
    no_network: dt.timedelta = NEVER
    """The time for which the network is not sufficient for the download."""
    phone_call: dt.timedelta = NEVER
    """The time for which a phone call keeps an iPhone from installing."""
    logged_in: dt.timedelta = NEVER
    """The time for which a user is logged in on a Shared iPad."""
    not_now_every: int = 0
    """The device answers every nth command with NotNow. 0 means never."""
    loses_response: bool = False
    """True if the response to the command that schedules an installation is lost."""
    changes_action: ScheduledAction | None = None
    """The action that the device schedules the first time, instead of the one in the command."""
    failing_installs: int = 0
    """The number of installations in a row that fail during the restart."""

    def __attrs_post_init__(self) -> None:
        for name, value in asdict(self).items():
            if isinstance(value, dt.timedelta) and value < NEVER:
                raise ValueError(f"{name} must not be negative, not {value}")
            if isinstance(value, int) and value < 0:
                raise ValueError(f"{name} must be 0 or more, not {value}")
