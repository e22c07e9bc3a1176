"""From the records of an inventory to devices."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from attrs import field, frozen

from mdm_osupdate.device import Device, Enrollment
from mdm_osupdate.errors import show
from mdm_osupdate.messages import Platform
from mdm_osupdate.versions import is_build

from .columns import ATTRIBUTES, nearest, normalized
from .sources import Record, Source, records
from .values import (
    as_text,
    is_device_id,
    is_model,
    platform_of,
    read_access_rights,
    read_boolean,
    read_channel,
    read_enrollment,
    read_os_version,
)


@frozen(kw_only=True)
class Row:
    """One record of an inventory, and the device that it describes."""

    name: str
    """The device's name or serial number; ``device 3`` if it has neither."""
    device: Device | None
    """The device; ``None`` if the record cannot be used."""
    problem: str = ""
    """The reason why the record cannot be used. Empty if it can."""
    used: Mapping[str, str] = field(factory=dict, hash=False)
    """The attribute that each column was read for."""
    unknown: Mapping[str, str] = field(factory=dict, hash=False)
    """Columns that look like a known one, or have a value that is unknown: what is the matter."""
    line: int | None = None
    """The line on which the record begins, from 1; ``None`` where there are no lines."""


def read_inventory(source: Source) -> Iterator[Row]:
    """Read the devices of an inventory, one at a time.

    Columns are recognized by the names that management systems give them. A record
    that cannot be used is a row with a ``problem``; it does not end the reading.

    Args:
        source: CSV (with comma, semicolon or tab), JSON (an array, an object with an array under
            ``data``, ``value``, ``results``, ``devices`` or ``hosts``, or one document a line), a
            property list, or the output of ``sw_vers``; as bytes, text or an iterable of lines. Or
            an iterable of mappings. Lines and mappings are taken one at a time.

    Raises:
        ValueError: the source as a whole cannot be read.
        TypeError: ``source`` has another type.
    """
    for number, (line, record) in enumerate(records(source), 1):
        if isinstance(record, str):
            yield Row(name=f"device {number}", device=None, problem=record, line=line)
        else:
            yield _row(record, number, line)


def read_device(mapping: Mapping[str, Any]) -> Device:
    """Read one device from a record, such as the answers to DeviceInformation and SecurityInfo.

    Args:
        mapping: the record, as ``read_inventory`` takes it. Answers may be whole, or merged.

    Raises:
        ValueError: the record cannot be used.
    """
    row = _row(mapping, 1, None)
    if row.device is None:
        raise ValueError(row.problem)
    return row.device


# -- one record ----------------------------------------------------------------------------------

_OPENED = frozenset(
    ("attributes", "fields", "queryresponses", "securityinfo", "managementstatus", "statusitems")
)
"""Objects whose keys count as the record's own."""
_DEEPEST = 5
_MOST_KEYS = 2_000


def _flat(record: Mapping[Any, object]) -> dict[str, object]:
    """Return the values of a record by their dotted paths; only scalars that say something."""
    flat: dict[str, object] = {}
    level: list[tuple[str, Mapping[Any, object]]] = [("", record)]
    for _ in range(_DEEPEST):
        below: list[tuple[str, Mapping[Any, object]]] = []
        for prefix, mapping in level:
            for key, value in mapping.items():
                if not isinstance(key, str) or len(flat) + len(below) > _MOST_KEYS:
                    continue
                if isinstance(value, Mapping):
                    opened = normalized(key) in _OPENED
                    below.append((prefix if opened else f"{prefix}{key}.", value))
                elif as_text(value):
                    flat.setdefault(f"{prefix}{key}", value)
        level = below
    return flat


@frozen
class _Told:
    """The values of one record by attribute, the preferred column first."""

    columns: Mapping[str, list[tuple[str, object]]]

    def text(self, attribute: str, fits: Callable[[str], bool] = bool) -> str | None:
        texts = (as_text(value) for _, value in self.columns.get(attribute, ()))
        return next(filter(fits, texts), None)

    def read(self, attribute: str, reader: Callable[[object], Any]) -> Any:
        """Read an attribute; ``None`` if no column has it.

        Raises:
            ValueError: the value cannot be understood.
        """
        column, value = next(iter(self.columns.get(attribute, ())), (None, None))
        if column is None:
            return None
        try:
            return reader(value)
        except ValueError as error:
            raise ValueError(f"{column}: {show(value)} cannot be read: {error}") from None


_RANK = {name: rank for rank, name in enumerate(ATTRIBUTES)}


def _row(record: Record, number: int, line: int | None) -> Row:
    flat = _flat(record)
    used = {column: ATTRIBUTES[normalized(column)] for column in flat if _is_known(column)}
    told: dict[str, list[tuple[str, object]]] = {}
    for column in sorted(used, key=lambda column: _RANK[normalized(column)]):
        told.setdefault(_meant(used[column], flat[column]), []).append((column, flat[column]))
    unknown = {
        column: f"did you mean {meant}?"
        for column in flat
        if column not in used and (meant := nearest(column)) is not None
    }
    facts = _Told(told)
    problem, device = "", None
    try:
        device = _device(facts, unknown)
    except ValueError as error:
        problem = str(error)
    return Row(
        name=facts.text("name") or f"device {number}",
        device=device,
        problem=problem,
        used=used,
        unknown=unknown,
        line=line,
    )


def _is_known(column: str) -> bool:
    return normalized(column) in ATTRIBUTES


def _meant(attribute: str, value: object) -> str:
    if attribute == "version_or_build":  # MachineInfo's VERSION is a build
        return "build" if is_build(as_text(value)) else "os_version"
    return attribute


def _device(told: _Told, unknown: dict[str, str]) -> Device:
    letter = told.text("letter") or ""
    platform = _platform(told)
    version = told.read("os_version", lambda value: read_os_version(value, letter))
    if platform is None and version is not None:
        platform = platform_of(version[1])
    if platform is None:
        raise ValueError("the platform is missing: add a column platform, or the model")
    if version is None:
        raise ValueError("the version is missing: add a column os_version")
    return Device(
        platform,
        version[0],
        supervised=told.read("supervised", read_boolean),
        enrollment=_enrollment(told, unknown),
        channel=told.read("channel", read_channel) or "device",
        shared_ipad=told.read("shared_ipad", read_boolean),
        access_rights=told.read("access_rights", read_access_rights),
        declaration_managed=told.read("declaration_managed", read_boolean),
        build=told.text("supplemental_build", is_build)
        or told.text("build", is_build)
        or version[2]
        or None,
        model=told.text("product", is_model),
        device_id=told.text("device_id", is_device_id),
    )


def _platform(told: _Told) -> Platform | None:
    named = told.text("platform")
    # An iPad's system is called iOS by some, so its product says more.
    by_product = told.text("product", lambda text: platform_of(text) is not None)
    platform = platform_of(named) if named else None
    if named and platform is None:
        raise ValueError(f"unknown platform {show(named)}")
    if by_product is not None and platform in (None, Platform.IOS):
        return platform_of(by_product)
    return platform


def _enrollment(told: _Told, unknown: dict[str, str]) -> Enrollment | None:
    by_user = told.read("user_enrolled", read_boolean)
    automated = told.read("automated", read_boolean)
    if by_user:
        return Enrollment.USER
    if automated:
        return Enrollment.AUTOMATED
    column, value = next(iter(told.columns.get("enrollment", ())), ("", None))
    try:
        return read_enrollment(value) if column else _by_flags(by_user, automated)
    except ValueError as error:
        unknown[column] = str(error)
        return None


def _by_flags(by_user: bool | None, automated: bool | None) -> Enrollment | None:
    return Enrollment.DEVICE if by_user is False and automated is False else None
