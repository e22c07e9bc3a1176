"""The errors with which a device rejects commands."""

from typing import Final

from mdm_osupdate.device import Device
from mdm_osupdate.errors import Report
from mdm_osupdate.messages import KNOWN_ERRORS, ErrorChainItem, Platform
from mdm_osupdate.versions import OSVersion

Error = tuple[str, int]
"""A domain and a code."""

UNKNOWN_COMMAND: Final = ("MCMDMErrorDomain", 12021)
INVALID_COMMAND: Final = ("MCMDMErrorDomain", 12008)
_NOT_ALLOWED: Final = ("MCMDMErrorDomain", 12007)
_WRONG_CHANNEL: Final = ("MCMDMErrorDomain", 12076)
_UNKNOWN_TO_OLD_MACS: Final = ("MDMClientError", 91)

_REFUSALS: tuple[tuple[str, Error], ...] = (
    ("OSU301", UNKNOWN_COMMAND),
    ("OSU302", UNKNOWN_COMMAND),
    ("OSU402", UNKNOWN_COMMAND),
    ("OSU311", _WRONG_CHANNEL),
    ("OSU310", _NOT_ALLOWED),
    ("OSU312", _NOT_ALLOWED),
    ("OSU313", _NOT_ALLOWED),
)
"""The rules that a device checks before it looks at the updates in a command, in this order."""


def refusal(report: Report, device: Device) -> Error | None:
    """Return the error with which a device rejects a command that breaks these rules.

    ``None`` means that the device responds with CommandFormatError.
    """
    broken = {finding.rule for finding in report.errors}
    for rule, error in _REFUSALS:
        if rule in broken:
            old = device.os_version < OSVersion("10.13")
            old_mac = old and device.platform is Platform.MACOS
            return _UNKNOWN_TO_OLD_MACS if old_mac and error == UNKNOWN_COMMAND else error
    return None if any(rule < "OSU200" for rule in broken) else INVALID_COMMAND


def error_chain(*errors: Error) -> tuple[ErrorChainItem, ...]:
    """Return an ErrorChain of known errors, with their texts."""
    return tuple(
        ErrorChainItem(
            error_code=code,
            error_domain=domain,
            localized_description=f"{text[:1].upper()}{text[1:]}.",
        )
        for domain, code in errors
        for text in [KNOWN_ERRORS[domain, code].meaning]
    )
