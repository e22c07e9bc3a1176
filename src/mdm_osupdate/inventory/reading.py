"""Reading a device from what an inventory or a device says about it."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from mdm_osupdate.device import AccessRights, Channel, Device, Enrollment
from mdm_osupdate.errors import show
from mdm_osupdate.messages import Platform, Word
from mdm_osupdate.versions import OSVersion

_ALL_RIGHTS = sum(AccessRights)
W = TypeVar("W", bound=Word)


def read_device(mapping: Mapping[str, Any]) -> Device:
    """Read a device from what an inventory exports.

    That is a row with the names of the attributes, text where CSV has no other types; or the
    answers to ``DeviceInformation`` and ``SecurityInfo``, whole or their inner dictionaries,
    merged. Words may be in any case. A text of blanks is unknown, and so is what is absent;
    other keys are ignored.

    Raises:
        ValueError: platform or version is missing, or a value cannot be understood.
    """
    flat = {**mapping}
    for name in ("QueryResponses", "SecurityInfo", "ManagementStatus"):
        inner = flat.get(name)
        flat |= inner if isinstance(inner, Mapping) else {}
    known = {
        key: value
        for key, value in flat.items()
        if (value.strip() if isinstance(value, str) else value) not in (None, "")
    }
    given = {
        name: _understood(name, known[name], read)
        for name, read in _COLUMNS.items()
        if name in known
    }
    for name, value in _inventory(known).items():
        given.setdefault(name, value)
    for name, keys in ("platform", "ProductName"), ("os_version", "OSVersion"):
        if name not in given:
            raise ValueError(f"there is no {name}; add {name}, or {keys} of DeviceInformation")
    return Device(**given)


def _text(value: object) -> str:
    """Return text and numbers as text; other types raise, for their text may cost any amount."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool | float) or (isinstance(value, int) and abs(value) < 10**9):
        return str(value)
    raise ValueError("expected text, a number or a boolean")


def _read_word(words: type[W]) -> Callable[[object], W]:
    by_name = {str(word).lower(): word for word in words}

    def read(value: object) -> W:
        text = _text(value)
        if text.lower() not in by_name:
            raise ValueError(f"expected one of {', '.join(words)}")
        return by_name[text.lower()]

    return read


def _read_version(value: Any) -> OSVersion:
    if isinstance(value, float):
        raise ValueError("put it in quotes, since as numbers 14.1 and 14.10 are the same")
    return OSVersion(_text(value))


_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def _read_truth(value: Any) -> bool:
    word = _text(value).lower()
    if word not in _TRUTHS:
        raise ValueError("write true or false")
    return _TRUTHS[word]


def _read_rights(value: Any) -> AccessRights:
    text = value.strip() if isinstance(value, str) else ""
    if text.isdecimal() and len(text) < 6:
        value = int(text)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _ALL_RIGHTS:
        raise ValueError(f"expected an integer from 0 to {_ALL_RIGHTS}")
    return AccessRights(value)


_COLUMNS: Mapping[str, Callable[[Any], Any]] = {
    "platform": _read_word(Platform),
    "os_version": _read_version,
    "supervised": _read_truth,
    "enrollment": _read_word(Enrollment),
    "channel": _read_word(Channel),
    "shared_ipad": _read_truth,
    "access_rights": _read_rights,
    "declaration_managed": _read_truth,
}


def _understood(name: str, value: Any, read: Callable[[Any], Any]) -> Any:
    try:
        return read(value)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{name}: {show(value)} cannot be understood; {error}") from None


_PRODUCTS = {
    "iphone": Platform.IOS,
    "ipod": Platform.IOS,
    "ios": Platform.IOS,
    "ipad": Platform.IPADOS,
    "mac": Platform.MACOS,
    "imac": Platform.MACOS,
    "virtualmac": Platform.MACOS,
    "vmware": Platform.MACOS,
    "parallels": Platform.MACOS,
    "appletv": Platform.TVOS,
    "apple tv": Platform.TVOS,
    "tvos": Platform.TVOS,
    "watch": Platform.WATCHOS,
    "apple watch": Platform.WATCHOS,
    "realitydevice": Platform.VISIONOS,
    "apple vision": Platform.VISIONOS,
    "visionos": Platform.VISIONOS,
}
"""How products and systems begin, in lower case. Nothing but macOS runs in virtual machines."""


def _inventory(known: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes that DeviceInformation and SecurityInfo tell."""
    given: dict[str, Any] = {}
    for key in ("ProductName", "Model", "ModelName"):
        product = _text(known.get(key, "")).lower()
        if (name := next(filter(product.startswith, _PRODUCTS), None)) is not None:
            given.setdefault("platform", _PRODUCTS[name])
    if "OSVersion" in known:
        version = _understood("OSVersion", known["OSVersion"], _read_version)
        extra = _text(known.get("SupplementalOSVersionExtra", version.extra))
        if extra != version.extra:
            version = _understood("OSVersion", f"{version} {extra}", _read_version)
        given["os_version"] = version
    told = {
        key: _understood(key, known[key], _read_truth)
        for key in ("IsSupervised", "IsMultiUser", "IsUserEnrollment", "EnrolledViaDEP")
        if key in known
    }
    for name, key in ("supervised", "IsSupervised"), ("shared_ipad", "IsMultiUser"):
        if key in told:
            given[name] = told[key]
    by_user, automated = told.get("IsUserEnrollment"), told.get("EnrolledViaDEP")
    if by_user:
        given["enrollment"] = Enrollment.USER
    elif automated:
        given["enrollment"] = Enrollment.AUTOMATED
    elif by_user is False and automated is False:
        given["enrollment"] = Enrollment.DEVICE
    return given
