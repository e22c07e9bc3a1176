"""``mdm-osupdate availability``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import click

from mdm_osupdate._availability import ROWS, Availability, allowed_actions
from mdm_osupdate._availability import availability as look_up
from mdm_osupdate._vocabulary import Platform

from ._devices import device_of, device_options

_PLATFORMS = (Platform.IOS, Platform.IPADOS, Platform.MACOS, Platform.TVOS)


@click.command()
@device_options
@click.option(
    "--format",
    "fmt",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
)
@click.pass_context
def availability(ctx: click.Context, /, fmt: str, **options: Any) -> None:
    """Show which platform has what, since when.

    Without a device: the table of commands, keys and values. watchOS and visionOS have none of
    them. With a device: the install actions that make sense for it.

    \b
      mdm-osupdate availability
      mdm-osupdate availability --platform macOS --os-version 14.5
    """
    device = device_of(options)
    if device is not None:
        actions = [str(action) for action in allowed_actions(device)]
        click.echo(json.dumps(actions) if fmt == "json" else "\n".join(actions) or "none")
        return
    for line in _FORMATS[fmt]():
        click.echo(line)


def _text() -> Iterator[str]:
    yield f"{'':42}{''.join(f'{platform:>9}' for platform in _PLATFORMS)}"
    above = ""
    for row in ROWS:
        belongs_to, _, name = row.subject.rpartition(".")
        if belongs_to not in ("", above):
            yield belongs_to
        above = belongs_to
        cells = "".join(f"{_since(row.subject, platform):>9}" for platform in _PLATFORMS)
        yield f"{'  ' * bool(belongs_to) + name:42}{cells}"
    yield ""
    yield "All deprecated since 26.0, removed in 27.0; watchOS and visionOS have none."


def _since(subject: str, platform: Platform) -> str:
    where = look_up(subject, platform)
    return str(where.introduced) if where else "-"


def _markdown() -> Iterator[str]:
    yield f"| | {' | '.join(_PLATFORMS)} |"
    yield "|---|" + "---|" * len(_PLATFORMS)
    for row in ROWS:
        cells = (_since(row.subject, platform) for platform in _PLATFORMS)
        yield f"| `{row.subject}` | {' | '.join(cells)} |"


def _json() -> Iterator[str]:
    yield json.dumps({row.subject: _records(row.subject) for row in ROWS}, indent=2)


def _records(subject: str) -> dict[str, dict[str, Any] | None]:
    found = {str(platform): look_up(subject, platform) for platform in Platform}
    return {platform: _record(where) if where else None for platform, where in found.items()}


def _record(where: Availability) -> dict[str, Any]:
    return {
        "introduced": str(where.introduced),
        "deprecated": str(where.deprecated),
        "removed": str(where.removed),
        "supervised": where.supervised,
        "channels": sorted(where.channels),
        "user_enrollment": where.user_enrollment,
        "shared_ipad": where.shared_ipad,
        "access_right": None if where.access_right is None else int(where.access_right),
        "source": where.source,
    }


_FORMATS: Mapping[str, Callable[[], Iterator[str]]] = {
    "text": _text,
    "markdown": _markdown,
    "json": _json,
}
