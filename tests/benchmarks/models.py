"""The responses as models of other libraries, made from the attributes of ours."""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Callable
from typing import Any

import attrs
import cattrs
import msgspec
import pydantic
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

import mdm_osupdate as osu
from mdm_osupdate.messages import Key

Made = dict[type[osu.Message], Any]
"""The models that other models contain."""


def keys_of(cls: type[osu.Message]) -> list[Key]:
    """Return the keys of a response or item."""
    return [f.metadata["schema"] for f in attrs.fields(cls) if "key" in f.metadata]


def annotation(key: Key, made: Made, words: bool) -> Any:
    """Return the type of an attribute, with enumerations or with plain text."""
    kind: Any = made.get(key.kind, key.kind)
    if issubclass(key.kind, str) and key.kind is not str:
        kind = kind | str if words else str
    return types.GenericAlias(list, kind) | None if key.array else kind | None


def models(cls: type[osu.Message], make: Callable[[type[osu.Message], Made], Any]) -> Any:
    """Make the models of a class and the classes in it."""
    made: Made = {}

    def collect(cls: type[osu.Message]) -> Any:
        for key in keys_of(cls):
            if issubclass(key.kind, osu.Message) and key.kind not in made:
                collect(key.kind)
        made[cls] = make(cls, made)
        return made[cls]

    return collect(cls)


# -- pydantic, with the same guarantees ----------------------------------------------------------


class Model(pydantic.BaseModel):
    """Types are not converted, and unknown keys and words are kept."""

    model_config = pydantic.ConfigDict(
        strict=True, extra="allow", frozen=True, populate_by_name=True
    )


def of_pydantic(cls: type[osu.Message], made: Made) -> Any:
    """Make a model of pydantic."""
    fields: dict[str, Any] = {
        key.attribute: (
            annotation(key, made, words=True),
            pydantic.Field(default=None, alias=key.name),
        )
        for key in keys_of(cls)
    }
    return pydantic.create_model(cls.__name__, __base__=Model, **fields)


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


# -- msgspec, which drops unknown keys -----------------------------------------------------------


def of_msgspec(cls: type[osu.Message], made: Made) -> Any:
    """Make a struct of msgspec."""
    return msgspec.defstruct(
        cls.__name__,
        [(key.attribute, annotation(key, made, words=False), None) for key in keys_of(cls)],
        rename={key.attribute: key.name for key in keys_of(cls)},
        omit_defaults=True,
        frozen=True,
    )


# -- cattrs without settings, which converts values and drops unknown keys -----------------------


def of_attrs(cls: type[osu.Message], made: Made) -> Any:
    """Make a class of attrs."""
    fields = {
        key.attribute: attrs.field(default=None, type=annotation(key, made, words=False))
        for key in keys_of(cls)
    }
    model = attrs.make_class(cls.__name__, fields, frozen=True)
    names: dict[str, Any] = {key.attribute: override(rename=key.name) for key in keys_of(cls)}
    CONVERTER.register_structure_hook(model, make_dict_structure_fn(model, CONVERTER, **names))
    write: Any = make_dict_unstructure_fn(model, CONVERTER, _cattrs_omit_if_default=True, **names)
    CONVERTER.register_unstructure_hook(model, write)
    return model


CONVERTER = cattrs.Converter()
CONVERTER.register_structure_hook(dt.datetime, lambda value, _: value)
