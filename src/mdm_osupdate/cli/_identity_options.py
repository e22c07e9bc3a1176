"""The options that say who simulated devices are to a server, for all commands that talk to one."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


def _header_name(_: click.Context, __: click.Parameter, name: str | None) -> str | None:
    if name is not None and not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
        raise click.BadParameter(f"{name!r} is no name of a header")
    return name


def identity_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options; they arrive as keyword arguments."""
    for option in reversed(
        (
            click.option(
                "--ca",
                type=click.Path(dir_okay=False, path_type=Path),
                metavar="FILE",
                default="simulated-devices-ca.pem",
                show_default=True,
                help="The devices' certificate authority; made if it is not there.",
            ),
            click.option(
                "--ca-key",
                type=click.Path(dir_okay=False, path_type=Path),
                metavar="FILE",
                default="simulated-devices-ca.key",
                show_default=True,
            ),
            click.option(
                "--server-ca",
                type=click.Path(exists=True, dir_okay=False, path_type=Path),
                metavar="FILE",
                help="Trust servers of this certificate authority.",
            ),
            click.option(
                "--cert-header",
                metavar="NAME",
                callback=_header_name,
                help="Send the device's certificate in this header, as a proxy does.",
            ),
            click.option(
                "--cert-header-format",
                type=click.Choice(["nginx", "rfc9440"]),
                default="nginx",
                show_default=True,
            ),
            click.option("--topic", default="com.apple.mgmt.External.simulated", show_default=True),
        )
    ):
        function = option(function)
    return function
