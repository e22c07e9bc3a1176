"""Conversion of inventory records to devices."""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any

from attrs import field, frozen

from mdm_osupdate.device import Device, Enrollment
from mdm_osupdate.errors import show
from mdm_osupdate.messages import Platform
from mdm_osupdate.versions import OSVersion, is_build

from .columns import IDENTIFIERS, OPENED, READ_FOR, attribute_of, nearest, normalized, preference
from .sources import Record, Source, records
from .values import (
    NOTHING,
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
    """The device's name, or else its serial number or UDID; ``device 3`` if it has none."""
    device: Device | None
    """The device, or ``None`` if the record cannot be used."""
    problem: str = ""
    """The reason why the record cannot be used. Empty if it can."""
    identifiers: tuple[str, ...] = ()
    """The serial number, UDID and enrollment ID in the record."""
    used: Mapping[str, str] = field(factory=dict, hash=False)
    """The attribute that each column was read for."""
    unknown: Mapping[str, str] = field(factory=dict, hash=False)
    """Columns that resemble a known one or have an unknown value, each with the problem."""
    ignored: tuple[str, ...] = ()
    """The other columns with a value, which were not used."""
    line: int | None = None
    """The line on which the record begins, from 1. ``None`` if the source has no lines."""

    @property
    def undecided(self) -> tuple[str, ...]:
        """The attributes of the device that no column has, and that a plan may need."""
        device = self.device
        if device is None:
            return ()
        names = ["supervised", "enrollment"]
        if device.platform is not Platform.MACOS:
            names.append("access_rights")
        if device.platform is Platform.IPADOS:
            names.append("shared_ipad")
        if device.device_id is None:
            names.append("model")
        return tuple(name for name in names if getattr(device, name) is None)


def read_inventory(source: Source) -> Iterator[Row]:
    """Read the devices of an inventory, one at a time.

    Columns are recognized by the names that management systems give them. A record
    that cannot be used is a row with a ``problem``; it does not end the reading.

    Args:
        source: CSV (with comma, semicolon, tab or bar), JSON (an array, an object with an array
            under ``data``, ``value``, ``results``, ``devices`` or ``hosts``, or one document a
            line), a property list, or the output of ``sw_vers``; as bytes, text or an iterable of
            lines. Or an iterable of mappings. Lines and mappings are taken one at a time; a JSON
            array or a property list is read as a whole. A row of CSV has at most 131,072
            characters, and a property list 1 MiB.

    Raises:
        ValueError: the source as a whole cannot be read.
        TypeError: ``source`` has another type.
    """
    read = _reader()
    for number, (line, record) in enumerate(records(source), 1):
        if isinstance(record, str):
            yield Row(name=f"device {number}", device=None, problem=record, line=line)
        else:
            yield read(record, number, line)


def read_device(mapping: Mapping[str, Any]) -> Device:
    """Read one device from a record, such as its responses to DeviceInformation and SecurityInfo.

    Args:
        mapping: the record, as ``read_inventory`` takes it. Responses may be complete, or merged.

    Raises:
        ValueError: the record cannot be used.
    """
    row = _reader()(mapping, 1, None)
    if row.device is None:
        raise ValueError(row.problem)
    return row.device


# -- the values of a record ----------------------------------------------------------------------

_DEEPEST = 5
_MOST_VALUES = 1_000
_LONGEST_NOTHING = max(map(len, NOTHING)) + 1


_Scalar = str | int | float


def _flat(record: Mapping[Any, object]) -> dict[str, _Scalar]:
    """Return the scalars of a record by their dotted paths, without empty ones."""
    flat: dict[str, _Scalar] = {}
    level: list[tuple[str, Mapping[Any, object]]] = [("", record)]
    left = _MOST_VALUES
    for _ in range(_DEEPEST):
        below: list[tuple[str, Mapping[Any, object]]] = []
        for prefix, mapping in level:
            for key, value in islice(mapping.items(), left):
                if not isinstance(key, str):
                    continue
                if (scalar := _scalar(value)) is not None:
                    flat.setdefault(prefix + key, scalar)
                elif isinstance(value, Mapping | list):
                    opened = normalized(key) in OPENED
                    if opened and isinstance(value, list) and len(value) == 1:
                        value = value[0]  # as system_profiler has it
                    if isinstance(value, Mapping):
                        below.append((prefix if opened else f"{prefix}{key}.", value))
            left = max(left - len(mapping), 0)
        if not below:
            break
        level = below
    return flat


def _scalar(value: object) -> _Scalar | None:
    text = value.strip() if isinstance(value, str) and len(value) < 100 else as_text(value)
    if not text or (len(text) < _LONGEST_NOTHING and text.lower() in NOTHING):
        return None
    return value if isinstance(value, (int, float)) else text


# -- the meaning of columns ----------------------------------------------------------------------


@frozen(eq=False)
class _Shape:
    """The interpretation of the columns of a record."""

    columns: tuple[str, ...]
    """The known columns, the preferred one of an attribute first."""
    attributes: tuple[str, ...]
    """The attribute of each known column."""
    name: str | None
    """The column with the name."""
    identifiers: tuple[str, ...]
    advice: Mapping[str, str]
    others: tuple[str, ...]


def _shape(columns: tuple[str, ...], near: Callable[[str], str | None]) -> _Shape:
    known: list[tuple[int, str, str]] = []
    advice, others = {}, []
    for column in columns:
        attribute = attribute_of(column)
        if attribute is not None:
            known.append((preference(column), attribute, column))
        elif (similar := near(column)) is not None:
            advice[column] = f"did you mean {similar}?"
        else:
            others.append(column)
    known.sort()

    def columns_of(name: str) -> list[str]:
        return [column for _, attribute, column in known if attribute == name]

    identifiers = [column for name in IDENTIFIERS for column in columns_of(name)]
    facts = [each for each in known if each[1] not in ("name", *IDENTIFIERS)]
    return _Shape(
        columns=tuple(column for _, _, column in facts),
        attributes=tuple(attribute for _, attribute, _ in facts),
        name=next(iter(columns_of("name") + identifiers), None),
        identifiers=tuple(identifiers),
        advice=advice,
        others=tuple(others),
    )


# -- one record ----------------------------------------------------------------------------------

_Values = tuple[_Scalar, ...]
_KEPT = 1 << 14
"""The number of distinct records to cache during one call. Many devices are alike."""
_MOST_ADVISED = 1_000
"""The number of unknown columns to compare with the known ones, which takes long."""


@frozen
class _Described:
    device: Device | None
    problem: str
    used: Mapping[str, str]
    unknown: Mapping[str, str]
    ignored: tuple[str, ...]


def _reader() -> Callable[[Record, int, int | None], Row]:
    """Create a function that reads records and caches the results."""
    advice: dict[str, str | None] = {}

    def near(column: str) -> str | None:
        if column not in advice and len(advice) < _MOST_ADVISED:
            advice[column] = nearest(column)
        return advice.get(column)

    shape_of = lru_cache(_KEPT)(lambda columns: _shape(columns, near))
    described = lru_cache(_KEPT)(_described)

    def read(record: Record, number: int, line: int | None) -> Row:
        flat = _flat(record)
        shape = shape_of(tuple(flat))
        values = tuple([flat[column] for column in shape.columns])
        # True and 1 are equal but mean different things.
        device = described(shape, values, tuple(map(type, values)))
        return Row(
            name=f"device {number}" if shape.name is None else as_text(flat[shape.name]),
            device=device.device,
            problem=device.problem,
            identifiers=tuple([as_text(flat[column]) for column in shape.identifiers]),
            used=device.used,
            unknown=device.unknown,
            ignored=device.ignored,
            line=line,
        )

    return read


def _described(shape: _Shape, values: _Values, _: tuple[type, ...]) -> _Described:
    facts = _Facts(shape, values)
    advice: dict[str, str] = {}
    problem, device = "", None
    used = facts.used
    try:
        device = _device(facts, advice)
    except ValueError as error:
        problem = str(error)
        named = zip(shape.columns, shape.attributes, strict=True)
        used = {column: READ_FOR.get(attribute, attribute) for column, attribute in named}
    used.update((column, "identifiers") for column in shape.identifiers)
    if shape.name is not None:
        used[shape.name] = "name"
    return _Described(
        device=device,
        problem=problem,
        used=used,
        unknown={**shape.advice, **advice},
        ignored=(*shape.others, *(column for column in shape.columns if column not in used)),
    )


class _Facts:
    """The values of one record by attribute, the preferred column first."""

    def __init__(self, shape: _Shape, values: _Values) -> None:
        self._columns: dict[str, list[tuple[str, _Scalar]]] = {}
        self.used: dict[str, str] = {}
        for attribute, column, value in zip(shape.attributes, shape.columns, values, strict=True):
            self._columns.setdefault(_resolved(attribute, value), []).append((column, value))

    def first(self, attribute: str) -> tuple[str, _Scalar] | None:
        """Return the preferred column of an attribute with its value."""
        for column, value in self._columns.get(attribute, ()):
            self._use(column, attribute)
            return column, value
        return None

    def text(
        self, attribute: str, fits: Callable[[str], bool] = bool, read_for: str | None = None
    ) -> str | None:
        """Return the first text of an attribute that fits."""
        for column, value in self._columns.get(attribute, ()):
            text = as_text(value)
            if fits(text):
                self._use(column, read_for or attribute)
                return text
        return None

    def read(self, attribute: str, reader: Callable[[object], Any]) -> Any:
        """Read an attribute. Return ``None`` if no column has it.

        Raises:
            ValueError: the value cannot be understood.
        """
        found = self.first(attribute)
        if found is None:
            return None
        column, value = found
        try:
            return reader(value)
        except ValueError as error:
            raise ValueError(f"{column}: {show(value)} cannot be read: {error}") from None

    def _use(self, column: str, attribute: str) -> None:
        self.used[column] = READ_FOR.get(attribute, attribute)


def _resolved(attribute: str, value: object) -> str:
    if attribute == "version_or_build":  # MachineInfo's VERSION is a build
        return "build" if is_build(as_text(value)) else "os_version"
    return attribute


def _device(facts: _Facts, advice: dict[str, str]) -> Device:
    platform = _platform(facts)
    version = _version(facts)
    if platform is None and version is not None:
        platform = platform_of(version[1])
    if platform is None:
        raise ValueError("the platform is missing: add a column platform, or the model")
    if version is None:
        raise ValueError("the version is missing: add a column os_version")
    return Device(
        platform,
        version[0],
        supervised=_supervised(facts),
        enrollment=_enrollment(facts, advice),
        channel=facts.read("channel", read_channel) or "device",
        shared_ipad=facts.read("shared_ipad", read_boolean),
        access_rights=facts.read("access_rights", read_access_rights),
        declaration_managed=facts.read("declaration_managed", read_boolean),
        build=facts.text("supplemental_build", is_build)
        or facts.text("build", is_build)
        or version[2]
        or None,
        model=facts.text("product", is_model) or facts.text("platform", is_model, "model"),
        device_id=facts.text("device_id", is_device_id),
    )


def _version(facts: _Facts) -> tuple[OSVersion, str, str] | None:
    letter = facts.text("letter") or ""
    read: tuple[OSVersion, str, str] | None
    read = facts.read("os_version", lambda value: read_os_version(value, letter))
    if read is not None:
        return read
    named = facts.text("platform", _is_version)  # some systems name it macOS 15.5
    if named is None:
        numbers = [facts.text(name, str.isdecimal) for name in ("major", "minor", "patch")]
        named = ".".join(filter(None, numbers))
    return read_os_version(named, letter) if named else None


def _is_version(text: str) -> bool:
    try:
        read_os_version(text)
    except ValueError:
        return False
    return True


def _platform(facts: _Facts) -> Platform | None:
    named = facts.text("platform", _names_platform)
    if named is None and (unknown := facts.text("platform", _is_unknown_platform)) is not None:
        raise ValueError(f"unknown platform {show(unknown)}")
    platform = platform_of(named) if named else None
    # Some systems call iPadOS iOS, so the product decides.
    if platform in (None, Platform.IOS):
        product = facts.text("product", _names_platform, "platform")
        return platform_of(product) if product is not None else platform
    return platform


def _is_unknown_platform(text: str) -> bool:
    return text != "Apple" and not _is_version(text) and not _names_platform(text)


def _names_platform(text: str) -> bool:
    return platform_of(text) is not None


def _supervised(facts: _Facts) -> bool | None:
    supervised: bool | None = facts.read("supervised", read_boolean)
    column, value = facts.first("enrollment") or ("", "")
    # The status item has one value for both.
    if supervised is None and (column, value) == ("mdm.enrollment-type", "supervised"):
        return True
    return supervised


def _enrollment(facts: _Facts, advice: dict[str, str]) -> Enrollment | None:
    by_user = facts.read("user_enrolled", read_boolean)
    automated = facts.read("automated", read_boolean)
    if by_user:
        return Enrollment.USER
    if automated:
        return Enrollment.AUTOMATED
    found = facts.first("enrollment")
    if found is None:
        return Enrollment.DEVICE if by_user is False and automated is False else None
    try:
        return read_enrollment(found[1])
    except ValueError as error:
        advice[found[0]] = str(error)
        return None
