"""The command line: the only part that opens files, prints, and uses the network or the clock.

Exit status: 0 no errors found, 1 errors found, 2 the command could not run, 130 interrupted.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import sys
from collections.abc import Sequence

import click

from ._command import color_option, format_groups

_COMMANDS = {
    "availability": "Show which platforms and versions support a command, key or value.",
    "build": "Build a command or a declaration.",
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
_ISSUES = "https://github.com/mdm-osupdate/mdm-osupdate/issues"
_COMPLETE = "_MDM_OSUPDATE_COMPLETE"
"""The environment variable that click's completion scripts set."""
_INTERRUPTED = 130
_CLOSED_PIPE = 141
"""The exit statuses that shells report for SIGINT and SIGPIPE."""


class _LazyGroup(click.Group):
    """A group that imports a subcommand's module when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            if ctx.resilient_parsing:  # for a completion
                return None
            raise click.exceptions.NoSuchCommand(cmd_name, possibilities=_COMMANDS, ctx=ctx)
        module = importlib.import_module(f"._{cmd_name}", __package__)
        command: click.Command = getattr(module, cmd_name)
        command.short_help = _COMMANDS[cmd_name]  # completion would show the start of the help
        return command

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        format_groups(ctx, formatter)
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from ._version import version

        click.echo(f"mdm-osupdate {version()}")
        ctx.exit()


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-V",
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
@click.option("--debug", is_flag=True, help="Show the traceback of an unexpected error.")
@color_option("Options")
def command_line(debug: bool) -> None:
    """Check, build and simulate the messages of Apple MDM software updates.

    \b
      mdm-osupdate check command.plist
      mdm-osupdate check payloads/            all messages in a directory
      curl ... | mdm-osupdate check -         standard input

    Exit status: 0 no errors found, 1 errors found, 2 the command could not run.
    """


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status. Report errors without a traceback."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    _escape_unencodable()
    if wanted := os.environ.get(_COMPLETE):
        from ._completion import complete

        return complete(command_line, _COMPLETE, wanted)
    try:
        # command_line.main() would exit with another status for a closed pipe.
        with command_line.make_context("mdm-osupdate", [*arguments]) as ctx:  # it empties a list
            command_line.invoke(ctx)
        click.echo(nl=False)  # flushes standard output, if it is open
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        return _print_error(error)
    except (click.Abort, KeyboardInterrupt):
        return _fail("interrupted", _INTERRUPTED)
    except BrokenPipeError:
        # Python flushes standard output again when it exits, and would fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _CLOSED_PIPE
    except OSError as error:
        return _fail(f"{error.filename or 'input or output'}: {error.strerror or error}")
    except Exception as error:
        return _fail_unexpectedly(error, arguments)
    return 0


def _escape_unencodable() -> None:
    """Have characters escaped that the terminal's encoding cannot represent."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _print_error(error: click.ClickException) -> int:
    """Print an error, after the usage of the command if that was called wrongly."""
    message = error.format_message()
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return _print(message)  # which is the help
    if isinstance(error, click.UsageError):
        if type(error) is not click.UsageError:  # click's own messages are capitalized
            message = message[:1].lower() + message[1:].removesuffix(".")
        if error.ctx is not None:
            path = error.ctx.command_path
            _print(f"{error.ctx.get_usage()}\nTry '{path} --help' for help.\n")
    return _fail(message)


def _fail(reason: str, status: int = 2) -> int:
    from ._printable import printable

    return _print(f"mdm-osupdate: {printable(reason)}", status)


def _print(text: str, status: int = 2) -> int:
    with contextlib.suppress(OSError):  # standard error may be full or closed, too
        click.echo(text, err=True)
    return status


def _fail_unexpectedly(error: Exception, arguments: Sequence[str]) -> int:
    if "--debug" in arguments:
        import traceback

        traceback.print_exception(error)
        return 2
    description = f"{type(error).__name__}: {error!s:.200}" if str(error) else type(error).__name__
    again = "`mdm-osupdate --debug ...` shows where"
    return _fail(f"unexpected {description}. {again}; please report it at {_ISSUES}")
