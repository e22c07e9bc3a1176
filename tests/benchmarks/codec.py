"""What the typed layer costs beside plistlib: run ``python tests/benchmarks/codec.py``.

Prints ratios from one run, since times alone mean nothing on another machine: the time of
``loads`` and ``dumps`` over that of plistlib alone, and over that of plistlib with pydantic models
that give the same guarantees (types checked without conversion, unknown keys and words kept, a
limit to what a document may ask for, nothing written that would come back changed). Each figure is
the best of many interleaved rounds.

The targets are 1.25 for reading XML, 1.6 for reading binary, 1.3 for writing and 1.4 for import.
Reading binary has missed its target so far, and so does reading XML of one result. Of what reading
adds to plistlib, constructors are half (attrs calls a converter and a setter for each attribute,
also for an absent one), cattrs' function of the class is a third, and comparing the keys is the
rest. A reader that skips the constructors would meet the target, and would be a second reader.
"""

from __future__ import annotations

import datetime as dt
import os
import plistlib
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import mdm_osupdate as osu

try:
    import pydantic
except ModuleNotFoundError:
    sys.exit("this needs pydantic: pip install pydantic, or pip install --group bench")

ITEM = {
    "ProductKey": "MSU_UPDATE_22H417_patch_13.7.3_minor",
    "HumanReadableName": "macOS Ventura 13.7.3",
    "HumanReadableNameLocale": "en",
    "MetadataURL": "https://example.com/metadata",
    "ProductName": "macOS",
    "Version": "13.7.3",
    "Build": "22H417",
    "DownloadSize": 1_200_000_000,
    "InstallSize": 300_000,
    "AppIdentifiersToClose": ["com.example.one", "com.example.two"],
    "IsCritical": False,
    "IsConfigDataUpdate": False,
    "IsFirmwareUpdate": False,
    "IsMajorOSUpdate": False,
    "RestartRequired": True,
    "AllowsInstallLater": True,
    "DeferredUntil": dt.datetime(2026, 1, 31, 12),
    "RequiresBootstrapToken": True,
    "IsSecurityResponse": False,
    "SupplementalBuildVersion": "22H417",
}
ENVELOPE = {"Status": "Acknowledged", "UDID": "0" * 36, "CommandUUID": "1" * 36}
ERROR = {"ErrorCode": 12054, "ErrorDomain": "MCMDMErrorDomain", "LocalizedDescription": "No room."}
RESULT = {"ProductKey": "iOSUpdate21E236", "InstallAction": "InstallASAP", "Status": "Installing"}
FAILED = RESULT | {"InstallAction": "Error", "ErrorChain": [ERROR, dict(ERROR)]}

DOCUMENTS: dict[str, tuple[type[osu.Response], dict[str, Any]]] = {
    "1 result": (osu.ScheduleOSUpdateResponse, {**ENVELOPE, "UpdateResults": [RESULT]}),
    "3 results, errors": (
        osu.ScheduleOSUpdateResponse,
        {**ENVELOPE, "UpdateResults": [RESULT, dict(FAILED), dict(FAILED)]},
    ),
    "8 full updates": (
        osu.AvailableOSUpdatesResponse,
        {**ENVELOPE, "AvailableOSUpdates": [{**ITEM, "InstallSize": n} for n in range(8)]},
    ),
}


# -- the same guarantees with pydantic -----------------------------------------------------------

_ACRONYMS = {"Uuid": "UUID", "Udid": "UDID", "Id": "ID", "Os": "OS", "Us": "US", "Url": "URL"}


def _key(name: str) -> str:
    return "".join(_ACRONYMS.get(w, w) for w in (part.capitalize() for part in name.split("_")))


def bounded(document: Any) -> Any:
    """Count a document's values before they cost anything: binary property lists are graphs."""
    level, values = [document], 0
    for _ in range(32):
        below: list[Any] = []
        for item in level:
            if type(item) is dict:
                below.extend(item.values())
            elif type(item) is list:
                below.extend(item)
            elif item is None or (type(item) is int and not -(2**63) <= item < 2**64):
                raise ValueError
        values += len(below)
        if not below:
            return document
        if values > 50_000:
            break
        level = below
    raise ValueError


def writable(document: Any) -> Any:
    """Refuse what would come back changed."""
    level = [document]
    while level:
        below: list[Any] = []
        for item in level:
            if type(item) is dict:
                below.extend(item)
                below.extend(item.values())
            elif type(item) is list:
                below.extend(item)
            elif (
                (type(item) is str and "\r" in item)
                or (type(item) is float and item != item)
                or (type(item) is dt.datetime and (item.microsecond or item.tzinfo))
            ):
                raise ValueError
        level = below
    return document


class Model(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(
        strict=True, extra="allow", frozen=True, alias_generator=_key, populate_by_name=True
    )


class ErrorChainItem(Model):
    error_code: int | None = None
    error_domain: str | None = None
    localized_description: str | None = None
    us_english_description: str | None = None


class Response(Model):
    status: osu.CommandStatus | str
    command_uuid: str | None = None
    udid: str | None = None
    enrollment_id: str | None = None
    enrollment_user_id: str | None = None
    user_id: str | None = None
    user_short_name: str | None = None
    user_long_name: str | None = None
    not_on_console: bool | None = None
    error_chain: list[ErrorChainItem] | None = None


class UpdateResultsItem(Model):
    product_key: str | None = None
    install_action: osu.ScheduledAction | str | None = None
    status: osu.UpdateStatus | str | None = None
    error_chain: list[ErrorChainItem] | None = None


class ScheduleOSUpdateResponse(Response):
    update_results: list[UpdateResultsItem] | None = None


class AvailableOSUpdatesItem(Model):
    product_key: str | None = None
    human_readable_name: str | None = None
    human_readable_name_locale: str | None = None
    metadata_url: str | None = None
    product_name: str | None = None
    version: str | None = None
    build: str | None = None
    download_size: int | None = None
    install_size: int | None = None
    app_identifiers_to_close: list[str] | None = None
    is_critical: bool | None = None
    is_config_data_update: bool | None = None
    is_firmware_update: bool | None = None
    is_major_os_update: bool | None = None
    restart_required: bool | None = None
    allows_install_later: bool | None = None
    deferred_until: dt.datetime | None = None
    requires_bootstrap_token: bool | None = None
    is_security_response: bool | None = None
    supplemental_build_version: str | None = None
    supplemental_os_version_extra: str | None = None


class AvailableOSUpdatesResponse(Response):
    available_os_updates: list[AvailableOSUpdatesItem] | None = None


MODELS: dict[type[osu.Response], type[Model]] = {
    osu.ScheduleOSUpdateResponse: ScheduleOSUpdateResponse,
    osu.AvailableOSUpdatesResponse: AvailableOSUpdatesResponse,
}


# -- measuring -----------------------------------------------------------------------------------


def best(*functions: Callable[[], object], rounds: int = 400) -> list[float]:
    """The best time of each function, in rounds that take turns.

    A round is shorter than the time that a busy machine gives to one process, so that of many
    rounds some are not interrupted.
    """
    start = time.perf_counter()
    functions[0]()
    number = max(1, int(0.0005 / (time.perf_counter() - start)))
    times = [[0.0] * rounds for _ in functions]
    for turn in range(rounds):
        for function, mine in zip(functions, times, strict=True):
            start = time.perf_counter()
            for _ in range(number):
                function()
            mine[turn] = time.perf_counter() - start
    return [min(mine) / number for mine in times]


def figures(name: str, fmt: osu.Format) -> str:
    cls, document = DOCUMENTS[name]
    model = MODELS[cls]
    plist_format = plistlib.FMT_XML if fmt == "xml" else plistlib.FMT_BINARY
    data = plistlib.dumps(document, fmt=plist_format)
    message, other = osu.loads(data, cls), model.model_validate(plistlib.loads(data))

    def dump() -> dict[str, Any]:
        return other.model_dump(by_alias=True, exclude_none=True)

    assert plistlib.loads(osu.dumps(message)) == dump() == document
    reading = best(
        lambda: plistlib.loads(data),
        lambda: osu.loads(data, cls),
        lambda: model.model_validate(bounded(plistlib.loads(data))),
    )
    writing = best(
        lambda: plistlib.dumps(document, fmt=plist_format),
        lambda: osu.dumps(message, fmt=fmt),
        lambda: plistlib.dumps(writable(dump()), fmt=plist_format),
    )
    return "".join(
        f"{ours / p:8.2f}{ours / other_:12.2f}" for p, ours, other_ in (reading, writing)
    )


def codec() -> None:
    print(f"{'':20}{'':8}{'loads':>8}{'÷ pydantic':>12}{'dumps':>8}{'÷ pydantic':>12}")
    formats: tuple[osu.Format, ...] = ("xml", "binary")
    for fmt in formats:
        for name in DOCUMENTS:
            print(f"{name:20}{fmt:8}{figures(name, fmt)}")


def importing() -> None:
    def start(*modules: str) -> Callable[[], object]:
        code = "".join(f"import {module};" for module in modules)
        # Whoever forbids Python to keep compiled modules would measure the compiler.
        environment = os.environ | {"PYTHONDONTWRITEBYTECODE": ""}
        return lambda: subprocess.run([sys.executable, "-c", code], check=True, env=environment)

    bare, needs, ours = best(
        start("sys"), start("attrs", "cattrs", "plistlib"), start("mdm_osupdate"), rounds=25
    )
    print(f"\nimport mdm_osupdate ÷ attrs, cattrs, plistlib: {(ours - bare) / (needs - bare):.2f}")


if __name__ == "__main__":
    codec()
    importing()
