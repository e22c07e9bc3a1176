"""``mdm-osupdate check``."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from mdm_osupdate.device import Device
from mdm_osupdate.errors import Severity
from mdm_osupdate.messages import Command
from mdm_osupdate.rules import RULES
from mdm_osupdate.validation import inspect

from ._clock import now
from ._command import CONFIG, Words, color_option, command, option, output_option
from ._config import find_config, read_config
from ._devices import device_of, device_options, explain_option, hardware_options
from ._examination import Choice, Examination, Members, Outcome, Together
from ._inputs import Documents, read_document
from ._outputs import GithubOutput, JsonOutput, Output, StatisticsJsonOutput, StatisticsOutput
from ._progress import Progress
from ._rules import complete_rules, to_codes
from ._text import ConciseOutput, FullOutput, text_output

if TYPE_CHECKING:
    from mdm_osupdate.releases import Releases

_FORMATS = ("text", "full", "concise", "json", "github", "sarif")


_ISOLATED = f"{__name__}.isolated"


def _isolate(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    ctx.meta[_ISOLATED] = wanted


def _configure(ctx: click.Context, _: click.Parameter, path: str | None) -> None:
    """Read the configuration, whose values are the defaults of the options."""
    config = None
    if path is not None:
        config = read_config(path)
    elif not ctx.meta[_ISOLATED]:
        config = find_config()
    if config is not None:
        ctx.default_map = dict(config.options)
        ctx.meta[CONFIG] = config.path
        ctx.obj = config


@command()
@click.argument("paths", type=click.Path(), nargs=-1, required=True, metavar="PATH...")
@option(
    "--all",
    "every",
    is_flag=True,
    group="Input",
    help="In directories, read every file, not only .plist, .json, .ndjson and .jsonl files.",
)
@option(
    "--command",
    metavar="FILE",
    group="Input",
    help="Command that the messages respond to, or that a declaration replaces.",
)
@option(
    "--releases",
    multiple=True,
    metavar="FILE",
    group="Input",
    help="Releases that Apple offers, to check targets against: a response of the software lookup "
    "service, or a SOFA feed. Can be repeated.",
)
@device_options
@hardware_options
@option(
    "--fleet",
    metavar="FILE",
    group="Device",
    help="Inventory of devices in CSV or JSON, or - for standard input, instead of one device.",
)
@explain_option
@option(
    "--select",
    shell_complete=complete_rules,
    multiple=True,
    callback=to_codes,
    metavar="RULES",
    group="Rules",
    help="Report only these rules, and documents that cannot be read: codes, beginnings of codes, "
    "or names, such as OSU123,OSU5. Can be repeated.",
)
@option(
    "--ignore",
    shell_complete=complete_rules,
    multiple=True,
    callback=to_codes,
    metavar="RULES",
    group="Rules",
    help="Do not report these rules. Takes precedence over --select.",
)
@option(
    "--strict",
    is_flag=True,
    group="Rules",
    help="Exit with status 1 also for warnings, and for rows of a fleet that cannot be used.",
)
@option(
    "--exit-zero", is_flag=True, group="Rules", help="Exit with status 0 even if errors are found."
)
@option(
    "--format",
    "fmt",
    type=Words(_FORMATS),
    default="text",
    show_default=True,
    group="Output",
    help="Output format: full groups the findings by file, with lines of the source; concise has "
    "one line each; text is full on a terminal and concise elsewhere.",
)
@option(
    "--statistics",
    is_flag=True,
    group="Output",
    help="Show only the number of findings for each rule.",
)
@option(
    "-q",
    "--quiet",
    is_flag=True,
    group="Output",
    help="Print findings only, without a summary and notes.",
)
@output_option
@color_option()
@option(
    "--isolated",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_isolate,
    group="Configuration",
    help="Ignore configuration files.",
)
@option(
    "--config",
    is_eager=True,
    expose_value=False,
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    callback=_configure,
    group="Configuration",
    help="Configuration file. By default, mdm-osupdate.toml or [tool.mdm-osupdate] of "
    "pyproject.toml, here or in the closest directory above.",
)
@click.pass_context
def check(
    ctx: click.Context,
    /,
    paths: tuple[str, ...],
    every: bool,
    command: str | None,
    releases: tuple[str, ...],
    fleet: str | None,
    explain_inventory: bool,
    select: frozenset[str],
    ignore: frozenset[str],
    strict: bool,
    exit_zero: bool,
    fmt: str,
    statistics: bool,
    quiet: bool,
    **device_options: Any,
) -> None:
    """Check messages and report what is wrong.

    PATH is a file, a directory, or - for standard input. Property lists (XML or binary) and JSON
    are recognized by their content, also inside webhooks, requests, scripts, logs and pages of
    documentation. Add a device, or a fleet, to check whether it supports what the message
    requests. Add the command that was sent to check whether the response fits it.

    \b
      mdm-osupdate check command.plist
      mdm-osupdate check --platform macOS --os-version 14.5 --supervised payloads/
      mdm-osupdate check --fleet devices.csv --format sarif payloads/
      mdm-osupdate check --command sent.plist response.plist
    """
    device = device_of(_not_replaced(ctx, device_options, fleet))
    _refuse_conflicts(device, {"PATH": paths, "--fleet": (fleet,), "--command": (command,)})
    members = Members()
    if fleet is not None:
        members.read(fleet, explain_inventory)
    examine = Examination(
        members.devices or (device,),
        _sent(command) if command is not None else None,
        Choice(select or frozenset(RULES), ignore, ctx.obj),
        now(),
        _catalog(releases),
    )
    together = Together(device, examine.choice)
    documents = Documents(paths, every)
    output = _output(fmt, statistics, quiet)
    for name, outcome in _outcomes(examine, documents):
        members.add(output, name, outcome)
        together.add(name, outcome)
    together.report(output)
    output.end(members.totals())
    skipped = documents.passed_over()
    if skipped and not quiet:
        click.echo(f"mdm-osupdate: {skipped}", err=True)
    status = _status(output, strict, members)
    ctx.exit(0 if exit_zero and status == 1 else status)


def _not_replaced(ctx: click.Context, options: dict[str, Any], fleet: str | None) -> dict[str, Any]:
    """Return the attributes of the device, without those of a configured device that is replaced.

    A fleet or another platform on the command line replaces the device of the configuration.
    """

    def configured(name: str) -> bool:
        return ctx.get_parameter_source(name) is ParameterSource.DEFAULT_MAP

    if fleet is None and configured("platform"):
        return options
    return {name: value for name, value in options.items() if not configured(name)}


def _refuse_conflicts(device: Device | None, sources: Mapping[str, Sequence[str | None]]) -> None:
    if device is not None and sources["--fleet"] != (None,):
        raise click.UsageError("--fleet and --platform exclude each other")
    from_input = [name for name, paths in sources.items() for path in paths if path == "-"]
    if len(from_input) > 1:
        names = " and ".join(dict.fromkeys(from_input))
        raise click.UsageError(f"standard input can be read only once, not for {names}")


def _output(fmt: str, statistics: bool, quiet: bool) -> Output:
    if statistics:
        return StatisticsJsonOutput() if fmt == "json" else StatisticsOutput()
    if fmt == "json":
        return JsonOutput()
    if fmt == "github":
        return GithubOutput()
    if fmt == "sarif":
        from ._sarif import SarifOutput

        return SarifOutput()
    if fmt == "text":
        return text_output(quiet=quiet)
    return FullOutput(quiet=quiet) if fmt == "full" else ConciseOutput(quiet=quiet)


def _outcomes(examine: Examination, documents: Documents) -> Iterator[tuple[str, Outcome]]:
    """Check the documents, and show the progress until the next outcome is printed."""
    progress = Progress("checks")
    is_shared = sys.stdout is not None and sys.stdout.isatty()  # findings are printed there, too
    for name, outcome in progress.track(examine.all(documents)):
        if outcome is not None:
            if is_shared or isinstance(outcome, OSError):
                progress.clear()
            yield name, outcome


def _status(output: Output, strict: bool, members: Members) -> int:
    if output.unreadable:
        return 2
    fatal = (Severity.ERROR, Severity.WARNING) if strict else (Severity.ERROR,)
    return int(any(output.counts[s] for s in fatal) or (strict and members.unusable > 0))


def _catalog(paths: Sequence[str]) -> Releases | None:
    if not paths:
        return None
    from ._releases import read_releases

    return read_releases(paths)


def _sent(path: str) -> Command:
    """Read the command that was sent.

    Raises:
        click.ClickException: The file does not hold a command.
        OSError: The file cannot be read.
    """
    message = inspect(read_document(path)).whole
    if not isinstance(message, Command):
        raise click.ClickException(f"{path}: not a command; run `check` on it for details")
    return message
