"""Output of ``mdm-osupdate build``."""

from __future__ import annotations

from collections.abc import Callable

import click

from mdm_osupdate.errors import Severity
from mdm_osupdate.messages import Message
from mdm_osupdate.validation import inspect

from ._outputs import Verdict
from ._printable import write_bytes
from ._text import text_output


def write_checked(message: Message, write: Callable[[], bytes]) -> None:
    """Print the findings about a message, and write it unless it has errors."""
    findings = text_output(err=True)
    inspection = inspect(message)
    findings.document("build", [Verdict(inspection.kind, inspection.report)])
    if findings.counts[Severity.ERROR]:
        click.get_current_context().exit(1)
    write_bytes(write())
