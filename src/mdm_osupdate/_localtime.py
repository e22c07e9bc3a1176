"""The local time of a deadline: a date and a time of day, and no zone."""

import datetime as dt
import re

_FORMAT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?!24)[0-9]{2}:[0-9]{2}:[0-9]{2}")


class LocalDateTime(str):
    """A date and time of day such as ``2026-12-01T19:00:00``, as ``TargetLocalDateTime`` holds it.

    It is the text on the wire. Each device reads it in its own time zone, so it has none itself.

    Args:
        value: the text, or a naive ``datetime`` without a fraction of a second.

    Raises:
        ValueError: it is no such text, no such time, or has a zone.
        TypeError: it is neither text nor a ``datetime``.

    Source: ``declarations/configurations/softwareupdate.enforcement.specific.yaml``.
    """

    __slots__ = ()

    def __new__(cls, value: "str | dt.datetime") -> "LocalDateTime":
        if not isinstance(value, str | dt.datetime):
            raise TypeError(f"a local time is text or a datetime, not {value!r:.60}")
        text = value.isoformat() if isinstance(value, dt.datetime) else value
        try:
            if _FORMAT.fullmatch(text):
                dt.datetime.fromisoformat(text)
                return super().__new__(cls, text)
        except ValueError:
            pass  # 30 February
        raise ValueError(f"{text!r:.60} is no local time; write it as 2026-12-01T19:00:00")

    @property
    def datetime(self) -> dt.datetime:
        """The same as a naive ``datetime``."""
        return dt.datetime.fromisoformat(self)
