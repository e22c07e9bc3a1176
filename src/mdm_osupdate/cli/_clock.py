"""The clock of the command line."""

from __future__ import annotations

import datetime as dt
import os


def now() -> dt.datetime:
    """Return the current time, or that of ``SOURCE_DATE_EPOCH`` for reproducible output.

    Source of the variable: https://reproducible-builds.org/specs/source-date-epoch/.
    """
    seconds = os.environ.get("SOURCE_DATE_EPOCH", "")
    if seconds.isdecimal():
        return dt.datetime.fromtimestamp(int(seconds), dt.timezone.utc)
    return dt.datetime.now(dt.timezone.utc)
