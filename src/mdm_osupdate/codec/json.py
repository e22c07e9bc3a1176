"""JSON text to plain values and back, on the standard library, as strictly as property lists.

The standard library accepts ``NaN``, numbers past 64 bits or a real's range, and halves of
surrogates. These are rejected here.
"""

from __future__ import annotations

import json
import re
from typing import Any

from mdm_osupdate.errors import DecodeError, EncodeError
from mdm_osupdate.rules import RULES

from .hints import FILL_IN, GET_THE_END, STRAIGHT_QUOTES
from .values import Limits, is_ordinary, problems


def parse_json(data: bytes, limits: Limits) -> Any:
    """Read a JSON text without checking its depth and its number of values.

    Raises:
        DecodeError: it is not JSON, or exceeds a limit. Nothing else, whatever the bytes.
    """
    if len(data) > limits.size:
        message = f"the document is longer than the limit of {limits.size} bytes"
        raise DecodeError([RULES["OSU104"].finding("", message)])
    try:
        value = json.loads(data, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        place = (error.lineno, error.colno)
        message = f"the JSON is malformed: {error.msg}"
        finding = RULES["OSU601"].finding("", message, _hint(error))
        raise DecodeError([finding.at(place)], place) from None
    except (ValueError, RecursionError) as error:  # an encoding, a number without end, depth
        message = f"the JSON cannot be read: {error!s:.120}"
        raise DecodeError([RULES["OSU601"].finding("", message)]) from None
    return value


_HINTS = (
    (".[“”„‟«»]", STRAIGHT_QUOTES),
    (".[\u2018\u2019'`]", "Use double quotation marks."),
    (".\u00a0", "Replace no-break spaces with spaces."),
    (r".(?://|/\*|#)", "Delete the comment: JSON has none."),
    (r".(?:True|False|None)\b", "Write true, false or null."),
    (r".[$<]|\{\{", FILL_IN),
    (
        ".=>",
        "Print it with `plutil -convert xml1 -o -` instead of `plutil -p`, or in Ruby as JSON.",
    ),
    (r"(?:,|.,)\s*[}\]]", "Delete the comma before it."),
    (r"[{,][A-Za-z_]\w*\s*(?::|$)", "Use double quotation marks around keys."),
)
"""The characters around the place where a text is malformed, and what to do."""


def _hint(error: json.JSONDecodeError) -> str | None:
    """Return the hint for a typical mistake, or ``None``."""
    if error.msg.startswith("Unterminated") or not error.doc[error.pos :].strip():
        return GET_THE_END
    if error.msg.startswith("Invalid control"):
        return r"Close the string, or write tabs and line breaks in it as \t and \n."
    before = error.doc[max(0, error.pos - 100) : error.pos].rstrip()[-1:]
    around = f"{before or ' '}{error.doc[error.pos : error.pos + 20]}"
    return next((hint for pattern, hint in _HINTS if re.match(pattern, around)), None)


def refuse_excess(value: object, limits: Limits) -> None:
    """Reject a value that exceeds a limit, or that JSON does not hold.

    Raises:
        DecodeError: with the reasons.
    """
    if not is_ordinary(value, "json", limits) and (found := list(problems(value, limits, "json"))):
        raise DecodeError(found)


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")


def write_json(value: dict[str, Any], limits: Limits) -> bytes:
    """Write a JSON text, keys sorted.

    Raises:
        EncodeError: a value cannot be written, or would come back as another one.
    """
    if not is_ordinary(value, "json", limits) and (found := list(problems(value, limits, "json"))):
        raise EncodeError(found)
    text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)
    data = f"{text}\n".encode()
    if len(data) > limits.size:
        message = f"{len(data)} bytes are more than the limit of {limits.size}"
        raise EncodeError([RULES["OSU104"].finding("", message)])
    return data
