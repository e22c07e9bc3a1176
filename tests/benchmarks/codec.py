"""Reading and writing, beside plistlib alone and plistlib with other libraries."""

from __future__ import annotations

import datetime as dt
import plistlib
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import msgspec
from benchmarks.measuring import Table, best, memory
from benchmarks.models import (
    CONVERTER,
    bounded,
    models,
    of_attrs,
    of_msgspec,
    of_pydantic,
    writable,
)

import mdm_osupdate as osu
from mdm_osupdate.codec import DEFAULT_LIMITS, open_document, read_quickly
from mdm_osupdate.codec.keys import parts_of
from mdm_osupdate.codec.plist import unwritable
from mdm_osupdate.codec.writing import document_of

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
FAILED = RESULT | {"InstallAction": "Error", "ErrorChain": [ERROR, ERROR]}

DOCUMENTS: dict[str, tuple[type[osu.Response], dict[str, Any]]] = {
    "1 result": (osu.ScheduleOSUpdateResponse, {**ENVELOPE, "UpdateResults": [RESULT]}),
    "3 results, errors": (
        osu.ScheduleOSUpdateResponse,
        {**ENVELOPE, "UpdateResults": [RESULT, FAILED, FAILED]},
    ),
    "8 full updates": (
        osu.AvailableOSUpdatesResponse,
        {**ENVELOPE, "AvailableOSUpdates": [ITEM] * 8},
    ),
    "200 full updates": (
        osu.AvailableOSUpdatesResponse,
        {**ENVELOPE, "AvailableOSUpdates": [ITEM] * 200},
    ),
}
FORMATS: dict[osu.Format, plistlib.PlistFormat] = {
    "xml": plistlib.FMT_XML,
    "binary": plistlib.FMT_BINARY,
}
CLASSES: tuple[type[osu.Response], ...] = (
    osu.ScheduleOSUpdateResponse,
    osu.AvailableOSUpdatesResponse,
)
PYDANTIC, MSGSPEC, ATTRS = (
    {cls: models(cls, make) for cls in CLASSES} for make in (of_pydantic, of_msgspec, of_attrs)
)
_OTHERS = ("ours ÷ plistlib", "÷ pydantic", "÷ msgspec", "÷ cattrs")


class Case:
    """A document in one format, and the functions that read and write it."""

    def __init__(self, name: str, fmt: osu.Format) -> None:
        self.cls, document = DOCUMENTS[name]
        # Devices write each dictionary. plistlib would write equal ones once, and read them once.
        self.document = plistlib.loads(plistlib.dumps(document))
        self.fmt, self.plist_format = fmt, FORMATS[fmt]
        self.data = plistlib.dumps(self.document, fmt=self.plist_format)
        self.message = self.ours()

    def plistlib(self) -> Any:
        return plistlib.loads(self.data)

    def ours(self) -> osu.Response:
        return osu.loads(self.data, self.cls)

    def pydantic(self) -> Any:
        return PYDANTIC[self.cls].model_validate(bounded(plistlib.loads(self.data)))

    def msgspec(self) -> Any:
        return msgspec.convert(plistlib.loads(self.data), MSGSPEC[self.cls])

    def cattrs(self) -> Any:
        return CONVERTER.structure(plistlib.loads(self.data), ATTRS[self.cls])

    def writers(self) -> list[Callable[[], bytes]]:
        by_pydantic, by_msgspec, by_cattrs = self.pydantic(), self.msgspec(), self.cattrs()

        def written(document: Any) -> bytes:
            return plistlib.dumps(document, fmt=self.plist_format)

        def of_pydantic() -> bytes:
            return written(writable(by_pydantic.model_dump(by_alias=True, exclude_none=True)))

        writers: list[Callable[[], bytes]] = [
            lambda: written(self.document),
            lambda: osu.dumps(self.message, fmt=self.fmt),
            of_pydantic,
            lambda: written(msgspec.to_builtins(by_msgspec, builtin_types=(dt.datetime,))),
            lambda: written(CONVERTER.unstructure(by_cattrs)),
        ]
        for writer in writers:
            assert plistlib.loads(writer()) == self.document
        return writers


def _ratios(times: list[float]) -> list[object]:
    plain, ours, *others = times
    return [plain * 1e6, ours * 1e6, ours / plain, *(ours / other for other in others)]


def comparing(rounds: int) -> Iterator[Table]:
    """Compare ``loads`` and ``dumps``."""
    header = ("", "format", "plistlib µs", "ours µs", *_OTHERS)
    names = [(name, fmt) for fmt in FORMATS for name in DOCUMENTS]
    cases = [(name, fmt, Case(name, fmt)) for name, fmt in names]
    reading = [
        (
            name,
            fmt,
            *_ratios(best(it.plistlib, it.ours, it.pydantic, it.msgspec, it.cattrs, rounds=rounds)),
        )
        for name, fmt, it in cases
    ]
    note = """\
Targets: 1.2 times plistlib for XML and 1.5 for binary, and not slower than pydantic. pydantic is
given the same guarantees: types are not converted, unknown keys and words are kept, a document is
limited, and nothing is written that would come back changed. msgspec drops unknown keys, and cattrs
without settings also converts values, such as the string `"false"` to true. A binary property list
holds equal keys and texts once, and plistlib reads them once. So the more items there are, the less
time plistlib takes for each, and the higher is the ratio."""
    yield Table("Reading", header, reading, note)
    writing = [(name, fmt, *_ratios(best(*it.writers(), rounds=rounds))) for name, fmt, it in cases]
    yield Table("Writing", header, writing, "Target: 1.2 times plistlib.")


def profiling(rounds: int) -> Iterator[Table]:
    """Measure the steps of reading and writing."""
    yield Table(
        "Steps of reading, in µs",
        ("", "format", "plistlib", "format, limits", "structure function", "constructors"),
        [(*key, *_reading(Case(*key), rounds)) for key in _profiled()],
        """\
The structure function is that of cattrs, with the comparison of the keys. The constructors are
those of attrs. About half of their time is the check of each attribute, also of an absent one, a
quarter is what a frozen class adds to setting the attributes, and a fifth is the call with a
keyword for each key. What is left is a reader that skips the constructors, which would decide a
second time which values fit, or code that is compiled.""",
    )
    yield Table(
        "Steps of writing, in µs",
        ("", "format", "plistlib", "dictionary", "check of all values"),
        [(*key, *_writing(Case(*key), rounds)) for key in _profiled()],
    )


def _profiled() -> Iterator[tuple[str, osu.Format]]:
    return ((name, fmt) for fmt in FORMATS for name in list(DOCUMENTS)[:3])


def _reading(case: Case, rounds: int) -> list[float]:
    calls = [
        (
            type(part),
            {f.name: getattr(part, f.name) for f in attrs.fields(type(part)) if f.metadata},
        )
        for _, part in parts_of(case.message)
    ]
    given = [(cls, {k: v for k, v in values.items() if v is not None}) for cls, values in calls]

    def construct() -> None:
        for cls, values in given:
            cls(**values)

    value = case.plistlib()
    plain, opened, read, constructed = best(
        lambda: plistlib.loads(case.data, fmt=case.plist_format),
        lambda: open_document(case.data, DEFAULT_LIMITS, "plist"),
        lambda: read_quickly(value, case.cls, DEFAULT_LIMITS),
        construct,
        rounds=rounds,
    )
    return [each * 1e6 for each in (plain, opened - plain, read - constructed, constructed)]


def _writing(case: Case, rounds: int) -> list[float]:
    times = best(
        lambda: plistlib.dumps(case.document, fmt=case.plist_format),
        lambda: document_of(case.message),
        lambda: unwritable(case.document, case.fmt, DEFAULT_LIMITS),
        rounds=rounds,
    )
    return [each * 1e6 for each in times]


def keeping() -> Iterator[Table]:
    """Measure the memory of messages."""
    header = ("bytes of one", "dictionaries", "ours", "pydantic", "msgspec", "cattrs")
    rows = []
    for name in DOCUMENTS:
        it = Case(name, "binary")
        makers = (it.plistlib, it.ours, it.pydantic, it.msgspec, it.cattrs)
        rows.append((name, *(round(memory(make, 20_000 // len(it.data) + 50)) for make in makers)))
    yield Table("Memory of a message", header, rows)


def tables(small: bool) -> Iterator[Table]:
    """Measure all of it."""
    rounds = 40 if small else 400
    yield from comparing(rounds)
    yield from profiling(rounds)
    yield from keeping()
