"""Text from files and servers, made safe for terminals and logs."""

from __future__ import annotations

import re
import sys

import click

_GARBLING = re.compile(
    "["
    "\0-\x1f\x7f-\x9f"  # control characters: CSI (U+009B) begins escape sequences, like ESC
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"  # invisible, or change the direction
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\ud800-\udfff"  # halves of surrogates, which no encoding has
    "\U000e0000-\U000e0fff"  # tags
    "]"
)


def printable(text: str) -> str:
    """Escape what would control a terminal, forge a line, or not be seen, as Python does.

    Only for people: programs get the text as it is.
    """
    return _GARBLING.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def printable_json(text: str) -> str:
    """Escape the same characters in a JSON text, which keeps its meaning. Spaces stay."""

    def escape(match: re.Match[str]) -> str:
        units = match[0].encode("utf-16-be", "surrogatepass")
        return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))

    return re.sub(rf"(?![\n\r\t]){_GARBLING.pattern}", escape, text)


def printable_xml(text: str) -> str:
    """Escape the same characters in an XML text, which keeps its meaning. Spaces stay."""
    return re.sub(rf"(?![\n\r\t]){_GARBLING.pattern}", lambda match: f"&#{ord(match[0])};", text)


def write_bytes(document: bytes) -> None:
    """Write a document to standard output: as it is, or so that a terminal shows all of it.

    Raises:
        click.UsageError: a binary property list would be written to a terminal.
    """
    if sys.stdout is not None and sys.stdout.isatty():
        if document.startswith(b"bplist"):
            raise click.UsageError("binary output to a terminal; use --output FILE or a pipe")
        text = document.decode()
        shown = printable_json(text) if text.startswith(("{", "[")) else printable_xml(text)
        document = shown.encode("utf-8", "surrogatepass")
    click.echo(document, nl=False)
