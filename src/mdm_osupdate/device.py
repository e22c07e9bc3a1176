"""A device, as far as it decides which commands it takes. What is not known is ``None``."""

from collections.abc import Callable, Mapping
from enum import IntFlag
from typing import Any, TypeVar

from attrs import field, frozen

from .errors import show
from .messages import Platform, Word
from .versions import OSVersion


class Channel(Word):
    """The connection a command goes over."""

    DEVICE = "device"
    USER = "user"


class Enrollment(Word):
    """How a device was enrolled."""

    AUTOMATED = "automated"
    """Automated Device Enrollment (ADE, formerly DEP)."""
    DEVICE = "device"
    """By profile, as the organisation's."""
    USER = "user"
    """User Enrollment, as the user's own."""


class AccessRights(IntFlag):
    """What an MDM profile lets its server do (``AccessRights``).

    Source: ``mdm/profiles/com.apple.mdm.yaml`` and the MDM Protocol Reference (2017).
    """

    INSPECTION = 1
    INSTALLATION_REMOVAL = 2
    PASSCODE_REMOVAL_AND_LOCK = 4
    DEVICE_ERASE = 8
    QUERY_DEVICE_INFORMATION = 16
    QUERY_NETWORK_INFORMATION = 32
    PROVISIONING_INSPECTION = 64
    PROVISIONING_INSTALLATION_REMOVAL = 128
    QUERY_APPLICATIONS = 256
    QUERY_RESTRICTIONS = 512
    QUERY_SECURITY = 1024
    SETTINGS = 2048
    APP_INSTALLATION = 4096


_ALL_RIGHTS = sum(AccessRights)
E = TypeVar("E", bound=Word)


def _word(words: type[E]) -> Callable[[Any], E | None]:
    def convert(value: Any) -> E | None:
        if value is None or isinstance(value, words):
            return value
        if not isinstance(value, str):
            raise TypeError(f"{words.__name__} must be a string, not {show(value)}")
        if value not in [str(word) for word in words]:
            raise ValueError(f"{value!r:.60} is none of {', '.join(words)}")
        return words(value)

    return convert


def _platform(value: Any) -> Platform:
    platform = _word(Platform)(value)
    if platform is None:
        raise TypeError("platform must be given")
    return platform


def _channel(value: Any) -> Channel:
    channel = _word(Channel)(value)
    if channel is None:
        raise TypeError("channel must be given")
    return channel


def _enrollment(value: Any) -> Enrollment | None:
    return _word(Enrollment)(value)


def _version(value: Any) -> OSVersion:
    if isinstance(value, OSVersion):
        return value
    if not isinstance(value, str):
        raise TypeError(f"os_version must be a string, not {show(value)}")
    return OSVersion(value)


def _boolean(value: Any) -> bool | None:
    if value is None or type(value) is bool:
        return value
    raise TypeError(f"must be a boolean, not {show(value)}")


def _rights(value: Any) -> AccessRights | None:
    if value is None:
        return None
    if not isinstance(value, int) or type(value) is bool:
        raise TypeError(f"access_rights must be an integer, not {show(value)}")
    if not 0 <= value <= _ALL_RIGHTS:
        raise ValueError(f"access_rights must be 0 to {_ALL_RIGHTS}, not {show(value)}")
    return AccessRights(value)


@frozen
class Device:
    """A device, as far as it decides which commands it takes.

    Args:
        platform: or its name, such as ``"macOS"``.
        os_version: or its text, such as ``"14.5"``.

    Raises:
        InvalidVersionError: ``os_version`` is none.
        ValueError: a word or a number is none that is known.
        TypeError: a value is of another type.
    """

    platform: Platform = field(converter=_platform)
    os_version: OSVersion = field(converter=_version)
    supervised: bool | None = field(default=None, converter=_boolean, kw_only=True)
    enrollment: Enrollment | None = field(default=None, converter=_enrollment, kw_only=True)
    channel: Channel = field(default=Channel.DEVICE, converter=_channel, kw_only=True)
    shared_ipad: bool | None = field(default=None, converter=_boolean, kw_only=True)
    access_rights: AccessRights | None = field(default=None, converter=_rights, kw_only=True)
    declaration_managed: bool | None = field(default=None, converter=_boolean, kw_only=True)
    """Whether a declaration manages the device's updates."""

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> "Device":
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
        return cls(**given)


def _read_word(words: type[E]) -> Callable[[Any], E | None]:
    by_name = {str(word).lower(): word for word in words}

    def read(value: Any) -> E | None:
        text = str(value).strip()
        return by_name.get(text.lower()) or _word(words)(text)

    return read


def _read_version(value: Any) -> OSVersion:
    if isinstance(value, float):
        raise ValueError("put it in quotes, since as numbers 14.1 and 14.10 are the same")
    return OSVersion(str(value).strip())


_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def _read_truth(value: Any) -> bool:
    word = str(value).strip().lower()
    if word not in _TRUTHS:
        raise ValueError("write true or false")
    return _TRUTHS[word]


def _read_rights(value: Any) -> AccessRights | None:
    if isinstance(value, str) and value.strip().removeprefix("-").isdecimal():
        value = int(value)
    return _rights(value)


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
        product = str(known.get(key, "")).strip().lower()
        if (name := next(filter(product.startswith, _PRODUCTS), None)) is not None:
            given.setdefault("platform", _PRODUCTS[name])
    if "OSVersion" in known:
        version = _understood("OSVersion", known["OSVersion"], _read_version)
        extra = str(known.get("SupplementalOSVersionExtra", version.extra)).strip()
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
