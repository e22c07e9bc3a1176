"""The properties of a device that decide which messages it accepts. ``None`` means unknown."""

from enum import IntFlag
from typing import TypeVar

from attrs import Attribute, field, frozen

from .errors import show
from .messages import Platform, StrEnum
from .versions import OSVersion


class Channel(StrEnum):
    """The connection that a command is sent over."""

    DEVICE = "device"
    USER = "user"


class Enrollment(StrEnum):
    """The way in which a device was enrolled."""

    AUTOMATED = "automated"
    """Automated Device Enrollment (ADE, formerly DEP)."""
    DEVICE = "device"
    """Device Enrollment by profile. The organization owns the device."""
    USER = "user"
    """User Enrollment. The user owns the device."""


class AccessRights(IntFlag):
    """The rights that an MDM profile gives to its server (``AccessRights``).

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
W = TypeVar("W", bound=StrEnum)


def _word(name: str, words: type[W], value: object) -> W:
    """Convert text to a member of an enumeration. ``name`` is the attribute, for the error."""
    if isinstance(value, words):
        return value
    if not isinstance(value, str):
        raise TypeError(f"{name} must be {words.__name__} or str, not {type(value).__name__}")
    if value not in list(words):
        raise ValueError(f"{name} must be one of {', '.join(words)}, not {show(value)}")
    return words(value)


def to_platform(value: Platform | str) -> Platform:
    """Convert the name of a platform.

    Raises:
        TypeError: ``value`` is not text.
        ValueError: the platform is unknown.
    """
    return _word("platform", Platform, value)


def _channel(value: Channel | str) -> Channel:
    return _word("channel", Channel, value)


def _enrollment(value: Enrollment | str | None) -> Enrollment | None:
    return None if value is None else _word("enrollment", Enrollment, value)


def _os_version(value: OSVersion | str) -> OSVersion:
    if isinstance(value, OSVersion):
        return value
    if not isinstance(value, str):
        raise TypeError(f"os_version must be OSVersion or str, not {type(value).__name__}")
    return OSVersion(value)


def _access_rights(value: AccessRights | int | None) -> AccessRights | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"access_rights must be an integer, not {type(value).__name__}")
    if not 0 <= value <= _ALL_RIGHTS:
        raise ValueError(f"access_rights must be 0 to {_ALL_RIGHTS}, not {show(value)}")
    return AccessRights(value)


def _is_boolean(_: object, attribute: "Attribute[bool | None]", value: object) -> None:
    if value is not None and not isinstance(value, bool):
        raise TypeError(f"{attribute.name} must be True, False or None, not {show(value)}")


def _is_text(_: object, attribute: "Attribute[str | None]", value: object) -> None:
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{attribute.name} must be str or None, not {type(value).__name__}")


@frozen(cache_hash=True)
class Device:
    """The properties of a device that decide which messages it accepts. ``None`` means unknown.

    Args:
        platform: the platform, or its name such as ``"macOS"``.
        os_version: the version that it runs now, or its text such as ``"14.5"``.

    Raises:
        InvalidVersionError: ``os_version`` is not a valid version.
        ValueError: ``platform``, ``enrollment``, ``channel`` or ``access_rights`` has an unknown
            value.
        TypeError: an argument has the wrong type.
    """

    platform: Platform = field(converter=to_platform)
    os_version: OSVersion = field(converter=_os_version)
    supervised: bool | None = field(default=None, validator=_is_boolean, kw_only=True)
    enrollment: Enrollment | None = field(default=None, converter=_enrollment, kw_only=True)
    channel: Channel = field(default=Channel.DEVICE, converter=_channel, kw_only=True)
    shared_ipad: bool | None = field(default=None, validator=_is_boolean, kw_only=True)
    access_rights: AccessRights | None = field(default=None, converter=_access_rights, kw_only=True)
    declaration_managed: bool | None = field(default=None, validator=_is_boolean, kw_only=True)
    """True if a declaration manages the device's updates."""
    build: str | None = field(default=None, validator=_is_text, kw_only=True)
    """The build that it runs now, such as ``24F74``. With a security response, the build of the
    response (``25D771280a``)."""
    model: str | None = field(default=None, validator=_is_text, kw_only=True)
    """The product name or model identifier, such as ``iPad11,1`` or ``Mac14,2``."""
    device_id: str | None = field(default=None, validator=_is_text, kw_only=True)
    """The key into Apple's lookup service (``SoftwareUpdateDeviceID``), such as ``J413AP``."""
