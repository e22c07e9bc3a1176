"""Strategies for the values in messages."""

import datetime as dt
import functools
import uuid
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from mdm_osupdate.availability import ROWS
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
_FIRST, _LAST = dt.datetime(2000, 1, 1), dt.datetime(2100, 1, 1)  # noqa: DTZ001 - as in plists
dates: st.SearchStrategy[dt.datetime] = st.datetimes(_FIRST, _LAST).map(
    lambda date: date.replace(microsecond=0)
)


def plist_values() -> SearchStrategy[Any]:
    """Generate values that a property list can hold, nested a little."""
    return _PLIST_VALUES


_SCALARS = st.one_of(
    texts,
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False),
    st.booleans(),
    dates,
    st.binary(max_size=20),
)
# Made once: to make a strategy costs more than to draw from it.
_PLIST_VALUES: SearchStrategy[Any] = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


def command_uuids() -> SearchStrategy[str]:
    """Generate CommandUUIDs: mostly UUIDs, and what samples and tools write instead."""
    return _COMMAND_UUIDS


_COMMAND_UUIDS = uuids | st.from_regex(r"[0-9]{4}_[A-Za-z]{1,20}", fullmatch=True)

# -- versions ------------------------------------------------------------------------------------


def os_versions(
    min_version: OSVersion | str = "9.0",
    max_version: OSVersion | str = "27.9",
    *,
    platform: Platform | str | None = None,
) -> SearchStrategy[OSVersion]:
    """Generate versions without security responses.

    Half of them are versions at which something was introduced, deprecated or removed, or
    neighbors of those. Major versions that never existed, such as iOS 19, are left out.

    Args:
        min_version: the lowest version.
        max_version: the highest version.
        platform: of this platform only. By default, of any.

    Raises:
        ValueError: unknown platform.
    """
    of = None if platform is None else Platform(platform)
    low, high = OSVersion(str(min_version)), OSVersion(str(max_version))
    majors = [n for n in range(low.major, high.major + 1) if _exists(n, of)]
    if low > high or not majors:
        return st.nothing()
    if low.major not in majors:
        low = OSVersion(f"{majors[0]}.0")
    if high.major not in majors:
        high = OSVersion(f"{majors[-1]}.9")
    borders = [v for v in _borders(of) if low <= v <= high and v.major in majors]
    return st.sampled_from([low, *borders]) | _all_versions(low, high, majors)


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
def _borders(platform: Platform | None) -> tuple[OSVersion, ...]:
    """Return the versions at which something changes, each twice, and their neighbors."""
    column = {Platform.IPADOS: "ios"}.get(platform, str(platform).lower()) if platform else None
    columns = ("ios", "macos", "tvos", "visionos") if column is None else (column,)
    texts = {getattr(row, name, None) for row in ROWS for name in columns}
    changes = {OSVersion(text) for text in texts if text} | {OSVersion("26.0"), OSVersion("27.0")}
    around = {neighbor for version in changes for neighbor in _neighbors(version)}
    return tuple(sorted([*changes, *changes, *around]))


def _neighbors(version: OSVersion) -> Iterator[OSVersion]:
    """Return the versions just below and just above."""
    major, minor, patch = version.major, version.minor, version.patch
    if patch or minor:
        yield OSVersion(f"{major}.{minor}.{patch - 1}" if patch else f"{major}.{minor - 1}.9")
    yield OSVersion(f"{major}.{minor}.{patch + 1}")


def product_keys() -> SearchStrategy[str]:
    """Generate product keys in the forms that devices have been seen to use."""
    return _product_keys()


@functools.cache
def _product_keys() -> SearchStrategy[str]:
    build = st.from_regex(r"[12][0-9][A-H][1-9][0-9]{1,2}", fullmatch=True)
    number = st.from_regex(r"(zzzz)?[0-9]{3}-[0-9]{5}", fullmatch=True)
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
