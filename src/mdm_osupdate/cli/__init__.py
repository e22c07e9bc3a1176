"""The command line: the only part that opens files and prints.

Exit status: 0 nothing wrong, 1 findings of severity error, 2 the command itself could not run.
"""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Sequence

import click

_COMMANDS = {
    "availability": "Show which platform has what, since when.",
    "build": "Make a command.",
    "check": "Say what is wrong with messages.",
    "conformance": "Test an MDM server.",
    "convert": "Convert between XML, binary and JSON.",
    "plan": "Say what to send to each device.",
    "rule": "Explain a rule.",
    "show": "Say what is in a message.",
    "simulate": "Play an update, and show the exchange.",
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
    "--version", is_flag=True, expose_value=False, callback=_print_version, help="Show the version."
)
@click.pass_context
def command_line(ctx: click.Context) -> None:
    """Apple MDM's software-update commands, on the command line.

    Give it the property list that an MDM server sends or a device answers, and be told what it is,
    what is wrong with it and what to write instead:

    \b
      mdm-osupdate check command.plist
      mdm-osupdate check payloads/            all *.plist below a directory
      curl ... | mdm-osupdate check -         standard input

    Exit status: 0 nothing wrong, 1 findings of severity error, 2 the command could not run.
    """
    if os.environ.get("NO_COLOR"):
        ctx.color = False


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status; whatever happens, without a traceback."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What a terminal's encoding does not have is no reason to fall silent.
            stream.reconfigure(errors="backslashreplace")
    try:
        # Not command_line.main(), which has an exit status of its own for a closed pipe.
        with command_line.make_context("mdm-osupdate", arguments) as ctx:
            command_line.invoke(ctx)
        click.echo(nl=False)  # which flushes, if there is an output
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        return _fail("interrupted")
    except BrokenPipeError:
        # Python flushes standard output once more when it exits, and would complain again.
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
