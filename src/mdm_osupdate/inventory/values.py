"""The values of attributes, in the spellings of each vendor.

Only text, numbers and booleans are read: formatting any other value may be expensive.
"""

import re
from collections.abc import Mapping

from mdm_osupdate.device import AccessRights, Channel, Enrollment
from mdm_osupdate.errors import show
from mdm_osupdate.messages import Platform
from mdm_osupdate.versions import OSVersion, read_version

_LONGEST = 1_000
"""The maximum length of a text. Longer ones are cut."""

NOTHING = frozenset(
    ("n/a", "-", "--", "null", "none", "unknown", "not applicable", "not collected")
)
"""Texts with which vendors fill a cell that has no value, in lower case."""


def as_text(value: object) -> str:
    """Convert text, a number or a boolean to text without surrounding blanks."""
    if isinstance(value, str):
        return value.strip() if len(value) <= _LONGEST else str(value[:_LONGEST]).strip()
    if isinstance(value, bool | float):
        return str(value).lower()
    return str(int(value)) if isinstance(value, int) and abs(value) < 10**18 else ""


_PRODUCTS: tuple[tuple[str, Platform], ...] = (
    ("iphone", Platform.IOS),
    ("ipod", Platform.IOS),
    ("ipados", Platform.IPADOS),
    ("ipad", Platform.IPADOS),
    ("ios", Platform.IOS),
    ("mac", Platform.MACOS),
    ("os x", Platform.MACOS),
    ("darwin", Platform.MACOS),
    ("imac", Platform.MACOS),
    ("appleosx", Platform.MACOS),
    ("virtualmac", Platform.MACOS),
    ("vmware", Platform.MACOS),
    ("parallels", Platform.MACOS),
    ("appletv", Platform.TVOS),
    ("apple tv", Platform.TVOS),
    ("tvos", Platform.TVOS),
    ("watch", Platform.WATCHOS),
    ("apple watch", Platform.WATCHOS),
    ("applewatch", Platform.WATCHOS),
    ("realitydevice", Platform.VISIONOS),
    ("apple vision", Platform.VISIONOS),
    ("visionos", Platform.VISIONOS),
)
"""The beginnings of product and system names, in lower case. VMs run only macOS."""


def platform_of(text: str) -> Platform | None:
    """Return the platform of a system or product name, such as ``darwin`` or ``iPad7,5``."""
    plain = text.casefold().removeprefix("apple ") if text != "Apple" else ""
    names = (text.casefold(), plain)
    return next((p for start, p in _PRODUCTS if any(n.startswith(start) for n in names)), None)


_IDENTIFIER = re.compile(r"[A-Za-z]+[0-9]+,[0-9]+(?:-[A-Za-z]+)?")
_BOARD = re.compile(r"[A-Z]+[0-9]+[a-z]?[A-Z]*AP|Mac-[0-9A-F]{8,16}|VM[A-Z0-9]+-?\w*")


def is_model(text: str) -> bool:
    """Return whether a text is a product name or model identifier, such as ``Mac14,2``."""
    return _IDENTIFIER.fullmatch(text) is not None


def is_device_id(text: str) -> bool:
    """Return whether a text is a key into the lookup service, and not a vendor's own number."""
    return is_model(text) or _BOARD.fullmatch(text) is not None


_EXPECTED = "expected a version such as 15.5"
_SYSTEM = r"(?P<system>macOS|Mac OS X|OS X|iOS|iPadOS|tvOS|watchOS|visionOS)"
_MAC_NAME = "(?:Mojave|Catalina|Big Sur|Monterey|Ventura|Sonoma|Sequoia|Tahoe)"
_VERSION = re.compile(
    r"(?:=?[\"'])?"  # a spreadsheet's marks around text
    rf"(?:{_SYSTEM}(?: [A-Z][a-z]+){{0,2}}\s*|{_MAC_NAME}\s+)?(?:Version\s+)?"
    r"(?P<version>[0-9]+(?:\.[0-9]+){0,2})"
    r"(?:\s*(?:\((?P<letter>[a-z])\)|(?P<bare>[a-z])))?"
    r"(?:\s*\((?:Build\s+)?(?P<build>[0-9]{1,3}[A-Z][0-9]{1,7}[a-z]?)\))?\"?",
    re.IGNORECASE,
)
_SIX_DIGITS = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})")
"""A version as MunkiReport stores it: 140601 is 14.6.1."""


def read_os_version(value: object, letter: str = "") -> tuple[OSVersion, str, str]:
    """Read a version such as ``macOS 15.5``, ``15.5 (24F74)`` or ``13.3.1 a``.

    Args:
        value: the text, or an integer.
        letter: the letter of a security response, ``a`` or ``(a)``, if it is separate.

    Returns:
        The version, and the name of the system and the build if the text has them.

    Raises:
        ValueError: the value is not a version.
    """
    if isinstance(value, float):
        raise ValueError("put it in quotes: as numbers, 14.1 and 14.10 are the same")
    text = as_text(value)
    if digits := _SIX_DIGITS.fullmatch(text):
        text = ".".join(str(int(part)) for part in digits.groups())
    found = _VERSION.fullmatch(text)
    if found is None:
        raise ValueError(_EXPECTED)
    mark = found["letter"] or found["bare"] or ""
    version = read_version(f"{found['version']} ({mark})" if mark else found["version"], letter)
    if version is None:
        raise ValueError(f"the letter {show(letter)} contradicts it" if letter else _EXPECTED)
    if (version.major, version.minor) == (10, 16):
        raise ValueError("some tools report 10.16 for macOS 11 and newer; export the real version")
    return version, found["system"] or "", found["build"] or ""


_YES = frozenset({"true", "yes", "y", "t", "1", "on", "enabled", "supervised"}) | {
    *("ja", "wahr", "oui", "vrai", "sí", "si", "sì", "verdadero", "vero", "sim", "verdadeiro"),
}
_NO = frozenset({"false", "no", "n", "f", "0", "off", "disabled", "unsupervised"}) | {
    "not supervised",
    *("nein", "falsch", "non", "faux", "falso", "não"),
}
"""In English, and as spreadsheets write them in German, French, Spanish, Italian and Portuguese."""


def read_boolean(value: object) -> bool:
    """Read a boolean, in any of the vendors' spellings.

    Raises:
        ValueError: the value is not one of these.
    """
    word = as_text(value).casefold()
    if word not in _YES and word not in _NO:
        raise ValueError("expected yes or no")
    return word in _YES


_ENROLLMENTS: Mapping[str, Enrollment | None] = {
    "automated": Enrollment.AUTOMATED,
    "automateddeviceenrollment": Enrollment.AUTOMATED,
    "ade": Enrollment.AUTOMATED,
    "dep": Enrollment.AUTOMATED,
    "on(automatic)": Enrollment.AUTOMATED,
    "applebulkwithuser": Enrollment.AUTOMATED,
    "applebulkwithoutuser": Enrollment.AUTOMATED,
    "device": Enrollment.DEVICE,
    "deviceenrollment": Enrollment.DEVICE,
    "on(manual)": Enrollment.DEVICE,
    "on(companyowned)": Enrollment.DEVICE,
    "user": Enrollment.USER,
    "userenrollment": Enrollment.USER,
    "appleuserenrollment": Enrollment.USER,
    "appleuserenrollmentwithserviceaccount": Enrollment.USER,
    "accountdrivenuserenrollment": Enrollment.USER,
    "accountdrivendeviceenrollment": Enrollment.DEVICE,
    "deviceenrollmentmanager": Enrollment.DEVICE,
    "on(personal)": Enrollment.USER,
    "ac2": None,
    "ota": None,
    "manual": None,
    "supervised": None,
    "institutional": None,
    "personaldeviceprofile": None,
    "unknown": None,
    "none": None,
    "off": None,
    "pending": None,
}
_BEGINNINGS: Mapping[str, Enrollment | None] = {
    "prestage": Enrollment.AUTOMATED,
    "userinitiated": None,
}
"""The beginnings of Jamf Pro's values for an enrollment. A name or an invitation follows."""


def read_enrollment(value: object) -> Enrollment | None:
    """Read the kind of an enrollment. Return ``None`` if the value is ambiguous.

    Raises:
        ValueError: the value is unknown.
    """
    text = as_text(value)
    if text == "userEnrollment":  # Intune's value for any enrollment by the user
        return None
    word = re.sub(r"[\s_-]+", "", text).casefold()
    if word in _ENROLLMENTS:
        return _ENROLLMENTS[word]
    for beginning, enrollment in _BEGINNINGS.items():
        if word.startswith(beginning):
            return enrollment
    raise ValueError(f"unknown enrollment {show(text)}")


def read_channel(value: object) -> Channel:
    """Read ``device`` or ``user``.

    Raises:
        ValueError: the value is not one of these.
    """
    word = as_text(value).casefold()
    if word not in list(Channel):
        raise ValueError("expected device or user")
    return Channel(word)


def read_access_rights(value: object) -> AccessRights:
    """Read the sum of access rights.

    Raises:
        ValueError: the value is not a sum of them.
    """
    text, most = as_text(value), sum(AccessRights)
    number = int(text) if text.isdecimal() and len(text) < 6 else -1
    if not 0 <= number <= most:
        raise ValueError(f"expected an integer from 0 to {most}")
    return AccessRights(number)
