"""CSV for spreadsheets, in UTF-8 and without cells that a spreadsheet would evaluate."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""The first characters with which spreadsheets recognize a formula.

Source: OWASP, CSV Injection.
"""


def guarded(cell: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would evaluate as a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def csv_line(cells: Mapping[str, object] | Sequence[object]) -> str:
    """Return a line of CSV without its end, guarded. ``None`` is an empty cell."""
    values = cells.values() if isinstance(cells, Mapping) else cells
    line = io.StringIO()
    texts = ("" if value is None else guarded(str(value)) for value in values)
    csv.writer(line, lineterminator="").writerow(texts)
    return line.getvalue()
