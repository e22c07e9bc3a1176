"""``mdm-osupdate availability``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import click

from mdm_osupdate.availability import ROWS, Availability, allowed_actions, look_up
from mdm_osupdate.messages import InstallAction, Platform

from ._command import Words, command, option, output_option
from ._devices import device_of, device_options

_PLATFORMS = [p for p in Platform if any(look_up(row.subject, p) for row in ROWS)]
_OTHERS = " and ".join(platform for platform in Platform if platform not in _PLATFORMS)
_OWN = [row.subject for row in ROWS if "." not in row.subject or row.declarative]
"""Subjects with conditions of their own, which also apply to what belongs to them."""


@command()
@device_options
@option(
    "--format",
    "fmt",
    type=Words(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    group="Output",
    help="Output format.",
)
@output_option
def availability(fmt: str, **options: Any) -> None:
    """Show which platforms and versions support a command, key or value.

    Without a device, print the table of commands, declarations, keys and values with their
    conditions. With a device, print the install actions that it supports.

    \b
      mdm-osupdate availability
      mdm-osupdate availability --platform macOS --os-version 14.5
    """
    device = device_of(options)
    lines = _TABLES[fmt]() if device is None else _ACTIONS[fmt](list(allowed_actions(device)))
    for line in lines:
        click.echo(line)


def _text() -> Iterator[str]:
    yield f"{'':34}{''.join(f'{platform:>9}' for platform in _PLATFORMS)}"
    above = ""
    for row in ROWS:
        belongs_to, _, name = row.subject.rpartition(".")
        if belongs_to not in ("", above):
            yield belongs_to
        above = belongs_to
        cells = "".join(f"{_since(row.subject, platform):>9}" for platform in _PLATFORMS)
        yield f"{'  ' * bool(belongs_to) + name:34}{cells}"
    yield ""
    yield from _text_of_conditions()
    yield ""
    for end, subjects in _ends().items():
        yield from click.wrap_text(f"{', '.join(subjects)}: {end}", 80, "", "  ").splitlines()
    yield f"None of them is available on {_OTHERS}."


def _text_of_conditions() -> Iterator[str]:
    """Yield a table of the conditions of commands; subjects with equal conditions share rows."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for subject in _OWN:
        rows = ((platform, *_conditions(where)) for platform, where in _everywhere(subject))
        alike.setdefault(tuple(_CONDITIONS_ROW.format(*row) for row in rows), []).append(subject)
    yield _CONDITIONS_ROW.format("", *_CONDITIONS)
    for lines, subjects in alike.items():
        yield from click.wrap_text(", ".join(subjects), 80).splitlines()
        yield from lines


_CONDITIONS = ("supervision", "channel", "User Enrollment", "Shared iPad", "right")
_CONDITIONS_ROW = "  {:18}{:>12}{:>12}{:>16}{:>12}{:>7}"


def _conditions(where: Availability) -> tuple[str, ...]:
    right = where.access_right
    return (
        _NO_YES[where.supervised],
        "/".join(sorted(where.channels)),
        _NO_YES[where.user_enrollment],
        _NO_YES[where.shared_ipad],
        "-" if right is None else str(int(right)),
    )


_NO_YES = ("no", "yes")


def _ends() -> dict[str, list[str]]:
    """Return the subjects that were deprecated or removed, by what is said about them."""
    ends: dict[str, list[str]] = {}
    for subject in _OWN:
        for _, where in _everywhere(subject):
            if where.deprecated is not None:
                end = f"deprecated since {where.deprecated}, removed in {where.removed}"
                instead = f"; instead: {where.successor}" if where.successor else ""
                ends.setdefault(f"{end}{instead}", []).append(subject)
    return {end: list(dict.fromkeys(subjects)) for end, subjects in ends.items()}


def _everywhere(subject: str) -> Iterator[tuple[Platform, Availability]]:
    for platform in _PLATFORMS:
        if (where := look_up(subject, platform)) is not None:
            yield platform, where


def _since(subject: str, platform: Platform) -> str:
    where = look_up(subject, platform)
    return str(where.introduced) if where else "-"


def _markdown() -> Iterator[str]:
    yield f"| | {' | '.join(_PLATFORMS)} |"
    yield "|---|" + "---|" * len(_PLATFORMS)
    for row in ROWS:
        cells = (_since(row.subject, platform) for platform in _PLATFORMS)
        yield f"| `{row.subject}` | {' | '.join(cells)} |"

    yield ""
    yield f"| | platform | {' | '.join(_CONDITIONS)} |"
    yield "|---|---|" + "---|" * len(_CONDITIONS)
    for subject in _OWN:
        for platform, where in _everywhere(subject):
            yield f"| `{subject}` | {platform} | {' | '.join(_conditions(where))} |"
    yield ""
    for end, subjects in _ends().items():
        yield f"- {', '.join(f'`{subject}`' for subject in subjects)}: {end}"


def _json() -> Iterator[str]:
    table = {row.subject: _records(row.subject) for row in ROWS}
    yield json.dumps({"version": 1, "availability": table}, indent=2)


def _records(subject: str) -> dict[str, dict[str, Any] | None]:
    found = {str(platform): look_up(subject, platform) for platform in Platform}
    return {platform: _record(where) if where else None for platform, where in found.items()}


def _record(where: Availability) -> dict[str, Any]:
    return {
        "introduced": str(where.introduced),
        "deprecated": None if where.deprecated is None else str(where.deprecated),
        "removed": None if where.removed is None else str(where.removed),
        "supervised": where.supervised,
        "channels": sorted(where.channels),
        "user_enrollment": where.user_enrollment,
        "shared_ipad": where.shared_ipad,
        "access_right": None if where.access_right is None else int(where.access_right),
        "successor": where.successor,
        "source": where.source,
    }


_ACTIONS: Mapping[str, Callable[[list[InstallAction]], Iterable[str]]] = {
    "text": lambda actions: actions or ["none"],
    "markdown": lambda actions: [f"- `{action}`" for action in actions] or ["none"],
    "json": lambda actions: [json.dumps({"version": 1, "actions": actions})],
}
_TABLES: Mapping[str, Callable[[], Iterator[str]]] = {
    "text": _text,
    "markdown": _markdown,
    "json": _json,
}
