"""``mdm-osupdate show``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

import attrs
import click

from mdm_osupdate.codec import title
from mdm_osupdate.declarations import StatusReport, summarize
from mdm_osupdate.errors import show as show_value
from mdm_osupdate.messages import ErrorChainItem, Key, Message, Response, known_error_in
from mdm_osupdate.validation import inspect

from ._clock import now
from ._command import color_option, command, output_option
from ._inputs import read_documents
from ._outputs import Verdict
from ._printable import printable
from ._text import text_output


@command()
@click.argument("path", type=click.Path(), default="-")
@output_option
@color_option()
@click.pass_context
def show(ctx: click.Context, path: str) -> None:
    """Show what a message contains.

    PATH is a file, or - for standard input (the default). Sizes, dates, error codes and the outcome
    of a response are shown in readable form, followed by the findings of `check`. The messages of a
    JSON array, or of a file with one per line, are shown one after the other.
    """
    output = text_output()
    understood = True
    for number, part in enumerate(read_documents(path)):
        if number:
            click.echo()
        inspection = inspect(part.data, now=now())
        message = inspection.whole
        if message is not None:
            for line in _title(message), *_lines(message, "  "):
                click.echo(line)
        findings = [part.locate(finding) for finding in inspection.report]
        verdict = Verdict(inspection.kind, findings, part=part)
        output.document("<stdin>" if path == "-" else path, [verdict])
        understood = understood and message is not None
    ctx.exit(0 if understood else 1)


def _title(message: Message) -> str:
    if isinstance(message, StatusReport):
        return f"{title(type(message))}: {_text(str(summarize(message)))}"
    if not isinstance(message, Response):
        return title(type(message))
    return f"{title(type(message))}: {_text(message.outcome)}"


def _lines(message: Message, indent: str) -> Iterator[str]:
    for f in attrs.fields(type(message)):
        key: Key | None = f.metadata.get("schema")
        value = getattr(message, f.name)
        if key is None:
            for name, unknown in value.items() if isinstance(value, Mapping) else ():
                yield f"{indent}{_text(name)}: {show_value(unknown)} (kept as received)"
        elif isinstance(value, Message):
            yield f"{indent}{key.name}:"
            yield from _lines(value, indent + "  ")
        elif not key.array:
            if value is not None:
                yield f"{indent}{key.name}: {_in_words(key.name, value, message)}"
        elif value is not None:
            yield f"{indent}{key.name}: {'none' if not value else ''}".rstrip()
            for number, item in enumerate(value, 1):
                if isinstance(item, Message):
                    yield f"{indent}  {number}."
                    yield from _lines(item, indent + "     ")
                else:
                    yield f"{indent}  {number}. {_in_words(key.name, item, message)}"


def _in_words(key: str, value: object, message: Message) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M:%S} UTC"
    if isinstance(value, float):
        return f"{value:.0%}" if 0 <= value <= 1 else str(value)
    if isinstance(value, int) and key.endswith("Size"):
        return f"{value} bytes ({value / 1e9:.2f} GB)"
    if key == "ErrorCode" and isinstance(message, ErrorChainItem) and message.known:
        return f"{value} ({message.known.meaning}; {message.known.source})"
    return _explained(value) if isinstance(value, str) else _text(str(value))


def _explained(text: str) -> str:
    known = known_error_in(text)
    return f"{_text(text)} ({known.meaning}; {known.source})" if known else _text(text)


_LONGEST = 500


def _text(text: str) -> str:
    """Return a device's text for a terminal: one line, shortened, without control characters."""
    return printable(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")
