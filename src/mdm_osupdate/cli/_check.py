"""``mdm-osupdate check``."""

from __future__ import annotations

import click

from mdm_osupdate._codec import Reading
from mdm_osupdate._findings import Severity
from mdm_osupdate._plist import survey
from mdm_osupdate._rules import RULES
from mdm_osupdate._validate import inspect

from ._inputs import read_all
from ._outputs import OUTPUTS, Located


def _rules(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Split at commas; refuse what is the beginning of no rule's code."""
    codes = tuple(code.strip() for text in value for code in text.split(","))
    for code in codes:
        if not any(rule.startswith(code) for rule in RULES):
            raise click.BadParameter(f"{code!r} is no rule and no beginning of one", ctx, param)
    return codes


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--select", multiple=True, callback=_rules, help="Only these rules.")
@click.option("--ignore", multiple=True, callback=_rules, help="Not these rules.")
@click.option("--strict", is_flag=True, help="Warnings, too, make the exit status 1.")
@click.option(
    "--format",
    "fmt",
    type=click.Choice(list(OUTPUTS)),
    default="text",
    show_default=True,
    help="How to tell the findings.",
)
@click.pass_context
def check(
    ctx: click.Context,
    paths: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    strict: bool,
    fmt: str,
) -> None:
    """Say what is wrong with messages.

    PATH is a property list, XML or binary, that a server sends or a device answers; a directory,
    whose *.plist files are checked; or - for standard input. Which of the four commands or their
    answers a document holds is found out.

    \b
      mdm-osupdate check command.plist
      mdm-osupdate check payloads/ answers/
      plutil -convert xml1 -o - command.plist | mdm-osupdate check -

    Rules are given by code or by its beginning, separated by commas: --ignore OSU123,OSU5.
    """
    output = OUTPUTS[fmt]()
    unreadable = 0
    for name, data in read_all(paths):
        if isinstance(data, OSError):
            click.echo(f"mdm-osupdate: {name}: {data.strerror}", err=True)
            unreadable += 1
            continue
        reading, findings = inspect_document(data)
        chosen = [
            (finding, position)
            for finding, position in findings
            if finding.rule.startswith(select or "OSU")
            and not (ignore and finding.rule.startswith(ignore))
        ]
        output.document(name, reading, chosen)
    output.end()
    fatal = (Severity.ERROR, Severity.WARNING) if strict else (Severity.ERROR,)
    ctx.exit(2 if unreadable else 1 if any(output.counts[s] for s in fatal) else 0)


def inspect_document(data: bytes) -> tuple[Reading | None, list[Located]]:
    """Find what a document is, and what is wrong with it, in the order of its lines."""
    inspection = inspect(data)
    if not inspection.report:
        return inspection.reading, []
    places = survey(data)
    located = [(finding, places.locate(finding.path)) for finding in inspection.report]
    return inspection.reading, sorted(located, key=lambda pair: pair[1] or (0, 0))
