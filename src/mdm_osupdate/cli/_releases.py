"""``mdm-osupdate releases``, and the option that takes the same files."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from typing import Any

import click

from mdm_osupdate.device import Device
from mdm_osupdate.inventory import read_device
from mdm_osupdate.releases import Release, Releases, ReleasesError, load_releases

from ._clock import now
from ._command import Words, command, option, output_option
from ._printable import printable

_MOST_BYTES = 1 << 26
"""The maximum size of a file. A feed has less than a tenth of it."""
_OLD = 60
"""Days after which the documents are probably old: Apple posts releases more often."""


def read_releases(paths: Sequence[str]) -> Releases:
    """Read responses of the lookup service and SOFA feeds from files.

    Raises:
        click.ClickException: a file cannot be read, or is neither.
    """
    names = ["<stdin>" if path == "-" else path for path in paths]
    documents = []
    for path, name in zip(paths, names, strict=True):
        try:
            with click.open_file(path, "rb") as file:
                documents.append(file.read(_MOST_BYTES + 1))
        except OSError as error:
            raise click.ClickException(printable(f"{name}: {error.strerror}")) from None
        if len(documents[-1]) > _MOST_BYTES:
            raise click.ClickException(printable(f"{name}: longer than {_MOST_BYTES} bytes"))
    try:
        return load_releases(*documents)
    except ReleasesError as error:
        raise click.ClickException(printable(f"{names[error.document]}: {error}")) from None


def warn_if_old(catalog: Releases, today: dt.date) -> None:
    """Print a warning if no release was posted for a long time."""
    days = (today - catalog.newest_posting).days
    if days > _OLD:
        click.echo(
            f"mdm-osupdate: the newest release was posted {days} days ago; "
            "download the releases again",
            err=True,
        )


def _model(_: click.Context, __: click.Parameter, model: str | None) -> Device | None:
    if model is None:
        return None
    if model.startswith(("J", "Mac-", "VM")) and "," not in model:
        return Device("macOS", "10", device_id=model)
    try:
        # The version makes no difference here.
        return read_device({"model": model, "os_version": "10"})
    except ValueError:
        raise click.BadParameter(
            f"{model!r} is not a model: write it as iPhone15,2, Mac14,2 or J413AP"
        ) from None


@command()
@click.argument("paths", metavar="FILE...", nargs=-1, required=True)
@option(
    "--for",
    "device",
    metavar="MODEL",
    callback=_model,
    help="Show only what this model is offered, such as iPhone15,2, Mac14,2 or J413AP.",
)
@option(
    "--on",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Show what is offered on this day. Today by default.",
)
@option(
    "--format",
    "fmt",
    type=Words(["text", "json"]),
    group="Output",
    default="text",
    show_default=True,
    help="Output format.",
)
@output_option
def releases(
    paths: tuple[str, ...], device: Device | None, day: dt.datetime | None, fmt: str
) -> None:
    """Show which releases Apple offers.

    FILE is a response from Apple's software lookup service, a SOFA feed, or - for standard input.
    Several are merged. Mac model identifiers such as Mac14,2 need a SOFA feed for macOS.

    \b
      mdm-osupdate releases gdmf.json sofa-macos.json --for Mac14,2
    """
    catalog = read_releases(paths)
    on = day.date() if day is not None else now().astimezone().date()
    if device is not None and not catalog.knows(device):
        raise click.ClickException(
            "the files do not list this model; for a Mac's model identifier, add a SOFA feed"
        )
    lines = _as_json if fmt == "json" else _as_text
    for line in lines(_offered(catalog, device, on)):
        click.echo(line)


def _offered(catalog: Releases, device: Device | None, on: dt.date) -> list[Release]:
    if device is not None:
        found = (*catalog.for_device(device, on=on), *catalog.security_responses(device, on=on))
    else:
        found = tuple(release for release in catalog.releases if release.is_offered(on))
    return sorted(found, key=lambda r: (r.version, r.extra, r.posted, r.build), reverse=True)


def _as_text(found: list[Release]) -> Iterator[str]:
    yield f"{'version':12}{'build':13}{'posted':12}{'expires':12}{'devices':>7}  users"
    for release in found:
        version = f"{release.version} {release.extra}".rstrip()
        expires = str(release.expires or "-")
        users = "yes" if release.public else "no"
        yield printable(
            f"{version:12}{release.build:13}{release.posted!s:12}{expires:12}"
            f"{len(release.devices):7}  {users}"
        )
    yield f"{len(found)} releases"


def _as_json(found: list[Release]) -> Iterator[str]:
    yield json.dumps({"version": 1, "releases": [_record(release) for release in found]}, indent=2)


def _record(release: Release) -> dict[str, Any]:
    return {
        "version": str(release.version),
        "extra": release.extra,
        "build": release.build,
        "posted": str(release.posted),
        "expires": None if release.expires is None else str(release.expires),
        "prerequisite_build": release.prerequisite_build,
        "public": release.public,
        "devices": sorted(release.devices),
    }
