"""Reading of responses from Apple's lookup service and SOFA feeds into the catalog.

Both are JSON. Nothing is fetched here. An empty or damaged response is an error, because a catalog
without releases would mean that Apple offers nothing.
"""

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from mdm_osupdate.errors import InvalidVersionError, OSUpdateError, show
from mdm_osupdate.versions import OSVersion

from .catalog import Release, Releases

_MANAGED, _PUBLIC = "AssetSets", "PublicAssetSets"
_RESPONSES = ("PublicBackgroundSecurityImprovements", "PublicRapidSecurityResponses")
"""The lists of security responses. Earlier responses of the service have the second name."""


class ReleasesError(OSUpdateError, ValueError):
    """A document is neither a response of the lookup service nor a SOFA feed, or is damaged."""

    def __init__(self, reason: str, document: int = 0) -> None:
        super().__init__(reason)
        self.document = document
        """The index of the document in the arguments, from 0."""

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (*self.args, self.document))


def load_releases(*data: bytes | str | Mapping[str, Any]) -> Releases:
    """Read the releases that Apple offers.

    Args:
        data: responses from Apple's software lookup service (``https://gdmf.apple.com/v2/pmv``) and
            SOFA feeds (version 2), as bytes, text or parsed JSON. Several are merged. SOFA is
            ignored for builds that the lookup service lists. If documents differ on a release, the
            first one counts.

    Raises:
        ReleasesError: one is neither, is damaged, or lists no release. The message has the path.
            A ``ValueError``.
        TypeError: one is not bytes, text or a mapping.
    """
    if not data:
        raise ReleasesError("expected a response of the lookup service or a SOFA feed, got nothing")
    from_apple: list[Release] = []
    from_sofa: list[Release] = []
    boards: dict[str, set[str]] = {}
    for number, item in enumerate(data):
        is_sofa, found, models = _contents(item, number)
        (from_sofa if is_sofa else from_apple).extend(found)
        for board, model in models:
            boards.setdefault(model, set()).add(board)
    listed = {_key(release) for release in from_apple}
    releases: dict[object, Release] = {}
    for release in (*from_apple, *(each for each in from_sofa if _key(each) not in listed)):
        releases.setdefault((_key(release), release.devices), release)
    return Releases(
        tuple(releases.values()), {model: frozenset(names) for model, names in boards.items()}
    )


_Contents = tuple[bool, list[Release], list[tuple[str, str]]]
"""A flag for SOFA feeds, the releases, and the boards with their model identifiers."""


def _contents(item: bytes | str | Mapping[str, Any], number: int) -> _Contents:
    try:
        document = _parsed(item)
        found = list(_releases(document))
        if not found:
            raise ValueError("the document lists no releases")
        return "OSVersions" in document, found, list(_models(document))
    except ValueError as error:
        raise ReleasesError(str(error), number) from None


def _key(release: Release) -> tuple[OSVersion, str, str]:
    return release.version, release.build, release.extra


def _parsed(item: bytes | str | Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(item, Mapping):
        return item
    if not isinstance(item, bytes | str):
        raise TypeError(f"data must be bytes, str or a mapping, not {show(item)}")
    try:
        document = json.loads(item)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{_EXPECTED}, got a document that is not JSON: {error!s:.120}") from None
    if not isinstance(document, dict):
        raise ValueError(f"{_EXPECTED}, got {show(document)}")
    return document


_EXPECTED = (
    "expected the JSON of https://gdmf.apple.com/v2/pmv, or of a feed of https://sofa.macadmins.io"
)


def _releases(document: Mapping[str, Any]) -> Iterator[Release]:
    if _MANAGED in document or _PUBLIC in document:
        yield from _from_lookup_service(document)
    elif "OSVersions" in document:
        yield from _from_sofa(document)
    else:
        keys = ", ".join(show(key) for key in list(document)[:3]) or "no keys"
        raise ValueError(f"{_EXPECTED}, got a document with {keys}")


# -- Apple's software lookup service -------------------------------------------------------------


def _from_lookup_service(document: Mapping[str, Any]) -> Iterator[Release]:
    for name in (_PUBLIC, _MANAGED, *_RESPONSES):  # a release in both lists is public
        for system, assets in _get(document, name, dict, name, {}).items():
            path = f"{name}.{system}"
            for at, asset in _objects(assets, path):
                yield _release(asset, at, public=name != _MANAGED)


def _release(asset: Mapping[str, Any], at: str, *, public: bool) -> Release:
    extra = "ProductVersionExtra"
    return Release(
        version=_version(asset, "ProductVersion", extra, at),
        build=_get(asset, "Build", str, at),
        posted=_date(_get(asset, "PostingDate", str, at), f"{at}.PostingDate"),
        expires=_expiration(asset, at),
        extra=_get(asset, extra, str, at, ""),
        prerequisite_build=_get(asset, "PrerequisiteBuild", str, at, None),
        devices=_names(asset, at),
        public=public,
    )


# -- SOFA ----------------------------------------------------------------------------------------


def _from_sofa(document: Mapping[str, Any]) -> Iterator[Release]:
    for at, system in _objects(document["OSVersions"], "OSVersions"):
        listed = [(f"{at}.Latest", _get(system, "Latest", dict, at, {}))]
        listed += _objects(_get(system, "SecurityReleases", list, at, []), f"{at}.SecurityReleases")
        for place, release in listed:
            # SOFA keeps releases that Apple no longer offers, without a build. Without devices, it
            # is unknown who is offered the release.
            if release.get("Build") and release.get("SupportedDevices"):
                yield from _sofa_release(release, place)
    improvements = "BackgroundSecurityImprovements"
    for major, responses in _get(document, improvements, dict, improvements, {}).items():
        for place, response in _objects(responses, f"{improvements}.{major}"):
            yield Release(
                version=_version(response, "Version", "VersionExtra", place),
                build=_get(response, "Build", str, place),
                posted=_date(_get(response, "PostingDate", str, place), f"{place}.PostingDate"),
                extra=_get(response, "VersionExtra", str, place, ""),
                prerequisite_build=_get(response, "PrerequisiteBuild", str, place, None),
                devices=_names(response, place),
            )


def _sofa_release(release: Mapping[str, Any], at: str) -> Iterator[Release]:
    day = _get(release, "ReleaseDate", str, at)[:10]
    first = _get(release, "Build", str, at)
    for build in _strings(_get(release, "AllBuilds", list, at, [first]), f"{at}.AllBuilds"):
        # Among them are those of other systems of the same version: 23L773 of tvOS for iOS 26.6.
        if _train(build) != _train(first):
            continue
        yield Release(
            version=_version(release, "ProductVersion", "", at),
            build=build,
            posted=_date(day, f"{at}.ReleaseDate"),
            expires=_expiration(release, at),
            devices=_names(release, at),
        )


def _train(build: str) -> str:
    """Return the common prefix of the builds of a version on one platform, such as ``23G``."""
    match = re.match(r"[0-9]+[A-Z]", build)
    return match[0] if match is not None else build


def _models(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each board with the model identifier of its Mac."""
    if "OSVersions" in document:
        for board, described in _get(document, "Devices", dict, "Devices", {}).items():
            if isinstance(described, Mapping) and isinstance(described.get("DeviceID"), str):
                yield board, described["DeviceID"]


# -- values --------------------------------------------------------------------------------------

_REQUIRED = object()
_KINDS: Mapping[type, str] = {str: "a string", list: "an array", dict: "an object"}


def _get(value: Mapping[str, Any], key: str, kind: type, at: str, default: Any = _REQUIRED) -> Any:
    found = value.get(key)
    if found is None and default is not _REQUIRED:
        return default
    if not isinstance(found, kind):
        path = key if at == key else f"{at}.{key}"
        raise ValueError(f"{path}: expected {_KINDS[kind]}, got {show(found)}")
    return found


def _objects(value: object, at: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if not isinstance(value, list):
        raise ValueError(f"{at}: expected an array, got {show(value)}")
    for index, item in enumerate(value):
        if not isinstance(item, Mapping):
            raise ValueError(f"{at}[{index}]: expected an object, got {show(item)}")
        yield f"{at}[{index}]", item


def _strings(values: list[Any], at: str) -> list[str]:
    for value in values:
        if not isinstance(value, str):
            raise ValueError(f"{at}: expected strings, got {show(value)}")
    return values


def _names(value: Mapping[str, Any], at: str) -> frozenset[str]:
    names = _get(value, "SupportedDevices", list, at)
    return frozenset(_strings(names, f"{at}.SupportedDevices"))


def _version(value: Mapping[str, Any], key: str, extra: str, at: str) -> OSVersion:
    """Read a version to which the letter of a security response can be added."""
    text, letter = _get(value, key, str, at), _get(value, extra, str, at, "")
    try:
        version = OSVersion(text)
        OSVersion(f"{text} {letter}".rstrip())
    except InvalidVersionError as error:
        raise ValueError(f"{at}.{key}: {error}") from None
    return version


def _date(text: str, at: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{at}: expected a date such as 2026-08-17, got {show(text)}") from None


def _expiration(value: Mapping[str, Any], at: str) -> dt.date | None:
    text = _get(value, "ExpirationDate", str, at, None)
    return None if text is None else _date(text, f"{at}.ExpirationDate")
