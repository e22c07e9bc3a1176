"""The command line: the only part that opens files, prints, and uses the network or the clock.

Exit status: 0 no errors found, 1 errors found, 2 the command could not run.
"""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Sequence

import click

_COMMANDS = {
    "availability": "Show which platforms and versions support a command, key or value.",
    "build": "Build a command.",
    "check": "Check messages and report what is wrong.",
    "conformance": "Test whether an MDM server keeps to the protocol.",
    "convert": "Convert a property list between XML, binary and JSON.",
    "plan": "Plan an update for each device of a fleet.",
    "releases": "Show which releases Apple offers.",
    "rule": "Explain a rule.",
    "show": "Show what a message contains.",
    "simulate": "Simulate an update and print the exchange.",
    "status": "Show the progress of a fleet's updates.",
}


class _LazyGroup(click.Group):
    """A group that imports a subcommand's module when it is called."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"._{cmd_name}", __package__)
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib import metadata

        click.echo(f"mdm-osupdate {metadata.version('mdm-osupdate')}")
        ctx.exit()


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
@click.pass_context
def command_line(ctx: click.Context) -> None:
    """Check, build and simulate the messages of Apple MDM software updates.

    \b
      mdm-osupdate check command.plist
      mdm-osupdate check payloads/            all messages in a directory
      curl ... | mdm-osupdate check -         standard input

    Exit status: 0 no errors found, 1 errors found, 2 the command could not run.
    """
    if os.environ.get("NO_COLOR"):
        ctx.color = False


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status. Report errors without a traceback."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Escape what the terminal's encoding cannot represent instead of failing.
            stream.reconfigure(errors="backslashreplace")
    try:
        # command_line.main() would exit with a status of its own for a closed pipe.
        with command_line.make_context("mdm-osupdate", arguments) as ctx:
            command_line.invoke(ctx)
        click.echo(nl=False)  # flushes standard output, if it is open
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        return _fail("interrupted")
    except BrokenPipeError:
        # Python flushes standard output again when it exits, and would fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _fail("the output was closed before everything was written")
    except OSError as error:
        return _fail(f"{error.filename or 'input or output'}: {error.strerror}")
    except RuntimeError:
        if sys.stdin is not None:
            raise
        return _fail("standard input is closed")
    return 0


def _fail(reason: str) -> int:
    click.echo(f"mdm-osupdate: {reason}", err=True)
    return 2
