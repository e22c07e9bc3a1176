"""``mdm-osupdate check``."""

from __future__ import annotations

import click

from mdm_osupdate._codec import Reading
from mdm_osupdate._findings import Severity
from mdm_osupdate._plist import survey
from mdm_osupdate._validate import inspect

from ._inputs import read_all
from ._outputs import Located, TextOutput


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.pass_context
def check(ctx: click.Context, paths: tuple[str, ...]) -> None:
    """Say what is wrong with messages.

    PATH is a property list, XML or binary, that a server sends or a device answers; a directory,
    whose *.plist files are checked; or - for standard input. Which of the four commands or their
    answers a document holds is found out.

    \b
      mdm-osupdate check command.plist
      mdm-osupdate check payloads/ answers/
      plutil -convert xml1 -o - command.plist | mdm-osupdate check -
    """
    output = TextOutput()
    unreadable = 0
    for name, data in read_all(paths):
        if isinstance(data, OSError):
            click.echo(f"mdm-osupdate: {name}: {data.strerror}", err=True)
            unreadable += 1
        else:
            output.document(name, *inspect_document(data))
    output.summary()
    ctx.exit(2 if unreadable else 1 if output.counts[Severity.ERROR] else 0)


def inspect_document(data: bytes) -> tuple[Reading | None, list[Located]]:
    """Find what a document is, and what is wrong with it, in the order of its lines."""
    inspection = inspect(data)
    if not inspection.report:
        return inspection.reading, []
    places = survey(data)
    located = [(finding, places.locate(finding.path)) for finding in inspection.report]
    return inspection.reading, sorted(located, key=lambda pair: pair[1] or (0, 0))
