"""The clock of the command line, and times in options."""

from __future__ import annotations

import datetime as dt
import os
import re


def now() -> dt.datetime:
    """Return the current time, or that of ``SOURCE_DATE_EPOCH`` for reproducible output.

    Source of the variable: https://reproducible-builds.org/specs/source-date-epoch/.
    """
    seconds = os.environ.get("SOURCE_DATE_EPOCH", "")
    if seconds.isdecimal():
        return dt.datetime.fromtimestamp(int(seconds), dt.timezone.utc)
    return dt.datetime.now(dt.timezone.utc)


def with_seconds(time: str) -> str:
    """Add the seconds to a local time such as ``2026-12-01T19:00``. Return other texts as is."""
    return f"{time}:00" if re.fullmatch(r"[0-9-]+T[0-9]{2}:[0-9]{2}", time) else time
