"""Versions of operating systems, and the local times of deadlines."""

import datetime as dt
import re
from functools import total_ordering

from .errors import InvalidVersionError

_NUMBER = r"(0|[1-9][0-9]{0,3})"
_VERSION = re.compile(rf"{_NUMBER}(?:\.{_NUMBER})?(?:\.{_NUMBER})?(?: ?(\([a-z]\)))?")


@total_ordering
class OSVersion:
    """A version such as ``17``, ``17.4.1`` or ``13.3.1 (a)``.

    Versions order by number, part by part (10.11.5 is newer than 10.11, 9 equals 9.0), and a
    security response, the letter in parentheses, is newer than the version that it builds on.

    Args:
        text: one to three numbers joined by points, and perhaps the letter of a security response.

    Raises:
        InvalidVersionError: a ``ValueError``; the text is no such version.
    """

    __slots__ = ("_key", "_text")

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise TypeError(f"a version is text such as '17.4.1', not {text!r:.60}")
        match = _VERSION.fullmatch(text)
        if match is None:
            raise InvalidVersionError(text)
        major, minor, patch, extra = match.groups()
        self._key = (int(major), int(minor or 0), int(patch or 0), extra or "")
        self._text = text

    @property
    def major(self) -> int:
        """The first number: 17 of ``17.4.1``."""
        return self._key[0]

    @property
    def minor(self) -> int:
        """The second number, 0 where there is none."""
        return self._key[1]

    @property
    def patch(self) -> int:
        """The third number, 0 where there is none."""
        return self._key[2]

    @property
    def extra(self) -> str:
        """``(a)`` of ``13.3.1 (a)``, a security response's mark; empty for other versions."""
        return self._key[3]

    @property
    def base(self) -> "OSVersion":
        """The version that a security response builds on: ``13.3.1`` of ``13.3.1 (a)``."""
        return OSVersion(self._text.removesuffix(self.extra).rstrip())

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"OSVersion({self._text!r})"

    def __eq__(self, other: object) -> bool:
        return self._key == other._key if isinstance(other, OSVersion) else NotImplemented

    def __lt__(self, other: object) -> bool:
        return self._key < other._key if isinstance(other, OSVersion) else NotImplemented

    def __le__(self, other: object) -> bool:
        return self._key <= other._key if isinstance(other, OSVersion) else NotImplemented

    def __reduce__(self) -> tuple[type["OSVersion"], tuple[str]]:
        return OSVersion, (self._text,)

    def __hash__(self) -> int:
        return hash(self._key)


_NAMED = re.compile(r"_(?:MACOS|patch|full)_([0-9]+(?:\.[0-9]+){1,2})(?:_(?!rsr$)|$)")


def read_version(text: str) -> OSVersion | None:
    """Read a version; ``None`` if the text is none."""
    try:
        return OSVersion(text)
    except InvalidVersionError:
        return None


def named_version(product_key: str) -> OSVersion | None:
    """Read the version that a product key names, as ``MSU_UPDATE_20G80_patch_11.5.1`` does.

    ``None`` for the many keys that name a build or a number; Apple calls keys opaque. Also for
    those of security responses (``_rsr``), which name the version that they apply on top of.
    """
    match = _NAMED.search(product_key)
    return read_version(match[1]) if match else None


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

    def __new__(cls, value: "str | dt.datetime") -> "LocalDateTime":  # noqa: D102 - the class documents it
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
