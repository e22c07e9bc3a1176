"""Options for a server and its devices, shared by the commands that use a server."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from attrs import frozen

from ._command import option

if TYPE_CHECKING:
    from ._server import Server


@frozen(kw_only=True)
class Preset:
    """The settings that all installations of a server share."""

    connect: str
    """The path that devices connect to."""
    check_in: str
    """The path for checking in."""
    enqueue: str
    """The path for queueing a command. ``{udid}`` stands for the device."""
    enqueue_method: str = "PUT"
    user: str
    """The user name of the API."""
    settle: float = 0
    """The seconds that a queued command takes to reach its queue."""


PRESETS: Mapping[str, Preset] = {
    "nanomdm": Preset(
        connect="/mdm",
        check_in="/mdm",
        # A server for tests has no certificate for pushes.
        enqueue="/v1/enqueue/{udid}?nopush=1",
        user="nanomdm",
    ),
    # KMFDDM has no devices of its own: they connect to the NanoMDM in front of it.
    "kmfddm": Preset(
        connect="/mdm", check_in="/mdm", enqueue="/v1/enqueue/{udid}?nopush=1", user="nanomdm"
    ),
    "micromdm": Preset(
        connect="/mdm/connect",
        check_in="/mdm/checkin",
        enqueue="/v1/commands/{udid}",
        enqueue_method="POST",
        user="micromdm",
        settle=0.5,
    ),
}


def state_file(name: str) -> Path:
    """Return the path of a file in the user's state directory.

    Source: https://specifications.freedesktop.org/basedir-spec/latest/.
    """
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(home, "mdm-osupdate", name)


def _header_name(_: click.Context, __: click.Parameter, name: str | None) -> str | None:
    if name is not None and not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
        raise click.BadParameter(f"invalid header name {name!r}")
    return name


def options(*added: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a decorator that adds these options in this order."""

    def add(function: Any) -> Any:
        for one in reversed(added):
            function = one(function)
        return function

    return add


authority_options = options(
    option(
        "--ca",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        default=lambda: state_file("ca.pem"),
        show_default="ca.pem in the state directory",
        group="Identities",
        help="Certificate authority of the devices. Created if neither file exists.",
    ),
    option(
        "--ca-key",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        default=lambda: state_file("ca.key"),
        show_default="ca.key in the state directory",
        group="Identities",
        help="Private key of the certificate authority.",
    ),
)
"""The options for the certificate authority of the devices."""
server_options = options(
    option(
        "--url", metavar="URL", required=True, group="Server", help="URL that devices connect to."
    ),
    option(
        "--check-in-url", metavar="URL", group="Server", help="URL for checking in. Default: --url."
    ),
    option(
        "--server",
        type=click.Choice(list(PRESETS)),
        group="Server",
        help="Use the paths of this server: --url is then its base, such as http://127.0.0.1:9000.",
    ),
    authority_options,
    option(
        "--server-ca",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        metavar="FILE",
        group="Server",
        help="Certificate authority to verify the server with.",
    ),
    option(
        "--cert-header",
        metavar="NAME",
        callback=_header_name,
        group="Identities",
        help="Header that carries the device certificate. By default, devices present it in TLS "
        "or, without TLS, sign their messages (Mdm-Signature).",
    ),
    option(
        "--cert-header-format",
        type=click.Choice(["nginx", "rfc9440"]),
        default="nginx",
        show_default=True,
        group="Identities",
        help="Format of that header.",
    ),
    option(
        "--topic",
        default="com.apple.mgmt.External.simulated",
        show_default=True,
        metavar="TOPIC",
        group="Identities",
        help="Push topic of the devices.",
    ),
)
"""The options for a server and the identities of its devices, which ``open_server`` takes."""
_OF_A_SERVER = (
    *("url", "check_in_url", "server", "ca", "ca_key", "server_ca"),
    *("cert_header", "cert_header_format", "topic"),
)


def open_server(given: dict[str, Any]) -> Server:
    """Remove the values of ``server_options`` from those given, and return the server.

    Raises:
        click.UsageError: An option cannot be used, or the extra for HTTP is not installed.
    """
    values = {name: given.pop(name) for name in _OF_A_SERVER}
    try:
        from ._server import Server
    except ModuleNotFoundError as error:
        raise click.UsageError(
            f"this needs {error.name}: pip install 'mdm-osupdate[cli,simulate]'"
        ) from None
    name = values.pop("server")
    if name is not None:
        base, preset = values["url"].rstrip("/"), PRESETS[name]
        values["url"] = base + preset.connect
        values["check_in_url"] = values["check_in_url"] or base + preset.check_in
    return Server.of(**values)
