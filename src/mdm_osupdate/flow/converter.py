"""The cattrs converter between flows and JSON values: times, durations, versions, typed events.

Reading is strict. Types are not converted, and an unknown key is an error, so that a corrupt record
is found when it is read and not some steps later.
"""

import datetime as dt
import math
import typing
from collections.abc import Callable
from typing import Any

from cattrs import (
    Converter,
    ForbiddenExtraKeysError,
    IterableValidationError,
    IterableValidationNote,
    transform_error,
)
from cattrs.cols import is_sequence

from mdm_osupdate.codec import from_dict, to_dict
from mdm_osupdate.declarations import SoftwareUpdateEnforcementSpecific
from mdm_osupdate.device import AccessRights
from mdm_osupdate.errors import require_type, show
from mdm_osupdate.messages import StrEnum, UpdatesItem
from mdm_osupdate.versions import OSVersion

FORMAT = 1
"""The number of the stored form. It increases with each incompatible change."""


def to_utc(value: dt.datetime) -> dt.datetime:
    """Convert an aware time to UTC."""
    require_type("a time", value, dt.datetime)
    if value.tzinfo is None:
        raise TypeError(f"{value} has no time zone; give an aware datetime")
    try:
        return value.astimezone(dt.timezone.utc)
    except OverflowError:
        raise ValueError(f"{value} is outside the years 1 to 9999 in UTC") from None


def later(time: dt.datetime, length: dt.timedelta) -> dt.datetime:
    """Add a duration, limited to the end of the calendar."""
    try:
        return time + length
    except OverflowError:
        return dt.datetime.max.replace(tzinfo=dt.timezone.utc)


def _exactly(kind: type, name: str) -> Callable[[Any, Any], Any]:
    def read(value: Any, _: Any) -> Any:
        if type(value) is not kind:
            raise TypeError(f"expected {name}, got {show(value)}")
        return value

    return read


def _number(value: Any, _: Any) -> float:
    if type(value) not in (int, float) or not math.isfinite(value):
        raise TypeError(f"expected a number, got {show(value)}")
    return float(value)


def _text(value: Any) -> str:
    if type(value) is not str:
        raise TypeError(f"expected a string, got {show(value)}")
    return value


def _integer(value: Any) -> int:
    if type(value) is not int:
        raise TypeError(f"expected an integer, got {show(value)}")
    return value


def _list_hook(kind: Any, converter: Converter) -> Callable[[Any, Any], Any]:
    """Create a function as cattrs does, which stops after the invalid items that are described."""
    (item_kind,) = typing.get_args(kind)[:1]
    read_item = converter.get_structure_hook(item_kind)

    def read(value: Any, _: Any) -> Any:
        if not isinstance(value, list):
            raise TypeError(f"expected an array, got {show(value)}")
        items, errors = [], list[Exception]()
        for index, item in enumerate(value):
            try:
                items.append(read_item(item, item_kind))
            except Exception as error:  # noqa: PERF203 - corrupt values can raise anything
                note = IterableValidationNote(f"item {index}", index, item_kind)
                vars(error).setdefault("__notes__", []).append(note)
                errors.append(error)
                if len(errors) == _MAX_FAULTS:
                    errors.append(ValueError("the items after these were not read"))
                    break
        if errors:
            raise IterableValidationError("invalid items", errors, kind)
        return items

    return read


def _converter() -> Converter:
    converter = Converter(forbid_extra_keys=True)
    for kind, name in (bool, "a boolean"), (int, "an integer"), (str, "a string"):
        converter.register_structure_hook(kind, _exactly(kind, name))
    converter.register_structure_hook(StrEnum, lambda value, kind: kind(_text(value)))
    converter.register_unstructure_hook(StrEnum, str)
    converter.register_structure_hook(float, _number)
    converter.register_structure_hook_factory(is_sequence)(_list_hook)
    converter.register_structure_hook(
        dt.datetime, lambda value, _: to_utc(dt.datetime.fromisoformat(_text(value)))
    )
    converter.register_unstructure_hook(dt.datetime, dt.datetime.isoformat)
    converter.register_structure_hook(
        dt.timedelta, lambda value, _: dt.timedelta(seconds=_number(value, float))
    )
    converter.register_unstructure_hook(dt.timedelta, dt.timedelta.total_seconds)
    converter.register_structure_hook(OSVersion, lambda value, _: OSVersion(_text(value)))
    converter.register_unstructure_hook(OSVersion, str)
    converter.register_structure_hook(AccessRights, lambda value, _: AccessRights(_integer(value)))
    for message in UpdatesItem, SoftwareUpdateEnforcementSpecific:
        converter.register_structure_hook(
            message, lambda value, kind: from_dict(value, kind, strict=True)
        )
        converter.register_unstructure_hook(message, to_dict)
    return converter


CONVERTER = _converter()


_MAX_FAULTS = 20


def faults(error: Exception) -> str:
    """Describe what is wrong with a stored flow: the first faults, each with its path."""
    return _first(transform_error(error, "flow", _fault), "; ")


def _fault(error: BaseException, _: type | None) -> str:
    if isinstance(error, KeyError):
        return f"missing key {error!s:.80}"
    if isinstance(error, ForbiddenExtraKeysError):
        return f"unknown key {_first(sorted(map(show, error.extra_fields)), ', ')}"
    return f"{error!s:.1000}"


def _first(texts: list[str], separator: str) -> str:
    """Join the first texts, and count the others."""
    if left_out := len(texts[_MAX_FAULTS:]):
        texts[_MAX_FAULTS:] = [f"and {left_out} more"]
    return separator.join(texts)
