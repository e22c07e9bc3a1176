"""Strategies for the values in messages."""

import datetime as dt
import functools
import uuid
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from mdm_osupdate.availability import ROWS
from mdm_osupdate.device import to_platform
from mdm_osupdate.messages import Platform
from mdm_osupdate.versions import OSVersion, exists_on

uuids: st.SearchStrategy[str] = st.integers(0, 2**128 - 1).map(
    lambda number: str(uuid.UUID(int=number)).upper()
)
# What XML can carry: no control characters, no carriage return, no surrogates.
texts: st.SearchStrategy[str] = st.text(
    st.characters(
        exclude_categories=["Cs", "Cc"],
        exclude_characters="\ufffe\uffff",
        include_characters="\n\t",
    ),
    max_size=20,
)


def _dates(first: int, last: int) -> SearchStrategy[dt.datetime]:
    """Generate dates as property lists hold them: naive, and in whole seconds."""
    bounds = dt.datetime(first, 1, 1), dt.datetime(last, 1, 1)  # noqa: DTZ001
    return st.datetimes(*bounds).map(lambda date: date.replace(microsecond=0))


dates: SearchStrategy[dt.datetime] = _dates(2000, 2100)
any_dates: SearchStrategy[dt.datetime] = _dates(1900, 2200)
integers: SearchStrategy[int] = st.integers(-(2**63), 2**64 - 1)
reals: SearchStrategy[float] = st.floats(allow_nan=False)


def _nested(scalars: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
        max_leaves=8,
    )


# Created once: creating a strategy costs more than drawing from it.
_PLIST_VALUES = _nested(
    st.one_of(texts, integers, reals, st.booleans(), any_dates, st.binary(max_size=20))
)
json_values: SearchStrategy[Any] = _nested(
    st.one_of(texts, integers, st.floats(allow_nan=False, allow_infinity=False), st.none())
)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
# No regular expressions here: hypothesis draws from them slowly.
unknown_keys: SearchStrategy[dict[str, Any]] = st.dictionaries(
    st.text(_LETTERS, min_size=3, max_size=13).map(lambda text: f"{text.capitalize()}X"),
    _PLIST_VALUES,
    max_size=1,
)


def plist_values() -> SearchStrategy[Any]:
    """Generate values that a property list can hold, nested a little.

    Example:
        >>> find(osus.plist_values(), lambda value: isinstance(value, dict) and value)
        {'': ''}
    """
    return _PLIST_VALUES


def command_uuids() -> SearchStrategy[str]:
    """Generate CommandUUIDs: mostly UUIDs, and what samples and tools write instead.

    Example:
        >>> find(osus.command_uuids(), lambda text: "_" in text)
        '0000_A'
    """
    return _COMMAND_UUIDS


_COMMAND_UUIDS = uuids | st.builds(
    "{:04}_{}".format,
    st.integers(0, 9999),
    st.text(_LETTERS + _LETTERS.upper(), min_size=1, max_size=20),
)

# -- versions ------------------------------------------------------------------------------------


def os_versions(
    min_version: OSVersion | str = "9.0",
    max_version: OSVersion | str = "27.9",
    *,
    platform: Platform | str | None = None,
) -> SearchStrategy[OSVersion]:
    """Generate versions without security responses.

    Two thirds of them are versions at which something was introduced, deprecated or removed, or
    neighbors of those. Major versions that never existed, such as iOS 19, are left out.

    Args:
        min_version: the lowest version.
        max_version: the highest version.
        platform: of this platform only. By default, of any.

    Raises:
        ValueError: unknown platform.

    Example:
        >>> find(osus.os_versions("17.0", platform="iOS"), lambda version: version.minor > 4)
        OSVersion('17.5')
    """
    of = None if platform is None else to_platform(platform)
    return _os_versions(OSVersion(str(min_version)), OSVersion(str(max_version)), of)


@functools.lru_cache(maxsize=1024)
def _os_versions(
    low: OSVersion, high: OSVersion, platform: Platform | None
) -> SearchStrategy[OSVersion]:
    majors = [n for n in range(low.major, high.major + 1) if _exists(n, platform)]
    if low > high or not majors:
        return st.nothing()
    if low.major not in majors:
        low = OSVersion(f"{majors[0]}.0")
    if high.major not in majors:
        high = OSVersion(f"{majors[-1]}.9")
    changes, around = ([v for v in some if low <= v <= high] for some in _borders(platform))
    # Each version only once: hypothesis does not repeat examples, so it soon visits all of them.
    return st.one_of(
        st.sampled_from([low, *changes]),
        st.sampled_from([*around, high]),
        _all_versions(low, high, majors),
    )


def _exists(major: int, platform: Platform | None) -> bool:
    """Return whether the platform, or any, has had that major version."""
    platforms = Platform if platform is None else [platform]
    return any(exists_on(str(one), OSVersion(str(major))) for one in platforms)


def _all_versions(low: OSVersion, high: OSVersion, majors: list[int]) -> SearchStrategy[OSVersion]:
    """Generate versions between two others, all with equal probability."""
    minors, patches = max(16, low.minor + 1, high.minor + 1), max(10, low.patch + 1, high.patch + 1)

    def number(version: OSVersion) -> int:
        return (majors.index(version.major) * minors + version.minor) * patches + version.patch

    def version(number: int) -> OSVersion:
        rest, patch = divmod(number, patches)
        index, minor = divmod(rest, minors)
        return OSVersion(f"{majors[index]}.{minor}" + (f".{patch}" if patch else ""))

    return st.integers(number(low), number(high)).map(version)


@functools.cache
def _borders(platform: Platform | None) -> tuple[list[OSVersion], list[OSVersion]]:
    """Return the versions at which something changes, and their neighbors."""
    column = {Platform.IPADOS: "ios"}.get(platform, str(platform).lower()) if platform else None
    columns = ("ios", "macos", "tvos", "visionos") if column is None else (column,)
    texts = {getattr(row, name, None) for row in ROWS for name in columns}
    changes = {OSVersion(text) for text in texts if text} | {OSVersion("26.0"), OSVersion("27.0")}
    around = {near for version in changes for near in _neighbors(version, platform)}
    return sorted(changes), sorted(around - changes)


def _neighbors(version: OSVersion, platform: Platform | None) -> Iterator[OSVersion]:
    """Return the versions just below and just above."""
    major, minor, patch = version.major, version.minor, version.patch
    if patch:
        yield OSVersion(f"{major}.{minor}.{patch - 1}")
    elif minor:
        yield OSVersion(f"{major}.{minor - 1}.9")
    else:
        before = [n for n in range(major) if _exists(n, platform)]
        yield from (OSVersion(f"{n}.9") for n in before[-1:])
    yield OSVersion(f"{major}.{minor}.{patch + 1}")


def product_keys() -> SearchStrategy[str]:
    """Generate product keys in the forms that devices have been seen to use.

    Example:
        >>> find(osus.product_keys(), lambda key: key.startswith("_MACOS_"))
        '_MACOS_11.0'
    """
    return _product_keys()


@functools.cache
def _product_keys() -> SearchStrategy[str]:
    build = st.builds(
        "{}{}{}".format, st.integers(13, 26), st.sampled_from("ABCDEFGH"), st.integers(10, 999)
    )
    number = st.builds(
        "{}{:03}-{:05}".format,
        st.sampled_from(["", "zzzz"]),
        st.integers(0, 999),
        st.integers(0, 99_999),
    )
    version = os_versions("11.0", "26.9", platform=Platform.MACOS).map(str)
    size = st.sampled_from(["patch", "full"])
    sort = st.sampled_from(["", "_minor", "_major", "_rsr"])
    return st.one_of(
        build.map("iOSUpdate{}".format),
        number,
        build.map("_OSX_{}".format),
        version.map("_MACOS_{}".format),
        st.builds("MSU_UPDATE_{}_{}_{}{}".format, build, size, version, sort),
    )
