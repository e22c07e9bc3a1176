"""Equality type by type, and the classes whose messages must be read and written without loss."""

from typing import Any

import mdm_osupdate as osu
from mdm_osupdate.declarations import DECLARATIONS, StatusReport
from mdm_osupdate.messages import COMMANDS, RESPONSES

CLASSES = (
    *COMMANDS,
    *RESPONSES,
    osu.Response,
    osu.UpdatesItem,
    osu.UpdateResultsItem,
    osu.ErrorChainItem,
    osu.AvailableOSUpdatesItem,
    osu.OSUpdateStatusItem,
)
"""The classes that are property lists."""
DECLARATIVE = (*DECLARATIONS.values(), StatusReport)
"""The classes that are JSON."""


def exactly(value: Any) -> Any:
    """Make a value that equals another only if it is the same type by type: True is not 1."""
    if isinstance(value, dict):
        return {key: exactly(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [exactly(inner) for inner in value]
    return type(value), value
