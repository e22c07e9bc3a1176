"""The lines of a document around the place of a finding."""

from __future__ import annotations

from functools import lru_cache

import click

from mdm_osupdate.codec import Part, lines_of
from mdm_osupdate.errors import Finding

from ._printable import printable

_AROUND = 1
"""Lines before and after the place."""
_TAB = 4


def excerpt(part: Part, finding: Finding, width: int) -> list[str]:
    """Return the numbered lines around the position of a finding, with a mark below it.

    Args:
        part: the document.
        finding: a finding about it, with its place in the file.
        width: the columns that a line may take.

    Returns:
        The lines. Empty if the finding has no place in a text.
    """
    if finding.line is None or finding.column is None or not part.is_text:
        return []
    first, indent = part.place
    index = finding.line - first
    column = finding.column - (indent if index == 0 else 1)
    lines = _lines(part.data)
    if index >= len(lines):  # the lines of a message end differently from those around it
        return []
    start = max(0, index - _AROUND)
    above, line, below = lines[start:index], lines[index], lines[index + 1 : index + 1 + _AROUND]
    gutter = len(str(finding.line + len(below)))
    room = max(width - gutter - 3, 20)

    def numbered(number: int | str, text: str) -> str:
        return f"{click.style(f'{number:>{gutter}} |', dim=True)} {text}".rstrip()

    above, line, below, column = _without_margin(above, line, below, column)
    text, mark = _window(line, column, room)
    mark_line = " " * mark + click.style("^", fg="red", bold=True)
    return [
        *(numbered(first + start + n, _cut(text, room)) for n, text in enumerate(above)),
        numbered(finding.line, text),
        numbered("", mark_line),
        *(numbered(finding.line + 1 + n, _cut(text, room)) for n, text in enumerate(below)),
    ]


@lru_cache(maxsize=1)  # a document can have hundreds of findings
def _lines(data: bytes) -> list[str]:
    return lines_of(data)


def _without_margin(
    above: list[str], line: str, below: list[str], column: int
) -> tuple[list[str], str, list[str], int]:
    """Remove the indentation that all lines have, and expand tabs."""
    place = len(line[:column].expandtabs(_TAB))
    expanded = [text.rstrip("\r").expandtabs(_TAB) for text in (*above, line, *below)]
    margin = min([len(t) - len(t.lstrip()) for t in expanded if t.strip()], default=0)
    margin = min(margin, place)
    cut = [text[margin:] for text in expanded]
    return cut[: len(above)], cut[len(above)], cut[len(above) + 1 :], place - margin


def _window(line: str, column: int, room: int) -> tuple[str, int]:
    """Cut a line around a column. Return it with the cells before that column."""
    from rich.cells import cell_len

    before, after = printable(line[:column]), printable(line[column:])
    if len(before) > room // 2 and len(before) + len(after) > room:
        before = f"…{before[1 - room // 2 :]}"
    return before + _cut(after, room - len(before)), cell_len(before)


def _cut(text: str, room: int) -> str:
    text = printable(text)
    return text if len(text) <= room else f"{text[: room - 1]}…"
