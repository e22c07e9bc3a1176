"""Options for the identities of simulated devices, shared by the commands that use a server."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


def _header_name(_: click.Context, __: click.Parameter, name: str | None) -> str | None:
    if name is not None and not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
        raise click.BadParameter(f"invalid header name {name!r}")
    return name


def identity_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options, which arrive as keyword arguments."""
    for option in reversed(
        (
            click.option(
                "--ca",
                type=click.Path(dir_okay=False, path_type=Path),
                metavar="FILE",
                default="simulated-devices-ca.pem",
                show_default=True,
                help="Certificate authority of the devices. Created if the file does not exist.",
            ),
            click.option(
                "--ca-key",
                type=click.Path(dir_okay=False, path_type=Path),
                metavar="FILE",
                default="simulated-devices-ca.key",
                show_default=True,
                help="Private key of the certificate authority.",
            ),
            click.option(
                "--server-ca",
                type=click.Path(exists=True, dir_okay=False, path_type=Path),
                metavar="FILE",
                help="Certificate authority to verify the server with.",
            ),
            click.option(
                "--cert-header",
                metavar="NAME",
                callback=_header_name,
                help="Header that carries the device certificate, instead of TLS.",
            ),
            click.option(
                "--cert-header-format",
                type=click.Choice(["nginx", "rfc9440"]),
                default="nginx",
                show_default=True,
                help="Format of that header.",
            ),
            click.option(
                "--topic",
                default="com.apple.mgmt.External.simulated",
                show_default=True,
                metavar="TOPIC",
                help="Push topic of the devices.",
            ),
        )
    ):
        function = option(function)
    return function
