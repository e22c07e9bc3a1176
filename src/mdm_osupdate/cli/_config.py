"""The configuration file of ``check``: mdm-osupdate.toml, or a table of pyproject.toml."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from importlib import import_module
from typing import Any

import click
from attrs import frozen

from mdm_osupdate.codec import closest

from ._rules import find_codes

_TABLE = "mdm-osupdate"
_OWN, _SHARED = "mdm-osupdate.toml", "pyproject.toml"
_TEXTS = ("select", "ignore")
_OPTIONS: Mapping[str, type] = {
    "select": list,
    "ignore": list,
    "per-file-ignores": dict,
    "device": dict,
    "format": str,
    "strict": bool,
    "exit-zero": bool,
    "statistics": bool,
}
"""The keys of a configuration, with the types of their values."""
_DEVICE: Mapping[str, type] = {
    "platform": str,
    "os-version": str,
    "supervised": bool,
    "enrollment": str,
    "channel": str,
    "access-rights": int,
    "shared-ipad": bool,
    "declaration-managed": bool,
}
_NAMES: Mapping[type, str] = {
    list: "an array of strings",
    dict: "a table",
    str: "a string",
    bool: "true or false",
    int: "an integer",
}


@frozen
class Config:
    """A configuration that was read."""

    path: str
    options: Mapping[str, Any]
    """The defaults of options, by the names of their parameters."""
    ignores: tuple[tuple[str, frozenset[str]], ...] = ()
    """Patterns of files, and the rules that are not reported there."""

    def ignored(self, name: str) -> frozenset[str]:
        """Return the rules that are not reported in a file."""
        path = os.path.relpath(name, os.path.dirname(self.path))
        path = path.replace(os.sep, "/")
        codes = frozenset[str]()
        for pattern, ignored in self.ignores:
            if fnmatch(path, pattern) or fnmatch(os.path.basename(name), pattern):
                codes |= ignored
        return codes


def find_config() -> Config | None:
    """Read the configuration of the current directory, or of the closest one above with one.

    Raises:
        click.ClickException: it has a mistake.
        OSError: it cannot be read.
    """
    directory = os.getcwd()
    while True:
        for name in (_OWN, _SHARED):
            path = os.path.join(directory, name)
            if os.path.isfile(path) and (config := read_config(path)) is not None:
                return config
        above = os.path.dirname(directory)
        if above == directory:
            return None
        directory = above


def read_config(path: str) -> Config | None:
    """Read a configuration. Return ``None`` for a pyproject.toml without one.

    Raises:
        click.ClickException: it has a mistake.
        OSError: it cannot be read.
    """
    toml = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        with open(path, "rb") as file:
            table: Any = toml.load(file)
        if os.path.basename(path) == _SHARED:
            table = table.get("tool", {}).get(_TABLE)
            if table is None:
                return None
        _check_keys(table, _OPTIONS)
        device = table.pop("device", {})
        _check_keys(device, _DEVICE, "device.")
        ignores = tuple(_ignores(table.pop("per-file-ignores", {})))
        for name in _TEXTS:
            find_codes(_texts(table.get(name, []), name))
    except ValueError as error:  # of TOML, too
        raise click.ClickException(f"{path}: {error}") from None
    options = {name.replace("-", "_"): value for name, value in {**table, **device}.items()}
    options["fmt"] = options.pop("format", None)
    return Config(path, {name: v for name, v in options.items() if v is not None}, ignores)


def _check_keys(table: object, known: Mapping[str, type], prefix: str = "") -> None:
    if not isinstance(table, dict):
        raise ValueError(f"expected a table at {prefix.rstrip('.') or f'tool.{_TABLE}'}")
    for key, value in table.items():
        if key not in known:
            near = closest(key, known)
            advice = f"; did you mean {prefix}{near}?" if near else ""
            raise ValueError(f"unknown key {prefix + key!r}{advice}")
        if type(value) is not known[key]:
            raise ValueError(f"expected {_NAMES[known[key]]} for {prefix}{key}")


def _texts(value: object, name: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"expected {_NAMES[list]} for {name}")
    return value


def _ignores(table: Mapping[str, object]) -> Iterator[tuple[str, frozenset[str]]]:
    for pattern, names in table.items():
        yield pattern, find_codes(_texts(names, f"per-file-ignores.{pattern!r}"))
