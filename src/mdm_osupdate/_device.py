"""A device, as far as it decides which commands it takes. What is not known is ``None``."""

from collections.abc import Callable, Mapping
from enum import IntFlag
from typing import Any, TypeVar

from attrs import field, frozen

from ._findings import show
from ._osversion import OSVersion
from ._vocabulary import Platform, Word


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
        merged. An empty text is unknown, and so is what is absent; other keys are ignored.

        Raises:
            ValueError: platform or version is missing, or a value cannot be understood.
        """
        flat = {**mapping}
        for name in ("QueryResponses", "SecurityInfo", "ManagementStatus"):
            inner = flat.get(name)
            flat |= inner if isinstance(inner, Mapping) else {}
        known = {key: value for key, value in flat.items() if value not in (None, "")}
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


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[
        str(value).strip().lower()
    ]


_COLUMNS: Mapping[str, Callable[[Any], Any]] = {
    "platform": lambda value: _word(Platform)(str(value).strip()),
    "os_version": lambda value: OSVersion(str(value).strip()),
    "supervised": _truth,
    "enrollment": lambda value: _word(Enrollment)(str(value).strip().lower()),
    "channel": lambda value: _word(Channel)(str(value).strip().lower()),
    "shared_ipad": _truth,
    "access_rights": lambda value: _rights(int(value)),
    "declaration_managed": _truth,
}


def _understood(name: str, value: Any, read: Callable[[Any], Any]) -> Any:
    try:
        return read(value)
    except (KeyError, ValueError, TypeError) as error:
        reason = "write true or false" if isinstance(error, KeyError) else str(error)
        raise ValueError(f"{name}: {show(value)} cannot be understood; {reason}") from None


_PRODUCTS = {
    "iPhone": Platform.IOS,
    "iPod": Platform.IOS,
    "iPad": Platform.IPADOS,
    "Mac": Platform.MACOS,
    "iMac": Platform.MACOS,
    "VirtualMac": Platform.MACOS,
    "AppleTV": Platform.TVOS,
    "Apple TV": Platform.TVOS,
    "Watch": Platform.WATCHOS,
    "RealityDevice": Platform.VISIONOS,
}


def _inventory(known: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes that DeviceInformation and SecurityInfo tell."""
    given: dict[str, Any] = {}
    for key in ("ProductName", "Model", "ModelName"):
        names = (name for name in _PRODUCTS if str(known.get(key, "")).startswith(name))
        if (name := next(names, None)) is not None:
            given.setdefault("platform", _PRODUCTS[name])
    if "OSVersion" in known:
        extra = known.get("SupplementalOSVersionExtra", "")
        text = f"{known['OSVersion']} {extra}".strip()
        given["os_version"] = _understood("OSVersion", text, OSVersion)
    for name, key in ("supervised", "IsSupervised"), ("shared_ipad", "IsMultiUser"):
        if key in known:
            given[name] = _understood(key, known[key], _truth)
    if known.get("IsUserEnrollment") is True:
        given["enrollment"] = Enrollment.USER
    elif known.get("EnrolledViaDEP") is True:
        given["enrollment"] = Enrollment.AUTOMATED
    elif known.get("EnrolledViaDEP") is False and known.get("IsUserEnrollment") is False:
        given["enrollment"] = Enrollment.DEVICE
    return given
