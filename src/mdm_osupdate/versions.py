"""Versions and builds of operating systems, and the local times of deadlines."""

import datetime as dt
import re
from functools import lru_cache, total_ordering

from .errors import InvalidVersionError

_NUMBER = r"(0|[1-9][0-9]{0,3})"
_VERSION = re.compile(rf"{_NUMBER}(?:\.{_NUMBER})?(?:\.{_NUMBER})?(?: ?(\([a-z]\)))?")


@total_ordering
class OSVersion:
    """A version such as ``17``, ``17.4.1`` or ``13.3.1 (a)``.

    Versions are ordered by number, part by part: 10.11.5 is newer than 10.11, and 9 equals 9.0. A
    security response, with a letter in parentheses, is newer than its base version.

    Args:
        text: one to three numbers separated by dots, then the letter of a security response, if
            any.

    Raises:
        InvalidVersionError: the text is not a valid version. A ``ValueError``.
        TypeError: the argument is not a ``str``.
    """

    __slots__ = ("_key", "_text")

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise TypeError(f"a version must be str, not {type(text).__name__}")
        match = _VERSION.fullmatch(text)
        if match is None:
            raise InvalidVersionError(text)
        major, minor, patch, extra = match.groups()
        self._key = (int(major), int(minor or 0), int(patch or 0), extra or "")
        self._text = text

    @property
    def major(self) -> int:
        """The first number, such as 17 of ``17.4.1``."""
        return self._key[0]

    @property
    def minor(self) -> int:
        """The second number, or 0."""
        return self._key[1]

    @property
    def patch(self) -> int:
        """The third number, or 0."""
        return self._key[2]

    @property
    def extra(self) -> str:
        """The letter of a security response, such as ``(a)`` of ``13.3.1 (a)``, or empty."""
        return self._key[3]

    @property
    def base(self) -> "OSVersion":
        """The base version of a security response, such as ``13.3.1`` of ``13.3.1 (a)``."""
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


def read_version(text: str, extra: str | None = None) -> OSVersion | None:
    """Read a version that a device or an inventory reports, or return ``None`` if it is invalid.

    Args:
        text: the version, with or without the letter of a security response: ``13.2 (a)``.
        extra: the letter if it is reported separately, as ``a`` or ``(a)``. It may repeat the
            letter in ``text``, but must not contradict it.
    """
    text = text.strip()
    version = _read(text) if len(text) <= _MAX_LENGTH else None
    if version is None or not extra:
        return version
    letter = extra.strip().strip("()")
    if not letter or version.extra == f"({letter})":
        return version
    return _read(f"{text} ({letter})") if len(letter) == 1 else None


_MAX_LENGTH = len("9999.9999.9999 (a)")


@lru_cache(1 << 10)  # the same few versions are read again and again
def _read(text: str) -> OSVersion | None:
    try:
        return OSVersion(text)
    except InvalidVersionError:
        return None


_NAMED = re.compile(r"_(?:MACOS|patch|full)_([0-9]+(?:\.[0-9]+){1,2})(?:_(?!rsr$)|$)")


def named_version(product_key: str) -> OSVersion | None:
    """Read the version in a product key such as ``MSU_UPDATE_20G80_patch_11.5.1``.

    Return ``None`` for the many keys that contain a build or a number, since Apple calls keys
    opaque. Also return ``None`` for security responses (``_rsr``), whose keys contain the base
    version.
    """
    match = _NAMED.search(product_key)
    return read_version(match[1]) if match else None


_BUILD_IN_KEY = re.compile(
    r"(?:MSU_UPDATE_|iOSUpdate|_OSX_)([0-9]{1,3}[A-Z][0-9]{1,7}[a-z]?)(?:_|$)"
)


def named_build(product_key: str) -> str | None:
    """Read the build that a product key names, as ``MSU_UPDATE_20G80_patch_11.5.1`` does.

    None for the many keys that name a version or a number.
    """
    match = _BUILD_IN_KEY.match(product_key)
    return match[1] if match else None


# -- builds --------------------------------------------------------------------------------------

_BUILD = re.compile(r"([0-9]{1,3})([A-Z])([0-9]{1,7})([a-z]?)")
_RESPONSE_NUMBER = 100_000
"""The smallest last number of a response's build. It has six or seven digits, a seed's has four."""


def is_build(text: str) -> bool:
    """Return whether a text has the form of a build, such as ``24F74`` or ``25D771280a``."""
    return _BUILD.fullmatch(text) is not None


def is_response_build(text: str) -> bool:
    """Return whether a build is that of a security response, such as ``25D771280a``.

    The letter of the build need not be that of the version: 13.4.1 (c) is ``22F770820d``.
    """
    match = _BUILD.fullmatch(text)
    return match is not None and int(match[3]) >= _RESPONSE_NUMBER and match[4] != ""


def _build_order(build: str) -> tuple[int, str, int, str]:
    match = _BUILD.fullmatch(build)
    if match is None:
        return (0, "", 0, "")
    return (int(match[1]), match[2], int(match[3]), match[4])


def is_at(
    target: OSVersion, target_build: str | None, version: OSVersion, build: str | None
) -> bool | None:
    """Return whether a device is at a target or newer.

    Versions decide, because ordinary builds of one version differ between devices. Only a security
    response, which has the version of its base, is distinguished from the base by its build.

    Args:
        target: the version to reach.
        target_build: its build, which identifies a security response.
        version: the version that the device runs.
        build: the build that it runs. With a security response, the supplemental build.

    Returns:
        ``None`` if the device has a security response of this base, and its build is unknown.
    """
    if target_build is None or not is_response_build(target_build):
        return version >= target
    if version.base != target.base:
        return version.base > target.base
    if target.extra and version.extra:
        return version >= target
    if build:
        return _build_order(build) >= _build_order(target_build)
    return None if version.extra else False


# -- existing versions ---------------------------------------------------------------------------

_LAST_BEFORE_26 = {
    "iOS": 18,
    "iPadOS": 18,
    "macOS": 15,
    "tvOS": 18,
    "visionOS": 2,
    "watchOS": 11,
}
"""The last major version before all platforms moved to 26 in 2025."""
_LAST_OF_ALL_BEFORE_26 = max(_LAST_BEFORE_26.values())


def exists(version: OSVersion) -> bool:
    """Return whether a platform has a major version. None has 19 to 25."""
    return not _LAST_OF_ALL_BEFORE_26 < version.major < 26


def exists_on(platform: str, version: OSVersion) -> bool:
    """Return whether a platform has a major version. macOS skips 16 to 25, and iOS 19 to 25."""
    return not _LAST_BEFORE_26[platform] < version.major < 26


_ENDS = tuple(map(OSVersion, ("9.3.6", "10.3.4", "12.5", "15.8", "16.7.3")))
_ENDS_BY_PLATFORM = {"iOS": _ENDS, "iPadOS": (*_ENDS, OSVersion("17.7.3"))}


def is_last_for_hardware(platform: str, version: OSVersion) -> bool:
    """Return whether a version runs only on iPhones and iPads that get no newer major version.

    Apple offers 9.3.6, 10.3.4, 12.5, 15.8, 16.7.3, 17.7.3 (iPads) and their successors of the same
    major version only to such devices. All others already had a newer major version.
    """
    ends = _ENDS_BY_PLATFORM.get(platform, ())
    return any(end.major == version.major and version >= end for end in ends)


_FORMAT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?!24)[0-9]{2}:[0-9]{2}:[0-9]{2}")
_EXAMPLE = "2026-12-01T19:00:00"


class LocalDateTime(str):
    """A date and time of day such as ``2026-12-01T19:00:00``, as ``TargetLocalDateTime`` holds it.

    It is a ``str`` without a time zone: each device reads it in its own.

    Args:
        value: the text, or a naive ``datetime`` without a fraction of a second.

    Raises:
        ValueError: the time does not exist, has a time zone, or has another format.
        TypeError: the value is neither ``str`` nor ``datetime``.

    Source: ``declarations/configurations/softwareupdate.enforcement.specific.yaml``.
    """

    __slots__ = ()

    def __new__(cls, value: "str | dt.datetime") -> "LocalDateTime":  # noqa: D102 - the class documents it
        if not isinstance(value, str | dt.datetime):
            raise TypeError(f"a local time must be str or datetime, not {type(value).__name__}")
        text = value.isoformat() if isinstance(value, dt.datetime) else value
        try:
            if _FORMAT.fullmatch(text):
                dt.datetime.fromisoformat(text)
                return super().__new__(cls, text)
        except ValueError:
            pass  # 30 February
        raise ValueError(f"invalid local time {text!r:.60}: expected a time such as {_EXAMPLE}")

    @property
    def datetime(self) -> dt.datetime:
        """The same time as a naive ``datetime``."""
        return dt.datetime.fromisoformat(self)
