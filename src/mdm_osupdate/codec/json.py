"""JSON text to plain values and back, on the standard library, as strictly as property lists.

Declarations and status reports are JSON. What the standard library lets pass is refused here:
``NaN``, numbers past 64 bits or a real's range, halves of surrogates; keys that stand twice are
told.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from mdm_osupdate.errors import DecodeError, EncodeError, Finding, show
from mdm_osupdate.rules import RULES

from .plist import Limits, problems, to_bytes


def is_json(data: bytes) -> bool:
    """Whether a document is meant as JSON: it begins with a brace."""
    start = data[:1000].decode("utf-8", "replace")
    return start.lstrip("\ufeff \t\r\n").startswith("{")


def parse_json(data: bytes | str, limits: Limits) -> tuple[Any, list[Finding]]:
    """Read a JSON text.

    Returns:
        The value, and what the text has that the value does not show: keys that stand twice.

    Raises:
        DecodeError: it is none, or past a limit. Nothing else, whatever the bytes.
    """
    data = to_bytes(data)
    if len(data) > limits.size:
        message = f"the document is longer than the limit of {limits.size} bytes"
        raise DecodeError([RULES["OSU104"].finding("", message)])
    twice: list[Finding] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(items)
        if len(value) < len(items):
            for name, count in Counter(name for name, _ in items).items():
                if count > 1:
                    message = f"the key {show(name)} stands twice in one dictionary"
                    twice.append(RULES["OSU107"].finding("", message))
        return value

    try:
        value = json.loads(data, object_pairs_hook=pairs, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        message = f"the JSON is malformed: {error.msg}"
        finding = RULES["OSU601"].finding("", message)
        raise DecodeError([finding], (error.lineno, error.colno)) from None
    except (ValueError, RecursionError) as error:  # an encoding, a number without end, depth
        message = f"the JSON cannot be read: {error!s:.120}"
        raise DecodeError([RULES["OSU601"].finding("", message)]) from None
    if found := list(problems(value, limits, "json")):
        raise DecodeError(found)
    return value, twice


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no JSON")


def write_json(value: dict[str, Any], limits: Limits) -> bytes:
    """Write a JSON text, keys sorted.

    Raises:
        EncodeError: a value cannot be written, or would come back as another one.
    """
    if found := list(problems(value, limits, "json")):
        raise EncodeError(found)
    text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)
    return f"{text}\n".encode()
