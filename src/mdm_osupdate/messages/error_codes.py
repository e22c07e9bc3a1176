"""The known error codes of software updates and their meanings.

Apple says that codes and domains are diagnostic and may change. Show them to people, but do not
make decisions based on them, except where there is no other way (``NO_UPDATE``).
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from attrs import frozen

from .vocabulary import UpdateStatus

_REFERENCE = "Apple, MDM Protocol Reference (2017)"
_CAPTURE = "captured response of a device"
_READING = "published analyses of Apple's client code"
_THIRD_PARTY = "reports by vendors and administrators"


@frozen
class KnownError:
    """The known meaning of an error code."""

    meaning: str
    source: str


def _rows(domain: str, source: str, rows: dict[int, str]) -> dict[tuple[str, int], KnownError]:
    return {(domain, code): KnownError(meaning, source) for code, meaning in rows.items()}


KNOWN_ERRORS: Mapping[tuple[str, int], KnownError] = MappingProxyType(
    _rows(
        "MCMDMErrorDomain",
        _REFERENCE,
        {
            12007: "the server is not authorized to send this command",
            12008: "the request is malformed, or the InstallAction does not suit this update, such"
            " as one other than InstallASAP for a major upgrade of a Mac",
            12013: "the profile is not managed by this server",
            12021: "the device does not support the request type",
            12048: "no update is available",
            12049: "the passcode must be cleared first",
            12050: "the scan for updates failed",
            12051: "the download is in progress",
            12052: "the download is complete",
            12053: "the download requires a computer",
            12054: "not enough space for the download",
            12055: "not enough power for the download",
            12056: "the network is not sufficient for the download",
            12057: "the download failed",
            12058: "the installation is in progress",
            12059: "the update must be downloaded before it can be installed",
            12060: "not enough space for the installation",
            12061: "not enough power for the installation",
            12062: "the installation failed",
            12063: "the user declined",
            12076: "the device does not accept commands on a user channel",
            12077: "no update while a user is logged in (Shared iPad)",
            12078: "Managed Lost Mode does not allow the request",
            12081: "the device is not tethered to a network",
        },
    )
    | _rows(
        "MCMDMErrorDomain",
        _READING,
        {12084: "Single App Mode does not allow the request"},
    )
    | _rows(
        "DeviceManagement.error",
        _READING,
        {
            2200: "the download is in progress",
            2201: "the download is complete",
            2202: "the download failed",
            2203: "the network is not sufficient for the download",
            2204: "not enough space for the download",
            2205: "not enough power for the download",
            2206: "the download requires a computer",
            2207: "the installation is in progress",
            2208: "the installation failed",
            2209: "not enough space for the installation",
            2210: "not enough power for the installation",
            2211: "the update must be downloaded before it can be installed",
            2212: "the passcode must be cleared first",
            2214: "the scan for updates failed",
        },
    )
    | _rows("DeviceManagement.error", _CAPTURE, {2213: "no update is available"})
    | _rows("com.apple.softwareupdateservices.errors", _CAPTURE, {3: "no update was found"})
    | _rows(
        "com.apple.softwareupdateservices.errors",
        _READING,
        {103: "a declaration manages the update"},
    )
    | _rows(
        "MDMClientError",
        _CAPTURE,
        {
            74: "the Mac is not enrolled by Automated Device Enrollment",
            91: "the Mac does not support the command",
            97: "a required key of the command is missing",
        },
    )
    | _rows(
        "SUMacControllerError",
        _THIRD_PARTY,
        {
            7301: "the scan found no update",
            7507: "access was denied: no bootstrap token is escrowed",
            7509: "access was lost to another client",
        },
    )
)
"""The known errors, by domain and code."""

NO_UPDATE = frozenset(
    {
        ("MCMDMErrorDomain", 12048),
        ("DeviceManagement.error", 2213),
        ("com.apple.softwareupdateservices.errors", 3),
        ("SUMacControllerError", 7301),
    }
)
"""The errors that mean only that there is no update, which is not a failure."""

REQUEST_UNKNOWN = frozenset({("MCMDMErrorDomain", 12021), ("MDMClientError", 91)})
"""The errors with which a device rejects a command that it never had or no longer has."""

CODE_OF_STATUS: Mapping[str, int] = MappingProxyType(
    {
        UpdateStatus.DOWNLOAD_FAILED: 12057,
        UpdateStatus.DOWNLOAD_REQUIRES_COMPUTER: 12053,
        UpdateStatus.DOWNLOAD_INSUFFICIENT_SPACE: 12054,
        UpdateStatus.DOWNLOAD_INSUFFICIENT_POWER: 12055,
        UpdateStatus.DOWNLOAD_INSUFFICIENT_NETWORK: 12056,
        UpdateStatus.INSTALL_INSUFFICIENT_SPACE: 12060,
        UpdateStatus.INSTALL_INSUFFICIENT_POWER: 12061,
        UpdateStatus.INSTALL_FAILED: 12062,
    }
)
"""The ``MCMDMErrorDomain`` code that means the same as a status of ``UpdateResults``."""

_PRINTED = re.compile(r"Domain=([A-Za-z.]+),? Code=(-?[0-9]{1,9})")


def known_error_in(text: str) -> KnownError | None:
    """Return the meaning of the first known error in a printed ``NSError``.

    Devices print errors where a reason is text, as in ``failure-reason``:
    ``Error Domain=SUMacControllerError Code=7507 "Access request was denied"``.
    """
    known = (KNOWN_ERRORS.get((domain, int(code))) for domain, code in _PRINTED.findall(text))
    return next(filter(None, known), None)
