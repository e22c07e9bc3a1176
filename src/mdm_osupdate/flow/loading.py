"""Loading of stored flows, in this format and the previous one."""

import uuid
from collections.abc import Mapping
from typing import Any

from mdm_osupdate.errors import show

from .converter import CONVERTER, FORMAT, faults
from .enforcement import EnforcementFlow, StoredEnforcement
from .transitions import REQUESTS
from .updates import StoredUpdate, UpdateFlow


def load_flow(values: Mapping[str, Any]) -> UpdateFlow | EnforcementFlow:
    """Restore a flow from the result of its ``to_dict``.

    Raises:
        ValueError: the values are not a stored flow, or their format is newer than this version of
            the library. The message has each fault with its path.
    """
    if not isinstance(values, Mapping):
        raise ValueError(f"invalid stored flow: expected a mapping, got {show(values)}")
    try:
        rest = dict(values) if "format" in values else _from_format_0(values)
        number, kind = rest.pop("format", None), rest.pop("kind", None)
        if number != FORMAT or type(number) is not int:
            raise ValueError(f"expected format {FORMAT}, got {show(number)}")
        if kind == "update":
            return UpdateFlow.restored(CONVERTER.structure(rest, StoredUpdate))
        if kind == "enforcement":
            return EnforcementFlow.restored(CONVERTER.structure(rest, StoredEnforcement))
        raise ValueError(f"expected kind 'update' or 'enforcement', got {show(kind)}")
    except Exception as error:  # corrupt values can raise anything
        raise ValueError(f"invalid stored flow: {faults(error)}") from None


# -- format 0: one class for both kinds, and each command stored in full ---------------------------

_RENAMED = {
    "hindrances": "max_retries",
    "patience": "timeout",
    "answer_within": "response_timeout",
    "excused": "tolerated",
    "again": "resend",
    "refused": "not_now_at",
}
"""The first names of attributes of the policy and of values."""

_BY_DECLARATION = ("state", "started", "latest", "retries", "reason", "downloaded", "installing")
"""The values of an update by declaration. It determines again what it waits for."""


def _from_format_0(values: Mapping[str, Any]) -> dict[str, Any]:
    policy = {_RENAMED.get(key, key): value for key, value in values["policy"].items()}
    memory = {_RENAMED.get(key, key): value for key, value in values["memory"].items()}
    memory["retries"] = memory.pop("max_retries")
    history = [
        event | {"event": "Blocked"} if event["event"] == "Hindered" else event
        for event in values["history"]
    ]
    rest = {"format": FORMAT, "device": values["device"], "policy": policy, "history": history}
    if values["declaration"] is not None:
        kept = {key: memory[key] for key in (*_BY_DECLARATION, "pending", "failures")}
        declaration = values["declaration"]
        return rest | {"kind": "enforcement", "declaration": declaration, "memory": kept}
    sent, uuids = memory.pop("sent"), memory.pop("uuids")
    issued = [str(uuid.uuid5(uuid.UUID(values["id"]), str(n))).upper() for n in range(len(uuids))]
    if uuids != issued:
        raise ValueError("memory.uuids do not follow from id")
    if sent is not None and sent["Command"]["RequestType"] != REQUESTS[memory["state"]]:
        raise ValueError("memory.sent does not fit memory.state")
    del memory["pending"], memory["failures"]
    memory |= {"issued": len(uuids), "awaiting": sent is not None}
    return rest | {"kind": "update", "id": values["id"], "item": values["item"], "memory": memory}
